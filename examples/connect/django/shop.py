"""A Django product that is sold through Sublet: who somebody is, what the account may do, what it uses, how its host looks.

python shop.py runserver 9000       # with the environment that docs/howto/connect.md names
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from django.conf import settings

KEY = os.environ["SHOP_SECRET"]
OWN = os.environ["SHOP_ADDRESS"]  # https://shop.example.com, or http://127.0.0.1:9000 while you try
VAR = Path(os.environ.get("SHOP_VAR", "."))

settings.configure(
    SECRET_KEY=KEY,
    ALLOWED_HOSTS=[OWN.partition("://")[2].partition(":")[0]],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        f"{__name__}.Refusals",
    ],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    SESSION_COOKIE_SECURE=OWN.startswith("https:"),
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
)

from django.core.exceptions import PermissionDenied
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.template import Context, Engine
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from sublet_client import (
    Begun,
    NextStep,
    OpenIdConnect,
    Refused,
    SignedOff,
    SignOn,
    SignOnFailed,
    Sublet,
    Untrusted,
    banner,
)
from sublet_client.webhooks import verify

sublet = Sublet(
    os.environ["SUBLET_ADDRESS"],
    os.environ["SUBLET_KEY"],
    fail_open={"calendar_feed"},  # nobody is hurt by a calendar that is shown an hour too long
    cache_path=VAR / "entitlements.json",
    connect_to=os.environ.get("SUBLET_CONNECT_TO"),
    source="shop",
)
oidc = OpenIdConnect(
    os.environ["SUBLET_CLIENT"],
    os.environ["SUBLET_CLIENT_SECRET"],
    callback=f"{OWN}/app/callback",
    trusted=sublet.is_issuer,
    connect_to=os.environ.get("SUBLET_CONNECT_TO"),
)
#: Who is signed on, by the sign-on. A real product keeps this in its database: a notice of log-out must find it.
signed_on: dict[str, SignOn] = {}

PAGE = Engine().from_string("""<!doctype html><html lang="{{ who.locale }}"><title>{{ brand.name }}</title><body>{{ banner|safe }}
<h1>{{ brand.name }}</h1><p>{{ who.name }} · {{ who.account_name }}</p>
{% if feed %}<p>Calendar feed: {{ feed.reason }}</p>{% endif %}<p>Left: {{ left }}</p>
{% if said %}<p role="status">{{ said }}</p>{% for step in ways %}<p>{{ step.text }}</p>{% endfor %}{% endif %}
{% if may_book %}<form method="post" action="/app/book"><input type="hidden" name="csrfmiddlewaretoken" value="{{ token }}">
<button>Book</button></form>{% endif %}</body></html>""")


class Refusals:
    """What Sublet refuses, in an answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, _request: HttpRequest, fault: Exception) -> HttpResponse | None:
        if isinstance(fault, (Untrusted, SignOnFailed)):
            return HttpResponse("Nobody was signed on.", status=400)
        return HttpResponse(fault.detail, status=409) if isinstance(fault, Refused) else None


def somebody(request: HttpRequest, level: str = "view") -> SignOn:
    """Who asks, with what is open as of now. Raises PermissionDenied."""
    found = signed_on.get(request.session.get("sid", ""))
    if found is not None:
        try:
            found = signed_on[found.identity.sid] = oidc.renewed(found)
        except SignedOff:
            signed_on.pop(request.session.pop("sid"), None)
            found = None
    if found is None or not found.identity.may("agenda", "manage" if level == "manage" else "view"):
        raise PermissionDenied
    return found


@require_GET
def log_in(request: HttpRequest) -> HttpResponse:
    """Sublet sends somebody here from a section, or you do with ?iss=…"""
    wanted = oidc.wanted(request.GET.dict(), below=f"{OWN}/app/")
    begun = oidc.begin(wanted.issuer, account=wanted.account, visit=wanted.visit, target=wanted.target or f"{OWN}/app/")
    answer = HttpResponseRedirect(begun.url)
    answer.set_cookie(
        begun.cookie_name,
        begun.sealed(KEY),
        max_age=600,
        httponly=True,
        samesite="Lax",
        secure=OWN.startswith("https:"),
    )
    request.session["begun"] = begun.cookie_name
    return answer


@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Back from Sublet."""
    begun = Begun.opened(request.COOKIES.get(request.session.pop("begun", "")), KEY)
    found = oidc.finish(begun, request.GET.dict())
    request.session["sid"] = found.identity.sid
    signed_on[found.identity.sid] = found
    return HttpResponseRedirect(begun.target)


@csrf_exempt
@require_POST
def notice(request: HttpRequest) -> HttpResponse:
    """Sublet tells of a log-out, or of access that was taken away."""
    gone = oidc.logged_out(request.POST.get("logout_token", ""))
    signed_on.pop(gone.sid, None)
    return HttpResponse(status=200, headers={"Cache-Control": "no-store"})


def page(request: HttpRequest, found: SignOn, said: str = "", ways: Sequence[NextStep] = ()) -> HttpResponse:
    who = found.identity
    told = {
        "who": who, "said": said, "ways": ways, "banner": banner.html(who), "token": get_token(request),
        "may_book": who.may("agenda", "manage"), "brand": sublet.brand(who.brand.partition("://")[2], who.locale),
        "feed": sublet.entitlements.check(who.account, "calendar_feed"),
        "left": sublet.entitlements.remaining(who.account, "appointments", max_age=5),
    }  # fmt: skip
    return HttpResponse(PAGE.render(Context(told)))


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    return page(request, somebody(request))


@require_POST
def book(request: HttpRequest) -> HttpResponse:
    found = somebody(request, "manage")
    answer = sublet.consume(found.account, "appointments", language=found.identity.locale)
    if not answer:
        return page(request, found, "The limit is reached.", answer.next)
    sublet.record(found.account, "text_messages")  # the reminder: on the disk now, sent soon, counted once
    sublet.report_change(found, "agenda", "Booked an appointment", place="/agenda")
    return page(request, found, "Booked.")


@csrf_exempt
@require_POST
def hook(request: HttpRequest) -> HttpResponse:
    """Something has happened in Sublet."""
    event = verify(request.headers, request.body, os.environ["SUBLET_WEBHOOK_SECRETS"].split())
    logging.warning(
        "heard %s of %s", event.type, event.account
    )  # a real product puts it into a queue, once by event.id
    return HttpResponse(status=204)


urlpatterns = [
    path("app/login", log_in),
    path("app/callback", callback),
    path("app/notice", notice),
    path("app/", home),
    path("app/book", book),
    path("hooks/sublet", hook),
]
application = get_wsgi_application()

if __name__ == "__main__":
    execute_from_command_line(sys.argv)

"""A Flask product that is sold through Sublet: who somebody is, what the account may do, what it uses, how its host looks.

flask --app shop run --port 9000        # with the environment that docs/howto/connect.md names
"""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask, Response, abort, redirect, render_template_string, request, session
from werkzeug.wrappers import Response as AnyResponse

from sublet_client import Begun, OpenIdConnect, Refused, SignedOff, SignOn, SignOnFailed, Sublet, Untrusted, banner
from sublet_client.webhooks import verify

KEY = os.environ["SHOP_SECRET"]
OWN = os.environ["SHOP_ADDRESS"]  # https://shop.example.com, or http://127.0.0.1:9000 while you try
VAR = Path(os.environ.get("SHOP_VAR", "."))

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
app = Flask(__name__)
app.secret_key = KEY
app.config.update(SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_SECURE=OWN.startswith("https:"))
#: Who is signed on, by the sign-on. A real product keeps this in its database: a notice of log-out must find it.
signed_on: dict[str, SignOn] = {}

PAGE = """<!doctype html><html lang="{{ who.locale }}"><title>{{ brand.name }}</title><body>{{ banner | safe }}
<h1>{{ brand.name }}</h1><p>{{ who.name }} · {{ who.account_name }}</p>
{% if feed %}<p>Calendar feed: {{ feed.reason }}</p>{% endif %}<p>Left: {{ left }}</p>
{% if said %}<p role="status">{{ said }}</p>{% for step in ways %}<p>{{ step.text }}</p>{% endfor %}{% endif %}
{% if who.may("agenda", "manage") %}<form method="post" action="/app/book"><button>Book</button></form>{% endif %}</body></html>"""


def somebody() -> SignOn | None:
    """Who asks, with what is open as of now; None: nobody, or no longer."""
    found = signed_on.get(session.get("sid", ""))
    if found is None:
        return None
    try:
        found = signed_on[found.identity.sid] = oidc.renewed(found)
    except SignedOff:
        signed_on.pop(session.pop("sid"), None)
        return None
    return found


@app.get("/app/login")
def log_in() -> AnyResponse:
    """Sublet sends somebody here from a section, or you do with ?iss=…"""
    wanted = oidc.wanted(request.args, below=f"{OWN}/app/")
    begun = oidc.begin(wanted.issuer, account=wanted.account, visit=wanted.visit, target=wanted.target or f"{OWN}/app/")
    answer = redirect(begun.url)
    answer.set_cookie(
        begun.cookie_name,
        begun.sealed(KEY),
        max_age=600,
        httponly=True,
        samesite="Lax",
        secure=OWN.startswith("https:"),
    )
    session["begun"] = begun.cookie_name
    return answer


@app.get("/app/callback")
def callback() -> AnyResponse:
    """Back from Sublet."""
    begun = Begun.opened(request.cookies.get(session.pop("begun", "")), KEY)
    found = oidc.finish(begun, request.args)
    session["sid"] = found.identity.sid
    signed_on[found.identity.sid] = found
    return redirect(begun.target)


@app.post("/app/notice")
def notice() -> Response:
    """Sublet tells of a log-out, or of access that was taken away."""
    gone = oidc.logged_out(request.form.get("logout_token", ""))
    signed_on.pop(gone.sid, None)
    return Response(status=200, headers={"Cache-Control": "no-store"})


@app.get("/app/")
def home(said: str = "", ways: tuple[object, ...] = ()) -> str:
    found = somebody()
    if found is None or not found.identity.may("agenda"):
        abort(403)
    who = found.identity
    return render_template_string(
        PAGE, who=who, said=said, ways=ways, banner=banner.html(who),
        brand=sublet.brand(who.brand.partition("://")[2], who.locale),
        feed=sublet.entitlements.check(who.account, "calendar_feed"),
        left=sublet.entitlements.remaining(who.account, "appointments", max_age=5),
    )  # fmt: skip


@app.post("/app/book")
def book() -> str:
    found = somebody()
    if found is None or not found.identity.may("agenda", "manage"):
        abort(403)
    answer = sublet.consume(found.account, "appointments", language=found.identity.locale)
    if not answer:
        return home("The limit is reached.", answer.next)
    sublet.record(found.account, "text_messages")  # the reminder: on the disk now, sent soon, counted once
    sublet.report_change(found, "agenda", "Booked an appointment", place="/agenda")
    return home("Booked.")


@app.post("/hooks/sublet")
def hook() -> Response:
    """Something has happened in Sublet."""
    event = verify(request.headers, request.get_data(), os.environ["SUBLET_WEBHOOK_SECRETS"].split())
    app.logger.warning(
        "heard %s of %s", event.type, event.account
    )  # a real product puts it into a queue, once by event.id
    return Response(status=204)


@app.errorhandler(Untrusted)
@app.errorhandler(SignOnFailed)
def nobody(fault: Exception) -> tuple[str, int]:
    return "Nobody was signed on.", 400


@app.errorhandler(Refused)
def refused(fault: Refused) -> tuple[str, int]:
    return fault.detail, 409

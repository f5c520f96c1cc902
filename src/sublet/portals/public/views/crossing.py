"""Crossing from one own host to another: asked for here, answered there, let in here.

Whatever goes wrong on the way ends at the log-in page of the host to which the person wanted: nothing is lost, and nobody
learns what it was.
"""

from __future__ import annotations

import secrets
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from sublet.branding.queries import host_view, origin, primary_host
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound
from sublet.people import queries as people_queries
from sublet.people.operations import crossing as operations
from sublet.people.operations.links import CannotUseLink
from sublet.people.queries.links import hash_token
from sublet.people.queries.second_factors import has_second_factor
from sublet.portals.public.letting_in import complete, let_in
from sublet.portals.public.pages import in_person
from sublet.portals.public.signed_on import shown_at
from sublet.portals.shared.crossing import ask_over, come_over, hosts_of, is_hash
from sublet.portals.shared.guard import public
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.pages import shown_here
from sublet.portals.shared.people import (
    BY_MAIL_KEY,
    LOGGED_IN_KEY,
    SECOND_FACTOR_KEY,
    by_company_alone,
    second_factor_at,
)
from sublet.portals.shared.returning import safe_next, safe_path

SECRET_COOKIE = "__Host-crossing" if settings.SECURE_SCHEME else "crossing"
#: Longer than the code: a slow page in between must not cost the way.
SECRET_SECONDS = 300


@public("whoever comes over is asked for elsewhere")
@require_GET  # a preview of the link by HEAD asks for nothing
@in_person
def arrive(request: SubletRequest) -> HttpResponseBase:
    """Somebody followed a link to an account on this host. Logged in: there. Else the host it came from is asked."""
    wanted = request.GET.get("next", "")
    target = safe_next(request, wanted, otherwise=reverse("home"))
    if request.person is not None:
        return HttpResponseRedirect(target)
    hosts = hosts_of(request.GET.get("from", ""))
    if hosts is None or hosts[1] != request.site.host or host_view(hosts[0]) is None:
        return _to_log_in(target)
    secret = secrets.token_urlsafe(32)
    response = HttpResponseRedirect(
        ask_over(from_host=hosts[0], to_host=hosts[1], path=target, browser_hash=hash_token(secret))
    )
    response.set_cookie(
        SECRET_COOKIE,
        secret,
        max_age=SECRET_SECONDS,
        secure=settings.SECURE_SCHEME,
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return response


@public("it sends whoever is not logged in back where they came from")
@require_GET
@in_person
def cross(request: SubletRequest) -> HttpResponseBase:
    """Send the browser back to the host that asks, with a code if the person who is logged in here has an account there."""
    hosts = hosts_of(request.GET.get("to", ""))
    browser = request.GET.get("browser", "")
    if hosts is None or hosts[0] != request.site.host or host_view(hosts[1]) is None or not is_hash(browser):
        raise NotFound
    to_host = hosts[1]
    path = safe_path(request.GET.get("next", "")) or reverse("home")
    person = request.person
    # A company's provider vouches for its own account alone: over there, the person shows its own log-in.
    if person is None or by_company_alone(request) or not _has_account_there(request, int(person.pk), to_host):
        return HttpResponseRedirect(origin(to_host) + _log_in_path(path))
    code = operations.begin_crossing(
        user_id=int(person.pk),
        session_epoch=person.session_epoch,  # type: ignore[attr-defined]  # our User
        from_host=request.site.host,
        to_host=to_host,
        browser_hash=browser,
        next_path=path,
        logged_in_at=shown_at(request.session),
        second_factor_at=second_factor_at(request),
        by_mail=bool(request.session.get(BY_MAIL_KEY)),
        at=now(),
    )
    return HttpResponseRedirect(come_over(to_host=to_host, from_host=request.site.host, code=code))


@public("the one-time code in the address shows who it is")
@require_GET
@in_person
def crossed(request: SubletRequest, token: str) -> HttpResponseBase:
    """Let the browser in that asked: the code is good once, here, in that browser."""
    hosts = hosts_of(request.GET.get("from", ""))
    try:
        if hosts is None:
            raise CannotUseLink("gone")
        over = operations.cross(
            code=token,
            host=request.site.host,
            from_host=hosts[0],
            browser=request.COOKIES.get(SECRET_COOKIE, ""),
            at=now(),
        )
    except CannotUseLink:
        return _to_log_in(reverse("home"))
    target = safe_next(request, over.next, otherwise=reverse("home"))
    if request.person is not None and request.person.pk != over.user.pk:
        return HttpResponseRedirect(target)  # somebody else has logged in here meanwhile, and stays
    if over.second_factor_at is None and has_second_factor(over.user.id):
        response: HttpResponse = let_in(request, over.user, target=target, by_mail=over.by_mail)
    else:
        response = complete(request, over.user, target=target, told=False, by_mail=over.by_mail)
        # What was shown there, when it was shown there: coming over makes nothing fresher.
        if over.second_factor_at is not None:
            request.session[SECOND_FACTOR_KEY] = over.second_factor_at.isoformat()
        if over.logged_in_at is not None:
            request.session[LOGGED_IN_KEY] = over.logged_in_at.isoformat()
    response.delete_cookie(SECRET_COOKIE, path="/", samesite="Lax")
    return response


def _has_account_there(request: SubletRequest, user_id: int, to_host: str) -> bool:
    """Whether one of the person's accounts that this host may name lives on that host."""
    return any(
        primary_host(place.account_id) == to_host
        for place in people_queries.places_of(user_id)
        if shown_here(request, place)
    )


def _log_in_path(target: str) -> str:
    return reverse("login") + ("" if target == reverse("home") else "?" + urlencode({"next": target}))


def _to_log_in(target: str) -> HttpResponse:
    return HttpResponseRedirect(_log_in_path(target))

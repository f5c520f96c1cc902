"""The pages for "no": neutral words, the site's brand, a way on. Never a trace, never another tenant's word."""

from __future__ import annotations

import logging
import sys
from typing import cast
from urllib.parse import urlencode, urlsplit

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import get_language, get_language_from_request, ngettext, override
from django.utils.translation import gettext as _

from sublet.core.rights import RESELLER
from sublet.foundation.errors import Forbidden, Refusal
from sublet.people.queries import Entry, OverVisit
from sublet.people.queries.authority import NotGranted
from sublet.portals.shared.asking import why_url
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.still_told import still_told
from sublet.portals.shared.visits import way_back

log = logging.getLogger("sublet.errors")


def _page(request: HttpRequest, status: int, title: str, text: str, **more: object) -> HttpResponse:
    if request.path_info.startswith("/api/"):
        body = {"type": "about:blank", "title": title, "status": status, "detail": text}
        return JsonResponse(body, status=status, content_type="application/problem+json")
    return render(
        request,
        "shared/error.html",
        {"status": status, "error_title": title, "error_text": text, **more},
        status=status,
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400"""
    return _page(request, 400, _("This request cannot be read"), _("Go back, reload the page and try again."))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: not there, or not yours. The same words for both."""
    return _page(request, 404, _("There is nothing here"), _("The address is wrong, or you have no access to it."))


def not_allowed(request: HttpRequest, allowed: str) -> HttpResponse:
    """405: an address that only takes what a form sends, opened as a page; as after a bookmark, or a reload elsewhere."""
    text = _("This address only takes what a form sends. Nothing was changed.")
    response = _page(request, 405, _("There is no page here"), text)
    response["Allow"] = allowed
    return response


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: you are known here, but this part is closed to you; who can open it."""
    right = exception.right if isinstance(exception, Forbidden) else ""
    actor = getattr(request, "actor", None)
    return _page(
        request,
        403,
        _("This part is closed to you"),
        _("Your rights on this account do not include it. Its owner can change them on the team page.")
        if actor is None or actor.impersonator is None
        # In somebody's place it is nobody's right that lacks: the owner may be the very person.
        else _("It is closed during this visit."),
        right=right,
        why_url=why_url(cast(SubletRequest, request), right),
    )


def refused(request: HttpRequest, fault: Refusal) -> HttpResponse:
    """409 (or the refusal's own status): an expected "no" that no form caught."""
    if isinstance(fault, NotGranted):
        return _page(request, fault.status, _("This part is closed to you"), fault.sentence, **_way_to_ask(request))
    return _page(request, fault.status, _("That cannot be done"), fault.sentence)


def _way_to_ask(request: HttpRequest) -> dict[str, str]:
    """Where a reseller's staff asks for what a client has closed; whoever may not ask sees who can enter, and until when."""
    match = request.resolver_match
    actor = getattr(request, "actor", None)
    if match is None or actor is None or actor.account_kind != RESELLER or "ref" not in match.kwargs:
        return {}
    asks = actor.may("clients:manage")
    place = {"account": actor.account_ref, "ref": match.kwargs["ref"]}
    url = reverse("reseller-client-access-ask" if asks else "reseller-client-access", kwargs=place)
    return {"back_url": url, "back_label": _("Ask for access") if asks else _("Access")}


def visit_over(request: HttpRequest, over: OverVisit) -> HttpResponse:
    """403: the impersonation has ended; the way back to where it was begun."""
    sentences = {
        "idle": _("Nothing was done for half an hour, so the visit to %(name)s ended by itself."),
        "time": _("A visit lasts an hour at most, so the visit to %(name)s ended by itself."),
        "off": _("Logging in as a client was switched off, and the visit to %(name)s ended."),
        "access": _("Your access to %(name)s has ended, and the visit with it."),
    }
    text = sentences.get(over.ended_by, _("The visit to %(name)s has ended.")) % {"name": over.account_name}
    back = way_back(over)
    return _page(request, 403, _("This visit has ended"), text, back_url=back, back_label=_("Go back"))


def server_error(request: HttpRequest) -> HttpResponse:
    """500: ours, not yours; 503 while the database is away. When not even the page around it can be made, words alone,
    in the language that the browser asks for: no brand, and nobody's name."""
    away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    # Nobody has said yet which language is spoken here when not even the host could be looked up.
    with override(get_language() if getattr(request, "site", None) else get_language_from_request(request)):
        return _away(request) if away else _fault(request)


def _fault(request: HttpRequest) -> HttpResponse:
    number = getattr(cast(SubletRequest, request), "request_id", "")
    title = _("Something went wrong here")
    text = _("Nothing was changed. Try again in a moment; if it stays so, tell support this number: %(number)s") % {
        "number": number
    }
    return _page_or_words(request, 500, title, text)


def _away(request: HttpRequest) -> HttpResponse:
    text = _("This page cannot be shown just now. Nothing was changed. Try again in a minute.")
    return later(request, text, seconds=60)


def later(request: HttpRequest, text: str, *, seconds: int) -> HttpResponse:
    """503: the same page whether the database is away or maintenance is on, with when to come again."""
    response = _page_or_words(request, 503, _("We are back in a moment"), text)
    response["Retry-After"] = str(seconds)
    response["Cache-Control"] = "no-store"
    return response


def waiting_words(seconds: int) -> str:
    """How long it takes while maintenance is on, roughly: nobody's clock is asked for its zone."""
    minutes = max(1, round(seconds / 60))
    if minutes > 90:
        hours = round(minutes / 60)
        text = ngettext("It takes about %(number)s more hour.", "It takes about %(number)s more hours.", hours)
        return text % {"number": hours}
    text = ngettext("It takes about %(number)s more minute.", "It takes about %(number)s more minutes.", minutes)
    return text % {"number": minutes}


def _page_or_words(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    try:
        # While nothing is to be had, the first page is no way out: the same page is, a little later.
        waits = status == 503 and request.method == "GET"
        again = {"back_url": request.get_full_path(), "back_label": _("Try again")} if waits else {}
        return _page(request, status, title, text, **again)
    except Exception:  # whatever it was: a fault in the page about a fault would show the server's own words
        log.exception("the page about a fault could not be made")
    return _bare(title, text, status)


def _bare(title: str, text: str, status: int) -> HttpResponse:
    language = get_language() or "en"
    bare = (
        f'<!doctype html><html lang="{escape(language)}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title><h1>{escape(title)}</h1><p>{escape(text)}</p>"
    )
    return HttpResponse(bare, status=status)


def _log_in_url(request: HttpRequest) -> str:
    """The log-in page, which leads back to the page with the form where the browser tells which that was."""
    login = reverse("login")
    came = urlsplit(request.headers.get("referer", ""))
    back = f"{came.path}?{came.query}" if came.query else came.path
    if came.netloc != request.get_host() or came.path in {"", login}:
        return login
    return f"{login}?{urlencode({'next': back})}"


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form was open for too long, or did not come from here."""
    if getattr(request, "person", None) is None:
        return _page(
            request,
            403,
            _("This page is too old"),
            _("You are not logged in, or not any more. Log in and send the form again. Nothing was changed."),
            back_url=_log_in_url(request),
            back_label=_("Log in"),
        )
    return _page(
        request,
        403,
        _("This page is too old"),
        _("Go back, reload the page and send the form again. Nothing was changed."),
    )


def locked(request: HttpRequest, entry: Entry) -> HttpResponse:
    """The lock page of a suspended or closed account, in brand, with whom to ask, and with what still tells of the account
    outside, for whoever may end that."""
    account = entry.account
    context = {"locked_name": account.name, "state": account.state, "webhooks": still_told(entry.actor)}
    return render(request, "shared/locked.html", context, status=403)

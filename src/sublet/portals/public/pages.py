"""What the public views share: how large a body may be, who acts, and logging a browser in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth import login
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from sublet.foundation.actor import Actor
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound, Refusal
from sublet.people import operations as people_operations
from sublet.people import queries as people_queries
from sublet.people.operations import log_ins
from sublet.people.queries.company_log_ins import CameIn, came_in
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.people import (
    BY_MAIL_KEY,
    COMPANY_KEY,
    EPOCH_KEY,
    LOG_IN_KEY,
    LOGGED_IN_KEY,
    SECOND_FACTOR_KEY,
    bind_session,
)

P = ParamSpec("P")
View = Callable[Concatenate[SubletRequest, P], HttpResponseBase]

#: Who has shown a password, and has yet to show a second factor.
PENDING_KEY = "pending"

#: No form here needs more; folding and comparing ten megabytes of a "name" would keep a process busy.
LARGEST_BODY = 64 * 1024


def in_person(view: View[P]) -> View[P]:
    """The view is about whoever sits at the browser: inside a visit to a client there is no such page.

    A body above 64 KiB is refused before it is looked at.
    """

    @wraps(view)
    def guarded(request: SubletRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.impersonation_ref:
            raise NotFound
        if _body_size(request) > LARGEST_BODY:
            return said(
                request,
                413,
                _("This is too much"),
                _("What you sent is larger than this page takes. Go back and shorten it."),
            )
        return view(request, *args, **kwargs)

    return guarded


def _body_size(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if str(length).isdigit() else 0


def said(request: HttpRequest, status: int, title: str, text: str, **more: object) -> HttpResponse:
    """A page that says no and shows the way on (`back_url`, `back_label`)."""
    return render(
        request,
        "shared/error.html",
        {"status": status, "error_title": title, "error_text": text, **more},
        status=status,
    )


def address_of(request: HttpRequest) -> str:
    """The caller's network address, as the host middleware left it."""
    return str(request.META.get("REMOTE_ADDR", ""))


def actor_of(request: SubletRequest) -> Actor:
    """Who acts on a public page: the person who is logged in, itself; else a visitor without any right."""
    person = request.person
    if person is None:
        return people_queries.visitor_actor(site=request.site, request_id=request.request_id)
    return people_queries.person_actor(
        user_id=int(person.pk), name=str(person), site=request.site, request_id=request.request_id
    )


def log_browser_in(
    request: SubletRequest,
    person: AbstractBaseUser,
    *,
    proved: bool = False,
    own: bool = False,
    came: CameIn | None = None,
) -> None:
    """Begin a log-in of `person` in this browser, on this host alone, under a new key.

    Also what lets this browser's log-in go on after all of the person's were ended. `proved`: a second factor was shown
    just now. `own`: so was the person's own log-in; `came`: a company's provider has shown who it is.
    """
    goes_on = request.person is not None and request.person.pk == person.pk
    kept = {
        key: request.session[key]
        for key in (SECOND_FACTOR_KEY, LOGGED_IN_KEY, LOG_IN_KEY, COMPANY_KEY, BY_MAIL_KEY)
        if goes_on and key in request.session and not (own and key == BY_MAIL_KEY)
    }
    login(request, person)  # type: ignore[arg-type]  # our User
    request.session.pop(PENDING_KEY, None)
    request.session.update(kept)
    before = came_in(kept.get(COMPANY_KEY))
    if came is not None:
        came = replace(came, own=goes_on and (before is None or before.own))
    elif before is not None:
        came = replace(before, own=before.own or own)
    if came is not None:
        request.session[COMPANY_KEY] = came.stored()
    if not goes_on or own:
        request.session[LOGGED_IN_KEY] = now().isoformat()
    if proved:
        request.session[SECOND_FACTOR_KEY] = now().isoformat()
    bind_session(request)
    request.session[EPOCH_KEY] = person.session_epoch  # type: ignore[attr-defined]  # our User
    request.person = person
    if request.session.session_key is None:
        request.session.create()  # another password empties the session: it must have a key to be found by
    if goes_on and LOG_IN_KEY in kept:
        log_ins.go_on(ref=kept[LOG_IN_KEY], session_key=request.session.session_key or "")


def with_wait(response: HttpResponse, refusal: Refusal) -> HttpResponse:
    """The refusal's status on the answer to a form; for "too many attempts" also when to come back."""
    response.status_code = refusal.status
    if isinstance(refusal, people_operations.CannotTryAgainYet):
        response["Retry-After"] = str(refusal.seconds)
    return response

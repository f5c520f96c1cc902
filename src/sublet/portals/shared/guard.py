"""Every view names its right. A view without one of these decorators fails the architecture test."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone, translation

from sublet.core.lifecycle import lets_people_in
from sublet.core.matrix import visit_refuses
from sublet.foundation.clock import now
from sublet.foundation.contention import once_more
from sublet.foundation.errors import CannotWhileImpersonating, Forbidden, NotFound, Refusal
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.people import operations as people_operations
from sublet.people import queries as people_queries
from sublet.people.operations import log_ins
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.people import (
    LOG_IN_KEY,
    by_company_alone,
    came_by,
    language_shown,
    second_factor_at,
    session_hash,
)

P = ParamSpec("P")
View = Callable[Concatenate[SubletRequest, P], HttpResponseBase]
Wrapped = Callable[..., HttpResponseBase]


def to_login(request: HttpRequest) -> HttpResponse:
    """Send an unknown person to the log-in page, and back here afterwards; htmx swaps the whole page."""
    target = reverse("login") + "?" + urlencode({"next": request.get_full_path()})
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


def to_prove(request: HttpRequest, *, back: str = "") -> HttpResponse:
    """Send a person to the page that asks for the second factor (or leads to setting one up), and to `back` afterwards.

    Without `back`, to the page itself; of what was sent by POST, to the first page.
    """
    back = back or (request.get_full_path() if request.method in {"GET", "HEAD"} else reverse("home"))
    target = reverse("prove") + "?" + urlencode({"next": back})
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


def to_other_way(request: HttpRequest, entry: people_queries.Entry) -> HttpResponse:
    """Send a person to the log-in that an account wants: its company's, or the person's own; and back here afterwards."""
    back = request.get_full_path() if request.method in {"GET", "HEAD"} else reverse("home")
    page = reverse("login-own")
    if entry.way_lacking == "company":
        page = reverse("login-company", kwargs={"account": entry.account.ref})
    target = page + "?" + urlencode({"next": back})
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


def needs(
    right: str, *, portal: str | tuple[str, ...], locked_too: bool = False, ends: bool = False
) -> Callable[[View[P]], Wrapped]:
    """The view works in the account named by its `account` argument, for people with `right` (``section:level``) there.

    `portal` is the kind (or kinds) of account it is for. Sets `request.actor`, `request.account` and the scope, and drops
    `account` from the view's arguments. Unknown people go to the log-in; everything that is not theirs is a 404, a right
    they lack a 403 that says which. `locked_too` lets people of a suspended or closed account in; `ends` whoever may at least end
    what the right changes (`Actor.ends`): the operation asks for more where more is done.
    `right` ``""`` means: any collaborator.
    """
    kinds = (portal,) if isinstance(portal, str) else portal

    def decorate(view: View[P]) -> Wrapped:
        @wraps(view)
        def guarded(request: SubletRequest, *args: Any, account: str, **kwargs: Any) -> HttpResponseBase:
            at = now()
            entry = _enter(request, account, at)
            if entry is None and request.impersonation_ref:
                return _visit_over(request, at)
            if entry is None or entry.account.kind not in kinds:
                raise NotFound
            served = people_queries.served_here(
                site_path=request.site.path_ids,
                site_kind=request.site.account_kind,
                account_id=entry.account.id,
                account_kind=entry.account.kind,
                parent_id=entry.account.parent_id,
            )
            if not served:
                raise NotFound
            if entry.way_lacking:
                return to_other_way(request, entry)
            if entry.demands_second_factor and second_factor_at(request) is None:
                return to_prove(request)
            request.actor = entry.actor
            request.visit = entry.visit
            request.vouched = entry.vouched
            request.own_zone = entry.account.timezone
            request.account = entry.account  # type: ignore[attr-defined]  # declared for templates only

            def work() -> HttpResponseBase:
                own = entry.impersonation_id is None
                if own and not locked_too and not lets_people_in(entry.account.state):
                    from sublet.portals.shared import errors  # templates are ready only once the apps are

                    return errors.locked(request, entry)
                if right and not (entry.actor.may_in_person(right) or (ends and entry.actor.may_end(right))):
                    raise Forbidden(right)
                acting = entry.actor.impersonator
                if acting is not None and _refuses(request, acting.mode):
                    raise CannotWhileImpersonating("never")
                zone = entry.timezone or entry.account.timezone
                with actor_scope(entry.actor), timezone.override(ZoneInfo(zone)):
                    return once_more(lambda: view(request, *args, **kwargs), before=lambda: _rewind(request))

            if entry.impersonation_id is None:
                if _not_seen_lately(entry, at):
                    people_operations.note_seen(
                        collaborator_id=entry.collaborator_id, account_id=entry.account.id, at=at
                    )
                    if LOG_IN_KEY in request.session:
                        log_ins.note_used(ref=request.session[LOG_IN_KEY], at=at)
                return work()
            return _in_anothers_place(request, entry, entry.impersonation_id, at, work)

        def entrance(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            ours = cast(SubletRequest, request)
            if ours.person is None and not ours.impersonation_ref:
                return to_login(request)
            with people_queries.remember_sections():
                return guarded(ours, *args, **kwargs)

        entrance.__wrapped__ = view  # type: ignore[attr-defined]  # so that tests see which methods it takes
        entrance.__name__ = view.__name__
        entrance.__doc__ = view.__doc__
        entrance.__module__ = view.__module__
        entrance.needs = right or "any"  # type: ignore[attr-defined]  # read by the architecture test and the probe
        entrance.portals = kinds  # type: ignore[attr-defined]  # as above
        return entrance

    return decorate


def page_of(
    view: Wrapped,
    *,
    name: str,
    right: str,
    portal: str | tuple[str, ...],
    call: Wrapped | None = None,
    locked_too: bool = False,
    ends: bool = False,
) -> Wrapped:
    """`view` behind `needs`, for pages that several portals have: called after the portal (`name`, as in its address's name),
    so that each is told from the other. `call` is called in its place, with what the address says besides the account.
    """
    called = call or view

    def on_this_account(request: SubletRequest, /, **kwargs: str) -> HttpResponseBase:
        return called(request, **kwargs)

    on_this_account.__wrapped__ = view  # type: ignore[attr-defined]  # as in `needs`
    on_this_account.__name__ = f"{name.replace('-', '_')}_{view.__name__}"
    on_this_account.__doc__ = view.__doc__
    return needs(right, portal=portal, locked_too=locked_too, ends=ends)(on_this_account)


def _rewind(request: HttpRequest) -> None:
    """Before a view is called a second time: files that were sent are read from their beginning again."""
    for name in getattr(request, "_files", None) or ():
        for each in request.FILES.getlist(name):
            each.seek(0)


def _refuses(request: HttpRequest, mode: str) -> bool:
    """Whether a visit in that mode never does what the request asks for: `core.matrix` says."""
    match = request.resolver_match
    changes = request.method not in {"GET", "HEAD", "OPTIONS"}
    return visit_refuses((match.url_name or "") if match is not None else "", mode=mode, changes=changes)


def _not_seen_lately(entry: people_queries.Entry, at: datetime) -> bool:
    """Whether the person's visit is worth a write: at most one in a quarter of an hour."""
    seen = entry.last_seen_at
    return seen is None or (at - seen).total_seconds() >= people_operations.SEEN_EVERY_SECONDS


def _enter(request: SubletRequest, account: str, at: datetime) -> people_queries.Entry | None:
    if request.impersonation_ref:
        return people_queries.enter_as(
            impersonation_ref=request.impersonation_ref,
            session_hash=session_hash(request),
            account_ref=account,
            host=request.site.host,
            request_id=request.request_id,
            at=at,
        )
    person = request.person
    if person is None:
        return None
    return people_queries.enter(
        user_id=int(person.pk),
        account_ref=account,
        host=request.site.host,
        request_id=request.request_id,
        at=at,
        came=came_by(request),
    )


def _in_anothers_place(
    request: SubletRequest,
    entry: people_queries.Entry,
    impersonation_id: int,
    at: datetime,
    work: Callable[[], HttpResponseBase],
) -> HttpResponseBase:
    """Do `work` in the language that the person acted as would see, and record the request whatever comes of it."""
    status = 500
    try:
        with translation.override(language_shown(request, entry)):
            request.LANGUAGE_CODE = translation.get_language() or "en"
            response = work()
        response.headers["Content-Language"] = request.LANGUAGE_CODE
        status = response.status_code
        return response
    except Forbidden:
        status = 403
        raise
    except NotFound:
        status = 404
        raise
    except Refusal as fault:
        status = fault.status
        raise
    finally:
        people_operations.note_impersonated_request(
            impersonation_id=impersonation_id,
            method=request.method or "",
            path=request.path_info,
            status=status,
            request_id=request.request_id,
            at=at,
        )


def _visit_over(request: SubletRequest, at: datetime) -> HttpResponseBase:
    """Say that the visit has ended, and the way back, to the browser that made it; to anybody else there is nothing."""
    over = people_operations.end_visit_that_is_over(
        impersonation_ref=request.impersonation_ref, session_hash=session_hash(request), host=request.site.host, at=at
    )
    if over is None:
        raise NotFound
    from sublet.portals.shared import errors  # templates are ready only once the apps are

    return errors.visit_over(request, over)


#: The own pages that open to whoever has been shown by a company's provider alone: those that lead to its account. All others
#: are about the person, whom whoever runs that provider must neither read nor change.
BY_COMPANY = frozenset({"home", "accounts"})


def _to_own(request: SubletRequest) -> HttpResponse:
    """Ask for the person's own log-in first, and come back here afterwards."""
    back = request.get_full_path() if request.method in {"GET", "HEAD"} else reverse("me")
    target = reverse("login-own") + "?" + urlencode({"next": back})
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


def signed_in(view: View[P]) -> Wrapped:
    """The view is about the person who is logged in (own settings, list of own accounts), whatever the account.

    Sets a platform scope: such a view reads only what begins at the person. Not reachable while impersonating.
    """

    @wraps(view)
    def guarded(request: SubletRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.impersonation_ref:
            raise NotFound
        if request.person is None:
            return to_login(request)
        if by_company_alone(request) and view.__name__ not in BY_COMPANY:
            return _to_own(request)
        with platform_scope("a person's own pages"):
            return once_more(lambda: view(request, *args, **kwargs), before=lambda: _rewind(request))

    guarded.needs = "own"  # type: ignore[attr-defined]  # read by the architecture test and the probe
    return guarded


def public(reason: str, *, asks_itself: bool = False) -> Callable[[View[P]], Wrapped]:
    """Anybody may see this view; `reason` says why, for the architecture test.

    `asks_itself`: it stands for the host product, which decides by itself, and by what it is told, what a visit does there.
    """

    def decorate(view: View[P]) -> Wrapped:
        @wraps(view)
        def open_to_all(request: SubletRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.impersonation_ref and not asks_itself and _refuses(request, "client"):
                raise NotFound  # about the person who sits there, who is not inside the visit
            with platform_scope(f"public: {reason}"):
                return once_more(lambda: view(request, *args, **kwargs), before=lambda: _rewind(request))

        open_to_all.needs = "public"  # type: ignore[attr-defined]  # read by the architecture test and the probe
        open_to_all.reason = reason  # type: ignore[attr-defined]  # as above
        open_to_all.asks_itself = asks_itself  # type: ignore[attr-defined]  # read by `proof.scanning`
        return open_to_all

    return decorate


def person_of(request: SubletRequest) -> AbstractBaseUser:
    """The person who is logged in; for views behind `signed_in`."""
    if request.person is None:
        raise NotFound
    return request.person


__all__ = ["needs", "page_of", "person_of", "public", "signed_in", "to_login", "to_other_way", "to_prove"]

"""From a right password to a log-in: the second step in between, where the person has one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from sublet.foundation.clock import now
from sublet.people.operations import log_ins
from sublet.people.operations.impersonation import carry_visits
from sublet.people.operations.links import new_token
from sublet.people.queries.company_log_ins import CameIn, came_in
from sublet.people.queries.second_factors import has_second_factor, person_in_between
from sublet.portals.public.pages import PENDING_KEY, actor_of, address_of, log_browser_in
from sublet.portals.public.signed_on import BROWSER_KEY, end_log_in_here
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.people import BY_MAIL_KEY, LOG_IN_KEY, SECOND_FACTOR_KEY, session_hash

PENDING_MINUTES = 10
#: Whom a company's provider has shown, until the person has shown its own log-in as well.
LINK_KEY = "company_link"
DEVICE_COOKIE = "__Host-device" if settings.SECURE_SCHEME else "device"


@dataclass(frozen=True, slots=True)
class Pending:
    """Somebody who has shown the password in this browser, on this host, and has yet to show a second factor."""

    person: AbstractBaseUser
    target: str
    by_mail: bool  # came by a code from the mailbox: another one from there would be no second factor
    came: CameIn | None = None  # came by a company's provider


def let_in(
    request: SubletRequest,
    person: AbstractBaseUser,
    *,
    target: str,
    proved: bool = False,
    by_mail: bool = False,
    came: CameIn | None = None,
) -> HttpResponse:
    """Log the browser in, or ask for the second factor first; afterwards to `target`, a path of this host.

    `by_mail`: a link from the mailbox has shown who it is, so that nobody need be told by mail. `came`: a company's
    identity provider has; where that counts as a second factor, the person's own is not asked for.
    """
    _end_of_another(request, person)
    if not proved and not (came is not None and came.strong) and has_second_factor(int(person.pk)):
        # What the same person has signed on to goes on, and must end when it logs out here.
        kept = (LINK_KEY, BROWSER_KEY) if request.person is not None else (LINK_KEY,)
        waiting = {key: request.session[key] for key in kept if key in request.session}
        request.session.flush()  # a new key: whoever knew the old one is left behind
        request.session.update(waiting)
        request.session[PENDING_KEY] = {
            "user": int(person.pk),
            "epoch": person.session_epoch,  # type: ignore[attr-defined]  # our User
            "until": (now() + timedelta(minutes=PENDING_MINUTES)).isoformat(),
            "next": target,
            "by_mail": by_mail,
            "came": came.stored() if came is not None else None,
        }
        request.person = None
        return HttpResponseRedirect(reverse("prove"))
    return complete(request, person, target=target, proved=proved, by_mail=by_mail, came=came)


def complete(
    request: SubletRequest,
    person: AbstractBaseUser,
    *,
    target: str,
    proved: bool = False,
    told: bool = True,
    by_mail: bool = False,
    came: CameIn | None = None,
) -> HttpResponse:
    """Log the browser in and note it; on a device that the person has not used before, write to the person.

    Not where `told` is false, nor where it came `by_mail`: whoever has the mailbox would learn nothing.
    """
    _end_of_another(request, person)
    log_browser_in(request, person, proved=proved, own=came is None, came=came)
    if by_mail:
        request.session[BY_MAIL_KEY] = True
    device = device_of(request) or new_token()
    request.session[LOG_IN_KEY] = log_ins.note_log_in(
        user_id=int(person.pk),
        session_key=request.session.session_key or "",
        device=device,
        site=request.site,
        address=address_of(request),
        agent=request.headers.get("User-Agent", ""),
        told=told and not by_mail,
        actor=actor_of(request),
        at=now(),
    )
    response = HttpResponseRedirect(target)
    response.set_cookie(
        DEVICE_COOKIE,
        device,
        max_age=365 * 86400,
        secure=settings.SECURE_SCHEME,
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return response


def _end_of_another(request: SubletRequest, person: AbstractBaseUser) -> None:
    """Whoever was logged in here before as somebody else has left: nothing of it goes on in the host product either."""
    if request.person is not None and request.person.pk != person.pk:
        end_log_in_here(request, at=now())
        request.person = None


def device_of(request: SubletRequest) -> str:
    """What this browser was given when somebody logged in with it; empty for one that is new here."""
    found = request.COOKIES.get(DEVICE_COOKIE, "")
    return found if 20 <= len(found) <= 100 and found.isascii() and found.isprintable() else ""


def pending(request: SubletRequest) -> Pending | None:
    """Who is in between in this browser, or None: nobody, too long ago, or all log-ins were ended meanwhile."""
    kept = request.session.get(PENDING_KEY)
    if not isinstance(kept, dict) or datetime.fromisoformat(kept["until"]) < now():
        return None
    person = person_in_between(user_id=int(kept["user"]), session_epoch=int(kept["epoch"]))
    if person is None:
        return None
    return Pending(
        person=person, target=str(kept["next"]), by_mail=bool(kept["by_mail"]), came=came_in(kept.get("came"))
    )


def note_second_factor(request: SubletRequest) -> None:
    """The person who is logged in has just shown a second factor: a new key, and visits begun here go on under it."""
    before = session_hash(request)
    request.session.cycle_key()
    request.session[SECOND_FACTOR_KEY] = now().isoformat()
    if LOG_IN_KEY in request.session:
        log_ins.go_on(ref=request.session[LOG_IN_KEY], session_key=request.session.session_key or "")
    carry_visits(before=before, after=session_hash(request))

"""From a right password to a log-in: the second step in between, where the person has one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from sublet.foundation.clock import now
from sublet.people.operations.impersonation import carry_visits
from sublet.people.queries.second_factors import has_second_factor, person_in_between
from sublet.portals.public.pages import PENDING_KEY, log_browser_in
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.people import SECOND_FACTOR_KEY, session_hash

PENDING_MINUTES = 10


@dataclass(frozen=True, slots=True)
class Pending:
    """Somebody who has shown the password in this browser, on this host, and has yet to show a second factor."""

    person: AbstractBaseUser
    target: str
    by_mail: bool  # came by a code from the mailbox: another one from there would be no second factor


def let_in(
    request: SubletRequest, person: AbstractBaseUser, *, target: str, proved: bool = False, by_mail: bool = False
) -> HttpResponse:
    """Log the browser in, or ask for the second factor first; afterwards to `target`, a path of this host."""
    if not proved and has_second_factor(int(person.pk)):
        request.session.flush()  # a new key: whoever knew the old one is left behind
        request.session[PENDING_KEY] = {
            "user": int(person.pk),
            "epoch": person.session_epoch,  # type: ignore[attr-defined]  # our User
            "until": (now() + timedelta(minutes=PENDING_MINUTES)).isoformat(),
            "next": target,
            "by_mail": by_mail,
        }
        request.person = None
        return HttpResponseRedirect(reverse("prove"))
    log_browser_in(request, person, proved=proved)
    return HttpResponseRedirect(target)


def pending(request: SubletRequest) -> Pending | None:
    """Who is in between in this browser, or None: nobody, too long ago, or all log-ins were ended meanwhile."""
    kept = request.session.get(PENDING_KEY)
    if not isinstance(kept, dict) or datetime.fromisoformat(kept["until"]) < now():
        return None
    person = person_in_between(user_id=int(kept["user"]), session_epoch=int(kept["epoch"]))
    if person is None:
        return None
    return Pending(person=person, target=str(kept["next"]), by_mail=bool(kept["by_mail"]))


def note_second_factor(request: SubletRequest) -> None:
    """The person who is logged in has just shown a second factor: a new key, and visits begun here go on under it."""
    before = session_hash(request)
    request.session.cycle_key()
    request.session[SECOND_FACTOR_KEY] = now().isoformat()
    carry_visits(before=before, after=session_hash(request))

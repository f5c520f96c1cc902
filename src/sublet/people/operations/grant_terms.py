"""What access can be asked for: how far, for whom, from which day on. Checked before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.core.grants import LATEST_START, RESELLER_SIDE, Scope
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Refusal
from sublet.foundation.refs import looks_like_ref
from sublet.people.models import Collaborator, StaffTeam
from sublet.people.queries.grants import grant_offer

MOST_PEOPLE = 200


class CannotChangeGrant(Refusal):
    """Why access to a client stays as it is."""

    SENTENCES: ClassVar = {
        "reason-too-short": _(
            "Say in at least %(least)s characters what the access is for. The other side can read it."
        ),
        "scope-empty": _("Choose at least one section, or everything."),
        "scope-unknown": _("There is no section “%(section)s” here, or not at that level."),
        "days": _("Access lasts between one day and three years, or until somebody ends it."),
        "notice": _("A notice period has at most %(most)s days."),
        "people": _("Choose people of your own team."),
        "team": _("Choose a team that there is, or people, not both."),
        "team-gone": _("The team that this is for is no more, so it would let nobody in. Decline it."),
        "start": _("Access begins today at the earliest, and within a year."),
        "too-many": _("%(most)s requests are waiting for an answer already."),
        "closed": _("This account is closed."),
        "not-yours": _("Only the side that owns this account can decide that."),
        "not-waiting": _("This request has been answered already."),
        "not-running": _("This access has ended already."),
        "wider": _("Access can only be narrowed here. Ask for more instead."),
        "open": _("This access has no end, so there is nothing to extend."),
        "asked": _("That has been asked already."),
        "nothing-asked": _("Nobody asks for that any more."),
    }


def wanted_scope(everywhere: str, sections: Mapping[str, str]) -> Scope:
    """How far it is to go. Raises CannotChangeGrant for nothing, and for what there is not."""
    try:
        scope = Scope.stored(everywhere, sections)
    except ValueError as fault:
        raise CannotChangeGrant("scope-unknown", field="sections", section=str(fault)[:60]) from None
    unknown = grant_offer().refuse(scope.sections)
    if unknown is not None:
        raise CannotChangeGrant("scope-unknown", field="sections", section=unknown[:60])
    if scope.empty:
        raise CannotChangeGrant("scope-empty", field="sections")
    return scope


def wanted_people(refs: Sequence[str], actor: Actor, side: str) -> list[int]:
    """The users behind references of the reseller's own team; its client does not choose among them."""
    wanted = list(dict.fromkeys(refs))
    if side != RESELLER_SIDE or not wanted or len(wanted) > MOST_PEOPLE:
        raise CannotChangeGrant("people", field="people")
    known = [ref for ref in wanted if looks_like_ref(ref, "col")]
    places = Collaborator.objects.filter(account_id=actor.account_id, ref__in=known, ended_at__isnull=True)
    found = sorted(places.values_list("user_id", flat=True))
    if len(found) != len(wanted):
        raise CannotChangeGrant("people", field="people")
    return found


def wanted_team(ref: str, actor: Actor, side: str, *, people: Sequence[str] | None) -> StaffTeam | None:
    """The team of the reseller's staff with that reference, None for none; its client learns of no team to choose."""
    if not ref:
        return None
    row = None
    if side == RESELLER_SIDE and people is None and looks_like_ref(ref, "tea"):
        row = StaffTeam.objects.filter(account_id=actor.account_id, ref=ref, removed_at__isnull=True).first()
    if row is None:
        raise CannotChangeGrant("team", field="team")
    return row


def wanted_start(day: date | None, client: Account, at: datetime) -> datetime | None:
    """The instant at which that day begins where the client is; None for today: it begins when it is given."""
    zone = ZoneInfo(client.timezone)
    today = at.astimezone(zone).date()
    if day is None or day == today:
        return None
    if not today < day <= today + timedelta(days=LATEST_START):
        raise CannotChangeGrant("start", field="start")
    # In UTC, as it comes back from the database: days added to it are as long whether it is given now or approved later.
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def own_place(actor: Actor) -> list[str]:
    """The reference of the actor's own place on its team, for `request_grant`. Raises CannotWhileImpersonating."""
    actor.require_in_person()
    places = Collaborator.objects.filter(account_id=actor.account_id, user_id=actor.user_id or 0, ended_at__isnull=True)
    return list(places.values_list("ref", flat=True))

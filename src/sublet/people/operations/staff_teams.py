"""Named teams of a reseller's staff: made, changed, removed. Whoever is in one has the access given to it from the next
request on, and whoever is not, has not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.core.reports import is_seen
from sublet.core.rights import RESELLER
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import looks_like_ref
from sublet.people.events import StaffTeamChanged, StaffTeamMade, StaffTeamRemoved
from sublet.people.models import Collaborator, StaffTeam, StaffTeamMember
from sublet.people.operations.granting import one_line
from sublet.people.queries.staff_teams import MOST_MEMBERS, MOST_TEAMS, may_change_teams

LONGEST_NAME = 80


class CannotChangeStaffTeam(Refusal):
    """Why a team of the staff stays as it is."""

    SENTENCES: ClassVar = {
        "name-empty": _("Give the team a name."),
        "name-long": _("A team’s name has at most %(most)s characters."),
        "name-taken": _("There is a team with that name already."),
        "too-many": _("There are %(most)s teams already."),
        "too-many-people": _("A team has at most %(most)s people."),
        "people": _("Choose people of your own team."),
        "confined": _("You reach chosen clients only, so you cannot change teams: they may have access to others."),
    }


def make_staff_team(*, name: str, people: Sequence[str] = (), actor: Actor, at: datetime) -> str:
    """Make a team of these people (references of places on the actor's own account); returns its reference.

    With ``team:manage``, for a reseller. Raises NotFound, Forbidden, CannotChangeStaffTeam.
    """
    _require(actor)
    with transaction.atomic():
        account_id = _lock_account(actor)
        called = _name(name, actor)
        if StaffTeam.objects.filter(account_id=account_id, removed_at__isnull=True).count() >= MOST_TEAMS:
            raise CannotChangeStaffTeam("too-many", most=MOST_TEAMS)
        places = _places(people, actor)
        row = StaffTeam(account_id=account_id, name=called, name_key=called.casefold(), created_at=at)
        row.save()
        StaffTeamMember.objects.bulk_create([StaffTeamMember(team=row, collaborator=place) for place in places])
        told = StaffTeamMade(team=row.ref, name=row.name, people=[str(place.user) for place in places])
        record(told, account_id=account_id, actor=actor, at=at)
    return row.ref


def change_staff_team(
    *, ref: str, name: str | None = None, people: Sequence[str] | None = None, actor: Actor, at: datetime
) -> bool:
    """Call a team otherwise, and let it be exactly these people; None: as it is. Returns whether anything changed.

    As `make_staff_team`; NotFound too for another's team and for one that was removed.
    """
    _require(actor)
    with transaction.atomic():
        account_id = _lock_account(actor)
        row = _team(ref)
        before, called = row.name, row.name if name is None else _name(name, actor, but=row)
        members = StaffTeamMember.objects.filter(team=row, collaborator__ended_at__isnull=True)
        now = {each.collaborator_id: each for each in members.select_related("collaborator__user")}
        places = [each.collaborator for each in now.values()] if people is None else _places(people, actor)
        wanted = {place.id for place in places}
        joined = [place for place in places if place.id not in now]
        left = [each for each in now.values() if each.collaborator_id not in wanted]
        if called == before and not joined and not left:
            return False
        row.name, row.name_key = called, called.casefold()
        row.save(update_fields=["name", "name_key"])
        StaffTeamMember.objects.filter(id__in=[each.id for each in left]).delete()
        StaffTeamMember.objects.bulk_create([StaffTeamMember(team=row, collaborator=place) for place in joined])
        told = StaffTeamChanged(
            team=row.ref,
            name=called,
            name_before=before,
            joined=[str(place.user) for place in joined],
            left=[str(each.collaborator.user) for each in left],
        )
        record(told, account_id=account_id, actor=actor, at=at)
    return True


def remove_staff_team(*, ref: str, actor: Actor, at: datetime) -> None:
    """Remove a team: what was given to it lets nobody in any more. As `change_staff_team`."""
    _require(actor)
    with transaction.atomic():
        account_id = _lock_account(actor)
        row = _team(ref)
        row.removed_at = at
        row.save(update_fields=["removed_at"])
        StaffTeamMember.objects.filter(team=row).delete()
        record(StaffTeamRemoved(team=row.ref, name=row.name), account_id=account_id, actor=actor, at=at)


def _require(actor: Actor) -> None:
    actor.require("team:manage")
    if actor.account_kind != RESELLER:
        raise NotFound
    if not may_change_teams(actor):
        raise CannotChangeStaffTeam("confined")


def _lock_account(actor: Actor) -> int:
    """Two that are made at the same moment must not have one name, nor be one too many."""
    return Account.objects.select_for_update(of=("self",)).get(id=actor.account_id).id


def _team(ref: str) -> StaffTeam:
    row = None
    if looks_like_ref(ref, "tea"):
        rows = StaffTeam.objects.select_for_update(of=("self",))
        row = rows.filter(ref=ref, removed_at__isnull=True).first()
    if row is None:
        raise NotFound
    return row


def _name(name: str, actor: Actor, *, but: StaffTeam | None = None) -> str:
    called = one_line(name, LONGEST_NAME + 1)
    if not is_seen(called):  # a client is to read to whom it gives access
        raise CannotChangeStaffTeam("name-empty", field="name")
    if len(called) > LONGEST_NAME:
        raise CannotChangeStaffTeam("name-long", field="name", most=LONGEST_NAME)
    others = StaffTeam.objects.filter(
        account_id=actor.account_id, name_key=called.casefold(), removed_at__isnull=True
    ).exclude(id=but.id if but is not None else 0)
    if others.exists():
        raise CannotChangeStaffTeam("name-taken", field="name")
    return called


def _places(refs: Sequence[str], actor: Actor) -> list[Collaborator]:
    """The places behind these references, locked: one that ends at the same moment must not stay in a team."""
    wanted = list(dict.fromkeys(refs))
    if len(wanted) > MOST_MEMBERS:
        raise CannotChangeStaffTeam("too-many-people", field="people", most=MOST_MEMBERS)
    known = [ref for ref in wanted if looks_like_ref(ref, "col")]
    places = Collaborator.objects.select_for_update(of=("self",)).filter(
        account_id=actor.account_id, ref__in=known, ended_at__isnull=True
    )
    found = list(places.select_related("user").order_by("id"))
    if len(found) != len(wanted):
        raise CannotChangeStaffTeam("people", field="people")
    return found

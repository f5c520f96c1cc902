"""The named teams of a reseller's staff: for itself, and as far as a client learns of one that has access to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from sublet.core.rights import RESELLER
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.refs import looks_like_ref
from sublet.people.models import Collaborator, Grant, StaffTeam, StaffTeamMember, members_now
from sublet.people.queries.naming import called

#: So many teams an account can have, and so many members each.
MOST_TEAMS = 50
MOST_MEMBERS = 200


@dataclass(frozen=True, slots=True)
class StaffTeamRow:
    """A team. `members`: reference and name of each, by name; those in `locked` cannot log in at present, and are in it all the
    same. `grants`: to how many clients within the actor's reach it has access now or will."""

    ref: str
    name: str
    members: Sequence[tuple[str, str]]
    grants: int
    created_at: datetime
    locked: Collection[str] = frozenset()


@dataclass(frozen=True, slots=True)
class StaffTeamsPage:
    """All teams of the actor's account, by name. `may_manage`: it can make and change them."""

    teams: Sequence[StaffTeamRow]
    may_manage: bool


@dataclass(frozen=True, slots=True)
class StaffTeamForm:
    """One team (None: one that is to be made), and who can be in it: reference and name, by name."""

    team: StaffTeamRow | None
    people: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class TeamNamed:
    """A team as a grant to it tells of it. `members`: user → name, of those who are in it now."""

    ref: str
    name: str
    removed: bool
    members: Mapping[int, str]


def staff_teams(actor: Actor, *, at: datetime) -> StaffTeamsPage:
    """The teams of the actor's own staff (``team:view``). Raises NotFound for who is no reseller, Forbidden."""
    actor.require("team:view")
    _require_reseller(actor)
    return StaffTeamsPage(teams=_teams(actor, at), may_manage=may_change_teams(actor))


def staff_team(actor: Actor, *, ref: str, at: datetime) -> StaffTeamRow:
    """One of them. Raises as `staff_teams`, NotFound too for one that was removed."""
    actor.require("team:view")
    _require_reseller(actor)
    found = _teams(actor, at, ref=ref) if looks_like_ref(ref, "tea") else ()
    if not found:
        raise NotFound
    return found[0]


def staff_team_form(actor: Actor, *, ref: str = "", at: datetime) -> StaffTeamForm:
    """What a team is made or changed with. Raises as `staff_team`."""
    team = staff_team(actor, ref=ref, at=at) if ref else None
    actor.require("team:view")
    _require_reseller(actor)
    listed = actor.lists_people_of(actor.account_id)
    places = Collaborator.objects.filter(account_id=actor.account_id, ended_at__isnull=True, user__is_active=True)
    rows = places.select_related("user").order_by("user__name", "id")[:MOST_MEMBERS]
    people = [(row.ref, called(row.user, listed=listed)) for row in rows]
    known = {ref for ref, _name in people}
    # Who is in it is always among them, however many there are, and locked or not: otherwise saving would put somebody out.
    people += [each for each in (team.members if team is not None else ()) if each[0] not in known]
    return StaffTeamForm(team=team, people=people)


def teams_to_choose(actor: Actor) -> Sequence[tuple[str, str]]:
    """The teams that access can be asked for: reference and name, by name. None for who is no reseller."""
    if actor.account_kind != RESELLER:
        return ()
    rows = StaffTeam.objects.filter(account_id=actor.account_id, removed_at__isnull=True)
    return list(rows.order_by("name_key").values_list("ref", "name")[:MOST_TEAMS])


def may_change_teams(actor: Actor) -> bool:
    """Whether the actor makes and changes teams. Not who reaches chosen clients only: a team may have access to others."""
    return actor.may_for_all("team:manage")


def teams_named(ids: Collection[int], *, instead: str = "") -> Mapping[int, TeamNamed]:
    """What a grant to each of these teams tells, at most `MOST_MEMBERS` of each; two statements, none for none.

    `instead` is how somebody without a name is called: a client learns no address of its reseller's staff.
    """
    if not ids:
        return {}
    # unscoped: whoever may read a grant may read to which team it is, and who of the reseller's staff is in that
    teams = StaffTeam.unscoped.filter(id__in=ids)
    members: dict[int, dict[int, str]] = {}
    rows = members_now().filter(team_id__in=ids).select_related("collaborator__user")
    for row in rows.order_by("collaborator__user__name", "id")[: MOST_MEMBERS * len(ids)]:
        user = row.collaborator.user
        members.setdefault(row.team_id, {})[user.id] = (user.name or instead) if instead else str(user)
    return {
        team.id: TeamNamed(team.ref, team.name, team.removed_at is not None, members.get(team.id, {})) for team in teams
    }


def _require_reseller(actor: Actor) -> None:
    if actor.account_kind != RESELLER:
        raise NotFound


def _teams(actor: Actor, at: datetime, *, ref: str = "") -> Sequence[StaffTeamRow]:
    rows = StaffTeam.objects.filter(account_id=actor.account_id, removed_at__isnull=True)
    if ref:
        rows = rows.filter(ref=ref)
    found = list(rows.order_by("name_key")[:MOST_TEAMS])
    if not found:
        return ()
    listed = actor.lists_people_of(actor.account_id)
    members: dict[int, list[tuple[str, str]]] = {}
    locked: dict[int, set[str]] = {}
    within = StaffTeamMember.objects.filter(
        team__in=[team.id for team in found], collaborator__ended_at__isnull=True
    ).select_related("collaborator__user")
    for each in within.order_by("collaborator__user__name", "id"):
        place = each.collaborator
        if not place.user.is_active:
            locked.setdefault(each.team_id, set()).add(place.ref)
        members.setdefault(each.team_id, []).append((place.ref, called(place.user, listed=listed)))
    holds = Grant.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=at),
        team__in=[team.id for team in found],
        reseller_id=actor.account_id,
        state=Grant.State.ACTIVE,
    )
    counted = holds.order_by().values_list("team_id").annotate(clients=Count("account_id", distinct=True))
    grants: dict[int | None, int] = dict(counted)
    return tuple(
        StaffTeamRow(
            team.ref,
            team.name,
            tuple(members.get(team.id, ())),
            grants.get(team.id, 0),
            team.created_at,
            frozenset(locked.get(team.id, ())),
        )
        for team in found
    )

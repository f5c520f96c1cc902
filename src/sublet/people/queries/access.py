"""Who can enter a client's account: its own people by their places, the reseller's by grants; and what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Q, QuerySet

from sublet.accounts.models import Account
from sublet.accounts.queries.tree import lies_below
from sublet.core.grants import CLIENT_SIDE, RESELLER_SIDE, Scope, Teams, may_decide, may_narrow, scope_for
from sublet.core.lifecycle import CLOSED
from sublet.core.matrix import VISIT_AS_AT_HOME
from sublet.core.rights import CLIENT, RESELLER, Level, Rights
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.keyset import newest_first
from sublet.foundation.refs import looks_like_ref
from sublet.people.models import Collaborator, Grant, Impersonation, User
from sublet.people.queries.entry import rights_of
from sublet.people.queries.grants import grant_offer
from sublet.people.queries.naming import called, in_sight
from sublet.people.queries.reach import places_by_tag
from sublet.people.queries.sections import Offer, summary_of
from sublet.people.queries.staff_teams import TeamNamed, teams_named

#: So many people of each side, and so many grants that are over, are shown; the team page has all.
MOST_PEOPLE = 200
MOST_OVER = 20


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A grant or a request. `summary` is its scope in a few words, `people` names of staff (None: all of it).

    `team`: the name of a team of staff that it is to (empty: none is meant); `people` are then those in it now. With
    `team_removed` it lets nobody in. `team_ref` is the reseller's own affair. `wanted_start`: it begins then at the
    earliest. `upcoming`: it is given and has not begun.

    `over`: it gives nothing any more, or never did. `end_asked_left`: in a few words, what the client would leave of it;
    empty: it asks for an end. Those that begin with ``may`` are what the actor can do about it.
    """

    ref: str
    state: str
    everywhere: str
    sections: Mapping[str, str]
    summary: str
    people: Sequence[str] | None
    team: str
    team_ref: str
    team_removed: bool
    reason: str
    wanted_start: datetime | None
    days: int | None
    extend_days: int
    notice_days: int
    starts_at: datetime | None
    ends_at: datetime | None
    asked_by: str
    asked_side: str
    asked_at: datetime
    decided_by: str
    ended_by: str
    end_asked_at: datetime | None
    end_asked_reason: str
    end_asked_left: str
    over: bool
    upcoming: bool
    may_answer: bool
    may_narrow: bool
    may_end: bool
    may_extend: bool
    may_ask_end: bool
    may_answer_end: bool


@dataclass(frozen=True, slots=True)
class CanEnter:
    """A person who can enter. `side` is ``client`` (a collaborator) or ``reseller`` (by the grants `grants`)."""

    ref: str
    name: str
    side: str
    is_owner: bool
    summary: str
    grants: Sequence[str]
    since: datetime
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class AccessPage:
    """*Who can enter*. `side` is the actor's, `decides` whether that side owns the account, `opens_team` whether the actor gets
    into the client's team, where a place is ended."""

    client_ref: str
    client_name: str
    reseller_name: str
    ownership: str
    side: str
    decides: bool
    may_ask: bool
    opens_team: bool
    waiting: Sequence[GrantRow]
    running: Sequence[GrantRow]
    over: Sequence[GrantRow]
    people: Sequence[CanEnter]
    more_people: bool


def who_can_enter(actor: Actor, *, client_ref: str, at: datetime) -> AccessPage:
    """The page for the client itself (``team:view``) or its reseller (``clients:view``). Raises NotFound, Forbidden."""
    client, side = _readable(actor, client_ref)
    offer = grant_offer()
    rows = Grant.objects.filter(account=client, reseller_id=client.parent_id)
    current = Q(state=Grant.State.REQUESTED) | Q(state=Grant.State.ACTIVE)
    found = list(rows.filter(current).order_by("-id"))
    found += rows.exclude(current).order_by("-id")[:MOST_OVER]
    names = _names(found, client, side)
    shown = [_grant(row, client, side, actor, names, offer, at) for row in found]
    staff = _staff(client, found, side, offer, names.members, at)
    own = _own(actor, client, offer)
    return AccessPage(
        client_ref=client.ref,
        client_name=client.name,
        reseller_name=client.parent.name if client.parent is not None else "",
        ownership=client.ownership,
        side=side,
        decides=may_decide(side=side, ownership=client.ownership),
        may_ask=_may_change(actor, side)
        and client.state != CLOSED
        and (side == RESELLER_SIDE or may_decide(side=side, ownership=client.ownership)),
        opens_team=side == CLIENT_SIDE or _opens_team(actor, found, names.members, at),
        waiting=tuple(row for row in shown if row.state == "requested"),
        running=tuple(row for row in shown if row.state == "active" and not row.over),
        over=tuple(row for row in shown if row.over),
        people=(*staff[:MOST_PEOPLE], *own[:MOST_PEOPLE]),
        more_people=len(staff) > MOST_PEOPLE or len(own) > MOST_PEOPLE,
    )


@dataclass(frozen=True, slots=True)
class GrantPage:
    """Grants and requests of one client, newest first; `next_cursor` is empty on the last page, `previous_cursor` on the
    first."""

    rows: Sequence[GrantRow]
    next_cursor: str
    previous_cursor: str


def grants_of_client(
    actor: Actor, *, client_ref: str, state: str = "", cursor: str = "", size: int = 50, at: datetime
) -> GrantPage:
    """The grants of a client, those that are over too; `state`: only ``requested``, ``active`` (in force) or ``over``.

    For whom and with which refusals as `who_can_enter`.
    """
    client, side = _readable(actor, client_ref)
    rows = Grant.objects.filter(account=client, reseller_id=client.parent_id)
    runs = Q(state=Grant.State.ACTIVE) & (Q(ends_at__isnull=True) | Q(ends_at__gt=at))
    waits = Q(state=Grant.State.REQUESTED)
    chosen = {"requested": waits, "active": runs, "over": ~(waits | runs)}
    if state in chosen:
        rows = rows.filter(chosen[state])
    found, newer, older = newest_first(rows, cursor=cursor, size=size)
    names, offer = _names(found, client, side), grant_offer()
    shown = tuple(_grant(row, client, side, actor, names, offer, at) for row in found)
    return GrantPage(rows=shown, next_cursor=older, previous_cursor=newer)


def grant_of_client(actor: Actor, *, client_ref: str, grant_ref: str, at: datetime) -> GrantRow:
    """One of them. Raises NotFound, Forbidden."""
    client, side = _readable(actor, client_ref)
    row = None
    if looks_like_ref(grant_ref, "gra"):
        row = Grant.objects.filter(account=client, reseller_id=client.parent_id, ref=grant_ref).first()
    if row is None:
        raise NotFound
    return _grant(row, client, side, actor, _names([row], client, side), grant_offer(), at)


def _readable(actor: Actor, ref: str) -> tuple[Account, str]:
    client = None
    if looks_like_ref(ref, "acc"):
        client = Account.objects.filter(ref=ref, kind=CLIENT).select_related("parent").first()
    if client is None:
        raise NotFound
    if client.id == actor.account_id:
        actor.require("team:view")
        return client, CLIENT_SIDE
    if actor.account_kind != RESELLER or not lies_below(actor, client):
        raise NotFound
    actor.require("clients:view")
    return client, RESELLER_SIDE


def _may_change(actor: Actor, side: str) -> bool:
    return actor.impersonator is None and actor.may("team:manage" if side == CLIENT_SIDE else "clients:manage")


@dataclass(frozen=True, slots=True)
class _Names:
    """Whom some grants name: persons, and teams with those who are in them now. A client reads no more of its reseller's
    staff than that."""

    people: Mapping[int, str]
    teams: Mapping[int, TeamNamed]

    @property
    def members(self) -> Teams:
        return {number: team.members for number, team in self.teams.items()}


def _names(rows: Sequence[Grant], client: Account, side: str) -> _Names:
    ids = {each for row in rows for each in row.staff_ids or ()}
    instead = client.parent.name if side == CLIENT_SIDE and client.parent is not None else ""
    users = User.objects.filter(id__in=ids) if ids else ()
    people = {user.id: (user.name or instead) if instead else str(user) for user in users}
    return _Names(people, teams_named({row.team_id for row in rows if row.team_id is not None}, instead=instead))


def _whom(row: Grant, names: _Names) -> Sequence[str] | None:
    if row.team_id is not None:
        team = names.teams.get(row.team_id)
        return tuple(team.members.values()) if team is not None else ()
    return None if row.staff_ids is None else tuple(names.people.get(each, "–") for each in row.staff_ids)


def _grant(row: Grant, client: Account, side: str, actor: Actor, names: _Names, offer: Offer, at: datetime) -> GrantRow:
    team = names.teams.get(row.team_id) if row.team_id is not None else None
    waits = row.state == Grant.State.REQUESTED
    runs = row.state == Grant.State.ACTIVE and (row.ends_at is None or row.ends_at > at)
    acts = _may_change(actor, side) and client.state != CLOSED
    decides = acts and actor.may("team:manage") and may_decide(side=side, ownership=client.ownership)
    narrows = acts and may_narrow(side=side, ownership=client.ownership)
    ending = bool(row.ended_by)  # somebody has ended it already, and the notice runs
    return GrantRow(
        ref=row.ref,
        state=row.state if waits or runs or row.state != Grant.State.ACTIVE else "lapsed",
        everywhere=row.everywhere,
        sections=row.scope_words,
        summary=_summary(row.scope, offer),
        people=_whom(row, names),
        team=team.name if team is not None else "",
        team_ref=team.ref if team is not None and side == RESELLER_SIDE else "",
        team_removed=team is not None and team.removed,
        reason=row.reason,
        wanted_start=row.wanted_start,
        days=row.days,
        extend_days=row.extend_days,
        notice_days=row.notice_days,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        asked_by=_written(row.asked_by, row.asked_side, side, actor),
        asked_side=row.asked_side,
        asked_at=row.asked_at,
        decided_by=_written(row.decided_by, client.ownership, side, actor),
        ended_by=_written(row.ended_by, "", side, actor),
        end_asked_at=row.end_asked_at if runs else None,
        end_asked_reason=row.end_asked_reason if runs else "",
        end_asked_left=_left(row, offer) if runs else "",
        over=not waits and not runs,
        upcoming=runs and row.starts_at is not None and row.starts_at > at,
        may_answer=waits and decides,
        may_narrow=runs and narrows and not ending,
        may_end=(runs and narrows and not (ending and side == CLIENT_SIDE))
        or (waits and acts and side == row.asked_side),
        may_extend=runs and decides and row.ends_at is not None and not ending,
        may_ask_end=runs and acts and not narrows and row.end_asked_at is None,
        may_answer_end=runs
        and acts
        and row.end_asked_at is not None
        and may_decide(side=side, ownership=client.ownership),
    )


def _written(name: str, by: str, side: str, actor: Actor) -> str:
    """The name that was written down of somebody of the side `by` (empty: not known any more), as the side `side` reads it.

    An address in place of a name is for colleagues: a client has none of its reseller's staff, and of a client's people
    the reseller's staff has what it lists elsewhere.
    """
    colleague = by == side or name == actor.name
    return in_sight(name, listed=colleague or (side == RESELLER_SIDE and actor.lists_people))


def _opens_team(actor: Actor, grants: Sequence[Grant], teams: Teams, at: datetime) -> bool:
    running = [row.rule for row in grants if row.state == Grant.State.ACTIVE]
    return scope_for(running, person=actor.user_id, at=at, teams=teams).level("team") >= Level.VIEW


def _left(row: Grant, offer: Offer) -> str:
    wish = row.end_asked_left
    return "" if wish is None else _summary(Scope.stored(wish["everywhere"], wish["sections"]), offer)


def _summary(scope: Scope, offer: Offer) -> str:
    levels = {
        key: min(scope.level(key), Level.of(each.levels[-1])) for key, each in offer.sections.items() if each.levels
    }
    return summary_of(offer, Rights.of(levels))


def _staff(
    client: Account, grants: Sequence[Grant], side: str, offer: Offer, teams: Teams, at: datetime
) -> list[CanEnter]:
    """People of the reseller whom the grants let in, and whose own rights and reach do."""
    running = [row for row in grants if row.state == Grant.State.ACTIVE]
    reseller_id = client.parent_id
    if not running or reseller_id is None:
        return []
    places = _staff_reaching(client)
    if all(row.staff_ids is not None or row.team_id is not None for row in running):
        named = {each for row in running if row.team_id is None for each in row.staff_ids or ()}
        in_teams = {each for row in running if row.team_id is not None for each in teams.get(row.team_id, ())}
        places = places.filter(user_id__in=named | in_teams)
    # unscoped: as above
    last: dict[int, datetime | None] = dict(
        Impersonation.unscoped.filter(account=client, staff_collaborator__account_id=reseller_id)
        .values_list("staff_collaborator_id")
        .annotate(Max("last_used_at"))
    )
    found = []
    for place in places.select_related("user").distinct().order_by("-is_owner", "id")[: MOST_PEOPLE * 2]:
        if not (place.is_owner or place.ticked.has("clients:view")):
            continue
        mine = [row for row in running if row.rule.holds(place.user_id, at, teams)]
        scope = scope_for([row.rule for row in mine], person=place.user_id, at=at, teams=teams)
        if scope.empty:
            continue
        most = Level.MANAGE if place.is_owner else place.ticked.level("clients")
        own = Level.MANAGE if place.is_owner else None
        levels = {
            key: min(
                scope.level(key),
                most,
                Level.of(each.levels[-1]),
                *([own or place.ticked.level(key)] if key in VISIT_AS_AT_HOME else []),
            )
            for key, each in offer.sections.items()
            if each.levels
        }
        found.append(
            CanEnter(
                ref=place.ref if side == RESELLER_SIDE else "",
                name=str(place.user) if side == RESELLER_SIDE else place.user.name or client.parent.name,  # type: ignore[union-attr]  # a client has a reseller
                side=RESELLER_SIDE,
                is_owner=False,
                summary=summary_of(offer, Rights.of(levels)),
                grants=tuple(row.ref for row in mine),
                since=min(row.starts_at for row in mine if row.starts_at is not None),
                last_at=last.get(place.id),
            )
        )
    return found


def _staff_reaching(client: Account) -> QuerySet[Collaborator]:
    """The places of the reseller's staff that reach the client at all."""
    # unscoped: the client sees who of its reseller can enter, and no more of them than the name
    places = Collaborator.unscoped.filter(account=client.parent, ended_at__isnull=True, user__is_active=True)
    return places.filter(
        Q(reaches_all=True) | Q(is_owner=True) | Q(reach__client=client) | Q(id__in=places_by_tag(client))
    )


def staff_to_choose(actor: Actor, *, client_ref: str) -> Sequence[tuple[str, str]]:
    """Whom of its own staff a reseller can ask access for (reference, name), by name: whoever can enter at all.

    The first `MOST_PEOPLE`. Raises NotFound, Forbidden.
    """
    client, side = _readable(actor, client_ref)
    if side != RESELLER_SIDE:
        return ()
    places = _staff_reaching(client).select_related("user").distinct().order_by("user__name", "id")[:MOST_PEOPLE]
    return [(row.ref, str(row.user)) for row in places if row.is_owner or row.ticked.has("clients:view")]


def _own(actor: Actor, client: Account, offer: Offer) -> list[CanEnter]:
    rows = Collaborator.objects.filter(account=client, ended_at__isnull=True, user__is_active=True)
    rows = rows.select_related("user").order_by("-is_owner", "id")[: MOST_PEOPLE + 1]
    product = [key.removeprefix("product.") for key in offer.sections if key.startswith("product.")]
    return [
        CanEnter(
            ref=row.ref,
            name=called(row.user, listed=actor.lists_people_of(client.id)),
            side=CLIENT_SIDE,
            is_owner=row.is_owner,
            summary=summary_of(offer, rights_of(row, CLIENT, product)),
            grants=(),
            since=row.created_at,
            last_at=row.last_seen_at,
        )
        for row in rows
    ]

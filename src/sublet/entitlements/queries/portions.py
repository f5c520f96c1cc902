"""What each person of a team may use: the last level of the cascade, below the account's own limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q
from django.utils.translation import get_language

from sublet.accounts.queries import client_facts
from sublet.catalog.queries import offer
from sublet.core.cascade import Pool, Share, room
from sublet.core.entitled import COLLABORATOR, Step, marked
from sublet.core.manifest import Meter
from sublet.core.quota import Bound, stand
from sublet.core.usage import ADDITIVE, units_of
from sublet.entitlements.models import Apportionment, Portion
from sublet.entitlements.queries.facts import Place, place_of
from sublet.entitlements.queries.standing import AccountStanding, MeterStanding, standings_of
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.metering.queries import line_of, persons_named, used_by_people
from sublet.people.models import Collaborator
from sublet.people.queries.team import team

#: Who uses something without being named.
NOBODY = ""
#: As much as nothing ends.
ENDLESS = 10**18
Used = Mapping[int, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class PersonRow:
    """What one person may use, and has used, in the period that runs; in units. `reserve` None: like everybody who has no portion."""

    collaborator: str
    reserve: int | None
    cap: int | None
    used: int | float = 0


@dataclass(frozen=True, slots=True)
class Apportioned:
    """A meter that adds up, and how it is shared out. `limit`: what the account may use (None without end), `unnamed`: used
    without saying by whom. Only people who have a portion or have used something are in `people`."""

    meter: str
    name: str
    shared: bool
    oversell: int | None
    limit: int | float | None
    used: int | float
    promised: int | float
    unnamed: int | float
    people: Sequence[PersonRow]


def apportionment_of(account_id: int, meter: str, *, lock: bool = False) -> Apportionment | None:
    """How that account shares that meter out, if it does. `lock`: whoever else draws from it waits."""
    # unscoped: the account is the caller's
    rows = Apportionment.unscoped.select_for_update() if lock else Apportionment.unscoped.all()
    return rows.filter(account_id=account_id, meter=meter).first()


def people_pool(found: Apportionment | None, standing: MeterStanding, used: Used) -> Pool:
    """The account's own allowance as a pool from which its people draw, in steps; keys are users, and `NOBODY`."""
    scale = 10**standing.meter.decimals
    portions: dict[int, tuple[int, int | None]] = {}
    if found is not None:
        # unscoped: of the caller's account; who has left the team keeps nothing for itself
        rows = Portion.unscoped.filter(apportionment_id=found.id, collaborator__ended_at__isnull=True)
        for user_id, least, most in rows.values_list("collaborator__user_id", "reserve", "cap"):
            portions[user_id] = (least, most)
    shares = {}
    for person in portions.keys() | used.keys():
        reserve, cap = portions.get(person, (0, None))
        shares[str(person)] = Share(
            reserve=reserve * scale,
            cap=None if cap is None else cap * scale,
            used=max(0, sum(used.get(person, (0, 0)))),
        )
    there = standing.standing
    total = there.used + there.reserved
    shares[NOBODY] = Share(used=max(0, total - sum(share.used for share in shares.values())))
    size = ENDLESS if there.ceiling is None else there.ceiling
    return Pool(size, shares, found.oversell if found is not None else None)


def room_of(pool: Pool, person: int | None) -> int:
    """How many steps more that person may draw now; None: somebody who is not named."""
    key = NOBODY if person is None else str(person)
    if key not in pool.shares:
        pool = replace(pool, shares={**pool.shares, key: Share()})
    return room(pool, key)


def of_person(
    found: MeterStanding, pool: Pool, person: int, own: tuple[int, int], collaborator: str, at: datetime
) -> MeterStanding:
    """Where a meter stands for one person: what it used itself, and how far it may go of what the account may."""
    standing, left = found.standing, room_of(pool, person)
    used, reserved = own
    held = used + reserved
    share = pool.shares.get(str(person))
    scale = 10**found.meter.decimals
    narrower = pool.size < ENDLESS or (share is not None and share.cap is not None)
    narrower = narrower and (standing.room is None or left < standing.room)
    if narrower:
        bound = Bound(COLLABORATOR, held + left, key=collaborator)
        steps = (
            *found.answer.why,
            Step(COLLABORATOR, bound.limit // scale if bound.limit else 0, collaborator, policy="block"),
        )
        answer = replace(found.answer, bounds=(bound,), source=COLLABORATOR, why=marked(steps, len(steps) - 1))
        return replace(found, answer=answer, standing=stand((bound,), used=used, reserved=reserved, at=at))
    # The account's own limit is met first: of it, there is as much as everybody has left.
    by = held - standing.used - standing.reserved

    def moved(steps: int | None) -> int | None:
        return None if steps is None else max(0, steps + by)

    first = standing.bound
    told = replace(
        standing, used=used, reserved=reserved, ceiling=moved(standing.ceiling),
        bound=None if first is None else replace(first, limit=moved(first.limit)),
    )  # fmt: skip
    return replace(found, standing=told)


def person_in(account_id: int, name: str) -> int:
    """The user whom that name means in the team of that account. Raises NotFound."""
    found = persons_named([(account_id, name)]).get((account_id, name))
    if found is None:
        raise NotFound
    return found


def standing_of_collaborator(ref: str, collaborator: str, *, actor: Actor, at: datetime) -> AccountStanding:
    """Where an account stands for one person of its team: of meters that add up what this person used, and how far it may go.

    `collaborator`: a place in the team, or the user as sign-on names it. The actor's own account or one below it. Raises
    NotFound.
    """
    place = place_of(ref)
    if place is None or not actor.reaches(place.id):
        raise NotFound
    person = person_in(place.id, collaborator)
    found = standings_of([place], at=at)[place.id]
    line = line_of(place.id)
    meters = {}
    for key, each in found.meters.items():
        if each.meter.aggregation not in ADDITIVE:
            meters[key] = each
            continue
        used = used_by_people(place.id, key, at, line=line)
        rule = apportionment_of(place.id, key) if place.apportions else None
        meters[key] = of_person(each, people_pool(rule, each, used), person, used.get(person, (0, 0)), collaborator, at)
    return replace(found, meters=meters)


def apportioned_of(actor: Actor, ref: str, *, at: datetime) -> Sequence[Apportioned]:
    """Each meter that adds up, and how it is shared out among the people of an account: the actor's own (``usage:view``), or
    one below it. Raises NotFound, Forbidden."""
    if ref == actor.account_ref:
        actor.require("usage:view")
    else:
        client_facts(actor, ref)  # who may not see the account is told so there
    place = place_of(ref)
    if place is None:
        raise NotFound
    found = standings_of([place], at=at)[place.id]
    return [_apportioned(place, each, at) for each in found.meters.values() if each.meter.aggregation in ADDITIVE]


def _apportioned(place: Place, found: MeterStanding, at: datetime) -> Apportioned:
    meter, decimals = found.meter, found.meter.decimals
    used = used_by_people(place.id, meter.key, at, line=line_of(place.id))
    rule = apportionment_of(place.id, meter.key) if place.apportions else None
    pool = people_pool(rule, found, used)
    # unscoped: as above
    rows = Portion.unscoped.filter(apportionment_id=rule.id if rule is not None else 0)
    portions = {row.collaborator_id: row for row in rows}
    # unscoped: as above
    team = Collaborator.unscoped.filter(account_id=place.id, ended_at__isnull=True)
    there = team.filter(Q(id__in=list(portions)) | Q(user_id__in=list(used))).order_by("id")
    people = []
    for number, ref, user_id in there.values_list("id", "ref", "user_id"):
        row = portions.get(number)
        drawn = units_of(sum(used.get(user_id, (0, 0))), decimals)
        people.append(PersonRow(ref, row.reserve if row else None, row.cap if row else None, drawn))
    return Apportioned(
        meter=meter.key,
        name=name_of_meter(meter),
        shared=rule is not None,
        oversell=rule.oversell if rule is not None else None,
        limit=None if pool.size >= ENDLESS else units_of(pool.size, decimals),
        used=units_of(found.standing.used + found.standing.reserved, decimals),
        promised=sum(each.reserve or 0 for each in people),
        unnamed=units_of(pool.shares[NOBODY].used, decimals),
        people=people,
    )


def name_of_meter(meter: Meter) -> str:
    """In the active language."""
    return str(offer().meters[meter.key].meter.name.in_language(get_language() or "en"))


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody of the team, with its portion."""

    name: str
    row: PersonRow


@dataclass(frozen=True, slots=True)
class PortionsPage:
    """How a meter is shared out among the people of an account, a page of its team at a time. Cursors are empty at the ends."""

    account_name: str
    meter: Apportioned
    unit: str
    people: Sequence[Named]
    next_cursor: str
    previous_cursor: str


def portions_page(actor: Actor, ref: str, meter: str, *, cursor: str = "", at: datetime) -> PortionsPage:
    """One meter and the people of the account: one's own (``usage:view`` and ``team:view``), or one below it.

    Raises NotFound (also for a meter that does not add up), Forbidden.
    """
    found = next((each for each in apportioned_of(actor, ref, at=at) if each.meter == meter), None)
    if found is None:
        raise NotFound
    page = team(actor, account_ref=ref, at=at, cursor=cursor)
    rows = {row.collaborator: row for row in found.people}
    return PortionsPage(
        account_name=page.account_name,
        meter=found,
        unit=str(offer().meters[meter].meter.unit.in_language(get_language() or "en")),
        people=[Named(each.name, rows.get(each.ref, PersonRow(each.ref, None, None))) for each in page.people],
        next_cursor=page.next_cursor,
        previous_cursor=page.previous_cursor,
    )

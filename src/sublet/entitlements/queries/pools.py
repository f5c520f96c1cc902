"""What a reseller holds of each meter for its clients to draw from, and how it shares that out among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import get_language

from sublet.accounts.models import Account
from sublet.accounts.queries import ListQuery, client_facts, client_list
from sublet.catalog.queries import offer
from sublet.core.cascade import Pool as Facts
from sublet.core.cascade import Share as Drawn
from sublet.core.cascade import room
from sublet.core.lifecycle import CLOSED
from sublet.core.manifest import Meter
from sublet.core.rights import RESELLER
from sublet.core.usage import ADDITIVE, units_of
from sublet.entitlements.models import Pool, Share
from sublet.entitlements.queries.facts import place_of
from sublet.entitlements.queries.standing import pool_facts
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound

#: So many closed accounts are named at most for which something is kept.
MOST_ENDED = 20


@dataclass(frozen=True, slots=True)
class PoolRow:
    """A meter, and the pool of it (`size` None: there is none). Quantities in units.

    `promised` is held back for clients by their reserves, `used` what all clients have used or hold, `left` what nobody has
    (below zero where more was used than there is); `clients` have a share of their own. `oversell` in percent, None: no bound.
    """

    meter: str
    name: str
    size: int | None
    oversell: int | None
    promised: int | float = 0
    used: int | float = 0
    left: int | float = 0
    clients: int = 0


def pools_of_reseller(actor: Actor, ref: str, *, at: datetime) -> Sequence[PoolRow]:
    """Each meter that adds up, with the reseller's pool of it: its own (``clients:view``), or one below the vendor.

    Raises NotFound for what is no reseller, Forbidden.
    """
    if ref == actor.account_ref:
        actor.require("clients:view")
    else:
        client_facts(actor, ref)  # who may not see the account is told so there
    place = place_of(ref)
    if place is None or place.kind != RESELLER:
        raise NotFound
    # unscoped: the account is in the scope
    pools = {row.meter: row for row in Pool.unscoped.filter(account_id=place.id)}
    found = []
    for key, item in offer().meters.items():
        if item.meter.aggregation not in ADDITIVE:
            continue
        pool = pools.get(key)
        facts = None if pool is None else pool_facts(pool, item.meter, at)
        found.append(_row(item.meter, pool, facts))
    return found


def _row(meter: Meter, pool: Pool | None, facts: Facts | None) -> PoolRow:
    name = meter.name.in_language(get_language() or "en")
    if pool is None or facts is None:
        return PoolRow(meter.key, name, None, None)
    return PoolRow(
        meter=meter.key,
        name=name,
        size=pool.size,
        oversell=pool.oversell,
        promised=units_of(sum(share.reserve for share in facts.shares.values()), meter.decimals),
        used=units_of(sum(share.used for share in facts.shares.values()), meter.decimals),
        left=units_of(facts.free, meter.decimals),
        # unscoped: of the caller's account
        clients=Share.unscoped.filter(pool_id=pool.id).count(),
    )


# Shares ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShareRow:
    """What one client may draw, in units. `reserve` None: it has no share of its own, and draws what there is; `cap` None: what
    there is. `room`: what it could draw now. `ended`: its account is closed."""

    ref: str
    name: str
    reserve: int | None
    cap: int | None
    used: int | float
    room: int | float
    ended: bool = False


@dataclass(frozen=True, slots=True)
class PoolPage:
    """A pool, and a page of the clients that draw from it. `holding`: closed accounts for which something is still kept."""

    pool: PoolRow
    rows: Sequence[ShareRow]
    holding: Sequence[ShareRow]
    next_cursor: str
    previous_cursor: str


@dataclass(frozen=True, slots=True)
class SharePage:
    """What one client may draw from a pool of its reseller. `unit` in the active language."""

    pool: PoolRow
    unit: str
    share: ShareRow


def pool_of(actor: Actor, meter: str, *, query: ListQuery | None = None, at: datetime) -> PoolPage:
    """The acting reseller's own pool of a meter (``clients:view``), with the clients within the actor's reach that `query` means.

    Raises NotFound (also where there is no pool), Forbidden.
    """
    pool, thing, facts = _own(actor, meter, at)
    query = query or ListQuery()
    page = client_list(actor, query, at=at)
    # unscoped: of the actor's own account
    given = {row.account_id: row for row in Share.unscoped.filter(pool_id=pool.id)}
    kept = [number for number, row in given.items() if row.reserve and actor.reaches(number)]
    ended = Account.objects.filter(id__in=kept, parent_id=actor.account_id, state=CLOSED)
    first = not query.cursor and not query.search
    return PoolPage(
        pool=_row(thing, pool, facts),
        rows=[_share(row.id, row.ref, row.name, given.get(row.id), facts, thing) for row in page.rows],
        holding=[
            _share(each.id, each.ref, each.name, given[each.id], facts, thing, ended=True)
            for each in (ended.order_by("sort_name", "id")[:MOST_ENDED] if first and kept else ())
        ],
        next_cursor=page.next,
        previous_cursor=page.previous,
    )


def share_of(actor: Actor, ref: str, meter: str, *, at: datetime) -> SharePage:
    """What a client of the acting reseller may draw (``clients:view``). Raises NotFound (also without a pool), Forbidden."""
    pool, thing, facts = _own(actor, meter, at)
    client = client_facts(actor, ref)
    # unscoped: the client is in the scope
    row = Share.unscoped.filter(pool_id=pool.id, account_id=client.id).first()
    return SharePage(
        pool=_row(thing, pool, facts),
        unit=thing.unit.in_language(get_language() or "en"),
        share=_share(client.id, client.ref, client.name, row, facts, thing, ended=client.state == CLOSED),
    )


def pooled_meters(actor: Actor) -> frozenset[str]:
    """The meters of which the acting reseller has a pool (``clients:view``). One statement. Raises Forbidden."""
    actor.require("clients:view")
    # unscoped: of the actor's own account
    keys = Pool.unscoped.filter(account_id=actor.account_id).values_list("meter", flat=True)
    present = offer().meters
    return frozenset(key for key in keys if key in present and present[key].meter.aggregation in ADDITIVE)


def _own(actor: Actor, meter: str, at: datetime) -> tuple[Pool, Meter, Facts]:
    actor.require("clients:view")
    item = offer().meters.get(meter)
    if actor.account_kind != RESELLER or item is None or item.meter.aggregation not in ADDITIVE:
        raise NotFound
    # unscoped: of the actor's own account
    pool = Pool.unscoped.filter(account_id=actor.account_id, meter=meter).first()
    if pool is None:
        raise NotFound
    return pool, item.meter, pool_facts(pool, item.meter, at)


def _share(
    number: int, ref: str, name: str, row: Share | None, facts: Facts, meter: Meter, *, ended: bool = False
) -> ShareRow:
    key = str(number)
    if key not in facts.shares:
        facts = replace(facts, shares={**facts.shares, key: Drawn()})
    return ShareRow(
        ref=ref,
        name=name,
        reserve=row.reserve if row is not None else None,
        cap=row.cap if row is not None else None,
        used=units_of(facts.shares[key].used, meter.decimals),
        room=units_of(room(facts, key), meter.decimals),
        ended=ended,
    )

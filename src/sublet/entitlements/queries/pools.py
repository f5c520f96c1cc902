"""What a reseller holds of each meter for its clients to draw from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language

from sublet.accounts.queries import client_facts
from sublet.catalog.queries import offer
from sublet.core.rights import RESELLER
from sublet.core.usage import ADDITIVE, units_of
from sublet.entitlements.models import Pool, Share
from sublet.entitlements.queries.facts import place_of
from sublet.entitlements.queries.standing import pool_facts
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound


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
    language = get_language() or "en"
    found = []
    for key, item in offer().meters.items():
        if item.meter.aggregation not in ADDITIVE:
            continue
        name, pool = item.meter.name.in_language(language), pools.get(key)
        if pool is None:
            found.append(PoolRow(key, name, None, None))
            continue
        facts, decimals = pool_facts(pool, item.meter, at), item.meter.decimals
        found.append(
            PoolRow(
                meter=key,
                name=name,
                size=pool.size,
                oversell=pool.oversell,
                promised=units_of(sum(share.reserve for share in facts.shares.values()), decimals),
                used=units_of(sum(share.used for share in facts.shares.values()), decimals),
                left=units_of(facts.free, decimals),
                # unscoped: as above
                clients=Share.unscoped.filter(pool_id=pool.id).count(),
            )
        )
    return found

"""Writing what accounts may do, using it up, and telling of limits."""

from __future__ import annotations

from sublet.entitlements.operations.alerts import check_limits, happens, send_digests
from sublet.entitlements.operations.looking import harvest
from sublet.entitlements.operations.overrides import (
    CannotSetLimit,
    check_override,
    drop_override,
    remove_override,
    set_override,
    store_override,
)
from sublet.entitlements.operations.pools import CannotSetPool, set_pool, set_share
from sublet.entitlements.operations.portions import CannotSetPortion, Wanted, set_portions
from sublet.entitlements.operations.reading import read_changes
from sublet.entitlements.operations.services import (
    AS_DECLARED,
    UNCHANGED,
    CannotSetService,
    Unchanged,
    set_service,
    store_service,
)
from sublet.entitlements.operations.sources import SourceFacts, replace_sources, source_key
from sublet.entitlements.operations.stream import announce, announce_everybody
from sublet.entitlements.operations.top_ups import (
    CannotGiveTopUp,
    CannotSetCap,
    give_top_up,
    set_own_cap,
    take_back_top_up,
)
from sublet.entitlements.operations.using import (
    PERSON_LIMIT,
    Consumed,
    commit,
    consume,
    meter_of_reservation,
    release,
    reserve,
)

__all__ = [
    "AS_DECLARED",
    "PERSON_LIMIT",
    "UNCHANGED",
    "CannotGiveTopUp",
    "CannotSetCap",
    "CannotSetLimit",
    "CannotSetPool",
    "CannotSetPortion",
    "CannotSetService",
    "Consumed",
    "SourceFacts",
    "Unchanged",
    "Wanted",
    "announce",
    "announce_everybody",
    "check_limits",
    "check_override",
    "commit",
    "consume",
    "drop_override",
    "give_top_up",
    "happens",
    "harvest",
    "meter_of_reservation",
    "read_changes",
    "release",
    "remove_override",
    "replace_sources",
    "reserve",
    "send_digests",
    "set_override",
    "set_own_cap",
    "set_pool",
    "set_portions",
    "set_service",
    "set_share",
    "source_key",
    "store_override",
    "store_service",
    "take_back_top_up",
]

"""What accounts may do now, how far, and why."""

from __future__ import annotations

from sublet.entitlements.queries.alerts import AlertPage, AlertRow, alerts_of
from sublet.entitlements.queries.answers import entitlements_of, held_of, known_accounts, known_by_ref, what_held
from sublet.entitlements.queries.clients import STATE_WORDS, clients_at_limits, worst_states
from sublet.entitlements.queries.facts import Known, Place, terms_in_force
from sublet.entitlements.queries.gates import Gate, gate_of, gates_of
from sublet.entitlements.queries.next_steps import ASK, NextStep, next_steps, next_steps_of_person, register_trials
from sublet.entitlements.queries.notices import Notice, notice_in, notice_on_host, notice_texts
from sublet.entitlements.queries.pages import GivenOnce, SaidAlert, UsePage, use_of
from sublet.entitlements.queries.pools import (
    PoolPage,
    PoolRow,
    SharePage,
    ShareRow,
    pool_of,
    pooled_meters,
    pools_of_reseller,
    share_of,
)
from sublet.entitlements.queries.portions import (
    Apportioned,
    Named,
    PersonRow,
    PortionsPage,
    apportioned_of,
    portions_page,
    standing_of_collaborator,
)
from sublet.entitlements.queries.standing import AccountStanding, MeterStanding, standings_of
from sublet.entitlements.queries.told import (
    Changes,
    Page,
    changes_after,
    counted_since,
    decimals_of,
    etag_of,
    snapshot,
    standing_by_ref,
    told,
    told_meter,
    told_step,
)

__all__ = [
    "ASK",
    "STATE_WORDS",
    "AccountStanding",
    "AlertPage",
    "AlertRow",
    "Apportioned",
    "Changes",
    "Gate",
    "GivenOnce",
    "Known",
    "MeterStanding",
    "Named",
    "NextStep",
    "Notice",
    "Page",
    "PersonRow",
    "Place",
    "PoolPage",
    "PoolRow",
    "PortionsPage",
    "SaidAlert",
    "SharePage",
    "ShareRow",
    "UsePage",
    "alerts_of",
    "apportioned_of",
    "changes_after",
    "clients_at_limits",
    "counted_since",
    "decimals_of",
    "entitlements_of",
    "etag_of",
    "gate_of",
    "gates_of",
    "held_of",
    "known_accounts",
    "known_by_ref",
    "next_steps",
    "next_steps_of_person",
    "notice_in",
    "notice_on_host",
    "notice_texts",
    "pool_of",
    "pooled_meters",
    "pools_of_reseller",
    "portions_page",
    "register_trials",
    "share_of",
    "snapshot",
    "standing_by_ref",
    "standing_of_collaborator",
    "standings_of",
    "terms_in_force",
    "told",
    "told_meter",
    "told_step",
    "use_of",
    "what_held",
    "worst_states",
]

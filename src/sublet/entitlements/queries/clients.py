"""How clients stand at their limits, in the list of clients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from sublet.core.quota import STATES
from sublet.entitlements.models import MeterState
from sublet.foundation.actor import Actor


def clients_at_limits(states: Sequence[str], at: datetime) -> Q:
    """The condition on accounts of which a meter stands in one of those states, as it was noted last."""
    known = [state for state in states if state in STATES]
    # unscoped: a subquery on the account of each row, which the list has from its scope
    rows = MeterState.unscoped.filter(account_id=OuterRef("pk"), state__in=known)
    return Q(Exists(rows.filter(Q(resets_at__isnull=True) | Q(resets_at__gt=at))))


def worst_states(actor: Actor, account_ids: Sequence[int], at: datetime) -> Mapping[int, str]:
    """Account → the worst state of its meters, for those of the list's page; the open ones are left out. One statement."""
    actor.require("clients:view" if actor.account_kind != "vendor" else "accounts:view")
    rows = MeterState.objects.filter(account_id__in=account_ids).exclude(state=STATES[0])
    found: dict[int, str] = {}
    for account_id, state in rows.filter(Q(resets_at__isnull=True) | Q(resets_at__gt=at)).values_list(
        "account_id", "state"
    ):
        found[account_id] = max(found.get(account_id, STATES[0]), state, key=STATES.index)
    return found

"""How clients stand at their limits, in the list of clients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sublet.accounts.queries.export_more import Filler, MoreColumn
from sublet.core.quota import STATES
from sublet.entitlements.models import MeterState
from sublet.foundation.actor import Actor
from sublet.foundation.sheets.writing import Value
from sublet.foundation.unscoped import past_scope

LIMITS = "limits"
#: A meter's state in words.
STATE_WORDS: Mapping[str, str | Promise] = {
    "open": pgettext_lazy("limit", "Within the limit"),
    "near": pgettext_lazy("limit", "Near the limit"),
    "reached": pgettext_lazy("limit", "At the limit"),
    "over": pgettext_lazy("limit", "Beyond the limit"),
    "refused": pgettext_lazy("limit", "Nothing more is taken"),
}


def clients_at_limits(states: Sequence[str], at: datetime) -> Q:
    """The condition on accounts of which a meter stands in one of those states, as it was noted last."""
    known = [state for state in states if state in STATES]
    # unscoped: a subquery on the account of each row, which the list has from its scope
    rows = MeterState.unscoped.filter(account_id=OuterRef("pk"), state__in=known)
    return Q(Exists(rows.filter(Q(resets_at__isnull=True) | Q(resets_at__gt=at))))


def worst_states(actor: Actor, account_ids: Sequence[int], at: datetime) -> Mapping[int, str]:
    """Account → the worst state of its meters, for those of the list's page; the open ones are left out. One statement."""
    actor.require("clients:view" if actor.account_kind != "vendor" else "accounts:view")
    return _worst(MeterState.objects.filter(account_id__in=account_ids), at)


def _worst(rows: QuerySet[MeterState], at: datetime) -> dict[int, str]:
    holding = rows.exclude(state=STATES[0]).filter(Q(resets_at__isnull=True) | Q(resets_at__gt=at))
    found: dict[int, str] = {}
    for account_id, state in holding.values_list("account_id", "state"):
        found[account_id] = max(found.get(account_id, STATES[0]), state, key=STATES.index)
    return found


def limit_columns() -> tuple[MoreColumn, ...]:
    """The column of the client list as a file."""
    return (MoreColumn(LIMITS, _("Limits")),)


def fill_limits(_keys: Sequence[str], at: datetime) -> Filler:
    """How each client stands, in words; nothing where all is well. One statement a batch."""
    words = {state: str(word) for state, word in STATE_WORDS.items()}

    def fill(ids: Sequence[int]) -> Mapping[int, Mapping[str, Value]]:
        with past_scope("the accounts were found within the scope"):
            # unscoped: as above
            found = _worst(MeterState.unscoped.filter(account_id__in=list(ids)), at)
        return {number: {LIMITS: words[state]} for number, state in found.items()}

    return fill

"""What apps below ask, who know nothing of signals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import Count, Q

from sublet.catalog.queries import offer
from sublet.core.offer import Item
from sublet.core.signals import DUE, NEVER, read_condition
from sublet.signals.models import LatestSignal


def clients_that(conditions: Sequence[str], at: datetime) -> Q:
    """The accounts that fit any of the conditions (`core.signals.read_condition`). One about a signal that nobody knows
    fits none.
    """
    present = offer()
    found = Q(pk__in=[])
    for text in conditions:
        condition = read_condition(text)
        number = present.signal_ids.get(condition.key) if condition is not None else None
        if condition is None or number is None or condition.key not in present.signals:
            continue
        # unscoped: joined to the rows of a list that is bound already
        latest = LatestSignal.unscoped.filter(signal_id=number)
        if condition.what == NEVER:
            found |= ~Q(pk__in=latest.values("account_id"))
            continue
        span = timedelta(days=condition.days)
        told = latest.filter(moment__lt=at + span if condition.what == DUE else at - span)
        found |= Q(pk__in=told.values("account_id"))
    return found


def signals_used(at: datetime) -> Mapping[Item, int]:
    """Signals that were told of accounts → of how many. For the vendor, over all accounts."""
    # unscoped: numbers alone leave here
    rows = LatestSignal.unscoped.values("signal__key").annotate(accounts=Count("account_id")).order_by()
    return {("signal", row["signal__key"], 0): row["accounts"] for row in rows}

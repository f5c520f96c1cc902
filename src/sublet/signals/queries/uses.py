"""Of how many accounts which signal was told, for whoever loads another manifest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Count

from sublet.core.lifecycle import CLOSED
from sublet.core.offer import Item
from sublet.signals.models import LatestSignal


def signals_in_use(at: datetime) -> Mapping[Item, int]:
    """Every signal that was told of an open account, and of how many. One statement."""
    # unscoped: for the vendor, over all accounts; numbers alone leave here
    latest = LatestSignal.unscoped.exclude(account__state=CLOSED)
    counted = latest.order_by().values_list("signal__key").annotate(number=Count("account_id", distinct=True))
    return {("signal", key, 0): number for key, number in counted}

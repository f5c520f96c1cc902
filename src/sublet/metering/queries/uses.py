"""How many accounts have used which meter, for whoever loads another manifest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Count

from sublet.catalog.queries import offer
from sublet.core.lifecycle import CLOSED
from sublet.core.offer import Item
from sublet.metering.models import PERIOD, UsageTotal


def meters_in_use(at: datetime) -> Mapping[Item, int]:
    """Every meter that open accounts have used, in whichever period, and how many those are. One statement."""
    meters = offer().meter_by_id
    # unscoped: for the vendor, over all accounts; numbers alone leave here
    totals = UsageTotal.unscoped.filter(span=PERIOD).exclude(account__state=CLOSED)
    counted = totals.order_by().values_list("meter").annotate(number=Count("account_id", distinct=True))
    return {("meter", meters[meter].meter.key, 0): number for meter, number in counted if meter in meters}

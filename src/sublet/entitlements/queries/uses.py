"""For how many accounts something was said about which entry of the offer, for whoever loads another manifest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from django.db.models import Count, Q

from sublet.catalog.queries import offer
from sublet.core.entitled import TRIAL
from sublet.core.lifecycle import CLOSED
from sublet.core.offer import Item, item_of_plan
from sublet.entitlements.models import EntitlementSource, Override, Pool, ServiceSetting, Share, TopUp


def words_in_use(at: datetime) -> Mapping[Item, int]:
    """Features, meters and services about which something holds for open accounts, and the plans that running trials open.

    Six statements. What several tables say about one meter may be of the same accounts, so the largest number holds.
    """
    found: dict[Item, int] = {}
    holds = (Q(until__isnull=True) | Q(until__gt=at)) & ~Q(account__state=CLOSED)
    accounts = Count("account_id", distinct=True)

    def tell(kind: str, key: str, number: int) -> None:
        found[kind, key, 0] = max(found.get((kind, key, 0), 0), number)

    # unscoped: here and below for the vendor, over all accounts; numbers alone leave here
    words = Override.unscoped.filter(holds)
    for kind, key, number in words.order_by().values_list("kind", "key").annotate(number=accounts):
        tell(kind, key, number)
    # unscoped: as above
    given = TopUp.unscoped.filter(holds)
    for meter, number in given.order_by().values_list("meter").annotate(number=accounts):
        tell("meter", meter, number)
    # unscoped: as above
    pools = Pool.unscoped.exclude(account__state=CLOSED)
    for meter, number in pools.order_by().values_list("meter").annotate(number=accounts):
        tell("meter", meter, number)
    # unscoped: as above
    shares = Share.unscoped.exclude(account__state=CLOSED)
    for meter, number in shares.order_by().values_list("pool__meter").annotate(number=accounts):
        tell("meter", meter, number)
    # unscoped: as above
    settings = ServiceSetting.unscoped.filter(holds)
    for service, number in settings.order_by().values_list("service").annotate(number=accounts):
        tell("managed_service", service, number)
    found.update(_opened_by_trials(at))
    return found


def _opened_by_trials(at: datetime) -> Mapping[Item, int]:
    """A trial opens the plan that is sold under a key: when that goes, running trials open less."""
    present = offer()
    # unscoped: as above
    running = EntitlementSource.unscoped.filter(kind=TRIAL, starts_at__lte=at, ends_at__gt=at)
    running = running.exclude(account__state=CLOSED)
    found: Counter[Item] = Counter()
    counted = running.order_by().values_list("key", "version").annotate(number=Count("account_id", distinct=True))
    for key, version, number in counted:
        offering = present.plan(key, version)
        if offering is None or offering.trial is None or offering.trial.plan is None:
            continue
        opened = present.plan(offering.trial.plan)
        if opened is not None:
            found[item_of_plan(opened)] += number
    return found

"""How many accounts have which plan and add-on, for the vendor's page of the offer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from sublet.accounts.models import Account
from sublet.catalog.queries import offer
from sublet.core.lifecycle import CLOSED
from sublet.core.offer import Item, item_of_plan
from sublet.core.rights import CLIENT, DIRECT
from sublet.entitlements.models import EntitlementSource
from sublet.subscriptions.models import Trial


@dataclass(frozen=True, slots=True)
class Holders:
    """How many open accounts have a plan or an add-on. Each account is in one plan's `accounts`, a trial or not: `on_trial` of
    them have a trial that runs. `trying` have it opened by a trial and stand among the accounts of another plan.
    """

    accounts: int = 0
    on_trial: int = 0
    trying: int = 0


def plans_held(at: datetime) -> Mapping[Item, Holders]:
    """Every version of a plan or add-on that an open account has at that moment, with how many have it. Five statements,
    whatever the number of accounts. For the vendor, over all accounts.
    """
    # unscoped: as below
    trials = Trial.unscoped.filter(started_at__lte=at, ends_at__gt=at, ended_at__isnull=True)
    accounts, on_trial = plans_in_use(at), _counted(at, trials.values("account_id"))
    own = _sources(at).filter(kind="plan", account_id=OuterRef("account_id"), key=OuterRef("opens"))
    opened = trials.exclude(account__state=CLOSED).exclude(Exists(own)).order_by().values_list("opens")
    trying: Counter[Item] = Counter()
    for key, number in opened.annotate(number=Count("account_id", distinct=True)):
        plan = offer().plan(key)
        if plan is not None:
            trying[item_of_plan(plan)] += number
    return {
        item: Holders(accounts.get(item, 0), on_trial.get(item, 0) if item[0] == "plan" else 0, trying[item])
        for item in {*accounts, *on_trial, *trying}
    }


def plans_in_use(at: datetime) -> Mapping[Item, int]:
    """Every version of a plan or add-on that counts for an open account at that moment, and for how many. Two statements.

    Who has taken none is on the plan of its birth, also while a plan rests. A trial counts for the plan that it opens in the
    entitlements, not here: nobody has taken it.
    """
    return _counted(at)


def _sources(at: datetime) -> QuerySet[EntitlementSource]:
    # unscoped: for the vendor, over all accounts; numbers alone leave here
    sources = EntitlementSource.unscoped.filter(starts_at__lte=at, kind__in=("plan", "add_on"))
    return sources.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at)).exclude(account__state=CLOSED)


def _counted(at: datetime, among: QuerySet[Trial, Any] | None = None) -> Mapping[Item, int]:
    """As `plans_in_use`, of some accounts only."""
    sources = _sources(at)
    on_a_plan = sources.filter(kind="plan").values("account_id")
    if among is not None:
        sources = sources.filter(account_id__in=among)
    found: Counter[Item] = Counter()
    for kind, key, version, number in sources.values_list("kind", "key", "version").annotate(
        number=Count("account_id", distinct=True)
    ):
        found[kind, key, version] += number
    spans = offer().starting_spans()
    if spans:
        counts = {
            f"of_{place}": Count(
                "id",
                filter=Q(
                    **({"created_at__gte": span.since} if span.since else {}),
                    **({"created_at__lt": span.until} if span.until else {}),
                ),
            )
            for place, span in enumerate(spans)
        }
        # unscoped: as above
        living = Account.unscoped.filter(kind__in=(CLIENT, DIRECT)).exclude(state=CLOSED)
        if among is not None:
            living = living.filter(id__in=among)
        numbers = living.exclude(id__in=on_a_plan).aggregate(**counts)
        for place, span in enumerate(spans):
            if span.plan is not None:
                found[item_of_plan(span.plan)] += numbers[f"of_{place}"]
    return found

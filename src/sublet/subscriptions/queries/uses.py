"""How many accounts have which plan and add-on, for the vendor's page of the offer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from django.db.models import Count, Q

from sublet.accounts.models import Account
from sublet.catalog.queries import offer
from sublet.core.lifecycle import CLOSED
from sublet.core.offer import Item, item_of_plan
from sublet.core.rights import CLIENT, DIRECT
from sublet.entitlements.models import EntitlementSource


def plans_in_use(at: datetime) -> Mapping[Item, int]:
    """Every version of a plan or add-on that counts for an open account at that moment, and for how many. Two statements.

    Who has taken none is on the plan of its birth, also while a plan rests. A trial counts for the plan that it opens in the
    entitlements, not here: nobody has taken it.
    """
    # unscoped: for the vendor, over all accounts; numbers alone leave here
    sources = EntitlementSource.unscoped.filter(starts_at__lte=at, kind__in=("plan", "add_on"))
    sources = sources.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at)).exclude(account__state=CLOSED)
    found: Counter[Item] = Counter()
    for kind, key, version, number in sources.values_list("kind", "key", "version").annotate(
        number=Count("account_id", distinct=True)
    ):
        found[kind, key, version] += number
    on_a_plan = sources.filter(kind="plan").values("account_id")
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
        numbers = living.exclude(id__in=on_a_plan).aggregate(**counts)
        for place, span in enumerate(spans):
            if span.plan is not None:
                found[item_of_plan(span.plan)] += numbers[f"of_{place}"]
    return found

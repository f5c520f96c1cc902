"""What many accounts hold and have used this month, for the margin guard: a constant number of statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from sublet.accounts.models import Account
from sublet.core.included import NOTHING, included
from sublet.core.periods import STANDING
from sublet.core.portfolio import Held
from sublet.core.rights import RESELLER
from sublet.entitlements.models import ServiceSetting
from sublet.entitlements.queries.granted import granted_of
from sublet.metering.queries import usage_of_many
from sublet.subscriptions.queries.held import held_many, running


def holdings_of(accounts: Sequence[Account], *, at: datetime) -> list[Held]:
    """Plan, add-ons, managed services and use of each, in the order given; what is free before overage as a billing run reckons it.
    Within the scope in force."""
    used = usage_of_many([each.id for each in accounts], at)
    switched = _switched([each.id for each in accounts], at)
    resellers = {each.id for each in accounts if each.kind == RESELLER}
    several = held_many(accounts)
    plans = [plan for there in several if (plan := there.plan_at(at)) is not None]
    charged = {limit.meter for plan in plans for limit in plan.limits if limit.overage}
    granted = granted_of([each.id for each in accounts], charged)
    found = []
    for there in several:
        plan = there.plan_at(at)
        beside = running(there.add_ons, at)
        free = {
            limit.meter: included(
                there.included_at(limit, at), granted.get((there.account_id, limit.meter), NOTHING), at
            )
            for limit in (plan.limits if plan is not None else ())
            # By any other nothing is charged, whatever was said of it.
            if limit.overage and limit.amount is not None
        }
        meters = there.offer.meters
        found.append(
            Held(
                there.account_id,
                (plan.key, plan.version) if plan is not None else None,
                tuple((row.key, row.version, row.count) for row in beside),
                {
                    key: int(Decimal(each.quantity).scaleb(-meters[key].meter.decimals))
                    for key, each in used.get(there.account_id, {}).items()
                },
                {meter: ours for meter, (ours, _more) in free.items()},
                {meter: more for meter, (_ours, more) in free.items()},
                tuple(
                    key
                    for key, service in there.offer.services.items()
                    if there.account_id not in resellers and switched.get((there.account_id, key), service.enabled)
                ),
                frozenset(key for key, item in meters.items() if item.meter.period == STANDING),
            )
        )
    return found


def _switched(ids: Sequence[int], at: datetime) -> dict[tuple[int, str], bool]:
    """(account, managed service) → whether it is on, where somebody has said so. One statement."""
    rows = ServiceSetting.objects.filter(
        Q(until__isnull=True) | Q(until__gt=at), account_id__in=ids, since__lte=at, enabled__isnull=False
    )
    return {(account_id, key): bool(on) for account_id, key, on in rows.values_list("account_id", "service", "enabled")}

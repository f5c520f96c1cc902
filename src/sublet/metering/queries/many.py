"""The standing of many accounts at once, in two statements (and one more where something is held back)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Sum

from sublet.catalog.queries import offer
from sublet.core.periods import longest_of
from sublet.metering.models import FOREVER, PERIOD, UsageReservation, UsageTotal
from sublet.metering.queries.lines import Line, lines_of_ids
from sublet.metering.queries.usage import Used


def usage_of_many(
    account_ids: Sequence[int], at: datetime, *, lines: Mapping[int, Line] | None = None
) -> dict[int, dict[str, Used]]:
    """What each meter of the manifest stands at for each of those accounts. The accounts are the caller's to know.

    In the caller's scope, as ever: rows outside it count for nothing.
    """
    lines = lines if lines is not None else lines_of_ids(account_ids)
    wanted = {
        (account_id, item.id): (key, line.period(item.meter.period, at))
        for account_id, line in lines.items()
        for key, item in offer().meters.items()
    }
    starts = {period.start or FOREVER for _key, period in wanted.values()}
    there: dict[tuple[int, int, datetime], tuple[int, int]] = {}
    if wanted:
        rows = UsageTotal.objects.filter(account_id__in=sorted(lines), span=PERIOD, start__in=starts)
        for account_id, meter, start, quantity, reserved in rows.values_list(
            "account_id", "meter", "start", "quantity", "reserved"
        ):
            there[account_id, meter, start] = (quantity, reserved)
    lapsed: dict[tuple[int, int, datetime], int] = {}
    if any(reserved for _quantity, reserved in there.values()):
        # Held back until before `at`, and not given back yet.
        held = UsageReservation.objects.filter(
            account_id__in=sorted(lines), state=UsageReservation.State.OPEN, ends_at__lte=at
        )
        for account_id, meter, start, quantity in held.values_list("account_id", "meter", "start").annotate(
            held=Sum("quantity")
        ):
            lapsed[account_id, meter, start] = quantity
    found: dict[int, dict[str, Used]] = {account_id: {} for account_id in lines}
    for (account_id, meter), (key, period) in wanted.items():
        place = (account_id, meter, period.start or FOREVER)
        quantity, reserved = there.get(place, (0, 0))
        found[account_id][key] = Used(quantity, reserved - lapsed.get(place, 0), period)
    return found


def users_of_meter(meter: str, parent_id: int, at: datetime) -> dict[int, tuple[int, int]]:
    """Account directly below that one → what it has used and what is held back of a meter in its period now, in steps.

    Only accounts that have used any. For what is shared out among them; the caller holds the account above.
    """
    item = offer().meters[meter]
    rows = UsageTotal.objects.filter(meter=item.id, span=PERIOD, account__parent_id=parent_id)
    longest = longest_of(item.meter.period)
    if longest is not None:
        rows = rows.filter(start__lte=at, start__gt=at - longest)  # not all that was ever counted
    totals: dict[int, list[tuple[datetime, int, int]]] = {}
    for account_id, start, quantity, reserved in rows.order_by("-start").values_list(
        "account_id", "start", "quantity", "reserved"
    ):
        totals.setdefault(account_id, [])
        if not totals[account_id]:  # the newest period alone can be the one that runs
            totals[account_id].append((start, quantity, reserved))
    lines = lines_of_ids(sorted(totals))
    found: dict[int, tuple[int, int]] = {}
    for account_id, line in lines.items():
        start, quantity, reserved = totals[account_id][0]
        if (line.period(item.meter.period, at).start or FOREVER) == start:
            found[account_id] = (quantity, reserved)
    return found

"""What charges are reckoned from, for many accounts in a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from sublet.accounts.models import Account
from sublet.billing.models import LedgerEntry
from sublet.catalog.queries import offer
from sublet.core.charging import ADJUSTMENT, OVERAGE, Beside, Facts, OneOff, PlanHeld, Span, Usage
from sublet.core.manifest import Plan
from sublet.core.offer import MeterItem, Offer
from sublet.core.periods import STANDING, Period
from sublet.core.pricebook import ADD_ON, Book, overage_key
from sublet.core.pricebook import OVERAGE as OVERAGE_PRICE
from sublet.core.proration import Days, day_on
from sublet.metering.models import PERIOD, UsageTotal
from sublet.metering.queries import Line, lines_of_ids
from sublet.pricing.queries.books import books_of
from sublet.subscriptions.queries.held import Held, held_many

#: Usage may come so much later, and a period may have begun so long before (`metering`: 35 days, a month).
LATE: Final = timedelta(days=70)
ONCE: Final = "once"


@dataclass(frozen=True, slots=True)
class Reckoned:
    """The facts of one account, and of each charge for usage the total that it will have been reckoned from."""

    facts: Facts
    book: Book
    totals: Mapping[str, int] = field(default_factory=dict)  # ``overage:<meter>:<period>`` → steps


def facts_of(accounts: Sequence[Account], *, since: datetime, until: datetime) -> dict[int, Reckoned]:
    """Of each of those accounts, in the scope in force. Eighteen statements, however many there are."""
    ids = [each.id for each in accounts]
    present = offer()
    books = books_of(ids, at=until)
    lines = lines_of_ids(ids)
    totals = _totals(ids, present, since - LATE)
    billed = _billed(ids, since - LATE) if totals else {}
    found = {}
    for now in held_many(accounts):
        line, book = lines[now.account_id], books[now.account_id]
        usage, steps = _usage(now, line, book, totals.get(now.account_id, ()), billed, until)
        facts = Facts(
            line=line.anchors,
            prices=book,
            plans=tuple(
                PlanHeld(phase.starts, phase.ends, *phase.held) for phase in now.agreement.phases() if phase.held[0]
            ),
            beside=tuple(
                Beside(row.ref, row.key, row.version, tuple(Span(*span) for span in now.spans_of(row)), row.count)
                for row in now.add_ons
            ),
            free=() if now.trial is None else (Span(now.trial.started_at, now.trial.ends_at),),
            usage=usage,
            one_offs=_one_offs(now, book),
        )
        found[now.account_id] = Reckoned(facts, book, steps)
    return found


def _one_offs(now: Held, book: Book) -> tuple[OneOff, ...]:
    """Add-ons that are paid once (set-up), and what the reseller sold beside."""
    found = []
    for row in now.add_ons:
        asked = book.list_price(ADD_ON, row.key, row.version, ONCE)
        retail = book.retail(ADD_ON, row.key, row.version, ONCE, row.starts_at)
        if asked is not None or retail is not None:
            price = None if retail is None else retail.price
            found.append(OneOff(row.ref, row.key, row.starts_at, asked, price, row.count))
    found += [OneOff(sold.ref, sold.name, sold.at, None, sold.price, sold.quantity) for sold in book.sold]
    return tuple(found)


Total = tuple[int, datetime, int]


def _totals(ids: Sequence[int], present: Offer, begin: datetime) -> dict[int, list[Total]]:
    """Account → (meter, start of the period, steps), of the meters whose use is paid for beyond a limit."""
    keys = {limit.meter for item in present.every_plan for limit in item.plan.limits if limit.overage}
    meters = [item.id for item in present.every_meter if item.meter.key in keys and item.meter.period != STANDING]
    found: dict[int, list[Total]] = defaultdict(list)
    if not meters:
        return found
    rows = UsageTotal.objects.filter(account_id__in=ids, meter__in=meters, span=PERIOD, start__gte=begin)
    for account_id, meter, start, quantity in rows.order_by("account_id", "meter", "start").values_list(
        "account_id", "meter", "start", "quantity"
    ):
        found[account_id].append((meter, start, quantity))
    return found


def _billed(ids: Sequence[int], begin: datetime) -> dict[tuple[int, str], tuple[int, ...]]:
    """(account, key of the charge) → the totals that it and its adjustments were reckoned from."""
    rows = LedgerEntry.objects.filter(client_id__in=ids, total__isnull=False, start__gte=begin)
    seen: dict[tuple[int, str], dict[int, int]] = defaultdict(dict)
    for client_id, key, total in rows.values_list("client_id", "key", "total"):
        stem, number = key, 0
        if key.startswith(f"{ADJUSTMENT}:"):
            stem, _, last = key.removeprefix(f"{ADJUSTMENT}:").rpartition(":")
            number = int(last)
        seen[client_id, stem][number] = total or 0  # in both books the same
    return {place: tuple(by_number[number] for number in sorted(by_number)) for place, by_number in seen.items()}


def _usage(
    now: Held,
    line: Line,
    book: Book,
    totals: Sequence[Total],
    billed: Mapping[tuple[int, str], tuple[int, ...]],
    until: datetime,
) -> tuple[tuple[Usage, ...], dict[str, int]]:
    found: list[Usage] = []
    steps: dict[str, int] = {}
    for meter_id, start, quantity in totals:
        item = now.offer.meter_by_id[meter_id]
        period = line.period(item.meter.period, start)
        if period.end is None or period.start is None or period.end > until:
            continue
        if now.trial is not None and now.trial.started_at <= period.start and period.end <= now.trial.ends_at:
            continue
        plan = now.plan_at(period.end - timedelta(microseconds=1))
        one = None if plan is None else _overage(now, plan, item, period, line, book, quantity, billed)
        if one is not None:
            found.append(one)
            steps[f"{OVERAGE}:{one.meter}:{one.key}"] = quantity
    return tuple(found), steps


def _overage(
    now: Held,
    plan: Plan,
    item: MeterItem,
    period: Period,
    line: Line,
    book: Book,
    quantity: int,
    billed: Mapping[tuple[int, str], tuple[int, ...]],
) -> Usage | None:
    """What is paid for one period of a meter, by the plan that was held at its end; None: nothing ever is."""
    meter = item.meter
    limit = next((each for each in plan.limits if each.meter == meter.key and each.overage), None)
    if limit is None or limit.amount is None or period.start is None or period.end is None:
        return None
    last = period.end - timedelta(microseconds=1)
    included: int | None = limit.amount
    for row in now.add_ons:
        add_on = now.add_on_of(row)
        counts = any(starts <= last and (ends is None or last < ends) for starts, ends in now.spans_of(row))
        for add in add_on.adds if add_on is not None and counts else ():
            if add.meter == meter.key and included is not None:
                included = None if add.amount is None else included + add.amount * row.count
    thing = (OVERAGE_PRICE, overage_key(meter.key, plan.key), plan.version, "month")
    retail = book.retail(*thing, last)
    scale = Decimal(10) ** meter.decimals
    before = billed.get((now.account_id, f"{OVERAGE}:{meter.key}:{period.key}"), ())
    return Usage(
        meter=meter.key,
        key=period.key,
        days=Days(day_on(line.anchors, period.start), day_on(line.anchors, period.end)),
        total=quantity / scale,
        list_price=book.list_price(*thing),
        retail_price=None if retail is None else retail.price,
        included=included,
        billed=tuple(total / scale for total in before),
    )

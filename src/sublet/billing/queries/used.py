"""What was used and is paid for, for many accounts in a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db.models import Q

from sublet.billing.models import LedgerEntry
from sublet.billing.queries.alongside import free_of
from sublet.billing.queries.priced import Priced, Total, priced, told_since, usage_of, with_prices
from sublet.billing.queries.sold import Known, free_at, meter_of
from sublet.core.charging import ADJUSTMENT, OVERAGE, Facts, Span, Usage, day_after, without
from sublet.core.manifest import Plan
from sublet.core.manifest.model import Limit
from sublet.core.offer import MeterItem, Offer
from sublet.core.periods import STANDING, Period
from sublet.core.pricebook import OVERAGE as OVERAGE_PRICE
from sublet.core.proration import MONTH, Days, day_on, start_on
from sublet.core.subscription import Phase
from sublet.core.usekeys import use_key
from sublet.core.useprices import costs_unused
from sublet.metering.models import PERIOD, UsageTotal
from sublet.metering.queries import Part, Stand, stood_at, used_in_parts
from sublet.subscriptions.queries.held import Held

_INSTANT: Final = timedelta(microseconds=1)
#: What was written in the last moments of a billing run may not have been seen by it: the next one begins so much earlier.
OVERLAP: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class _Ruled:
    """By which plan a period of a meter is paid, until when (None: to its end), in which spans and days, in steps."""

    known: Known
    item: MeterItem
    period: Period
    plan: Plan
    limit: Limit
    last: datetime
    held: Days | None
    part: Part | None
    quantity: int

    @property
    def starts(self) -> datetime:
        """When the period begins."""
        if self.period.start is None:
            raise AssertionError("a period that is paid for has a beginning")
        return self.period.start


#: Usage of an account, and of each charge for it the total in steps that it is reckoned from.
Paid = tuple[tuple[Usage, ...], dict[str, int]]


def used_by(accounts: Sequence[Known], present: Offer, *, since: datetime, until: datetime) -> dict[int, Paid]:
    """Of each account what it has used in the periods that were over by `until`. Five statements, two where nobody used anything;
    seven more where something is paid for that stands.

    Periods that were over long before `since` are left out: nothing can be told of them any more.
    """
    ids = [known.held.account_id for known in accounts]
    totals = _totals(ids, _counted(accounts, present), since)
    ruled: list[_Ruled | Priced] = []
    for known in accounts:
        there = totals.get(known.held.account_id, ())
        ruled += priced(known, there, since, until)
        for meter_id, start, quantity in _with_none(known, there, present, since, until):
            item = known.held.offer.meter_by_id[meter_id]
            period = known.line.period(item.meter.period, start)
            if period.start is None or period.end is None or period.end > until:
                continue
            by_plan = _ruled(known, item, period, quantity)
            if by_plan is not None:
                ruled.append(by_plan)
    if not ruled:
        return {}
    lines = {known.held.account_id: known.line for known in accounts}
    cut = used_in_parts([one.part for one in ruled if isinstance(one.part, Part)], lines)
    stood = stood_at([one.part for one in ruled if isinstance(one.part, Stand)], lines)
    begin = min(one.starts for one in ruled)
    # A charge is for whole days; where the anchor moved, its period begins within one.
    billed = _billed({one.known.held.account_id for one in ruled}, begin - timedelta(days=2))
    found: dict[int, tuple[list[Usage], dict[str, int]]] = defaultdict(lambda: ([], {}))
    for one in ruled:
        part = one.part
        steps = one.quantity if part is None else stood[part] if isinstance(part, Stand) else cut[part]
        made = _usage(one, steps, billed) if isinstance(one, _Ruled) else usage_of(one, steps, billed)
        if made is None:
            continue
        usage, of_charges = found[one.known.held.account_id]
        usage.append(made)
        of_charges[made.stem] = steps
    return {account_id: (tuple(usage), steps) for account_id, (usage, steps) in found.items()}


# Totals ---------------------------------------------------------------------------------------------------------------


def _charged(present: Offer) -> list[MeterItem]:
    """The meters whose use is paid for beyond a limit; what stands goes by the periods of the account (`priced`)."""
    keys = {limit.meter for item in present.every_plan for limit in item.plan.limits if limit.overage}
    return [item for item in present.every_meter if item.meter.key in keys and item.meter.period != STANDING]


def _counted(accounts: Sequence[Known], present: Offer) -> list[MeterItem]:
    """Those, and the meters by which something has a price that somebody holds."""
    keys = {meter for known in accounts for sold in known.sold for meter in sold.meters}
    charged = _charged(present)
    there = {item.id for item in charged}
    more = [item for key in sorted(keys) if (item := meter_of(present, key)) is not None and item.id not in there]
    return [*charged, *(item for item in more if item.meter.period != STANDING)]


def _totals(ids: Sequence[int], meters: Sequence[MeterItem], since: datetime) -> dict[int, list[Total]]:
    """Account → (meter, start of the period, steps)."""
    found: dict[int, list[Total]] = defaultdict(list)
    if not meters:
        return found
    wanted = Q()
    for item in meters:
        wanted |= Q(meter=item.id, start__gte=told_since(item, since))
    rows = UsageTotal.objects.filter(wanted, account_id__in=ids, span=PERIOD)
    for account_id, meter, start, quantity in rows.order_by("account_id", "meter", "start").values_list(
        "account_id", "meter", "start", "quantity"
    ):
        found[account_id].append((meter, start, quantity))
    return found


def _with_none(
    known: Known, totals: Sequence[Total], present: Offer, since: datetime, until: datetime
) -> Iterable[Total]:
    """The totals, and nothing for periods in which nothing was used, where that costs something too."""
    yield from totals
    if not any(costs_unused(rule.price) for book in known.books for rule in book.rules_of(OVERAGE_PRICE)):
        return
    there = {(meter, start) for meter, start, _steps in totals}
    first = next((phase.starts for phase in known.held.agreement.phases() if phase.held[0]), None)
    for item in _charged(present) if first is not None else ():
        period = known.line.period(item.meter.period, max(first or since, told_since(item, since)))
        while period.start is not None and period.end is not None and period.end <= until:
            if (item.id, period.start) not in there:
                yield (item.id, period.start, 0)
            period = known.line.period(item.meter.period, period.end)


def _billed(ids: Iterable[int], begin: datetime) -> dict[tuple[int, str], tuple[int, ...]]:
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


# By which plan --------------------------------------------------------------------------------------------------------


def _ruled(known: Known, item: MeterItem, period: Period, quantity: int) -> _Ruled | None:
    """By the plan at the period's end; where none follows one that ended in it, by that, to the day of ending inclusive.

    None: nothing of it is ever paid for. Use in a trial is not.
    """
    now, anchors = known.held, known.line.anchors
    starts, ends = period.start, period.end
    if starts is None or ends is None:
        return None
    over = ends if known.gone is None else min(ends, known.gone)
    if over <= starts:
        return None
    phase = now.agreement.phase_at(over - _INSTANT)
    plan, limit = _limited(now, phase, item)
    if limit is None and not phase.held[0]:
        ended = [each for each in now.agreement.phases() if each.held[0] and each.ends is not None]
        before = next((each for each in reversed(ended) if each.ends is not None and starts < each.ends <= over), None)
        if before is None or before.ends is None:
            return None
        over = before.ends
        plan, limit = _limited(now, before, item)
    if plan is None or limit is None or limit.amount is None:
        return None
    last = ends if over == ends else start_on(anchors, day_after(Facts(anchors, known.book), over))
    last = min(last, ends)
    spans = _paid(known, starts, last)
    if not spans:
        return None
    begins = max(starts, spans[0][0], _held_since(now, starts, over))
    held = Days(day_on(anchors, begins), day_on(anchors, last))
    whole = Days(day_on(anchors, starts), day_on(anchors, ends))
    return _Ruled(
        known,
        item,
        period,
        plan,
        limit,
        over - _INSTANT,
        None if held == whole or held.count < 1 else held,
        None if spans == ((starts, ends),) else Part(now.account_id, item.id, spans),
        quantity,
    )


def _limited(now: Held, phase: Phase, item: MeterItem) -> tuple[Plan | None, Limit | None]:
    """The plan of a phase and its limit of that meter, if what goes beyond it is paid for."""
    plan = now.plan_of(phase)
    limits = () if plan is None else plan.limits
    return plan, next((each for each in limits if each.meter == item.meter.key and each.overage), None)


def _paid(known: Known, starts: datetime, ends: datetime) -> tuple[tuple[datetime, datetime], ...]:
    """What of a span is not free."""
    left = without(Span(starts, ends), free_of(known.held, known.idle))
    return tuple((each.starts, each.ends) for each in left if each.ends is not None)


def _held_since(now: Held, starts: datetime, over: datetime) -> datetime:
    """Since when, in the period, a plan has been held that was paid for; its beginning where none was."""
    there = [
        each
        for each in now.agreement.phases()
        if each.held[0] and each.starts < over and (each.ends is None or each.ends > starts)
    ]
    return max(starts, there[0].starts) if there else starts


def _usage(one: _Ruled, steps: int, billed: Mapping[tuple[int, str], tuple[int, ...]]) -> Usage:
    """What is paid for one period of a meter."""
    now, meter = one.known.held, one.item.meter
    anchors, period = one.known.line.anchors, one.period
    if period.start is None or period.end is None:
        raise AssertionError("a period that is paid for has a beginning and an end")
    thing = (OVERAGE_PRICE, use_key(meter.key, one.plan.key), one.plan.version, MONTH)
    scale = Decimal(10) ** meter.decimals
    before = billed.get((now.account_id, f"{OVERAGE}:{meter.key}:{period.key}"), ())
    free, more = free_at(one.known, one.limit, one.last)
    made = Usage(
        meter=meter.key,
        key=period.key,
        days=Days(day_on(anchors, period.start), day_on(anchors, period.end)),
        total=steps / scale,
        list_price=None,
        retail_price=None,
        included=free,
        more_at_retail=more,
        held=one.held,
        billed=tuple(total / scale for total in before),
        of=use_key(meter.key, one.plan.key),
    )
    return with_prices(
        one.known, made, lambda book: book.list_price(*thing, one.last), lambda book: book.retail(*thing, one.last)
    )

"""What was used: standing, by period, by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Sum

from sublet.accounts.models import Account
from sublet.catalog.queries import offer
from sublet.core.offer import MeterItem
from sublet.core.periods import Period, start_of_day
from sublet.core.usage import ADDITIVE
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.refs import looks_like_ref
from sublet.metering.models import DAY, FOREVER, PERIOD, UsageReservation, UsageTotal
from sublet.metering.queries.lines import Line, line_of

MOST_DAYS = 400


@dataclass(frozen=True, slots=True)
class Used:
    """What a meter stands at, in steps. `reserved` is held back for work that goes on."""

    quantity: int
    reserved: int
    period: Period


@dataclass(frozen=True, slots=True)
class DayUsed:
    """What a meter stood at on one day of the account, in steps."""

    day: date
    quantity: int


@dataclass(frozen=True, slots=True)
class Pace:
    """What a forecast needs: what was used in the period, since when, and on how many whole days how much lately."""

    quantity: int
    period: Period
    days: int
    used_in_days: int


def usage_of(account_id: int, at: datetime, *, line: Line | None = None) -> Mapping[str, Used]:
    """What each meter of the manifest stands at for that account at `at`, by key. The account is the caller's to know.

    Two statements, one without the anchors (`line`), and one more where something is held back.
    """
    line = line or line_of(account_id)
    wanted = {(item.id, line.period(item.meter.period, at)): key for key, item in offer().meters.items()}
    starts = {period.start or FOREVER for _, period in wanted}
    rows = UsageTotal.objects.filter(account_id=account_id, span=PERIOD, start__in=starts)
    there = {(row[0], row[1]): (row[2], row[3]) for row in rows.values_list("meter", "start", "quantity", "reserved")}
    lapsed = _lapsed(account_id, at) if any(reserved for _, reserved in there.values()) else {}
    found: dict[str, Used] = {}
    for (meter, period), key in wanted.items():
        place = (meter, period.start or FOREVER)
        quantity, reserved = there.get(place, (0, 0))
        found[key] = Used(quantity, reserved - lapsed.get(place, 0), period)
    return found


def _lapsed(account_id: int, at: datetime) -> dict[tuple[int, datetime], int]:
    """Held back until before `at`, and not given back yet."""
    rows = (
        UsageReservation.objects.filter(account_id=account_id, state=UsageReservation.State.OPEN, ends_at__lte=at)
        .values_list("meter", "start")
        .annotate(held=Sum("quantity"))
    )
    return {(meter, start): held for meter, start, held in rows}


def days_of(account_id: int, meter: str, first: date, last: date) -> Sequence[DayUsed]:
    """What a meter stood at on each day from `first` to `last` on which anything came, oldest first. Days of the account.

    Raises KeyError for a meter that is not in the manifest.
    """
    item = offer().meters[meter]
    line = line_of(account_id)
    zones = {each.anchor.zone for each in line.anchors}
    begin = min(start_of_day(first, zone) for zone in zones)
    end = max(start_of_day(last + timedelta(days=1), zone) for zone in zones)
    rows = UsageTotal.objects.filter(
        account_id=account_id, meter=item.id, span=DAY, start__gte=begin, start__lt=end
    ).order_by("start")
    found = [
        DayUsed(date.fromisoformat(line.day(start).key), quantity)
        for start, quantity in rows.values_list("start", "quantity")
    ]
    return [each for each in found if first <= each.day <= last]


def pace_of(account_id: int, meter: str, at: datetime, *, days: int = 14) -> Pace | None:
    """How fast a meter grows; None where growing means nothing, because it does not add up.

    The day of `at` is not over and counts for nothing. Raises KeyError for a meter that is not in the manifest.
    """
    item = offer().meters[meter]
    if item.meter.aggregation not in ADDITIVE:
        return None
    line = line_of(account_id)
    used = usage_of(account_id, at, line=line)[meter]
    today = date.fromisoformat(line.day(at).key)
    first = today - timedelta(days=days)
    if used.period.start is not None:
        zone = ZoneInfo(line.anchors[-1].anchor.zone)
        first = max(first, used.period.start.astimezone(zone).date())
    whole = max((today - first).days, 0)
    lately = days_of(account_id, meter, first, today - timedelta(days=1)) if whole else []
    return Pace(used.quantity, used.period, whole, sum(each.quantity for each in lately))


@dataclass(frozen=True, slots=True)
class MeterUsage:
    """One meter of an account as it is told: the period that runs, those before it, and its days."""

    item: MeterItem
    used: Used
    before: Sequence[Used]
    days: Sequence[DayUsed]


@dataclass(frozen=True, slots=True)
class AccountUsage:
    """What an account uses."""

    account_ref: str
    at: datetime
    first: date
    last: date
    meters: Sequence[MeterUsage]


def usage_of_account(ref: str, *, first: date | None, last: date | None, actor: Actor, at: datetime) -> AccountUsage:
    """What the actor's account, or one below it, uses: each meter's period, twelve before it, and the days from `first` to
    `last` (by default this period's month). Four statements, whatever there is. Raises NotFound, ValueError for a range
    that is none.
    """
    account = Account.objects.filter(ref=ref).first() if looks_like_ref(ref, "acc") else None
    if account is None or not actor.reaches(account.id):
        raise NotFound
    line = line_of(account.id)
    today = date.fromisoformat(line.day(at).key)
    last = last or today
    first = first or last.replace(day=1)
    if not 0 <= (last - first).days < MOST_DAYS:
        raise ValueError("range")
    used = usage_of(account.id, at, line=line)
    rows: dict[tuple[int, int], list[tuple[datetime, int, int]]] = {}
    earliest = min(start_of_day(first, each.anchor.zone) for each in line.anchors) - timedelta(days=1)
    totals = UsageTotal.objects.filter(account_id=account.id).order_by("start")
    told = totals.filter(span=DAY, start__gte=earliest) | totals.filter(
        span=PERIOD, start__gte=at - timedelta(days=13 * 31)
    )
    for meter, span, start, quantity, reserved in told.values_list("meter", "span", "start", "quantity", "reserved"):
        rows.setdefault((meter, span), []).append((start, quantity, reserved))
    found = []
    for key, item in offer().meters.items():
        before = [
            Used(quantity, reserved, line.period(item.meter.period, start))
            for start, quantity, reserved in rows.get((item.id, PERIOD), [])
            if item.meter.period not in {"day", "standing"} and start != used[key].period.start
        ]
        days = [
            DayUsed(day, quantity)
            for start, quantity, _ in rows.get((item.id, DAY), [])
            if first <= (day := date.fromisoformat(line.day(start).key)) <= last
        ]
        found.append(MeterUsage(item, used[key], tuple(reversed(before[-12:])), tuple(days)))
    return AccountUsage(account.ref, at, first, last, tuple(found))

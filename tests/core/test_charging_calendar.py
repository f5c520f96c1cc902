"""Five years from every start day in ten zones: no day is charged twice, none is left out (B1, B2)."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from sublet.core.charging import Charge, Facts, PlanHeld, charges
from sublet.core.periods import Anchor, Since, start_of_day
from sublet.core.pricing import Price
from tests.core.test_periods import SOME_STARTS, ZONES
from tests.oracle.accounts import Table

FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
MONTHS = {"month": 1, "quarter": 3, "year": 12}
PRICES = Table()
for each, minor in (("month", 2900), ("quarter", 8000), ("year", 29_000)):
    PRICES.say("list", "plan", "basic", 1, Price("flat", each, "EUR", Decimal(minor)), LONG_AGO)
    PRICES.say("list", "plan", "large", 1, Price("flat", each, "EUR", Decimal(2 * minor)), LONG_AGO)


def local(day: date, zone: str, hour: int = 12) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def held(day: date, zone: str, interval: str, basis: str) -> Facts:
    line = (Since(LONG_AGO, Anchor(day, zone)),)
    return Facts(line, PRICES, (PlanHeld(local(day, zone), None, "basic", 1, interval),), basis=basis)


def check_tiles(found: tuple[Charge, ...], day: date) -> None:
    assert found[0].first_day == day
    for here, after in pairwise(found):
        assert here.last_day + timedelta(days=1) == after.first_day  # no gap, no overlap
        assert here.end == after.start == after.due
    assert len({charge.key for charge in found}) == len(found)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("interval", MONTHS)
def test_anniversaries_tile_five_years_from_every_start(zone: str, interval: str) -> None:
    for day in SOME_STARTS:
        found = charges(held(day, zone, interval, "anniversary"), until=LAST)
        check_tiles(found, day)
        for number, charge in enumerate(found):
            month = day.month - 1 + number * MONTHS[interval]
            year, month = day.year + month // 12, month % 12 + 1
            assert charge.first_day == date(year, month, min(day.day, monthrange(year, month)[1]))
            assert charge.days == charge.of_days
            assert charge.list_minor == {"month": 2900, "quarter": 8000, "year": 29_000}[interval]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("interval", MONTHS)
def test_calendar_periods_tile_five_years_from_every_start(zone: str, interval: str) -> None:
    for day in SOME_STARTS:
        found = charges(held(day, zone, interval, "calendar"), until=LAST)
        check_tiles(found, day)
        for charge in found[1:]:
            assert charge.first_day.day == 1
            assert (charge.first_day.month - 1) % MONTHS[interval] == 0
            assert charge.start == start_of_day(charge.first_day, zone)
        assert found[0].days + (
            day - date(day.year, (day.month - 1) // MONTHS[interval] * MONTHS[interval] + 1, 1)
        ).days == (found[0].of_days)


@pytest.mark.parametrize("zone", ZONES)
def test_invoices_are_those_of_utc_where_nothing_is_near_midnight(zone: str) -> None:
    for day in SOME_STARTS:
        change = day + timedelta(days=400)
        seen = []
        for where in (zone, "UTC"):
            known = held(day, where, "month", "anniversary")
            (plan,) = known.plans
            at = local(change, where)
            known = replace(known, plans=(replace(plan, ends=at), replace(plan, starts=at, ends=None, plan="large")))
            found = charges(known, until=local(date(2027, 1, 1), where))
            seen.append([(charge.key, charge.first_day, charge.days, charge.list_minor) for charge in found])
        assert seen[0] == seen[1]


@pytest.mark.parametrize("zone", ZONES)
def test_who_moves_to_another_zone_pays_each_day_once(zone: str) -> None:
    for day in SOME_STARTS:
        for moved in (datetime(2025, 3, 30, 1, 30, tzinfo=UTC), datetime(2026, 10, 31, 23, 59, tzinfo=UTC)):
            known = held(day, zone, "month", "anniversary")
            line = (*known.line, Since(moved, Anchor(day, "Pacific/Apia" if zone == "Europe/Rome" else "Europe/Rome")))
            check_tiles(charges(replace(known, line=line), until=LAST), day)

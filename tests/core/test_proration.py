"""Days: periods tile the calendar, the day of a change belongs to the new plan, and an instant is in one day (B1, B2)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.periods import Anchor, Since, plus_months, start_of_day
from sublet.core.proration import (
    BASES,
    MONTHS,
    Days,
    day_of,
    day_on,
    part,
    period_of,
    start_on,
)
from tests.core.test_periods import ZONES
from tests.thorough import FULL

FIRST, LAST = date(2024, 1, 1), date(2029, 1, 1)
STARTS = [date(2024, 1, 1) + timedelta(days=number) for number in range(366)]
days = st.dates(FIRST, LAST)
zones = st.sampled_from(ZONES)
instants = st.datetimes(datetime(2024, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))


def anchored(day: date, zone: str, since: datetime = datetime(2020, 1, 1, tzinfo=UTC)) -> Since:
    return Since(since, Anchor(day, zone))


# Periods --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("interval", MONTHS)
def test_periods_tile_five_years_from_every_start(basis: str, interval: str) -> None:
    for anchor in STARTS:
        day = FIRST
        while day < LAST:
            period = period_of(basis, interval, anchor, day)
            assert period.first <= day < period.next
            if day != FIRST:
                assert period.first == day  # no gap, no overlap
            assert period_of(basis, interval, anchor, period.last) == period
            if basis == "anniversary":
                # The anchor's day, or the month's last where there is none.
                assert period.first == plus_months(anchor, _months_between(anchor, period.first))
            else:
                assert period.first.day == 1
                assert (period.first.month - 1) % MONTHS[interval] == 0
            day = period.next


def _months_between(one: date, other: date) -> int:
    return (other.year - one.year) * 12 + other.month - one.month


def test_a_period_made_from_the_one_before_it_drifts() -> None:
    # The positive control of B1: chained months never come back to the 31st.
    drifting = set()
    for anchor in STARTS:
        day = anchor
        for number in range(1, 61):
            day = plus_months(day, 1)
            if day != period_of("anniversary", "month", anchor, plus_months(anchor, number)).first:
                drifting.add(anchor)
    assert len(drifting) == 30


@given(
    basis=st.sampled_from(BASES),
    interval=st.sampled_from(list(MONTHS)),
    anchor=days,
    day=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
)
def test_a_day_is_in_its_period_also_before_the_anchor(basis: str, interval: str, anchor: date, day: date) -> None:
    period = period_of(basis, interval, anchor, day)
    assert period.first <= day < period.next
    year = period_of(basis, "year", anchor, day)
    assert year.first <= period.first
    assert period.next <= year.next  # every chain of periods has a seam at the year's end


def test_what_began_on_the_31st_comes_back_to_it() -> None:
    anchor = date(2026, 1, 31)
    firsts = [period_of("anniversary", "month", anchor, date(2026, month, 15)).next for month in range(1, 8)]
    assert [f"{day:%d.%m.}" for day in firsts] == ["31.01.", "28.02.", "31.03.", "30.04.", "31.05.", "30.06.", "31.07."]


# Parts ----------------------------------------------------------------------------------------------------------------


@given(anchor=days, day=days, interval=st.sampled_from(list(MONTHS)), cuts=st.lists(days, max_size=5))
def test_parts_that_follow_one_another_add_up_to_one(anchor: date, day: date, interval: str, cuts: list[date]) -> None:
    period = period_of("anniversary", interval, anchor, day)
    inside = sorted({min(max(cut, period.first), period.next) for cut in cuts} | {period.first, period.next})
    whole = sum((part(period.count, (after - here).days) for here, after in pairwise(inside)), Fraction(0))
    assert whole == 1


def test_days_know_their_number_and_their_last() -> None:
    november = Days(date(2026, 11, 1), date(2026, 12, 1))
    assert (november.count, november.last, str(november)) == (30, date(2026, 11, 30), "2026-11-01/2026-12-01")


@pytest.mark.parametrize(("period_days", "count"), [(30, 31), (30, -1), (0, 0)])
def test_no_more_days_than_the_period_has(period_days: int, count: int) -> None:
    with pytest.raises(ValueError, match="days"):
        part(period_days, count)


# Days of instants -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ZONES)
def test_each_hour_of_five_years_is_in_one_day(zone: str) -> None:
    """At each quarter of an hour around each midnight (in a full run of every hour)."""
    day = FIRST
    while day < LAST:
        begins, ends = start_of_day(day, zone), start_of_day(day + timedelta(days=1), zone)
        assert day_of(begins, zone) == day
        assert day_of(ends - timedelta(microseconds=1), zone) == day
        if FULL:
            moment = begins
            while moment < ends:
                assert day_of(moment, zone) == day
                moment += timedelta(hours=1)
        day += timedelta(days=1)


def test_the_date_on_the_clock_names_the_wrong_day_where_midnight_comes_twice() -> None:
    # Havana: on 3 November 2024 at 1:00 the clock goes back to 0:00; Beirut at 0:00 to 23:00 of the day before.
    beirut = [start_of_day(date(2024, 10, 27), "Asia/Beirut") + timedelta(minutes=30)]
    assert day_of(beirut[0], "Asia/Beirut") == date(2024, 10, 27)


@given(anchor=days, before=zones, after=zones, moved=instants, one=instants, other=instants)
def test_days_never_go_back_where_an_account_moves(
    anchor: date, before: str, after: str, moved: datetime, one: datetime, other: datetime
) -> None:
    line = (anchored(anchor, before), anchored(anchor, after, moved))
    early, late = sorted((one, other))
    assert day_on(line, early) <= day_on(line, late)
    here = day_on(line, one)
    assert start_on(line, here) <= one
    assert start_on(line, here + timedelta(days=1)) > one


@given(day=days, before=zones, after=zones, moved=instants)
def test_each_day_begins_once_where_an_account_moves(day: date, before: str, after: str, moved: datetime) -> None:
    line = (anchored(day, before), anchored(day, after, moved))
    begins = start_on(line, day)
    assert day_on(line, begins) >= day  # later where moving skips it
    assert day_on(line, begins - timedelta(microseconds=1)) < day


def test_who_moves_back_in_the_instant_of_midnight_has_not_begun_the_day() -> None:
    midnight = start_of_day(date(2026, 9, 29), "Asia/Kathmandu")
    line = (anchored(FIRST, "Asia/Kathmandu"), anchored(FIRST, "America/Santiago", midnight))
    assert day_on(line, midnight) == date(2026, 9, 28)
    assert start_on(line, date(2026, 9, 29)) == start_of_day(date(2026, 9, 29), "America/Santiago")


def test_there_is_always_an_anchor() -> None:
    with pytest.raises(ValueError, match="anchor"):
        start_on((), date(2026, 1, 1))

"""Periods tile time: B1 and B2, each beside an implementation that is known to be wrong."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.periods import (
    KINDS,
    STANDING,
    Anchor,
    Period,
    Since,
    longest_of,
    period_at,
    period_on,
    plus_months,
    start_of_day,
)
from tests.thorough import FULL

ZONES = (
    "Europe/Rome",
    "America/New_York",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Asia/Beirut",
    "America/Havana",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Africa/Casablanca",
)
FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
TILED = tuple(kind for kind in KINDS if kind != STANDING)
INTERVALS = {"subscription": 1, "subscription-quarter": 3, "subscription-year": 12}
STARTS = [date(2024, 1, 1) + timedelta(days=number) for number in range(366)]
#: In a commit's run some starts and zones; every one in a full run.
SOME_STARTS = STARTS if FULL else [*STARTS[28:31], *STARTS[57:61], STARTS[90], *STARTS[180::31], STARTS[-1]]
moments = st.datetimes(min_value=datetime(2023, 1, 1), max_value=datetime(2030, 1, 1), timezones=st.just(UTC))
anchors = st.builds(Anchor, day=st.sampled_from(STARTS), zone=st.sampled_from(ZONES))


def tiles(kind: str, anchor: Anchor) -> Iterator[Period]:
    """From the first moment to the last, each found by the end of the one before it."""
    moment = FIRST
    while moment < LAST:
        period = period_at(kind, anchor, moment)
        yield period
        assert period.end is not None
        moment = period.end


def check_tiling(kind: str, anchor: Anchor) -> list[Period]:
    found = list(tiles(kind, anchor))
    for here, after in pairwise(found):
        assert here.end == after.start
        assert here.start is not None
        assert after.start is not None
        assert here.start < after.start
        assert period_at(kind, anchor, after.start - timedelta(microseconds=1)) == here
    assert len({period.key for period in found}) == len(found)
    return found


# B1 ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TILED)
def test_periods_tile_five_years_from_every_start(kind: str) -> None:
    daily = kind in {"day", "subscription-day"}
    for day in SOME_STARTS[:: 8 if daily else 1]:
        for zone in ("UTC", "Europe/Rome"):
            check_tiling(kind, Anchor(day, zone))


@pytest.mark.parametrize(("kind", "months"), INTERVALS.items())
def test_an_anniversary_is_the_anchors_day_or_the_months_last(kind: str, months: int) -> None:
    for day in STARTS:
        for number in range(60 // months):
            begun = plus_months(day, number * months)
            assert begun.day == min(day.day, monthrange(begun.year, begun.month)[1])
            assert begun.year * 12 + begun.month == day.year * 12 + day.month + number * months
            period = period_at(kind, Anchor(day, "UTC"), datetime(begun.year, begun.month, begun.day, tzinfo=UTC))
            assert period.key == begun.isoformat()


def chained(day: date, count: int) -> list[date]:
    """The known mistake: each anniversary made from the one before it."""
    found = [day]
    for _ in range(count):
        found.append(plus_months(found[-1], 1))
    return found


def test_a_chained_implementation_is_found_out() -> None:
    drifting = [day for day in STARTS if chained(day, 60) != [plus_months(day, number) for number in range(61)]]
    assert len(drifting) == 30  # 29th to 31st of every month but February's, which begins on its last


def test_the_31st_comes_back_after_february() -> None:
    anchor = Anchor(date(2025, 1, 31), "UTC")
    keys = [period_at("subscription", anchor, datetime(2025, month, 28, tzinfo=UTC)).key for month in range(2, 7)]
    assert keys == ["2025-02-28", "2025-02-28", "2025-03-31", "2025-04-30", "2025-05-31"]


def test_the_29th_of_february_comes_back_in_a_leap_year() -> None:
    anchor = Anchor(date(2024, 2, 29), "UTC")
    years = [period_at("subscription-year", anchor, datetime(year, 3, 1, tzinfo=UTC)).key for year in range(2024, 2029)]
    assert years == ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]


# B2 ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ZONES)
def test_periods_tile_five_years_in_every_zone(zone: str) -> None:
    for kind in TILED:
        for day in STARTS[::29] if FULL else (date(2024, 2, 29), date(2024, 10, 31)):
            check_tiling(kind, Anchor(day, zone))


def edges(zone: str) -> list[datetime]:
    """The instants in which clocks change there."""
    there, found, moment = ZoneInfo(zone), [], FIRST
    while moment < LAST:
        after = moment + timedelta(hours=1)
        if moment.astimezone(there).utcoffset() != after.astimezone(there).utcoffset():
            found.append(after)
        moment = after
    return found


def by_the_rules(day: date, zone: str) -> datetime:
    """The oracle: the first second of the neighbourhood whose date there has come, looked for one by one."""
    there = ZoneInfo(zone)
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=15)
    while moment.astimezone(there).date() < day:
        moment += timedelta(minutes=15)
    return moment


@pytest.mark.parametrize("zone", ZONES)
def test_an_event_in_each_hour_around_a_change_of_clocks_is_in_exactly_one_period(zone: str) -> None:
    anchor = Anchor(date(2024, 1, 31), zone)
    for edge in edges(zone):
        for minutes in range(-180, 181, 15):
            moment = edge + timedelta(minutes=minutes)
            for kind in TILED:
                here = period_at(kind, anchor, moment)
                assert here.start is not None
                assert here.end is not None
                assert here.holds(moment)
                before = period_at(kind, anchor, here.start - timedelta(seconds=1))
                after = period_at(kind, anchor, here.end)
                assert (before.end, after.start) == (here.start, here.end)
                assert not before.holds(moment)
                assert not after.holds(moment)


@pytest.mark.parametrize("zone", ZONES)
def test_days_begin_where_a_search_by_hand_finds_them(zone: str) -> None:
    around = {
        edge.astimezone(ZoneInfo(zone)).date() + timedelta(days=off) for edge in edges(zone) for off in (-1, 0, 1)
    }
    for day in around | {date(2026, 6, 1)}:
        assert start_of_day(day, zone) == by_the_rules(day, zone), day


def test_a_fixed_offset_is_found_out() -> None:
    wrong = skipped = 0
    for zone in ZONES:
        there = ZoneInfo(zone)
        offset = FIRST.astimezone(there).utcoffset()
        assert offset is not None
        for number in range(1827):
            day = date(2024, 1, 1) + timedelta(days=number)
            naive = datetime(day.year, day.month, day.day, tzinfo=timezone(offset)).astimezone(UTC)
            wrong += naive != start_of_day(day, zone)
            skipped += start_of_day(day, zone).astimezone(there).hour != 0
    assert wrong > 5_000
    assert skipped > 10  # midnights that are not there


def test_a_day_that_was_left_out_has_no_moment() -> None:
    """Apia went from the 29th to the 31st of December 2011."""
    anchor = Anchor(date(2011, 1, 1), "Pacific/Apia")
    last = period_at("day", anchor, datetime(2011, 12, 30, 9, 59, 59, tzinfo=UTC))
    next_one = period_at("day", anchor, datetime(2011, 12, 30, 10, 0, tzinfo=UTC))
    assert (last.key, next_one.key, last.end) == ("2011-12-29", "2011-12-31", next_one.start)


def test_a_midnight_inside_a_skipped_hour_is_the_jump() -> None:
    """Toronto's clocks went from 23:30 to 0:30 on 30 March 1919."""
    assert start_of_day(date(1919, 3, 31), "America/Toronto") == datetime(1919, 3, 31, 4, 30, tzinfo=UTC)


def test_a_midnight_that_comes_twice_is_the_first() -> None:
    """Clocks in St. John's went back from 0:01 to 23:01: the date went back, too."""
    anchor = Anchor(date(2009, 1, 1), "America/St_Johns")
    midnight = datetime(2009, 11, 1, 2, 30, tzinfo=UTC)
    assert start_of_day(date(2009, 11, 1), "America/St_Johns") == midnight
    again = period_at("day", anchor, midnight + timedelta(minutes=30))  # 23:30 once more
    assert (again.key, again.start) == ("2009-11-01", midnight)


# An anchor that changes ---------------------------------------------------------------------------------------------------


def _line(first: Anchor, changes: list[tuple[datetime, Anchor]]) -> list[Since]:
    return [Since(FIRST, first), *(Since(moment, anchor) for moment, anchor in sorted(changes, key=lambda c: c[0]))]


def _check_line(kind: str, line: list[Since], moment: datetime, hours: int) -> None:
    end = moment + timedelta(hours=hours)
    here = period_on(kind, line, moment)
    while moment < end:
        assert here.holds(moment), (kind, here, moment)
        assert here.start is not None
        assert here.end is not None
        assert period_on(kind, line, here.start) == here
        assert period_on(kind, line, here.end - timedelta(microseconds=1)) == here
        moment = here.end
        after = period_on(kind, line, moment)
        assert after.start == here.end
        here = after


@given(
    kind=st.sampled_from(TILED),
    first=anchors,
    changes=st.lists(st.tuples(moments.filter(lambda m: m > FIRST), anchors), max_size=4),
    moment=moments,
)
def test_time_is_tiled_whatever_anchors_come(
    kind: str, first: Anchor, changes: list[tuple[datetime, Anchor]], moment: datetime
) -> None:
    _check_line(kind, _line(first, changes), moment, 24 * 3)
    for since, _anchor in changes:
        _check_line(kind, _line(first, changes), since - timedelta(hours=30), 60)


@given(
    kind=st.sampled_from(TILED),
    day=st.sampled_from(STARTS),
    zones=st.lists(st.sampled_from(ZONES), max_size=5),
    at=st.data(),
)
def test_a_new_zone_begins_nothing_anew(kind: str, day: date, zones: list[str], at: st.DataObject) -> None:
    changes = sorted(at.draw(st.lists(moments.filter(lambda m: m > FIRST), min_size=len(zones), max_size=len(zones))))
    line = _line(Anchor(day, "UTC"), [(when, Anchor(day, zone)) for when, zone in zip(changes, zones, strict=True)])
    for when in changes:
        found = []
        moment = when - timedelta(days=3)
        while moment < when + timedelta(days=3):
            period = period_on(kind, line, moment)
            found.append(period.key)
            assert period.end is not None
            moment = period.end
        assert found == sorted(set(found))  # no name comes twice, so no allowance is given twice


@given(
    kind=st.sampled_from(TILED),
    first=anchors,
    changes=st.lists(st.tuples(moments, anchors), max_size=4),
    moment=moments,
)
def test_no_period_lasts_longer_than_is_said_of_its_kind(
    kind: str, first: Anchor, changes: list[tuple[datetime, Anchor]], moment: datetime
) -> None:
    longest = longest_of(kind)
    period = period_on(kind, _line(first, [each for each in changes if each[0] > FIRST]), moment)
    assert longest is not None
    assert period.start is not None
    assert moment - longest < period.start
    assert longest_of(STANDING) is None


def test_moving_west_lengthens_the_month_that_runs() -> None:
    rome, york = Anchor(date(2026, 1, 1), "Europe/Rome"), Anchor(date(2026, 1, 1), "America/New_York")
    at = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)  # December in Rome already, November still in New York
    line = [Since(FIRST, rome), Since(at, york)]
    december = period_on("month", line, at)
    assert december == Period(datetime(2026, 11, 30, 23, tzinfo=UTC), datetime(2027, 1, 1, 5, tzinfo=UTC), "2026-12")
    assert period_on("month", line, at - timedelta(minutes=1)) == december


def test_moving_east_ends_the_month_that_is_over_there() -> None:
    rome, york = Anchor(date(2026, 1, 1), "Europe/Rome"), Anchor(date(2026, 1, 1), "America/New_York")
    at = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
    line = [Since(FIRST, york), Since(at, rome)]
    assert period_on("month", line, at - timedelta(minutes=1)).end == at
    assert period_on("month", line, at) == Period(at, datetime(2026, 12, 31, 23, tzinfo=UTC), "2026-12")


def test_another_day_ends_what_runs_and_begins_anew() -> None:
    at = datetime(2026, 6, 20, 15, 0, tzinfo=UTC)
    line = [Since(FIRST, Anchor(date(2026, 1, 5), "UTC")), Since(at, Anchor(date(2026, 6, 20), "UTC"))]
    assert period_on("subscription", line, at - timedelta(seconds=1)) == Period(
        datetime(2026, 6, 5, tzinfo=UTC), at, "2026-06-05"
    )
    assert period_on("subscription", line, at) == Period(at, datetime(2026, 7, 20, tzinfo=UTC), "2026-06-20")
    assert period_on("month", line, at).key == "2026-06"
    assert period_on("month", line, at).start == datetime(2026, 6, 1, tzinfo=UTC)


def test_a_standing_amount_has_no_period() -> None:
    assert period_at(STANDING, Anchor(date(2026, 1, 1), "UTC"), FIRST) == Period(None, None, "standing")


def test_an_unknown_kind_is_none() -> None:
    with pytest.raises(KeyError):
        period_at("fortnight", Anchor(date(2026, 1, 1), "UTC"), FIRST)
    with pytest.raises(ValueError, match="always an anchor"):
        period_on("month", [], FIRST)

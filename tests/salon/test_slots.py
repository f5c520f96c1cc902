"""Free times: hours of a wall clock, moments that never move."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings.slots import Hours, free_times, moment, opening_of, slots_of

ROME = ZoneInfo("Europe/Rome")
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
#: On these days the clocks change; Lord Howe moves by half an hour, Santiago at midnight.
ODD_DAYS = [
    (ROME, date(2026, 3, 29)), (ROME, date(2026, 10, 25)), (ZoneInfo("Australia/Lord_Howe"), date(2026, 10, 4)),
    (ZoneInfo("Australia/Lord_Howe"), date(2026, 4, 5)), (ZoneInfo("America/Santiago"), date(2026, 9, 6)), (ROME, date(2026, 8, 3)),
]  # fmt: skip


def times(day: date, hours: list[Hours], zone: ZoneInfo = ROME, **more: int) -> list[str]:
    told = {"minutes": 60, "buffer": 0, "step": 60} | more
    found = free_times(day, hours, zone=zone, taken=set(), earliest=LONG_AGO, **told)
    return [f"{each.astimezone(zone):%H:%M%z}" for each in found]


def test_a_usual_day() -> None:
    assert times(date(2026, 8, 3), [Hours(540, 720), Hours(840, 960)]) == [
        "09:00+0200",
        "10:00+0200",
        "11:00+0200",
        "14:00+0200",
        "15:00+0200",
    ]


def test_in_spring_an_hour_is_not_offered_and_in_autumn_one_comes_twice() -> None:
    night = [Hours(60, 300)]
    assert times(date(2026, 3, 29), night) == ["01:00+0100", "03:00+0200", "04:00+0200"]
    assert times(date(2026, 10, 25), night) == ["01:00+0200", "02:00+0200", "02:00+0100", "03:00+0100", "04:00+0100"]


def test_a_time_that_is_skipped_is_the_moment_of_the_change() -> None:
    assert moment(date(2026, 3, 29), 150, ROME) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert moment(date(2026, 10, 25), 150, ROME, later=True) - moment(date(2026, 10, 25), 150, ROME) == timedelta(
        hours=1
    )
    assert moment(date(2026, 9, 6), 0, ZoneInfo("America/Santiago")) == datetime(2026, 9, 6, 4, tzinfo=UTC)


@pytest.mark.parametrize(("zone", "day"), ODD_DAYS)
@given(
    minutes=st.sampled_from([5, 25, 60, 90]),
    buffer=st.sampled_from([0, 10]),
    step=st.sampled_from([5, 15, 45]),
    data=st.data(),
)
def test_what_is_offered_lies_in_the_hours_hits_nothing_taken_and_never_repeats(
    zone: ZoneInfo, day: date, minutes: int, buffer: int, step: int, data: st.DataObject
) -> None:
    begin, end = moment(day, 0, zone), moment(day + timedelta(days=1), 0, zone)
    all_slots = list(slots_of(begin, end))
    taken = data.draw(st.sets(st.sampled_from(all_slots), max_size=40))
    hours = [Hours(0, 480), Hours(540, 1440)]
    found = free_times(day, hours, zone=zone, taken=taken, minutes=minutes, buffer=buffer, step=step, earliest=LONG_AGO)
    assert found == sorted(set(found))
    for each in found:
        assert begin <= each
        assert each + timedelta(minutes=minutes) <= end
        assert not set(slots_of(each, each + timedelta(minutes=minutes + buffer))) & taken


def test_an_exception_takes_the_place_of_the_weekday() -> None:
    weekly = {0: [Hours(540, 720)]}
    monday = date(2026, 8, 3)
    assert opening_of(monday, weekly, {}) == [Hours(540, 720)]
    assert opening_of(monday, weekly, {monday: []}) == []
    assert opening_of(date(2026, 8, 4), weekly, {date(2026, 8, 4): [Hours(600, 660)]}) == [Hours(600, 660)]
    assert opening_of(date(2026, 8, 4), weekly, {}) == []


def test_the_buffer_may_reach_beyond_the_closing_time_but_not_into_what_is_taken() -> None:
    day, hours = date(2026, 8, 3), [Hours(540, 660)]
    noon = moment(day, 660, ROME)
    assert times(day, hours, buffer=30) == ["09:00+0200", "10:00+0200"]
    found = free_times(
        day,
        hours,
        zone=ROME,
        taken=set(slots_of(noon, noon + timedelta(minutes=5))),
        minutes=60,
        buffer=30,
        step=60,
        earliest=LONG_AGO,
    )
    assert len(found) == 1


def test_nothing_is_offered_before_the_earliest_moment() -> None:
    day = date(2026, 8, 3)
    earliest = moment(day, 601, ROME)
    found = free_times(day, [Hours(540, 720)], zone=ROME, taken=set(), minutes=30, buffer=0, step=30, earliest=earliest)
    assert [f"{each.astimezone(ROME):%H:%M}" for each in found] == ["10:30", "11:00", "11:30"]

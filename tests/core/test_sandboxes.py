"""How far a clock may be moved, when a sandbox looks for what is due, and what a contract does by itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.contracts import MAINTENANCE, TERM, Contract
from sublet.core.sandboxes import (
    FARTHEST,
    LONGEST_MOVE,
    LOOKS,
    NIGHT,
    end_of,
    fault,
    group_of,
    looks,
    step,
    stretch,
    turns,
)

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ZONES = ("Europe/Rome", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati", "UTC")


@given(
    st.sets(st.sampled_from(ZONES), min_size=1),
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    st.timedeltas(timedelta(0), timedelta(days=40)),
)
def test_each_zone_is_looked_at_after_its_midnight_and_after_nine(
    zones: set[str], after: datetime, length: timedelta
) -> None:
    until = after + length
    told = dict(looks(zones, after=after, until=until))
    found = list(told)
    assert found == sorted(set(found))
    assert all(after < each <= until for each in found)
    for zone in zones:
        here = ZoneInfo(zone)
        day = after.astimezone(here).date()
        while day <= until.astimezone(here).date():
            for hour in LOOKS:
                due = datetime.combine(day, hour, tzinfo=here).astimezone(UTC)
                assert (due in found) == (after < due <= until)
                assert hour != NIGHT or due not in found or told[due]
            day += timedelta(days=1)


def test_a_look_after_midnight_is_in_an_hour_that_began_after_it() -> None:
    """The billing run reckons up to the full hour of UTC: in zones that are half an hour off that must be after midnight too."""
    for zone in ZONES:
        here = ZoneInfo(zone)
        for day in range(1, 29):
            midnight = datetime(2026, 3, day, tzinfo=here)
            look, is_night = next(looks([zone], after=midnight, until=midnight + timedelta(hours=3)))
            assert is_night
            assert look.replace(minute=0) > midnight


def test_steps_stay_on_the_clock_of_the_zone() -> None:
    saturday = datetime(2026, 3, 28, 9, 30, tzinfo=UTC)  # the night before Rome's clocks go forward
    assert step(saturday, "day", "Europe/Rome") == datetime(2026, 3, 29, 8, 30, tzinfo=UTC)
    assert step(saturday, "week", "Europe/Rome") == datetime(2026, 4, 4, 8, 30, tzinfo=UTC)
    assert step(datetime(2026, 1, 31, 9, 0, tzinfo=UTC), "month", "UTC") == datetime(2026, 2, 28, 9, 0, tzinfo=UTC)
    with pytest.raises(ValueError, match="year"):
        step(AT, "year", "UTC")
    assert end_of(date(2026, 7, 1), "Europe/Rome") == datetime(2026, 7, 1, 10, 0, tzinfo=UTC)


def test_a_clock_goes_forward_and_not_too_far() -> None:
    second = timedelta(seconds=1)
    assert fault(AT, AT, AT) == "past"
    assert fault(AT, AT - second, AT) == "past"
    assert fault(AT, AT + second, AT) is None
    assert fault(AT, AT + LONGEST_MOVE, AT) is None
    assert fault(AT, AT + LONGEST_MOVE + second, AT) == "far"
    late = AT + FARTHEST - second
    assert fault(late, late + second, AT) is None
    assert fault(late, late + 2 * second, AT) == "too-far"
    assert stretch(AT, AT + timedelta(days=40)) == AT + timedelta(days=31)
    assert stretch(AT, AT + timedelta(days=4)) == AT + timedelta(days=4)


def test_a_contract_renews_until_it_is_over() -> None:
    first, year = date(2026, 3, 1), date(2027, 4, 1)
    renewing = Contract("ctr_1", MAINTENANCE, "Care", first, 6, 6, 30)
    assert turns(renewing, after=date(2026, 2, 1), until=year) == [
        (date(2026, 9, 1), True), (date(2027, 3, 1), True),
    ]  # fmt: skip
    assert turns(renewing, after=date(2026, 9, 1), until=date(2027, 2, 28)) == []
    noticed = Contract("ctr_1", MAINTENANCE, "Care", first, 6, 6, 30, last_day=date(2027, 2, 28))
    assert turns(noticed, after=first, until=year) == [(date(2026, 9, 1), True), (date(2027, 3, 1), False)]
    ending = Contract("ctr_2", TERM, "Half a year", first, 6, 0, 0)
    assert turns(ending, after=first, until=year) == [(date(2026, 9, 1), False)]
    assert turns(ending, after=date(2026, 9, 1), until=year) == []
    assert turns(ending, after=date(2025, 1, 1), until=date(2026, 1, 1)) == []


@given(
    st.integers(1, 24), st.integers(0, 14), st.integers(0, 700), st.integers(0, 400), st.booleans()
)  # fmt: skip
def test_a_contract_turns_the_same_in_two_moves_as_in_one(
    months: int, renew: int, start: int, length: int, noticed: bool
) -> None:
    first = date(2026, 1, 31)
    contract = Contract("ctr_1", MAINTENANCE, "Care", first, months, renew, 0)
    if noticed:
        end = contract.end_after(first + timedelta(days=400))
        contract = Contract("ctr_1", MAINTENANCE, "Care", first, months, renew, 0, last_day=end)
    begin = first + timedelta(days=start)
    middle, end_day = begin + timedelta(days=length // 3), begin + timedelta(days=length)
    whole = list(turns(contract, after=begin, until=end_day))
    parts = [*turns(contract, after=begin, until=middle), *turns(contract, after=middle, until=end_day)]
    assert whole == parts
    assert all(contract.runs_on(day - timedelta(days=1)) and contract.runs_on(day) == renews for day, renews in whole)


def test_events_stand_under_their_heading() -> None:
    assert [group_of(each) for each in ("trial.ended", "dunning.paused", "sandbox.contract_over", "mail.sent")] == [
        "trial", "dunning", "contract", "other",
    ]  # fmt: skip

"""By which periods an account is charged: however often that changes, each day is paid once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sublet.core.bases import EITHER, BasisRule, BasisSince, bases_of, basis_at, by_basis, deciding, rule_at
from sublet.core.charging import Charge, Facts, PlanHeld, Span, charges
from sublet.core.periods import Anchor, Since, start_of_day
from sublet.core.proration import ANNIVERSARY, CALENDAR, day_on, period_of
from sublet.core.subscription import END, PAUSE, TAKE, Agreement, Phase, Turn
from tests.core.test_charging import accounts, instants
from tests.core.test_charging_calendar import LONG_AGO, MONTHS, PRICES, local
from tests.core.test_periods import SOME_STARTS, ZONES
from tests.oracle.accounts import BEGIN
from tests.oracle.accounts import END as LAST
from tests.oracle.calculator import reckoned

ROME = "Europe/Rome"
FAR = LAST + timedelta(days=400)
bases = st.lists(st.tuples(instants, st.sampled_from((ANNIVERSARY, CALENDAR))), max_size=5).map(
    lambda found: tuple(BasisSince(since, basis) for since, basis in sorted(found))
)


def rome(month: int, day: int, hour: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=ZoneInfo(ROME)).astimezone(UTC)


def charged_by(known: Facts, found: Sequence[BasisSince]) -> Facts:
    return replace(known, line=by_basis(known.line, found))


def one_of(day: date, zone: str, interval: str) -> Facts:
    """On one plan from the noon of that day on, its periods from that day."""
    line = (Since(LONG_AGO, Anchor(day, zone)),)
    return Facts(line, PRICES, (PlanHeld(local(day, zone), None, "basic", 1, interval),))


def told(known: Facts, until: datetime) -> list[tuple[str, int, int | None]]:
    found = charges(known, until=until)
    return [(charge.key.partition(":plan.basic.1:")[0] + f" {charge.first_day}", charge.days, charge.list_minor)
            for charge in found]  # fmt: skip


# Worked by hand -------------------------------------------------------------------------------------------------------


def test_from_the_17th_to_the_calendar_on_the_5th_as_reckoned_by_hand() -> None:
    """29.00 a month: of 17 Nov – 16 Dec twelve of thirty days are given back, of December 27 of 31 are paid."""
    known = charged_by(one_of(date(2026, 11, 17), ROME, "month"), [BasisSince(rome(12, 5), CALENDAR)])
    assert sorted(told(known, rome(1, 2, year=2027))) == [
        ("base 2026-11-17", 30, 2900),
        ("base 2026-12-05", 27, 2526),  # 29.00 × 27/31 = 25.258…
        ("base 2027-01-01", 31, 2900),
        ("credit:base 2026-12-05", 12, -1160),  # 29.00 × 12/30
    ]


def test_at_the_end_of_the_period_nothing_is_given_back() -> None:
    known = charged_by(one_of(date(2026, 11, 17), ROME, "month"), [BasisSince(rome(12, 17), CALENDAR)])
    assert told(known, rome(1, 2, year=2027)) == [
        ("base 2026-11-17", 30, 2900),
        ("base 2026-12-17", 15, 1403),  # 29.00 × 15/31 = 14.032…
        ("base 2027-01-01", 31, 2900),
    ]


def test_back_from_the_calendar_the_anniversaries_are_those_of_before() -> None:
    found = [BasisSince(rome(12, 17), CALENDAR), BasisSince(rome(1, 1, year=2027), ANNIVERSARY)]
    known = charged_by(one_of(date(2026, 11, 17), ROME, "month"), found)
    assert told(known, rome(1, 18, year=2027))[2:] == [
        ("base 2027-01-01", 16, 1497),  # of 17 Dec – 16 Jan: 29.00 × 16/31 = 14.967…
        ("base 2027-01-17", 31, 2900),
    ]


def test_there_and_back_on_one_day_costs_nothing() -> None:
    known = one_of(date(2026, 11, 17), ROME, "month")
    plain = sum(charge.list_minor or 0 for charge in charges(known, until=rome(1, 10, year=2027)))
    there = charged_by(known, [BasisSince(rome(12, 5, 9), CALENDAR), BasisSince(rome(12, 5, 11), ANNIVERSARY)])
    found = charges(there, until=rome(1, 10, year=2027))
    assert sum(charge.list_minor or 0 for charge in found) == plain
    assert len({charge.key for charge in found}) == len(found)
    # Positive control: a day later it does cost something.
    late = charged_by(known, [BasisSince(rome(12, 5, 9), CALENDAR), BasisSince(rome(12, 6, 11), ANNIVERSARY)])
    assert sum(charge.list_minor or 0 for charge in charges(late, until=rome(1, 10, year=2027))) != plain


def test_quarters_and_years_that_were_paid_ahead_as_reckoned_by_hand() -> None:
    """80.00 a quarter of 92 days, 290.00 a year of 365."""
    quarter = charged_by(one_of(date(2026, 11, 17), ROME, "quarter"), [BasisSince(rome(12, 5), CALENDAR)])
    assert sorted(told(quarter, rome(1, 2, year=2027))) == [
        ("base 2026-11-17", 92, 8000),
        ("base 2026-12-05", 27, 2348),  # 80.00 × 27/92 of October – December
        ("base 2027-01-01", 90, 8000),
        ("credit:base 2026-12-05", 74, -6435),  # 80.00 × 74/92
    ]
    year = charged_by(one_of(date(2026, 11, 17), ROME, "year"), [BasisSince(rome(3, 1, year=2027), CALENDAR)])
    assert sorted(told(year, rome(1, 2, year=2028))) == [
        ("base 2026-11-17", 365, 29_000),
        ("base 2027-03-01", 306, 24_312),  # 290.00 × 306/365
        ("base 2028-01-01", 366, 29_000),
        ("credit:base 2027-03-01", 261, -20_737),  # 290.00 × 261/365
    ]


def test_an_upgrade_within_a_calendar_month_as_reckoned_by_hand() -> None:
    known = charged_by(one_of(date(2027, 1, 1), ROME, "month"), [BasisSince(LONG_AGO, CALENDAR)])
    (held,) = known.plans
    at = rome(1, 16, 15, year=2027)
    known = replace(known, plans=(replace(held, ends=at), replace(held, starts=at, plan="large")))
    found = charges(known, until=rome(2, 2, year=2027))
    assert [(each.item, each.first_day.isoformat(), each.days, each.of_days, each.list_minor) for each in found] == [
        ("basic", "2027-01-01", 31, 31, 2900),
        ("large", "2027-01-16", 16, 31, 2994),  # 58.00 × 16/31
        ("basic", "2027-01-16", 16, 31, -1497),  # 29.00 × 16/31 given back
        ("large", "2027-02-01", 28, 28, 5800),
    ]


def test_after_a_trial_the_rest_of_the_month_is_paid() -> None:
    known = charged_by(one_of(date(2027, 1, 6), ROME, "month"), [BasisSince(LONG_AGO, CALENDAR)])
    known = replace(known, free=(Span(known.plans[0].starts, rome(1, 20, 12, year=2027)),))
    assert told(known, rome(2, 2, year=2027)) == [("base 2027-01-20", 12, 1123), ("base 2027-02-01", 28, 2900)]
    # A change within the trial costs nothing and gives nothing back.
    known = replace(one_of(date(2027, 1, 6), ROME, "month"), free=known.free)
    assert told(charged_by(known, [BasisSince(rome(1, 9, year=2027), CALENDAR)]), rome(2, 2, year=2027)) == [
        ("base 2027-01-20", 12, 1123),
        ("base 2027-02-01", 28, 2900),
    ]


# Laws -----------------------------------------------------------------------------------------------------------------


def days_paid(found: Sequence[Charge]) -> dict[date, int]:
    """Day → how often it is charged, less how often it is given back."""
    paid: dict[date, int] = {}
    for charge in found:
        for number in range((charge.last_day - charge.first_day).days + 1):
            day = charge.first_day + timedelta(days=number)
            paid[day] = paid.get(day, 0) + (-1 if charge.credits else 1)
    return paid


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("interval", MONTHS)
def test_no_day_is_paid_twice_and_none_is_left_out(zone: str, interval: str) -> None:
    """From every start day, with changes at once and at the beginning of days, among them those on which clocks change."""
    random = Random(f"{zone}{interval}")
    until = datetime(2029, 1, 1, tzinfo=UTC)
    changed = 0
    for start in SOME_STARTS:
        known = one_of(start, zone, interval)
        basis, found = ANNIVERSARY, []
        at = local(start, zone)
        for _ in range(random.randrange(1, 6)):
            basis = CALENDAR if basis == ANNIVERSARY else ANNIVERSARY
            day = start + timedelta(days=random.randrange(0, 700))
            moment = start_of_day(day, zone) if random.random() < 0.5 else local(day, zone, random.randrange(24))
            if moment > at:
                found.append(BasisSince(moment, basis))
        found.sort(key=lambda each: each.since)
        line = charged_by(known, found)
        made = charges(line, until=until)
        paid = days_paid(made)
        # All are paid once from the first on, also those of the period that runs at the end.
        assert set(paid.values()) <= {0, 1}
        held = [day for day, number in sorted(paid.items()) if number]
        assert held[0] == start
        assert all(after - before == timedelta(days=1) for before, after in pairwise(held))
        assert len({charge.key for charge in made}) == len(made)
        changed += len(line.line) > 1
        # From the last change on the periods are those of the basis that holds.
        last = found[-1] if found else None
        if last is not None and basis_at(found, until) == CALENDAR:
            begun = day_on(line.line, last.since)
            for charge in made:
                if not charge.credits and charge.first_day > begun:
                    assert charge.first_day == period_of(CALENDAR, interval, start, charge.first_day).first
    assert changed > len(SOME_STARTS) // 2


@settings(deadline=None, max_examples=200)
@given(known=accounts)
def test_by_the_calendar_from_ever_is_what_the_calendar_charges(known: Facts) -> None:
    found = charged_by(known, [BasisSince(known.line[0].since, CALENDAR)])
    assert charges(found, until=FAR) == charges(replace(known, basis=CALENDAR), until=FAR)


@settings(deadline=None, max_examples=200)
@given(known=accounts, found=bases, cuts=st.lists(instants, max_size=3))
def test_a_window_that_is_cut_gives_what_it_gives_whole(
    known: Facts, found: tuple[BasisSince, ...], cuts: list[datetime]
) -> None:
    known = replace(charged_by(known, found), usage=())
    whole = {charge.key: charge for charge in charges(known, until=FAR)}
    edges = sorted({BEGIN - timedelta(days=500), *cuts, FAR})
    pieces: dict[str, Charge] = {}
    for since, until in pairwise(edges):
        pieces |= {charge.key: charge for charge in charges(known, since=since, until=until)}
    assert pieces == whole


@settings(deadline=None, max_examples=200)
@given(known=accounts, found=bases, at=instants, later=bases)
def test_what_is_said_later_changes_nothing_that_was_due(
    known: Facts, found: tuple[BasisSince, ...], at: datetime, later: tuple[BasisSince, ...]
) -> None:
    before = [each for each in found if each.since < at]
    after = [*before, *(each for each in later if each.since >= at)]
    assert charges(charged_by(known, after), until=at) == charges(charged_by(known, before), until=at)


@settings(deadline=None, max_examples=60)
@given(known=accounts, found=bases)
def test_the_second_calculator_agrees(known: Facts, found: tuple[BasisSince, ...]) -> None:
    known = replace(known, basis=ANNIVERSARY)
    until = LAST + timedelta(days=40)
    rows = reckoned(known, until, [(each.since, each.basis) for each in found])
    ours = sorted(charge.list_minor for charge in charges(charged_by(known, found), until=until) if charge.list_minor)
    assert sorted(row[4] for row in rows if row[0] == "list") == ours


@pytest.mark.parametrize("interval", MONTHS)
def test_a_change_is_an_upgrade_on_that_day(interval: str) -> None:
    """It gives back what an upgrade gives back, and charges what the plan costs by the calendar whoever takes it then."""
    tried = 0
    for start in SOME_STARTS:
        day = start + timedelta(days=47)
        at = local(day, ROME, 15)
        known = one_of(start, ROME, interval)
        (held,) = known.plans
        upgrade = replace(known, plans=(replace(held, ends=at), replace(held, starts=at, plan="large")))
        fresh = replace(known, plans=(replace(held, starts=at),), basis=CALENDAR)
        until = at + timedelta(microseconds=1)
        changed = charges(charged_by(known, [BasisSince(at, CALENDAR)]), since=at, until=until)
        as_upgrade = charges(upgrade, since=at, until=until)
        given_back = [each.list_minor for each in changed if each.credits]
        assert given_back == [each.list_minor for each in as_upgrade if each.credits]
        assert [each.list_minor for each in changed if not each.credits] == [
            each.list_minor for each in charges(fresh, since=at, until=until)
        ]
        tried += bool(given_back)
    assert tried


def test_the_first_part_is_by_whole_days_of_the_month() -> None:
    for day in range(1, 32):
        known = charged_by(one_of(date(2027, 1, day), ROME, "month"), [BasisSince(LONG_AGO, CALENDAR)])
        first = charges(known, until=rome(2, 1, year=2027))[0]
        part = Fraction(32 - day, 31)
        assert (first.days, first.of_days) == (32 - day, 31)
        assert first.list_minor == int(2900 * part + Fraction(1, 2))


# Who says it ----------------------------------------------------------------------------------------------------------


def phases(*turns: tuple[datetime, str, str]) -> tuple[Phase, ...]:
    made = [Turn(at, kind, plan, 1 if plan else 0, f"chg_{number}") for number, (at, kind, plan) in enumerate(turns)]
    return Agreement.of(rome(1, 1), made).phases()


def begins(day: date) -> datetime:
    return start_of_day(day, ROME)


def test_nobody_has_said_anything() -> None:
    assert bases_of(phases((rome(2, 3), TAKE, "small")), (), (), begins) == ()
    assert basis_at((), rome(2, 3)) == ANNIVERSARY
    assert by_basis((Since(LONG_AGO, Anchor(date(2026, 2, 3), ROME)),), ()) == (
        Since(LONG_AGO, Anchor(date(2026, 2, 3), ROME)),
    )


def test_what_is_chosen_holds_where_the_vendor_leaves_it_open() -> None:
    held = phases((rome(2, 3), TAKE, "small"))
    chosen = (BasisSince(rome(3, 1), CALENDAR), BasisSince(rome(6, 1), ANNIVERSARY))
    assert bases_of(held, chosen, (), begins) == chosen
    rules = (BasisRule("small", date(2026, 4, 1), CALENDAR), BasisRule("small", date(2026, 8, 1), EITHER))
    assert bases_of(held, chosen, rules, begins) == (
        BasisSince(rome(3, 1), CALENDAR),
        BasisSince(rome(8, 1), ANNIVERSARY),
    )


def test_a_rule_is_about_its_plan_alone() -> None:
    held = phases((rome(2, 3), TAKE, "small"), (rome(5, 7, 10), TAKE, "large"), (rome(9, 2), TAKE, "small"))
    rules = (BasisRule("large", date(2026, 1, 1), CALENDAR),)
    assert bases_of(held, (), rules, begins) == (
        BasisSince(rome(5, 7, 10), CALENDAR),
        BasisSince(rome(9, 2), ANNIVERSARY),
    )


def test_a_rule_goes_on_while_a_plan_rests_and_after_its_end() -> None:
    held = phases((rome(2, 3), TAKE, "large"), (rome(3, 3), PAUSE, ""), (rome(5, 3), END, ""))
    rules = (BasisRule("large", date(2026, 1, 1), CALENDAR),)
    assert bases_of(held, (), rules, begins) == (BasisSince(rome(2, 3), CALENDAR),)
    assert [deciding(held, rome(1, 5)), deciding(held, rome(4, 1)), deciding(held, rome(6, 1))] == [
        "",
        "large",
        "large",
    ]


def test_of_two_words_for_one_instant_the_later_holds() -> None:
    held = phases((rome(2, 3), TAKE, "small"))
    twice = (BasisSince(rome(3, 1), CALENDAR), BasisSince(rome(3, 1), ANNIVERSARY))
    assert bases_of(held, twice, (), begins) == ()
    assert bases_of(held, twice[::-1], (), begins) == (BasisSince(rome(3, 1), CALENDAR),)
    rules = (BasisRule("small", date(2026, 3, 1), CALENDAR), BasisRule("small", date(2026, 3, 1), EITHER))
    assert rule_at(rules, "small", date(2026, 3, 1)) == EITHER
    assert rule_at(rules, "small", date(2026, 2, 28)) == EITHER
    assert rule_at(rules[:1], "small", date(2026, 3, 1)) == CALENDAR


def test_zones_stay_and_anchors_of_plans_taken_anew_move_nothing() -> None:
    line = (
        Since(LONG_AGO, Anchor(date(2026, 1, 9), ROME)),
        Since(rome(4, 9), Anchor(date(2026, 4, 9), ROME)),
        Since(rome(6, 1), Anchor(date(2026, 4, 9), "Asia/Kathmandu")),
    )
    found = by_basis(line, (BasisSince(rome(3, 1), CALENDAR), BasisSince(rome(7, 1), ANNIVERSARY)))
    assert [(each.since, each.anchor.day, each.anchor.zone) for each in found] == [
        (LONG_AGO, date(2026, 1, 9), ROME),
        (rome(3, 1), date(2000, 1, 1), ROME),
        (rome(6, 1), date(2000, 1, 1), "Asia/Kathmandu"),
        (rome(7, 1), date(2026, 4, 9), "Asia/Kathmandu"),
    ]

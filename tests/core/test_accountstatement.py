"""How a balance came about: the law of a statement, and what each thing that happens to money does to it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core import ledger
from sublet.core.accountstatement import (
    DOCUMENTS,
    KINDS,
    Movement,
    effect_of,
    kind_of,
    moved_at,
    running,
    sums_of,
    year_around,
)
from sublet.core.proration import day_of

minors = st.integers(-(10**12), 10**12)
movements = st.lists(st.builds(Movement, st.sampled_from(KINDS), minors), max_size=40)


@given(opening=minors, told=movements)
def test_opening_and_what_moved_is_the_closing_balance(opening: int, told: list[Movement]) -> None:
    sums = sums_of(opening, told)
    assert sums.closing == opening + sum(each.effect for each in told)
    assert sums.closing == opening + sums.charged - sums.paid
    assert [opening, *running(opening, told)][-1] == sums.closing
    assert all(each.charged - each.paid == each.effect for each in told)
    assert not [each for each in told if each.charged and each.kind not in DOCUMENTS]


@given(opening=minors, told=movements, data=st.data())
def test_the_closing_of_a_period_is_the_opening_of_the_next(
    opening: int, told: list[Movement], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(told)))
    first = sums_of(opening, told[:place])
    second = sums_of(first.closing, told[place:])
    assert second.closing == sums_of(opening, told).closing
    assert (*running(opening, told[:place]), *running(first.closing, told[place:])) == running(opening, told)


@given(minor=minors, other=minors, fees=minors)
def test_what_each_thing_does_to_the_balance(minor: int, other: int, fees: int) -> None:
    book, currency = "retail", "EUR"
    for posted, effect in (
        (ledger.charge(book, minor, currency), 0),  # owed on no invoice yet
        (ledger.discount(book, minor, currency), 0),
        (ledger.invoice(book, minor, other, currency), minor + other),
        (ledger.credit(book, minor, other, currency), -minor - other),
        (ledger.payment(book, minor, currency, fees=fees, prepaid=other), -minor),
        (ledger.from_prepaid(book, minor, currency), 0),
        (ledger.refund(book, minor, currency, prepaid=other), minor),
        (ledger.dispute(book, minor, currency), 0),
        (ledger.dispute_lost(book, minor, currency, prepaid=other), minor),
    ):
        assert effect_of(posted) == effect
        assert effect_of(ledger.reversed_entry(posted)) == -effect


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("invoice:inv_1", "invoice"),
        ("credit:inv_2", "credit"),
        ("payment:pay_1", "payment"),
        ("bank:bpy_1", "payment"),
        ("bank:bpy_1:back", "taken-back"),
        ("prepaid:inv_1:2", "prepaid-used"),
        ("refund:ref_1", "refund"),
        ("refund:ref_1:failed", "refund-failed"),
        ("dispute:dsp_1:open", "dispute"),
        ("dispute:dsp_1:won", "dispute-won"),
        ("dispute:dsp_1:lost", "dispute-lost"),
        ("collected:pay_1", "collected"),
        ("netted:pyo_1:inv_1", "netted"),
        ("payout:pyo_1", "payout"),
        ("of another time", "adjustment"),
    ],
)
def test_an_entry_says_what_it_is_by_its_key(key: str, kind: str) -> None:
    assert kind_of(key) == kind


@pytest.mark.parametrize(
    ("first", "before", "told"),
    [
        (None, None, ("2026-01-01", "2027-01-01")),
        (None, "2024-01-01", ("2023-01-01", "2024-01-01")),
        (None, "2024-03-05", ("2024-01-01", "2024-03-05")),
        ("2019-07-01", None, ("2019-07-01", "2027-01-01")),
        ("2028-07-01", None, ("2028-07-01", "2029-01-01")),
        ("2025-01-01", "2025-02-01", ("2025-01-01", "2025-02-01")),
    ],
)
def test_without_days_it_is_the_running_year(first: str | None, before: str | None, told: tuple[str, str]) -> None:
    begins, ends = (None if each is None else date.fromisoformat(each) for each in (first, before))
    assert tuple(each.isoformat() for each in year_around(begins, ends, date(2026, 11, 30))) == told


@given(
    st.dates(date(2000, 1, 1), date(2060, 1, 1)),
    st.sampled_from(("Europe/Rome", "Asia/Tokyo", "America/New_York", "Asia/Kolkata")),
    st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)),
)
def test_what_moved_at_the_bank_stands_on_its_day_and_never_later_than_it_is_known(
    day: date, zone: str, known: datetime
) -> None:
    moved = moved_at(day, zone, known)
    assert moved <= known
    assert day_of(moved, zone) == min(day, day_of(known, zone))

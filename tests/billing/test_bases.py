"""A plan that is charged by the calendar, in both books (docs/howto/billing.md has the same figures)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from sublet.billing.models import LedgerEntry
from sublet.foundation.scope import platform_scope
from sublet.subscriptions.operations import choose_basis, rule_basis
from tests.billing.selling import TAKEN, day, entries, furnish, marks_up, run, texts
from tests.people import World


@pytest.fixture
def billed(world: World) -> World:
    """Carl is on `medium` (24.00) since 17 March; Rosa asks half as much again."""
    furnish(world)
    marks_up(world.rosa)
    return world


def keys(book: str) -> list[tuple[str, int]]:
    return [(key.replace("base:plan.medium.1:", ""), minor) for key, minor in entries(book)]


def test_a_change_in_the_middle_is_credited_and_charged_in_both_books(billed: World) -> None:
    run(day("2026-04-02"))
    with billed.scope("rosa") as rosa:
        choose_basis(ref=billed.carl.ref, basis="calendar", actor=rosa, at=datetime(2026, 4, 6, 10, tzinfo=UTC))
    run(day("2026-05-02"))
    wholesale = sorted(keys("wholesale"))
    # 24.00 × 11/31 of 17 March – 16 April given back, 24.00 × 25/30 of April paid.
    assert wholesale == [
        ("2026-03-17/2026-04-17", 2400),
        ("2026-04-06/2026-05-01~2", 2000),  # at ten o'clock: the plan is held a second time on that day
        ("2026-05-01/2026-06-01", 2400),
        ("credit:2026-04-06/2026-04-17", -852),
    ]
    assert sorted(keys("retail")) == [
        ("2026-03-17/2026-04-17", 3600),
        ("2026-04-06/2026-05-01~2", 3000),
        ("2026-05-01/2026-06-01", 3600),
        ("credit:2026-04-06/2026-04-17", -1277),
    ]
    run(day("2026-05-02"))  # a second time
    assert sorted(keys("wholesale")) == wholesale


def test_what_is_included_is_given_once_however_the_plan_is_charged(billed: World) -> None:
    """200 messages a period of the meter, from the 17th: a change within it does not begin it anew."""
    texts(billed, 100, at=day("2026-03-20"))
    with billed.scope("rosa") as rosa:
        choose_basis(ref=billed.carl.ref, basis="calendar", actor=rosa, at=datetime(2026, 4, 6, 10, tzinfo=UTC))
    texts(billed, 130, at=day("2026-04-10"), name="later")
    run(day("2026-05-02"))
    assert [pair for pair in entries() if "overage" in pair[0]] == [("overage:text_messages:2026-03-17", 270)]


def test_the_vendors_word_is_one_for_both_books(billed: World) -> None:
    with billed.scope("vera") as vera:
        rule_basis(plan="medium", basis="calendar", first_day=date(2026, 4, 1), actor=vera, at=TAKEN)
    run(day("2026-04-02"))
    days = {}
    with platform_scope("test"):
        for book in ("wholesale", "retail"):
            rows = LedgerEntry.objects.filter(book=book, kind="charge")
            days[book] = sorted(rows.values_list("key", flat=True))
    assert days["wholesale"] == days["retail"]
    assert [key.rpartition(":")[2] for key in days["wholesale"]] == [
        "2026-03-17/2026-04-17", "2026-04-01/2026-05-01", "2026-04-01/2026-04-17",
    ]  # fmt: skip

"""What a reseller has promised to spend at least: whole days, parts of the sum, and what is missing."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from sublet.core.promised import Promise, Stretch, stretches
from tests.oracle.calculator import missing_to_promises

ROME = "Europe/Rome"
Word = tuple[date, int | None, str]


def rome(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ROME))


def promised(*said: tuple[str, int | None, str], until: str, ended: str = "") -> list[tuple[str, int, int, int]]:
    words = [Promise(rome(since), minor, "EUR", interval) for since, minor, interval in said]
    found = stretches(words, zone=ROME, until=rome(until), ended=rome(ended) if ended else None)
    return [(str(each.days), each.days.count, each.of_days, each.minor) for each in found]


def test_a_sum_is_promised_for_each_month_and_for_a_part_of_one_in_part() -> None:
    assert promised(("2026-11-11 00:00", 30000, "month"), until="2027-01-02 00:00") == [
        ("2026-11-11/2026-12-01", 20, 30, 20000),
        ("2026-12-01/2027-01-01", 31, 31, 30000),
    ]
    assert promised(("2026-11-11 00:00", 30000, "quarter"), until="2027-01-02 00:00") == [
        ("2026-11-11/2027-01-01", 51, 92, 16630),
    ]


def test_it_is_due_when_its_days_are_over_where_the_reseller_is() -> None:
    word = Promise(rome("2026-11-01 00:00"), 30000, "EUR", "month")
    [one] = stretches([word], zone=ROME, until=rome("2026-12-01 00:01"))
    assert one.due == datetime(2026, 11, 30, 23, tzinfo=UTC)
    assert list(stretches([word], zone=ROME, until=one.due)) == []


def test_another_sum_begins_on_its_day_and_none_ends_it() -> None:
    said = (
        ("2026-11-01 00:00", 30000, "month"),
        ("2026-11-16 09:00", 60000, "month"),
        ("2026-12-11 00:00", None, "month"),
    )
    assert promised(*said, until="2027-03-01 00:00") == [
        ("2026-11-01/2026-11-16", 15, 30, 15000),
        ("2026-11-16/2026-12-01", 15, 30, 30000),
        ("2026-12-01/2026-12-11", 10, 31, 19355),
    ]


def test_a_closed_account_has_promised_up_to_the_day_of_closing_inclusive() -> None:
    said = ("2026-11-01 00:00", 30000, "month")
    assert promised(said, until="2027-03-01 00:00", ended="2026-11-15 10:00") == [
        ("2026-11-01/2026-11-16", 15, 30, 15000)
    ]


def test_who_spends_it_owes_nothing_more_and_one_less_owes_one() -> None:
    [one] = stretches(
        [Promise(rome("2026-11-01 00:00"), 30000, "EUR", "month")], zone=ROME, until=rome("2026-12-02 00:00")
    )
    assert [one.missing(spent) for spent in (0, 29999, 30000, 30001)] == [30000, 1, 0, 0]
    assert one.missing(-500) == 30500  # more was given back than was asked


_DAYS = st.dates(date(2025, 1, 1), date(2026, 12, 31))
_WORDS = st.lists(
    st.tuples(_DAYS, st.none() | st.integers(1, 10**6), st.sampled_from(["month", "quarter", "year"])),
    min_size=1, max_size=5, unique_by=lambda word: word[0],
)  # fmt: skip


def found_of(words: list[Word], until: date) -> list[Stretch]:
    said = [
        Promise(datetime.combine(day, time(7), ZoneInfo(ROME)), minor, "EUR", interval)
        for day, minor, interval in words
    ]
    return list(stretches(said, zone=ROME, until=datetime.combine(until, time(), ZoneInfo(ROME))))


@given(words=_WORDS, spent=st.dictionaries(_DAYS, st.integers(-1000, 10**6), max_size=20), random=st.randoms())
def test_two_calculators_agree_and_the_order_of_words_does_not_matter(
    words: list[Word], spent: dict[date, int], random: object
) -> None:
    until = date(2027, 2, 1)
    words.sort()
    mixed = [*words]
    random.shuffle(mixed)  # type: ignore[attr-defined]  # of hypothesis
    ours = [
        (each.days.first, each.days.next, each.minor, each.missing(
            sum(minor for day, minor in spent.items() if each.days.first <= day < each.days.next)
        ))
        for each in found_of(mixed, until)
    ]  # fmt: skip
    assert ours == missing_to_promises(words, spent, until)


@given(words=_WORDS, first=_DAYS, more=st.integers(0, 400))
def test_looking_again_later_adds_and_changes_nothing_and_no_day_is_promised_twice(
    words: list[Word], first: date, more: int
) -> None:
    before, after = found_of(words, first), found_of(words, first + timedelta(days=more))
    assert after[: len(before)] == before
    for one, other in pairwise(after):
        assert one.days.next <= other.days.first

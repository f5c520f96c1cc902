"""The laws of trials (`sublet.core.trials`)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.trials import (
    MORNING,
    days_left,
    identities,
    own_domain,
    reminders,
    same_address,
    trial_end,
)

ZONES = (
    "UTC", "Europe/Rome", "Europe/Tirane", "Europe/Amsterdam", "Europe/Lisbon", "America/Sao_Paulo", "America/New_York",
    "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham", "Africa/Casablanca", "America/Havana",
)  # fmt: skip
moments = st.datetimes(datetime(2009, 1, 1), datetime(2031, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))


def local(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@given(moments, st.integers(1, 366), st.sampled_from(ZONES))
def test_a_trial_ends_so_many_days_later_at_the_same_time_on_the_clock(started: datetime, days: int, zone: str) -> None:
    ends = trial_end(started, days, zone)
    wanted = local(started, zone) + timedelta(days=days)
    if local(ends, zone) != wanted:  # only where the clock leaves that time out, and then it is moved on
        gap = local(ends, zone) - wanted
        assert timedelta(0) < gap <= timedelta(days=1)  # Samoa left out a whole day
        assert ZoneInfo(zone).utcoffset(wanted.replace(fold=0)) != ZoneInfo(zone).utcoffset(wanted.replace(fold=1))
    assert abs((ends - started) - timedelta(days=days)) <= timedelta(days=1)


@pytest.mark.parametrize(
    ("started", "days", "ends"),
    [
        # Rome puts the clock forward on 29 March 2026: the seven days are an hour shorter.
        ("2026-03-25T09:30+01:00", 7, "2026-04-01T09:30+02:00"),
        # … and back on 25 October: an hour longer.
        ("2026-10-20T09:30+02:00", 7, "2026-10-27T09:30+01:00"),
        # 02:30 is left out on the 29th: an hour later, 03:30 summer time.
        ("2026-03-22T02:30+01:00", 7, "2026-03-29T03:30+02:00"),
        # 02:30 comes twice on 25 October: the first.
        ("2026-10-18T02:30+02:00", 7, "2026-10-25T02:30+02:00"),
        # Begun in the second 02:30, a week before nothing comes twice.
        ("2026-10-25T02:30+01:00", 7, "2026-11-01T02:30+01:00"),
    ],
)
def test_a_trial_over_a_change_of_the_clock(started: str, days: int, ends: str) -> None:
    found = trial_end(datetime.fromisoformat(started), days, "Europe/Rome")
    assert found == datetime.fromisoformat(ends)


@given(moments, st.integers(1, 60), st.lists(st.integers(0, 70), max_size=10), st.sampled_from(ZONES))
def test_reminders_lie_within_the_trial_in_order_each_once(
    started: datetime, days: int, before: list[int], zone: str
) -> None:
    ends = trial_end(started, days, zone)
    found = reminders(started, ends, before, zone)
    assert list(found) == sorted(set(found))
    assert all(started < each < ends for each in found)
    assert all(local(each, zone).time() == MORNING for each in found)


def test_reminders_come_in_the_morning_of_their_days() -> None:
    started = datetime.fromisoformat("2026-03-25T15:00+01:00")
    ends = trial_end(started, 7, "Europe/Rome")
    found = reminders(started, ends, (3, 1, 0, 30), "Europe/Rome")
    assert [each.astimezone(ZoneInfo("Europe/Rome")).isoformat() for each in found] == [
        "2026-03-29T09:00:00+02:00",
        "2026-03-31T09:00:00+02:00",
        "2026-04-01T09:00:00+02:00",  # on the day itself, as it ends at three
    ]


def test_a_reminder_of_the_last_day_comes_the_morning_before_when_the_end_is_earlier() -> None:
    started = datetime.fromisoformat("2026-03-25T07:00+01:00")
    ends = trial_end(started, 7, "Europe/Rome")
    (found,) = reminders(started, ends, (0,), "Europe/Rome")
    assert found.isoformat() == "2026-03-31T07:00:00+00:00"


def test_days_left_go_by_the_calendar() -> None:
    ends = datetime.fromisoformat("2026-04-01T09:30+02:00")
    at = ("2026-03-25T09:30+01:00", "2026-03-31T23:59+02:00", "2026-04-01T00:00+02:00", "2026-05-01T00:00+02:00")
    assert [days_left(ends, datetime.fromisoformat(each), "Europe/Rome") for each in at] == [7, 1, 0, 0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Chiara@Example.com", "chiara@example.COM"),
        ("chiara+second@example.com", " chiara@example.com "),
        ("chi.ara@gmail.com", "chiara+x@googlemail.com"),
    ],
)
def test_an_address_is_remembered_however_it_is_written(one: str, other: str) -> None:
    def remembered(email: str) -> object:
        return identities(once_for=("email",), account="acc_1", emails=[email], cards=(), key=b"k")

    assert same_address(one) == same_address(other) != ""
    assert remembered(one) == remembered(other)


def test_what_is_no_address_is_not_remembered() -> None:
    assert [same_address(text) for text in ("", "chiara", "@example.com", "chiara@", "chiara@local", "+@x.it")] == [
        ""
    ] * 6


def test_a_domain_is_remembered_where_it_says_whose_it_is() -> None:
    assert own_domain("info@bellanapoli.it") == "bellanapoli.it"
    assert own_domain("bellanapoli@gmail.com") == ""
    kinds = [
        [each.kind for each in identities(once_for=once, account="acc_1", emails=["a@b.it"], cards=["c"], key=b"k")]
        for once in ((), ("account", "email"), ("domain",), ("account", "card", "domain", "email"))
    ]
    assert kinds == [["account"], ["account", "email"], ["account", "domain"], ["account", "card", "domain", "email"]]


def test_a_digest_tells_nothing_without_the_key() -> None:
    def digest(key: bytes) -> set[str]:
        return {
            each.digest for each in identities(once_for=("email",), account="a", emails=["a@b.it"], cards=(), key=key)
        }

    assert digest(b"one") == digest(b"one")
    assert not digest(b"one") & digest(b"two")
    assert all("b.it" not in each and len(each) == 64 for each in digest(b"one"))

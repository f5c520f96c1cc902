"""A mail goes again a few times, with pauses, and not for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.resending import FOR, MOST_COPIES, PAUSE, why_not

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SENT = {
    "state": "sent",
    "has_text": True,
    "copies": 0,
    "written_at": AT - timedelta(days=1),
    "sent_at": AT - PAUSE,
    "at": AT,
}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, ""),
        ({"sent_at": AT - PAUSE + timedelta(seconds=1)}, "lately"),
        ({"copies": 2}, ""),
        ({"copies": 3}, "often"),
        ({"written_at": AT - timedelta(days=30)}, ""),
        ({"written_at": AT - timedelta(days=30, seconds=1)}, "long-ago"),
        ({"has_text": False}, "gone"),
        ({"state": "queued"}, "on-its-way"),
        ({"state": "sending"}, "on-its-way"),
        ({"state": "withheld"}, "not-sent"),
        ({"state": "failed", "copies": 9, "written_at": AT - timedelta(days=90)}, ""),
        ({"state": "unknown", "has_text": False}, "gone"),
    ],
)
def test_what_may_go_again(changes: dict[str, object], code: str) -> None:
    assert why_not(**{**SENT, **changes}) == code  # type: ignore[arg-type]  # a test's mixture


@given(st.lists(st.integers(min_value=0, max_value=60 * 24 * 40), max_size=60))
def test_however_often_somebody_asks_it_goes_three_times_with_pauses(minutes: list[int]) -> None:
    copies, sent = 0, [AT]
    for minute in sorted(minutes):
        at = AT + timedelta(minutes=minute)
        if not why_not(state="sent", has_text=True, copies=copies, written_at=AT, sent_at=sent[-1], at=at):
            copies += 1
            sent.append(at)
    assert copies <= MOST_COPIES
    assert all(after - before >= PAUSE for before, after in pairwise(sent))
    assert sent[-1] - AT <= FOR

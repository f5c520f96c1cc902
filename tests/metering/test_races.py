"""Several processes on one counter: C1 and C7, and processes that are killed. Each with what must go wrong without care."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.installation import installed
from tests.metering.processes import LIMIT, PROCESSES, TRIES
from tests.thorough import FULL

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("what", ["take", "reserve"])
def test_a_limit_is_never_passed_and_always_reached(tmp_path: Path, what: str) -> None:
    with installed(tmp_path, f"limit_{what}") as there:
        told = json.loads(there.run("tests.metering.processes", "race", what))
        assert told == {
            "told": {"allowed": LIMIT, "refused": PROCESSES * TRIES - LIMIT},  # and no "locked", nor anything else
            "used": LIMIT,
            "reserved": 0,
        }
        assert there.ask("SELECT count(*) FROM usage_event") == [(LIMIT,)]


def test_looking_before_taking_passes_the_limit(tmp_path: Path) -> None:
    """The positive control: the same race, with a look and then a write."""
    with installed(tmp_path, "naive") as there:
        told = json.loads(there.run("tests.metering.processes", "race", "naive"))
        assert told["used"] > LIMIT


def test_an_event_that_eight_correct_at_once_is_corrected_once(tmp_path: Path) -> None:
    with installed(tmp_path, "corrected") as there:
        told = json.loads(there.run("tests.metering.processes", "corrections", "event"))
    assert told == {"told": {"done": 8}, "used": 18, "told_of": 1}


def test_a_difference_that_eight_take_at_once_is_taken_too_often(tmp_path: Path) -> None:
    """The positive control."""
    with installed(tmp_path, "differences") as there:
        told = json.loads(there.run("tests.metering.processes", "corrections", "difference"))
    assert told["used"] < 18
    assert told["told_of"] > 1


def test_many_events_from_eight_processes_are_added_up_exactly(tmp_path: Path) -> None:
    count = 100_000 if FULL else 5_000
    with installed(tmp_path, "many") as there:
        told = json.loads(there.run("tests.metering.processes", "many", str(count)))
        assert told["stored"] == told["different"] == count * 4 // 5
        assert told["told"] == {"accepted": count * 4 // 5, "duplicates": count // 5}
        assert told["found"] == told["wanted"]


def test_a_write_killed_anywhere_is_whole_or_not_there(tmp_path: Path) -> None:
    with installed(tmp_path, "killed") as there:
        told = json.loads(there.run("tests.metering.processes", "killed"))
    assert list(told) == ["record", "take", "reserve", "commit"]
    for name, (before, left, (code, after), again) in told.items():
        assert len(left) >= 1, name
        assert left == [[-signal.SIGKILL, before]] * len(left), name
        assert (code, after != before) == (-signal.SIGKILL, True), name
        assert again == [0, after], name  # who tries again adds only what is not there
    [before, _, (_, after), _] = told["record"]
    # 37 of the 38 are new; one event of before no longer counts, and its correction does.
    assert after["usage_event"] - before["usage_event"] == 37 + 5 + 1 + 1
    assert after["quantity"] == 6 - 2 + 37 * 2 + 5 + 1 + 300

"""Several processes on one limit (C1), with what must go wrong without care; and a reader of the stream among writers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.entitlements.processes import LIMIT, PROCESSES, TRIES
from tests.installation import installed

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("what", ["plan", "own", "pool", "reserve"])
def test_a_limit_is_never_passed_and_always_reached(tmp_path: Path, what: str) -> None:
    with installed(tmp_path, f"limit_{what}") as there:
        told = json.loads(there.run("tests.entitlements.processes", "race", what))
    # No "locked", nor anything else; the state is noted, and told in the stream.
    assert told["told"] == {"allowed": LIMIT, "refused": PROCESSES * TRIES - LIMIT}
    assert (told["used"], told["reserved"], told["states"]) == (LIMIT, 0, ["refused"])
    if what != "pool":
        assert (told["noted"], told["changed"]) == (["refused"], 1)


def test_looking_before_taking_passes_the_limit(tmp_path: Path) -> None:
    """The positive control: the same race, with a look and then a write."""
    with installed(tmp_path, "naive") as there:
        told = json.loads(there.run("tests.entitlements.processes", "race", "naive"))
    assert told["used"] > LIMIT


def test_a_person_uses_no_more_than_its_portion_and_nobody_what_is_kept_for_another(tmp_path: Path) -> None:
    with installed(tmp_path, "portion") as there:
        told = json.loads(there.run("tests.entitlements.processes", "race", "person"))
    assert told["told"] == {"allowed": LIMIT, "refused": PROCESSES * TRIES - LIMIT}
    assert told["used"] == LIMIT


def test_looking_before_taking_passes_the_portion(tmp_path: Path) -> None:
    """The positive control."""
    with installed(tmp_path, "naive_portion") as there:
        told = json.loads(there.run("tests.entitlements.processes", "race", "naive_person"))
    assert told["used"] > LIMIT


def test_a_reseller_gives_no_more_than_it_holds_however_many_give(tmp_path: Path) -> None:
    with installed(tmp_path, "top_ups") as there:
        told = json.loads(there.run("tests.entitlements.processes", "top_ups", "locked"))
    assert told == {"told": {"given": 10, "not-held": 22}, "given": 10}


def test_looking_before_giving_gives_more_than_is_held(tmp_path: Path) -> None:
    """The positive control."""
    with installed(tmp_path, "naive_top_ups") as there:
        told = json.loads(there.run("tests.entitlements.processes", "top_ups", "naive"))
    assert told["given"] > 10


def test_a_reader_of_the_stream_sees_the_last_word_of_everybody(tmp_path: Path) -> None:
    with installed(tmp_path, "stream") as there:
        told = json.loads(there.run("tests.entitlements.processes", "stream", "6", "25"))
    assert (told["rising"], told["seen"]) == (True, told["last"])


def test_thresholds_are_said_once_however_many_jobs_look(tmp_path: Path) -> None:
    """C7: usage goes over 80 % and 100 % while eight jobs look at the account again and again."""
    with installed(tmp_path, "alerts") as there:
        told = json.loads(there.run("tests.entitlements.processes", "alerts", "8"))
    assert told["told"] == {"said": 2}
    assert (told["alerts"], told["entries"], told["untold"]) == ([80, 100], [80, 100], 0)
    # What one job says of both is one mail.
    near, reached = "Appointments: 80 % of the limit used", "Appointments: the limit is reached"
    assert told["mails"] in ([near, reached], [reached])

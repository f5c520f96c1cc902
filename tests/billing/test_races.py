"""Several processes on one book: C4 and C5, and a run that is killed (K1). Each with what must go wrong without care."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.billing.processes import SERIES
from tests.installation import installed
from tests.thorough import FULL

pytestmark = pytest.mark.slow


def told(folder: Path, *command: object) -> dict[str, object]:
    folder.mkdir(exist_ok=True)
    with installed(folder, str(command[0])) as there:
        found: dict[str, object] = json.loads(there.run("tests.billing.processes", *map(str, command)))
        return found


def test_numbers_have_no_gap_and_no_double_whoever_issues_at_the_same_time(tmp_path: Path) -> None:
    count, processes = (2000, 16) if FULL else (150, 8)
    found = told(tmp_path, "numbers", count, processes)

    given = found["told"]
    assert isinstance(given, dict)
    assert (given.pop("issued"), given.pop("back") > 0, given) == (
        count,
        True,
        {},
    )  # and no "locked", nor anything else
    assert (found["issued"], found["journal"], found["broken"]) == (count, count, [])
    assert found["last"] == [[f"S{number}-", count // SERIES + (number < count % SERIES)] for number in range(SERIES)]


def test_the_highest_number_and_one_more_is_given_twice(tmp_path: Path) -> None:
    """The positive control."""
    found = told(tmp_path, "naive_numbers", 40, 8)
    assert found["given"] == 40
    assert found["different"] != 40


def test_two_workers_and_a_clock_that_fires_five_times_bill_once(tmp_path: Path) -> None:
    clients = 1000 if FULL else 40
    found = told(tmp_path, "runs", clients)

    assert found["told"] == {"done": 10}
    assert (found["broken"], found["twice"]) == ([], 0)
    assert (
        found["charges"] == 2 * 4 * clients
    )  # of each in both books: what is left of March's period, and those of 2 April, May and June
    assert found["issued"] == found["invoices"]


def test_a_run_that_is_killed_anywhere_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    clients, kills = (120, 200) if FULL else (24, 20)
    found = told(tmp_path / "a", "killed", clients, kills)
    whole = told(tmp_path / "b", "whole", clients)

    assert (found["killed"], found["again"], found["broken"], found["twice"]) == (kills, True, [], 0)
    assert (found["charges"], found["minor"]) == (whole["charges"], whole["minor"])
    assert found["lines"] == whole["lines"]
    assert found["issued"] == found["invoices"]


def test_two_transactions_for_one_charge_double_it_when_they_are_killed(tmp_path: Path) -> None:
    """The positive control."""
    clients = 24
    found = told(tmp_path, "naive_run", clients, 30)
    there = found["there"]
    assert isinstance(there, int)
    assert there > 3 * clients

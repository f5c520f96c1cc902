"""`sublet maintenance` with real processes: what one switches, another knows, and the worker waits."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Command
from tests.installation import Installation

pytestmark = pytest.mark.slow


def done(place: Installation) -> int:
    [(count,)] = place.ask("SELECT COUNT(*) FROM jobs WHERE state = 'done'")
    return int(count)


def findings(sublet: Command) -> dict[str, str]:
    told = json.loads(sublet("doctor", "--json").stdout)
    return {each["level"]: each["sentence"] for each in told if each["topic"] == "maintenance"}


def test_the_worker_waits_and_the_doctor_says_so_until_it_is_over(sublet: Command, place: Installation) -> None:
    sublet("user", "create", "vera@example.test", "--vendor", "Vantage", "--no-password")
    wrong = sublet("maintenance", "on", "--until", "yesterday")
    assert (wrong.returncode, place.ask("SELECT COUNT(*) FROM maintenance")) == (2, [(0,)])

    begun = sublet("maintenance", "on", "--until", "2099-01-01T10:00+00:00")
    assert begun.returncode == 0, begun.stderr
    assert "Maintenance is on" in begun.stdout
    place.run("tests.cli.put_job")
    for _ in range(2):  # a worker that starts anew finds it as it was
        assert sublet("worker", "--once").returncode == 0
    assert done(place) == 0
    assert "2099-01-01 10:00 UTC" in findings(sublet)["note"]

    assert sublet("maintenance", "off").stdout == "Maintenance is over.\n"
    assert sublet("maintenance", "off").stdout == "Maintenance was not on.\n"
    assert findings(sublet) == {}
    assert sublet("worker", "--once").returncode == 0
    assert done(place) > 0
    events = place.ask("SELECT event FROM journal WHERE event LIKE 'maintenance.%' ORDER BY id")
    assert [row[0] for row in events] == ["maintenance.begun", "maintenance.ended"]


def test_a_worker_that_runs_stops_taking_jobs_and_goes_on_by_itself(sublet: Command, place: Installation) -> None:
    sublet("maintenance", "on")
    place.worker()
    place.until(lambda: place.ask("SELECT COUNT(*) FROM job_workers WHERE stopped_at IS NULL") == [(1,)])
    before = done(place)
    place.run("tests.cli.put_job")
    sublet("maintenance", "off")
    place.until(lambda: done(place) > before)

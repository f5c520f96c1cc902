"""Very many brands and real workers that are killed in the middle: nobody is left out, nobody is changed twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.accounts.test_imports_processes import bury
from tests.installation import Installation, installed
from tests.thorough import FULL

CLIENTS, KILLS = (1500, 4) if FULL else (620, 2)


def lines(there: Installation, state: str) -> int:
    [(count,)] = there.ask(f"SELECT count(*) FROM brands_change_line WHERE state = '{state}'")
    return int(count)


def state(there: Installation) -> str:
    [(found,)] = there.ask("SELECT state FROM brands_change")
    return str(found)


def once(there: Installation, times: int) -> bool:
    """Whether each client has so many versions and so many entries in its history."""
    for counted in (
        "SELECT count(*) AS n FROM brand_version GROUP BY account_id",
        "SELECT count(*) AS n FROM journal WHERE event = 'brand.changed' GROUP BY account_id",
    ):
        if there.ask(f"SELECT min(n), max(n) FROM ({counted}) AS x") != [(times, times)]:
            return False
    return True


def kill_until(there: Installation, done: str, over: str) -> int:
    """Kill workers while they work; how many of them were in the middle of it. The last one may finish."""
    met = 0
    for _ in range(KILLS):
        worker, before = there.worker(), lines(there, done)
        there.until(lambda before=before: lines(there, done) > before or state(there) == over)  # type: ignore[misc]  # bound at once
        met += state(there) != over
        bury(there, worker)
    there.worker()
    there.until(lambda: state(there) == over)
    return met


@pytest.mark.slow
def test_a_killed_worker_leaves_no_client_out_and_changes_none_twice(tmp_path: Path) -> None:
    with installed(tmp_path, "dressing") as there:
        ref, place, count = there.run("tests.branding.processes", "dress", str(CLIENTS)).split()
        assert kill_until(there, "changed", "done") > 0
        assert lines(there, "changed") == int(count)
        assert there.ask("SELECT count(*) FROM brand WHERE color = '#aabbcc'") == [(int(count),)]
        assert once(there, 1)
        there.run("tests.branding.processes", "undress", ref, place)
        there.until(lambda: lines(there, "undone") > 0)
        there.until(lambda: state(there) == "undone")
        assert lines(there, "undone") == int(count)
        assert there.ask("SELECT count(*) FROM brand WHERE color <> ''") == [(0,)]
        assert once(there, 2)
        assert there.ask("SELECT count(*) FROM journal WHERE event LIKE 'brands.%'") == [(2,)]

"""Imports and real workers: killed in the middle, two at once."""

from __future__ import annotations

import random
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests import postgres
from tests.installation import Installation, installed
from tests.thorough import FULL
from tests.zygote import Forked

ROWS, KILLS = (4000, 4) if FULL else (2000, 2)


def rows_made(there: Installation) -> int:
    [(made,)] = there.ask("SELECT count(*) FROM account WHERE import_id IS NOT NULL")
    return int(made)


def bury(there: Installation, worker: Forked) -> None:
    """Kill the worker at once, and let its leases run out: what a minute would bring."""
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    file = there.url.removeprefix("sqlite:///")
    opened: Any = sqlite3.connect(file, timeout=20) if file != there.url else postgres.looking(there.url)
    with closing(opened) as connection:
        for change in (
            "UPDATE jobs SET lease_until = '2020-01-01 00:00:00' WHERE state = 'running'",
            "UPDATE job_workers SET stopped_at = last_seen WHERE stopped_at IS NULL",
        ):
            connection.execute(change)
        connection.commit()


def is_done(there: Installation) -> bool:
    return there.ask("SELECT count(*) FROM client_import WHERE state <> 'done'") == [(0,)]


def everything_is_there_once(there: Installation, count: int) -> None:
    assert rows_made(there) == count
    assert there.ask("SELECT count(DISTINCT email) FROM account WHERE import_id IS NOT NULL") == [(count,)]
    assert there.ask("SELECT count(*) FROM journal WHERE event = 'client.created'") == [(count,)]
    made = "SELECT id FROM account WHERE import_id IS NOT NULL"
    assert there.ask(f"SELECT count(*) FROM account_tag WHERE account_id IN ({made})") == [(count,)]
    words = "SELECT min(n), max(n) FROM (SELECT count(*) AS n FROM account_word WHERE account_id IN ({}) GROUP BY account_id) AS x"
    [(fewest, most)] = there.ask(words.format(made))
    assert fewest == most > 5


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2] if FULL else [1])
def test_a_killed_worker_loses_no_client_and_makes_none_twice(tmp_path: Path, seed: int) -> None:
    luck = random.Random(seed)
    with installed(tmp_path, f"import{seed}") as there:
        there.run("tests.accounts.processes", "one", str(ROWS))
        met = 0
        for _ in range(KILLS):
            worker, before = there.worker(), rows_made(there)
            wanted = before + luck.choice((1, 300, 600))
            there.until(lambda wanted=wanted: rows_made(there) >= wanted or is_done(there))  # type: ignore[misc]  # bound at once
            met += not is_done(there)
            bury(there, worker)
            assert rows_made(there) % 500 == 0  # batches are whole
        there.worker()
        there.until(lambda: is_done(there))
        assert met >= KILLS // 2
        everything_is_there_once(there, ROWS)
        assert there.ask("SELECT rows_made, rows_known, next_row FROM client_import") == [(ROWS, 0, ROWS)]
        assert there.ask("SELECT count(*) FROM journal WHERE event = 'import.finished'") == [(1,)]
        assert there.ask("SELECT count(*) FROM outbox_mail") == [(0,)]


@pytest.mark.slow
def test_two_workers_with_the_same_clients_make_each_once(tmp_path: Path) -> None:
    with installed(tmp_path, "imports") as there:
        there.run("tests.accounts.processes", "two", str(ROWS))
        there.worker()
        there.worker()
        there.until(lambda: is_done(there))
        everything_is_there_once(there, ROWS)
        told = there.ask("SELECT sum(rows_made), sum(rows_known), sum(rows_total) FROM client_import")
        assert told == [(ROWS, ROWS, 2 * ROWS)]

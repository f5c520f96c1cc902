"""Jobs and real worker processes: killed, paused, poisoned, asked to stop, racing each other."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from tests import postgres
from tests.zygote import Forked, Zygote

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
PROBE = "tests.foundation.jobs_probe.__main__"


class Installation:
    """A database of its own, and the processes that work on it."""

    def __init__(self, url: str, zygote: Zygote, log: Path) -> None:
        self.url = url
        self.log = log
        self.workers: list[Forked] = []
        self.zygote = zygote

    def connect(self) -> Any:
        if self.url.startswith("sqlite"):
            return sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=20)
        return postgres.looking(self.url)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(self.connect()) as connection:
            return [tuple(row) for row in connection.execute(sql).fetchall()]

    def empty(self) -> None:
        with closing(self.connect()) as connection:
            for table in ("jobs", "job_workers", "job_schedules", "jobs_probe_effect"):
                connection.execute(f"DELETE FROM {table}")
            connection.commit()

    def run(self, *arguments: str) -> str:
        done = self.zygote.run(arguments, module=PROBE)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def put(self, *jobs: tuple[str, dict[str, Any]]) -> None:
        self.run("put", json.dumps(jobs))

    def work(self, *, threads: int = 2) -> Forked:
        with self.log.open("a") as log:
            worker = self.zygote.start(("work", str(threads)), module=PROBE, log=log)
        self.workers.append(worker)
        return worker

    def until(self, what: Callable[[], bool]) -> None:
        """Wait for something that must happen; the worker's log explains when it does not."""
        give_up = time.monotonic() + PATIENCE
        while not what():
            assert time.monotonic() < give_up, self.log.read_text(errors="replace")[-5000:]
            time.sleep(0.02)

    def all_finished(self) -> bool:
        return self.ask("SELECT count(*) FROM jobs WHERE state IN ('ready', 'running')") == [(0,)]

    def end(self, worker: Forked) -> int:
        worker.send_signal(signal.SIGTERM)
        return worker.wait(timeout=PATIENCE)


@contextmanager
def tables(url: str) -> Iterator[tuple[str, Zygote]]:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SUBLET_")},
        "SUBLET_SECRET_KEY": "x" * 50,
        "SUBLET_DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "tests.foundation.jobs_probe.settings",
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
    }
    zygote = Zygote(environment)
    made = zygote.run(("migrate",), module=PROBE)
    assert made.returncode == 0, made.stderr
    yield url, zygote


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Zygote]]:
    server = postgres.owners(os.environ.get("SUBLET_DATABASE_URL", ""))
    if not server.startswith("postgresql"):
        with tables(f"sqlite:///{tmp_path_factory.mktemp('jobs') / 'jobs.sqlite3'}") as made:
            yield made
        return
    name = f"jobs_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    with tables(urlunsplit(urlsplit(server)._replace(path=f"/{name}"))) as made:
        yield made
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def there(database: tuple[str, Zygote], tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(*database, tmp_path / "log")
    installation.empty()
    yield installation
    for worker in installation.workers:
        if worker.poll() is None:
            worker.kill()
            worker.send_signal(signal.SIGCONT)
        worker.wait()
        worker.close()


def test_a_key_gets_one_job_from_eight_processes(there: Installation) -> None:
    answers = json.loads(there.run("put-same-key"))
    [(count,)] = there.ask("SELECT count(*) FROM jobs")
    assert count == 1
    assert len({job_id for process in answers for job_id in process}) == 1


def test_eight_processes_claim_each_job_once(there: Installation) -> None:
    there.put(*[("probe.once", {"name": str(number)}) for number in range(80)])
    answers = json.loads(there.run("claim-all"))
    claimed = [job_id for process in answers for job_id in process]
    assert len(claimed) == 80
    assert len(set(claimed)) == 80
    assert there.ask("SELECT DISTINCT state, attempts, fence FROM jobs") == [("running", 1, 1)]


def test_eight_processes_fire_a_slot_once(there: Installation) -> None:
    plans, fired = json.loads(there.run("fire"))
    assert plans > 0
    assert sum(fired) == plans
    assert there.ask("SELECT count(*) FROM jobs") == [(plans,)]


def test_killed_workers_lose_no_job_and_repeat_no_effect(there: Installation) -> None:
    dice = random.Random(7)
    there.put(*[("probe.once", {"name": f"{number}", "seconds": 0.12}) for number in range(60)])
    for kill in range(1, 7):
        worker = there.work()
        mark = kill * 7
        there.until(lambda mark=mark: there.ask("SELECT count(*) FROM jobs_probe_effect")[0][0] >= mark)  # type: ignore[misc]
        time.sleep(dice.uniform(0, 0.15))
        worker.kill()
        worker.wait()
    last = there.work()
    there.until(there.all_finished)
    assert there.end(last) == 0
    effects = there.ask("SELECT name, count(*) FROM jobs_probe_effect GROUP BY name")
    assert sorted(effects) == sorted((f"{number}", 1) for number in range(60))
    assert there.ask("SELECT state, count(*) FROM jobs WHERE kind = 'probe.once' GROUP BY state") == [("done", 60)]
    [(lost,)] = there.ask("SELECT sum(losses) FROM jobs")
    assert lost > 0  # otherwise no kill hit a job and the test showed nothing


def test_a_job_that_kills_its_worker_runs_up_to_its_cap_and_takes_nobody_along(
    there: Installation, tmp_path: Path
) -> None:
    diary = tmp_path / "diary"
    innocent = [("probe.once", {"name": f"{number}", "seconds": 0.3}) for number in range(6)]
    there.put(("probe.poison", {"diary": str(diary)}), *innocent)
    for _ in range(3):
        assert there.work().wait(timeout=PATIENCE) == 9
    last = there.work()
    there.until(there.all_finished)
    assert there.end(last) == 0
    assert diary.read_text().split() == ["1", "2", "3"]
    assert there.ask("SELECT state, attempts, losses FROM jobs WHERE kind = 'probe.poison'") == [("dead", 3, 3)]
    assert there.ask("SELECT state, count(*) FROM jobs WHERE kind = 'probe.once' GROUP BY state") == [("done", 6)]
    effects = there.ask("SELECT name, count(*) FROM jobs_probe_effect GROUP BY name")
    assert sorted(effects) == [(f"{number}", 1) for number in range(6)]


def test_a_worker_that_was_paused_cannot_finish_what_another_took_over(there: Installation, tmp_path: Path) -> None:
    begun, go = tmp_path / "begun", tmp_path / "go"
    there.put(("probe.long", {"name": "long", "begun": str(begun), "go": str(go)}))
    paused = there.work(threads=1)
    there.until(begun.exists)
    paused.send_signal(signal.SIGSTOP)
    other = there.work(threads=1)
    there.until(lambda: there.ask("SELECT fence FROM jobs WHERE kind = 'probe.long'") == [(2,)])
    go.touch()
    there.until(there.all_finished)
    before = there.ask("SELECT state, fence, worker, finished_at FROM jobs WHERE kind = 'probe.long'")
    go.unlink()  # so that the paused one goes on reporting, and finds out
    paused.send_signal(signal.SIGCONT)
    assert there.end(paused) == 0
    assert there.end(other) == 0
    assert there.ask("SELECT state, fence, worker, finished_at FROM jobs WHERE kind = 'probe.long'") == before
    assert there.ask("SELECT name, fence FROM jobs_probe_effect") == [("long", 2)]


def test_a_job_longer_than_its_lease_keeps_it_while_its_worker_lives(there: Installation, tmp_path: Path) -> None:
    begun, go = tmp_path / "begun", tmp_path / "go"
    there.put(("probe.long", {"name": "long", "begun": str(begun), "go": str(go)}))
    workers = [there.work(threads=1), there.work(threads=1)]
    there.until(begun.exists)
    [(first,)] = there.ask("SELECT lease_until FROM jobs WHERE kind = 'probe.long'")
    # The lease has been renewed past its first end three times over, with another worker ready to take the job.
    seen = {first}

    def renewed() -> bool:
        seen.update(row[0] for row in there.ask("SELECT lease_until FROM jobs WHERE kind = 'probe.long'"))
        return len(seen) > 6

    there.until(renewed)
    go.touch()
    there.until(there.all_finished)
    assert [there.end(worker) for worker in workers] == [0, 0]
    assert there.ask("SELECT state, attempts, fence FROM jobs WHERE kind = 'probe.long'") == [("done", 1, 1)]


def test_sigterm_lets_the_job_in_hand_end_and_starts_no_other(there: Installation, tmp_path: Path) -> None:
    begun, go = tmp_path / "begun", tmp_path / "go"
    there.put(
        ("probe.long", {"name": "long", "begun": str(begun), "go": str(go)}),
    )
    worker = there.work(threads=1)
    there.until(begun.exists)
    worker.send_signal(signal.SIGTERM)
    there.put(("probe.once", {"name": "later"}))
    assert worker.poll() is None
    go.touch()
    assert worker.wait(timeout=PATIENCE) == 0
    assert there.ask("SELECT state FROM jobs WHERE kind = 'probe.long'") == [("done",)]
    assert there.ask("SELECT state, attempts FROM jobs WHERE kind = 'probe.once'") == [("ready", 0)]
    assert there.ask("SELECT count(*) FROM job_workers WHERE stopped_at IS NOT NULL") == [(1,)]


def test_a_job_past_its_time_limit_loses_its_place_and_the_worker_goes_on(there: Installation, tmp_path: Path) -> None:
    begun, go = tmp_path / "begun", tmp_path / "go"
    there.put(("probe.hangs", {"begun": str(begun), "go": str(go)}), ("probe.once", {"name": "next"}))
    worker = there.work(threads=1)
    there.until(there.all_finished)
    hung = "SELECT state, attempts, last_error FROM jobs WHERE kind = 'probe.hangs'"
    assert there.ask(hung) == [("dead", 1, "It took longer than its time limit of 0.5 seconds.")]
    assert there.ask("SELECT name FROM jobs_probe_effect") == [("next",)]
    go.touch()  # the abandoned handler returns at last; it cannot turn the dead job into a finished one
    there.until(lambda: there.ask("SELECT count(*) FROM jobs_probe_effect WHERE name = 'late'") == [(1,)])
    assert there.end(worker) == 0
    assert there.ask(hung) == [("dead", 1, "It took longer than its time limit of 0.5 seconds.")]

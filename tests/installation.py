"""An installation of its own for tests that need real processes: a database, an environment, and what runs on them.

`pytest`'s own database lives in one transaction that no other process can see.
"""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import re
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tests import postgres
from tests.thorough import HOW_MUCH
from tests.zygote import Forked, Zygote

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 240.0


class Installation:
    """A database and an environment; processes started here are ended with it."""

    def __init__(self, url: str, folder: Path, **settings: str) -> None:
        self.url = url
        self.folder = folder
        self.log = folder / "log"
        self.processes: list[Forked] = []
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SUBLET_") or name == HOW_MUCH},
            "SUBLET_SECRET_KEY": "signs nothing outside the tests, and is as long as a real one must be",
            "SUBLET_DATABASE_URL": url,
            "SUBLET_SCHEME": "http",
            "SUBLET_VAR": str(folder),
            "SUBLET_LOG_LEVEL": "WARNING",
            "DJANGO_SETTINGS_MODULE": "sublet.config.settings",
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
            **({"SUBLET_DATABASE_OWNER_URL": postgres.owners(url)} if url.startswith("postgresql") else {}),
            **settings,
        }
        self.zygote = Zygote(self.environment)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """What the database says, past everything of ours."""
        file = self.url.removeprefix("sqlite:///")
        opened: Any = sqlite3.connect(file, timeout=20) if file != self.url else postgres.looking(self.url)
        with closing(opened) as connection:
            return [tuple(row) for row in connection.execute(sql).fetchall()]

    def run(self, module: str, *arguments: str) -> str:
        """Run ``python -m …`` to its end; what it printed."""
        done = self.zygote.run(arguments, module=module)
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout

    def start(self, module: str, *arguments: str) -> Forked:
        """Start ``python -m …`` and go on; its output can be read, its complaints go to the log."""
        with self.log.open("a") as log:
            process = self.zygote.start(arguments, module=module, log=log)
        self.processes.append(process)
        return process

    def worker(self) -> Forked:
        """A real worker."""
        return self.start("sublet.portals.cli.main", "worker")

    def migrate(self) -> None:
        """Make the tables."""
        self.run("sublet.portals.cli.main", "migrate")

    def until(self, what: Callable[[], bool]) -> None:
        """Wait for something that must happen; the log explains when it does not."""
        give_up = time.monotonic() + PATIENCE
        while not what():
            told = self.log.read_text(errors="replace")[-5000:] if self.log.exists() else ""
            assert time.monotonic() < give_up, told
            time.sleep(0.02)

    def end(self) -> None:
        """Kill what still runs."""
        for process in self.processes:
            # The whole group: a web server's own children would live on.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            process.close()


TEMPLATE = "template_of_the_tests"
#: How long one waits for another who makes or copies it, seconds.
LONGEST_WAIT = 300.0


def _lock(file: TextIO) -> None:
    """Have the file alone. Raises TimeoutError: a process that failed while it had it would otherwise stop all, itself included."""
    give_up = time.monotonic() + LONGEST_WAIT
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > give_up:
                raise TimeoutError(f"somebody keeps {file.name} to itself") from None
            time.sleep(0.02)


@contextmanager
def template(run: Path) -> Iterator[Path]:
    """Within: nobody else makes or copies the database with all tables, which is made once for a run. The file says where
    it is on SQLite, and on PostgreSQL only that it is there. `run` is the folder of the whole run."""
    made = run / f"{TEMPLATE}.sqlite3"
    with (run / f"{TEMPLATE}.lock").open("w") as lock:
        _lock(lock)
        if not made.exists():
            making = run / "making.sqlite3"
            server = os.environ.get("SUBLET_DATABASE_URL", "")
            url = f"sqlite:///{making}"
            if server.startswith("postgresql"):
                with psycopg.connect(postgres.owners(server), autocommit=True) as connection:
                    connection.execute(f"CREATE DATABASE {TEMPLATE}")
                url = urlunsplit(urlsplit(server)._replace(path=f"/{TEMPLATE}"))
            making_it = Installation(url, run)
            making_it.migrate()
            making_it.end()
            if making.exists():
                with closing(sqlite3.connect(making)) as connection:
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                making.rename(made)
            else:
                made.touch()
        yield made


def _name_in_memory(connection: Any) -> str:
    return str(connection.creation._get_test_db_name())


@contextmanager
def tables_from_the_template(run: Path) -> Iterator[None]:
    """Within: Django makes its test database with all tables in it, so that its migrations find nothing to do."""
    from django.db import connection  # for processes that have set Django up

    with template(run) as made:
        if connection.vendor == "postgresql":
            connection.settings_dict["TEST"]["TEMPLATE"] = TEMPLATE
            yield
            return
        # In memory, and there as long as somebody has it open.
        with (
            closing(sqlite3.connect(_name_in_memory(connection), uri=True)) as filled,
            closing(sqlite3.connect(made)) as source,
        ):
            source.backup(filled)
            yield


@contextmanager
def new_database(folder: Path, name: str) -> Iterator[str]:
    """Within: the address of a database of the kind that the tests run on, with all tables, empty."""
    server = os.environ.get("SUBLET_DATABASE_URL", "")
    run = Path(os.environ["SUBLET_VAR"])
    if not server.startswith("postgresql"):
        file = folder / f"{name}.sqlite3"
        with template(run) as made:
            shutil.copyfile(made, file)
        file.chmod(0o600)  # `sublet serve` refuses a file that everybody can read
        yield f"sqlite:///{file}"
        return
    unique = f"{name}_{os.getpid()}"
    with template(run), psycopg.connect(postgres.owners(server), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {unique} TEMPLATE {TEMPLATE}")
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{unique}"))
    finally:
        # The server may just be vacuuming there, as a role of its own.
        with psycopg.connect(postgres.superusers(server), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {unique} WITH (FORCE)")


@contextmanager
def installed(folder: Path, name: str, **settings: str) -> Iterator[Installation]:
    """Within: an installation with all tables, empty."""
    with new_database(folder, name) as url:
        there = Installation(url, folder, **settings)
        try:
            yield there
        finally:
            there.end()


def alive(pids: set[int]) -> set[int]:
    """Those that still run; one that only waits to be collected does not."""
    found = set()
    for pid in pids:
        try:
            state = re.search(r"^State:\s+(\w)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
        except OSError:
            continue
        if state is not None and state[1] != "Z":
            found.add(pid)
    return found


def together(count: int, work: Callable[[int], str]) -> list[str]:
    """Do `work(number)` in `count` processes that begin at the same moment; what each returned."""
    from django.db import connections  # for processes that have set Django up

    connections.close_all()
    start = multiprocessing.get_context("fork")
    barrier, answers = start.Barrier(count), start.Queue()

    def child(number: int) -> None:
        barrier.wait()
        answers.put(work(number))
        connections.close_all()

    children = [start.Process(target=child, args=(number,)) for number in range(count)]
    for process in children:
        process.start()
    found = [answers.get(timeout=PATIENCE) for _ in children]
    for process in children:
        process.join()
        assert process.exitcode == 0
    return found

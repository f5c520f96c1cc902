"""`sublet serve`, `worker`, `migrate`: the processes of an installation."""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sublet import __version__
from sublet.foundation.loading import load
from sublet.foundation.settings import Settings, WrongSetting, read

#: Which static files were put in place; beside them, so that both go together.
STAMP = ".sublet-stamp"
_PR_SET_PDEATHSIG = 1  # of Linux' prctl


def refuse_unsafe() -> None:
    """Raise WrongSetting for what must never face people: a weak key, traces or demo log-ins on a public host."""
    table = read()
    key = table.text("SUBLET_SECRET_KEY")
    if len(key) < 50 or len(set(key)) < 10:
        raise WrongSetting("SUBLET_SECRET_KEY is too weak: it needs at least 50 random characters.")
    host = table.text("SUBLET_VENDOR_HOST")
    local = host == "localhost" or host.endswith(".localhost")
    if not local and table.flag("SUBLET_DEBUG"):
        raise WrongSetting(f"SUBLET_DEBUG shows traces to everybody; it must be off on {host}.")
    if not local and table.flag("SUBLET_DEMO"):
        raise WrongSetting(f"SUBLET_DEMO shows log-ins to everybody; it must be off on {host}.")
    if not local and table.text("SUBLET_SCHEME") != "https":
        raise WrongSetting(f"SUBLET_SCHEME must be https on {host}: log-ins would travel in the clear.")
    url = table.text("SUBLET_DATABASE_URL")
    if url.startswith("sqlite:///"):
        file = Path(url.removeprefix("sqlite:///"))
        if file.exists() and file.stat().st_mode & 0o007:
            raise WrongSetting(f"Everybody on this machine can read {file}: give `chmod o= {file}`.")


def collect_static() -> None:
    """Put the files that browsers fetch where the web server finds them, unless those very files are there already.

    Hashing and compressing them takes seconds; a start after which nothing changed should not.
    """
    from django.conf import settings
    from django.core.management import call_command  # needs settings

    root = Path(settings.STATIC_ROOT)
    stamp, wanted = root / STAMP, _fingerprint()
    try:
        if stamp.read_text(encoding="ascii") == wanted and (root / "staticfiles.json").is_file():
            return
    except OSError:
        pass
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", "--no-input", verbosity=0)
    stamp.write_text(wanted, encoding="ascii")


def _fingerprint() -> str:
    """Changes when a static file does, comes or goes, and with the version."""
    from django.contrib.staticfiles.finders import get_finders

    seen = hashlib.sha256(__version__.encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            facts = os.stat(storage.path(name))
            seen.update(f"{name} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return seen.hexdigest()


def _address(table: Settings, name: str) -> tuple[str, str]:
    host, _, port = table.text(name).rpartition(":")
    if not port.isdigit() or not host:
        raise WrongSetting(f"{name} must be an address and a port such as 127.0.0.1:8000, not {table.text(name)!r}.")
    return host, port


def _granian(interface: str, address: tuple[str, str], target: str, *more: str) -> list[str]:
    return [
        sys.executable, "-m", "granian", "--interface", interface, "--host", address[0], "--port", address[1], *more,
        # Without it the server has been seen to hang when its whole group was told to end.
        "--workers-kill-timeout", "10", "--respawn-failed-workers", "--no-ws", "--log-level", "warning", target,
    ]  # fmt: skip


def portal_address(table: Settings) -> str:
    """Where people find the vendor's portal."""
    port = table.integer("SUBLET_PUBLIC_PORT")
    return f"{table.text('SUBLET_SCHEME')}://{table.text('SUBLET_VENDOR_HOST')}" + (f":{port}" if port else "")


def serve(arguments: argparse.Namespace) -> int:
    """Replace this process by the web server: pages and API on SUBLET_BIND.

    With SUBLET_HOT_BIND this process stays, runs the hot application beside it, and ends when either of them does.
    """
    refuse_unsafe()
    table = read()
    bind = _address(table, "SUBLET_BIND")
    hot = _address(table, "SUBLET_HOT_BIND") if table.text("SUBLET_HOT_BIND") else None
    load()
    collect_static()
    workers = str(table.integer("SUBLET_WEB_WORKERS"))
    if sys.stdout.isatty():  # the server itself says nothing, and takes some seconds; logs stay one JSON object a line
        print(
            f"Serving on {':'.join(bind)}. Open the vendor's portal at {portal_address(table)}/; Ctrl-C ends.",
            flush=True,
        )
    web = _granian("wsgi", bind, "sublet.config.wsgi:application", "--workers", workers, "--blocking-threads", "4")
    if hot is None:
        os.execv(sys.executable, web)  # noqa: S606  no shell: a literal list of arguments
    # One process: those who wait for a commit share it only there.
    return _side_by_side([web, _granian("rsgi", hot, "sublet.config.hot:application", "--workers", "1")])


def _side_by_side(commands: list[list[str]]) -> int:
    """Run them until one ends or this process is told to: then all end. Their exit status, or 1."""
    told = threading.Event()

    def end(_number: int, _frame: object) -> None:
        told.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    tie = tied_to(os.getpid())
    running = [subprocess.Popen(command, preexec_fn=tie) for command in commands]
    while not told.wait(0.2) and all(each.poll() is None for each in running):
        pass
    code = 0 if told.is_set() else 1
    for each in running:
        if each.poll() is None:
            each.send_signal(signal.SIGTERM)
    patience = time.monotonic() + 25
    for each in running:
        try:
            each.wait(max(0.1, patience - time.monotonic()))
        except subprocess.TimeoutExpired:
            each.kill()
            each.wait()
    return code


def tied_to(parent: int, *, own_session: bool = False) -> Callable[[], None]:
    """For a child process: end when this one does, however it ends. (Linux; elsewhere the signals still end all.)"""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None  # here: between fork and exec only calls are safe

    def before_start() -> None:
        if own_session:
            os.setsid()
        if library is not None:
            library.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(0)

    return before_start


def worker(arguments: argparse.Namespace) -> int:
    """Do jobs until told to end."""
    refuse_unsafe()
    load()
    from sublet.foundation.jobs.worker import run_worker  # needs the app registry

    return run_worker(threads=read().integer("SUBLET_JOB_THREADS"), once=arguments.once)


@contextmanager
def one_sentence() -> Iterator[None]:
    """Within: that nobody answers, or that the role may not change tables, is a WrongSetting; a trace would say neither."""
    from django.conf import settings
    from django.db import OperationalError, connection  # needs settings

    try:
        yield
    except Exception as fault:
        if isinstance(fault, OperationalError) and connection.connection is None:
            raise WrongSetting(
                f"The database does not answer: {_first_line(fault)}. Check SUBLET_DATABASE_URL, and that the server runs."
            ) from None
        if not _not_allowed(fault):
            raise
        named = "SUBLET_DATABASE_OWNER_URL" if settings.DATABASE_OWNER else "SUBLET_DATABASE_URL"
        raise WrongSetting(
            f"The role of {named} may not change the tables. Name the one that owns them in SUBLET_DATABASE_OWNER_URL"
            " for this one command: “Two database roles” in docs/howto/install.md."
        ) from None


def _first_line(fault: BaseException) -> str:
    lines = [line.strip() for line in str(fault).splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else type(fault).__name__


def _not_allowed(fault: BaseException | None) -> bool:
    """Whether PostgreSQL has said that the role lacks the right (Django wraps it, and wraps that once more)."""
    seen: BaseException | None = fault
    while seen is not None:
        if getattr(seen, "sqlstate", "") == "42501":
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def migrate(arguments: argparse.Namespace) -> int:
    """Bring the tables up to date; with --check only say whether they are."""
    load()
    from django.core.management import call_command  # needs settings
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from sublet.foundation.postgresql.owner import as_owner
    from sublet.foundation.tables import half_way, missing

    url = read().text("SUBLET_DATABASE_URL")
    if url.startswith("sqlite:///"):
        file = Path(url.removeprefix("sqlite:///"))
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():  # merely asking would make one that everybody can read
            file.touch(mode=0o600)
    if arguments.check:
        with one_sentence():
            lacking = missing(MigrationExecutor(connection))
        for app, name in lacking:
            print(f"{app} {name}")
        return 1 if lacking else 0
    with as_owner(), one_sentence():
        connection.ensure_connection()
        if apps := half_way(MigrationExecutor(connection)):
            print(
                f"sublet: The tables of {', '.join(apps)} are older than this version can bring up to date; nothing was changed."
                " Run `sublet migrate` of the last version before docs/decisions/0026 first.",
                file=sys.stderr,
            )
            return 1
        call_command("migrate", interactive=False, verbosity=1 if sys.stdout.isatty() else 0)
    return 0

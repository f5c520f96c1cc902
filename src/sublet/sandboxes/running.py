"""Starting the process in which a sandbox lives (`engine.child`), and packing the file that it leaves."""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db.migrations.loader import MigrationLoader

import sublet
from sublet.core.sandboxes import LARGEST
from sublet.sandboxes.copying import NOWHERE

FILE: Final = "sandbox.sqlite3"
#: Seconds that one process has; it does a month at most.
LONGEST: Final = 900
#: What of the environment the process is given. Nothing of the installation's own settings is among it.
_GIVEN: Final = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "TZDIR")
_LEFT_BEHIND: Final = 24 * 3600
_LEVEL: Final = 6

_log = logging.getLogger(__name__)


class SandboxStopped(RuntimeError):
    """The process did not come to its end. `code`: ``failed``, ``late``, ``large``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@contextmanager
def workplace() -> Iterator[Path]:
    """Within: a folder that nobody else reads. What workers that were killed have left behind `clear_workplaces` throws away."""
    above = _folder()
    made = Path(tempfile.mkdtemp(prefix="work-", dir=above))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def clear_workplaces(*, at: datetime) -> None:
    """Throw away folders that are older than any job: whoever made them was killed."""
    for old in _folder().glob("work-*"):
        if at.timestamp() - old.stat().st_mtime > _LEFT_BEHIND:
            shutil.rmtree(old, ignore_errors=True)


def begin_file(folder: Path) -> None:
    """Put a file with all tables and no rows into `folder`. Making them takes seconds: once for each state of the tables."""
    kept = _folder() / f"empty-{_state_of_tables()}.sqlite3"
    with (_folder() / "empty.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            with workplace() as place:
                run({"do": "empty"}, place)
                for old in _folder().glob("empty-*.sqlite3"):
                    old.unlink(missing_ok=True)
                (place / FILE).rename(kept)
    shutil.copyfile(kept, folder / FILE)


def pack(folder: Path) -> bytes:
    """The file, packed. Raises SandboxStopped (``large``)."""
    packed = zlib.compress((folder / FILE).read_bytes(), _LEVEL)
    if len(packed) > LARGEST:
        raise SandboxStopped("large")
    return packed


def unpack(packed: bytes, folder: Path) -> None:
    """The opposite."""
    (folder / FILE).write_bytes(zlib.decompress(packed))


def run(
    order: Mapping[str, Any], folder: Path, *, reached: Callable[[datetime | None], None] = lambda _at: None
) -> dict[str, Any]:
    """Let a process do `order` with the file in `folder`; what it tells. `reached` hears now and then how far it is.

    Raises SandboxStopped; and whatever `reached` raises, which ends the process.
    """
    (folder / "order.json").write_text(json.dumps(order), encoding="utf-8")
    with (folder / "complaints").open("wb") as complaints:
        process = subprocess.Popen(
            [sys.executable, "-m", "sublet.sandboxes.engine.child", str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=complaints, cwd=folder, env=_environment(folder),
        )  # fmt: skip
        ends = time.monotonic() + LONGEST
        try:
            while process.poll() is None:
                if time.monotonic() > ends:
                    raise SandboxStopped("late")
                try:
                    process.wait(timeout=1)
                except subprocess.TimeoutExpired:
                    reached(_reached(folder))
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            if process.stdin is not None:
                process.stdin.close()
    if process.returncode:
        said = (folder / "complaints").read_text(encoding="utf-8", errors="replace")[-4000:]
        _log.error("a sandbox stopped with %d: %s", process.returncode, said)
        raise SandboxStopped("failed")
    told: dict[str, Any] = json.loads((folder / "told.json").read_text(encoding="utf-8"))
    return told


def _reached(folder: Path) -> datetime | None:
    try:
        return datetime.fromisoformat((folder / "reached").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _folder() -> Path:
    folder: Path = settings.SUBLET.path("SUBLET_VAR") / "sandboxes"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _state_of_tables() -> str:
    names = sorted(".".join(key) for key in MigrationLoader(None).disk_migrations)
    return hashlib.sha256("\n".join((sublet.__version__, *names)).encode()).hexdigest()[:16]


def _environment(folder: Path) -> dict[str, str]:
    """Settings of its own: a database, a key and hosts that nobody else has, nobody to send mail by and nobody to ask."""
    return {
        **{name: os.environ[name] for name in _GIVEN if name in os.environ},
        "PYTHONPATH": str(Path(sublet.__file__).resolve().parents[1]),
        "DJANGO_SETTINGS_MODULE": "sublet.config.settings",
        "SUBLET_SECRET_KEY": secrets.token_urlsafe(60),
        "SUBLET_DATABASE_URL": f"sqlite:///{folder / FILE}",
        "SUBLET_VENDOR_HOST": f"vendor.{NOWHERE}",
        "SUBLET_HOST_SUFFIX": NOWHERE,
        "SUBLET_MAIL_FROM": f"no-reply@{NOWHERE}",
        "SUBLET_SCHEME": "https",
        "SUBLET_VAT_REGISTER": "none",
        "SUBLET_DNS_RESOLVERS": "none",
        "SUBLET_SCAN_BROWSER": "none",
        "SUBLET_VAR": str(folder),
        "SUBLET_LOG_LEVEL": "ERROR",
    }

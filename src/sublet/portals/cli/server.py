"""`sublet serve`, `worker`, `migrate`: the processes of an installation."""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from pathlib import Path

import django

from sublet import __version__
from sublet.foundation.settings import WrongSetting, read

#: Which static files were put in place; beside them, so that both go together.
STAMP = ".sublet-stamp"


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


def serve(arguments: argparse.Namespace) -> int:
    """Replace this process by the web server: pages and API on SUBLET_BIND."""
    refuse_unsafe()
    table = read()
    host, _, port = table.text("SUBLET_BIND").rpartition(":")
    if not port.isdigit() or not host:
        raise WrongSetting(
            f"SUBLET_BIND must be an address and a port such as 127.0.0.1:8000, not {table.text('SUBLET_BIND')!r}."
        )
    django.setup()
    collect_static()
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", port,
        "--workers", str(table.integer("SUBLET_WEB_WORKERS")), "--blocking-threads", "4",
        # Without it the server has been seen to hang when its whole group was told to end.
        "--workers-kill-timeout", "10", "--respawn-failed-workers", "--no-ws", "--log-level", "warning",
        "sublet.config.wsgi:application",
    ]  # fmt: skip
    os.execv(sys.executable, command)  # noqa: S606  no shell: a literal list of arguments


def worker(arguments: argparse.Namespace) -> int:
    """Do jobs until told to end."""
    refuse_unsafe()
    django.setup()
    from sublet.foundation.jobs.worker import run_worker  # needs the app registry

    return run_worker(threads=read().integer("SUBLET_JOB_THREADS"), once=arguments.once)


def migrate(arguments: argparse.Namespace) -> int:
    """Bring the tables up to date; with --check only say whether they are."""
    django.setup()
    from django.core.management import call_command  # needs settings
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from sublet.foundation.postgresql.owner import as_owner

    url = read().text("SUBLET_DATABASE_URL")
    if url.startswith("sqlite:///"):
        file = Path(url.removeprefix("sqlite:///"))
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():  # merely asking would make one that everybody can read
            file.touch(mode=0o600)
    if arguments.check:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        for migration, _backwards in plan:
            print(f"{migration.app_label} {migration.name}")
        return 1 if plan else 0
    with as_owner():
        call_command("migrate", interactive=False, verbosity=1 if sys.stdout.isatty() else 0)
    return 0

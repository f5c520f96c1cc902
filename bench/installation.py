"""An installation to measure: settings as in production, a database of its own, empty."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


def database_kind() -> str:
    """``sqlite`` or ``postgresql``: the first word of the figures' names after the job."""
    return "postgresql" if os.environ.get("SUBLET_DATABASE_URL", "").startswith("postgres") else "sqlite"


@contextmanager
def installed() -> Iterator[str]:
    """Within: Django is set up on a migrated, empty database; gives its kind. A PostgreSQL that was named is emptied."""
    folder = tempfile.mkdtemp(prefix="sublet-bench-")
    kind = database_kind()
    url = os.environ["SUBLET_DATABASE_URL"] if kind == "postgresql" else f"sqlite:///{folder}/bench.sqlite3"
    for name in [name for name in os.environ if name.startswith("SUBLET_")]:
        del os.environ[name]
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "sublet.config.settings",
        "SUBLET_SECRET_KEY": "signs nothing outside the benchmarks, and is as long as a real one must be",
        "SUBLET_DATABASE_URL": url,
        "SUBLET_VAR": folder,
        "SUBLET_LOG_LEVEL": "ERROR",
    }
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from sublet.foundation.journal import fences

    try:
        call_command("migrate", verbosity=0, interactive=False)
        with fences.lifted(connection):
            call_command("flush", verbosity=0, interactive=False)
        from sublet.entitlements.models import EntitlementClock

        EntitlementClock.objects.get_or_create(id=1)  # which a migration had made
        call_command("collectstatic", verbosity=0, interactive=False)
        yield kind
    finally:
        from django.db import connections

        connections.close_all()
        shutil.rmtree(folder, ignore_errors=True)

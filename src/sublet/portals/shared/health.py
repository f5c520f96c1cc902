"""Whether this process can serve: the database answers, its tables are current, somebody does the jobs."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse

from sublet.foundation.jobs.queries import last_heartbeat
from sublet.foundation.tables import missing

_migrated = False


def readiness(connection: BaseDatabaseWrapper, at: datetime) -> HttpResponse:
    """200 ``ready`` or 503 with the first thing that is not, in one plain line."""
    fault = _fault(connection, at)
    return HttpResponse((fault or "ready") + "\n", status=503 if fault else 200, content_type="text/plain")


def _fault(connection: BaseDatabaseWrapper, at: datetime) -> str:
    global _migrated
    try:
        if not _migrated:
            if missing(MigrationExecutor(connection)):
                return "the database needs `sublet migrate`"
            _migrated = True
        seen = last_heartbeat()
    except DatabaseError:
        return "the database does not answer"
    if seen is None or at - seen > timedelta(minutes=2):
        return "no worker has been seen for two minutes"
    return ""

"""Beginning and ending maintenance."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sublet.foundation.actor import Actor
from sublet.foundation.journal.operations import record
from sublet.foundation.maintenance.events import MaintenanceBegun, MaintenanceEnded
from sublet.foundation.maintenance.models import MaintenanceState
from sublet.foundation.maintenance.queries import Maintenance, forget_maintenance


def begin_maintenance(*, until: datetime | None, actor: Actor, at: datetime) -> Maintenance:
    """Close every page until `end_maintenance`, and let the worker take no job. `until` is what people are told.

    Again with another `until` tells them that; again with the same writes nothing. Every process follows within a second.
    """
    with transaction.atomic():
        # unscoped: the installation's, one row
        row = MaintenanceState.unscoped.select_for_update().filter(id=1).first()
        if row is None or row.until != until:
            row = row or MaintenanceState(id=1, since=at)
            row.until, row.begun_by = until, actor.name[:200]
            row.save()
            told = MaintenanceBegun(until=until.isoformat() if until is not None else "")
            record(told, account_id=actor.account_id, actor=actor, at=at)
    forget_maintenance()
    return Maintenance(since=row.since, until=row.until, begun_by=row.begun_by)


def end_maintenance(*, actor: Actor, at: datetime) -> bool:
    """Open every page again; whether they were closed."""
    with transaction.atomic():
        # unscoped: as above
        ended = MaintenanceState.unscoped.filter(id=1).delete()[0] > 0
        if ended:
            record(MaintenanceEnded(), account_id=actor.account_id, actor=actor, at=at)
    forget_maintenance()
    return ended

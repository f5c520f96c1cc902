from __future__ import annotations

from sublet.foundation.idempotency.models import IdempotentAnswer
from sublet.foundation.invariants.models import InvariantState
from sublet.foundation.jobs.models import *  # noqa: F403  Django finds an app's tables only in its `models` module
from sublet.foundation.journal.models import JournalEntry, JournalSeal
from sublet.foundation.journal.pseudonyms import Pseudonym
from sublet.foundation.maintenance.models import MaintenanceState

__all__ = ["IdempotentAnswer", "InvariantState", "JournalEntry", "JournalSeal", "MaintenanceState", "Pseudonym"]

"""What must be true of the journal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from sublet.foundation.invariants.checks import Broken, invariant
from sublet.foundation.journal import fences
from sublet.foundation.journal.seals import seal_journal, verify_journal


@invariant("journal.chain", broken=_("The journal was changed past the application"))
def chain(at: datetime) -> Iterable[Broken]:
    """What came in unusually late gets its seal first, so that nothing stays outside the chains for more than a day."""
    seal_journal(at=at, everything=True)
    for each in verify_journal().breaks:
        yield Broken(each.account_id, f"link {each.position} is {each.kind} (entry {each.entry_id})")


@invariant("journal.fences", broken=_("The database no longer protects the journal"))
def triggers(_at: datetime) -> Iterable[Broken]:
    for table, name in fences.missing(connection):
        yield Broken(None, f"the trigger {name} on {table} is missing")

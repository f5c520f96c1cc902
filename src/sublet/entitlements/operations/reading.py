"""Reading the stream, with what has changed by itself until then."""

from __future__ import annotations

from datetime import datetime

from sublet.entitlements.operations.looking import AT_ONCE, harvest
from sublet.entitlements.queries.told import Changes, changes_after
from sublet.foundation.actor import Actor


def read_changes(*, sequence: int, limit: int, actor: Actor, at: datetime) -> Changes:
    """The answers in the scope that changed after that number of the stream, those that changed by themselves included.

    Nobody has to be awake at the instant in which a trial ends: whoever reads after it reads it.
    """
    while harvest(actor=actor, at=at) == AT_ONCE:
        continue
    return changes_after(sequence, limit=limit, at=at)

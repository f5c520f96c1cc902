"""Writing what was used."""

from __future__ import annotations

from sublet.metering.operations.anchors import set_anchor
from sublet.metering.operations.correcting import (
    CannotCorrectUsage,
    correct_usage,
    correct_usage_event,
    preview_correction,
)
from sublet.metering.operations.following import register_follower
from sublet.metering.operations.rebuilding import rebuild_totals
from sublet.metering.operations.recording import (
    CannotRecordUsage,
    Recorded,
    Usage,
    record_bodies,
    record_usage,
)
from sublet.metering.operations.reserving import commit, give_back_lapsed, release, reservation_of, reserve
from sublet.metering.operations.taking import CannotTakeUsage, Taken, take

__all__ = [
    "CannotCorrectUsage",
    "CannotRecordUsage",
    "CannotTakeUsage",
    "Recorded",
    "Taken",
    "Usage",
    "commit",
    "correct_usage",
    "correct_usage_event",
    "give_back_lapsed",
    "preview_correction",
    "rebuild_totals",
    "record_bodies",
    "record_usage",
    "register_follower",
    "release",
    "reservation_of",
    "reserve",
    "set_anchor",
    "take",
]

"""Writing signals."""

from __future__ import annotations

from sublet.signals.operations.imports import (
    CannotImportSignals,
    change_signal_import,
    discard_signal_import,
    finish_signal_import,
    forget_old_lists,
    start_signal_import,
    take_lines,
    upload_signals,
)
from sublet.signals.operations.record import (
    CannotRecordSignals,
    Recorded,
    TellSignal,
    forget_old_facts,
    record_signals,
)

__all__ = [
    "CannotImportSignals",
    "CannotRecordSignals",
    "Recorded",
    "TellSignal",
    "change_signal_import",
    "discard_signal_import",
    "finish_signal_import",
    "forget_old_facts",
    "forget_old_lists",
    "record_signals",
    "start_signal_import",
    "take_lines",
    "upload_signals",
]

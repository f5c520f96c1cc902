"""Writing signals."""

from __future__ import annotations

from sublet.signals.operations.record import CannotRecordSignals, Recorded, TellSignal, record_signals

__all__ = ["CannotRecordSignals", "Recorded", "TellSignal", "record_signals"]

"""Questions about signals. They begin at an actor, but for the one that the list of clients asks."""

from __future__ import annotations

from sublet.signals.queries.clients import (
    FactPage,
    FactRow,
    LatestValue,
    SignalState,
    latest_of,
    series_of,
    signals_of,
    timeline_of,
)
from sublet.signals.queries.imports import (
    ColumnFact,
    SignalImportCheck,
    SignalImportFacts,
    check_signal_import,
    lines_of_import,
    signal_import,
    signal_imports,
)
from sublet.signals.queries.narrowing import clients_that

__all__ = [
    "ColumnFact",
    "FactPage",
    "FactRow",
    "LatestValue",
    "SignalImportCheck",
    "SignalImportFacts",
    "SignalState",
    "check_signal_import",
    "clients_that",
    "latest_of",
    "lines_of_import",
    "series_of",
    "signal_import",
    "signal_imports",
    "signals_of",
    "timeline_of",
]

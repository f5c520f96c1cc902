"""Questions about signals. They begin at an actor, but for those that the list of clients and the catalog ask."""

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
from sublet.signals.queries.narrowing import clients_that, signals_used

__all__ = [
    "FactPage",
    "FactRow",
    "LatestValue",
    "SignalState",
    "clients_that",
    "latest_of",
    "series_of",
    "signals_of",
    "signals_used",
    "timeline_of",
]

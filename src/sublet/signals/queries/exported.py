"""The newest fact of each signal, in the client list as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sublet.accounts.queries.export_more import Filler, MoreColumn
from sublet.catalog.queries import offer
from sublet.core.signals import SignalValue
from sublet.foundation.languages import text_of
from sublet.foundation.sheets.writing import Kind, Value
from sublet.foundation.unscoped import past_scope
from sublet.signals.models import LatestSignal

#: Before the key of a signal, in the key of its column; the list on the screen has the same.
PREFIX: Final = "signal-"
_KINDS: Final[Mapping[str, Kind]] = {"moment": "datetime", "number": "number", "switch": "boolean"}


def signal_columns() -> tuple[MoreColumn, ...]:
    """One for each signal of the manifest. There may be many, so each leaves only when it is named."""
    return tuple(
        MoreColumn(f"{PREFIX}{key}", text_of(signal.name), _KINDS.get(signal.kind, "text"), by_name=True)
        for key, signal in offer().signals.items()
    )


def fill_signals(keys: Sequence[str], _at: datetime) -> Filler:
    """Those of these keys. One statement a batch."""
    numbers = offer().signal_ids
    of = {numbers[key.removeprefix(PREFIX)]: key for key in keys}

    def fill(ids: Sequence[int]) -> Mapping[int, Mapping[str, Value]]:
        found: dict[int, dict[str, Value]] = {}
        with past_scope("the accounts were found within the scope"):
            # unscoped: as above
            for row in LatestSignal.unscoped.filter(account_id__in=list(ids), signal_id__in=list(of)):
                found.setdefault(row.account_id, {})[of[row.signal_id]] = _cell(row.value)
        return found

    return fill


def _cell(value: SignalValue) -> Value:
    if value.moment is not None:
        return value.moment
    if value.number is not None:
        return value.number.normalize() if value.number else 0
    return value.switch if value.switch is not None else value.text

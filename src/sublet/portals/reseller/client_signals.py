"""What the product reports, in the list of clients: a column for each signal, and a filter by moments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from sublet.accounts.queries import ClientPage
from sublet.catalog.queries import offer
from sublet.core.manifest import Signal
from sublet.entitlements.queries import worst_states
from sublet.foundation.actor import Actor
from sublet.portals.shared.manifest_words import name_of
from sublet.portals.shared.signal_words import conditions
from sublet.portals.shared.tables import Column, Filter, FilterOption, ListState
from sublet.signals import queries
from sublet.signals.queries import LatestValue

PREFIX = "signal-"
FILTER = "signal"
Values = Mapping[int, Mapping[str, LatestValue]]


def signal_columns() -> tuple[Column, ...]:
    """A column for each signal of the manifest, which nobody sees before choosing it. No statement when warm."""
    return tuple(
        Column(f"{PREFIX}{key}", name_of(signal.name), kind=_kind(signal), priority=3, default=False)
        for key, signal in offer().signals.items()
    )


def _kind(signal: Signal) -> str:
    if signal.kind == "moment":
        return "date" if signal.watch == "deadline" else "ago"
    return {"number": "number", "switch": "yes_no"}.get(signal.kind, "text")


def values_for(actor: Actor, page: ClientPage, state: ListState) -> Values:
    """The newest facts of the page's clients: one statement where such a column is shown, else none."""
    if not any(key.startswith(PREFIX) for key in state.columns):
        return {}
    return queries.latest_of(actor, [row.id for row in page.rows])


def limits_for(actor: Actor, page: ClientPage, state: ListState, at: datetime) -> Mapping[int, str]:
    """How the page's clients stand at their limits: one statement where that column is shown, else none."""
    return worst_states(actor, [row.id for row in page.rows], at) if "limits" in state.columns else {}


def cells_of(account_id: int, values: Values) -> dict[str, object]:
    """The cells of one client."""
    return {f"{PREFIX}{key}": _cell(latest) for key, latest in values.get(account_id, {}).items()}


def _cell(latest: LatestValue) -> object:
    value = latest.value
    if value.moment is not None:
        return value.moment
    if value.number is not None:
        return value.number.normalize() if value.number else 0
    return value.switch if value.switch is not None else value.text


def signal_filter(state: ListState) -> Filter:
    """Clients whose moment of a signal is older than, or due within so many days."""
    chosen: Sequence[str] = state.filters.get(FILTER, ())
    options = tuple(
        FilterOption(value, words, selected=value in chosen) for value, words in conditions(offer().signals, chosen)
    )
    return Filter(FILTER, _("Signals"), options, icon="activity")

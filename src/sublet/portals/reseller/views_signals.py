"""What the product reports about one client: the newest of everything, numbers as lines, and the timeline."""

from __future__ import annotations

from itertools import groupby

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sublet.foundation.clock import now
from sublet.portals.reseller.client_frame import client_frame
from sublet.portals.shared.components import Day, Entry
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.manifest_words import name_of
from sublet.portals.shared.offer_words import watch_words
from sublet.portals.shared.signal_words import STANDING_WORDS, Chart, chart, value_words
from sublet.portals.shared.tables import Pager
from sublet.signals import queries
from sublet.signals.queries import FactRow, SignalState

ICONS = {"moment": "clock", "number": "chart-bar", "text": "file-text", "switch": "circle-check"}


@needs("clients:view", portal="reseller")
@require_safe
def signals(request: SubletRequest, ref: str) -> HttpResponseBase:
    """One client's signals; `key` narrows the timeline, `cursor` leads to older facts."""
    actor = request.actor
    context = client_frame(request, ref, "signals")
    states = queries.signals_of(actor, ref, at=now())
    key, cursor = request.GET.get("key", "")[:50], request.GET.get("cursor", "")[:100]
    page = queries.timeline_of(actor, ref, key=key, cursor=cursor)
    by_key = {state.signal.key: state.signal for state in states}
    context |= {
        "lines": [_line(state) for state in states],
        "charts": _charts(request, ref, states) if not cursor and not key else (),
        "chosen": name_of(by_key[key].name) if key in by_key else "",
        "days": _days(page.rows),
        "pager": Pager(next=page.older, shown=len(page.rows), first_page=not cursor),
        "any": any(state.latest is not None for state in states) or bool(page.rows),
    }
    return render(request, "reseller/client_signals.html", context)


def _line(state: SignalState) -> dict[str, object]:
    return {
        "key": state.signal.key,
        "name": name_of(state.signal.name),
        "icon": ICONS[state.signal.kind],
        "value": value_words(state.signal, state.latest.value) if state.latest is not None else "",
        "at": state.latest.at if state.latest is not None and state.signal.kind != "moment" else None,
        "badge": STANDING_WORDS.get(state.standing),
        "watched": watch_words(state.signal),
    }


def _charts(request: SubletRequest, ref: str, states: tuple[SignalState, ...]) -> tuple[Chart, ...]:
    series = queries.series_of(request.actor, ref)
    return tuple(
        chart(state.signal, series[state.signal.key]) for state in states if len(series.get(state.signal.key, ())) > 1
    )


def _days(rows: tuple[FactRow, ...]) -> tuple[Day, ...]:
    zone = timezone.get_current_timezone()
    return tuple(
        Day(day, tuple(_entry(row) for row in found))
        for day, found in groupby(rows, key=lambda row: row.at.astimezone(zone).date())
    )


def _entry(row: FactRow) -> Entry:
    name = name_of(row.signal.name) if row.signal is not None else row.key
    kind = row.signal.kind if row.signal is not None else "text"
    if kind == "moment" and row.value.moment == row.at:  # it happened then: the time beside it says all
        sentence = name
    else:
        sentence = _("%(signal)s: %(value)s") % {"signal": name, "value": value_words(row.signal, row.value)}
    return Entry(at=row.at, sentence=sentence, who=row.told_by, icon=ICONS[kind])

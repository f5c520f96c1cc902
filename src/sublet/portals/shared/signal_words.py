"""Signals in words: what a fact says, how a client stands, and numbers as a drawing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sublet.core.manifest import Signal
from sublet.core.signals import DUE, NEVER, OLDER, Condition, SignalValue, read_condition
from sublet.portals.shared.locales import write_amount, write_date, write_datetime, write_number
from sublet.portals.shared.manifest_words import name_of
from sublet.portals.shared.shell import Text

#: How a standing is shown: words, tone, icon. What is unknown has no badge.
STANDING_WORDS: Mapping[str, tuple[Text, str, str]] = {
    "near": (gettext_lazy("Soon"), "warning", "clock"),
    "over": (gettext_lazy("Needs attention"), "danger", "alert-triangle"),
    "fine": (gettext_lazy("Fine"), "success", "circle-check"),
}


def value_words(signal: Signal | None, value: SignalValue) -> str:
    """What a fact says."""
    if value.moment is not None:
        return write_datetime(value.moment)
    if value.number is not None:
        unit = name_of(signal.unit) if signal is not None else ""
        return write_amount(value.number.normalize() if value.number else 0, unit)
    if value.switch is not None:
        return _("Yes") if value.switch else _("No")
    return value.text


def condition_words(signal: Signal, condition: Condition) -> str:
    """A condition of the client list: “Last push notification: more than 30 days ago”."""
    days = condition.days
    told = {"signal": name_of(signal.name), "number": write_number(days)}
    if condition.what == NEVER:
        return _("%(signal)s: never reported") % told
    if condition.what == DUE:
        pattern = ngettext("%(signal)s: within %(number)s day", "%(signal)s: within %(number)s days", days)
    else:
        pattern = ngettext(
            "%(signal)s: more than %(number)s day ago", "%(signal)s: more than %(number)s days ago", days
        )
    return pattern % told


def conditions(signals: Mapping[str, Signal], chosen: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The conditions that the list offers, with their words: for each signal that is a moment the days of the manifest and
    some usual ones, and what else is chosen now.
    """
    offered: list[Condition] = []
    for key, signal in signals.items():
        if signal.kind != "moment":
            continue
        what, usual = (DUE, (7, 30, 90)) if signal.watch == "deadline" else (OLDER, (7, 30, 90, 365))
        offered += [Condition(key, what, days) for days in sorted({*usual, *((signal.days,) if signal.days else ())})]
        offered.append(Condition(key, NEVER))
    for text in chosen:
        condition = read_condition(text)
        if condition is not None and condition not in offered and condition.key in signals:
            offered.append(condition)
    return tuple((str(each), condition_words(signals[each.key], each)) for each in offered)


# Charts ---------------------------------------------------------------------------------------------------------------

WIDTH, HEIGHT, EDGE = 640, 160, 8


@dataclass(frozen=True, slots=True)
class Chart:
    """Numbers over time as a line. `points` is what SVG's polyline takes; `rows` says the same in a table."""

    key: str
    name: str
    unit: str
    points: str
    last: tuple[str, str]  # where the newest point is
    highest: str
    lowest: str
    begins: str
    ends: str
    newest: str
    rows: tuple[tuple[str, str], ...]
    width: int = WIDTH
    height: int = HEIGHT


def chart(signal: Signal, series: Sequence[tuple[datetime, Decimal]]) -> Chart:
    """The drawing of one signal's numbers, oldest first; zero is always in it, so that no small change looks large."""
    numbers = [float(number) for _at, number in series]
    low, high = min(0.0, *numbers), max(0.0, *numbers)
    first, last = series[0][0], series[-1][0]
    span = (last - first).total_seconds() or 1.0
    reach = (high - low) or 1.0
    places = [
        (
            EDGE + (WIDTH - 2 * EDGE) * ((at - first).total_seconds() / span if len(series) > 1 else 1.0),
            HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * ((float(number) - low) / reach),
        )
        for at, number in series
    ]
    written = [(f"{x:.1f}", f"{y:.1f}") for x, y in places]
    return Chart(
        key=signal.key,
        name=name_of(signal.name),
        unit=name_of(signal.unit),
        points=" ".join(f"{x},{y}" for x, y in written),
        last=written[-1],
        highest=write_number(max(number for _at, number in series).normalize()),
        lowest=write_number(min(number for _at, number in series).normalize()),
        begins=write_date(first),
        ends=write_date(last),
        newest=value_words(signal, SignalValue(number=series[-1][1])),
        rows=tuple(
            (write_datetime(at), value_words(signal, SignalValue(number=number)))
            for at, number in reversed(series[-30:])
        ),
    )

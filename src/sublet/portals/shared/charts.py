"""Charts: months side by side as bars or lines, drawn by the server as SVG, each with a table that says the same.

No library: a page of figures needs no script, and the content security policy allows no style in an element.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sublet.portals.shared.shell import Text

WIDTH, HEIGHT, EDGE = 640, 180, 8


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers of one kind, one for each column. `tone` is its color (``chart-<tone>`` in ``charts.css``).

    `sign` −1: what goes away, drawn below the line.
    """

    label: Text
    tone: str
    values: Sequence[int]
    sign: int = 1


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle of SVG."""

    x: str
    y: str
    width: str
    height: str
    tone: str


@dataclass(frozen=True, slots=True)
class Curve:
    """A line of SVG with a dot at its end."""

    points: str
    last: tuple[str, str]
    tone: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What ``shared/chart.html`` draws. `rows`: the first word is the column's, the others are the series’ values."""

    title: Text
    alt: str
    bars: Sequence[Bar]
    curves: Sequence[Curve]
    legend: Sequence[tuple[Text, str]]
    heads: Sequence[Text]
    rows: Sequence[tuple[str, tuple[str, ...]]]
    highest: str
    lowest: str
    begins: str
    ends: str
    base: str  # where zero is
    width: int = WIDTH
    height: int = HEIGHT


def bar_chart(title: Text, columns: Sequence[str], series: Sequence[Series], write: Callable[[int], str]) -> Chart:
    """Bars that stand on each other in each column; those with a minus below the line. There is at least one column."""
    count = len(columns)
    ups = [sum(_up(one, place) for one in series) for place in range(count)]
    downs = [sum(_down(one, place) for one in series) for place in range(count)]
    high, low = max(ups), max(downs)
    scale = (HEIGHT - 2 * EDGE) / ((high + low) or 1)
    zero = EDGE + high * scale
    step = (WIDTH - 2 * EDGE) / count
    gap = min(step * 0.2, 12)
    bars = []
    for place in range(count):
        top, bottom = zero, zero
        for one in series:
            up, down = _up(one, place) * scale, _down(one, place) * scale
            x, width = f"{EDGE + place * step + gap / 2:.1f}", f"{step - gap:.1f}"
            if up > 0:
                top -= up
                bars.append(Bar(x, f"{top:.1f}", width, f"{up:.1f}", one.tone))
            if down > 0:
                bars.append(Bar(x, f"{bottom:.1f}", width, f"{down:.1f}", one.tone))
                bottom += down
    return _chart(title, columns, series, write, bars, (), (high, -low), zero)


def line_chart(title: Text, columns: Sequence[str], series: Sequence[Series], write: Callable[[int], str]) -> Chart:
    """Lines over the columns; zero is always there, so that no small change looks large."""
    values = [value for one in series for value in one.values]
    high, low = max(0, *values), min(0, *values)
    scale = (HEIGHT - 2 * EDGE) / ((high - low) or 1)
    zero = EDGE + high * scale
    step = (WIDTH - 2 * EDGE) / max(len(columns) - 1, 1)
    curves = []
    for one in series:
        places = [
            (f"{EDGE + place * step if len(columns) > 1 else WIDTH - EDGE:.1f}", f"{zero - value * scale:.1f}")
            for place, value in enumerate(one.values)
        ]
        curves.append(Curve(" ".join(f"{x},{y}" for x, y in places), places[-1], one.tone))
    return _chart(title, columns, series, write, (), curves, (high, low), zero)


def _up(one: Series, place: int) -> int:
    return max(one.values[place] * one.sign, 0)


def _down(one: Series, place: int) -> int:
    return max(-one.values[place] * one.sign, 0)


def _chart(
    title: Text,
    columns: Sequence[str],
    series: Sequence[Series],
    write: Callable[[int], str],
    bars: Sequence[Bar],
    curves: Sequence[Curve],
    bounds: tuple[int, int],
    zero: float,
) -> Chart:
    newest = ", ".join(f"{one.label} {write(one.values[-1])}" for one in series)
    return Chart(
        title=title,
        alt=f"{title}: {columns[0]} – {columns[-1]}. {columns[-1]}: {newest}",
        bars=bars,
        curves=curves,
        legend=[(one.label, one.tone) for one in series],
        heads=[one.label for one in series],
        rows=[
            (column, tuple(write(one.values[place]) for one in series))
            for place, column in reversed(list(enumerate(columns)))
        ],
        highest=write(bounds[0]),
        lowest=write(bounds[1]) if bounds[1] else "",
        begins=columns[0],
        ends=columns[-1],
        base=f"{zero:.1f}",
    )

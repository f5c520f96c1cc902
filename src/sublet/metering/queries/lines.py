"""Which anchors hold for an account, and so which period a moment belongs to there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from sublet.core.periods import DAY, FOREVER, STANDING, SUBSCRIPTION, Anchor, Period, Since, period_on

_EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
_MOST_LINES = 20_000
#: Periods that were asked for last, by kind and anchors: of a thousand events nearly all lie in the same few.
_known: dict[tuple[str, tuple[Since, ...] | str], list[Period]] = {}


@dataclass(frozen=True, slots=True)
class Line:
    """The anchors of one account in the order of time."""

    account_id: int
    anchors: tuple[Since, ...]

    def period(self, kind: str, moment: datetime) -> Period:
        """The period of that kind in which the moment lies."""
        if kind == STANDING:
            return FOREVER
        # The calendar is the same for everybody in a zone; anniversaries are not.
        alone = len(self.anchors) == 1 and not kind.startswith(SUBSCRIPTION)
        name = (kind, self.anchors[0].anchor.zone if alone else self.anchors)
        periods = _known.get(name)
        if periods is None:
            while len(_known) >= _MOST_LINES:
                _known.pop(next(iter(_known)), None)
            periods = _known[name] = []
        for period in periods:
            if period.holds(moment):
                return period
        found = period_on(kind, self.anchors, moment)
        _known[name] = [found, *periods[:5]]
        return found

    def day(self, moment: datetime) -> Period:
        """The day of that account in which the moment lies."""
        return self.period(DAY, moment)

    def day_start(self, moment: datetime) -> datetime:
        """When that day begins."""
        start = self.day(moment).start
        if start is None:
            raise AssertionError("a day has a beginning")
        return start


@dataclass(frozen=True, slots=True)
class Place:
    """An account that usage is told of, as far as counting needs it."""

    id: int
    ref: str
    line: Line


def read_instant(value: Any) -> datetime:
    """An instant as the driver gave it."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    found: datetime = value
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _day(value: Any) -> date:
    found: date = date.fromisoformat(value) if isinstance(value, str) else value
    return found


def birth_anchor(born: datetime, zone: str) -> Anchor:
    """What holds for an account of which nothing else was said."""
    return Anchor(born.astimezone(ZoneInfo(zone)).date(), zone)


_SQL = """
    SELECT a.id, a.ref, a.created_at, a.timezone, u.since, u.day, u.zone
    FROM account a LEFT JOIN usage_anchor u ON u.account_id = a.id
    WHERE {condition} ORDER BY a.id, u.since
"""


def _places(condition: str, values: Iterable[Any]) -> list[Place]:
    # past the scope: the caller narrows to what its actor reaches; the wall stands
    with connection.cursor() as cursor:
        cursor.execute(_SQL.format(condition=condition), list(values))
        rows = cursor.fetchall()
    found: dict[int, tuple[str, list[Since]]] = {}
    for number, ref, born, zone, since, day, anchor_zone in rows:
        if number not in found:
            first = Since(_EARLIEST, birth_anchor(read_instant(born), zone)) if since is None else None
            found[number] = (ref, [first] if first is not None else [])
        if since is not None:
            anchors = found[number][1]
            anchors.append(Since(read_instant(since) if anchors else _EARLIEST, Anchor(_day(day), anchor_zone)))
    return [Place(number, ref, Line(number, tuple(anchors))) for number, (ref, anchors) in found.items()]


def places_by_ref(refs: Iterable[str]) -> Mapping[str, Place]:
    """The accounts with those references, in one statement. Whose they are is the caller's to check, or the wall's."""
    wanted = sorted(set(refs))
    found: dict[str, Place] = {}
    for begin in range(0, len(wanted), 500):
        part = wanted[begin : begin + 500]
        marks = ", ".join(["%s"] * len(part))
        found.update((place.ref, place) for place in _places(f"a.ref IN ({marks})", part))
    return found


def line_of(account_id: int) -> Line:
    """The anchors of one account. Raises LookupError when there is none such in reach."""
    found = _places("a.id = %s", [account_id])
    if not found:
        raise LookupError(f"no account {account_id}")
    return found[0].line


def lines_of_ids(account_ids: Iterable[int]) -> dict[int, Line]:
    """The anchors of those accounts, in a statement for each 500."""
    wanted = sorted(set(account_ids))
    found: dict[int, Line] = {}
    for begin in range(0, len(wanted), 500):
        part = wanted[begin : begin + 500]
        marks = ", ".join(["%s"] * len(part))
        found.update((place.id, place.line) for place in _places(f"a.id IN ({marks})", part))
    return found

"""Columns of the client list as a file that an app above knows: the plan, how clients stand at their limits, signals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from sublet.foundation.sheets.writing import Kind, Value


@dataclass(frozen=True, slots=True)
class MoreColumn:
    """A column of the file. `by_name`: it leaves only when it is named, not when everything leaves."""

    key: str
    heading: str | Promise
    kind: Kind = "text"
    by_name: bool = False


#: The accounts of a batch, which the file has from its scope → account → key of a column → value. A fixed number of
#: statements for a batch, past the scope: the file is written when the request that asked for it is over.
Filler = Callable[[Sequence[int]], Mapping[int, Mapping[str, Value]]]
#: Which columns there are, in the language now active.
Columns = Callable[[], Sequence[MoreColumn]]
#: What fills those of these keys, as of a moment, in the language now active: another may be when rows are written.
Begin = Callable[[Sequence[str], datetime], Filler]

_sources: dict[str, tuple[Columns, Begin]] = {}


def tell_columns(app: str, columns: Columns, begin: Begin) -> None:
    """Say what columns an app has; for its `AppConfig.ready`."""
    _sources[app] = columns, begin


def more_columns() -> tuple[MoreColumn, ...]:
    """All of them."""
    return tuple(column for app in sorted(_sources) for column in _sources[app][0]())


def filler(keys: Iterable[str], at: datetime) -> Callable[[Sequence[int]], dict[int, list[Value]]]:
    """What gives the cells of those columns, in that order, for each account of a batch."""
    wanted = list(keys)
    begun: list[Filler] = []
    for columns, begin in _sources.values():
        mine = [column.key for column in columns() if column.key in wanted]
        if mine:
            begun.append(begin(mine, at))

    def fill(ids: Sequence[int]) -> dict[int, list[Value]]:
        found = [each(ids) for each in begun]
        told: dict[int, list[Value]] = {}
        for number in ids:
            cells: dict[str, Value] = {}
            for each in found:
                cells.update(each.get(number, {}))
            told[number] = [cells.get(key) for key in wanted]
        return told

    return fill

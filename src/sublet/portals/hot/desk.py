"""What those who answer have at hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sublet.portals.hot.asked import Answer, Asked
from sublet.portals.hot.group import Group
from sublet.portals.hot.reading import Reader

#: Status, headers besides the usual ones, body.
Told: TypeAlias = tuple[int, Sequence[tuple[str, str]], bytes]


@dataclass(frozen=True, slots=True)
class Desk:
    """`group` writes, `reader` looks whether answers are still so, `in_thread` does what else reads the database, `ask` puts
    the request to the ordinary API."""

    group: Group
    reader: Reader
    in_thread: Callable[[Callable[[], Any]], Awaitable[Any]]
    ask: Callable[[Asked], Awaitable[Answer]]

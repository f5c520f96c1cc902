"""What those who answer have at hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sublet.portals.hot.asked import Answer, Asked
from sublet.portals.hot.group import Group

#: Status, headers besides the usual ones, body.
Told: TypeAlias = tuple[int, Sequence[tuple[str, str]], bytes]


@dataclass(frozen=True, slots=True)
class Desk:
    """`group` writes, `in_thread` does what reads the database, `ask` puts the request to the ordinary API."""

    group: Group
    in_thread: Callable[[Callable[[], Any]], Awaitable[Any]]
    ask: Callable[[Asked], Awaitable[Answer]]

"""How much a run looks at: what each commit can afford, or (`SUBLET_TEST_FULL=1`) everything.

What is left out is left out by a fixed rule: a run is repeatable. Where `one_of` chooses between two, SQLite and PostgreSQL
choose differently, so that both together have seen both.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar
from zlib import crc32

Choice = TypeVar("Choice")

ON_POSTGRESQL = os.environ.get("SUBLET_TEST_DATABASE", "sqlite") == "postgresql"
#: Whether no run on PostgreSQL follows: nothing may be left to it.
ALONE = os.environ.get("SUBLET_TEST_ALONE") == "1"
#: The variable that says so; processes that tests start inherit it.
HOW_MUCH = "SUBLET_TEST_FULL"
FULL = os.environ.get(HOW_MUCH) == "1"
_TURN = 1 if ON_POSTGRESQL else 0


def one_of(choices: tuple[str, ...], *what: str) -> tuple[str, ...]:
    """All `choices` in a full run, else the one whose turn it is for `what`: the other database takes another."""
    if FULL:
        return choices
    return (choices[(crc32("|".join(what).encode()) + _TURN) % len(choices)],)


def some_of(choices: Sequence[Choice], share: int, *what: str) -> list[Choice]:
    """All `choices` in a full run, else each `share`-th of them: which, depends on `what` and on the database."""
    if FULL:
        return list(choices)
    return _each(choices, share, _TURN, what)


def elsewhere(choices: Sequence[Choice], share: int, *what: str) -> list[Choice]:
    """What `some_of` chooses on PostgreSQL, asked on SQLite; nothing in a full run."""
    return [] if FULL else _each(choices, share, 1, what)


def _each(choices: Sequence[Choice], share: int, turn: int, what: tuple[str, ...]) -> list[Choice]:
    return list(choices[(crc32("|".join(what).encode()) + turn) % share :: share])


def examples(number: int) -> int:
    """How many examples of a property are tried: `number` in a full run, else a third of them."""
    return number if FULL else max(10, number // 3)

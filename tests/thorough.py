"""How much a run looks at: what each commit can afford, or (`SUBLET_TEST_FULL=1`) everything.

What is left out is left out by a fixed rule: a run is repeatable. Where `one_of` chooses between two, SQLite and PostgreSQL
choose differently, so that both together have seen both.
"""

from __future__ import annotations

import os
from zlib import crc32

FULL = os.environ.get("SUBLET_TEST_FULL") == "1"
_TURN = 1 if os.environ.get("SUBLET_TEST_DATABASE", "sqlite") == "postgresql" else 0


def one_of(choices: tuple[str, ...], *what: str) -> tuple[str, ...]:
    """All `choices` in a full run, else the one whose turn it is for `what`: the other database takes another."""
    if FULL:
        return choices
    return (choices[(crc32("|".join(what).encode()) + _TURN) % len(choices)],)

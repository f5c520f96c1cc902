"""Statements of PostgreSQL that are planned once for a connection: planning some takes three times what running them does.

Asked by ``EXECUTE`` in the text of a message, so that the scope (see `base`) still travels with it. Behind a pooler that gives
each transaction another connection, a plan may be missing or be there already: the first time that happens the process goes
back to sending the whole statement, and whoever asked tries again (`LOST`, as after a deadlock).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from django.db import Error, connection

#: There is no such plan here; there is one already.
LOST = frozenset({"26000", "42P05"})
_pooled = False


class Planned:
    """A statement with named values, and the type of each. For PostgreSQL only; the wall stands."""

    def __init__(self, name: str, types: Mapping[str, str], sql: str) -> None:
        self._types = types
        self._sql = sql
        # Another version of the statement is another plan: a pooler keeps connections for longer than we live.
        self._name = f"sublet_{name}_{hashlib.sha256(sql.encode()).hexdigest()[:12]}"
        numbers = {each: f"${number}" for number, each in enumerate(types, 1)}
        body = re.sub(r"%\((\w+)\)s", lambda found: numbers[str(found[1])], sql)
        self._prepare = f"PREPARE {self._name} ({', '.join(types.values())}) AS {body}"
        self._execute = f"EXECUTE {self._name} ({', '.join(f'%({each})s' for each in types)})"
        self._whole = re.sub(r"%\((\w+)\)s", lambda found: f"{found[0]!s}::{types[str(found[1])]}", sql)

    def row(self, **values: Any) -> tuple[Any, ...] | None:
        """The first row of the answer. Raises what Django raises; a plan that was lost is an error with a code of `LOST`."""
        global _pooled
        # past the scope: the statement says which rows it means; the wall stands
        with connection.cursor() as cursor:
            if _pooled:
                cursor.execute(self._whole, values)
            else:
                try:
                    self._ask(cursor, values)
                except Error as fault:
                    if getattr(fault.__cause__, "sqlstate", "") not in LOST:
                        raise
                    _pooled = True
                    if connection.in_atomic_block:
                        raise  # the transaction is lost as well
                    cursor.execute(self._whole, values)
            found: tuple[Any, ...] | None = cursor.fetchone()
        return found

    def _ask(self, cursor: Any, values: Mapping[str, Any]) -> None:
        driver: Any = connection.connection
        known: set[str] = driver.__dict__.setdefault("sublet_planned", set())
        if self._name not in known:
            cursor.execute(self._prepare)
            known.add(self._name)
        cursor.execute(self._execute, values)

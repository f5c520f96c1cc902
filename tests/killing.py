"""Writes that are begun by one process after another, each killed by SIGKILL at another point: for modules that a test runs
in an installation of its own (`tests.installation`), after `django.setup()`.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
from collections.abc import Callable, Mapping
from typing import Any

from tests.thorough import FULL

_CHANGES = re.compile(r"\s*(INSERT|UPDATE|DELETE)", re.IGNORECASE)


class Killing:
    """`counted` are tables whose rows are counted, `marks` statements that count what tells before from after."""

    def __init__(self, counted: tuple[str, ...], marks: Mapping[str, str]) -> None:
        self.asked_for = {**{name: f'SELECT count(*) FROM "{name}"' for name in counted}, **marks}
        self._fork = multiprocessing.get_context("fork")
        self._changes = self._fork.Value("i")  # of the last process

    def rows(self) -> dict[str, int]:
        """What there is now; what there is none of is left out."""
        from django.db import connections

        from sublet.foundation.scope import platform_scope

        with platform_scope("test"), connections["default"].cursor() as cursor:
            found = {name: cursor.execute(sql).fetchone()[0] for name, sql in self.asked_for.items()}
        connections.close_all()
        return {name: count for name, count in found.items() if count}

    def left_by(self, work: Callable[[], object], dies: int | str = "") -> list[Any]:
        """How the process ended that did it, and the rows that there are then. `dies`: at which change, or ``before`` or
        ``after`` its commit."""
        self._changes.value = 0
        process = self._fork.Process(target=self._writer, args=(work, dies))
        process.start()
        process.join()
        return [process.exitcode, self.rows()]

    def at_each_point(self, work: Callable[[], object]) -> list[Any]:
        """What was there before; what each process left that was killed before its commit, and at each of its changes (in a
        commit's run, of many, at the first, the last and each third between); what the one left that was killed just after it."""
        before = self.rows()
        left = [self.left_by(work, "before")]
        last = self._changes.value
        points = range(1, last + 1) if FULL or last < 9 else sorted({*range(1, last, 3), last})
        left += [self.left_by(work, number) for number in points]
        return [before, left, self.left_by(work, "after")]

    def _writer(self, work: Callable[[], object], dies: int | str) -> None:
        from django.db import connections

        connection = connections["default"]

        def watched(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
            found = execute(sql, *arguments)
            if _CHANGES.match(sql):
                self._changes.value += 1
                if self._changes.value == dies:
                    os.kill(os.getpid(), signal.SIGKILL)
            return found

        dies_at_commit(dies)
        with connection.execute_wrapper(watched):
            work()


def dies_at_commit(dies: int | str) -> None:
    """From now on this process kills itself at its next commit: ``before`` or ``after`` it; at nothing for any other word."""
    from django.db import connections  # models can be used only once Django is ready

    connection: Any = connections["default"]  # `_commit` is no part of what is declared
    connection.ensure_connection()
    commit = connection._commit

    def committing() -> None:
        if dies == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        commit()
        if dies == "after":
            os.kill(os.getpid(), signal.SIGKILL)

    connection._commit = committing

"""What the test of killed sealers starts: ``python -m tests.foundation.sealing``, on a database with all tables.

Again and again entries are written and a process that seals them is killed, by SIGKILL: at its first statement, its second
and so on to the last, by turns before and after the statement, as well as while it commits. Then another goes on. Prints as
JSON how each ended and what it left.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import django

ACCOUNTS = 3
#: More than one run with these sizes takes: the last child finds nothing to die of.
MOST_STATEMENTS = 60


def main() -> int:
    django.setup()
    from django.db import connections, transaction

    from sublet.foundation.actor import JOB, platform_actor
    from sublet.foundation.clock import now
    from sublet.foundation.jobs.events import ScheduleSwitchedOn
    from sublet.foundation.journal import seals
    from sublet.foundation.journal.models import JournalEntry, JournalSeal
    from sublet.foundation.journal.operations import record_many
    from sublet.foundation.scope import platform_scope

    actor = platform_actor(name="Sealer", account_id=1, account_ref="acc_sealer", account_name="Sealer", via=JOB)

    def write() -> None:
        events = [(1 + number % ACCOUNTS, ScheduleSwitchedOn(schedule="x")) for number in range(3 * ACCOUNTS)]
        with platform_scope("test data"), transaction.atomic():
            record_many(events, actor=actor, at=now())

    def verified() -> list[int]:
        """How many entries wait for their seal, how many chains are broken, how many seals are one too many."""
        with platform_scope("test"):
            found = seals.verify_journal()
            sealed = JournalEntry.unscoped.count() - found.unsealed
            return [found.unsealed, len(found.breaks), JournalSeal.unscoped.count() - sealed]

    def until_let_go() -> None:
        """A server may take a moment to see that whoever held the lock is gone."""
        if connections["default"].vendor != "postgresql":
            return
        held = """
            SELECT pg_sleep(0.001) FROM pg_locks
            WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """
        with connections["default"].cursor() as cursor:
            for _ in range(60_000):
                cursor.execute(held)
                if cursor.fetchone() is None:
                    return
        raise AssertionError("a killed sealer still holds its lock")

    def sealer(turn: int) -> None:
        """Seals, and dies where it is told; ``-1`` at its first commit, ``-2`` at its second."""
        seals._ACCOUNTS, seals._ROWS = 2, 2  # so that few entries take several transactions and several turns
        connection: Any = connections["default"]  # `_commit` is no part of what is declared
        count = 0

        def watched(execute: Callable[..., Any], *arguments: Any) -> Any:
            nonlocal count
            count += 1
            if count == turn and turn % 2:
                os.kill(os.getpid(), signal.SIGKILL)
            found = execute(*arguments)
            if count == turn:
                os.kill(os.getpid(), signal.SIGKILL)
            return found

        commit, commits = connection._commit, 0

        def committing() -> None:
            nonlocal commits
            commits += 1
            if commits == -turn:
                os.kill(os.getpid(), signal.SIGKILL)
            commit()

        connection._commit = committing
        with connection.execute_wrapper(watched):
            seals.seal_journal(at=now())

    fork, told = multiprocessing.get_context("fork"), []
    for turn in (-1, -2, *range(1, MOST_STATEMENTS)):
        write()
        connections.close_all()
        process = fork.Process(target=sealer, args=(turn,))
        process.start()
        process.join()
        until_let_go()
        left = verified()
        seals.seal_journal(at=now())
        told.append([process.exitcode, left, verified()])
        if process.exitcode == 0:
            break
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())

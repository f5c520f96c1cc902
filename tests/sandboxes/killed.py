"""What the test of killed moves starts: ``python -m tests.sandboxes.killed``, on a database with all tables.

Two sandboxes of the same portfolio. The clock of one is moved in peace; that of the other by one process after another, each killed
by SIGKILL: while the child is at work, just before the commit of a month, and just after it. Prints as JSON how each ended, and what
both sandboxes tell.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import django

from tests.thorough import FULL

#: Three months in a full run, else one.
UNTIL = "2026-06-20" if FULL else "2026-04-20"
POINTS = ("child", "before", "after")


def main() -> int:
    django.setup()
    from django.db import connections

    from sublet.foundation.scope import platform_scope
    from sublet.sandboxes import operations
    from sublet.sandboxes.models import Sandbox, SandboxInvoice, SandboxLine, SandboxMail
    from tests.people import AT, make_world
    from tests.sandboxes.portfolio import begin, furnished, moves, seen

    world = make_world()
    with furnished(world):
        peace, war = begin(world), begin(world)
    for row in (peace, war):
        from datetime import date

        with world.scope("rosa") as rosa:
            operations.move_sandbox(ref=row.ref, by="date", until=date.fromisoformat(UNTIL), actor=rosa, at=AT)
    actor = world.actor("rosa")

    def found(row: Sandbox) -> dict[str, Any]:
        with platform_scope("test"):
            mine = {"sandbox_id": row.id}
            told = {
                "lines": [
                    [f"{each.at}", each.event] for each in SandboxLine.objects.filter(**mine).order_by("position")
                ],
                "places": [each.position for each in SandboxLine.objects.filter(**mine).order_by("position")],
                "mails": sorted(each.subject for each in SandboxMail.objects.filter(**mine)),
                "invoices": sorted(
                    [each.number, each.gross_minor, each.open_minor] for each in SandboxInvoice.objects.filter(**mine)
                ),
            }
        now = seen(world, row.ref)
        return {**told, "clock": f"{now.clock}", "state": now.state, "moves": [each.state for each in moves(row)]}

    fork = multiprocessing.get_context("fork")
    ended: list[tuple[str, int | None]] = []

    def process(row: Sandbox, dies: str) -> int | None:
        connections.close_all()
        child = fork.Process(target=_move, args=(row.ref, moves(row)[0].ref, actor, dies))
        child.start()
        child.join()
        return child.exitcode

    assert process(peace, "") == 0
    for number in range(60):
        dies = POINTS[number % len(POINTS)]
        ended.append((dies, process(war, dies)))
        if ended[-1][1] == 0:
            break
    print(json.dumps({"ended": ended, "peace": found(peace), "war": found(war), "left": _left()}))
    return 0


def _move(ref: str, move: str, actor: Any, dies: str) -> None:
    from sublet.sandboxes import moving
    from tests.killing import dies_at_commit
    from tests.people import AT

    if dies == "child":
        wait = subprocess.Popen.wait

        def waited(self: Any, timeout: float | None = None) -> int:
            os.kill(os.getpid(), signal.SIGKILL)
            return int(wait(self, timeout))

        subprocess.Popen.wait = waited  # type: ignore[method-assign]  # of this process, which dies

    dies_at_commit(dies)
    moving.move_clock(ref=ref, move=move, to_next=False, actor=actor, at=AT, progress=lambda _done, _total: None)


def _left() -> int:
    """How many children of killed processes of this installation still run: they end as their input is closed."""
    import time

    mine = os.environ["SUBLET_VAR"].encode()  # their folders lie below it; others may run sandboxes at the same time
    for _try in range(100):
        running = 0
        for each in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                command = each.read_bytes()
                running += b"sublet.sandboxes.engine.child" in command and mine in command
            except OSError:
                continue
        if not running:
            return 0
        time.sleep(0.1)
    return running


if __name__ == "__main__":
    sys.exit(main())

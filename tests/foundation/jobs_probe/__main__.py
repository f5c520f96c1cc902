"""What the process tests start: ``python -m tests.foundation.jobs_probe COMMAND``."""

from __future__ import annotations

import json
import multiprocessing
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.synchronize import Barrier
from typing import Any

import django
from django.core.management import call_command
from django.db import connections

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def _together(count: int, work: Callable[[], Any]) -> list[Any]:
    """Do `work` in `count` processes that begin at the same moment; what each returned."""
    connections.close_all()
    start: multiprocessing.context.ForkContext = multiprocessing.get_context("fork")
    barrier, answers = start.Barrier(count), start.Queue()

    def child(gate: Barrier) -> None:
        gate.wait()
        answers.put(work())
        connections.close_all()

    children = [start.Process(target=child, args=(barrier,)) for _ in range(count)]
    for process in children:
        process.start()
    found = [answers.get(timeout=60) for _ in children]
    for process in children:
        process.join()
        assert process.exitcode == 0
    return found


def main(command: str, *arguments: str) -> int:
    from sublet.foundation import clock
    from sublet.foundation.jobs import enqueue, queue
    from sublet.foundation.jobs.registry import PLANS
    from sublet.foundation.jobs.schedules import fire_due, schedule_actor, sync_schedules
    from sublet.foundation.jobs.worker import run_worker

    actor = schedule_actor()
    match command:
        case "migrate":
            call_command("migrate", run_syncdb=True, verbosity=0)
        case "put":
            for kind, payload in json.loads(arguments[0]):
                enqueue(kind, account_id=7, actor=actor, at=clock.now(), payload=payload)
        case "put-same-key":

            def put() -> list[str]:
                facts: dict[str, Any] = {"account_id": 7, "actor": actor, "at": AT, "payload": {"name": "x"}}
                return [enqueue("probe.once", **facts, key="the-one") for _ in range(10)]

            print(json.dumps(_together(8, put)))
        case "claim-all":

            def claim() -> list[str]:
                mine: list[str] = []
                while (job := queue.claim(worker="w", kinds=["probe.once"], at=clock.now())) is not None:
                    mine.append(str(job.id))
                return mine

            print(json.dumps(_together(8, claim)))
        case "fire":
            sync_schedules(at=AT)
            later = AT.replace(year=2027)
            print(json.dumps([len(PLANS), _together(8, lambda: len(fire_due(at=later)))]))
        case "work":
            return run_worker(threads=int(arguments[0]), once="once" in arguments)
        case _:
            return 2
    return 0


if __name__ == "__main__":
    django.setup()
    sys.exit(main(*sys.argv[1:]))

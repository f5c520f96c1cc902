"""What the test of simultaneous requests starts: ``python -m tests.portals.api.parallel ROUNDS``, on
a database with all tables.

Sixteen processes send the same request, with the same key, at the same moment; then one is killed between the effect and
the answer, and its request is sent again. Prints as JSON what each was answered and what came of it.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from typing import Any

import django

PROCESSES = 16


def main() -> int:
    django.setup()
    from django.db import connections

    from sublet.accounts.models import Account
    from sublet.foundation.scope import platform_scope
    from sublet.messaging.models import OutboxMail
    from tests.people import make_world
    from tests.portals.api.caller import make_caller

    with platform_scope("test data"):
        rosa = make_caller(make_world(), "rosa")

    def send(key: str, name: str) -> tuple[int, str]:
        body = {"name": name, "owner": {"email": f"{name}@example.test"}}
        answer = rosa.post("/clients", body, headers={"Idempotency-Key": key})
        return answer.status, answer.response.get("Idempotency-Replayed", "") or answer.body.get("code", "")

    def effects(name: str) -> list[int]:
        with platform_scope("test"):
            clients = Account.objects.filter(name=name).count()
            return [clients, OutboxMail.objects.filter(to_email=f"{name}@example.test").count()]

    fork = multiprocessing.get_context("fork")
    answers = fork.Queue()

    def child(barrier: Barrier, name: str) -> None:
        barrier.wait()
        answers.put(send(name, name))
        connections.close_all()

    def together(name: str) -> list[Any]:
        connections.close_all()
        barrier = fork.Barrier(PROCESSES)
        children = [fork.Process(target=child, args=(barrier, name)) for _ in range(PROCESSES)]
        for process in children:
            process.start()
        found = [answers.get(timeout=120) for _ in children]
        for process in children:
            process.join()
        return found

    def dying(name: str) -> None:
        """Ends this process where the effect is written and the answer is about to be."""

        def watched(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
            if sql.startswith('UPDATE "idempotent_answer"'):
                os.kill(os.getpid(), signal.SIGKILL)
            return execute(sql, *arguments)

        with connections["default"].execute_wrapper(watched):
            send(name, name)

    rounds = []
    # What a process loads at its first request is loaded once, here.
    rosa.get("/clients")
    for number in range(int(sys.argv[1])):
        name = f"round{number}"
        found = Counter(json.dumps(each) for each in together(name))
        rounds.append([sorted(found.items()), effects(name)])
    connections.close_all()
    process = fork.Process(target=dying, args=("killed",))
    process.start()
    process.join()
    killed = [
        process.exitcode,
        effects("killed"),
        send("killed", "killed"),
        send("killed", "killed"),
        effects("killed"),
    ]
    print(json.dumps({"rounds": rounds, "killed": killed}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Group commit: who waits together is written together, and nobody is told before it is kept."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sublet.foundation.actor import Actor
from sublet.metering.operations import CannotRecordUsage, Recorded, Usage

if TYPE_CHECKING:
    from sublet.portals.hot.group import Said
from tests.factories import AT


def actor(key: str) -> Actor:
    return Actor(
        user_id=None, name=key, account_id=1, account_ref="acc_x", account_kind="vendor", account_name="V", key_ref=key
    )


def usage(number: int) -> Usage:
    return Usage("app", str(number), AT, "acc_x", "sent")


class Work:
    """Notes what is written together; the first one waits until it is let go."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.groups: list[tuple[str, list[int]]] = []
        self.begun, self.go = threading.Event(), threading.Event()
        self.fault = fault

    def __call__(self, bodies: list[Sequence[Usage]], who: Actor) -> list[Recorded | CannotRecordUsage]:
        self.groups.append((who.key_ref, [len(body) for body in bodies]))
        self.begun.set()
        assert self.go.wait(10)
        if self.fault is not None:
            raise self.fault
        return [Recorded(len(body), 0) for body in bodies]


def run(work: Work, asked: list[tuple[str, int]]) -> list[Said]:
    from sublet.portals.hot.group import Group

    async def all_of_them() -> list[Said]:
        group = Group(asyncio.get_running_loop(), work)
        first = asyncio.create_task(group.record([usage(0)], actor("a")))
        await asyncio.to_thread(work.begun.wait)
        rest = [
            asyncio.create_task(group.record([usage(number)] * size, actor(key)))
            for number, (key, size) in enumerate(asked, 1)
        ]
        await asyncio.sleep(0.05)
        assert not any(task.done() for task in (first, *rest))
        work.go.set()
        try:
            return [await task for task in (first, *rest)]
        finally:
            await asyncio.to_thread(group.end)

    return asyncio.run(all_of_them())


def test_those_who_wait_share_the_next_transaction() -> None:
    work = Work()
    told = run(work, [("a", 1), ("a", 2), ("a", 1)])
    assert work.groups == [("a", [1]), ("a", [1, 2, 1])]
    assert told == [Recorded(1, 0), Recorded(1, 0), Recorded(2, 0), Recorded(1, 0)]


def test_keys_do_not_share_and_keep_their_order() -> None:
    work = Work()
    run(work, [("a", 1), ("b", 1), ("a", 2), ("b", 3)])
    assert work.groups == [("a", [1]), ("a", [1, 2]), ("b", [1, 3])]


def test_a_group_has_an_end() -> None:
    work = Work()
    run(work, [("a", 1000)] * 5)
    assert work.groups == [("a", [1]), ("a", [1000, 1000]), ("a", [1000, 1000]), ("a", [1000])]


def test_a_fault_is_told_to_all_of_the_group_and_the_writer_goes_on() -> None:
    fault = RuntimeError("the database is away")
    work = Work(fault)
    assert run(work, [("a", 1), ("b", 1)]) == [fault, fault, fault]
    assert len(work.groups) == 3

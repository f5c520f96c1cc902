"""Group commit: who waits together is written together, and nobody is told before it is kept."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

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
    run(work, [("a", 200)] * 5 + [("a", 1000)])
    assert work.groups == [("a", [1]), ("a", [200, 200]), ("a", [200, 200]), ("a", [200]), ("a", [1000])]
    found = among([(str(number), 1000) for number in range(5)])
    assert found == [["0", "1"], ["2", "3"], ["4"]]


def test_a_fault_is_told_to_all_of_the_group_and_the_writer_goes_on() -> None:
    fault = RuntimeError("the database is away")
    work = Work(fault)
    assert run(work, [("a", 1), ("b", 1)]) == [fault, fault, fault]
    assert len(work.groups) == 3


def among(asked: list[tuple[str, int]], *, most: int = 2_000) -> list[list[str]]:
    """Which accounts are written together, in the order in which they are. "!" is somebody who consumes."""
    from sublet.portals.hot import group as module

    done: list[list[str]] = []
    begun, go = threading.Event(), threading.Event()

    def work(bodies: list[Sequence[Usage]], _who: Actor) -> list[Recorded | CannotRecordUsage]:
        begun.set()
        assert go.wait(10)
        done.append([body[0].account for body in bodies])
        return [Recorded(len(body), 0) for body in bodies]

    async def all_of_them() -> None:
        group = module.Group(asyncio.get_running_loop(), work)
        tasks = [asyncio.create_task(group.record([Usage("app", "0", AT, "first", "sent")], actor("a")))]
        await asyncio.to_thread(begun.wait)
        for account, size in asked:
            if size:
                body = [Usage("app", str(number), AT, account, "sent") for number in range(size)]
                tasks.append(asyncio.create_task(group.record(body, actor("a"))))
            else:
                tasks.append(asyncio.create_task(group.call(lambda: done.append(["!"]), account, actor("a"))))  # type: ignore[arg-type, return-value]  # all are awaited alike
        await asyncio.sleep(0.05)
        go.set()
        try:
            for task in tasks:
                await task
        finally:
            await asyncio.to_thread(group.end)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "MOST_TOGETHER", most)
        asyncio.run(all_of_them())
    return done[1:]


def test_an_account_that_floods_waits_for_itself() -> None:
    """Fifty bodies of one account come first; another one's body is in the very next group, and who consumes is next after it."""
    found = among([("flood", 10)] * 50 + [("calm", 10), ("other", 0)], most=50)
    assert found[0] == ["flood", "calm", "flood", "flood", "flood"]
    assert found[1] == ["!"]
    assert sum(each.count("flood") for each in found) == 50


def test_what_waits_for_one_account_has_a_bound_and_others_are_let_in() -> None:
    from sublet.portals.hot import group as module

    begun, go = threading.Event(), threading.Event()

    def work(bodies: list[Sequence[Usage]], _who: Actor) -> list[Recorded | CannotRecordUsage]:
        begun.set()
        assert go.wait(10)
        return [Recorded(len(body), 0) for body in bodies]

    async def all_of_them() -> None:
        group = module.Group(asyncio.get_running_loop(), work)
        events = {name: [Usage("app", "1", AT, name, "sent")] for name in ("flood", "calm")}
        tasks = [asyncio.create_task(group.record(events["flood"], actor("a")))]
        await asyncio.to_thread(begun.wait)
        tasks += [asyncio.create_task(group.record(events["flood"], actor("a"))) for _ in range(module.MOST_WAITING)]
        await asyncio.sleep(0.05)
        with pytest.raises(module.Full):
            await group.record(events["flood"], actor("a"))
        with pytest.raises(module.Full):
            await group.call(lambda: None, "flood", actor("a"))
        tasks.append(asyncio.create_task(group.record(events["calm"], actor("a"))))
        await asyncio.sleep(0)
        go.set()
        assert [await task for task in tasks] == [Recorded(1, 0)] * (module.MOST_WAITING + 2)
        await asyncio.to_thread(group.end)

    asyncio.run(all_of_them())

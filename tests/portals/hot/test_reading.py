"""Reading together: who asks while the database is being read shares the next look, never the one that runs."""

from __future__ import annotations

import asyncio
import importlib
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pytest_django import DjangoAssertNumQueries

from sublet.foundation.actor import Actor
from sublet.metering.operations import Usage, record_usage
from tests.entitlements import load
from tests.factories import AT
from tests.people import World, make_world

if TYPE_CHECKING:
    from sublet.portals.hot.answers import Kept


def actor(key: str) -> Actor:
    return Actor(
        user_id=None, name=key, account_id=1, account_ref="acc_x", account_kind="vendor", account_name="V", key_ref=key
    )


def kept(number: int) -> Kept:
    from sublet.portals.hot.answers import Kept

    return Kept(number, frozenset(), (), AT, b"", b"", str(number))


class Look:
    """Notes what is looked at together; the first look waits until it is let go."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.looks: list[tuple[str, list[int]]] = []
        self.begun, self.go = threading.Event(), threading.Event()
        self.fault = fault

    def __call__(self, asked: list[Kept], who: Actor) -> list[bytes | None]:
        self.looks.append((who.key_ref, [each.account_id for each in asked]))
        self.begun.set()
        assert self.go.wait(10)
        if self.fault is not None:
            raise self.fault
        return [b"%d" % each.account_id for each in asked]


def run(look: Look, asked: list[tuple[str, int]], most: int = 500) -> list[bytes | None]:
    from sublet.portals.hot import reading

    async def in_thread(work: Callable[[], Any]) -> Any:
        return await asyncio.to_thread(work)

    async def all_of_them() -> list[bytes | None]:
        reader = reading.Reader(in_thread, look)
        first = asyncio.create_task(reader.still(kept(0), actor("a")))
        await asyncio.to_thread(look.begun.wait)
        rest = [asyncio.create_task(reader.still(kept(number), actor(key))) for key, number in asked]
        await asyncio.sleep(0.05)
        assert not any(task.done() for task in (first, *rest))
        look.go.set()
        return [await task for task in (first, *rest)]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(reading, "MOST_TOGETHER", most)
        return asyncio.run(all_of_them())


def test_those_who_ask_meanwhile_share_the_next_look() -> None:
    look = Look()
    assert run(look, [("a", 1), ("a", 2), ("a", 1)]) == [b"0", b"1", b"2", b"1"]
    assert look.looks == [("a", [0]), ("a", [1, 2, 1])]


def test_keys_do_not_share_and_none_waits_for_all_of_another() -> None:
    look = Look()
    run(look, [("a", 1), ("a", 2), ("a", 3), ("b", 4)], most=2)
    assert look.looks == [("a", [0]), ("a", [1, 2]), ("b", [4]), ("a", [3])]


def test_after_a_fault_each_asks_alone() -> None:
    look = Look(RuntimeError("the database is away"))
    assert run(look, [("a", 1), ("b", 1)]) == [None, None, None]


@pytest.mark.django_db
def test_an_answer_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from sublet.portals.hot import answers

    told: Any = importlib.import_module("sublet.entitlements.queries.told")
    asked: list[int] = []
    work = told.standings_of

    def counted(found: Any, **more: Any) -> Any:
        asked.append(len(found))
        return work(found, **more)

    monkeypatch.setattr(told, "standings_of", counted)
    world: World = make_world()
    load(world)
    with world.scope("vera") as vera:
        answers.answer(world.carl.ref, actor=vera, language="en", at=AT)
        kept_now = answers.kept_of(world.carl.ref, actor=vera, language="en")
        assert kept_now is not None
        assert answers.still_so([kept_now], AT) != [None]
    assert asked == [1]


@pytest.mark.django_db
def test_one_statement_says_of_each_whether_it_is_still_so(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    from sublet.portals.hot import answers

    world: World = make_world()
    load(world)
    at = AT + timedelta(hours=1)
    with world.scope("vera") as vera:
        refs = [world.carl.ref, world.elan.ref, world.rosa.ref]
        first = [answers.answer(ref, actor=vera, language="en", at=at)[0] for ref in refs]
        there = [answers.kept_of(ref, actor=vera, language="en") for ref in refs]
        found = [each for each in there if each is not None]
        assert len(found) == 3
        with django_assert_num_queries(1):
            assert answers.still_so([*found, found[0]], at) == [*first, first[0]]
        record_usage(events=[Usage("app", "1", at, world.elan.ref, "appointments")], actor=vera, at=at)
        again = answers.still_so(found, at)
        assert again[1] is None
        assert again[0] is not None
        assert again[2] is not None
        later = at + timedelta(minutes=1)
        assert answers.still_so(found, later) == [None] * 3

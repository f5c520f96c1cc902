"""The twin for asyncio: the same answers, and everything that the other has."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from sublet_client import AsyncOpenIdConnect, AsyncSublet, LimitReached, NotFound, OpenIdConnect, Sublet, Unreachable
from sublet_client._spool import Spool
from sublet_client.aio import AsyncEntitlementCache
from sublet_client.client import EntitlementCache
from sublet_client.forward import AsyncForwardAuth, ForwardAuth
from tests.sdk.stand_in import KEY, StandIn


async def until(what: Callable[[], bool]) -> None:
    for _ in range(2000):
        if what():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen")


def run(server: StandIn, tmp_path: Path, work: Callable[[AsyncSublet], Awaitable[None]]) -> None:
    async def whole() -> None:
        sublet = AsyncSublet(server.url, KEY, spool_path=tmp_path / "spool", timeout=2.0, fail_open={"online_payment"})
        try:
            await work(sublet)
        finally:
            await sublet.close(0.2)

    asyncio.run(whole())


@pytest.mark.parametrize(
    ("plain", "twin"),
    [
        (Sublet, AsyncSublet),
        (EntitlementCache, AsyncEntitlementCache),
        (OpenIdConnect, AsyncOpenIdConnect),
        (ForwardAuth, AsyncForwardAuth),
    ],
)
def test_the_twins_have_the_same_names_and_arguments(plain: type, twin: type) -> None:
    def public(of: type) -> dict[str, list[str]]:
        return {
            name: list(inspect.signature(each).parameters)
            for name, each in inspect.getmembers(of, inspect.isfunction)
            if not name.startswith("_") or name == "__init__"
        }

    assert public(plain) == public(twin)


def test_checks_follow_changes(server: StandIn, tmp_path: Path) -> None:
    async def work(sublet: AsyncSublet) -> None:
        assert await sublet.entitlements.check("acc_bella", "calendar_feed")
        assert not await sublet.entitlements.check("acc_bella", "online_payment")
        await until(lambda: sublet.entitlements.fresh)
        server.grant("acc_bella", "online_payment", True)
        await until(lambda: sublet.entitlements.peek("acc_bella", "online_payment").allowed)
        assert (await sublet.entitlements.check("acc_bella", "online_payment")).reason == "override"
        assert await sublet.entitlements.remaining("acc_bella", "appointments") == 50
        with pytest.raises(NotFound):
            await sublet.entitlements.of("acc_nobody")
        await asyncio.to_thread(server.__exit__)
        await until(lambda: not sublet.entitlements.fresh)
        assert (await sublet.entitlements.check("acc_bella", "calendar_feed")).allowed
        assert (await sublet.entitlements.check("acc_never", "online_payment")).reason == "unknown"

    run(server, tmp_path, work)


def test_the_first_question_after_a_restart_hears_what_changed_meanwhile(server: StandIn, tmp_path: Path) -> None:
    async def asked() -> tuple[bool, object]:
        made = AsyncSublet(server.url, KEY, cache_path=tmp_path / "copy.json", timeout=2.0)
        allowed = (await made.entitlements.check("acc_bella", "calendar_feed")).allowed
        await until(lambda: made.entitlements.fresh)
        whole = (await made.entitlements.of("acc_bella")).features["calendar_feed"].value
        await made.close(0.2)
        return allowed, whole

    assert asyncio.run(asked()) == (True, True)
    server.grant("acc_bella", "calendar_feed", False)
    assert asyncio.run(asked()) == (False, False)


def test_use_is_counted_once(server: StandIn, tmp_path: Path) -> None:
    meter = server.accounts["acc_bella"].meters["appointments"]

    async def work(sublet: AsyncSublet) -> None:
        server.lose_answers = 1
        assert await sublet.consume("acc_bella", "appointments")
        async with sublet.reserve("acc_bella", "appointments", 10) as reservation:
            await reservation.commit(4)
        with pytest.raises(LimitReached):
            async with sublet.reserve("acc_bella", "appointments", 1000):
                pass
        with pytest.raises(ZeroDivisionError):
            async with sublet.reserve("acc_bella", "appointments", 2):
                raise ZeroDivisionError
        await asyncio.gather(*(sublet.record("acc_bella", "appointments") for _ in range(20)))
        await sublet.record("acc_bella", "no_such_meter")
        state = await sublet.flush()
        assert (state.waiting, state.set_aside, [each.meter for each in sublet.set_aside()]) == (
            0,
            1,
            ["no_such_meter"],
        )
        await sublet.signal("acc_bella", "downloads", 3)

    run(server, tmp_path, work)
    assert (meter.used, meter.reserved, len(server.signals)) == (25, 0, 1)


def test_use_is_counted_for_a_person(server: StandIn, tmp_path: Path) -> None:
    meter = server.accounts["acc_bella"].meters["appointments"]
    meter.portions["col_cleo"] = 5

    async def work(sublet: AsyncSublet) -> None:
        answer = await sublet.consume("acc_bella", "appointments", 3, collaborator="col_cleo")
        assert answer.collaborator is not None
        assert (answer.allowed, answer.collaborator.used, answer.collaborator.remaining) == (True, 3, 2)
        refused = await sublet.consume("acc_bella", "appointments", 3, collaborator="col_cleo")
        assert (refused.allowed, refused.reason) == (False, "collaborator-limit")
        async with sublet.reserve("acc_bella", "appointments", 2, collaborator="col_cleo") as reservation:
            await reservation.commit()
        with pytest.raises(LimitReached):
            async with sublet.reserve("acc_bella", "appointments", 1, collaborator="col_cleo"):
                pass
        assert (await sublet.consume("acc_bella", "appointments")).collaborator is None
        await sublet.record("acc_bella", "appointments", 4, collaborator="col_cleo")
        await sublet.flush()

    run(server, tmp_path, work)
    assert (meter.used, meter.people) == (10, {"col_cleo": 9})


def test_the_disk_is_never_waited_for_on_the_loop(
    server: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that takes a second would keep every request of the product waiting."""
    touched: list[int] = []
    told: list[int] = []
    for name in ("_open", "_asked", "close"):
        real = getattr(Spool, name)

        def noted(self: Spool, *arguments: object, real: Callable[..., object] = real) -> object:
            touched.append(threading.get_ident())
            return real(self, *arguments)

        monkeypatch.setattr(Spool, name, noted)

    async def whole() -> int:
        sublet = AsyncSublet(
            server.url, KEY, spool_path=tmp_path / "spool", timeout=2.0,
            on_set_aside=lambda _event: told.append(threading.get_ident()),
        )  # fmt: skip
        await sublet.start()
        await asyncio.gather(*(sublet.record("acc_bella", "appointments") for _ in range(5)))
        await sublet.record("acc_bella", "no_such_meter")
        await sublet.flush()
        await until(lambda: bool(told))
        await sublet.close(0.2)
        return threading.get_ident()

    loop = asyncio.run(whole())
    assert touched
    assert loop not in touched
    assert told == [loop]  # what is told is told where the product's own things are


def test_brands_lists_and_a_server_that_is_gone(server: StandIn, tmp_path: Path) -> None:
    server.brands["design.bella.example"] = {
        "host": "design.bella.example",
        "name": "Bella",
        "url": "http://design.bella.example",
    }

    async def work(sublet: AsyncSublet) -> None:
        assert (await sublet.brand("design.bella.example")).name == "Bella"
        assert await sublet.is_issuer("http://design.bella.example")
        assert [each["number"] async for each in sublet.items("/lists")] == [0, 1, 2, 3, 4, 5]
        await asyncio.to_thread(server.__exit__)
        with pytest.raises(Unreachable):
            await sublet.consume("acc_bella", "appointments")
        await sublet.record("acc_bella", "appointments")
        assert (await sublet.flush(0.2)).waiting == 1

    run(server, tmp_path, work)

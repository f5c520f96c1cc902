"""`AsyncSublet`: the same as `sublet_client.Sublet`, for products that work with asyncio. Belongs to one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import ExitStack, asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from sublet_client import _clock
from sublet_client._api import POLL, WAIT, Api, Held, SignedOn, remaining_of
from sublet_client._cache import Cache
from sublet_client._clock import _steady
from sublet_client._steps import AsyncDriver, pause
from sublet_client.client import _no_account, _tell
from sublet_client.errors import (
    Closed,
    Forbidden,
    LimitReached,
    NotFound,
    Refused,
    ServerFault,
    SubletError,
    TooManyRequests,
    Unauthorized,
    Unreachable,
)
from sublet_client.values import (
    Brand,
    ChangeReported,
    Consumed,
    Decision,
    Entitlements,
    Quantity,
    SetAside,
    SpoolState,
)


class AsyncEntitlementCache:
    """As `sublet_client.client.EntitlementCache`."""

    def __init__(self, owner: AsyncSublet) -> None:
        self._owner = owner
        self._cache: Cache = owner._api.cache

    async def check(self, account: str, feature: str) -> Decision:
        """As `EntitlementCache.check`; waits only for an account that was never asked about."""
        cache = self._cache
        try:
            if _steady() < cache.good_until:
                return cache.ready[account][feature]
        except KeyError:
            pass
        return await self._slowly(account, feature)

    async def _slowly(self, account: str, feature: str) -> Decision:
        self._owner._begin()
        if self._cache.is_copy(account):
            await self._owner._fetch(account)
        found = self._cache.settled(account, feature)
        if found is None:
            await self._owner._fetch(account)
            found = self._cache.settled(account, feature, asked=True)
        return found if found is not None else self._cache.stated(feature)

    def peek(self, account: str, feature: str) -> Decision:
        """As `EntitlementCache.peek`: at once, without asking anybody."""
        found = self._cache.settled(account, feature, asked=True)
        return found if found is not None else self._cache.stated(feature)

    async def of(self, account: str) -> Entitlements:
        """As `EntitlementCache.of`."""
        self._owner._begin()
        if self._cache.is_copy(account):
            await self._owner._fetch(account)
        found = self._cache.of(account)
        if found is None:
            await self._owner._fetch(account, strict=True)
            found = self._cache.of(account)
        if found is None:
            raise Unreachable("the entitlements of this account are over, and the server cannot be asked for new ones")
        return found

    async def remaining(self, account: str, meter: str, *, max_age: float | None = None) -> Quantity | None:
        """As `EntitlementCache.remaining`."""
        if max_age is not None and self._cache.older_than(account, max_age) and not self._owner._api.spares():
            with suppress(Unreachable, ServerFault, TooManyRequests):
                await self.refresh(account)
        return remaining_of(await self.of(account), meter)

    async def refresh(self, account: str) -> None:
        """As `EntitlementCache.refresh`."""
        await self._owner._fetch(account, strict=True, anew=True)

    @property
    def fresh(self) -> bool:
        """Whether the change stream stands."""
        return self._cache.line.fresh

    @property
    def age(self) -> float:
        """Seconds since the server was last heard; ``inf``: never."""
        return self._cache.line.age

    def __len__(self) -> int:
        return len(self._cache)


class AsyncReservation:
    """As `sublet_client.Reservation`."""

    def __init__(self, owner: AsyncSublet, held: Held) -> None:
        self._owner = owner
        self._held = held

    @property
    def ref(self) -> str:
        """Its reference."""
        return self._held.ref

    @property
    def ends_at(self) -> datetime | None:
        """When it lapses by itself, and is given back."""
        return self._held.ends_at

    @property
    def settled(self) -> bool:
        """Whether it was committed or released."""
        return self._held.settled

    async def commit(self, quantity: Quantity | None = None) -> None:
        """Count what was used of it (all, unless said); the rest is given back."""
        await self._owner._driver.run(self._owner._api.committed(self._held, quantity))

    async def release(self) -> None:
        """Give all of it back."""
        await self._owner._driver.run(self._owner._api.released(self._held))


class AsyncSublet:
    """Your product's side of Sublet, for asyncio. The arguments are those of `sublet_client.Sublet`."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        hot_url: str | None = None,
        fail_open: Collection[str] = frozenset(),
        cache_path: str | Path | None = None,
        spool_path: str | Path | None = None,
        source: str = "sublet-client",
        timeout: float = 5.0,
        stale_after: float = 3600.0,
        preload: bool = False,
        full_sync: bool = True,
        connect_to: str | None = None,
        on_set_aside: Callable[[SetAside], None] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._api = Api(
            base_url, api_key, hot_url=hot_url, fail_open=fail_open, cache_path=cache_path, spool_path=spool_path,
            source=source, timeout=timeout, stale_after=stale_after, preload=preload, full_sync=full_sync,
            connect_to=connect_to, on_set_aside=self._tell_aside,
        )  # fmt: skip
        self._on_set_aside = on_set_aside
        self._loop: asyncio.AbstractEventLoop | None = None
        self._driver = AsyncDriver(self._api.wire, transport)
        self._sender = self._api.sender(self._driver.clock)
        self._sending = asyncio.Lock()
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._closed = False
        self.entitlements = AsyncEntitlementCache(self)

    # Life -------------------------------------------------------------------------------------------------------------

    async def start(self) -> AsyncSublet:
        """Begin to listen for changes, and to send what waits. Harmless when it was begun."""
        if self._closed:
            raise Closed("this client is closed")
        self._begin()
        return self

    async def close(self, timeout: float = 5.0) -> None:
        """Send what waits, for `timeout` seconds at most (the rest stays on the disk), write the copy, end."""
        if self._closed:
            return
        with suppress(SubletError):
            await self.flush(timeout)
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._driver.close()
        await asyncio.to_thread(self._api.save, now=True)
        await asyncio.to_thread(self._api.spool.close)

    async def __aenter__(self) -> AsyncSublet:
        return await self.start()

    async def __aexit__(self, *_fault: object) -> None:
        await self.close()

    def _begin(self) -> None:
        if self._tasks or self._closed:
            return
        self._tasks = [
            asyncio.create_task(self._follow(), name="sublet-changes"),
            asyncio.create_task(self._send_on(), name="sublet-spool"),
        ]

    async def _follow(self) -> None:
        attempt = 0
        while not self._closed:
            began = _clock.steady()
            try:
                before = self._api.cache.position
                more = await self._driver.run(self._api.caught_up())
                attempt = 0
                await asyncio.to_thread(self._api.save)
                quiet = not more and self._api.cache.position == before
                if quiet and _clock.steady() - began < WAIT / 2:
                    await asyncio.sleep(POLL - min(POLL, _clock.steady() - began))
            except Closed:
                return
            except Exception as fault:
                attempt += 1
                self._api.cache.cut()
                _tell("the change stream", fault, attempt)
                expected = isinstance(fault, (Unreachable, ServerFault, TooManyRequests))
                await asyncio.sleep(pause(attempt, getattr(fault, "retry_after", 0.0), most=5.0 if expected else 30.0))

    async def _send_on(self) -> None:
        attempt = 0
        while not self._closed:
            try:
                sent = await self._send_all()
                attempt = 0
                if not sent:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._wake.wait(), 1.0)
                if self._wake.is_set():
                    self._wake.clear()
                    await asyncio.sleep(0.05)
            except Closed:
                return
            except Exception as fault:
                attempt += 1
                self._api.trouble = str(fault) or type(fault).__name__
                _tell("the spool", fault, attempt)
                await asyncio.sleep(pause(attempt, getattr(fault, "retry_after", 0.0)))

    async def _send_all(self) -> int:
        if await asyncio.to_thread(self._api.spool.is_empty):
            self._api.trouble = ""
            return 0
        sent = 0
        self._loop = asyncio.get_running_loop()
        async with self._sending:
            # Off the loop, all of it that touches the disk: a slow one would keep every request of the product waiting.
            with ExitStack() as held:
                ours = await asyncio.to_thread(held.enter_context, self._api.spool.sending())
                while ours and not self._closed and (count := await self._driver.run_off(self._sender.batch())):
                    sent += count
                    self._api.trouble = ""
        return sent

    def _tell_aside(self, told: SetAside) -> None:
        """On the loop, where the product's own things are."""
        if self._on_set_aside is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(self._on_set_aside, told)

    async def _fetch(self, account: str, *, strict: bool = False, anew: bool = False) -> None:
        if not strict and not anew and (self._api.cache.is_missing(account) or self._api.spares()):
            return
        try:
            found = await self._driver.run(self._api.fetched(account))
        except (Unreachable, Refused) as fault:
            if strict:
                raise
            _tell(f"the entitlements of {account}", fault, 1)
        else:
            if not found and strict:
                raise NotFound(_no_account(account))

    # Use --------------------------------------------------------------------------------------------------------------

    async def consume(
        self,
        account: str,
        meter: str,
        quantity: Quantity = 1,
        *,
        id: str | None = None,
        collaborator: str | None = None,
        language: str = "",
    ) -> Consumed:
        """As `Sublet.consume`."""
        event, untimed = self._api.event(
            self._driver.clock,
            account,
            meter,
            quantity,
            id=id,
            time=None,
            properties=None,
            corrects=None,
            collaborator=collaborator,
        )
        answer = await self._driver.run(self._api.consumed(event, language))
        if answer.reason == "cut-off":
            await asyncio.to_thread(self._api.spool.put, [event], untimed=untimed)
            self._wake.set()
            self._begin()
        return answer

    @asynccontextmanager
    async def reserve(
        self,
        account: str,
        meter: str,
        quantity: Quantity = 1,
        *,
        seconds: int = 600,
        id: str | None = None,
        collaborator: str | None = None,
        language: str = "",
    ) -> AsyncIterator[AsyncReservation]:
        """As `Sublet.reserve`, with ``async with``."""
        reservation = await self.begin_reservation(
            account, meter, quantity, seconds=seconds, id=id, collaborator=collaborator, language=language
        )
        try:
            yield reservation
        except BaseException:
            if not reservation.settled:
                with suppress(SubletError):  # it lapses by itself; the product's own fault is what has to be seen
                    await reservation.release()
            raise
        if not reservation.settled:
            await reservation.commit()

    async def begin_reservation(
        self,
        account: str,
        meter: str,
        quantity: Quantity = 1,
        *,
        seconds: int = 600,
        id: str | None = None,
        collaborator: str | None = None,
        language: str = "",
    ) -> AsyncReservation:
        """As `Sublet.begin_reservation`."""
        held = await self._driver.run(self._api.reserved(account, meter, quantity, seconds, id, collaborator, language))
        if isinstance(held, Consumed):
            raise LimitReached(held.reason or "limit-reached", held.standing, held.next)
        return AsyncReservation(self, held)

    def reservation(self, ref: str) -> AsyncReservation:
        """As `Sublet.reservation`."""
        return AsyncReservation(self, Held(ref))

    async def record(
        self,
        account: str,
        meter: str,
        quantity: Quantity = 1,
        *,
        id: str | None = None,
        time: datetime | None = None,
        properties: Mapping[str, str] | None = None,
        corrects: str | None = None,
        collaborator: str | None = None,
    ) -> str:
        """As `Sublet.record`."""
        event, untimed = self._api.event(
            self._driver.clock,
            account,
            meter,
            quantity,
            id=id,
            time=time,
            properties=properties,
            corrects=corrects,
            collaborator=collaborator,
        )
        await asyncio.to_thread(self._api.spool.put, [event], untimed=untimed)
        self._wake.set()
        self._begin()
        return str(event["id"])

    async def flush(self, timeout: float = 30.0) -> SpoolState:
        """As `Sublet.flush`."""
        give_up = _clock.steady() + timeout
        attempt = 0
        while not self._closed and not await asyncio.to_thread(self._api.spool.is_empty):
            attempt += 1
            wait = 0.05
            try:
                await self._send_all()
            except (Unreachable, Refused) as fault:
                self._api.trouble = str(fault)
                if isinstance(fault, (Unauthorized, Forbidden)):
                    break
                wait = pause(attempt, getattr(fault, "retry_after", 0.0), most=2.0)
            if _clock.steady() + wait >= give_up:
                break
            await asyncio.sleep(wait)
        return await asyncio.to_thread(self.spool_state)

    def spool_state(self) -> SpoolState:
        """As `Sublet.spool_state`."""
        waiting, aside = self._api.spool.counts()
        return SpoolState(waiting, aside, self._api.trouble)

    def set_aside(self) -> list[SetAside]:
        """As `Sublet.set_aside`."""
        return self._api.spool.aside()

    def retry_set_aside(self, ids: Collection[str] | None = None) -> int:
        """As `Sublet.retry_set_aside`."""
        count = self._api.spool.again(ids)
        self._wake.set()
        return count

    def drop_set_aside(self, ids: Collection[str]) -> int:
        """As `Sublet.drop_set_aside`."""
        return self._api.spool.drop(ids)

    async def signal(
        self, account: str, key: str, value: Any = None, at: datetime | None = None, *, id: str | None = None
    ) -> None:
        """As `Sublet.signal`."""
        await self._driver.run(self._api.signaled(self._driver.clock, account, key, value, at, id))

    # Brands, people, everything else ----------------------------------------------------------------------------------

    async def brand(self, host: str, language: str = "") -> Brand:
        """As `Sublet.brand`."""
        kept = self._api.kept_brand(host, language)
        return kept if kept is not None else await self._driver.run(self._api.branded(host, language))

    def forget_brand(self, host: str | None = None) -> None:
        """As `Sublet.forget_brand`."""
        self._api.forget_brands(host)

    async def is_issuer(self, issuer: str) -> bool:
        """As `Sublet.is_issuer`: for `AsyncOpenIdConnect(trusted=…)`."""
        host = self._api.host_of_issuer(issuer)
        if not host:
            return False
        brand = await self.brand(host)
        return brand.known and brand.url == issuer

    async def report_change(
        self, sign_on: SignedOn, section: str, text: str, *, place: str = "", id: str | None = None
    ) -> ChangeReported:
        """As `Sublet.report_change`."""
        return await self._driver.run(self._api.reported(sign_on, section, text, place, id))

    async def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, str] | None = None,
        id: str | None = None,
    ) -> Any:
        """As `Sublet.call`."""
        return await self._driver.run(self._api.any_call(method, path, json=json, params=params, id=id))

    async def items(self, path: str, **params: str) -> AsyncIterator[dict[str, Any]]:
        """As `Sublet.items`, with ``async for``."""
        cursor: str | None = None
        while True:
            told = await self.call("GET", path, params={**params, **({"cursor": cursor} if cursor else {})})
            for item in told["items"]:
                yield item
            cursor = told.get("next")
            if not cursor:
                return

"""How calls are made: what is asked is written once, as generators that give `Call`s and get answers; two drivers, one for
threads and one for asyncio, make the calls. A generator never waits, sleeps or connects by itself.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import httpx

from sublet_client._clock import ServerClock
from sublet_client.errors import Closed, Refused, ServerFault, TooManyRequests, Unreachable, refused

T = TypeVar("T")


class _Quiet(logging.Filter):
    """Changes are asked for all day long: that is no line each time in the log of the product."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is another call."""
        return "/api/v1/entitlement-changes" not in record.getMessage()


logging.getLogger("httpx").addFilter(_Quiet())
VERSION = "1.0.0"


class Headers(Protocol):
    """Headers as any framework has them."""

    def items(self) -> Iterable[tuple[str, str]]:
        """Names, in any case, and values."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """A request to be made. ``again``: the same once more has no second effect, so it may be tried until ``tries``.

    ``good`` are the statuses that are answers; any other is raised as `Refused`. ``hot``: it may go where the hot operations are
    served beside.
    """

    method: str
    url: str
    json: Any = None
    form: Mapping[str, str] | None = None
    params: Mapping[str, str] | None = None
    headers: Mapping[str, str] | None = None
    auth: tuple[str, str] | None = None
    again: bool = False
    tries: int = 3
    timeout: float | None = None
    hot: bool = False
    good: frozenset[int] = frozenset({200, 201, 202, 204})


Steps = Generator[Call, httpx.Response, T]


def pause(attempt: int, least: float = 0.0, *, first: float = 0.2, most: float = 30.0) -> float:
    """Seconds to wait after the `attempt`-th failure (from 1): doubling, with jitter, so that clients do not come back all at
    once; never less than the server asked for."""
    whole = min(most, first * 2.0 ** min(attempt - 1, 16))
    return max(least, whole * (0.5 + random.random() / 2))  # noqa: S311  # no secret: only spreads


def passing(fault: Exception) -> bool:
    """Whether the same may work in a moment."""
    return isinstance(fault, (Unreachable, ServerFault, TooManyRequests))


@dataclass(frozen=True, slots=True)
class Wire:
    """How the server is reached. ``connect_to``: the address that is really called, such as ``http://127.0.0.1:8000``, where
    the product does not come to the public name; the name still goes along as ``Host``. ``hot``: the same for hot calls."""

    timeout: float = 5.0
    connect_to: str | None = None
    hot: str | None = None
    verify: bool | str = True

    def arguments(self, call: Call) -> dict[str, Any]:
        """`call` as httpx takes it."""
        headers = {"Accept": "application/json", "User-Agent": f"sublet-client/{VERSION}", **(call.headers or {})}
        url, more = call.url, {}
        there = (self.hot if call.hot else None) or self.connect_to
        if there:
            asked, real = urlsplit(call.url), urlsplit(there)
            url = asked._replace(scheme=real.scheme, netloc=real.netloc).geturl()
            headers["Host"] = asked.netloc
            if real.scheme == "https":
                more["extensions"] = {"sni_hostname": asked.hostname}
        found: dict[str, Any] = {"method": call.method, "url": url, "headers": headers, **more}
        if call.params is not None:
            found["params"] = call.params
        if call.json is not None:
            found["json"] = call.json
        if call.form is not None:
            found["data"] = call.form
        if call.auth is not None:
            found["auth"] = call.auth
        whole = self.timeout if call.timeout is None else call.timeout
        found["timeout"] = httpx.Timeout(whole, connect=min(whole, self.timeout))
        return found


def _answer(call: Call, response: httpx.Response) -> httpx.Response:
    if response.status_code in call.good:
        return response
    raise refused(response)


def _wait_after(fault: Exception, attempt: int) -> float:
    return pause(attempt, getattr(fault, "retry_after", 0.0), first=0.1, most=2.0)


def _give_up(call: Call, fault: Exception, attempt: int) -> bool:
    asked_to_wait = getattr(fault, "retry_after", 0.0)
    return not call.again or attempt >= call.tries or not passing(fault) or asked_to_wait > 2.0


class Driver:
    """Makes calls in the thread that asks. Opens its connections at the first call, and anew in a forked child."""

    def __init__(self, wire: Wire, transport: httpx.BaseTransport | None = None) -> None:
        self.wire = wire
        self.transport = transport
        self.clock = ServerClock()
        self.closed = False
        self._client: httpx.Client | None = None

    def run(self, steps: Steps[T]) -> T:
        """Go through the steps to their end. Raises what the calls raise, unless the steps take it."""
        try:
            call = next(steps)
            while True:
                try:
                    response = self.ask(call)
                except (Unreachable, Refused) as fault:
                    call = steps.throw(fault)
                else:
                    call = steps.send(response)
        except StopIteration as end:
            value: T = end.value
            return value

    def ask(self, call: Call) -> httpx.Response:
        """Make one call, again where that is harmless. Raises Unreachable, Refused, Closed."""
        attempt = 1
        while True:
            try:
                return self._once(call)
            except (Unreachable, Refused) as fault:
                if _give_up(call, fault, attempt):
                    raise
                time.sleep(_wait_after(fault, attempt))
                attempt += 1

    def _once(self, call: Call) -> httpx.Response:
        if self.closed:
            raise Closed("this client is closed")
        if self._client is None:
            self._client = httpx.Client(transport=self.transport, verify=self.wire.verify, trust_env=False)
        try:
            response = self._client.request(**self.wire.arguments(call))
        except (httpx.HTTPError, RuntimeError) as fault:
            if self.closed:
                raise Closed("this client is closed") from fault
            if isinstance(fault, RuntimeError):
                raise
            raise Unreachable(f"{call.method} {call.url}: {str(fault) or type(fault).__name__}") from fault
        self.clock.heard(response.headers.get("Date"))
        return _answer(call, response)

    def forget(self) -> None:
        """In a forked child: the parent's connections are the parent's."""
        self._client = None

    def close(self) -> None:
        """End all connections."""
        self.closed = True
        client, self._client = self._client, None
        if client is not None:
            client.close()


def _stepped(go_on: Callable[[Any], Any], told: Any) -> tuple[bool, Any]:
    """Whether the steps have ended, and their value or the next call: no `StopIteration` comes out of a thread."""
    try:
        return False, go_on(told)
    except StopIteration as end:
        return True, end.value


class AsyncDriver:
    """The same for asyncio; belongs to the event loop in which it is first used."""

    def __init__(self, wire: Wire, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.wire = wire
        self.transport = transport
        self.clock = ServerClock()
        self.closed = False
        self._client: httpx.AsyncClient | None = None

    async def run(self, steps: Steps[T]) -> T:
        """As `Driver.run`."""
        try:
            call = next(steps)
            while True:
                try:
                    response = await self.ask(call)
                except (Unreachable, Refused) as fault:
                    call = steps.throw(fault)
                else:
                    call = steps.send(response)
        except StopIteration as end:
            value: T = end.value
            return value

    async def run_off(self, steps: Steps[T]) -> T:
        """The same for steps that touch the disk between their calls: they go on in a thread, one at a time, off the loop."""
        said: tuple[bool, Any] = await asyncio.to_thread(_stepped, next, steps)
        while not said[0]:
            try:
                response = await self.ask(said[1])
            except (Unreachable, Refused) as fault:
                said = await asyncio.to_thread(_stepped, steps.throw, fault)
            else:
                said = await asyncio.to_thread(_stepped, steps.send, response)
        value: T = said[1]
        return value

    async def ask(self, call: Call) -> httpx.Response:
        """As `Driver.ask`."""
        attempt = 1
        while True:
            try:
                return await self._once(call)
            except (Unreachable, Refused) as fault:
                if _give_up(call, fault, attempt):
                    raise
                await asyncio.sleep(_wait_after(fault, attempt))
                attempt += 1

    async def _once(self, call: Call) -> httpx.Response:
        if self.closed:
            raise Closed("this client is closed")
        if self._client is None:
            self._client = httpx.AsyncClient(transport=self.transport, verify=self.wire.verify, trust_env=False)
        try:
            response = await self._client.request(**self.wire.arguments(call))
        except httpx.HTTPError as fault:
            raise Unreachable(f"{call.method} {call.url}: {str(fault) or type(fault).__name__}") from fault
        self.clock.heard(response.headers.get("Date"))
        return _answer(call, response)

    async def close(self) -> None:
        """End all connections."""
        self.closed = True
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

"""The application: RSGI, for granian."""

from __future__ import annotations

import asyncio
import gc
import random
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import connections
from django.utils.translation import override

from sublet.portals.api import problems
from sublet.portals.hot.asked import Answer, Asked
from sublet.portals.hot.callers import Callers
from sublet.portals.hot.desk import Beyond, Desk
from sublet.portals.hot.group import Full, Group
from sublet.portals.hot.normal import Normal
from sublet.portals.hot.reading import Reader
from sublet.portals.hot.routes import Route, route_of

T = TypeVar("T")
THREADS = 4
MOST_BYTES = 1024 * 1024
#: A body up to so long is read and thrown away before it is refused.
MOST_PASSED_OVER = 16 * MOST_BYTES
#: Below these the ordinary application is asked; pages and files are the web server's.
PASSED_ON = ("/api/", "/healthz", "/readyz")
_NOTHING = Answer(404, (("content-type", "text/plain; charset=utf-8"),), b"There is nothing here.\n")
_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{8,40}\Z")
#: What the ordinary API reads besides, and what changes its answer: not ours to judge.
_OTHERS = frozenset({"idempotency-key", "if-match", "if-none-match", "content-encoding", "expect"})
#: Headers that belong to one answer.
_EACH_ITS_OWN = frozenset({"x-request-id", "set-cookie", "etag"})
_NO_BODY = ("", "0")
#: When to come again where too much of one account waits.
FULL_SECONDS = 1
_MOST_LEARNED = 1_000
_JSON = "application/json"


class Hot:
    """Answers what `routes` names, and passes on the rest."""

    def __init__(self) -> None:
        self._callers = Callers()
        self._normal = Normal()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="hot")
        self._desk: Desk | None = None
        #: Headers of a good answer as the ordinary API gave them, by operation, host and language: ours are the same.
        self._learned: dict[tuple[str, str, str], list[tuple[str, str]]] = {}

    # What granian calls

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        # What is loaded stays: looking through all of Django for garbage again and again takes longer than a hundred requests.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 50, 100)
        self._desk = Desk(Group(loop), Reader(self._in_thread), self._in_thread, self._ask)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._desk is not None:
            self._desk.group.end()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        if scope.proto != "http":
            return
        headers: dict[str, str] = {}
        for name, value in scope.headers.items():
            # Twice the same: as a server that joins them would tell Django.
            headers[name] = f"{headers[name]},{value}" if name in headers else value
        if "host" not in headers and scope.authority:
            headers["host"] = scope.authority
        length = headers.get("content-length", "")
        if length.isdigit() and int(length) > MOST_BYTES:
            body = b"x" * (MOST_BYTES + 1)  # refused by its size, not kept
            if int(length) <= MOST_PASSED_OVER:  # who is still sending would not hear why
                async for _part in protocol:
                    pass
        elif (
            scope.method == "GET"
            and length in _NO_BODY
            and scope.http_version[:1] == "1"
            and "transfer-encoding" not in headers
        ):
            body = b""  # there is none, and asking for it takes as long as much of the rest
        else:
            body = await protocol()
        peer = scope.client.rpartition(":")[0].strip("[]")
        answer = await self.answer(
            Asked(scope.method, scope.path, scope.query_string, headers, peer, scope.scheme, body)
        )
        protocol.response_bytes(answer.status, list(answer.headers), answer.body)

    # The same, without a server

    async def answer(self, asked: Asked) -> Answer:
        """The answer to a request."""
        route = route_of(asked.method, asked.path)
        if route is not None and self._plain(asked, route):
            found = await self._hot(asked, route)
            if found is not None:
                return found
        if not asked.path.startswith(PASSED_ON):
            return _NOTHING
        answer = await self._ask(asked)
        if route is not None and answer.status in {200, 202}:
            self._learn(asked, route, answer)
        return answer

    async def _ask(self, asked: Asked) -> Answer:
        return await self._in_thread(lambda: self._normal.answer(asked))

    def _plain(self, asked: Asked, route: Route) -> bool:
        """Whether nothing about the request is out of the ordinary."""
        return (
            (route.asks or not asked.query)
            and bool(asked.language)
            and len(asked.body) <= MOST_BYTES
            and _OTHERS.isdisjoint(asked.headers)
            and (asked.method == "GET" or asked.header("content-type").partition(";")[0].strip().lower() == _JSON)
        )

    async def _hot(self, asked: Asked, route: Route) -> Answer | None:
        actor = self._callers.recall(asked)
        if actor is None:
            actor = await self._in_thread(lambda: self._callers.look_up(asked))
        headers = self._learned.get(_spoken(asked, route))
        # The first of each kind is answered by the ordinary API, which says what headers there are.
        if actor is None or self._desk is None or (headers is None and not route.asks):
            return None
        try:
            told = await route.work(asked, actor, self._desk)
        except Full:
            return await self._in_thread(lambda: _too_many(asked, FULL_SECONDS))
        except Beyond as beyond:
            seconds = beyond.seconds
            return await self._in_thread(lambda: _too_many(asked, seconds))
        if told is None or isinstance(told, Answer):
            return told
        status, more, body = told
        return Answer(status, [*(headers or ()), *more, ("x-request-id", request_id(asked))], body)

    def _learn(self, asked: Asked, route: Route, answer: Answer) -> None:
        while len(self._learned) >= _MOST_LEARNED:
            self._learned.pop(next(iter(self._learned)))
        self._learned[_spoken(asked, route)] = [
            (name.lower(), value) for name, value in answer.headers if name.lower() not in _EACH_ITS_OWN
        ]

    async def _in_thread(self, work: Callable[[], T]) -> T:
        def whole() -> T:
            for connection in connections.all(initialized_only=True):
                connection.close_if_unusable_or_obsolete()
            return work()

        return await asyncio.get_running_loop().run_in_executor(self._threads, whole)


def request_id(asked: Asked) -> str:
    """The caller's own, if it is harmless."""
    given = asked.headers.get("x-request-id", "")
    if given and _REQUEST_ID.match(given):
        return given
    return f"{random.getrandbits(128):032x}"


def _spoken(asked: Asked, route: Route) -> tuple[str, str, str]:
    return route.name, asked.header("host").lower(), asked.header("accept-language")[:100]


def _too_many(asked: Asked, seconds: int) -> Answer:
    """As the ordinary API says it."""

    class Request:
        pass

    request: Any = Request()
    request.request_id = request_id(asked)
    with override("en"):
        said = problems.of_kind(request, "too-many-requests", headers={"Retry-After": str(seconds)})
    headers = [(name.lower(), value) for name, value in said.items()]
    return Answer(said.status_code, [*headers, ("x-request-id", request.request_id)], said.content)

"""The application: RSGI, for granian."""

from __future__ import annotations

import asyncio
import gc
import re
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import connections
from django.utils.translation import override

from sublet.portals.api import limits, problems
from sublet.portals.hot.asked import Answer, Asked
from sublet.portals.hot.callers import Callers
from sublet.portals.hot.group import Group
from sublet.portals.hot.normal import Normal
from sublet.portals.hot.routes import ROUTES
from sublet.portals.hot.routes import Hot as HotWork

T = TypeVar("T")
THREADS = 4
MOST_BYTES = 1024 * 1024
#: Below these the ordinary application is asked; pages and files are the web server's.
PASSED_ON = ("/api/", "/healthz", "/readyz")
_NOTHING = Answer(404, (("content-type", "text/plain; charset=utf-8"),), b"There is nothing here.\n")
_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{8,40}\Z")
#: What the ordinary API reads besides, and what changes its answer: not ours to judge.
_OTHERS = ("idempotency-key", "if-match", "content-encoding", "expect")
_MOST_LEARNED = 1_000
_JSON = "application/json"


class Hot:
    """Answers what `ROUTES` names, and passes on the rest."""

    def __init__(self) -> None:
        self._callers = Callers()
        self._normal = Normal()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="hot")
        self._group: Group | None = None
        #: Headers of a good answer as the ordinary API gave them, by path, host and language: ours are the same.
        self._learned: dict[tuple[str, str, str], list[tuple[str, str]]] = {}

    # What granian calls

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        # What is loaded stays: looking through all of Django for garbage again and again takes longer than a hundred requests.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 50, 100)
        self._group = Group(loop)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._group is not None:
            self._group.end()

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
            body = b"x" * (MOST_BYTES + 1)  # refused by its size, unread
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
        work = ROUTES.get((asked.method, asked.path))
        if work is not None and self._plain(asked):
            found = await self._hot(asked, work)
            if found is not None:
                return found
        if not asked.path.startswith(PASSED_ON):
            return _NOTHING
        answer = await self._in_thread(lambda: self._normal.answer(asked))
        if work is not None and answer.status < 300:
            self._learn(asked, answer)
        return answer

    def _plain(self, asked: Asked) -> bool:
        """Whether nothing about the request is out of the ordinary."""
        return (
            not asked.query
            and len(asked.body) <= MOST_BYTES
            and not any(name in asked.headers for name in _OTHERS)
            and (asked.method == "GET" or asked.header("content-type").partition(";")[0].strip().lower() == _JSON)
        )

    async def _hot(self, asked: Asked, work: HotWork) -> Answer | None:
        headers = self._learned.get(_spoken(asked))
        actor = self._callers.recall(asked)
        if actor is None:
            actor = await self._in_thread(lambda: self._callers.look_up(asked))
        # The first of each kind is answered by the ordinary API, which says what headers there are.
        if actor is None or headers is None or self._group is None:
            return None
        seconds = limits.HOT.take(actor.key_ref)
        if seconds:
            return await self._in_thread(lambda: _too_many(asked, seconds))
        told = await work(asked, actor, self._group)
        if told is None:
            return None
        return Answer(told[0], [*headers, ("x-request-id", request_id(asked))], told[1])

    def _learn(self, asked: Asked, answer: Answer) -> None:
        while len(self._learned) >= _MOST_LEARNED:
            self._learned.pop(next(iter(self._learned)))
        self._learned[_spoken(asked)] = [
            (name.lower(), value)
            for name, value in answer.headers
            if name.lower() not in {"x-request-id", "set-cookie"}
        ]

    async def _in_thread(self, work: Callable[[], T]) -> T:
        def whole() -> T:
            for connection in connections.all(initialized_only=True):
                connection.close_if_unusable_or_obsolete()
            return work()

        return await asyncio.get_running_loop().run_in_executor(self._threads, whole)


def request_id(asked: Asked) -> str:
    """The caller's own, if it is harmless."""
    given = asked.header("x-request-id")
    return given if _REQUEST_ID.match(given) else uuid.uuid4().hex


def _spoken(asked: Asked) -> tuple[str, str, str]:
    return asked.path, asked.header("host").lower(), asked.header("accept-language")[:100]


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

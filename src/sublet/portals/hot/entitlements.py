"""What an account may do, using it up, and waiting for a change."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl, urlencode

import msgspec
from django.utils.translation import override

from sublet.core.usage import LONGEST_ID, LONGEST_SOURCE, steps_of
from sublet.entitlements import operations, queries
from sublet.entitlements.queries.told import head_now
from sublet.foundation.actor import Actor
from sublet.foundation.clock import now
from sublet.foundation.errors import Forbidden, NotFound, Refusal
from sublet.foundation.scope import actor_scope
from sublet.portals.api.schemas import entitlements as shapes
from sublet.portals.hot import answers
from sublet.portals.hot.asked import Answer, Asked
from sublet.portals.hot.desk import Desk, Told, admit

T = TypeVar("T")
VIEW, MANAGE = "usage:view", "usage:manage"
#: How often it is asked, while somebody waits, whether anything has changed; and how often what changes by itself is looked for.
LOOK_EVERY, ASK_EVERY = 0.2, 1.0
LONGEST_WAIT = 25
_encode = msgspec.json.Encoder().encode


async def get_entitlements(asked: Asked, actor: Actor, desk: Desk) -> Told | None:
    """`GET /api/v1/entitlements/{account}`."""
    if not actor.may(VIEW):
        return None
    ref = asked.path.rpartition("/")[2]
    admit(actor, {ref: 1})
    kept = answers.kept_of(ref, actor=actor, language=asked.language)
    if kept is not None:
        body = await desk.reader.still(kept, actor)
        if body is not None:
            return 200, (("etag", f'"{kept.tag}"'),), body

    def work() -> Told:
        with override(asked.language):
            body, tag = answers.answer(ref, actor=actor, language=asked.language, at=now())
            return 200, (("etag", f'"{tag}"'),), body

    return _plain(await desk.in_thread(_within(actor, work)))


class HotConsume(msgspec.Struct, forbid_unknown_fields=True):
    """As `ConsumeIn`. What it refuses, the ordinary API refuses in words."""

    account: Annotated[str, msgspec.Meta(max_length=40)]
    meter: Annotated[str, msgspec.Meta(max_length=60)]
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_ID)]
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_SOURCE)]
    quantity: int | float = 1
    collaborator: Annotated[str, msgspec.Meta(max_length=40)] | None = None


_decode = msgspec.json.Decoder(HotConsume).decode


async def consume(asked: Asked, actor: Actor, desk: Desk) -> Told | None:
    """`POST /api/v1/consume`. A "no" changes nothing, so the ordinary API says it, with the ways out in words."""
    if not actor.may(MANAGE) or b"\\u0000" in asked.body:
        return None
    try:
        told = _decode(asked.body)
    except (msgspec.DecodeError, ValueError):
        return None
    admit(actor, {told.account: 1})

    def work() -> Told | None:
        found = operations.consume(
            account_ref=told.account,
            meter=told.meter,
            quantity=steps_of(told.quantity, queries.decimals_of(told.meter)),
            source=told.source,
            event_id=told.id,
            collaborator=told.collaborator or "",
            actor=actor,
            at=now(),
        )
        if not found.allowed:
            return None
        standing = shapes.shaped(queries.told_meter(found.standing), shapes.EntitledMeter)
        person = None
        if found.person is not None:
            person = shapes.shaped(queries.told_meter(found.person), shapes.EntitledMeter)
        told_so = shapes.Consumed(allowed=True, reason=found.reason, standing=standing, collaborator=person, next=[])
        return 200, (), _encode(told_so)

    return _plain(await desk.group.call(_within(actor, work), told.account, actor))


class _Watch:
    """One look at the number of the stream for all who wait."""

    def __init__(self) -> None:
        self.seen, self.looked = -1, -1e9
        self.looking: asyncio.Future[None] | None = None

    async def head(self, desk: Desk) -> int:
        if time.monotonic() - self.looked >= LOOK_EVERY and self.looking is None:
            self.looking = asyncio.get_running_loop().create_future()
            try:
                self.seen = await desk.in_thread(head_now)
                self.looked = time.monotonic()
            finally:
                self.looking.set_result(None)
                self.looking = None
        elif self.looking is not None:
            await asyncio.shield(self.looking)
        return self.seen


_watch = _Watch()


async def follow_changes(asked: Asked, actor: Actor, desk: Desk) -> Answer | None:
    """`GET /api/v1/entitlement-changes`: as the ordinary API answers it, once there is something or `wait` is over."""
    question = dict(parse_qsl(asked.query, keep_blank_values=True))
    wait = question.pop("wait", "0")
    if not wait.isascii() or not wait.isdigit() or not 0 < int(wait) <= LONGEST_WAIT or not actor.may(VIEW):
        return None
    admit(actor, {})
    until = time.monotonic() + int(wait)
    once = replace(asked, query=urlencode(question))
    while True:
        head = await _watch.head(desk)
        answer = await desk.ask(once)
        if answer.status != 200 or time.monotonic() >= until or not _is_empty(answer.body):
            return answer
        again = time.monotonic() + ASK_EVERY
        while time.monotonic() < min(again, until):
            await asyncio.sleep(LOOK_EVERY)
            if await _watch.head(desk) != head:
                break


def _is_empty(body: bytes) -> bool:
    told = msgspec.json.decode(body)
    return not told["changes"] and not told["reset"]


def _within(actor: Actor, work: Callable[[], T]) -> Callable[[], T | Exception]:
    def done() -> T | Exception:
        try:
            with actor_scope(actor):
                return work()
        except (NotFound, Forbidden, Refusal, ValueError, KeyError) as no:
            return no

    return done


def _plain(found: Any) -> Told | None:
    """What is told; None for every "no", which the ordinary API says."""
    return found if isinstance(found, tuple) else None

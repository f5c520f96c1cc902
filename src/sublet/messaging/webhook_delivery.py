"""Sending what is due: many endpoints at once, one event on its way to each, the slow and the dead in a pen of their own.

Whoever does not answer takes one place of a limited number, so that no receiver makes another one wait.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from django.db import transaction
from django.db.models import F, Min, Q
from standardwebhooks import Webhook

from sublet.core.webhooks import next_attempt
from sublet.foundation import outbound
from sublet.foundation.actor import Actor
from sublet.foundation.journal.contacts import without_contacts
from sublet.foundation.journal.operations import record
from sublet.foundation.secretbox import CannotOpen, unseal
from sublet.messaging.events import WebhookGaveUp
from sublet.messaging.leaving import LEFT, hears_of
from sublet.messaging.models import Delivery, WebhookEndpoint
from sublet.messaging.webhook_makers import withholds
from sublet.messaging.webhook_operations import give_up_waiting
from sublet.messaging.webhook_queries import old_secrets

#: Deliveries on their way at the same time, and how many of them to endpoints that failed the last time.
IN_FLIGHT, IN_PEN = 24, 8
#: An attempt: seconds to connect, between two parts of the answer, in all; bytes of the answer that are kept.
LIMITS = outbound.Limits(connect=5, read=10, total=15, size=1024, cut=True)
#: Longer than any attempt. What a killed process left on its way is taken up after that.
HELD = timedelta(seconds=60)
#: An endpoint that fails again and again gets one attempt in this time, however much waits for it.
PAUSE = timedelta(seconds=30)
_PATIENT = 3
_GONE = 410


@dataclass(frozen=True, slots=True)
class Flight:
    """One attempt: what is sent where, signed with which secrets."""

    delivery: Delivery
    url: str
    secrets: tuple[str, ...]
    in_pen: bool


@dataclass(frozen=True, slots=True)
class Landing:
    """What became of it: an answer's code, or why there was none."""

    code: int | None
    duration_ms: int
    answer: str = ""
    error: str = ""

    @property
    def is_success(self) -> bool:
        """Only 2xx means that the receiver has it; a redirect is followed by nobody."""
        return self.code is not None and 200 <= self.code < 300


def send_due(*, actor: Actor, now: Callable[[], datetime], most_seconds: float = 45) -> bool:
    """Send what is due until nothing is, or until the time is up; returns whether something was left.

    `now` is the instant of each attempt. Everything about the database happens in the calling thread.
    """
    ends = monotonic() + most_seconds
    flying: dict[Future[Landing], Flight] = {}
    with ThreadPoolExecutor(max_workers=IN_FLIGHT, thread_name_prefix="webhook") as pool:
        while True:
            in_time = monotonic() < ends
            if in_time:
                for flight in _take_off(flying, at=now()):
                    flying[pool.submit(attempt, flight, now())] = flight
            if not flying:
                return not in_time
            landed, _ = wait(flying, timeout=0.2, return_when=FIRST_COMPLETED)
            for future in landed:
                _settle(flying.pop(future), future.result(), actor=actor, at=now())


def attempt(flight: Flight, at: datetime) -> Landing:
    """Sign and send, once. Touches no database: it runs beside others."""
    delivery = flight.delivery
    number, body = str(delivery.entry_id), delivery.body
    signatures = [Webhook(secret).sign(msg_id=number, timestamp=at, data=body) for secret in flight.secrets]
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Webhooks/1",
        "webhook-id": number,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
    began = monotonic()
    code, answer, error = None, "", ""
    try:
        response = outbound.session(LIMITS).post(flight.url, data=body.encode(), headers=headers)
        code, answer = response.status_code, _shown(response.content)
    except outbound.OutboundRefused as refused:
        error = f"refused-{refused.code}"
    except outbound.BadCertificate:
        error = "tls"
    except outbound.NoTime:
        error = "slow"
    except (outbound.NoAnswer, ValueError):
        error = "unreachable"
    return Landing(code=code, duration_ms=int((monotonic() - began) * 1000), answer=answer, error=error)


def _shown(content: bytes) -> str:
    """The first kilobyte as text that any database takes."""
    return content.decode("utf-8", "replace").replace("\x00", "\ufffd")[:1024]


def _take_off(flying: dict[Future[Landing], Flight], *, at: datetime) -> list[Flight]:
    """Claim the oldest due delivery of as many endpoints as there are places."""
    places = IN_FLIGHT - len(flying)
    pen = IN_PEN - sum(flight.in_pen for flight in flying.values())
    if places <= 0:
        return []
    # unscoped: one job sends for all accounts; each row was written by the event's own transaction
    due = Delivery.unscoped.filter(state=Delivery.State.WAITING, next_at__lte=at, endpoint__is_on=True)
    free = due.filter(Q(endpoint__busy_until__isnull=True) | Q(endpoint__busy_until__lte=at))
    found: list[Flight] = []
    for in_pen, most in ((False, places), (True, min(pen, places))):
        if most <= 0:
            continue
        mine = free.filter(endpoint__failures__gt=0) if in_pen else free.filter(endpoint__failures=0)
        ids = mine.order_by().values_list("endpoint_id").annotate(first=Min("next_at")).order_by("first", "endpoint_id")
        for endpoint_id, _first in list(ids[: min(most, places - len(found))]):
            flight = _claim(endpoint_id, in_pen=in_pen, at=at)
            if flight is not None:
                found.append(flight)
    return found


def _claim(endpoint_id: int, *, in_pen: bool, at: datetime) -> Flight | None:
    """Hold the endpoint for one attempt, unless another process was faster."""
    # unscoped: as in _take_off
    endpoint = WebhookEndpoint.unscoped.filter(id=endpoint_id, is_on=True).select_related("account").first()
    if endpoint is None:
        return None
    # unscoped: as in _take_off
    held = WebhookEndpoint.unscoped.filter(id=endpoint_id, busy_until=endpoint.busy_until)
    if not held.update(busy_until=at + HELD):
        return None
    # unscoped: as in _take_off
    due = Delivery.unscoped.filter(endpoint=endpoint, state=Delivery.State.WAITING, next_at__lte=at)
    delivery = due.order_by("next_at", "id").first()
    while delivery is not None and not hears_of(delivery, endpoint):
        Delivery.unscoped.filter(id=delivery.id, state=Delivery.State.WAITING).update(  # unscoped: as in _take_off
            state=Delivery.State.FAILED, next_at=None, error=LEFT
        )
        delivery = due.order_by("next_at", "id").first()
    secrets = _secrets(endpoint, at)
    if delivery is None or not secrets:
        return None
    _withhold(delivery, endpoint, at=at)
    return Flight(delivery=delivery, url=endpoint.url, secrets=secrets, in_pen=in_pen)


def _withhold(delivery: Delivery, endpoint: WebhookEndpoint, *, at: datetime) -> None:
    """Take out what whoever answers for the endpoint may not export any more; the list shows it as it was sent.

    Asked at each attempt: three days may lie between the event and the one that arrives.
    """
    if not withholds(endpoint, at=at):
        return
    told = json.loads(delivery.body)
    if told["data"]["account"] == endpoint.account.ref:
        return  # of its own account
    body = json.dumps(without_contacts(told), ensure_ascii=False)
    if body != delivery.body:
        delivery.body = body
        Delivery.unscoped.filter(id=delivery.id).update(body=body)  # unscoped: as in _take_off


def _secrets(endpoint: WebhookEndpoint, at: datetime) -> tuple[str, ...]:
    boxes = [endpoint.secret_box, *(box for box, _ends in old_secrets(endpoint, at))]
    try:
        return tuple(unseal(box) for box in boxes)
    except CannotOpen:
        return ()


def _settle(flight: Flight, landing: Landing, *, actor: Actor, at: datetime) -> None:
    """Write what became of an attempt; switch the endpoint off when three days were in vain."""
    sent = flight.delivery
    with transaction.atomic():
        # unscoped: as in _take_off
        endpoints = WebhookEndpoint.unscoped.select_for_update(of=("self",)).select_related("account")
        endpoint = endpoints.filter(id=sent.endpoint_id).first()
        if endpoint is None:
            return  # removed in the meantime, and the delivery with it
        over = None if landing.is_success else next_attempt(sent.attempts + 1, at)
        state = Delivery.State.DONE if landing.is_success else Delivery.State.WAITING if over else Delivery.State.FAILED
        # unscoped: as in _take_off. Only what still waits: it may have been given up while it was on its way.
        mine = Delivery.unscoped.filter(id=sent.id)
        mine.update(
            attempts=F("attempts") + 1,
            last_at=at,
            code=landing.code,
            duration_ms=landing.duration_ms,
            answer=landing.answer,
            error=landing.error,
        )
        waiting = mine if landing.is_success else mine.filter(state=Delivery.State.WAITING)
        waiting.update(state=state, next_at=over)
        _note(endpoint, landing, at=at)
        in_vain = state == Delivery.State.FAILED and (
            endpoint.last_success_at is None or endpoint.last_success_at < sent.begun_at
        )
        if endpoint.is_on and not landing.is_success and (in_vain or landing.code == _GONE):
            why = WebhookEndpoint.Off.GONE if landing.code == _GONE else WebhookEndpoint.Off.FAILING
            endpoint.is_on, endpoint.off_reason, endpoint.off_at = False, why, at
            give_up_waiting(endpoint)
            endpoint.save(update_fields=["is_on"])  # before it is told: this, too, would wait for it, for ever
            told = WebhookGaveUp(webhook=endpoint.ref, name=endpoint.name, url=endpoint.url, why=str(why))
            record(told, account_id=endpoint.account_id, parent_id=endpoint.account.parent_id, actor=actor, at=at)
        endpoint.save(
            update_fields=[
                "is_on", "off_reason", "off_at", "failures", "failing_since", "last_success_at", "busy_until",
            ]
        )  # fmt: skip


def _note(endpoint: WebhookEndpoint, landing: Landing, *, at: datetime) -> None:
    if landing.is_success:
        endpoint.failures, endpoint.failing_since, endpoint.last_success_at, endpoint.busy_until = 0, None, at, None
        return
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or at
    endpoint.busy_until = at + PAUSE if endpoint.failures >= _PATIENT else None

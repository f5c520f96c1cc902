"""Webhooks: is it really from there? By the Standard Webhooks specification, several secrets at a time.

    event = verify(request.headers, request.body, [SECRET])

The body is taken as it came, byte for byte, before anything parses it. The same event may come twice: remember ``event.id``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sublet_client import _clock
from sublet_client._parse import when
from sublet_client._steps import Headers
from sublet_client.errors import Untrusted

TOLERANCE = 300.0


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has happened. ``id`` never changes, however often it is sent; it is the id of the journal's entry."""

    id: str
    type: str
    at: datetime
    account: str
    details: Mapping[str, Any]
    actor: Mapping[str, Any]
    reason: str
    data: Mapping[str, Any] = field(repr=False)

    @property
    def order(self) -> str:
        """Of two events about the same thing the one with the larger text happened later, whichever came first: one that was
        sent again must not undo what is newer. Keep it beside the state that an event has set."""
        return f"{self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ} {self.id}"


def verify(
    headers: Headers,
    body: bytes | str,
    secrets: str | Iterable[str],
    *,
    tolerance: float = TOLERANCE,
    now: float | None = None,
) -> Event:
    """The event, if one of the secrets has signed it within `tolerance` seconds of now; names of headers in any case.

    While secrets rotate, give the old and the new one. Raises Untrusted.
    """
    found = {str(name).lower(): str(value) for name, value in headers.items()}
    try:
        told_id, told_at, signatures = (found[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
        at = int(told_at)
    except (KeyError, ValueError):
        raise Untrusted("malformed", "a header of a webhook is missing") from None
    if abs((_clock.wall() if now is None else now) - at) > tolerance:
        raise Untrusted("expired", "the webhook is too old, or from the future: is this machine's clock right?")
    content = body.encode() if isinstance(body, str) else bytes(body)
    signed = f"{told_id}.{at}.".encode() + content
    given = [each.partition(",")[2] for each in signatures.split() if each.startswith("v1,")]
    right = False
    for secret in [secrets] if isinstance(secrets, str) else secrets:
        digest = hmac.new(_key(secret), signed, hashlib.sha256).digest()
        made = base64.b64encode(digest).decode()
        for each in given:  # all of them, so that nothing is learned from how long it takes
            right |= hmac.compare_digest(made.encode(), each.encode())
    if not right:
        raise Untrusted("signature", "none of the secrets has signed this webhook")
    return _event(told_id, content)


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a webhook's secret looks like whsec_… and is shown once, when it is made") from None


def _event(told_id: str, content: bytes) -> Event:
    try:
        told = json.loads(content)
        data = told.get("data") or {}
        return Event(
            id=told_id,
            type=str(told["type"]),
            at=when(told.get("timestamp")) or datetime.fromtimestamp(0, UTC),
            account=str(data.get("account", "") or ""),
            details=data.get("details") or {},
            actor=data.get("actor") or {},
            reason=str(data.get("reason", "") or ""),
            data=data,
        )
    except (ValueError, KeyError, AttributeError, TypeError):
        raise Untrusted("malformed", "the body of the webhook is none of ours") from None

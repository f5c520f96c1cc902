"""Reading one-time links. The token is only in the mail; here is its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sublet.people.models import PersonLink


@dataclass(frozen=True, slots=True)
class Link:
    """A one-time link that can still be used. `user_id` is None while nobody has that log-in yet."""

    id: int
    purpose: str
    user_id: int | None
    user_ref: str
    user_name: str
    user_email: str
    data: Mapping[str, Any]
    expires_at: datetime


def hash_token(token: str) -> str:
    """What is stored of a one-time token: SHA-256 as 64 hexadecimal digits. Tokens are random, so no salt is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def read_link(token: str, *, purpose: str, host: str, at: datetime) -> Link | None:
    """The link, if it is for that purpose and host, unused and not over. Does not use it."""
    row = (
        PersonLink.objects.filter(
            token_hash=hash_token(token), purpose=purpose, host=host, used_at__isnull=True, expires_at__gt=at
        )
        .select_related("user")
        .first()
    )
    if row is None or (row.user is not None and not row.user.is_active):
        return None
    return Link(
        id=row.id,
        purpose=row.purpose,
        user_id=row.user_id,
        user_ref=row.user.ref if row.user else "",
        user_name=str(row.user) if row.user else "",
        user_email=row.user.email if row.user else "",
        data=row.data,
        expires_at=row.expires_at,
    )

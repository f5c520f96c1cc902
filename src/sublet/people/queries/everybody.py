"""Everybody who has a log-in: for the command line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from sublet.people.models import User


@dataclass(frozen=True, slots=True)
class UserRow:
    """A person with a log-in. `accounts` is on how many it works."""

    ref: str
    email: str
    name: str
    language: str
    is_active: bool
    has_password: bool
    accounts: int
    created_at: datetime


def users(*, like: str = "") -> Iterator[UserRow]:
    """Everybody, by e-mail address, read row by row; `like` is a part of the address. In a platform scope."""
    rows = User.objects.annotate(accounts=Count("collaborators", filter=Q(collaborators__ended_at__isnull=True)))
    if like:
        rows = rows.filter(email__contains=like.strip().lower())
    for row in rows.order_by("email").iterator(chunk_size=500):
        yield UserRow(
            ref=row.ref,
            email=row.email,
            name=row.name,
            language=row.language,
            is_active=row.is_active,
            has_password=row.has_usable_password(),
            accounts=row.accounts,
            created_at=row.created_at,
        )

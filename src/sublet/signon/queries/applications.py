"""Reading applications: the vendor's list, and who a program is by its secret."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.refs import looks_like_ref
from sublet.signon.models import Application
from sublet.signon.queries.access import secret_hash


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """An application as its owner reads it. Never its secret."""

    ref: str
    name: str
    redirect_addresses: tuple[str, ...]
    logout_addresses: tuple[str, ...]
    login_address: str
    notice_address: str
    created_by: str
    created_at: datetime
    last_used_at: datetime | None


def row_of(row: Application) -> ApplicationRow:
    """As its owner reads it."""
    return ApplicationRow(
        ref=row.ref,
        name=row.name,
        redirect_addresses=tuple(row.redirect_addresses),
        logout_addresses=tuple(row.logout_addresses),
        login_address=row.login_address,
        notice_address=row.notice_address,
        created_by=row.created_by_name,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
    )


def applications(actor: Actor) -> Sequence[ApplicationRow]:
    """The vendor's applications, by name (``manifest:view``). Raises Forbidden."""
    actor.require("manifest:view")
    rows = Application.objects.filter(account_id=actor.account_id, removed_at__isnull=True)
    return [row_of(row) for row in rows.order_by("name", "id")]


def application(actor: Actor, ref: str) -> ApplicationRow:
    """One of the vendor's applications (``manifest:view``). Raises NotFound, Forbidden."""
    actor.require("manifest:view")
    row = None
    if looks_like_ref(ref, "app"):
        row = Application.objects.filter(account_id=actor.account_id, ref=ref, removed_at__isnull=True).first()
    if row is None:
        raise NotFound
    return row_of(row)


@dataclass(frozen=True, slots=True)
class KnownApplication:
    """An application as the protocol needs it."""

    ref: str
    name: str
    redirect_addresses: tuple[str, ...]
    logout_addresses: tuple[str, ...]
    login_address: str


def known(row: Application) -> KnownApplication:
    """As the protocol needs it."""
    return KnownApplication(
        ref=row.ref,
        name=row.name,
        redirect_addresses=tuple(row.redirect_addresses),
        logout_addresses=tuple(row.logout_addresses),
        login_address=row.login_address,
    )


def _row(ref: str) -> Application | None:
    if not looks_like_ref(ref, "app"):
        return None
    # unscoped: the same application serves every host
    return Application.unscoped.filter(ref=ref, removed_at__isnull=True).first()


def known_application(ref: str) -> KnownApplication | None:
    """The application with that reference. One statement."""
    row = _row(ref)
    return known(row) if row is not None else None


def proved_application(ref: str, secret: str) -> KnownApplication | None:
    """The application that shows its secret, or None. One statement."""
    row = _row(ref)
    if row is None or not secret or len(secret) > 200:
        return None
    return known(row) if hmac.compare_digest(row.secret_hash, secret_hash(secret)) else None


def application_that_begins() -> KnownApplication | None:
    """The application at which we can begin a sign-on, if there is one: the oldest with such an address."""
    # unscoped: the same application serves every host
    rows = Application.unscoped.filter(removed_at__isnull=True).exclude(login_address="")
    row = rows.order_by("id").first()
    return known(row) if row is not None else None

"""Reading API keys: who a secret is, and the list of an account's keys. Never a secret."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from sublet.core.rights import PRODUCT_PREFIX, Rights, effective
from sublet.foundation.actor import API, Actor
from sublet.people.models import ApiKey
from sublet.people.queries.entry import Entry, product_section_keys
from sublet.people.queries.sections import Offer, offer_for, summary_of

SECRET_PREFIX = "sk_"  # noqa: S105 - what every key begins with, so that leaked ones are recognised
LONGEST_SECRET = 100
#: How often at most the last use of a key is written down.
USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key in a list. `state`: active, expired or revoked. `prefix` is how it begins."""

    ref: str
    name: str
    prefix: str
    state: str
    summary: str
    rights: Mapping[str, str]
    reaches_all: bool
    reach_count: int
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None
    last_used_from: str
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyPage:
    """A page of an account's keys, newest first; `next_cursor` is empty on the last one."""

    may_manage: bool
    rows: Sequence[KeyRow]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class KeyForm:
    """What a new key can be given: never more than the actor has."""

    account_ref: str
    account_kind: str
    offer: Offer
    grantable: Rights


def hash_secret(secret: str) -> str:
    """What is stored of a key: SHA-256 as 64 hexadecimal digits. The secret is 256 random bits, so no salt is needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def actor_for_key(secret: str, *, request_id: str, host: str, at: datetime, remote: str = "") -> Entry | None:
    """The actor that an API key is, or None for anything that is no live key. `remote` is the caller's network address.

    One joined statement, one more for a key with rights on the host product. That it was used is written at most once a
    minute. State is not looked at: what the API answers for a suspended account is the caller's. The scope is the
    caller's too: `actor_scope(entry.actor)`.
    """
    if not secret.startswith(SECRET_PREFIX) or len(secret) > LONGEST_SECRET:
        return None
    # unscoped: this decides the scope
    row = (
        ApiKey.unscoped.filter(secret_hash=hash_secret(secret), revoked_at__isnull=True)
        .filter(Q(expires_at__isnull=True) | Q(expires_at__gt=at))
        .select_related("account")
        .first()
    )
    if row is None:
        return None
    _note_use(row, at=at, remote=remote)
    ticked = Rights.of(row.rights_words)
    product = product_section_keys() if any(key.startswith(PRODUCT_PREFIX) for key in ticked.levels) else ()
    account = row.account
    actor = Actor(
        user_id=None,
        name=row.name,
        account_id=account.id,
        account_ref=account.ref,
        account_kind=account.kind,
        account_name=account.name,
        rights=effective(kind=account.kind, is_owner=False, ticked=ticked, product_sections=product),
        reach=None if row.reaches_all else frozenset(row.reach_ids),
        key_ref=row.ref,
        via=API,
        host=host,
        request_id=request_id,
    )
    return Entry(actor=actor, account=account, collaborator_id=0)


def keys_of_account(actor: Actor, *, at: datetime, cursor: str = "", size: int = 50) -> KeyPage:
    """The keys of the actor's account (``keys:view``), newest first, revoked ones too. Raises Forbidden."""
    actor.require("keys:view")
    offer = offer_for(actor.account_kind)
    rows = ApiKey.objects.filter(account_id=actor.account_id)
    if cursor.isascii() and cursor.isdigit() and len(cursor) < 19:
        rows = rows.filter(id__lt=int(cursor))
    found = list(rows.order_by("-id")[: size + 1])
    return KeyPage(
        may_manage=actor.may("keys:manage") and actor.impersonator is None,
        rows=tuple(_row(row, offer, at) for row in found[:size]),
        next_cursor=str(found[size - 1].id) if len(found) > size else "",
    )


def key_form(actor: Actor) -> KeyForm:
    """What a new key of the actor's account can be given (``keys:manage``). Raises Forbidden."""
    actor.require("keys:manage")
    return KeyForm(
        account_ref=actor.account_ref,
        account_kind=actor.account_kind,
        offer=offer_for(actor.account_kind),
        grantable=actor.rights,
    )


def _note_use(row: ApiKey, *, at: datetime, remote: str) -> None:
    before = row.last_used_at
    if before is not None and at - before < USED_EVERY:
        return
    # unscoped: the key has just proved itself. The condition keeps many requests at once to one write.
    ApiKey.unscoped.filter(id=row.id, last_used_at=before).update(last_used_at=at, last_used_from=remote[:45])


def _row(row: ApiKey, offer: Offer, at: datetime) -> KeyRow:
    if row.revoked_at is not None:
        state = "revoked"
    elif row.expires_at is not None and row.expires_at <= at:
        state = "expired"
    else:
        state = "active"
    return KeyRow(
        ref=row.ref,
        name=row.name,
        prefix=row.prefix,
        state=state,
        summary=summary_of(offer, Rights.of(row.rights_words)),
        rights=row.rights_words,
        reaches_all=row.reaches_all,
        reach_count=len(row.reach_ids),
        created_at=row.created_at,
        created_by=row.created_by_name,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        last_used_from=row.last_used_from,
        revoked_at=row.revoked_at,
    )

"""Reading API keys: who a secret is, and the list of an account's keys. Never a secret."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Q

from sublet.core.networks import read_address, read_range, within
from sublet.core.rights import ENDS, NO_RIGHTS, PRODUCT_PREFIX, TELLS, Rights, effective
from sublet.foundation.actor import API, Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.keyset import newest_first
from sublet.foundation.prepared import Prepared, moment, text
from sublet.foundation.refs import looks_like_ref
from sublet.people.models import ApiKey
from sublet.people.queries.entry import Entry, product_section_keys
from sublet.people.queries.gates import lowered, number_of_change
from sublet.people.queries.sections import Offer, offer_for, read_once, summary_of

SECRET_PREFIX = "sk_"  # noqa: S105 - what every key begins with, so that leaked ones are recognised
LONGEST_SECRET = 100
#: How often at most the last use of a key is written down.
USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key in a list. `state`: active, expired or revoked. `prefix` is how it begins.

    `old_…` is the secret before the last rotation, while it still works; `refused_…` the last use from an address outside
    `allowed_from`.
    """

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
    allowed_from: Sequence[str]
    refused_at: datetime | None
    refused_from: str
    rotated_at: datetime | None
    old_prefix: str
    old_until: datetime | None
    old_used_at: datetime | None
    old_used_from: str


@dataclass(frozen=True, slots=True)
class KeyPage:
    """A page of an account's keys, newest first; `next_cursor` is empty on the last one, `previous_cursor` on the first."""

    may_manage: bool
    may_end: bool
    rows: Sequence[KeyRow]
    next_cursor: str
    previous_cursor: str = ""


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


_LIVE = Prepared(
    # unscoped: this decides the scope
    lambda: (
        ApiKey.unscoped.filter(
            Q(secret_hash=text("secret")) | Q(old_secret_hash=text("secret"), old_until__gt=moment("at"))
        )
        .filter(revoked_at__isnull=True)
        .filter(Q(expires_at__isnull=True) | Q(expires_at__gt=moment("at")))
        .select_related("account")
        .annotate(change_number=number_of_change("account_id"))
        .order_by("id")[:1]
    )
)


@read_once
def actor_for_key(secret: str, *, request_id: str, host: str, at: datetime, remote: str = "") -> Entry | None:
    """The actor that an API key is, or None for anything that is no live key. `remote` is the caller's network address.

    From an address outside the key's ranges it is no live key either: whoever stole it learns nothing. One joined
    statement, one more for a key with rights on the host product. That it was used is written at most once a minute.
    State is not looked at: what the API answers for a suspended account is the caller's. The scope is the caller's too:
    `actor_scope(entry.actor)`.
    """
    if not secret.startswith(SECRET_PREFIX) or len(secret) > LONGEST_SECRET:
        return None
    hashed = hash_secret(secret)
    row = _LIVE.first(secret=hashed, at=at)
    if row is None:
        return None
    if not _comes_from(row, remote):
        _note(row, "refused", at=at, remote=remote)
        return None
    _note(row, "last_used" if row.secret_hash == hashed else "old_used", at=at, remote=remote)
    ticked = Rights.of(row.rights_words)
    product = product_section_keys() if any(key.startswith(PRODUCT_PREFIX) for key in ticked.levels) else ()
    account = row.account
    rights = effective(kind=account.kind, is_owner=False, ticked=ticked, product_sections=product)
    ends = NO_RIGHTS
    if account.read_only_since is not None:
        ends, rights = rights.only(ENDS), rights.floored(TELLS)
    number = row.change_number  # type: ignore[attr-defined]  # annotated
    actor = Actor(
        user_id=None,
        name=row.name,
        account_id=account.id,
        account_ref=account.ref,
        account_kind=account.kind,
        account_name=account.name,
        rights=lowered(rights, account, own_people=True, number=number, at=at),
        ends=ends,
        reach=None if row.reaches_all else frozenset(row.reach_ids),
        key_ref=row.ref,
        via=API,
        host=host,
        request_id=request_id,
    )
    return Entry(actor=actor, account=account, collaborator_id=0)


def ending_only(entry: Entry) -> Entry:
    """The key with nothing but what ends access and what is told outside: it looks at keys and team, and ends there what it could
    change before. For an account in which nobody works."""
    actor = entry.actor
    ends = actor.ends if entry.account.read_only_since is not None else actor.rights.only(ENDS)
    return replace(entry, actor=replace(actor, rights=actor.rights.only(ENDS).floored(()), ends=ends))


def keys_of_account(actor: Actor, *, at: datetime, cursor: str = "", size: int = 50) -> KeyPage:
    """The keys of the actor's account (``keys:view``), newest first, revoked ones too. Raises Forbidden."""
    actor.require("keys:view")
    offer = offer_for(actor.account_kind)
    rows = ApiKey.objects.filter(account_id=actor.account_id)
    found, newer, older = newest_first(rows, cursor=cursor, size=size)
    return KeyPage(
        may_manage=actor.may("keys:manage") and actor.impersonator is None,
        may_end=actor.may_end("keys:manage") and actor.impersonator is None,
        rows=tuple(_row(row, offer, at) for row in found),
        next_cursor=older,
        previous_cursor=newer,
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


def key_of_account(actor: Actor, key_ref: str, *, at: datetime) -> KeyRow:
    """One key of the actor's account (``keys:view``). Raises NotFound, Forbidden."""
    actor.require("keys:view")
    row = None
    if looks_like_ref(key_ref, "key"):
        row = ApiKey.objects.filter(account_id=actor.account_id, ref=key_ref).first()
    if row is None:
        raise NotFound
    return _row(row, offer_for(actor.account_kind), at)


def _comes_from(row: ApiKey, remote: str) -> bool:
    if not row.allowed_from:
        return True
    address = read_address(remote)
    return address is not None and within(address, [held for held in map(read_range, row.allowed_from) if held])


def _note(row: ApiKey, what: str, *, at: datetime, remote: str) -> None:
    """Write ``<what>_at`` and ``<what>_from``, at most once a minute."""
    when, where = f"{what}_at", f"{what}_from"
    before = getattr(row, when)
    if before is not None and at - before < USED_EVERY:
        return
    # unscoped: the key has just proved itself. The condition keeps many requests at once to one write.
    # Of the secret, too: a use of the one that a rotation has just made old must not count as one of the new one.
    secret = {"secret_hash": row.secret_hash, when: before}
    ApiKey.unscoped.filter(id=row.id, **secret).update(**{when: at, where: remote[:45]})


def _row(row: ApiKey, offer: Offer, at: datetime) -> KeyRow:
    if row.revoked_at is not None:
        state = "revoked"
    elif row.expires_at is not None and row.expires_at <= at:
        state = "expired"
    else:
        state = "active"
    both = state == "active" and row.old_until is not None and row.old_until > at
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
        allowed_from=tuple(row.allowed_from),
        refused_at=row.refused_at,
        refused_from=row.refused_from,
        rotated_at=row.rotated_at,
        old_prefix=row.old_prefix if both else "",
        old_until=row.old_until if both else None,
        old_used_at=row.old_used_at if both else None,
        old_used_from=row.old_used_from if both else "",
    )

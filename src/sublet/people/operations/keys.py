"""API keys: made for one account, shown once, stored hashed, confined to addresses, rotated, revoked at once."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.core.networks import read_range
from sublet.core.rights import Level, Rights
from sublet.foundation.actor import Actor
from sublet.foundation.errors import CannotWhileImpersonating, NotFound, Refusal
from sublet.foundation.journal.events import Event
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import looks_like_ref
from sublet.people.events import KeyAddressesChanged, KeyCreated, KeyOldSecretEnded, KeyRevoked, KeyRotated
from sublet.people.models import ApiKey
from sublet.people.operations.granting import CannotGrant, one_line, wanted_rights
from sublet.people.queries.authority import Authority
from sublet.people.queries.keys import SECRET_PREFIX, hash_secret
from sublet.people.queries.sections import offer_for

LONGEST_NAME = 80
LONGEST_LIFE = timedelta(days=5 * 366)
MOST_KEYS = 100
MOST_RANGES = 50
#: How long the secret before may work beside a new one.
LONGEST_OVERLAP = timedelta(days=7)
#: How much of a key is shown afterwards, so that people can tell keys apart.
SHOWN = 11


class CannotCreateKey(CannotGrant):
    """Why there is no new API key."""

    SENTENCES: ClassVar = {
        **CannotGrant.SENTENCES,
        "name-missing": _("Give the key a name, so that you know later what it is for."),
        "name-long": _("The name of a key has at most %(most)s characters."),
        "no-rights": _("Tick at least one section: a key without rights can do nothing."),
        "expiry-past": _("A key expires in the future."),
        "expiry-far": _("A key lasts at most five years."),
        "address": _("“%(range)s” is neither an address nor a range of addresses such as 192.0.2.0/24."),
        "addresses-many": _("A key has at most %(most)s addresses and ranges."),
        "too-many": _("This account has %(most)s keys already. Revoke one that is not used any more."),
    }


class CannotChangeKey(Refusal):
    """Why a key stays as it is."""

    SENTENCES: ClassVar = {
        "address": CannotCreateKey.SENTENCES["address"],
        "addresses-many": CannotCreateKey.SENTENCES["addresses-many"],
        "beyond-own": _("This key can do more than you, or reaches clients that you do not. You can only revoke it."),
        "expired": _("This key has expired. Make a new one."),
        "overlap": _("The old secret works for at most seven days beside the new one."),
        "no-old-secret": _("There is no old secret that still works."),
    }


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was made, or given a new secret. `secret` is shown now and never again."""

    ref: str
    name: str
    secret: str


def create_key(
    *,
    name: str,
    rights: Mapping[str, str],
    expires_at: datetime | None = None,
    allowed_from: Iterable[str] = (),
    actor: Actor,
    at: datetime,
) -> NewKey:
    """Make an API key for the actor's account (``keys:manage``), with rights no wider than the actor's own.

    `allowed_from` are the addresses and ranges from which it works; none: from everywhere. It reaches the clients that
    the actor reaches now. Not while impersonating. Raises Forbidden, CannotWhileImpersonating, CannotCreateKey.
    """
    _in_own_name(actor)
    actor.require("keys:manage")
    called = one_line(name, LONGEST_NAME + 1)
    if not called:
        raise CannotCreateKey("name-missing", field="name")
    if len(called) > LONGEST_NAME:
        raise CannotCreateKey("name-long", field="name", most=LONGEST_NAME)
    if expires_at is not None and expires_at <= at:
        raise CannotCreateKey("expiry-past", field="expires_at")
    if expires_at is not None and expires_at > at + LONGEST_LIFE:
        raise CannotCreateKey("expiry-far", field="expires_at")
    ranges = _ranges(allowed_from, CannotCreateKey)
    with transaction.atomic():
        account = Account.objects.select_for_update(of=("self",)).get(id=actor.account_id)
        offer = offer_for(account.kind)
        # The actor's own rights are the most, whether or not it may see the team.
        authority = Authority(
            level=Level.MANAGE, grantable=actor.rights, from_above=False, owns_in_person=False, reach=actor.reach
        )
        wanted = wanted_rights(rights, authority=authority, offer=offer, refusal=CannotCreateKey)
        if not wanted.levels:
            raise CannotCreateKey("no-rights", field="rights")
        if ApiKey.objects.filter(account=account, revoked_at__isnull=True).count() >= MOST_KEYS:
            raise CannotCreateKey("too-many", most=MOST_KEYS)
        secret = _new_secret()
        row = ApiKey(
            account=account,
            name=called,
            prefix=secret[:SHOWN],
            secret_hash=hash_secret(secret),
            rights_words=wanted.as_words(),
            reaches_all=actor.reach is None,
            reach_ids=sorted(actor.reach or ()),
            created_at=at,
            created_by_id=_answers_for(actor),
            created_by_name=actor.name[:200],
            expires_at=expires_at,
            allowed_from=ranges,
        )
        row.save()
        record(
            KeyCreated(
                key=row.ref,
                name=called,
                rights=wanted.as_words(),
                expires_at=expires_at.isoformat() if expires_at else "",
                allowed_from=ranges,
            ),
            account_id=account.id,
            parent_id=account.parent_id,
            actor=actor,
            at=at,
        )
    return NewKey(ref=row.ref, name=called, secret=secret)


def rotate_key(*, key_ref: str, overlap: timedelta, actor: Actor, at: datetime) -> NewKey:
    """Give a key of the actor's account (``keys:manage``) a new secret at once; the one before works `overlap` longer.

    A secret that was old already ends now – unless nobody has used the newest yet: then that one ends, and the old one,
    which programs have, works `overlap` longer. Without overlap both end. Whoever rotates a key holds its secret, so it
    must not be wider than the actor. Not while impersonating. Raises NotFound, Forbidden, CannotWhileImpersonating, CannotChangeKey.
    """
    _in_own_name(actor)
    actor.require("keys:manage")
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise CannotChangeKey("overlap", field="overlap")
    with transaction.atomic():
        row = _locked(key_ref, actor)
        _not_wider(row, actor)
        if row.expires_at is not None and row.expires_at <= at:
            raise CannotChangeKey("expired")
        secret = _new_secret()
        # Whoever presses twice would otherwise put an end to the secret that every program still uses.
        if row.last_used_at is not None or row.old_until is None or row.old_until <= at:
            row.old_prefix, row.old_secret_hash = row.prefix, row.secret_hash
            row.old_used_at, row.old_used_from = row.last_used_at, row.last_used_from
        row.old_until = at + overlap
        row.prefix, row.secret_hash, row.rotated_at = secret[:SHOWN], hash_secret(secret), at
        row.last_used_at, row.last_used_from = None, ""
        if not overlap:
            _forget_old(row)
        row.save(update_fields=["prefix", "secret_hash", "rotated_at", "last_used_at", "last_used_from", *_OLD])
        _tell(row, KeyRotated(key=row.ref, name=row.name, old_until=(at + overlap).isoformat()), actor=actor, at=at)
    return NewKey(ref=row.ref, name=row.name, secret=secret)


def end_old_secret(*, key_ref: str, actor: Actor, at: datetime) -> None:
    """End the secret that a key had before its rotation (``keys:manage``), before its time. Not while impersonating.

    Raises NotFound, Forbidden, CannotWhileImpersonating, CannotChangeKey.
    """
    _in_own_name(actor)
    actor.require_end("keys:manage")
    with transaction.atomic():
        row = _locked(key_ref, actor)
        if row.old_until is None or row.old_until <= at:
            raise CannotChangeKey("no-old-secret")
        _forget_old(row)
        row.save(update_fields=_OLD)
        _tell(row, KeyOldSecretEnded(key=row.ref, name=row.name), actor=actor, at=at)


def change_key_addresses(*, key_ref: str, allowed_from: Iterable[str], actor: Actor, at: datetime) -> None:
    """Say from which addresses and ranges a key of the actor's account works (``keys:manage``); none: from everywhere.

    Saying what is so already records nothing. Not while impersonating. Raises NotFound, Forbidden,
    CannotWhileImpersonating, CannotChangeKey.
    """
    _in_own_name(actor)
    actor.require("keys:manage")
    ranges = _ranges(allowed_from, CannotChangeKey)
    with transaction.atomic():
        row = _locked(key_ref, actor)
        _not_wider(row, actor)
        if row.allowed_from == ranges:
            return
        row.allowed_from = ranges
        row.save(update_fields=["allowed_from"])
        _tell(row, KeyAddressesChanged(key=row.ref, name=row.name, allowed_from=ranges), actor=actor, at=at)


def revoke_key(*, key_ref: str, actor: Actor, at: datetime) -> None:
    """End an API key of the actor's account (``keys:manage``) at once, with both secrets. Not while impersonating.

    Raises NotFound (also for one that is revoked already), Forbidden, CannotWhileImpersonating.
    """
    _in_own_name(actor)
    actor.require_end("keys:manage")
    with transaction.atomic():
        row = _locked(key_ref, actor)
        row.revoked_at = at
        row.save(update_fields=["revoked_at"])
        _tell(row, KeyRevoked(key=row.ref, name=row.name), actor=actor, at=at)


_OLD = ["old_prefix", "old_secret_hash", "old_until", "old_used_at", "old_used_from"]


def _new_secret() -> str:
    return SECRET_PREFIX + secrets.token_urlsafe(32)


def _forget_old(row: ApiKey) -> None:
    row.old_prefix, row.old_secret_hash, row.old_until = "", None, None
    row.old_used_at, row.old_used_from = None, ""


def _locked(key_ref: str, actor: Actor) -> ApiKey:
    row = None
    if looks_like_ref(key_ref, "key"):
        row = (
            ApiKey.objects.select_for_update(of=("self",))
            .filter(account_id=actor.account_id, ref=key_ref, revoked_at__isnull=True)
            .select_related("account")
            .first()
        )
    if row is None:
        raise NotFound
    return row


def _not_wider(row: ApiKey, actor: Actor) -> None:
    reaches = actor.reach is None or (not row.reaches_all and frozenset(row.reach_ids) <= actor.reach)
    if not reaches or not Rights.of(row.rights_words).within(actor.rights):
        raise CannotChangeKey("beyond-own")


def _ranges(texts: Iterable[str], refusal: type[CannotCreateKey] | type[CannotChangeKey]) -> list[str]:
    """The ranges as they are stored, each once, in the order given."""
    found: dict[str, None] = {}
    for text in texts:
        held = read_range(text)
        if held is None:
            raise refusal("address", field="allowed_from", range=one_line(text, 60))
        found[str(held)] = None
    if len(found) > MOST_RANGES:
        raise refusal("addresses-many", field="allowed_from", most=MOST_RANGES)
    return list(found)


def _tell(row: ApiKey, event: Event, *, actor: Actor, at: datetime) -> None:
    record(event, account_id=row.account_id, parent_id=row.account.parent_id, actor=actor, at=at)


def _answers_for(actor: Actor) -> int | None:
    """The person who makes a key, or whoever made the key that makes it: both end with that person's place. Otherwise whoever
    leaves could come back by a key of a key."""
    if not actor.key_ref:
        return actor.user_id
    # Within the actor's scope: its own key.
    return ApiKey.objects.filter(ref=actor.key_ref).values_list("created_by_id", flat=True).first()


def _in_own_name(actor: Actor) -> None:
    if actor.impersonator is not None:
        raise CannotWhileImpersonating("personal")

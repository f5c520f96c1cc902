"""API keys: made for one account, shown once, stored hashed, revoked at once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.core.rights import Level
from sublet.foundation.actor import Actor
from sublet.foundation.errors import CannotWhileImpersonating, NotFound
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import looks_like_ref
from sublet.people.events import KeyCreated, KeyRevoked
from sublet.people.models import ApiKey
from sublet.people.operations.granting import CannotGrant, one_line, wanted_rights
from sublet.people.queries.authority import Authority
from sublet.people.queries.keys import SECRET_PREFIX, hash_secret
from sublet.people.queries.sections import offer_for

LONGEST_NAME = 80
LONGEST_LIFE = timedelta(days=5 * 366)
MOST_KEYS = 100
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
        "too-many": _("This account has %(most)s keys already. Revoke one that is not used any more."),
    }


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was made. `secret` is shown now and never again."""

    ref: str
    name: str
    secret: str


def create_key(
    *,
    name: str,
    rights: Mapping[str, str],
    expires_at: datetime | None = None,
    actor: Actor,
    at: datetime,
) -> NewKey:
    """Make an API key for the actor's account (``keys:manage``), with rights no wider than the actor's own.

    It reaches the clients that the actor reaches now. Not while impersonating. Raises Forbidden,
    CannotWhileImpersonating, CannotCreateKey.
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
        secret = SECRET_PREFIX + secrets.token_urlsafe(32)
        row = ApiKey(
            account=account,
            name=called,
            prefix=secret[:SHOWN],
            secret_hash=hash_secret(secret),
            rights_words=wanted.as_words(),
            reaches_all=actor.reach is None,
            reach_ids=sorted(actor.reach or ()),
            created_at=at,
            created_by_id=actor.user_id,
            created_by_name=actor.name[:200],
            expires_at=expires_at,
        )
        row.save()
        record(
            KeyCreated(
                key=row.ref,
                name=called,
                rights=wanted.as_words(),
                expires_at=expires_at.isoformat() if expires_at else "",
            ),
            account_id=account.id,
            parent_id=account.parent_id,
            actor=actor,
            at=at,
        )
    return NewKey(ref=row.ref, name=called, secret=secret)


def revoke_key(*, key_ref: str, actor: Actor, at: datetime) -> None:
    """End an API key of the actor's account (``keys:manage``) at once. Not while impersonating.

    Raises NotFound (also for one that is revoked already), Forbidden, CannotWhileImpersonating.
    """
    _in_own_name(actor)
    actor.require("keys:manage")
    with transaction.atomic():
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
        row.revoked_at = at
        row.save(update_fields=["revoked_at"])
        record(
            KeyRevoked(key=row.ref, name=row.name),
            account_id=row.account_id,
            parent_id=row.account.parent_id,
            actor=actor,
            at=at,
        )


def _in_own_name(actor: Actor) -> None:
    if actor.impersonator is not None:
        raise CannotWhileImpersonating("personal")

"""Whose account an operation of this app is about, and what follows each write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from django.db.models import Q

from sublet.accounts.models import Account
from sublet.accounts.operations.places import below, locked, require_below
from sublet.core.manifest import Feature, ManagedService, Meter
from sublet.core.rights import VENDOR as VENDOR_KIND
from sublet.entitlements.operations.stream import announce_with_below, remember_due
from sublet.entitlements.queries.facts import Known, known_of, places
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound


def account_below(ref: str, actor: Actor) -> Account:
    """The account that a word is about, locked: one directly below the actor's; for the vendor any but its own.

    Raises NotFound, Forbidden.
    """
    if actor.account_kind != VENDOR_KIND:
        return below(ref, actor)
    actor.require("accounts:manage")
    account = locked(ref)
    if account.id == actor.account_id:
        raise NotFound
    return account


def account_below_of_a_giver(ref: str, actor: Actor) -> Account:
    """The same where a reseller gives of what it holds: it is locked with its client, in the order of their numbers.

    Two of its people who give to two clients would each find unspent what the other is giving.
    """
    if actor.account_kind != VENDOR_KIND:
        require_below(actor, "manage")
        both = Account.objects.filter(Q(id=actor.account_id) | Q(ref=ref))
        list(both.order_by("id").select_for_update().values_list("id", flat=True))
    return account_below(ref, actor)


def own_account(actor: Actor) -> Account:
    """The account in which the actor acts, locked (``usage:manage``). Raises Forbidden, NotFound."""
    actor.require("usage:manage")
    return locked(actor.account_ref)


def known(account: Account, *, at: datetime) -> Known:
    """What is known of an account that the caller holds."""
    return known_of(list(places([account.id]).values()), at=at)[account.id]


def changed(account: Account, *, at: datetime) -> None:
    """After a write: when the answer changes next, and that it has changed now. A reseller's are its clients' as well."""
    announce_with_below([account.id])
    # After that: what this process has read before is dropped by the announcement.
    remember_due([account.id], at=at)


def names_of(thing: Feature | Meter | ManagedService) -> Mapping[str, str]:
    """How a thing of the manifest is called, by language."""
    return {language: text for language, text in asdict(thing.name).items() if text}

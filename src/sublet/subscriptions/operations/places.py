"""Whose plan may be changed from where: which account is meant, locked, and by which right."""

from __future__ import annotations

from sublet.accounts.models import Account
from sublet.accounts.operations.places import locked
from sublet.accounts.queries.tree import lies_below, require_below
from sublet.core.lifecycle import CLOSED
from sublet.core.rights import CLIENT, DIRECT, RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import CannotWhileImpersonating, Forbidden, NotFound, Refusal

BUYS = "subscription:manage"


def subscriber(ref: str, actor: Actor, refusal: type[Refusal]) -> Account:
    """The account whose plan the actor may change, locked until the transaction ends.

    A client's by its reseller (``subscription:manage``), a direct account's by the vendor (``accounts:manage``); from within a
    client's account in a visit as its reseller, never by the client's own people or keys. Raises NotFound, Forbidden, and
    `refusal` with the code ``closed``.
    """
    if ref == actor.account_ref:
        visitor = actor.impersonator
        if actor.account_kind != CLIENT or visitor is None or visitor.mode != RESELLER:
            raise Forbidden(BUYS)
        actor.require(BUYS)
        account = locked(ref)
    else:
        account = _below(ref, actor)
    return _open(account, refusal)


def trier(ref: str, actor: Actor, refusal: type[Refusal]) -> Account:
    """The account whose trial the actor may start: one of those above, or its own (``settings:manage``; in a visit as its
    reseller besides as a plan is changed).

    Raises NotFound, Forbidden, CannotWhileImpersonating, and `refusal` with the code ``closed``.
    """
    if ref != actor.account_ref:
        return _open(_below(ref, actor), refusal)
    if actor.account_kind not in {CLIENT, DIRECT}:
        raise NotFound
    actor.require("settings:manage")
    if actor.impersonator is not None and actor.impersonator.mode != RESELLER:
        raise CannotWhileImpersonating("never")  # it is had once in a life: nobody uses it up in another's name
    if actor.impersonator is not None:
        actor.require(BUYS)
    return _open(locked(ref), refusal)


def _below(ref: str, actor: Actor) -> Account:
    if actor.account_kind not in {VENDOR, RESELLER}:
        raise NotFound
    if actor.account_kind == VENDOR:
        actor.require("accounts:manage")
    else:
        require_below(actor, "view")
        actor.require(BUYS)
    account = locked(ref)
    if not lies_below(actor, account):
        raise NotFound
    if account.kind not in {CLIENT, DIRECT}:
        raise NotFound
    return account


def _open(account: Account, refusal: type[Refusal]) -> Account:
    if account.state == CLOSED:
        raise refusal("closed")
    return account

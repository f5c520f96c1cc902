"""Which account an operation is about, locked, and whether the actor may touch it from where it stands."""

from __future__ import annotations

from sublet.accounts.models import Account, AccountTag
from sublet.accounts.queries.tree import lies_below, require_below
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.refs import looks_like_ref


def locked(ref: str) -> Account:
    """The account with that reference in the scope in force, locked until the transaction ends. Raises NotFound."""
    if not looks_like_ref(ref, "acc"):
        raise NotFound
    account = Account.objects.select_for_update().filter(ref=ref).first()
    if account is None:
        raise NotFound
    return account


def below(ref: str, actor: Actor) -> Account:
    """An account directly below the actor's, locked. Raises Forbidden without ``manage`` on them, else NotFound."""
    require_below(actor, "manage")
    account = locked(ref)
    if not lies_below(actor, account):
        raise NotFound
    return account


def editable(ref: str, actor: Actor) -> Account:
    """The actor's own account (``settings:manage``) or one directly below it, locked. Raises NotFound, Forbidden."""
    if ref == actor.account_ref:
        actor.require("settings:manage")
        return locked(ref)
    return below(ref, actor)


def own_or_below(ref: str, actor: Actor) -> Account:
    """As `editable`, but of its own account only the owner in person may dispose. Raises NotFound, Forbidden."""
    if ref != actor.account_ref:
        return below(ref, actor)
    if not actor.is_owner:
        raise Forbidden("settings:manage")
    actor.require_in_person()
    return locked(ref)


def tags_of(account: Account) -> list[str]:
    """The tags now stored for the account, in the order in which `clean_tags` leaves them."""
    names = AccountTag.objects.filter(account_id=account.id).values_list("name", flat=True)
    return sorted(names, key=lambda name: (name.casefold(), name))


__all__ = ["below", "editable", "locked", "own_or_below", "require_below", "tags_of"]

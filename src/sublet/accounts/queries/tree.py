"""Reading the tree. Every question begins at a scope or an actor."""

from __future__ import annotations

from dataclasses import replace

from django.db.models import F, Q

from sublet.accounts.models import Account
from sublet.core.rights import RESELLER, VENDOR, all_rights
from sublet.foundation.actor import Actor, platform_actor
from sublet.foundation.errors import NotFound
from sublet.foundation.scope import current

#: The section on which an actor holds rights over the accounts below its own, by the kind of its own.
SECTION_BELOW = {VENDOR: "accounts", RESELLER: "clients"}


def parent_of(account_id: int) -> int | None:
    """The id of the account above, or None. Used by the scope itself to decide what lies within it."""
    # unscoped: the scope asks this to find out whether an account is inside it
    return Account.unscoped.filter(id=account_id).values_list("parent_id", flat=True).first()


def since_it_came(column: str, path: str = "account") -> Q:
    """Of rows of accounts: those from after the account came to stand where it does (`Account.placed_at`), where somebody above it
    reads. What was before, with another reseller, is for the account itself and the vendor. By the scope in force."""
    scope = current()
    if scope.account_id is None:
        return Q()
    own, came = Q(**{f"{path}_id": scope.account_id}), f"{path}__placed_at"
    return own | Q(**{f"{came}__isnull": True}) | Q(**{f"{column}__gte": F(came)})


def require_below(actor: Actor, level: str) -> None:
    """Raise Forbidden unless the actor has ``view`` or ``manage`` on the accounts below its own."""
    section = SECTION_BELOW.get(actor.account_kind, "clients")
    actor.require(f"{section}:{level}")


def lies_below(actor: Actor, account: Account) -> bool:
    """Whether the account stands directly below the actor's, within its reach."""
    return account.parent_id == actor.account_id and actor.reaches(account.id)


def vendor(*needed: str) -> Account:
    """The root of the tree, whoever asks, with the columns that are `needed` (all without any). There is one, but for an
    installation that is being set up (`vendor_if_any`)."""
    found = vendor_if_any(*needed)
    if found is None:
        raise Account.DoesNotExist("there is no vendor yet")
    return found


def vendor_if_any(*needed: str) -> Account | None:
    """The same; None before there is one."""
    # unscoped: everybody stands below it, and whoever asks may have no scope yet
    rows = Account.unscoped.filter(kind=VENDOR)
    return (rows.only(*needed) if needed else rows).first()


def installation_actor(*, name: str, via: str, request_id: str = "") -> Actor:
    """The installation acting for its vendor: command line, schedules, and sign-ups, under the name of whoever signs up.

    Before there is a vendor its account id is 0.
    """
    root = vendor_if_any("id", "ref", "name")
    return platform_actor(
        name=name,
        account_id=root.id if root else 0,
        account_ref=root.ref if root else "",
        account_name=root.name if root else "",
        via=via,
        request_id=request_id,
    )


def acting_for_reseller(actor: Actor, ref: str) -> Actor:
    """The installation acting for one of its resellers: imports and exports by command. In a platform scope.

    Raises NotFound.
    """
    reseller = Account.objects.filter(ref=ref, kind=RESELLER).only("id", "ref", "name").first()
    if reseller is None or actor.account_kind != VENDOR:
        raise NotFound
    return replace(
        actor,
        account_id=reseller.id,
        account_ref=reseller.ref,
        account_kind=RESELLER,
        account_name=reseller.name,
        rights=all_rights(RESELLER),
    )

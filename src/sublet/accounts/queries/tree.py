"""Reading the tree. Every question begins at a scope or an actor."""

from __future__ import annotations

from sublet.accounts.models import Account


def parent_of(account_id: int) -> int | None:
    """The id of the account above, or None. Used by the scope itself to decide what lies within it."""
    # unscoped: the scope asks this to find out whether an account is inside it
    return Account.unscoped.filter(id=account_id).values_list("parent_id", flat=True).first()

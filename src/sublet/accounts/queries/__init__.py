"""Reading the tree: every question begins at a scope or an actor."""

from sublet.accounts.queries.tree import parent_of

__all__ = ["parent_of"]

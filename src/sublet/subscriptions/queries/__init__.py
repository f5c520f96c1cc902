"""Reading what was agreed. Every question begins at a scope or an actor."""

from sublet.subscriptions.queries.held import Held, held, held_of
from sublet.subscriptions.queries.overdue import overdue

__all__ = ["Held", "held", "held_of", "overdue"]

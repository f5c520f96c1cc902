"""Reading what was agreed. Every question begins at a scope or an actor."""

from sublet.subscriptions.queries.held import Held, held, held_of
from sublet.subscriptions.queries.overdue import overdue
from sublet.subscriptions.queries.previews import preview_change
from sublet.subscriptions.queries.subscriptions import (
    AddOnRow,
    ChangePreview,
    OnDay,
    PhaseRow,
    SubscriptionView,
    TrialOffer,
    TrialRow,
    WaitingRow,
    subscription_of,
    what_held,
)

__all__ = [
    "AddOnRow",
    "ChangePreview",
    "Held",
    "OnDay",
    "PhaseRow",
    "SubscriptionView",
    "TrialOffer",
    "TrialRow",
    "WaitingRow",
    "held",
    "held_of",
    "overdue",
    "preview_change",
    "subscription_of",
    "what_held",
]

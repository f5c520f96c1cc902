"""Reading what was agreed. Every question begins at a scope or an actor."""

from sublet.subscriptions.queries.bases import (
    BasisView,
    RuleView,
    Said,
    UsualView,
    can_be_taken,
    rule_of,
    said_of,
    usual_basis,
)
from sublet.subscriptions.queries.held import Held, held, held_of
from sublet.subscriptions.queries.many import BasesPreview, ManyPreview, PlanMove, preview_bases, preview_plans
from sublet.subscriptions.queries.may_try import may_try
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
from sublet.subscriptions.queries.uses import Holders, plans_held, plans_in_use

__all__ = [
    "AddOnRow",
    "BasesPreview",
    "BasisView",
    "ChangePreview",
    "Held",
    "Holders",
    "ManyPreview",
    "OnDay",
    "PhaseRow",
    "PlanMove",
    "RuleView",
    "Said",
    "SubscriptionView",
    "TrialOffer",
    "TrialRow",
    "UsualView",
    "WaitingRow",
    "can_be_taken",
    "held",
    "held_of",
    "may_try",
    "overdue",
    "plans_held",
    "plans_in_use",
    "preview_bases",
    "preview_change",
    "preview_plans",
    "rule_of",
    "said_of",
    "subscription_of",
    "usual_basis",
    "what_held",
]

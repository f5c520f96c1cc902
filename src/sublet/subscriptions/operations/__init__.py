"""Writing what was agreed: each function is one use case, one transaction, one journal entry."""

from sublet.subscriptions.operations.add_ons import CannotEndAddOn, CannotTakeAddOn, end_add_on, take_add_on
from sublet.subscriptions.operations.bases import (
    CannotChooseBasis,
    CannotRuleBasis,
    CannotSetUsualBasis,
    choose_basis,
    rule_basis,
    set_usual_basis,
)
from sublet.subscriptions.operations.due import note_due
from sublet.subscriptions.operations.many import change_plans, choose_bases, require_on_sale
from sublet.subscriptions.operations.openings import CannotOpenProspect, open_client, open_prospect
from sublet.subscriptions.operations.plans import (
    CannotCancelChange,
    CannotEndSubscription,
    CannotPauseSubscription,
    CannotResumeSubscription,
    CannotScheduleChange,
    CannotTakePlan,
    cancel_change,
    end_subscription,
    pause,
    resume,
    resume_locked,
    schedule_change,
    take_plan,
)
from sublet.subscriptions.operations.sources import sources_of
from sublet.subscriptions.operations.trials import CannotStartTrial, start_trial

__all__ = [
    "CannotCancelChange",
    "CannotChooseBasis",
    "CannotEndAddOn",
    "CannotEndSubscription",
    "CannotOpenProspect",
    "CannotPauseSubscription",
    "CannotResumeSubscription",
    "CannotRuleBasis",
    "CannotScheduleChange",
    "CannotSetUsualBasis",
    "CannotStartTrial",
    "CannotTakeAddOn",
    "CannotTakePlan",
    "cancel_change",
    "change_plans",
    "choose_bases",
    "choose_basis",
    "end_add_on",
    "end_subscription",
    "note_due",
    "open_client",
    "open_prospect",
    "pause",
    "require_on_sale",
    "resume",
    "resume_locked",
    "rule_basis",
    "schedule_change",
    "set_usual_basis",
    "sources_of",
    "start_trial",
    "take_add_on",
    "take_plan",
]

"""What lists show of an account's subscription, written by whoever knows it: `subscriptions`, above."""

from __future__ import annotations

from datetime import datetime

from sublet.accounts.models import Account


def show_plan(account: Account, *, plan: str, trial_until: datetime | None) -> None:
    """Keep the plan that was taken (empty: none) and the end of the trial beside the account, within the caller's write.

    Derived: the subscription's own rows decide what holds; these two are for filters and columns over a million accounts.
    The journal entry is the caller's own.
    """
    if (account.plan, account.trial_until) == (plan, trial_until):
        return
    account.plan, account.trial_until = plan, trial_until
    account.save(update_fields=["plan", "trial_until"])

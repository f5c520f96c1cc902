"""Whether an account's people log in with their own company's log-in: then nobody needs to choose a password here."""

from __future__ import annotations

from sublet.accounts.models import Account


def company_log_in_of(account: Account) -> bool:
    """Whether the people of that account log in at their company.

    The directory asks before it sends an invitation by mail: who logs in at the company accepts it by doing so.
    """
    return False

"""Whether an account's people log in with their own company's log-in: then nobody needs to choose a password here."""

from __future__ import annotations

from sublet.accounts.models import Account


def logs_in_by_company(account: Account, email: str) -> bool:
    """Whether somebody with that address can accept an invitation to that account by the log-in of its company.

    The directory asks before it sends an invitation by mail.
    """
    return False

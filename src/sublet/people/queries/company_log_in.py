"""Whether an invitation to an account needs no mail, because its company vouches for the person invited."""

from __future__ import annotations

from sublet.accounts.models import Account


def logs_in_by_company(account: Account, email: str) -> bool:
    """Whether somebody with that address can accept an invitation to that account by the log-in of its company alone.

    The directory asks before it sends an invitation by mail. Nobody can at present: the company's log-in accepts an
    invitation together with the link in its mail (`operations.company_log_ins`), so the mail is always sent.
    """
    return False

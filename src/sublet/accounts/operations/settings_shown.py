"""What lists show of how a client is set up, written by whoever knows it: `clientsettings`, above."""

from __future__ import annotations

from sublet.accounts.models import Account


def show_settings(account: Account, *, complete: bool) -> None:
    """Keep beside the account whether its settings are complete, within the caller's write.

    Derived: for a filter and a column over a million accounts. The journal entry is the caller's own.
    """
    if account.settings_complete == complete:
        return
    account.settings_complete = complete
    account.save(update_fields=["settings_complete"])

"""What happens below this app and changes answers: told by the journal, in the transaction in which it happens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from sublet.entitlements.operations.stream import announce, announce_everybody, remember_due
from sublet.foundation.actor import Actor
from sublet.foundation.journal.models import JournalEntry

#: Events after which the account that they are about may do other things, or counts its periods otherwise.
OF_ACCOUNTS: Final = frozenset(
    {
        "account.activated", "account.closed", "account.converted", "account.details_changed", "account.ended",
        "account.moved", "account.reopened", "account.resumed", "account.suspended", "prospect.turned_into_client",
        "reseller.merged",
    }
)  # fmt: skip
#: Events after which other rules of those above hold, which may change by themselves at another moment.
OF_PLACES: Final = frozenset({"account.moved"})
OF_EVERYBODY: Final = frozenset({"manifest.loaded"})


def follow_accounts(
    _accounts: frozenset[int], entries: Callable[[], Sequence[JournalEntry]], _actor: Actor, at: datetime
) -> None:
    """A listener of the journal."""
    found = entries()
    if any(entry.event in OF_EVERYBODY for entry in found):
        announce_everybody()
    announce(entry.account_id for entry in found if entry.event in OF_ACCOUNTS)
    moved = [entry.account_id for entry in found if entry.event in OF_PLACES]
    if moved:
        remember_due(moved, at=at)

"""A reseller that does not pay: its people and keys can read, and pay, until it has. Told by whoever knows, `billing`, above.

Nothing of its clients changes by it: who stands below goes on as before.
"""

from __future__ import annotations

from datetime import datetime

from sublet.accounts.events import ResellerFreed, ResellerLimited
from sublet.accounts.models import Account
from sublet.core.rights import RESELLER
from sublet.foundation.actor import Actor
from sublet.foundation.journal.operations import record


def limit_reseller(account: Account, *, actor: Actor, at: datetime) -> bool:
    """Let the people of a locked reseller only read and pay. False: it is so already, or it is no reseller."""
    if account.kind != RESELLER or account.read_only_since is not None:
        return False
    account.read_only_since = at
    account.version += 1
    account.save(update_fields=["read_only_since", "version"])
    event = ResellerLimited(ref=account.ref, name=account.name)
    record(event, account_id=account.id, parent_id=account.parent_id, actor=actor, at=at)
    return True


def free_reseller(account: Account, *, actor: Actor, at: datetime) -> bool:
    """Give the people of a locked reseller back what they may. False: nothing was taken."""
    if account.read_only_since is None:
        return False
    account.read_only_since = None
    account.version += 1
    account.save(update_fields=["read_only_since", "version"])
    event = ResellerFreed(ref=account.ref, name=account.name)
    record(event, account_id=account.id, parent_id=account.parent_id, actor=actor, at=at)
    return True

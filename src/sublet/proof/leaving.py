"""What was found in an account goes when it leaves: it tells of the hosts, mails and brand of the one that is left."""

from __future__ import annotations

from datetime import datetime

from sublet.accounts.operations.leavers import Leaving
from sublet.foundation.actor import Actor
from sublet.proof.models import Scan


def forget_at_leaving(leaving: Leaving, actor: Actor, at: datetime) -> None:
    """Part of `accounts.operations.leavers`. A scan that runs finds itself gone, keeps nothing, and its pass opens nothing."""
    # unscoped: scans of the accounts that leave
    Scan.unscoped.filter(account_id__in=leaving.account_ids).delete()

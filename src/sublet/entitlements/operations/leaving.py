"""What a reseller has said about a client ends when the client leaves it: nothing of it comes back when the client does."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Q
from django.db.models.functions import Greatest

from sublet.accounts.operations.leavers import Leaving
from sublet.core.entitled import RESELLER
from sublet.entitlements.models import Override, ServiceSetting, Share
from sublet.foundation.actor import Actor


def end_at_leaving(leaving: Leaving, actor: Actor, at: datetime) -> None:
    """Part of `accounts.operations.leavers`: in the caller's transaction and scope.

    Limits, features and services that it has set, and the shares of its pools: what was reserved there for a client that is gone
    would be kept from the others for ever. Units that were given once stay the account's. That the answers have changed is
    announced with the move itself (`following`).
    """
    ids = list(leaving.account_ids)
    still = Q(until__isnull=True) | Q(until__gt=at)
    # What was said a moment later than the move's own moment ends as it began.
    over = Greatest(F("since"), at)
    # unscoped: rows of the accounts that leave
    words = Override.unscoped.filter(still, account_id__in=ids, layer=RESELLER, giver_id=leaving.former_id)
    words.update(until=over)
    # unscoped: as above
    settings = ServiceSetting.unscoped.filter(still, account_id__in=ids, giver_id=leaving.former_id)
    settings.update(until=over)
    # unscoped: as above
    Share.unscoped.filter(account_id__in=ids, pool__account_id=leaving.former_id).delete()

"""What a reseller said about a client ends with the client's place below it: in the transaction of the move. Where two resellers
become one, it is said anew by the one that stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, Q
from django.db.models.functions import Greatest

from sublet.accounts.models import Account
from sublet.accounts.operations.leavers import Leaving
from sublet.core.entitled import RESELLER
from sublet.core.rights import RESELLER as RESELLER_KIND
from sublet.core.rights import VENDOR
from sublet.entitlements.models import Alert, Override, Pool, ServiceSetting, Share
from sublet.entitlements.operations.stream import announce
from sublet.entitlements.queries.leaving import given_by
from sublet.foundation.actor import Actor


def end_words_at_leaving(leaving: Leaving, _actor: Actor, at: datetime) -> None:
    """Part of `accounts.operations.leavers`: in the caller's transaction and scope.

    The rows end, so that nothing holds again when the account comes back. What the vendor said, units that were given once,
    the account's own limit, its use, plan, add-ons and trial stay. That the answer changed is in the stream with the move.
    """
    ids = list(leaving.account_ids)
    _settle_alerts(ids, at)
    # unscoped: here and below rows of the accounts that leave, and the one above them, whose kind says what it gave
    if Account.unscoped.filter(id=leaving.former_id, kind=VENDOR).exists():
        _end_pools(leaving)
    else:
        words = Override.unscoped.filter(layer=RESELLER)  # unscoped: as above
        settings = ServiceSetting.unscoped.all()  # unscoped: as above
        # What was agreed for later never begins.
        over = {"until": Greatest(F("since"), at)}
        said = given_by(words, ids, leaving.former_id, at), given_by(settings, ids, leaving.former_id, at)
        anew: list[Override | ServiceSetting] = []
        if leaving.joins_id is not None:
            anew = [*said[0].order_by("id"), *said[1].order_by("id")]
        for rows in said:
            rows.update(**over)
        _say_anew(anew, leaving.joins_id or 0, at)
        # unscoped: as above
        Share.unscoped.filter(account_id__in=ids).delete()
    announce(ids)


def _say_anew(said: Sequence[Override | ServiceSetting], giver_id: int, at: datetime) -> None:
    """Of a merge: the same in the name of the one that stays, as far as that one holds as much. Shares of the pool that is over
    are not: it has another pool, or none."""
    for row in said:
        row.pk, row.giver_id, row.since = None, giver_id, max(row.since, at)
        row.save(force_insert=True)


def _end_pools(leaving: Leaving) -> None:
    """A reseller that is over shares nothing out any more."""
    if not leaving.ends:
        return
    # unscoped: as above
    gone = Account.unscoped.filter(id__in=leaving.account_ids, kind=RESELLER_KIND)
    # unscoped: as above
    Pool.unscoped.filter(account_id__in=gone.values("id")).delete()


def _settle_alerts(ids: list[int], at: datetime) -> None:
    """What was to be told to the one above is told to nobody: the next one hears of what comes, and nothing of before."""
    # unscoped: as above
    Alert.unscoped.filter(Q(account_id__in=ids), digest_at__isnull=True).update(digest_at=at)

"""When an account's periods begin: dated, so that what was counted before stays where it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from django.db import transaction

from sublet.accounts.events import DetailsChanged
from sublet.accounts.models import Account
from sublet.foundation.actor import Actor
from sublet.foundation.journal.models import JournalEntry
from sublet.metering.models import FOREVER as EVER
from sublet.metering.models import UsageAnchor, UsageEvent
from sublet.metering.operations.rebuilding import rebuild_totals
from sublet.metering.queries.lines import birth_anchor, line_of


def set_anchor(*, account_id: int, day: date, zone: str, since: datetime, actor: Actor, at: datetime) -> None:
    """From `since` on, the account's anniversaries fall on `day` and its days begin at midnight in `zone`.

    Part of the caller's write, which records it. What runs at `since` is treated as `core.periods.period_on` says. Nothing
    of what an anchor says already is written again.
    """
    with transaction.atomic():
        _keep_before(account_id)
        line = line_of(account_id)
        there = [each.anchor for each in line.anchors if each.since <= since]
        if there and (there[-1].day, there[-1].zone) == (day, zone):
            return
        UsageAnchor.objects.update_or_create(account_id=account_id, since=since, defaults={"day": day, "zone": zone})
        # Clocks of reporters go ahead by minutes, and a change may be dated back: what lies after it is put in its place.
        if UsageEvent.objects.filter(account_id=account_id, at__gte=since).exists():
            rebuild_totals(account_id=account_id, since=since, actor=actor, at=at)


def _keep_before(account_id: int, zone: str = "") -> None:
    """Write down what held without a row, before another row says what follows it. `zone`: where the account says another
    one already."""
    if UsageAnchor.objects.filter(account_id=account_id).exists():
        return
    born, present = Account.objects.values_list("created_at", "timezone").get(id=account_id)
    anchor = birth_anchor(born, zone or present)
    UsageAnchor.objects.create(account_id=account_id, since=EVER, day=anchor.day, zone=anchor.zone)


def follow_zone(
    accounts: frozenset[int], entries: Callable[[], Sequence[JournalEntry]], actor: Actor, at: datetime
) -> None:
    """An account has moved to another time zone: told by the journal, in the same transaction.

    Whatever changes many accounts at once changes no zones, and is not looked through.
    """
    if len(accounts) > 2:
        return
    for entry in entries():
        if entry.event != DetailsChanged.NAME or "timezone" not in entry.data.get("changes", {}):
            continue
        before, after = entry.data["changes"]["timezone"]
        account_id = entry.account_id
        _keep_before(account_id, before)
        last = UsageAnchor.objects.filter(account_id=account_id).order_by("-since")[0]
        set_anchor(account_id=account_id, day=last.day, zone=after, since=at, actor=actor, at=at)

"""What becomes due before an account leaves who stands above it is claimed by that one, and owed by that one."""

from __future__ import annotations

from datetime import datetime

from sublet.accounts.models import Account
from sublet.accounts.operations.leavers import Leaving
from sublet.accounts.queries import tags_of
from sublet.billing.models import BillingRun, PlaceLeft
from sublet.billing.operations.posting import post_charges
from sublet.billing.operations.running import FIRST
from sublet.billing.queries.used import OVERLAP
from sublet.core.rights import VENDOR
from sublet.foundation.actor import Actor


def post_before_leaving(leaving: Leaving, actor: Actor, at: datetime) -> None:
    """Post what is due of the accounts up to and not including `at`, while they stand where they stood.

    Otherwise the next run would find it, and claim it for whoever is above them by then, at that one's prices. In the caller's
    transaction and platform scope. What cannot be reckoned is left to the runs, which tell the vendor of it.
    """
    if leaving.ends:
        return
    vendor = Account.objects.only("id").get(kind=VENDOR).id
    _keep_places(leaving, at)
    done = BillingRun.objects.filter(account_id=vendor, done_at__isnull=False, until__lte=at)
    last = done.order_by("-until").values_list("until", flat=True).first()
    if last is None:
        return  # nothing was ever posted: billing is not in use here
    groups: dict[datetime, list[int]] = {}
    behind = _behind(vendor, last)
    for account_id in leaving.account_ids:
        groups.setdefault(behind.get(account_id, max(FIRST, last - OVERLAP)), []).append(account_id)
    for since, ids in groups.items():
        post_charges(ids, vendor=vendor, since=since, until=at, at=at, by=actor.name[:200])


def _keep_places(leaving: Leaving, at: datetime) -> None:
    """Keep where accounts stood, with the tags that they lose: what was used there may be charged, or become known, later.

    Also of who stood alone: otherwise whoever comes to stand above it would owe what it used before.
    """
    clients = Account.objects.filter(id__in=leaving.account_ids, parent_id=leaving.former_id).order_by("id")
    clients = clients.exclude(placed_at__gte=at)  # it stood there for no time at all
    tags = tags_of(leaving.account_ids)
    PlaceLeft.objects.bulk_create(
        PlaceLeft(
            account_id=leaving.former_id,
            client=client,
            since=client.placed_at,
            until=at,
            groups=list(tags.get(client.id, ())),
        )
        for client in clients
    )


def _behind(vendor: int, until: datetime) -> dict[int, datetime]:
    """The accounts that the last run could not reckon: up to when they are."""
    faults = BillingRun.objects.values_list("faults", flat=True).get(account_id=vendor, until=until)
    return {account_id: datetime.fromisoformat(since) for account_id, _why, since in faults}

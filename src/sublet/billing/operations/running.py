"""The billing run: what is due goes into the ledger, and what is owed onto invoices. Done again, it adds what is missing.

Three steps, each in batches with a transaction of their own: a process that dies anywhere leaves whole batches, and whoever runs
again goes over them without finding anything to do. What makes it so are the constraints of the tables, not these lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import transaction

from sublet.accounts.models import Account
from sublet.billing.events import BillingDone
from sublet.billing.models import BillingRun
from sublet.billing.operations.drafting import draft_invoices
from sublet.billing.operations.posting import post_charges
from sublet.core.rights import VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden
from sublet.foundation.journal.operations import record
from sublet.foundation.scope import platform_scope

#: So many accounts are reckoned in one transaction: while it lasts, on SQLite nobody else writes.
BATCH: Final = 250
#: What was written in the last moments of the run before may not have been seen by it.
OVERLAP: Final = timedelta(days=2)
#: Before it nothing was ever due.
FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
RIGHT: Final = "billing:manage"

Progress = Callable[[int, int], None]


def run_billing(*, until: datetime, actor: Actor, at: datetime, progress: Progress | None = None) -> BillingRun:
    """Reckon every account up to and not including `until`, and make the invoices that are due by then (``billing:manage``).

    Both books, of all resellers: only the vendor and the installation itself can. Repeatable and restartable anywhere; two at
    once come to the same as one. Accounts that cannot be reckoned are named in `faults`, and the run is not done until they
    can. Raises Forbidden.
    """
    if actor.account_kind != VENDOR:
        raise Forbidden(RIGHT)
    actor.require(RIGHT)
    with platform_scope("charges are posted to both books at once"):
        run = _begun(until, actor, at)
        since = _since(run)
        ids = list(Account.objects.exclude(kind=VENDOR).order_by("id").values_list("id", flat=True))
        parts = list(_batches(ids))
        charges, faults, drafts = 0, list[list[object]](), 0
        for number, part in enumerate(parts):
            with transaction.atomic():
                posted = post_charges(part, vendor=run.account_id, since=since, until=until, at=at, by=actor.name)
            charges += posted.charges
            faults += [[account_id, why[:200]] for account_id, why in posted.faults]
            if progress is not None:
                progress(number + 1, 2 * len(parts))
        for number, part in enumerate(parts):
            with transaction.atomic():
                drafts += draft_invoices(part, vendor=run.account_id, until=until, actor=actor, at=at)
            if progress is not None:
                progress(len(parts) + number + 1, 2 * len(parts))
        return _done(run, len(ids), charges, drafts, faults, actor, at)


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _begun(until: datetime, actor: Actor, at: datetime) -> BillingRun:
    run, _new = BillingRun.objects.get_or_create(
        account_id=actor.account_id, until=until, defaults={"begun_at": at, "by": actor.name}
    )
    return run


def _since(run: BillingRun) -> datetime:
    """Up to there everything is in the ledger."""
    before = BillingRun.objects.filter(account_id=run.account_id, done_at__isnull=False, until__lte=run.until)
    last = before.order_by("-until").values_list("until", flat=True).first()
    return FIRST if last is None else last - OVERLAP


def _done(
    run: BillingRun, accounts: int, charges: int, drafts: int, faults: list[list[object]], actor: Actor, at: datetime
) -> BillingRun:
    with transaction.atomic():
        run = BillingRun.objects.select_for_update().get(id=run.id)
        run.accounts = accounts
        run.charges += charges
        run.drafts += drafts
        run.faults = faults[:1000]
        first = run.done_at is None and not faults
        if first:
            run.done_at = at
        run.save()
        if first:
            record(
                BillingDone(run=run.ref, until=run.until.isoformat(), charges=run.charges, drafts=run.drafts),
                account_id=run.account_id,
                actor=actor,
                at=at,
            )
    return run

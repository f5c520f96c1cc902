"""The billing run: what is due goes into the ledger, and what is owed onto invoices. Done again, it adds what is missing.

Four steps, the long ones in batches with a transaction of their own: a process that dies anywhere leaves whole batches, and whoever runs
again goes over them without finding anything to do. What makes it so are the constraints of the tables, not these lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from django.db import transaction

from sublet.accounts.models import Account
from sublet.billing.events import BillingDone
from sublet.billing.models import BillingRun
from sublet.billing.operations.drafting import draft_invoices
from sublet.billing.operations.posting import is_free, post_charges
from sublet.billing.operations.promises import post_promised
from sublet.billing.queries.used import OVERLAP
from sublet.core.rights import VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden
from sublet.foundation.journal.operations import record
from sublet.foundation.scope import platform_scope

#: So many accounts are reckoned in one transaction: while it lasts, on SQLite nobody else writes.
BATCH: Final = 250
#: Before it nothing was ever due.
FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
RIGHT: Final = "billing:manage"

Progress = Callable[[int, int], None]
#: An account that cannot be reckoned, why, and up to when it is.
Fault = tuple[int, str, datetime]


def run_billing(*, until: datetime, actor: Actor, at: datetime, progress: Progress | None = None) -> BillingRun:
    """Reckon every account up to and not including `until`, and make the invoices that are due by then (``billing:manage``).

    Both books, of all resellers: only the vendor and the installation itself can. Repeatable and restartable anywhere; two at
    once come to the same as one. Accounts that cannot be reckoned are named in `faults` with the instant up to which they are:
    the runs after this one reckon them from there, and the others from this one on. Raises Forbidden.
    """
    if actor.account_kind != VENDOR:
        raise Forbidden(RIGHT)
    actor.require(RIGHT)
    with platform_scope("charges are posted to both books at once"):
        run = _begun(until, actor, at)
        states = Account.objects.exclude(kind=VENDOR).order_by("id").values_list("id", "state", "state_before_close")
        ids = [account_id for account_id, state, before in states if not is_free(state, before)]
        to_reckon, to_draft = list(_by_since(ids, run)), list(_batches(ids))
        steps = len(to_reckon) + len(to_draft)
        charges, faults, drafts = 0, list[Fault](), 0
        for number, (since, part) in enumerate(to_reckon, 1):
            with transaction.atomic():
                posted = post_charges(part, vendor=run.account_id, since=since, until=until, at=at, by=actor.name)
            charges += posted.charges
            faults += [(account_id, why[:200], since) for account_id, why in posted.faults]
            if progress is not None:
                progress(number, steps)
        with transaction.atomic():
            since, behind = _since(run)
            promised, waiting = post_promised(
                vendor=run.account_id, since=since, behind=behind, faulty=[fault[0] for fault in faults], until=until, at=at,
                by=actor.name,
            )  # fmt: skip
        charges += promised
        faults += waiting
        for number, part in enumerate(to_draft, len(to_reckon) + 1):
            with transaction.atomic():
                drafts += draft_invoices(part, vendor=run.account_id, until=until, actor=actor, at=at)
            if progress is not None:
                progress(number, steps)
        return _done(run, len(ids), charges, drafts, faults, actor, at)


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _by_since(ids: Sequence[int], run: BillingRun) -> Iterator[tuple[datetime, Sequence[int]]]:
    """The accounts in batches, each with the instant from which something may be missing in the ledger."""
    since, behind = _since(run)
    groups: dict[datetime, list[int]] = {}
    for account_id in ids:
        groups.setdefault(behind.get(account_id, since), []).append(account_id)
    for begins in sorted(groups):
        for part in _batches(groups[begins]):
            yield begins, part


def _begun(until: datetime, actor: Actor, at: datetime) -> BillingRun:
    run, _new = BillingRun.objects.get_or_create(
        account_id=actor.account_id, until=until, defaults={"begun_at": at, "by": actor.name}
    )
    return run


def _since(run: BillingRun) -> tuple[datetime, dict[int, datetime]]:
    """Up to there everything is in the ledger, but of the accounts that could not be reckoned: account → its own instant."""
    before = BillingRun.objects.filter(account_id=run.account_id, done_at__isnull=False, until__lte=run.until)
    last = before.order_by("-until").first()
    if last is None:
        return FIRST, {}
    return last.until - OVERLAP, {account_id: datetime.fromisoformat(since) for account_id, _why, since in last.faults}


def _done(
    run: BillingRun, accounts: int, charges: int, drafts: int, faults: Sequence[Fault], actor: Actor, at: datetime
) -> BillingRun:
    with transaction.atomic():
        run = BillingRun.objects.select_for_update().get(id=run.id)
        run.accounts = accounts
        run.charges += charges
        run.drafts += drafts
        # All of them: whoever is left out here is never reckoned again.
        run.faults = [[account_id, why, since.isoformat()] for account_id, why, since in faults]
        first = run.done_at is None
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

"""Who stays in a merge comes after who went: it asks for what is on no issued invoice yet, and has what was paid ahead or collected.

What was issued stays as it is, in the name of whoever issued it. Charges stay in the ledger where they became due, since that says at
which prices and on which terms; where one comes onto an invoice of the successor, what is reckoned and not billed goes over with
an entry in each of both books (`Carried`), once for each charge.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from django.db.models import Q, Sum

from sublet.accounts.models import Account
from sublet.accounts.operations.leavers import Leaving
from sublet.billing.events import DraftDiscarded
from sublet.billing.models import Invoice, InvoiceLine, LedgerEntry, LedgerPosting, Succession
from sublet.billing.models.invoices import DRAFT
from sublet.billing.models.ledger import ADJUSTED
from sublet.billing.operations.money_moved import book
from sublet.billing.operations.posting import event_row, posting_rows, write_events, write_postings
from sublet.billing.queries.sides import MOST_KEYS
from sublet.core import ledger
from sublet.foundation.actor import Actor
from sublet.foundation.bulk import next_ids
from sublet.foundation.journal.operations import record

#: What is no claim of a document, and goes to the successor whole, in the instant of the merge.
BALANCES: Final = (ledger.PREPAID, ledger.PAYABLE)


class Carried(NamedTuple):
    """A charge of `owner` on `debtor` that `to_owner` asks of `to_debtor`."""

    entry: int
    book: str
    owner: int
    debtor: int
    to_owner: int
    to_debtor: int
    minor: int
    currency: str


def succeed(leaving: Leaving, actor: Actor, at: datetime) -> None:
    """Keep who comes after a reseller that goes, and give that one its balances. In the caller's transaction and platform scope.

    Drafts of it and about it are thrown away: their charges come on invoices of, or to, its successor.
    """
    if leaving.successor_id is None:
        return
    for gone in leaving.account_ids:
        Succession.objects.create(account_id=gone, successor_id=leaving.successor_id, since=at)
        _discard_drafts(gone, actor, at)
        _give_balances(gone, leaving.successor_id, actor, at)


def _discard_drafts(gone: int, actor: Actor, at: datetime) -> None:
    drafts = Invoice.objects.select_for_update(of=("self",)).filter(Q(account_id=gone) | Q(debtor_id=gone), state=DRAFT)
    found = list(drafts.order_by("id"))
    debtors = Account.objects.in_bulk({each.debtor_id for each in found})
    for draft in found:
        debtor = debtors[draft.debtor_id]
        told = DraftDiscarded(invoice=draft.ref, number="", ref=debtor.ref, name=debtor.name)
        record(told, account_id=debtor.id, parent_id=draft.account_id, actor=actor, at=at)
    InvoiceLine.objects.filter(invoice_id__in=[each.id for each in found]).delete()
    Invoice.objects.filter(id__in=[each.id for each in found]).delete()


def _give_balances(gone: int, stays: int, actor: Actor, at: datetime) -> None:
    """What was paid ahead to it or by it, and what was collected for it and not paid out."""
    rows = LedgerPosting.objects.filter(Q(account_id=gone) | Q(debtor_id=gone), code__in=BALANCES).order_by()
    sums = rows.values_list("account_id", "book", "debtor_id", "code", "currency").annotate(all=Sum("minor"))
    for owner, in_book, debtor, code, currency, minor in sorted(sums):
        if not minor:
            continue
        after = (stays, debtor) if owner == gone else (owner, stays)
        for (whose, owes), sign, word in (((owner, debtor), -1, "given"), (after, 1, "taken")):
            book(
                owner=whose, book=in_book, debtor=owes, key=f"succession:{gone}:{code}:{currency}:{word}", about="",
                minor=abs(int(minor)), currency=currency, by=actor.name, at=at, kind=ADJUSTED,
                postings=ledger.succession(in_book, currency, **{code: sign * int(minor)}),
            )  # fmt: skip


def carry_over(carried: Iterable[Carried], *, by: str, at: datetime) -> None:
    """Let what is reckoned and on no invoice go over with those charges, once for each. In the caller's transaction and platform scope."""
    wanted = {f"carried:{one.entry}": one for one in carried}
    if not wanted:
        return
    keys = [f"{key}:given" for key in wanted]
    rows = LedgerEntry.objects.filter(kind=ADJUSTED, account_id__in={one.owner for one in wanted.values()})
    # The first run after a merge may carry all that many clients had open.
    rows = rows.filter(key__in=keys) if len(keys) <= MOST_KEYS else rows.filter(key__startswith="carried:")
    there = set(rows.values_list("key", flat=True))
    new = [(key, one) for key, one in wanted.items() if f"{key}:given" not in there]
    numbers = iter(next_ids(LedgerEntry, 2 * len(new)) if new else [])
    entries, postings = [], []
    for key, one in new:
        for owner, debtor, sign, word in (
            (one.owner, one.debtor, -1, "given"),
            (one.to_owner, one.to_debtor, 1, "taken"),
        ):
            number = next(numbers)
            entries.append(
                event_row(
                    number, owner=owner, book=one.book, debtor=debtor, key=f"{key}:{word}", kind=ADJUSTED, about="",
                    minor=sign * one.minor, currency=one.currency, at=at, by=by,
                )
            )  # fmt: skip
            postings += posting_rows(
                number, owner, debtor, ledger.succession(one.book, one.currency, unbilled=sign * one.minor)
            )
    write_events(entries)
    write_postings(postings)


__all__ = ["BALANCES", "Carried", "carry_over", "succeed"]

"""What can be given back by a transfer, to whom, and what was."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db.models import Sum

from sublet.billing.models import BankLine, BankPayment, BankRefund, Invoice, LedgerPosting, Refund
from sublet.billing.models.books import RETAIL, WHOLESALE
from sublet.billing.queries.bank import VIEW, LineShown, bank_line, goes_out, require_bank, show_bank_line
from sublet.billing.queries.former import parties_told
from sublet.billing.queries.paid_ahead import WAITING, standing_beside_waiting
from sublet.core.ledger import PREPAID
from sublet.core.refunding import Standing, There
from sublet.core.rights import VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.keyset import newest_first
from sublet.foundation.refs import looks_like_ref

SHOWN: Final = 50
CHOICES: Final = 200


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """Money that went back; amounts in smallest units of `currency`. `invoice` empty: of what was paid ahead."""

    ref: str
    account: str
    party: str
    invoice: str
    number: str
    day: date
    minor: int
    ahead_minor: int
    currency: str
    reference: str
    reason: str
    line: str
    at: datetime
    by: str
    taken_back_at: datetime | None


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that money can be given back of: an invoice, or (without one) what `account` has paid ahead in `currency`."""

    account: str
    party: str
    invoice: str
    number: str
    currency: str
    most: int

    @property
    def key(self) -> str:
        """By which a form names it."""
        return self.invoice or f"{self.account}:{self.currency}"


@dataclass(frozen=True, slots=True)
class RefundAsked:
    """What there is to choose from. `line`: the movement that went out, if it is for one."""

    choices: Sequence[Choice]
    line: BankLine | None


def there_of(owner: int, debtor: int, book: str, currency: str, invoice: Invoice | None) -> There:
    """What stands there, beside what a processor is asked to give back; seven statements at most. The caller holds the book, and the
    debtor where it writes.
    """
    there = standing_beside_waiting(owner, debtor, book, currency)
    if invoice is None:
        return There(there.ahead)
    received, returned = _by_bank(owner, [invoice.id])
    paid = there.paid.get(invoice.ref, 0)
    return There(there.ahead, paid, received[invoice.id], returned[invoice.id], of_invoice=True)


def _by_bank(owner: int, invoices: Sequence[int]) -> tuple[Mapping[int, int], Mapping[int, int]]:
    """By invoice, what came in for it by the bank, with the surplus of its movements, and what of that has gone back. Three statements."""
    counted = BankPayment.objects.filter(account_id=owner, taken_back_at__isnull=True)
    # The surplus of a movement is in the same entry.
    entries: dict[int, int] = dict(counted.filter(invoice_id__in=invoices).values_list("entry_id", "invoice_id"))
    received, returned = defaultdict[int, int](int), defaultdict[int, int](int)
    for entry, minor in counted.filter(entry_id__in=entries).values_list("entry_id", "minor"):
        received[entries[entry]] += minor
    gone = BankRefund.objects.filter(account_id=owner, invoice_id__in=invoices, taken_back_at__isnull=True).order_by()
    for number, minor in gone.values_list("invoice_id").annotate(all=Sum("minor")):
        returned[number] = int(minor)
    return received, returned


def bank_refund_asked(actor: Actor, *, line: str = "") -> RefundAsked:
    """What the actor's account can give back, who has paid ahead first (``billing:view``). Nine statements at most, and four for each
    payer of whom a refund by a processor waits for its answer.

    Raises Forbidden, NotFound.
    """
    require_bank(actor, VIEW)
    movement = bank_line(line, actor) if line else None
    if movement is not None and not goes_out(movement):
        raise NotFound
    posted = LedgerPosting.objects.filter(account_id=actor.account_id, code=PREPAID).order_by()
    ahead = {
        (debtor, currency): -int(minor)
        for debtor, currency, minor in posted.values_list("debtor_id", "currency").annotate(all=Sum("minor"))
        if minor < 0
    }
    beside = _beside_waiting(actor)
    ahead |= {party: there.ahead for party, there in beside.items()}
    counted = BankPayment.objects.filter(account_id=actor.account_id, taken_back_at__isnull=True)
    ids = counted.filter(invoice__isnull=False).order_by("-invoice_id").values_list("invoice_id", flat=True).distinct()
    invoices = {row.id: row for row in Invoice.objects.filter(id__in=list(ids[:CHOICES]))}
    received, returned = _by_bank(actor.account_id, list(invoices))
    names = parties_told(actor, {debtor for debtor, _currency in ahead} | {row.debtor_id for row in invoices.values()})
    found = [
        Choice(names[debtor].ref, names[debtor].name, "", "", currency, minor)
        for (debtor, currency), minor in ahead.items()
        if minor
    ]
    found.sort(key=lambda each: (each.party.casefold(), each.currency))
    for number, row in sorted(invoices.items(), reverse=True):
        party = row.debtor_id, row.currency
        paid = beside[party].paid.get(row.ref, 0) if party in beside else row.paid_minor
        there = There(ahead.get(party, 0), paid, received[number], returned[number], of_invoice=True)
        if there.most:
            name = names[row.debtor_id]
            found.append(Choice(name.ref, name.name, row.ref, row.number_shown, row.currency, there.most))
    if movement is not None:
        found = [each for each in found if each.currency == movement.currency and each.most >= -movement.minor]
    return RefundAsked(found, movement)


def _beside_waiting(actor: Actor) -> Mapping[tuple[int, str], Standing]:
    """By payer and currency what stands there, where a refund by a processor waits for its answer."""
    rows = Refund.objects.filter(account_id=actor.account_id, state__in=WAITING).order_by()
    book = WHOLESALE if actor.account_kind == VENDOR else RETAIL
    return {
        (payer, currency): standing_beside_waiting(actor.account_id, payer, book, currency)
        for payer, currency in rows.values_list("payment__payer_id", "payment__currency").distinct()
    }


def bank_refunds(actor: Actor, *, cursor: str = "", size: int = SHOWN) -> tuple[list[RefundFacts], str, str]:
    """What was given back, newest first, with both cursors (``billing:view``). Raises Forbidden."""
    require_bank(actor, VIEW)
    rows = BankRefund.objects.filter(account_id=actor.account_id).select_related("invoice", "line")
    page, newer, older = newest_first(rows, cursor=cursor, size=size)
    return _told(page, actor), newer, older


def bank_refund_shown(ref: str, actor: Actor) -> RefundFacts:
    """One of them. Raises Forbidden, NotFound."""
    require_bank(actor, VIEW)
    [found] = _told([bank_refund(ref, actor)], actor)
    return found


def bank_refund(ref: str, actor: Actor, *, lock: bool = False) -> BankRefund:
    """One of the actor's own account. Raises NotFound."""
    rows = BankRefund.objects.filter(ref=ref, account_id=actor.account_id)
    rows = rows.select_for_update() if lock else rows.select_related("invoice", "line")
    found: BankRefund | None = rows.first() if looks_like_ref(ref, "brf") else None
    if found is None:
        raise NotFound
    return found


def bank_line_page(ref: str, actor: Actor) -> tuple[LineShown, RefundFacts | None]:
    """A movement of the bank, and what it has given back. Raises Forbidden, NotFound."""
    shown = show_bank_line(ref, actor)
    rows = BankRefund.objects.filter(account_id=actor.account_id, line__ref=ref, taken_back_at__isnull=True)
    found = _told(list(rows.select_related("invoice", "line")), actor) if shown.goes_out else []
    return shown, found[0] if found else None


def _told(rows: Sequence[BankRefund], actor: Actor) -> list[RefundFacts]:
    names = parties_told(actor, {row.debtor_id for row in rows})
    return [
        RefundFacts(
            row.ref, names[row.debtor_id].ref, names[row.debtor_id].name, row.invoice.ref if row.invoice else "",
            row.invoice.number_shown if row.invoice else "", row.day, row.minor, row.ahead_minor, row.currency, row.reference,
            row.reason, row.line.ref if row.line else "", row.at, row.by, row.taken_back_at,
        )
        for row in rows
    ]  # fmt: skip


__all__ = [
    "Choice", "RefundAsked", "RefundFacts", "bank_line_page", "bank_refund", "bank_refund_asked", "bank_refund_shown",
    "bank_refunds", "there_of",
]  # fmt: skip

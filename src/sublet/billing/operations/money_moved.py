"""What follows when money has moved: the ledger and the invoice, in the transaction that writes down that it has.

For callers in a scope that holds both books (a job of the installation). What is paid beyond an invoice is paid ahead. What the
vendor collects for a reseller is the reseller's in the retail book, owed to it in the vendor's book, and there pays what the
reseller owes first: what is left is its margin.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from sublet.accounts.models import Account
from sublet.billing.models import Invoice, LedgerEntry, LedgerPosting
from sublet.billing.models.books import WHOLESALE
from sublet.billing.models.invoices import CREDITED, INVOICE, ISSUED, PAID, PARTLY_PAID, UNCOLLECTIBLE
from sublet.billing.models.ledger import ADJUSTED
from sublet.billing.models.ledger import PAID as PAYMENT_ENTRY
from sublet.billing.models.payments import Dispute, Payment, Refund
from sublet.billing.models.terms import BY_VENDOR
from sublet.billing.operations.posting import event_row, posting_rows, write_events, write_postings
from sublet.billing.queries.paid_ahead import being_charged, prepaid_balance, standing
from sublet.core import ledger, writeoffs
from sublet.core.accountstatement import LOST_AGAIN, RECOVERED
from sublet.core.disputes import LOST, WON, came_back
from sublet.core.refunding import gone
from sublet.foundation.bulk import next_ids
from sublet.foundation.unscoped import past_scope


def book(
    *,
    owner: int,
    book: str,
    debtor: int,
    key: str,
    about: str,
    minor: int,
    currency: str,
    postings: ledger.Entry,
    by: str,
    at: datetime,
    kind: str = PAYMENT_ENTRY,
    moved: datetime | None = None,
) -> int | None:
    """One entry about money, once for its key: a second time nothing happens. Its number; None for no postings. In a transaction.

    `moved`: when the money did, where that is not when it is posted.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("money is booked in a transaction")
    if not postings:
        return None
    there = LedgerEntry.objects.filter(client_id=debtor, book=book, key=key).values_list("id", flat=True).first()
    if there is not None:
        return there
    [number] = next_ids(LedgerEntry, 1)
    write_events([
        event_row(
            number, owner=owner, book=book, debtor=debtor, key=key, kind=kind, about=about, minor=minor, currency=currency,
            at=at, by=by, moved=moved,
        )
    ])  # fmt: skip
    write_postings(posting_rows(number, owner, debtor, postings))
    return number


def state_of(invoice: Invoice) -> str:
    """The state of an issued invoice. What was given up is no more than that while nothing else of it is owed."""
    if invoice.state == CREDITED or invoice.credited_minor >= invoice.due_minor:
        return CREDITED
    if invoice.claim.open > 0:
        return PARTLY_PAID if invoice.paid_minor else ISSUED
    return UNCOLLECTIBLE if invoice.written_off_minor else PAID


def note(
    invoice: Invoice, outcome: writeoffs.Outcome, *, word: str, by: str, at: datetime, moved: datetime | None = None
) -> int | None:
    """Keep what became of a locked invoice, and post what is lost by it, or no longer: under `word` and the how-manieth time.
    The number of that entry; None where nothing is lost or found.
    """
    entry = None
    if outcome.lost:
        key = f"{word}:{invoice.ref}:"
        before = LedgerEntry.objects.filter(client_id=invoice.debtor_id, book=invoice.book, key__startswith=key).count()
        entry = book(
            owner=invoice.account_id, book=invoice.book, debtor=invoice.debtor_id, key=f"{key}{before + 1}",
            about=invoice.ref, minor=-outcome.lost, currency=invoice.currency, by=by, at=at, kind=ADJUSTED, moved=moved,
            postings=ledger.loss(invoice.book, outcome.lost, invoice.currency),
        )  # fmt: skip
    told = outcome.claim
    invoice.paid_minor, invoice.credited_minor = told.paid, told.credited
    invoice.written_off_minor, invoice.recovered_minor = told.written_off, told.recovered
    invoice.state = state_of(invoice)
    Invoice.objects.filter(id=invoice.id).update(
        paid_minor=told.paid, credited_minor=told.credited, written_off_minor=told.written_off,
        recovered_minor=told.recovered, state=invoice.state,
    )  # fmt: skip
    return entry


def locked_invoice(owner: int, ref: str) -> Invoice | None:
    """The invoice of that reference in that book, locked. None for none."""
    if not ref:
        return None
    return Invoice.objects.select_for_update(of=("self",)).filter(account_id=owner, ref=ref, kind=INVOICE).first()


def invoice_of_payment(payment: Payment) -> Invoice | None:
    """The invoice that a payment pays, locked. None for none, and for one in another currency: that was paid ahead, whole."""
    invoice = locked_invoice(payment.account_id, payment.invoice)
    return invoice if invoice is not None and invoice.currency == payment.currency else None


def still_owed(row: Payment) -> int:
    """How much of what a payment was for is to be paid yet: some may have come by the bank, or been credited, since. In a
    transaction; locks the invoice.
    """
    invoice = locked_invoice(row.account_id, row.invoice)
    return row.amount if invoice is None else min(row.amount, max(invoice.open_minor, 0))


def note_paid(invoice: Invoice, more: int, *, by: str, at: datetime, moved: datetime | None = None) -> None:
    """So much more (or, negative, less) of a locked invoice is paid. What was given up of it is recovered by that, or lost again.

    `moved`: when the money did, where that is not when it is posted.
    """
    if more < 0:
        note(invoice, writeoffs.unpay(invoice.claim, -more), word=LOST_AGAIN, by=by, at=at, moved=moved)
    else:
        note(invoice, writeoffs.pay(invoice.claim, more), word=RECOVERED, by=by, at=at, moved=moved)


def payment_arrived(payment: Payment, *, at: datetime) -> None:
    """The payer has paid: its invoice is owed no longer, or lost no longer, and what is beyond it is paid ahead."""
    invoice = invoice_of_payment(payment)
    owed = invoice.takes_minor if invoice is not None else 0
    used = min(owed, payment.amount)
    by_vendor = _by_vendor(payment)
    fees = payment.fee if payment.fee_currency == payment.currency and not by_vendor else 0
    book(
        owner=payment.account_id, book=payment.book, debtor=payment.payer_id, key=f"payment:{payment.ref}",
        about=payment.invoice, minor=payment.amount, currency=payment.currency, by=payment.made_by, at=at,
        postings=ledger.payment(
            payment.book, payment.amount, payment.currency, fees=fees, prepaid=payment.amount - used
        ),
    )  # fmt: skip
    if invoice is not None and used:
        note_paid(invoice, used, by=payment.made_by, at=at)
    if by_vendor:
        _collected(payment, at)
    if payment.fee and payment.fee_currency != payment.currency:
        fee_kept(
            payment, key=payment.ref, fee=payment.fee, currency=payment.fee_currency, by=payment.made_by, at=at
        )  # fmt: skip


def _collected(payment: Payment, at: datetime) -> None:
    """The vendor has a reseller's money: it owes it, and takes what the reseller owes."""
    vendor, reseller = payment.gateway.account_id, payment.account_id
    fees = payment.fee if payment.fee_currency == payment.currency else 0
    book(
        owner=vendor, book=WHOLESALE, debtor=reseller, key=f"collected:{payment.ref}", about=payment.invoice,
        minor=payment.amount, currency=payment.currency, by=payment.made_by, at=at,
        postings=ledger.entry(
            WHOLESALE, payment.currency, cash=payment.amount - fees, fees=fees, payable=-payment.amount
        ),
    )  # fmt: skip
    left = payment.amount
    rows = Invoice.objects.select_for_update(of=("self",)).filter(
        account_id=vendor, debtor_id=reseller, kind=INVOICE, currency=payment.currency, state__in=(ISSUED, PARTLY_PAID)
    )
    for invoice in rows.order_by("due_on", "id"):
        used = min(left, max(invoice.open_minor, 0))
        if used <= 0:
            continue
        book(
            owner=vendor, book=WHOLESALE, debtor=reseller, key=f"netted:{payment.ref}:{invoice.ref}", about=invoice.ref,
            minor=used, currency=payment.currency, by=payment.made_by, at=at,
            postings=ledger.entry(WHOLESALE, payment.currency, payable=used, receivable=-used),
        )  # fmt: skip
        note_paid(invoice, used, by=payment.made_by, at=at)
        left -= used


def refund_arrived(refund: Refund, *, at: datetime) -> None:
    """The payer has money back: first what it had paid ahead, then it is owed again."""
    payment = refund.payment
    back = comes_from(payment, refund.amount, refund.book)
    postings = ledger.refund(refund.book, refund.amount, payment.currency, prepaid=back.prepaid)
    _book_refund(refund, -refund.amount, postings, at)
    _owed_again(back, by=payment.made_by, at=at)


def refund_came_back(refund: Refund, *, at: datetime) -> None:
    """What the payer had back did not reach it after all: it pays its invoice as far as that is open, and else whatever is open of
    that payer's; the rest is paid ahead.
    """
    payment = refund.payment
    lock_debtors([payment.payer_id])  # before the invoice, as whoever uses what was paid ahead
    invoice = invoice_of_payment(payment)
    booked = _booked(payment.payer_id, refund.book, f"refund:{refund.ref}")
    owed = sum(one.minor for one in booked if one.account == ledger.RECEIVABLE)
    # What was paid otherwise meanwhile is owed no more, and so much of this is paid ahead.
    pays = min(owed, 0 if invoice is None else invoice.takes_minor)
    gone_again = ledger.refund(refund.book, refund.amount, payment.currency, prepaid=refund.amount - pays)
    _book_refund(refund, refund.amount, ledger.reversed_entry(gone_again), at)
    if invoice is not None and pays:
        note_paid(invoice, pays, by=refund.made_by, at=at)
    if owed > pays:
        _pay_others(payment, at)


def _book_refund(refund: Refund, came: int, postings: ledger.Entry, at: datetime) -> None:
    """In the creditor's book, and in the collector's where that is another one; `came` (below nothing: gone) is in its till."""
    payment = refund.payment
    key = f"refund:{refund.ref}" + (":failed" if came > 0 else "")
    sides = [(refund.account_id, refund.book, payment.payer_id, postings)]
    if _by_vendor(payment):
        both = ledger.entry(WHOLESALE, payment.currency, cash=came, payable=-came)
        sides.append((payment.gateway.account_id, WHOLESALE, payment.account_id, both))
    for owner, in_book, debtor, each in sides:
        book(
            owner=owner, book=in_book, debtor=debtor, key=key, about=payment.invoice, minor=came,
            currency=payment.currency, by=refund.made_by, at=at, postings=each,
        )  # fmt: skip


def dispute_changed(dispute: Dispute, *, at: datetime) -> None:
    """The payer's bank has taken it back (open), it came back (won), or it stays away and is owed again (lost): the first decision.

    What never was taken does not come back. What the vendor collected is, once lost, owed to the reseller no longer.
    """
    payment, amount, currency = dispute.payment, dispute.amount, dispute.payment.currency
    back = comes_from(payment, amount, dispute.book) if dispute.state == "lost" else Back(0, ())
    owed = {"receivable": amount - back.prepaid, "prepaid": back.prepaid}
    sides = [(dispute.account_id, dispute.book, payment.payer_id, owed)]
    if _by_vendor(payment):
        sides.append((payment.gateway.account_id, WHOLESALE, payment.account_id, {"payable": amount}))
    for owner, in_book, debtor, owed in sides:
        taken = _booked(debtor, in_book, f"dispute:{dispute.ref}:open")
        away = sum(each.minor for each in taken if each.account == ledger.DISPUTED)
        postings = {
            "open": ledger.dispute(in_book, amount, currency),
            "won": ledger.reversed_entry(taken),
            # What came back before it was lost is there again.
            "lost": ledger.entry(in_book, currency, disputed=-away, cash=away - amount, **owed),
        }
        book(
            owner=owner, book=in_book, debtor=debtor, key=f"dispute:{dispute.ref}:{dispute.state}", about=payment.invoice,
            minor=amount if dispute.state == "won" else -amount, currency=currency, by=payment.made_by, at=at,
            postings=postings[dispute.state],
        )  # fmt: skip
    _owed_again(back, by=payment.made_by, at=at)


def dispute_turned(dispute: Dispute, came: int, *, at: datetime) -> None:
    """What was lost is won after all, wholly or in part, or what was won is lost: `came` is there once more, or (below nothing) gone.

    What comes back pays what is open of its invoice, and else whatever is open of that payer's; the rest is paid ahead. What goes is
    owed again as with every dispute that is lost.
    """
    payment, amount, currency = dispute.payment, abs(came), dispute.payment.currency
    won = came > 0
    if won:
        lock_debtors([payment.payer_id])  # before the invoice: as a refund
        invoice = invoice_of_payment(payment)
        returned = came_back(amount, 0 if invoice is None else invoice.takes_minor)
        postings = ledger.payment(dispute.book, amount, currency, prepaid=returned.ahead)
    else:
        back = comes_from(payment, amount, dispute.book)
        postings = ledger.refund(dispute.book, amount, currency, prepaid=back.prepaid)
    sides = [(dispute.account_id, dispute.book, payment.payer_id, postings)]
    if _by_vendor(payment):
        both = ledger.entry(WHOLESALE, currency, cash=came, payable=-came)
        sides.append((payment.gateway.account_id, WHOLESALE, payment.account_id, both))
    for owner, in_book, debtor, each in sides:
        book(
            owner=owner, book=in_book, debtor=debtor,
            key=f"dispute:{dispute.ref}:{dispute.moves}:{WON if won else LOST}",
            about=payment.invoice, minor=came, currency=currency, by=payment.made_by, at=at, postings=each,
        )  # fmt: skip
    if not won:
        _owed_again(back, by=payment.made_by, at=at)
        return
    if invoice is not None and returned.pays:
        note_paid(invoice, returned.pays, by=payment.made_by, at=at)
    if returned.ahead:
        _pay_others(payment, at)


def _pay_others(payment: Payment, at: datetime) -> None:
    """Use what its payer has paid ahead for what is open of it, oldest first; not where a charge is on its way, which would be too much.

    Otherwise invoices that are owed again because of this money would be dunned beside it.
    """
    rows = Invoice.objects.select_for_update(of=("self",)).filter(
        ~being_charged(), account_id=payment.account_id, debtor_id=payment.payer_id, book=payment.book, kind=INVOICE,
        currency=payment.currency, state__in=(ISSUED, PARTLY_PAID),
    )  # fmt: skip
    for invoice in rows.order_by("due_on", "id"):
        if not use_prepaid(invoice, by=payment.made_by, at=at):
            return


def fee_kept(payment: Payment, *, key: str, fee: int, currency: str, by: str, at: datetime) -> None:
    """The processor kept so much beside a payment (below nothing: gave it back), once for that key, in the currency of its account.

    In the book of whoever collects: it alone pays for that, and no payer is told.
    """
    by_vendor = _by_vendor(payment)
    in_book = WHOLESALE if by_vendor else payment.book
    book(
        owner=payment.gateway.account_id if by_vendor else payment.account_id, book=in_book,
        debtor=payment.account_id if by_vendor else payment.payer_id, key=f"fee:{key}", about=payment.invoice, minor=-fee,
        currency=currency, by=by, at=at, postings=ledger.entry(in_book, currency, fees=fee, cash=-fee),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Back:
    """Where money comes from that went back: so much of what is paid ahead or, beyond that, of nothing (`prepaid`), and so much of each
    of these locked invoices.
    """

    prepaid: int
    owed: Sequence[tuple[Invoice, int]]


def comes_from(payment: Payment, minor: int, in_book: str) -> Back:
    """Where `minor` of a payment's money comes from when it goes: first from what its payer has paid ahead; then it is owed again, on its
    own invoice as far as that is paid, and on those that are paid from what was paid ahead, the last one first: it was this money.

    What went back twice (by the bank, and by the card) comes from nothing: more is gone than was paid ahead. What comes next fills that;
    on an invoice it would be asked for something that it is not of, and as owed on none it would never be asked for. In a transaction.
    """
    lock_debtors([payment.payer_id])  # before the invoices, as whoever uses what was paid ahead
    parties = payment.account_id, payment.payer_id, in_book, payment.currency
    own = invoice_of_payment(payment)
    ahead, paid = prepaid_balance(*parties), 0 if own is None else own.paid_minor
    if minor <= ahead + paid:
        found = gone(minor, ahead=ahead, paid=[paid])
        owed = [(own, found.owed[0])]
    else:
        wanted = standing(*parties).others(payment.invoice)
        others = Invoice.objects.select_for_update(of=("self",)).filter(account_id=payment.account_id, ref__in=wanted)
        rows = {row.ref: row for row in others.order_by("id")}
        there = standing(*parties)  # as it is now that nobody else pays or credits them
        locked = {ref: each for ref, each in there.paid.items() if ref in rows or ref == payment.invoice}
        there = replace(there, paid=locked)
        found = there.without(minor, payment.invoice)[0]
        owed = list(zip((own, *(rows[ref] for ref in there.others(payment.invoice))), found.owed, strict=True))
    return Back(found.ahead + found.beyond, [(row, part) for row, part in owed if row is not None and part])


def _owed_again(back: Back, *, by: str, at: datetime) -> None:
    for invoice, part in back.owed:
        note_paid(invoice, -part, by=by, at=at)


def lock_debtors(ids: Iterable[int]) -> None:
    """Let nobody else use what those have paid ahead until the transaction ends: before the balance is read, and any invoice locked.

    Otherwise two would use, or give back, the same money at the same moment.
    """
    with past_scope("the caller holds their debts; whoever owes may have moved away since"):
        # unscoped: as above
        rows = Account.unscoped.select_for_update(of=("self",), no_key=True).filter(id__in=set(ids)).order_by("id")
        list(rows.values_list("id"))


def payable_balance(owner: int, debtor: int, currency: str) -> int:
    """What `owner` has collected for the reseller `debtor` and still owes it, in minor units. The caller is past the scope."""
    # unscoped: as above
    rows = LedgerPosting.unscoped.filter(
        account_id=owner, debtor_id=debtor, book=WHOLESALE, currency=currency, code=ledger.PAYABLE
    )
    return -int(rows.aggregate(total=Sum("minor"))["total"] or 0)


def use_prepaid(invoice: Invoice, *, by: str, at: datetime) -> int:
    """Pay a locked invoice from what was paid ahead, as far as that goes; how much that was. In a transaction."""
    ahead = prepaid_balance(invoice.account_id, invoice.debtor_id, invoice.book, invoice.currency)
    used = min(ahead, max(invoice.open_minor, 0))
    if not used:
        return 0
    key = f"prepaid:{invoice.ref}:"
    # The how-manieth time: the same amount may be paid once more, after a dispute has taken it away.
    before = LedgerEntry.objects.filter(client_id=invoice.debtor_id, book=invoice.book, key__startswith=key).count()
    book(
        owner=invoice.account_id, book=invoice.book, debtor=invoice.debtor_id, key=f"{key}{before + 1}",
        about=invoice.ref, minor=used, currency=invoice.currency, by=by, at=at,
        postings=ledger.from_prepaid(invoice.book, used, invoice.currency),
    )  # fmt: skip
    note_paid(invoice, used, by=by, at=at)
    return used


def _by_vendor(payment: Payment) -> bool:
    """Whether the vendor collected it for a reseller: then its own book tells of it, too."""
    return payment.collected_by == BY_VENDOR and payment.book != WHOLESALE


def _booked(debtor: int, in_book: str, key: str) -> list[ledger.Posting]:
    """What was posted by the entry with that key; nothing where there is none."""
    rows = LedgerPosting.objects.filter(entry__client_id=debtor, entry__book=in_book, entry__key=key)
    return [ledger.Posting(row.book, row.code, row.minor, row.currency) for row in rows]

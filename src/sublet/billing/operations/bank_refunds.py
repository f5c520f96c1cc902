"""Booking that money went back to a payer by a transfer: never more than there is, once for each transfer."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.billing.bank_events import BankRefundBooked, BankRefundMatched, BankRefundTakenBack
from sublet.billing.models import BankLine, BankRefund, Invoice, LedgerPosting
from sublet.billing.models.bank import new_bank_refund_ref
from sublet.billing.models.books import RETAIL, WHOLESALE
from sublet.billing.models.ledger import ADJUSTED
from sublet.billing.operations.issuing import credit_gross
from sublet.billing.operations.money_moved import book, lock_debtors, locked_invoice, note_paid
from sublet.billing.queries.bank import MANAGE, bank_line, goes_out, require_bank
from sublet.billing.queries.bank_refunds import bank_refund, there_of
from sublet.core import ledger
from sublet.core.accountstatement import moved_at
from sublet.core.ledger import PREPAID
from sublet.core.refunding import Parts, TooMuchGoesBack, parts_after_all, parts_of
from sublet.core.rights import VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import looks_like_ref
from sublet.foundation.unscoped import past_scope

#: What was booked by hand is the same transfer as a movement so many days away from it.
SAME_TRANSFER: Final = timedelta(days=5)


class CannotBookBankRefund(Refusal):
    """Money is not booked as given back."""

    SENTENCES: ClassVar = {
        "amount": _("An amount to give back is above zero."),
        "too-much": _("No more can be given back than came in and is still there."),
        "day": _("This day is still to come: a transfer is booked when the bank has made it."),
        "nothing-chosen": _("Choose whose money was given back."),
        "not-out": _("This movement is no transfer of yours, or it is booked already."),
        "differs": _("The bank says another amount or currency."),
        "no-credit": _("Only an invoice can be credited."),
    }


class CannotTakeBankRefundBack(Refusal):
    """It stays booked."""

    SENTENCES: ClassVar = {"taken-back": _("This was taken back already.")}


def book_bank_refund(
    *, account: str = "", invoice: str = "", line: str = "", amount: int = 0, currency: str = "", day: date | None = None,
    reference: str = "", reason: str = "", credit: bool = False, once: str = "", actor: Actor, at: datetime,
) -> str:  # fmt: skip
    """Book a transfer that gave money back (``billing:manage``): of `invoice`, which was paid by the bank, or of what `account` has paid
    ahead in `currency`; its reference.

    With `line`, a movement that went out, amount, day and currency are the bank's. One that was booked by hand before and is the same is
    joined with it, and nothing is booked a second time. With `credit` as much of the invoice is credited; without it is owed again.
    The same `once` books once. Raises Forbidden, NotFound, CannotBookBankRefund.
    """
    require_bank(actor, MANAGE)
    with transaction.atomic():
        movement = bank_line(line, actor, lock=True) if line else None
        debtor = _payer(account, invoice, actor)
        lock_debtors([debtor])
        of = locked_invoice(actor.account_id, invoice)
        same = BankRefund.objects.filter(account_id=actor.account_id, once=once).first() if once else None
        if same is not None:
            if (same.debtor_id, same.invoice_id) != (debtor, of.id if of else None):
                raise NotFound
            return same.ref
        if credit and of is None:
            raise CannotBookBankRefund("no-credit", field="credit")
        if of is not None:
            currency = of.currency
        if movement is not None:
            if not goes_out(movement) or movement.refunds.filter(taken_back_at__isnull=True).exists():
                raise CannotBookBankRefund("not-out")
            if currency != movement.currency or amount not in (0, -movement.minor):
                raise CannotBookBankRefund("differs", field="amount")
            amount, day = -movement.minor, movement.booked_on
            reference = reference or movement.text
            known = _by_hand(movement, debtor, of)
            if known is not None:
                return _joined(known, movement, actor, at)
        made = _made(debtor, of, movement, amount, currency, day, actor, at)
        made.reference, made.reason, made.once = reference[:140], reason[:200], once[:64]
        made.save(force_insert=True)
        if of is not None:
            note_paid(of, made.ahead_minor - made.minor, by=actor.name, at=at)
        _tell(BankRefundBooked, made, actor, at)
        if credit and of is not None:
            credit_gross(of, amount, reason or gettext("Given back"), actor=actor, at=at)
        return made.ref


def _payer(account: str, invoice: str, actor: Actor) -> int:
    """Whose money it is: who owes the invoice, or who has paid ahead to the actor's account. Raises NotFound, CannotBookBankRefund."""
    if invoice:
        found = Invoice.objects.filter(account_id=actor.account_id, ref=invoice, number__isnull=False, kind="invoice")
        row = found.first() if looks_like_ref(invoice, "inv") else None
        if row is None:
            raise NotFound
        return row.debtor_id
    if not account:
        raise CannotBookBankRefund("nothing-chosen", field="what")
    with past_scope("who has left is no longer below; whether it has paid anything ahead is asked next"):
        # unscoped: as above
        ids = Account.unscoped.filter(ref=account).values_list("id", flat=True)
        debtor = ids.first() if looks_like_ref(account, "acc") else None
    posted = LedgerPosting.objects.filter(account_id=actor.account_id, debtor_id=debtor, code=PREPAID)
    if debtor is None or not posted.exists():
        raise NotFound
    return debtor


def _made(
    debtor: int, of: Invoice | None, movement: BankLine | None, amount: int, currency: str, day: date | None, actor: Actor,
    at: datetime,
) -> BankRefund:  # fmt: skip
    """Posted, and not saved yet. The debtor and the invoice are locked."""
    zone = Account.objects.values_list("timezone", flat=True).get(id=actor.account_id)
    today = at.astimezone(ZoneInfo(zone)).date()
    day = day or today
    if day > today:
        raise CannotBookBankRefund("day", field="day")
    if amount <= 0:
        raise CannotBookBankRefund("amount", field="amount")
    in_book = WHOLESALE if actor.account_kind == VENDOR else RETAIL
    try:
        parts = parts_of(amount, there_of(actor.account_id, debtor, in_book, currency, of))
    except TooMuchGoesBack:
        raise CannotBookBankRefund("too-much", field="amount") from None
    ref = new_bank_refund_ref()
    entry = book(
        owner=actor.account_id, book=in_book, debtor=debtor, key=f"refund:{ref}", about=of.ref if of else "", minor=-amount,
        currency=currency, by=actor.name, at=at, moved=moved_at(day, zone, at),
        postings=ledger.refund(in_book, amount, currency, prepaid=parts.ahead),
    )  # fmt: skip
    if entry is None:
        raise AssertionError("what goes back is of something")
    return BankRefund(
        account_id=actor.account_id, book=in_book, ref=ref, debtor_id=debtor, invoice=of, line=movement, day=day, minor=amount,
        ahead_minor=parts.ahead, currency=currency, entry_id=entry, at=at, by=actor.name[:200],
    )  # fmt: skip


def _by_hand(movement: BankLine, debtor: int, of: Invoice | None) -> BankRefund | None:
    """What was booked before the bank told of it: otherwise the same transfer would be booked twice."""
    near = (movement.booked_on - SAME_TRANSFER, movement.booked_on + SAME_TRANSFER)
    rows = BankRefund.objects.select_for_update().filter(
        account_id=movement.account_id, debtor_id=debtor, invoice=of, line__isnull=True, minor=-movement.minor,
        currency=movement.currency, day__range=near, taken_back_at__isnull=True,
    )  # fmt: skip
    found: BankRefund | None = rows.order_by("id").first()
    return found


def _joined(row: BankRefund, movement: BankLine, actor: Actor, at: datetime) -> str:
    BankRefund.objects.filter(id=row.id).update(line=movement)
    _tell(BankRefundMatched, row, actor, at)
    return row.ref


def take_bank_refund_back(*, ref: str, actor: Actor, at: datetime) -> None:
    """Take back that money went back (``billing:manage``): the ledger gets the contrary, as much of the invoice as is open is paid again,
    the rest is paid ahead. A credit note that was issued with it stays. Raises Forbidden, NotFound, CannotTakeBankRefundBack.
    """
    require_bank(actor, MANAGE)
    with transaction.atomic():
        # The payer before the row, as whoever joins a movement with it: otherwise each would wait for the other.
        lock_debtors([bank_refund(ref, actor).debtor_id])
        row = bank_refund(ref, actor, lock=True)
        if row.taken_back_at is not None:
            raise CannotTakeBankRefundBack("taken-back")
        rows = Invoice.objects.select_for_update(of=("self",)).filter(id=row.invoice_id or 0)
        of = rows.first() if row.invoice_id else None
        before = Parts(row.ahead_minor, row.minor - row.ahead_minor)
        after = parts_after_all(before, open_minor=of.takes_minor if of else 0)
        booked = ledger.refund(row.book, row.minor, row.currency, prepaid=after.ahead)
        book(
            owner=row.account_id, book=row.book, debtor=row.debtor_id, key=f"refund:{row.ref}:failed", kind=ADJUSTED,
            about=of.ref if of else "", minor=row.minor, currency=row.currency, by=actor.name, at=at,
            postings=ledger.reversed_entry(booked),
        )  # fmt: skip
        if of is not None and after.owed:
            note_paid(of, after.owed, by=actor.name, at=at)
        BankRefund.objects.filter(id=row.id).update(taken_back_at=at, taken_back_by=actor.name[:200])
        _tell(BankRefundTakenBack, row, actor, at)


def _tell(
    kind: type[BankRefundBooked] | type[BankRefundMatched] | type[BankRefundTakenBack],
    row: BankRefund,
    actor: Actor,
    at: datetime,
) -> None:
    with past_scope("whose money it is; the actor's account has given it back"):
        debtor = Account.unscoped.get(id=row.debtor_id)  # unscoped: as above
    told = kind(refund=row.ref, ref=debtor.ref, name=debtor.name)
    record(told, account_id=row.debtor_id, parent_id=row.account_id, actor=actor, at=at)


__all__ = ["CannotBookBankRefund", "CannotTakeBankRefundBack", "book_bank_refund", "take_bank_refund_back"]

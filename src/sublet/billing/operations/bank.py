"""Bringing bank statements in, and booking what they say on invoices: once, and never by guessing."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.billing.bank_events import BankLineSetAside, BankPaymentBooked, BankPaymentTakenBack, StatementImported
from sublet.billing.models import Invoice, Issuer, LedgerEntry
from sublet.billing.models.bank import BankLine, BankPayment, BankRefund, BankStatement, new_bank_payment_ref
from sublet.billing.models.books import RETAIL, WHOLESALE
from sublet.billing.models.invoices import INVOICE
from sublet.billing.models.ledger import ADJUSTED
from sublet.billing.operations.money_moved import book, lock_debtors, note_paid
from sublet.billing.queries.bank import MANAGE, bank_line, movement_of, open_claims, require_bank
from sublet.billing.queries.invoices import named_invoices
from sublet.billing.queries.paid_ahead import prepaid_balance
from sublet.core import ledger
from sublet.core.accountstatement import moved_at
from sublet.core.bankfiles import CannotReadStatement, Parsed, StatementLine, is_xml, read_camt
from sublet.core.banklists import read_list
from sublet.core.matching import CERTAIN, Claims
from sublet.core.rights import VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.sheets.reading import read_sheet
from sublet.foundation.sheets.refusals import MEGABYTE, Limits
from sublet.foundation.unscoped import past_scope

MOST_BYTES: Final = 10 * MEGABYTE
_LIMITS: Final = Limits(bytes=MOST_BYTES, rows=20_050, columns=80, cell_length=4_000, unpacked_bytes=100 * MEGABYTE)
_BATCH: Final = 500


class CannotImportStatement(Refusal):
    """A file is not taken in. A list that is no list at all: CannotReadSheet."""

    SENTENCES: ClassVar = {
        "too-large": _("The file is larger than 10 MB. Ask the bank for a shorter period."),
        "empty": _("There is nothing in the file."),
        "not-xml": _("The file is damaged: it is no whole XML. Download it from the bank again."),
        "external": _("The file refers to other files, which no statement needs, so it was not read."),
        "not-camt053": _("This is XML, but no bank statement in the format CAMT.053."),
        "too-many-lines": _("The statement has more than 20,000 lines. Ask the bank for a shorter period."),
        "no-headings": _("No row names a date and an amount. Choose the bank’s list of movements with its headings."),
        "no-lines": _("There is no movement in the file."),
    }


class CannotBookMatch(Refusal):
    """A movement is not booked as asked."""

    SENTENCES: ClassVar = {
        "not-open": _("This movement is booked or put aside already."),
        "nothing-chosen": _("Choose the invoice that was paid."),
        "not-payable": _("One of the invoices is a draft, a credit note, or paid already."),
        "currency": _("The movement and the invoice are in different currencies."),
        "differs": _(
            "The amount is not exactly what is open on these invoices. Choose one invoice, or all that were paid."
        ),
    }


class CannotTakeBack(Refusal):
    """A booking stays."""

    SENTENCES: ClassVar = {
        "not-booked": _("This movement is not booked."),
        "spent": _("Part of this money was paid ahead and has paid another invoice since. It stays booked."),
        "given-back": _("Money of this invoice was given back by a transfer. Take that back first."),
    }


def import_statement(*, file_name: str, data: bytes, actor: Actor, at: datetime) -> BankStatement:
    """Bring a statement of the actor's own bank account in (``billing:manage``), and book what is certain.

    CAMT.053, or a list as CSV, XLSX, ODS. The same file again gives the same row and does nothing; lines that another file
    brought are left out. All of it in one transaction. Raises Forbidden, CannotImportStatement, CannotReadSheet.
    """
    require_bank(actor, MANAGE)
    digest = hashlib.sha256(data).hexdigest()
    before = BankStatement.objects.filter(account_id=actor.account_id, digest=digest).first()
    if before is not None:
        return before
    parsed = _read(file_name, data, actor)
    try:
        with transaction.atomic():
            return _take_in(file_name, digest, parsed, actor, at)
    except IntegrityError:
        # Somebody else was bringing the same in, and was first: what there is to say is there now.
        before = BankStatement.objects.filter(account_id=actor.account_id, digest=digest).first()
        if before is None:
            raise
        return before


def _read(file_name: str, data: bytes, actor: Actor) -> Parsed:
    if len(data) > MOST_BYTES:
        raise CannotImportStatement("too-large")
    if not data.strip():
        raise CannotImportStatement("empty")
    try:
        if is_xml(data):
            return read_camt(data)
        sheet = read_sheet(data, filename=file_name, limits=_LIMITS)
        issuer = Issuer.objects.filter(account_id=actor.account_id).order_by("-version").first()
        return read_list(sheet.rows(), currency=issuer.currency if issuer is not None else "EUR")
    except CannotReadStatement as refused:
        raise CannotImportStatement(refused.code) from None


def _take_in(file_name: str, digest: str, parsed: Parsed, actor: Actor, at: datetime) -> BankStatement:
    # One at a time for an account: two files with the same lines would otherwise both find them new.
    Account.objects.select_for_update(no_key=True).get(id=actor.account_id)
    in_book = WHOLESALE if actor.account_kind == VENDOR else RETAIL
    days = [line.booked_on for line in parsed.lines]
    statement = BankStatement(
        account_id=actor.account_id, book=in_book, file_name=_plain(file_name), digest=digest, format=parsed.format,
        first_day=min(days, default=None), last_day=max(days, default=None), waiting=parsed.waiting,
        faults=[[fault.line, fault.code, fault.value] for fault in parsed.faults[:1000]], imported_at=at,
        imported_by=actor.name[:200],
    )  # fmt: skip
    statement.save(force_insert=True)
    new = _new_lines(statement, parsed.lines, actor)
    statement.lines, statement.known = len(new), len(parsed.lines) - len(new)
    statement.save(update_fields=["lines", "known"])
    booked = _book_certain(new, actor, at)
    told = StatementImported(statement=statement.ref, name=statement.file_name, lines=len(new), booked=booked)
    record(told, account_id=actor.account_id, parent_id=_above(actor.account_id), actor=actor, at=at)
    return statement


def _plain(file_name: str) -> str:
    return file_name.replace("\\", "/").rsplit("/", 1)[-1].strip()[:200] or "statement"


def _new_lines(statement: BankStatement, lines: Sequence[StatementLine], actor: Actor) -> list[BankLine]:
    known: set[str] = set()
    like: set[tuple[Any, ...]] = set()
    for start in range(0, len(lines), _BATCH):
        part = lines[start : start + _BATCH]
        mine = BankLine.objects.filter(account_id=actor.account_id)
        known |= set(mine.filter(key__in=[line.key for line in part]).values_list("key", flat=True))
        others = mine.filter(booked_on__in={line.booked_on for line in part}).exclude(
            statement__format=statement.format
        )
        like |= set(others.values_list("booked_on", "minor", "currency"))
    rows = [
        BankLine(
            account_id=statement.account_id, book=statement.book, statement=statement, place=line.line, key=line.key,
            iban=line.iban, booked_on=line.booked_on, value_on=line.value_on, minor=line.minor, currency=line.currency,
            party=line.party, party_iban=line.party_iban[:34], text=line.text, bank_ref=line.bank_ref[:200],
            reversal=line.reversal, doubtful=(line.booked_on, line.minor, line.currency) in like,
            state=BankLine.State.OUT if line.minor <= 0 or line.reversal else BankLine.State.OPEN,
        )
        for line in lines
        if line.key not in known
    ]  # fmt: skip
    BankLine.objects.bulk_create(rows, batch_size=_BATCH)
    return rows


def _zone(account_id: int) -> str:
    """Where a day begins for whoever claims."""
    return str(Account.objects.values_list("timezone", flat=True).get(id=account_id))


def _book_certain(rows: Sequence[BankLine], actor: Actor, at: datetime) -> int:
    came_in = [row for row in rows if row.state == BankLine.State.OPEN]
    if not came_in:
        return 0
    claims = Claims(open_claims(actor.account_id))
    zone, booked = _zone(actor.account_id), 0
    for row in came_in:
        found = claims.match(movement_of(row))
        if found.sure == CERTAIN:
            invoices = named_invoices([ref for ref, _minor in sorted(found.paid)], actor, lock=True)
            # Looked up before they were locked: what a card paid meanwhile is no longer open.
            if any(invoice.takes_minor != claims.open_of(invoice.ref) for invoice in invoices):
                continue
            _book(row, invoices, zone, actor, at)
            claims.lower(found.paid)
            booked += 1
    return booked


def book_match(*, ref: str, invoices: Sequence[str], actor: Actor, at: datetime) -> BankLine:
    """Book a movement on the invoices that a person says were paid (``billing:manage``).

    On one: whole, in part, or with a surplus that stays the payer's; of one that was written off it recovers as much of the loss. On
    several: only if the amount is exactly what can be booked on all of them. Raises Forbidden, NotFound, CannotBookMatch.
    """
    require_bank(actor, MANAGE)
    with transaction.atomic():
        line = bank_line(ref, actor, lock=True)
        if not invoices:
            raise CannotBookMatch("nothing-chosen")
        if line.state != BankLine.State.OPEN:
            raise CannotBookMatch("not-open")
        found = named_invoices(sorted(set(invoices)), actor, lock=True)
        if any(one.account_id != actor.account_id or one.kind != INVOICE or one.takes_minor <= 0 for one in found):
            raise CannotBookMatch("not-payable")
        if any(one.currency != line.currency for one in found):
            raise CannotBookMatch("currency")
        if len(found) > 1 and sum(one.takes_minor for one in found) != line.minor:
            raise CannotBookMatch("differs")
        _book(line, found, _zone(line.account_id), actor, at)
    return line


def _book(line: BankLine, invoices: Sequence[Invoice], zone: str, actor: Actor, at: datetime) -> None:
    """Post it, once for each invoice, and the surplus as paid ahead. The invoices are locked, the line is nobody else's.

    On the day on which the bank booked it, there in `zone`.
    """
    moved = moved_at(line.booked_on, zone, at)
    left = line.minor
    for invoice in invoices:
        paid = min(left, invoice.takes_minor)
        left -= paid
        surplus = left if invoice is invoices[-1] else 0
        _post(line, invoice, paid, surplus, moved, actor, at)
        note_paid(invoice, paid, by=actor.name, at=at, moved=moved)
    BankLine.objects.filter(id=line.id).update(state=BankLine.State.BOOKED)
    line.state = BankLine.State.BOOKED


def _post(
    line: BankLine, invoice: Invoice, paid: int, surplus: int, moved: datetime, actor: Actor, at: datetime
) -> None:
    refs = [new_bank_payment_ref(), new_bank_payment_ref()]
    entry_id = book(
        owner=line.account_id, book=line.book, debtor=invoice.debtor_id, key=f"bank:{refs[0]}", about=invoice.ref,
        minor=paid + surplus, currency=line.currency, by=actor.name, at=at,
        moved=moved, postings=ledger.payment(line.book, paid + surplus, line.currency, prepaid=surplus),
    )  # fmt: skip
    if entry_id is None:
        raise AssertionError("a movement that came in is of something")
    for ref, about, minor in ((refs[0], invoice, paid), (refs[1], None, surplus)):
        if minor:
            BankPayment(
                account_id=line.account_id, book=line.book, ref=ref, line=line, invoice=about, debtor_id=invoice.debtor_id,
                minor=minor, currency=line.currency, entry_id=entry_id, at=at, by=actor.name[:200],
            ).save(force_insert=True)  # fmt: skip
    _tell(BankPaymentBooked, invoice, line, actor, at)


def take_back(*, ref: str, actor: Actor, at: datetime) -> BankLine:
    """Take back that a movement paid something (``billing:manage``): it is open again, and so are its invoices; what had recovered a loss
    is lost again.

    The ledger gets the contrary; the payments stay, and count no more. What was paid ahead by it must be there still.
    Raises Forbidden, NotFound, CannotTakeBack.
    """
    require_bank(actor, MANAGE)
    with transaction.atomic():
        line = bank_line(ref, actor, lock=True)
        payments = list(BankPayment.objects.filter(line_id=line.id, taken_back_at__isnull=True).order_by("id"))
        if line.state != BankLine.State.BOOKED or not payments:
            raise CannotTakeBack("not-booked")
        lock_debtors(one.debtor_id for one in payments)
        mine = Invoice.objects.select_for_update().filter(id__in={one.invoice_id for one in payments if one.invoice_id})
        invoices = {one.id: one for one in mine.order_by("id")}
        # It would come off twice: the transfer has taken it from there.
        if BankRefund.objects.filter(invoice_id__in=invoices, taken_back_at__isnull=True).exists():
            raise CannotTakeBack("given-back")
        again = {one.id: _owed_again(one, invoices.get(one.invoice_id or 0)) for one in payments}
        _unbook(line, payments, again, actor, at)
        for payment in payments:
            invoice = invoices.get(payment.invoice_id or 0)
            if invoice is not None:
                note_paid(invoice, -again[payment.id], by=actor.name, at=at)
                _tell(BankPaymentTakenBack, invoice, line, actor, at)
        BankPayment.objects.filter(id__in=[one.id for one in payments]).update(
            taken_back_at=at, taken_back_by=actor.name[:200]
        )
        BankLine.objects.filter(id=line.id).update(state=BankLine.State.OPEN)
        line.state = BankLine.State.OPEN
    return line


def _owed_again(payment: BankPayment, invoice: Invoice | None) -> int:
    """How much of it is owed again without it: what was credited meanwhile is not, and the surplus never was."""
    return 0 if invoice is None else min(payment.minor, invoice.paid_minor)


def _unbook(
    line: BankLine, payments: Sequence[BankPayment], again: Mapping[int, int], actor: Actor, at: datetime
) -> None:
    """The contrary of each entry, or CannotTakeBack where what was paid ahead by them is no longer there."""
    entries = LedgerEntry.objects.in_bulk({one.entry_id for one in payments})
    ahead: Counter[int] = Counter()  # of each entry
    needed: Counter[int] = Counter()  # of each debtor
    for payment in payments:
        ahead[payment.entry_id] += payment.minor - again[payment.id]
        needed[payment.debtor_id] += payment.minor - again[payment.id]
    for debtor, minor in needed.items():
        if minor and minor > prepaid_balance(line.account_id, debtor, line.book, line.currency):
            raise CannotTakeBack("spent")
    for entry_id, entry in sorted(entries.items()):
        book(
            owner=entry.account_id, book=entry.book, debtor=entry.debtor_id, key=f"{entry.key}:back", kind=ADJUSTED,
            about=entry.item, minor=-entry.minor, currency=entry.currency, by=actor.name, at=at,
            postings=ledger.refund(entry.book, entry.minor, entry.currency, prepaid=ahead[entry_id]),
        )  # fmt: skip


def set_line_aside(*, ref: str, aside: bool, actor: Actor, at: datetime) -> BankLine:
    """Say that a movement is for no invoice, or that it may be after all (``billing:manage``). The same again does nothing.

    Raises Forbidden, NotFound, CannotBookMatch.
    """
    require_bank(actor, MANAGE)
    with transaction.atomic():
        line = bank_line(ref, actor, lock=True)
        wanted = BankLine.State.ASIDE if aside else BankLine.State.OPEN
        if line.state == wanted:
            return line
        if line.state not in (BankLine.State.OPEN, BankLine.State.ASIDE):
            raise CannotBookMatch("not-open")
        BankLine.objects.filter(id=line.id).update(state=wanted)
        line.state = wanted
        told = BankLineSetAside(line=line.ref, aside=aside)
        record(told, account_id=actor.account_id, parent_id=_above(actor.account_id), actor=actor, at=at)
    return line


def _tell(
    kind: type[BankPaymentBooked] | type[BankPaymentTakenBack],
    invoice: Invoice,
    line: BankLine,
    actor: Actor,
    at: datetime,
) -> None:
    with past_scope("whose invoice it is; the actor's account issued it"):
        debtor = Account.unscoped.get(id=invoice.debtor_id)  # unscoped: as above
    told = kind(invoice=invoice.ref, number=invoice.number_shown, ref=debtor.ref, name=debtor.name, line=line.ref)
    record(told, account_id=invoice.debtor_id, parent_id=invoice.account_id, actor=actor, at=at)


def _above(account_id: int) -> int | None:
    return Account.objects.filter(id=account_id).values_list("parent_id", flat=True).first()


__all__ = [
    "CannotBookMatch", "CannotImportStatement", "CannotTakeBack", "book_match", "import_statement", "set_line_aside", "take_back",
]  # fmt: skip

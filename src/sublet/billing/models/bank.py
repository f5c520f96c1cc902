"""What the bank said: statements that were brought in, their lines, and which invoices they paid."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from sublet.accounts.models import Account
from sublet.billing.models.books import BOOKS, BookModel
from sublet.billing.models.invoices import Invoice
from sublet.billing.models.ledger import LedgerEntry, _party
from sublet.foundation.refs import new_ref


def new_statement_ref() -> str:
    return new_ref("stm")


def new_line_ref() -> str:
    return new_ref("bln")


def new_bank_payment_ref() -> str:
    return new_ref("bpy")


def new_bank_refund_ref() -> str:
    return new_ref("brf")


class BankStatement(BookModel):
    """A file of a bank account of who issues invoices, brought in once: `digest` is that of its bytes (SHA-256).

    `known`: lines of it that other files had brought already. `faults`: (line, code, what stands there) of those that cannot be
    read.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    book = models.CharField(max_length=9)
    ref = models.CharField(max_length=32, unique=True, default=new_statement_ref, editable=False)
    file_name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    format = models.CharField(max_length=10)  # camt.053, csv
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    lines = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)
    faults = models.JSONField(default=list)
    imported_at = models.DateTimeField()
    imported_by = models.CharField(max_length=200)

    class Meta:
        db_table = "bank_statement"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(book__in=BOOKS), name="a_statement_is_of_a_book"),
            models.UniqueConstraint(fields=["account", "digest"], name="a_statement_is_brought_in_once"),
        ]
        indexes = [models.Index(fields=["account", "-id"], name="statements_of_an_account")]

    def __str__(self) -> str:
        return self.file_name


class BankLine(BookModel):
    """A movement on the bank account. `minor` in smallest units of `currency`: positive for what came in.

    `key` is by what it is known in any file (`core.bankfiles.keyed`): the same movement is here once for ever. `doubtful`: one
    with the same day and amount came from another kind of file, so that nothing is booked from it unasked.
    """

    class State(models.TextChoices):
        OPEN = "open"  # came in, and nobody has said yet what it is for
        BOOKED = "booked"
        ASIDE = "aside"  # for nothing here
        OUT = "out"  # went out, or takes another movement back

    account = _party()
    book = models.CharField(max_length=9)
    ref = models.CharField(max_length=32, unique=True, default=new_line_ref, editable=False)
    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="+", db_index=False)
    place = models.PositiveIntegerField()  # its line in the file
    key = models.CharField(max_length=64)
    iban = models.CharField(max_length=34, blank=True, default="")
    booked_on = models.DateField()
    value_on = models.DateField(null=True)
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    party = models.CharField(max_length=140, blank=True, default="")
    party_iban = models.CharField(max_length=34, blank=True, default="")
    text = models.CharField(max_length=500, blank=True, default="")
    bank_ref = models.CharField(max_length=200, blank=True, default="")
    reversal = models.BooleanField(default=False)
    doubtful = models.BooleanField(default=False)
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)

    class Meta:
        db_table = "bank_line"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(book__in=BOOKS), name="a_bank_line_is_of_a_book"),
            models.UniqueConstraint(fields=["account", "key"], name="a_movement_is_here_once"),
            models.CheckConstraint(
                condition=~Q(state="booked") | Q(minor__gt=0, reversal=False), name="only_what_came_in_pays"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "state", "-id"], name="bank_lines_by_state"),
            models.Index(fields=["account", "booked_on", "minor"], name="bank_lines_of_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.minor}"


class BankPayment(BookModel):
    """What a line paid: so much of `invoice`, or (without one) what `debtor` paid ahead. Taken back it stays, and counts no more."""

    account = _party()
    book = models.CharField(max_length=9)
    ref = models.CharField(max_length=32, unique=True, default=new_bank_payment_ref, editable=False)
    line = models.ForeignKey(BankLine, on_delete=models.PROTECT, related_name="payments", db_index=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="+", null=True, db_index=False)
    debtor = _party()
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    entry = models.ForeignKey(LedgerEntry, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "bank_payment"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(book__in=BOOKS), name="a_bank_payment_is_of_a_book"),
            models.CheckConstraint(condition=Q(minor__gt=0), name="a_bank_payment_is_of_something"),
            models.UniqueConstraint(
                fields=["line", "invoice"],
                condition=Q(taken_back_at__isnull=True, invoice__isnull=False),
                name="a_line_pays_an_invoice_once",
            ),
            models.UniqueConstraint(
                fields=["line"],
                condition=Q(taken_back_at__isnull=True, invoice__isnull=True),
                name="a_line_has_one_surplus",
            ),
        ]
        indexes = [models.Index(fields=["account", "invoice"], name="bank_payments_of_an_invoice")]

    def __str__(self) -> str:
        return self.ref


class BankRefund(BookModel):
    """Money that went back to `debtor` by a transfer on `day`: of `invoice`, or (without one) of what it had paid ahead.

    `ahead_minor` of it came from what was paid ahead, the rest is owed again. `line`: the movement in which the bank tells of it, once
    it does. Taken back it stays, and counts no more.
    """

    account = _party()
    book = models.CharField(max_length=9)
    ref = models.CharField(max_length=32, unique=True, default=new_bank_refund_ref, editable=False)
    debtor = _party()
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="+", null=True, db_index=False)
    line = models.ForeignKey(BankLine, on_delete=models.PROTECT, related_name="refunds", null=True, db_index=False)
    day = models.DateField()
    minor = models.BigIntegerField()
    ahead_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    reference = models.CharField(max_length=140, blank=True, default="")
    reason = models.CharField(max_length=200, blank=True, default="")
    once = models.CharField(max_length=64, blank=True, default="")  # the form that was sent, so that twice is once
    entry = models.ForeignKey(LedgerEntry, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "bank_refund"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(book__in=BOOKS), name="a_bank_refund_is_of_a_book"),
            models.CheckConstraint(
                condition=Q(minor__gt=0, ahead_minor__gte=0, ahead_minor__lte=F("minor")),
                name="a_bank_refund_is_of_something",
            ),
            models.CheckConstraint(
                condition=Q(invoice__isnull=False) | Q(ahead_minor=F("minor")),
                name="what_is_owed_again_is_on_an_invoice",
            ),
            models.UniqueConstraint(
                fields=["line"],
                condition=Q(taken_back_at__isnull=True, line__isnull=False),
                name="a_line_gives_back_once",
            ),
            models.UniqueConstraint(
                fields=["account", "once"], condition=~Q(once=""), name="a_form_makes_one_bank_refund"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="bank_refunds_of_an_account"),
            models.Index(fields=["account", "invoice"], name="bank_refunds_of_an_invoice"),
        ]

    def __str__(self) -> str:
        return self.ref


__all__ = ["BankLine", "BankPayment", "BankRefund", "BankStatement"]

"""Invoices and credit notes, their lines, and the series that number them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from sublet.accounts.models import Account
from sublet.billing.models.books import BOOKS, RETAIL, WHOLESALE, BookModel
from sublet.billing.models.issuers import Issuer
from sublet.billing.models.ledger import LedgerEntry, _party
from sublet.billing.models.terms import BY_VENDOR, COLLECTORS
from sublet.core.writeoffs import Claim
from sublet.foundation.refs import new_ref

INVOICE, CREDIT_NOTE = "invoice", "credit"
DOCUMENTS = (INVOICE, CREDIT_NOTE)
DRAFT, ISSUED, PAID, PARTLY_PAID, UNCOLLECTIBLE, CREDITED = (
    "draft", "issued", "paid", "partly-paid", "uncollectible", "credited",
)  # fmt: skip
INVOICE_STATES = (DRAFT, ISSUED, PAID, PARTLY_PAID, UNCOLLECTIBLE, CREDITED)


def new_invoice_ref() -> str:
    return new_ref("inv")


def new_run_ref() -> str:
    return new_ref("run")


def new_write_off_ref() -> str:
    return new_ref("wof")


class BillingRun(BookModel):
    """That everything was reckoned up to `until`. Done again it is the same row, and adds what is missing."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    book = models.CharField(max_length=9, default=WHOLESALE)
    ref = models.CharField(max_length=32, unique=True, default=new_run_ref, editable=False)
    until = models.DateTimeField()
    begun_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    by = models.CharField(max_length=200)
    accounts = models.PositiveIntegerField(default=0)  # looked at
    charges = models.PositiveIntegerField(default=0)  # posted
    drafts = models.PositiveIntegerField(default=0)
    #: [account, why, since]: could not be reckoned, and is reckoned from there on when that is mended.
    faults = models.JSONField(default=list)

    class Meta:
        db_table = "billing_run"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(fields=["account", "until"], name="a_billing_run_up_to_an_instant_is_one"),
        ]

    def __str__(self) -> str:
        return f"{self.until:%Y-%m-%d %H:%M}"


class NumberSeries(BookModel):
    """The last number that was given in a series. Locked by whoever issues, in the transaction that issues."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    book = models.CharField(max_length=9)
    series = models.CharField(max_length=20, blank=True)  # the prefix; empty is a series, too
    last = models.PositiveBigIntegerField(default=0)
    last_day = models.DateField()  # a later number never has an earlier day

    class Meta:
        db_table = "number_series"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(fields=["account", "series"], name="a_series_of_numbers_is_one"),
        ]

    def __str__(self) -> str:
        return f"{self.series}{self.last}"


class Invoice(BookModel):
    """A claim of `account` on `debtor`, or (kind ``credit``) a part of one that is taken back.

    A draft has no number and can be made anew. An issued one never changes but for its `state` and what was paid, credited or written off:
    the database refuses it. Amounts are minor units of `currency`: `list_minor` the sum of the lines, less
    `discount_minor` is `net_minor`, with `tax_minor` it is `gross_minor`, and with `rounding_minor`, by which the issuer's policy changes
    what is to be paid, it is due. Of a credit note they are negative.
    """

    account = _party()
    book = models.CharField(max_length=9)
    ref = models.CharField(max_length=32, unique=True, default=new_invoice_ref, editable=False)
    kind = models.CharField(max_length=7, default=INVOICE)
    debtor = _party()
    state = models.CharField(max_length=13, default=DRAFT)
    key = models.CharField(max_length=80)  # which period of the debtor, or which credit note of an invoice
    first_day = models.DateField()
    last_day = models.DateField()
    currency = models.CharField(max_length=3)
    list_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField(default=0)
    gross_minor = models.BigIntegerField()
    rounding_minor = models.BigIntegerField(default=0, db_default=0)
    discount_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    collected_by = models.CharField(max_length=6)
    paid_minor = models.BigIntegerField(default=0)
    credited_minor = models.BigIntegerField(default=0)  # gross, as a positive figure
    #: Given up, and no longer owed; of what is paid, what had been given up before (`core.writeoffs`).
    written_off_minor = models.BigIntegerField(default=0, db_default=0)
    recovered_minor = models.BigIntegerField(default=0, db_default=0)
    made_at = models.DateTimeField()
    issuer = models.ForeignKey(Issuer, on_delete=models.PROTECT, related_name="+", null=True)
    series = models.CharField(max_length=20, blank=True, default="")
    number = models.PositiveBigIntegerField(null=True)
    issued_at = models.DateTimeField(null=True)
    issued_on = models.DateField(null=True)
    due_on = models.DateField(null=True)
    issued_by = models.CharField(max_length=200, blank=True, default="")
    frozen = models.JSONField(null=True)  # all that the document says, as it was when it was issued
    digest = models.CharField(max_length=64, blank=True, default="")  # SHA-256 over that and the lines
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, related_name="credit_notes", null=True)
    reason = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        db_table = "invoice"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(book__in=BOOKS), name="an_invoice_is_of_a_book"),
            models.CheckConstraint(condition=Q(kind__in=DOCUMENTS), name="an_invoice_has_a_known_kind"),
            models.CheckConstraint(condition=Q(state__in=INVOICE_STATES), name="an_invoice_has_a_known_state"),
            models.CheckConstraint(condition=Q(collected_by__in=COLLECTORS), name="an_invoice_is_collected_by"),
            models.CheckConstraint(
                condition=Q(state=DRAFT, number__isnull=True, digest="")
                | (~Q(state=DRAFT) & Q(number__isnull=False, issued_on__isnull=False) & ~Q(digest="")),
                name="what_is_issued_has_a_number_and_a_draft_has_none",
            ),
            models.CheckConstraint(
                condition=Q(
                    net_minor=F("list_minor") - F("discount_minor"), gross_minor=F("net_minor") + F("tax_minor")
                ),
                name="an_invoice_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(kind=CREDIT_NOTE, corrects__isnull=False) | Q(kind=INVOICE, corrects__isnull=True),
                name="a_credit_note_says_what_it_corrects",
            ),
            models.CheckConstraint(
                condition=Q(credited_minor=0)
                | Q(kind=INVOICE, credited_minor__gt=0, credited_minor__lte=F("gross_minor") + F("rounding_minor")),
                name="no_more_is_credited_than_was_claimed",
            ),
            models.CheckConstraint(
                condition=Q(written_off_minor=0, recovered_minor=0)
                | Q(
                    kind=INVOICE, written_off_minor__gte=0, recovered_minor__gte=0, recovered_minor__lte=F("paid_minor")
                ),
                name="what_is_written_off_was_claimed",
            ),
            models.UniqueConstraint(
                fields=["account", "series", "number"],
                condition=Q(number__isnull=False),
                name="a_number_is_given_once",
            ),
            models.UniqueConstraint(fields=["account", "debtor", "currency", "key"], name="a_period_is_invoiced_once"),
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="invoices_of_a_book"),
            models.Index(fields=["account", "state", "-id"], name="invoices_by_state"),
            models.Index(fields=["debtor", "-id"], name="invoices_of_who_owes"),
            models.Index(
                fields=["due_on"], condition=Q(state__in=(ISSUED, PARTLY_PAID)), name="invoices_that_are_owed"
            ),
        ]

    DEBTOR_READS = "debtor_id = {own} AND state <> 'draft'"
    VENDOR_READS = "book = 'wholesale' OR collected_by = 'vendor'"

    def __str__(self) -> str:
        return self.number_shown or self.ref

    @property
    def number_shown(self) -> str:
        """The number as it stands on the document; empty for a draft."""
        return "" if self.number is None else f"{self.series}{self.number}"

    @property
    def due_minor(self) -> int:
        """What was to be paid on the day of issue, as the document says it."""
        return self.gross_minor + self.rounding_minor

    @property
    def open_minor(self) -> int:
        """What is still owed."""
        return 0 if self.state == DRAFT else self.claim.open

    @property
    def takes_minor(self) -> int:
        """What money can still be booked on it: also what was written off, since it is recovered by that."""
        return 0 if self.state == DRAFT else self.claim.takes

    @property
    def claim(self) -> Claim:
        """What was due, and what became of it."""
        return Claim(self.due_minor, self.paid_minor, self.credited_minor, self.written_off_minor, self.recovered_minor)

    @classmethod
    def for_debtor(cls, account_id: int) -> Q:
        """What was issued to it."""
        return Q(debtor_id=account_id) & ~Q(state=DRAFT)

    @classmethod
    def for_vendor(cls) -> Q:
        """Its own, and those that it collects for a reseller."""
        return Q(book=WHOLESALE) | Q(collected_by=BY_VENDOR)


class WriteOff(BookModel):
    """That what was open of an invoice was given up: `minor` then, and why. Taken back it stays, and says by whom and why.

    What was recovered or credited since is not here: the invoice and the ledger say how much is lost still. For whoever issued it alone:
    who owes reads that it is closed, and no reason.
    """

    account = _party()
    book = models.CharField(max_length=9)
    ref = models.CharField(max_length=32, unique=True, default=new_write_off_ref, editable=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="write_offs", db_index=False)
    debtor = _party()
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=500)
    resumes = models.BooleanField()  # whether what rested because of it goes on
    entry = models.ForeignKey(LedgerEntry, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.CharField(max_length=200, blank=True, default="")
    taken_back_reason = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        db_table = "write_off"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(book__in=BOOKS), name="a_write_off_is_of_a_book"),
            models.CheckConstraint(condition=Q(minor__gt=0), name="a_write_off_is_of_something"),
        ]
        indexes = [
            models.Index(fields=["invoice", "-id"], name="write_offs_of_an_invoice"),
            models.Index(fields=["account", "-id"], name="write_offs_of_an_account"),
        ]

    def __str__(self) -> str:
        return self.ref


class InvoiceLine(BookModel):
    """A line: one charge of the ledger, or (on a credit note) a part of a line of the invoice. Frozen with its invoice.

    `minor` before the discount, `discount_minor` its share of that on the total, `net_minor` what is taxed.
    """

    account = _party()
    book = models.CharField(max_length=9)
    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveIntegerField()
    entry = models.ForeignKey(LedgerEntry, on_delete=models.PROTECT, related_name="+", null=True, db_index=False)
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+", null=True)
    client = _party()
    about = models.CharField(max_length=12)
    item = models.CharField(max_length=80, blank=True, default="")
    first_day = models.DateField()
    last_day = models.DateField()
    days = models.PositiveIntegerField(default=0)
    of_days = models.PositiveIntegerField(default=0)
    quantity = models.DecimalField(max_digits=24, decimal_places=6, default=1)
    minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    net_minor = models.BigIntegerField()

    class Meta:
        db_table = "invoice_line"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(net_minor=F("minor") - F("discount_minor")), name="a_line_adds_up"),
            models.UniqueConstraint(fields=["invoice", "position"], name="a_line_has_a_place_of_its_own"),
            models.UniqueConstraint(
                fields=["entry"], condition=Q(entry__isnull=False), name="a_charge_is_invoiced_once"
            ),
        ]

    DEBTOR_READS = (
        "EXISTS (SELECT 1 FROM invoice mine WHERE mine.id = invoice_line.invoice_id AND mine.debtor_id = {own}"
        " AND mine.state <> 'draft')"
    )
    VENDOR_READS = (
        "book = 'wholesale' OR EXISTS (SELECT 1 FROM invoice shared WHERE shared.id = invoice_line.invoice_id"
        " AND shared.collected_by = 'vendor')"
    )

    def __str__(self) -> str:
        return f"{self.position}: {self.item}"

    @classmethod
    def for_debtor(cls, account_id: int) -> Q:
        """Of what was issued to it."""
        return Q(invoice__debtor_id=account_id) & ~Q(invoice__state=DRAFT)

    @classmethod
    def for_vendor(cls) -> Q:
        """As its invoice."""
        return Q(book=WHOLESALE) | Q(invoice__collected_by=BY_VENDOR)


__all__ = ["RETAIL", "BillingRun", "Invoice", "InvoiceLine", "NumberSeries", "WriteOff"]

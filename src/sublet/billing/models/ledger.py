"""The ledger: what happened to money, once for each book, double entry, append-only. Balances are derived from it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from sublet.accounts.models import Account
from sublet.billing.models.books import BOOKS, RETAIL, WHOLESALE, BookModel
from sublet.foundation.refs import new_ref

#: What an entry is of: a charge, or what was done with charges.
CHARGE, INVOICED, CREDITED, PAID, ADJUSTED = "charge", "invoice", "credit", "payment", "adjustment"
ENTRY_KINDS = (CHARGE, INVOICED, CREDITED, PAID, ADJUSTED)


def new_entry_ref() -> str:
    return new_ref("ent")


def _party() -> models.ForeignKey[Account, Account]:
    # No constraint in the database: each of thousands of rows would lock its account's row; accounts with money are never
    # deleted (`PROTECT` asks), and the wall looks each one up.
    return models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)


class LedgerEntry(BookModel):
    """Something that happened to money in one book, with at least two `LedgerPosting`s that add up to nothing.

    A charge is of `client` (whose plan, add-on or usage it is), owed by `debtor`, for `first_day` to `last_day` of the
    client's, due at `due_at`. `minor` is in minor units of `currency`. `billed` is false for what is only reckoned here,
    because somebody bills it elsewhere or its payer is the reseller itself. Never changed, never deleted.
    """

    account = _party()
    book = models.CharField(max_length=9)
    client = _party()
    debtor = _party()
    key = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, default=CHARGE)
    about = models.CharField(max_length=12, blank=True, default="")  # of a charge: base overage add_ons one_off …
    item = models.CharField(max_length=80, blank=True, default="")
    start = models.DateTimeField(null=True)  # of what is charged, half-open; of usage, in which its events lie
    end = models.DateTimeField(null=True)
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    days = models.PositiveIntegerField(default=0)
    of_days = models.PositiveIntegerField(default=0)
    quantity = models.DecimalField(max_digits=24, decimal_places=6, default=1)
    total = models.BigIntegerField(null=True)  # of usage: the meter's total, in its steps, that is charged with this
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    parts = models.JSONField(default=list)  # how the amount came about, `core.pricing.Priced` each
    billed = models.BooleanField(default=True)
    due_at = models.DateTimeField()
    at = models.DateTimeField()
    by = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "ledger_entry"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(book__in=BOOKS), name="an_entry_is_of_a_book"),
            models.CheckConstraint(condition=Q(kind__in=ENTRY_KINDS), name="an_entry_has_a_known_kind"),
            models.UniqueConstraint(fields=["client", "book", "key"], name="an_account_is_charged_once_for_one_thing"),
        ]
        indexes = [
            models.Index(fields=["account", "debtor", "due_at", "id"], name="entries_of_who_owes"),
            models.Index(fields=["account", "due_at"], name="entries_of_a_book_in_time"),
            models.Index(fields=["account", "last_day"], name="entries_that_run"),
            # Charges are many, and what moves between two parties is few: a statement of account reads these alone.
            models.Index(
                fields=["account", "debtor", "due_at", "id"], condition=~Q(kind=CHARGE), name="what_moved_between_two"
            ),
            # Which of them are on no invoice is asked without a bound in time: a credit waits until something is charged.
            models.Index(
                fields=["debtor", "due_at"], condition=Q(kind=CHARGE, billed=True), name="charges_of_who_is_billed"
            ),
        ]

    DEBTOR_READS = "debtor_id = {own} AND book = 'wholesale'"

    def __str__(self) -> str:
        return f"{self.book} {self.key}"

    @classmethod
    def for_debtor(cls, account_id: int) -> Q:
        """A reseller what it owes the vendor. A client reads invoices, never the reseller's reckoning."""
        return Q(debtor_id=account_id, book=WHOLESALE)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Only once: corrections are entries of their own."""
        if self.pk is not None:
            raise RuntimeError("an entry of the ledger never changes")
        super().save(*args, **kwargs)


class LedgerPosting(BookModel):
    """One side of an entry: `minor` on the account `code` of the book (plus: debit, minus: credit). Never changed."""

    pk = models.CompositePrimaryKey("account_id", "entry_id", "position")
    account = _party()
    book = models.CharField(max_length=9)
    entry = models.ForeignKey(LedgerEntry, on_delete=models.PROTECT, related_name="postings", db_index=False)
    position = models.PositiveSmallIntegerField()
    debtor = _party()
    code = models.CharField(max_length=20)
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        db_table = "ledger_posting"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        indexes = [models.Index(fields=["account", "debtor", "code", "currency"], name="postings_of_who_owes")]

    DEBTOR_READS = "debtor_id = {own} AND book = 'wholesale'"

    def __str__(self) -> str:
        return f"{self.code} {self.minor}"

    @classmethod
    def for_debtor(cls, account_id: int) -> Q:
        """As its entry."""
        return Q(debtor_id=account_id, book=WHOLESALE)


__all__ = ["ADJUSTED", "CHARGE", "CREDITED", "INVOICED", "PAID", "RETAIL", "LedgerEntry", "LedgerPosting"]

"""What the vendor has paid out of what it collected for a reseller."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from sublet.billing.models.books import WHOLESALE, BookModel
from sublet.billing.models.ledger import LedgerEntry, _party
from sublet.foundation.refs import new_ref

#: Its numbers are a series of their own: no prefix of an invoice is written so.
SERIES = "payout:"
PREFIX = "PAY-"
LONGEST_REFERENCE = 140


def new_payout_ref() -> str:
    return new_ref("pyo")


class Payout(BookModel):
    """`minor` units of `currency` that `account` (the vendor) has paid to `debtor` (a reseller). Never changed, never deleted.

    Not an invoice: the invoices to the clients are the reseller's own, and what was collected for it is its money.
    """

    account = _party()
    book = models.CharField(max_length=9, default=WHOLESALE)
    ref = models.CharField(max_length=32, unique=True, default=new_payout_ref, editable=False)
    debtor = _party()
    number = models.PositiveBigIntegerField()
    day = models.DateField()
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()
    reference = models.CharField(max_length=LONGEST_REFERENCE, blank=True, default="")  # what stands on the transfer
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)

    class Meta:
        db_table = "payout"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(minor__gt=0), name="a_payout_pays"),
            models.CheckConstraint(condition=Q(book=WHOLESALE), name="a_payout_is_the_vendors"),
            models.UniqueConstraint(fields=["account", "number"], name="a_payout_has_its_number"),
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="payouts_of_a_vendor"),
            models.Index(fields=["debtor", "-id"], name="payouts_to_a_reseller"),
        ]

    DEBTOR_READS = "debtor_id = {own}"

    def __str__(self) -> str:
        return self.number_shown

    @property
    def number_shown(self) -> str:
        """The number as it stands on the statement."""
        return f"{PREFIX}{self.number}"

    @classmethod
    def for_debtor(cls, account_id: int) -> Q:
        """What was paid out to it."""
        return Q(debtor_id=account_id)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Only once: somebody has the money."""
        if self.pk is not None:
            raise RuntimeError("a payout never changes")
        super().save(*args, **kwargs)


class PayoutLine(BookModel):
    """An entry of the ledger that a payout settles: collected, given back, or taken for an invoice. Each is settled once."""

    account = _party()
    book = models.CharField(max_length=9, default=WHOLESALE)
    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="lines")
    debtor = _party()
    entry = models.OneToOneField(LedgerEntry, on_delete=models.PROTECT, related_name="+")
    minor = models.BigIntegerField()

    class Meta:
        db_table = "payout_line"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"

    DEBTOR_READS = "debtor_id = {own}"

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.minor}"

    @classmethod
    def for_debtor(cls, account_id: int) -> Q:
        """As its payout."""
        return Q(debtor_id=account_id)

"""How an account is billed: how often, on which day, and who collects. Dated, as everything that was agreed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sublet.accounts.models import Account
from sublet.billing.models.books import BOOKS, WHOLESALE, BookModel

INTERVALS = ("month", "quarter", "year")
CALENDAR, ANNIVERSARY = "calendar", "anniversary"
BASES = (CALENDAR, ANNIVERSARY)
#: Nobody here (the reseller bills by itself, we reckon), the book's owner in its own name, the vendor on its behalf.
NOBODY, OWN, BY_VENDOR = "nobody", "own", "vendor"
COLLECTORS = (NOBODY, OWN, BY_VENDOR)


class BillingTerms(BookModel):
    """From `since` on, this holds for what `client` owes `account`; without a client, for all of whom nothing else is said.

    Never changed but for `dropped_at`: replaced by another decision before it held, or at the instant in which it began.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    client = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", null=True)
    book = models.CharField(max_length=9)
    interval = models.CharField(max_length=7, default="month")
    basis = models.CharField(max_length=11, default=CALENDAR)
    collected_by = models.CharField(max_length=6, default=NOBODY)
    automatic = models.BooleanField(default=False)  # drafts are issued by the run; otherwise somebody looks at them
    since = models.DateTimeField()
    decided_at = models.DateTimeField()
    decided_by = models.CharField(max_length=200)
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "billing_terms"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(book__in=BOOKS), name="billing_terms_are_of_a_book"),
            models.CheckConstraint(condition=Q(interval__in=INTERVALS), name="one_is_billed_by_month_quarter_or_year"),
            models.CheckConstraint(condition=Q(basis__in=BASES), name="one_is_billed_by_calendar_or_anniversary"),
            models.CheckConstraint(condition=Q(collected_by__in=COLLECTORS), name="somebody_known_collects"),
            models.UniqueConstraint(
                fields=["account", "client", "since"],
                condition=Q(dropped_at__isnull=True, client__isnull=False),
                name="one_way_of_billing_holds_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["account", "since"],
                condition=Q(dropped_at__isnull=True, client__isnull=True),
                name="one_way_of_billing_holds_for_the_others",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.interval} {self.collected_by}"


def starting_terms(book: str) -> BillingTerms:
    """What holds where nobody decided anything: the vendor bills its own book; a reseller bills its clients by itself."""
    return BillingTerms(book=book, collected_by=OWN if book == WHOLESALE else NOBODY)

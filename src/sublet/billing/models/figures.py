"""What a month came to: for each account that is charged, and added up for whoever charges it.

Kept by `operations.keep_figures` from the ledger; a page reads these rows and reckons nothing again. They could all be thrown
away and made anew. Whose they are is as in the ledger: wholesale the vendor's, and read by the reseller that owes it; retail the
reseller's alone.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sublet.accounts.models import Account
from sublet.billing.models.books import BOOKS, WHOLESALE, BookModel
from sublet.billing.models.ledger import _party


class ClientMonth(BookModel):
    """What `client` brought in a month of the book's owner, in smallest units of `currency`.

    `before` and `minor` are the revenue a month (MRR) when the month began and when it ended (of the running month: now),
    `charged` is all that became due in it, use and what is paid once too. Of wholesale these are less the discount, and the
    two that begin with `list` are before it; of retail both are the same. `owed` is what was charged in the month as the debtor's
    calendar cuts it: what a reseller owes is set beside what it charged in its own months. `came_back`: it paid before, and not when the
    month began.
    """

    account = _party()
    book = models.CharField(max_length=9)
    client = _party()
    debtor = _party()
    month = models.DateField()  # its first day
    currency = models.CharField(max_length=3)
    before = models.BigIntegerField(default=0)
    minor = models.BigIntegerField(default=0)
    list_minor = models.BigIntegerField(default=0)
    charged = models.BigIntegerField(default=0)
    list_charged = models.BigIntegerField(default=0)
    owed = models.BigIntegerField(default=0)
    came_back = models.BooleanField(default=False)

    class Meta:
        db_table = "client_month"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(book__in=BOOKS), name="a_months_figure_is_of_a_book"),
            models.UniqueConstraint(
                fields=["account", "client", "month", "debtor", "currency"], name="a_client_has_one_figure_a_month"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "month"], name="figures_of_a_month"),
            models.Index(fields=["debtor", "month"], name="figures_of_who_owes"),
        ]

    DEBTOR_READS = "debtor_id = {own} AND book = 'wholesale'"

    def __str__(self) -> str:
        return f"{self.book} {self.month} {self.minor}"

    @classmethod
    def for_debtor(cls, account_id: int) -> Q:
        """As the ledger's entries."""
        return Q(debtor_id=account_id, book=WHOLESALE)


class RevenueMonth(BookModel):
    """The figures of a month, added up: of a whole book, or (with a debtor) of what one reseller owes.

    The first seven are `core.metrics.Movement`; `paying` and `lost` count accounts, as there, `accounts` those that pay at the
    end. `list_minor` is `end` before the discount, `charged` everything that became due. `seen` is the newest entry of the
    ledger that was there, `up_to` how far it went.
    """

    account = _party()
    book = models.CharField(max_length=9)
    debtor = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False, null=True
    )
    month = models.DateField()
    currency = models.CharField(max_length=3)
    start = models.BigIntegerField(default=0)
    new = models.BigIntegerField(default=0)
    reactivated = models.BigIntegerField(default=0)
    expansion = models.BigIntegerField(default=0)
    contraction = models.BigIntegerField(default=0)
    churned = models.BigIntegerField(default=0)
    end = models.BigIntegerField(default=0)
    paying = models.PositiveIntegerField(default=0)
    lost = models.PositiveIntegerField(default=0)
    accounts = models.PositiveIntegerField(default=0)
    list_minor = models.BigIntegerField(default=0)
    charged = models.BigIntegerField(default=0)
    seen = models.BigIntegerField(default=0)
    up_to = models.DateTimeField()
    kept_at = models.DateTimeField()

    class Meta:
        db_table = "revenue_month"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(book__in=BOOKS), name="a_months_revenue_is_of_a_book"),
            models.UniqueConstraint(
                fields=["account", "month", "currency"],
                condition=Q(debtor__isnull=True),
                name="a_month_is_added_up_once",
            ),
            models.UniqueConstraint(
                fields=["account", "debtor", "month", "currency"],
                condition=Q(debtor__isnull=False),
                name="a_month_of_who_owes_is_added_up_once",
            ),
        ]
        indexes = [models.Index(fields=["debtor", "month"], name="revenue_of_who_owes")]

    DEBTOR_READS = "debtor_id = {own} AND book = 'wholesale'"

    def __str__(self) -> str:
        return f"{self.book} {self.month} {self.end}"

    @classmethod
    def for_debtor(cls, account_id: int) -> Q:
        """As the ledger's entries."""
        return Q(debtor_id=account_id, book=WHOLESALE)

"""What happens while an invoice is not paid: what its issuer chose, where each invoice stands, and every step once."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sublet.accounts.models import Account
from sublet.billing.models.books import BOOKS, WHOLESALE, BookModel
from sublet.billing.models.invoices import Invoice
from sublet.billing.models.ledger import _party
from sublet.billing.models.terms import BY_VENDOR
from sublet.core.dunning import ENDINGS, Schedule

RUNNING, ENDED, STOPPED, SETTLED = "running", "ended", "stopped", "settled"
CASE_STATES = (RUNNING, ENDED, STOPPED, SETTLED)


def kept(schedule: Schedule) -> dict[str, object]:
    """A schedule as a case keeps it."""
    return {
        "retries": list(schedule.retries), "reminders": list(schedule.reminders), "grace": schedule.grace,
        "last_call": schedule.last_call, "ending": schedule.ending,
    }  # fmt: skip


class DunningPolicy(BookModel):
    """From `since` on, invoices of `account` that become overdue are dunned so. Never changed: another decision is another row."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    book = models.CharField(max_length=9)
    retries = models.JSONField(default=list)  # days after the due day, in order
    reminders = models.JSONField(default=list)
    grace = models.PositiveIntegerField()
    last_call = models.PositiveIntegerField()
    ending = models.CharField(max_length=5)
    since = models.DateTimeField()
    decided_by = models.CharField(max_length=200)

    class Meta:
        db_table = "dunning_policy"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(book__in=BOOKS), name="a_dunning_policy_is_of_a_book"),
            models.CheckConstraint(condition=Q(ending__in=ENDINGS), name="a_grace_ends_in_a_known_way"),
            models.UniqueConstraint(fields=["account", "since"], name="one_dunning_policy_holds_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.grace} {self.ending}"

    @property
    def schedule(self) -> Schedule:
        """As `core.dunning` reckons with it."""
        return Schedule(tuple(self.retries), tuple(self.reminders), self.grace, self.last_call, self.ending)


class DunningCase(BookModel):
    """Where an overdue invoice stands. The schedule is the one that was in force when the invoice became overdue.

    A `round` begins on `counted_from`: an invoice that is owed again after it was paid begins another. `holds`: because of it
    the debtor's plan rests (of a reseller: it can only read).
    """

    account = _party()
    book = models.CharField(max_length=9)
    collected_by = models.CharField(max_length=6)
    debtor = _party()
    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="dunning")
    state = models.CharField(max_length=7, default=RUNNING)
    round = models.PositiveIntegerField(default=1)
    counted_from = models.DateField()
    zone = models.CharField(max_length=64)  # of whoever owes: people read mails in the morning
    schedule = models.JSONField()
    opened_at = models.DateTimeField()
    looked_at = models.DateTimeField()  # another way of paying that came since is tried
    next_at = models.DateTimeField(null=True)
    next_key = models.CharField(max_length=20, blank=True, default="")
    holds = models.BooleanField(default=False)
    paused_at = models.DateTimeField(null=True)  # when the pause began that this case made, and nobody else
    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "dunning_case"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(book__in=BOOKS), name="a_dunning_case_is_of_a_book"),
            models.CheckConstraint(condition=Q(state__in=CASE_STATES), name="a_dunning_case_has_a_known_state"),
            models.CheckConstraint(
                condition=Q(holds=False) | Q(state=ENDED), name="only_what_has_ended_holds_somebody_up"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "state", "next_at"], name="dunning_of_a_book"),
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="dunning_that_is_due"),
            models.Index(fields=["debtor"], condition=~Q(state=SETTLED), name="dunning_of_who_owes"),
        ]

    DEBTOR_READS = "debtor_id = {own}"
    VENDOR_READS = "book = 'wholesale' OR collected_by = 'vendor'"

    @classmethod
    def for_debtor(cls, account_id: int) -> Q:
        """What it owes is dunned."""
        return Q(debtor_id=account_id)

    @classmethod
    def for_vendor(cls) -> Q:
        """Of its own book, and what it collects for a reseller."""
        return Q(book=WHOLESALE) | Q(collected_by=BY_VENDOR)

    def __str__(self) -> str:
        return f"{self.state} {self.next_key}"

    @property
    def plan(self) -> Schedule:
        """As `core.dunning` reckons with it."""
        told = self.schedule
        return Schedule(
            tuple(told["retries"]), tuple(told["reminders"]), told["grace"], told["last_call"], told["ending"]
        )


class DunningStep(BookModel):
    """A step that was done, once: written in the transaction that does it. `outcome` says what came of it."""

    account = _party()
    book = models.CharField(max_length=9)
    collected_by = models.CharField(max_length=6)
    case = models.ForeignKey(DunningCase, on_delete=models.PROTECT, related_name="steps", db_index=False)
    round = models.PositiveIntegerField()
    key = models.CharField(max_length=60)  # of the schedule, or what else asked for it
    kind = models.CharField(max_length=10)
    outcome = models.CharField(max_length=20)
    payment = models.CharField(max_length=32, blank=True, default="")
    at = models.DateTimeField()
    by = models.CharField(max_length=200)

    class Meta:
        db_table = "dunning_step"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(book__in=BOOKS), name="a_dunning_step_is_of_a_book"),
            models.UniqueConstraint(fields=["case", "round", "key"], name="a_dunning_step_is_done_once"),
        ]

    VENDOR_READS = "book = 'wholesale' OR collected_by = 'vendor'"

    @classmethod
    def for_vendor(cls) -> Q:
        """As its case."""
        return Q(book=WHOLESALE) | Q(collected_by=BY_VENDOR)

    def __str__(self) -> str:
        return f"{self.key}: {self.outcome}"


__all__ = ["CASE_STATES", "DunningCase", "DunningPolicy", "DunningStep", "kept"]

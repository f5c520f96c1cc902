"""What was used: every usage event once, and what they add up to.

Totals, days and values are derived: `operations.rebuild_totals` makes them anew from the events.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.core.usage import LONGEST_ID, LONGEST_SOURCE, LONGEST_VALUE
from sublet.foundation.refs import new_ref
from sublet.foundation.scope import TenantModel

#: Where the one period of a standing amount "begins".
FOREVER = datetime(1970, 1, 1, tzinfo=UTC)
#: What a total is of: a period of the meter, or a day in the account's zone.
PERIOD, DAY = 0, 1


def new_reservation_ref() -> str:
    return new_ref("rsv")


def _whose() -> models.ForeignKey[Account, Account]:
    # No constraint in the database: each of thousands of rows a second would lock its account's row. Accounts are never
    # deleted while there is usage (`PROTECT` asks), and the wall looks each one up.
    return models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)


class UsageEvent(TenantModel):
    """Something that was used, as the host product told it. Never changed but for `counts`, never told twice.

    `quantity` is in steps of the meter; null for an event that only takes another back, and for the place (`meter` 0) of one
    that was corrected before it came; one that is a correction itself fills its place when it comes. `value` is what a meter
    counts the different ones of. `answered` is what `take` said then. `person`: the user of the account's team who used it,
    where the product named one.
    """

    found_by_key: ClassVar = True

    pk = models.CompositePrimaryKey("account_id", "source", "event_id")
    account = _whose()
    source = models.CharField(max_length=LONGEST_SOURCE)
    event_id = models.CharField(max_length=LONGEST_ID)
    meter = models.PositiveIntegerField()  # catalog's OfferItem, which stays for ever
    at = models.DateTimeField()
    quantity = models.BigIntegerField(null=True)
    value = models.CharField(max_length=LONGEST_VALUE, blank=True, default="")
    corrects = models.CharField(max_length=LONGEST_ID, blank=True, default="")
    counts = models.BooleanField(
        default=True
    )  # False: another one corrects it, or people had corrected what it corrects
    answered = models.BigIntegerField(null=True)
    received_at = models.DateTimeField()
    person = models.BigIntegerField(null=True)

    class Meta:
        db_table = "usage_event"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        indexes = [models.Index(fields=["account", "meter", "at"], name="usage_of_a_meter_in_time")]

    def __str__(self) -> str:
        return f"{self.source} {self.event_id}"


class UsageTotal(TenantModel):
    """What a meter stands at for an account in one period (`span` 0) or on one day (`span` 1). Derived from the events.

    `start` is the instant in which the period or day begins. `last_at` and `last_by` say which event a total of the kind
    ``latest`` comes from. `reserved` is held back for work that has begun.
    """

    found_by_key: ClassVar = True

    pk = models.CompositePrimaryKey("account_id", "meter", "span", "start")
    account = _whose()
    meter = models.PositiveIntegerField()
    span = models.PositiveSmallIntegerField()
    start = models.DateTimeField()
    quantity = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)
    events = models.BigIntegerField(default=0)
    last_at = models.DateTimeField(null=True)
    last_by = models.CharField(max_length=LONGEST_SOURCE + LONGEST_ID + 1, blank=True, default="")

    class Meta:
        db_table = "usage_total"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [models.CheckConstraint(condition=Q(reserved__gte=0), name="nothing_is_given_back_twice")]

    def __str__(self) -> str:
        return f"{self.meter}: {self.quantity}"


class UsageValue(TenantModel):
    """A value that a meter of the kind ``unique`` has seen in a period or on a day, and how many counting events had it."""

    found_by_key: ClassVar = True

    pk = models.CompositePrimaryKey("account_id", "meter", "span", "start", "value")
    account = _whose()
    meter = models.PositiveIntegerField()
    span = models.PositiveSmallIntegerField()
    start = models.DateTimeField()
    value = models.CharField(max_length=LONGEST_VALUE)
    events = models.BigIntegerField(default=0)

    class Meta:
        db_table = "usage_value"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"

    def __str__(self) -> str:
        return self.value


class UsageOfPerson(TenantModel):
    """What one person of the account's team has used of a meter that adds up, in one period. Derived from the events that name
    somebody; `person` is the user's number, which stays the same when somebody leaves a team and comes back."""

    found_by_key: ClassVar = True

    pk = models.CompositePrimaryKey("account_id", "meter", "start", "person")
    account = _whose()
    meter = models.PositiveIntegerField()
    start = models.DateTimeField()
    person = models.BigIntegerField()
    quantity = models.BigIntegerField(default=0)

    class Meta:
        db_table = "usage_of_person"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"

    def __str__(self) -> str:
        return f"{self.person}: {self.quantity}"


class UsageAnchor(TenantModel):
    """From `since` on, months of the subscription begin on that day, and days at midnight of that zone.

    Without a row: the day and zone of the account's birth and of the account.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    since = models.DateTimeField()
    day = models.DateField()
    zone = models.CharField(max_length=50)

    class Meta:
        db_table = "usage_anchor"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [models.UniqueConstraint(fields=["account", "since"], name="an_account_has_one_anchor_at_a_time")]

    def __str__(self) -> str:
        return f"{self.day} {self.zone}"


class UsageReservation(TenantModel):
    """Quantity held back for work that has begun. It is used (`commit`), given back (`release`), or lapses at `ends_at`."""

    found_by_key: ClassVar = True

    OPEN: ClassVar = "open"

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        COMMITTED = "committed", _("Used")
        RELEASED = "released", _("Given back")
        LAPSED = "lapsed", _("Lapsed")

    ref = models.CharField(max_length=32, unique=True, default=new_reservation_ref, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    meter = models.PositiveIntegerField()
    start = models.DateTimeField()  # of the period that it is held back in
    quantity = models.BigIntegerField()
    source = models.CharField(max_length=LONGEST_SOURCE)
    event_id = models.CharField(max_length=LONGEST_ID)
    at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    used = models.BigIntegerField(null=True)
    answered = models.BigIntegerField()
    person = models.BigIntegerField(null=True)

    class Meta:
        db_table = "usage_reservation"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(fields=["account", "source", "event_id"], name="a_reservation_is_made_once")
        ]
        indexes = [
            models.Index(fields=["ends_at"], condition=Q(state="open"), name="open_reservations_by_end"),
            models.Index(fields=["account", "meter"], condition=Q(state="open"), name="open_reservations_of_a_meter"),
        ]

    def __str__(self) -> str:
        return self.ref

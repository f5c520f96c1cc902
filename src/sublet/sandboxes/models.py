"""A copy of a portfolio with a clock of its own, how that was moved, and what happened in it.

The copy itself is one packed file (`Sandbox.data`): none of its rows is a row of any other table, so they can never be taken for
real ones. What is shown of it is written beside it, in the transaction that keeps the file.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from sublet.accounts.models import Account
from sublet.foundation.refs import new_ref
from sublet.foundation.scope import TenantModel


def new_sandbox_ref() -> str:
    return new_ref("sbx")


def new_sandbox_move_ref() -> str:
    return new_ref("smv")


class Sandbox(TenantModel):
    """A portfolio as it was at `copied_at`, and what became of it up to `clock`. Of whoever made it: the vendor's people see
    none of a reseller's, which holds its prices."""

    kept_from_vendor: ClassVar[bool] = True

    class State(models.TextChoices):
        COPYING = "copying"
        READY = "ready"
        MOVING = "moving"
        FAILED = "failed"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    ref = models.CharField(max_length=32, unique=True, default=new_sandbox_ref, editable=False)
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=7, choices=State.choices, default=State.COPYING)
    why = models.CharField(max_length=40, blank=True, default="")  # the code of what went wrong last
    portfolio = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")  # whose clients
    chosen = models.JSONField(null=True)  # references of the clients that were asked for; null: all
    clients = models.JSONField(default=list)  # [reference, name, id in the copy] of those that are in it
    declines = models.JSONField(default=list)  # references of those whose cards are declined from now on
    uses = models.JSONField(default=list, db_default=[])  # [reference, meter, whole units] used when the clock moves on
    copied_at = models.DateTimeField()
    clock = models.DateTimeField()
    data = models.BinaryField(null=True)  # the packed file; null: there is none yet
    size = models.PositiveIntegerField(default=0)
    found = models.JSONField(default=dict)  # what it comes to: {"then": …, "now": …, "next": …}
    lines = models.PositiveIntegerField(default=0)
    job_id = models.CharField(max_length=36, blank=True, default="")
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)
    expires_at = models.DateTimeField()
    once = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        db_table = "sandbox"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(clock__gte=F("copied_at")), name="a_sandbox_goes_forward"),
            models.UniqueConstraint(fields=["account", "once"], condition=~Q(once=""), name="a_form_makes_one_sandbox"),
        ]
        indexes = [
            models.Index(fields=["account", "-made_at"], name="sandboxes_of_an_account"),
            models.Index(fields=["expires_at"], name="sandboxes_that_expire"),
        ]

    def __str__(self) -> str:
        return self.name


class SandboxMove(TenantModel):
    """One move of the clock, from `starts` to `target`. It has come as far as the clock of its sandbox."""

    kept_from_vendor: ClassVar[bool] = True

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    sandbox = models.ForeignKey(Sandbox, on_delete=models.CASCADE, related_name="moves", db_index=False)
    ref = models.CharField(max_length=32, unique=True, default=new_sandbox_move_ref, editable=False)
    state = models.CharField(max_length=7, choices=State.choices, default=State.RUNNING)
    starts = models.DateTimeField()
    target = models.DateTimeField()
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True)
    once = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        db_table = "sandbox_move"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(target__gt=F("starts")), name="a_clock_is_moved_forward"),
            models.UniqueConstraint(
                fields=["sandbox"], condition=Q(state="running"), name="a_sandbox_is_moved_by_one_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["sandbox", "once"], condition=~Q(once=""), name="a_form_moves_a_sandbox_once"
            ),
        ]
        indexes = [models.Index(fields=["sandbox", "-id"], name="moves_of_a_sandbox")]

    def __str__(self) -> str:
        return f"{self.starts:%Y-%m-%d} to {self.target:%Y-%m-%d}"


class InSandbox(TenantModel):
    """What is told of a sandbox. Deleted with it."""

    kept_from_vendor: ClassVar[bool] = True

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    sandbox = models.ForeignKey(Sandbox, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        abstract = True
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"


class SandboxLine(InSandbox):
    """One event in the life of a sandbox: an entry of the journal that stands in its file."""

    position = models.PositiveIntegerField()
    at = models.DateTimeField()
    day = models.DateField()  # where the portfolio is
    event = models.CharField(max_length=80)
    group = models.CharField(max_length=12)  # core.sandboxes.GROUPS
    client = models.CharField(max_length=32, blank=True, default="")  # its reference; empty: the reseller's own
    client_name = models.CharField(max_length=200, blank=True, default="")
    by_itself = models.BooleanField(default=True)
    data = models.JSONField(default=dict)

    class Meta(InSandbox.Meta):
        db_table = "sandbox_line"
        constraints = [
            models.UniqueConstraint(fields=["sandbox", "position"], name="a_line_of_a_sandbox_has_a_place"),
        ]

    def __str__(self) -> str:
        return self.event


class SandboxInvoice(InSandbox):
    """An invoice or credit note of the sandbox as it stands at its clock. Minor units of `currency`."""

    ref = models.CharField(max_length=32)
    book = models.CharField(max_length=9)
    kind = models.CharField(max_length=7)
    state = models.CharField(max_length=13)
    number = models.CharField(max_length=60, blank=True, default="")
    client = models.CharField(max_length=32, blank=True, default="")
    client_name = models.CharField(max_length=200)
    first_day = models.DateField()
    last_day = models.DateField()
    issued_on = models.DateField(null=True)
    due_on = models.DateField(null=True)
    currency = models.CharField(max_length=3)
    gross_minor = models.BigIntegerField()
    paid_minor = models.BigIntegerField(default=0)
    open_minor = models.BigIntegerField()
    is_new = models.BooleanField(default=True)  # made in the sandbox
    lines = models.JSONField(default=list)  # [item, first day, last day, net in minor units]

    class Meta(InSandbox.Meta):
        db_table = "sandbox_invoice"
        constraints = [
            models.UniqueConstraint(fields=["sandbox", "ref"], name="a_sandbox_has_an_invoice_once"),
        ]

    def __str__(self) -> str:
        return self.number or self.ref


class SandboxMail(InSandbox):
    """A mail that would have been sent. Nobody gets it."""

    position = models.PositiveIntegerField()
    at = models.DateTimeField()
    template = models.CharField(max_length=80)
    client = models.CharField(max_length=32, blank=True, default="")
    client_name = models.CharField(max_length=200, blank=True, default="")
    to_name = models.CharField(max_length=200, blank=True, default="")
    subject = models.CharField(max_length=300)
    text = models.TextField()

    class Meta(InSandbox.Meta):
        db_table = "sandbox_mail"
        constraints = [
            models.UniqueConstraint(fields=["sandbox", "position"], name="a_mail_of_a_sandbox_has_a_place"),
        ]

    def __str__(self) -> str:
        return self.subject

"""What was agreed: turns of the plan, add-ons, by which periods it is charged, the one trial, and by what that is remembered."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from sublet.accounts.models import Account
from sublet.core.bases import RULES
from sublet.core.proration import BASES
from sublet.core.subscription import KINDS, TAKE
from sublet.core.trials import ACCOUNT, CARD, DOMAIN, EMAIL
from sublet.foundation.refs import new_ref
from sublet.foundation.scope import TenantModel


def new_change_ref() -> str:
    return new_ref("chg")


def new_add_on_ref() -> str:
    return new_ref("ado")


class PlanChange(TenantModel):
    """One decision about the plan and from when it holds (`core.subscription.Turn`). Never changed, but for two marks."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    ref = models.CharField(max_length=32, unique=True, default=new_change_ref, editable=False)
    kind = models.CharField(max_length=6)
    plan = models.CharField(max_length=60, blank=True, default="")
    version = models.PositiveIntegerField(default=0)
    effective_at = models.DateTimeField()
    decided_at = models.DateTimeField()
    decided_by = models.CharField(max_length=200)
    reason = models.CharField(max_length=500, blank=True, default="")
    dropped_at = models.DateTimeField(null=True)  # taken back, or replaced, before it held
    told_at = models.DateTimeField(
        null=True
    )  # since when the journal tells that it holds; at once for what is done at once

    class Meta:
        db_table = "plan_change"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="a_change_of_plan_has_a_known_kind"),
            models.CheckConstraint(
                condition=(Q(kind=TAKE) & ~Q(plan="") & Q(version__gt=0)) | (~Q(kind=TAKE) & Q(plan="", version=0)),
                name="who_takes_a_plan_names_it",
            ),
            models.CheckConstraint(
                condition=Q(effective_at__gte=F("decided_at")), name="nobody_changes_the_plan_of_the_past"
            ),
            models.CheckConstraint(
                condition=Q(dropped_at__isnull=True) | Q(dropped_at__lt=F("effective_at")),
                name="what_held_is_not_dropped",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "effective_at", "id"], name="plan_changes_of_an_account"),
            models.Index(
                fields=["effective_at"],
                condition=Q(told_at__isnull=True, dropped_at__isnull=True),
                name="plan_changes_that_wait",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.plan}".strip()


class AddOnTaken(TenantModel):
    """An add-on of an account: so many of one version, from when to when. Its end may be decided once."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    ref = models.CharField(max_length=32, unique=True, default=new_add_on_ref, editable=False)
    key = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    count = models.PositiveIntegerField(default=1)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    taken_by = models.CharField(max_length=200)
    ended_by = models.CharField(max_length=200, blank=True, default="")
    once = models.CharField(max_length=64, blank=True, default="")  # the form that was sent, so that twice is once

    class Meta:
        db_table = "add_on_taken"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(count__gt=0), name="an_add_on_is_taken_at_least_once"),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at")),
                name="an_add_on_ends_after_it_starts",
            ),
            models.UniqueConstraint(fields=["account", "once"], condition=~Q(once=""), name="a_form_takes_one_add_on"),
        ]
        indexes = [models.Index(fields=["account", "starts_at", "id"], name="add_ons_of_an_account")]

    def __str__(self) -> str:
        return f"{self.count} × {self.key}"


class Trial(TenantModel):
    """The one trial of an account's life. Its end was worked out when it began, in the account's zone, and stays."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="+")
    plan = models.CharField(max_length=60)  # the plan that offers it
    version = models.PositiveIntegerField()
    opens = models.CharField(max_length=60, blank=True, default="")  # the plan that it opens; empty: the same with more
    opens_version = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    timezone = models.CharField(max_length=50)  # in which its end was worked out
    started_by = models.CharField(max_length=200)
    next_at = models.DateTimeField(null=True)  # the next reminder, or the end; none: its end was told
    ended_at = models.DateTimeField(null=True)  # when that was told; it was over at `ends_at` all the same

    class Meta:
        db_table = "trial"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("started_at")), name="a_trial_ends_after_it_starts"),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="trials_by_what_comes"),
        ]

    def __str__(self) -> str:
        return f"{self.plan} until {self.ends_at:%Y-%m-%d}"


class TrialIdentity(models.Model):
    """By what a trial is remembered, as a keyed digest: never an address, and of no account, so that it holds for all.

    It outlives accounts: whoever has had a trial has had it.
    """

    kind = models.CharField(max_length=7)
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "trial_identity"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=(ACCOUNT, EMAIL, DOMAIN, CARD)), name="a_trial_is_remembered_by"
            ),
            models.UniqueConstraint(fields=["kind", "digest"], name="a_trial_is_had_once"),
        ]

    def __str__(self) -> str:
        return self.kind


class BasisChosen(TenantModel):
    """From `effective_at` on, the account is charged by the calendar or by its anniversaries, where the vendor leaves that open.

    Never changed but for `dropped_at`: taken back, or replaced, before it held. `usual`: nobody chose it for this account; it was
    born with what its reseller had said of new clients.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    basis = models.CharField(max_length=11)
    usual = models.BooleanField(default=False, db_default=False)
    effective_at = models.DateTimeField()
    decided_at = models.DateTimeField()
    decided_by = models.CharField(max_length=200)
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "basis_chosen"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(basis__in=BASES), name="one_is_charged_by_a_known_basis"),
            models.CheckConstraint(
                condition=Q(effective_at__gte=F("decided_at")), name="nobody_changes_the_basis_of_the_past"
            ),
            models.CheckConstraint(
                condition=Q(dropped_at__isnull=True) | Q(dropped_at__lt=F("effective_at")),
                name="a_basis_that_held_is_not_dropped",
            ),
        ]
        indexes = [models.Index(fields=["account", "id"], name="bases_of_an_account")]

    def __str__(self) -> str:
        return self.basis


class UsualBasis(TenantModel):
    """By which basis clients are charged that `account`, a reseller, opens from `decided_at` on. The last row holds; never changed."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    basis = models.CharField(max_length=11)
    decided_at = models.DateTimeField()
    decided_by = models.CharField(max_length=200)

    class Meta:
        db_table = "usual_basis"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [models.CheckConstraint(condition=Q(basis__in=BASES), name="new_clients_have_a_known_basis")]
        indexes = [models.Index(fields=["account", "-id"], name="usual_bases_of_a_reseller")]

    def __str__(self) -> str:
        return self.basis


class BasisRuled(models.Model):
    """From the day `first_day` on, where an account is, the vendor has a plan charged by one basis; or leaves it open (``either``).

    Of the offer, told to everybody: of no account. Never changed but for `dropped_at`, set before that day has begun anywhere.
    """

    plan = models.CharField(max_length=60)
    basis = models.CharField(max_length=11)
    first_day = models.DateField()
    decided_at = models.DateTimeField()
    decided_by = models.CharField(max_length=200)
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "basis_ruled"
        constraints = [
            models.CheckConstraint(condition=Q(basis__in=RULES), name="a_plan_is_charged_by_a_known_basis"),
            models.UniqueConstraint(
                fields=["plan", "first_day"],
                condition=Q(dropped_at__isnull=True),
                name="one_basis_of_a_plan_begins_on_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} {self.basis}"

"""What accounts were given and told: sources, words about features and limits, units given once, services, pools.

Everything is dated, so that what held on a day can be asked. An account without rows has the starting plan of its birth.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from sublet.accounts.models import Account
from sublet.core.entitled import ADD_ON, FEATURE, METER, OVERRIDE_LAYERS, PLAN, TRIAL
from sublet.core.quota import POLICIES, STATES
from sublet.foundation.refs import new_ref
from sublet.foundation.scope import TenantModel
from sublet.people.models import Collaborator

LONGEST_KEY = 60


def new_top_up_ref() -> str:
    return new_ref("top")


class EntitlementSource(TenantModel):
    """A plan, trial or add-on that an account has from `starts_at` to, not including, `ends_at`. Written by what agrees it."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=10)
    key = models.CharField(max_length=LONGEST_KEY)  # of a trial: the plan that offers it
    version = models.PositiveIntegerField()
    # Of a trial: the plan that it opens, as it was sold at the start. Empty: what the plan's trial opens, as sold today.
    opens = models.CharField(max_length=LONGEST_KEY, blank=True, default="")
    opens_version = models.PositiveIntegerField(default=0)
    count = models.PositiveIntegerField(default=1)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "entitlement_source"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=(PLAN, TRIAL, ADD_ON)), name="a_source_is_of_a_known_kind"),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")), name="a_source_ends_after_it_starts"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "ends_at"], name="sources_of_an_account"),
            models.Index(fields=["kind", "key", "version"], name="accounts_with_a_source"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} {self.version}"


class Override(TenantModel):
    """What the vendor or the reseller says about one feature or meter of an account, or the account about itself.

    `giver_id`: the account that says it. A reseller's word holds as long as the client is that reseller's.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    giver_id = models.BigIntegerField()
    layer = models.CharField(max_length=10)
    kind = models.CharField(max_length=10)
    key = models.CharField(max_length=LONGEST_KEY)
    value = models.JSONField(null=True)  # of a meter in units, null unlimited
    policy = models.CharField(max_length=10, blank=True, default="")  # empty: that of the plan
    thresholds = models.JSONField(default=list)  # empty: those of the plan
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True, default="")  # for those above
    said_by = models.CharField(max_length=200)

    class Meta:
        db_table = "entitlement_override"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(layer__in=OVERRIDE_LAYERS), name="a_word_is_of_a_known_layer"),
            models.CheckConstraint(condition=Q(kind__in=(FEATURE, METER)), name="a_word_is_about_a_feature_or_meter"),
            models.CheckConstraint(condition=Q(policy__in=("", *POLICIES)), name="a_word_has_a_known_policy"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="a_word_ends_after_it_begins"
            ),
            models.UniqueConstraint(
                fields=["account", "layer", "kind", "key"],
                condition=Q(until__isnull=True),
                name="a_layer_says_one_thing",
            ),
        ]
        indexes = [models.Index(fields=["account", "until"], name="words_about_an_account")]

    def __str__(self) -> str:
        return f"{self.layer}: {self.key}"


class TopUp(TenantModel):
    """Units given once, on top of the limits, while they hold."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    ref = models.CharField(max_length=32, unique=True, default=new_top_up_ref, editable=False)
    giver_id = models.BigIntegerField()
    meter = models.CharField(max_length=LONGEST_KEY)
    units = models.PositiveIntegerField()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True, default="")
    given_by = models.CharField(max_length=200)
    once = models.CharField(max_length=64, blank=True, default="", db_default="")  # the form, so that twice is once

    class Meta:
        db_table = "top_up"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(units__gt=0), name="a_top_up_gives_something"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="a_top_up_ends_after_it_begins"
            ),
            models.UniqueConstraint(
                fields=["account", "giver_id", "once"], condition=~Q(once=""), name="a_form_gives_units_once"
            ),
        ]
        indexes = [models.Index(fields=["account", "until"], name="top_ups_of_an_account")]

    def __str__(self) -> str:
        return f"{self.units} {self.meter}"


class ServiceSetting(TenantModel):
    """How a managed service is set for an account; where there is no row, as the manifest says a client begins."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    giver_id = models.BigIntegerField()
    service = models.CharField(max_length=LONGEST_KEY)
    enabled = models.BooleanField(null=True)
    managed_by = models.CharField(max_length=10, blank=True, default="")
    allowance = models.PositiveIntegerField(null=True)
    sets_allowance = models.BooleanField(default=False)  # an allowance of null is then unlimited
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    set_by = models.CharField(max_length=200)

    class Meta:
        db_table = "service_setting"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "service"], condition=Q(until__isnull=True), name="a_service_is_set_one_way"
            )
        ]
        indexes = [models.Index(fields=["account", "until"], name="services_of_an_account")]

    def __str__(self) -> str:
        return self.service


class Pool(TenantModel):
    """Units of a meter that the vendor gives a reseller to share out. `oversell` in percent; null: caps are not added up.

    `account` is the reseller, whose clients draw from it.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    meter = models.CharField(max_length=LONGEST_KEY)
    size = models.BigIntegerField()
    oversell = models.PositiveIntegerField(null=True)

    class Meta:
        db_table = "quota_pool"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(fields=["account", "meter"], name="a_reseller_has_one_pool_of_a_meter"),
            models.CheckConstraint(condition=Q(size__gte=0), name="a_pool_holds_nothing_or_more"),
        ]

    def __str__(self) -> str:
        return f"{self.size} {self.meter}"


class Share(TenantModel):
    """What one client may draw from its reseller's pool: at least `reserve`, at most `cap` (null: what there is)."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="shares")
    reserve = models.BigIntegerField(default=0)
    cap = models.BigIntegerField(null=True)

    class Meta:
        db_table = "quota_share"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(fields=["account", "pool"], name="a_client_has_one_share_of_a_pool"),
            models.CheckConstraint(condition=Q(reserve__gte=0), name="a_reserve_is_nothing_or_more"),
            models.CheckConstraint(
                condition=Q(cap__isnull=True) | Q(cap__gte=F("reserve")), name="a_cap_is_not_below_the_reserve"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reserve}–{self.cap}"


class Apportionment(TenantModel):
    """That an account shares a meter out among the people of its team. `oversell` in percent of what it may use itself; null:
    upper limits are not added up. Its row is what whoever draws on behalf of a person waits for."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    meter = models.CharField(max_length=LONGEST_KEY)
    oversell = models.PositiveIntegerField(null=True)

    class Meta:
        db_table = "quota_apportionment"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(fields=["account", "meter"], name="an_account_shares_a_meter_out_one_way"),
        ]

    def __str__(self) -> str:
        return self.meter


class Portion(TenantModel):
    """What one person of a team may use of a meter in each period: at least `reserve`, at most `cap` units (null: what there is)."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    apportionment = models.ForeignKey(Apportionment, on_delete=models.CASCADE, related_name="portions", db_index=False)
    collaborator = models.ForeignKey(Collaborator, on_delete=models.CASCADE, related_name="+")
    reserve = models.BigIntegerField(default=0)
    cap = models.BigIntegerField(null=True)

    class Meta:
        db_table = "quota_portion"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(
                fields=["apportionment", "collaborator"], name="a_person_has_one_portion_of_a_meter"
            ),
            models.CheckConstraint(condition=Q(reserve__gte=0), name="a_kept_portion_is_nothing_or_more"),
            models.CheckConstraint(
                condition=Q(cap__isnull=True) | Q(cap__gte=F("reserve")), name="a_portion_goes_as_far_as_its_reserve"
            ),
        ]
        indexes = [models.Index(fields=["account"], name="portions_of_an_account")]

    def __str__(self) -> str:
        return f"{self.reserve}–{self.cap}"


class MeterState(TenantModel):
    """Where a meter stood when it was last looked at; no row: open. Derived: `operations.standing.look` makes it anew."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    meter = models.CharField(max_length=LONGEST_KEY)
    period_key = models.CharField(max_length=40)
    state = models.CharField(max_length=10)
    reached_at = models.DateTimeField(null=True)  # since when use has been at a limit that has days of grace
    resets_at = models.DateTimeField(null=True)  # from then on it says nothing: counting begins anew
    since = models.DateTimeField()

    class Meta:
        db_table = "meter_state"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(fields=["account", "meter"], name="a_meter_stands_in_one_place"),
            models.CheckConstraint(condition=Q(state__in=STATES), name="a_meter_is_in_a_known_state"),
        ]

    def __str__(self) -> str:
        return f"{self.meter} {self.state}"


class Alert(TenantModel):
    """A threshold that was crossed: once for each account, meter, period and limit.

    `threshold` in percent; `FORECAST` for use that will reach the limit on `day`, `REFUSAL` for the first that was refused.
    """

    FORECAST: ClassVar = 0
    REFUSAL: ClassVar = -1

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    meter = models.CharField(max_length=LONGEST_KEY)
    period_key = models.CharField(max_length=40)
    limit = models.BigIntegerField()  # in steps
    threshold = models.SmallIntegerField()
    used = models.BigIntegerField()
    day = models.DateField(null=True)
    at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)  # to the client's administrators
    digest_at = models.DateTimeField(null=True)  # to the reseller

    class Meta:
        db_table = "limit_alert"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "meter", "period_key", "limit", "threshold"], name="a_threshold_is_told_once"
            )
        ]
        indexes = [
            models.Index(fields=["account", "-at"], name="alerts_of_an_account"),
            models.Index(fields=["at"], condition=Q(told_at__isnull=True), name="alerts_to_be_told"),
            models.Index(fields=["at"], condition=Q(digest_at__isnull=True), name="alerts_for_a_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.meter} {self.threshold} %"


class EntitlementChange(TenantModel):
    """That an account's answer changed, with the latest number of the stream: one row for each account that ever did.

    On PostgreSQL the number is given at the commit (migration 0002), so that numbers are seen in their order.
    """

    account = models.OneToOneField(
        Account, primary_key=True, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    sequence = models.BigIntegerField(null=True, unique=True)

    class Meta:
        db_table = "entitlement_change"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"

    def __str__(self) -> str:
        return str(self.sequence)


class EntitlementDue(TenantModel):
    """When an account's answer changes by itself next."""

    account = models.OneToOneField(Account, primary_key=True, on_delete=models.CASCADE, related_name="+")
    due_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "entitlement_due"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"

    def __str__(self) -> str:
        return str(self.due_at)


class EntitlementClock(models.Model):
    """The last number of the stream, and the last at which everybody's answer may have changed. One row, the installation's."""

    sequence = models.BigIntegerField(default=0)
    everybody = models.BigIntegerField(default=0)

    class Meta:
        db_table = "entitlement_clock"

    def __str__(self) -> str:
        return str(self.sequence)

"""The reseller's access to a client, as it was asked for, approved and ended."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.core import grants
from sublet.foundation.refs import new_ref
from sublet.foundation.scope import TenantModel
from sublet.people.models.staff_teams import StaffTeam


def new_grant_ref() -> str:
    return new_ref("gra")


class Grant(TenantModel):
    """A reseller's access to one client: how far, for whom, why, from when to when; or a request for it.

    An account row: it goes with the client, and says nothing any more once another reseller stands above. A client without
    a grant is closed to its reseller, so one comes with every new client (`operations.newborns`).
    """

    class State(models.TextChoices):
        REQUESTED = grants.REQUESTED, _("Waiting for an answer")
        ACTIVE = grants.ACTIVE, _("In force")
        DECLINED = grants.DECLINED, _("Declined")
        ENDED = grants.ENDED, _("Ended")
        LAPSED = grants.LAPSED, _("Run out")

    #: Every client has one from the start: taking an import back does not call it used because of it.
    comes_with_account: ClassVar[bool] = True

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")  # the client's
    reseller = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)  # whose access
    ref = models.CharField(max_length=32, unique=True, default=new_grant_ref, editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    everywhere = models.CharField(max_length=6, default="none")  # the level on every section, now and later
    scope_words = models.JSONField(default=dict)  # section → level, where it goes further than that
    staff_ids = models.JSONField(null=True)  # users of the reseller's staff; None: all of it, and its API keys
    # Whoever is in it when it is asked; `staff_ids` then says nothing. With the team's row the grant would go: setting the
    # field to None instead would give it to all staff.
    team = models.ForeignKey(StaffTeam, null=True, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=500, blank=True, default="")
    wanted_start = models.DateTimeField(null=True)  # it begins then at the earliest; None: when it is given
    days = models.PositiveIntegerField(null=True)  # for how long it was asked; None: open
    extend_days = models.PositiveIntegerField(default=0)  # it goes on by itself for so long at each end; 0: it ends
    notice_days = models.PositiveSmallIntegerField(default=0)  # between the client's word and the end
    starts_at = models.DateTimeField(null=True)  # None: not approved
    ends_at = models.DateTimeField(null=True)  # None: open. From this instant on it gives nothing
    asked_by = models.CharField(max_length=200, blank=True, default="")
    asked_by_id = models.BigIntegerField(null=True)
    asked_side = models.CharField(max_length=10, default=grants.RESELLER_SIDE)
    asked_at = models.DateTimeField()
    decided_by = models.CharField(max_length=200, blank=True, default="")  # empty: it came with the account
    decided_at = models.DateTimeField(null=True)
    end_asked_at = models.DateTimeField(null=True)  # the side that does not decide would like it to end
    end_asked_reason = models.CharField(max_length=500, blank=True, default="")
    end_asked_left = models.JSONField(null=True)  # a scope: narrowed to that instead of ended
    reminded_at = models.DateTimeField(null=True)  # both sides were told that the end is near
    ended_at = models.DateTimeField(null=True)  # when it was written down; what counts is `ends_at`
    ended_by = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "grant_of_access"  # "grant" is a word of SQL
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=grants.GRANT_STATES), name="a_grant_has_a_known_state"),
            models.CheckConstraint(
                condition=~Q(state="active") | Q(starts_at__isnull=False), name="a_grant_in_force_has_begun"
            ),
        ]
        indexes = [
            # Both conditions repeat those of the schedule that looks for what is over.
            models.Index(
                fields=["ends_at"], condition=Q(state="active", ends_at__isnull=False), name="grants_that_will_end"
            ),
            models.Index(fields=["asked_at"], condition=Q(state="requested"), name="requests_for_access"),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def scope(self) -> grants.Scope:
        """How far it goes."""
        return grants.Scope.stored(self.everywhere, self.scope_words)

    @property
    def rule(self) -> grants.Grant:
        """What `core.grants` is asked with. Only for a grant that has begun."""
        if self.starts_at is None:
            raise ValueError(self.ref)
        people = None if self.staff_ids is None else frozenset(self.staff_ids)
        return grants.Grant(self.scope, people, self.starts_at, self.ends_at, self.team_id)

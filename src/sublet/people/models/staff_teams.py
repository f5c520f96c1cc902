"""Named teams of a reseller's staff, to which access to clients can be given."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Exists, Expression, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable

from sublet.accounts.models import Account
from sublet.foundation.refs import new_ref
from sublet.foundation.scope import TenantModel
from sublet.people.models.people import Collaborator


def new_staff_team_ref() -> str:
    return new_ref("tea")


class StaffTeam(TenantModel):
    """A named part of a reseller's staff. `removed_at` set: it is in no list and lets nobody in, and what it was called
    stays known to the grants that named it."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")  # the reseller's
    ref = models.CharField(max_length=32, unique=True, default=new_staff_team_ref, editable=False)
    name = models.CharField(max_length=80)
    name_key = models.CharField(max_length=240)  # the name whatever its case: folding can make it longer
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "staff_team"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "name_key"],
                condition=Q(removed_at__isnull=True),
                name="a_staff_team_has_a_name_of_its_own",
            )
        ]

    def __str__(self) -> str:
        return self.name


class StaffTeamMember(TenantModel):
    """A collaborator in a team. The row goes when the place ends: whoever comes back later is in no team."""

    scope_path: ClassVar[str] = "team__account"

    team = models.ForeignKey(StaffTeam, on_delete=models.CASCADE, related_name="members")
    collaborator = models.ForeignKey(Collaborator, on_delete=models.CASCADE, related_name="+")

    class Meta:
        db_table = "staff_team_member"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(fields=["team", "collaborator"], name="a_collaborator_is_in_a_team_once")
        ]

    def __str__(self) -> str:
        return f"{self.collaborator_id} in {self.team_id}"

    def tenant_id(self) -> int | None:
        return self.team.account_id


def members_now() -> QuerySet[StaffTeamMember]:
    """Who is in which team at this moment: in teams that there are, with places that have not ended."""
    # unscoped: the client's side asks, too, and what every request asks decides the scope
    return StaffTeamMember.unscoped.filter(
        team__removed_at__isnull=True, collaborator__ended_at__isnull=True, collaborator__user__is_active=True
    )


def is_in_team(team: str, person: Expression | Combinable | int) -> Exists:
    """Whether that person is now in the team whose number is in the field `team` of the row around."""
    return Exists(members_now().filter(Q(("collaborator__user_id", person)), team_id=OuterRef(team)))

"""Moves of accounts, the codes by which their receivers are named, and what stays with whoever is left."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sublet.accounts.models import Account
from sublet.core import tree
from sublet.foundation.refs import new_ref
from sublet.foundation.scope import TenantModel


def new_move_ref() -> str:
    return new_ref("mov")


class Move(TenantModel):
    """An account that gets another place in the tree: asked for, agreed to by everybody whose word it takes, done.

    Of a merge, `account` is the reseller that goes. `source` is the account above when it was asked, `target` where it goes
    (None: to nobody, it becomes a direct account). It belongs to the account that moves; both sides of it read it past the scope.
    """

    class Kind(models.TextChoices):
        DETACH = tree.DETACH, pgettext_lazy("move", "Becomes a direct account")
        ATTACH = tree.ATTACH, pgettext_lazy("move", "Becomes a client")
        TRANSFER = tree.TRANSFER, pgettext_lazy("move", "Goes to another reseller")
        MERGE = tree.MERGE, pgettext_lazy("move", "Two resellers become one")
        REVERT = tree.REVERT, pgettext_lazy("move", "Becomes a direct account again")
        ADOPT = tree.ADOPT, pgettext_lazy("move", "Is offered a place of its own")
        ADOPT_TO = tree.ADOPT_TO, pgettext_lazy("move", "Is offered another reseller")

    class State(models.TextChoices):
        ASKED = tree.ASKED, _("Waiting for an answer")
        APPROVED = tree.APPROVED, _("Being carried out")
        DECLINED = tree.DECLINED, _("Declined")
        TAKEN_BACK = tree.TAKEN_BACK, _("Taken back")
        LAPSED = tree.LAPSED, _("Run out")
        STOPPED = tree.STOPPED, pgettext_lazy("state", "Stopped")
        DONE = tree.DONE, pgettext_lazy("state", "Done")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    ref = models.CharField(max_length=32, unique=True, default=new_move_ref, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices)
    source = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    target = models.ForeignKey(Account, null=True, on_delete=models.CASCADE, related_name="+")
    # As it was called when it was asked: whoever it has left hears no newer name.
    account_name = models.CharField(max_length=200, blank=True, default="", db_default="")
    reason = models.CharField(max_length=500, blank=True, default="")
    asked_side = models.CharField(max_length=7)  # of core.tree.PARTIES, or OFFERED
    asked_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    lapses_at = models.DateTimeField(null=True)  # None: it was done at once
    agreed = models.JSONField(default=dict)  # party → [name, ISO instant]
    ended_by = models.CharField(max_length=200, blank=True, default="")
    ended_at = models.DateTimeField(null=True)  # done, declined, taken back, run out
    plan = models.JSONField(default=dict)  # what was shown before it was asked for (`queries.plans.Plan`)
    moved = models.PositiveIntegerField(default=0)  # of a merge: how many clients have gone over
    job_id = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        db_table = "move"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=tree.MOVES), name="a_move_has_a_known_kind"),
            models.CheckConstraint(condition=Q(state__in=tree.MOVE_STATES), name="a_move_has_a_known_state"),
            models.UniqueConstraint(
                fields=["account"], condition=Q(state__in=tree.OPEN_STATES), name="an_account_moves_once_at_a_time"
            ),
        ]
        indexes = [
            models.Index(fields=["source", "-id"], name="moves_from_a_reseller"),
            models.Index(fields=["target", "-id"], name="moves_to_a_reseller"),
            # The condition repeats that of the schedule that looks for what nobody answered.
            models.Index(fields=["lapses_at"], condition=Q(state="asked"), name="moves_that_wait"),
        ]

    def __str__(self) -> str:
        return self.ref


class MovingCode(TenantModel):
    """By what others name an account that they want to move to, or to take in: it gives the code out, nobody searches for it.

    Opens nothing by itself. One at a time; another takes its place.
    """

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(max_length=14, unique=True)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "moving_code"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"

    def __str__(self) -> str:
        return f"code of {self.account_id}"


class FormerClient(TenantModel):
    """A client that has left, with what its reseller kept about it. A reseller row: it stays, and tells nothing newer."""

    scope_path: ClassVar[str] = "account"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)  # the reseller's
    client_ref = models.CharField(max_length=32)
    name = models.CharField(max_length=200)
    notes = models.TextField(blank=True, default="")
    external_id = models.CharField(max_length=100, blank=True, default="")
    tags = models.JSONField(default=list)
    kind = models.CharField(max_length=8, choices=Move.Kind.choices)  # how it left
    went_to = models.CharField(max_length=200, blank=True, default="")  # the reseller's name, where that was told
    left_at = models.DateTimeField()

    class Meta:
        db_table = "former_client"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        indexes = [models.Index(fields=["account", "-id"], name="former_clients_of_a_reseller")]

    def __str__(self) -> str:
        return self.name

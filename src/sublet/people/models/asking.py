"""Asking for a right that one lacks, and what a reseller does instead of giving it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.foundation.refs import new_ref
from sublet.foundation.scope import TenantModel
from sublet.people.models.people import Collaborator


def new_request_ref() -> str:
    return new_ref("req")


class SectionService(TenantModel):
    """What a reseller offers to do in a section that it keeps for itself, in words for each language. A reseller row."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")  # the reseller's
    section = models.CharField(max_length=80)  # with its prefix: ``product.design``
    names = models.JSONField(default=dict)  # language → name
    texts = models.JSONField(default=dict)  # language → what is done
    prices = models.JSONField(default=dict)  # language → the price in words: nothing computes with it
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "section_service"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [models.UniqueConstraint(fields=["account", "section"], name="a_section_has_one_service")]

    def __str__(self) -> str:
        return self.section


class AccessRequest(TenantModel):
    """Somebody asks for a right, or for the reseller's service instead. Answered by the owner's side or by the reseller."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Taken back")

    class Addressee(models.TextChoices):
        OWNER = "owner", _("Owner")
        RESELLER = "reseller", _("Reseller")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")  # where the right is wanted
    ref = models.CharField(max_length=32, unique=True, default=new_request_ref, editable=False)
    collaborator = models.ForeignKey(Collaborator, on_delete=models.CASCADE, related_name="+")
    section = models.CharField(max_length=80)
    level = models.CharField(max_length=6)
    addressee = models.CharField(max_length=8, choices=Addressee.choices)
    service_name = models.CharField(max_length=120, blank=True, default="")  # as it was called when it was asked for
    service_price = models.CharField(max_length=120, blank=True, default="")
    note = models.CharField(max_length=500, blank=True, default="")
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=200, blank=True, default="")
    answer = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        db_table = "access_request"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(
                fields=["collaborator", "section"], condition=Q(state="open"), name="a_right_is_asked_for_once"
            ),
        ]
        indexes = [models.Index(fields=["account", "-id"], name="requests_of_an_account")]

    def __str__(self) -> str:
        return self.ref

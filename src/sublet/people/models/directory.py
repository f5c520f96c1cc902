"""What an account's directory (the list of people that a company keeps elsewhere) has told of people and groups."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from sublet.accounts.models import Account
from sublet.foundation.refs import new_ref
from sublet.foundation.scope import TenantModel
from sublet.people.models.people import Collaborator


def new_directory_person_ref() -> str:
    return new_ref("dpn")


def new_directory_group_ref() -> str:
    return new_ref("dgr")


class Directory(TenantModel):
    """Whether an account's directory may keep its team, and when it last spoke. No row: never switched on."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="+")
    is_on = models.BooleanField(default=False)
    without_mail = models.BooleanField(
        default=False
    )  # people of proved domains come in by the company log-in, uninvited
    switched_at = models.DateTimeField()
    switched_by = models.CharField(max_length=200, blank=True, default="")
    heard_at = models.DateTimeField(null=True)  # the last request that was let in, to the minute
    changed_at = models.DateTimeField(null=True)  # the last that changed something
    refused_at = models.DateTimeField(null=True)  # the last that was refused, and why
    refusal = models.CharField(max_length=300, blank=True, default="")  # the sentence of the source, not yet translated
    refusal_params = models.JSONField(default=dict, blank=True)  # what is filled into it

    class Meta:
        db_table = "directory"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"

    def __str__(self) -> str:
        return f"directory of {self.account_id}"


class DirectoryPerson(TenantModel):
    """A person as the account's directory describes it. What it may do is its place's (or its invitation's) to say.

    `document` holds what the directory wrote and reads again; the columns beside it are what is searched for. `user_key`
    is the user name without regard to case. `collaborator` is the place, once there is one: a live one, or one that the
    directory itself has ended and gives back. Whoever was removed by hand, or left, has none and is invited anew.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    ref = models.CharField(max_length=32, unique=True, default=new_directory_person_ref, editable=False)
    user_key = models.CharField(max_length=254)
    email = models.CharField(max_length=254)  # in lower case: where an invitation goes
    external_id = models.CharField(max_length=254, blank=True, default="")
    name = models.CharField(max_length=200, blank=True, default="")
    is_active = models.BooleanField(default=True)
    document = models.JSONField(default=dict)
    collaborator = models.ForeignKey(Collaborator, null=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "directory_person"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(fields=["account", "user_key"], name="a_directory_names_a_person_once"),
            models.UniqueConstraint(fields=["account", "email"], name="a_directory_has_an_address_once"),
            models.UniqueConstraint(fields=["collaborator"], name="a_place_has_one_entry"),
        ]
        indexes = [
            models.Index(fields=["account", "id"], name="people_of_a_directory"),
            models.Index(fields=["account", "external_id"], name="directory_people_by_their_id"),
        ]

    def __str__(self) -> str:
        return self.ref


class DirectoryGroup(TenantModel):
    """A group as the account's directory describes it, and the role that its members get; an empty role gives nothing."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    ref = models.CharField(max_length=32, unique=True, default=new_directory_group_ref, editable=False)
    name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=200)  # without regard to case
    external_id = models.CharField(max_length=254, blank=True, default="")
    role = models.CharField(max_length=60, blank=True, default="")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "directory_group"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(fields=["account", "name_key"], name="a_directory_names_a_group_once"),
        ]
        indexes = [models.Index(fields=["account", "id"], name="groups_of_a_directory")]

    def __str__(self) -> str:
        return self.ref


class DirectoryMembership(TenantModel):
    """A person in a group of the directory."""

    scope_path: ClassVar[str] = "group__account"

    group = models.ForeignKey(DirectoryGroup, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey(DirectoryPerson, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        db_table = "directory_membership"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [models.UniqueConstraint(fields=["group", "person"], name="a_person_is_in_a_group_once")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.group_id}"

    def tenant_id(self) -> int | None:
        return self.group.account_id

"""Persons, their places and rights on accounts, and what opens them: invitations, links, visits, keys."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.core.rights import Rights
from sublet.foundation.refs import new_ref
from sublet.foundation.scope import TenantModel


def new_user_ref() -> str:
    return new_ref("usr")


def new_collaborator_ref() -> str:
    return new_ref("col")


def new_invitation_ref() -> str:
    return new_ref("inv")


def new_impersonation_ref() -> str:
    return new_ref("ims")


def new_key_ref() -> str:
    return new_ref("key")


def new_withdrawal_ref() -> str:
    return new_ref("wdr")


class UserManager(BaseUserManager["User"]):
    """What Django's password tools ask for: people are found by their e-mail address, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A person who can log in. Belongs to no account: collaborators say where it may work.

    `email` is stored in lower case and unique. A user without a usable password has yet to accept an invitation.
    """

    class Theme(models.TextChoices):
        AUTO = "auto", _("As the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    ref = models.CharField(max_length=32, unique=True, default=new_user_ref, editable=False)
    email = models.CharField(max_length=254, unique=True)
    name = models.CharField(max_length=200, blank=True, default="")
    language = models.CharField(max_length=5, blank=True, default="")  # empty: the account's, then the browser's
    timezone = models.CharField(max_length=50, blank=True, default="")
    theme = models.CharField(max_length=5, choices=Theme.choices, default=Theme.AUTO)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    session_epoch = models.PositiveIntegerField(default=0)  # grows when all log-ins of this person must end
    password_by_mail_at = models.DateTimeField(
        null=True
    )  # set by a link in the mailbox, and no second factor shown since

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        db_table = "person"

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name or self.email


class Section(models.Model):
    """An area of the host product, as the product manifest declares it. The vendor's: the same for every account."""

    key = models.CharField(max_length=60, unique=True)
    names = models.JSONField(default=dict)  # language → name
    group = models.CharField(max_length=60, blank=True, default="")
    group_names = models.JSONField(default=dict)
    icon = models.CharField(max_length=40, blank=True, default="")
    address = models.CharField(max_length=500, blank=True, default="")
    levels = models.JSONField(default=list)  # ["view", "manage"] or a part of it
    vendor_mark = models.BooleanField(default=False)
    position = models.PositiveIntegerField(default=0)
    conditional = models.BooleanField(default=False)  # it depends on what an account has (`queries.gates`)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "section"
        ordering: ClassVar[list[str]] = ["position", "key"]

    def __str__(self) -> str:
        return self.key


class RolePreset(models.Model):
    """A named set of rights that fills the form; never checked by code. The vendor's, from the product manifest."""

    key = models.CharField(max_length=60, unique=True)
    names = models.JSONField(default=dict)
    rights = models.JSONField(default=dict)  # product section key → level word
    position = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "role_preset"
        ordering: ClassVar[list[str]] = ["position", "key"]

    def __str__(self) -> str:
        return self.key


class Collaborator(TenantModel):
    """A user's place on one account, with rights. `ended_at` set: no longer."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="collaborators")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="collaborators")
    ref = models.CharField(max_length=32, unique=True, default=new_collaborator_ref, editable=False)
    is_owner = models.BooleanField(default=False)
    rights_words = models.JSONField(default=dict)  # section → "view" | "manage"
    role = models.CharField(max_length=60, blank=True, default="")  # the preset that filled the form, for display
    reaches_all = models.BooleanField(
        default=True
    )  # reseller staff: all clients, or those in Reach and with `reach_tags`
    reach_tags = models.JSONField(default=list)  # names of tags: whoever carries one is reached, for as long as it does
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "collaborator"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "user"],
                condition=Q(ended_at__isnull=True),
                name="a_user_has_one_place_on_an_account",
            ),
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(is_owner=True, ended_at__isnull=True),
                name="an_account_has_one_owner",
            ),
        ]
        indexes = [models.Index(fields=["user"], condition=Q(ended_at__isnull=True), name="places_of_a_user")]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.account_id}"

    @property
    def ticked(self) -> Rights:
        """The rights as ticked; `core.rights.effective` says what they come to."""
        return Rights.of(self.rights_words)


class Reach(TenantModel):
    """One client that a collaborator of a reseller is confined to."""

    scope_path: ClassVar[str] = "collaborator__account"

    collaborator = models.ForeignKey(Collaborator, on_delete=models.CASCADE, related_name="reach")
    client = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")

    class Meta:
        db_table = "reach"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [models.UniqueConstraint(fields=["collaborator", "client"], name="a_client_is_reached_once")]

    def __str__(self) -> str:
        return f"{self.collaborator_id} reaches {self.client_id}"

    def tenant_id(self) -> int | None:
        return self.collaborator.account_id


class Invitation(TenantModel):
    """An offer to become a collaborator, used once. The token itself is only in the mail; here is its hash."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    ref = models.CharField(max_length=32, unique=True, default=new_invitation_ref, editable=False)
    email = models.CharField(max_length=254)
    name = models.CharField(max_length=200, blank=True, default="")
    language = models.CharField(max_length=5)
    is_owner = models.BooleanField(default=False)
    rights_words = models.JSONField(default=dict)
    role = models.CharField(max_length=60, blank=True, default="")
    reaches_all = models.BooleanField(default=True)
    reach_ids = models.JSONField(default=list)
    reach_tags = models.JSONField(default=list)
    old_owner_leaves = models.BooleanField(default=False)  # when an owner is invited: whether the one before leaves
    token_hash = models.CharField(max_length=64, unique=True)
    host = models.CharField(max_length=253)  # the link works on this host only
    # Each one has a link of its own; only the last works. None at all: the company log-in lets its person in.
    sends = models.PositiveSmallIntegerField(default=1)
    # Whose right to invite is asked for again when the invitation is accepted; both empty: the installation's own.
    inviter = models.ForeignKey(Collaborator, null=True, on_delete=models.CASCADE, related_name="+")
    inviter_key = models.ForeignKey("ApiKey", null=True, on_delete=models.CASCADE, related_name="+")
    invited_by_id = models.BigIntegerField(null=True)
    invited_by_name = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "invitation"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "email"],
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="an_address_has_one_open_invitation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.account_id}"

    @property
    def spoken_for_by(self) -> str:
        """Who invites, as the invited person reads it: what a key is called means something to its own team only."""
        return self.inviter_key.account.name if self.inviter_key is not None else self.invited_by_name


class PersonLink(models.Model):
    """A one-time link to a person: password reset, e-mail change, crossing to another host. Only its hash is stored.

    Belongs to a person, not to an account: read by hash alone.
    """

    class Purpose(models.TextChoices):
        PASSWORD = "password", _("Password")
        EMAIL = "email", _("E-mail")
        CROSSING = "crossing", _("Crossing")
        SIGN_UP = "sign-up", _("Sign-up")
        CODE = "code", _("Code")
        LOG_IN = "log-in", _("Log in")

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    token_hash = models.CharField(max_length=64, unique=True)
    host = models.CharField(max_length=253)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "person_link"

    def __str__(self) -> str:
        return f"{self.purpose} of {self.user_id}"


class Throttle(models.Model):
    """Failed or costly attempts in a window, by a hashed key (address or e-mail). Derived: may be emptied at any time."""

    key = models.CharField(max_length=64, primary_key=True)
    window_start = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "throttle"

    def __str__(self) -> str:
        return self.key


class Impersonation(TenantModel):
    """Acting in a client's account from the reseller's staff: with a reason, an end, and a record of each request."""

    class Mode(models.TextChoices):
        RESELLER = "reseller", _("As reseller")
        CLIENT = "client", _("As the client")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")  # the client's
    ref = models.CharField(max_length=32, unique=True, default=new_impersonation_ref, editable=False)
    mode = models.CharField(max_length=10, choices=Mode.choices)
    staff_collaborator = models.ForeignKey(Collaborator, on_delete=models.CASCADE, related_name="+")
    as_collaborator = models.ForeignKey(Collaborator, null=True, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=500)
    team_names = models.JSONField(default=list)  # by grants to which teams it could begin, as they were called then
    host = models.CharField(max_length=253)
    session_hash = models.CharField(max_length=64, blank=True, default="")  # the browser session that may use it
    origin_host = models.CharField(max_length=253, blank=True, default="")  # where it was begun, and the way back
    # The page there; after the end without query.
    origin_path = models.CharField(max_length=2000, blank=True, default="", db_default="")
    origin_hash = models.CharField(max_length=64, blank=True, default="")  # the session in which it was begun
    staff_epoch = models.PositiveIntegerField(default=0)  # it ends with all log-ins of the person behind it
    code_hash = models.CharField(max_length=64, blank=True, default="")  # one-time code for entering on another host
    code_expires_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField()
    last_used_at = models.DateTimeField()
    expires_at = models.DateTimeField()  # an hour after the start at the latest
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=10, blank=True, default="")  # person, idle, time, access, log-out, off

    class Meta:
        db_table = "impersonation"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(
                fields=["code_hash"], condition=~Q(code_hash=""), name="a_code_opens_one_impersonation"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="impersonations_of_a_client"),
            models.Index(fields=["last_used_at"], condition=Q(ended_at__isnull=True), name="impersonations_that_run"),
            models.Index(fields=["origin_hash"], condition=Q(ended_at__isnull=True), name="impersonations_of_session"),
        ]

    def __str__(self) -> str:
        return self.ref


class ImpersonationRequest(TenantModel):
    """One request made while acting in a client's account."""

    scope_path: ClassVar[str] = "impersonation__account"

    impersonation = models.ForeignKey(Impersonation, on_delete=models.CASCADE, related_name="requests")
    at = models.DateTimeField()
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=300)
    status = models.PositiveSmallIntegerField()
    request_id = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        db_table = "impersonation_request"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def tenant_id(self) -> int | None:
        return self.impersonation.account_id


class VisitRule(TenantModel):
    """What an account decided about visits. No row: what holds without a decision."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="+")
    entering = models.BooleanField(default=True)  # vendor, reseller: staff may log in as clients
    notice = models.BooleanField(null=True)  # client: a mail when a visit begins; None: if the account is its own

    class Meta:
        db_table = "visit_rule"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"

    def __str__(self) -> str:
        return f"visits of {self.account_id}"


class ApiKey(TenantModel):
    """A secret that acts with rights for one account. Shown once; stored hashed."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    ref = models.CharField(max_length=32, unique=True, default=new_key_ref, editable=False)
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16)
    secret_hash = models.CharField(max_length=64, unique=True)
    rights_words = models.JSONField(default=dict)
    reaches_all = models.BooleanField(default=True)  # a key reaches no further than whoever made it did
    reach_ids = models.JSONField(default=list)
    created_at = models.DateTimeField()
    created_by_id = models.BigIntegerField(null=True)  # the person behind it, also of a key that a key made
    created_by_name = models.CharField(max_length=200)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    last_used_from = models.CharField(max_length=45, blank=True, default="")
    revoked_at = models.DateTimeField(null=True)
    allowed_from = models.JSONField(default=list)  # ranges of addresses; empty: from everywhere
    refused_at = models.DateTimeField(null=True)  # when it was last used from elsewhere
    refused_from = models.CharField(max_length=45, blank=True, default="")
    rotated_at = models.DateTimeField(null=True)
    old_prefix = models.CharField(max_length=16, blank=True, default="")  # the secret before, good until `old_until`
    old_secret_hash = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001 - two keys without one differ
    old_until = models.DateTimeField(null=True)
    old_used_at = models.DateTimeField(null=True)
    old_used_from = models.CharField(max_length=45, blank=True, default="")

    class Meta:
        db_table = "api_key"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"

    def __str__(self) -> str:
        return self.name


class Withdrawal(TenantModel):
    """A section that a reseller took away from its clients' people in one go. A reseller row: it stays.

    `next_id` is the collaborator after which a run goes on when it was interrupted.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        RETURNING = "returning", _("Being given back")
        RETURNED = "returned", _("Given back")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")  # the reseller's
    ref = models.CharField(max_length=32, unique=True, default=new_withdrawal_ref, editable=False)
    section = models.CharField(max_length=80)  # with its prefix: ``product.design``
    level = models.CharField(max_length=6, default="none")  # what is left: none or view
    client_ids = models.JSONField(null=True)  # None: all clients that whoever did it reaches
    reach_ids = models.JSONField(null=True)  # that person's reach then; None: every client
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    people = models.PositiveIntegerField(default=0)  # from how many it was taken
    next_id = models.BigIntegerField(default=0)
    job_id = models.CharField(max_length=40, blank=True, default="")
    reason = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    returned_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "withdrawal"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        indexes = [models.Index(fields=["account", "-id"], name="withdrawals_of_a_reseller")]

    def __str__(self) -> str:
        return self.ref


class WithdrawnRight(TenantModel):
    """What one collaborator (or one invited) lost in a withdrawal: what giving back gives back, and nothing more."""

    scope_path: ClassVar[str] = "withdrawal__account"

    withdrawal = models.ForeignKey(Withdrawal, on_delete=models.CASCADE, related_name="taken")
    collaborator = models.ForeignKey(Collaborator, null=True, on_delete=models.CASCADE, related_name="+")
    invitation = models.ForeignKey(
        Invitation, null=True, on_delete=models.CASCADE, related_name="+"
    )  # not accepted then
    level = models.CharField(max_length=6)

    class Meta:
        db_table = "withdrawn_right"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(fields=["withdrawal", "collaborator"], name="a_right_is_withdrawn_once"),
        ]

    def __str__(self) -> str:
        return f"{self.level} of {self.collaborator_id or self.invitation_id}"

    def tenant_id(self) -> int | None:
        return self.withdrawal.account_id

"""Single sign-on: the programs of the host product, who is signed on there, and the keys that sign what they are told."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from sublet.accounts.models import Account
from sublet.foundation.refs import new_ref
from sublet.foundation.scope import TenantModel
from sublet.people.models import Impersonation, LogIn, User


def new_application_ref() -> str:
    return new_ref("app")


def new_sign_on_ref() -> str:
    return new_ref("sgn")


class SigningKey(models.Model):
    """A key pair. The private half is encrypted under the installation's secret key, which is outside the database."""

    kid = models.CharField(max_length=32, unique=True)
    algorithm = models.CharField(max_length=5)  # RS256 for what programs are told, ES256 for identity headers
    sealed = models.TextField()
    public = models.JSONField()  # as published
    created_at = models.DateTimeField()
    signs_from = models.DateTimeField()  # published before, so that nobody meets a signature it cannot check
    published_until = models.DateTimeField(null=True)  # None: until another follows

    class Meta:
        db_table = "signing_key"

    def __str__(self) -> str:
        return self.kid


class Application(TenantModel):
    """A program of the host product that lets people sign on through us. The vendor's; used on every host."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")  # the vendor's
    ref = models.CharField(max_length=32, unique=True, default=new_application_ref, editable=False)
    name = models.CharField(max_length=80)
    secret_hash = models.CharField(max_length=64)
    redirect_addresses = models.JSONField(default=list)  # address templates: {host} is the host signed on at
    logout_addresses = models.JSONField(default=list)
    login_address = models.CharField(max_length=500, blank=True, default="")  # where a sign-on can be begun by us
    notice_address = models.CharField(max_length=500, blank=True, default="")  # back-channel log-out
    created_at = models.DateTimeField()
    created_by_name = models.CharField(max_length=200)
    last_used_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "application"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"

    def __str__(self) -> str:
        return self.name


class SignOn(TenantModel):
    """A person at an application, in one account, on one host, for as long as the log-in (or visit) behind it lasts."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")  # in which it works
    ref = models.CharField(max_length=32, unique=True, default=new_sign_on_ref, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")  # who is told of: in a visit, acted as
    impersonation = models.ForeignKey(Impersonation, null=True, on_delete=models.CASCADE, related_name="+")
    host = models.CharField(max_length=253)
    browser_hash = models.CharField(max_length=64)  # the log-in in that browser: it ends with it
    log_in = models.ForeignKey(
        LogIn, null=True, on_delete=models.SET_NULL, related_name="+"
    )  # the same, as its person lists it
    epoch = models.PositiveIntegerField()  # of whoever sits at the browser
    scopes = models.CharField(max_length=100)
    nonce = models.CharField(max_length=500, blank=True, default="")
    authenticated_at = models.DateTimeField()
    methods = models.JSONField(default=list)  # how: RFC 8176
    came = models.JSONField(null=True)  # the account's company log-in's part in it (`CameIn`); none where that had none
    is_look = models.BooleanField(default=False)  # the scan's own: to look, while it runs (`operations.looks`)
    started_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=10, blank=True, default="")  # log-out, access, time, reuse, removed, looked

    class Meta:
        db_table = "sign_on"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        indexes = [
            models.Index(fields=["browser_hash"], condition=Q(ended_at__isnull=True), name="sign_ons_of_a_browser"),
            models.Index(fields=["account"], condition=Q(ended_at__isnull=True), name="sign_ons_that_run"),
            models.Index(fields=["expires_at"], name="sign_ons_by_end"),
        ]

    def __str__(self) -> str:
        return self.ref


class SignOnToken(TenantModel):
    """A one-time code, an access token or a refresh token of a sign-on. Only the SHA-256 is stored."""

    scope_path: ClassVar[str] = "sign_on__account"

    class Kind(models.TextChoices):
        CODE = "code"
        ACCESS = "access"
        REFRESH = "refresh"

    sign_on = models.ForeignKey(SignOn, on_delete=models.CASCADE, related_name="tokens")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    secret_hash = models.CharField(max_length=64, unique=True)
    redirect_uri = models.CharField(max_length=1000, blank=True, default="")  # of a code
    challenge = models.CharField(max_length=43, blank=True, default="")  # of a code: PKCE, S256
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)  # of a code or refresh token: a second use ends the sign-on

    class Meta:
        db_table = "sign_on_token"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        indexes = [models.Index(fields=["expires_at"], name="sign_on_tokens_by_end")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.sign_on_id}"

    def tenant_id(self) -> int | None:
        return self.sign_on.account_id

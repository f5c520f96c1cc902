"""In whose name mail leaves, with which signature, by which server; and who is not written to any more."""

from __future__ import annotations

from django.db import models

from sublet.accounts.models import Account
from sublet.foundation.refs import new_ref
from sublet.foundation.scope import TenantModel


def new_sender_domain_ref() -> str:
    return new_ref("sdom")


def new_suppression_ref() -> str:
    return new_ref("supp")


class SenderDomain(TenantModel):
    """A domain in whose name an account wants to write. Its keys in DNS are the proof: no table of names is needed.

    `proved_for` says for which way out the proof holds (`senders.Way.mark`): another server is another proof.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        PROVED = "proved"
        LOST = "lost"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    ref = models.CharField(max_length=32, unique=True, default=new_sender_domain_ref, editable=False)
    domain = models.CharField(max_length=253)  # lower case, A-labels
    state = models.CharField(max_length=7, choices=State.choices, default=State.PENDING)
    proved_for = models.CharField(max_length=400, blank=True, default="")
    findings = models.JSONField(default=list)  # of the last check: core.senders.Finding as mappings
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    check_asked_at = models.DateTimeField(null=True)  # by a person, or by what makes the last check worthless
    next_check_at = models.DateTimeField()
    proved_at = models.DateTimeField(null=True)
    lost_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sender_domain"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(fields=["account", "domain"], name="an_account_has_a_sender_domain_once")
        ]
        indexes = [models.Index(fields=["next_check_at"], name="sender_domains_to_check")]

    def __str__(self) -> str:
        return self.domain


class DkimKey(TenantModel):
    """A key that signs for a domain. A waiting one signs once it was seen in DNS; then the one before rests."""

    class State(models.TextChoices):
        WAITING = "waiting"
        ACTIVE = "active"
        RESTING = "resting"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    domain = models.ForeignKey(SenderDomain, on_delete=models.CASCADE, related_name="+", db_index=False)
    selector = models.CharField(max_length=40)
    algorithm = models.CharField(max_length=10, default="rsa")  # core.senders.ALGORITHMS
    public = models.TextField()  # base64, as in DNS
    private_box = models.TextField()  # sealed PEM, for Ed25519 the base64 of the key
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    rests_until = models.DateTimeField(null=True)  # until then its record stays, for mail that is under way

    class Meta:
        db_table = "dkim_key"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(fields=["domain", "selector"], name="a_selector_is_used_once"),
            models.UniqueConstraint(
                fields=["domain", "algorithm"],
                condition=models.Q(state="active"),
                name="a_domain_has_one_active_key_of_a_kind",
            ),
            models.UniqueConstraint(
                fields=["domain", "algorithm"],
                condition=models.Q(state="waiting"),
                name="a_domain_has_one_waiting_key_of_a_kind",
            ),
        ]
        indexes = [models.Index(fields=["account"], name="dkim_keys_of_an_account")]

    def __str__(self) -> str:
        return self.selector


class Sender(TenantModel):
    """What an account sets of one of its two identities. An empty field is inherited from the account above.

    `mailboxes`: language to what stands before the @, ``""`` for every other language; they belong to `domain`.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    identity = models.CharField(max_length=7)  # core.senders.IDENTITIES
    name = models.CharField(max_length=80, blank=True, default="")
    domain = models.ForeignKey(SenderDomain, on_delete=models.SET_NULL, null=True, related_name="+")
    mailboxes = models.JSONField(default=dict)
    reply_to = models.CharField(max_length=254, blank=True, default="")
    version = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "sender"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [models.UniqueConstraint(fields=["account", "identity"], name="an_account_has_each_sender_once")]

    def __str__(self) -> str:
        return f"{self.identity} of {self.account_id}"


class MailServer(TenantModel):
    """How mail of an account and its clients leaves, when it is not by the installation's own server.

    `kind`: ``smtp`` (host, port, …) or ``provider`` (an API of `providers.PROVIDERS`). `secret_box` is the password or key.
    `spf` is the mechanism that names an own server; `selectors` and `return_path` are what a provider had entered in DNS.
    """

    class State(models.TextChoices):
        NEW = "new"
        WORKS = "works"
        FAILS = "fails"

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8)
    host = models.CharField(max_length=253, blank=True, default="")
    port = models.PositiveIntegerField(default=0)
    tls = models.CharField(max_length=8, blank=True, default="")
    user = models.CharField(max_length=254, blank=True, default="")
    provider = models.CharField(max_length=20, blank=True, default="")
    secret_box = models.TextField(blank=True, default="")
    spf = models.CharField(max_length=200, blank=True, default="")
    selectors = models.CharField(max_length=200, blank=True, default="")
    return_path = models.CharField(max_length=63, blank=True, default="")  # a label; empty: the domain itself
    hook_box = models.TextField(blank=True, default="")  # sealed: with what the provider signs its webhooks
    hook_salt = models.CharField(max_length=32, blank=True, default="")  # of the word in the webhook's address
    hook_before = models.CharField(max_length=32, blank=True, default="")  # that of the word before
    hook_before_until = models.DateTimeField(null=True)
    state = models.CharField(max_length=5, choices=State.choices, default=State.NEW)
    why = models.CharField(max_length=12, blank=True, default="")  # it fails: of lines.REASONS
    answer = models.CharField(max_length=300, blank=True, default="")
    checked_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "mail_server"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"

    def __str__(self) -> str:
        return f"{self.kind} of {self.account_id}"


class Suppression(TenantModel):
    """An address that gets nothing any more of a brand; with `everywhere`, of any. `account` is whose list it is."""

    class Reason(models.TextChoices):
        BOUNCED = "bounced"
        COMPLAINED = "complained"
        BY_HAND = "by-hand"
        OPTED_OUT = "opted-out"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    ref = models.CharField(max_length=32, unique=True, default=new_suppression_ref, editable=False)
    email = models.CharField(max_length=254)  # in lower case
    everywhere = models.BooleanField(default=False)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    answer = models.CharField(max_length=300, blank=True, default="")
    template = models.CharField(
        max_length=60, blank=True, default="", db_default=""
    )  # of one kind of mail alone; empty: of all
    created_at = models.DateTimeField()

    class Meta:
        db_table = "suppression"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(fields=["account", "email", "template"], name="an_address_is_suppressed_once")
        ]
        indexes = [
            models.Index(fields=["email"], condition=models.Q(everywhere=True), name="suppressed_everywhere"),
        ]

    def __str__(self) -> str:
        return self.email

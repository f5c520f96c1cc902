"""What was written to whom, in whose name; and which programs outside are told of what happens."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.foundation.refs import new_ref
from sublet.foundation.scope import TenantModel
from sublet.messaging.sender_models import DkimKey, MailServer, Sender, SenderDomain, Suppression


def new_endpoint_ref() -> str:
    return new_ref("hook")


class OutboxMail(TenantModel):
    """One mail, kept as it was rendered. `account` is the one it is about, whose brand it wears."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        SENDING = "sending", _("Being handed over")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Refused")
        UNKNOWN = "unknown", _("Not known whether it arrived")
        WITHHELD = "withheld", _("Not sent: the address is suppressed")
        LEFT = "left", _("Not sent: the account has moved")

    id = models.UUIDField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    template = models.CharField(max_length=80)
    identity = models.CharField(max_length=7, default="account")  # which of the brand's two senders it leaves by
    key = models.CharField(max_length=120, unique=True)  # the intent: the same mail is never queued twice
    language = models.CharField(max_length=5)
    to_email = models.CharField(max_length=254)
    to_name = models.CharField(max_length=200, blank=True, default="")
    from_email = models.CharField(max_length=254)
    from_name = models.CharField(max_length=200)
    reply_to = models.CharField(max_length=254, blank=True, default="")
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField()
    secret = models.BooleanField(default=False)  # holds a one-time link: shown to nobody, emptied when it is over
    shown_text = models.TextField(blank=True, default="")  # of a secret mail: as it was, without link and code
    shown_html = models.TextField(blank=True, default="")
    message_id = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    answer = models.CharField(max_length=500, blank=True, default="")
    attempts = models.PositiveIntegerField(default=0)  # how often the end of the message was about to go out
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    left_by_platform = models.BooleanField(null=True)  # False: another's server saw its seal
    provider_id = models.CharField(max_length=200, blank=True, default="")  # ``provider:number`` of whoever took it
    batch = models.UUIDField(null=True)  # sent by one job with the others of this number
    copies = models.PositiveSmallIntegerField(
        default=0
    )  # how often it was sent again after it had been sent; of a copy: which
    attached = models.CharField(max_length=40, blank=True, default="", db_default="")  # the reference of its file
    copy_of = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)

    class Meta:
        db_table = "outbox_mail"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        indexes = [
            models.Index(fields=["account", "-id"], name="mails_of_an_account"),
            models.Index(fields=["state", "-id"], name="mails_of_a_state"),
            models.Index(fields=["to_email", "-id"], name="mails_to_an_address"),
            models.Index(fields=["provider_id"], condition=~models.Q(provider_id=""), name="mails_of_a_provider"),
            models.Index(fields=["batch", "id"], condition=models.Q(batch__isnull=False), name="mails_of_a_batch"),
            models.Index(fields=["attached"], condition=~models.Q(attached=""), name="mails_with_a_file"),
            models.Index(fields=["copy_of"], condition=models.Q(copy_of__isnull=False), name="copies_of_a_mail"),
        ]

    def __str__(self) -> str:
        return f"{self.template} to {self.to_email}"


class ReturnedMail(TenantModel):
    """What came back to a mail's return path, until a job has read it. `box` is sealed: it may hold a one-time link."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    mail = models.ForeignKey(OutboxMail, on_delete=models.CASCADE, related_name="+")
    box = models.TextField()
    unreadable = models.BooleanField(default=False)
    received_at = models.DateTimeField()

    class Meta:
        db_table = "returned_mail"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        indexes = [models.Index(fields=["received_at"], name="returned_mails_by_age")]

    def __str__(self) -> str:
        return f"returned {self.mail_id}"


class MailWording(TenantModel):
    """A brand's own words for one kind of mail in one language; the accounts below use them where they have none.

    `ours` is the fingerprint of our own words at that time: when they change, the brand is told.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=80)
    language = models.CharField(max_length=5)
    subject = models.CharField(max_length=200)
    heading = models.CharField(max_length=200, blank=True, default="")
    body = models.TextField()
    label = models.CharField(max_length=100, blank=True, default="")
    ours = models.CharField(max_length=64)
    version = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField()
    changed_by_name = models.CharField(max_length=200)

    class Meta:
        db_table = "mail_wording"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [models.UniqueConstraint(fields=["account", "kind", "language"], name="a_mail_is_worded_once")]

    def __str__(self) -> str:
        return f"{self.kind} in {self.language}"


class WebhookEndpoint(TenantModel):
    """An address outside that hears of what happens in an account and, for a reseller, in those below it.

    `busy_until` is set while one delivery is on its way, so that there are never two; after failures it is a pause.
    """

    class Off(models.TextChoices):
        BY_PERSON = "person"
        FAILING = "failing"
        GONE = "gone"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    ref = models.CharField(max_length=32, unique=True, default=new_endpoint_ref, editable=False)
    name = models.CharField(max_length=80)
    url = models.CharField(max_length=500)
    groups = models.JSONField(default=list)  # empty: everything that the account may hear
    hears_everybody = models.BooleanField(default=False)  # the vendor's: of every account
    reaches_all = models.BooleanField(default=True)  # it hears of no client that whoever made it did not reach
    reach_ids = models.JSONField(default=list)
    tells_people = models.BooleanField(default=True)  # addresses and numbers of people below: its maker may export them
    answers_user_id = models.BigIntegerField(null=True)  # who set it up last: a person, or a key
    answers_key = models.CharField(max_length=40, blank=True, default="")
    secret_box = models.TextField()  # sealed: signing needs the secret itself
    old_secret_box = models.TextField(blank=True, default="")
    old_until = models.DateTimeField(null=True)
    older_secrets = models.JSONField(null=True)  # [sealed, until] of those before: which is in use nobody knows
    is_on = models.BooleanField(default=True)
    off_reason = models.CharField(max_length=8, choices=Off.choices, blank=True, default="")
    off_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by_name = models.CharField(max_length=200)
    last_success_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)  # in a row
    busy_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "webhook_endpoint"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        indexes = [
            models.Index(
                fields=["hears_everybody"], condition=models.Q(hears_everybody=True), name="webhooks_of_the_vendor"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Delivery(TenantModel):
    """One event for one endpoint. Written in the transaction of the event; sent by a job after its commit.

    `body` is what is signed and sent, the same at each attempt. `begun_at` is when the three days of attempts began: the
    event, or its replay.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)  # the endpoint's
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="+", db_index=False)
    entry_id = models.UUIDField()  # the journal entry's id, which the receiver sees as webhook-id
    event = models.CharField(max_length=80)
    body = models.TextField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField()
    begun_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)  # None when it is over
    attempts = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(null=True)
    code = models.PositiveIntegerField(null=True)  # of the last answer
    duration_ms = models.PositiveIntegerField(null=True)
    answer = models.CharField(max_length=1024, blank=True, default="")
    error = models.CharField(max_length=20, blank=True, default="")  # why there was no answer

    class Meta:
        db_table = "webhook_delivery"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "entry_id"], name="an_endpoint_hears_of_an_event_once")
        ]
        indexes = [
            models.Index(fields=["endpoint", "-id"], name="deliveries_of_an_endpoint"),
            models.Index(fields=["next_at"], condition=models.Q(next_at__isnull=False), name="deliveries_that_are_due"),
            models.Index(fields=["created_at"], name="deliveries_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.endpoint_id}"


__all__ = [
    "Delivery",
    "DkimKey",
    "MailServer",
    "OutboxMail",
    "Sender",
    "SenderDomain",
    "Suppression",
    "WebhookEndpoint",
    "new_endpoint_ref",
]

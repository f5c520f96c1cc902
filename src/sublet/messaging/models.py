"""What was written to whom, in whose name."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.foundation.scope import TenantModel


class OutboxMail(TenantModel):
    """One mail, kept as it was rendered. `account` is the one it is about, whose brand it wears."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        SENDING = "sending", _("Being handed over")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Refused")
        UNKNOWN = "unknown", _("Not known whether it arrived")

    id = models.UUIDField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    template = models.CharField(max_length=80)
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
    message_id = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    answer = models.CharField(max_length=500, blank=True, default="")
    attempts = models.PositiveIntegerField(default=0)  # how often the end of the message was about to go out
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "outbox_mail"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        indexes = [
            models.Index(fields=["account", "-id"], name="mails_of_an_account"),
            models.Index(fields=["state", "-id"], name="mails_of_a_state"),
            models.Index(fields=["to_email", "-id"], name="mails_to_an_address"),
        ]

    def __str__(self) -> str:
        return f"{self.template} to {self.to_email}"

"""The journal: append-only, one row for each write; history, outbox and source of webhooks."""

from __future__ import annotations

from django.db import models

from sublet.foundation.unscoped import UnscopedManager


class JournalEntry(models.Model):
    """One event. `account_id` is plain, not a key: the journal outlives what it tells of and knows no app above it.

    Read it through `journal.queries`, which narrows by account; whoever wrote the row that an entry tells of has been
    checked there.
    """

    unscoped = UnscopedManager()

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    at = models.DateTimeField()
    event = models.CharField(max_length=80)
    data = models.JSONField(default=dict)
    reason = models.CharField(max_length=500, blank=True, default="")
    parent_id = models.BigIntegerField(
        null=True
    )  # the account above at that time: a reseller reads its clients' entries
    actor_user_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=200)
    actor_account_id = models.BigIntegerField()
    actor_account_name = models.CharField(max_length=200, blank=True, default="")
    impersonator_user_id = models.BigIntegerField(null=True)
    impersonator_name = models.CharField(max_length=200, blank=True, default="")
    impersonation_ref = models.CharField(max_length=40, blank=True, default="")
    key_ref = models.CharField(max_length=40, blank=True, default="")
    via = models.CharField(max_length=8)
    host = models.CharField(max_length=255, blank=True, default="")
    request_id = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        db_table = "journal"
        base_manager_name = "unscoped"
        indexes = [
            models.Index(fields=["parent_id", "-id"], name="journal_of_a_reseller"),
            models.Index(fields=["-id"], name="journal_newest_first"),
            models.Index(fields=["event", "-id"], name="journal_by_event"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.at:%Y-%m-%d %H:%M}"


class JournalSeal(models.Model):
    """One link of the chain of an account: see `core.chain`. Append-only as the journal, and plain as it is."""

    unscoped = UnscopedManager()

    pk = models.CompositePrimaryKey("account_id", "position")
    account_id = models.BigIntegerField()
    position = models.BigIntegerField()  # from 1, without gaps
    entry_id = models.UUIDField()
    entry_hash = models.BinaryField()
    chain_hash = models.BinaryField()
    sealed_at = models.DateTimeField()

    class Meta:
        db_table = "journal_seal"
        base_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(fields=["account_id", "entry_id"], name="an_entry_is_sealed_once"),
        ]
        indexes = [models.Index(fields=["-sealed_at"], name="seals_newest_first")]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.position}"

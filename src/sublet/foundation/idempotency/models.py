"""The answers that were given, so that the same request sent again gets the same one."""

from __future__ import annotations

from django.db import models

from sublet.foundation.unscoped import UnscopedManager


class IdempotentAnswer(models.Model):
    """What one request of an account came to. Kept for a day; `jobs` removes what is older.

    `account_id` is plain, as in the journal. `key_hash` stands for the caller's key, `fingerprint` for who sent what to
    where. `body` is empty where the answer held a secret: that is shown once (`shown_once`).
    """

    unscoped = UnscopedManager()

    account_id = models.BigIntegerField()
    key_hash = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    shown_once = models.BooleanField(default=False)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "idempotent_answer"
        base_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(fields=["account_id", "key_hash"], name="a_request_with_a_key_counts_once"),
        ]
        indexes = [models.Index(fields=["expires_at"], name="answers_that_are_over")]

    def __str__(self) -> str:
        return f"{self.status} for {self.account_id}"

"""What the last look at each invariant found."""

from __future__ import annotations

from django.db import models


class InvariantState(models.Model):
    """One invariant. Derived: the next look writes it anew."""

    unscoped = models.Manager()

    name = models.CharField(max_length=80, primary_key=True)
    checked_at = models.DateTimeField()
    broken_since = models.DateTimeField(null=True)  # null: it holds
    number = models.PositiveIntegerField(default=0)  # at how many places it does not
    places = models.JSONField(default=list)  # the first of them: [account id or null, words of the machine room]

    class Meta:
        db_table = "invariant"

    def __str__(self) -> str:
        return self.name

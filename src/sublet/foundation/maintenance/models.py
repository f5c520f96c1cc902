"""Whether maintenance is on: one row, or none."""

from __future__ import annotations

from django.db import models


class MaintenanceState(models.Model):
    """There is one row while maintenance is on, whatever restarts. In the database, so that every machine sees it."""

    unscoped = models.Manager()

    id = models.PositiveSmallIntegerField(primary_key=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)  # what people are told; it does not end by itself
    begun_by = models.CharField(max_length=200)

    class Meta:
        db_table = "maintenance"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="there_is_one_maintenance")]

    def __str__(self) -> str:
        return f"since {self.since}"

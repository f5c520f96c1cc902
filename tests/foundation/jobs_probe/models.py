"""A table in which the probe's jobs leave their mark."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Effect(models.Model):
    """One effect of one job; nothing in the table forbids a second one, so that a test can find it."""

    objects: ClassVar[models.Manager[Effect]] = models.Manager()

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=80)
    fence = models.BigIntegerField()

    def __str__(self) -> str:
        return self.name

"""Dated facts about clients that the host product reports: every one, and the latest of each."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from sublet.accounts.models import Account
from sublet.catalog.models import OfferItem
from sublet.core.signals import DECIMALS, LONGEST_TEXT, SignalValue
from sublet.foundation.refs import new_ref
from sublet.foundation.scope import TenantModel


def new_import_ref() -> str:
    return new_ref("sgi")


class Told(TenantModel):
    """What both tables hold of a fact: of the value's four columns the one of the signal's kind is set."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    signal = models.ForeignKey(OfferItem, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    moment = models.DateTimeField(null=True)
    number = models.DecimalField(max_digits=20, decimal_places=DECIMALS, null=True)
    text = models.CharField(max_length=LONGEST_TEXT, blank=True, default="")
    switch = models.BooleanField(null=True)

    class Meta:
        abstract = True
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"

    @property
    def value(self) -> SignalValue:
        return SignalValue(moment=self.moment, number=self.number, text=self.text, switch=self.switch)


class SignalFact(Told):
    """One fact, never changed. `name` is its identity within account and signal: the same again is not kept twice."""

    name = models.CharField(max_length=32)
    received_at = models.DateTimeField()
    told_by = models.CharField(max_length=200)

    class Meta:
        db_table = "signal_fact"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "signal", "name"], name="a_fact_is_told_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "-at", "-id"], name="facts_of_a_client"),
            models.Index(fields=["account", "signal", "-at"], name="facts_of_a_signal"),
            models.Index(fields=["received_at"], name="facts_by_receipt"),
        ]

    def __str__(self) -> str:
        return f"{self.signal_id} of {self.account_id} at {self.at}"


class LatestSignal(Told):
    """The newest fact of each client and signal. Derived: the facts rebuild it. Lists read it, one row for each value."""

    class Meta:
        db_table = "latest_signal"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "signal"], name="a_signal_has_one_latest_fact"),
        ]
        indexes: ClassVar = [models.Index(fields=["signal", "moment", "account"], name="clients_by_signal")]

    def __str__(self) -> str:
        return f"{self.signal_id} of {self.account_id}"


class SignalImport(TenantModel):
    """A spreadsheet of signals on its way in. A reseller row: it stays with the reseller that sent it."""

    class State(models.TextChoices):
        UPLOADED = "uploaded"
        QUEUED = "queued"
        DONE = "done"
        DISCARDED = "discarded"

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    ref = models.CharField(max_length=32, unique=True, default=new_import_ref)
    file_name = models.CharField(max_length=200)
    data = models.BinaryField()  # emptied when the import is done or discarded
    reading = models.JSONField(default=dict)  # encoding, separator, sheet and the line of the headings
    meanings = models.JSONField(default=dict)  # column → what it tells (`core.signalsheets`)
    revision = models.PositiveIntegerField(default=1)  # grows when they change: what was not seen is not imported
    state = models.CharField(max_length=10, choices=State.choices, default=State.UPLOADED)
    rows_total = models.IntegerField(default=0)
    facts_new = models.IntegerField(default=0)
    facts_known = models.IntegerField(default=0)
    faults = models.IntegerField(default=0)
    next_line = models.IntegerField(default=0)  # where a run goes on after a crash
    job_id = models.CharField(max_length=40, blank=True, default="")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "signal_import"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        indexes: ClassVar = [models.Index(fields=["state", "created_at"], name="signal_imports_by_age")]

    def __str__(self) -> str:
        return self.file_name

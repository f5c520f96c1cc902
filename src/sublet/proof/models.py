"""Scans for the vendor's words, and what they found."""

from __future__ import annotations

from django.db import models

from sublet.accounts.models import Account
from sublet.foundation.refs import new_ref
from sublet.foundation.scope import TenantModel


def new_scan_ref() -> str:
    return new_ref("scan")


class Scan(TenantModel):
    """One look at everything that an account's people are shown. `account` is the client (or reseller) looked at."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    class Cause(models.TextChoices):
        PERSON = "person"
        NIGHT = "night"
        RELEASE = "release"
        COMMAND = "command"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    ref = models.CharField(max_length=32, unique=True, default=new_scan_ref, editable=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    cause = models.CharField(max_length=8, choices=Cause.choices)
    version = models.CharField(max_length=40)  # of this software: another one is another scan
    host = models.CharField(max_length=253, blank=True, default="")
    seen_as = models.CharField(max_length=12, blank=True, default="")  # "owner", "collaborator"
    people = models.JSONField(
        default=list
    )  # references of the places in the account as which it looked, the first one first
    looked_at = models.PositiveIntegerField(default=0)  # answers, files and mails
    leaking = models.PositiveIntegerField(default=0)  # those of them with a finding
    score = models.PositiveSmallIntegerField(default=0)
    skipped = models.JSONField(default=list)  # codes of what was not looked at
    #: For each section of the host product what was found there: "clean", "found" or "unseen".
    sections = models.JSONField(default=dict)
    #: SHA-256 of what all passes of this run hang on, and its sign-ons; empty when there are none.
    pass_digest = models.CharField(max_length=64, blank=True, default="")
    #: What the product's proxy is shown while this runs: of each person's pass the SHA-256, with the reference of the place in
    #: the account that it stands for.
    passes = models.JSONField(default=dict)
    pass_until = models.DateTimeField(null=True)
    #: Until then the reseller does not see it: the vendor is told first. Null: everybody with the right does.
    held_until = models.DateTimeField(null=True)
    #: It found something new, of which the vendor is still to be told.
    untold = models.BooleanField(default=False)
    #: Every place that it found, as `core.findings.mark_of`: those of findings that there was no room for, too.
    marks = models.JSONField(default=list)
    asked_by_name = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    #: When its run was last heard of, by which one that was started by hand and killed is known.
    beat_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "scan"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=models.Q(state__in=["waiting", "running"]),
                name="an_account_is_scanned_once_at_a_time",
            )
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="scans_of_an_account"),
            models.Index(fields=["account"], condition=models.Q(held_until__isnull=False), name="scans_that_are_held"),
            models.Index(fields=["id"], condition=models.Q(untold=True), name="scans_that_are_untold"),
            models.Index(fields=["host"], condition=~models.Q(pass_digest=""), name="scans_that_look_at_a_host"),
        ]

    def __str__(self) -> str:
        return self.ref


class ScanPicture(TenantModel):
    """A piece of a page, with the place of a finding outlined: a PNG that we drew. Goes with its scan."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    scan = models.ForeignKey(Scan, on_delete=models.CASCADE, related_name="pictures")
    data = models.BinaryField()

    class Meta:
        db_table = "scan_picture"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"

    def __str__(self) -> str:
        return f"picture {self.pk}"


class ScanFinding(TenantModel):
    """A word of the vendor's where it stood. The columns say so of its first place; `places` are the first of all `times`."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    scan = models.ForeignKey(Scan, on_delete=models.CASCADE, related_name="findings")
    key = models.CharField(max_length=64)  # the mark of its first place
    address = models.CharField(max_length=300)  # path on the host, or the template of a mail
    place = models.CharField(max_length=12)
    detail = models.CharField(max_length=120, blank=True, default="")
    line = models.PositiveIntegerField()
    column = models.PositiveIntegerField()
    word = models.CharField(max_length=120)
    kind = models.CharField(max_length=8)
    wrapped = models.CharField(max_length=20, blank=True, default="")
    excerpt = models.CharField(max_length=300)
    picture = models.ForeignKey(ScanPicture, on_delete=models.SET_NULL, null=True, related_name="+")
    is_new = models.BooleanField()  # the scan before did not find it, or not at each of its places
    was_known = models.BooleanField(default=False)  # the scan before found it at some of its places
    times = models.PositiveIntegerField(default=1)
    places = models.JSONField(default=list)  # [address, detail, line, column, seen_as]; older ones lack the last
    marks = models.JSONField(default=list)  # of all places; empty with scans of older versions
    sections = models.JSONField(default=list)  # keys of the host product's sections to which its places belong

    class Meta:
        db_table = "scan_finding"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        indexes = [models.Index(fields=["scan", "id"], name="findings_of_a_scan")]

    def __str__(self) -> str:
        return f"{self.word} at {self.address}"

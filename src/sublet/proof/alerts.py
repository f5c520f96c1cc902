"""Telling people what a scan has newly found: the vendor first, the reseller when the vendor's time is over."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from sublet.accounts.models import Account
from sublet.branding.queries import origin, primary_host
from sublet.core.rights import CLIENT, RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.jobs import enqueue
from sublet.foundation.journal.operations import record
from sublet.foundation.scope import platform_scope
from sublet.messaging.operations import queue_mail
from sublet.people.models import Collaborator
from sublet.people.queries.reach import reached_by
from sublet.proof.events import ScanPassedOn
from sublet.proof.models import Scan
from sublet.proof.queries import looked_at_account

JOB = "proof.pass_on"


def tell_vendor(scan: Scan, *, actor: Actor, at: datetime) -> None:
    """In the transaction that ends a scan with something new."""
    # unscoped: the vendor stands above whoever is looked at
    vendor = Account.unscoped.get(kind=VENDOR)
    _write(scan, vendor.id, section="accounts", count=scan.findings.count(), actor=actor, at=at)


def hold_back(scan: Scan, *, new: int, before: Scan | None, actor: Actor, at: datetime) -> None:
    """In the transaction that ends a scan with `new` findings: the reseller's turn is set.

    What a reseller has asked for itself, it sees at once. A scan that finds nothing new shows what the one before it found,
    so it is held as long: otherwise looking twice would show what is held.
    """
    if scan.leaking == 0 or (scan.cause == Scan.Cause.PERSON and actor.account_kind == RESELLER):
        return
    until = before.held_until if before is not None else None
    if new:
        until = at + timedelta(hours=max(0, settings.SUBLET.integer("SUBLET_SCAN_GRACE")))
    if until is None or (until <= at and not new):
        return
    scan.held_until = until
    scan.save(update_fields=["held_until"])
    enqueue(
        JOB, account_id=scan.account_id, actor=actor, at=at, payload={"scan_ref": scan.ref}, key=scan.ref,
        run_at=scan.held_until,
    )  # fmt: skip


def release_scans(*, account_ref: str, actor: Actor, at: datetime) -> int:
    """Let the reseller see every scan of the account that waits for that; returns how many. Raises NotFound, Forbidden."""
    account = looked_at_account(actor, account_ref, level="manage")
    if actor.account_kind != VENDOR:
        raise NotFound
    refs = list(
        Scan.objects.filter(account=account, held_until__isnull=False).order_by("-id").values_list("ref", flat=True)
    )  # the newest first, about which is written: the others then say the same
    return sum(pass_on(scan_ref=ref, actor=actor, at=at) for ref in refs)


def pass_on(*, scan_ref: str, actor: Actor, at: datetime) -> bool:
    """Let the reseller see a scan, and write to it about what the newest one still finds.

    False when somebody was quicker, or the scan is gone.
    """
    with transaction.atomic():
        scan = Scan.objects.select_for_update(of=("self",)).select_related("account").filter(ref=scan_ref).first()
        if scan is None or scan.held_until is None:
            return False
        scan.held_until = None
        scan.save(update_fields=["held_until"])
        account = scan.account
        told_id = account.parent_id if account.kind == CLIENT else account.id
        about, count = _still_found(scan, at)
        if told_id is not None and count:
            _write(about, told_id, section="brand", count=count, actor=actor, at=at)
        record(
            ScanPassedOn(scan=scan.ref, account=account.name),
            account_id=account.id,
            parent_id=account.parent_id,
            actor=actor,
            at=at,
        )
    return True


def _still_found(scan: Scan, at: datetime) -> tuple[Scan, int]:
    """About which scan the reseller is written to, and how many findings of the account's newest one it may know of.

    None when the newest is clean: what the vendor has mended meanwhile is no news. Where the newest is still held for what
    it found besides, those that the scan passed on has found as well.
    """
    newest = Scan.objects.filter(account=scan.account, state=Scan.State.DONE).select_related("account").latest("id")
    if newest.held_until is None or newest.held_until <= at:
        return newest, newest.findings.count()
    return scan, newest.findings.filter(key__in=scan.findings.values("key")).count()


def _write(scan: Scan, told_id: int, *, section: str, count: int, actor: Actor, at: datetime) -> None:
    """To the owner of that account and to whoever manages that section there and reaches the account looked at.

    The mail says no word that was found.
    """
    with platform_scope("people above the account that was looked at are written to"):
        places = Collaborator.objects.filter(account_id=told_id, ended_at__isnull=True, user__is_active=True)
        told = [
            place
            for place in places.select_related("user").order_by("id")
            if place.is_owner or (place.rights_words.get(section) == "manage" and _reaches(place, scan.account_id))
        ]
    for place in told:
        queue_mail(
            template="scan-found",
            account_id=told_id,
            to_email=place.user.email,
            to_name=place.user.name,
            language=place.user.language,
            context={
                "person": str(place.user),
                "account": scan.account.name,
                "count": count,
                "url": origin(primary_host(told_id)) + "/",
            },
            key=f"scan:{scan.ref}:{told_id}:{place.user_id}",
            actor=actor,
            at=at,
        )


def _reaches(place: Collaborator, account_id: int) -> bool:
    return place.reaches_all or account_id == place.account_id or account_id in reached_by(place)

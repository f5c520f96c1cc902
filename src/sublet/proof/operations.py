"""Scanning an account for the vendor's words."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.auth import get_backends
from django.db import IntegrityError, transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from sublet import __version__
from sublet.accounts.models import Account
from sublet.branding.queries import primary_host
from sublet.core.leaks import Word, compare, find, finding_key, score
from sublet.core.rights import CLIENT, RESELLER
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Refusal
from sublet.foundation.jobs import enqueue
from sublet.foundation.journal.operations import record
from sublet.messaging.models import OutboxMail
from sublet.people.models import Collaborator
from sublet.proof.events import ScanAsked, ScanEnded
from sublet.proof.models import Scan, ScanFinding
from sublet.proof.queries import looked_at_account
from sublet.proof.visitor import Pass, ask
from sublet.proof.walk import PUBLIC, Found, Told, Walked, walk
from sublet.proof.words import vendor_words

JOB = "proof.scan"
#: So many accounts are looked at in one night, those whose last scan is the oldest first.
MOST_A_NIGHT = 200
KEPT = 30
MOST_MAILS = 200
_EVERY = timedelta(hours=20)
#: A scan that has not ended by then has died with its process.
_LONGEST = timedelta(hours=1)
#: The night's scans wait up to six hours for their turn.
_LONGEST_WAIT = timedelta(hours=12)
#: What no scan looks at yet, told with each: nothing is claimed to be clean that was not looked at.
ALWAYS_SKIPPED = ("product", "certificates", "pictures")


class CannotScan(Refusal):
    """A scan that is not begun."""

    SENTENCES: ClassVar = {
        "running": _("This account is being looked at already."),
        "no-host": _("This account has no address of its own yet. Give your brand a host first."),
    }


def ask_for_scan(*, account_ref: str, actor: Actor, at: datetime, cause: str = Scan.Cause.PERSON) -> str:
    """Have an account looked at by a job; returns the scan's reference. Raises NotFound, Forbidden, CannotScan."""
    account = looked_at_account(actor, account_ref, level="manage")
    with transaction.atomic():
        scan = _begun(account, cause=cause, actor=actor, at=at)
        enqueue(JOB, account_id=account.id, actor=actor, at=at, payload={"scan_ref": scan.ref}, key=scan.ref)
    return scan.ref


def _begun(account: Account, *, cause: str, actor: Actor, at: datetime) -> Scan:
    open_ones = Scan.objects.filter(account=account, state__in=[Scan.State.WAITING, Scan.State.RUNNING])
    died = Q(started_at__lt=at - _LONGEST) | Q(started_at=None, created_at__lt=at - _LONGEST_WAIT)
    open_ones.filter(died).update(state=Scan.State.FAILED, ended_at=at)
    if cause != Scan.Cause.NIGHT:
        # One that waits for its turn of the night has looked at nothing yet; its job will not find it.
        open_ones.filter(state=Scan.State.WAITING, cause=Scan.Cause.NIGHT).delete()
    if primary_host(account.id) == settings.VENDOR_HOST:
        raise CannotScan("no-host")
    scan = Scan(account=account, cause=cause, version=__version__, asked_by_name=actor.name[:200], created_at=at)
    try:
        with transaction.atomic():
            scan.save()
    except IntegrityError:
        raise CannotScan("running") from None
    record(
        ScanAsked(scan=scan.ref, account=account.name),
        account_id=account.id,
        parent_id=account.parent_id,
        actor=actor,
        at=at,
    )
    return scan


def scan_now(*, account_ref: str, actor: Actor, at: datetime, now: Callable[[], datetime] | None = None) -> str:
    """The same at once, for the command line; returns the scan's reference. Raises NotFound, Forbidden, CannotScan."""
    account = looked_at_account(actor, account_ref, level="manage")
    with transaction.atomic():
        scan = _begun(account, cause=Scan.Cause.COMMAND, actor=actor, at=at)
    run_scan(scan_ref=scan.ref, actor=actor, at=at, now=now)
    return scan.ref


def run_scan(
    *,
    scan_ref: str,
    actor: Actor,
    at: datetime,
    now: Callable[[], datetime] | None = None,
    told: Told = lambda _done, _known: None,
) -> None:
    """Look at everything that the account's people are shown, and keep what was found. Nothing of theirs is changed.

    `now` tells when it has ended. A scan that is over is left alone. A fault leaves the scan as failed and is raised.
    """
    with transaction.atomic():
        scan = Scan.objects.select_for_update(of=("self",)).select_related("account").filter(ref=scan_ref).first()
        if scan is None or scan.state not in {Scan.State.WAITING, Scan.State.RUNNING}:
            return
        scan.state, scan.started_at, scan.host = Scan.State.RUNNING, at, primary_host(scan.account_id)
        scan.save(update_fields=["state", "started_at", "host"])
    try:
        words = vendor_words()
        walked, seen_as, skipped = _walked(scan, words, at, told)
        mails, leaking_mails, of_mails = _mails(scan.account, words)
    except Exception:
        with transaction.atomic():
            Scan.objects.filter(id=scan.id).update(state=Scan.State.FAILED, ended_at=at)
        raise
    _keep(
        scan,
        (*walked.found, *of_mails),
        looked_at=walked.looked_at + mails,
        leaking=walked.leaking + leaking_mails,
        seen_as=seen_as,
        skipped=skipped,
        actor=actor,
        at=at if now is None else now(),
    )


def _walked(scan: Scan, words: Sequence[Word], at: datetime, told: Told) -> tuple[Walked, str, list[str]]:
    account, host, skipped = scan.account, scan.host, list(ALWAYS_SKIPPED)
    place = None
    if account.kind == CLIENT:
        people = Collaborator.objects.filter(account=account, ended_at__isnull=True, user__is_active=True)
        place = people.select_related("user").order_by("-is_owner", "id").first()
        if place is None:
            skipped.append("nobody")
    outside = walk(
        lambda address: ask(host=host, address=address, shown_to=None, language=account.language),
        host=host, begin=PUBLIC, words=words, told=told,
    )  # fmt: skip
    if place is None:
        walked = [outside]
    else:
        user = place.user
        given = Pass(
            user_id=user.id,
            epoch=user.session_epoch,
            session_hash=user.get_session_auth_hash(),
            backend=_backend(),
            at=at,
        )
        inside = walk(
            lambda address: ask(host=host, address=address, shown_to=given),
            host=host, begin=("/",), words=words,
            told=lambda done, known: told(outside.looked_at + done, outside.looked_at + known),
        )  # fmt: skip
        walked = [outside, inside]
    if any(each.was_cut for each in walked):
        skipped.append("more")
    if any(each.unread for each in walked):
        skipped.append("files")
    whole = Walked(
        looked_at=sum(each.looked_at for each in walked),
        leaking=sum(each.leaking for each in walked),
        found=tuple(found for each in walked for found in each.found),
        was_cut=False,
    )
    return whole, "" if place is None else ("owner" if place.is_owner else "collaborator"), skipped


def _backend() -> str:
    backend = get_backends()[0]
    return f"{type(backend).__module__}.{type(backend).__name__}"


def _mails(account: Account, words: Sequence[Word]) -> tuple[int, int, list[Found]]:
    """The newest mails as they went out; those with a one-time link or code without it."""
    looked_at = leaking = 0
    found: list[Found] = []
    for mail in OutboxMail.objects.filter(account=account).order_by("-id")[:MOST_MAILS]:
        here = list(_of_mail(mail, words))
        looked_at += 1
        leaking += bool(here)
        found += here
    return looked_at, leaking, found


def _of_mail(mail: OutboxMail, words: Sequence[Word]) -> Iterator[Found]:
    heads = {
        "From": f"{mail.from_name} <{mail.from_email}>",
        "Reply-To": mail.reply_to,
        "Subject": mail.subject,
        "Message-ID": mail.message_id,
    }
    # A one-time link that still waits must not come to stand in a finding: those mails are read as the outbox shows them.
    plain, html = (mail.shown_text, mail.shown_html) if mail.secret else (mail.text, mail.html)
    for detail, text in (*heads.items(), ("text/plain", plain)):
        for leak in find(text, words):
            yield Found(mail.template, "mail", detail, leak)
    for leak in find(html, words, markup=True):
        yield Found(mail.template, "mail", "text/html", leak)


def _keep(
    scan: Scan,
    found: Sequence[Found],
    *,
    looked_at: int,
    leaking: int,
    seen_as: str,
    skipped: Sequence[str],
    actor: Actor,
    at: datetime,
) -> None:
    account = scan.account
    with transaction.atomic():
        before = Scan.objects.filter(account=account, state=Scan.State.DONE).order_by("-id").first()
        was = ScanFinding.objects.filter(scan=before).values_list("key", flat=True) if before is not None else ()
        change = compare(was, (_key(each) for each in found))
        ScanFinding.objects.bulk_create(
            ScanFinding(
                account=account,
                scan=scan,
                key=_key(each),
                address=each.address[:300],
                place=each.place,
                detail=each.detail,
                line=each.leak.line,
                column=each.leak.column,
                word=each.leak.word,
                kind=each.leak.kind,
                wrapped=each.leak.wrapped,
                excerpt=each.leak.excerpt[:300],
                is_new=before is not None and _key(each) in change.new,
            )
            for each in found
        )
        scan.state, scan.ended_at = Scan.State.DONE, at
        scan.looked_at, scan.leaking = looked_at, leaking
        scan.score = score(looked_at=looked_at, leaking=leaking)
        scan.seen_as, scan.skipped = seen_as, list(skipped)
        scan.save(update_fields=["state", "ended_at", "looked_at", "leaking", "score", "seen_as", "skipped"])
        old = Scan.objects.filter(account=account).order_by("-id").values_list("id", flat=True)[KEPT:]
        Scan.objects.filter(id__in=list(old)).delete()
        record(
            ScanEnded(scan=scan.ref, account=account.name, seen_as=seen_as, looked_at=looked_at),
            account_id=account.id,
            parent_id=account.parent_id,
            actor=actor,
            at=at,
        )


def _key(found: Found) -> str:
    text = finding_key(address=found.address, place=found.place, detail=found.detail, word=found.leak.word)
    return hashlib.sha256(text.encode()).hexdigest()


def scan_the_stalest(*, actor: Actor, at: datetime) -> int:
    """For the schedule: ask for scans of open clients that were not looked at lately, or not by this version.

    At most `MOST_A_NIGHT`, spread over the six hours after it, so that no night's work is felt. Returns how many.
    """
    fresh = Scan.objects.filter(created_at__gt=at - _EVERY, version=__version__).values("account_id")
    last = Scan.objects.filter(account=OuterRef("id")).order_by("-id").values("created_at")[:1]
    due = Account.objects.filter(kind__in=[CLIENT, RESELLER], state="active").exclude(id__in=fresh)
    stalest = due.annotate(last_scan_at=Subquery(last)).order_by(F("last_scan_at").asc(nulls_first=True), "id")
    asked = 0
    for account in stalest[:MOST_A_NIGHT]:
        run_at = at + timedelta(hours=6) * asked / MOST_A_NIGHT
        try:
            with transaction.atomic():
                scan = _begun(account, cause=Scan.Cause.NIGHT, actor=actor, at=at)
                payload = {"scan_ref": scan.ref}
                enqueue(JOB, account_id=account.id, actor=actor, at=at, payload=payload, key=scan.ref, run_at=run_at)
        except CannotScan:
            continue
        asked += 1
    return asked

"""Scanning an account for the vendor's words."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from sublet import __version__
from sublet.accounts.models import Account
from sublet.branding.queries import primary_host
from sublet.core.leaks import score
from sublet.core.rights import CLIENT, RESELLER
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Refusal
from sublet.foundation.jobs import JobLost, enqueue
from sublet.foundation.journal.operations import record
from sublet.proof import letters, names, scanning
from sublet.proof.alerts import hold_back
from sublet.proof.events import ScanAsked, ScanEnded
from sublet.proof.far import Far
from sublet.proof.gathering import PRODUCT, Gathered, Looking, product_as
from sublet.proof.keeping import forget_pictures, keep_findings
from sublet.proof.models import Scan
from sublet.proof.product import Room, fetcher, out_of_reach, product, with_what_was_shown
from sublet.proof.queries import JOB, digest_of, has_died, looked_at_account
from sublet.proof.sayings import sayings
from sublet.proof.scanning import looking_at
from sublet.proof.signing_on import signer
from sublet.proof.visitor import Answer, ask
from sublet.proof.walk import PUBLIC, Told
from sublet.proof.words import vendor_marks, vendor_words
from sublet.signon.operations import end_looks

#: Scans that nobody has asked for: they have looked at nothing until their turn comes.
BY_ITSELF = (Scan.Cause.NIGHT, Scan.Cause.RELEASE)
KEPT = 30
_EVERY = timedelta(hours=20)
#: How long a pass for the product's proxy is good, if the scan does not end before.
PASS_LASTS = timedelta(minutes=20)


class CannotScan(Refusal):
    """A scan that is not begun."""

    SENTENCES: ClassVar = {
        "running": _("This account is being looked at already."),
        "taken": _("This took too long: the account is being looked at anew."),
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
    _end_the_dead(open_ones, at=at)
    if cause not in BY_ITSELF:
        # One that waits for its turn of the night has looked at nothing yet; its job will not find it.
        open_ones.filter(state=Scan.State.WAITING, cause__in=BY_ITSELF).delete()
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


def end_lost_scans(*, at: datetime) -> int:
    """For the schedule: end what nobody will, of all accounts in the scope in force; returns how many."""
    return _end_the_dead(Scan.objects.filter(state__in=[Scan.State.WAITING, Scan.State.RUNNING]), at=at)


def _end_the_dead(open_ones: QuerySet[Scan], *, at: datetime) -> int:
    """Scans that nobody will ever end, as their process was killed: they stand in nobody's way. Those that were begun by
    themselves the vendor is told of. Returns how many."""
    ended = 0
    for each in open_ones:
        if has_died(each, at):
            still = Scan.objects.filter(id=each.id, state=each.state, started_at=each.started_at, beat_at=each.beat_at)
            ended += still.update(
                state=Scan.State.FAILED, ended_at=at, pass_digest="", passes={}, untold=each.cause in BY_ITSELF
            )
    return ended


def scan_now(*, account_ref: str, actor: Actor, at: datetime, now: Callable[[], datetime] | None = None) -> str:
    """The same at once, for the command line; returns the scan's reference. Raises NotFound, Forbidden, CannotScan."""
    account = looked_at_account(actor, account_ref, level="manage")
    with transaction.atomic():
        scan = _begun(account, cause=Scan.Cause.COMMAND, actor=actor, at=at)
    try:
        run_scan(scan_ref=scan.ref, actor=actor, at=at, now=now)
    except JobLost:
        raise CannotScan("taken") from None
    return scan.ref


def run_scan(
    *,
    scan_ref: str,
    actor: Actor,
    at: datetime,
    now: Callable[[], datetime] | None = None,
    told: Told = lambda _done, _known: None,
    last: bool = True,
) -> None:
    """Look at everything that the account's people are shown, and keep what was found. Nothing of theirs is changed.

    `now` tells when it has ended. A scan that is over is left alone. A fault is raised, and leaves the scan as failed, or
    waiting for another attempt unless this is the `last`. Raises JobLost when `told` does: then it is somebody else's scan,
    of which nothing is touched any more.
    """
    told(0, 0)  # a worker that has lost the job by now must not take the scan from the one that has it
    with transaction.atomic():
        scan = Scan.objects.select_for_update(of=("self",)).select_related("account").filter(ref=scan_ref).first()
        if scan is None or scan.state not in {Scan.State.WAITING, Scan.State.RUNNING}:
            return
        scan.state, scan.started_at, scan.beat_at = Scan.State.RUNNING, at, at
        scan.host = primary_host(scan.account_id)
        if scan.host == settings.VENDOR_HOST:
            # Its host went while it waited: the vendor's pages name the vendor, and no pass is for them.
            scan.state, scan.host, scan.ended_at = Scan.State.FAILED, "", at
        scan.save(update_fields=["state", "started_at", "beat_at", "host", "ended_at"])
    if scan.state == Scan.State.FAILED:
        return
    try:
        into, sections, looking = _gathered(scan, actor, now or (lambda: at), told)
    except JobLost:
        raise
    except Exception:
        state = Scan.State.FAILED if last else Scan.State.WAITING
        with transaction.atomic():
            _end_looks(scan, actor=actor, at=at if now is None else now())
            _run(scan).update(
                state=state,
                ended_at=at if last else None,
                pass_digest="",
                passes={},
                untold=last and scan.cause in BY_ITSELF,
            )
        raise
    _keep(scan, into, sections=sections, looking=looking, actor=actor, at=at if now is None else now())


def _run(scan: Scan) -> QuerySet[Scan]:
    """The scan for as long as it is this run's: whoever takes it over writes another beginning."""
    return Scan.objects.filter(id=scan.id, state=Scan.State.RUNNING, started_at=scan.started_at)


#: Things that parts have, as long as nobody knows better: what a reader of the progress sees at the end is the keeping of it.
_AHEAD = {"product": 60, "browser": 80, "mails": 400, "documents": 30, "names": 20, "keeping": 1}


def _beat(scan: Scan, at: datetime) -> None:
    """The run is alive, and its passes are good for longer. Raises JobLost when the scan is another run's, or over."""
    if not _run(scan).update(beat_at=at, pass_until=at + PASS_LASTS):
        raise JobLost(scan.ref)


def _end_looks(scan: Scan, *, actor: Actor, at: datetime) -> None:
    """What this run of the scan has signed on to ends with it."""
    digest = _run(scan).values_list("pass_digest", flat=True).first()
    end_looks(digest=digest or "", actor=actor, at=at)


def _gathered(
    scan: Scan, actor: Actor, now: Callable[[], datetime], told: Told
) -> tuple[Gathered, dict[str, str], Looking]:
    """Everything that there is to look at, in order; not in a transaction, because it takes minutes."""
    at = now()
    looking = looking_at(scan.account, scan.host, vendor_words(), vendor_marks(), at)
    into = Gathered(skipped=["pictures"])
    far = Far(told, ahead=_AHEAD, beat=partial(_beat, scan), now=now)
    scanning.pages(looking, into, far, asking=lambda **asked: ask(**asked), begin=PUBLIC)
    scanning.in_languages(looking, into, asking=lambda **asked: ask(**asked))
    scanning.forms(looking, into)
    sayings(looking, into)
    far.begun("product")
    fetches = _fetches(scan, looking, actor=actor, now=now)
    further = {who: fetches[product_as(who)] for who in looking.others}
    sections = product(looking, into, far, fetches.get(PRODUCT, out_of_reach), further)
    far.begun("browser")
    scanning.shown(looking, into, far, asking=lambda **asked: ask(**asked), fetches=fetches)
    scanning.still_let_in(looking, into, asking=lambda **asked: ask(**asked))
    far.begun("mails")
    letters.sent_mails(looking, into, far)
    letters.every_mail(looking, into, far)
    scanning.letters_shown(looking, into, far, asking=lambda **asked: ask(**asked))
    far.begun("documents")
    scanning.documents(looking, into, far)
    far.begun("names")
    names.records(looking, into, far)
    names.certificates(looking, into, far)
    return into, with_what_was_shown(sections, into), looking


def _fetches(
    scan: Scan, looking: Looking, *, actor: Actor, now: Callable[[], datetime]
) -> dict[str, Callable[[str], Answer]]:
    """Who asks the product for its pages, by `Wanted.who`: each of the account's people as whom is looked, with a pass of its own."""
    people = (PRODUCT, *map(product_as, looking.others)) if looking.given is not None else ()
    passes, room = _passed(scan, looking.people, actor, now()), Room()
    return {
        who: fetcher(looking, secret, signer(scan, looking, who=who, actor=actor, now=now), room)
        for who, secret in zip(people, passes, strict=True)
    }


def _passed(scan: Scan, people: Sequence[str], actor: Actor, at: datetime) -> list[str]:
    """Passes for the product's proxy, one for each of these places in the account: good while this scan runs, and no longer than
    `PASS_LASTS` after it was last heard of.

    What an earlier attempt has signed on to, which died, ends here.
    """
    made = [secrets.token_urlsafe(32) for _place in people]
    passes = {digest_of(secret): ref for secret, ref in zip(made, people, strict=True)}
    with transaction.atomic():
        _end_looks(scan, actor=actor, at=at)
        _run(scan).update(
            pass_digest=digest_of(secrets.token_urlsafe(32)) if made else "", passes=passes, pass_until=at + PASS_LASTS
        )
    return made


def _keep(
    scan: Scan,
    into: Gathered,
    *,
    sections: dict[str, str],
    looking: Looking,
    actor: Actor,
    at: datetime,
) -> None:
    account = scan.account
    with transaction.atomic():
        if _run(scan).select_for_update().first() is None:
            return
        _end_looks(scan, actor=actor, at=at)
        before = Scan.objects.filter(account=account, state=Scan.State.DONE).order_by("-id").first()
        new = keep_findings(scan, into, before=before)
        scan.state, scan.ended_at = Scan.State.DONE, at
        scan.looked_at, scan.leaking = into.looked_at, into.leaking
        scan.score = score(looked_at=into.looked_at, leaking=into.leaking)
        scan.seen_as, scan.people = looking.seen_as, list(looking.people)
        scan.skipped, scan.sections, scan.pass_digest, scan.passes = into.skipped, sections, "", {}
        scan.untold = new > 0
        scan.save(
            update_fields=[
                "state",
                "ended_at",
                "looked_at",
                "leaking",
                "score",
                "seen_as",
                "people",
                "skipped",
                "sections",
                "pass_digest",
                "passes",
                "marks",
                "untold",
            ]
        )
        hold_back(scan, new=new, before=before, actor=actor, at=at)
        old = Scan.objects.filter(account=account).order_by("-id").values_list("id", flat=True)[KEPT:]
        Scan.objects.filter(id__in=list(old), untold=False).delete()
        forget_pictures(account)
        record(
            ScanEnded(scan=scan.ref, account=account.name, seen_as=looking.seen_as, looked_at=into.looked_at),
            account_id=account.id,
            parent_id=account.parent_id,
            actor=actor,
            at=at,
        )


def scan_after_release(*, actor: Actor, at: datetime) -> int:
    """For the schedule: once after another version was installed, begin what the nights go on with. Returns how many."""
    by_itself = Scan.objects.filter(cause__in=BY_ITSELF)
    newest = by_itself.order_by("-id").values_list("version", flat=True).first()
    if newest is None or newest == __version__ or by_itself.filter(version=__version__).exists():
        return 0
    return scan_the_stalest(actor=actor, at=at, cause=Scan.Cause.RELEASE)


def scan_the_stalest(*, actor: Actor, at: datetime, cause: str = Scan.Cause.NIGHT) -> int:
    """For the schedule: ask for scans of open clients that were not looked at lately, or not by this version.

    At most `SUBLET_SCANS_A_NIGHT`, those whose last scan is the oldest first, spread over the six hours after it, so that no
    night's work is felt. Returns how many.
    """
    fresh = Scan.objects.filter(created_at__gt=at - _EVERY, version=__version__).values("account_id")
    last = Scan.objects.filter(account=OuterRef("id")).order_by("-id").values("created_at")[:1]
    due = Account.objects.filter(kind__in=[CLIENT, RESELLER], state="active").exclude(id__in=fresh)
    stalest = due.annotate(last_scan_at=Subquery(last)).order_by(F("last_scan_at").asc(nulls_first=True), "id")
    asked, most = 0, max(0, settings.SUBLET.integer("SUBLET_SCANS_A_NIGHT"))
    for account in stalest[:most]:
        run_at = at + timedelta(hours=6) * asked / most
        try:
            with transaction.atomic():
                scan = _begun(account, cause=cause, actor=actor, at=at)
                payload = {"scan_ref": scan.ref}
                enqueue(JOB, account_id=account.id, actor=actor, at=at, payload=payload, key=scan.ref, run_at=run_at)
        except CannotScan:
            continue
        asked += 1
    return asked

"""Reading scans: for whoever may see the brand of an account, and never for the client's own people."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from sublet.accounts.models import Account
from sublet.core.findings import COLLABORATOR, OWNER, bare
from sublet.core.leaks import folded
from sublet.core.marks import newest_measured
from sublet.core.rights import CLIENT, PRODUCT_PREFIX, RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.jobs.models import ACTIVE, Job
from sublet.foundation.refs import looks_like_ref
from sublet.people.models import Collaborator
from sublet.proof.far import LEASE
from sublet.proof.models import Scan, ScanFinding
from sublet.proof.pictures import line_of

JOB = "proof.scan"
MOST_SCANS = 30
MOST_FINDINGS = 200
MOST_LISTED = 100


@dataclass(frozen=True, slots=True)
class ScanRow:
    """A scan in a history."""

    ref: str
    account_ref: str
    account_name: str
    state: str
    cause: str
    version: str
    host: str
    seen_as: str
    people: tuple[str, ...]  # references of the places in the account as which it looked, the first one first
    looked_at: int
    leaking: int
    score: int
    skipped: tuple[str, ...]
    asked_by: str
    created_at: datetime
    ended_at: datetime | None
    sections: Mapping[str, str]
    held_until: datetime | None = None  # until then the reseller does not see it
    progress: tuple[int, int] = (0, 0)  # how many things were looked at, and are known, while it runs

    @property
    def open(self) -> bool:
        """Whether it still waits or runs."""
        return self.state in {Scan.State.WAITING, Scan.State.RUNNING}

    @property
    def waits_for_the_night(self) -> bool:
        """Whether it has its turn in the night and did not begin."""
        return self.state == Scan.State.WAITING and self.cause in {Scan.Cause.NIGHT, Scan.Cause.RELEASE}


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One of the places of a finding. `seen_as`: to whom it was shown, ``stranger``, ``owner``, ``collaborator``, or empty where
    nobody was to log in or out for it, as with mails; `seen_by` that person's name, for whoever may know it."""

    address: str
    detail: str
    line: int
    column: int
    seen_as: str = ""
    seen_by: str = ""
    collaborator: str = ""  # the reference of the person's place in the account, for the same readers


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One word where it stood: its first place, those that are told, and in how many it was found.

    `where` is `place` with `detail`, `line` and `column` beside it. `is_new`: the scan before had not found it, or, where it
    `was_known`, not at each of these places; the new ones come first.
    """

    address: str
    place: str
    detail: str
    line: int
    column: int
    word: str
    kind: str
    wrapped: str
    excerpt: str
    is_new: bool
    was_known: bool = False
    times: int = 1
    places: tuple[PlaceRow, ...] = ()
    picture: int | None = None  # the number of its picture, for whoever may read what stands around a word
    sections: tuple[str, ...] = ()  # keys of the host product's sections to which its places belong

    @property
    def first(self) -> PlaceRow:
        """The place that it is about."""
        return self.places[0]


@dataclass(frozen=True, slots=True)
class ScanReport:
    """The history of an account, newest first, and the findings of its newest finished scan."""

    account_ref: str
    account_name: str
    scans: Sequence[ScanRow]
    latest: ScanRow | None
    findings: Sequence[FindingRow]
    more_findings: int

    @property
    def running(self) -> ScanRow | None:
        """The one under way, or None. One that waits for its turn of the night keeps nobody from asking."""
        return next((row for row in self.scans if row.open and not row.waits_for_the_night), None)


def looked_at_account(actor: Actor, account_ref: str, *, level: str = "view") -> Account:
    """The client or reseller within the actor's scope whose scans it may see (``manage``: ask for).

    The vendor by its right on accounts, a reseller by that on its brand, for itself and its clients. In a client's own
    account there is nobody: its people must never learn what is looked for. Raises NotFound, Forbidden.
    """
    if actor.account_kind not in {VENDOR, RESELLER} or actor.impersonator is not None:
        raise NotFound
    actor.require(f"{'accounts' if actor.account_kind == VENDOR else 'brand'}:{level}")
    if not looks_like_ref(account_ref, "acc"):
        raise NotFound
    account = Account.objects.filter(ref=account_ref, kind__in=[CLIENT, RESELLER]).first()
    if account is None or not actor.reaches(account.id):
        raise NotFound
    return account


def digest_of(secret: str) -> str:
    """Under which the pass of a scan is stored."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class LookingBy:
    """As whom a scan looks, and at which account."""

    user_id: int
    account_ref: str


def looking_by(secret: str, *, host: str, at: datetime) -> LookingBy | None:
    """As whom the running scan of that pass looks, on its own host only; None for everything else.

    Two statements; for the question of the proxy in front of the host product, and for nothing besides.
    """
    if not 40 <= len(secret) <= 64:
        return None
    # unscoped: the pass itself says which account it is
    scans = Scan.unscoped.filter(state=Scan.State.RUNNING, host=host, pass_until__gt=at).exclude(pass_digest="")
    digest = digest_of(secret)
    for scan in scans.values("account_id", "account__ref", "passes"):
        if digest in scan["passes"]:
            # unscoped: as above
            people = Collaborator.unscoped.filter(account_id=scan["account_id"], ref=scan["passes"][digest])
            place = people.filter(ended_at__isnull=True, user__is_active=True).first()
            return None if place is None else LookingBy(place.user_id, scan["account__ref"])
    return None


def scannable(actor: Actor) -> list[str]:
    """References of all open clients and resellers within the scope in force, for the command line. Raises Forbidden."""
    actor.require("accounts:view")
    open_ones = Account.objects.filter(kind__in=[CLIENT, RESELLER], state="active")
    return list(open_ones.order_by("id").values_list("ref", flat=True))


def scan_report(actor: Actor, account_ref: str, *, at: datetime | None = None) -> ScanReport:
    """What the scans of an account say; with `at` one that was begun by hand and killed is told as broken off. Raises NotFound,
    Forbidden."""
    account = looked_at_account(actor, account_ref)
    rows = [_living(row, at) for row in _seen_by(actor).filter(account=account)[:MOST_SCANS]]
    latest = next((row for row in rows if row.state == Scan.State.DONE), None)
    findings, more = findings_of(actor, latest) if latest is not None else ((), 0)
    return ScanReport(account.ref, account.name, tuple(rows), latest, findings, more)


def measured_sections(actor: Actor, account_ref: str) -> dict[str, str]:
    """What scans found in each section of the host product, by its key in rights: ``clean`` or ``found``.

    Of each section what the newest scan says that has seen it, among those that the actor may know of. Vendor and reseller
    learn it; a client's own people never do, nor does a visit. One statement, none for those who learn nothing.
    """
    if actor.account_kind not in {VENDOR, RESELLER} or actor.impersonator is not None:
        return {}
    done = _seen_by(actor).filter(account__ref=account_ref, account__kind=CLIENT, state=Scan.State.DONE)
    told = newest_measured(done.values_list("sections", flat=True)[:MOST_SCANS])
    return {PRODUCT_PREFIX + key: measured for key, measured in told.items()}


def scan_under_way(actor: Actor, account_ref: str, *, at: datetime | None = None) -> ScanRow | None:
    """`ScanReport.running` alone, for who asks each second. Three statements. Raises NotFound, Forbidden."""
    account = looked_at_account(actor, account_ref)
    open_ones = _seen_by(actor).filter(account=account, state__in=[Scan.State.WAITING, Scan.State.RUNNING])
    found = open_ones.first()
    row = None if found is None else _living(found, at)
    return row if row is not None and row.open and not row.waits_for_the_night else None


def findings_of(actor: Actor, scan: ScanRow) -> tuple[tuple[FindingRow, ...], int]:
    """The first findings of a scan within the scope in force, new ones first, and how many more there are.

    Pages are read as the client's owner sees them, so what stands around a word is more than rights on the brand open: it
    is for whoever may look into clients and list their people; others read the word and where it stands.
    """
    found = ScanFinding.objects.filter(scan__ref=scan.ref)
    may_read = may_read_around(actor)
    people = _people_of(scan) if may_read else []
    shown = found.defer("marks").order_by("-is_new", "id")[:MOST_FINDINGS]
    rows = tuple(
        FindingRow(
            address=row.address,
            place=row.place,
            detail=row.detail,
            line=row.line,
            column=row.column,
            word=row.word,
            kind=row.kind,
            wrapped=row.wrapped,
            excerpt=row.excerpt if may_read else row.word,
            is_new=row.is_new,
            was_known=row.was_known,
            times=row.times,
            places=_places(row, people),
            picture=row.id if may_read else None,
            sections=tuple(row.sections),
        )
        for row in shown
    )
    return rows, (found.count() - len(rows) if len(rows) == MOST_FINDINGS else 0)


def _people_of(scan: ScanRow) -> list[tuple[str, str]]:
    """Reference and name of each as whom it looked; without a name whoever is in the account no more."""
    names = dict(
        Collaborator.objects.filter(ref__in=scan.people, ended_at__isnull=True).values_list("ref", "user__name")
    )
    return [(ref, names.get(ref, "")) for ref in scan.people]


def _places(row: ScanFinding, people: Sequence[tuple[str, str]]) -> tuple[PlaceRow, ...]:
    """Those that were kept; of a scan of an older version the one that it is about, or all without who was shown them."""
    kept = row.places or [[row.address, row.detail, row.line, row.column]]
    return tuple(_place(*each, people=people) for each in kept)


def _place(
    address: str, detail: str, line: int, column: int, shown_to: str = "", *, people: Sequence[tuple[str, str]]
) -> PlaceRow:
    who, _blank, number = shown_to.partition(" ")
    place = int(number) if number else 0
    ref, name = people[place] if who in {OWNER, COLLABORATOR} and place < len(people) else ("", "")
    return PlaceRow(address, detail, line, column, who, name, ref)


def may_read_around(actor: Actor) -> bool:
    """Whether somebody may read what stands around a word: a page as the client's owner sees it."""
    return actor.lists_people and (actor.may("clients:view") or actor.may("accounts:view"))


def picture_of(actor: Actor, account_ref: str, number: int) -> bytes:
    """The PNG of a finding of that account (`FindingRow.picture`): a piece of the page as a browser showed it, else the line in
    which the word stands. Raises NotFound, Forbidden."""
    account = looked_at_account(actor, account_ref)
    if not may_read_around(actor):
        raise NotFound
    rows = ScanFinding.objects.filter(account=account, scan__in=_seen_by(actor), id=number)
    found = rows.defer("marks", "places").select_related("picture").first()
    if found is None:
        raise NotFound
    return bytes(found.picture.data) if found.picture is not None else _line(found)


def _line(row: ScanFinding) -> bytes:
    before = {
        "header": f"{row.detail}:",
        "cookie": "Set-Cookie:",
        "dns": f"{row.address}  {row.detail}",
        "certificate": f"{row.detail}:",
        "file": f"{row.detail}:",
        "mail": f"{row.detail}:",
    }.get(row.place, f"{row.line}:{row.column}" if row.place not in {"request", "stored", "console", "logo"} else "")
    # A name that is itself found, and headers that are read with their name before them, say it already.
    if row.detail and folded(row.excerpt)[0].startswith(folded(bare(row.place, row.detail))[0]):
        before = ""
    return line_of(where=row.address, before=before, excerpt=row.excerpt, word=row.word)


def scan_row(scan_ref: str) -> ScanRow:
    """One scan within the scope in force. Raises NotFound."""
    row = _scans().filter(ref=scan_ref).first() if looks_like_ref(scan_ref, "scan") else None
    if row is None:
        raise NotFound
    return _row(row)


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest finished scan of an account, with the first new thing that it found."""

    scan: ScanRow
    account_kind: str
    word: str
    address: str


@dataclass(frozen=True, slots=True)
class AllScans:
    """Over all accounts: how many were looked at, how many of them are clean, and those that are not, the newest first."""

    looked_at: int
    clean: int
    rows: tuple[Newest, ...]
    more: int


def all_scans(actor: Actor) -> AllScans:
    """What the newest scans of all clients and resellers found. For the vendor. Four statements. Raises NotFound, Forbidden."""
    if actor.account_kind != VENDOR or actor.impersonator is not None:
        raise NotFound
    actor.require("accounts:view")
    newer = Scan.objects.filter(account=OuterRef("account"), state=Scan.State.DONE, id__gt=OuterRef("id"))
    newest = Scan.objects.filter(state=Scan.State.DONE).exclude(Exists(newer))
    naming = newest.filter(leaking__gt=0)
    looked_at, count = newest.count(), naming.count()
    scans = list(naming.select_related("account").order_by("-id")[:MOST_LISTED])
    first: dict[int, ScanFinding] = {}
    for found in ScanFinding.objects.filter(scan__in=scans, id__in=_first_findings(scans)).defer("marks", "places"):
        first[found.scan_id] = found
    rows = tuple(
        Newest(_row(scan), scan.account.kind, first[scan.id].word, first[scan.id].address)
        for scan in scans
        if scan.id in first
    )
    return AllScans(looked_at, looked_at - count, rows, max(0, count - len(scans)))


def _first_findings(scans: Sequence[Scan]) -> list[int]:
    """Of each scan its first finding, new ones first."""
    found = ScanFinding.objects.filter(scan=OuterRef("id")).order_by("-is_new", "id").values("id")[:1]
    chosen = Scan.objects.filter(id__in=[scan.id for scan in scans]).annotate(first=Subquery(found))
    return [each for each in chosen.values_list("first", flat=True) if each is not None]


def _seen_by(actor: Actor) -> QuerySet[Scan]:
    """What the vendor has not had its time for yet, a reseller does not see."""
    return _scans() if actor.account_kind == VENDOR else _scans().filter(held_until__isnull=True)


def _living(scan: Scan, at: datetime | None) -> ScanRow:
    """A scan, with how far it is while it is open; as broken off when its job has ended without it, or its run is silent."""
    row = _row(scan)
    if not row.open:
        return row
    if row.cause == Scan.Cause.COMMAND:
        return replace(row, state=Scan.State.FAILED.value) if at is not None and has_died(scan, at) else row
    job = job_of_scan(scan)
    if job is None:
        return replace(row, state=Scan.State.FAILED.value)
    return replace(row, progress=(job.progress_done or 0, job.progress_total or 0))


def has_died(scan: Scan, at: datetime) -> bool:
    """Whether nobody will ever end an open scan: its worker was killed too often, or its command was."""
    if scan.cause == Scan.Cause.COMMAND:
        return at - (scan.beat_at or scan.started_at or scan.created_at) > LEASE
    return job_of_scan(scan) is None


def job_of_scan(scan: Scan) -> Job | None:
    """The job that waits or runs for a scan; None when it is over. Asked so that an index answers, however long the queue."""
    # unscoped: the queue knows no scope; the scan is one that the reader sees
    return Job.unscoped.filter(account_id=scan.account_id, kind=JOB, key=scan.ref, state__in=ACTIVE).first()


def _scans() -> QuerySet[Scan]:
    return Scan.objects.select_related("account").defer("marks").order_by("-id")


def _row(row: Scan) -> ScanRow:
    return ScanRow(
        ref=row.ref,
        account_ref=row.account.ref,
        account_name=row.account.name,
        state=row.state,
        cause=row.cause,
        version=row.version,
        host=row.host,
        seen_as=row.seen_as,
        people=tuple(row.people),
        looked_at=row.looked_at,
        leaking=row.leaking,
        score=row.score,
        skipped=tuple(row.skipped),
        asked_by=row.asked_by_name,
        created_at=row.created_at,
        ended_at=row.ended_at,
        sections=dict(row.sections),
        held_until=row.held_until,
    )

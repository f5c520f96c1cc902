"""Reading scans: for whoever may see the brand of an account, and never for the client's own people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from sublet.accounts.models import Account
from sublet.core.rights import CLIENT, RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.refs import looks_like_ref
from sublet.proof.models import Scan, ScanFinding

MOST_SCANS = 30
MOST_FINDINGS = 200


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
    looked_at: int
    leaking: int
    score: int
    skipped: tuple[str, ...]
    asked_by: str
    created_at: datetime
    ended_at: datetime | None

    @property
    def open(self) -> bool:
        """Whether it still waits or runs."""
        return self.state in {Scan.State.WAITING, Scan.State.RUNNING}

    @property
    def waits_for_the_night(self) -> bool:
        """Whether it has its turn in the night and did not begin."""
        return (self.state, self.cause) == (Scan.State.WAITING, Scan.Cause.NIGHT)


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One word where it stood. `where` is `place` with `detail`, `line` and `column` beside it."""

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


def scannable(actor: Actor) -> list[str]:
    """References of all open clients and resellers within the scope in force, for the command line. Raises Forbidden."""
    actor.require("accounts:view")
    open_ones = Account.objects.filter(kind__in=[CLIENT, RESELLER], state="active")
    return list(open_ones.order_by("id").values_list("ref", flat=True))


def scan_report(actor: Actor, account_ref: str) -> ScanReport:
    """What the scans of an account say. Raises NotFound, Forbidden."""
    account = looked_at_account(actor, account_ref)
    rows = [_row(row) for row in _scans().filter(account=account)[:MOST_SCANS]]
    latest = next((row for row in rows if row.state == Scan.State.DONE), None)
    findings, more = findings_of(actor, latest) if latest is not None else ((), 0)
    return ScanReport(account.ref, account.name, tuple(rows), latest, findings, more)


def findings_of(actor: Actor, scan: ScanRow) -> tuple[tuple[FindingRow, ...], int]:
    """The first findings of a scan within the scope in force, new ones first, and how many more there are.

    Pages are read as the client's owner sees them, so what stands around a word is more than rights on the brand open: it
    is for whoever may look into clients and list their people; others read the word and where it stands.
    """
    found = ScanFinding.objects.filter(scan__ref=scan.ref)
    may_read = actor.lists_people and (actor.may("clients:view") or actor.may("accounts:view"))
    shown = found.order_by("-is_new", "id")[:MOST_FINDINGS]
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
        )
        for row in shown
    )
    return rows, (found.count() - len(rows) if len(rows) == MOST_FINDINGS else 0)


def scan_row(scan_ref: str) -> ScanRow:
    """One scan within the scope in force. Raises NotFound."""
    row = _scans().filter(ref=scan_ref).first() if looks_like_ref(scan_ref, "scan") else None
    if row is None:
        raise NotFound
    return _row(row)


def _scans() -> QuerySet[Scan]:
    return Scan.objects.select_related("account").order_by("-id")


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
        looked_at=row.looked_at,
        leaking=row.leaking,
        score=row.score,
        skipped=tuple(row.skipped),
        asked_by=row.asked_by_name,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )

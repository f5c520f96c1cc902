"""Whether anything that people are shown gives the vendor away."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase

from sublet.core.rights import VENDOR
from sublet.portals.api.declare import ABOVE, ApiRequest, Needs, Routes
from sublet.portals.api.schemas.scans import Scan, ScanFinding, ScanOverview, ScanPlace, ScanReport
from sublet.proof import alerts, operations, queries
from sublet.proof.queries import ScanRow

routes = Routes("White label", "Whether anything that an account’s people are shown names the vendor.")
SEE = Needs("brand:view", below="brand:view", vendor="accounts:view")
ASK = Needs("brand:manage", below="brand:manage", vendor="accounts:manage")


def _scan(row: ScanRow) -> Scan:
    return Scan(
        ref=row.ref,
        account=row.account_ref,
        state=row.state,  # type: ignore[arg-type]  # the database knows no other word
        cause=row.cause,  # type: ignore[arg-type]  # as above
        host=row.host,
        seen_as=row.seen_as,  # type: ignore[arg-type]  # as above
        looked_at=row.looked_at,
        with_findings=row.leaking,
        score=row.score,
        not_looked_at=list(row.skipped),  # type: ignore[arg-type]  # as above
        sections=dict(row.sections),  # type: ignore[arg-type]  # as above
        created_at=row.created_at,
        ended_at=row.ended_at,
        held_until=row.held_until,
    )


@routes.get("/accounts/{account}/scans", needs=SEE, kinds=ABOVE, answer=ScanReport)
def list_scans(request: ApiRequest, account: str) -> ScanReport:
    """List the newest scans of a client, or of one's own host, and what the last finished one found."""
    report = queries.scan_report(request.actor, account)
    return ScanReport(
        scans=[_scan(row) for row in report.scans],
        findings=[
            ScanFinding(
                address=row.address,
                place=row.place,  # type: ignore[arg-type]  # the database knows no other word
                detail=row.detail,
                line=row.line,
                column=row.column,
                word=row.word,
                written_as=row.wrapped,
                excerpt=row.excerpt,
                is_new=row.is_new,
                was_known=row.was_known,
                times=row.times,
                places=[
                    ScanPlace(
                        address=each.address,
                        detail=each.detail,
                        line=each.line,
                        column=each.column,
                        seen_as=each.seen_as,  # type: ignore[arg-type]  # as above
                        collaborator=each.collaborator or None,
                    )
                    for each in row.places
                ],
                sections=list(row.sections),
                picture=row.picture,
            )
            for row in report.findings
        ],
        more_findings=report.more_findings,
    )


@routes.get("/accounts/{account}/scans/pictures/{number}", needs=SEE, kinds=ABOVE, answer=bytes, media=("image/png",))
def get_picture_of_finding(request: ApiRequest, account: str, number: int) -> HttpResponseBase:
    """Get the picture of a finding: its place outlined, or the line in which it stands.

    For keys that may look into clients and list their people: it shows a page as they see it.
    """
    picture = queries.picture_of(request.actor, account, number)
    return HttpResponse(picture, content_type="image/png")


@routes.post(
    "/accounts/{account}/scans",
    needs=ASK,
    kinds=ABOVE,
    answer=Scan,
    status=201,
    refusals=[operations.CannotScan],
)
def ask_for_scan(request: ApiRequest, account: str) -> Scan:
    """Have an account looked at. It is done within minutes; one at a time."""
    ref = operations.ask_for_scan(account_ref=account, actor=request.actor, at=request.at)
    return _scan(queries.scan_row(ref))


@routes.get("/scans", needs="accounts:view", kinds=(VENDOR,), answer=ScanOverview)
def list_newest_scans(request: ApiRequest) -> ScanOverview:
    """List the accounts whose newest scan found something, and how many there are in all."""
    found = queries.all_scans(request.actor)
    return ScanOverview(
        looked_at=found.looked_at,
        clean=found.clean,
        with_findings=[_scan(row.scan) for row in found.rows],
        more_scans=found.more,
    )


@routes.post("/accounts/{account}/scans/release", needs="accounts:manage", kinds=(VENDOR,), answer=None)
def release_scans(request: ApiRequest, account: str) -> None:
    """Let the reseller see now what the vendor has seen. Without it, it does when the vendor's time is over."""
    alerts.release_scans(account_ref=account, actor=request.actor, at=request.at)

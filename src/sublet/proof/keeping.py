"""What a scan found as rows: findings with their places, what of them is new, and pictures. In the scan's last transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set

from sublet.accounts.models import Account
from sublet.core.findings import MAIL, Finding, found_mark, gathered, mark_of, new_marks
from sublet.proof.gathering import Gathered
from sublet.proof.models import Scan, ScanFinding, ScanPicture
from sublet.proof.pictures import Picture, chosen

MOST_FINDINGS = 500
#: Of so many scans the pictures are kept: of the newest, and of the newest that the reseller may see. Of others nobody sees a finding.
PICTURED = 3
#: Of one finding so many places are told; all of them are counted.
MOST_PLACES = 50
#: By so many marks the next scan knows what is new; it takes a word of the vendor's in each line of the product to get there.
MOST_MARKS = 50_000


def keep_findings(scan: Scan, into: Gathered, *, before: Scan | None) -> int:
    """Keep what was found; returns how many findings have something new. Says with the scan when there was no room for all.

    The scan's own fields `marks` and `skipped` are set, and saved by the caller.
    """
    findings = gathered(into.found)
    known = frozenset[str]() if before is None else marks_of_scan(before)
    new = new_marks(known, findings)
    if before is not None and _was_cut(before):
        new = (
            frozenset()
        )  # nobody knows what else the scan before had found: other old places each time would be no news
    # New ones first: those that are dropped for want of room are old ones.
    in_order = sorted(findings, key=lambda each: not each.newness(new)[0])
    if len(in_order) > MOST_FINDINGS:
        into.skip("more")
        del in_order[MOST_FINDINGS:]
    kept: dict[bytes, ScanPicture] = {}
    ScanFinding.objects.bulk_create(
        _row(scan, each, new, _picture(scan, each, into.pictures, kept), into.sections_at, first=before is None)
        for each in in_order
    )
    marks = dict.fromkeys(mark for each in findings for mark in each.marks)
    if before is not None and set(into.skipped) - set(before.skipped):
        # What was not looked at this once, a product that did not answer say, is not new when it is there again. Not for
        # longer: what was mended and comes back in a month is news, whatever is lacking meanwhile.
        marks |= dict.fromkeys(sorted(known))
    scan.marks = list(marks)[:MOST_MARKS]
    return sum(each.newness(new)[0] for each in findings)


def _was_cut(before: Scan) -> bool:
    """Whether that scan found more than it kept marks of: those of older versions kept none but their rows."""
    if before.marks:
        return len(before.marks) >= MOST_MARKS
    return ScanFinding.objects.filter(scan=before).count() >= MOST_FINDINGS


def _row(
    scan: Scan,
    finding: Finding,
    new: frozenset[str],
    picture: ScanPicture | None,
    sections_at: Mapping[str, Set[str]],
    *,
    first: bool,
) -> ScanFinding:
    is_new, was_known = finding.newness(new)
    # What is new at a known finding is what its reader looks for.
    places = sorted(finding.places, key=lambda each: found_mark(each) not in new)
    told, leak = places[0], places[0].leak
    return ScanFinding(
        account=scan.account,
        scan=scan,
        key=finding.marks[0],
        address=_kept(told.address, 300),
        place=told.place,
        detail=_kept(told.detail, 120),
        line=leak.line,
        column=leak.column,
        word=_kept(leak.word, 120),
        kind=leak.kind,
        wrapped=leak.wrapped,
        excerpt=_kept(leak.excerpt, 300),
        picture=picture,
        is_new=is_new and not first,
        was_known=was_known and not first,
        times=len(places),
        places=[
            [_kept(each.address, 300), _kept(each.detail, 120), each.leak.line, each.leak.column, each.seen_as]
            for each in places[:MOST_PLACES]
        ],
        marks=finding.marks[:MOST_MARKS],
        sections=sorted({key for each in places for key in sections_at.get(each.address, ())}),
    )


def _kept(text: str, most: int) -> str:
    """What strangers have written, such as an address or the name of a part of a file, as it can be shown anywhere.

    A zero byte in it would keep PostgreSQL from all of it, an escape would tell a terminal what to do, and a letter that turns the
    direction round would have a place read as another one.
    """
    return "".join(each if each.isprintable() else "\ufffd" for each in text[:most])


def _picture(
    scan: Scan, finding: Finding, drawn: Mapping[tuple[str, str], Sequence[Picture]], kept: dict[bytes, ScanPicture]
) -> ScanPicture | None:
    """The piece of a page or mail that shows the finding; None for what no browser showed: its line is drawn. Several findings of
    one page share a piece."""
    for each in finding.places:
        # The parts of a mail are apart; the one in HTML was shown.
        address = f"{each.address}\n{each.detail}" if each.place == MAIL else each.address
        picture = chosen(each, drawn.get((address, each.leak.word), ()))
        if picture is not None:
            if picture.data not in kept:
                kept[picture.data] = ScanPicture.objects.create(account=scan.account, scan=scan, data=picture.data)
            return kept[picture.data]
    return None


def forget_pictures(account: Account) -> None:
    """Delete those that nobody is shown any more."""
    done = Scan.objects.filter(account=account, state=Scan.State.DONE).order_by("-id")
    shown = [
        *done.values_list("id", flat=True)[:PICTURED],
        *done.filter(held_until=None).values_list("id", flat=True)[:1],
    ]
    ScanPicture.objects.filter(account=account).exclude(scan__in=shown).delete()


def marks_of_scan(scan: Scan) -> frozenset[str]:
    """All that a scan found, by which it is known again. Of a scan of an older version: what it had room for."""
    if scan.marks or scan.leaking == 0:
        return frozenset(scan.marks)
    return frozenset(mark for row in ScanFinding.objects.filter(scan=scan) for mark in marks_of_row(row))


def marks_of_row(row: ScanFinding) -> Iterable[str]:
    """All places of one finding."""
    return row.marks or [mark_of(address=row.address, place=row.place, detail=row.detail, word=row.word)]

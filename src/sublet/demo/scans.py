"""What a visitor of the demo finds on the page "White label": three looks at one client, the newest with a finding."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

from PIL import Image, ImageDraw, ImageFont

from sublet import __version__
from sublet.accounts.models import Account
from sublet.core.findings import mark_of
from sublet.proof.models import Scan, ScanFinding, ScanPicture

_INK, _QUIET, _LINE, _MARK = (29, 33, 41), (100, 106, 118), (222, 225, 230), (214, 57, 57)


def leave_scans(account: Account, *, host: str, vendor: str, now: datetime) -> None:
    """Two clean nights, and a third on which a page of the product named the vendor in its footer."""
    for days, leaking in ((3, 0), (2, 0), (1, 2)):
        at = (now - timedelta(days=days)).replace(hour=1, minute=34, second=0, microsecond=0)
        scan = Scan.objects.create(
            account=account, state=Scan.State.DONE, cause=Scan.Cause.NIGHT, version=__version__, host=host,
            seen_as="owner", looked_at=412 + days, leaking=leaking, score=100 * (412 + days - leaking) // (412 + days),
            skipped=["pictures", "certificates"], sections={"design": "clean", "content": "clean",
            "menus": "found" if leaking else "clean", "languages": "clean"}, asked_by_name="", created_at=at,
            started_at=at, ended_at=at + timedelta(minutes=4),
        )  # fmt: skip
        if not leaking:
            continue
        address = f"/app/{account.ref}/menus"
        picture = ScanPicture.objects.create(account=account, scan=scan, data=_footer(f"Powered by {vendor}"))
        more = [f"{address}?tab={tab}" for tab in ("dishes", "prices", "wines")]
        for place, detail, line, column, excerpt, shown, where in (
            ("text", "", 214, 31, f"© 2026 · Powered by {vendor}", picture, [address, *more]),
            ("file", "/Producer", 1, 1, f"{vendor} Menu Writer 4", None, [f"/app/{account.ref}/menus.pdf"]),
        ):
            marks = [mark_of(address=each, place=place, detail=detail, word=vendor) for each in where]
            scan.marks += marks
            ScanFinding.objects.create(
                account=account, scan=scan, key=marks[0], place=place, detail=detail, line=line, column=column,
                address=where[0], word=vendor, kind="name", excerpt=excerpt, picture=shown, is_new=True, times=len(where),
                places=[[each, detail, line, column, "owner"] for each in where], marks=marks,
                sections=["menus"],
            )  # fmt: skip
        scan.leaking, scan.score = len(more) + 2, 98
        scan.save(update_fields=["marks", "leaking", "score"])


def _footer(words: str) -> bytes:
    """A piece of a page with its footer, and the words in it outlined, as a scan draws it."""
    picture = Image.new("RGB", (640, 180), "white")
    draw = ImageDraw.Draw(picture)
    large, small = ImageFont.load_default(16), ImageFont.load_default(13)
    for place, (dish, price) in enumerate((("Risotto al limone", "14"), ("Branzino al forno", "22"))):
        draw.text((24, 20 + 38 * place), dish, fill=_INK, font=large)
        draw.text((580, 20 + 38 * place), price, fill=_INK, font=large)
        draw.line((24, 50 + 38 * place, 616, 50 + 38 * place), fill=_LINE)
    draw.text((24, 138), "© 2026 ·", fill=_QUIET, font=small)
    box = draw.textbbox((84, 138), words, font=small)
    draw.text((84, 138), words, fill=_QUIET, font=small)
    draw.rectangle((box[0] - 5, box[1] - 5, box[2] + 5, box[3] + 5), outline=_MARK, width=2)
    into = io.BytesIO()
    picture.quantize(32).save(into, "PNG", optimize=True)
    return into.getvalue()

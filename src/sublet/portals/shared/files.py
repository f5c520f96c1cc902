"""Files that are downloaded while they are being made."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def file_answer(pieces: Iterable[bytes], *, kind: str, name: str) -> StreamingHttpResponse:
    """A file that is downloaded while it is being made; `name` without its ending."""
    answer = StreamingHttpResponse(pieces, content_type=TYPES[kind])
    answer.headers["Content-Disposition"] = content_disposition_header(True, f"{file_word(name)}.{kind}") or ""
    answer.headers["Cache-Control"] = "no-store"
    return answer


def file_word(text: str) -> str:
    """The text without what no file name may hold: letters of every language stay."""
    kept = "".join(sign if sign.isalnum() or sign in "-_. " else " " for sign in text)
    return "-".join(kept.split()).strip("-.")[:120] or "list"

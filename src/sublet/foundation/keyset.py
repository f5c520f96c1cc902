"""Pages of rows whose ids are in the order of time, newest first, in both directions, never by offset."""

from __future__ import annotations

import uuid
from typing import TypeVar

from django.db.models import Model, QuerySet, UUIDField

M = TypeVar("M", bound=Model)
_NEWER = "newer-"


def goes_back(cursor: str) -> bool:
    """Whether a cursor leads to newer rows."""
    return cursor.startswith(_NEWER)


def read_number(text: str) -> int | None:
    """The id that a text from outside holds; None for what is none: other digits than ours, and more than a column keeps."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def newest_first(rows: QuerySet[M], *, cursor: str, size: int) -> tuple[list[M], str, str]:
    """The page that begins at `cursor`, and the cursors of the newer and of the older page (empty: there is none).

    An unknown cursor is read as the first page.
    """
    newer = goes_back(cursor)
    place = _place(rows, cursor.removeprefix(_NEWER))
    if place is None:
        found = list(rows.order_by("-id")[: size + 1])
        return found[:size], "", str(found[size - 1].id) if len(found) > size else ""  # type: ignore[attr-defined]  # every such model has an id
    found = list(
        rows.filter(id__gt=place).order_by("id")[: size + 1]
        if newer
        else rows.filter(id__lt=place).order_by("-id")[: size + 1]
    )
    more = len(found) > size
    found = found[:size]
    if newer:
        found.reverse()
    if not found:
        return [], "", ""
    first, last = str(found[0].id), str(found[-1].id)  # type: ignore[attr-defined]  # as above
    return found, _NEWER + first if more or not newer else "", last if more or newer else ""


def _place(rows: QuerySet[M], text: str) -> uuid.UUID | int | None:
    """The id that a cursor holds: a UUID or a number, as the rows have them."""
    if not isinstance(rows.model._meta.get_field("id"), UUIDField):
        return read_number(text)
    try:
        return uuid.UUID(text)
    except ValueError:
        return None

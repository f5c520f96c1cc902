"""Looking for words in what the journal tells: read backwards from the newest entry, so many for a page and no more.

No table of words, unlike the list of clients: the journal is written far more often than it is searched, and each
entry would cost some ten rows. Dates narrow what is read by the index.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence

from django.db.models import QuerySet

from sublet.core.names import words
from sublet.core.peopledata import Way
from sublet.foundation.actor import Actor
from sublet.foundation.journal.as_read import as_read, sharing
from sublet.foundation.journal.models import JournalEntry

#: How many entries are read for one page at most.
SCANNED = 5_000
_BATCH = 1_000
_MOST_TERMS = 6
_MOST_WORDS = 400


def terms_of(typed: str) -> list[str]:
    """The folded words of what was typed; empty for a text without letters and digits."""
    return words(typed[:200], most=_MOST_TERMS)


def find(
    entries: QuerySet[JournalEntry],
    terms: Sequence[str],
    reader: Actor,
    *,
    cursor: str,
    size: int,
    way: Way | None = None,
) -> tuple[list[JournalEntry], str]:
    """The next entries older than `cursor`, as `reader` may read them, in which each term begins a word of that; and the cursor
    to go on from (or empty)."""
    try:
        place = uuid.UUID(cursor) if cursor else None
    except ValueError:
        place = None
    found: list[JournalEntry] = []
    read, shares = 0, sharing()
    while read < SCANNED:
        batch = list((entries.filter(id__lt=place) if place else entries).order_by("-id")[:_BATCH])
        for entry in batch:
            place = entry.id
            shown = as_read(entry, reader, way, shares=shares)
            if shown is not None and _fits(shown, terms):
                found.append(shown)
                if len(found) == size:
                    return found, str(place)
        read += len(batch)
        if len(batch) < _BATCH:
            return found, ""
    return found, str(place)


def _fits(shown: JournalEntry, terms: Sequence[str]) -> bool:
    told = words(shown.actor_name, shown.impersonator_name, shown.reason, *_texts(shown.data), most=_MOST_WORDS)
    return all(any(word.startswith(term) for word in told) for term in terms)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)

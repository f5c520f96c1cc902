"""A visit in plain words: what was changed, as the journal says it, and which pages were only looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sublet.foundation.journal.queries import EntryRow
from sublet.people.queries import RequestRow
from sublet.portals.shared.shell import Text
from sublet.portals.shared.stories import days_of

SHOWN_CHANGES = 5
#: What pages of a client's account are called, by the first words after its reference in the address.
PAGES: dict[str, Text] = {
    "": gettext_lazy("Home"),
    "team": gettext_lazy("Team"),
    "team/directory": gettext_lazy("Directory"),
    "team/log-in": gettext_lazy("Rules for logging in"),
    "requests": gettext_lazy("Requests"),
    "access": gettext_lazy("Who can enter"),
    "use": gettext_lazy("Use"),
    "information": gettext_lazy("Information"),
    "hand-over": gettext_lazy("Hand-over sheet"),
    "plan": gettext_lazy("Your plan"),
    "billing": gettext_lazy("Billing"),
    "billing/paying": gettext_lazy("Way of paying"),
    "moves": gettext_lazy("Moves"),
    "give-back": gettext_lazy("Give the account back"),
    "brand": gettext_lazy("Brand"),
    "hosts": gettext_lazy("Hosts"),
    "senders": gettext_lazy("Senders"),
    "keys": gettext_lazy("API keys"),
    "webhooks": gettext_lazy("Webhooks"),
    "history": gettext_lazy("What happened"),
    "visits": gettext_lazy("Visits"),
    "locked": gettext_lazy("What you can do here"),
    "close": gettext_lazy("Close the account"),
    "closed": gettext_lazy("Close the account"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """Something that was changed, in a sentence or two; `quoted`: the part of it that is somebody else's words."""

    text: str
    quoted: str = ""


@dataclass(frozen=True, slots=True)
class DiaryEntry:
    """One visit: a sentence, the reason, the first changes (and how many `more`), how many pages were opened."""

    at: datetime
    sentence: str
    reason: str
    teams: str  # names of teams by whose access it could begin
    url: str
    changes: tuple[Told, ...]
    more: int
    pages: int
    running: bool


@dataclass(frozen=True, slots=True)
class DiaryDay:
    """The visits that began on one day."""

    date: date
    entries: tuple[DiaryEntry, ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """A page that was opened without changing anything, and how often."""

    name: Text
    times: int
    refused: bool


def diary_days(entries: Iterable[DiaryEntry]) -> tuple[DiaryDay, ...]:
    """The entries by day, in the time zone now active; they come newest first."""
    zone = timezone.get_current_timezone()
    days = groupby(entries, key=lambda entry: entry.at.astimezone(zone).date())
    return tuple(DiaryDay(day, tuple(found)) for day, found in days)


def told(rows: Sequence[EntryRow], *, from_above: bool) -> list[Told]:
    """What was changed, a sentence each, in the order in which it happened; what only the reseller reads is left out."""
    sentences = []
    for day in days_of(rows, from_above=from_above):
        for entry in day.entries:
            if entry.quoted:
                sentences.append(Told(str(entry.sentence), entry.quoted))  # nothing of ours after words that end anyhow
            else:
                sentences.append(Told(f"{entry.sentence} {entry.detail}".strip()))
    return sentences[::-1]


def page_name(path: str) -> str:
    """What the page at that path is called, in the words of the menu: an address says nothing to whoever reads a diary.

    A path that begins with a space after the slash is the name of a program that was entered by single sign-on.
    """
    if path.startswith("/ "):
        return path[2:]
    parts = path.partition("?")[0].split("/")
    if parts[1:2] == ["open"]:
        return _("Product")
    if len(parts) < 4 or parts[1] != "client":
        return _("Another page")
    word, below = parts[3], "/".join(parts[3:5])
    return str(PAGES.get(below) or PAGES.get(word) or _("Another page"))


def looked_at(rows: Iterable[RequestRow]) -> tuple[Looked, ...]:
    """The pages among these requests that were opened and changed nothing, most often opened first."""
    found: dict[tuple[str, bool], int] = {}
    for row in rows:
        if not row.changed:
            key = (page_name(row.path), row.status >= 400)
            found[key] = found.get(key, 0) + 1
    ordered = sorted(found.items(), key=lambda item: (item[0][1], -item[1], item[0][0]))
    return tuple(Looked(name, times, refused) for (name, refused), times in ordered)

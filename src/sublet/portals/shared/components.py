"""What the page components are given: frozen values, no queries, no requests. Each class names its template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sublet.portals.shared.shell import Text


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step of the breadcrumb of ``shared/page_header.html``; the last one has no address."""

    label: Text
    url: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """A button or an entry of a menu (``shared/actions.html``, ``shared/menu.html``).

    By default a link to `url`. `method="post"` makes a form of it; `dialog` opens the dialog of that id instead.
    `tone` is ``primary``, ``danger`` or empty. `hint` is the second, quieter line in a menu.
    """

    label: Text
    url: str = ""
    icon: str = ""
    method: str = "get"
    dialog: str = ""
    tone: str = ""
    hint: Text = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    download: bool = False
    new_tab: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of ``shared/facts.html``. `kind`: text, status, mail, phone, link, date, datetime, tags, yes_no, code."""

    label: Text
    value: object
    kind: str = "text"
    url: str = ""
    copy: bool = False
    hint: Text = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab that is a page of its own (``shared/tabs.html``) or a saved view (``shared/view_tabs.html``)."""

    label: Text
    url: str
    active: bool = False
    count: int | None = None
    icon: str = ""
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a wizard (``shared/steps.html``): `state` is ``done``, ``current`` or ``coming``."""

    label: Text
    state: str = "coming"
    url: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A sentence of the history (``shared/timeline.html``)."""

    at: datetime
    sentence: Text
    who: str = ""
    icon: str = "point"
    detail: Text = ""
    url: str = ""
    tone: str = ""
    acting_for: str = ""
    quoted: str = ""  # a part of the sentence: somebody else's words, kept apart from ours


@dataclass(frozen=True, slots=True)
class Day:
    """The entries of one day, newest first, under their date."""

    date: date
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A line of ``shared/changes.html``: `kind` is ``add``, ``change``, ``remove`` or ``same``."""

    kind: str
    label: Text
    before: Text = ""
    after: Text = ""
    note: Text = ""


@dataclass(frozen=True, slots=True)
class Tag:
    """A chip of ``shared/tags.html``; `tone` 0–7 is its color, `url` makes it a link."""

    label: str
    url: str = ""
    tone: int = 0


@dataclass(frozen=True, slots=True)
class SectionRow:
    """A section in the rights grid: the level now, the levels that may be chosen, whether it carries the mark, and what a scan
    found there (``clean``, ``found``, ``unseen``). `unclean`: the button for clean sections closes it.
    """

    key: str
    label: Text
    level: str = "none"
    levels: tuple[str, ...] = ("none", "view", "manage")
    marked: bool = False
    measured: str = "unseen"
    unclean: bool = False
    icon: str = ""
    help: Text = ""
    locked: bool = False
    why: Text = ""  # of a locked one: why, and whom to ask


@dataclass(frozen=True, slots=True)
class SectionGroup:
    """Sections of the rights grid under one heading."""

    label: Text
    rows: tuple[SectionRow, ...]


@dataclass(frozen=True, slots=True)
class Preset:
    """A named set of rights that fills the grid: section key → level; a section not named becomes ``none``."""

    label: Text
    levels: Mapping[str, str]
    hint: Text = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is (``shared/progress.html``). `url` is asked again every second until `finished`."""

    label: Text
    done: int
    total: int
    url: str = ""
    finished: bool = False
    failed: bool = False
    note: Text = ""

    @property
    def percent(self) -> int:
        """0–100, rounded down, so that 100 means all."""
        return 100 if self.total <= 0 and self.finished else (self.done * 100 // self.total if self.total > 0 else 0)


def by_day(entries: tuple[Entry, ...] | list[Entry], zone: str) -> tuple[Day, ...]:
    """The entries, in the order given, gathered under the date each has in `zone` (an IANA name)."""
    local = ZoneInfo(zone)
    days: dict[date, list[Entry]] = {}
    for entry in entries:
        days.setdefault(entry.at.astimezone(local).date(), []).append(entry)
    return tuple(Day(day, tuple(found)) for day, found in days.items())

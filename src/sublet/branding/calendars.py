"""Calendar files in brand: moments that somebody wants to be reminded of. Times are UTC, which every calendar shows as its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MOST_SIGNS = 1000


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happens at an instant. `key` names it for ever: a newer file with the same one replaces the older.

    `number` grows when the moment moves; a calendar keeps what has the higher one.
    """

    key: str
    title: str
    text: str
    at: datetime
    number: int = 0
    url: str = ""
    remind_before: timedelta | None = None


def calendar_file(moments: Sequence[Moment], *, brand: str, language: str, at: datetime) -> bytes:
    """The moments as ``.ics`` (RFC 5545). It says whose it is by the brand's name, and not what made it."""
    from icalendar import (  # its zones and grammar take long to load, and few processes make a file
        Alarm,
        Calendar,
        Event,
    )

    calendar = Calendar()
    calendar.add("prodid", f"-//{_line(brand).replace('/', ' ')}//{language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for moment in moments:
        begins = moment.at.astimezone(UTC).replace(microsecond=0)
        entry = Event()
        entry.add("uid", moment.key)
        entry.add("dtstamp", at.astimezone(UTC).replace(microsecond=0))
        entry.add("sequence", moment.number)
        entry.add("dtstart", begins)
        entry.add("dtend", begins)
        entry.add("summary", _line(moment.title), parameters={"LANGUAGE": language})
        entry.add("description", _plain(moment.text), parameters={"LANGUAGE": language})
        entry.add("transp", "TRANSPARENT")
        if moment.url:
            entry.add("url", moment.url)
        if moment.remind_before is not None:
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", _line(moment.title))
            alarm.add("trigger", -moment.remind_before)
            entry.add_component(alarm)
        calendar.add_component(entry)
    return bytes(calendar.to_ical())


def _line(text: str) -> str:
    return " ".join(_plain(text).split())


def _plain(text: str) -> str:
    """The text without control characters: none of them may begin a line of its own in the file."""
    kept = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text)
    return kept[:MOST_SIGNS]

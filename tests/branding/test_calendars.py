"""Calendar files: one moment in UTC, in brand, and nothing that anybody typed becomes a line of the file."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any

from icalendar import Calendar

from sublet.branding.calendars import Moment, calendar_file
from tests.people import AT

HOSTILE = 'a\r\nATTENDEE:mailto:x@y.example\nEND:VCALENDAR;,\\"\x00é🎉'


def test_a_moment_is_read_back_as_it_was_given() -> None:
    ends = AT.astimezone(timezone(timedelta(hours=2)))
    moment = Moment("gra_1@access", "Access ends", "Until then: all", ends, 7, "https://a.example/", timedelta(days=3))
    file = calendar_file([moment], brand="Studio Rossi", language="it", at=AT)
    calendar = Calendar.from_ical(file)
    entry: Any = calendar.events[0]
    assert calendar["PRODID"] == "-//Studio Rossi//IT"
    assert f"DTSTART:{AT:%Y%m%dT%H%M%SZ}".encode() in file
    assert (entry["UID"], entry["SEQUENCE"], str(entry["SUMMARY"]), entry["URL"]) == (
        "gra_1@access", 7, "Access ends", "https://a.example/",
    )  # fmt: skip
    assert entry.walk("VALARM")[0]["TRIGGER"].dt == -timedelta(days=3)
    assert [word for word in (b"icalendar", b"sublet", b"vantage") if word in file.lower()] == []


def test_nothing_typed_becomes_a_line_of_its_own() -> None:
    moment = Moment("gra_1@access", HOSTILE, HOSTILE * 200, AT, url="https://a.example/")
    file = calendar_file([moment], brand=HOSTILE, language="en", at=AT)
    lines = file.replace(b"\r\n ", b"").split(b"\r\n")
    assert [line for line in lines if line.startswith(b"ATTENDEE")] == []
    assert len([line for line in lines if line.startswith(b"END:VCALENDAR")]) == 1
    assert all(len(line) <= 75 for line in file.split(b"\r\n"))
    assert "é🎉" in str(Calendar.from_ical(file).events[0]["SUMMARY"])

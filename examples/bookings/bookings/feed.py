"""Appointments as other calendars read them (iCalendar)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime

from icalendar import Calendar, Event, vText

from bookings.business import Business


def of_agenda(place: Business, rows: Iterable[sqlite3.Row]) -> bytes:
    """The feed of a business: who comes, when and for what."""
    calendar = _calendar()
    calendar.add("name", place["name"])
    calendar.add("x-wr-calname", place["name"])
    calendar.add("x-wr-timezone", place["zone"])
    calendar.add("x-published-ttl", "PT15M")
    for row in rows:
        if row["state"] == "blocked":
            title = row["note"] or place["name"]
        else:
            title = " · ".join(each for each in (row["customer_name"], row["service_name"]) if each)
        event = _event(place, row, title)
        reach = "\n".join(each for each in (row["customer_phone"], row["mail"], row["note"]) if each)
        if reach and row["state"] != "blocked":
            event.add("description", reach)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def one(place: Business, row: sqlite3.Row, *, canceled: bool = False) -> str:
    """One appointment, for the customer's own calendar: the same entry again when it moves or is canceled."""
    calendar = _calendar()
    calendar.add("method", "CANCEL" if canceled else "PUBLISH")
    event = _event(place, row, " · ".join(each for each in (row["service_name"], place["name"]) if each))
    if canceled:
        event["status"] = vText("CANCELLED")
    calendar.add_component(event)
    return str(calendar.to_ical().decode())


def _calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//appointments//EN")
    calendar.add("version", "2.0")
    return calendar


def _event(place: Business, row: sqlite3.Row, title: str) -> Event:
    event = Event()
    event.add("uid", f"{row['ref']}@{place['host'] or 'localhost'}")
    event.add("summary", title)
    event.add("dtstart", datetime.fromtimestamp(row["starts"], UTC))
    event.add("dtend", datetime.fromtimestamp(row["ends"], UTC))
    event.add("dtstamp", datetime.fromtimestamp(row["moved_at"] or row["made_at"], UTC))
    event.add("sequence", row["sequence"])
    event.add("status", "CONFIRMED")
    if place["place"]:
        event.add("location", place["place"])
    return event

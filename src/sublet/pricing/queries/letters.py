"""Which new prices a client was written to about, and from when on."""

from __future__ import annotations

from datetime import date

from sublet.pricing.models import PriceLetter


def told_of(client: int, after: date) -> list[tuple[str, str, str, date]]:
    """(kind, key, interval, day) of each new price of a day after that one; the earliest first. One statement, for callers that hold
    the client and whoever is above it."""
    rows = PriceLetter.objects.filter(client_id=client, day__gt=after).order_by("day", "id")
    found: dict[tuple[str, str, str, date], None] = {}
    for about, day in rows.values_list("about", "day"):
        kind, key, interval = about.split(":")
        found[kind, key, interval, day] = None
    return list(found)

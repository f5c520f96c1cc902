"""How many came, week by week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bookings.appointments import day_bounds
from bookings.business import Business
from bookings.database import Database


@dataclass(frozen=True, slots=True)
class Week:
    """A week from its Monday, by the clocks of the business."""

    monday: date
    booked: int
    missed: int
    canceled: int

    @property
    def all(self) -> int:
        """Appointments that were kept or missed."""
        return self.booked + self.missed


def weeks(database: Database, place: Business, *, until: date, number: int) -> list[Week]:
    """So many weeks, the last one with that day in it."""
    last = until - timedelta(days=until.weekday())
    found = []
    for monday in (last - timedelta(weeks=back) for back in reversed(range(number))):
        since, end = day_bounds(monday, place, 7)
        counts = {
            row["state"]: row["number"]
            for row in database.rows(
                "SELECT state, count(*) AS number FROM appointment WHERE account = ? AND starts >= ? AND starts < ? GROUP BY state",
                place.ref, int(since.timestamp()), int(end.timestamp()),
            )
        }  # fmt: skip
        found.append(Week(monday, counts.get("booked", 0), counts.get("missed", 0), counts.get("canceled", 0)))
    return found


def favorites(database: Database, place: Business, since: datetime) -> list[tuple[str, int]]:
    """The services that were booked most since then."""
    return [
        (row["name"], row["number"])
        for row in database.rows(
            "SELECT s.name, count(*) AS number FROM appointment a JOIN service s ON s.id = a.service"
            " WHERE a.account = ? AND a.starts >= ? AND a.state <> 'canceled' GROUP BY s.id ORDER BY number DESC, s.name LIMIT 5",
            place.ref, int(since.timestamp()),
        )
    ]  # fmt: skip


def made_between(database: Database, account: str, since: datetime, until: datetime) -> int:
    """Bookings that came in on the public page in that time."""
    return database.number(
        "SELECT count(*) FROM appointment WHERE account = ? AND origin = 'public' AND made_at >= ? AND made_at < ?",
        account, int(since.timestamp()), int(until.timestamp()),
    )  # fmt: skip


def missed_between(database: Database, account: str, since: datetime, until: datetime) -> int:
    """Appointments to which nobody came."""
    return database.number(
        "SELECT count(*) FROM appointment WHERE account = ? AND state = 'missed' AND starts >= ? AND starts < ?",
        account, int(since.timestamp()), int(until.timestamp()),
    )  # fmt: skip

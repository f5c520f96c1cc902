"""When things happen in the demo: on working days, in daylight, never after now."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

#: Nothing in the demo begins later than this before now: the longest visit to a client must be over, too.
LATEST = timedelta(minutes=50)
FIRST, LAST = 8 * 60 + 30, 18 * 60 + 15  # minutes of the day


class OfficeHours:
    """The working days of one time zone, up to `now`. The same `dice` give the same hours."""

    def __init__(self, zone: str, *, now: datetime, dice: Random) -> None:
        self.zone = ZoneInfo(zone)
        self.until = now - LATEST
        self.dice = dice

    def at(self, moment: datetime, *, after: datetime | None = None) -> datetime:
        """A working hour on that day or the next working one, in UTC; later than `after`, if that can be before now."""
        day = moment.astimezone(self.zone).date()
        while day.weekday() >= 5:
            day += timedelta(days=1)
        found = self._on(day)
        while found > self.until:
            day -= timedelta(days=3 if day.weekday() == 0 else 1)
            found = self._on(day)
        if after is not None and found <= after:
            found = min(after + timedelta(minutes=self.dice.randrange(4, 50)), self.until)
        return max(found, after) if after is not None else found

    def evening(self, moment: datetime) -> datetime:
        """An hour at which people look after their own things, on that day or the one before."""
        day = moment.astimezone(self.zone).date()
        found = self._moment(day, self.dice.randrange(7 * 60, 22 * 60))
        while found > self.until:
            day -= timedelta(days=1)
            found = self._moment(day, self.dice.randrange(7 * 60, 22 * 60))
        return found

    def _on(self, day: date) -> datetime:
        return self._moment(day, self.dice.randrange(FIRST, LAST))

    def _moment(self, day: date, minutes: int) -> datetime:
        seconds = self.dice.randrange(60)
        local = datetime.combine(day, time(minutes // 60, minutes % 60, seconds), self.zone)
        return local.astimezone(UTC)

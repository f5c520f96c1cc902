"""The days that somebody may mean. Pure.

Outside lies where arithmetic ends: a day more, or the same moment in another zone, and there is no such date any more.
"""

from __future__ import annotations

from datetime import date

FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2999, 12, 31)


def is_in_reach(day: date) -> bool:
    """Whether it lies between the two, which both do. Of a moment its day in UTC decides."""
    return FIRST_DAY <= date(day.year, day.month, day.day) <= LAST_DAY

"""What a sandbox may be and how far its clock may be moved.

Pure. Laws (tests/core/test_sandboxes.py): looks are in order and none is twice; each zone has its looks on each of its days; a
contract renews with the day after the end of each of its terms until it is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sublet.core.contracts import Contract
from sublet.core.periods import plus_months

#: So many an account keeps at a time, with so many clients and rows each, for so long.
MOST: Final = 5
MOST_CLIENTS: Final = 200
MOST_ROWS: Final = 200_000
LARGEST: Final = 24 * 1024 * 1024
LIFE: Final = timedelta(days=14)
#: So far one move goes, and so far all of them go from the day of the copy.
LONGEST_MOVE: Final = timedelta(days=400)
FARTHEST: Final = timedelta(days=5 * 366)
#: So much is told of one: whoever wants more begins another.
MOST_LINES: Final = 20_000
#: So much use waits at a time for the clock to move.
MOST_USES: Final = 200
#: So much is done between two points from which a killed move goes on.
STRETCH: Final = timedelta(days=31)

#: When the machine looks for what is due, on the clock of each zone: in the night, when periods have begun and invoices are made (an
#: hour is left for zones that are not whole hours from UTC), and in the morning, when dunning is due: once more an hour later, since a
#: reminder of a day on which a card is tried waits so long for its answer.
NIGHT: Final = time(1, 5)
MORNING: Final = (time(9, 5), time(10, 20))
LOOKS: Final = (NIGHT, *MORNING)

TRIAL, PLAN, USE, INVOICE, PAYMENT, DUNNING, CONTRACT, ACCOUNT, OTHER = (
    "trial", "plan", "use", "invoice", "payment", "dunning", "contract", "account", "other",
)  # fmt: skip
GROUPS: Final = (TRIAL, PLAN, USE, INVOICE, PAYMENT, DUNNING, CONTRACT, ACCOUNT, OTHER)
_BEGINS: Final = (
    ("trial.", TRIAL), ("subscription.", PLAN), ("add_on.", PLAN), ("invoice.", INVOICE), ("payment.", PAYMENT),
    ("payment_link.", DUNNING), ("payment_method.", PAYMENT), ("refund.", PAYMENT), ("dunning.", DUNNING),
    ("contract.", CONTRACT), ("sandbox.contract", CONTRACT), ("sandbox.used", USE),
    ("limit.", USE), ("account.", ACCOUNT), ("demonstration.", ACCOUNT),
)  # fmt: skip

#: By how much a clock is moved; besides to the next event and to a date.
DAY, WEEK, MONTH, NEXT, DATE = "day", "week", "month", "next", "date"
STEPS: Final = (NEXT, DAY, WEEK, MONTH, DATE)


def group_of(event: str) -> str:
    """Under which heading an event of the journal is told."""
    return next((group for start, group in _BEGINS if event.startswith(start)), OTHER)


def looks(zones: Iterable[str], *, after: datetime, until: datetime) -> Iterator[tuple[datetime, bool]]:
    """When the machine looks, from the first instant after `after` up to and including `until`, in order; and whether it is the look
    of a night somewhere."""
    found: dict[datetime, bool] = {}
    for zone in set(zones):
        here = ZoneInfo(zone)
        day = after.astimezone(here).date()
        last = until.astimezone(here).date()
        while day <= last:
            for hour in LOOKS:
                at = datetime.combine(day, hour, tzinfo=here).astimezone(UTC)
                if after < at <= until:
                    found[at] = found.get(at, False) or hour == NIGHT
            day += timedelta(days=1)
    return iter(sorted(found.items()))


def step(clock: datetime, by: str, zone: str) -> datetime:
    """Where a clock stands after a step of ``day``, ``week`` or ``month``, at the same time on the clock of that zone.

    A short month ends with its last day. Raises ValueError for another word.
    """
    here = clock.astimezone(ZoneInfo(zone))
    days = {DAY: 1, WEEK: 7}
    if by == MONTH:
        day = plus_months(here.date(), 1)
    elif by in days:
        day = here.date() + timedelta(days=days[by])
    else:
        raise ValueError(by)
    return datetime.combine(day, here.timetz().replace(tzinfo=None), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def end_of(day: date, zone: str) -> datetime:
    """The last instant of that day that a clock is moved to: noon of it has looked for everything that was due."""
    return datetime.combine(day, time(12), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def fault(clock: datetime, target: datetime, copied_at: datetime) -> str | None:
    """Why a clock cannot be moved there, as a code: ``past``, ``far``, ``too-far``; None when it can."""
    if target <= clock:
        return "past"
    if target - clock > LONGEST_MOVE:
        return "far"
    return "too-far" if target - copied_at > FARTHEST else None


def stretch(clock: datetime, target: datetime) -> datetime:
    """How far the next part of a move goes."""
    return min(target, clock + STRETCH)


def turns(contract: Contract, *, after: date, until: date) -> Sequence[tuple[date, bool]]:
    """What a contract does from the day after `after` up to and including `until`: the day, and whether it renews with it.

    It renews with the day after a term's end; with the day after its last one it is over. Before its first day it does nothing.
    """
    found: list[tuple[date, bool]] = []
    over = contract.over_with
    day = max(after, contract.first_day)
    while (end := contract.end_after(day)) is not None:
        if over is not None and over <= end:
            break
        if end >= until:
            return found
        found.append((end + timedelta(days=1), True))
        day = end + timedelta(days=1)
    if over is not None and after < over + timedelta(days=1) <= until:
        found.append((over + timedelta(days=1), False))
    return [each for each in found if after < each[0] <= until]

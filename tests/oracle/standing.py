"""What stands beyond limits, counted by walking through the months in quarters of an hour, in UTC: nothing here is shared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

QUARTER = timedelta(minutes=15)


@dataclass(frozen=True)
class Limited:
    """So many are included; each `per` begun beyond cost `price` smallest units a month."""

    included: int
    price: Decimal
    per: int


@dataclass(frozen=True)
class Turn:
    """From then on that plan is held; one that is not known asks for nothing."""

    at: datetime
    plan: str


@dataclass(frozen=True)
class Add:
    """From then on so many more are included."""

    at: datetime
    more: int


@dataclass(frozen=True)
class Level:
    """From then on so many more stand."""

    at: datetime
    more: int


def overage_by_month(
    known: Mapping[str, Limited],
    turns: Sequence[Turn],
    adds: Sequence[Add],
    levels: Sequence[Level],
    begin: datetime,
    end: datetime,
) -> dict[tuple[date, str], tuple[int, int]]:
    """(first of the month, plan) → days that are paid for and smallest units; what comes to nothing is not there."""
    held_on: dict[tuple[date, str], set[date]] = {}
    stood: dict[tuple[date, str], tuple[int, int]] = {}
    moment = begin
    while moment < end:
        plan = [turn.plan for turn in turns if turn.at <= moment][-1]
        month = moment.date().replace(day=1)
        included = known[plan].included + sum(add.more for add in adds if add.at <= moment) if plan in known else 0
        # As it is at the last quarter of an hour in which it is held.
        stood[month, plan] = (sum(level.more for level in levels if level.at <= moment), included)
        if (moment + QUARTER).date() > moment.date():  # whoever has the end of a day has the day
            held_on.setdefault((month, plan), set()).add(moment.date())
        moment += QUARTER
    found = {}
    for (month, plan), days in held_on.items():
        if plan not in known:
            continue
        level, included = stood[month, plan]
        packages, left = 0, level - included
        while left > 0:
            packages, left = packages + 1, left - known[plan].per
        of = ((month + timedelta(days=40)).replace(day=1) - month).days
        minor = int((known[plan].price * packages * len(days) / of).quantize(Decimal(1), ROUND_HALF_UP))
        if minor:
            found[month, plan] = (len(days), minor)
    return found

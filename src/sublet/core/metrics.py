"""Figures about recurring revenue: what a month brings, what came, grew, shrank, left and came back.

Conventions (docs/howto/prices.md): a yearly price counts a twelfth a month; use and what is paid once do not count; churn and net
retention are of the revenue at the start of the period; what shrank is not churn; who comes back is not new; a lifetime's worth is
of the margin, not of the revenue.

Amounts are smallest units of one currency. Pure. Laws (tests/core/test_metrics.py): start + new + back + growth − shrinkage − churn
= end; each account is in exactly one of these; net retention without growth is 1 less shrinkage and churn.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from sublet.core.chargefacts import ADD_ONS, BASE, SERVICE
from sublet.core.money import rounded
from sublet.core.proration import MONTHS

#: What comes again and again. Use, what is paid once and what is corrected later does not.
RECURRING: Final = (BASE, ADD_ONS, SERVICE)
_HALF: Final = Fraction(1, 2)


def monthly(minor: int, interval: str) -> Fraction:
    """What a price of so much by that interval brings a month, exactly. Raises KeyError for what is paid once."""
    return Fraction(minor, MONTHS[interval])


def mrr(prices: Iterable[tuple[int, str]]) -> int:
    """Of (smallest units, interval), rounded once."""
    return rounded(sum((monthly(minor, interval) for minor, interval in prices), Fraction(0)))


def whole_period(minor: int, days: int, of_days: int, parts: Iterable[Sequence[Any]] = ()) -> Fraction:
    """What the whole period of a charge costs of which `days` of `of_days` were charged (or, negative, given back).

    `parts` are the lines of the charge as the ledger keeps them: (key, quantity, unit, flat, minor), a promotion's last. Where
    unit and quantity tell the whole price it is that, so that a charge and the credit for its rest balance exactly; of the
    others it is reckoned from the days and may be off by what their rounding hid.
    """
    if days == of_days or not days:
        return Fraction(minor)
    part = Fraction(days, of_days)
    whole, lowered = Fraction(0), Fraction(1)
    for key, quantity, unit, flat, line in parts:
        if str(key).startswith("promotion:"):
            lowered *= 1 + Fraction(unit) / 100
            continue
        sign = -1 if line < 0 else 1
        timed = Fraction(quantity) * Fraction(unit)
        exact = abs(timed * part + abs(flat) - abs(line)) <= _HALF
        whole += sign * (timed + abs(flat)) if exact else Fraction(line) / part
    return whole * lowered if parts else Fraction(minor) / part


#: How the key of what is given back begins (`core.advance`).
CREDIT: Final = "credit:"


@dataclass(frozen=True, slots=True)
class Posted:
    """A charge, or a credit, of `who`: its key, when it became due, up to which day it is, and for how many."""

    number: int
    who: str
    key: str
    due: datetime
    last_day: date
    quantity: Decimal | int

    @property
    def about(self) -> tuple[str, str, date, Decimal | int]:
        """What a charge and the credit for its rest have alike: the key up to the first day, the last day, the quantity."""
        stem = self.key.removeprefix(CREDIT).partition("/")[0].rpartition(":")[0]
        return (self.who, stem, self.last_day, self.quantity)


def given_back(rows: Iterable[Posted]) -> set[int]:
    """The numbers of the credits that run to the last day of their charge, and of these charges: together they bring nothing.

    By their amounts a rest of less than a unit may be left, since each was rounded by itself: who left would seem to stay.
    """
    charges: dict[tuple[str, str, date, Decimal | int], list[Posted]] = {}
    credits = []
    for row in sorted(rows, key=lambda each: (each.due, each.number)):
        if "/" not in row.key:
            continue
        if row.key.startswith(CREDIT):
            credits.append(row)
        else:
            charges.setdefault(row.about, []).append(row)
    found: set[int] = set()
    for credit in credits:
        whose = charges.get(credit.about, [])
        charge = next((each for each in whose if each.due <= credit.due), None)
        if charge is not None:
            whose.remove(charge)
            found |= {credit.number, charge.number}
    return found


def months_of(of_days: int) -> int:
    """How many months a period of so many days is: one, three or twelve."""
    return 1 if of_days <= 31 else 3 if of_days <= 92 else 12


@dataclass(frozen=True, slots=True)
class Movement:
    """Revenue a month at the start and the end of a period, and what lies between. All but `start` and `end` are positive amounts.

    `lost` and `paying` count accounts: those that paid at the start and do not at the end, and those that paid at the start.
    """

    start: int
    new: int
    reactivated: int
    expansion: int
    contraction: int
    churned: int
    end: int
    paying: int = 0
    lost: int = 0

    @property
    def churn(self) -> Fraction | None:
        """Part of the revenue at the start that left whole; None where there was none."""
        return Fraction(self.churned, self.start) if self.start else None

    @property
    def net_retention(self) -> Fraction | None:
        """What became of the revenue at the start: 1 where growth and losses balance; None where there was none."""
        kept = self.start + self.expansion - self.contraction - self.churned
        return Fraction(kept, self.start) if self.start else None

    @property
    def gross_retention(self) -> Fraction | None:
        """The same without growth."""
        return Fraction(self.start - self.contraction - self.churned, self.start) if self.start else None

    @property
    def account_churn(self) -> Fraction | None:
        """Part of the paying accounts that left; None where there were none."""
        return Fraction(self.lost, self.paying) if self.paying else None


def movement(start: Mapping[str, int], end: Mapping[str, int], paid_before: Collection[str] = ()) -> Movement:
    """What happened between two moments: account → revenue a month at each. Zero is as good as not there.

    `paid_before`: accounts that paid at some time before the start: they come back and are not new.
    """
    new = reactivated = expansion = contraction = churned = lost = 0
    for account in {*start, *end}:
        before, after = start.get(account, 0), end.get(account, 0)
        if before == 0 and account in paid_before:
            reactivated += after
        elif before == 0:
            new += after
        elif after == 0:
            churned += before
            lost += 1
        else:
            expansion += max(after - before, 0)
            contraction += max(before - after, 0)
    paying = sum(1 for minor in start.values() if minor)
    return Movement(
        sum(start.values()), new, reactivated, expansion, contraction, churned, sum(end.values()), paying, lost
    )


def lifetime_value(margin_a_month: int, accounts: int, account_churn: Fraction | None) -> int | None:
    """What an account is worth: its margin a month over the part of the accounts that leaves a month, rounded.

    None where nobody has left: then nobody knows.
    """
    if not accounts or not account_churn:
        return None
    return rounded(Fraction(margin_a_month, accounts) / account_churn)

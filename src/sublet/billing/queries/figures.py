"""The figures of recurring revenue, month by month, as they are kept: nothing is reckoned from the ledger here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from django.db.models import Q

from sublet.accounts.models import Account
from sublet.billing.models import ClientMonth, RevenueMonth
from sublet.billing.models.books import WHOLESALE
from sublet.core.metrics import Movement, lifetime_value, movement
from sublet.core.periods import plus_months
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound

VIEW: Final = "billing:view"
#: So many months are shown, the running one among them, and so many resellers.
MONTHS: Final = 13
RESELLERS: Final = 20
_MOVED: Final = ("start", "new", "reactivated", "expansion", "contraction", "churned", "end", "paying", "lost")


class Told(Protocol):
    """Of an account and a month what its revenue was and became (`ClientMonth` is one)."""

    client_id: int
    before: int
    minor: int
    came_back: bool


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """A month in one currency, in smallest units. `cost`: what the vendor asks a month for the same accounts, at its end.

    `cost` is 0 for the vendor, whose revenue is what is left after the discount. `running`: the month is not over.
    """

    month: date
    moved: Movement
    accounts: int
    charged: int
    cost: int
    running: bool

    @property
    def margin(self) -> int:
        """What is left of the revenue a month."""
        return self.moved.end - self.cost


@dataclass(frozen=True, slots=True)
class OwedFigures:
    """What one reseller comes to in the running month: a month at list and after its discount, and what was charged."""

    ref: str
    name: str
    accounts: int
    list_minor: int
    minor: int
    charged: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a book in `currency`; `months` oldest first, the running one last. `last`: the newest that is over.

    `worth`: what an account is worth over its lifetime, of the margin; None where nobody has left in the months shown.
    """

    currency: str
    currencies: Sequence[str]
    months: Sequence[MonthFigures]
    resellers: Sequence[OwedFigures]
    kept_at: datetime | None
    is_vendor: bool

    @property
    def now(self) -> MonthFigures | None:
        """The running month."""
        return self.months[-1] if self.months and self.months[-1].running else None

    @property
    def last(self) -> MonthFigures | None:
        """The newest month that is over, and had somebody who paid or brought somebody."""
        over = [each for each in self.months if not each.running]
        return over[-1] if over else None

    @property
    def account_churn(self) -> Fraction | None:
        """Part of the accounts that leaves a month, over the months shown that are over."""
        over = [each.moved for each in self.months if not each.running]
        paying = sum(each.paying for each in over)
        return Fraction(sum(each.lost for each in over), paying) if paying else None

    @property
    def worth(self) -> int | None:
        """Of an account of the newest month; see `core.metrics.lifetime_value`."""
        newest = self.months[-1] if self.months else None
        return None if newest is None else lifetime_value(newest.margin, newest.accounts, self.account_churn)


def figures(actor: Actor, *, currency: str = "", at: datetime) -> Figures:
    """The last `MONTHS` months of the actor's book (``billing:view``). Four statements at most. Raises NotFound, Forbidden.

    In `currency`, or else the account's own, or else the one with the largest revenue. Who reaches only some accounts
    gets the figures of these.
    """
    if actor.account_kind not in (VENDOR, RESELLER):
        raise NotFound
    actor.require(VIEW)
    zone, own = Account.objects.values_list("timezone", "currency").get(id=actor.account_id)
    this = at.astimezone(ZoneInfo(zone)).date().replace(day=1)
    first = plus_months(this, 1 - MONTHS)
    rows = _of_reach(actor, first) if actor.reach is not None else _of_book(actor, first)
    costs = _costs(actor, first)
    found = sorted({row.currency for row in rows if _tells(row)})
    if currency not in found:
        largest = max(found, key=lambda each: max(row.end for row in rows if row.currency == each), default=own)
        currency = own if own in found else largest
    by_month = {row.month: row for row in rows if row.currency == currency}
    begins = min((month for month, row in by_month.items() if _tells(row)), default=this)
    months, month = [], begins
    while month <= this and by_month:
        row = by_month.get(month) or RevenueMonth(month=month, currency=currency)
        months.append(
            MonthFigures(
                month, Movement(*(getattr(row, name) for name in _MOVED)), row.accounts, row.charged,
                costs.get((month, currency), 0), month == this,
            )
        )  # fmt: skip
        month = plus_months(month, 1)
    kept = max((row.kept_at for row in rows if row.kept_at is not None), default=None)
    resellers = _resellers(actor, this, currency) if actor.account_kind == VENDOR else ()
    return Figures(currency, found, months, resellers, kept, actor.account_kind == VENDOR)


def _tells(row: RevenueMonth) -> bool:
    return bool(row.start or row.end or row.charged)


def _of_book(actor: Actor, first: date) -> list[RevenueMonth]:
    rows = RevenueMonth.objects.filter(account_id=actor.account_id, debtor__isnull=True, month__gte=first)
    return list(rows.order_by("month"))


def _of_reach(actor: Actor, first: date) -> list[RevenueMonth]:
    """The same, added up here, of the accounts within reach."""
    by_month: dict[tuple[date, str], list[ClientMonth]] = defaultdict(list)
    rows = ClientMonth.objects.filter(account_id=actor.account_id, debtor_id__in=actor.reach or (), month__gte=first)
    for row in rows:
        by_month[row.month, row.currency].append(row)
    return [_added(month, currency, those) for (month, currency), those in sorted(by_month.items())]


def _added(month: date, currency: str, rows: Sequence[ClientMonth]) -> RevenueMonth:
    moved = moved_of(rows)
    return RevenueMonth(
        month=month, currency=currency, **{name: getattr(moved, name) for name in _MOVED},
        accounts=len({row.client_id for row in rows if row.minor}), charged=sum(row.charged for row in rows),
    )  # fmt: skip


def _costs(actor: Actor, first: date) -> Mapping[tuple[date, str], int]:
    """What the vendor asks a month, by month and currency."""
    if actor.account_kind != RESELLER:
        return {}
    found: dict[tuple[date, str], int] = defaultdict(int)
    told: Iterable[tuple[date, str, int]]
    if actor.reach is None:
        rows = RevenueMonth.objects.filter(debtor_id=actor.account_id, book=WHOLESALE, month__gte=first)
        told = rows.values_list("month", "currency", "end")
    else:
        parts = ClientMonth.objects.filter(
            debtor_id=actor.account_id, book=WHOLESALE, client_id__in=actor.reach, month__gte=first
        )
        told = parts.values_list("month", "currency", "minor")
    for month, currency, minor in told:
        found[month, currency] += minor
    return found


def _resellers(actor: Actor, month: date, currency: str) -> tuple[OwedFigures, ...]:
    """Those that owe most in the month."""
    rows = RevenueMonth.objects.filter(
        account_id=actor.account_id, month=month, currency=currency, debtor__isnull=False
    ).filter(Q() if actor.reach is None else Q(debtor_id__in=actor.reach))
    found = list(rows.order_by("-end", "-charged", "debtor_id")[:RESELLERS])
    names = {each.id: each for each in Account.objects.filter(id__in=[row.debtor_id for row in found])}
    return tuple(
        OwedFigures(
            names[row.debtor_id].ref, names[row.debtor_id].name, row.accounts, row.list_minor, row.end, row.charged
        )
        for row in found
        if row.debtor_id in names
    )


def moved_of(rows: Iterable[Told]) -> Movement:
    """What happened in a month, of rows of one currency. Who went to another reseller has neither come nor gone."""
    start: dict[str, int] = defaultdict(int)
    end: dict[str, int] = defaultdict(int)
    back = set()
    for row in rows:
        who = str(row.client_id)
        start[who] += row.before
        end[who] += row.minor
        if row.came_back:
            back.add(who)
    return movement(start, end, back)

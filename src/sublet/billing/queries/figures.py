"""The figures of recurring revenue, month by month, as they are kept: nothing is reckoned from the ledger here.

A month that has begun and is not kept yet (the job runs by the hour) begins and stands as the newest one that is kept ended: what
pays goes on, nobody has come or gone, nothing is charged. A month in which somebody pays has a row after it as soon as the next is
kept, also where all have left: no row after it says that nobody has looked, never that there is nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, Sum

from sublet.accounts.models import Account
from sublet.billing.models import ClientMonth, RevenueMonth
from sublet.billing.models.books import WHOLESALE
from sublet.billing.queries.currencies import told_in
from sublet.core.metrics import Movement, lifetime_value, movement
from sublet.core.periods import plus_months, start_of_day
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.pricing.queries.books import rates_of

VIEW: Final = "billing:view"
#: So many months are shown, the running one among them, and so many resellers.
MONTHS: Final = 13
RESELLERS: Final = 20
#: The names of what `Movement` and `RevenueMonth` tell.
MOVED: Final = ("start", "new", "reactivated", "expansion", "contraction", "churned", "end", "paying", "lost")


#: The same of rows that are one account each; see `core.metrics.movement`.
_SUMS: Final = {
    "start": Sum("before"),
    "new": Sum("minor", filter=Q(before=0, came_back=False)),
    "reactivated": Sum("minor", filter=Q(before=0, came_back=True)),
    "expansion": Sum(F("minor") - F("before"), filter=Q(before__gt=0, minor__gt=F("before"))),
    "contraction": Sum(F("before") - F("minor"), filter=Q(minor__gt=0, before__gt=F("minor"))),
    "churned": Sum("before", filter=Q(minor=0)),
    "end": Sum("minor"),
    "paying": Count("id", filter=~Q(before=0)),
    "lost": Count("id", filter=~Q(before=0) & Q(minor=0)),
    "accounts": Count("id", filter=~Q(minor=0)),
    "charged_sum": Sum("charged"),
}


class Told(Protocol):
    """Of an account and a month what its revenue was and became (`ClientMonth` is one)."""

    client_id: int
    before: int
    minor: int
    came_back: bool


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """A month in one currency, in smallest units. `cost`: what the vendor asks a month for the same accounts, at its end.

    `cost` is 0 for the vendor, whose revenue is what is left after the discount; None where it is in another currency, and nobody
    has said the rate. `running`: the month is not over.
    """

    month: date
    moved: Movement
    accounts: int
    charged: int
    cost: int | None
    running: bool

    @property
    def margin(self) -> int | None:
        """What is left of the revenue a month; None: not known."""
        return None if self.cost is None else self.moved.end - self.cost


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

    `worth`: what an account is worth over its lifetime, of the margin; None where that is not known, or nobody has left in the
    months shown.
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
        margin = None if newest is None else newest.margin
        return None if newest is None or margin is None else lifetime_value(margin, newest.accounts, self.account_churn)


def figures(actor: Actor, *, currency: str = "", at: datetime) -> Figures:
    """The last `MONTHS` months of the actor's book (``billing:view``). Six statements at most. Raises NotFound, Forbidden.

    In `currency`, and no months where there is nothing in it; or else the account's own, or the one in which most accounts pay. Who
    reaches only some accounts gets the figures of these. Raises CannotTellMoney.
    """
    if actor.account_kind not in (VENDOR, RESELLER):
        raise NotFound
    actor.require(VIEW)
    zone, own = Account.objects.values_list("timezone", "currency").get(id=actor.account_id)
    this = at.astimezone(ZoneInfo(zone)).date().replace(day=1)
    first = plus_months(this, 1 - MONTHS)
    rows = _of_reach(actor, first) if actor.reach is not None else _of_book(actor, first)
    newest = max((row.month for row in rows), default=this)
    rows += _carried(rows, this)
    found = sorted({row.currency for row in rows if _tells(row)})
    most = max(found, key=lambda each: max(row.accounts for row in rows if row.currency == each), default=own)
    currency = told_in(currency, own if own in found else most)
    costs = _costs(actor, first, this, found, zone, at)
    by_month = {row.month: row for row in rows if row.currency == currency}
    begins = min((month for month, row in by_month.items() if _tells(row)), default=this)
    months, month = [], begins
    while month <= this and by_month:
        row = by_month.get(month) or RevenueMonth(month=month, currency=currency)
        months.append(
            MonthFigures(
                month, Movement(*(getattr(row, name) for name in MOVED)), row.accounts, row.charged,
                costs.get((month, currency), 0), month == this,
            )
        )  # fmt: skip
        month = plus_months(month, 1)
    kept = max((row.kept_at for row in rows if row.kept_at is not None), default=None)
    resellers = _resellers(actor, this, newest, currency) if actor.account_kind == VENDOR else ()
    return Figures(currency, found, months, resellers, kept, actor.account_kind == VENDOR)


def _tells(row: RevenueMonth) -> bool:
    return bool(row.start or row.end or row.charged)


def _carried(rows: Sequence[RevenueMonth], this: date) -> list[RevenueMonth]:
    """The months up to `this` that nobody has kept yet, as the newest that is kept says."""
    newest = {row.currency: row for row in sorted(rows, key=lambda row: row.month)}
    return [
        RevenueMonth(
            month=month, currency=currency, start=row.end, end=row.end, paying=row.accounts, accounts=row.accounts
        )
        for currency, row in newest.items()
        if row.end
        for month in _after(row.month, this)
    ]


def _after(month: date, this: date) -> Iterator[date]:
    while (month := plus_months(month, 1)) <= this:
        yield month


def _going_on(
    told: Iterable[tuple[date, tuple[str, ...], int]], this: date
) -> Iterator[tuple[date, tuple[str, ...], int]]:
    """Sums by month and what else tells them apart, and those of the months up to `this` that nobody has kept yet."""
    newest: dict[tuple[str, ...], tuple[date, int]] = {}
    for month, which, minor in told:
        yield month, which, minor
        if which not in newest or month > newest[which][0]:
            newest[which] = month, minor
    for which, (month, minor) in newest.items():
        if minor:
            yield from ((later, which, minor) for later in _after(month, this))


def _of_book(actor: Actor, first: date) -> list[RevenueMonth]:
    rows = RevenueMonth.objects.filter(account_id=actor.account_id, debtor__isnull=True, month__gte=first)
    return list(rows.order_by("month"))


def _of_reach(actor: Actor, first: date) -> list[RevenueMonth]:
    """The same of the accounts within reach. A retail row is one client, so that the database can add up; at wholesale a client
    has a row for each reseller that it was with.
    """
    rows = ClientMonth.objects.filter(account_id=actor.account_id, debtor_id__in=actor.reach or (), month__gte=first)
    if actor.account_kind == RESELLER:
        told = rows.order_by().values("month", "currency").annotate(**_SUMS).order_by("month", "currency")
        return [
            RevenueMonth(charged=row.pop("charged_sum") or 0, **{name: row[name] or 0 for name in row}) for row in told
        ]
    by_month: dict[tuple[date, str], list[ClientMonth]] = defaultdict(list)
    for row in rows:
        by_month[row.month, row.currency].append(row)
    return [_added(month, currency, those) for (month, currency), those in sorted(by_month.items())]


def _added(month: date, currency: str, rows: Sequence[ClientMonth]) -> RevenueMonth:
    moved = moved_of(rows)
    return RevenueMonth(
        month=month, currency=currency, **{name: getattr(moved, name) for name in MOVED},
        accounts=len({row.client_id for row in rows if row.minor}), charged=sum(row.charged for row in rows),
    )  # fmt: skip


def _costs(
    actor: Actor, first: date, this: date, currencies: Sequence[str], zone: str, at: datetime
) -> Mapping[tuple[date, str], int | None]:
    """What the vendor asks a month, by month and the currency in which the reseller charges; None where that is not known.

    In the hours in which it is the next month for the reseller already, and not for the vendor, the vendor's newest stands too.
    """
    if actor.account_kind != RESELLER:
        return {}
    found: dict[tuple[date, str], int | None] = {}
    told: Iterable[tuple[date, str, int]]
    owed = ClientMonth.objects.filter(debtor_id=actor.account_id, book=WHOLESALE, month__gte=first)
    if actor.reach is None:
        rows = RevenueMonth.objects.filter(debtor_id=actor.account_id, book=WHOLESALE, month__gte=first)
        told = rows.values_list("month", "currency", "end")
    else:
        owed = owed.filter(client_id__in=actor.reach)
        sums = owed.order_by().values_list("month", "currency").annotate(all=Sum("minor"))
        told = [(month, currency, int(minor)) for month, currency, minor in sums]
    for month, (currency,), minor in _going_on(((month, (currency,), minor) for month, currency, minor in told), this):
        found[month, currency] = (found.get((month, currency)) or 0) + minor
    others = set(currencies) - {currency for _month, currency in found}
    if not found or not others:
        return found
    # Of clients that are charged in another currency than the one in which the vendor asks.
    rates = rates_of(actor.account_id, at=at)
    foreign = owed.exclude(client_id=actor.account_id).filter(client__currency__in=others).order_by()
    by_currency = foreign.values_list("month", "client__currency", "currency").annotate(all=Sum("minor"))
    sold = ((month, (currency, asked), int(minor)) for month, currency, asked, minor in by_currency)
    for month, (currency, asked), minor in _going_on(sold, this):
        if not minor:
            continue
        found[month, asked] = (found.get((month, asked)) or 0) - minor
        then = min(at, start_of_day(plus_months(month, 1), zone) - timedelta(microseconds=1))
        converted, before = rates.converted(minor, asked, currency, then), found.get((month, currency), 0)
        found[month, currency] = None if converted is None or before is None else before + converted
    return found


def _resellers(actor: Actor, this: date, month: date, currency: str) -> tuple[OwedFigures, ...]:
    """Those that owe most in `this` month, as the newest one that is kept says: until `this` is, nothing was charged in it."""
    rows = RevenueMonth.objects.filter(
        account_id=actor.account_id, month=month, currency=currency, debtor__isnull=False
    ).filter(Q() if actor.reach is None else Q(debtor_id__in=actor.reach))
    if month < this:
        rows = rows.exclude(end=0)
    found = list(rows.order_by("-end", "-charged", "debtor_id")[:RESELLERS])
    names = {each.id: each for each in Account.objects.filter(id__in=[row.debtor_id for row in found])}
    return tuple(
        OwedFigures(
            names[row.debtor_id].ref,
            names[row.debtor_id].name,
            row.accounts,
            row.list_minor,
            row.end,
            0 if month < this else row.charged,
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

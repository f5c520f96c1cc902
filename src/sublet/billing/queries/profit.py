"""What each client leaves to its reseller: retail less wholesale less its own time and costs less what was given up, month by month."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import QuerySet, Sum
from django.db.models.functions import TruncMonth

from sublet.accounts.models import Account
from sublet.billing.models import ClientMonth, Effort, LedgerEntry
from sublet.billing.models.books import RETAIL, WHOLESALE
from sublet.billing.models.ledger import CHARGE
from sublet.billing.queries.currencies import told_in
from sublet.billing.queries.estimates import MonthEnd, month_end_of
from sublet.billing.queries.former import former_names
from sublet.billing.queries.losses import of_losses
from sublet.core.margin import percent_of
from sublet.core.periods import plus_months, start_of_day
from sublet.core.rights import CLIENT, RESELLER
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.refs import looks_like_ref
from sublet.pricing.queries.books import Rates, rates_of

VIEW: Final = "billing:view"
#: What the list can be of, and be sorted by.
THIS, LAST, YEAR = "this", "last", "year"
SPANS: Final = (THIS, LAST, YEAR)
SORTS: Final = ("margin", "share", "revenue", "wholesale", "effort", "lost", "minutes", "name")
PAGE: Final = 50
MONTHS: Final = 12
ENTRIES: Final = 100


@dataclass(frozen=True, slots=True)
class Profit:
    """Of one client (or, summed, of all) in a span, in smallest units of one currency; `minutes` are of time.

    `lost` was written off in the span, with its tax, whenever it was charged; below nothing more was recovered.

    `has_left`: it is the reseller's no longer, and is called as it was then.
    """

    revenue: int = 0
    wholesale: int = 0
    effort: int = 0
    minutes: int = 0
    lost: int = 0
    ref: str = ""
    name: str = ""
    month: date | None = None
    has_left: bool = False

    @property
    def margin(self) -> int:
        """What is left; below zero where money is lost."""
        return self.revenue - self.wholesale - self.effort - self.lost

    @property
    def share(self) -> Decimal | None:
        """That in percent of the revenue, with one decimal; None where there is none."""
        return percent_of(self.margin, self.revenue)


@dataclass(frozen=True, slots=True)
class ProfitList:
    """A page of clients; `offset` of the next one, None on the last. `total` is of all of them."""

    currency: str
    currencies: Sequence[str]
    span: str
    first: date
    last: date
    rows: Sequence[Profit]
    total: Profit
    number: int
    offset: int
    after: int | None


@dataclass(frozen=True, slots=True)
class EffortRow:
    """An entry, as `billing.models.Effort`."""

    ref: str
    kind: str
    day: date
    minutes: int
    rate: int
    minor: int
    currency: str
    text: str
    by: str


@dataclass(frozen=True, slots=True)
class ClientProfit:
    """One client: its last twelve months, oldest first, what they add up to, and its newest entries."""

    ref: str
    name: str
    currency: str
    currencies: Sequence[str]
    months: Sequence[Profit]
    total: Profit
    entries: Sequence[EffortRow]
    today: date
    is_open: bool
    own_currency: str
    estimate: MonthEnd


def _reseller(actor: Actor) -> Account:
    if actor.account_kind != RESELLER:
        raise NotFound
    actor.require(VIEW)
    return Account.objects.get(id=actor.account_id)


def profits(
    actor: Actor,
    *,
    span: str = THIS,
    sort: str = "margin",
    descending: bool = True,
    currency: str = "",
    offset: int = 0,
    size: int = PAGE,
    at: datetime,
) -> ProfitList:
    """The clients that brought or cost something in the running month, the last one, or twelve (``billing:view``).

    Seven statements, and one more for each further 5000 clients; three more where clients have left, one where wholesale is in another
    currency than retail. Sorting is here, since what it goes by stands in three tables. In `currency`, also where nothing is in it.
    Raises NotFound, Forbidden, CannotTellMoney.
    """
    own = _reseller(actor)
    span, sort = span if span in SPANS else THIS, sort if sort in SORTS else "margin"
    this = at.astimezone(ZoneInfo(own.timezone)).date().replace(day=1)
    first = {THIS: this, LAST: plus_months(this, -1), YEAR: plus_months(this, 1 - MONTHS)}[span]
    after = this if span == LAST else plus_months(this, 1)
    figures, efforts = _rows(actor, first, after)
    found, currencies = _by_client(
        figures.values_list("client_id", "currency", "book").annotate(all=Sum("owed")).order_by(),
        efforts.values_list("client_id", "currency").annotate(all=Sum("minor"), time=Sum("minutes")).order_by(),
        own.id,
        at,
        _losses(actor, own, first, after).values_list("debtor_id", "currency").annotate(all=Sum("minor")).order_by(),
    )
    currency = told_in(currency, own.currency if own.currency in currencies else next(iter(currencies), own.currency))
    those = {client: profit for (client, of), profit in found.items() if of == currency}
    names = _names(those)
    left = those.keys() - names.keys()
    if left:
        names |= former_names(own.id, left)
    told = [
        replace(profit, ref=names[client][0], name=names[client][1], has_left=client in left)
        for client, profit in those.items()
    ]
    told.sort(key=lambda row: (row.name.casefold(), row.ref))
    if sort == "name":
        told = told[::-1] if descending else told
    else:
        least = Decimal("-Infinity")

        def by(row: Profit) -> Any:
            value = getattr(row, sort)
            return least if value is None else value

        told.sort(key=by, reverse=descending)
    offset = max(0, min(offset, len(told)))
    following = offset + size
    return ProfitList(
        currency, currencies, span, first, plus_months(after, -1), told[offset:following], _sum(told), len(told), offset,
        following if following < len(told) else None,
    )  # fmt: skip


def month_of_clients(
    actor: Actor, month: date, *, currency: str = "", at: datetime
) -> tuple[str, Sequence[Profit], Sequence[str]]:
    """All clients that brought or cost something in a month, by name, in one currency: which, and they (``billing:view``).

    Then the other currencies in which there is something: it is in none of these rows. Raises NotFound, Forbidden, CannotTellMoney.
    """
    own = _reseller(actor)
    figures, _efforts = _rows(actor, month, plus_months(month, 1))
    sums = figures.values_list("client_id", "currency", "book").annotate(all=Sum("owed")).order_by()
    found, currencies = _by_client(sums, (), own.id, at)
    currency = told_in(currency, own.currency if own.currency in currencies else next(iter(currencies), own.currency))
    those = {client: profit for (client, of), profit in found.items() if of == currency}
    names = _names(those)
    names |= former_names(own.id, those.keys() - names.keys()) if those.keys() - names.keys() else {}
    told = [replace(profit, ref=names[client][0], name=names[client][1]) for client, profit in those.items()]
    others = [each for each in currencies if each != currency]
    return currency, sorted(told, key=lambda row: (row.name.casefold(), row.ref)), others


def _rows(actor: Actor, first: date, after: date) -> tuple[QuerySet[ClientMonth], QuerySet[Effort]]:
    figures = ClientMonth.objects.filter(month__gte=first, month__lt=after)
    mine = figures.filter(account_id=actor.account_id, book=RETAIL)
    owed = figures.filter(debtor_id=actor.account_id, book=WHOLESALE).exclude(client_id=actor.account_id)
    figures = mine | owed
    efforts = Effort.objects.filter(
        account_id=actor.account_id, day__gte=first, day__lt=after, dropped_at__isnull=True
    )  # fmt: skip
    if actor.reach is not None:
        figures = figures.filter(client_id__in=actor.reach)
        efforts = efforts.filter(client_id__in=actor.reach)
    return figures, efforts


def _losses(actor: Actor, own: Account, first: date, after: date) -> QuerySet[LedgerEntry]:
    """What was given up, and (the other sign) recovered, in those months where the reseller is."""
    rows: QuerySet[LedgerEntry] = LedgerEntry.objects.filter(
        of_losses(), account_id=own.id, book=RETAIL, due_at__gte=start_of_day(first, own.timezone),
        due_at__lt=start_of_day(after, own.timezone),
    ).exclude(kind=CHARGE)  # fmt: skip
    return rows if actor.reach is None else rows.filter(debtor_id__in=actor.reach)


def _by_client(
    figures: Iterable[tuple[Any, ...]],
    efforts: Iterable[tuple[Any, ...]],
    reseller: int,
    at: datetime,
    losses: Iterable[tuple[Any, ...]] = (),
) -> tuple[dict[tuple[Any, str], Profit], tuple[str, ...]]:
    """By what stands first (a client, a month) and by currency."""
    found: dict[tuple[Any, str], list[int]] = {}
    for key, currency, book, minor in figures:
        found.setdefault((key, currency), [0, 0, 0, 0, 0])[0 if book == RETAIL else 1] += int(minor)
    for key, currency, minor, minutes in efforts:
        sums = found.setdefault((key, currency), [0, 0, 0, 0, 0])
        sums[2] += int(minor)
        sums[3] += int(minutes)
    for key, currency, minor in losses:
        found.setdefault((key, currency), [0, 0, 0, 0, 0])[4] -= int(minor)
    _beside_retail(found, reseller, at)
    told = {key: Profit(sums[0], sums[1], sums[2], sums[3], sums[4]) for key, sums in found.items() if any(sums)}
    return told, tuple(sorted({currency for _key, currency in told}))


def _beside_retail(found: dict[tuple[Any, str], list[int]], reseller: int, at: datetime) -> None:
    """Set wholesale beside the retail that it is for where they are in two currencies, by the reseller's rate of `at`.

    Without a rate it stays in its own currency.
    """
    charged: dict[Any, list[str]] = {}
    for (key, currency), sums in found.items():
        if sums[0]:
            charged.setdefault(key, []).append(currency)
    rates: Rates | None = None
    for (key, currency), sums in list(found.items()):
        there = charged.get(key, [])
        if not sums[1] or len(there) != 1 or there[0] == currency:
            continue
        rates = rates or rates_of(reseller, at=at)
        converted = rates.converted(sums[1], currency, there[0], at)
        if converted is not None:
            found[key, there[0]][1] += converted
            sums[1] = 0


def _names(clients: Iterable[int]) -> dict[int, tuple[str, str]]:
    ids, found = sorted(clients), {}
    for start in range(0, len(ids), 5000):
        rows = Account.objects.filter(id__in=ids[start : start + 5000])
        found.update({number: (ref, name) for number, ref, name in rows.values_list("id", "ref", "name")})
    return found


def _sum(rows: Iterable[Profit]) -> Profit:
    told = list(rows)
    return Profit(
        *(sum(getattr(row, name) for row in told) for name in ("revenue", "wholesale", "effort", "minutes", "lost"))
    )


def whose_effort(actor: Actor, ref: str, *, at: datetime) -> tuple[str, date]:
    """The currency in which a client's time and costs are entered, and today (``billing:view``). Raises NotFound, Forbidden."""
    own, client = _own_client(actor, ref)
    return client.currency, at.astimezone(ZoneInfo(own.timezone)).date()


def _own_client(actor: Actor, ref: str) -> tuple[Account, Account]:
    own = _reseller(actor)
    client = Account.objects.filter(ref=ref, kind=CLIENT).first() if looks_like_ref(ref, "acc") else None
    if client is None or not actor.reaches(client.id) or client.parent_id != own.id:
        raise NotFound
    return own, client


def profit_of(actor: Actor, ref: str, *, currency: str = "", at: datetime) -> ClientProfit:
    """One client's last twelve months (``billing:view``). Its month’s end is reckoned besides.

    Raises NotFound, Forbidden, CannotTellMoney.
    """
    own, client = _own_client(actor, ref)
    today = at.astimezone(ZoneInfo(own.timezone)).date()
    this = today.replace(day=1)
    first = plus_months(this, 1 - MONTHS)
    figures, efforts = _rows(actor, first, plus_months(this, 1))
    lost = (
        _losses(actor, own, first, plus_months(this, 1))
        .filter(debtor_id=client.id)
        .annotate(month=TruncMonth("due_at", tzinfo=ZoneInfo(own.timezone)))
        .values_list("month", "currency")
        .annotate(all=Sum("minor"))
        .order_by()
    )
    months = efforts.filter(client_id=client.id).annotate(month=TruncMonth("day")).values_list("month", "currency")
    found, currencies = _by_client(
        figures.filter(client_id=client.id)
        .values_list("month", "currency", "book")
        .annotate(all=Sum("owed"))
        .order_by(),
        months.annotate(all=Sum("minor"), time=Sum("minutes")).order_by(),
        own.id,
        at,
        [(month.date(), *rest) for month, *rest in lost],
    )
    usual = client.currency if client.currency in currencies or not currencies else currencies[0]
    currency = told_in(currency, usual)
    begins = min((month for month, of in found if of == currency), default=this)
    told, month = [], begins
    while month <= this:
        told.append(replace(found.get((month, currency), Profit()), month=month))
        month = plus_months(month, 1)
    entries = Effort.objects.filter(account_id=own.id, client_id=client.id, dropped_at__isnull=True)
    rows = [
        EffortRow(row.ref, row.kind, row.day, row.minutes, row.rate, row.minor, row.currency, row.text, row.entered_by)
        for row in entries.order_by("-day", "-id")[:ENTRIES]
    ]
    return ClientProfit(
        client.ref, client.name, currency, currencies, told, _sum(told), rows, today, client.state != "closed", client.currency,
        month_end_of(client, at),
    )  # fmt: skip

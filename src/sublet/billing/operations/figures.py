"""The figures of each month, kept beside the ledger: of every account that is charged, and added up for who charges it.

Everything here comes from the ledger and could be thrown away. A month is reckoned again until it has been over for two days;
what is posted later for days before (a contract agreed late) has its month and all since then reckoned again. Months are those of
the book's owner; whether a charge runs on a day is asked by the account's own calendar.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, F, Max, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Mod

from sublet.accounts.models import Account
from sublet.billing.models import BillingRun, ClientMonth, LedgerEntry, RevenueMonth
from sublet.billing.models.books import RETAIL, WHOLESALE
from sublet.billing.models.ledger import CHARGE
from sublet.billing.queries.figures import moved_of
from sublet.core.metrics import RECURRING, Movement, months_of, whole_period
from sublet.core.money import rounded, rounded_ratio
from sublet.core.periods import plus_months, start_of_day
from sublet.core.pricebook import NO_DISCOUNT, USUAL_DISCOUNT, WholesaleTerms
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.bulk import insert_rows
from sublet.foundation.errors import Forbidden
from sublet.foundation.scope import platform_scope
from sublet.pricing.queries.books import terms_of

#: What was posted in the last moments before may not have been seen.
OVERLAP: Final = timedelta(days=2)
SEEN_TWICE: Final = 20_000
#: So many charges are reckoned at once, and so many rows written in one transaction.
SLICE: Final = 100_000
WRITTEN: Final = 2_000
RIGHT: Final = "billing:manage"
#: Client, debtor, currency.
Key = tuple[int, int, str]
Progress = Callable[[int, int], None]
_COLUMNS: Final = ("before", "minor", "list_minor", "charged", "list_charged", "came_back")
_NEW: Final = ("account_id", "book", "month", "client_id", "debtor_id", "currency", *_COLUMNS)
_FIGURES: Final = ("start", "new", "reactivated", "expansion", "contraction", "churned", "end", "paying", "lost")


@dataclass(slots=True)
class _Row:
    """What `ClientMonth` will say."""

    client_id: int
    debtor_id: int
    currency: str
    before: int
    minor: int
    list_minor: int
    charged: int
    list_charged: int
    came_back: bool = False

    @property
    def figures(self) -> tuple[int | bool, ...]:
        """In the order of `_COLUMNS`."""
        return (self.before, self.minor, self.list_minor, self.charged, self.list_charged, self.came_back)


@dataclass(slots=True)
class _Sum:
    """A month of a currency, added up."""

    moved: Movement = field(default_factory=lambda: Movement(0, 0, 0, 0, 0, 0, 0))
    accounts: int = 0
    list_minor: int = 0
    charged: int = 0
    owed: dict[int, list[int]] = field(default_factory=dict)  # reseller → end, list, charged, accounts

    def add(self, moved: Movement) -> None:
        """What another slice came to."""
        both = {name: getattr(self.moved, name) + getattr(moved, name) for name in (*_FIGURES[:7], "paying", "lost")}
        self.moved = Movement(**both)


def keep_figures(*, actor: Actor, at: datetime, progress: Progress | None = None) -> int:
    """Keep the figures of every book up to `at` (``billing:manage``): months written. Again is no harm.

    Of all resellers: only the vendor and the installation itself can. Raises Forbidden.
    """
    if actor.account_kind != VENDOR:
        raise Forbidden(RIGHT)
    actor.require(RIGHT)
    with platform_scope("figures are kept of both books"):
        at_ledger = _reckoned_up_to(at)
        newest = LedgerEntry.objects.aggregate(newest=Max("id"))["newest"] or 0
        late = _late()
        charged = LedgerEntry.objects.filter(account_id=OuterRef("id"), kind=CHARGE)
        owners = list(Account.objects.filter(Exists(charged), kind__in=(VENDOR, RESELLER)).order_by("id"))
        written = 0
        for number, owner in enumerate(owners, 1):
            for month in _months(owner, late.get(owner.id), at_ledger):
                _keep(owner, month, newest, at_ledger, at)
                written += 1
            if progress is not None:
                progress(number, len(owners))
    return written


def _reckoned_up_to(at: datetime) -> datetime:
    """How far the ledger goes: what is due after the last billing run is not in it, and would look as if it had left."""
    last = BillingRun.objects.filter(accounts__gt=0).aggregate(last=Max("until"))["last"]
    return at if last is None else min(at, last)


def _late() -> dict[int, date]:
    """Owner → the first day of what was posted since figures were kept."""
    told = RevenueMonth.objects.filter(debtor__isnull=True).aggregate(seen=Max("seen"), kept=Max("kept_at"))
    seen, kept = told["seen"], told["kept"]
    if seen is None:
        return {}
    rows = LedgerEntry.objects.filter(
        Q(id__gt=seen) | Q(id__gt=seen - SEEN_TWICE, at__gte=kept - OVERLAP), kind=CHARGE, about__in=RECURRING
    ).order_by()
    return {
        row["account_id"]: row["first"]
        for row in rows.values("account_id").annotate(first=Min("first_day"))
        if row["first"]
    }


def _months(owner: Account, late: date | None, at: datetime) -> Iterator[date]:
    """The months that are to be reckoned, oldest first."""
    first = LedgerEntry.objects.filter(account_id=owner.id, kind=CHARGE).aggregate(first=Min("due_at"))["first"]
    if first is None:
        return
    begins = _month_of(first, owner.timezone)
    kept = RevenueMonth.objects.filter(account_id=owner.id, debtor__isnull=True).order_by("-month").first()
    month = begins
    if kept is not None:
        month = max(begins, min(kept.month, _month_of(kept.up_to - OVERLAP, owner.timezone)))
        if late is not None:
            month = max(begins, min(month, late.replace(day=1)))
    last = _month_of(at, owner.timezone)
    while month <= last:
        yield month
        month = plus_months(month, 1)


def _month_of(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date().replace(day=1)


def _keep(owner: Account, month: date, newest: int, up_to: datetime, at: datetime) -> None:
    """One month of one book: its accounts in slices, then what they add up to. The ledger goes `up_to`."""
    following = plus_months(month, 1)
    today = up_to.astimezone(ZoneInfo(owner.timezone)).date()
    day = min(following - timedelta(days=1), max(today, month))
    running = LedgerEntry.objects.filter(
        account_id=owner.id, kind=CHARGE, about__in=RECURRING, first_day__lte=day, last_day__gte=day
    ).exclude(key__startswith="minimum:")
    due = LedgerEntry.objects.filter(
        account_id=owner.id, kind=CHARGE, due_at__gte=start_of_day(month, owner.timezone),
        due_at__lt=start_of_day(following, owner.timezone),
    )  # fmt: skip
    before = ClientMonth.objects.filter(account_id=owner.id, month=plus_months(month, -1)).exclude(minor=0)
    there = ClientMonth.objects.filter(account_id=owner.id, month=month)
    slices = 1 + running.count() // SLICE
    volumes: dict[tuple[int, str], int] = defaultdict(int)
    if slices > 1:  # the discount goes by what a reseller has in all slices together
        for number in range(slices):
            _add_volumes(volumes, _recurring(_slice(running, number, slices)))
    instant = min(at, start_of_day(day + timedelta(days=1), owner.timezone) - timedelta(microseconds=1))
    sums: dict[str, _Sum] = defaultdict(_Sum)
    for number in range(slices):
        lists = _recurring(_slice(running, number, slices))
        if slices == 1:
            _add_volumes(volumes, lists)
        rows = _rows(
            owner, month, lists, _charged(_slice(due, number, slices)), _before(_slice(before, number, slices)), volumes, instant
        )  # fmt: skip
        _write(owner, month, rows, _slice(there, number, slices))
        _add_up(sums, rows, owner)
    _write_sums(owner, month, sums, newest, up_to, at)


def _slice(rows: QuerySet[Any], number: int, slices: int) -> QuerySet[Any]:
    if slices == 1:
        return rows
    part: QuerySet[Any] = rows.annotate(slice=Mod(F("client_id"), slices)).filter(slice=number)
    return part


def _recurring(rows: QuerySet[LedgerEntry]) -> dict[Key, int]:
    """Revenue a month at list, or retail, of what runs; rounded once for each account.

    What is charged for whole periods, nearly all, is added up by the database; of the rest the lines tell the whole.
    """
    twelfths: dict[Key, int | Fraction] = defaultdict(int)
    whole = rows.filter(days=F("of_days")).order_by().values_list("client_id", "debtor_id", "currency", "of_days")
    for client, debtor, currency, of_days, minor in whole.annotate(all=Sum("minor")).iterator(chunk_size=5000):
        twelfths[client, debtor, currency] += int(minor) * (12 // months_of(of_days))  # a sum may be a decimal
    columns = ("client_id", "debtor_id", "currency", "minor", "days", "of_days", "parts")
    for client, debtor, currency, minor, days, of_days, parts in rows.exclude(days=F("of_days")).values_list(*columns):
        part = whole_period(minor, days, of_days, parts)
        twelfths[client, debtor, currency] += part * (12 // months_of(of_days))
    found = {}
    for key, exact in twelfths.items():
        minor = rounded_ratio(exact, 12) if isinstance(exact, int) else rounded(exact / 12)
        if minor > 0:
            found[key] = minor
    return found


def _charged(rows: QuerySet[LedgerEntry]) -> dict[Key, int]:
    sums = rows.order_by().values_list("client_id", "debtor_id", "currency").annotate(all=Sum("minor"))
    return {(client, debtor, currency): int(minor) for client, debtor, currency, minor in sums}


def _before(rows: QuerySet[ClientMonth]) -> dict[Key, int]:
    told = rows.values_list("client_id", "debtor_id", "currency", "minor")
    return {(client, debtor, currency): minor for client, debtor, currency, minor in told}


def _add_volumes(volumes: dict[tuple[int, str], int], lists: Mapping[Key, int]) -> None:
    for (_client, debtor, currency), minor in lists.items():
        volumes[debtor, currency] += minor


def _discounts(owner: Account, debtors: Iterable[int], instant: datetime) -> dict[int, WholesaleTerms]:
    """Of the resellers among those who owe. A direct account pays the list price."""
    if owner.kind != VENDOR:
        return {}
    wanted = sorted(set(debtors))
    resellers: list[int] = []
    for start in range(0, len(wanted), 5000):
        part = Account.objects.filter(id__in=wanted[start : start + 5000], kind=RESELLER)
        resellers += part.values_list("id", flat=True)
    agreed = terms_of(resellers, instant)
    found = {}
    for reseller in resellers:
        held = [each for each in agreed.get(reseller, ()) if each.since <= instant]
        found[reseller] = held[-1] if held else WholesaleTerms(datetime.min.replace(tzinfo=UTC), USUAL_DISCOUNT)
    return found


def _rows(
    owner: Account,
    month: date,
    lists: Mapping[Key, int],
    charged: Mapping[Key, int],
    before: Mapping[Key, int],
    volumes: Mapping[tuple[int, str], int],
    instant: datetime,
) -> list[_Row]:
    keys = sorted({*lists, *charged, *before})
    terms = _discounts(owner, (debtor for _client, debtor, _currency in keys), instant)
    sold: dict[tuple[int, str], int] = defaultdict(int)
    _add_volumes(sold, charged)
    rows = []
    taken_off: dict[tuple[int, str], tuple[_Off, _Off]] = {}
    for key in keys:
        client, debtor, currency = key
        off = taken_off.get((debtor, currency))
        if off is None:
            agreed = terms.get(debtor)
            off = taken_off[debtor, currency] = (
                _off(agreed, volumes.get((debtor, currency), 0)),
                _off(agreed, sold.get((debtor, currency), 0)),
            )
        minor, due = lists.get(key, 0), charged.get(key, 0)
        rows.append(
            _Row(client, debtor, currency, before.get(key, 0), _less(minor, off[0]), minor, _less(due, off[1]), due)
        )
    _say_who_came_back(owner, month, rows)
    return rows


#: A discount as a fraction: over, under.
_Off = tuple[int, int]


def _off(terms: WholesaleTerms | None, volume: int) -> _Off:
    percent = NO_DISCOUNT if terms is None else terms.discount(volume)
    over, under = percent.as_integer_ratio()
    return over, under * 100


def _less(minor: int, off: _Off) -> int:
    return minor - rounded_ratio(minor * off[0], off[1]) if minor and off[0] else minor


def _say_who_came_back(owner: Account, month: date, rows: Sequence[_Row]) -> None:
    had = {(row.client_id, row.currency) for row in rows if row.before}
    come = sorted({row.client_id for row in rows if row.minor and (row.client_id, row.currency) not in had})
    paid: set[tuple[int, str]] = set()
    for start in range(0, len(come), 5000):
        earlier = ClientMonth.objects.filter(
            account_id=owner.id, client_id__in=come[start : start + 5000], month__lt=month, minor__gt=0
        )
        paid.update(earlier.values_list("client_id", "currency").distinct())
    for row in rows:
        who = (row.client_id, row.currency)
        row.came_back = bool(row.minor) and who in paid and who not in had


def _write(owner: Account, month: date, rows: Sequence[_Row], there: QuerySet[ClientMonth]) -> None:
    """Make the month so, writing only what differs."""
    known = {
        (row[1], row[2], row[3]): (row[0], row[4:])
        for row in there.values_list("id", "client_id", "debtor_id", "currency", *_COLUMNS)
    }
    book = WHOLESALE if owner.kind == VENDOR else RETAIL
    new, changed = [], []
    for row in rows:
        number, values = known.pop((row.client_id, row.debtor_id, row.currency), (0, ()))
        figures = row.figures
        if not number:
            new.append((owner.id, book, month, row.client_id, row.debtor_id, row.currency, *figures))
        elif values != figures:
            changed.append(ClientMonth(id=number, **dict(zip(_COLUMNS, figures, strict=True))))
    gone = [number for number, _values in known.values()]
    for start in range(0, len(new), WRITTEN):
        with transaction.atomic():
            insert_rows(ClientMonth, _NEW, new[start : start + WRITTEN])
    ClientMonth.objects.bulk_update(changed, _COLUMNS, batch_size=WRITTEN // 4)
    for start in range(0, len(gone), WRITTEN):
        ClientMonth.objects.filter(id__in=gone[start : start + WRITTEN]).delete()


def _add_up(sums: dict[str, _Sum], rows: Iterable[_Row], owner: Account) -> None:
    by_currency: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        by_currency[row.currency].append(row)
    for currency, those in by_currency.items():
        total = sums[currency]
        total.add(moved_of(those))
        total.list_minor += sum(row.list_minor for row in those)
        total.charged += sum(row.charged for row in those)
        total.accounts += len({row.client_id for row in those if row.minor})
        if owner.kind != VENDOR:
            continue
        for row in those:
            if row.debtor_id != row.client_id:
                owed = total.owed.setdefault(row.debtor_id, [0, 0, 0, 0])
                owed[0] += row.minor
                owed[1] += row.list_minor
                owed[2] += row.charged
                owed[3] += bool(row.minor)


def _write_sums(owner: Account, month: date, sums: dict[str, _Sum], newest: int, up_to: datetime, at: datetime) -> None:
    if not sums:
        sums[owner.currency] = _Sum()  # a month in which nothing was there is kept as such
    book = WHOLESALE if owner.kind == VENDOR else RETAIL
    same: dict[str, Any] = {
        "account_id": owner.id,
        "book": book,
        "month": month,
        "seen": newest,
        "up_to": up_to,
        "kept_at": at,
    }
    rows = []
    for currency, total in sums.items():
        rows.append(
            RevenueMonth(
                **same, currency=currency, **{name: getattr(total.moved, name) for name in _FIGURES},
                accounts=total.accounts, list_minor=total.list_minor, charged=total.charged,
            )
        )  # fmt: skip
        rows += [
            RevenueMonth(
                **same, currency=currency, debtor_id=debtor, end=end, list_minor=listed, charged=charged, accounts=accounts
            )
            for debtor, (end, listed, charged, accounts) in total.owed.items()
        ]  # fmt: skip
    with transaction.atomic():
        RevenueMonth.objects.filter(account_id=owner.id, month=month).delete()
        RevenueMonth.objects.bulk_create(rows, batch_size=WRITTEN)

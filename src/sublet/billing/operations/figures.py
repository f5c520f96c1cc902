"""The figures of each month, kept beside the ledger: of every account that is charged, and added up for who charges it.

Everything here comes from the ledger and could be thrown away. A month is reckoned again until it has been over for two days;
what is posted later for days before (a contract agreed late) has its month and all since then reckoned again. Months are those of
the book's owner; whether a charge runs on a day that is over is asked by the account's own calendar, and what runs now by the
instant: where it is midnight later the next period is not in the ledger yet, and its account has not left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import F, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import Mod

from sublet.accounts.models import Account
from sublet.billing.models import BillingRun, ClientMonth, LedgerEntry, RevenueMonth
from sublet.billing.models.books import RETAIL, WHOLESALE
from sublet.billing.models.ledger import CHARGE
from sublet.billing.operations.figures_due import Due, Key, Terms
from sublet.billing.operations.figures_due import charged as charged_of
from sublet.billing.queries.figures import MOVED, moved_of
from sublet.core.margin import wholesale_of
from sublet.core.metrics import CREDIT, RECURRING, Movement, Posted, given_back, months_of, whole_period
from sublet.core.money import rounded, rounded_ratio
from sublet.core.periods import plus_months, start_of_day
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.bulk import insert_rows
from sublet.foundation.errors import Forbidden
from sublet.foundation.scope import platform_scope

#: What was posted in the last moments before may not have been seen.
OVERLAP: Final = timedelta(days=2)
SEEN_TWICE: Final = 20_000
#: So many charges are reckoned at once, and so many rows written in one transaction.
SLICE: Final = 100_000
WRITTEN: Final = 2_000
RIGHT: Final = "billing:manage"
Progress = Callable[[int, int], None]
_COLUMNS: Final = ("before", "minor", "list_minor", "charged", "list_charged", "owed", "came_back")
_NEW: Final = ("account_id", "book", "month", "client_id", "debtor_id", "currency", *_COLUMNS)


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
    owed: int
    came_back: bool = False

    @property
    def figures(self) -> tuple[int | bool, ...]:
        """In the order of `_COLUMNS`."""
        return (self.before, self.minor, self.list_minor, self.charged, self.list_charged, self.owed, self.came_back)


class _New(NamedTuple):
    """Of what was posted since figures were kept: the first day that recurs, and when it was due first."""

    day: date | None
    due: datetime

    def month(self, owner: Account) -> date:
        """From which on everything is reckoned again. Of the vendor's a day earlier: a debtor's month may end so much later."""
        due = self.due.astimezone(ZoneInfo(owner.timezone)).date()
        if owner.kind == VENDOR:
            due -= timedelta(days=1)
        return min(due, self.day or due).replace(day=1)


class _Kept(NamedTuple):
    """How far the figures of a book are kept: its newest month, and the instant."""

    month: date
    up_to: datetime


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
        both = {name: getattr(self.moved, name) + getattr(moved, name) for name in MOVED}
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
        seen, new = _posted_since()
        kept = _kept()
        owners = list(Account.objects.filter(id__in=_with_books(), kind__in=(VENDOR, RESELLER)).order_by("id"))
        written = 0
        still: dict[date, list[int]] = defaultdict(list)
        for number, owner in enumerate(owners, 1):
            before = kept.get(owner.id)
            if before is not None and owner.id not in new and _is_still_so(owner, before, at_ledger):
                still[before.month].append(owner.id)
            else:
                for month in _months(owner, before, new.get(owner.id), at_ledger):
                    _keep(owner, month, seen, at_ledger, at)
                    written += 1
            if progress is not None:
                progress(number, len(owners))
        for month, ids in still.items():
            for start in range(0, len(ids), 5000):
                rows = RevenueMonth.objects.filter(account_id__in=ids[start : start + 5000], month=month)
                rows.update(up_to=at_ledger, kept_at=at)
        # Only now: had it died half way, what it did not reach would be asked for from here on, and never be found.
        RevenueMonth.objects.filter(debtor__isnull=True, kept_at=at).update(seen=newest)
    return written


def _with_books() -> list[int]:
    """Whoever has entries in the ledger. One statement that skips from account to account in the index.

    Asked of each account whether there is any, a database that knows how many the vendor has looks through all of them each time.
    """
    least = "SELECT MIN(account_id) FROM ledger_entry"
    # past the scope: figures are kept of all books
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE following(id) AS ({least} UNION ALL"  # noqa: S608  constants
            f" SELECT ({least} WHERE account_id > following.id) FROM following WHERE following.id IS NOT NULL)"
            " SELECT id FROM following WHERE id IS NOT NULL"
        )
        return [row[0] for row in cursor.fetchall()]


def _reckoned_up_to(at: datetime) -> datetime:
    """How far the ledger goes: what is due after the last billing run is not in it, and would look as if it had left."""
    last = BillingRun.objects.filter(accounts__gt=0).aggregate(last=Max("until"))["last"]
    return at if last is None else min(at, last)


def _posted_since() -> tuple[int, dict[int, _New]]:
    """The newest entry of the ledger that was seen, and of each owner what was posted since."""
    told = RevenueMonth.objects.filter(debtor__isnull=True).aggregate(seen=Max("seen"), kept=Max("kept_at"))
    seen, kept = told["seen"], told["kept"]
    if seen is None:
        return 0, {}
    rows = LedgerEntry.objects.filter(
        Q(id__gt=seen) | Q(id__gt=seen - SEEN_TWICE, at__gte=kept - OVERLAP), kind=CHARGE
    ).order_by()
    # What recurs is a figure of the days for which it is; all is one of the month in which it was due.
    told_by_owner = rows.values_list("account_id").annotate(
        day=Min("first_day", filter=Q(about__in=RECURRING)), due=Min("due_at")
    )
    return seen, {owner: _New(day, due) for owner, day, due in told_by_owner}


def _kept() -> dict[int, _Kept]:
    rows = RevenueMonth.objects.filter(debtor__isnull=True).order_by().values_list("account_id")
    return {owner: _Kept(month, up_to) for owner, month, up_to in rows.annotate(Max("month"), Max("up_to"))}


def _is_still_so(owner: Account, before: _Kept, up_to: datetime) -> bool:
    """Whether a book in which nothing was posted says the same as before: on the same day of its reseller.

    Never the vendor's: other terms may have been agreed. Who leaves without an entry while the reseller's day runs (it is midnight
    elsewhere) has left on the reseller's next day.
    """
    zone = ZoneInfo(owner.timezone)
    return owner.kind != VENDOR and before.up_to.astimezone(zone).date() == up_to.astimezone(zone).date()


def _months(owner: Account, kept: _Kept | None, new: _New | None, at: datetime) -> Iterator[date]:
    """The months that are to be reckoned, oldest first."""
    first = LedgerEntry.objects.filter(account_id=owner.id, kind=CHARGE).aggregate(first=Min("due_at"))["first"]
    if first is None:
        return
    begins = _month_of(first, owner.timezone)
    month = begins
    if kept is not None:
        month = max(begins, min(kept.month, _month_of(kept.up_to - OVERLAP, owner.timezone)))
        if new is not None:
            month = max(begins, min(month, new.month(owner)))
    last = _month_of(at, owner.timezone)
    while month <= last:
        yield month
        month = plus_months(month, 1)


def _month_of(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date().replace(day=1)


def _keep(owner: Account, month: date, seen: int, up_to: datetime, at: datetime) -> None:
    """One month of one book: its accounts in slices, then what they add up to. The ledger goes `up_to`."""
    begin, end = start_of_day(month, owner.timezone), start_of_day(plus_months(month, 1), owner.timezone)
    running = _running(owner, end, up_to)
    charges = LedgerEntry.objects.filter(account_id=owner.id, kind=CHARGE)
    due = charges.filter(due_at__gte=begin, due_at__lt=end)
    before = ClientMonth.objects.filter(account_id=owner.id, month=plus_months(month, -1)).exclude(minor=0)
    there = ClientMonth.objects.filter(account_id=owner.id, month=month)
    slices = 1 + running.count() // SLICE
    volumes: dict[tuple[int, str], int] = defaultdict(int)
    if slices > 1:  # the discount goes by what a reseller has in all slices together
        for number in range(slices):
            _add_volumes(volumes, _recurring(_slice(running, number, slices)))
    instant = min(at, end - timedelta(microseconds=1))
    terms = Terms(owner, month, begin, end, instant, due)
    cut = terms.of_other_months(charges)
    sums: dict[str, _Sum] = defaultdict(_Sum)
    for number in range(slices):
        lists = _recurring(_slice(running, number, slices))
        if slices == 1:
            _add_volumes(volumes, lists)
        rows = _rows(
            lists, charged_of(_slice(due, number, slices), terms),
            None if cut is None else charged_of(_slice(cut, number, slices), terms),
            _before(_slice(before, number, slices)), volumes, terms,
        )  # fmt: skip
        _say_who_came_back(owner, month, rows)
        _write(owner, month, rows, _slice(there, number, slices))
        _add_up(sums, rows, owner)
    _write_sums(owner, month, sums, seen, up_to, at)


def _running(owner: Account, end: datetime, up_to: datetime) -> QuerySet[LedgerEntry]:
    """What runs when the month ends, or now. `up_to` itself is not in the ledger yet: what begins then would be missing."""
    last = min(up_to, end) - timedelta(microseconds=1)
    day = last.astimezone(ZoneInfo(owner.timezone)).date()
    on_the_day = Q(first_day__lte=day, last_day__gte=day)
    if up_to < end:
        by_now = Q(start__lte=last, end__gt=last, last_day__gte=day - timedelta(days=2))
        on_the_day = by_now | Q(on_the_day, start__isnull=True)
    return LedgerEntry.objects.filter(on_the_day, account_id=owner.id, kind=CHARGE, about__in=RECURRING)


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
    columns = (
        "id", "client_id", "debtor_id", "currency", "key", "due_at", "last_day", "quantity", "minor", "days", "of_days", "parts",
    )  # fmt: skip
    broken = [_Part(*row) for row in rows.exclude(days=F("of_days")).order_by("id").values_list(*columns)]
    gone = _gone(rows, broken)
    for one in broken:
        if one.id not in gone:
            part = whole_period(one.minor, one.days, one.of_days, one.parts)
            twelfths[one.client, one.debtor, one.currency] += part * (12 // months_of(one.of_days))
    for one in gone.values():
        if one.days == one.of_days:
            twelfths[one.client, one.debtor, one.currency] -= one.minor * (12 // months_of(one.of_days))
    found = {}
    for key, exact in twelfths.items():
        minor = rounded_ratio(exact, 12) if isinstance(exact, int) else rounded(exact / 12)
        if minor > 0:
            found[key] = minor
    return found


class _Part(NamedTuple):
    """A charge that runs, or what was given back of one."""

    id: int
    client: int
    debtor: int
    currency: str
    key: str
    due: datetime
    last_day: date
    quantity: Any
    minor: int
    days: int
    of_days: int
    parts: Sequence[Sequence[Any]] = ()

    @property
    def posted(self) -> Posted:
        """As core reads it."""
        who = f"{self.client}:{self.debtor}:{self.currency}"
        return Posted(self.id, who, self.key, self.due, self.last_day, self.quantity)


def _gone(rows: QuerySet[LedgerEntry], broken: Sequence[_Part]) -> dict[int, _Part]:
    """The charges that were given back to their last day, with what was given back, by number: neither runs any more."""
    clients = sorted({one.client for one in broken if one.key.startswith(CREDIT)})
    there = {one.id: one for one in broken}
    columns = (
        "id", "client_id", "debtor_id", "currency", "key", "due_at", "last_day", "quantity", "minor", "days", "of_days",
    )  # fmt: skip
    for start in range(0, len(clients), 5000):
        whole = rows.filter(days=F("of_days"), client_id__in=clients[start : start + 5000]).order_by("id")
        there |= {row[0]: _Part(*row) for row in whole.values_list(*columns)}
    if not clients:
        return {}
    wanted = set(clients)
    return {each: there[each] for each in given_back(one.posted for one in there.values() if one.client in wanted)}


def _before(rows: QuerySet[ClientMonth]) -> dict[Key, int]:
    told = rows.values_list("client_id", "debtor_id", "currency", "minor")
    return {(client, debtor, currency): minor for client, debtor, currency, minor in told}


def _add_volumes(volumes: dict[tuple[int, str], int], lists: Mapping[Key, int]) -> None:
    for (_client, debtor, currency), minor in lists.items():
        volumes[debtor, currency] += minor


def _rows(
    lists: Mapping[Key, int],
    charged: Due,
    of_other_months: Due | None,
    before: Mapping[Key, int],
    volumes: Mapping[tuple[int, str], int],
    terms: Terms,
) -> list[_Row]:
    """`of_other_months`: what became due of those whose months are not the owner's, by theirs; None: all have the same."""
    rows = []
    other: dict[int, bool] = {}
    for key in sorted({*lists, *charged, *before, *(of_other_months or ())}):
        client, debtor, currency = key
        if debtor not in other:
            other[debtor] = terms.has_other_month(debtor)
        minor, due = lists.get(key, 0), charged.get(key, ())
        less = terms.less(debtor, currency, due)
        owed = terms.less(debtor, currency, (of_other_months or {}).get(key, ())) if other[debtor] else less
        percent = terms.agreed.discount(debtor, terms.instant, volumes.get((debtor, currency), 0))
        rows.append(
            _Row(
                client, debtor, currency, before.get(key, 0), wholesale_of(minor, percent), minor, less,
                sum(each for _when, each in due), owed,
            )
        )  # fmt: skip
    return rows


def _say_who_came_back(owner: Account, month: date, rows: Sequence[_Row]) -> None:
    had = {(row.client_id, row.currency) for row in rows if row.before}
    come = sorted({row.client_id for row in rows if row.minor and (row.client_id, row.currency) not in had})
    paid: set[tuple[int, str]] = set()
    for start in range(0, len(come), 5000):
        # Of the ledger: who paid between the ends of two months stands in no month.
        earlier = LedgerEntry.objects.filter(
            account_id=owner.id,
            client_id__in=come[start : start + 5000],
            kind=CHARGE,
            about__in=RECURRING,
            first_day__lt=month,
        )
        sums = earlier.order_by().values_list("client_id", "currency").annotate(all=Sum("minor"))
        paid.update((client, currency) for client, currency, minor in sums if minor > 0)
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


def _write_sums(owner: Account, month: date, sums: dict[str, _Sum], seen: int, up_to: datetime, at: datetime) -> None:
    if not sums:
        sums[owner.currency] = _Sum()  # a month in which nothing was there is kept as such
    book = WHOLESALE if owner.kind == VENDOR else RETAIL
    same: dict[str, Any] = {
        "account_id": owner.id,
        "book": book,
        "month": month,
        "seen": seen,
        "up_to": up_to,
        "kept_at": at,
    }
    rows = []
    for currency, total in sums.items():
        rows.append(
            RevenueMonth(
                **same, currency=currency, **{name: getattr(total.moved, name) for name in MOVED},
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

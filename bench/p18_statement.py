"""P18: the statement of an account with ten years, among a thousand others: its first page, the last year, and all of it as a table.

The floor is the bare statement that reads the same rows with their numbers; of the table, the same with `csv.writer`. Ten years are 120
monthly invoices of three lines, each paid but the last, and a credit note each year. Sizes: SUBLET_BENCH_ACCOUNTS (1000 others),
SUBLET_BENCH_MONTHS (24 of each of them). What is told is compared with what was put in.
"""

from __future__ import annotations

import csv
import io
import os
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from bench.installation import installed

OTHERS = int(os.environ.get("SUBLET_BENCH_ACCOUNTS", "1000"))
MONTHS = int(os.environ.get("SUBLET_BENCH_MONTHS", "24"))
YEARS = 10
ROUNDS = 40
FIRST = date(2016, 1, 1)
NET, CREDIT = 3000, 500
AT = datetime(2025, 12, 31, 12, tzinfo=UTC)
_MOVED = """
SELECT e.id, e.due_at, e.key, e.minor, i.series, i.number,
       (SELECT SUM(p.minor) FROM ledger_posting p WHERE p.account_id = e.account_id AND p.entry_id = e.id
        AND p.code IN ('receivable', 'prepaid', 'payable'))
FROM ledger_entry e LEFT JOIN invoice i ON i.ref = e.item
WHERE e.account_id = %s AND e.debtor_id = %s AND e.currency = 'EUR' AND NOT (e.kind = 'charge') AND e.due_at >= %s AND e.due_at < %s
ORDER BY e.due_at, e.id LIMIT %s
"""


def main() -> Iterator[str]:
    """Three lines."""
    with installed() as kind:
        yield from _measured(kind)


def _measured(kind: str) -> Iterator[str]:
    from django.db import connection

    from sublet.billing.operations.account_statements import account_statement_table
    from sublet.billing.queries.account_statements import PAGE, account_statement
    from sublet.core.rights import Rights
    from sublet.foundation.actor import Actor
    from sublet.foundation.scope import actor_scope
    from sublet.foundation.sheets.writing import write_csv

    reseller, client = _furnish()
    actor = Actor(
        user_id=None, name="Bench", account_id=reseller.id, account_ref=reseller.ref, account_kind="reseller", account_name="R",
        rights=Rights.of({"billing": "view"}),
    )  # fmt: skip
    all_days: dict[str, Any] = {"first": FIRST, "before": date(FIRST.year + YEARS, 1, 1)}
    last_year: dict[str, Any] = {"first": date(FIRST.year + YEARS - 1, 1, 1), "before": date(FIRST.year + YEARS, 1, 1)}

    def page(days: dict[str, Any]) -> Any:
        with actor_scope(actor):
            return account_statement(actor, account=client.ref, **days, at=AT)

    def table() -> bytes:
        with actor_scope(actor):
            told = account_statement_table(account=client.ref, **all_days, actor=actor, at=AT)
        return b"".join(write_csv(told.rows, told.columns))

    def bare(days: dict[str, Any], most: int) -> list[Any]:
        begin, end = (datetime.combine(day, datetime.min.time(), UTC) for day in (days["first"], days["before"]))
        with connection.cursor() as cursor:
            cursor.execute(_MOVED, [reseller.id, client.id, begin, end, most])
            return list(cursor.fetchall())

    def bare_table() -> bytes:
        out = io.StringIO()
        csv.writer(out).writerows(bare(all_days, 10**6))
        return out.getvalue().encode()

    whole, year = page(all_days), page(last_year)
    invoices = 12 * YEARS
    assert whole.sums.closing == year.sums.closing == NET - CREDIT * YEARS == whole.now.balance, whole.sums
    assert year.sums.opening == -CREDIT * (YEARS - 1), year.sums
    moved = invoices + invoices - 1 + YEARS
    assert (len(whole.rows), len(year.rows)) == (PAGE, 12 + 11 + 1), (len(whole.rows), len(year.rows))
    assert table().count(b"\r\n") == moved + 3
    for name, ours, floor, goal in (
        ("first_page", lambda: page(all_days), lambda: bare(all_days, PAGE + 1), "goal_ms=50"),
        ("last_year", lambda: page(last_year), lambda: bare(last_year, PAGE + 1), "goal_ms=50"),
        ("csv", table, bare_table, "goal_ms=100"),
    ):
        one, other = _pairs(ours, floor)
        yield (
            f"P18.{kind}.{name}.{OTHERS} ratio_floor={one / other:.2f} ms={one * 1e3:.2f} {goal} floor_ms={other * 1e3:.3f}"
            f" movements={moved} months_of_others={MONTHS}"
        )


def _pairs(ours: Callable[[], object], floor: Callable[[], object]) -> tuple[float, float]:
    def took(do: Callable[[], object]) -> float:
        started = time.perf_counter()
        do()
        return time.perf_counter() - started

    took(ours), took(floor)
    pairs = [(took(ours), took(floor)) for _round in range(ROUNDS)]
    return statistics.median(one for one, _other in pairs), statistics.median(other for _one, other in pairs)


def _furnish() -> tuple[Any, Any]:
    """A reseller with its clients: the first one has ten years. The two."""
    from django.db import connection, transaction

    from sublet.accounts.models import Account
    from sublet.foundation.scope import platform_scope

    begins = datetime(2015, 12, 1, tzinfo=UTC)
    same = {"state_since": begins, "created_at": begins}
    with platform_scope("a benchmark fills its own database"):
        vendor = Account.objects.create(kind="vendor", name="Vendor", sort_name="vendor", currency="EUR", **same)
        reseller = Account.objects.create(
            kind="reseller", parent=vendor, name="R", sort_name="r", timezone="UTC", **same
        )
        clients = [
            Account.objects.create(kind="client", parent=reseller, name=f"C{number}", sort_name=f"c{number}", **same)
            for number in range(OTHERS + 1)
        ]
        numbers = iter(range(1, 10**9))
        for place, client in enumerate(clients):
            with transaction.atomic():
                _fill(reseller.id, client.id, 12 * YEARS if place == 0 else MONTHS, numbers)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return reseller, clients[0]


def _fill(owner: int, debtor: int, months: int, numbers: Iterator[int]) -> None:
    """So many monthly invoices of three lines; each but the last is paid, and one each year is credited in part afterwards."""
    from sublet.billing.models import Invoice, InvoiceLine, LedgerEntry
    from sublet.billing.operations.documents import _INVOICE, _LINE
    from sublet.billing.operations.posting import _ENTRY, event_row, posting_rows, write_events, write_postings
    from sublet.core import ledger
    from sublet.core.periods import plus_months
    from sublet.foundation.bulk import insert_rows, next_ids
    from sublet.foundation.refs import new_ref

    ids_of_invoices, ids_of_entries = iter(next_ids(Invoice, 2 * months)), iter(next_ids(LedgerEntry, 6 * months))
    charges: list[Any] = []
    events: list[Any] = []
    postings: list[Any] = []
    invoices: list[Any] = []
    lines: list[Any] = []

    def moved(number: int, key: str, kind: str, about: str, minor: int, at: datetime, booked: ledger.Entry) -> None:
        events.append(
            event_row(
                number, owner=owner, book="retail", debtor=debtor, key=key, kind=kind, about=about, minor=minor, currency="EUR",
                at=at, by="b",
            )
        )  # fmt: skip
        postings.extend(posting_rows(number, owner, debtor, booked))

    def document(
        number: int, ref: str, kind: str, net: int, day: date, corrects: int | None, paid: int, off: int
    ) -> None:
        at = datetime.combine(day, datetime.min.time(), UTC)
        row = {
            "id": number, "account_id": owner, "book": "retail", "ref": ref, "kind": kind, "debtor_id": debtor,
            "state": "paid" if paid else "issued", "key": ref, "first_day": day, "last_day": day, "currency": "EUR",
            "list_minor": net, "discount_minor": 0, "net_minor": net, "tax_minor": 0, "gross_minor": net,
            "discount_percent": Decimal(0), "collected_by": "own", "paid_minor": paid, "credited_minor": off, "made_at": at,
            "issuer_id": None, "series": "R-", "number": next(numbers), "issued_at": at, "issued_on": day,
            "due_on": day + timedelta(days=14), "issued_by": "b", "frozen": {}, "digest": "0" * 64, "corrects_id": corrects,
            "reason": "",
        }  # fmt: skip
        invoices.append([row[name] for name in _INVOICE])

    for month in range(months):
        day = plus_months(FIRST, month)
        at = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=9)
        invoice, note = next(ids_of_invoices), next(ids_of_invoices)
        ids = [next(ids_of_entries) for _line in range(6)]
        ref, last = new_ref("inv"), month == months - 1
        credit = month % 12 == 11
        document(invoice, ref, "invoice", NET, day, None, 0 if last else NET, CREDIT if credit else 0)
        for line, number in enumerate(ids[:3], 1):
            charges.append(
                (number, owner, "retail", debtor, debtor, f"base:{line}:{day}", "charge", "base", "p", at, at, day, day, 30, 30,
                 Decimal(1), None, NET // 3, "EUR", [], True, at, at, "b")
            )  # fmt: skip
            postings += posting_rows(number, owner, debtor, ledger.charge("retail", NET // 3, "EUR"))
            lines.append(
                (owner, "retail", invoice, line, number, None, debtor, "base", "p", day, day, 30, 30, Decimal(1), NET // 3, 0,
                 NET // 3)
            )  # fmt: skip
        moved(ids[3], f"invoice:{ref}", "invoice", ref, NET, at, ledger.invoice("retail", NET, 0, "EUR"))
        if not last:
            paid = ledger.payment("retail", NET, "EUR")
            moved(ids[4], f"payment:{new_ref('pay')}", "payment", ref, NET, at + timedelta(days=9), paid)
        if credit:
            about = new_ref("inv")
            document(note, about, "credit", -CREDIT, day, invoice, 0, 0)
            back = ledger.entry("retail", "EUR", prepaid=-CREDIT, revenue=CREDIT)
            moved(ids[5], f"credit:{about}", "credit", about, -CREDIT, at + timedelta(days=12), back)
    insert_rows(LedgerEntry, _ENTRY, charges)
    write_events(events)
    write_postings(postings)
    insert_rows(InvoiceLine, _LINE, lines)  # first: what is issued takes no more of them
    insert_rows(Invoice, _INVOICE, invoices)

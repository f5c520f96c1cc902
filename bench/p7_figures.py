"""P7: the page of figures of a vendor with many accounts: revenue by month with what moved it, and the resellers by volume.

The floor is the bare statement that reads the rows of the answer. `faster_than_recomputing` compares with reckoning the months again from
the ledger. `keep` is what the hourly job costs: the first time for all months, and again with nothing new. Sizes:
SUBLET_BENCH_ACCOUNTS (100000), SUBLET_BENCH_MONTHS (12). What is told is compared with what was put in.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from bench.installation import installed

SIZE = int(os.environ.get("SUBLET_BENCH_ACCOUNTS", "100000"))
MONTHS = int(os.environ.get("SUBLET_BENCH_MONTHS", "12"))
BELOW_EACH = 100
ROUNDS = 40
FIRST = date(2025, 1, 1)


def main() -> Iterator[str]:
    """One line."""
    with installed() as kind:
        yield _measured(kind)


def _measured(kind: str) -> str:
    from django.db import connection

    from sublet.accounts.queries import installation_actor
    from sublet.billing.models import RevenueMonth
    from sublet.billing.operations import keep_figures
    from sublet.billing.queries.figures import figures
    from sublet.core.periods import plus_months
    from sublet.foundation.scope import platform_scope
    from sublet.portals.shared.figures_pages import charts, stats

    vendor = _furnish()
    at = datetime.combine(plus_months(FIRST, MONTHS - 1), datetime.min.time(), UTC) + timedelta(days=19)
    with platform_scope("a benchmark looks at its own database"):
        actor = installation_actor(name="Bench", via="cli")
        started = time.perf_counter()
        keep_figures(actor=actor, at=at)
        kept = time.perf_counter() - started
        started = time.perf_counter()
        keep_figures(actor=actor, at=at)
        again = time.perf_counter() - started

        def page() -> float:
            started = time.perf_counter()
            told = figures(actor, at=at)
            stats(told, str)
            charts(told, str)
            return time.perf_counter() - started

        def bare() -> float:
            started = time.perf_counter()
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT * FROM revenue_month WHERE account_id = %s AND debtor_id IS NULL AND month >= %s ORDER BY month",
                    [vendor, plus_months(FIRST, MONTHS - 13)],
                )
                cursor.fetchall()
            return time.perf_counter() - started

        page(), bare()
        pairs = [(page(), bare()) for _round in range(ROUNDS)]
        told = figures(actor, at=at)
        shown = told.months[-1].moved
        # Each month one account in fifty begins to pay and one in a hundred leaves.
        expected = sum(1 for number in range(SIZE) if _pays(number, MONTHS - 1)) * 800
        assert (shown.end, told.months[-1].accounts) == (expected, expected // 800), (shown, expected)
        rows = RevenueMonth.objects.filter(debtor__isnull=True).count()
        assert rows == MONTHS, rows
    middle = statistics.median(one for one, _other in pairs)
    floor = statistics.median(other for _one, other in pairs)
    return (
        f"P7.{kind}.figures.{SIZE} ratio_floor={middle / floor:.2f} page_ms={middle * 1e3:.2f} goal_ms=50"
        f" floor_ms={floor * 1e3:.3f} faster_than_recomputing={kept / middle:.0f} goal_recomputing=100 months={MONTHS}"
        f" keep_seconds={kept:.1f} us_per_account_and_month={kept / SIZE / MONTHS * 1e6:.1f} again_seconds={again:.2f}"
    )


def _pays(number: int, month: int) -> bool:
    """Of fifty accounts one pays from the second month on, the next one from the third …; of a hundred one leaves each month."""
    begins = number % 50 if number % 50 <= month else 0
    leaves = number % 100 - 50
    return begins <= month and not 0 < leaves <= month


def _furnish() -> int:
    """Resellers with a hundred clients each, charged 10.00 at list each month in which they pay; the vendor's id."""
    from django.db import connection, transaction

    from sublet.accounts.models import Account
    from sublet.billing.models import LedgerEntry
    from sublet.core.periods import plus_months
    from sublet.foundation.bulk import insert_rows, next_ids
    from sublet.foundation.scope import platform_scope

    begins = datetime(2024, 12, 1, tzinfo=UTC)
    same = {"state_since": begins, "created_at": begins}
    with platform_scope("a benchmark fills its own database"):
        vendor = Account(kind="vendor", name="Vendor", sort_name="vendor", currency="EUR", **same)
        vendor.save()
        owners = []
        for number in range(max(SIZE // BELOW_EACH, 1)):
            reseller = Account(kind="reseller", parent=vendor, name=f"R{number}", sort_name=f"r{number}", **same)
            reseller.save()
            owners.append(reseller.id)
        columns = (
            "id", "ref", "kind", "parent_id", "name", "sort_name", "state", "state_since", "created_at", "state_reason",
            "state_before_suspension", "ownership", "state_before_close", "timezone", "country", "currency", "contact_name",
            "email", "phone", "mobile", "website", "street", "postal_code", "city", "external_id", "notes", "import_key",
            "language", "plan", "version",
        )  # fmt: skip
        entry = (
            "id", "account_id", "book", "client_id", "debtor_id", "key", "kind", "about", "item", "start", "end", "first_day",
            "last_day", "days", "of_days", "quantity", "total", "minor", "currency", "parts", "billed", "due_at", "at", "by",
        )  # fmt: skip
        with transaction.atomic():
            ids = next_ids(Account, SIZE)
            insert_rows(
                Account,
                columns,
                (
                    (one, f"acc_{one:014d}", "client", owners[place // BELOW_EACH], f"C {one}", f"c {one}", "active", begins, begins,
                     "", "", "reseller", "", "UTC", "", "EUR", *[""] * 11, "", "", 0)
                    for place, one in enumerate(ids)
                ),
            )  # fmt: skip
        for month in range(MONTHS):
            first, after = plus_months(FIRST, month), plus_months(FIRST, month + 1)
            due, ends = (datetime.combine(day, datetime.min.time(), UTC) for day in (first, after))
            days, last = (after - first).days, after - timedelta(days=1)
            with transaction.atomic():
                paying = [(place, one) for place, one in enumerate(ids) if _pays(place, month)]
                numbers = next_ids(LedgerEntry, len(paying))
                insert_rows(
                    LedgerEntry,
                    entry,
                    (
                        (number, vendor.id, "wholesale", one, owners[place // BELOW_EACH], f"base:p.1:{first}/{after}", "charge", "base",
                         "p", due, ends, first, last, days, days, Decimal(1), None, 1000, "EUR",
                         [["amount", "1", "1000", 0, 1000]], True, due, due, "b")
                        for number, (place, one) in zip(numbers, paying, strict=True)
                    ),
                )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return vendor.id

"""P4: the billing run over many accounts: charges into both books, wholesale and retail invoices with lines, discount, tax and
numbers, all issued.

The floor copies the very rows that the run made into empty tables of the same shape (``INSERT … SELECT *``, with their
indexes), reckoning nothing. The peer makes the same rows for some of the accounts through the ORM, one by one, with the amounts
given to it. `again` is a second run, which finds nothing to do. Sizes: SUBLET_BENCH_ACCOUNTS (100000). `mb` is what the run adds
to the process.
"""

from __future__ import annotations

import os
import re
import resource
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from bench.installation import installed

SIZE = int(os.environ.get("SUBLET_BENCH_ACCOUNTS", "100000"))
BELOW_EACH = 100
PEERS = 200
TAKEN = datetime(2026, 3, 17, 10, 30, tzinfo=UTC)
UNTIL = datetime(2026, 4, 1, 1, tzinfo=UTC)
TABLES = ("ledger_entry", "ledger_posting", "invoice", "invoice_line", "journal")


def main() -> Iterator[str]:
    """One line."""
    size = SIZE
    with installed() as kind:
        yield _measured(kind, size)


def _measured(kind: str, size: int) -> str:
    from sublet.accounts.queries import installation_actor
    from sublet.billing.models import Invoice
    from sublet.billing.operations import run_billing
    from sublet.foundation.scope import platform_scope

    _furnish(size)
    with platform_scope("a benchmark looks at its own database"):
        actor = installation_actor(name="Bench", via="cli")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    run_billing(until=UNTIL, actor=actor, at=UNTIL)
    wall = time.perf_counter() - started
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    started = time.perf_counter()
    run_billing(until=UNTIL, actor=actor, at=UNTIL)
    again = time.perf_counter() - started
    with platform_scope("a benchmark looks at its own database"):
        issued = Invoice.objects.filter(number__isnull=False).count()
        assert issued == size + size // BELOW_EACH, issued
        floor = _floor(kind)
        peer = _peer()
    return (
        f"P4.{kind}.run.{size} ratio_floor={wall / floor:.2f} goal={6 if kind == 'sqlite' else 1.8}"
        f" faster_than_orm={peer / (wall / size):.1f} goal_orm=80 seconds={wall:.1f} floor_seconds={floor:.2f}"
        f" us_per_account={wall / size * 1e6:.0f} again_seconds={again:.1f} invoices={issued} mb={grown:.0f}"
    )


def _furnish(size: int) -> None:
    """Resellers with a hundred clients each, every one on a plan for 24.00 that it pays with 50 % on top."""
    from pathlib import Path

    from django.db import connection, transaction

    from sublet.accounts.models import Account
    from sublet.accounts.queries import installation_actor
    from sublet.billing.models import BillingTerms, Issuer
    from sublet.catalog.operations import load_manifest
    from sublet.clientsettings.models import AgreedTerm
    from sublet.foundation.bulk import insert_rows, next_ids
    from sublet.foundation.scope import platform_scope
    from sublet.pricing.models import RetailMarkUp
    from sublet.subscriptions.models import PlanChange

    begins = datetime(2026, 1, 1, tzinfo=UTC)
    same = {"state_since": begins, "created_at": begins}
    with platform_scope("a benchmark fills its own database"):
        vendor = Account(kind="vendor", name="Vendor", sort_name="vendor", **same)
        vendor.save()
        actor = installation_actor(name="Bench", via="cli")
        source = Path(__file__).resolve().parents[1] / "examples" / "products" / "bookings.toml"
        load_manifest(source=source.read_bytes(), file_name="m.toml", confirmed=True, actor=actor, at=begins)
        said = {"since": begins, "decided_at": begins, "decided_by": "b"}
        owners = [vendor]
        for number in range(size // BELOW_EACH):
            reseller = Account(kind="reseller", parent=vendor, name=f"R{number}", sort_name=f"r{number}", **same)
            reseller.save()
            owners.append(reseller)
            RetailMarkUp(account=reseller, layer="item", percent=50, on="list", **said).save()
        for owner in owners:
            book = "wholesale" if owner is vendor else "retail"
            BillingTerms(account=owner, book=book, collected_by="own", automatic=True, **said).save()
            Issuer(
                account=owner, legal_name="X", street="S", city="C", country="IT", vat_id="IT1", made_at=begins, made_by="b"
            ).save()  # fmt: skip
        with transaction.atomic():
            ids = next_ids(Account, size)
            given = (
                (one, f"acc_{one:014d}", "client", owners[1 + place // BELOW_EACH].id, f"Client {one}", f"client {one}", "active",
                 begins, begins, "", "", "reseller", "", "UTC", "", "EUR", *[""] * 11, "", "", 0)
                for place, one in enumerate(ids)
            )  # fmt: skip
            columns = (
                "id", "ref", "kind", "parent_id", "name", "sort_name", "state", "state_since", "created_at", "state_reason",
                "state_before_suspension", "ownership", "state_before_close", "timezone", "country", "currency", "contact_name",
                "email", "phone", "mobile", "website", "street", "postal_code", "city", "external_id", "notes", "import_key",
                "language", "plan", "version",
            )  # fmt: skip
            insert_rows(Account, columns, given)
            change = (
                "account_id",
                "ref",
                "kind",
                "plan",
                "version",
                "effective_at",
                "decided_at",
                "decided_by",
                "reason",
            )
            insert_rows(
                PlanChange,
                change,
                ((one, f"chg_{one:014d}", "take", "medium", 1, TAKEN, TAKEN, "b", "") for one in ids),
            )
            payer = ("account_id", "client_id", "field", "value", "since", "decided_at", "decided_by")
            insert_rows(
                AgreedTerm,
                payer,
                (
                    (owners[1 + place // BELOW_EACH].id, one, "payer.base", {"is": "client"}, begins, begins, "b")
                    for place, one in enumerate(ids)
                ),
            )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _floor(kind: str) -> float:
    """Seconds that the database alone needs for the rows, in transactions of the whole."""
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        for table in TABLES:
            if kind == "postgresql":
                cursor.execute(f"CREATE TEMPORARY TABLE {table}_floor (LIKE {table} INCLUDING ALL)")
                continue
            cursor.execute("SELECT type, sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL", [table])
            for what, made in sorted(cursor.fetchall(), key=lambda row: row[0] != "table"):
                if what == "table":
                    made = re.sub(rf'"{table}"', f'"{table}_floor"', made, count=1)
                    made = re.sub(
                        r"REFERENCES .*?(?=[,)]|$)", "", re.sub(r"REFERENCES [^,]*?INITIALLY DEFERRED", "", made)
                    )
                    cursor.execute(made)
                elif what == "index":
                    made = re.sub(rf'ON "{table}"', f'ON "{table}_floor"', made)
                    cursor.execute(re.sub(r'INDEX "(\w+)"', r'INDEX "\1_floor"', made))
        started = time.perf_counter()
        with transaction.atomic():
            for table in TABLES:
                cursor.execute(f"INSERT INTO {table}_floor SELECT * FROM {table}")
        return time.perf_counter() - started


def _peer() -> float:
    """Seconds for one account through the ORM, one row after the other, each account in a transaction."""
    from django.db import transaction

    from sublet.billing.models import Invoice, InvoiceLine, LedgerEntry, LedgerPosting
    from sublet.foundation.refs import new_ref

    of_clients = Invoice.objects.filter(book="retail").order_by("id")[:PEERS]
    made = [(invoice, list(InvoiceLine.objects.filter(invoice_id=invoice.id))) for invoice in of_clients]
    started = time.perf_counter()
    for invoice, lines in made:
        with transaction.atomic():
            for book in ("retail", "wholesale"):
                for line in lines:
                    entry = LedgerEntry.objects.get(id=line.entry_id or 0)
                    entry.pk, entry.key, entry.book = None, f"{entry.key}~", book
                    postings = list(LedgerPosting.objects.filter(entry_id=line.entry_id))
                    entry.save(force_insert=True)
                    for posting in postings:
                        LedgerPosting(
                            account_id=posting.account_id, book=book, entry=entry, position=posting.position,
                            debtor_id=posting.debtor_id, code=posting.code, minor=posting.minor, currency=posting.currency,
                        ).save(force_insert=True)  # fmt: skip
                    line.pk, line.entry_id = None, entry.id
            copy: Any = invoice
            copy.pk, copy.ref, copy.key = None, new_ref("inv"), f"{copy.key}#2"
            last = Invoice.objects.filter(account_id=copy.account_id).order_by("-number").first()
            number = (last.number or 0) + 1 if last is not None else 1
            copy.number, copy.state, digest, copy.digest = None, "draft", copy.digest, ""
            copy.save(force_insert=True)
            for line in lines:
                line.invoice = copy
                line.save(force_insert=True)
            copy.number, copy.state, copy.digest = number, "issued", digest
            copy.save()
    return (time.perf_counter() - started) / max(len(made), 1)

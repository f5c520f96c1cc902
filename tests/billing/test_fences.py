"""B7: what was posted or issued is not changed, by whatever way somebody tries."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from django.db import Error, connection, transaction

from sublet.billing.models import Invoice, InvoiceLine, LedgerEntry, LedgerPosting
from sublet.foundation.journal import fences
from sublet.foundation.scope import platform_scope
from tests.billing.rows import make_entry, make_invoice
from tests.owner import owning
from tests.people import World

pytestmark = pytest.mark.django_db


def refused(change: Callable[[], object]) -> None:
    with pytest.raises(Error), transaction.atomic(), platform_scope("test"):
        change()


def sql(text: str) -> None:
    with platform_scope("test"), connection.cursor() as cursor:
        cursor.execute(text)


def test_nothing_of_the_ledger_is_changed(world: World) -> None:
    entry = make_entry(world.vendor, world.rosa)

    for owner in (False, True):
        for text in (
            "UPDATE ledger_entry SET minor = 1",
            "DELETE FROM ledger_entry",
            "UPDATE ledger_posting SET minor = minor * 2",
            "DELETE FROM ledger_posting",
        ):
            if owner:
                with pytest.raises(Error), transaction.atomic(), owning():
                    sql(text)
            else:
                refused(partial(sql, text))
    refused(lambda: LedgerEntry.objects.filter(id=entry.id).update(minor=1))
    refused(lambda: LedgerPosting.objects.filter(entry_id=entry.id).delete())
    if connection.vendor == "sqlite":
        refused(lambda: sql("INSERT OR REPLACE INTO ledger_entry SELECT * FROM ledger_entry"))
    with platform_scope("test"):
        assert list(LedgerPosting.objects.order_by("position").values_list("code", "minor")) == [
            ("unbilled", 2900), ("revenue", -2900),
        ]  # fmt: skip


def test_what_is_issued_is_frozen_but_for_what_was_paid(world: World) -> None:
    invoice = make_invoice(world.rosa, world.carl, number=7)

    for text in (
        "UPDATE invoice SET gross_minor = gross_minor + 1, tax_minor = tax_minor + 1",
        "UPDATE invoice SET number = 8",
        "UPDATE invoice SET digest = 'x'",
        "UPDATE invoice SET state = 'draft', number = NULL, digest = ''",
        "UPDATE invoice SET debtor_id = account_id",
        "DELETE FROM invoice_line",
        "UPDATE invoice_line SET minor = 1, net_minor = 1",
        "DELETE FROM invoice",
    ):
        refused(partial(sql, text))
    refused(lambda: Invoice.objects.get(id=invoice.id).delete())
    refused(lambda: Invoice.objects.filter(id=invoice.id).update(reason="another"))
    line = InvoiceLine.unscoped.get(invoice_id=invoice.id)
    line.pk, line.position, line.entry = None, 2, None
    refused(line.save)
    with platform_scope("test"):
        assert Invoice.objects.filter(id=invoice.id).update(state="paid", paid_minor=2900) == 1
        assert Invoice.objects.get(id=invoice.id).number_shown == "7"


def test_a_draft_is_still_anybodys_to_change(world: World) -> None:
    """The other side of the test above: it is the number that freezes."""
    invoice = make_invoice(world.rosa, world.carl, lines=2)

    with platform_scope("test"):
        Invoice.objects.filter(id=invoice.id).update(reason="another")
        InvoiceLine.objects.filter(invoice_id=invoice.id).delete()
        Invoice.objects.get(id=invoice.id).delete()
        assert Invoice.objects.count() == 0


def test_a_fence_that_is_missing_is_found_and_laid(world: World) -> None:
    where = " ON invoice" if connection.vendor == "postgresql" else ""
    with owning():
        sql(f"DROP TRIGGER invoice_is_not_changed_once_issued{where}")
        assert fences.missing(connection) == [("invoice", "invoice_is_not_changed_once_issued")]
        fences.lay(connection)
        assert fences.missing(connection) == []


def test_a_number_a_period_and_a_charge_are_each_taken_once(world: World) -> None:
    first = make_invoice(world.rosa, world.carl, number=7, key="2026-02")
    entry = make_entry(world.rosa, world.carl, key="base:plan")

    refused(lambda: make_invoice(world.rosa, world.elan, number=7))
    refused(lambda: make_invoice(world.rosa, world.carl, key="2026-02"))
    refused(lambda: make_entry(world.rosa, world.carl, key="base:plan"))
    line = InvoiceLine.unscoped.get(invoice_id=first.id)
    other = make_invoice(world.rosa, world.carl, lines=0)
    refused(
        lambda: InvoiceLine(
            account=world.rosa,
            book="retail",
            invoice=other,
            position=1,
            entry_id=line.entry_id,
            client=world.carl,
            about="base",
            first_day=line.first_day,
            last_day=line.last_day,
            minor=1,
            net_minor=1,
        ).save()
    )
    # In the other book, and for another account, the same key is another charge.
    make_entry(world.vendor, world.rosa, client=world.carl, key="base:plan")
    make_entry(world.rosa, world.elan, key="base:plan")
    assert entry.pk

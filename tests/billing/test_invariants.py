"""Each nightly look at money finds what was broken on purpose, and nothing where all is well."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime

import pytest

from sublet.billing import invariants
from sublet.billing.models import Invoice, InvoiceLine, LedgerPosting, NumberSeries
from sublet.billing.operations import issue_invoice
from sublet.foundation.invariants.checks import Broken
from sublet.foundation.scope import platform_scope
from tests.billing.rows import AT, make_entry, make_invoice
from tests.billing.selling import make_issuer
from tests.owner import fences_lifted
from tests.people import World

pytestmark = pytest.mark.django_db


def found(look: Callable[[datetime], Iterable[Broken]]) -> int:
    with platform_scope("test"):
        return len(list(look(AT)))


def test_nothing_is_found_where_all_is_well(world: World) -> None:
    make_issuer(world.rosa)
    draft = make_invoice(world.rosa, world.carl)
    with world.scope("rosa") as rosa:
        issue_invoice(ref=draft.ref, actor=rosa, at=AT)

    looks = (invariants.balanced, invariants.numbers, invariants.periods, invariants.adds_up)
    assert [found(look) for look in looks] == [0, 0, 0, 0]


def test_a_posting_that_was_changed_is_found(world: World) -> None:
    entry = make_entry(world.rosa, world.carl)
    assert found(invariants.balanced) == 0
    with fences_lifted():
        LedgerPosting.unscoped.filter(entry_id=entry.id, code="revenue").update(minor=-1)
    assert found(invariants.balanced) == 1


def test_a_number_that_is_missing_is_found(world: World) -> None:
    make_invoice(world.rosa, world.carl, number=1)
    with platform_scope("test"):
        NumberSeries(account=world.rosa, book="retail", series="", last=1, last_day=AT.date()).save()
    assert found(invariants.numbers) == 0
    with platform_scope("test"):
        NumberSeries.objects.update(last=2)
    assert found(invariants.numbers) == 1
    make_invoice(world.rosa, world.carl, number=2)
    with fences_lifted():
        Invoice.unscoped.filter(number=2).update(issued_on=date(2026, 1, 1))
    assert found(invariants.numbers) == 1


def test_days_that_are_charged_twice_are_found(world: World) -> None:
    first, last = date(2026, 3, 17), date(2026, 4, 16)
    make_entry(world.rosa, world.carl, key="base:plan.small.1:2026-03-17/2026-04-17", first_day=first, last_day=last)
    assert found(invariants.periods) == 0
    make_entry(world.rosa, world.carl, key="base:plan.small.1:2026-03-18/2026-04-17", first_day=first, last_day=last)
    assert found(invariants.periods) == 1


def test_a_line_that_is_not_its_invoices_is_found(world: World) -> None:
    invoice = make_invoice(world.rosa, world.carl, number=1)
    assert found(invariants.adds_up) == 0
    with fences_lifted():
        InvoiceLine.unscoped.filter(invoice_id=invoice.id).update(minor=1, net_minor=1)
    assert found(invariants.adds_up) == 1

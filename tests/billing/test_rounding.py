"""What an issuer rounds is what is due: document, claim, card and bank say the same amount."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sublet.billing.invariants import adds_up, balanced
from sublet.billing.models import Invoice, LedgerPosting
from sublet.billing.operations import credit_invoice, issue_invoice
from sublet.billing.operations.issuing import credit_gross
from sublet.billing.operations.money_moved import book, locked_invoice, note_paid
from sublet.billing.queries.bank import open_claims
from sublet.billing.queries.papers import documents_of
from sublet.core import ledger
from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from tests.billing.payments import machine
from tests.billing.rows import make_invoice
from tests.billing.selling import make_issuer
from tests.people import World

pytestmark = pytest.mark.django_db
NOW = now()


def issued(world: World, rounding: str, net: int, currency: str = "EUR") -> Invoice:
    make_issuer(world.rosa, invoice_prefix="R-", standard_rate=Decimal(22), rounding=rounding)
    draft = make_invoice(world.rosa, world.carl, list_minor=net, net_minor=net, gross_minor=net, currency=currency)
    with platform_scope("test"):
        line = draft.lines.get()
        line.minor = line.net_minor = net
        line.save()
    with world.scope("rosa") as rosa:
        return issue_invoice(ref=draft.ref, actor=rosa, at=NOW)


def due_on_paper(invoice: Invoice) -> int:
    with platform_scope("test"):
        [document] = documents_of([Invoice.objects.get(id=invoice.id)])
        return document.totals.due


def fresh(invoice: Invoice) -> Invoice:
    with platform_scope("test"):
        return Invoice.objects.get(id=invoice.id)


#: net, with 22 % tax: 1220.78 and 1222.00; to five cents; to whole units.
@pytest.mark.parametrize(
    ("rounding", "net", "due"),
    [
        ("exact", 1001, 1221),
        ("five", 1001, 1220),
        ("five", 1002, 1220),
        ("five", 1003, 1225),
        ("whole", 1001, 1200),
        ("whole", 1070, 1300),
    ],
)
def test_what_is_due_on_paper_is_what_is_owed(world: World, rounding: str, net: int, due: int) -> None:
    invoice = issued(world, rounding, net)
    assert (due_on_paper(invoice), invoice.open_minor) == (due, due)
    with platform_scope("test"):
        [claim] = open_claims(world.rosa.id)
        owed = LedgerPosting.objects.filter(book="retail", code="receivable").values_list("minor", flat=True)
        assert (claim.open_minor, sum(owed)) == (due, due)
        assert [*adds_up(NOW), *balanced(NOW)] == []


def test_who_pays_what_the_paper_says_owes_nothing(world: World) -> None:
    invoice = issued(world, "five", 1001)
    with platform_scope("test"):
        locked = locked_invoice(world.rosa.id, invoice.ref)
        assert locked is not None
        book(
            owner=world.rosa.id, book="retail", debtor=world.carl.id, key="test", about=invoice.ref, minor=1220,
            currency="EUR", by="test", at=NOW, postings=ledger.payment("retail", 1220, "EUR"),
        )  # fmt: skip
        note_paid(locked, 1220, by="test", at=NOW)
    assert (fresh(invoice).state, fresh(invoice).open_minor) == ("paid", 0)


@pytest.mark.parametrize(("rounding", "net"), [("five", 1001), ("five", 1003), ("whole", 1001), ("whole", 1070)])
@pytest.mark.parametrize("parts", [(), (1,), (300, 300), (1000,)])
def test_notes_that_give_all_back_come_to_what_was_due(
    world: World, rounding: str, net: int, parts: tuple[int, ...]
) -> None:
    invoice = issued(world, rounding, net)
    due = invoice.open_minor
    with world.scope("rosa") as rosa:
        for part in (*parts, None):
            credit_invoice(ref=invoice.ref, reason="all", net=part, actor=rosa, at=NOW)
    with platform_scope("test"):
        notes = list(Invoice.objects.filter(corrects_id=invoice.id).order_by("id"))
        assert sum(note.due_minor for note in notes) == -due
        assert [due_on_paper(note) for note in notes] == [-note.due_minor for note in notes]
        owed = LedgerPosting.objects.filter(book="retail", code__in=("receivable", "difference"))
        assert sum(owed.values_list("minor", flat=True)) == 0
        assert [*adds_up(NOW), *balanced(NOW)] == []
    assert (fresh(invoice).state, fresh(invoice).open_minor) == ("credited", 0)


@pytest.mark.parametrize(("rounding", "net"), [("five", 1001), ("five", 1003), ("whole", 1001), ("whole", 1070)])
@pytest.mark.parametrize("back", ["some", "nearly", "all"])
def test_money_that_goes_back_is_credited_up_to_what_was_due(world: World, rounding: str, net: int, back: str) -> None:
    invoice = issued(world, rounding, net)
    due = invoice.open_minor
    gross = {"some": 500, "nearly": due - 1, "all": due}[back]
    with platform_scope("test"):
        for _again in range(2):
            locked = locked_invoice(world.rosa.id, invoice.ref)
            assert locked is not None
            credit_gross(locked, gross, "back", actor=machine(), at=NOW)
        assert [*adds_up(NOW), *balanced(NOW)] == []
    assert 0 <= due - fresh(invoice).credited_minor <= due - min(2 * gross, due)


def test_yen_have_no_smaller_unit(world: World) -> None:
    invoice = issued(world, "whole", 1001, "JPY")
    assert (due_on_paper(invoice), invoice.open_minor) == (1221, 1221)

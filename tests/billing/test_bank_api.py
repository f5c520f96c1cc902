"""Bank statements by the API: brought in, listed, matched, taken back."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sublet.billing.models import BankLine, Invoice
from sublet.foundation.scope import platform_scope
from tests.billing.rows import make_invoice
from tests.billing.test_bank import paying
from tests.core.bankpapers import camt, detail, entry
from tests.people import World
from tests.portals.api.caller import Caller, make_caller

pytestmark = pytest.mark.django_db


def bring_in(caller: Caller, data: bytes, name: str = "march.xml") -> Any:
    return caller.ask("POST", "/bank-statements", file=SimpleUploadedFile(name, data))


def state_of(invoice: Invoice) -> str:
    with platform_scope("test"):
        return Invoice.objects.get(id=invoice.id).state


def test_a_statement_is_brought_in_once_and_what_it_says_is_matched(world: World) -> None:
    certain = make_invoice(world.rosa, world.carl, number=7)
    other = make_invoice(world.rosa, world.elan, number=8, lines=2)
    rosa = make_caller(world, "rosa", rights={"billing": "manage"})
    data = camt(
        paying(certain, "29.00"), entry("58.00", ref="B2", details=detail(name="Elan Coiffure")),
        entry("12.00", ref="B3", details=detail(name="Tax office")),
    )  # fmt: skip
    answer = bring_in(rosa, data)
    assert (answer.status, answer["lines"], answer["known"]) == (201, 3, 0)
    assert bring_in(rosa, data)["ref"] == answer["ref"]
    [statement] = rosa.ask("GET", "/bank-statements")["items"]
    assert statement["file_name"] == "march.xml"
    assert state_of(certain) == "paid"

    waiting = rosa.ask("GET", "/bank-movements?state=open")["items"]
    assert [(row["amount"], [each["number"] for each in row["paid"]]) for row in waiting] == [(1200, []), (5800, ["8"])]
    movement = waiting[1]["ref"]
    assert rosa.ask("POST", f"/bank-movements/{movement}/book", {"invoices": [other.ref]})["state"] == "booked"
    assert state_of(other) == "paid"
    assert (
        rosa.ask("POST", f"/bank-movements/{movement}/book", {"invoices": [other.ref]}).code
        == "cannot_book_match.not-open"
    )
    assert rosa.ask("POST", f"/bank-movements/{movement}/take-back")["state"] == "open"
    assert state_of(other) == "issued"
    tax = waiting[0]["ref"]
    assert rosa.ask("POST", f"/bank-movements/{tax}/aside", {"aside": True})["state"] == "aside"
    assert rosa.ask("GET", f"/bank-movements/{tax}")["state"] == "aside"
    assert rosa.ask("POST", f"/bank-movements/{tax}/aside", {"aside": False})["state"] == "open"


def test_nobody_else_sees_or_books_a_movement(world: World) -> None:
    invoice = make_invoice(world.rosa, world.carl, number=7)
    rosa = make_caller(world, "rosa", rights={"billing": "manage"})
    bring_in(rosa, camt(entry("9.00", ref="B9", details=detail(name="Nobody"))))
    with platform_scope("test"):
        line = BankLine.objects.get()
    for person in ("remo", "vera"):
        other = make_caller(world, person, rights={"billing": "manage"})
        assert other.ask("GET", f"/bank-movements/{line.ref}").status == 404
        assert other.ask("POST", f"/bank-movements/{line.ref}/book", {"invoices": [invoice.ref]}).status == 404
        assert other.ask("GET", "/bank-movements")["items"] == []
    some = make_caller(world, "rosa", rights={"billing": "manage"}, reach=[world.carl], name="some")
    assert some.ask("GET", "/bank-movements").status == 403
    looking = make_caller(world, "rosa", rights={"billing": "view"}, name="looks")
    assert looking.ask("GET", "/bank-movements").status == 200
    assert looking.ask("POST", f"/bank-movements/{line.ref}/book", {"invoices": [invoice.ref]}).status == 403


def test_a_file_that_is_none_is_refused_by_name(world: World) -> None:
    rosa = make_caller(world, "rosa", rights={"billing": "manage"})
    assert bring_in(rosa, b"<Document/>").code == "cannot_import_statement.not-camt053"

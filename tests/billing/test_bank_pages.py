"""The bank pages of reseller and vendor."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sublet.accounts.models import Account
from sublet.billing.models import BankLine, BankStatement, Invoice
from sublet.billing.operations import import_statement
from sublet.core.creditor import reference_of
from sublet.foundation.scope import platform_scope
from tests.billing.rows import make_invoice
from tests.billing.test_bank import AT, again, paying
from tests.core.bankpapers import camt, detail, entry
from tests.people import World

pytestmark = pytest.mark.django_db


def place(account: Account, rest: str = "") -> str:
    return f"/{'vendor' if account.kind == 'vendor' else 'reseller'}/{account.ref}/money/bank/{rest}"


def upload(browser: Client, account: Account, data: bytes, name: str = "march.xml") -> Any:
    return browser.post(place(account), {"file": SimpleUploadedFile(name, data)}, follow=True)


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def line_refs() -> list[str]:
    with platform_scope("test"):
        return list(BankLine.objects.order_by("id").values_list("ref", flat=True))


def test_a_statement_is_brought_in_and_what_is_proposed_is_one_click(world: World) -> None:
    certain, proposed = (
        make_invoice(world.rosa, world.carl, number=7),
        make_invoice(world.rosa, world.elan, number=8, lines=2),
    )
    browser = world.browser("rosa")
    assert "No movements yet" in text_of(browser.get(place(world.rosa)))

    answer = upload(
        browser, world.rosa,
        camt(paying(certain, "29.00"), entry("58.00", ref="B2", details=detail(name="Elan Coiffure", text="<b>merci</b>")),
             entry("12.00", ref="B3", details=detail(name="Tax office"))),
    )  # fmt: skip
    assert answer.status_code == 200
    said = text_of(answer)
    assert "3 new movements." in said
    for words in (
        "To confirm",
        "Left over",
        "Booked",
        "Nothing open fits.",
        "The payer’s name and the amount are right.",
    ):
        assert words in said
    assert b"<b>merci</b>" not in answer.content
    assert again(certain) == ("paid", 2900)
    assert again(proposed) == ("issued", 0)

    ref = line_refs()[1]
    answer = browser.post(place(world.rosa, f"{ref}/book/"), {"invoice": [proposed.ref]}, follow=True)
    assert "Booked." in text_of(answer)
    assert again(proposed) == ("paid", 5800)
    # A second click says so, and does nothing.
    answer = browser.post(place(world.rosa, f"{ref}/book/"), {"invoice": [proposed.ref]}, follow=True)
    assert "booked or put aside already" in text_of(answer)

    one = browser.get(place(world.rosa, f"{ref}/"))
    assert "What it paid" in text_of(one)
    browser.post(place(world.rosa, f"{ref}/take-back/"))
    assert again(proposed) == ("issued", 0)


def test_what_is_left_is_chosen_or_put_aside(world: World) -> None:
    invoice = make_invoice(world.rosa, world.carl, number=7)
    browser = world.browser("rosa")
    upload(browser, world.rosa, camt(entry("10.00", details=detail(name="x"))))
    [ref] = line_refs()
    page = browser.get(place(world.rosa, f"{ref}/"))
    assert "Which invoice was paid?" in text_of(page)
    assert invoice.ref.encode() in page.content

    browser.post(place(world.rosa, f"{ref}/aside/"))
    assert "This movement is for no invoice." in text_of(browser.get(place(world.rosa, f"{ref}/")))
    browser.post(place(world.rosa, f"{ref}/aside/"), {"aside": "no"})
    assert "Choose the invoice that was paid." in text_of(browser.post(place(world.rosa, f"{ref}/book/"), follow=True))
    browser.post(place(world.rosa, f"{ref}/book/"), {"invoice": [invoice.ref]})
    assert again(invoice) == ("partly-paid", 1000)


def test_faults_stand_at_their_line_and_files_that_are_none_are_refused(world: World) -> None:
    browser = world.browser("rosa")
    answer = upload(browser, world.rosa, b"Date;Amount\n2026-03-20;5,00\nx;1,00\n2026-03-20;12 %\n", "list.csv")
    assert "Line 3: “x” is no date" in text_of(answer)
    assert "Line 4: “12 %” is no amount" in text_of(answer)
    assert "2 lines were left out" in text_of(answer)
    for data, words in (
        (b"a;b\n1;2\n", "No row names a date and an amount."),
        (b"<?xml version='1.0'?><a/>", "no bank statement in the format CAMT.053"),
        (b"%PDF-1.7", "This is not a list that can be read."),
        (b"x" * (10 * 1024 * 1024 + 1), "larger than 10 MB"),
    ):
        answer = browser.post(place(world.rosa), {"file": SimpleUploadedFile("x", data)})
        assert answer.status_code == 422
        assert words in text_of(answer)
    assert browser.post(place(world.rosa), {}).status_code == 422
    with platform_scope("test"):
        assert BankStatement.objects.count() == 1


def test_the_vendor_has_the_same_page_for_what_resellers_owe(world: World) -> None:
    invoice = make_invoice(world.vendor, world.rosa, number=7)
    answer = upload(world.browser("vera"), world.vendor, camt(paying(invoice, "29.00")))
    assert world.rosa.name in text_of(answer)
    assert again(invoice) == ("paid", 2900)


def test_anothers_movement_is_not_found_and_clients_have_no_such_page(world: World) -> None:
    invoice = make_invoice(world.rosa, world.carl, number=7)
    with world.scope("rosa") as rosa:
        import_statement(file_name="x.xml", data=camt(entry("29.00", details=detail(name="x"))), actor=rosa, at=AT)
    [ref] = line_refs()
    for name, account in (("remo", world.remo), ("vera", world.vendor)):
        browser = world.browser(name)
        assert ref not in browser.get(place(account)).content.decode()
        assert browser.get(place(account, f"{ref}/")).status_code == 404
        for step in ("book", "take-back", "aside"):
            assert browser.post(place(account, f"{ref}/{step}/"), {"invoice": [invoice.ref]}).status_code == 404
    assert world.browser("remo").get(place(world.rosa)).status_code == 404
    assert world.browser("carl").get(f"/client/{world.carl.ref}/money/bank/").status_code == 404
    assert world.browser("ruth").get(place(world.rosa)).status_code == 403  # staff without a right to money
    assert world.browser("rosa").get(place(world.rosa, "bln_22222222222222/")).status_code == 404


def test_a_reference_is_that_of_the_invoice(world: World) -> None:
    invoice = make_invoice(world.rosa, world.carl, number=7)
    with platform_scope("test"):
        assert reference_of(Invoice.objects.get(id=invoice.id).ref) == reference_of(invoice.ref)


def test_a_page_asks_as_often_with_three_movements_as_with_one(
    world: World, django_assert_max_num_queries: Any
) -> None:
    browser = world.browser("rosa")
    counts = []
    for number in (1, 3):
        for each in range(number):
            invoice = make_invoice(world.rosa, world.carl, number=10 * number + each)
            with world.scope("rosa") as rosa:
                data = camt(paying(invoice, "29.00", ref=f"{number}-{each}"), entry("1.00", ref=f"x{number}-{each}"))
                import_statement(file_name="x.xml", data=data, actor=rosa, at=AT)
        browser.get(place(world.rosa))
        with django_assert_max_num_queries(60) as seen:
            browser.get(place(world.rosa))
        counts.append(len(seen))
    assert counts[0] == counts[1]

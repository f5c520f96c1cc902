"""Bank statements: what is booked by itself, what a person decides, and what never happens twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from sublet.accounts.models import Account
from sublet.billing.models import BankLine, BankPayment, BankStatement, Invoice, LedgerEntry
from sublet.billing.operations import (
    CannotBookMatch,
    CannotImportStatement,
    CannotTakeBack,
    book_match,
    credit_invoice,
    import_statement,
    set_line_aside,
    take_back,
)
from sublet.billing.operations.money_moved import locked_invoice, use_prepaid
from sublet.billing.queries.account_statements import account_statement
from sublet.billing.queries.bank import BankPage, bank_page
from sublet.core.creditor import reference_of
from sublet.core.rights import Rights
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.foundation.sheets.refusals import CannotReadSheet
from tests.billing.rows import make_invoice
from tests.billing.selling import balances, make_issuer
from tests.billing.statements import claimed
from tests.core.bankpapers import camt, detail, entry
from tests.people import World

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 21, 9, tzinfo=UTC)


def invoice(
    world: World, number: int = 7, *, lines: int = 1, owner: Account | None = None, debtor: Account | None = None
) -> Invoice:
    return make_invoice(owner or world.rosa, debtor or world.carl, number=number, lines=lines)


def bring(actor: Actor, *entries: str, name: str = "march.xml", at: datetime = AT) -> BankStatement:
    return import_statement(file_name=name, data=camt(*entries), actor=actor, at=at)


def paying(of: Invoice, amount: str, *, ref: str = "B1", name: str = "Somebody") -> str:
    return entry(amount, ref=ref, details=detail(name=name, reference=reference_of(of.ref)))


def again(of: Invoice) -> tuple[str, int]:
    with platform_scope("test"):
        found = Invoice.objects.get(id=of.id)
        return found.state, found.paid_minor


def count(model: Any) -> int:
    with platform_scope("test"):
        return int(model.objects.count())


def told(prefix: str) -> list[str]:
    with platform_scope("test"):
        return list(
            JournalEntry.unscoped.filter(event__startswith=prefix).order_by("id").values_list("event", flat=True)
        )


@contextmanager
def page_of(world: World, name: str = "rosa") -> Iterator[BankPage]:
    with world.scope(name) as actor:
        yield bank_page(actor)


def test_a_reference_pays_its_invoice_at_once(world: World) -> None:
    of = invoice(world)
    with world.scope("rosa") as rosa:
        statement = bring(rosa, paying(of, "29.00"), entry("5.00", side="DBIT", ref="B2"))
        page = bank_page(rosa)

    assert (statement.lines, statement.known, statement.first_day) == (2, 0, date(2026, 3, 20))
    assert again(of) == ("paid", 2900)
    assert balances("retail") == {"unbilled": 2900, "revenue": -2900, "cash": 2900, "receivable": -2900}
    [line] = page.booked
    assert [(paid.number, paid.party, paid.minor) for paid in line.paid] == [("7", world.carl.name, 2900)]
    assert (page.proposals, page.left) == ([], [])
    assert told("bank.") == ["bank.payment_booked", "bank.statement_imported"]


def test_a_statement_of_account_shows_the_banks_day_and_can_be_told_as_it_was(world: World) -> None:
    """Paid on 20 March, brought in on 2 April: the balance of the end of March is lower now, and was not on 1 April."""
    bill = claimed(world.rosa, world.carl, 2900, datetime(2026, 3, 17, 9, tzinfo=UTC))
    april = datetime(2026, 4, 2, 9, tzinfo=UTC)
    asked: dict[str, Any] = {"account": world.carl.ref, "first": date(2026, 3, 1), "before": date(2026, 4, 1)}
    with world.scope("rosa") as rosa:
        before = account_statement(rosa, **asked, at=datetime(2026, 4, 1, 9, tzinfo=UTC))
        bring(rosa, paying(bill, "29.00"), at=april)
        now = account_statement(rosa, **asked, at=april)
        then = account_statement(rosa, **asked, known=datetime(2026, 4, 1, 9, tzinfo=UTC), at=april)
        [line] = BankLine.objects.all()
        take_back(ref=line.ref, actor=rosa, at=april)
        back = account_statement(rosa, **(asked | {"before": date(2026, 5, 1)}), at=april)
    assert line.booked_on == date(2026, 3, 20)
    assert [(row.day, row.kind) for row in now.rows] == [(date(2026, 3, 17), "invoice"), (date(2026, 3, 20), "payment")]
    assert (before.sums.closing, now.sums.closing) == (2900, 0)
    assert then == before
    # That it was wrong became known in April, and it is taken back there.
    assert [(row.day, row.kind) for row in back.rows][2:] == [(date(2026, 4, 2), "taken-back")]


def test_the_same_file_again_is_nothing(world: World) -> None:
    of = invoice(world, lines=2)
    with world.scope("rosa") as rosa:
        first = bring(rosa, paying(of, "29.00"))
        second = bring(rosa, paying(of, "29.00"), name="another name.xml")

    assert first.id == second.id
    assert again(of) == ("partly-paid", 2900)
    assert (count(BankStatement), count(BankLine), count(BankPayment)) == (1, 1, 1)
    assert told("bank.") == ["bank.payment_booked", "bank.statement_imported"]


def test_a_movement_in_another_file_is_known_and_another_one_is_not(world: World) -> None:
    of = invoice(world, lines=3)
    with world.scope("rosa") as rosa:
        bring(rosa, paying(of, "29.00"))
        week = bring(rosa, paying(of, "29.00"), paying(of, "29.00", ref="B2"))

    assert (week.lines, week.known) == (1, 1)
    assert again(of) == ("partly-paid", 5800)
    assert count(BankLine) == 2


def test_a_part_and_a_surplus(world: World) -> None:
    of = invoice(world)
    with world.scope("rosa") as rosa:
        bring(rosa, paying(of, "9.00"))
        assert again(of) == ("partly-paid", 900)
        bring(rosa, paying(of, "25.00", ref="B2"))
        page = bank_page(rosa)

    assert again(of) == ("paid", 2900)
    assert [(line.paid[0].minor, line.surplus) for line in page.booked] == [(2000, 500), (900, 0)]
    assert balances("retail")["prepaid"] == -500
    assert balances("retail")["cash"] == 3400


def test_several_in_one_transfer_only_exactly(world: World) -> None:
    one, other = invoice(world, 7), invoice(world, 8, lines=2)
    both = detail(text=f"{reference_of(one.ref)} {reference_of(other.ref)}")
    with world.scope("rosa") as rosa:
        bring(rosa, entry("86.99", ref="B1", details=both))
        assert (again(one), again(other)) == (("issued", 0), ("issued", 0))
        [left] = bank_page(rosa).left
        assert (left.why, [paid.number for paid in left.others]) == ("differs", ["7", "8"])
        with pytest.raises(CannotBookMatch) as refused:
            book_match(ref=left.ref, invoices=[one.ref, other.ref], actor=rosa, at=AT)
        assert refused.value.code == "differs"
        bring(rosa, entry("87.00", ref="B2", details=both))
    assert (again(one), again(other)) == (("paid", 2900), ("paid", 5800))


def test_a_name_is_a_proposal_that_a_person_confirms_and_takes_back(world: World) -> None:
    of = invoice(world)
    with world.scope("rosa") as rosa:
        bring(rosa, entry("29.00", details=detail(name=world.carl.name.upper())))
        assert again(of) == ("issued", 0)
        [proposal] = bank_page(rosa).proposals
        assert (proposal.why, [(paid.invoice, paid.minor) for paid in proposal.paid]) == ("name", [(of.ref, 2900)])
        book_match(ref=proposal.ref, invoices=[of.ref], actor=rosa, at=AT)
        assert again(of) == ("paid", 2900)
        with pytest.raises(CannotBookMatch) as refused:  # a second click
            book_match(ref=proposal.ref, invoices=[of.ref], actor=rosa, at=AT)
        assert refused.value.code == "not-open"
        take_back(ref=proposal.ref, actor=rosa, at=AT)
        assert again(of) == ("issued", 0)
        assert balances("retail") == {"unbilled": 2900, "revenue": -2900}
        with pytest.raises(CannotTakeBack):
            take_back(ref=proposal.ref, actor=rosa, at=AT)
        # And it can be booked anew.
        book_match(ref=proposal.ref, invoices=[of.ref], actor=rosa, at=AT)
    assert again(of) == ("paid", 2900)
    assert count(BankPayment) == 2
    assert count(LedgerEntry) == 4


def test_taking_back_of_several_and_a_surplus(world: World) -> None:
    one, other = invoice(world, 7), invoice(world, 8)
    with world.scope("rosa") as rosa:
        bring(rosa, entry("30.00", details=detail(reference=reference_of(one.ref))))
        bring(rosa, paying(other, "10.00", ref="B2"), paying(other, "19.00", ref="B3"))
        assert again(other) == ("paid", 2900)
        lines = {line.minor: line.ref for line in bank_page(rosa).booked}
        take_back(ref=lines[1000], actor=rosa, at=AT)
        assert again(other) == ("partly-paid", 1900)
        take_back(ref=lines[3000], actor=rosa, at=AT)
    assert again(one) == ("issued", 0)
    assert "prepaid" not in balances("retail")
    assert balances("retail")["cash"] == 1900


def uses_prepaid(world: World, of: Invoice) -> int:
    with platform_scope("test"), transaction.atomic():
        found = locked_invoice(world.rosa.id, of.ref)
        assert found is not None
        return use_prepaid(found, by="test", at=AT)


def test_a_surplus_that_has_paid_another_invoice_is_not_taken_back(world: World) -> None:
    of, other = invoice(world, 7), invoice(world, 8)
    with world.scope("rosa") as rosa:
        bring(rosa, paying(of, "34.00"))
        [line] = bank_page(rosa).booked
    assert uses_prepaid(world, other) == 500
    before = balances("retail")
    with world.scope("rosa") as rosa:
        with pytest.raises(CannotTakeBack) as refused:
            take_back(ref=line.ref, actor=rosa, at=AT)
        assert (refused.value.code, len(bank_page(rosa).booked)) == ("spent", 1)
    assert balances("retail") == before
    assert (again(of), again(other)) == (("paid", 2900), ("partly-paid", 500))


def test_what_is_credited_of_a_paid_invoice_pays_the_next_one(world: World) -> None:
    make_issuer(world.rosa)
    of, other = invoice(world, 7), invoice(world, 8)
    with world.scope("rosa") as rosa:
        bring(rosa, paying(of, "29.00"))
        [line] = bank_page(rosa).booked
        credit_invoice(ref=of.ref, reason="goodwill", net=1000, actor=rosa, at=AT)
        assert Invoice.objects.get(id=of.id).open_minor == 0
    assert again(of) == ("paid", 1900)
    assert balances("retail") == {
        "unbilled": 5800, "revenue": -4800, "cash": 2900, "receivable": -2900, "prepaid": -1000,
    }  # fmt: skip

    assert uses_prepaid(world, other) == 1000
    assert again(other) == ("partly-paid", 1000)
    assert "prepaid" not in balances("retail")
    with world.scope("rosa") as rosa:
        with pytest.raises(CannotTakeBack) as refused:
            take_back(ref=line.ref, actor=rosa, at=AT)
        assert refused.value.code == "spent"
        credit_invoice(ref=of.ref, reason="goodwill", actor=rosa, at=AT)
    assert again(of) == ("credited", 0)
    assert uses_prepaid(world, other) == 1900
    assert again(other) == ("paid", 2900)


def test_a_payment_of_what_was_credited_in_part_is_taken_back_whole(world: World) -> None:
    make_issuer(world.rosa)
    of = invoice(world)
    with world.scope("rosa") as rosa:
        bring(rosa, paying(of, "31.00"))
        [line] = bank_page(rosa).booked
        credit_invoice(ref=of.ref, reason="goodwill", net=1000, actor=rosa, at=AT)
        assert balances("retail")["prepaid"] == -1200
        take_back(ref=line.ref, actor=rosa, at=AT)
        assert Invoice.objects.get(id=of.id).open_minor == 1900
    assert again(of) == ("issued", 0)
    # Of the invoice of 29.00, which nothing says here, ten are no longer claimed.
    assert balances("retail") == {"unbilled": 2900, "revenue": -1900, "receivable": -1000}


def test_a_credit_beyond_what_is_open_keeps_the_rest_for_the_payer(world: World) -> None:
    make_issuer(world.rosa)
    of = invoice(world)
    with world.scope("rosa") as rosa:
        bring(rosa, paying(of, "19.00"))
        credit_invoice(ref=of.ref, reason="goodwill", net=1000, actor=rosa, at=AT)
        assert (again(of), balances("retail").get("prepaid")) == (("paid", 1900), None)
        credit_invoice(ref=of.ref, reason="goodwill", net=300, actor=rosa, at=AT)
    assert (again(of), balances("retail")["prepaid"]) == (("paid", 1600), -300)


def test_what_is_aside_is_not_shown_and_comes_back(world: World) -> None:
    with world.scope("rosa") as rosa:
        bring(rosa, entry("12.00", details=detail(name="Tax office")))
        [left] = bank_page(rosa).left
        set_line_aside(ref=left.ref, aside=True, actor=rosa, at=AT)
        set_line_aside(ref=left.ref, aside=True, actor=rosa, at=AT)
        assert bank_page(rosa).left == []
        with pytest.raises(CannotBookMatch):
            book_match(ref=left.ref, invoices=[invoice(world).ref], actor=rosa, at=AT)
        set_line_aside(ref=left.ref, aside=False, actor=rosa, at=AT)
        assert len(bank_page(rosa).left) == 1
    assert told("bank.line") == ["bank.line_set_aside"] * 2


def test_the_same_from_another_kind_of_file_is_only_proposed(world: World) -> None:
    of = invoice(world, lines=2)
    with world.scope("rosa") as rosa:
        bring(rosa, paying(of, "29.00"))
        data = f"Date;Amount;Description\n2026-03-20;29,00;{reference_of(of.ref)}\n2026-03-21;29,00;{reference_of(of.ref)}\n"
        import_statement(file_name="march.csv", data=data.encode(), actor=rosa, at=AT)
        assert again(of) == ("paid", 5800)  # that of another day is another one
        page = bank_page(rosa)
    assert [line.booked_on.day for line in page.left] == [20]


def test_reversals_and_what_goes_out_pay_nothing(world: World) -> None:
    of = invoice(world)
    told_of = detail(reference=reference_of(of.ref))
    with world.scope("rosa") as rosa:
        bring(
            rosa, entry("29.00", side="DBIT", details=told_of), entry("29.00", ref="B2", reversal=True, details=told_of)
        )
        page = bank_page(rosa)
        lines = list(BankLine.objects.all())
        with pytest.raises(CannotBookMatch):
            book_match(ref=lines[0].ref, invoices=[of.ref], actor=rosa, at=AT)
    assert (page.left, page.proposals, page.booked) == ([], [], [])
    assert again(of) == ("issued", 0)


def test_what_cannot_be_booked(world: World) -> None:
    draft = make_invoice(world.rosa, world.carl)
    paid = invoice(world, 7)
    yen = make_invoice(world.rosa, world.elan, number=9, currency="JPY")
    with world.scope("rosa") as rosa:
        bring(rosa, entry("29.00", details=detail(name="x")), paying(paid, "29.00", ref="B2"))
        [line] = bank_page(rosa).left
        for refs, code in (
            ([], "nothing-chosen"),
            ([draft.ref], "not-payable"),
            ([paid.ref], "not-payable"),
            ([yen.ref], "currency"),
        ):
            with pytest.raises(CannotBookMatch) as refused:
                book_match(ref=line.ref, invoices=refs, actor=rosa, at=AT)
            assert refused.value.code == code


def test_the_vendors_book_is_the_wholesale_one(world: World) -> None:
    of = invoice(world, owner=world.vendor, debtor=world.rosa)
    make_issuer(world.vendor, iban="DE89370400440532013000")
    with world.scope("vera") as vera:
        bring(vera, paying(of, "29.00"))
        page = bank_page(vera)
    assert page.iban == "DE89370400440532013000"
    assert again(of) == ("paid", 2900)
    assert balances("wholesale")["cash"] == 2900


def test_anothers_things_are_not_found(world: World) -> None:
    of, theirs = invoice(world), invoice(world, owner=world.remo, debtor=world.bakery)
    with world.scope("rosa") as rosa:
        bring(rosa, entry("29.00", details=detail(name="x")), paying(theirs, "29.00", ref="B2"))
        lines = [line.ref for line in bank_page(rosa).left]
        assert len(lines) == 2  # a reference of another's invoice is nobody's here
        with pytest.raises(NotFound):
            book_match(ref=lines[0], invoices=[theirs.ref], actor=rosa, at=AT)
    for name in ("remo", "vera"):
        with world.scope(name) as actor:
            assert bank_page(actor).left == []
            for act in (
                partial(book_match, invoices=[of.ref]), partial(take_back), partial(set_line_aside, aside=True),
            ):  # fmt: skip
                with pytest.raises(NotFound):
                    act(ref=lines[0], actor=actor, at=AT)
            assert BankLine.objects.count() == 0
    with world.scope("carl") as carl:
        assert (BankLine.objects.count(), BankStatement.objects.count(), BankPayment.objects.count()) == (0, 0, 0)
        with pytest.raises(Forbidden):
            bank_page(carl)


@pytest.mark.parametrize(
    ("data", "kind", "code"),
    [
        (b"", CannotImportStatement, "empty"),
        (b"x" * (10 * 1024 * 1024 + 1), CannotImportStatement, "too-large"),
        (b"<?xml version='1.0'?><Document", CannotImportStatement, "not-xml"),
        (b"<?xml version='1.0'?><Document/>", CannotImportStatement, "not-camt053"),
        (b"a;b\n1;2\n", CannotImportStatement, "no-headings"),
        (b"\x89PNG\r\n", CannotReadSheet, "not-a-sheet"),
        (b"PK\x03\x04" + b"\0" * 200, CannotReadSheet, None),
    ],
)  # fmt: skip
def test_files_that_are_none(world: World, data: bytes, kind: type[Any], code: str | None) -> None:
    with world.scope("rosa") as rosa, pytest.raises(kind) as refused:
        import_statement(file_name="x", data=data, actor=rosa, at=AT)
    assert code is None or refused.value.code == code
    assert count(BankStatement) == 0


def test_lines_that_cannot_be_read_are_told_and_the_others_come_in(world: World) -> None:
    data = "Datum;Bedrag;Omschrijving\n20-03-2026;12,50;=HYPERLINK(1)\n99-03-2026;1,00;x\n20-03-2026;1.234;x\n".encode(
        "cp1252"
    )
    with world.scope("rosa") as rosa:
        statement = import_statement(file_name="C:\\bank\\lijst.csv", data=data, actor=rosa, at=AT)
        page = bank_page(rosa)
    assert statement.file_name == "lijst.csv"
    assert statement.faults == [[3, "date", "99-03-2026"]]
    # One amount of the column shows that the comma parts decimals: the dot is of thousands.
    assert sorted(line.minor for line in page.left) == [1250, 123400]
    assert page.statements[0].faults == [(3, "date", "99-03-2026")]


def test_who_may_only_look_or_reaches_some_clients(world: World) -> None:
    with world.scope("rosa") as rosa:
        viewer = replace(rosa, rights=Rights.of({"billing": "view"}))
        assert bank_page(viewer).left == []
        with pytest.raises(Forbidden):
            bring(viewer, entry())
        # A statement tells of everybody who pays.
        with pytest.raises(Forbidden):
            bank_page(replace(rosa, reach=frozenset({world.carl.id})))
    with world.scope("ruth") as ruth, pytest.raises(Forbidden):
        bank_page(ruth)

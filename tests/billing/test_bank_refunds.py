"""Money that came by the bank goes back by it: never more than there is, once for each transfer."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db.models import Sum

from sublet.accounts.models import Account
from sublet.billing.invariants import balanced
from sublet.billing.models import BankLine, BankRefund, Invoice, LedgerPosting
from sublet.billing.operations import (
    CannotBookBankRefund,
    CannotTakeBack,
    CannotTakeBankRefundBack,
    book_bank_refund,
    take_back,
    take_bank_refund_back,
)
from sublet.billing.queries.account_statements import account_statement
from sublet.billing.queries.bank_refunds import bank_line_page, bank_refund_asked, bank_refunds
from sublet.foundation.errors import NotFound
from sublet.foundation.scope import platform_scope
from tests.billing.selling import make_issuer
from tests.billing.statements import claimed
from tests.billing.test_bank import again, bring, paying, told
from tests.core.bankpapers import entry
from tests.people import World
from tests.portals.api.caller import make_caller

pytestmark = pytest.mark.django_db
LATER = datetime(2026, 3, 25, 9, tzinfo=UTC)
DAY = date(2026, 3, 24)


def paid_by_bank(world: World, amount: str = "29.00", gross: int = 2900, *, debtor: Account | None = None) -> Invoice:
    of = claimed(world.rosa, debtor or world.carl, gross, datetime(2026, 3, 17, 9, tzinfo=UTC))
    with world.scope("rosa") as rosa:
        bring(rosa, paying(of, amount, ref=f"IN{of.id}"), name=f"in{of.id}.xml")
    return of


def give_back(world: World, name: str = "rosa", **what: Any) -> str:
    with world.scope(name) as actor:
        return book_bank_refund(**{"day": DAY, "at": LATER, "actor": actor, **what})


def codes(world: World) -> dict[str, int]:
    with platform_scope("test"):
        assert [one.words for one in balanced(LATER)] == []
        rows = LedgerPosting.objects.filter(account=world.rosa).exclude(code="unbilled").order_by().values_list("code")
        return {code: minor for code, minor in rows.annotate(all=Sum("minor")) if minor} | {"revenue": -2900}


def test_what_was_paid_beyond_an_invoice_goes_back_once(world: World) -> None:
    paid_by_bank(world, "34.00")
    ahead: dict[str, Any] = {"account": world.carl.ref, "currency": "EUR"}
    with pytest.raises(CannotBookBankRefund, match="too-much"):
        give_back(world, **ahead, amount=501)
    made = give_back(world, **ahead, amount=500, once="form", reference="SCT 17", reason="Too much")
    assert give_back(world, **ahead, amount=500, once="form") == made
    with pytest.raises(CannotBookBankRefund):
        give_back(world, **ahead, amount=1)
    assert codes(world) == {"revenue": -2900, "cash": 2900}
    with world.scope("rosa") as rosa:
        [row], _newer, _older = bank_refunds(rosa)
        shown = account_statement(rosa, account=world.carl.ref, at=LATER)
    assert (row.ref, row.minor, row.ahead_minor, row.reference, row.day) == (made, 500, 500, "SCT 17", DAY)
    assert [(each.kind, each.day) for each in shown.rows][-1] == ("refund", DAY)
    assert shown.sums.closing == 0
    assert told("bank.refund") == ["bank.refund_booked"]


def test_what_an_invoice_was_paid_is_owed_again(world: World) -> None:
    of = paid_by_bank(world)
    give_back(world, invoice=of.ref, amount=900)
    assert again(of) == ("partly-paid", 2000)
    give_back(world, invoice=of.ref, amount=2000)
    assert again(of) == ("issued", 0)
    assert codes(world) == {"revenue": -2900, "receivable": 2900}
    with pytest.raises(CannotBookBankRefund, match="too-much"):
        give_back(world, invoice=of.ref, amount=1)


def test_an_overpaid_invoice_gives_the_surplus_first(world: World) -> None:
    of = paid_by_bank(world, "34.00")
    give_back(world, invoice=of.ref, amount=1000)
    assert again(of) == ("partly-paid", 2400)
    assert codes(world) == {"revenue": -2900, "receivable": 500, "cash": 2400}


def test_with_a_credit_note_nothing_is_owed_again(world: World) -> None:
    make_issuer(world.rosa)
    of = paid_by_bank(world)
    give_back(world, invoice=of.ref, amount=2900, credit=True, reason="Left")
    assert again(of) == ("credited", 0)
    found = codes(world)
    assert (found.get("receivable", 0), found.get("cash", 0), found.get("prepaid", 0)) == (0, 0, 0)
    with platform_scope("test"):
        note = Invoice.objects.get(kind="credit")
    assert (note.gross_minor, note.reason) == (-2900, "Left")


def test_a_movement_that_went_out_is_a_refund_and_finds_the_one_booked_by_hand(world: World) -> None:
    of = paid_by_bank(world)
    by_hand = give_back(world, invoice=of.ref, amount=900)
    with world.scope("rosa") as rosa:
        bring(rosa, entry("9.00", side="DBIT", ref="O1"), entry("20.00", side="DBIT", ref="O2"), name="out.xml")
        first, second = BankLine.objects.filter(minor__lt=0).order_by("-minor")
        asked = bank_refund_asked(rosa, line=first.ref)
    assert [(each.number, each.most) for each in asked.choices] == [(of.number_shown, 2000)]
    assert give_back(world, line=first.ref, invoice=of.ref) == by_hand
    assert again(of) == ("partly-paid", 2000)
    with pytest.raises(CannotBookBankRefund, match="not-out"):
        give_back(world, line=first.ref, invoice=of.ref)
    with pytest.raises(CannotBookBankRefund, match="differs"):
        give_back(world, line=second.ref, invoice=of.ref, amount=1999)
    made = give_back(world, line=second.ref, invoice=of.ref)
    assert again(of) == ("issued", 0)
    with world.scope("rosa") as rosa:
        found = bank_line_page(second.ref, rosa)[1]
    assert found is not None
    assert (found.ref, found.minor, found.day) == (made, 2000, second.booked_on)
    assert told("bank.refund") == ["bank.refund_booked", "bank.refund_matched", "bank.refund_booked"]


def test_taken_back_it_stands_as_before(world: World) -> None:
    of = paid_by_bank(world, "34.00")
    before = codes(world)
    made = give_back(world, invoice=of.ref, amount=1000)
    with world.scope("rosa") as rosa:
        take_bank_refund_back(ref=made, actor=rosa, at=LATER)
        with pytest.raises(CannotTakeBankRefundBack):
            take_bank_refund_back(ref=made, actor=rosa, at=LATER)
    assert (again(of), codes(world)) == (("paid", 2900), before)
    # Paid otherwise meanwhile, what was owed again is paid ahead.
    made = give_back(world, invoice=of.ref, amount=1000)
    with world.scope("rosa") as rosa:
        bring(rosa, paying(of, "5.00", ref="IN9"), name="nine.xml")
        take_bank_refund_back(ref=made, actor=rosa, at=LATER)
    assert again(of) == ("paid", 2900)
    assert codes(world) == {"revenue": -2900, "cash": 3900, "prepaid": -1000}


def test_a_booking_of_which_money_went_back_stays(world: World) -> None:
    of = paid_by_bank(world)
    made = give_back(world, invoice=of.ref, amount=900)
    with world.scope("rosa") as rosa:
        line = BankLine.objects.get(minor__gt=0)
        with pytest.raises(CannotTakeBack, match="given-back"):
            take_back(ref=line.ref, actor=rosa, at=LATER)
        take_bank_refund_back(ref=made, actor=rosa, at=LATER)
        take_back(ref=line.ref, actor=rosa, at=LATER)
    assert again(of) == ("issued", 0)


def test_what_is_asked_wrongly_is_refused(world: World) -> None:
    of = paid_by_bank(world, "34.00")
    for what, code in (
        ({"invoice": of.ref, "amount": 0}, "amount"),
        ({"invoice": of.ref, "amount": -5}, "amount"),
        ({"invoice": of.ref, "amount": 5, "day": date(2026, 3, 26)}, "day"),
        ({"amount": 5}, "nothing-chosen"),
        ({"account": world.carl.ref, "currency": "EUR", "amount": 5, "credit": True}, "no-credit"),
        ({"account": world.carl.ref, "currency": "USD", "amount": 5}, "too-much"),
    ):
        with pytest.raises(CannotBookBankRefund) as refused:
            give_back(world, **what)
        assert refused.value.code == code
    with world.scope("rosa") as rosa:
        came = BankLine.objects.get()
        with pytest.raises(CannotBookBankRefund, match="not-out"):
            book_bank_refund(line=came.ref, invoice=of.ref, actor=rosa, at=LATER)


def test_nobody_else_gives_it_back(world: World) -> None:
    of = paid_by_bank(world, "34.00")
    made = give_back(world, invoice=of.ref, amount=100)
    for person in ("remo", "vera"):
        for what in ({"invoice": of.ref}, {"account": world.carl.ref, "currency": "EUR"}):
            with pytest.raises(NotFound):
                give_back(world, person, **what, amount=100)
        with world.scope(person) as other, pytest.raises(NotFound):
            take_bank_refund_back(ref=made, actor=other, at=LATER)
    with platform_scope("test"):
        assert BankRefund.objects.count() == 1


def test_it_is_booked_on_a_page_that_asks_once_more(world: World) -> None:
    of = paid_by_bank(world, "34.00")
    browser = world.browser("rosa")
    start = f"/reseller/{world.rosa.ref}/money/bank/given-back/"
    assert "Nothing was given back yet" in browser.get(start).content.decode()
    page = browser.get(f"{start}give/", {"what": f"{world.carl.ref}:EUR"}).content.decode()
    assert 'value="5.00"' in page
    assert of.number_shown in page
    said = {
        "what": f"{world.carl.ref}:EUR",
        "amount": "5.01",
        "day": "2026-03-24",
        "then": "owed",
        "once": "a",
        "line": "",
    }
    sure = browser.post(f"{start}give/", said | {"amount": "x"})
    assert (sure.status_code, codes(world).get("prepaid")) == (422, -500)
    refused = browser.post(f"{start}give/", said | {"sure": "1"})
    assert refused.status_code in (409, 422)
    assert "No more can be given back" in refused.content.decode()
    sure = browser.post(f"{start}give/", said | {"amount": "5"})
    assert "It is taken from what is paid ahead." in sure.content.decode()
    assert codes(world)["prepaid"] == -500
    answer = browser.post(f"{start}give/", said | {"amount": "5.00", "sure": "1"}, follow=True)
    assert "Booked." in answer.content.decode()
    # The same form sent again finds nothing left to choose, and books nothing.
    again_ = browser.post(f"{start}give/", said | {"amount": "5.00", "sure": "1"}, follow=True)
    assert again_.status_code in (200, 422)
    assert codes(world) == {"revenue": -2900, "cash": 2900}
    with platform_scope("test"):
        [row] = BankRefund.objects.all()
    browser.post(f"{start}{row.ref}/take-back/", follow=True)
    assert codes(world)["prepaid"] == -500
    assert "Taken back" in browser.get(start).content.decode()


def test_who_comes_back_to_the_form_books_what_is_typed_then_and_the_same_once(world: World) -> None:
    """A browser keeps the hidden field of a form to which one comes back: by that alone a second transfer would book nothing."""
    paid_by_bank(world, "34.00")
    browser = world.browser("rosa")
    form = {"what": f"{world.carl.ref}:EUR", "day": "2026-03-24", "then": "owed", "once": "a", "line": "", "sure": "1"}
    for amount, left in (("1.00", 400), ("1.00", 400), ("2.50", 150)):
        browser.post(f"/reseller/{world.rosa.ref}/money/bank/given-back/give/", form | {"amount": amount})
        assert codes(world)["prepaid"] == -left


def test_a_movement_that_went_out_is_offered_on_the_bank_page(world: World) -> None:
    of = paid_by_bank(world)
    with world.scope("rosa") as rosa:
        bring(rosa, entry("9.00", side="DBIT", ref="O1"), name="out.xml")
        line = BankLine.objects.get(minor__lt=0)
    browser = world.browser("rosa")
    bank = f"/reseller/{world.rosa.ref}/money/bank/"
    assert "Went out" in browser.get(bank).content.decode()
    assert "It gave money back to a payer" in browser.get(f"{bank}{line.ref}/").content.decode()
    said = {"what": of.ref, "then": "owed", "once": "b", "line": line.ref}
    assert "The bank says" in browser.get(f"{bank}given-back/give/", {"line": line.ref}).content.decode()
    assert "owed again" in browser.post(f"{bank}given-back/give/", said).content.decode()
    browser.post(f"{bank}given-back/give/", said | {"sure": "1"}, follow=True)
    assert again(of) == ("partly-paid", 2000)
    assert "All that was given back" in browser.get(f"{bank}{line.ref}/").content.decode()
    assert "Went out" not in browser.get(bank).content.decode()


def test_programs_book_it_too(world: World) -> None:
    of = paid_by_bank(world)
    rosa = make_caller(world, "rosa", rights={"billing": "manage"})
    body = {"invoice": of.ref, "amount": 900, "day": "2026-03-24", "reference": "SCT 1"}
    made = rosa.ask("POST", "/bank-refunds", body)
    assert (made.status, made["amount"], made["ahead"], made["number"]) == (201, 900, 0, of.number_shown)
    assert rosa.ask("POST", "/bank-refunds", body | {"amount": 2001}).code == "cannot_book_bank_refund.too-much"
    [row] = rosa.ask("GET", "/bank-refunds")["items"]
    assert row["ref"] == made["ref"]
    assert rosa.ask("POST", f"/bank-refunds/{row['ref']}/take-back")["taken_back_at"]
    assert rosa.ask("POST", f"/bank-refunds/{row['ref']}/take-back").code == "cannot_take_bank_refund_back.taken-back"
    looks = make_caller(world, "rosa", rights={"billing": "view"}, name="looks")
    assert looks.ask("GET", f"/bank-refunds/{row['ref']}").status == 200
    assert looks.ask("POST", "/bank-refunds", body).status == 403
    some = make_caller(world, "rosa", rights={"billing": "manage"}, reach=[world.carl], name="some")
    assert some.ask("POST", "/bank-refunds", body).status == 403
    other = make_caller(world, "remo", rights={"billing": "manage"})
    assert other.ask("GET", f"/bank-refunds/{row['ref']}").status == 404
    assert other.ask("POST", "/bank-refunds", body).status == 404

"""Money that a transfer gave back, and then a card once more: never by our form; elsewhere it is told, and owed on no invoice."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest
from django.db import transaction

from sublet.billing.gateway import Contested, Moved, Refunded
from sublet.billing.invariants import balanced
from sublet.billing.models import Invoice
from sublet.billing.models.payments import Dispute, Payment, Refund
from sublet.billing.operations import CannotBookBankRefund, book_bank_refund, credit_invoice
from sublet.billing.operations.money_moved import book
from sublet.billing.operations.refunds import CannotRefundPayment, note_refund, refund_payment
from sublet.billing.queries.account_statements import account_statement
from sublet.billing.queries.bank_refunds import bank_refund_asked
from sublet.billing.queries.paid_ahead import prepaid_balance
from sublet.billing.queries.payments import payment_shown
from sublet.core import ledger
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.scope import platform_scope
from tests.billing.payments import Counter, machine
from tests.billing.rows import make_invoice
from tests.billing.selling import balances, make_issuer
from tests.billing.statements import claimed
from tests.billing.test_collecting import NOW, collect, issued, now, post_issue
from tests.billing.test_disputes import tell
from tests.people import World

pytestmark = pytest.mark.django_db
PAGE = "/reseller/{}/money/invoices/to/{}/statement/"


@pytest.fixture
def transferred(counter: Counter) -> tuple[str, Invoice]:
    """A card paid an invoice; it was credited, and what was paid went back by a transfer."""
    invoice = issued(counter.world)
    counter.enter_card()
    ref = collect(counter, invoice)
    run_due_jobs(at=NOW)
    with counter.world.scope("rosa") as rosa:
        credit_invoice(ref=invoice.ref, reason="goodwill", actor=rosa, at=NOW)
        book_bank_refund(
            account=counter.world.carl.ref, currency=invoice.currency, amount=invoice.gross_minor, actor=rosa, at=NOW
        )
    assert not {"receivable", "prepaid"} & set(balances("retail"))
    return ref, invoice


def on_its_pages(ref: str, amount: int, state: str = "succeeded") -> None:
    """Somebody gives it back on the processor's own pages, which we hear of."""
    with platform_scope("test"), transaction.atomic():
        row = Payment.objects.select_related("payer", "gateway").get(ref=ref)
        note_refund(Refunded("re_there", state, amount, row.currency, row.intent), row, actor=machine(), at=NOW)


def paid_ahead(world: World, minor: int, key: str) -> int:
    """So much more is paid ahead; what then is."""
    with platform_scope("test"), transaction.atomic():
        book(
            owner=world.rosa.id, book="retail", debtor=world.carl.id, key=key, about="", minor=minor, currency="EUR",
            by="Test", at=NOW, postings=ledger.payment("retail", minor, "EUR", prepaid=minor),
        )  # fmt: skip
        return prepaid_balance(world.rosa.id, world.carl.id, "retail", "EUR")


def test_a_card_gives_nothing_back_that_a_transfer_gave_back(
    counter: Counter, transferred: tuple[str, Invoice]
) -> None:
    ref, invoice = transferred
    for amount in (1, invoice.gross_minor):
        with counter.world.scope("rosa") as rosa, pytest.raises(CannotRefundPayment, match="too-much"):
            refund_payment(payment=ref, amount=amount, actor=rosa, at=NOW)
    with platform_scope("test"):
        assert not Refund.objects.exists()


def test_what_is_asked_for_already_is_there_no_more(counter: Counter) -> None:
    """Two refunds of 60 % each, of two payments, of what is there for one: the second waits for no answer to the first."""
    invoice = issued(counter.world)
    counter.enter_card()
    ref = collect(counter, invoice)
    run_due_jobs(at=NOW)
    more = counter.start(amount=2000, invoice="", at=NOW)
    run_due_jobs(at=NOW)
    with counter.world.scope("rosa") as rosa:
        credit_invoice(ref=invoice.ref, reason="goodwill", actor=rosa, at=NOW)
        book_bank_refund(account=counter.world.carl.ref, currency="EUR", amount=invoice.gross_minor, actor=rosa, at=NOW)
        refund_payment(payment=more.ref, amount=1200, actor=rosa, at=NOW)
        with pytest.raises(CannotRefundPayment, match="too-much"):
            refund_payment(payment=ref, amount=801, actor=rosa, at=NOW)
        refund_payment(payment=ref, amount=800, actor=rosa, at=NOW)
    run_due_jobs(at=NOW)
    assert not {"receivable", "prepaid"} & set(balances("retail"))


def test_what_went_back_twice_is_owed_on_no_invoice_and_told(
    counter: Counter, transferred: tuple[str, Invoice]
) -> None:
    ref, invoice = transferred
    world = counter.world
    on_its_pages(ref, 1000)
    assert (now(invoice).state, now(invoice).open_minor) == ("credited", 0)
    assert "receivable" not in balances("retail")
    assert balances("retail")["prepaid"] == 1000
    with world.scope("rosa") as rosa:
        shown = account_statement(rosa, account=world.carl.ref, at=NOW)
    assert (shown.now.open, shown.now.prepaid, shown.sums.closing) == (0, -1000, 1000)

    page = html.unescape(
        counter.world.browser("rosa").get(PAGE.format(world.rosa.ref, world.carl.ref)).content.decode()
    )
    assert "€0.00 open on invoices · €10.00 too much given back" in page

    # Whatever comes next fills that, and only the rest can be used.
    assert paid_ahead(world, 700, "one") == 0
    assert paid_ahead(world, 500, "two") == 200
    with platform_scope("test"):
        assert [one.words for one in balanced(NOW + timedelta(days=1))] == []


def test_it_is_as_before_when_it_comes_back(counter: Counter, transferred: tuple[str, Invoice]) -> None:
    ref, _invoice = transferred
    on_its_pages(ref, 1000)
    on_its_pages(ref, 1000, "failed")
    assert not {"receivable", "prepaid"} & set(balances("retail"))


def test_what_the_payers_bank_has_goes_back_by_it_alone(counter: Counter) -> None:
    """A refund of it would be one of money that is not there."""
    invoice = issued(counter.world)
    counter.enter_card()
    ref = collect(counter, invoice)
    run_due_jobs(at=NOW)
    page = f"/reseller/{counter.world.rosa.ref}/money/payments/{ref}/"
    told = {"amount": "", "then": "owed", "reason": "", "once": "x" * 24, "sure": "1"}
    contested = invoice.gross_minor - 500
    tell(counter, "open", Moved("txn_1", -contested, 0, "EUR"), amount=contested)
    rosa = counter.world.browser("rosa")
    assert "Up to €5.00 can be given back." in rosa.get(page).content.decode()
    refused = rosa.post(f"{page}refund/", told | {"amount": "5.01"})
    assert refused.status_code == 409
    assert "The payer’s bank has taken so much of it back" in html.unescape(refused.content.decode())
    with platform_scope("test"):
        Dispute.objects.update(amount=invoice.gross_minor)
    assert "can be given back" not in rosa.get(page).content.decode()

    # Somebody who still has the form before them reads why, with what was typed.
    late = html.unescape(rosa.post(f"{page}refund/", told | {"amount": "1.00", "reason": "late"}).content.decode())
    assert "The payer’s bank has taken so much of it back" in late
    assert 'value="late"' in late


def test_while_a_bank_only_asks_it_can_be_given_back(counter: Counter) -> None:
    invoice = issued(counter.world)
    counter.enter_card()
    ref = collect(counter, invoice)
    run_due_jobs(at=NOW)
    counter.gateway.disputes["dp_1"] = Contested("dp_1", "open", 400, "EUR", "pi_1", "general", None, False, ())
    counter.deliver(counter.gateway.tell("charge.dispute.created", "dp_1", NOW), NOW)
    run_due_jobs(at=NOW)
    with counter.world.scope("rosa") as actor:
        assert payment_shown(actor, ref).left == invoice.gross_minor
        refund_payment(payment=ref, amount=invoice.gross_minor, actor=actor, at=NOW)


def test_two_payments_of_two_invoices_go_back_at_once(counter: Counter) -> None:
    """What one refund waits for is none of the other's."""
    first = issued(counter.world)
    counter.enter_card()
    paid = [collect(counter, first)]
    run_due_jobs(at=NOW)
    second = make_invoice(counter.world.rosa, counter.world.carl, number=77)
    with platform_scope("test"), transaction.atomic():
        post_issue(counter.world, second.gross_minor)
    paid.append(collect(counter, second))
    run_due_jobs(at=NOW)
    with counter.world.scope("rosa") as rosa:
        for ref, invoice in zip(paid, (first, second), strict=True):
            refund_payment(payment=ref, amount=invoice.gross_minor, actor=rosa, at=NOW)
    run_due_jobs(at=NOW)
    assert [now(each).open_minor for each in (first, second)] == [first.gross_minor, second.gross_minor]
    assert balances("retail")["receivable"] == first.gross_minor + second.gross_minor
    assert "prepaid" not in balances("retail")


def test_yen_that_went_back_twice_are_owed_on_no_invoice_in_euro(counter: Counter) -> None:
    invoice = issued(counter.world)
    counter.enter_card()
    yen = counter.start(invoice=invoice.ref, amount=900, currency="JPY", at=NOW)
    run_due_jobs(at=NOW)
    collect(counter, invoice)
    run_due_jobs(at=NOW)
    with counter.world.scope("rosa") as rosa:
        book_bank_refund(account=counter.world.carl.ref, currency="JPY", amount=900, actor=rosa, at=NOW)
    on_its_pages(yen.ref, 900)
    assert (now(invoice).state, now(invoice).open_minor) == ("paid", 0)
    with counter.world.scope("rosa") as rosa:
        shown = account_statement(rosa, account=counter.world.carl.ref, currency="JPY", at=NOW)
    assert (shown.now.open, shown.now.prepaid) == (0, -900)


def card(counter: Counter, minor: int) -> tuple[Invoice, str]:
    """An invoice that a card has paid."""
    of = claimed(counter.world.rosa, counter.world.carl, minor, NOW, series="T")
    ref = collect(counter, of)
    run_due_jobs(at=NOW)
    assert now(of).state == "paid"
    return of, ref


@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize("ahead_first", [False, True])
def test_what_is_paid_ahead_by_another_payment_stands_in_nobodys_way(
    counter: Counter, waits: bool, ahead_first: bool
) -> None:
    counter.enter_card()
    of, first = card(counter, 2900)
    ahead = counter.start(amount=2900, invoice="", at=NOW).ref
    run_due_jobs(at=NOW)
    for ref in (ahead, first) if ahead_first else (first, ahead):
        with counter.world.scope("rosa") as rosa:
            refund_payment(payment=ref, amount=2900, actor=rosa, at=NOW)
        if not waits:
            run_due_jobs(at=NOW)
    run_due_jobs(at=NOW)
    assert now(of).open_minor == balances("retail")["receivable"] == 2900
    assert "prepaid" not in balances("retail")


def credited(counter: Counter, of: Invoice) -> None:
    with counter.world.scope("rosa") as rosa:
        credit_invoice(ref=of.ref, reason="goodwill", actor=rosa, at=NOW)


def back_by_bank(counter: Counter, minor: int) -> None:
    with counter.world.scope("rosa") as rosa:
        book_bank_refund(account=counter.world.carl.ref, currency="EUR", amount=minor, actor=rosa, at=NOW)


@pytest.mark.parametrize("waits", [False, True])
def test_what_one_refund_takes_from_an_invoice_no_other_takes(counter: Counter, waits: bool) -> None:
    """R-6 is credited, and a transfer has given it back; R-7 is credited, and its money pays R-8: that is one card's, not two."""
    make_issuer(counter.world.rosa)
    counter.enter_card()
    six, of_six = card(counter, 2900)
    credited(counter, six)
    back_by_bank(counter, 2900)
    seven, of_seven = card(counter, 2900)
    credited(counter, seven)
    eight = claimed(counter.world.rosa, counter.world.carl, 2900, NOW, series="T")
    collect(counter, eight)
    assert now(eight).state == "paid"
    with counter.world.scope("rosa") as rosa:
        refund_payment(payment=of_seven, amount=2900, actor=rosa, at=NOW)
    if not waits:
        run_due_jobs(at=NOW)
    with counter.world.scope("rosa") as rosa, pytest.raises(CannotRefundPayment, match="too-much"):
        refund_payment(payment=of_six, amount=1, actor=rosa, at=NOW)
    run_due_jobs(at=NOW)
    assert now(eight).open_minor == balances("retail")["receivable"] == 2900


def test_an_invoice_that_was_paid_anew_is_owed_for_nobody_else(counter: Counter) -> None:
    make_issuer(counter.world.rosa)
    counter.enter_card()
    six, of_six = card(counter, 2900)
    credited(counter, six)
    back_by_bank(counter, 2900)
    seven, of_seven = card(counter, 2900)
    credited(counter, seven)
    eight = claimed(counter.world.rosa, counter.world.carl, 2900, NOW, series="T")
    collect(counter, eight)
    with counter.world.scope("rosa") as rosa:
        refund_payment(payment=of_seven, amount=2900, actor=rosa, at=NOW)
    run_due_jobs(at=NOW)
    collect(counter, eight)
    run_due_jobs(at=NOW)
    assert now(eight).state == "paid"
    with counter.world.scope("rosa") as rosa, pytest.raises(CannotRefundPayment, match="too-much"):
        refund_payment(payment=of_six, amount=2900, actor=rosa, at=NOW)
    on_its_pages(of_six, 2900)
    assert now(eight).state == "paid"
    assert (balances("retail").get("receivable", 0), balances("retail")["prepaid"]) == (0, 2900)


def test_a_transfer_gives_nothing_back_that_a_card_is_about_to(counter: Counter) -> None:
    make_issuer(counter.world.rosa)
    counter.enter_card()
    of, ref = card(counter, 2900)
    credited(counter, of)
    with counter.world.scope("rosa") as rosa:
        refund_payment(payment=ref, amount=1900, actor=rosa, at=NOW)
        assert [each.most for each in bank_refund_asked(rosa).choices] == [1000]
    with pytest.raises(CannotBookBankRefund, match="too-much"):
        back_by_bank(counter, 1001)
    back_by_bank(counter, 1000)
    run_due_jobs(at=NOW)
    assert not {"receivable", "prepaid"} & set(balances("retail"))

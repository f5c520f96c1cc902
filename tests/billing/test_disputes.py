"""What a dispute costs, and what follows when it is decided once more: right to the cent, in whichever order it is told."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction

from sublet.billing.documents.payouts import PaidOut, payout_data
from sublet.billing.gateway import Contested, Moved
from sublet.billing.invariants import balanced
from sublet.billing.models import Invoice, LedgerEntry
from sublet.billing.models.payments import Dispute, Payment
from sublet.billing.operations import credit_invoice
from sublet.billing.operations.money_moved import payable_balance
from sublet.billing.queries import account_statements
from sublet.billing.queries import payouts as payout_queries
from sublet.billing.queries.paid_ahead import prepaid_balance
from sublet.billing.queries.payments import payment_shown
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.scope import platform_scope
from tests.billing.payments import Counter, story
from tests.billing.rows import make_invoice
from tests.billing.selling import balances
from tests.billing.test_collecting import NOW, collect, issued, now, pays_ahead, post_issue
from tests.billing.test_payouts import collected, desk, owed, pays  # noqa: F401  # a fixture among them
from tests.people import AT
from tests.portals.api.caller import make_caller

TOOK = Moved("txn_1", -400, 1500, "EUR")
GAVE = Moved("txn_2", 400, 0, "EUR")
GAVE_WITH_FEE = Moved("txn_2", 400, -1500, "EUR")
GAVE_SOME = Moved("txn_2", 300, 0, "EUR")
TOOK_AGAIN = Moved("txn_3", -400, 0, "EUR")
HISTORY = (("open", (TOOK,)), ("lost", (TOOK,)), ("won", (TOOK, GAVE)), ("lost", (TOOK, GAVE, TOOK_AGAIN)))


def tell(counter: Counter, state: str, *moves: Moved, amount: int = 400, currency: str = "EUR", at: Any = NOW) -> None:
    """The processor tells of it, and has it so."""
    counter.gateway.disputes["dp_1"] = Contested("dp_1", state, amount, currency, "pi_1", "general", None, True, moves)
    counter.deliver(counter.gateway.tell("charge.dispute.updated", "dp_1", at), at)
    run_due_jobs(at=at)


@pytest.fixture
def paid(counter: Counter) -> Invoice:
    """An invoice that a card has paid."""
    invoice = issued(counter.world)
    counter.enter_card()
    collect(counter, invoice)
    run_due_jobs(at=NOW)
    assert now(invoice).state == "paid"
    return invoice


def row() -> Dispute:
    with platform_scope("test"):
        return Dispute.objects.get()


def whole() -> None:
    with platform_scope("test"):
        assert list(balanced(NOW)) == []


def test_its_fee_is_booked_once_and_is_no_payers(counter: Counter, paid: Invoice) -> None:
    before = balances("retail")
    for _ in range(3):
        tell(counter, "open", TOOK)
    after = balances("retail")
    assert after == before | {"cash": before["cash"] - 400 - 1500, "disputed": 400, "fees": before["fees"] + 1500}
    assert (row().fee, row().fee_currency) == (1500, "EUR")
    tell(counter, "lost", TOOK)
    assert balances("retail")["fees"] == before["fees"] + 1500
    assert now(paid).open_minor == 400
    # Neither side's statement of account has a line for it: it is between the reseller and the processor.
    for person, side, account in (("rosa", "sent", counter.world.carl.ref), ("carl", "received", "")):
        with counter.world.scope(person) as actor:
            found = account_statements.account_statement(actor, side=side, account=account, at=NOW)
        assert [each.kind for each in found.rows][-2:] == ["dispute", "dispute-lost"]
        assert all(1500 not in (each.amount, each.paid, each.charged) for each in found.rows)
    whole()


@pytest.mark.parametrize(("back", "fee"), [(GAVE, 1500), (GAVE_WITH_FEE, 0)])
def test_what_of_the_fee_comes_back_is_booked_too(counter: Counter, paid: Invoice, back: Moved, fee: int) -> None:
    before = balances("retail")
    tell(counter, "open", TOOK)
    tell(counter, "won", TOOK, back)
    assert balances("retail") == before | {"cash": before["cash"] - fee, "fees": before["fees"] + fee}
    assert (row().state, row().fee) == ("won", fee)
    assert now(paid).state == "paid"
    whole()


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_any_order_comes_to_the_same(counter: Counter, paid: Invoice, order: tuple[int, ...]) -> None:
    """Of four answers, of which one is older than what is known already, each twice."""
    before = balances("retail")
    for place in order:
        state, moves = HISTORY[place]
        for _ in range(2):
            tell(counter, state, *moves)
    assert (row().state, row().moves, row().fee) == ("lost", 3, 1500)
    assert now(paid).open_minor == 400
    after = before | {"cash": before["cash"] - 400 - 1500, "receivable": 400, "fees": before["fees"] + 1500}
    assert balances("retail") == after
    whole()


def test_what_is_won_after_it_was_lost_pays_the_invoice(counter: Counter, paid: Invoice) -> None:
    before = balances("retail")
    for state, moves in HISTORY[:3]:
        tell(counter, state, *moves)
    assert (now(paid).state, now(paid).open_minor) == ("paid", 0)
    assert balances("retail") == before | {"cash": before["cash"] - 1500, "fees": before["fees"] + 1500}
    assert row().decisions == 2
    assert story(counter.world.carl, "dispute.") == ["dispute.opened", "dispute.lost", "dispute.won"]
    # And is lost in the end.
    tell(counter, "lost", *HISTORY[3][1])
    assert now(paid).open_minor == 400
    assert row().decisions == 3
    whole()


def test_what_comes_back_while_it_stays_lost_pays_the_invoice(counter: Counter, paid: Invoice) -> None:
    """The processor may give money back and never say that it was won."""
    tell(counter, "open", TOOK)
    tell(counter, "lost", TOOK)
    assert now(paid).open_minor == 400
    tell(counter, "lost", TOOK, GAVE)
    assert (now(paid).state, row().state) == ("paid", "won")
    whole()


@pytest.mark.parametrize("early", [True, False])
def test_of_what_comes_back_in_part_the_rest_is_owed(counter: Counter, paid: Invoice, early: bool) -> None:
    """Some of it had been refunded before the bank took all: it comes back, before it is decided or after."""
    before = balances("retail")
    tell(counter, "open", TOOK)
    if early:
        tell(counter, "open", TOOK, GAVE_SOME)
    else:
        tell(counter, "lost", TOOK)
    for _ in range(2):
        tell(counter, "lost", TOOK, GAVE_SOME)
    assert (now(paid).open_minor, row().amount, row().state) == (100, 100, "lost")
    after = before | {"cash": before["cash"] - 100 - 1500, "receivable": 100, "fees": before["fees"] + 1500}
    assert balances("retail") == after
    tell(counter, "won", TOOK, GAVE_SOME, Moved("txn_3", 100, 0, "EUR"))
    assert (now(paid).state, row().amount) == ("paid", 400)
    whole()


def test_a_bank_that_asked_and_was_content_may_take_it_all_the_same(counter: Counter, paid: Invoice) -> None:
    before = balances("retail")
    asked = Contested("dp_1", "won", 400, "EUR", "pi_1", "general", None, False)
    counter.gateway.disputes["dp_1"] = asked
    counter.deliver(counter.gateway.tell("charge.dispute.updated", "dp_1", NOW), NOW)
    run_due_jobs(at=NOW)
    assert balances("retail") == before
    tell(counter, "open", TOOK)
    assert balances("retail")["disputed"] == 400
    tell(counter, "lost", TOOK)
    assert now(paid).open_minor == 400
    whole()


def test_where_the_invoice_was_paid_otherwise_meanwhile_it_is_paid_ahead(counter: Counter, paid: Invoice) -> None:
    tell(counter, "open", TOOK)
    tell(counter, "lost", TOOK)
    pays_ahead(counter, 300, paid.currency, key="ahead")
    assert collect(counter, paid) != "" or now(paid).open_minor == 100
    run_due_jobs(at=NOW)
    left = now(paid).open_minor
    tell(counter, "won", TOOK, GAVE)
    assert now(paid).state == "paid"
    with platform_scope("test"):
        ahead = prepaid_balance(counter.world.rosa.id, counter.world.carl.id, "retail", paid.currency)
    assert ahead == 400 - left
    assert sum(balances("retail").values()) == 0
    whole()


def test_what_another_invoice_was_paid_from_pays_it_again(counter: Counter) -> None:
    """It was owed again because of this money: it would be dunned, with the money lying beside it."""
    world, first = counter.world, issued(counter.world)
    counter.enter_card()
    collect(counter, first)
    run_due_jobs(at=NOW)
    with world.scope("rosa") as rosa:
        credit_invoice(ref=first.ref, reason="goodwill", actor=rosa, at=NOW)
    gross = first.gross_minor
    second = make_invoice(world.rosa, world.carl, number=77, list_minor=gross, net_minor=gross, gross_minor=gross)
    with platform_scope("test"), transaction.atomic():
        post_issue(world, gross)
    collect(counter, second)
    run_due_jobs(at=NOW)
    assert now(second).state == "paid"
    tell(counter, "open", TOOK)
    tell(counter, "lost", TOOK)
    assert now(second).open_minor == 400
    tell(counter, "won", TOOK, GAVE)
    assert (now(second).state, now(first).state) == ("paid", "credited")
    assert not {"receivable", "prepaid"} & {name for name, minor in balances("retail").items() if minor}
    whole()


def test_a_fee_in_the_currency_of_the_account_is_booked_in_it(counter: Counter, paid: Invoice) -> None:
    yen = Moved("txn_1", -65000, 1700, "JPY")
    tell(counter, "open", yen)
    tell(counter, "open", yen)
    with platform_scope("test"):
        [entry] = LedgerEntry.objects.filter(key__startswith="fee:")
        told = {each.code: (each.minor, each.currency) for each in entry.postings.all()}
    assert told == {"fees": (1700, "JPY"), "cash": (-1700, "JPY")}
    assert (row().fee, row().fee_currency) == (1700, "JPY")
    whole()


def test_so_is_the_fee_of_a_payment(counter: Counter) -> None:
    invoice = issued(counter.world)
    counter.enter_card()
    made = counter.gateway.charge

    def in_yen(*given: Any, **more: Any) -> Any:
        return replace(made(*given, **more), fee=55, fee_currency="JPY")

    counter.gateway.charge = in_yen  # type: ignore[method-assign]  # the double's
    collect(counter, invoice)
    run_due_jobs(at=NOW)
    assert now(invoice).state == "paid"
    with platform_scope("test"):
        [entry] = LedgerEntry.objects.filter(key__startswith="fee:")
        told = {each.code: (each.minor, each.currency) for each in entry.postings.all()}
    assert told == {"fees": (55, "JPY"), "cash": (-55, "JPY")}
    whole()


def test_of_what_the_vendor_collects_it_bears_the_fee_and_the_reseller_has_its_money_again(
    desk: Counter,  # noqa: F811  # the fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = desk.world
    collected(desk, 10000)
    fees = balances()["fees"]
    for state, moves in HISTORY[:3]:
        tell(desk, state, *moves, at=AT)
        if state == "lost":
            assert owed(world) == 9600
    assert owed(world) == 10000
    assert balances()["fees"] == fees + 1500
    assert "fees" not in balances("retail")
    made = pays(world, 10000)
    told: list[PaidOut] = []

    def keep(what: PaidOut, letterhead: object) -> bytes:
        told.append(what)
        return b"%PDF-"

    monkeypatch.setattr(payout_queries, "render_payout", keep)
    with world.scope("rosa") as rosa:
        payout_queries.payout_file(rosa, made.ref)
    words = [str(each["name"]) for each in payout_data(told[0])["rows"]]
    assert [word for word in words if "dispute" in word] == ["Lost in a dispute", "Came back after a dispute"]
    tell(desk, "lost", *HISTORY[3][1], at=AT)
    with platform_scope("test"):
        assert payable_balance(world.vendor.id, world.rosa.id, "EUR") == -400
        assert list(balanced(AT)) == []


def test_page_and_api_say_what_it_cost(counter: Counter, paid: Invoice) -> None:
    tell(counter, "open", TOOK)
    world = counter.world
    with platform_scope("test"):
        payment = Payment.objects.get()
    with world.scope("rosa") as rosa:
        [shown] = payment_shown(rosa, payment.ref).disputes
    assert (shown.fee, shown.fee_currency) == (1500, "EUR")
    caller = make_caller(world, "rosa", rights={"billing": "view"})
    [told] = caller.get(f"/payments/{payment.ref}").body["disputes"]
    assert (told["fee"], told["fee_currency"], told["state"]) == (1500, "EUR", "open")
    page = world.browser("rosa").get(f"/reseller/{world.rosa.ref}/money/payments/{payment.ref}/")
    assert "fee of the processor €15.00" in page.content.decode()

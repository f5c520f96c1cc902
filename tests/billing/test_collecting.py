"""From an issued invoice to the books: collected once, booked once, and what is over is paid ahead."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from sublet.accounts.models import Account
from sublet.billing.gateway import Contested, Refunded
from sublet.billing.models import Invoice
from sublet.billing.models.payments import Dispute, GatewayAccount, Payment
from sublet.billing.operations import charges, credit_invoice, gateways, issue_invoice, methods
from sublet.billing.operations.collecting import CannotCollectInvoice, collect_invoice, collect_issued
from sublet.billing.operations.money_moved import book, note_paid
from sublet.billing.operations.refunds import note_refund, refund_payment
from sublet.billing.queries.paid_ahead import prepaid_balance
from sublet.core import ledger
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.scope import platform_scope
from sublet.subscriptions.models import TrialIdentity
from sublet.subscriptions.queries.may_try import card_digest, every_identity
from tests.billing.payments import HOOK, Counter, machine
from tests.billing.rows import make_invoice
from tests.billing.selling import balances, day, furnish, invoices, make_terms, marks_up, run
from tests.people import World

NOW = day("2026-04-03", 10)


def issued(world: World, **terms: str) -> Invoice:
    """Rosa's first invoice to Carl."""
    furnish(world, retail=True)
    if terms:
        make_terms(world.rosa, world.carl, **terms)
    marks_up(world.rosa)
    run(day("2026-04-02"))
    draft = invoices("retail")[0]
    with world.scope("rosa") as rosa:
        return issue_invoice(ref=draft.ref, actor=rosa, at=NOW)


def now(invoice: Invoice) -> Invoice:
    with platform_scope("test"):
        return Invoice.objects.get(id=invoice.id)


def collect(counter: Counter, invoice: Invoice, person: str = "rosa") -> str:
    with counter.world.scope(person) as actor:
        return collect_invoice(invoice=invoice.ref, actor=actor, at=NOW)


def test_an_invoice_is_collected_and_booked_once(counter: Counter) -> None:
    invoice = issued(counter.world)
    counter.enter_card()
    before = balances("retail")["receivable"]
    assert before == invoice.gross_minor
    ref = collect(counter, invoice)
    run_due_jobs(at=NOW)
    assert (now(invoice).state, now(invoice).paid_minor) == ("paid", invoice.gross_minor)
    booked = balances("retail")
    assert "receivable" not in booked
    assert (booked["cash"], booked["fees"]) == (invoice.gross_minor - 30, 30)
    assert sum(booked.values()) == 0
    with platform_scope("test"):
        payment = Payment.objects.get(ref=ref)
        for _ in range(2):  # told again, nothing is booked again
            with transaction.atomic():
                charges.settle(payment.id, counter.gateway.intents["pi_1"], actor=machine(), at=NOW)
    assert balances("retail") == booked
    with pytest.raises(CannotCollectInvoice) as fault:
        collect(counter, invoice)
    assert fault.value.code == "not-open"


def test_the_schedule_collects_what_can_be_paid_once(counter: Counter) -> None:
    invoice = issued(counter.world)
    assert collect_issued(actor=machine(), at=NOW) == 0
    counter.enter_card()
    assert [collect_issued(actor=machine(), at=NOW) for _ in range(3)] == [1, 0, 0]
    run_due_jobs(at=NOW)
    assert now(invoice).state == "paid"
    assert len(counter.gateway.charges()) == 1


def test_who_cannot_pay_keeps_nobody_waiting(counter: Counter) -> None:
    """However many invoices are older, they are not even looked at; and who pays is found on whichever page."""
    world = counter.world

    def asked() -> int:
        with CaptureQueriesContext(connection) as statements:
            assert collect_issued(actor=machine(), at=NOW, size=2) == 0
        return len(statements)

    one = [make_invoice(world.rosa, world.elan, number=1)]
    for_one = asked()
    five = [*one, *(make_invoice(world.rosa, world.elan, number=number) for number in range(2, 6))]
    assert asked() == for_one
    carls = make_invoice(world.rosa, world.carl, number=6)
    counter.enter_card()
    assert collect_issued(actor=machine(), at=NOW, size=2) == 1
    counter.enter_card(number=2, payer=world.elan)
    assert collect_issued(actor=machine(), at=NOW, size=2) == 5
    run_due_jobs(at=NOW)
    assert {now(each).state for each in (*five, carls)} == {"paid"}


def test_a_card_at_another_processor_or_one_that_was_removed_pays_nothing(counter: Counter) -> None:
    by_rosa = make_invoice(counter.world.rosa, counter.world.carl, number=1)
    by_vendor = make_invoice(counter.world.rosa, counter.world.carl, number=2, collected_by="vendor")
    method = counter.enter_card()
    with counter.world.scope("rosa") as rosa:
        methods.remove_method(ref=method.ref, actor=rosa, at=NOW)
    assert collect_issued(actor=machine(), at=NOW) == 0
    counter.enter_card(number=2)
    assert collect_issued(actor=machine(), at=NOW) == 1
    run_due_jobs(at=NOW)
    assert (now(by_rosa).state, now(by_vendor).state) == ("paid", "issued")


def test_what_somebody_else_collects_is_not_collected_here(counter: Counter) -> None:
    furnish(counter.world)
    make_terms(counter.world.rosa, counter.world.carl, collected_by="nobody")
    run(day("2026-04-02"))
    assert invoices("retail") == []


def test_a_refund_makes_it_owed_again_and_what_is_paid_twice_is_paid_ahead(counter: Counter) -> None:
    invoice = issued(counter.world)
    counter.enter_card()
    ref = collect(counter, invoice)
    run_due_jobs(at=NOW)
    with counter.world.scope("rosa") as rosa:
        refund_payment(payment=ref, amount=500, actor=rosa, at=NOW)
    run_due_jobs(at=NOW)
    assert (now(invoice).state, now(invoice).open_minor) == ("partly-paid", 500)
    collect(counter, invoice)

    def the_bank_pays_too(call: str) -> None:
        if call == "charge":
            with platform_scope("test"):
                note_paid(now(invoice), 300, by="test", at=NOW)

    counter.gateway.after = the_bank_pays_too
    run_due_jobs(at=NOW)
    assert (now(invoice).state, now(invoice).open_minor) == ("paid", 0)
    with platform_scope("test"):
        ahead = prepaid_balance(counter.world.rosa.id, counter.world.carl.id, "retail", invoice.currency)
    assert ahead == 300
    assert sum(balances("retail").values()) == 0


def pays_ahead(counter: Counter, minor: int, currency: str, key: str = "ahead") -> None:
    """Carl has given Rosa money that is on no invoice."""
    with platform_scope("test"), transaction.atomic():
        book(
            owner=counter.world.rosa.id, book="retail", debtor=counter.world.carl.id, key=key, about="", minor=minor,
            currency=currency, postings=ledger.payment("retail", minor, currency, prepaid=minor), by="test", at=NOW,
        )  # fmt: skip


@pytest.mark.parametrize("why", ["no-method", "no-gateway"])
def test_what_was_paid_ahead_is_used_also_where_nothing_can_be_charged(counter: Counter, why: str) -> None:
    invoice = issued(counter.world)
    pays_ahead(counter, 700, invoice.currency)
    if why == "no-gateway":
        with counter.world.scope("rosa") as rosa:
            gateways.disconnect_gateway(actor=rosa, at=NOW)
    with pytest.raises(Refusal) as fault:
        collect(counter, invoice)
    assert fault.value.code == why
    assert (now(invoice).state, now(invoice).paid_minor) == ("partly-paid", 700)
    assert "prepaid" not in balances("retail")
    assert sum(balances("retail").values()) == 0
    pays_ahead(counter, invoice.gross_minor, invoice.currency, key="more")
    assert collect_issued(actor=machine(), at=NOW) == 0
    assert (now(invoice).state, balances("retail")["prepaid"]) == ("paid", -700)


def test_what_was_paid_ahead_is_not_used_beside_a_payment_that_is_on_its_way(counter: Counter) -> None:
    invoice = issued(counter.world)
    counter.enter_card("slow")
    collect(counter, invoice)
    run_due_jobs(at=NOW)
    pays_ahead(counter, 700, invoice.currency)
    with pytest.raises(Refusal) as fault:
        collect(counter, invoice)
    assert fault.value.code == "in-flight"
    assert (now(invoice).paid_minor, balances("retail")["prepaid"]) == (0, -700)


def test_what_was_paid_ahead_pays_the_same_again_after_a_dispute(counter: Counter) -> None:
    invoice = issued(counter.world)
    counter.enter_card()
    collect(counter, invoice)
    run_due_jobs(at=NOW)
    for number in (1, 2):
        counter.gateway.disputes[f"dp_{number}"] = Contested(
            f"dp_{number}", "lost", 400, invoice.currency, "pi_1", "fraudulent", None
        )
        counter.deliver(counter.gateway.tell("charge.dispute.closed", f"dp_{number}", NOW), NOW)
        run_due_jobs(at=NOW)
        assert now(invoice).open_minor == 400
        pays_ahead(counter, 400, invoice.currency, key=f"ahead {number}")
        assert collect(counter, invoice) == ""
        assert (now(invoice).state, balances("retail").get("prepaid", 0)) == ("paid", 0)
    assert sum(balances("retail").values()) == 0


def test_a_fee_that_is_more_than_was_paid_is_booked_whole(counter: Counter) -> None:
    """The processor keeps a fixed part of each payment, also of one over a cent."""
    gross = 1
    invoice = make_invoice(
        counter.world.rosa, counter.world.carl, number=77, list_minor=gross, net_minor=gross, gross_minor=gross
    )
    counter.enter_card()
    collect(counter, invoice)
    run_due_jobs(at=NOW)
    found = balances("retail")
    assert (now(invoice).state, found["fees"], found["cash"]) == ("paid", 30, -29)


def test_a_lost_dispute_is_owed_again(counter: Counter) -> None:
    invoice = issued(counter.world)
    counter.enter_card()
    collect(counter, invoice)
    run_due_jobs(at=NOW)
    for state in ("open", "lost"):
        counter.gateway.disputes["dp_1"] = Contested("dp_1", state, 400, invoice.currency, "pi_1", "fraudulent", None)
        counter.deliver(counter.gateway.tell("charge.dispute.updated", "dp_1", NOW), NOW)
        run_due_jobs(at=NOW)
    assert (now(invoice).state, now(invoice).open_minor) == ("partly-paid", 400)
    assert sum(balances("retail").values()) == 0
    assert "disputed" not in balances("retail")


def contest(counter: Counter, state: str, amount: int, currency: str, *, taken: bool = True) -> None:
    """The processor tells of it."""
    counter.gateway.disputes["dp_1"] = Contested("dp_1", state, amount, currency, "pi_1", "general", None, taken)
    counter.deliver(counter.gateway.tell("charge.dispute.updated", "dp_1", NOW), NOW)
    run_due_jobs(at=NOW)


def test_a_bank_that_only_asks_has_taken_nothing(counter: Counter) -> None:
    invoice = issued(counter.world)
    counter.enter_card()
    collect(counter, invoice)
    run_due_jobs(at=NOW)
    before = balances("retail")
    for state in ("open", "won"):
        contest(counter, state, 400, invoice.currency, taken=False)
        assert balances("retail") == before
    with platform_scope("test"):
        assert [(row.state, row.amount) for row in Dispute.objects.all()] == [("won", 400)]
    assert now(invoice).state == "paid"


def test_a_bank_that_asks_first_and_takes_then_is_booked_when_it_takes(counter: Counter) -> None:
    invoice = issued(counter.world)
    counter.enter_card()
    collect(counter, invoice)
    run_due_jobs(at=NOW)
    before = balances("retail")
    contest(counter, "open", 400, invoice.currency, taken=False)
    for _ in range(2):
        contest(counter, "open", 400, invoice.currency)
        assert balances("retail") == before | {"cash": before["cash"] - 400, "disputed": 400}
    contest(counter, "lost", 400, invoice.currency)
    assert balances("retail") == before | {"cash": before["cash"] - 400, "receivable": 400}


def test_a_dispute_that_is_lost_takes_what_was_paid_ahead_first(counter: Counter) -> None:
    """Else it would be given twice: to the bank, and to the next invoice."""
    world = counter.world
    invoice = issued(world)
    counter.enter_card()
    collect(counter, invoice)
    run_due_jobs(at=NOW)
    with platform_scope("test"), transaction.atomic():
        book(
            owner=world.rosa.id, book="retail", debtor=world.carl.id, key="ahead", about="", minor=300,
            currency=invoice.currency, by="Test", at=NOW,
            postings=ledger.payment("retail", 300, invoice.currency, prepaid=300),
        )  # fmt: skip
    contest(counter, "open", 400, invoice.currency)
    contest(counter, "lost", 400, invoice.currency)
    assert now(invoice).open_minor == 100
    with platform_scope("test"):
        assert prepaid_balance(world.rosa.id, world.carl.id, "retail", invoice.currency) == 0
    assert balances("retail")["receivable"] == 100
    assert sum(balances("retail").values()) == 0


@pytest.fixture
def passed_on(counter: Counter) -> tuple[str, Invoice, Invoice]:
    """A payment whose invoice was credited, and another invoice that is paid from that: of 100 more, which a card has paid."""
    world, first = counter.world, issued(counter.world)
    counter.enter_card()
    ref = collect(counter, first)
    run_due_jobs(at=NOW)
    with world.scope("rosa") as rosa:
        credit_invoice(ref=first.ref, reason="goodwill", actor=rosa, at=NOW)
    gross = first.gross_minor + 100
    second = make_invoice(world.rosa, world.carl, number=77, list_minor=gross, net_minor=gross, gross_minor=gross)
    with platform_scope("test"), transaction.atomic():
        post_issue(world, gross)
    collect(counter, second)
    run_due_jobs(at=NOW)
    assert (now(first).state, now(second).state) == ("credited", "paid")
    assert not {"receivable", "prepaid"} & set(balances("retail"))
    return ref, first, now(second)


def post_issue(world: World, gross: int) -> None:
    """What `write_issued` posts, for an invoice that was made straight in the database."""
    book(
        owner=world.rosa.id, book="retail", debtor=world.carl.id, key="issued", about="", minor=gross, currency="EUR",
        by="Test", at=NOW, postings=ledger.entry("retail", "EUR", receivable=gross, unbilled=-gross),
    )  # fmt: skip


def test_what_goes_back_after_it_paid_another_invoice_is_owed_on_that_one(
    counter: Counter, passed_on: tuple[str, Invoice, Invoice]
) -> None:
    """Else it would be owed on none, and nobody would ask for it."""
    ref, first, second = passed_on
    with counter.world.scope("rosa") as rosa:
        refund = refund_payment(payment=ref, amount=first.gross_minor, actor=rosa, at=NOW)
    run_due_jobs(at=NOW)
    assert (now(first).state, now(first).open_minor) == ("credited", 0)
    assert (now(second).state, now(second).open_minor) == ("partly-paid", first.gross_minor)
    assert balances("retail")["receivable"] == first.gross_minor
    with platform_scope("test"), transaction.atomic():
        row = Payment.objects.select_related("payer", "gateway").get(ref=ref)
        failed = Refunded("re_1", "failed", first.gross_minor, "EUR", row.intent, refund, "expired_or_canceled_card")
        note_refund(failed, row, actor=machine(), at=NOW)
    assert now(second).state == "paid"  # it pays it again at once
    assert not {"receivable", "prepaid"} & set(balances("retail"))


def test_what_the_bank_takes_back_after_it_paid_another_invoice_is_owed_on_that_one(
    counter: Counter, passed_on: tuple[str, Invoice, Invoice]
) -> None:
    _ref, first, second = passed_on
    contest(counter, "open", 400, first.currency)
    contest(counter, "lost", 400, first.currency)
    assert (now(first).open_minor, now(second).open_minor) == (0, 400)
    assert balances("retail")["receivable"] == 400


def test_what_goes_back_of_money_that_was_for_no_invoice_is_owed_on_the_one_that_it_paid(counter: Counter) -> None:
    world = counter.world
    furnish(world, retail=True)
    counter.enter_card()
    payment = counter.start(amount=2900, invoice="")
    run_due_jobs(at=NOW)
    invoice = make_invoice(world.rosa, world.carl, number=78)
    with platform_scope("test"), transaction.atomic():
        post_issue(world, 2900)
    assert collect(counter, invoice) == ""
    assert now(invoice).state == "paid"
    with world.scope("rosa") as rosa:
        refund = refund_payment(payment=payment.ref, amount=2900, actor=rosa, at=NOW)
    run_due_jobs(at=NOW)
    assert (now(invoice).open_minor, balances("retail")["receivable"]) == (2900, 2900)
    with platform_scope("test"), transaction.atomic():
        row = Payment.objects.select_related("payer", "gateway").get(ref=payment.ref)
        failed = Refunded("re_1", "failed", 2900, "EUR", row.intent, refund, "expired_or_canceled_card")
        note_refund(failed, row, actor=machine(), at=NOW)
    assert (now(invoice).state, "receivable" in balances("retail")) == ("paid", False)


def test_what_comes_back_of_a_refund_after_it_was_paid_anew_is_paid_ahead(counter: Counter) -> None:
    world = counter.world
    invoice = issued(world)
    counter.enter_card()
    paid = collect(counter, invoice)
    run_due_jobs(at=NOW)
    with world.scope("rosa") as rosa:
        refund = refund_payment(payment=paid, amount=500, actor=rosa, at=NOW)
    run_due_jobs(at=NOW)
    collect(counter, invoice)
    run_due_jobs(at=NOW)
    assert now(invoice).state == "paid"
    with platform_scope("test"), transaction.atomic():
        row = Payment.objects.select_related("payer", "gateway").get(ref=paid)
        failed = Refunded("re_1", "failed", 500, invoice.currency, row.intent, refund, "expired_or_canceled_card")
        note_refund(failed, row, actor=machine(), at=NOW)
    assert (now(invoice).open_minor, now(invoice).paid_minor) == (0, invoice.gross_minor)
    with platform_scope("test"):
        assert prepaid_balance(world.rosa.id, world.carl.id, "retail", invoice.currency) == 500
    assert "receivable" not in balances("retail")


def collected_by_vendor(counter: Counter) -> tuple[Invoice, Invoice]:
    """Carl's invoice, paid to the vendor for Rosa, and Rosa's own, paid from it."""
    world = counter.world
    invoice = issued(world, collected_by="vendor")
    with world.scope("vera") as vera:
        owed = issue_invoice(ref=invoices("wholesale")[0].ref, actor=vera, at=NOW)
        gateways.connect_gateway(key="rk_test_51VeraVantageApps9z", hook_secret=HOOK, actor=vera, at=NOW)
    run_due_jobs(at=NOW)
    with platform_scope("test"):
        counter.account = GatewayAccount.objects.get(account=world.vendor)
    counter.enter_card()
    collect(counter, invoice)
    run_due_jobs(at=NOW)
    return invoice, owed


@pytest.mark.parametrize("end", ["won", "lost"])
def test_a_dispute_of_what_the_vendor_collected_is_in_both_books(counter: Counter, end: str) -> None:
    invoice, _owed = collected_by_vendor(counter)
    retail, wholesale = balances("retail"), balances("wholesale")
    contest(counter, "open", 400, invoice.currency)
    assert balances("wholesale") == wholesale | {"cash": wholesale["cash"] - 400, "disputed": 400}
    assert balances("retail") == retail | {"cash": retail["cash"] - 400, "disputed": 400}
    contest(counter, end, 400, invoice.currency)
    if end == "won":
        assert (balances("retail"), balances("wholesale")) == (retail, wholesale)
        return
    # The vendor's money is gone, and so is what it owed Rosa for it; Carl owes Rosa again.
    gone = {"cash": wholesale["cash"] - 400, "payable": wholesale["payable"] + 400}
    assert balances("wholesale") == {code: minor for code, minor in (wholesale | gone).items() if minor}
    assert balances("retail") == retail | {"cash": retail["cash"] - 400, "receivable": 400}


def test_what_the_vendor_collects_pays_the_resellers_debt_and_the_rest_is_its_margin(counter: Counter) -> None:
    invoice, owed = collected_by_vendor(counter)
    assert (now(invoice).state, now(owed).state) == ("paid", "paid")
    booked = balances("wholesale")
    assert booked["payable"] == -(invoice.gross_minor - owed.gross_minor)
    assert "receivable" not in booked
    assert sum(booked.values()) == sum(balances("retail").values()) == 0


def test_anothers_invoice_is_not_collected(counter: Counter) -> None:
    invoice = issued(counter.world)
    counter.enter_card()
    with pytest.raises(NotFound):
        collect(counter, invoice, "remo")
    assert counter.gateway.charges() == []


def test_a_card_is_told_to_whoever_gives_trials(counter: Counter) -> None:
    """A trial that is had once for each card: by a digest, in whatever account the card comes back."""
    counter.enter_card(number=7)
    with platform_scope("test"):
        carl = Account.objects.get(id=counter.world.carl.id)
        found = {(each.kind, each.digest) for each in every_identity(carl)}
        assert ("card", card_digest("fp_7")) in found
        assert not TrialIdentity.objects.filter(kind="card").exists()


@pytest.mark.parametrize(("amount", "left"), [(500, 0), (None, 0), (1, 0)])
def test_what_goes_back_is_credited_where_that_was_wished(counter: Counter, amount: int | None, left: int) -> None:
    """As much as went back, to the cent; the invoice is owed no longer, and nothing is paid ahead."""
    world, invoice = counter.world, issued(counter.world)
    counter.enter_card()
    ref = collect(counter, invoice)
    run_due_jobs(at=NOW)
    back = amount or invoice.gross_minor
    with world.scope("rosa") as rosa:
        refund_payment(payment=ref, amount=back, credit=True, actor=rosa, at=NOW)
    assert now(invoice).credited_minor == 0  # not before the money is back
    run_due_jobs(at=NOW)
    row = now(invoice)
    assert (row.open_minor, row.credited_minor, row.paid_minor) == (left, back, invoice.gross_minor - back)
    with platform_scope("test"):
        note = Invoice.objects.get(kind="credit")
        ahead = prepaid_balance(world.rosa.id, world.carl.id, "retail", invoice.currency)
    assert (-note.gross_minor, ahead) == (back, 0)
    booked = balances("retail")
    assert sum(booked.values()) == 0
    assert "receivable" not in booked


def test_without_that_wish_it_is_owed_again(counter: Counter) -> None:
    invoice = issued(counter.world)
    counter.enter_card()
    ref = collect(counter, invoice)
    run_due_jobs(at=NOW)
    with counter.world.scope("rosa") as rosa:
        refund_payment(payment=ref, amount=500, actor=rosa, at=NOW)
    run_due_jobs(at=NOW)
    assert (now(invoice).open_minor, now(invoice).credited_minor) == (500, 0)


def test_who_only_collects_cannot_credit(counter: Counter) -> None:
    counter.enter_card()
    payment = counter.start(invoice="")
    run_due_jobs(at=NOW)
    with counter.world.scope("rosa") as rosa, pytest.raises(Refusal) as fault:
        refund_payment(payment=payment.ref, amount=500, credit=True, actor=rosa, at=NOW)
    assert fault.value.code == "no-credit"


def test_what_is_paid_ahead_pays_what_a_card_did_not_and_no_card_is_charged_for_the_rest(counter: Counter) -> None:
    """The card was declined; then an invoice that was paid is credited. Nobody is dunned for what is there already."""
    world = counter.world
    counter.enter_card(bank="insufficient_funds")
    declined = make_invoice(world.rosa, world.carl, number=1)
    assert collect_issued(actor=machine(), at=NOW) == 1
    run_due_jobs(at=NOW)
    asked = counter.gateway.calls.count("charge")
    for ahead, left in ((900, 2000), (2000, 0)):
        with platform_scope("test"), transaction.atomic():
            book(
                owner=world.rosa.id, book="retail", debtor=world.carl.id, key=f"bank:{ahead}", about="", minor=ahead,
                currency="EUR", by="test", at=NOW, postings=ledger.payment("retail", ahead, "EUR", prepaid=ahead),
            )  # fmt: skip
        collect_issued(actor=machine(), at=NOW)
        run_due_jobs(at=NOW)
        assert now(declined).open_minor == left
    assert now(declined).state == "paid"
    assert counter.gateway.calls.count("charge") == asked

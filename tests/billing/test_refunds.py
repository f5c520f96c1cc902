"""Money back: never more than was paid, once for one wish, and asked after until it is known."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from sublet.billing.gateway import Declined, GatewayFault, KeyRefused, NotThere, Refunded
from sublet.billing.models.payments import Payment
from sublet.billing.operations.refunds import (
    CannotLookAtRefundAgain,
    CannotRefundPayment,
    look_at_refund_again,
    note_refund,
    refund_payment,
)
from sublet.foundation.clock import now
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.scope import platform_scope
from tests.billing.gateway_in_memory import cut_once
from tests.billing.payments import MINUTE, Counter, machine, story
from tests.people import AT
from tests.portals.api.caller import make_caller

LATER = AT + 24 * 60 * MINUTE


@pytest.fixture
def paid(counter: Counter) -> Payment:
    counter.enter_card()
    payment = counter.start(amount=4900)
    counter.work()
    return counter.now(payment)


def give_back(counter: Counter, payment: Payment, amount: int, once: str = "", person: str = "rosa") -> str:
    with counter.world.scope(person) as actor:
        return refund_payment(payment=payment.ref, amount=amount, once=once, actor=actor, at=AT)


def test_a_part_and_the_rest_go_back_and_not_a_cent_more(counter: Counter, paid: Payment) -> None:
    first = give_back(counter, paid, 1900)
    counter.work()
    assert counter.refund(first).state == "succeeded"
    with pytest.raises(CannotRefundPayment) as fault:
        give_back(counter, paid, 3001)
    assert fault.value.code == "too-much"
    give_back(counter, paid, 3000)
    counter.work()
    assert sum(each.amount for each in counter.gateway.refunds.values()) == 4900 == counter.now(paid).refunded
    with pytest.raises(CannotRefundPayment):
        give_back(counter, paid, 1)
    assert story(counter.world.carl, "refund.") == ["refund.started", "refund.succeeded"] * 2


def test_the_database_itself_refuses_to_give_back_more_than_was_paid(counter: Counter, paid: Payment) -> None:
    with platform_scope("test"), pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.filter(id=paid.id).update(refunded=4901)


def test_a_double_click_gives_back_once(counter: Counter, paid: Payment) -> None:
    first = give_back(counter, paid, 1000, once="form-1")
    assert give_back(counter, paid, 1000, once="form-1") == first
    counter.work()
    assert [each.amount for each in counter.gateway.refunds.values()] == [1000]


def test_what_was_not_paid_is_not_given_back(counter: Counter) -> None:
    counter.enter_card("insufficient_funds")
    payment = counter.start()
    counter.work()
    with pytest.raises(CannotRefundPayment) as fault:
        give_back(counter, payment, 100)
    assert fault.value.code == "not-paid"


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_is_no_amount_to_give_back(counter: Counter, paid: Payment, amount: int) -> None:
    with pytest.raises(CannotRefundPayment) as fault:
        give_back(counter, paid, amount)
    assert fault.value.code == "amount"


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_line_that_is_cut_gives_back_once(counter: Counter, paid: Payment, where: str) -> None:
    setattr(counter.gateway, where, cut_once("refund"))
    ref = give_back(counter, paid, 1000)
    counter.work()
    assert counter.refund(ref).state == "unknown"
    counter.after(2)  # the schedule of payments looks after refunds, too
    from sublet.billing.operations.refunds import ask_unknown_refunds

    with platform_scope("test"):
        ask_unknown_refunds(actor=machine(), at=AT.replace(hour=10))
    counter.work(AT.replace(hour=10))
    assert counter.refund(ref).state == "succeeded"
    assert len(counter.gateway.refunds) == 1


REFUSED = [KeyRefused("key"), Declined("parameter_unknown"), NotThere("resource_missing")]


@pytest.mark.parametrize("fault", REFUSED, ids=lambda fault: type(fault).__name__)
def test_a_question_that_is_declined_frees_nothing_to_be_given_back_again(
    counter: Counter, paid: Payment, fault: GatewayFault
) -> None:
    counter.gateway.after = cut_once("refund")
    ref = give_back(counter, paid, 4900)
    counter.work()
    counter.gateway.before = cut_once("find_refund", fault=lambda: fault)
    counter.after(2)
    assert (counter.refund(ref).state, counter.now(paid).refunded) == ("unknown", 4900)
    with pytest.raises(CannotRefundPayment):
        give_back(counter, paid, 4900)
    counter.after(10)
    assert counter.refund(ref).state == "succeeded"
    assert [each.amount for each in counter.gateway.refunds.values()] == [4900]


def test_a_refund_that_the_processor_declines_has_failed_and_one_whose_key_it_refuses_is_unknown(
    counter: Counter, paid: Payment
) -> None:
    counter.gateway.before = cut_once("refund", fault=lambda: Declined("charge_already_refunded"))
    first = give_back(counter, paid, 1000)
    counter.work()
    counter.gateway.before = cut_once("refund", fault=lambda: KeyRefused("key"))
    second = give_back(counter, paid, 1000)
    counter.work()
    assert (counter.refund(first).state, counter.refund(first).code) == ("failed", "charge_already_refunded")
    assert (counter.refund(second).state, counter.refund(second).code) == ("unknown", "key")
    assert counter.now(paid).refunded == 1000


def test_a_refund_that_fails_can_be_given_again(counter: Counter, paid: Payment) -> None:
    ref = give_back(counter, paid, 4900)
    counter.work()
    with platform_scope("test"), transaction.atomic():
        row = Payment.objects.select_related("payer", "gateway").get(id=paid.id)
        note_refund(
            Refunded("re_1", "failed", 4900, "EUR", row.intent, ref, "expired_or_canceled_card"),
            row,
            actor=machine(),
            at=AT,
        )
    assert counter.refund(ref).state == "failed"
    assert counter.now(paid).refunded == 0
    give_back(counter, paid, 4900)


def test_what_somebody_gave_back_at_the_processor_is_taken_over_once(counter: Counter, paid: Payment) -> None:
    counter.gateway.refunds["re_9"] = Refunded("re_9", "succeeded", 900, "EUR", paid.intent)
    for _ in range(2):
        counter.deliver(counter.gateway.tell("refund.created", "re_9", AT))
        counter.work()
    assert counter.now(paid).refunded == 900
    with platform_scope("test"):
        assert [(each.amount, each.state) for each in paid.refunds.all()] == [(900, "succeeded")]


@pytest.fixture
def parked(counter: Counter, paid: Payment) -> str:
    """A refund that went through, and of which the processor never says so."""
    counter.gateway.after = cut_once("refund", times=99)
    ref = give_back(counter, paid, 1900)
    counter.work()
    counter.gateway.before = cut_once("find_refund", times=99)
    for minutes in (10, 20, 40, 80, 150, 300, 600, 900):
        counter.after(minutes)
    assert counter.refund(ref).state == "parked"
    counter.gateway.before = counter.gateway.after = lambda _call: None
    return ref


def look(counter: Counter, payment: Payment, refund: str, person: str = "rosa") -> None:
    with counter.world.scope(person) as actor:
        look_at_refund_again(payment=payment.ref, refund=refund, actor=actor, at=LATER)


def test_a_refund_that_is_parked_is_found_out_when_somebody_looks(counter: Counter, paid: Payment, parked: str) -> None:
    look(counter, paid, parked)
    assert counter.refund(parked).state == "unknown"
    counter.work(LATER)
    assert counter.refund(parked).state == "succeeded"
    assert [each.amount for each in counter.gateway.refunds.values()] == [1900]
    assert story(counter.world.carl, "refund.") == [
        "refund.started", "refund.parked", "refund.looked_again", "refund.succeeded"
    ]  # fmt: skip
    with pytest.raises(CannotLookAtRefundAgain) as fault:
        look(counter, paid, parked)
    assert fault.value.code == "settled"


def test_a_refund_is_looked_at_by_whom_it_concerns_and_with_its_payment(
    counter: Counter, paid: Payment, parked: str
) -> None:
    counter.enter_card()
    other = counter.start("inv_2")
    for payment, person in ((paid, "remo"), (paid, "carl"), (other, "rosa")):
        with pytest.raises((NotFound, Forbidden)):
            look(counter, payment, parked, person)
    assert counter.refund(parked).state == "parked"


def test_a_parked_refund_has_a_button(counter: Counter, paid: Payment, parked: str) -> None:
    base = f"/reseller/{counter.world.rosa.ref}/money/payments/{paid.ref}/"
    browser = counter.world.browser("rosa")
    again = f"{base}refunds/{parked}/again/"
    assert again in browser.get(base).content.decode()
    answer = browser.post(again)
    assert (answer.status_code, answer.headers["Location"]) == (302, base)
    run_due_jobs(at=now())
    assert counter.refund(parked).state == "succeeded"
    assert again not in browser.get(base).content.decode()
    theirs = again.replace(counter.world.rosa.ref, counter.world.remo.ref)
    assert counter.world.browser("remo").post(theirs).status_code == 404
    assert browser.post(again.replace(parked, "ref_nobodys")).status_code == 404


def test_a_parked_refund_is_looked_at_by_the_api(counter: Counter, paid: Payment, parked: str) -> None:
    rosa, remo = make_caller(counter.world, "rosa"), make_caller(counter.world, "remo")
    path = f"/payments/{paid.ref}/refunds/{parked}/look-again"
    assert remo.post(path).status == 404
    told = rosa.post(path)
    assert (told.status, [each["state"] for each in told["refunds"]]) == (202, ["unknown"])
    run_due_jobs(at=now())
    settled = rosa.post(path)
    assert (settled.status, settled.code) == (409, "cannot_look_at_refund_again.settled")
    assert counter.refund(parked).state == "succeeded"


def test_anothers_payment_is_not_there(counter: Counter, paid: Payment) -> None:
    with pytest.raises(NotFound):
        give_back(counter, paid, 100, person="remo")
    assert counter.now(paid).refunded == 0

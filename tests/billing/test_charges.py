"""Collecting: once, whatever the line, the bank, the process or a second finger does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import IntegrityError, transaction

from sublet.billing.gateway import MOST_CALLS, Declined, GatewayFault, KeyRefused, NotThere
from sublet.billing.gateway.stripe import LIMITS
from sublet.billing.models.payments import Payment
from sublet.billing.operations import charges, links
from sublet.billing.operations.charges import IN_HAND, CannotLookAgain, CannotStartPayment
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.scope import platform_scope
from tests.billing.gateway_in_memory import Cut, cut_once
from tests.billing.payments import MINUTE, Counter, machine, story
from tests.people import AT


def test_an_invoice_is_collected_by_the_stored_card(counter: Counter) -> None:
    method = counter.enter_card()
    payment = counter.start(amount=4900)
    assert payment.state == "started"
    counter.work()
    now = counter.now(payment)
    assert (now.state, now.method_id, now.fee, now.fee_currency) == ("succeeded", method.id, 30, "EUR")
    assert [(each.amount, each.currency, each.payment) for each in counter.gateway.charges()] == [
        (4900, "EUR", payment.ref)
    ]
    assert story(counter.world.carl) == ["payment.started", "payment.succeeded"]


def test_without_a_way_of_paying_nothing_begins(counter: Counter) -> None:
    with pytest.raises(CannotStartPayment) as fault:
        counter.start()
    assert fault.value.code == "no-method"
    assert counter.gateway.calls == []


@pytest.mark.parametrize("bank", ["insufficient_funds", "lost_card"])
def test_what_a_bank_declines_has_failed_and_can_be_tried_again(counter: Counter, bank: str) -> None:
    counter.enter_card(bank)
    first = counter.start()
    counter.work()
    assert (counter.now(first).state, counter.now(first).code) == ("failed", bank)
    counter.enter_card("good", number=2)
    second = counter.start()
    counter.work()
    assert (counter.now(second).state, second.attempt) == ("succeeded", 2)
    assert first.key != second.key
    assert len(counter.gateway.charges()) == 1


def test_a_double_click_collects_once(counter: Counter) -> None:
    counter.enter_card()
    counter.start()
    with pytest.raises(CannotStartPayment) as fault:
        counter.start()
    assert fault.value.code == "in-flight"
    counter.work()
    assert len(counter.gateway.charges()) == 1


def test_the_database_itself_lets_one_payment_of_an_invoice_be_in_flight(counter: Counter) -> None:
    counter.enter_card()
    first = counter.start()
    with platform_scope("test"):
        again = Payment.objects.get(id=first.id)
        again.pk, again.ref, again.key, again.attempt = None, "pay_other", "other", 2
        with pytest.raises(IntegrityError), transaction.atomic():
            again.save(force_insert=True)


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_line_that_is_cut_leaves_it_unknown_until_the_processor_is_asked(counter: Counter, where: str) -> None:
    """W5: whether the request arrived or not, one charge comes of it."""
    counter.enter_card()
    setattr(counter.gateway, where, cut_once("charge"))
    payment = counter.start()
    counter.work()
    assert counter.now(payment).state == "unknown"
    assert len(counter.gateway.charges()) == (where == "after")
    counter.after(2)
    assert counter.now(payment).state == "succeeded"
    assert len(counter.gateway.charges()) == 1
    asked = counter.gateway.calls.index("find_charge")
    assert asked > counter.gateway.calls.index("charge"), "it asks before it tries again"


def test_a_process_that_dies_between_intent_and_answer_charges_once(counter: Counter) -> None:
    counter.enter_card()
    payment = counter.start()
    counter.gateway.after = cut_once("charge", fault=Cut)
    with platform_scope("test"), pytest.raises(Cut):
        charges.charge(payment=payment.ref, actor=machine(), at=AT)
    assert counter.now(payment).state == "unknown"
    counter.after(2)
    assert counter.now(payment).state == "unknown", "it might still be waiting for an answer"
    counter.after(6)
    assert counter.now(payment).state == "succeeded"
    assert len(counter.gateway.charges()) == 1


REFUSED = [KeyRefused("key"), Declined("parameter_unknown"), NotThere("resource_missing")]


@pytest.mark.parametrize("fault", REFUSED, ids=lambda fault: type(fault).__name__)
def test_a_question_that_is_declined_says_nothing_about_what_was_taken(counter: Counter, fault: GatewayFault) -> None:
    """Another key may be in force since, and read less: the money was taken all the same."""
    counter.enter_card()
    counter.gateway.after = cut_once("charge")
    payment = counter.start()
    counter.work()
    counter.gateway.before = cut_once("find_charge", fault=lambda: fault)
    counter.after(2)
    assert counter.now(payment).state == "unknown"
    with pytest.raises(CannotStartPayment):
        counter.start()
    counter.after(10)
    assert counter.now(payment).state == "succeeded"
    assert len(counter.gateway.charges()) == 1


@pytest.mark.parametrize("fault", REFUSED, ids=lambda fault: type(fault).__name__)
def test_what_is_on_its_way_stays_so_when_the_question_is_declined(counter: Counter, fault: GatewayFault) -> None:
    counter.enter_card("slow")
    payment = counter.start()
    counter.work()
    counter.gateway.before = cut_once("charged", fault=lambda: fault)
    counter.after(6 * 60)
    assert counter.now(payment).state == "processing"


def test_an_order_that_the_processor_declines_has_failed_and_one_whose_key_it_refuses_is_unknown(
    counter: Counter,
) -> None:
    counter.enter_card()
    counter.gateway.before = cut_once("charge", fault=lambda: Declined("amount_too_large", "Too much."))
    first = counter.start("inv_1")
    counter.work()
    counter.gateway.before = cut_once("charge", fault=lambda: KeyRefused("key"))
    second = counter.start("inv_2")
    counter.work()
    assert (counter.now(first).state, counter.now(first).code) == ("failed", "amount_too_large")
    assert (counter.now(second).state, counter.now(second).code) == ("unknown", "key")
    assert counter.gateway.charges() == []


def test_positive_control_without_asking_and_without_a_key_it_would_be_charged_twice(counter: Counter) -> None:
    """What the two defences are worth: with both away, the same cut line takes the money twice."""
    counter.enter_card()
    counter.gateway.after = cut_once("charge")
    counter.gateway.find_charge = lambda **_more: None  # type: ignore[method-assign]  # the defence that is away
    payment = counter.start()
    counter.work()
    counter.gateway.by_key.clear()
    counter.after(2)
    assert counter.now(payment).state == "succeeded"
    assert len(counter.gateway.charges()) == 2


def test_after_hours_without_an_answer_it_is_parked_and_a_person_finds_out(counter: Counter) -> None:
    counter.enter_card()
    counter.gateway.after = cut_once("charge", times=99)
    counter.gateway.find_charge = lambda **_more: None  # type: ignore[method-assign]  # nor does it answer that
    payment = counter.start()
    counter.work()
    for minutes in (2, 5, 10, 20, 40, 80, 150, 300):
        counter.after(minutes)
    assert (counter.now(payment).state, counter.now(payment).code) == ("parked", "no-answer")
    assert story(counter.world.carl)[-1] == "payment.parked"
    with pytest.raises(CannotStartPayment):
        counter.start()
    counter.gateway.after = lambda _call: None
    with counter.world.scope("rosa") as rosa:
        charges.look_again(payment=payment.ref, actor=rosa, at=AT)
    counter.work()
    assert counter.now(payment).state == "succeeded"
    assert len(counter.gateway.charges()) == 1


def test_giving_up_asks_once_more_and_frees_the_invoice(counter: Counter) -> None:
    counter.enter_card("confirm")
    payment = counter.start()
    counter.work()
    assert counter.now(payment).state == "needs_action"
    with counter.world.scope("rosa") as rosa:
        charges.give_up(payment=payment.ref, actor=rosa, at=AT)
    counter.work()
    assert (counter.now(payment).state, counter.now(payment).code) == ("failed", "canceled")
    counter.enter_card("good", number=2)
    counter.start()
    counter.work()
    assert len(counter.gateway.charges()) == 1
    with counter.world.scope("rosa") as rosa, pytest.raises(CannotLookAgain):
        charges.give_up(payment=payment.ref, actor=rosa, at=AT)


def test_what_was_given_up_and_had_succeeded_has_succeeded(counter: Counter) -> None:
    counter.enter_card()
    counter.gateway.after = cut_once("charge")
    payment = counter.start()
    counter.work()
    with platform_scope("test"):
        charges.end_payment(payment=payment.ref, actor=machine(), at=AT)
    assert counter.now(payment).state == "succeeded"


def end(payment: Payment, at: datetime = AT) -> str:
    """What comes of ending it now: its state then, or why not yet."""
    try:
        with platform_scope("test"):
            return charges.end_payment(payment=payment.ref, actor=machine(), at=at)
    except GatewayFault as fault:
        return fault.code


def meanwhile(counter: Counter, where: str, do: Callable[[], object]) -> list[object]:
    """Have another process do that while the processor is at that call; what came of it."""
    found: list[object] = []

    def line(call: str) -> None:
        if call == where:
            counter.gateway.before = lambda _call: None
            found.append(do())

    counter.gateway.before = line
    return found


def test_what_is_being_ordered_at_that_moment_is_not_given_up(counter: Counter) -> None:
    counter.enter_card()
    payment = counter.start()
    came = meanwhile(counter, "charge", lambda: end(payment))
    counter.work()
    assert came == ["in-hand"]
    assert counter.now(payment).state == "succeeded"
    assert len(counter.gateway.charges()) == 1


def test_positive_control_given_up_in_between_it_would_be_charged_twice(counter: Counter) -> None:
    """What waiting for whoever asks is worth: without it the invoice is free while its money is being taken."""
    counter.enter_card()
    payment = counter.start()

    def end_and_begin_anew() -> str:
        with platform_scope("test"):
            Payment.objects.filter(id=payment.id).update(in_hand_until=None)  # the defence that is away
        state = end(payment)
        counter.start()
        return state

    came = meanwhile(counter, "charge", end_and_begin_anew)
    counter.work()
    counter.work()
    assert came == ["failed"]
    assert len(counter.gateway.charges()) == 2


def test_nobody_asks_while_another_waits_for_the_answer(counter: Counter) -> None:
    counter.enter_card()
    payment = counter.start()

    def ask() -> str:
        with platform_scope("test"):
            return charges.charge(payment=payment.ref, actor=machine(), at=AT + MINUTE)

    came = meanwhile(counter, "charge", ask)
    counter.work()
    assert came == ["unknown"]
    assert counter.gateway.calls.count("charge") == 1
    assert "find_charge" not in counter.gateway.calls


def test_an_attempt_is_in_hand_for_longer_than_all_its_calls_may_take() -> None:
    assert IN_HAND.total_seconds() > LIMITS.total * MOST_CALLS


def test_giving_up_waits_until_whoever_asked_must_be_back(counter: Counter) -> None:
    counter.enter_card()
    payment = counter.start()
    counter.gateway.before = cut_once("charge", fault=Cut)
    with platform_scope("test"), pytest.raises(Cut):
        charges.charge(payment=payment.ref, actor=machine(), at=AT)
    with counter.world.scope("rosa") as rosa:
        charges.give_up(payment=payment.ref, actor=rosa, at=AT + MINUTE)
    counter.work(AT + 4 * MINUTE)
    assert counter.now(payment).state == "unknown"
    counter.work(AT + IN_HAND)
    assert (counter.now(payment).state, counter.now(payment).code) == ("failed", "given-up")
    assert counter.gateway.charges() == []


def test_a_processor_that_does_not_answer_keeps_nobody_from_ending_it_later(counter: Counter) -> None:
    counter.enter_card("confirm")
    payment = counter.start()
    counter.work()
    counter.gateway.before = cut_once("cancel")
    assert [end(payment), end(payment)] == ["http-none", "failed"]


def test_what_nobody_was_asked_for_ends_at_once(counter: Counter) -> None:
    counter.enter_card()
    payment = counter.start()
    before = list(counter.gateway.calls)
    assert end(payment) == "failed"
    counter.work()
    assert (counter.now(payment).code, counter.gateway.calls) == ("given-up", before)


def test_of_two_clicks_on_a_link_one_opens_a_page_to_pay_on(counter: Counter) -> None:
    counter.enter_card("confirm")
    payment = counter.start()
    counter.work()
    with platform_scope("test"), transaction.atomic():
        made = links.write_link(
            counter.world.carl, counter.account, send_to="", payment=counter.now(payment), actor=machine(), at=AT
        )
    token = made.url.rstrip("/").rpartition("/")[2]

    def click() -> str:
        try:
            with platform_scope("test"):
                return links.begin_paying(token=token, done="d", back="b", language="en", actor=machine(), at=AT)
        except GatewayFault as fault:
            return fault.code

    came = meanwhile(counter, "pay_here", click)
    assert (click(), came) == ("https://pay.example/cs_1", ["in-hand"])
    with platform_scope("test"):
        assert list(Payment.objects.order_by("id").values_list("state", flat=True)) == ["failed", "needs_action"]
    counter.gateway.before = cut_once("pay_here")
    assert [click(), click()] == ["http-none", "https://pay.example/cs_2"], "it can be tried again at once"


def test_another_amount_than_was_asked_for_is_nobodys_success(counter: Counter) -> None:
    """The callback is compared with the stored integer (InvoicePlane 1677)."""
    counter.enter_card("slow")
    payment = counter.start(amount=4900)
    counter.work()
    intent = counter.gateway.intents["pi_1"]
    counter.gateway.intents["pi_1"] = type(intent)(
        **{**{name: getattr(intent, name) for name in intent.__slots__}, "state": "succeeded", "amount": 49}
    )
    with platform_scope("test"), transaction.atomic():
        charges.settle(payment.id, counter.gateway.intents["pi_1"], actor=machine(), at=AT)
    assert (counter.now(payment).state, counter.now(payment).code) == ("parked", "other-amount")


@pytest.mark.parametrize(
    ("amount", "currency"), [(4900, "EUR"), (6000, "JPY"), (500, "ISK"), (12340, "KWD"), (100, "UGX")]
)
def test_what_is_stored_is_what_leaves(counter: Counter, amount: int, currency: str) -> None:
    counter.enter_card()
    counter.start(amount=amount, currency=currency)
    counter.work()
    assert [(each.amount, each.currency) for each in counter.gateway.charges()] == [(amount, currency)]


def test_a_fraction_for_which_there_is_no_coin_is_not_collected(counter: Counter) -> None:
    counter.enter_card()
    with pytest.raises(CannotStartPayment) as fault:
        counter.start(amount=12345, currency="KWD")
    assert fault.value.code == "amount"


def test_a_payment_is_anothers_to_nobody(counter: Counter) -> None:
    counter.enter_card()
    payment = counter.start()
    for stranger in ("remo", "dora"):
        with counter.world.scope(stranger) as actor, pytest.raises((NotFound, Forbidden)):
            charges.look_again(payment=payment.ref, actor=actor, at=AT)
    with counter.world.scope("remo") as remo, pytest.raises(NotFound):
        charges.give_up(payment=payment.ref, actor=remo, at=AT)
    assert counter.now(payment).state == "started"

"""What a processor tells: forged, old, doubled, late, out of order, or never – the end is the same."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from sublet.billing.gateway import Charged, Contested, NoAnswer, NotOurs
from sublet.billing.models.payments import Dispute, Payment, PaymentMethod, ProviderEvent, Refund
from sublet.billing.operations import charges, inbox
from sublet.foundation.errors import NotFound
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.scope import platform_scope
from tests.billing.gateway_in_memory import cut_once
from tests.billing.payments import HOOK, Counter, machine, messages, story
from tests.people import AT

DAY = timedelta(days=1)


def waiting(counter: Counter) -> Payment:
    """A direct debit that takes its time."""
    counter.enter_card("slow")
    payment = counter.start()
    counter.work()
    assert counter.now(payment).state == "processing"
    return payment


def succeed(counter: Counter, id: str = "pi_1") -> None:
    from dataclasses import replace

    counter.gateway.intents[id] = replace(counter.gateway.intents[id], state="succeeded")


def test_a_message_settles_what_was_on_its_way(counter: Counter) -> None:
    payment = waiting(counter)
    succeed(counter)
    counter.deliver(counter.gateway.tell("payment_intent.succeeded", "pi_1", AT))
    assert messages() == [("payment_intent.succeeded", "kept")]
    counter.work()
    assert counter.now(payment).state == "succeeded"
    assert messages() == [("payment_intent.succeeded", "done")]


def test_a_message_is_believed_in_nothing(counter: Counter) -> None:
    """It says that it succeeded; the processor, asked, does not."""
    payment = waiting(counter)
    counter.deliver(counter.gateway.tell("payment_intent.succeeded", "pi_1", AT))
    counter.work()
    assert counter.now(payment).state == "processing"


def test_a_forged_message_writes_nothing(counter: Counter) -> None:
    """W2: another secret, another body, no signature, an address that is nobody's."""
    told = counter.gateway.tell("payment_intent.succeeded", "pi_1", AT)
    for secret, body in (("whsec_other", ""), (HOOK, told.raw.replace("pi_1", "pi_2")), (HOOK, told.raw + " ")):
        with pytest.raises(NotOurs):
            counter.deliver(told, secret=secret, body=body)
    with platform_scope("test"):
        with pytest.raises(NotOurs):
            inbox.hear(word=counter.account.hook_word, body=told.raw.encode(), headers={}, actor=machine(), at=AT)
        for word in ("", "nobodys"):
            with pytest.raises(NotFound):
                inbox.hear(word=word, body=told.raw.encode(), headers={}, actor=machine(), at=AT)
    assert messages() == []


def test_a_message_that_comes_three_times_acts_once(counter: Counter) -> None:
    payment = waiting(counter)
    succeed(counter)
    told = counter.gateway.tell("payment_intent.succeeded", "pi_1", AT)
    for _ in range(3):
        counter.deliver(told)
        counter.work()
    assert messages() == [("payment_intent.succeeded", "done")]
    assert story(counter.world.carl) == ["payment.started", "payment.succeeded"]
    assert counter.now(payment).state == "succeeded"


def test_what_fails_while_it_is_read_is_read_again(counter: Counter) -> None:
    """W1, W3: "done" is written together with the effect, so what was cut is not skipped."""
    payment = waiting(counter)
    succeed(counter)
    counter.deliver(counter.gateway.tell("payment_intent.succeeded", "pi_1", AT))
    charged = counter.gateway.charged
    counter.gateway.charged = cut_then(charged)  # type: ignore[method-assign,assignment]  # a line that is cut once
    counter.work()
    assert (counter.now(payment).state, messages()) == ("processing", [("payment_intent.succeeded", "kept")])
    run_due_jobs(at=AT + DAY / 24)
    assert (counter.now(payment).state, messages()) == ("succeeded", [("payment_intent.succeeded", "done")])


def cut_then(call: Callable[[str], Charged]) -> Callable[[str], Charged]:
    line = cut_once("charged")

    def cut(id: str) -> Charged:
        line("charged")
        return call(id)

    return cut


def test_a_message_about_anothers_things_does_nothing(counter: Counter) -> None:
    counter.deliver(counter.gateway.tell("payment_intent.succeeded", "pi_of_another_account", AT))
    counter.work()
    assert messages() == [("payment_intent.succeeded", "nothing")]


def test_days_of_missed_messages_are_found_by_looking(counter: Counter) -> None:
    """W4."""
    payment = waiting(counter)
    succeed(counter)
    counter.gateway.tell("payment_intent.succeeded", "pi_1", AT + DAY)
    at = AT + 3 * DAY
    with platform_scope("test"):
        assert inbox.compare(gateway=counter.account.ref, actor=machine(), at=at) == 1
    run_due_jobs(at=at)
    assert counter.now(payment).state == "succeeded"
    with platform_scope("test"):
        assert inbox.compare(gateway=counter.account.ref, actor=machine(), at=at + DAY) == 0
        assert ProviderEvent.objects.get().by_looking


def test_a_dispute_is_told_and_what_is_decided_stays(counter: Counter) -> None:
    counter.enter_card()
    counter.start()
    counter.work()
    for state in ("open", "open", "lost", "open"):
        counter.gateway.disputes["dp_1"] = Contested("dp_1", state, 4900, "EUR", "pi_1", "fraudulent", AT + 7 * DAY)
        counter.deliver(counter.gateway.tell("charge.dispute.updated", "dp_1", AT))
        counter.work()
    with platform_scope("test"):
        assert [(row.state, row.amount) for row in Dispute.objects.all()] == [("lost", 4900)]
    assert story(counter.world.carl, "dispute.") == ["dispute.opened", "dispute.lost"]


# A month of it ---------------------------------------------------------------------------------------------------------


def _month(counter: Counter) -> list[tuple[str, str]]:
    """Sixteen invoices and what became of them, some with a part given back, a few disputed: what there is to be told."""
    banks = ("good", "insufficient_funds", "slow", "confirm")
    told: list[tuple[str, str]] = []
    for number in range(16):
        counter.enter_card(banks[number % 4], number=number)
        payment = counter.start(f"inv_{number}", 1000 + number)
        # The answer is lost: only the messages say what became of it.
        counter.gateway.after = cut_once("charge")
        with platform_scope("test"):
            charges.charge(payment=payment.ref, actor=machine(), at=AT)
        intent = f"pi_{number + 1}"
        told += [("payment_intent.created", intent), ("payment_intent.processing", intent)]
        if banks[number % 4] == "slow":
            succeed(counter, intent)
        told += [("payment_intent.succeeded", intent)] * 2
        if number % 8 == 0:
            from sublet.billing.gateway import Refunded

            counter.gateway.refunds[f"re_{number}"] = Refunded(f"re_{number}", "succeeded", 100, "EUR", intent)
            counter.gateway.disputes[f"dp_{number}"] = Contested(
                f"dp_{number}", "won", 500, "EUR", intent, "other", None
            )
            told += [("refund.created", f"re_{number}"), ("charge.dispute.closed", f"dp_{number}")]
    return told


def _truth() -> list[object]:
    with platform_scope("test"):
        return [
            list(Payment.objects.order_by("invoice").values_list("invoice", "state", "code", "refunded", "intent")),
            list(Refund.objects.order_by("named").values_list("named", "amount", "state")),
            list(Dispute.objects.order_by("named").values_list("named", "amount", "state")),
            PaymentMethod.objects.count(),
        ]


def _play(counter: Counter, order: list[tuple[str, str]], times: int, failing: bool, at: datetime) -> list[object]:
    line = counter.gateway.charged
    dice = random.Random(7)

    def sometimes(id: str) -> Charged:
        if failing and dice.random() < 0.1:
            raise NoAnswer("http-none")
        return line(id)

    counter.gateway.charged = sometimes  # type: ignore[method-assign]  # as above
    for type, about in order:
        told = counter.gateway.tell(type, about, at)
        for _ in range(times):
            counter.deliver(told, at)
            run_due_jobs(at=at)
    for hours in (1, 2, 4, 8, 16):
        run_due_jobs(at=at + timedelta(hours=hours))
    counter.gateway.charged = line  # type: ignore[method-assign]  # as it was
    return _truth()


@pytest.mark.slow
def test_a_month_of_messages_comes_to_the_same_in_any_order(counter: Counter) -> None:
    """W1: in order, reversed, shuffled, each three times, with every tenth first reading failing."""
    told = _month(counter)
    dice = random.Random(3)
    orders = [(told, 1, False), (told[::-1], 1, False), (dice.sample(told, len(told)), 3, True)]
    ends = []
    for order, times, failing in orders:
        point = transaction.savepoint()
        ends.append(_play(counter, order, times, failing, AT))
        transaction.savepoint_rollback(point)
    assert ends[0] == ends[1] == ends[2]
    states = [state for _invoice, state, *_more in ends[0][0]]  # type: ignore[attr-defined]  # rows of the first list
    assert (states.count("succeeded"), states.count("failed"), states.count("needs_action")) == (8, 4, 4)
    assert len(ends[0][1]) == len(ends[0][2]) == 2  # type: ignore[arg-type]  # rows

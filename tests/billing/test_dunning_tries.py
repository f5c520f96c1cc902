"""Which card is tried, when, and for how much; and that nobody is paused who was not told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from django.test import Client

from sublet.accounts.models import Account
from sublet.billing.models import Invoice, Payment
from sublet.billing.operations import dunning
from sublet.billing.operations.charges import ask_unknown
from sublet.billing.operations.collecting import collect
from sublet.billing.operations.links import begin_paying
from sublet.billing.operations.refunds import refund_payment
from sublet.billing.queries.paid_ahead import prepaid_balance
from sublet.foundation.clock import now
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.scope import platform_scope
from sublet.people.models import Collaborator
from tests.billing.dunned import case_of, day_by_day, enters, is_paid, mails, on, owes, passes, rests, steps, takes
from tests.billing.payments import Counter, machine
from tests.people import CARL_HOST, World


def payments() -> list[tuple[str, str, int]]:
    with platform_scope("test"):
        return list(Payment.objects.order_by("id").values_list("state", "code", "amount"))


def begin(counter: Counter, invoice: Invoice) -> str:
    with platform_scope("test"):
        return collect(owner_id=counter.world.rosa.id, ref=invoice.ref, actor=machine(), at=on(0))


@pytest.mark.parametrize("paid", [2900, 900])
def test_what_is_paid_before_the_processor_is_asked_is_not_charged_again(counter: Counter, paid: int) -> None:
    invoice = owes(counter.world)
    counter.enter_card()
    begin(counter, invoice)
    is_paid(invoice, paid)  # by the bank, before the worker comes
    run_due_jobs(at=on(0, 14))
    run_due_jobs(at=on(0, 14))
    left = 2900 - paid
    assert [each.amount for each in counter.gateway.charges()] == ([left] if left else [])
    again = [("succeeded", "", left)] if left else []
    assert payments() == [("failed", "not-owed", 2900), *again]
    with platform_scope("test"):
        assert Invoice.objects.get(id=invoice.id).state == "paid"
        assert prepaid_balance(counter.world.rosa.id, counter.world.carl.id, "retail", "EUR") == 0


def test_what_is_owed_in_full_is_charged_in_full(counter: Counter) -> None:
    """The positive control."""
    invoice = owes(counter.world)
    counter.enter_card()
    begin(counter, invoice)
    run_due_jobs(at=on(0, 14))
    assert payments() == [("succeeded", "", 2900)]


def pays_on_page(counter: Counter, invoice: Invoice, at: datetime) -> str:
    """Carl opens the page on which it is paid; the path of his link."""
    with counter.world.scope("carl") as carl:
        url = dunning.way_to_pay(invoice=invoice.ref, actor=carl, at=at)
    token = url.rstrip("/").rpartition("/")[2]
    with platform_scope("test"):
        begin_paying(token=token, done="d", back="b", language="en", actor=machine(), at=at)
    return f"/pay/{token}/"


def page_expires(counter: Counter, days: int) -> None:
    page = f"cs_{len(counter.gateway.pages)}"
    counter.gateway.pages[page] = replace(counter.gateway.pages[page], state="gone")
    with platform_scope("test"):
        ask_unknown(actor=machine(), at=on(days))
    run_due_jobs(at=on(days))


def test_a_lost_card_stays_lost_though_a_page_was_opened_and_closed(counter: Counter) -> None:
    takes(counter.world)
    invoice = owes(counter.world)
    counter.enter_card("lost_card")
    day_by_day(0, 3)
    assert payments() == [("failed", "lost_card", 2900)]
    pays_on_page(counter, invoice, on(4))
    page_expires(counter, 6)
    assert [code for state, code, _ in payments() if state == "failed"] == ["lost_card", "canceled"]
    day_by_day(7, 14)
    assert len(payments()) == 2
    assert counter.gateway.calls.count("charge") == 1


def test_a_card_that_came_while_a_page_was_open_is_tried_once_that_has_closed(counter: Counter) -> None:
    takes(counter.world)
    invoice = owes(counter.world)
    counter.enter_card("insufficient_funds")
    day_by_day(0, 22)
    assert case_of(invoice).state == "ended"
    pays_on_page(counter, invoice, on(23))
    enters(counter, "good", 24)
    passes(25)  # the page is open still: nothing can be charged
    page_expires(counter, 26)
    passes(27)
    assert payments()[-1] == ("succeeded", "", 2900)
    assert not rests(counter.world.carl, on(27))


def test_another_card_ends_the_attempt_that_waits_for_a_confirmation(counter: Counter) -> None:
    takes(counter.world)
    invoice = owes(counter.world)
    counter.enter_card("confirm")
    day_by_day(0, 3)
    assert payments() == [("needs_action", "", 2900)]
    enters(counter, "good", 4)
    passes(5)
    passes(6)
    assert payments() == [("failed", "canceled", 2900), ("succeeded", "", 2900)]
    assert case_of(invoice).state == "settled"


def test_a_try_that_waits_for_the_payer_uses_up_no_other(counter: Counter) -> None:
    takes(counter.world)
    invoice = owes(counter.world)
    counter.enter_card("confirm")
    day_by_day(0, 8)
    assert [key for key, _ in steps(invoice)] == ["reminder:1", "retry:3", "reminder:7"]


def test_who_has_paid_on_the_page_is_not_paused_though_no_message_came(counter: Counter) -> None:
    takes(counter.world)
    invoice = owes(counter.world)
    day_by_day(0, 18)
    pays_on_page(counter, invoice, on(20))
    counter.gateway.pay("cs_1")
    passes(21)
    assert not rests(counter.world.carl, on(21))
    passes(21, 13)
    assert case_of(invoice).state == "settled"
    assert "invoice-paused" not in [kind for kind, _ in mails()]


def test_a_page_that_is_only_open_holds_the_pause_up_no_longer_than_the_question(counter: Counter) -> None:
    """The positive control."""
    takes(counter.world)
    invoice = owes(counter.world)
    day_by_day(0, 18)
    pays_on_page(counter, invoice, on(20))
    passes(21)
    assert not rests(counter.world.carl, on(21))
    passes(21, 13)
    assert rests(counter.world.carl, on(21, 13))


def test_who_comes_back_from_paying_is_told_though_there_is_a_newer_link(counter: Counter) -> None:
    invoice = owes(counter.world)
    path = pays_on_page(counter, invoice, now())
    with counter.world.scope("carl") as carl:
        dunning.way_to_pay(invoice=invoice.ref, actor=carl, at=now())
    counter.gateway.pay("cs_1")
    phone = Client(headers={"host": CARL_HOST})
    assert phone.get(f"{path}done/").status_code == 200
    with platform_scope("test"):
        assert Invoice.objects.get(id=invoice.id).state == "paid"
    assert phone.post(path).status_code != 302


def test_what_was_given_back_is_asked_for_and_not_taken_again(counter: Counter) -> None:
    takes(counter.world)
    invoice = owes(counter.world)
    counter.enter_card()
    payment = begin(counter, invoice)
    run_due_jobs(at=on(0))
    with counter.world.scope("rosa") as rosa:
        refund_payment(payment=payment, amount=2900, actor=rosa, at=on(0))
    run_due_jobs(at=on(0, 13))
    day_by_day(0, 14)
    assert [key for key, _ in steps(invoice, 2)] == ["reminder:1", "reminder:7", "reminder:14"]
    assert payments() == [("succeeded", "", 2900)]


def test_nobody_is_reminded_by_hand_while_money_is_on_its_way(counter: Counter) -> None:
    invoice = owes(counter.world)
    counter.enter_card("slow")
    begin(counter, invoice)
    run_due_jobs(at=on(0, 14))
    with counter.world.scope("rosa") as rosa, pytest.raises(dunning.CannotDun) as fault:
        dunning.remind_now(invoice=invoice.ref, actor=rosa, at=on(2))
    assert fault.value.code == "on-its-way"


def test_nobody_is_paused_whom_no_last_call_has_reached(counter: Counter) -> None:
    takes(counter.world)
    world = counter.world
    invoice = owes(world)
    with platform_scope("test"):
        Collaborator.unscoped.filter(account_id=world.carl.id).update(is_owner=False)
        Account.objects.filter(id=world.carl.id).update(email="")
    day_by_day(0, 30)
    assert steps(invoice)[-1] == ("last_call:18", "nobody")
    assert not rests(world.carl, on(30))
    with platform_scope("test"):
        Account.objects.filter(id=world.carl.id).update(email="new@example.test")
    for days in range(31, 40):
        passes(days)
    assert steps(invoice)[-2:] == [("last_call:18", "mailed"), ("pause:21", "paused")]
    assert mails()[-2:] == [("invoice-last-call", "new@example.test"), ("invoice-paused", "new@example.test")]


def test_what_goes_on_after_its_last_call_is_called_for_once_more(counter: Counter) -> None:
    takes(counter.world)
    invoice = owes(counter.world)
    day_by_day(0, 18)
    with counter.world.scope("rosa") as rosa:
        dunning.stop_dunning(invoice=invoice.ref, actor=rosa, at=on(19))
        dunning.continue_dunning(invoice=invoice.ref, actor=rosa, at=on(40))
    passes(40, 13)
    for days in (41, 42):
        passes(days)
        assert not rests(counter.world.carl, on(days))
    assert [kind for kind, _ in mails()].count("invoice-last-call") == 2
    for days in (43, 44):
        passes(days)
    assert rests(counter.world.carl, on(44))
    assert steps(invoice)[-1] == ("pause:21", "paused")


@pytest.mark.parametrize(
    ("changes", "field"), [({"grace": 0, "last_call": 0}, "grace"), ({"last_call": 0}, "last_call")]
)
def test_nobody_is_paused_on_the_due_day_nor_when_told(world: World, changes: dict[str, int], field: str) -> None:
    values = {"grace": 5, "last_call": 2} | changes
    with world.scope("rosa") as rosa, pytest.raises(dunning.CannotSetDunningPolicy) as fault:
        dunning.set_dunning_policy(retries=[], reminders=[], ending="pause", actor=rosa, at=on(0), **values)
    assert (fault.value.code, fault.value.field) == ("too-short", field)

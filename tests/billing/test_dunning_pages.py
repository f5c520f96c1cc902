"""What people see of unpaid invoices: the reseller its receivables and the steps, the client the way to pay."""

from __future__ import annotations

import re
from typing import Any
from unittest import mock

import pytest

from sublet.accounts.models import Account
from sublet.billing.models import DunningCase, DunningPolicy, Invoice, PaymentLink
from sublet.billing.models.dunning import ENDED
from sublet.billing.operations.confirming import ask_to_confirm
from sublet.billing.operations.dunning_acting import run_dunning
from sublet.foundation.clock import now
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import OutboxMail
from sublet.subscriptions.operations import pause, resume
from tests.billing.dunned import days_ago, is_paid, mails, on, owes, steps, takes
from tests.billing.payments import Counter, machine
from tests.people import CARL_HOST, World

MONEY = "/reseller/{}/money/"


def overdue(world: World, days: int = 5, **fields: Any) -> Invoice:
    invoice = owes(world, due_on=days_ago(days), **fields)
    run_dunning(actor=machine(), at=now())
    return invoice


def holds(world: World, invoice: Invoice) -> None:
    """Its debtor, Carl, is held up because of it."""
    takes(world)
    with world.scope("rosa") as rosa:
        pause(ref=world.carl.ref, actor=rosa, at=on(21))
    with platform_scope("test"):
        DunningCase.objects.filter(invoice=invoice).update(state=ENDED, holds=True, next_at=None)
        Account.objects.filter(id=invoice.debtor_id).update(gets_invoices=True)


def test_the_policy_is_shown_and_changed(world: World) -> None:
    browser, url = world.browser("rosa"), MONEY.format(world.rosa.ref) + "dunning/"
    page = browser.get(url)
    assert page.status_code == 200
    assert "3, 7, 14" in page.content.decode()
    fields = {"retries": "2, 5", "reminders": "", "grace": "10", "last_call": "2", "ending": "keep"}
    assert browser.post(url, fields).status_code == 302
    with platform_scope("test"):
        row = DunningPolicy.objects.get()
    assert (row.retries, row.reminders, row.grace, row.last_call, row.ending) == ([2, 5], [], 10, 2, "keep")
    wrong = browser.post(url, fields | {"retries": "5, 2"})
    assert wrong.status_code == 422
    assert "in order" in wrong.content.decode()
    assert browser.post(url, fields | {"retries": "soon"}).status_code == 422
    assert world.browser("ruth").get(url).status_code == 403


def test_receivables_say_who_owes_and_what_comes_next(world: World) -> None:
    invoice = overdue(world)
    page = world.browser("rosa").get(MONEY.format(world.rosa.ref) + "receivables/").content.decode()
    assert "Carl’s Kitchen" in page
    assert "5 days" in page
    assert "Being reminded" in page
    none = world.browser("rosa").get(MONEY.format(world.rosa.ref) + "receivables/?state=stopped").content.decode()
    assert invoice.ref not in none
    assert invoice.ref not in world.browser("remo").get(MONEY.format(world.remo.ref) + "receivables/").content.decode()


def test_the_invoices_page_has_the_steps(world: World) -> None:
    invoice = overdue(world)
    browser, one = world.browser("rosa"), MONEY.format(world.rosa.ref) + f"invoices/{invoice.ref}/"
    page = browser.get(one).content.decode()
    assert "Next step" in page
    assert "Remind now" in page
    assert browser.post(one + "remind/").status_code == 302
    assert steps(invoice)[-1][1] == "mailed"
    assert browser.post(one + "stop/").status_code == 302
    page = browser.get(one).content.decode()
    assert "Stopped by Rosa Ricci." in page
    assert "Go on" in page
    assert browser.post(one + "go-on/").status_code == 302
    assert "Remind now" in browser.get(one).content.decode()
    assert (
        world.browser("remo").post(f"/reseller/{world.remo.ref}/money/invoices/{invoice.ref}/stop/").status_code == 404
    )


def test_who_rests_sees_why_and_pays_by_a_link(counter: Counter) -> None:
    world = counter.world
    invoice = overdue(world)
    holds(world, invoice)
    browser = world.browser("carl")
    page = browser.get(f"/client/{world.carl.ref}/").content.decode()
    assert "This account is paused" in page
    assert "€29.00" in page
    assert "Vantage" not in page
    answer = browser.post(f"/client/{world.carl.ref}/billing/{invoice.ref}/pay/")
    assert answer.status_code == 302
    found = re.fullmatch(rf"https?://{CARL_HOST}(?::\d+)?(/pay/[\w-]+/)", answer.headers["Location"])
    assert found
    shown = browser.get(found.group(1)).content.decode()
    assert "29.00" in shown
    leaves = browser.post(found.group(1))
    assert leaves.headers["Refresh"] == "0;url=https://pay.example/cs_1"
    with platform_scope("test"):
        assert PaymentLink.objects.filter(invoice=invoice.ref, payment__amount=2900).count() == 1


def test_who_was_resumed_by_hand_is_not_told_that_it_is_paused(counter: Counter) -> None:
    world = counter.world
    holds(world, overdue(world))
    with world.scope("rosa") as rosa:
        resume(ref=world.carl.ref, actor=rosa, at=on(22))
    page = world.browser("carl").get(f"/client/{world.carl.ref}/")
    assert page.status_code == 200
    assert "This account is paused" not in page.content.decode()


def test_who_does_not_pay_for_it_sees_no_amount(counter: Counter) -> None:
    invoice = overdue(counter.world)
    holds(counter.world, invoice)
    browser = counter.world.browser("cleo")
    page = browser.get(f"/client/{counter.world.carl.ref}/").content.decode()
    assert "This account is paused" in page
    assert "29.00" not in page
    assert browser.post(f"/client/{counter.world.carl.ref}/billing/{invoice.ref}/pay/").status_code == 403


def test_without_a_processor_it_is_paid_by_bank(world: World) -> None:
    invoice = overdue(world)
    url = f"/client/{world.carl.ref}/billing/{invoice.ref}/pay/"
    answer = world.browser("carl").post(url, follow=True)
    assert "by bank transfer" in answer.content.decode()


def test_each_link_with_which_an_invoice_is_paid_stands_in_the_history(counter: Counter) -> None:
    """Else one that ends another leaves nothing behind."""
    world, invoice = counter.world, overdue(counter.world)
    for _ in range(2):
        assert world.browser("carl").post(f"/client/{world.carl.ref}/billing/{invoice.ref}/pay/").status_code == 302
    told = JournalEntry.unscoped.filter(event="payment_link.made_to_pay").order_by("id")
    with platform_scope("test"):
        links = PaymentLink.objects.filter(invoice=invoice.ref).order_by("id")
        assert [(entry.data["link"], entry.data["number"]) for entry in told] == [
            (link.ref, invoice.number_shown) for link in links
        ]
        assert [link.revoked_at is None for link in links] == [False, True]
    assert {(entry.account_id, entry.parent_id) for entry in told} == {(world.carl.id, world.rosa.id)}


def test_a_link_for_an_invoice_that_was_paid_meanwhile_charges_nothing(counter: Counter) -> None:
    invoice = overdue(counter.world)
    browser = counter.world.browser("carl")
    url = browser.post(f"/client/{counter.world.carl.ref}/billing/{invoice.ref}/pay/").headers["Location"]
    path = re.sub(r"^https?://[^/]+", "", url)
    is_paid(invoice)
    assert "has paid" in browser.get(path).content.decode()
    assert browser.post(path).status_code == 200
    assert counter.gateway.charges() == []


@pytest.mark.parametrize("times", [1, 3])
def test_a_bank_that_wants_the_cardholder_is_told_of_once(counter: Counter, times: int) -> None:
    invoice = owes(counter.world)
    counter.enter_card("confirm")
    with mock.patch("sublet.messaging.sending.send_mail"):
        payment = counter.start(invoice.ref, 2900)
        counter.work()
        for _ in range(times):
            ask_to_confirm(payment=payment.ref, actor=machine(), at=now())
    assert counter.now(payment).state == "needs_action"
    assert mails() == [("payment-confirm", "carl@example.test")]
    with platform_scope("test"):
        assert OutboxMail.objects.get(template="payment-confirm").language == "en"
        [link] = PaymentLink.objects.filter(payment__ref=payment.ref)
    # One entry for the one write.
    [told] = JournalEntry.unscoped.filter(event="payment_link.made_to_pay")
    assert (told.account_id, told.data["link"], told.data["payment"]) == (
        counter.world.carl.id, link.ref, payment.ref,
    )  # fmt: skip

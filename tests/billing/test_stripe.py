"""The adapter against a local Stripe that another hand wrote from Stripe's documentation: only the address differs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
import requests
from django.db import transaction
from pytest_django.fixtures import Settings as SettingsWrapper

from sublet.billing.gateway import NotOurs
from sublet.billing.gateway.stripe import StripeGateway
from sublet.billing.models.payments import Dispute, GatewayAccount, Payment, PaymentLink, PaymentMethod
from sublet.billing.operations import charges, gateways, inbox, links, methods
from sublet.billing.operations.dunning_acting import run_dunning
from sublet.billing.operations.refunds import refund_payment
from sublet.foundation.clock import now
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.scope import platform_scope
from tests.billing.dunned import case_of, owes, rests, steps, takes
from tests.billing.payments import HOOK, KEY, Counter, machine, messages
from tests.billing.selling import balances
from tests.people import World
from tests.stripe_server.fixtures import Receiver, StripeServer, stripe_process, stripe_server, webhook_receiver

__all__ = ["stripe_process", "stripe_server", "webhook_receiver"]

#: What docs/howto/payments.md tells a reseller to tick, and nothing besides.
PERMISSIONS = {
    "customer": "write", "payment_method": "write", "setup_intent": "write", "payment_intent": "write",
    "checkout_session": "write", "charge": "write", "dispute": "read", "balance": "read", "event": "read", "account": "read",
    "balance_transaction_source": "read",
}  # fmt: skip
CARD, DECLINED, CONFIRM = "4242424242424242", "4000000000000341", "4000002760003184"


@pytest.fixture
def stripe(stripe_server: StripeServer, settings: SettingsWrapper) -> StripeServer:
    settings.STRIPE_URL, settings.OUTBOUND_ALLOW = stripe_server.url, ["127.0.0.1"]
    stripe_server.control("key", key=KEY, permissions=PERMISSIONS)
    return stripe_server


@pytest.fixture
def counter(world: World, stripe: StripeServer) -> Counter:
    """Rosa has connected her restricted key."""
    with world.scope("rosa") as rosa:
        gateways.connect_gateway(key=KEY, hook_secret=HOOK, actor=rosa, at=now())
    run_due_jobs(at=now())
    with platform_scope("test"):
        row = GatewayAccount.objects.get(account=world.rosa)
    assert (row.state, row.why, row.title) == ("works", "", "Local")
    return Counter(world, None, row)  # type: ignore[arg-type]  # nothing here is in memory


def enter(counter: Counter, number: str = CARD, *, prove: bool = True) -> PaymentMethod:
    """Rosa sends Carl the link; he opens it, enters a card on the processor's page, and comes back."""
    with counter.world.scope("rosa") as rosa:
        made = links.make_link(payer=counter.world.carl.ref, actor=rosa, at=now())
    token = made.url.rstrip("/").rpartition("/")[2]
    with platform_scope("test"):
        page = links.begin_entering(
            token=token,
            done="https://x.example/done",
            back="https://x.example/back",
            language="en",
            actor=machine(),
            at=now(),
        )
        fill_in(page, number)
        assert links.finish_entering(token=token, actor=machine(), at=now()) is True
        return PaymentMethod.objects.get(account=counter.world.carl, removed_at__isnull=True, is_default=True)


def fill_in(page: str, number: str = CARD) -> None:
    form = {"name": "Carl Conti", "email": "carl@example.test", "number": number, "expiry": "12/34", "cvc": "123"}
    answer = requests.post(page, data=form, timeout=20, allow_redirects=False)
    assert answer.status_code == 303, answer.text
    if "/authenticate/" in answer.headers["Location"]:
        done = requests.post(answer.headers["Location"], data={"answer": "complete"}, timeout=20, allow_redirects=False)
        requests.get(done.headers["Location"], timeout=20, allow_redirects=False)


def start(counter: Counter, amount: int = 4900, currency: str = "EUR", invoice: str = "inv_1") -> Payment:
    return counter.start(invoice, amount, currency=currency, at=now())


def taken(stripe: StripeServer) -> list[tuple[int, str]]:
    """What the processor took, by its own account of it."""
    found = stripe.client(KEY).v1.charges.list({"limit": 100}).data
    return sorted((row.amount, row.currency) for row in found if row.paid)


def later(minutes: int) -> None:
    at = now() + timedelta(minutes=minutes)
    with platform_scope("test"):
        charges.ask_unknown(actor=machine(), at=at)
    run_due_jobs(at=at)


def test_from_the_restricted_key_to_the_money(counter: Counter, stripe: StripeServer) -> None:
    method = enter(counter)
    assert (method.kind, method.brand, method.ends, method.until) == ("card", "visa", "4242", "2034-12")
    payment = start(counter)
    run_due_jobs(at=now())
    done = counter.now(payment)
    assert (done.state, done.fee_currency, done.fee > 0) == ("succeeded", "EUR", True)
    assert taken(stripe) == [(4900, "eur")]


def test_a_link_is_used_once(counter: Counter, stripe: StripeServer) -> None:
    enter(counter)
    with platform_scope("test"):
        row = PaymentLink.objects.get()
        assert row.used_at is not None
        assert CARD not in str(vars(row))


def test_a_key_that_may_less_than_is_needed_is_told(world: World, stripe: StripeServer) -> None:
    stripe.control("key", key=KEY, permissions={"event": "read"})
    with world.scope("rosa") as rosa:
        gateways.connect_gateway(key=KEY, actor=rosa, at=now())
    run_due_jobs(at=now())
    with platform_scope("test"):
        row = GatewayAccount.objects.get()
    assert (row.state, row.why) == ("fails", "key")


def test_a_declined_card_is_an_answer(counter: Counter, stripe: StripeServer) -> None:
    enter(counter, DECLINED)
    payment = start(counter)
    run_due_jobs(at=now())
    assert (counter.now(payment).state, counter.now(payment).code) == ("failed", "generic_decline")
    assert taken(stripe) == []


def test_a_card_that_wants_its_owner_is_paid_on_the_processors_page(counter: Counter, stripe: StripeServer) -> None:
    enter(counter, CONFIRM)
    payment = start(counter)
    run_due_jobs(at=now())
    assert counter.now(payment).state == "needs_action"
    with platform_scope("test"):
        with transaction.atomic():
            made = links.write_link(
                counter.world.carl, counter.account, send_to="", payment=counter.now(payment), actor=machine(), at=now()
            )
        token = made.url.rstrip("/").rpartition("/")[2]
        page = links.begin_paying(
            token=token,
            done="https://x.example/d",
            back="https://x.example/b",
            language="en",
            actor=machine(),
            at=now(),
        )
        fill_in(page, CONFIRM)
        assert links.finish_paying(token=token, actor=machine(), at=now()) == "succeeded"
        paid = Payment.objects.get(hosted__gt="")
        assert (paid.fee_currency, paid.fee > 0) == ("EUR", True)  # told at once: it is booked with the payment
    assert counter.now(payment).state == "failed"
    assert taken(stripe) == [(4900, "eur")]


@pytest.mark.parametrize(
    "kind", ["cut_before", "cut_after", "500_before", "500_after", "500_stored", "429", "timeout_after"]
)
def test_whatever_the_line_does_one_charge_comes_of_it(counter: Counter, stripe: StripeServer, kind: str) -> None:
    """W5."""
    enter(counter)
    stripe.control("fault", kind=kind, path="/v1/payment_intents", seconds=0.1)
    payment = start(counter)
    run_due_jobs(at=now())
    assert counter.now(payment).state == "unknown"
    for minutes in (2, 5, 10, 20, 40, 80, 150, 300):
        later(minutes)
    if (
        kind == "500_stored"
    ):  # the key is spent on an error for good: a person lets it go, and another attempt has another key
        assert counter.now(payment).state == "parked"
        with counter.world.scope("rosa") as rosa:
            charges.give_up(payment=payment.ref, actor=rosa, at=now())
        run_due_jobs(at=now())
        assert counter.now(payment).state == "failed"
        payment = start(counter)
        run_due_jobs(at=now())
    assert counter.now(payment).state == "succeeded"
    assert taken(stripe) == [(4900, "eur")]


@pytest.mark.parametrize(
    ("amount", "currency", "there"),
    [(6000, "JPY", 6000), (12340, "KWD", 12340)],
)
def test_currencies_leave_as_the_processor_writes_them(
    counter: Counter, stripe: StripeServer, amount: int, currency: str, there: int
) -> None:
    """B4."""
    enter(counter)
    payment = start(counter, amount, currency)
    run_due_jobs(at=now())
    assert (counter.now(payment).state, taken(stripe)) == ("succeeded", [(there, currency.lower())])


def test_a_refund_goes_back_by_its_line_or_after_it(counter: Counter, stripe: StripeServer) -> None:
    enter(counter)
    payment = start(counter)
    run_due_jobs(at=now())
    stripe.control("fault", kind="cut_after", path="/v1/refunds", seconds=0)
    with counter.world.scope("rosa") as rosa:
        ref = refund_payment(payment=payment.ref, amount=1900, actor=rosa, at=now())
    run_due_jobs(at=now())
    assert counter.refund(ref).state == "unknown"
    from sublet.billing.operations.refunds import ask_unknown_refunds

    at = now() + timedelta(minutes=5)
    with platform_scope("test"):
        ask_unknown_refunds(actor=machine(), at=at)
    run_due_jobs(at=at)
    assert counter.refund(ref).state == "succeeded"
    assert [row.amount for row in stripe.client(KEY).v1.refunds.list().data] == [1900]


def hear(counter: Counter, receiver: Receiver, at: datetime) -> None:
    for each in receiver.heard:
        with platform_scope("test"):
            inbox.hear(
                word=counter.account.hook_word, body=each.body, headers={"Stripe-Signature": each.signature}, actor=machine(),
                at=at,
            )  # fmt: skip


@pytest.mark.parametrize("order", ["in_order", "reversed", "shuffled"])
def test_signed_messages_in_any_order_three_times(
    counter: Counter, stripe: StripeServer, webhook_receiver: Receiver, order: str
) -> None:
    stripe.control("endpoint", url=webhook_receiver.url, key=KEY, secret=HOOK)
    stripe.control("manners", hold=True)
    enter(counter)
    stripe.control("fault", kind="cut_after", path="/v1/payment_intents", seconds=0)
    payment = start(counter)
    run_due_jobs(at=now())
    assert counter.now(payment).state == "unknown"
    charge = stripe.client(KEY).v1.charges.list().data[0].id
    stripe.client(KEY).v1.refunds.create({"charge": charge, "amount": 900})
    stripe.control("release", order=order, seed=5, times=3)
    hear(counter, webhook_receiver, now())
    for minutes in (0, 10, 60):
        run_due_jobs(at=now() + timedelta(minutes=minutes))
    assert (counter.now(payment).state, counter.now(payment).refunded) == ("succeeded", 900)
    assert {state for _type, state in messages()} <= {"done", "nothing"}
    assert taken(stripe) == [(4900, "eur")]


def test_a_signature_of_yesterday_of_another_or_none_is_refused(
    counter: Counter, stripe: StripeServer, webhook_receiver: Receiver
) -> None:
    """W2: 301 seconds old; another endpoint's secret; written anew."""
    stripe.control("endpoint", url=webhook_receiver.url, key=KEY, secret="whsec_another")
    enter(counter)
    stripe.control("drain")
    assert webhook_receiver.heard
    with pytest.raises(NotOurs) as fault:
        hear(counter, webhook_receiver, now())
    assert fault.value.why == "signature"
    gateway = StripeGateway(KEY)
    each = webhook_receiver.heard[0]
    headers = {"Stripe-Signature": each.signature}
    assert gateway.read(each.body, headers, secret="whsec_another", at=now()).type
    made = datetime.fromtimestamp(int(each.signature.partition("t=")[2].partition(",")[0]), UTC)
    for at, body, why in (
        (made + timedelta(seconds=301), each.body, "old"),
        (made, each.body.replace(b" ", b""), "signature"),
        (made, b"\xff\xfe", "signature"),
    ):
        with pytest.raises(NotOurs) as fault:
            gateway.read(body, headers, secret="whsec_another", at=at)
        assert fault.value.why == why
    assert messages() == []


def test_messages_that_never_came_are_found_in_the_list(counter: Counter, stripe: StripeServer) -> None:
    """W4: nobody listened for three days."""
    enter(counter)
    stripe.control("fault", kind="cut_after", path="/v1/payment_intents", seconds=0)
    payment = start(counter)
    run_due_jobs(at=now())
    assert counter.now(payment).state == "unknown"
    with platform_scope("test"):
        assert inbox.compare(gateway=counter.account.ref, actor=machine(), at=now()) > 5
    run_due_jobs(at=now())
    assert counter.now(payment).state == "succeeded"


@pytest.mark.parametrize("order", ["in_order", "reversed", "shuffled"])
def test_a_dispute_costs_its_fee_and_is_decided_twice(
    counter: Counter, stripe: StripeServer, webhook_receiver: Receiver, order: str
) -> None:
    """Lost, and won on appeal: each movement once, in whichever order it is told, each message three times."""
    stripe.control("endpoint", url=webhook_receiver.url, key=KEY, secret=HOOK)
    enter(counter)
    payment = start(counter)
    run_due_jobs(at=now())
    before = balances("retail")
    charge = stripe.client(KEY).v1.charges.list().data[0].id
    stripe.control("manners", hold=True)
    made = stripe.control("dispute", charge=charge)["id"]
    for turn, (status, after) in enumerate((("lost", (-6400, 1500)), ("won", (-1300, 1300)))):
        stripe.control("dispute", dispute=made, status=status, anew=bool(turn), fee_back=200 * turn)
        stripe.control("release", order=order, seed=5, times=3)
        hear(counter, webhook_receiver, now())
        for minutes in (0, 10, 60):
            run_due_jobs(at=now() + timedelta(minutes=minutes))
        with platform_scope("test"):
            row = Dispute.objects.get(payment_id=payment.id)
        cash, fees = after
        assert (row.state, row.fee, row.moves) == (status, fees, turn + 1)
        found = balances("retail")
        assert (found["cash"] - before["cash"], found["fees"] - before["fees"]) == (cash, fees)
    rows = stripe.client(KEY).v1.balance_transactions.list().data
    assert sum(each.net for each in rows) == balances("retail")["cash"]


def test_a_method_that_is_removed_is_forgotten_there(counter: Counter, stripe: StripeServer) -> None:
    method = enter(counter)
    with counter.world.scope("rosa") as rosa:
        methods.remove_method(ref=method.ref, actor=rosa, at=now())
    run_due_jobs(at=now())
    assert stripe.client(KEY).v1.payment_methods.retrieve(method.named).customer is None


def test_dunning_tries_a_card_that_is_declined_and_then_another_one(counter: Counter, stripe: StripeServer) -> None:
    """From the overdue invoice over a declined card and a pause to the payment by another one, at a real processor's server."""
    takes(counter.world)
    noon = (now() + timedelta(days=1)).replace(hour=12)  # steps are taken by day
    invoice = owes(counter.world, due_on=noon.date() - timedelta(days=3))
    enter(counter, DECLINED)

    def comes_by(days: int) -> None:
        at = noon + timedelta(days=days)
        with mock.patch("sublet.messaging.sending.send_mail"):
            run_dunning(actor=machine(), at=at)
            run_due_jobs(at=at)

    for days in (0, 1, 4, 5, 11, 15, 18, 19):
        comes_by(days)
    assert [outcome for key, outcome in steps(invoice) if key.startswith("retry:")] == ["started"] * 3
    assert steps(invoice)[-1][1] == "paused"
    assert taken(stripe) == []
    method = enter(counter)
    with platform_scope("test"):
        PaymentMethod.objects.filter(id=method.id).update(added_at=noon + timedelta(days=20))
    comes_by(20)
    assert taken(stripe) == [(2900, "eur")]
    assert case_of(invoice).state == "settled"
    assert not rests(counter.world.carl, noon + timedelta(days=20))
    comes_by(21)
    assert taken(stripe) == [(2900, "eur")]

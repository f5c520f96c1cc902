"""Payments, setups, refunds, disputes as documented; driven by the official SDK only."""

from __future__ import annotations

from typing import Any

import pytest
import requests
import stripe

from tests.stripe_server.fixtures import StripeServer

Client = stripe.StripeClient
# Otherwise any method of the account is allowed, and confirming needs a way back.
CARD: Any = {"allowed_payment_method_types": ["card"]}


def _customer(client: Client) -> str:
    return client.v1.customers.create({"name": "Ada", "email": "ada@example.com"}).id


def _card(client: Client, number: str) -> str:
    given: Any = {"type": "card", "card": {"number": number, "exp_month": 12, "exp_year": 2034, "cvc": "123"}}
    return client.v1.payment_methods.create(given).id


def _debit(client: Client, iban: str) -> str:
    return client.v1.payment_methods.create(
        {
            "type": "sepa_debit",
            "sepa_debit": {"iban": iban},
            "billing_details": {"name": "Ada", "email": "a@example.com"},
        }
    ).id


def _pay(client: Client, method: str, **more: Any) -> stripe.PaymentIntent:
    fields: dict[str, Any] = {"amount": 1200, "currency": "eur", "payment_method": method, "confirm": True}
    fields |= {"allowed_payment_method_types": ["card", "sepa_debit"]}
    return client.v1.payment_intents.create(fields | more)  # type: ignore[arg-type]


def _setup(client: Client, **fields: Any) -> stripe.SetupIntent:
    given: Any = {"confirm": True, **CARD, **fields}
    return client.v1.setup_intents.create(given)


def _types(client: Client) -> list[str]:
    return [str(event.type) for event in client.v1.events.list({"limit": 100}).data][::-1]


def test_a_card_is_set_up_and_charged_later(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    buyer = _customer(client)
    setup = _setup(client, customer=buyer, payment_method="pm_card_visa")
    assert setup.status == "succeeded"
    client.v1.customers.update(buyer, {"invoice_settings": {"default_payment_method": str(setup.payment_method)}})
    intent = _pay(
        client,
        str(setup.payment_method),
        customer=buyer,
        off_session=True,
        metadata={"invoice": "7"},
        capture_method="automatic",
    )
    assert (intent.status, intent.amount_received) == ("succeeded", 1200)
    charge = client.v1.charges.retrieve(str(intent.latest_charge), {"expand": ["balance_transaction"]})
    assert (charge.paid, charge.captured, charge.metadata["invoice"]) == (True, True, "7")
    assert charge.payment_method_details is not None
    assert charge.payment_method_details.card is not None
    assert charge.payment_method_details.card.last4 == "4242"
    assert isinstance(charge.balance_transaction, stripe.BalanceTransaction)
    assert charge.balance_transaction.net == 1200 - charge.balance_transaction.fee
    assert _types(client) == [
        "customer.created", "setup_intent.created", "payment_method.attached", "setup_intent.succeeded",
        "customer.updated", "payment_intent.created", "charge.succeeded", "payment_intent.succeeded",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "code", "decline_code"),
    [
        ("4000000000000002", "card_declined", "generic_decline"),
        ("4000000000009995", "card_declined", "insufficient_funds"),
        ("4000000000009987", "card_declined", "lost_card"),
        ("4000000000000069", "expired_card", None),
        ("4000000000000127", "incorrect_cvc", None),
        ("4000000000000119", "processing_error", None),
    ],
)
def test_cards_that_are_declined(stripe_server: StripeServer, number: str, code: str, decline_code: str | None) -> None:
    client = stripe_server.client()
    buyer, card = _customer(client), _card(client, number)
    with pytest.raises(stripe.CardError) as refused:
        _pay(client, card)
    error = refused.value.error
    assert error is not None
    assert (refused.value.http_status, error.code, error.decline_code) == (402, code, decline_code)
    assert error.payment_intent is not None
    assert (error.payment_intent.status, error.payment_intent.payment_method) == ("requires_payment_method", None)
    assert client.v1.charges.retrieve(str(error.charge)).status == "failed"
    assert _types(client)[-3:] == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]
    # They cannot be kept for a customer either, nor set up.
    with pytest.raises(stripe.CardError) as refused:
        client.v1.payment_methods.attach(card, {"customer": buyer})
    assert refused.value.code == code
    with pytest.raises(stripe.CardError) as refused:
        _setup(client, customer=buyer, payment_method=card)
    assert _types(client)[-1] == "setup_intent.setup_failed"


def test_card_0341_is_kept_and_declined_when_charged(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    buyer, card = _customer(client), _card(client, "4000000000000341")
    client.v1.payment_methods.attach(card, {"customer": buyer})
    with pytest.raises(stripe.CardError) as refused:
        _pay(client, card, customer=buyer, off_session=True)
    assert refused.value.code == "card_declined"
    # The same intent with another card succeeds.
    assert refused.value.error is not None
    assert refused.value.error.payment_intent is not None
    intent = refused.value.error.payment_intent.id
    assert client.v1.payment_intents.confirm(intent, {"payment_method": "pm_card_visa"}).status == "succeeded"


def test_card_3155_is_authenticated_once_when_it_is_set_up(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    buyer, card = _customer(client), _card(client, "4000002500003155")
    setup = _setup(client, customer=buyer, payment_method=card, return_url="http://127.0.0.1:1/back")
    assert setup.status == "requires_action"
    assert setup.next_action is not None
    assert setup.next_action.redirect_to_url is not None
    back = requests.post(
        str(setup.next_action.redirect_to_url.url), data={"answer": "complete"}, allow_redirects=False, timeout=10
    )
    assert back.status_code == 303
    assert back.headers["Location"].startswith("http://127.0.0.1:1/back?setup_intent=" + setup.id)
    assert back.headers["Location"].endswith("redirect_status=succeeded")
    assert client.v1.setup_intents.retrieve(setup.id).status == "succeeded"
    assert _pay(client, card, customer=buyer, off_session=True).status == "succeeded"


def test_card_3155_that_was_not_set_up_asks_for_its_owner(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    buyer, card = _customer(client), _card(client, "4000002500003155")
    client.v1.payment_methods.attach(card, {"customer": buyer})
    with pytest.raises(stripe.CardError) as refused:
        _pay(client, card, customer=buyer, off_session=True)
    assert refused.value.code == "authentication_required"
    assert refused.value.error is not None
    assert refused.value.error.payment_intent is not None
    assert refused.value.error.payment_intent.status == "requires_payment_method"


@pytest.mark.parametrize("number", ["4000002760003184", "4000000000003220"])
def test_card_3184_is_authenticated_each_time(stripe_server: StripeServer, number: str) -> None:
    client = stripe_server.client()
    buyer, card = _customer(client), _card(client, number)
    setup = _setup(client, customer=buyer, payment_method=card)
    assert setup.status == "requires_action"
    assert stripe_server.control("authenticate", intent=setup.id, proved=True)["status"] == "succeeded"
    with pytest.raises(stripe.CardError) as refused:
        _pay(client, card, customer=buyer, off_session=True)
    assert refused.value.code == "authentication_required"
    intent = _pay(client, card, customer=buyer, return_url="http://127.0.0.1:1/back")
    assert intent.status == "requires_action"
    assert _types(client)[-1] == "payment_intent.requires_action"
    assert stripe_server.control("authenticate", intent=intent.id, proved=True)["status"] == "succeeded"
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_a_failed_proof_leaves_the_intent_without_a_method(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    intent = _pay(client, _card(client, "4000002760003184"), return_url="http://127.0.0.1:1/back")
    stripe_server.control("authenticate", intent=intent.id, proved=False)
    found = client.v1.payment_intents.retrieve(intent.id)
    assert found.status == "requires_payment_method"
    assert found.last_payment_error is not None
    assert found.last_payment_error.code == "payment_intent_authentication_failure"
    assert _types(client)[-1] == "payment_intent.payment_failed"


def test_a_card_that_is_declined_after_its_owner_has_proved(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    intent = _pay(client, _card(client, "4000008260003178"), return_url="http://127.0.0.1:1/back")
    assert intent.status == "requires_action"
    stripe_server.control("authenticate", intent=intent.id, proved=True)
    found = client.v1.payment_intents.retrieve(intent.id)
    assert found.last_payment_error is not None
    assert found.last_payment_error.decline_code == "insufficient_funds"


def test_a_number_with_a_wrong_check_digit_is_refused(stripe_server: StripeServer) -> None:
    with pytest.raises(stripe.CardError) as refused:
        _card(stripe_server.client(), "4242424242424241")
    assert refused.value.code == "incorrect_number"


def test_a_debit_is_processing_and_arrives_later(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    stripe_server.control("clock", stop=True)
    buyer, account = _customer(client), _debit(client, "DE89370400440532013000")
    agreed = {"customer_acceptance": {"type": "online", "online": {"ip_address": "127.0.0.1", "user_agent": "x"}}}
    setup = _setup(
        client, customer=buyer, payment_method=account, allowed_payment_method_types=["sepa_debit"], mandate_data=agreed
    )
    assert setup.status == "succeeded"
    assert client.v1.mandates.retrieve(str(setup.mandate)).status == "active"
    intent = _pay(client, account, customer=buyer, off_session=True, allowed_payment_method_types=["sepa_debit"])
    assert intent.status == "processing"
    assert client.v1.charges.retrieve(str(intent.latest_charge)).status == "pending"
    stripe_server.control("clock", advance=6)
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert _types(client)[-4:] == [
        "payment_intent.processing", "charge.pending", "charge.succeeded", "payment_intent.succeeded",
    ]  # fmt: skip


def test_a_debit_that_comes_back(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    stripe_server.control("clock", stop=True)
    for iban, seconds in (("DE62370400440532013001", 6), ("AT051904300235473205", 200)):
        intent = _pay(client, _debit(client, iban), allowed_payment_method_types=["sepa_debit"], off_session=True)
        assert intent.status == "processing"
        if seconds == 200:  # "delayed": not before three minutes have passed
            stripe_server.control("clock", advance=170)
            assert client.v1.payment_intents.retrieve(intent.id).status == "processing"
        stripe_server.control("clock", advance=seconds)
        found = client.v1.payment_intents.retrieve(intent.id)
        assert found.status == "requires_payment_method"
        assert found.last_payment_error is not None
        assert _types(client)[-2:] == ["charge.failed", "payment_intent.payment_failed"]


def test_an_iban_that_does_not_hold_and_a_debit_without_a_mandate(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        _debit(client, "DE89370400440532013009")
    assert refused.value.code == "invalid_bank_account_iban"
    account = _debit(client, "DE89370400440532013000")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        _pay(client, account, allowed_payment_method_types=["sepa_debit"])
    assert refused.value.param == "mandate_data"


def test_refunds_in_parts_and_not_more_than_was_paid(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    intent = _pay(client, "pm_card_visa")
    first = client.v1.refunds.create({"payment_intent": intent.id, "amount": 500, "metadata": {"note": "1"}})
    assert (first.status, first.amount) == ("succeeded", 500)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 701})
    assert "greater than unrefunded amount on charge (€7.00)" in str(refused.value)
    client.v1.refunds.create({"charge": str(intent.latest_charge)})
    charge = client.v1.charges.retrieve(str(intent.latest_charge))
    assert (charge.amount_refunded, charge.refunded) == (1200, True)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert refused.value.code == "charge_already_refunded"
    assert _types(client)[-4:] == ["refund.created", "charge.refunded", "refund.created", "charge.refunded"]
    assert [row.amount for row in client.v1.refunds.list({"charge": charge.id}).data] == [700, 500]


def test_refunds_that_arrive_later_or_come_back(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    stripe_server.control("clock", stop=True)
    late = client.v1.refunds.create({"payment_intent": _pay(client, "pm_card_pendingRefund").id})
    assert late.status == "pending"
    back = client.v1.refunds.create({"payment_intent": _pay(client, "pm_card_refundFail").id})
    assert back.status == "succeeded"
    stripe_server.control("clock", advance=6)
    assert client.v1.refunds.retrieve(late.id).status == "succeeded"
    assert client.v1.refunds.retrieve(back.id).status == "failed"
    charge = client.v1.charges.retrieve(str(back.charge))
    assert (charge.amount_refunded, charge.refunded) == (0, False)
    assert {"refund.updated", "refund.failed"} <= set(_types(client))


@pytest.mark.parametrize(("said", "status"), [("winning_evidence", "won"), ("losing_evidence", "lost")])
def test_card_0259_is_disputed_and_evidence_decides(stripe_server: StripeServer, said: str, status: str) -> None:
    client = stripe_server.client()
    intent = _pay(client, _card(client, "4000000000000259"))
    assert intent.status == "succeeded"
    dispute = client.v1.disputes.list({"payment_intent": intent.id}).data[0]
    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", "fraudulent", 1200)
    assert client.v1.charges.retrieve(str(intent.latest_charge)).disputed
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert refused.value.code == "charge_disputed"
    before = client.v1.balance.retrieve().available[0].amount
    assert client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": said}}).status == status
    told = _types(client)
    assert told.index("charge.dispute.created") < told.index("charge.dispute.funds_withdrawn")
    assert told[-1] == "charge.dispute.closed"
    assert ("charge.dispute.funds_reinstated" in told) == (status == "won")
    assert client.v1.balance.retrieve().available[0].amount - before == (
        1200 if status == "won" else 0
    )  # the fee stays


def test_a_dispute_is_opened_and_decided_by_command(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    intent = _pay(client, "pm_card_visa")
    made = stripe_server.control("dispute", charge=str(intent.latest_charge), reason="product_not_received")
    assert client.v1.disputes.retrieve(made["id"]).reason == "product_not_received"
    stripe_server.control("dispute", dispute=made["id"], status="won")
    assert client.v1.disputes.retrieve(made["id"]).status == "won"
    assert _types(client)[-1] == "charge.dispute.closed"


def test_what_is_captured_in_the_background_says_later_what_it_came_to(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    intent = _pay(client, "pm_card_visa")
    assert (intent.status, intent.capture_method) == ("succeeded", "automatic_async")
    charge = str(intent.latest_charge)
    assert client.v1.charges.retrieve(charge).balance_transaction is None
    stripe_server.control("clock", advance=10)
    assert client.v1.charges.retrieve(charge).balance_transaction is not None


def test_intents_are_captured_canceled_and_refuse_what_their_state_forbids(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    held = _pay(client, "pm_card_visa", capture_method="manual")
    assert (held.status, held.amount_capturable) == ("requires_capture", 1200)
    assert client.v1.payment_intents.capture(held.id, {"amount_to_capture": 900}).amount_received == 900
    for ask in (client.v1.payment_intents.confirm, client.v1.payment_intents.cancel):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            ask(held.id)
        assert refused.value.code == "payment_intent_unexpected_state"
    open_one = client.v1.payment_intents.create({"amount": 700, "currency": "jpy"})
    assert open_one.status == "requires_payment_method"
    assert client.v1.payment_intents.cancel(open_one.id, {"cancellation_reason": "abandoned"}).status == "canceled"
    assert [row.id for row in client.v1.payment_intents.list().data] == [open_one.id, held.id]


def test_methods_are_detached_and_not_used_again(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    buyer, card = _customer(client), _card(client, "4242424242424242")
    client.v1.payment_methods.attach(card, {"customer": buyer})
    assert [row.id for row in client.v1.customers.payment_methods.list(buyer, {"type": "card"}).data] == [card]
    client.v1.payment_methods.detach(card)
    assert client.v1.customers.payment_methods.list(buyer).data == []
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_methods.attach(card, {"customer": buyer})
    assert refused.value.code == "payment_method_unexpected_state"
    # A method that was charged without a customer is spent as well.
    once = _card(client, "4242424242424242")
    _pay(client, once)
    with pytest.raises(stripe.InvalidRequestError):
        _pay(client, once)


def test_a_method_of_another_customer_is_refused(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    card = _card(client, "4242424242424242")
    client.v1.payment_methods.attach(card, {"customer": _customer(client)})
    with pytest.raises(stripe.InvalidRequestError):
        _pay(client, card, customer=_customer(client))


def test_the_balance_waits_a_week_and_follows_the_clock(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    _pay(client, "pm_card_visa")
    balance = client.v1.balance.retrieve()
    assert (balance.pending[0].amount, balance.available[0].amount) == (1157, 0)
    stripe_server.control("clock", advance=8 * 86_400)
    assert client.v1.balance.retrieve().available[0].amount == 1157


def test_which_methods_may_be_used(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    for more, currency, kinds in (
        ({}, "eur", ["card", "sepa_debit"]),
        ({}, "jpy", ["card"]),
        ({"allowed_payment_method_types": ["sepa_debit"]}, "eur", ["sepa_debit"]),
        ({"excluded_payment_method_types": ["sepa_debit"]}, "eur", ["card"]),
    ):
        fields: Any = {"amount": 700, "currency": currency, **more}
        assert client.v1.payment_intents.create(fields).payment_method_types == kinds
    old: Any = {"amount": 700, "currency": "eur", "payment_method_types": ["card"]}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.create(old)
    assert refused.value.code == "payment_method_types_no_longer_supported"
    away: Any = {"amount": 700, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.create(away)
    assert refused.value.param == "return_url"
    stays = {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
    assert client.v1.payment_intents.create(away | stays).status == "succeeded"
    assert client.v1.payment_intents.create(away | {"return_url": "http://127.0.0.1:1/"}).status == "succeeded"


def test_expanding_follows_paths(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    buyer = _customer(client)
    deep = ["latest_charge.balance_transaction", "customer"]
    made = _pay(client, "pm_card_visa", customer=buyer, capture_method="automatic", expand=deep)
    assert isinstance(made.latest_charge, stripe.Charge)
    assert isinstance(made.latest_charge.balance_transaction, stripe.BalanceTransaction)
    assert isinstance(made.customer, stripe.Customer)
    rows = client.v1.payment_intents.list({"expand": ["data.customer"]})
    assert isinstance(rows.data[0].customer, stripe.Customer)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.retrieve(made.id, {"expand": ["nothing"]})

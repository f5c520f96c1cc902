"""The hosted page, filled in by what a browser would send, and by a browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests
import stripe
from playwright.sync_api import Browser

from tests.stripe_server.fixtures import StripeServer

BACK = "http://127.0.0.1:1/back?session={CHECKOUT_SESSION_ID}"
CARD = {"method": "card", "number": "4242 4242 4242 4242", "expiry": "12/34", "cvc": "123", "name": "Ada"}


def _setup(client: stripe.StripeClient, **more: Any) -> Any:
    buyer = client.v1.customers.create({"name": "Ada"}).id
    fields: Any = {"mode": "setup", "customer": buyer, "currency": "eur", "success_url": BACK,
                   "cancel_url": "http://127.0.0.1:1/away"} | more  # fmt: skip
    return client.v1.checkout.sessions.create(fields)


def _payment(client: stripe.StripeClient, **more: Any) -> Any:
    item = {
        "price_data": {"currency": "eur", "unit_amount": 1500, "product_data": {"name": "Invoice 7"}},
        "quantity": 2,
    }
    fields: Any = {"mode": "payment", "line_items": [item], "success_url": BACK} | more
    return client.v1.checkout.sessions.create(fields)


def _send(url: str, **form: str) -> requests.Response:
    return requests.post(url, data=CARD | form, allow_redirects=False, timeout=20)


def _last(client: stripe.StripeClient) -> str:
    return client.v1.events.list({"limit": 1}).data[0].type


def test_setup_keeps_the_card_for_the_customer(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    session = _setup(client, metadata={"payer": "9"})
    assert (session.status, session.payment_status) == ("open", "no_payment_required")
    sent = _send(session.url)
    assert (sent.status_code, sent.headers["Location"]) == (303, f"http://127.0.0.1:1/back?session={session.id}")
    found = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent"]})
    assert (found.status, found.url) == ("complete", None)
    assert isinstance(found.setup_intent, stripe.SetupIntent)
    methods = client.v1.customers.payment_methods.list(session.customer).data
    assert [method.id for method in methods] == [found.setup_intent.payment_method]
    assert _last(client) == "checkout.session.completed"
    # Sent twice (a double click): nothing more happens.
    _send(session.url)
    assert len(client.v1.customers.payment_methods.list(session.customer).data) == 1


def test_a_declined_card_is_said_on_the_page_and_another_one_goes(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    session = _payment(client, payment_intent_data={"metadata": {"invoice": "7"}})
    said = _send(session.url, number="4000000000009995")
    assert said.status_code == 200
    assert "Your card has insufficient funds." in said.text
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert _send(session.url).status_code == 303
    found = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (found.status, found.payment_status, found.amount_total) == ("complete", "paid", 3000)
    assert isinstance(found.payment_intent, stripe.PaymentIntent)
    assert found.payment_intent.metadata.to_dict() == {"invoice": "7"}
    assert [row.description for row in client.v1.checkout.sessions.line_items.list(session.id).data] == ["Invoice 7"]
    assert len(client.v1.charges.list({"payment_intent": found.payment_intent.id}).data) == 2


@pytest.mark.parametrize("mode", ["setup", "payment"])
def test_the_bank_asks_and_the_session_completes(stripe_server: StripeServer, mode: str) -> None:
    client = stripe_server.client()
    session = _setup(client) if mode == "setup" else _payment(client)
    browser = requests.Session()
    asked = browser.post(session.url, data=CARD | {"number": "4000002760003184"}, allow_redirects=False, timeout=20)
    bank = asked.headers["Location"]
    assert "/_pages/authenticate/" in bank
    refused = browser.post(bank, data={"answer": "fail"}, timeout=20)
    assert "We are unable to authenticate your payment method" in refused.text
    asked = browser.post(session.url, data=CARD | {"number": "4000002760003184"}, allow_redirects=False, timeout=20)
    proved = browser.post(asked.headers["Location"], data={"answer": "complete"}, allow_redirects=False, timeout=20)
    done = browser.get(proved.headers["Location"], allow_redirects=False, timeout=20)
    assert done.headers["Location"] == f"http://127.0.0.1:1/back?session={session.id}"
    assert client.v1.checkout.sessions.retrieve(session.id).status == "complete"


def test_a_debit_completes_the_session_and_pays_later(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    stripe_server.control("clock", stop=True)
    session = _payment(client)
    debit = {"method": "sepa_debit", "iban": "DE89 3704 0044 0532 0130 00", "email": "a@example.com"}
    assert _send(session.url, **debit).status_code == 303
    found = client.v1.checkout.sessions.retrieve(session.id)
    assert (found.status, found.payment_status) == ("complete", "unpaid")
    stripe_server.control("clock", advance=6)
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    assert _last(client) == "checkout.session.async_payment_succeeded"


def test_a_session_expires_by_the_clock_and_by_command(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    session, other = _setup(client), _setup(client)
    client.v1.checkout.sessions.expire(other.id)
    assert client.v1.checkout.sessions.retrieve(other.id).status == "expired"
    stripe_server.control("clock", advance=86_401)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"
    assert _last(client) == "checkout.session.expired"
    assert "This page has expired." in requests.get(session.url, timeout=20).text


def test_what_a_session_needs(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    wrong: list[tuple[Any, str]] = [
        ({"mode": "setup", "currency": "eur"}, "success_url"),
        ({"mode": "setup", "success_url": BACK}, "currency"),
        ({"mode": "payment", "success_url": BACK}, "line_items"),
        ({"mode": "setup", "success_url": "back", "currency": "eur"}, "success_url"),
        ({"mode": "setup", "success_url": BACK, "currency": "eur", "customer": "cus_0"}, "customer"),
        (
            {"mode": "setup", "success_url": BACK, "currency": "eur", "payment_method_types": ["card"]},
            "payment_method_types",
        ),
    ]
    for fields, param in wrong:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.checkout.sessions.create(fields)
        assert refused.value.param == param


@pytest.mark.browser
def test_a_browser_fills_the_page_in(stripe_server: StripeServer, browser: Browser) -> None:
    client = stripe_server.client()
    session = _setup(client, success_url=f"{stripe_server.url}/_pages/nothing?session={{CHECKOUT_SESSION_ID}}")
    page = browser.new_page()
    page.goto(session.url)
    page.get_by_label("Card number").fill("4000 0027 6000 3184")
    page.get_by_label("Expiry").fill("12/34")
    page.get_by_label("CVC").fill("123")
    page.get_by_role("button", name="Save payment method").click()
    page.get_by_role("button", name="Complete").click()
    page.wait_for_url(re.compile(r"/_pages/nothing\?session=" + session.id))
    assert client.v1.checkout.sessions.retrieve(session.id).status == "complete"
    page.close()

"""Deliveries: signed so that the SDK takes them, repeated, and misbehaving on request."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.stripe_server.fixtures import Receiver, StripeServer

SECRET = "whsec_local_test"
PAY: Any = {"amount": 1200, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True,
            "allowed_payment_method_types": ["card"]}  # fmt: skip
PAID = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]


@pytest.fixture
def client(stripe_server: StripeServer, webhook_receiver: Receiver) -> stripe.StripeClient:
    stripe_server.control("endpoint", url=webhook_receiver.url, key="sk_test_sublet", secret=SECRET)
    return stripe_server.client()


def test_the_sdk_takes_what_is_signed_and_nothing_else(
    stripe_server: StripeServer, webhook_receiver: Receiver, client: stripe.StripeClient
) -> None:
    customer = client.v1.customers.create({"name": "Ada"})
    stripe_server.control("drain")
    (heard,) = webhook_receiver.heard
    event = stripe.Webhook.construct_event(heard.body, heard.signature, SECRET)
    assert (event.type, event.data.object["id"]) == ("customer.created", customer.id)
    assert event.api_version == stripe.api_version
    assert event.request.id
    wrong = [
        (heard.body.replace(b"Ada", b"Eve"), heard.signature, SECRET),
        (heard.body, heard.signature, "whsec_another"),
        (heard.body, heard.signature.replace("v1=", "v1=0"), SECRET),
        (heard.body, "", SECRET),
    ]
    for body, signature, secret in wrong:
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body, signature, secret)


def test_an_old_signature_is_refused_by_the_sdk(
    stripe_server: StripeServer, webhook_receiver: Receiver, client: stripe.StripeClient
) -> None:
    stripe_server.control("manners", signature_age=301)
    client.v1.customers.create({"name": "Ada"})
    stripe_server.control("drain")
    with pytest.raises(stripe.SignatureVerificationError, match="tolerance"):
        stripe.Webhook.construct_event(webhook_receiver.heard[0].body, webhook_receiver.heard[0].signature, SECRET)


def test_the_signature_is_of_now_also_when_the_clock_was_moved(
    stripe_server: StripeServer, webhook_receiver: Receiver, client: stripe.StripeClient
) -> None:
    stripe_server.control("clock", advance=40 * 86_400)
    client.v1.customers.create({"name": "Ada"})
    stripe_server.control("drain")
    heard = webhook_receiver.heard[0]
    assert stripe.Webhook.construct_event(heard.body, heard.signature, SECRET)


def test_what_is_not_answered_with_2xx_is_sent_again(
    stripe_server: StripeServer, webhook_receiver: Receiver, client: stripe.StripeClient
) -> None:
    for status in (500, 302, 404):
        webhook_receiver.answers.put(status)
    client.v1.customers.create({"name": "Ada"})
    attempts = stripe_server.control("drain")["attempts"]
    event = client.v1.events.list().data[0]
    assert ([row["status"] for row in attempts], event.pending_webhooks) == ([500], 1)
    for seconds in (901, 3_601, 10_801, 90_000):
        stripe_server.control("clock", advance=seconds)
    attempts = stripe_server.control("drain")["attempts"]
    assert [(row["attempt"], row["status"]) for row in attempts] == [(0, 500), (1, 302), (2, 404), (3, 200)]
    assert len({heard.event["id"] for heard in webhook_receiver.heard}) == 1
    assert client.v1.events.retrieve(event.id).pending_webhooks == 0


def test_events_are_given_up_after_the_last_attempt_and_found_in_the_list(
    stripe_server: StripeServer, webhook_receiver: Receiver, client: stripe.StripeClient
) -> None:
    for _ in range(4):
        webhook_receiver.answers.put(503)
    client.v1.customers.create({"name": "Ada"})
    for seconds in (1, 901, 3_601, 10_801, 90_000):
        stripe_server.control("clock", advance=seconds)
    assert [row["status"] for row in stripe_server.control("drain")["attempts"]] == [503] * 4
    missed = client.v1.events.list({"delivery_success": False}).data
    assert [event.type for event in missed] == ["customer.created"]
    assert stripe_server.control("resend", event=missed[0].id)["sent"] == 1
    assert client.v1.events.list({"delivery_success": False}).data == []


@pytest.mark.parametrize(("order", "expected"), [("in_order", PAID), ("reversed", PAID[::-1]), ("shuffled", None)])
def test_held_events_are_released_in_an_order_that_one_chooses(
    stripe_server: StripeServer, webhook_receiver: Receiver, client: stripe.StripeClient, order: str,
    expected: list[str] | None,
) -> None:  # fmt: skip
    stripe_server.control("manners", hold=True)
    client.v1.payment_intents.create(PAY)
    assert webhook_receiver.heard == []
    assert stripe_server.control("release", order=order, seed=3)["sent"] == 3
    if expected is None:
        assert sorted(webhook_receiver.types) == sorted(PAID)
        assert webhook_receiver.types != PAID
    else:
        assert webhook_receiver.types == expected


def test_events_come_twice(
    stripe_server: StripeServer, webhook_receiver: Receiver, client: stripe.StripeClient
) -> None:
    stripe_server.control("manners", duplicates=2)
    client.v1.customers.create({"name": "Ada"})
    stripe_server.control("drain")
    assert len(webhook_receiver.heard) == 3
    assert len({heard.event["id"] for heard in webhook_receiver.heard}) == 1
    # "Two Event objects for one change": other ids, the same object.
    webhook_receiver.heard.clear()
    stripe_server.control("manners", twins=True)
    client.v1.customers.create({"name": "Bea"})
    stripe_server.control("drain")
    assert len({heard.event["id"] for heard in webhook_receiver.heard}) == 2
    assert len({heard.event["data"]["object"]["id"] for heard in webhook_receiver.heard}) == 1


def test_events_come_late(stripe_server: StripeServer, webhook_receiver: Receiver, client: stripe.StripeClient) -> None:
    stripe_server.control("clock", stop=True)
    stripe_server.control("manners", delay=3600)
    client.v1.customers.create({"name": "Ada"})
    stripe_server.control("clock", advance=3599)
    assert webhook_receiver.heard == []
    stripe_server.control("clock", advance=2)
    assert webhook_receiver.types == ["customer.created"]


def test_events_are_lost_and_stay_in_the_list(
    stripe_server: StripeServer, webhook_receiver: Receiver, client: stripe.StripeClient
) -> None:
    stripe_server.control("manners", drop_types=["payment_intent.succeeded"])
    client.v1.payment_intents.create(PAY | {"capture_method": "automatic"})
    stripe_server.control("clock", advance=100_000)
    assert webhook_receiver.types == PAID[:2]
    assert [event.type for event in client.v1.events.list({"type": "payment_intent.*"}).data] == [PAID[2], PAID[0]]


def test_endpoints_are_made_by_the_api_and_choose_their_events(
    stripe_server: StripeServer, webhook_receiver: Receiver
) -> None:
    client = stripe_server.client()
    made = client.v1.webhook_endpoints.create({"url": webhook_receiver.url, "enabled_events": ["charge.succeeded"]})
    assert made.secret is not None
    assert made.secret.startswith("whsec_")
    found = client.v1.webhook_endpoints.retrieve(made.id)
    assert (found.url, getattr(found, "secret", None)) == (webhook_receiver.url, None)  # shown once only
    client.v1.payment_intents.create(PAY)
    stripe_server.control("drain")
    (heard,) = webhook_receiver.heard
    event = stripe.Webhook.construct_event(heard.body, heard.signature, made.secret)
    assert event.type == "charge.succeeded"
    client.v1.webhook_endpoints.update(made.id, {"disabled": True})
    client.v1.payment_intents.create(PAY)
    stripe_server.control("drain")
    assert len(webhook_receiver.heard) == 1
    client.v1.webhook_endpoints.delete(made.id)
    assert client.v1.webhook_endpoints.list().data == []


def test_another_accounts_events_are_not_heard(
    stripe_server: StripeServer, webhook_receiver: Receiver, client: stripe.StripeClient
) -> None:
    stripe_server.client("sk_test_theirs").v1.customers.create({"name": "Eve"})
    client.v1.customers.create({"name": "Ada"})
    stripe_server.control("drain")
    assert [heard.event["data"]["object"]["name"] for heard in webhook_receiver.heard] == ["Ada"]


def test_events_are_kept_for_thirty_days(stripe_server: StripeServer, client: stripe.StripeClient) -> None:
    client.v1.customers.create({"name": "Ada"})
    stripe_server.control("clock", advance=29 * 86_400)
    assert len(client.v1.events.list().data) == 1
    stripe_server.control("clock", advance=2 * 86_400)
    assert client.v1.events.list().data == []

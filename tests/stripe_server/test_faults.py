"""Answers that do not come, and errors before and after the work: what of it happened is known to the server alone."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.stripe_server.fixtures import StripeServer

PATH = "/v1/payment_intents"
PAY: Any = {"amount": 1200, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True,
            "allowed_payment_method_types": ["card"], "metadata": {"invoice": "7"}}  # fmt: skip
KEY: Any = {"idempotency_key": "invoice-7"}


def _done(client: stripe.StripeClient) -> int:
    return len(client.v1.payment_intents.list().data)


@pytest.mark.parametrize("kind", ["timeout_after", "cut_after"])
def test_no_answer_after_the_work_and_the_same_key_finds_it(stripe_server: StripeServer, kind: str) -> None:
    client = stripe_server.client(timeout=1.5)
    stripe_server.control("fault", kind=kind, path=PATH, seconds=4)
    with pytest.raises(stripe.APIConnectionError):
        client.v1.payment_intents.create(PAY, KEY)
    assert _done(client) == 1
    again = client.v1.payment_intents.create(PAY, KEY)
    assert again.status == "succeeded"
    assert _done(client) == 1
    assert client.v1.payment_intents.search({"query": "metadata['invoice']:'7'"}).data[0].id == again.id


@pytest.mark.parametrize("kind", ["timeout_before", "cut_before"])
def test_no_answer_before_the_work(stripe_server: StripeServer, kind: str) -> None:
    client = stripe_server.client(timeout=1.5)
    stripe_server.control("fault", kind=kind, path=PATH, seconds=4)
    with pytest.raises(stripe.APIConnectionError):
        client.v1.payment_intents.create(PAY, KEY)
    assert _done(client) == 0
    client.v1.payment_intents.create(PAY, KEY)
    assert _done(client) == 1


@pytest.mark.parametrize(
    ("kind", "done", "again"),
    [("500_before", 0, 200), ("503_before", 0, 200), ("500_stored", 0, 500), ("500_after", 1, 500)],
)
def test_errors_of_the_server(stripe_server: StripeServer, kind: str, done: int, again: int) -> None:
    """A 500 of something that had begun is given again for its key, whether the work was done or not."""
    client = stripe_server.client()
    stripe_server.control("fault", kind=kind, path=PATH)
    with pytest.raises(stripe.APIError):
        client.v1.payment_intents.create(PAY, KEY)
    assert _done(client) == done
    if again == 500:
        with pytest.raises(stripe.APIError) as refused:
            client.v1.payment_intents.create(PAY, KEY)
        assert refused.value.headers is not None
        assert refused.value.headers["Idempotent-Replayed"] == "true"
        assert refused.value.headers["Stripe-Should-Retry"] == "false"
    else:
        client.v1.payment_intents.create(PAY, KEY)
    assert _done(client) == (1 if again == 200 else done)


def test_a_fault_waits_for_its_turn(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    stripe_server.control("fault", kind="500_before", path=PATH, skip=1, times=2)
    results = []
    for _ in range(4):
        try:
            results.append(client.v1.payment_intents.create(PAY).status)
        except stripe.APIError as refused:
            results.append(str(refused.http_status))
    assert results == ["succeeded", "500", "500", "succeeded"]
    client.v1.customers.create({"name": "Ada"})  # another endpoint is not concerned


def test_the_sdk_by_itself_repeats_until_it_is_done(stripe_server: StripeServer) -> None:
    client = stripe_server.client(retries=3, timeout=1.5)
    stripe_server.control("fault", kind="cut_after", path=PATH)
    stripe_server.control("fault", kind="503_before", path=PATH)
    assert client.v1.payment_intents.create(PAY).status == "succeeded"  # the SDK makes a key of its own
    assert _done(client) == 1

"""Keys, permissions, and the documented Idempotency-Key; driven by the official SDK only."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe

from tests.stripe_server.fixtures import StripeServer

PAY: dict[str, Any] = {
    "amount": 1200,
    "currency": "eur",
    "payment_method": "pm_card_visa",
    "confirm": True,
    "allowed_payment_method_types": ["card"],
}


def _pay(client: stripe.StripeClient, key: str, **changes: Any) -> stripe.PaymentIntent:
    return client.v1.payment_intents.create(PAY | changes, {"idempotency_key": key})  # type: ignore[arg-type]


def _code(refused: stripe.StripeError) -> str:
    """From the body: the SDK takes over the code for some kinds of errors only."""
    body: Any = refused.json_body
    return str(body["error"]["code"])


def _count(client: stripe.StripeClient) -> int:
    return len(client.v1.payment_intents.list({"limit": 100}).data)


def test_the_same_key_and_parameters_give_the_stored_answer(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    first, again = _pay(client, "one"), _pay(client, "one")
    assert first.id == again.id
    assert again.last_response is not None
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert first.last_response is not None
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert _count(client) == 1
    # The other way round, so that the count means something.
    assert _pay(client, "two").id != first.id
    assert _count(client) == 2


def test_a_declined_card_is_stored_as_well(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    ids = set()
    for _ in range(2):
        with pytest.raises(stripe.CardError) as refused:
            _pay(client, "one", payment_method="pm_card_visa_chargeDeclined")
        ids.add(refused.value.error.payment_intent.id)  # type: ignore[union-attr]
    assert len(ids) == 1
    assert _count(client) == 1


def test_other_parameters_with_the_same_key_are_an_idempotency_error(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    _pay(client, "one")
    with pytest.raises(stripe.IdempotencyError) as refused:
        _pay(client, "one", amount=1300)
    assert refused.value.http_status == 400
    assert "same parameters they were first used with" in str(refused.value)
    with pytest.raises(stripe.IdempotencyError) as refused:
        client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "one"})
    assert "same endpoint" in str(refused.value)


def test_the_same_key_at_the_same_time_is_a_conflict(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    stripe_server.control("fault", kind="slow", path="/v1/payment_intents", seconds=1.5)
    barrier = threading.Barrier(4)

    def ask(_: int) -> str:
        barrier.wait()
        try:
            return _pay(client, "one").id
        except stripe.StripeError as refused:
            # The SDK has no error of its own for 409: a bare APIError without a code; the body names it.
            return f"{type(refused).__name__} {_code(refused)}"

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, range(4)))
    assert answers.count("APIError idempotency_key_in_use") == 3
    assert _count(client) == 1


def test_the_sdk_repeats_a_conflict_until_the_first_is_done(stripe_server: StripeServer) -> None:
    client = stripe_server.client(retries=8)
    stripe_server.control("fault", kind="slow", path="/v1/payment_intents", seconds=1.0)
    with ThreadPoolExecutor(3) as pool:
        ids = {intent.id for intent in pool.map(lambda _: _pay(client, "one"), range(3))}
    assert len(ids) == 1
    assert _count(client) == 1


def test_a_key_is_kept_for_24_hours_and_not_longer(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    first = _pay(client, "one")
    stripe_server.control("clock", advance=86_400 - 60)
    assert _pay(client, "one").id == first.id
    stripe_server.control("clock", advance=61)
    assert _pay(client, "one").id != first.id


def test_keys_are_those_of_an_account(stripe_server: StripeServer) -> None:
    mine, theirs = stripe_server.client("sk_test_mine"), stripe_server.client("sk_test_theirs")
    assert _pay(mine, "one").id != _pay(theirs, "one").id


def test_a_parameter_that_does_not_hold_is_not_stored(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            _pay(client, "one", amount=1)
        assert refused.value.code == "amount_too_small"
    assert _pay(client, "one").status == "succeeded"


def test_a_rate_limit_comes_before_the_key(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    stripe_server.control("fault", kind="429", path="/v1/payment_intents")
    with pytest.raises(stripe.RateLimitError):
        _pay(client, "one")
    assert _pay(client, "one").status == "succeeded"


def test_more_requests_than_allowed_in_a_second_are_refused(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    stripe_server.control("rate", per_second=2)
    codes = []
    for _ in range(8):
        try:
            client.v1.customers.list()
        except stripe.RateLimitError as refused:
            codes.append((refused.http_status, _code(refused)))
    assert set(codes) == {(429, "rate_limit")}


def test_a_key_of_more_than_255_characters_is_refused(stripe_server: StripeServer) -> None:
    with pytest.raises(stripe.IdempotencyError):
        _pay(stripe_server.client(), "x" * 256)
    assert _pay(stripe_server.client(), "x" * 255).status == "succeeded"


def test_getting_takes_no_key(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    client.v1.customers.list({}, {"idempotency_key": "one"})
    assert _pay(client, "one").status == "succeeded"


# Keys and permissions -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["sk_test_invalid_1", "rk_test_unknown", "nonsense", "sk_live_something"])
def test_a_key_that_nobody_knows_is_401(stripe_server: StripeServer, key: str) -> None:
    with pytest.raises(stripe.AuthenticationError) as refused:
        stripe_server.client(key).v1.balance.retrieve()
    assert refused.value.http_status == 401
    assert "Invalid API Key" in str(refused.value)


def test_a_key_that_was_taken_back_is_401(stripe_server: StripeServer) -> None:
    client = stripe_server.client("sk_test_rolled")
    client.v1.balance.retrieve()
    stripe_server.control("revoke", key="sk_test_rolled")
    with pytest.raises(stripe.AuthenticationError) as refused:
        client.v1.balance.retrieve()
    assert _code(refused.value) == "api_key_expired"


def test_a_restricted_key_names_the_permission_that_it_lacks(stripe_server: StripeServer) -> None:
    made = stripe_server.control(
        "key", key="rk_test_shop", account="acct_shop", permissions={"payment_intent": "write", "customer": "read"}
    )
    client = stripe_server.client("rk_test_shop")
    assert client.v1.payment_intents.create({"amount": 500, "currency": "eur"}).amount == 500
    assert client.v1.customers.list().data == []
    for ask, permission in (
        (lambda: client.v1.customers.create({"name": "Ada"}), "rak_customer_write"),
        (lambda: client.v1.refunds.create({"charge": "ch_1"}), "rak_charge_write"),
        (lambda: client.v1.events.list(), "rak_event_read"),
    ):
        with pytest.raises(stripe.PermissionError) as refused:
            ask()
        assert refused.value.http_status == 403
        assert f"'{permission}' permission would allow this request to continue" in str(refused.value)
        assert made["account"] in str(refused.value)


def test_another_accounts_things_are_missing(stripe_server: StripeServer) -> None:
    mine, theirs = stripe_server.client("sk_test_mine"), stripe_server.client("sk_test_theirs")
    customer = mine.v1.customers.create({"name": "Ada"})
    assert mine.v1.customers.retrieve(customer.id).name == "Ada"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        theirs.v1.customers.retrieve(customer.id)
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
    assert theirs.v1.customers.list().data == []


def test_an_unknown_parameter_is_refused_by_name(stripe_server: StripeServer) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        stripe_server.client().v1.payment_intents.create({"amount": 500, "currency": "eur", "colour": "blue"})  # type: ignore[typeddict-unknown-key]
    assert (refused.value.code, refused.value.param) == ("parameter_unknown", "colour")


def test_lists_are_newest_first_and_paged(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    made = [client.v1.customers.create({"name": str(number)}).id for number in range(12)]
    first = client.v1.customers.list()
    assert [row.id for row in first.data] == made[:1:-1]
    assert first.has_more
    rest = client.v1.customers.list({"starting_after": first.data[-1].id})
    assert [row.id for row in rest.data] == [made[1], made[0]]
    assert not rest.has_more
    assert [row.id for row in client.v1.customers.list({"limit": 5}).auto_paging_iter()] == made[::-1]


def test_customers_keep_what_was_said_of_them(stripe_server: StripeServer) -> None:
    client = stripe_server.client()
    made = client.v1.customers.create(
        {
            "name": "Ada", "email": "ada@example.com", "metadata": {"a": "1", "b": "2"}, "tax_exempt": "reverse",
            "address": {"city": "Tirana", "country": "AL"}, "preferred_locales": ["sq"],
        }
    )  # fmt: skip
    changed = client.v1.customers.update(made.id, {"name": "Ada L.", "metadata": {"a": "", "c": "3"}})
    assert changed.metadata is not None
    assert (changed.name, changed.metadata.to_dict()) == ("Ada L.", {"b": "2", "c": "3"})
    found = client.v1.customers.retrieve(made.id)
    assert (found.email, found.tax_exempt, found.preferred_locales) == ("ada@example.com", "reverse", ["sq"])
    assert found.address is not None
    assert (found.address.city, found.address.line1) == ("Tirana", None)
    assert client.v1.customers.search({"query": "metadata['b']:'2'"}).data[0].id == made.id
    assert client.v1.customers.search({"query": "metadata['b']:'3'"}).data == []
    client.v1.customers.delete(made.id)
    assert client.v1.customers.retrieve(made.id).deleted is True


def test_only_the_loopback_is_listened_on(stripe_server: StripeServer) -> None:
    """Of the server and of the program behind it: read from the kernel's table of listeners."""
    import os
    from pathlib import Path

    sockets = set()
    pids = {str(stripe_server.process.pid)}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if stat.read_text().rsplit(")", 1)[1].split()[1] == str(stripe_server.process.pid):
                pids.add(stat.parent.name)
        except OSError:
            continue
    assert len(pids) == 2
    for pid in pids:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            try:
                target = os.readlink(link)
            except OSError:
                continue
            if target.startswith("socket:["):
                sockets.add(target[8:-1])
    listening = []
    for table in ("tcp", "tcp6"):
        path = Path("/proc/net") / table
        for line in path.read_text().splitlines()[1:] if path.exists() else []:
            parts = line.split()
            if parts[3] == "0A" and parts[9] in sockets:
                listening.append(parts[1].split(":")[0])
    assert listening == ["0100007F"]  # what stands behind it listens in a folder

"""With a folder: ended and started again, even killed, it goes on where it was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe

from tests.stripe_server.fixtures import ROOT, START_SECONDS, Receiver, StripeServer

KEY, SECRET = "rk_test_kept_for_the_shop", "whsec_of_the_shop"
CARD = {"method": "card", "number": "4242 4242 4242 4242", "expiry": "12/34", "cvc": "123", "name": "Ada"}
Start = Callable[..., StripeServer]


@pytest.fixture
def start(tmp_path: Path, webhook_receiver: Receiver) -> Iterator[Start]:
    """Starts one more in the same folder, with one account."""
    running: list[StripeServer] = []
    accounts = tmp_path / "accounts.json"
    hooks = [{"url": webhook_receiver.url, "secret": SECRET}]
    shop = {"id": "acct_shop", "name": "The Shop", "country": "IT", "keys": [{"key": KEY}], "hooks": hooks}
    accounts.write_text(json.dumps({"accounts": [shop]}))

    def begin(*more: str) -> StripeServer:
        ready = tmp_path / "ready"
        ready.unlink(missing_ok=True)
        process = subprocess.Popen(
            [sys.executable, "-m", "stripe_server", "--port", "0", "--ready", str(ready), "--folder", str(tmp_path / "kept"),
             "--accounts", str(accounts), *more],
            env=os.environ | {"PYTHONPATH": str(ROOT / "examples" / "processor")}, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )  # fmt: skip
        give_up = time.monotonic() + START_SECONDS
        while not (ready.exists() and ready.read_text()):
            assert time.monotonic() < give_up
            if process.poll() is not None:
                assert process.stderr is not None
                raise AssertionError(process.stderr.read().decode())
            time.sleep(0.05)
        running.append(StripeServer(ready.read_text(), process))
        return running[-1]

    yield begin
    for server in running:
        server.stop()
        if server.process.stderr is not None:
            server.process.stderr.close()


def entered(server: StripeServer) -> tuple[str, str]:
    """A customer, and the card that it entered on the page."""
    client = server.client(KEY)
    buyer = client.v1.customers.create({"name": "Ada"}).id
    session = client.v1.checkout.sessions.create(
        {"mode": "setup", "customer": buyer, "currency": "eur", "success_url": "http://127.0.0.1:1/done"}
    )
    assert session.url is not None
    assert requests.post(session.url, data=CARD, allow_redirects=False, timeout=20).status_code == 303
    return buyer, client.v1.customers.payment_methods.list(buyer).data[0].id


def pays(server: StripeServer, buyer: str, card: str, key: str) -> Any:
    return server.client(KEY).v1.payment_intents.create(
        {"amount": 4900, "currency": "eur", "customer": buyer, "payment_method": card, "off_session": True, "confirm": True,
         "allowed_payment_method_types": ["card"]},
        {"idempotency_key": key},
    )  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_what_was_entered_still_pays_after_a_new_start(start: Start, number: signal.Signals) -> None:
    first = start()
    buyer, card = entered(first)
    before = pays(first, buyer, card, "k1")
    first.process.send_signal(number)
    first.process.wait()

    second = start()
    assert pays(second, buyer, card, "k1").id == before.id  # the same answer to the same key
    assert pays(second, buyer, card, "k2").status == "succeeded"
    taken = second.client(KEY).v1.charges.list({"customer": buyer}).data
    assert [row.amount for row in taken] == [4900, 4900]
    assert second.client(KEY).v1.refunds.create({"payment_intent": before.id, "amount": 900}).status == "succeeded"
    whose = second.client(KEY).v1.accounts.retrieve_current()
    assert (whose.id, whose.settings.dashboard.display_name) == ("acct_shop", "The Shop")  # type: ignore[union-attr]  # it has


def test_what_was_on_its_way_arrives_after_all(start: Start, webhook_receiver: Receiver) -> None:
    first = start("--control")
    first.control("clock", stop=True)
    client = first.client(KEY)
    buyer = client.v1.customers.create({"name": "Ada"}).id
    method = client.v1.payment_methods.create(
        {"type": "sepa_debit", "sepa_debit": {"iban": "DE89370400440532013000"}, "billing_details": {"name": "Ada"}}
    )
    intent = client.v1.payment_intents.create(
        {"amount": 4900, "currency": "eur", "customer": buyer, "payment_method": method.id, "confirm": True,
         "allowed_payment_method_types": ["sepa_debit"], "mandate_data": {"customer_acceptance": {"type": "offline"}}}
    )  # fmt: skip
    assert intent.status == "processing"
    first.process.kill()
    first.process.wait()

    second = start("--control")
    second.control("clock", advance=60)
    assert second.client(KEY).v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert "payment_intent.succeeded" in webhook_receiver.types


def test_its_files_are_its_owners_alone_and_hold_no_number_of_anybodys_card(start: Start, tmp_path: Path) -> None:
    server = start()
    own = "4929123456789122"  # it holds, and is no test card's
    with pytest.raises(stripe.CardError) as refused:
        server.client(KEY).v1.payment_methods.create(
            {"type": "card", "card": {"number": own, "exp_month": 12, "exp_year": 2034, "cvc": "123"}}
        )
    error = refused.value.error
    assert error is not None
    assert (refused.value.code, error.decline_code) == ("card_declined", "test_mode_live_card")
    entered(server)
    files = [file for file in (tmp_path / "kept").iterdir() if file.is_file()]
    assert {file.name for file in files} == {"kept.json", "localstripe.pickle"}
    assert all(own.encode() not in file.read_bytes() for file in files)
    assert (tmp_path / "kept").stat().st_mode & 0o077 == 0
    assert (tmp_path / "kept" / "kept.json").stat().st_mode & 0o077 == 0


def test_a_file_of_another_version_is_one_sentence(start: Start, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    file = tmp_path / "kept" / "kept.json"
    file.write_text('{"version": 0}')
    with pytest.raises(AssertionError) as refused:
        start()
    assert str(refused.value) == f"stripe_server: {file} is of version 0, and this program reads 1.\n"


def asked(server: StripeServer, method: str, path: str, **headers: str) -> int:
    host, port = server.url.removeprefix("http://").split(":")
    with closing(HTTPConnection(host, int(port), timeout=20)) as connection:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        return connection.getresponse().status


def test_it_answers_under_its_own_names_to_its_own_pages(start: Start) -> None:
    server = start("--shown", "http://pay.localhost:8420")
    port = server.url.rpartition(":")[2]
    assert asked(server, "GET", "/", Host=f"127.0.0.1:{port}") == 200
    assert asked(server, "GET", "/", Host="pay.localhost:8420") == 200
    assert asked(server, "GET", "/", Host=f"evil.example:{port}") == 404  # a name that was made to lead here
    bearer = f"Bearer {KEY}"
    assert asked(server, "POST", "/v1/customers", Host=f"127.0.0.1:{port}", Authorization=bearer) == 200
    for origin in ("http://evil.example", "null", "http://pay.localhost:8420"):  # no page asks the API
        assert asked(server, "POST", "/v1/customers", Authorization=bearer, Origin=origin) == 403
    session = server.client(KEY).v1.checkout.sessions.create(
        {"mode": "setup", "currency": "eur", "success_url": "http://127.0.0.1:1/done"}
    )
    assert session.url is not None
    path = session.url.removeprefix("http://pay.localhost:8420")
    assert path.startswith("/c/pay/")
    assert asked(server, "POST", path, Origin="http://evil.example") == 403
    assert asked(server, "POST", path, Host="pay.localhost:8420", Origin="http://pay.localhost:8420") == 200
    assert asked(server, "POST", "/_control/reset") == 404  # only where it was asked for


def test_keys_that_nobody_has_declared(start: Start) -> None:
    server = start()
    with pytest.raises(stripe.AuthenticationError):
        server.client("rk_test_of_somebody_else").v1.balance.retrieve()
    server.stop()
    server = start("--open-keys")
    mine, other = (server.client(f"rk_test_of_somebody_{each}").v1.accounts.retrieve_current().id for each in "ab")
    assert mine != other
    for key in ("rk_test_invalid_of_somebody", "rk_live_of_somebody"):
        with pytest.raises(stripe.AuthenticationError):
            server.client(key).v1.balance.retrieve()


def test_messages_go_to_this_machine_alone(start: Start, webhook_receiver: Receiver) -> None:
    server = start("--control")
    client = server.client(KEY)
    place = webhook_receiver.url.partition("127.0.0.1")[2]
    for url in (
        f"http://shop.localhost{place}",
        "http://192.0.2.1/hook",
        "http://shop.example/hook",
        "http://[2001:db8::1]/",
    ):
        client.v1.webhook_endpoints.create({"url": url, "enabled_events": ["*"]})
    client.v1.customers.create({"name": "Ada"})
    attempts = server.control("drain")["attempts"]
    assert sorted(each["status"] for each in attempts) == [0, 0, 0, 200, 200]
    assert len(webhook_receiver.heard) == 2

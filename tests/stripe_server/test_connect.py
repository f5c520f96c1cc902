"""Accounts of one's own and connected ones, as a reseller with Connect needs them."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import stripe

from tests.stripe_server.fixtures import Receiver, StripeServer

PLATFORM = "sk_test_platform"
PAY: Any = {"amount": 10_000, "currency": "eur", "payment_method": "pm_card_bypassPending", "confirm": True,
            "allowed_payment_method_types": ["card"]}  # fmt: skip


def _net(client: stripe.StripeClient) -> int:
    return client.v1.balance.retrieve().available[0].amount


def test_an_account_is_made_filled_in_and_used(stripe_server: StripeServer) -> None:
    client = stripe_server.client(PLATFORM)
    made = client.v1.accounts.create({"type": "express", "country": "DE", "email": "a@example.com"})
    assert (made.charges_enabled, made.details_submitted) == (False, False)
    link = client.v1.account_links.create(
        {"account": made.id, "type": "account_onboarding", "return_url": "http://127.0.0.1:1/back",
         "refresh_url": "http://127.0.0.1:1/again"}
    )  # fmt: skip
    back = requests.post(link.url, data={"answer": "yes"}, allow_redirects=False, timeout=20)
    assert back.headers["Location"] == "http://127.0.0.1:1/back"
    assert client.v1.accounts.retrieve(made.id).charges_enabled
    assert requests.get(link.url, timeout=20).status_code == 404  # once only
    assert [row.id for row in client.v1.accounts.list().data] == [made.id]


def test_a_direct_charge_is_the_connected_accounts_and_the_fee_the_platforms(
    stripe_server: StripeServer, webhook_receiver: Receiver
) -> None:
    account = stripe_server.control("connection", key=PLATFORM)["account"]
    stripe_server.control("endpoint", url=webhook_receiver.url, key=PLATFORM, connect=True, secret="whsec_1")
    platform, linked = stripe_server.client(PLATFORM), stripe_server.client(PLATFORM, account=account)
    intent = linked.v1.payment_intents.create(PAY | {"application_fee_amount": 1000})
    assert intent.status == "succeeded"
    assert platform.v1.payment_intents.list().data == []
    assert _net(linked) == 10_000 - 175 - 1000
    assert _net(platform) == 1000
    assert platform.v1.application_fees.list().data[0].account == account
    stripe_server.control("drain")
    assert {heard.event["account"] for heard in webhook_receiver.heard} == {account}
    assert "payment_intent.succeeded" in webhook_receiver.types


def test_a_destination_charge_passes_the_money_on(stripe_server: StripeServer) -> None:
    account = stripe_server.control("connection", key=PLATFORM)["account"]
    platform, linked = stripe_server.client(PLATFORM), stripe_server.client(PLATFORM, account=account)
    more = {"transfer_data": {"destination": account}, "application_fee_amount": 1500, "on_behalf_of": account}
    intent = platform.v1.payment_intents.create(PAY | more)
    charge = platform.v1.charges.retrieve(str(intent.latest_charge), {"expand": ["transfer"]})
    assert isinstance(charge.transfer, stripe.Transfer)
    assert (charge.transfer.amount, charge.transfer.destination) == (10_000, account)
    assert (_net(platform), _net(linked)) == (10_000 - 175 - 10_000 + 1500, 8500)
    with pytest.raises(stripe.InvalidRequestError):
        platform.v1.payment_intents.create(PAY | {"transfer_data": {"destination": "acct_stranger"}})


def test_an_account_that_is_not_connected_is_forbidden(stripe_server: StripeServer) -> None:
    account = stripe_server.control("connection", key=PLATFORM)["account"]
    for client in (
        stripe_server.client(PLATFORM, account="acct_nobody"), stripe_server.client("sk_test_other", account=account)
    ):  # fmt: skip
        with pytest.raises(stripe.PermissionError) as refused:
            client.v1.balance.retrieve()
        assert refused.value.http_status == 403
        assert "Application access may have been revoked" in str(refused.value)


def test_an_account_is_connected_by_oauth_and_leaves_again(
    stripe_server: StripeServer, webhook_receiver: Receiver
) -> None:
    stripe_server.control("endpoint", url=webhook_receiver.url, key=PLATFORM, connect=True, secret="whsec_1")
    client = stripe_server.client(PLATFORM)
    back = "http://127.0.0.1:1/back"
    asked = {"response_type": "code", "client_id": "ca_1", "scope": "read_write", "redirect_uri": back, "state": "s1"}
    page = f"{stripe_server.url}/oauth/authorize"
    denied = requests.post(page, params=asked, data={"answer": "no"}, allow_redirects=False, timeout=20)
    assert "error=access_denied" in denied.headers["Location"]
    agreed = requests.post(page, params=asked, data={"answer": "yes"}, allow_redirects=False, timeout=20)
    query = parse_qs(urlsplit(agreed.headers["Location"]).query)
    assert query["state"] == ["s1"]
    token = client.oauth.token({"grant_type": "authorization_code", "code": query["code"][0]})
    linked = stripe_server.client(PLATFORM, account=token["stripe_user_id"])
    assert linked.v1.customers.create({"name": "Ada"}).name == "Ada"
    with pytest.raises(stripe.oauth_error.InvalidGrantError):  # a code is used once
        client.oauth.token({"grant_type": "authorization_code", "code": query["code"][0]})
    client.oauth.deauthorize({"client_id": "ca_1", "stripe_user_id": token["stripe_user_id"]})
    with pytest.raises(stripe.PermissionError):
        linked.v1.customers.list()
    stripe_server.control("drain")
    assert webhook_receiver.types[-1] == "account.application.deauthorized"


def test_ones_own_account_is_known_by_its_key(stripe_server: StripeServer) -> None:
    stripe_server.control("key", key="rk_test_own", account="acct_own", permissions={"account": "read"})
    found = stripe_server.client("rk_test_own").v1.accounts.retrieve_current()
    assert (found.id, found.charges_enabled) == ("acct_own", True)

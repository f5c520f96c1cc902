"""Prices at the API: said, tried, read, agreed; who may; what nobody reads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from sublet.foundation.clock import now
from tests.people import World
from tests.portals.api.caller import Caller
from tests.pricing import PLAN, load

MONTHLY = {"model": "flat", "interval": "month", "currency": "EUR", "amount": "9900"}
LATER = "2999-01-01T00:00:00Z"


@pytest.fixture
def sold(world: World) -> World:
    load(world)
    return world


def test_a_price_is_tried_said_and_read(sold: World, rosa: Caller) -> None:
    path = f"/prices/plan/{PLAN}"
    tried = rosa.post(f"{path}/try", {"price": MONTHLY})
    assert (tried["wholesale"], tried["retail"], tried["margin"], tried["mark_up"], tried["share"]) == (
        3600, 9900, 6300, "175", "63.6",
    )  # fmt: skip
    assert rosa.get(path)["now"] == []
    assert [rosa.put(path, {"price": MONTHLY})["changed"] for _again in (1, 2)] == [True, False]
    assert rosa.put(path, {"price": MONTHLY | {"amount": "7900"}, "group": "vip"})["changed"]
    found = rosa.get(path)
    assert [(each["layer"], each["group"], each["price"]["amount"]) for each in found["now"]] == [
        ("group", "vip", "7900"), ("item", "", "9900"),
    ]  # fmt: skip
    row = next(each for each in rosa.get("/prices")["items"] if (each["key"], each["interval"]) == (PLAN, "month"))
    assert (row["source"], row["margin"]["margin"], row["name"]) == ("item", 6300, "Content app")
    assert rosa.put(path, {"price": None, "interval": "month", "currency": "EUR", "group": "vip"})["changed"]
    steps = [{"up_to": 10, "amount": "500", "flat": 100}, {"up_to": None, "amount": "450.5"}]
    graduated = {"model": "graduated", "interval": "month", "currency": "EUR", "steps": steps}
    assert rosa.put("/prices/add_on/push_pack", {"price": graduated})["changed"]
    assert rosa.get("/prices/add_on/push_pack")["now"][0]["price"]["steps"][1] == {
        "up_to": None,
        "amount": "450.5",
        "flat": 0,
    }


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"price": MONTHLY | {"amount": "-1"}}, "cannot_set_price.wrong-price"),
        ({"price": MONTHLY | {"currency": "XXX"}}, "cannot_set_price.unknown-currency"),
        ({"price": MONTHLY, "since": "2020-01-01T00:00:00Z"}, "cannot_set_price.past"),
        ({"price": MONTHLY, "since": LATER}, "cannot_set_price.too-far"),
    ],
)
def test_refusals_have_codes(sold: World, rosa: Caller, body: dict[str, object], code: str) -> None:
    refused = rosa.put(f"/prices/plan/{PLAN}", body)
    assert (refused.status, refused.code) == (409, code)
    assert rosa.get(f"/prices/plan/{PLAN}")["now"] == []


def test_what_is_open_in_a_body_is_refused(sold: World, rosa: Caller) -> None:
    assert rosa.put(f"/prices/plan/{PLAN}", {"price": MONTHLY, "more": 1}).status == 422
    assert rosa.put(f"/prices/plan/{PLAN}", {"price": MONTHLY | {"amount": 9900}}).status == 422  # a text, not a number


def test_one_client_promotions_contracts_and_services(sold: World, rosa: Caller) -> None:
    account = f"/accounts/{sold.carl.ref}"
    assert rosa.put("/mark-up", {"percent": "50"})["changed"]
    assert rosa.put("/price-floor", {"percent": "20"})["changed"]
    assert rosa.put("/currency-rate", {"source": "EUR", "target": "CHF", "rate": "0.95"})["changed"]
    assert rosa.put("/price-sharing", {"shared": True})["changed"]
    assert rosa.put(f"{account}/prices/own", {"amount": 5900})["own"]["amount"] == "5900"
    assert rosa.post("/promotions", {"code": "half3", "percent": "50", "months": 3}).status == 201
    assert [rosa.post(f"{account}/promotions", {"code": "HALF3"})["changed"] for _again in (1, 2)] == [True, False]
    first_day = rosa.get(f"{account}/prices")["promotions"][0]["starts_at"][:10]
    care = {
        "kind": "maintenance",
        "name": "Care",
        "first_day": first_day,
        "months": 12,
        "notice_days": 30,
        "renew_months": 12,
    }
    made = rosa.post(f"{account}/contracts", care | {"price": MONTHLY | {"amount": "2900"}})
    assert (made.status, made["contracts"][0]["runs"]) == (201, True)
    extra = rosa.post("/extras", {"name": "Set-up"})
    once = {"model": "once", "interval": "once", "currency": "EUR", "amount": "25000"}
    assert rosa.put(f"/prices/extra/{extra['ref']}", {"price": once})["changed"]
    sale = rosa.post(f"{account}/extras", {"extra": extra["ref"], "quantity": 2})
    assert (sale["sales"][0]["price"]["amount"], sale["sales"][0]["quantity"]) == ("25000", 2)
    assert rosa.delete(f"/sales/{sale['sales'][0]['ref']}").code == "cannot_sell_extra.due"
    ended = rosa.post(f"/contracts/{made['contracts'][0]['ref']}/end", {})
    assert ended["items"][0]["last_day"] is not None
    frame = care | {"kind": "commitment", "name": "Frame"}
    nothing = rosa.post(f"{account}/contracts", frame | {"price": MONTHLY | {"amount": "0"}})
    assert nothing.code == "cannot_agree_contract.sum"
    promised = rosa.post(f"{account}/contracts", frame | {"price": MONTHLY})
    assert {(each["kind"], each["price"]["amount"]) for each in promised["contracts"]} == {
        ("maintenance", "2900"), ("commitment", "9900"),
    }  # fmt: skip
    assert rosa.delete(f"{account}/promotions/{made['promotions'][0]['ref']}").status == 204
    assert rosa.delete(f"/promotions/{rosa.get('/promotions')['items'][0]['ref']}").status == 204
    assert rosa.delete(f"/extras/{extra['ref']}").status == 204
    assert rosa.get("/extras")["items"] == []


def test_the_usual_discount_is_said_by_the_vendor_alone(sold: World, rosa: Caller, vera: Caller) -> None:
    path = "/usual-discount"
    found = vera.get(path)
    assert (found["percent"], found["coming"], found["past"]) == ("20", [], [])
    assert vera.put(path, {"percent": "25", "note": "New year"})["percent"] == "25"
    ahead = (now() + timedelta(days=40)).isoformat()
    for _again in (1, 2):
        found = vera.put(path, {"percent": "30", "since": ahead})
    assert (found["percent"], [each["percent"] for each in found["coming"]]) == ("25", ["30"])
    assert [(each["percent"], each["note"]) for each in found["past"]] == [("25", "New year")]
    assert vera.get(f"/accounts/{sold.rosa.ref}/wholesale")["percent"] == "25"
    for said, code in (({"percent": "101"}, "percent"), ({"percent": "5", "since": "2020-01-01T00:00:00Z"}, "past")):
        refused = vera.put(path, said)
        assert (refused.status, refused.code) == (409, f"cannot_change_wholesale.{code}")
    assert {rosa.get(path).status, rosa.put(path, {"percent": "90"}).status} == {404}


def test_wholesale_is_agreed_by_the_vendor_and_read_by_the_reseller(sold: World, rosa: Caller, vera: Caller) -> None:
    path = f"/accounts/{sold.rosa.ref}/wholesale"
    agreed = vera.put(path, {"percent": "25", "tiers": [{"volume": 1_000_000, "percent": "30"}], "note": "Three years"})
    assert (agreed["percent"], agreed["agreed"], agreed["tiers"]) == (
        "25",
        True,
        [{"volume": 1_000_000, "percent": "30"}],
    )
    assert rosa.get(path)["percent"] == "25"
    assert rosa.put(path, {"percent": "90"}).status in {403, 404, 405}
    assert rosa.get(f"/accounts/{sold.remo.ref}/wholesale").status == 404
    assert [each["percent"] for each in vera.get("/wholesale")["items"]] == ["20", "25"]
    assert vera.put(f"/accounts/{sold.dora.ref}/wholesale", {"percent": "5"}).status == 404


def test_a_change_is_reckoned(sold: World, rosa: Caller, vera: Caller) -> None:
    made = rosa.post("/price-checks", {"kind": "list", "percent": "10", "thing": f"plan:{PLAN}"})
    assert (made.status, made["done"], made["clients"]) == (201, True, 3)
    assert rosa.get(f"/price-checks/{made['ref']}")["kind"] == "list"
    assert vera.get(f"/price-checks/{made['ref']}").status == 404
    assert rosa.post("/price-checks", {"kind": "discount", "percent": "101"}).code == "cannot_check_prices.percent"
    assert vera.post("/price-checks", {"kind": "discount", "percent": "25"})["done"] is True
    assert len(vera.get("/price-checks")["items"]) == 1


def test_clients_and_keys_without_billing_get_no_figure(sold: World, carl: Caller, call: Callable[..., Caller]) -> None:
    weak = call("rosa", rights={"clients": "manage", "subscription": "manage"})
    for path in (
        "/prices",
        f"/prices/plan/{PLAN}",
        f"/accounts/{sold.carl.ref}/prices",
        "/promotions",
        "/price-checks",
    ):
        assert carl.get(path).status in {403, 404}, path
        assert weak.get(path).status == 403, path
    assert weak.get(f"/accounts/{sold.rosa.ref}/wholesale").status == 403
    assert carl.get(f"/accounts/{sold.rosa.ref}/wholesale").status in {403, 404}

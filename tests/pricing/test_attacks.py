"""Amounts, percentages and rates that no honest form sends: each is refused by name, and nothing breaks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.people import World
from tests.portals.api.caller import make_caller
from tests.pricing import PLAN, load

pytestmark = pytest.mark.django_db

NUMBERS = [
    "9" * 30,
    "9" * 25 + ".5",
    "1e29",
    "1e999999",
    "-1e999999",
    "1e-999999",
    "NaN",
    "sNaN",
    "Infinity",
    "-1",
    "-0",
    "",
]


def price(**more: Any) -> dict[str, Any]:
    return {"price": {"model": "flat", "interval": "month", "currency": "EUR", "amount": "4900"} | more}


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_that_is_no_price_is_refused(world: World, number: str) -> None:
    load(world)
    rosa = make_caller(world, "rosa")
    steps = [{"up_to": 10, "amount": number}, {"up_to": None, "amount": "1"}]
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("PUT", f"/prices/plan/{PLAN}", price(amount=number)),
        ("PUT", f"/prices/plan/{PLAN}", price(model="graduated", amount=None, steps=steps)),
        ("POST", f"/prices/plan/{PLAN}/try", price(amount=number)),
        ("PUT", "/mark-up", {"percent": number}),
        ("PUT", "/price-floor", {"percent": number}),
        ("PUT", "/currency-rate", {"source": "EUR", "target": "JPY", "rate": number}),
        ("POST", "/promotions", {"code": "ABC", "percent": number}),
        ("POST", "/extras", {"name": "X", "price": price(amount=number)["price"]}),
        ("PUT", f"/accounts/{world.carl.ref}/prices/own", {"amount": number, "interval": "month"}),
        ("POST", f"/accounts/{world.carl.ref}/contracts", {
            "kind": "maintenance", "name": "Care", "first_day": "2026-03-02", "months": 12, **price(amount=number),
        }),
        ("POST", "/price-checks", {"kind": "list", "percent": number}),
    ]  # fmt: skip
    for method, path, body in asked:
        assert rosa.ask(method, path, body).status < 500, (path, number)
    vera = make_caller(world, "vera")
    tiers = [{"volume": 1, "percent": number}]
    for body in ({"percent": number, "tiers": []}, {"percent": None, "tiers": tiers}):
        assert vera.ask("PUT", f"/resellers/{world.rosa.ref}/wholesale", body).status < 500

"""Signals at the API: told, read back, found in the list of clients; nothing of a stranger's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from sublet.foundation.clock import now
from sublet.signals.models import SignalFact
from tests.catalog.test_offer import PRODUCTS, load
from tests.people import World
from tests.portals.api.caller import Caller


@pytest.fixture(autouse=True)
def offered(world: World) -> None:
    load(world, (PRODUCTS / "app-builder.toml").read_text())


def ago(days: int) -> str:
    return (now() - timedelta(days=days)).isoformat().replace("+00:00", "Z")


def test_what_is_told_is_read_back(world: World, rosa: Caller, vera: Caller) -> None:
    carl = world.carl.ref
    facts = [
        {"account": carl, "key": "last_push_sent", "at": ago(40)},
        {"account": carl, "key": "downloads", "at": ago(1), "value": 12, "id": "d-1"},
        {"account": carl, "key": "shop_revenue", "at": ago(1), "value": 99.5},
        {"account": carl, "key": "store_version", "at": ago(2), "value": "2.1"},
    ]
    told = rosa.post("/signals", {"signals": facts})
    assert (told.status, told.body) == (202, {"accepted": 4, "duplicates": 0})
    assert vera.post("/signals", {"signals": facts[1:2]}).body == {"accepted": 0, "duplicates": 1}
    states = {each["key"]: each for each in rosa.get(f"/accounts/{carl}/signals")["items"]}
    assert (states["downloads"]["value"], states["shop_revenue"]["value"], states["store_version"]["value"]) == (
        12,
        99.5,
        "2.1",
    )
    assert (states["last_push_sent"]["standing"], states["last_push_sent"]["value"]) == (
        "over",
        states["last_push_sent"]["at"],
    )
    assert (states["last_published"]["at"], states["last_published"]["value"]) == (None, None)
    page = rosa.get(f"/accounts/{carl}/signal-facts?limit=3")
    assert {each["key"] for each in page["items"]} == {"downloads", "shop_revenue", "store_version"}
    older = rosa.get(f"/accounts/{carl}/signal-facts?limit=3&cursor={page['next']}")
    assert ([each["key"] for each in older["items"]], older["next"]) == (["last_push_sent"], None)
    assert len(rosa.get(f"/accounts/{carl}/signal-facts?key=downloads")["items"]) == 1


def test_the_list_of_clients_is_narrowed(world: World, rosa: Caller) -> None:
    rosa.post("/signals", {"signals": [{"account": world.carl.ref, "key": "last_push_sent", "at": ago(40)}]})
    found = rosa.get("/clients?signal=last_push_sent:older:30")
    assert [each["ref"] for each in found["items"]] == [world.carl.ref]
    assert world.carl.ref not in {each["ref"] for each in rosa.get("/clients?signal=last_push_sent:never")["items"]}
    assert rosa.get("/clients?signal=last_push_sent:newer:30").status == 422


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"key": "nothing"}, 409, "cannot_record_signals.unknown-signal"),
        ({"value": "many"}, 409, "cannot_record_signals.wrong-value"),
        ({"at": "2999-01-01T00:00:00Z"}, 409, "cannot_record_signals.in-the-future"),
        ({"at": "yesterday"}, 422, "invalid"),
        ({"more": 1}, 422, "invalid"),
        ({"value": {"a": 1}}, 422, "invalid"),
        ({"account": "acc_nobody"}, 404, "not-found"),
    ],
)
def test_a_wrong_fact_refuses_the_body(
    world: World, rosa: Caller, change: dict[str, object], status: int, code: str
) -> None:
    right = {"account": world.carl.ref, "key": "downloads", "at": ago(1), "value": 1}
    answer = rosa.post("/signals", {"signals": [right, right | change]})
    assert (answer.status, answer.code) == (status, code)
    assert SignalFact.unscoped.count() == 0  # unscoped: a test


def test_no_stranger_tells_or_reads(world: World, rosa: Caller, carl: Caller, call: Callable[..., Caller]) -> None:
    body = {"signals": [{"account": world.carl.ref, "key": "last_push_sent", "at": ago(1)}]}
    assert call("remo").post("/signals", body).status == 404
    assert carl.post("/signals", body).status == 404
    assert call("rosa", rights={"clients": "view"}).post("/signals", body).status == 403
    # What reports use tells facts, too, and need not be able to close accounts; who may close them need not tell any.
    assert call("vera", rights={"accounts": "manage"}).post("/signals", body).status == 403
    assert SignalFact.unscoped.count() == 0  # unscoped: a test
    assert call("vera", rights={"usage": "manage"}).post("/signals", body).status == 202
    rosa.post("/signals", body)
    for path in ("signals", "signal-facts"):
        assert call("remo").get(f"/accounts/{world.carl.ref}/{path}").status == 404
        assert carl.get(f"/accounts/{world.carl.ref}/{path}").status == 404
        assert rosa.get(f"/accounts/{world.rosa.ref}/{path}").status == 404

"""What accounts may do, at the API: asked, followed, used up, set by those above."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from sublet.entitlements.models import Override
from sublet.entitlements.operations import check_limits
from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from sublet.metering.models import UsageEvent
from tests.entitlements import load
from tests.people import World
from tests.portals.api.caller import Caller


@pytest.fixture
def vera(world: World, call: Callable[..., Caller]) -> Caller:
    load(world)
    return call("vera")


@pytest.fixture
def rosa(world: World, call: Callable[..., Caller]) -> Caller:
    load(world)
    return call("rosa")


def use(world: World, name: str, quantity: float = 1, **more: Any) -> dict[str, Any]:
    return {
        "account": world.carl.ref,
        "meter": "appointments",
        "quantity": quantity,
        "id": name,
        "source": "bookings",
        **more,
    }


def numbered() -> None:
    """In a test nothing is committed: what PostgreSQL does at the commit is asked for."""
    if connection.vendor == "postgresql":
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def test_the_answer_of_an_account(world: World, vera: Caller) -> None:
    answer = vera.get(f"/entitlements/{world.carl.ref}")
    assert answer.status == 200
    assert (answer["account"], answer["plan"]["key"], answer["trial"], answer["advertising"]) == (
        world.carl.ref, "free", None, True,
    )  # fmt: skip
    assert (answer["notice"]["text"]["en"], answer["notice"]["address"]) == ("Free online booking", None)
    feed, meter = answer["features"]["calendar_feed"], answer["meters"]["appointments"]
    assert (feed["kind"], feed["value"], feed["from"]) == ("switch", False, "none")
    assert {key: meter[key] for key in ("limit", "policy", "used", "remaining", "state", "from", "period")} == {
        "limit": 50, "policy": "block", "used": 0, "remaining": 50, "state": "open", "from": "plan", "period": None,
    }  # fmt: skip
    assert [step for step in meter["why"] if step["decides"]] == [
        {"layer": "plan", "value": 50, "key": "free", "policy": "block", "decides": True}
    ]
    assert answer["services"]["direct_support"] == {"enabled": False, "managed_by": None, "allowance": None}


def test_an_answer_that_is_known_is_not_told_again(world: World, vera: Caller) -> None:
    place = f"/entitlements/{world.carl.ref}"
    first = vera.get(place)
    tag = first.response["ETag"]
    assert vera.get(place, headers={"If-None-Match": tag}).status == 304
    assert vera.get(place, headers={"If-None-Match": f'W/"x", {tag}'}).status == 304
    vera.post("/consume", use(world, "a"))
    again = vera.get(place, headers={"If-None-Match": tag})
    assert (again.status, again["meters"]["appointments"]["used"]) == (200, 1)


def test_whose_answer_is_told_to_whom(world: World, vera: Caller, call: Callable[..., Caller]) -> None:
    assert call("rosa").get(f"/entitlements/{world.carl.ref}").status == 200
    assert call("carl").get(f"/entitlements/{world.carl.ref}").status == 200
    for who, ref in (("rosa", world.bakery.ref), ("carl", world.elan.ref), ("carl", world.rosa.ref)):
        assert call(who).get(f"/entitlements/{ref}").status == 404
    assert vera.get("/entitlements/acc_nobody").status == 404


def test_consuming_up_to_the_limit_and_what_is_said_then(world: World, vera: Caller) -> None:
    assert vera.post("/consume", use(world, "a", 50)).body["allowed"] is True
    refused = vera.post("/consume", use(world, "b"))
    assert (refused.status, refused["allowed"], refused["reason"]) == (200, False, "limit-reached")
    assert (refused["standing"]["used"], refused["standing"]["state"]) == (50, "refused")
    assert [(each["kind"], each["key"]) for each in refused["next"]] == [("trial", "unlimited"), ("ask-reseller", None)]
    assert [each["text"] for each in refused["next"]] == [
        "Start the free trial: 7 days.", "Ask Rosa Web Studio for more.",
    ]  # fmt: skip
    assert vera.post("/consume", use(world, "a", 50))["allowed"] is True  # the same again


@pytest.mark.parametrize(("fields", "status", "code"), [
    ({"meter": "nothing"}, 409, "unknown-meter"), ({"account": "acc_nobody"}, 404, "not-found"),
    ({"quantity": 0}, 409, "quantity"), ({"quantity": 0.5}, 422, "invalid"), ({"quantity": "1"}, 422, "invalid"),
])  # fmt: skip
def test_what_cannot_be_consumed(world: World, vera: Caller, fields: dict[str, Any], status: int, code: str) -> None:
    answer = vera.post("/consume", {**use(world, "a"), **fields})
    assert (answer.status, answer.code.rpartition(".")[2]) == (status, code)


def test_holding_back_committing_and_releasing(world: World, vera: Caller) -> None:
    held = vera.post("/reservations", use(world, "a", 40, seconds=60))
    assert (held["allowed"], held["standing"]["reserved"], held["standing"]["remaining"]) == (True, 40, 10)
    assert vera.post("/reservations", use(world, "b", 11, seconds=60))["reservation"] is None
    place = f"/reservations/{held['reservation']}"
    done = vera.post(f"{place}/commit", {"quantity": 30})
    assert (done["standing"]["used"], done["standing"]["reserved"]) == (30, 0)
    assert vera.post(f"{place}/release").status == 409
    again = vera.post("/reservations", use(world, "c", 20, seconds=60))["reservation"]
    assert vera.post(f"/reservations/{again}/release")["standing"]["remaining"] == 20
    assert vera.post("/reservations/rsv_nobody/commit", {}).status == 404


def test_all_answers_page_by_page_and_then_the_stream(world: World, rosa: Caller, call: Callable[..., Caller]) -> None:
    refs: list[str] = []
    after: str | None = ""
    while after is not None:
        page = rosa.get(f"/entitlements?limit=2&after={after}")
        refs += [each["account"] for each in page["items"]]
        after = page["after"]
    below = {world.carl.ref, world.elan.ref, world.zorba.ref, world.rosa.ref}
    assert (set(refs), refs == sorted(refs), len(refs)) == (below, True, len(below))
    start = page["sequence"]
    assert rosa.get(f"/entitlement-changes?after={start}").body["changes"] == []
    rosa.put(f"/entitlements/{world.carl.ref}/limits/appointments", {"units": 20})
    numbered()
    told = rosa.get(f"/entitlement-changes?after={start}")
    assert [(each["account"], each["meters"]["appointments"]["limit"]) for each in told["changes"]] == [
        (world.carl.ref, 20)
    ]
    assert (told["sequence"] > start, told["more"], told["reset"]) == (True, False, False)
    assert rosa.get(f"/entitlement-changes?after={told['sequence']}")["changes"] == []
    assert call("remo").get(f"/entitlement-changes?after={start}")["changes"] == []  # another's


def test_another_manifest_means_everybody(world: World, rosa: Caller) -> None:
    start = rosa.get("/entitlements")["sequence"]
    load(world, "funnels")
    assert rosa.get(f"/entitlement-changes?after={start}")["reset"] is True
    assert rosa.get("/entitlement-changes?after=999999")["reset"] is True  # of a database that was put back


def test_a_reseller_sets_limits_features_services_and_gives_units(
    world: World, rosa: Caller, call: Callable[..., Caller]
) -> None:
    place = f"/entitlements/{world.carl.ref}"
    assert (
        rosa.put(f"{place}/limits/appointments", {"units": 20, "note": "too many"})["meters"]["appointments"]["limit"]
        == 20
    )
    refused = rosa.put(f"{place}/limits/appointments", {"units": 500})
    assert (refused.status, refused.code) == (409, "cannot_set_limit.not-held")
    assert rosa.delete(f"{place}/limits/appointments")["meters"]["appointments"]["limit"] == 50
    assert rosa.put(f"{place}/features/agendas", {"value": 0})["features"]["agendas"]["value"] == 0
    assert rosa.delete(f"{place}/features/agendas")["features"]["agendas"]["value"] == 1
    assert (
        rosa.put(f"{place}/services/direct_support", {"enabled": True})["services"]["direct_support"]["enabled"] is True
    )
    vera = call("vera")
    assert vera.put(f"/entitlements/{world.rosa.ref}/limits/appointments", {"units": 60}).status == 200
    given = rosa.post(f"{place}/top-ups", {"meter": "appointments", "units": 10})
    assert (given.status, given["entitlements"]["meters"]["appointments"]["limit"]) == (201, 60)
    assert rosa.post(f"{place}/top-ups", {"meter": "appointments", "units": 51}).code == "cannot_give_top_up.not-held"
    assert rosa.delete(f"{place}/top-ups/{given['top_up']}")["meters"]["appointments"]["limit"] == 50
    assert rosa.put(f"/entitlements/{world.bakery.ref}/limits/appointments", {"units": 1}).status == 404
    assert rosa.put(f"{place}/limits/nothing", {"units": 1}).status == 404
    assert call("carl").put(f"{place}/limits/appointments", {"units": 1}).status in (403, 404)


def test_an_account_limits_itself(world: World, rosa: Caller, call: Callable[..., Caller]) -> None:
    carl = call("carl")
    capped = carl.put("/caps/appointments", {"units": 40})
    assert (capped["meters"]["appointments"]["limit"], capped["meters"]["appointments"]["from"]) == (40, "cap")
    assert carl.put("/caps/appointments", {"units": 400})["meters"]["appointments"]["limit"] == 50
    assert carl.delete("/caps/appointments")["meters"]["appointments"]["limit"] == 50
    assert Override.unscoped.filter(until__isnull=True).count() == 0
    assert carl.put("/caps/nothing", {"units": 4}).status == 404


def test_a_pool_is_drawn_from_by_all_clients(world: World, rosa: Caller, call: Callable[..., Caller]) -> None:
    vera = call("vera")
    assert vera.put(f"/entitlements/{world.rosa.ref}/pool/appointments", {"size": 60}).status == 200
    assert rosa.put(f"/entitlements/{world.elan.ref}/share/appointments", {"reserve": 30}).status == 200
    assert (
        rosa.put(f"/entitlements/{world.carl.ref}/share/appointments", {"reserve": 31}).code
        == "cannot_set_pool.more-than-there-is"
    )
    answer = vera.get(f"/entitlements/{world.carl.ref}")["meters"]["appointments"]
    assert (answer["limit"], answer["from"]) == (30, "pool")  # 60 less what is held back for Élan
    assert vera.post("/consume", use(world, "a", 31)).body["reason"] == "pool-empty"
    assert vera.post("/consume", use(world, "b", 30))["allowed"] is True
    assert vera.post("/consume", use(world, "c", 30, account=world.elan.ref))["allowed"] is True
    assert vera.post("/consume", use(world, "d", 1, account=world.elan.ref))["reason"] == "pool-empty"
    assert (
        vera.put(f"/entitlements/{world.rosa.ref}/pool/appointments", {"size": 20}).code
        == "cannot_set_pool.more-than-there-is"
    )
    assert vera.delete(f"/entitlements/{world.rosa.ref}/pool/appointments").status == 200
    assert vera.post("/consume", use(world, "e", 20))["allowed"] is True
    assert vera.put(f"/entitlements/{world.carl.ref}/pool/appointments", {"size": 5}).status == 404  # no reseller


def test_a_client_is_not_told_of_anybody_above_its_reseller(
    world: World, vera: Caller, call: Callable[..., Caller]
) -> None:
    vera.put(f"/entitlements/{world.carl.ref}/limits/appointments", {"units": 70})
    vera.put(f"/entitlements/{world.carl.ref}/features/calendar_feed", {"value": True})
    answer = call("carl").get(f"/entitlements/{world.carl.ref}")
    assert (answer["meters"]["appointments"]["from"], answer["features"]["calendar_feed"]["from"]) == (
        "agreed",
        "agreed",
    )
    assert b"vendor" not in answer.content


def test_pools_are_listed_for_the_vendor_and_the_reseller(
    world: World, vera: Caller, call: Callable[..., Caller]
) -> None:
    vera.put(f"/entitlements/{world.rosa.ref}/pool/appointments", {"size": 60})
    call("rosa").put(f"/entitlements/{world.elan.ref}/share/appointments", {"reserve": 30})
    vera.post("/consume", use(world, "a", 10))
    for who in ("vera", "rosa"):
        items = call(who).get(f"/entitlements/{world.rosa.ref}/pools")["items"]
        found = next(each for each in items if each["meter"] == "appointments")
        assert {key: found[key] for key in ("size", "oversell", "promised", "used", "left", "clients")} == {
            "size": 60, "oversell": 100, "promised": 30, "used": 10, "left": 20, "clients": 1,
        }  # fmt: skip
    assert vera.get(f"/entitlements/{world.carl.ref}/pools").status == 404
    assert call("remo").get(f"/entitlements/{world.rosa.ref}/pools").status == 404


def test_alerts_are_listed_newest_first(world: World, vera: Caller, call: Callable[..., Caller]) -> None:
    place = f"/accounts/{world.carl.ref}/alerts"
    assert vera.get(place)["items"] == []
    for name, quantity in (("a", 40), ("b", 10)):
        vera.post("/consume", use(world, name, quantity))
        with world.scope("vera") as actor:
            check_limits(account_id=world.carl.id, actor=actor, at=now())
    vera.post("/consume", use(world, "c", 1))
    for who in ("vera", "rosa", "carl"):
        items = call(who).get(place)["items"]
        assert [(each["kind"], each["percent"], each["used"], each["limit"]) for each in items] == [
            ("refused", None, 50, 50), ("threshold", 100, 50, 50), ("threshold", 80, 40, 50),
        ]  # fmt: skip
    page = vera.get(f"{place}?limit=2")
    assert [each["percent"] for each in vera.get(f"{place}?limit=2&cursor={page['next']}")["items"]] == [80]
    for who in ("remo", "nora"):
        assert call(who).get(place).status == 404


def test_what_is_used_up_belongs_to_the_period_of_its_time(world: World, call: Callable[..., Caller]) -> None:
    load(world)
    vera = call("vera")
    vera.put(f"/entitlements/{world.carl.ref}/limits/page_visits", {"units": 2})
    visits: dict[str, Any] = {"quantity": 1, "meter": "page_visits"}  # counted by the day
    before = (now() - timedelta(days=3)).isoformat()

    def allowed(name: str, **more: Any) -> bool:
        answer = vera.post("/consume", use(world, name, **visits, **more))
        assert answer.status == 200
        return bool(answer["allowed"])

    assert [allowed(name, time=before) for name in "abca"] == [True, True, False, True]
    assert [allowed(name) for name in "xy"] == [True, True]  # the day that is over has taken nothing from this one
    told = vera.get(f"/entitlements/{world.carl.ref}")["meters"]["page_visits"]
    assert (told["used"], told["state"]) == (2, "refused")
    assert vera.get(f"/accounts/{world.carl.ref}/alerts")["items"] == []  # and nothing is said of it now
    with platform_scope("test"):
        assert UsageEvent.objects.get(event_id="a").at.isoformat() == before
    for wrong, code in ((timedelta(days=-36), "too-old"), (timedelta(minutes=6), "too-far-ahead")):
        moment = (now() + wrong).isoformat()
        assert vera.post("/consume", use(world, "b", 1, time=moment)).code == f"cannot_take_usage.{code}"


def test_what_people_of_a_team_may_use(world: World, vera: Caller, call: Callable[..., Caller]) -> None:
    cleo, place = world.places["cleo"].ref, f"/entitlements/{world.carl.ref}/portions/appointments/"
    carl = call("carl")
    answer = carl.put(f"{place}{cleo}", {"reserve": 1, "cap": 2})
    assert answer.status == 200
    [found] = [each for each in answer["items"] if each["meter"] == "appointments"]
    assert (found["shared"], found["promised"], found["people"]) == (
        True, 1, [{"collaborator": cleo, "reserve": 1, "cap": 2, "used": 0}],
    )  # fmt: skip
    for name in ("a", "b"):
        assert vera.post("/consume", use(world, name, collaborator=cleo))["collaborator"]["from"] == "collaborator"
    refused = vera.post("/consume", use(world, "c", collaborator=world.users["cleo"].ref))
    assert (refused.status, refused["allowed"], refused["reason"]) == (200, False, "collaborator-limit")
    assert (refused["standing"]["remaining"], refused["collaborator"]["remaining"]) == (48, 0)
    assert [step["kind"] for step in refused["next"]] == ["ask-team"]
    assert vera.post("/consume", use(world, "d"))["collaborator"] is None
    theirs = carl.get(f"/entitlements/{world.carl.ref}?collaborator={cleo}")["meters"]["appointments"]
    assert (theirs["used"], theirs["limit"], theirs["from"], theirs["state"]) == (2, 2, "collaborator", "refused")
    assert vera.get(f"/entitlements/{world.carl.ref}?collaborator=col_nobody").status == 404
    unknown = vera.post("/consume", use(world, "e", collaborator="col_nobody"))
    assert (unknown.status, unknown["code"]) == (409, "cannot_take_usage.unknown-collaborator")
    told = {"events": [{**use(world, "f", collaborator="usr_nobody")}]}
    assert vera.post("/usage-events", told)["errors"][0]["code"] == "unknown-collaborator"
    assert carl.put(place.rstrip("/"), {"oversell": 100}).status == 200
    assert carl.put(f"{place}{cleo}", {"cap": 60})["code"] == "cannot_set_portion.oversold"
    assert call("rosa").delete(f"{place}{cleo}").status == 200
    assert call("remo").put(f"{place}{cleo}", {"cap": 1}).status == 404

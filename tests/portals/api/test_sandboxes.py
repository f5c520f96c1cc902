"""Sandboxes at the API: begun, moved, read, deleted; who may; asked twice."""

from __future__ import annotations

from sublet.foundation.scope import platform_scope
from sublet.sandboxes.models import Sandbox, SandboxMove
from tests.catalog.test_offer import BOOKINGS, load
from tests.people import World
from tests.portals.api.caller import Caller


def ready(ref: str) -> None:
    """As if the job had copied it."""
    with platform_scope("test"):
        row = Sandbox.objects.get(ref=ref)
        client = [row.portfolio.ref, "Carl", 3, True]
        Sandbox.objects.filter(ref=ref).update(state="ready", clients=[client])


def test_a_sandbox_is_begun_moved_and_deleted(world: World, rosa: Caller) -> None:
    assert rosa.get("/sandboxes").body == {"items": []}
    made = rosa.post("/sandboxes", {"name": "If cards fail", "clients": [world.carl.ref]})
    assert (made.status, made["state"], made["portfolio"], made["clock"]) == (
        202,
        "copying",
        world.rosa.ref,
        made["copied_at"],
    )
    one = f"/sandboxes/{made['ref']}"
    refused = rosa.post(f"{one}/moves", {"by": "day"})
    assert (refused.status, refused.code) == (409, "cannot_move_sandbox.copying")
    ready(made["ref"])
    moved = rosa.post(f"{one}/moves", {"by": "month"})
    assert (moved.status, moved["state"]) == (202, "moving")
    [move] = rosa.get(f"{one}/moves")["items"]
    assert (move["state"], move["starts"]) == ("running", made["clock"])
    assert rosa.post(f"{one}/moves", {"by": "day"}).code == "cannot_move_sandbox.moving"
    assert rosa.get(f"{one}/timeline").body == {"items": [], "next": None}
    assert rosa.get(f"{one}/invoices?all=true").body == {"items": []}
    assert rosa.get(f"{one}/mails").body == {"items": [], "next": None}
    assert [each["ref"] for each in rosa.get("/sandboxes")["items"]] == [made["ref"]]
    assert rosa.delete(one).status == 204
    assert rosa.get(one).status == 404


def test_whose_cards_are_declined_is_said_exactly(world: World, rosa: Caller) -> None:
    made = rosa.post("/sandboxes", {"name": "Cards"})
    one = f"/sandboxes/{made['ref']}"
    ready(made["ref"])
    assert rosa.put(f"{one}/declined-cards", {"declined": [world.rosa.ref]})["declined"] == [world.rosa.ref]
    assert rosa.put(f"{one}/declined-cards", {"declined": []})["declined"] == []
    assert (
        rosa.put(f"{one}/declined-cards", {"declined": [world.carl.ref]}).code == "cannot_move_sandbox.unknown-client"
    )


def test_what_a_client_uses_is_said_until_the_clock_moves(world: World, rosa: Caller) -> None:
    load(world, BOOKINGS)
    made = rosa.post("/sandboxes", {"name": "More"})
    one = f"/sandboxes/{made['ref']}"
    ready(made["ref"])
    said = {"account": world.rosa.ref, "meter": "appointments", "units": 500}
    assert rosa.put(f"{one}/use", said)["uses"] == [said]
    assert rosa.put(f"{one}/use", said | {"units": 600})["uses"] == [said | {"units": 600}]
    assert rosa.put(f"{one}/use", said | {"units": 0})["uses"] == []
    assert rosa.put(f"{one}/use", said | {"meter": "nothing"}).code == "cannot_move_sandbox.unknown-meter"
    assert rosa.put(f"{one}/use", said | {"account": world.carl.ref}).code == "cannot_move_sandbox.unknown-client"
    assert rosa.put(f"{one}/use", said | {"units": -1}).status == 422


def test_what_makes_no_sense_is_refused(world: World, rosa: Caller) -> None:
    assert rosa.post("/sandboxes", {"name": "x" * 121}).status == 422
    assert rosa.post("/sandboxes", {"name": "Theirs", "clients": [world.bakery.ref]}).code == (
        "cannot_begin_sandbox.unknown-client"
    )
    assert rosa.post("/sandboxes", {"name": "Nobody", "clients": []}).code == "cannot_begin_sandbox.nobody"
    made = rosa.post("/sandboxes", {"name": "Mine"})
    ready(made["ref"])
    one = f"/sandboxes/{made['ref']}/moves"
    assert rosa.post(one, {"by": "year"}).status == 422
    assert rosa.post(one, {"by": "date", "until": "2020-01-01"}).code == "cannot_move_sandbox.past"
    assert rosa.post(one, {"by": "date", "until": "2099-01-01"}).code == "cannot_move_sandbox.far"
    assert rosa.post(one, {"by": "date"}).code == "cannot_move_sandbox.date"
    assert rosa.get(f"/sandboxes/{made['ref']}/timeline?cursor=made-up").status == 422


def test_the_same_key_begins_one_and_moves_once(world: World, rosa: Caller) -> None:
    body = {"name": "Once"}
    made = [rosa.post("/sandboxes", body, headers={"Idempotency-Key": "begin-1"}) for _again in (1, 2)]
    assert made[0]["ref"] == made[1]["ref"]
    ready(made[0]["ref"])
    one = f"/sandboxes/{made[0]['ref']}/moves"
    for _again in (1, 2):
        assert rosa.post(one, {"by": "day"}, headers={"Idempotency-Key": "move-1"}).status == 202
    with platform_scope("test"):
        assert (Sandbox.objects.count(), SandboxMove.objects.count()) == (1, 1)


def test_nobody_else_finds_it(world: World, rosa: Caller, vera: Caller, carl: Caller) -> None:
    made = rosa.post("/sandboxes", {"name": "Mine"})
    for caller in (vera, carl):
        for path in ("", "/moves", "/timeline", "/invoices", "/mails"):
            assert caller.get(f"/sandboxes/{made['ref']}{path}").status in (403, 404)
        assert caller.delete(f"/sandboxes/{made['ref']}").status in (403, 404)
    assert vera.get("/sandboxes").body == {"items": []}
    theirs = vera.post("/sandboxes", {"name": "Rosa’s", "reseller": world.rosa.ref})
    assert theirs["portfolio"] == world.rosa.ref
    assert rosa.get(f"/sandboxes/{theirs['ref']}").status == 404

"""Moves by program: previewed, asked for, answered, listed; what takes an owner in person is not a key's."""

from __future__ import annotations

from collections.abc import Callable

from sublet.accounts.models import Account
from sublet.moves.models import Move
from tests.people import World
from tests.portals.api.caller import Caller


def parent_of(account: Account) -> int | None:
    return Account.unscoped.get(id=account.id).parent_id


def test_a_client_goes_from_one_reseller_to_another(world: World, call: Callable[..., Caller]) -> None:
    rosa, remo = call("rosa"), call("remo")
    assert remo.get("/moving-code").status == 404
    code = remo.post("/moving-code")["code"]
    assert remo.get("/moving-code")["code"] == code
    wanted = {"kind": "transfer", "account": world.carl.ref, "code": code}
    shown = rosa.post("/moves/preview", wanted)
    assert (shown["other"], shown["others_must_agree"], shown["plan"]["brand_after"]) == (
        "Remo Digital",
        True,
        "Remo Digital",
    )
    assert not Move.unscoped.exists()
    asked = rosa.post("/moves", wanted | {"reason": "Nearer"})
    assert (asked.status, asked["state"], asked["party"], asked["lacking"]) == (201, "asked", "source", ["target"])
    assert rosa.post("/moves", wanted).code == "cannot_move_account.moving"
    seen = remo.get("/moves?state=open")["items"]
    assert [(each["ref"], each["may_answer"], each["plan"]) for each in seen] == [(asked["ref"], True, None)]
    done = remo.post(f"/moves/{asked['ref']}/agree")
    assert (done["state"], parent_of(world.carl)) == ("done", world.remo.id)
    assert rosa.get(f"/clients/{world.carl.ref}").status == 404
    assert remo.get(f"/clients/{world.carl.ref}")["notes"] == ""
    (former,) = rosa.get("/former-clients")["items"]
    assert (former["ref"], former["tags"], former["went_to"]) == (world.carl.ref, ["restaurant", "vip"], "Remo Digital")


def test_a_client_is_detached_at_once(world: World, rosa: Caller) -> None:
    done = rosa.post("/moves", {"kind": "detach", "account": world.carl.ref})
    assert (done.status, done["state"], done["lacking"]) == (201, "done", [])
    assert parent_of(world.carl) == world.vendor.id
    assert rosa.post("/moves", {"kind": "detach", "account": world.carl.ref}).status == 404


def test_a_request_is_declined_or_taken_back(world: World, call: Callable[..., Caller]) -> None:
    rosa, remo, vera = call("rosa"), call("remo"), call("vera")
    wanted = {"kind": "transfer", "account": world.carl.ref, "code": remo.post("/moving-code")["code"]}
    first = rosa.post("/moves", wanted)["ref"]
    assert remo.post(f"/moves/{first}/decline", {"reason": "No room"})["state"] == "declined"
    assert remo.post(f"/moves/{first}/agree").code == "cannot_move_account.answered"
    second = rosa.post("/moves", wanted)["ref"]
    assert rosa.post(f"/moves/{second}/take-back")["state"] == "taken-back"
    assert [each["ref"] for each in vera.get("/moves")["items"]] == [second, first]
    assert parent_of(world.carl) == world.rosa.id


def test_what_others_do_is_not_there(world: World, call: Callable[..., Caller]) -> None:
    rosa, remo = call("rosa"), call("remo")
    taken = {"kind": "detach", "account": world.bakery.ref}
    assert [rosa.post(path, taken).status for path in ("/moves", "/moves/preview")] == [404, 404]
    code = rosa.post("/moving-code")["code"]
    move = remo.post("/moves", {"kind": "transfer", "account": world.bakery.ref, "code": code})["ref"]
    third = call("carl")
    assert third.get(f"/moves/{move}").status in {403, 404}
    assert third.post(f"/moves/{move}/agree").status in {403, 404}


def test_an_owner_merges_in_person(world: World, rosa: Caller) -> None:
    assert rosa.post("/moves", {"kind": "merge", "code": "AAAA-BBBB-CCCC"}).status == 422

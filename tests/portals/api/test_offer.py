"""The offer at the API: everything for the vendor, what is open to them for resellers, nothing for clients."""

from __future__ import annotations

from collections.abc import Callable

from tests.catalog.test_offer import BOOKINGS, load, sold_anew
from tests.people import World
from tests.portals.api.caller import Caller

UNLIMITED = '[[plans]]\nkey = "unlimited"'
PRIVATE = BOOKINGS.replace(UNLIMITED, UNLIMITED.replace("key", "public = false\nkey"), 1)


def test_before_the_first_manifest_the_offer_is_empty(vera: Caller) -> None:
    found = vera.get("/offer")
    assert (found.status, found["number"], found["plans"], found["starting_plan"]) == (200, 0, [], None)


def test_the_vendor_sees_every_version_and_how_many_have_it(world: World, vera: Caller) -> None:
    load(world, BOOKINGS)
    load(world, sold_anew(BOOKINGS, "free"), 400)
    found = vera.get("/offer")
    assert (found["number"], found["starting_plan"], found["starting_version"]) == (2, "free", 2)
    free = {each["version"]: each for each in vera.get("/plans")["items"] if each["key"] == "free"}
    assert [(number, free[number]["on_sale"]) for number in sorted(free)] == [(1, False), (2, True)]
    assert (free[1]["accounts"] > 0, free[2]["accounts"]) == (True, 0)
    assert found["plans"] == vera.get("/plans")["items"]
    assert found["add_ons"] == vera.get("/add-ons")["items"]
    assert found["meters"] == vera.get("/meters")["items"]
    assert found["features"] == vera.get("/features")["items"]


def test_a_reseller_sees_what_is_sold_to_everyone(world: World, vera: Caller, rosa: Caller) -> None:
    load(world, PRIVATE)
    load(world, sold_anew(PRIVATE, "free"), 1)
    mine, all_of_them = rosa.get("/plans")["items"], vera.get("/plans")["items"]
    assert [(each["key"], each["version"]) for each in mine] == [
        (each["key"], each["version"]) for each in all_of_them if each["public"] and each["on_sale"]
    ]
    assert "unlimited" not in {each["key"] for each in mine}
    assert {each["accounts"] for each in mine} == {None}
    assert [each["prices"] for each in mine if each["prices"]]
    assert rosa.get("/meters").body == vera.get("/meters").body
    assert rosa.get("/features").body == vera.get("/features").body
    assert {each["accounts"] for each in rosa.get("/add-ons")["items"]} <= {None}


def test_a_client_sees_no_price(world: World, carl: Caller, call: Callable[..., Caller]) -> None:
    load(world, BOOKINGS)
    dora = call("dora")
    for path in ("/offer", "/plans", "/add-ons", "/meters", "/features"):
        assert carl.get(path).status == 404, path
        assert dora.get(path).status == 403, path  # not for this kind of account
    assert call("rosa", rights={"clients": "manage"}).get("/plans").status == 403
    assert call("rosa").get("/offer").status == 404


def test_a_preview_tells_what_accounts_would_feel(world: World, vera: Caller) -> None:
    load(world, BOOKINGS)
    newer = vera.post("/manifest-previews", {"source": sold_anew(BOOKINGS, "free")})
    told = [(each["what"], each["kind"], each["key"], each["version"], each["asks"]) for each in newer["effects"]]
    assert (told, newer["asks"]) == ([("newer", "plan", "free", 2, False)], False)
    assert newer["effects"][0]["accounts"] > 0
    changed = BOOKINGS.replace("amount = 50,", "amount = 40,", 1)
    assert vera.post("/manifest-previews", {"source": changed})["asks"] is True
    assert vera.put("/manifest", {"source": changed}).code == "cannot_load_manifest.offer-in-use"
    assert vera.put("/manifest", {"source": changed, "confirmed": True})["number"] == 2

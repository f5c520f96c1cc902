"""Teams, invitations, sections, withdrawals, impersonations and keys by the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest

from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from sublet.people.models import Collaborator, Impersonation, ImpersonationRequest, Invitation
from sublet.proof.models import Scan
from tests import factories
from tests.people import AT, CARL_HOST, World
from tests.portals.api.caller import Caller


def test_team_of_a_client_is_listed_owner_first(world: World, rosa: Caller) -> None:
    page = rosa.get(f"/accounts/{world.carl.ref}/collaborators")

    assert [(each["name"], each["is_owner"], each["rights"].get("product.content")) for each in page["items"]] == [
        ("Carl Conti", True, "manage"),
        ("Cleo Costa", False, "manage"),
    ]
    assert page["items"][1]["summary"] == "Content"
    first = rosa.get(f"/accounts/{world.carl.ref}/collaborators?limit=1")
    second = rosa.get(f"/accounts/{world.carl.ref}/collaborators?limit=1&cursor={first['next']}")
    assert [page["items"][0]["name"] for page in (first, second)] == ["Carl Conti", "Cleo Costa"]
    assert second["next"] is None


def test_client_looks_after_its_own_team(world: World, carl: Caller) -> None:
    place = f"/accounts/{world.carl.ref}"

    invited = carl.post(
        f"{place}/invitations", {"email": "New@Example.test", "rights": {"product.content": "view"}, "language": "it"}
    )
    again = carl.post(f"{place}/invitations", {"email": "new@example.test"})
    resent = carl.post(f"{place}/invitations/{invited['ref']}/resend")
    shown = carl.get(f"{place}/invitations/{invited['ref']}")
    revoked = carl.delete(f"{place}/invitations/{invited['ref']}")

    assert (invited.status, invited["email"]) == (201, "new@example.test")
    assert (again.status, again.code, again.fields) == (
        409, "cannot_invite_collaborator.already-invited", [("email", "already-invited")],
    )  # fmt: skip
    assert (resent.status, shown["sends"], revoked.status) == (200, 2, 204)
    assert carl.get(f"{place}/invitations")["items"] == []


def test_nobody_gives_more_than_it_has(world: World, call: Callable[..., Caller]) -> None:
    small = call("carl", rights={"team": "manage", "product.content": "view"})
    place = f"/accounts/{world.carl.ref}"

    beyond = small.post(f"{place}/invitations", {"email": "x@y.example", "rights": {"product.design": "view"}})
    floor = small.post(f"{place}/invitations", {"email": "x@y.example", "rights": {"billing": "view"}})

    assert beyond.code == "cannot_invite_collaborator.beyond-own"
    assert floor.code == "cannot_invite_collaborator.floor"


def test_whoever_names_clients_does_not_let_staff_reach_all(world: World, rosa: Caller) -> None:
    place, ruth = f"/accounts/{world.rosa.ref}", world.places["ruth"].ref
    some: dict[str, Any] = {"rights": {"clients": "view"}, "reach": [world.carl.ref]}

    invited = rosa.post(f"{place}/invitations", {"email": "new@example.test", **some})
    changed = rosa.put(f"{place}/collaborators/{ruth}/rights", some)

    with platform_scope("a test looks"):
        row = Invitation.objects.get(ref=invited["ref"])
    assert (row.reaches_all, row.reach_ids) == (False, [world.carl.id])
    assert (changed["reaches_all"], changed["reach"]) == (False, [world.carl.ref])


def test_rights_change_and_access_ends(world: World, rosa: Caller) -> None:
    cleo = world.places["cleo"]
    place = f"/accounts/{world.carl.ref}/collaborators/{cleo.ref}"

    changed = rosa.put(f"{place}/rights", {"rights": {"product.design": "view"}})
    removed = rosa.post(f"{place}/remove", {"reason": "Has left"})

    assert (changed.status, changed["rights"], changed["may_remove"]) == (200, {"product.design": "view"}, True)
    assert removed.status == 204
    assert rosa.get(place).status == 404
    cleo.refresh_from_db()
    assert cleo.ended_at is not None


def test_a_narrow_key_ends_wider_places_but_takes_nothing_and_never_the_owners(
    world: World, call: Callable[..., Caller]
) -> None:
    """Access that must end is ended by whoever is there. Nobody is locked out by that: the owner stays and can invite."""
    narrow = call("carl", rights={"team": "manage"})
    place = f"/accounts/{world.carl.ref}/collaborators"
    wide = factories.make_collaborator(
        world.carl, factories.make_user("Wanda Weit"), rights={"team": "manage", "product.design": "manage"}
    )

    lowered = narrow.put(f"{place}/{wide.ref}/rights", {"rights": {"team": "manage"}})
    owner = narrow.post(f"{place}/{world.places['carl'].ref}/remove")
    removed = [narrow.post(f"{place}/{each.ref}/remove").status for each in (wide, world.places["cleo"])]
    back = {"email": wide.user.email, "rights": {"team": "manage", "product.design": "manage"}}
    raised = narrow.post(f"/accounts/{world.carl.ref}/invitations", back)

    assert (lowered.code, owner.code) == ("cannot_change_rights.beyond-own", "cannot_remove_collaborator.owner")
    assert removed == [204, 204]
    assert raised.code == "cannot_invite_collaborator.beyond-own"
    with world.scope("carl") as actor:
        assert actor.may("team:manage")


def test_account_is_handed_over_by_the_reseller_that_owns_it(world: World, rosa: Caller, carl: Caller) -> None:
    cleo = world.places["cleo"].ref
    body = {"collaborator": cleo, "leave": True}

    by_a_key_of_the_client = carl.post(f"/accounts/{world.carl.ref}/hand-over", body)
    done = rosa.post(f"/accounts/{world.carl.ref}/hand-over", body)

    assert (by_a_key_of_the_client.status, by_a_key_of_the_client.code) == (403, "in-person")
    assert (done.status, done["name"], done["is_owner"]) == (200, "Cleo Costa", True)
    with platform_scope("test"):
        assert Collaborator.objects.filter(account=world.carl, ended_at__isnull=True).count() == 1


def test_sections_and_presets_of_an_account(world: World, rosa: Caller, carl: Caller) -> None:
    groups = rosa.get(f"/accounts/{world.carl.ref}/sections")["groups"]
    keys = [section["key"] for group in groups for section in group["sections"]]

    assert keys[:2] == ["product.design", "product.content"]
    assert "billing" not in keys
    marked = [each["key"] for group in groups for each in group["sections"] if each["marked"]]
    assert marked == ["product.add-ons"]
    assert {each["measured"] for group in groups for each in group["sections"]} == {"unseen"}
    with platform_scope("test data"):
        Scan.objects.create(account=world.carl, cause="night", state="done", version="1", asked_by_name="S",
                            sections={"design": "found", "content": "clean"}, created_at=AT)  # fmt: skip
    for caller, measured in ((rosa, ["found", "clean", "unseen"]), (carl, ["unseen"] * 3)):
        groups = caller.get(f"/accounts/{world.carl.ref}/sections")["groups"]
        by_key = {section["key"]: section for group in groups for section in group["sections"]}
        wanted = ("product.design", "product.content", "product.add-ons")
        assert [by_key[key]["measured"] for key in wanted] == measured
        assert [by_key[key]["clean"] for key in wanted] == [caller is carl, True, False]
    presets = {each["key"] for each in rosa.get(f"/accounts/{world.rosa.ref}/presets")["items"]}
    assert {"project-manager", "sales", "everything"} <= presets
    assert carl.get(f"/accounts/{world.carl.ref}/sections").status == 200


def test_section_is_taken_from_all_clients_and_given_back(world: World, rosa: Caller) -> None:
    seen = rosa.post("/withdrawals", {"section": "product.push", "dry_run": True})
    uses = {each["section"]: each["people"] for each in rosa.get("/section-uses")["items"]}
    taken = rosa.post("/withdrawals", {"section": "product.push", "reason": "New price list"})
    place = f"/withdrawals/{taken['ref']}"

    assert (seen.status, seen["people"], uses["product.push"]) == (200, 1, 1)
    assert (taken.status, taken["state"], taken["people"]) == (201, "done", 1)
    owner = f"/accounts/{world.carl.ref}/collaborators/{world.places['carl'].ref}"
    assert "product.push" not in rosa.get(owner)["rights"]
    assert rosa.get(place)["may_give_back"] is True
    assert rosa.post(f"{place}/give-back")["state"] == "returned"
    assert rosa.get(owner)["rights"]["product.push"] == "manage"
    assert [each["ref"] for each in rosa.get("/withdrawals")["items"]] == [taken["ref"]]


def test_an_invitation_is_shown_though_the_list_is_full(
    world: World, carl: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("sublet.people.queries.team"), "MOST_INVITATIONS", 1)
    place = f"/accounts/{world.carl.ref}/invitations"
    older, _newer = (
        carl.post(place, {"email": f"{name}@x.example", "rights": {"product.content": "view"}}) for name in "ab"
    )

    assert carl.get(f"{place}/{older['ref']}")["email"] == "a@x.example"


def test_visits_are_shown_and_never_begun_by_a_key(world: World, rosa: Caller, carl: Caller) -> None:
    with platform_scope("test data"):
        visit = Impersonation(
            account=world.carl, mode="client", staff_collaborator=world.places["rosa"],
            as_collaborator=world.places["cleo"], reason="Helps with the menu", host=CARL_HOST,
            started_at=AT, last_used_at=AT, expires_at=AT + timedelta(hours=4),
        )  # fmt: skip
        visit.save()
        ImpersonationRequest(impersonation=visit, at=AT, method="POST", path="/x", status=302).save()
    place = f"/accounts/{world.carl.ref}/impersonations"

    for caller in (rosa, carl):
        rows = caller.get(place)["items"]
        assert [(row["staff"], row["acting_as"], row["requests"]) for row in rows] == [("Rosa Ricci", "Cleo Costa", 1)]
        asked = caller.get(f"{place}/{visit.ref}")["items"]
        assert [(row["method"], row["changed"]) for row in asked] == [("POST", True)]
    begun = rosa.post(place, {"mode": "client", "reason": "Helps with the menu"})
    assert (begun.status, begun.code) == (403, "in-person")


def test_key_is_made_shown_once_and_revoked(world: World, rosa: Caller) -> None:
    until = (now() + timedelta(days=30)).isoformat()

    made = rosa.post("/keys", {"name": "Website form", "rights": {"clients": "view"}, "expires_at": until})
    new = Caller(secret=made["secret"], host=rosa.host)

    assert made.status == 201
    assert new.get("/clients").status == 200
    assert new.post("/clients", {"name": "X"}).status == 403
    shown = rosa.get("/keys")["items"][0]
    assert (shown["name"], shown["rights"], shown["state"]) == ("Website form", {"clients": "view"}, "active")
    assert made["secret"] not in str(rosa.get("/keys").body)
    assert shown["last_used_at"] is not None
    assert rosa.delete(f"/keys/{made['ref']}").status == 204
    assert new.get("/clients").status == 401
    assert rosa.delete(f"/keys/{made['ref']}").status == 404


def test_key_makes_no_key_with_more_rights_or_reach(world: World, call: Callable[..., Caller]) -> None:
    narrow = call("rosa", rights={"keys": "manage", "clients": "view"}, reach=[world.carl])

    beyond = narrow.post("/keys", {"name": "More", "rights": {"clients": "manage"}})
    made = narrow.post("/keys", {"name": "Same", "rights": {"clients": "view"}})

    assert beyond.code == "cannot_create_key.beyond-own"
    names = [each["name"] for each in Caller(secret=made["secret"], host=narrow.host).get("/clients")["items"]]
    assert names == ["Carl’s Kitchen"]


def test_a_key_is_confined_and_rotated(rosa: Caller) -> None:
    body = {"name": "Website", "rights": {"clients": "view"}, "allowed_from": ["10.0.0.0/8"]}
    made = rosa.post("/keys", body)
    path = f"/keys/{made['ref']}"
    assert rosa.get(path)["allowed_from"] == ["10.0.0.0/8"]
    assert Caller(secret=made["secret"], host=rosa.host).get("/account").status == 401  # the tests are 127.0.0.1
    assert rosa.get(path)["refused_from"] == "127.0.0.1"
    wrong = rosa.ask("PATCH", path, {"allowed_from": ["office"]})
    assert (wrong.status, wrong.code) == (409, "cannot_change_key.address")
    assert rosa.ask("PATCH", path, {"allowed_from": ["127.0.0.0/8", "::1"]})["allowed_from"] == [
        "127.0.0.0/8",
        "::1/128",
    ]
    new = rosa.post(f"{path}/rotation", {"overlap_hours": 24})
    assert new.status == 201
    for secret in (made["secret"], new["secret"]):
        assert Caller(secret=secret, host=rosa.host).get("/account").status == 200
    shown = rosa.get(path)
    assert (shown["prefix"], shown["old_prefix"]) == (new["secret"][:11], made["secret"][:11])
    assert rosa.delete(f"{path}/old-secret").status == 204
    assert Caller(secret=made["secret"], host=rosa.host).get("/account").status == 401
    assert rosa.delete(f"{path}/old-secret").status == 409
    assert rosa.post(f"{path}/rotation", {"overlap_hours": 169}).status == 422

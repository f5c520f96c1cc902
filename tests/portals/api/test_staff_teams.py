"""Named teams of a reseller's staff by program, and access that is given to one, from a day on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from sublet.people.models import Grant
from tests.people import AT, World
from tests.portals.api.caller import Caller

ASK = {"sections": {"product.design": "manage"}, "days": 30, "reason": "Redesign for the summer menu"}


@pytest.fixture
def owned(world: World) -> World:
    """Carl owns his account, and has ended the access that came with it."""
    with platform_scope("test"):
        world.carl.ownership = "client"
        world.carl.save(update_fields=["ownership"])
        Grant.objects.filter(account=world.carl).update(state="ended", ends_at=AT)
    return world


def test_a_team_is_made_changed_given_access_and_removed(owned: World, rosa: Caller, carl: Caller) -> None:
    rico, ruth = owned.places["rico"].ref, owned.places["ruth"].ref
    made = rosa.post("/staff-teams", {"name": "Design", "people": [ruth]})
    team = f"/staff-teams/{made['ref']}"
    assert (made.status, made["name"], made["clients"]) == (201, "Design", 0)
    assert rosa.get("/staff-teams")["items"] == [rosa.get(team).body]
    assert rosa.post("/staff-teams", {"name": "design"}).code == "cannot_change_staff_team.name-taken"

    grants = f"/accounts/{owned.carl.ref}/grants"
    asked = rosa.post(grants, ASK | {"team": made["ref"]})
    assert (asked["team"], asked["people"], asked["team_ref"], asked["start_at"]) == (
        "Design", ["Ruth Renard"], made["ref"], None,
    )  # fmt: skip
    given = carl.post(f"{grants}/{asked['ref']}/approve")
    assert (given["team"], given["people"], given["team_ref"]) == ("Design", ["Ruth Renard"], "")
    assert rosa.get(team)["clients"] == 1

    def inside() -> list[str]:
        found = carl.get(f"/accounts/{owned.carl.ref}/access")["people"]
        return [each["name"] for each in found if each["side"] == "reseller"]

    assert inside() == ["Ruth Renard"]
    changed = rosa.patch(team, {"name": "Grafica", "people": [rico, ruth]})
    assert [each["name"] for each in changed["people"]] == ["Rico Russo", "Ruth Renard"]
    assert rosa.patch(team, {"people": [rico]})["name"] == "Grafica"
    assert inside() == ["Rico Russo"]
    assert rosa.delete(team).status == 204
    assert (rosa.get(team).status, rosa.delete(team).status, inside()) == (404, 404, [])
    over = carl.get(f"{grants}/{asked['ref']}")
    assert (over["team"], over["team_removed"], over["people"]) == ("Grafica", True, [])


def test_access_begins_on_the_day_that_was_asked_for(owned: World, rosa: Caller, carl: Caller) -> None:
    grants = f"/accounts/{owned.carl.ref}/grants"
    day = (now() + timedelta(days=20)).date()
    asked = rosa.post(grants, ASK | {"start": day.isoformat()})
    assert (asked["start_at"][:10], asked["starts_at"]) == (day.isoformat(), None)
    given = carl.post(f"{grants}/{asked['ref']}/approve")
    assert given["starts_at"] == given["start_at"] == asked["start_at"]
    assert given["ends_at"][:10] == (day + timedelta(days=30)).isoformat()
    found = carl.get(f"/accounts/{owned.carl.ref}/access")["people"]
    assert {each["side"] for each in found} == {"client"}
    for wrong in (now().date() - timedelta(days=3), now().date() + timedelta(days=400)):
        assert rosa.post(grants, ASK | {"start": wrong.isoformat()}).code == "cannot_change_grant.start"
    assert rosa.post(grants, ASK | {"start": "soon"}).status == 422


def test_teams_are_a_resellers_own(owned: World, rosa: Caller, call: Callable[..., Caller], carl: Caller) -> None:
    remo = call("remo")
    made = rosa.post("/staff-teams", {"name": "Design"})
    team = f"/staff-teams/{made['ref']}"
    assert remo.get("/staff-teams")["items"] == []
    assert [remo.get(team).status, remo.patch(team, {"name": "Mine"}).status, remo.delete(team).status] == [404] * 3
    assert remo.patch(team, {"people": []}).status == 404
    assert carl.get(team).status == carl.post("/staff-teams", {"name": "Mine"}).status
    assert carl.get(team).status in {403, 404}
    assert rosa.get(team)["name"] == "Design"
    given = rosa.post(f"/accounts/{owned.carl.ref}/grants", ASK | {"team": made["ref"], "people": []})
    assert given.code == "cannot_change_grant.people"

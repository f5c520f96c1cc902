"""The pages of named teams, and of access that is asked for one of them, from a day on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from sublet.people.models import Grant, StaffTeam, StaffTeamMember
from tests.people import World

ASK = {"reason": "Redesign for the summer menu", "days": "30", "people": "team", "right-product.design": "manage"}


@pytest.fixture
def owned(world: World) -> World:
    """Carl owns his account, and has ended the access that came with it."""
    with platform_scope("test"):
        world.carl.ownership = "client"
        world.carl.save(update_fields=["ownership"])
        Grant.objects.filter(account=world.carl).update(state="ended")
    return world


def pages(world: World) -> tuple[str, str, str]:
    """The teams, and who can enter: for Rosa and for Carl."""
    return (
        f"/reseller/{world.rosa.ref}/team/named/",
        f"/reseller/{world.rosa.ref}/clients/{world.carl.ref}/access/",
        f"/client/{world.carl.ref}/access/",
    )


def teams() -> dict[str, list[str]]:
    with platform_scope("test"):
        found = {row.name: row for row in StaffTeam.objects.filter(removed_at__isnull=True).order_by("id")}
        members = StaffTeamMember.objects.select_related("collaborator__user").order_by("id")
        return {
            name: [str(each.collaborator.user) for each in members if each.team_id == row.id]
            for name, row in found.items()
        }


def test_a_team_is_made_changed_and_removed_in_pages(world: World) -> None:
    listing, _rosas, _carls = pages(world)
    rosa = world.browser("rosa")
    assert listing in rosa.get(f"/reseller/{world.rosa.ref}/team/").content.decode()
    assert "No teams yet" in rosa.get(listing).content.decode()
    sent = {"name": "Design", "people": [world.places["ruth"].ref, world.places["rico"].ref]}
    assert rosa.post(f"{listing}new/", sent).headers["Location"] == listing
    assert teams() == {"Design": ["Rico Russo", "Ruth Renard"]}
    refused = rosa.post(f"{listing}new/", {"name": "DESIGN"})
    assert (refused.status_code, "There is a team with that name already." in refused.content.decode()) == (409, True)
    assert rosa.post(f"{listing}new/", {"name": ""}).status_code == 422
    with platform_scope("test"):
        one = f"{listing}{StaffTeam.objects.get().ref}/"
    shown = rosa.get(one).content.decode()
    assert (shown.count("checked"), "Rico Russo" in shown) == (2, True)
    assert rosa.post(one, {"name": "Grafica", "people": [world.places["rosa"].ref]}).status_code == 302
    assert teams() == {"Grafica": ["Rosa Ricci"]}
    assert rosa.get(f"{one}remove/").status_code == 405
    assert rosa.post(f"{one}remove/").status_code == 302
    assert (teams(), rosa.get(one).status_code, rosa.post(f"{one}remove/").status_code) == ({}, 404, 404)


def test_who_may_not_change_teams_sees_them_at_most(world: World) -> None:
    listing, _rosas, _carls = pages(world)
    world.browser("rosa").post(f"{listing}new/", {"name": "Design", "people": [world.places["ruth"].ref]})
    ruth = world.browser("ruth")
    assert ruth.get(listing).status_code == 403
    with platform_scope("test"):
        world.places["ruth"].rights_words = {"clients": "view", "team": "view"}
        world.places["ruth"].save(update_fields=["rights_words"])
        one = f"{listing}{StaffTeam.objects.get().ref}/"
    page = ruth.get(listing).content.decode()
    assert ("Design" in page, one in page, f"{listing}new/" in page) == (True, False, False)
    sent = {"name": "Mine", "people": []}
    for url in (f"{listing}new/", one, f"{one}remove/"):
        assert ruth.post(url, sent).status_code == 403
    assert world.browser("remo").get(listing).status_code == 404
    assert teams() == {"Design": ["Ruth Renard"]}


def test_access_for_a_team_from_a_day_on_is_asked_for_and_approved_in_pages(owned: World) -> None:
    listing, rosas, carls = pages(owned)
    rosa, carl = owned.browser("rosa"), owned.browser("carl")
    assert 'value="team"' not in rosa.get(f"{rosas}ask/").content.decode()  # there is none yet
    rosa.post(f"{listing}new/", {"name": "Design", "people": [owned.places["ruth"].ref]})
    with platform_scope("test"):
        team = StaffTeam.objects.get()
    form = rosa.get(f"{rosas}ask/").content.decode()
    assert ('value="team"' in form, team.ref in form) == (True, True)
    missing = rosa.post(f"{rosas}ask/", ASK)
    assert (missing.status_code, "Choose a team." in missing.content.decode()) == (422, True)
    day = (now() + timedelta(days=20)).date()
    past = rosa.post(f"{rosas}ask/", ASK | {"team": team.ref, "start": "2020-01-01"})
    assert "Access begins today at the earliest, and within a year." in past.content.decode()
    assert rosa.post(f"{rosas}ask/", ASK | {"team": team.ref, "start": day.isoformat()}).status_code == 302
    with platform_scope("test"):
        row = Grant.objects.order_by("-id")[0]
    assert row.team_id == team.id

    waiting = carl.get(carls).content.decode()
    assert "The team “Design”, at present Ruth Renard" in waiting
    assert "Rico Russo" not in waiting
    assert f'<time datetime="{day.isoformat()}' in waiting
    assert carl.post(f"{carls}{row.ref}/approve/").status_code == 302
    given = carl.get(carls).content.decode()
    assert "Has not begun" in given
    assert given.count("Ruth Renard") == 1  # among those who can enter only from that day on
    with platform_scope("test"):
        Grant.objects.filter(id=row.id).update(starts_at=now() - timedelta(days=1))
    begun = carl.get(carls).content.decode()
    assert ("Has not begun" in begun, begun.count("Ruth Renard") > 1) == (False, True)

    narrowing = carl.get(f"{carls}{row.ref}/narrow/").content.decode()
    assert "The team “Design”, at present Ruth Renard" in narrowing

    history = carl.get(f"/client/{owned.carl.ref}/history/").content.decode()
    assert ("Team: Design" in history, "Begins on" in history) == (True, True)
    rosa.post(f"{listing}{team.ref}/remove/")
    assert "The team “Design”, which is no more: this lets nobody in" in carl.get(carls).content.decode()
    assert "Ruth Renard" not in carl.get(carls).content.decode()


def test_a_client_that_gives_access_chooses_no_team(owned: World) -> None:
    listing, _rosas, carls = pages(owned)
    owned.browser("rosa").post(f"{listing}new/", {"name": "Design", "people": []})
    form = owned.browser("carl").get(f"{carls}ask/").content.decode()
    assert ("Design</option>" in form, 'name="start"' in form, 'name="team"' in form) == (False, True, False)

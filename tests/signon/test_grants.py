"""What the host product was given in a visit, once the client's access is narrowed, ends or runs out: gone at the next call."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from sublet.people import operations as people_operations
from sublet.people.models import Grant, Section, StaffTeam
from sublet.people.operations import grants
from sublet.people.operations.staff_teams import change_staff_team, make_staff_team, remove_staff_team
from tests.people import CARL_HOST, World
from tests.signon import Program, register


@pytest.fixture(autouse=True)
def addresses(world: World) -> None:
    """The client owns its account, and the sections open where the manifests of the examples have them."""
    type(world.carl).unscoped.filter(id=world.carl.id).update(ownership="client")
    for section in Section.objects.all():
        section.address = f"https://{{host}}/app/{{account}}/{section.key}"
        section.save()


def visiting(world: World, mode: str) -> tuple[Client, str]:
    """A browser in which Rosa visits Carl's account, and the visit."""
    browser = world.stranger(CARL_HOST)
    with world.scope("rosa") as actor:
        begun = people_operations.begin_impersonation(
            client_ref=world.carl.ref,
            mode=mode,
            collaborator_ref=world.places["cleo"].ref if mode == "client" else "",
            reason="To help with the articles",
            session_hash="0" * 64,
            second_factor_at=now(),
            actor=actor,
            at=now(),
        )
    browser.get(f"/enter/{begun.code}/", secure=True)
    return browser, begun.impersonation_ref


def forward(browser: Client, world: World, visit: str, section: str) -> int:
    """What the proxy is told about a request to that section of the product."""
    uri = f"/as/{visit}/app/{world.carl.ref}/{section}"
    headers = {"accept": "text/html,*/*", "x-forwarded-method": "GET", "x-forwarded-uri": uri}
    status: int = browser.get("/auth/forward?answer=401", headers=headers, secure=True).status_code
    return status


def grant_of(world: World) -> str:
    with platform_scope("test"):
        return Grant.objects.get(account=world.carl).ref


def opened(world: World, mode: str) -> tuple[Program, Client, str, dict[str, Any]]:
    program = register(world)
    browser, visit = visiting(world, mode)
    return program, browser, visit, program.tokens(browser)


@pytest.mark.parametrize("mode", ["client", "reseller"])
@pytest.mark.parametrize("how", ["ended", "run out"])
def test_an_access_that_is_over_is_over_for_the_product_too(world: World, mode: str, how: str) -> None:
    program, browser, visit, tokens = opened(world, mode)
    assert program.userinfo(tokens["access_token"]).json()["sections"]["content"] == "manage"
    assert forward(browser, world, visit, "content") == 200
    if how == "ended":
        with world.scope("carl") as actor:
            grants.end_grant(client_ref=world.carl.ref, grant_ref=grant_of(world), reason="Done", actor=actor, at=now())
    else:  # nobody has written it down yet
        with platform_scope("test"):
            Grant.objects.filter(account=world.carl).update(ends_at=now() - timedelta(seconds=1))
    assert program.userinfo(tokens["access_token"]).status_code == 401
    assert program.introspect(tokens["access_token"]) == {"active": False}
    assert program.refresh(tokens["refresh_token"]).json() == {"error": "invalid_grant"}
    assert forward(browser, world, visit, "content") in {401, 403}
    assert "code=" not in browser.get(program.asks(), secure=True).get("Location", "")


@pytest.mark.parametrize("mode", ["client", "reseller"])
def test_an_access_that_was_narrowed_leaves_the_product_what_is_left(world: World, mode: str) -> None:
    program, browser, visit, tokens = opened(world, mode)
    with world.scope("carl") as actor:
        grants.narrow_grant(
            client_ref=world.carl.ref,
            grant_ref=grant_of(world),
            sections={"product.content": "view"},
            actor=actor,
            at=now(),
        )
    assert program.userinfo(tokens["access_token"]).json()["sections"] == {"content": "view"}
    again = program.refresh(tokens["refresh_token"]).json()
    assert program.claims(again["id_token"])["sections"] == {"content": "view"}
    assert forward(browser, world, visit, "content") == 200
    assert forward(browser, world, visit, "design") == 403


@pytest.mark.parametrize("mode", ["client", "reseller"])
@pytest.mark.parametrize("how", ["left", "removed"])
def test_the_product_lets_nobody_in_who_has_left_the_team_that_has_access(world: World, mode: str, how: str) -> None:
    with world.scope("rosa") as actor:
        team = make_staff_team(name="Design", people=[world.places["rosa"].ref], actor=actor, at=now())
    with platform_scope("test"):
        row = StaffTeam.objects.get(ref=team)
        Grant.objects.filter(account=world.carl).update(team=row)
    program, browser, visit, tokens = opened(world, mode)
    assert program.userinfo(tokens["access_token"]).json()["sections"]["content"] == "manage"
    assert forward(browser, world, visit, "content") == 200
    with world.scope("rosa") as actor:
        if how == "left":
            change_staff_team(ref=team, people=[world.places["ruth"].ref], actor=actor, at=now())
        else:
            remove_staff_team(ref=team, actor=actor, at=now())
    assert program.userinfo(tokens["access_token"]).status_code == 401
    assert program.introspect(tokens["access_token"]) == {"active": False}
    assert program.refresh(tokens["refresh_token"]).json() == {"error": "invalid_grant"}
    assert forward(browser, world, visit, "content") in {401, 403}

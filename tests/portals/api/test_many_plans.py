"""One plan, and one basis of billing, for many clients at once by the API: what it would do, what it did, who may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests import factories
from tests.people import World
from tests.portals.api.caller import Caller
from tests.subscriptions import sell

PATHS = [("/client-plans", {"plan": "small"}), ("/client-bases", {"basis": "calendar", "when": "now"})]


@pytest.fixture
def sold(world: World) -> World:
    sell(world)
    return world


def plan_of(caller: Caller, ref: str) -> str:
    return str(caller.get(f"/accounts/{ref}/subscription")["plan"]["key"])


def basis_of(caller: Caller, ref: str) -> dict[str, Any]:
    found: dict[str, Any] = caller.get(f"/accounts/{ref}/subscription")["basis"]
    return found


def test_many_are_put_on_a_plan_or_it_is_only_said(sold: World, rosa: Caller) -> None:
    rosa.post(f"/accounts/{sold.elan.ref}/subscription/changes", {"plan": "small"})
    asked = {"clients": [sold.carl.ref, sold.elan.ref, sold.bakery.ref], "plan": "small", "reason": "New season"}

    seen = rosa.post("/client-plans", {**asked, "dry_run": True})
    assert (seen.status, seen["selected"]["number"], seen["changing"], seen["staying"], seen["names"]) == (
        200, 2, 1, 1, ["Carl’s Kitchen"],
    )  # fmt: skip
    (move,) = seen["moves"]
    assert (move["plan"]["key"], move["clients"]) == ("free", 1)
    assert {line["kind"] for line in move["changes"]} <= {"feature", "meter"}
    assert move["changes"]
    assert plan_of(rosa, sold.carl.ref) == "free"

    done = rosa.post("/client-plans", asked)
    assert (done.status, done["dry_run"], done["changed"], done["left"], done["job"]) == (
        200, False, 1, {"same": 1}, None,
    )  # fmt: skip
    assert plan_of(rosa, sold.carl.ref) == "small"


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_plan_that_nobody_sells_is_refused_before_anybody_is_looked_at(
    sold: World, rosa: Caller, dry_run: bool
) -> None:
    found = rosa.post("/client-plans", {"query": {}, "plan": "gold", "dry_run": dry_run})
    assert (found.status, found.code, found.fields) == (
        409, "cannot_take_plan.unknown-plan", [("plan", "unknown-plan")],
    )  # fmt: skip


def test_many_are_charged_by_the_calendar_or_it_is_only_said(sold: World, rosa: Caller) -> None:
    rosa.post("/client-plans", {"clients": [sold.carl.ref], "plan": "small"})
    asked = {"clients": [sold.carl.ref, sold.elan.ref], "basis": "calendar"}

    seen = rosa.post("/client-bases", {**asked, "dry_run": True})
    assert (seen.status, seen["known"], seen["selected"]["number"], seen["changing"], seen["staying"]) == (
        200, True, 2, 1, {"no-period": 1},
    )  # fmt: skip
    assert seen["names"] == ["Carl’s Kitchen"]
    assert basis_of(rosa, sold.carl.ref)["next"] is None

    done = rosa.post("/client-bases", asked)
    assert (done.status, done["changed"], done["left"]) == (200, 1, {"no-period": 1})
    assert basis_of(rosa, sold.carl.ref)["next"] == "calendar"
    assert rosa.post("/client-bases", {**asked, "when": "now"})["changed"] == 2
    assert basis_of(rosa, sold.elan.ref)["by"] == "calendar"
    assert rosa.post("/client-bases", {**asked, "when": "day"}).fields == [("when", "unknown-word")]


@pytest.mark.parametrize(("path", "more", "job"), [
    ("/client-plans", {"plan": "small"}, "subscriptions.change_plans"),
    ("/client-bases", {"basis": "calendar", "when": "now"}, "subscriptions.choose_bases"),
])  # fmt: skip
def test_more_are_left_to_a_job_ordered_once(
    sold: World, rosa: Caller, path: str, more: dict[str, str], job: str
) -> None:
    for number in range(201):
        factories.make_client(sold.rosa, f"Client {number}")
    key = {"Idempotency-Key": "all-of-them"}
    answer, again = (rosa.post(path, {"query": {}, **more}, headers=key) for _ in range(2))
    assert (answer.status, answer["changed"], again["job"]) == (202, 0, answer["job"])
    assert rosa.get(f"/progress/{answer['job']}")["kind"] == job


@pytest.mark.parametrize(("path", "more"), PATHS)
def test_nobody_or_two_selections_are_refused(sold: World, rosa: Caller, path: str, more: dict[str, str]) -> None:
    assert rosa.post(path, more).fields == [("clients", "missing")]
    assert rosa.post(path, {**more, "clients": [sold.carl.ref], "query": {}}).fields == [("clients", "missing")]


@pytest.mark.parametrize(("path", "more"), PATHS)
@pytest.mark.parametrize("dry_run", [True, False])
def test_anothers_clients_are_not_among_them(
    sold: World, call: Callable[..., Caller], path: str, more: dict[str, str], dry_run: bool
) -> None:
    """A stranger's reference selects nobody, as on the page and in `POST /client-changes`."""
    remo, rosa = call("remo"), call("rosa")
    found = remo.post(path, {**more, "clients": [sold.carl.ref], "dry_run": dry_run})
    if dry_run:
        assert (found.status, found["selected"]["number"], found["changing"], found["names"]) == (200, 0, 0, [])
    else:
        assert (found.status, found.code) == (409, "cannot_change_clients.nothing-selected")
    assert (plan_of(rosa, sold.carl.ref), basis_of(rosa, sold.carl.ref)["source"]) == ("free", "")


@pytest.mark.parametrize(("path", "more"), PATHS)
@pytest.mark.parametrize("dry_run", [True, False])
def test_it_takes_the_right_to_give_plans_and_to_see_clients(
    sold: World, call: Callable[..., Caller], path: str, more: dict[str, str], dry_run: bool
) -> None:
    body = {**more, "clients": [sold.carl.ref], "dry_run": dry_run}
    for rights in ({"clients": "manage", "subscription": "view"}, {"clients": "manage"}, {"subscription": "manage"}):
        assert call("rosa", rights=rights).post(path, body).status == 403, rights
    assert call("rosa", rights={"clients": "view", "subscription": "manage"}).post(path, body).status == 200
    for other in ("carl", "vera", "dora"):
        assert call(other).post(path, body).status in {403, 404}

"""A section without its feature is not there; where the reseller manages a service, the client's people look at most."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.entitlements.operations import set_override, set_service
from sublet.entitlements.queries.gates import _answers
from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from sublet.people import queries
from sublet.people.models import AccessRequest, ApiKey, Collaborator
from sublet.people.operations import create_key
from sublet.subscriptions.models import Trial
from sublet.subscriptions.operations import start_trial, take_plan
from tests.entitlements import load
from tests.people import CARL_HOST, World, make_world
from tests.portals.api.caller import make_caller
from tests.portals.client.test_client_pages import carls, closed_links, text
from tests.signon import register
from tests.signon.test_forward import ask, identity

SYNC, REMINDERS = "product.synchronization", "product.reminders"
TICKED = {SYNC: "manage", REMINDERS: "manage", "product.settings": "view", "team": "manage"}


def tick(world: World, *people: str) -> None:
    for person in people:
        # unscoped: set up
        Collaborator.unscoped.filter(id=world.places[person].id).update(rights_words=TICKED)


def sell(world: World) -> World:
    load(world)
    tick(world, "cleo", "carl")
    return world


@pytest.fixture
def there(world: World) -> World:
    return sell(world)


def held(world: World, person: str = "cleo", at: Any = None) -> dict[str, str]:
    """What that person has in the account when it enters."""
    with platform_scope("test"):
        entry = queries.enter(
            user_id=world.users[person].id,
            account_ref=world.carl.ref,
            host=CARL_HOST,
            request_id="",
            at=at or now(),
        )
    assert entry is not None
    return {key: word for key, word in entry.actor.rights.as_words().items() if key in (SYNC, REMINDERS)}


def give(world: World, value: bool = True) -> None:
    with world.scope("vera") as vera:
        set_override(ref=world.carl.ref, kind="feature", key="calendar_feed", value=value, actor=vera, at=now())


def manage(world: World, **words: Any) -> None:
    with world.scope("rosa") as rosa:
        set_service(ref=world.carl.ref, service="text_reminders", actor=rosa, at=now(), **words)


def test_a_section_without_its_feature_is_locked_in_menu_and_home(there: World) -> None:
    cleo = there.browser("cleo")
    page = cleo.get(carls(there))
    way = carls(there, f"locked/{SYNC}/")
    assert closed_links(page, "side-link locked")["Synchronization"] == way
    assert closed_links(page, "door shut")["Synchronization"] == way
    assert cleo.get(f"/open/{there.carl.ref}/synchronization/").status_code == 403
    why = text(cleo.get(way))
    assert "the plan “Free” does not include" in why
    assert "Nobody has this section here" in why
    assert "Start the free trial: 7 days." in why
    assert "Rosa Web Studio decides about this" in why
    assert "the plan “Free” does not include" in text(cleo.get(carls(there, "locked/")))
    give(there)
    page = cleo.get(carls(there))
    assert "Synchronization" not in closed_links(page, "side-link locked")
    assert cleo.get(f"/open/{there.carl.ref}/synchronization/").status_code == 302
    give(there, False)
    assert "Synchronization" in closed_links(cleo.get(carls(there)), "side-link locked")


@pytest.mark.parametrize("has", [False, True], ids=["the account lacks it still", "the account has it by now"])
def test_the_reseller_is_asked_for_what_the_plan_lacks(there: World, has: bool) -> None:
    """Accepting is a promise while no right would open it; from then on it is the person's right that lacks."""
    with platform_scope("test"):
        Collaborator.objects.filter(id=there.places["cleo"].id).update(rights_words={"team": "view"})
    way = carls(there, f"locked/{SYNC}/")
    cleo, rosa = there.browser("cleo"), there.browser("rosa")
    assert cleo.post(way, {"note": "For the summer"}).status_code == 302
    assert "Asked already" in text(cleo.get(way))
    listed = f"/reseller/{there.rosa.ref}/requests/"
    assert "For the summer" in text(rosa.get(listed))
    with platform_scope("test"):
        asked = AccessRequest.objects.get()
    assert (asked.addressee, asked.state) == ("reseller", "open")
    if has:
        give(there)
    answered = text(rosa.post(f"{listed}{asked.ref}/answer/", {"decision": "accept"}, follow=True))
    assert ("what it takes is yours to do" in answered) is not has
    words = Collaborator.unscoped.get(id=there.places["cleo"].id).rights_words  # unscoped: as stored
    assert (SYNC in words) is has


def test_two_people_side_by_side_are_told_which_plan_closes_it(there: World) -> None:
    with there.scope("carl") as carl:
        found = queries.compare(carl, account_ref=there.carl.ref, at=now())
    rows = {row.key: row for _name, group in found.groups for row in group}
    assert {side.decided_by for side in (rows[SYNC].left, rows[SYNC].right) if side is not None} == {"not-in-plan"}
    for person, page in (("carl", carls(there, "team/compare/")), ("rosa", rosas(there))):
        shown = text(there.browser(person).get(page))
        assert shown.count("which the plan “Free” does not include") == 2, person
    assert named_by_api(there) == ("not-in-plan", "Calendar feed", "Free")
    give(there)
    assert named_by_api(there) == ("ticked", "", "")
    assert "does not include" not in text(there.browser("carl").get(carls(there, "team/compare/")))


def named_by_api(there: World) -> tuple[str, str, str]:
    """What the API says of the section: the layer that decides it for the left, the feature and the plan that lack."""
    told = make_caller(there, "carl").get(f"/accounts/{there.carl.ref}/comparison")
    [row] = [each for each in told["sections"] if each["section"] == SYNC]
    return row["left"]["decided_by"], row["feature"], row["plan"]


def rosas(there: World) -> str:
    """The same page as Rosa has it, with Carl and Cleo on it."""
    who = f"?left={there.places['carl'].ref}&right={there.places['cleo'].ref}"
    return f"/reseller/{there.rosa.ref}/clients/{there.carl.ref}/team/compare/{who}"


def test_sign_ons_are_not_told_of_it(there: World) -> None:
    program = register(there)
    browser = there.browser("cleo")
    token = str(program.tokens(browser)["access_token"])

    def told() -> dict[str, str]:
        found: dict[str, str] = program.userinfo(token).json()["sections"]
        return found

    route = f"?account={there.carl.ref}&section=synchronization"
    assert "synchronization" not in told()
    assert ask(browser, "/anything", query=route).status_code == 403
    assert "synchronization" not in identity(ask(browser, "/anything"))["sections"]  # type: ignore[operator]
    give(there)
    assert told()["synchronization"] == "manage"
    assert ask(browser, "/anything", query=route).status_code == 200
    give(there, False)
    assert "synchronization" not in told()
    assert ask(browser, "/anything", query=route).status_code == 403


def test_nor_has_a_key(there: World) -> None:
    # unscoped: set up
    rights = {SYNC: "view", "keys": "manage"}
    Collaborator.unscoped.filter(id=there.places["cleo"].id).update(rights_words=rights)
    give(there)
    with there.scope("cleo") as cleo:
        made = create_key(name="Planner", rights={SYNC: "view"}, actor=cleo, at=now())

    def has() -> dict[str, str]:
        with platform_scope("test"):
            entry = queries.actor_for_key(made.secret, request_id="", host=CARL_HOST, at=now())
        assert entry is not None
        return dict(entry.actor.rights.as_words())

    assert has() == {SYNC: "view"}
    give(there, False)
    assert has() == {}
    assert ApiKey.unscoped.get().rights_words == {SYNC: "view"}  # unscoped: as stored


def test_a_trial_and_a_plan_open_it_at_the_next_request(there: World) -> None:
    assert SYNC not in held(there)
    began = now()
    with there.scope("rosa") as rosa:
        start_trial(ref=there.carl.ref, actor=rosa, at=began)
    assert held(there)[SYNC] == "manage"
    ends = Trial.unscoped.get().ends_at  # unscoped: as stored
    assert held(there, at=ends - timedelta(seconds=1))[SYNC] == "manage"
    assert SYNC not in held(there, at=ends)  # by itself, whether anybody has been awake or not
    with there.scope("rosa") as rosa:
        take_plan(ref=there.carl.ref, plan="small", actor=rosa, at=began)
    assert held(there, at=ends)[SYNC] == "manage"


def test_the_form_of_rights_ticks_it_all_the_same(there: World) -> None:
    page = there.browser("rosa").get(f"/reseller/{there.rosa.ref}/clients/{there.carl.ref}/team/invite/")
    assert page.status_code == 200
    content = page.content.decode()
    assert content.count("What the account has does not include this") == 1
    assert f'name="right-{SYNC}" value="manage"' in content
    give(there)
    page = there.browser("rosa").get(f"/reseller/{there.rosa.ref}/clients/{there.carl.ref}/team/invite/")
    assert "What the account has does not include this" not in page.content.decode()


def test_where_the_reseller_manages_the_service_people_of_the_client_look(there: World) -> None:
    assert held(there)[REMINDERS] == "manage"
    manage(there, managed_by="reseller")
    assert held(there)[REMINDERS] == "manage"  # switched off, there is nothing that the reseller manages
    manage(there, enabled=True)
    assert held(there)[REMINDERS] == "view"
    why = text(there.browser("cleo").get(carls(there, f"locked/{REMINDERS}/")))
    assert "Rosa Web Studio manages this for the account" in why
    assert "can hand it over to you" in why
    assert "Send the request" in why
    manage(there, managed_by="client")
    assert held(there)[REMINDERS] == "manage"
    manage(there, enabled=False)
    assert held(there)[REMINDERS] == "manage"  # off closes no section: a manifest says so by a feature


@pytest.fixture
def committed(transactional_db: None) -> World:
    _answers.clear()
    return sell(make_world())


def test_it_costs_no_statement_while_nothing_changes(committed: World) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            held(committed)
        return len([each for each in asked.captured_queries if "manifest_version" not in each["sql"]])

    held(committed)
    assert statements() == 2  # who it is, and which sections there are
    give(committed)
    assert statements() > 2
    assert statements() == 2

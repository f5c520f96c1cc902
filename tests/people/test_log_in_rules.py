"""A second factor can be demanded by everybody above, and at the next click."""

from __future__ import annotations

import itertools

import pytest

from sublet.core.access import AccessRules, resolve
from sublet.foundation.clock import now
from sublet.foundation.errors import Forbidden
from sublet.foundation.journal.models import JournalEntry
from sublet.people.models import AccessPolicy, Collaborator
from sublet.people.operations.log_in_rules import CannotDemand, change_access_rules
from sublet.people.queries.log_in_rules import demands_second_factor, log_in_rules_page, may_take_mailed_codes
from sublet.portals.shared.people import SECOND_FACTOR_KEY
from tests.people import World
from tests.people.test_second_factors import set_up


def demand(world: World, person: str, **rules: bool) -> None:
    with world.scope(person) as actor:
        change_access_rules(rules=AccessRules(**rules), actor=actor, at=now())


@pytest.mark.parametrize(
    ("who", "rules", "bound"),
    [
        ("vera", {"team": True}, {"vera"}),
        ("vera", {"below": True}, {"rosa", "rico", "carl", "cleo", "remo", "nora", "dora"}),
        ("rosa", {"team": True}, {"rosa", "rico"}),
        ("rosa", {"below": True}, {"carl", "cleo"}),
        ("carl", {"team": True}, {"carl", "cleo"}),
    ],
)
def test_who_is_bound_by_whose_rules(world: World, who: str, rules: dict[str, bool], bound: set[str]) -> None:
    demand(world, who, **rules)
    people = {"vera", "rosa", "rico", "carl", "cleo", "remo", "nora", "dora"}
    paths = {"vera": "vendor", "rosa": "reseller", "remo": "reseller", "rico": "reseller", "dora": "client"}
    met = set()
    for name in people:
        account = world.places[name].account
        kind = paths.get(name, "client")
        answer = world.browser(name).get(f"/{kind}/{account.ref}/")
        assert answer.status_code in {200, 302}
        if answer.status_code == 302 and answer["Location"].startswith("/prove/?next="):
            met.add(name)
    assert met == bound


def test_statement_says_what_the_core_says(world: World) -> None:
    truth = (False, True)
    for own, reseller, vendor in itertools.product(truth, repeat=3):
        AccessPolicy.unscoped.all().delete()
        demand(world, "carl", team=own)
        demand(world, "rosa", team=own, below=reseller)
        demand(world, "vera", team=not own, below=vendor)
        place = Collaborator.unscoped.annotate(demanded=demands_second_factor()).get(id=world.places["carl"].id)
        with world.scope("carl") as actor:
            page = log_in_rules_page(actor)
        rules = [AccessRules(team=own, below=reseller), AccessRules(team=not own, below=vendor)]
        expected = resolve(AccessRules(team=own), rules)
        assert place.demanded == page.access.second_factor == expected.second_factor


def test_second_factor_shown_opens_the_door_again(world: World) -> None:
    browser = world.browser("carl")
    path = f"/client/{world.carl.ref}/"
    demand(world, "rosa", below=True)
    assert browser.get(path)["Location"].startswith("/prove/")
    assert browser.get(path, headers={"HX-Request": "true"})["HX-Redirect"].startswith("/prove/")
    _secret, codes = set_up(world, "carl", now())
    browser = world.browser("carl")
    assert browser.get(path)["Location"].startswith("/prove/")
    assert browser.post("/prove/", {"code": codes[0], "next": path})["Location"] == path
    assert browser.get(path).status_code == 200


def test_mailed_codes_can_be_forbidden(world: World) -> None:
    set_up(world, "carl", now())
    browser = world.browser("carl")
    assert b"Send me a code by e-mail" in browser.get("/prove/").content
    for who in ("vera", "rosa", "carl"):
        AccessPolicy.unscoped.all().delete()
        demand(world, who, no_mailed_codes=True)
        assert not may_take_mailed_codes(world.users["carl"].id)
        assert b"Send me a code by e-mail" not in browser.get("/prove/").content
        assert browser.post("/prove/mail/").status_code == 404
    assert may_take_mailed_codes(world.users["nora"].id)


def test_rules_are_set_by_those_who_manage_the_team_and_noted(world: World) -> None:
    with world.scope("rico") as actor, pytest.raises(Forbidden):
        change_access_rules(rules=AccessRules(team=True), actor=actor, at=now())
    with world.scope("carl") as actor, pytest.raises(CannotDemand) as refused:
        change_access_rules(rules=AccessRules(below=True), actor=actor, at=now())
    assert refused.value.field == "below"
    demand(world, "rosa", team=True)
    demand(world, "rosa", team=True)
    assert JournalEntry.unscoped.filter(event="access_rules.changed", account_id=world.rosa.id).count() == 1


def test_page_counts_those_without_and_whoever_demands_has_one_first(world: World) -> None:
    set_up(world, "rico", now())
    browser = world.browser("rosa")
    path = f"/reseller/{world.rosa.ref}/team/log-in/"
    assert b"Everybody on our team needs a second step" in browser.get(path).content
    assert browser.post(path, {"team": "on"})["Location"].startswith("/prove/")
    session = browser.session
    session[SECOND_FACTOR_KEY] = now().isoformat()
    session.save()
    assert browser.post(path, {"team": "on"})["Location"] == path
    page = browser.get(path).content.decode()
    assert "2 people on the team have no second step yet." in page  # Rosa and Ruth
    assert b"Rules for logging in" in browser.get(f"/reseller/{world.rosa.ref}/team/").content
    assert world.browser("rico").post(path, {"team": "on"}).status_code in {302, 403}


def test_page_of_a_client_says_what_is_demanded_above(world: World) -> None:
    demand(world, "vera", below=True, no_mailed_codes=True)
    browser = world.browser("carl")
    session = browser.session
    session[SECOND_FACTOR_KEY] = now().isoformat()
    session.save()
    page = browser.get(f"/client/{world.carl.ref}/team/log-in/").content.decode()
    assert "an account above yours demands it" in page
    assert 'name="below"' not in page

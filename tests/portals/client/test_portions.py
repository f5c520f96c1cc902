"""The pages about what each person may use: for the account, and within the frame of a client for its reseller."""

from __future__ import annotations

import re

import pytest

from sublet.entitlements.models import Portion
from tests import factories
from tests.entitlements import load
from tests.people import World
from tests.portals.walking import Walk


@pytest.fixture
def sold(world: World) -> World:
    load(world)
    return world


def text_of(page: bytes) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.decode().partition("<main")[2]).split())


@pytest.mark.parametrize("person", ["carl", "rosa"])
def test_it_is_shared_out_on_a_page(sold: World, person: str) -> None:
    browser = sold.browser(person)
    base = f"/client/{sold.carl.ref}/" if person == "carl" else f"/reseller/{sold.rosa.ref}/clients/{sold.carl.ref}/"
    cleo = sold.places["cleo"].ref
    there = f"{base}use/appointments/people/"
    assert there in browser.get(f"{base}use/").content.decode()
    assert "Cleo Costa 0 – What there is" in text_of(browser.get(there).content)
    assert "Kept for this person" in text_of(browser.get(f"{there}{cleo}/").content)
    assert browser.post(f"{there}{cleo}/", {"cap": "20", "reserve": "5"}).status_code == 302
    assert "Cleo Costa 0 5 20" in text_of(browser.get(there).content)
    too_much = browser.post(f"{there}{cleo}/", {"cap": "", "reserve": "51"})
    assert too_much.status_code == 409
    assert "what is kept for people cannot add up to more than the account may use" in text_of(too_much.content)
    assert browser.post(there, {"oversell": "100"}).status_code == 302
    assert browser.post(there, {"oversell": "50"}).status_code == 409
    assert browser.post(there, {"oversell": ""}).status_code == 302
    assert browser.post(f"{there}{cleo}/", {"cap": "", "reserve": ""}).status_code == 302
    assert not Portion.unscoped.exists()


def test_whoever_stands_on_a_later_page_of_the_team_is_set_there(sold: World) -> None:
    for number in range(55):
        factories.make_collaborator(sold.carl, factories.make_user(f"Person {number:02}"))
    there = f"/client/{sold.carl.ref}/use/appointments/people/"
    carl = Walk(sold.browser("carl"), there)
    assert "Person 54" not in carl.page.text
    carl.follow("Next")
    carl.follow("Person 54")
    carl.send("Save", {"cap": "5", "reserve": "2"})
    carl.reads("Saved. It holds at once.", "Person 54 0 2 5")


def test_who_may_not_is_told_so_and_the_others_find_nothing(sold: World) -> None:
    there = f"/client/{sold.carl.ref}/use/appointments/people/"
    assert sold.browser("cleo").get(there).status_code == 403
    reseller = f"/reseller/{sold.rosa.ref}/clients/{sold.carl.ref}/use/appointments/people/"
    ruth = sold.browser("ruth")
    assert ruth.get(reseller).status_code == 200
    assert "Promising more than there is" not in ruth.get(reseller).content.decode()
    assert ruth.post(reseller, {"oversell": "100"}).status_code == 403
    assert ruth.get(f"{reseller}{sold.places['cleo'].ref}/").status_code == 403
    other = f"/reseller/{sold.remo.ref}/clients/{sold.carl.ref}/use/appointments/people/"
    assert sold.browser("remo").get(other).status_code == 404
    assert sold.browser("carl").get(f"/client/{sold.carl.ref}/use/nothing/people/").status_code == 404

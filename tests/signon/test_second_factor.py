"""A second factor that an account demands is demanded of the host product's door, too."""

from __future__ import annotations

import pytest

from sublet.core.access import AccessRules
from sublet.foundation.clock import now
from sublet.people.models import Section
from sublet.people.operations.log_in_rules import change_access_rules
from tests import factories
from tests.people import ROSA_HOST, World, proved
from tests.people.test_second_factors import set_up
from tests.signon import answer_of, register

PAGE = {"x-forwarded-method": "GET", "accept": "text/html", "sec-fetch-mode": "navigate"}


def demand(world: World) -> None:
    with world.scope("rosa") as actor:
        change_access_rules(rules=AccessRules(below=True), actor=actor, at=now())


def test_forward_authentication_leads_to_the_second_step(world: World) -> None:
    Section.objects.update(address="https://{host}/app/{account}/content")
    browser = world.browser("carl")
    asked = {**PAGE, "x-forwarded-uri": f"/app/{world.carl.ref}/content"}
    assert browser.get("/auth/forward", headers=asked, secure=True).status_code == 200
    demand(world)
    page = browser.get("/auth/forward", headers=asked, secure=True)
    assert "X-Identity" not in page
    assert page.status_code == 302
    assert "/prove/" in page["Location"]
    plain = {"x-forwarded-uri": asked["x-forwarded-uri"], "x-forwarded-method": "POST"}
    assert browser.get("/auth/forward", headers=plain, secure=True).status_code == 403
    answer = proved(browser).get("/auth/forward", headers=asked, secure=True)
    assert answer.status_code == 200
    assert "X-Identity" in answer


@pytest.mark.parametrize(("shown", "status"), [(False, 401), (True, 200)])
def test_tokens_are_worth_nothing_until_it_is_shown(world: World, shown: bool, status: int) -> None:
    browser = world.browser("carl")
    if shown:
        proved(browser)
    program = register(world)
    tokens = program.tokens(browser)
    assert program.userinfo(tokens["access_token"]).status_code == 200
    demand(world)
    assert program.userinfo(tokens["access_token"]).status_code == status


def test_it_is_asked_for_at_entering_the_account_that_demands_it(world: World) -> None:
    """S6, S10: by the switcher, at the door to the product, and for a program that is signed on next door."""
    Section.objects.filter(key="content").update(address="https://{host}/app/{account}/content")
    factories.make_collaborator(world.elan, world.users["carl"], rights={"product.content": "view"})
    with world.scope("carl") as actor:
        change_access_rules(rules=AccessRules(team=True), actor=actor, at=now())
    browser = world.browser("carl", ROSA_HOST)
    program = register(world, host=ROSA_HOST)
    here, there = world.elan.ref, world.carl.ref
    asked = {**PAGE, "x-forwarded-uri": f"/app/{here}/content"}

    # Where nobody demands it, nothing is asked.
    assert browser.get(f"/client/{here}/").status_code == 200
    assert browser.get("/auth/forward", headers=asked).status_code == 200
    tokens = program.tokens(browser, login_hint=here)
    # Next door it is: pages, the door to the product, signing on there, silently too.
    for path in (f"/client/{there}/", f"/open/{there}/", program.asks(login_hint=there)):
        assert browser.get(path)["Location"].startswith("/prove/")
    silent = answer_of(browser.get(program.asks(login_hint=there, prompt="none")))
    assert silent["error"] == "interaction_required"
    answer = browser.get("/auth/forward", headers={**asked, "x-forwarded-uri": f"/app/{there}/content"})
    assert answer["Location"].startswith("/prove/")
    # A token for the one is not one for the other.
    assert program.userinfo(tokens["access_token"]).json()["account"] == here

    proved(browser)
    assert browser.get(f"/client/{there}/").status_code == 200
    assert program.tokens(browser, login_hint=there)["access_token"]


def test_a_visit_begins_with_the_staffs_own_and_needs_no_other(world: World) -> None:
    demand(world)
    page = f"/reseller/{world.rosa.ref}/clients/{world.carl.ref}/enter/"
    form = {"mode": "reseller", "reason": "They asked about their design"}
    rosa = world.browser("rosa")
    assert rosa.get(page).status_code == 200  # of Rosa's own account nobody demands it
    answer = rosa.post(f"/reseller/{world.rosa.ref}/clients/{world.carl.ref}/impersonate/", form)
    assert answer["Location"].startswith("/prove/")
    assert (
        proved(rosa).post(f"/reseller/{world.rosa.ref}/clients/{world.carl.ref}/impersonate/", form).status_code == 200
    )


def test_the_last_factor_takes_along_what_was_opened_with_it(world: World) -> None:
    demand(world)
    set_up(world, "carl", now())
    browser, elsewhere = proved(world.browser("carl")), proved(world.browser("carl"))
    program = register(world)
    tokens = program.tokens(elsewhere)

    assert browser.post("/me/security/factors/app/remove/")["Location"] == "/me/security/"

    assert browser.get("/me/security/").status_code == 200  # this log-in goes on
    assert browser.get(f"/client/{world.carl.ref}/")["Location"].startswith("/prove/")
    assert elsewhere.get(f"/client/{world.carl.ref}/")["Location"].startswith("/login/")
    assert program.userinfo(tokens["access_token"]).status_code == 401

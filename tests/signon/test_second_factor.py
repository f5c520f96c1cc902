"""A second factor that an account demands is demanded of the host product's door, too."""

from __future__ import annotations

import pytest

from sublet.core.access import AccessRules
from sublet.foundation.clock import now
from sublet.people.models import Section
from sublet.people.operations.log_in_rules import change_access_rules
from tests.people import World, proved
from tests.signon import register

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

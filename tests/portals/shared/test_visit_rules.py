"""Before a visit: the second factor on the way in, and the pages on which visits are switched off or told of."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from sublet.foundation.clock import now
from sublet.people.models import Impersonation, VisitRule
from tests.people import World, proved
from tests.people.test_second_factors import set_up

pytestmark = pytest.mark.django_db
REASON = "Checking the opening hours"


def at(name: str, *args: str) -> str:
    return reverse(name, urlconf="sublet.config.urls_main", args=args)


def test_the_way_in_leads_past_the_second_factor_and_keeps_what_was_typed(world: World) -> None:
    _secret, codes = set_up(world, "rosa", now())
    rosa = world.browser("rosa")
    url = at("reseller-impersonate", world.rosa.ref, world.carl.ref)
    typed = {"mode": "client", "collaborator": world.places["cleo"].ref, "reason": REASON}
    asked = rosa.post(url, typed)
    form = at("reseller-client-enter", world.rosa.ref, world.carl.ref)
    assert asked.status_code == 302
    assert asked["Location"].startswith("/prove/?next=")
    assert REASON.split()[0] not in asked["Location"]
    assert Impersonation.unscoped.count() == 0
    assert rosa.get(asked["Location"]).status_code == 200
    back = rosa.post("/prove/", {"code": codes[0], "next": form})
    assert back["Location"] == form
    page = rosa.get(form).content.decode()
    assert f'value="{REASON}"' in page
    assert 'value="client" class="form-check-input" id="id_mode_1" checked' in page or "checked" in page
    assert REASON not in rosa.get(at("reseller-client-enter", world.rosa.ref, world.elan.ref)).content.decode()
    assert rosa.post(url, typed).status_code == 200
    visit = Impersonation.unscoped.get()
    assert (visit.mode, visit.reason, visit.as_collaborator_id) == ("client", REASON, world.places["cleo"].id)
    assert "visit_form" not in rosa.session


def test_another_browsers_second_factor_does_not_count(world: World) -> None:
    proved(world.browser("rosa"))
    other = world.browser("rosa")
    response = other.post(
        at("reseller-impersonate", world.rosa.ref, world.elan.ref), {"mode": "reseller", "reason": REASON}
    )
    assert response.status_code in {302, 409}
    assert Impersonation.unscoped.count() == 0


@pytest.mark.parametrize("rubbish", ["", "never", "2026-13-01", 7, None, ["x"]])
def test_rubbish_in_the_session_is_no_second_factor(world: World, rubbish: object) -> None:
    browser = world.browser("rosa")
    session = browser.session
    session["second_factor_at"] = rubbish
    session.save()
    url = at("reseller-impersonate", world.rosa.ref, world.elan.ref)
    assert browser.post(url, {"mode": "reseller", "reason": REASON}).status_code in {302, 409}
    assert Impersonation.unscoped.count() == 0


def enter_elan(world: World) -> tuple[Client, str]:
    browser = proved(world.browser("rosa"))
    url = at("reseller-impersonate", world.rosa.ref, world.elan.ref)
    return browser, str(browser.post(url, {"mode": "reseller", "reason": REASON})["Location"])


def test_switching_off_closes_the_open_tab_at_its_next_click(world: World) -> None:
    browser, first = enter_elan(world)
    assert browser.get(first).status_code == 200
    rules = at("reseller-visit-rules", world.rosa.ref)
    assert world.browser("rosa").post(rules, {}).status_code == 302
    over = browser.get(first)
    assert over.status_code == 403
    assert "switched off" in over.content.decode()
    page = browser.get(at("reseller-client-enter", world.rosa.ref, world.elan.ref)).content.decode()
    assert "Logging in as a client is switched off at the moment." in page
    assert world.browser("rosa").post(rules, {"allowed": "on"}).status_code == 302
    assert browser.get(first).status_code == 403  # what has ended does not come back
    assert browser.get(enter_elan(world)[1]).status_code == 404  # a visit of another browser


def test_the_vendors_switch_holds_for_every_reseller_and_says_so(world: World) -> None:
    assert world.browser("vera").post(at("vendor-visit-rules", world.vendor.ref), {}).status_code == 302
    response = proved(world.browser("rosa")).post(
        at("reseller-impersonate", world.rosa.ref, world.elan.ref), {"mode": "reseller", "reason": REASON}
    )
    assert response.status_code == 409
    page = world.browser("rosa").get(at("reseller-visit-rules", world.rosa.ref)).content.decode()
    assert "Visits are switched off for everybody at the moment." in page
    assert "Vantage" not in page


def test_a_client_chooses_the_notice_and_a_visitor_only_sees_it(world: World) -> None:
    rules = at("client-visit-rules", world.carl.ref)
    carl = world.browser("carl")
    assert "checked" not in carl.get(rules).content.decode()
    assert carl.post(rules, {"allowed": "on"}).status_code == 302
    assert "checked" in carl.get(rules).content.decode()
    assert world.browser("cleo").get(rules).status_code == 403
    browser, first = enter_elan(world)
    inside = first.replace(at("client-home", world.elan.ref), at("client-visit-rules", world.elan.ref))
    assert browser.get(inside).status_code == 200
    assert browser.post(inside, {"allowed": "on"}).status_code == 403
    assert list(VisitRule.unscoped.values_list("account_id", "notice")) == [(world.carl.id, True)]

"""A sign-on made by a company's log-in is good for as long as that log-in is set up as it was."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client

from sublet.core.access import AccessRules
from sublet.foundation.clock import now
from sublet.people.models import CompanyLogIn
from sublet.people.operations.company_log_in_rules import (
    WantedCompanyLogIn,
    remove_company_log_in,
    set_company_log_in,
)
from sublet.people.operations.log_in_rules import change_access_rules
from sublet.people.queries.company_log_ins import CameIn
from sublet.portals.shared.people import COMPANY_KEY
from sublet.signon.models import SignOn
from tests.people import CARL_HOST, World
from tests.signon import register
from tests.signon.test_forward import PAGE, addresses

HERE = WantedCompanyLogIn(issuer="https://id.example", client_id="sublet", second_factor="said", on=True)
OTHERS = {
    "client": replace(HERE, client_id="another"),
    "issuer": replace(HERE, issuer="https://other.example"),
    "factor": replace(HERE, second_factor="never"),
    "off": replace(HERE, on=False),
}
__all__ = ["addresses"]


def set_up(world: World, wanted: WantedCompanyLogIn = HERE) -> str:
    """Carl's account has that log-in; returns its stamp."""
    with world.scope("carl") as actor:
        set_company_log_in(wanted=wanted, actor=actor, at=now(), ask=False)
    return CompanyLogIn.unscoped.get().stamp


def came(world: World, stamp: str, *, own: bool = False, strong: bool = False) -> Client:
    """A browser in which Carl came in by his company."""
    browser = world.browser("carl", CARL_HOST)
    session = browser.session
    session[COMPANY_KEY] = CameIn(account_id=world.carl.id, stamp=stamp, own=own, strong=strong).stored()
    session.save()
    return browser


@pytest.mark.parametrize("change", ["client", "issuer", "off", "off and on", "factor", "gone"])
def test_another_setup_ends_what_was_opened_by_it(world: World, addresses: None, change: str) -> None:
    browser = came(world, set_up(world))
    program = register(world)
    tokens, later = program.tokens(browser), program.tokens(browser)
    forward = {**PAGE, "x-forwarded-uri": f"/app/{world.carl.ref}/content"}
    assert program.userinfo(tokens["access_token"]).status_code == 200
    assert browser.get("/auth/forward", headers=forward).status_code == 200

    if change == "gone":
        with world.scope("carl") as actor:
            remove_company_log_in(actor=actor, at=now())
    elif change == "off and on":
        set_up(world, replace(HERE, on=False))
        set_up(world)
    else:
        set_up(world, OTHERS[change])

    assert program.userinfo(tokens["access_token"]).status_code == 401
    assert program.introspect(later["access_token"]) == {"active": False}
    answer = program.refresh(tokens["refresh_token"])
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"})
    answer = browser.get("/auth/forward", headers=forward)
    assert answer["Location"].startswith("/login/own/")
    assert "X-Identity" not in answer


def test_what_was_opened_by_it_stays_while_nothing_else_is_changed(world: World) -> None:
    stamp = set_up(world)
    program = register(world)
    browser = came(world, stamp, own=True, strong=True)
    by_company, both = program.tokens(came(world, stamp)), program.tokens(browser)
    assert program.claims(both["id_token"])["amr"] == ["pwd", "fed", "mfa"]
    set_up(world, replace(HERE, domains=("example.com",), second_factor="always"))
    assert program.refresh(by_company["refresh_token"]).status_code == 200

    set_up(world, replace(HERE, client_id="another"))

    # His own log-in goes on opening the account; but no longer with the word of a provider that counts no more.
    assert program.refresh(both["refresh_token"]).status_code == 400
    again = program.tokens(browser)
    assert program.claims(again["id_token"])["amr"] == ["pwd"]
    assert program.refresh(again["refresh_token"]).status_code == 200


def test_the_companys_word_for_a_second_factor_goes_with_it(world: World) -> None:
    stamp = set_up(world)
    with world.scope("carl") as actor:
        change_access_rules(rules=AccessRules(team=True), actor=actor, at=now())
    program = register(world)
    tokens = program.tokens(came(world, stamp, own=True, strong=True))
    assert program.claims(tokens["id_token"])["amr"] == ["pwd", "fed", "mfa"]
    assert program.userinfo(tokens["access_token"]).status_code == 200

    set_up(world, replace(HERE, client_id="another"))

    assert program.userinfo(tokens["access_token"]).status_code == 401


def test_what_was_opened_before_it_was_kept_stands_no_more(world: World) -> None:
    program = register(world)
    tokens = program.tokens(came(world, set_up(world)))
    SignOn.unscoped.update(came=None)
    assert program.userinfo(tokens["access_token"]).status_code == 401

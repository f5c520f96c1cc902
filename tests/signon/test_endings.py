"""How a sign-on ends: from the application, with the visit, and how the application hears of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import jwt
import pytest
import requests
from django.test import Client

from sublet.foundation.clock import now
from sublet.foundation.jobs import run_due_jobs
from sublet.people import operations as people_operations
from sublet.signon import jobs as signon_jobs  # noqa: F401  # registers them
from sublet.signon.models import Application, SignOn
from sublet.signon.operations import notices
from tests.people import CARL_HOST, World
from tests.signon import answer_of, register

BYE = "https://{host}/app/bye"


@dataclass
class Answer:
    status_code: int = 200


@dataclass
class Wire:
    """What would have gone out, and what the other side answers."""

    answers: list[int] = field(default_factory=lambda: [200])
    sent: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def post(self, url: str, data: dict[str, str], **_more: Any) -> Answer:
        self.sent.append((url, data))
        status = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if status == 0:
            raise requests.ConnectionError("nobody there")
        return Answer(status)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    made = Wire()
    monkeypatch.setattr("sublet.foundation.outbound.session", lambda: made)
    return made


def end(browser: Client, **asked: str) -> Any:
    return browser.get("/sign-on/end", asked, secure=True)


def test_an_application_is_told_over_its_back_channel(world: World, wire: Wire) -> None:
    program = register(world, notice_address="https://{host}/app/logged-out")
    browser = world.browser("carl")
    tokens = program.tokens(browser)
    claims = program.claims(tokens["id_token"])
    browser.post("/logout/", secure=True)
    run_due_jobs(at=now())
    ((url, data),) = wire.sent
    assert url == "https://carl.localhost/app/logged-out"
    told = program.claims(data["logout_token"])
    assert jwt.get_unverified_header(data["logout_token"])["typ"] == "logout+jwt"
    assert (told["sub"], told["sid"]) == (claims["sub"], claims["sid"])
    assert told["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert "nonce" not in told
    assert "sublet" not in str(told).lower()


def test_a_notice_that_nobody_took_is_tried_again(world: World, wire: Wire) -> None:
    program = register(world, notice_address="https://{host}/app/logged-out")
    browser = world.browser("carl")
    program.tokens(browser)
    browser.post("/logout/", secure=True)
    ref = SignOn.unscoped.get().ref
    wire.answers = [0, 503, 200]
    for _time in range(2):
        with pytest.raises(notices.NotHeard):
            notices.tell_end(sign_on_ref=ref, at=now())
    notices.tell_end(sign_on_ref=ref, at=now())
    assert len(wire.sent) == 3


def test_without_an_address_nobody_is_told(world: World, wire: Wire) -> None:
    program = register(world)
    browser = world.browser("carl")
    program.tokens(browser)
    browser.post("/logout/", secure=True)
    run_due_jobs(at=now())
    assert wire.sent == []


def test_losing_access_is_told_as_well(world: World, wire: Wire) -> None:
    program = register(world, notice_address="https://{host}/app/logged-out")
    program.tokens(world.browser("cleo"))
    stays = program.tokens(world.browser("carl"))
    with world.scope("carl") as actor:
        people_operations.remove_collaborator(
            account_ref=world.carl.ref, collaborator_ref=world.places["cleo"].ref, actor=actor, at=now()
        )
    run_due_jobs(at=now())
    assert [row.ended_by for row in SignOn.unscoped.order_by("id")] == ["access", ""]
    assert len(wire.sent) == 1
    assert program.userinfo(stays["access_token"]).status_code == 200


def test_the_application_logs_its_own_person_out(world: World, wire: Wire) -> None:
    program = register(world, logout_addresses=[BYE])
    browser = world.browser("carl")
    tokens = program.tokens(browser)
    bye = BYE.replace("{host}", CARL_HOST)
    answer = end(browser, id_token_hint=tokens["id_token"], post_logout_redirect_uri=bye, state="s-2")
    assert answer["Location"] == bye + "?state=s-2"
    assert program.userinfo(tokens["access_token"]).status_code == 401
    assert browser.get("/me/", secure=True)["Location"].startswith("/login/")


def test_nobody_is_logged_out_or_sent_away_by_others(world: World) -> None:
    program, other = register(world, logout_addresses=[BYE]), register(world, name="Other", logout_addresses=[BYE])
    browser, foreign = world.browser("carl"), world.browser("cleo")
    tokens, foreign_tokens = program.tokens(browser), program.tokens(foreign)
    bye = BYE.replace("{host}", CARL_HOST)
    asks: tuple[dict[str, str], ...] = (
        {},
        {"client_id": program.ref, "post_logout_redirect_uri": bye},
        {"id_token_hint": foreign_tokens["id_token"], "post_logout_redirect_uri": bye},
        {"id_token_hint": tokens["id_token"][:-8] + "AAAAAAAA"},
    )
    for asked in asks:
        page = end(browser, **asked)
        assert page.status_code == 200
        assert b"Log out here, too?" in page.content
    assert program.userinfo(tokens["access_token"]).status_code == 200
    away = end(browser, id_token_hint=tokens["id_token"], post_logout_redirect_uri="https://elsewhere.example/")
    assert away["Location"] == "/login/"
    mixed = end(foreign, id_token_hint=foreign_tokens["id_token"], client_id=other.ref, post_logout_redirect_uri=bye)
    assert mixed["Location"] == "/login/"


def visiting(world: World, browser: Client) -> str:
    """Rosa visits Carl's account as Cleo, on Carl's own host."""
    with world.scope("rosa") as actor:
        begun = people_operations.begin_impersonation(
            client_ref=world.carl.ref,
            mode="client",
            collaborator_ref=world.places["cleo"].ref,
            reason="To help with the articles",
            session_hash="0" * 64,
            second_factor_at=now(),
            actor=actor,
            at=now(),
        )
    browser.get(f"/enter/{begun.code}/", secure=True)
    return begun.impersonation_ref


def test_a_visit_opens_the_product_with_who_sits_there_and_ends_it(world: World, wire: Wire) -> None:
    program = register(world, notice_address="https://{host}/app/logged-out")
    browser = world.stranger(CARL_HOST)
    visit = visiting(world, browser)
    tokens = program.tokens(browser)
    claims = program.claims(tokens["id_token"])
    assert claims["sub"] == world.users["cleo"].ref
    assert claims["act"]["sub"] == world.users["rosa"].ref
    assert (claims["act"]["visit"], claims["act"]["mode"]) == (visit, "client")
    assert claims["act"]["exp"] <= (now() + timedelta(minutes=31)).timestamp()
    assert program.introspect(tokens["access_token"])["act"]["name"] == "Rosa Ricci"
    own = program.tokens(world.browser("cleo"))
    assert "act" not in program.claims(own["id_token"])
    people_operations.end_impersonations_of_person(user_id=world.users["rosa"].id, at=now())
    assert program.userinfo(tokens["access_token"]).status_code == 401
    assert program.refresh(tokens["refresh_token"]).json() == {"error": "invalid_grant"}
    assert program.userinfo(own["access_token"]).status_code == 200
    run_due_jobs(at=now())
    assert len(wire.sent) == 1


def test_a_visit_is_worth_nothing_in_another_browser(world: World) -> None:
    program = register(world)
    browser = world.stranger(CARL_HOST)
    visit = visiting(world, browser)
    hint = f"{world.carl.ref} {visit}"
    assert "code" in answer_of(browser.get(program.asks(login_hint=hint), secure=True))
    assert world.browser("carl").get(program.asks(login_hint=hint), secure=True).status_code == 404
    assert world.stranger(CARL_HOST).get(program.asks(login_hint=hint), secure=True)["Location"].startswith("/login/")


def test_opening_a_section_begins_at_the_application(world: World) -> None:
    from sublet.people.models import Section

    Section.objects.update(address="https://{host}/app/{account}/x")
    browser = world.browser("cleo")
    plain = browser.get(f"/open/{world.carl.ref}/content/", secure=True)
    assert plain["Location"] == f"https://carl.localhost/app/{world.carl.ref}/x"
    assert browser.get(f"/open/{world.carl.ref}/design/", secure=True).status_code == 403
    assert browser.get(f"/open/{world.carl.ref}/nothing/", secure=True).status_code == 404
    assert browser.get(f"/open/{world.bakery.ref}/content/", secure=True).status_code == 404
    program = register(world, login_address="https://{host}/app/callback")
    begun = browser.get(f"/open/{world.carl.ref}/content/", secure=True)
    assert begun["Location"].startswith("https://carl.localhost/app/callback?")
    assert answer_of(begun) == {
        "iss": program.issuer,
        "login_hint": world.carl.ref,
        "target_link_uri": f"https://carl.localhost/app/{world.carl.ref}/x",
    }
    visitor = world.stranger(CARL_HOST)
    visit = visiting(world, visitor)
    inside = visitor.get(f"/as/{visit}/open/{world.carl.ref}/content/", secure=True)
    assert answer_of(inside)["login_hint"] == f"{world.carl.ref} {visit}"
    Application.unscoped.all().delete()
    same_host = visitor.get(f"/as/{visit}/open/{world.carl.ref}/content/", secure=True)
    assert same_host["Location"] == f"https://carl.localhost/as/{visit}/app/{world.carl.ref}/x"

"""The OpenID Connect provider: what is told, to whom, and what is refused (S8, X10)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sublet.foundation.clock import now
from sublet.foundation.jobs.models import Job
from sublet.foundation.journal.models import JournalEntry
from sublet.people import operations as people_operations
from sublet.people.models import Collaborator, User
from sublet.signon.models import SignOn, SignOnToken
from tests.people import CARL_HOST, REMO_HOST, ROSA_HOST, World
from tests.signon import VERIFIER, answer_of, code_of, register

ELSEWHERE = "https://elsewhere.example/app/callback"


def test_a_person_is_told_of_with_account_and_rights(world: World) -> None:
    program = register(world)
    tokens = program.tokens(world.browser("cleo"))
    claims = program.claims(tokens["id_token"])
    person = world.users["cleo"]
    assert {key: value for key, value in claims.items() if key not in {"iat", "exp", "auth_time", "sid"}} == {
        "iss": "https://carl.localhost",
        "aud": program.ref,
        "sub": person.ref,
        "nonce": "n-1",
        "account": world.carl.ref,
        "account_name": "Carl’s Kitchen",
        "account_kind": "client",
        "reseller": world.rosa.ref,
        "sections": {"content": "manage"},
        "brand": "https://carl.localhost",
        "name": "Cleo Costa",
        "email": "cleo@example.test",
        "email_verified": True,
        "locale": "en",
        "zoneinfo": world.carl.timezone,
        "amr": ["pwd"],
    }
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 300
    told = program.userinfo(tokens["access_token"]).json()
    assert told == {
        key: value for key, value in claims.items() if key not in {"iss", "aud", "nonce", "iat", "exp", "sid"}
    }
    assert program.introspect(tokens["access_token"])["sections"] == {"content": "manage"}
    entry = JournalEntry.unscoped.get(event="sign_on.begun")
    assert (entry.account_id, entry.actor_name) == (world.carl.id, "Cleo Costa")


def test_nothing_names_the_vendor(world: World) -> None:
    program = register(world)
    browser = world.browser("carl")
    answers = [
        Client(headers={"host": CARL_HOST}).get("/.well-known/openid-configuration", secure=True),
        Client(headers={"host": CARL_HOST}).get("/sign-on/keys", secure=True),
        browser.get(program.asks(), secure=True),
        browser.get(program.asks(redirect_uri=ELSEWHERE), secure=True),
        program.redeem("no-code"),
        program.post("/sign-on/introspect", secret="wrong", token="x"),
        program.userinfo("wrong"),
    ]
    for answer in answers:
        said = answer.content.decode().lower() + str(answer.headers).lower()
        assert "sublet" not in said
        assert world.vendor.name.lower() not in said
    found = answers[0].json()
    assert found["issuer"] == "https://carl.localhost"
    assert all(value.startswith("https://carl.localhost/") for key, value in found.items() if key.endswith("_endpoint"))


@pytest.mark.parametrize(
    "redirect_uri",
    [
        ELSEWHERE,
        "https://carl.localhost/app/callback/",
        "https://carl.localhost/app/callback?x=1",
        "https://carl.localhost/app/callback#x",
        "https://carl.localhost/app/../app/callback",
        "https://carl.localhost:444/app/callback",
        "https://carl.localhost@elsewhere.example/app/callback",
        "https://CARL.localhost/app/callback",
        "http://carl.localhost/app/callback",
        "https://rosa.localhost/app/callback",
        "https://{host}/app/callback",
        "javascript:alert(1)",
    ],
)
def test_only_the_registered_address_is_gone_back_to(world: World, redirect_uri: str) -> None:
    program = register(world)
    answer = world.browser("carl").get(program.asks(redirect_uri=redirect_uri), secure=True)
    assert answer.status_code == 400
    assert "Location" not in answer
    assert not SignOn.unscoped.exists()


@pytest.mark.parametrize(
    ("other", "error"),
    [
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"request": "eyJ"}, "request_not_supported"),
        ({"request_uri": "https://elsewhere.example/"}, "request_uri_not_supported"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"nonce": "n" * 501}, "invalid_request"),
    ],
)
def test_a_request_that_is_wrong_goes_back_with_the_word_for_it(
    world: World, other: dict[str, str], error: str
) -> None:
    program = register(world)
    answer = answer_of(world.browser("carl").get(program.asks(**other), secure=True))
    assert answer == {"error": error, "state": "s-1", "iss": "https://carl.localhost"}
    assert not SignOn.unscoped.exists()


def test_a_code_is_good_once_for_its_own_application_host_address_and_verifier(world: World) -> None:
    program, other = register(world), register(world, name="Other")
    browser = world.browser("carl")
    for wrong in (
        {"code_verifier": "w" * 50},
        {"code_verifier": ""},
        {"redirect_uri": ELSEWHERE},
        {"redirect_uri": ""},
        {"host": ROSA_HOST},
    ):
        code = code_of(browser.get(program.asks(), secure=True))
        assert program.redeem(code, **wrong).json() == {"error": "invalid_grant"}, wrong
    code = code_of(browser.get(program.asks(), secure=True))
    assert other.redeem(code).json() == {"error": "invalid_grant"}
    assert program.redeem(code, grant_type="password").json() == {"error": "unsupported_grant_type"}
    assert program.redeem(code).status_code == 200  # the positive control


def test_a_code_that_comes_twice_ends_the_sign_on(world: World) -> None:
    program = register(world)
    code = code_of(world.browser("carl").get(program.asks(), secure=True))
    tokens = program.redeem(code).json()
    assert program.userinfo(tokens["access_token"]).status_code == 200
    assert program.redeem(code).json() == {"error": "invalid_grant"}
    assert program.userinfo(tokens["access_token"]).status_code == 401
    assert program.refresh(tokens["refresh_token"]).json() == {"error": "invalid_grant"}
    assert JournalEntry.unscoped.filter(event="sign_on.broken_off").count() == 1
    assert SignOn.unscoped.get().ended_by == "reuse"


def test_a_code_lasts_a_minute(world: World) -> None:
    program = register(world)
    code = code_of(world.browser("carl").get(program.asks(), secure=True))
    SignOnToken.unscoped.update(expires_at=now())
    assert program.redeem(code).json() == {"error": "invalid_grant"}


def test_refreshing_rotates_and_a_second_use_ends_the_sign_on(world: World) -> None:
    program = register(world)
    first = program.tokens(world.browser("carl"))
    second = program.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert program.userinfo(second["access_token"]).status_code == 200
    assert program.refresh(second["refresh_token"], host=ROSA_HOST).json() == {"error": "invalid_grant"}
    assert program.refresh(first["refresh_token"]).json() == {"error": "invalid_grant"}
    assert program.userinfo(second["access_token"]).status_code == 401
    assert program.refresh(second["refresh_token"]).json() == {"error": "invalid_grant"}


def test_without_offline_access_there_is_no_refresh_token(world: World) -> None:
    tokens = register(world).tokens(world.browser("carl"), scope="openid")
    assert "refresh_token" not in tokens


def test_tokens_are_worth_nothing_to_others(world: World) -> None:
    program, other = register(world), register(world, name="Other")
    token = program.tokens(world.browser("carl"))["access_token"]
    assert program.userinfo(token, host=REMO_HOST).status_code == 401
    assert program.userinfo(token, host=ROSA_HOST).status_code == 401
    assert program.introspect(token, host=ROSA_HOST) == {"active": False}
    assert other.introspect(token) == {"active": False}
    assert other.post("/sign-on/revoke", token=token).status_code == 200
    assert program.post("/sign-on/introspect", secret="wrong", token=token).status_code == 401
    assert program.introspect(token)["active"] is True
    assert program.post("/sign-on/revoke", token=token).status_code == 200
    assert program.introspect(token) == {"active": False}


def test_what_is_taken_away_is_gone_at_the_next_call(world: World) -> None:
    program = register(world)
    browser = world.browser("cleo")
    tokens = program.tokens(browser)
    token = tokens["access_token"]
    Collaborator.unscoped.filter(id=world.places["cleo"].id).update(rights_words={"product.content": "view"})
    assert program.userinfo(token).json()["sections"] == {"content": "view"}
    with world.scope("carl") as actor:
        people_operations.remove_collaborator(
            account_ref=world.carl.ref, collaborator_ref=world.places["cleo"].ref, actor=actor, at=now()
        )
    assert program.userinfo(token).status_code == 401
    assert program.introspect(token) == {"active": False}
    assert program.refresh(tokens["refresh_token"]).json() == {"error": "invalid_grant"}
    assert answer_of(browser.get(program.asks(), secure=True))["error"] == "access_denied"


@pytest.mark.parametrize("change", ["log-ins", "disabled", "suspended", "moved", "application"])
def test_each_way_of_losing_access_ends_the_tokens(world: World, change: str) -> None:
    program = register(world)
    token = program.tokens(world.browser("carl"))["access_token"]
    person = User.objects.filter(id=world.users["carl"].id)
    if change == "log-ins":
        person.update(session_epoch=7)
    elif change == "disabled":
        person.update(is_active=False)
    elif change == "suspended":
        type(world.carl).unscoped.filter(id=world.carl.id).update(state="suspended")
    elif change == "moved":
        program.host = ROSA_HOST
        token = program.tokens(world.browser("carl", host=ROSA_HOST))["access_token"]
        type(world.carl).unscoped.filter(id=world.carl.id).update(parent_id=world.remo.id)
    else:
        from sublet.signon import operations

        with world.scope("vera") as actor:
            operations.remove_application(application_ref=program.ref, actor=actor, at=now())
    assert program.userinfo(token).status_code == 401


def test_logging_out_ends_every_sign_on_of_that_browser(world: World) -> None:
    program = register(world)
    browser, second = world.browser("carl"), world.browser("carl")
    gone, stays = program.tokens(browser), program.tokens(second)
    browser.post("/logout/", secure=True)
    assert program.userinfo(gone["access_token"]).status_code == 401
    assert program.refresh(gone["refresh_token"]).json() == {"error": "invalid_grant"}
    assert program.userinfo(stays["access_token"]).status_code == 200
    assert [job.kind for job in Job.unscoped.filter(kind="signon.tell_end")] == ["signon.tell_end"]


def test_a_browser_that_has_logged_out_cannot_authorize(world: World) -> None:
    program = register(world)
    browser = world.browser("carl")
    browser.post("/logout/", secure=True)
    answer = browser.get(program.asks(), secure=True)
    assert answer["Location"].startswith("/login/?next=%2Fsign-on%2Fauthorize")
    assert answer_of(browser.get(program.asks(prompt="none"), secure=True))["error"] == "login_required"
    ended = world.browser("carl")
    User.objects.filter(id=world.users["carl"].id).update(session_epoch=9)  # all log-ins of the person were ended
    assert answer_of(ended.get(program.asks(prompt="none"), secure=True))["error"] == "login_required"
    assert not SignOn.unscoped.exists()


def test_showing_anew_who_one_is(world: World) -> None:
    program = register(world)
    browser = world.browser("carl")
    session = browser.session
    session["logged_in_at"] = (now() - timedelta(hours=2)).isoformat()
    session.save()
    page = browser.get(program.asks(max_age="3600"), secure=True)
    assert page.status_code == 200
    assert b"Log in again" in page.content
    again = browser.get(program.asks(prompt="login"), secure=True).content.decode()
    (onwards,) = re.findall(r'name="next" value="(/sign-on/authorize[^"]*)"', again.partition('class="lead-text"')[2])[
        :1
    ]
    assert "prompt" not in onwards
    assert "code" in answer_of(browser.get(program.asks(max_age="9000"), secure=True))


def test_another_tenants_account_is_not_there(world: World) -> None:
    program = register(world, host=ROSA_HOST)
    for person in ("rosa", "cleo", "sam"):
        answer = world.browser(person, host=ROSA_HOST).get(program.asks(login_hint=world.bakery.ref), secure=True)
        assert answer.status_code == 404
        assert answer_of(
            world.browser(person, host=ROSA_HOST).get(
                program.asks(login_hint=world.bakery.ref, prompt="none"), secure=True
            )
        )["error"] in {"access_denied"}
    assert not SignOn.unscoped.exists()


def test_several_accounts_are_chosen_from(world: World) -> None:
    from tests import factories

    factories.make_collaborator(world.elan, world.users["cleo"], rights={"product.design": "view"})
    program = register(world, host=ROSA_HOST)
    browser = world.browser("cleo", host=ROSA_HOST)
    page = browser.get(program.asks(), secure=True)
    assert page.status_code == 200
    assert "Carl’s Kitchen" in page.content.decode()
    assert answer_of(browser.get(program.asks(prompt="none"), secure=True))["error"] == "account_selection_required"
    chosen = program.tokens(browser, login_hint=world.elan.ref)
    assert program.claims(chosen["id_token"])["sections"] == {"design": "view"}


def test_token_endpoint_refuses_who_does_not_show_the_secret(world: World) -> None:
    program = register(world)
    code = code_of(world.browser("carl").get(program.asks(), secure=True))
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": program.callback,
        "code_verifier": VERIFIER,
    }
    client = Client(headers={"host": CARL_HOST})
    assert client.post("/sign-on/token", form, secure=True).status_code == 401
    assert client.post("/sign-on/token", form | {"client_id": program.ref}, secure=True).status_code == 401
    assert program.post("/sign-on/token", secret="", **form).status_code == 401
    in_body = form | {"client_id": program.ref, "client_secret": program.secret}
    assert client.post("/sign-on/token", in_body, secure=True).status_code == 200


def test_a_look_at_a_token_costs_three_statements(world: World) -> None:
    program = register(world)
    token = program.tokens(world.browser("carl"))["access_token"]
    program.userinfo(token)  # hosts and keys are warm now
    with CaptureQueriesContext(connection) as asked:
        program.userinfo(token)
    # Whether hosts have changed is asked once a second, whoever comes.
    told = [each["sql"] for each in asked if "brand_generation" not in each["sql"]]
    assert len(told) == 3, told

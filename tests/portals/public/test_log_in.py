"""Logging in: who is let in where, and that nobody learns more than that."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from urllib.parse import quote

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from sublet.foundation.clock import now
from sublet.people.models import Throttle, User
from tests import factories
from tests.people import CARL_HOST, PASSWORD, REMO_HOST, ROSA_HOST, VENDOR_HOST, World

WRONG = "The e-mail address or the password is wrong."


def log_in(browser: Client, email: str, password: str = PASSWORD, **more: str) -> HttpResponse:
    return browser.post("/login/", {"email": email, "password": password, **more})  # type: ignore[return-value]


def neutral(response: HttpResponse, email: str) -> str:
    """The page without what differs from request to request: the form's token, and the address that was typed."""
    text = re.sub(r'(name="csrfmiddlewaretoken" value=|"X-CSRFToken": )"[^"]+"', "", response.content.decode())
    return text.replace(email, "")


@pytest.mark.parametrize(
    ("person", "host"),
    [
        ("vera", VENDOR_HOST),
        ("dora", VENDOR_HOST),
        ("rosa", VENDOR_HOST),  # a reseller works on the vendor's host, too
        ("rosa", ROSA_HOST),
        ("rico", ROSA_HOST),
        ("carl", ROSA_HOST),
        ("carl", CARL_HOST),
        ("cleo", CARL_HOST),
        ("nora", REMO_HOST),
    ],
)
def test_people_are_let_in_where_their_accounts_are_served(world: World, person: str, host: str) -> None:
    browser = world.stranger(host)

    response = log_in(browser, f"{person}@example.test")

    assert (response.status_code, response["Location"]) == (302, "/")
    assert browser.get("/me/").status_code == 200


@pytest.mark.parametrize(
    ("person", "host"),
    [
        ("carl", VENDOR_HOST),  # a client must not learn whose software it is
        ("nora", VENDOR_HOST),
        ("carl", REMO_HOST),
        ("rosa", REMO_HOST),
        ("rosa", CARL_HOST),  # the reseller's staff come to a client's host by a visit only
        ("vera", ROSA_HOST),
        ("dora", ROSA_HOST),
        ("sam", ROSA_HOST),  # a log-in without any account
    ],
)
def test_right_password_on_a_host_of_others_is_a_wrong_one(world: World, person: str, host: str) -> None:
    browser = world.stranger(host)
    email = f"{person}@example.test"

    response = log_in(browser, email)

    assert response.status_code == 422
    unknown = log_in(world.stranger(host), "nobody@example.test")
    assert neutral(response, email) == neutral(unknown, "nobody@example.test")
    with translation.override(response["Content-Language"]):
        assert gettext(WRONG) in unescape(response.content.decode())
    assert browser.get("/me/").status_code == 302


def test_unknown_wrong_inactive_and_unset_look_the_same(world: World) -> None:
    factories.make_collaborator(world.rosa, factories.make_user("Ina Inactive", "ina@example.test", is_active=False))
    unset = User(email="una@example.test", name="Una Unset", created_at=factories.AT)
    unset.set_unusable_password()
    unset.save()
    factories.make_collaborator(world.rosa, unset)
    tried = [
        ("nobody@example.test", PASSWORD),
        ("rosa@example.test", "not the password"),
        ("ina@example.test", PASSWORD),
        ("una@example.test", PASSWORD),
    ]

    answers = [(log_in(world.stranger(), email, password), email) for email, password in tried]

    assert {response.status_code for response, _ in answers} == {422}
    assert len({neutral(response, email) for response, email in answers}) == 1


def test_each_attempt_costs_the_same_statements_and_one_hash(
    world: World, django_assert_num_queries: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.contrib.auth import hashers
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counted: list[str] = []
    encode = hashers.MD5PasswordHasher.encode

    def counting(self: hashers.MD5PasswordHasher, password: str, salt: str) -> str:
        counted.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", counting)
    log_in(world.stranger(), "warm@example.test")
    work: list[tuple[int, int]] = []
    for email in ("nobody@example.test", "rosa@example.test", "remo@example.test"):
        counted.clear()
        with CaptureQueriesContext(
            connection,
        ) as statements:
            log_in(world.stranger(), email, "not the password")
        work.append((len(statements), len(counted)))

    assert work[0] == work[1] == work[2]
    assert work[0][1] == 1


def test_address_is_found_whatever_its_case_and_blanks(world: World) -> None:
    assert log_in(world.stranger(), "  Rosa@Example.TEST ").status_code == 302


def test_key_of_the_session_changes_with_the_log_in(world: World) -> None:
    browser = world.stranger()
    log_in(browser, "rosa@example.test", "not the password")
    session = browser.session
    session["planted"] = "by somebody"
    session.save()
    browser.cookies[settings.SESSION_COOKIE_NAME] = session.session_key or ""
    before = session.session_key

    log_in(browser, "rosa@example.test")

    assert browser.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()
    assert browser.session["host"] == ROSA_HOST
    assert browser.session["epoch"] == 0


def test_session_of_one_host_is_worth_nothing_on_another(world: World) -> None:
    browser = world.stranger(ROSA_HOST)
    log_in(browser, "carl@example.test")
    assert browser.get("/me/").status_code == 200

    for host in (CARL_HOST, VENDOR_HOST, REMO_HOST):
        thief = Client(headers={"host": host})
        thief.cookies[settings.SESSION_COOKIE_NAME] = browser.cookies[settings.SESSION_COOKIE_NAME].value
        assert thief.get("/me/").status_code == 302
    unknown = Client(headers={"host": "unknown.example"})
    unknown.cookies[settings.SESSION_COOKIE_NAME] = browser.cookies[settings.SESSION_COOKIE_NAME].value
    assert unknown.get("/me/").status_code == 404


def test_a_host_that_is_anothers_now_knows_nobody_who_logged_in_before(world: World) -> None:
    """The person would otherwise stay logged in with whoever has the name from now on."""
    from sublet.branding.models import Domain
    from sublet.branding.queries import forget_hosts
    from sublet.foundation.scope import platform_scope

    browser = world.stranger(ROSA_HOST)
    log_in(browser, "rosa@example.test")
    asked = {"x-forwarded-uri": f"/?{world.rosa.ref}", "accept": "application/json"}
    assert browser.get("/me/").status_code == browser.get("/auth/forward", headers=asked).status_code == 200
    for owner, knows in ((world.remo, False), (world.rosa, True)):
        with platform_scope("test"):
            Domain.objects.filter(host=ROSA_HOST).update(account=owner, is_primary=False)
        forget_hosts()
        assert browser.get("/auth/forward", headers=asked).status_code == (200 if knows else 401)
    with platform_scope("test"):
        Domain.objects.filter(host=ROSA_HOST).update(account=world.remo)
    forget_hosts()
    assert browser.get("/me/").status_code == 302
    with platform_scope("test"):
        Domain.objects.filter(host=ROSA_HOST).update(account=world.rosa)
    forget_hosts()
    assert browser.get("/me/").status_code == 302  # it is over, not asleep


def test_cookie_is_for_this_host_and_not_for_scripts(world: World) -> None:
    browser = world.stranger()
    cookie = log_in(browser, "rosa@example.test").cookies[settings.SESSION_COOKIE_NAME]

    assert cookie["domain"] == ""
    assert cookie["path"] == "/"
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Lax"
    assert cookie["secure"] is settings.SESSION_COOKIE_SECURE
    assert settings.SESSION_COOKIE_NAME == "__Host-session"


def test_eleventh_guess_in_a_quarter_of_an_hour_is_not_even_tried(world: World) -> None:
    for _ in range(10):
        assert log_in(world.stranger(), "rosa@example.test", "guess").status_code == 422

    response = log_in(world.stranger(), "rosa@example.test")

    assert response.status_code == 429
    assert 840 < int(response["Retry-After"]) <= 900
    assert "Too many attempts. Try again in 15 minutes." in response.content.decode()
    assert log_in(world.stranger(), "carl@example.test").status_code == 302


def test_unknown_address_is_held_back_as_well(world: World) -> None:
    answers = [log_in(world.stranger(), "nobody@example.test").status_code for _ in range(11)]

    assert answers == [422] * 10 + [429]


def test_right_password_makes_the_count_begin_anew(world: World) -> None:
    for _ in range(3):
        for _ in range(9):
            log_in(world.stranger(), "rosa@example.test", "guess")
        assert log_in(world.stranger(), "rosa@example.test").status_code == 302


def test_guessing_is_possible_again_after_the_window(world: World) -> None:
    for _ in range(11):
        log_in(world.stranger(), "rosa@example.test", "guess")
    Throttle.objects.update(window_start=now() - timedelta(minutes=15, seconds=1))

    assert log_in(world.stranger(), "rosa@example.test").status_code == 302


def test_one_network_address_guesses_at_most_fifty_times(world: World) -> None:
    answers = [log_in(world.stranger(), f"n{number}@example.test").status_code for number in range(51)]

    assert answers == [422] * 50 + [429]
    other = Client(headers={"host": ROSA_HOST}, REMOTE_ADDR="203.0.113.9")
    assert log_in(other, "rosa@example.test").status_code == 302


def test_one_ipv6_network_counts_as_one_caller(world: World) -> None:
    for number in range(50):
        caller = Client(headers={"host": ROSA_HOST}, REMOTE_ADDR=f"2001:db8::{number:x}")
        log_in(caller, f"n{number}@example.test")

    same = Client(headers={"host": ROSA_HOST}, REMOTE_ADDR="2001:db8::ffff:1")
    other = Client(headers={"host": ROSA_HOST}, REMOTE_ADDR="2001:db8:0:1::1")
    assert log_in(same, "rosa@example.test").status_code == 429
    assert log_in(other, "rosa@example.test").status_code == 302


def test_forged_forwarding_header_does_not_give_new_guesses(world: World) -> None:
    browser = world.stranger()
    for number in range(51):
        response = browser.post(
            "/login/",
            {"email": f"n{number}@example.test", "password": "guess"},
            headers={"x-forwarded-for": f"198.51.100.{number}"},
        )

    assert response.status_code == 429


def test_counts_hold_no_address(world: World) -> None:
    log_in(world.stranger(), "rosa@example.test", "guess")

    keys = list(Throttle.objects.values_list("key", flat=True))

    assert len(keys) == 2
    assert all(re.fullmatch(r"[0-9a-f]{64}", key) for key in keys)


def test_logging_out_needs_a_form(world: World) -> None:
    browser = world.browser("rosa")
    key = browser.session.session_key

    assert browser.get("/logout/").status_code == 405
    response = browser.post("/logout/")

    assert (response.status_code, response["Location"]) == (302, "/login/")
    assert not Session.objects.filter(session_key=key).exists()
    assert browser.get("/me/").status_code == 302


def test_form_without_its_token_is_refused(world: World) -> None:
    browser = Client(headers={"host": ROSA_HOST}, enforce_csrf_checks=True)

    assert log_in(browser, "rosa@example.test").status_code == 403


def test_form_sent_after_the_session_ended_offers_the_log_in(world: World) -> None:
    here = f"/reseller/{world.rosa.ref}/settings/"
    browser = Client(headers={"host": ROSA_HOST, "referer": f"http://{ROSA_HOST}{here}"}, enforce_csrf_checks=True)
    refused = browser.post(here, {"name": "x"})
    assert refused.status_code == 403
    assert f'href="/login/?next={quote(here, safe="")}"' in refused.content.decode()

    elsewhere = Client(headers={"host": ROSA_HOST, "referer": "http://evil.example/x"}, enforce_csrf_checks=True)
    assert 'href="/login/"' in elsewhere.post(here, {"name": "x"}).content.decode()


def test_raised_epoch_ends_a_log_in(world: World) -> None:
    browser = world.browser("rosa")
    assert browser.get("/me/").status_code == 200
    User.objects.filter(email="rosa@example.test").update(session_epoch=1)

    assert browser.get("/me/").status_code == 302


def test_who_is_logged_in_already_goes_on(world: World) -> None:
    response = world.browser("rosa").get("/login/?next=/me/")

    assert (response.status_code, response["Location"]) == (302, "/me/")


@pytest.mark.parametrize(
    "value", ["\x00", "a\x00b@example.test", "x" * 300 + "@example.test", "🙂@example.test", "‮moc@x", ""]
)
def test_unreadable_address_is_answered_calmly(world: World, value: str) -> None:
    assert log_in(world.stranger(), value).status_code == 422


def test_ten_megabytes_are_refused_unread(world: World) -> None:
    response = log_in(world.stranger(), "x" * 10_000_000)

    assert response.status_code == 413
    assert "This is too much" in response.content.decode()
    assert len(response.content) < 20_000


def test_password_is_never_sent_back(world: World) -> None:
    response = log_in(world.stranger(), "rosa@example.test", "a very wrong password")

    assert "a very wrong password" not in response.content.decode()


def test_log_in_page_wears_the_brand_and_names_the_vendor_only_at_home(world: World) -> None:
    pages = {host: world.stranger(host).get("/login/").content.decode() for host in (VENDOR_HOST, ROSA_HOST, CARL_HOST)}

    assert "Vantage Apps" in pages[VENDOR_HOST]
    assert "/sign-up/" in pages[VENDOR_HOST]
    for host in (ROSA_HOST, CARL_HOST):
        assert "Rosa Web Studio" in pages[host]
        assert "Vantage" not in pages[host]
        assert "/sign-up/" not in pages[host]

"""The second step of a log-in, asking again, and the page "Log-in and security"."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.test import Client

from sublet.branding.queries import origin
from sublet.foundation.clock import now
from sublet.people.models import User
from sublet.people.operations import second_factors
from sublet.people.queries.second_factors import factors_of
from sublet.portals.shared.people import LOGGED_IN_KEY, SECOND_FACTOR_KEY
from tests.authenticator import Device
from tests.people import CARL_HOST, PASSWORD, ROSA_HOST, World
from tests.people.test_second_factors import set_up
from tests.portals.public.mailbox import link_in, mails

LONG_AGO = timedelta(hours=1)


def log_in(browser: Client, person: str, **more: str) -> str:
    answer = browser.post("/login/", {"email": f"{person}@example.test", "password": PASSWORD, **more})
    assert answer.status_code == 302
    return str(answer["Location"])


def fresh(browser: Client) -> Client:
    """The browser, whose person has just shown its password."""
    session = browser.session
    session[LOGGED_IN_KEY] = now().isoformat()
    session.save()
    return browser


def is_in(browser: Client) -> bool:
    return browser.get("/me/").status_code == 200


def app_of(world: World, person: str = "rosa") -> tuple[str, tuple[str, ...]]:
    return set_up(world, person, now() - LONG_AGO)


def test_password_alone_opens_nothing_once_there_is_a_second_step(world: World) -> None:
    secret, _codes = app_of(world)
    browser = world.stranger()

    assert log_in(browser, "rosa", next="/me/security/") == "/prove/"
    assert not is_in(browser)
    page = browser.get("/prove/")
    assert page.status_code == 200
    assert b"rosa@example.test" not in page.content
    wrong = browser.post("/prove/", {"code": "000 000"})
    assert wrong.status_code == 422
    assert "This code is wrong, or it was used already." in wrong.content.decode()
    assert not is_in(browser)
    key = browser.cookies[settings.SESSION_COOKIE_NAME].value
    answer = browser.post("/prove/", {"code": second_factors.app_code(secret, at=now())})
    assert (answer.status_code, answer["Location"]) == (302, "/me/security/")
    assert is_in(browser)
    assert browser.session[SECOND_FACTOR_KEY]
    assert browser.cookies[settings.SESSION_COOKIE_NAME].value != key


def test_nobody_in_between_is_sent_to_the_log_in(world: World) -> None:
    browser = world.stranger()
    for path in ("/prove/", "/prove/?next=/me/"):
        assert browser.get(path)["Location"].startswith("/login/")
    assert browser.post("/prove/", {"code": "1"})["Location"].startswith("/login/")
    assert browser.post("/prove/mail/")["Location"].startswith("/login/")
    assert browser.post("/prove/passkey/begin/").status_code == 404


def test_half_a_log_in_ends_with_all_log_ins_and_with_time(world: World) -> None:
    _secret, codes = app_of(world)
    browser = world.stranger()
    log_in(browser, "rosa")
    User.objects.filter(id=world.users["rosa"].id).update(session_epoch=7)
    assert browser.post("/prove/", {"code": codes[0]})["Location"].startswith("/login/")
    log_in(browser, "rosa")
    session = browser.session
    session["pending"] = session["pending"] | {"until": (now() - timedelta(seconds=1)).isoformat()}
    session.save()
    assert browser.post("/prove/", {"code": codes[0]})["Location"].startswith("/login/")


def test_half_a_log_in_is_nothing_on_another_host(world: World) -> None:
    _secret, codes = app_of(world, "carl")
    browser = world.stranger(ROSA_HOST)
    log_in(browser, "carl")
    there = browser.post("/prove/", {"code": codes[0]}, headers={"host": CARL_HOST})
    assert there["Location"].startswith("/login/")


def test_code_by_mail_stands_in_for_a_phone_that_is_not_at_hand(world: World) -> None:
    app_of(world)
    browser = world.stranger()
    log_in(browser, "rosa")
    assert browser.post("/prove/mail/")["Location"] == "/prove/"
    assert "rosa@example.test" in browser.get("/prove/").content.decode()
    mail = next(each for each in mails("rosa@example.test") if each.template == "mailed-code")
    code = second_factors.digits_of(mail.text.split("your code is ")[1].split(".")[0])
    assert browser.post("/prove/", {"code": code})["Location"] == "/"
    assert is_in(browser)


def with_the_mailbox(world: World) -> Client:
    """A stranger's browser, in which Rosa's password was set through her mailbox."""
    thief = world.stranger()
    thief.post("/forgotten/", {"email": "rosa@example.test"})
    _origin, path = link_in(mails("rosa@example.test")[-1])
    thief.post(path, {"password": "five quiet green chairs"})
    return thief


def test_one_mailbox_is_one_factor(world: World) -> None:
    secret, _codes = app_of(world)
    thief = with_the_mailbox(world)
    given = {"email": "rosa@example.test", "password": "five quiet green chairs"}
    assert thief.post("/login/", given)["Location"] == "/prove/"

    assert "/prove/mail/" not in thief.get("/prove/").content.decode()
    assert thief.post("/prove/mail/").status_code == 404

    rosa = world.stranger()
    rosa.post("/login/", given)
    assert rosa.post("/prove/", {"code": second_factors.app_code(secret, at=now())})["Location"] == "/"
    again = world.stranger()
    again.post("/login/", given)
    assert again.post("/prove/mail/")["Location"] == "/prove/"  # as before, once a factor was shown


def test_another_way_in_does_not_vouch_for_a_password_from_the_mailbox(world: World) -> None:
    """A thief of the mailbox has set a password; the owner, whose own fails, comes in by code and app."""
    secret, _codes = app_of(world)
    thief = with_the_mailbox(world)

    rosa = world.stranger()
    rosa.post("/login/code/", {"email": "rosa@example.test"})
    found = re.search(r"\d{4} \d{4}", mails("rosa@example.test")[-1].text)
    assert found is not None
    assert rosa.post("/login/code/enter/", {"code": found[0]})["Location"] == "/prove/"
    assert rosa.post("/prove/", {"code": second_factors.app_code(secret, at=now())})["Location"] == "/"

    thief.post("/login/", {"email": "rosa@example.test", "password": "five quiet green chairs"})
    assert thief.post("/prove/mail/").status_code == 404


def test_step_up_asks_again_and_goes_back_to_where_it_came_from(world: World) -> None:
    secret, _codes = app_of(world)
    browser = world.browser("rosa")
    key = browser.session.session_key
    page = browser.get("/prove/?next=/me/security/")
    assert 'name="next" value="/me/security/"' in page.content.decode()
    code = second_factors.app_code(secret, at=now())
    answer = browser.post("/prove/", {"code": code, "next": "/me/security/"})
    assert answer["Location"] == "/me/security/"
    assert browser.session[SECOND_FACTOR_KEY]
    assert browser.session.session_key != key


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/prove/", "/\\evil.example", ""])
def test_step_up_leads_nowhere_else(world: World, target: str) -> None:
    _secret, codes = app_of(world)
    browser = world.browser("rosa")
    assert browser.post("/prove/", {"code": codes[0], "next": target})["Location"] == "/"


def test_whoever_has_no_second_factor_is_led_to_setting_one_up(world: World) -> None:
    browser = world.browser("rosa")
    page = browser.get("/prove/?next=/accounts/").content.decode()
    assert "Protect your log-in first" in page
    assert f'href="/me/security/app/?next={quote("/accounts/", safe="")}"' in page
    assert browser.post("/prove/mail/").status_code == 404  # never in place of a factor that was never there
    assert browser.post("/prove/demo/").status_code == 404
    assert browser.post("/prove/", {"code": "123456"}).status_code == 422
    assert SECOND_FACTOR_KEY not in browser.session


def test_app_is_set_up_on_the_page_and_codes_are_shown_once(world: World) -> None:
    browser = fresh(world.browser("rosa"))
    page = browser.get("/me/security/app/?next=/accounts/").content.decode()
    assert "data:image/svg+xml;base64," in page
    secret = second_factors.open_app_secret(browser.session["new_app"])
    assert f"secret={secret}" in page
    wrong = browser.post("/me/security/app/", {"code": "1", "next": "/accounts/"})
    assert wrong.status_code == 422
    code = second_factors.app_code(secret, at=now())
    answer = browser.post("/me/security/app/", {"code": code, "next": "/accounts/"})
    assert answer["Location"] == "/me/security/codes/?next=%2Faccounts%2F"
    shown = browser.get(answer["Location"]).content.decode()
    assert shown.count("<code>") == 10
    assert 'download="recovery-codes.txt"' in shown
    assert 'href="/accounts/"' in shown
    assert browser.get(answer["Location"])["Location"] == "/accounts/"
    assert browser.session[SECOND_FACTOR_KEY]
    page = browser.get("/me/security/").content.decode()
    assert "Codes from an app" in page
    assert "10 codes are left." in page


def test_the_first_factor_ends_the_persons_other_log_ins_and_the_page_says_so(world: World) -> None:
    """Whoever came with the password alone, and is not the person, is out; the second factor more changes nothing."""
    thief, here = world.browser("rosa"), fresh(world.browser("rosa"))
    told = "You are logged out everywhere else."

    def set_up_app() -> str:
        here.get("/me/security/app/")
        secret = second_factors.open_app_secret(here.session["new_app"])
        code = second_factors.app_code(secret, at=now())
        return here.post("/me/security/app/", {"code": code}, follow=True).content.decode()

    assert is_in(thief)
    assert told in set_up_app()
    assert (is_in(thief), is_in(here)) == (False, True)
    world.users["rosa"].refresh_from_db()
    there = world.browser("rosa")
    assert told not in set_up_app()
    assert (is_in(there), is_in(here)) == (True, True)


def test_page_asks_for_no_recovery_code_when_none_is_left(world: World) -> None:
    app_of(world)
    browser = world.stranger()
    log_in(browser, "rosa")
    assert "From your authenticator app, or one of your recovery codes." in browser.get("/prove/").content.decode()
    Authenticator.objects.filter(type=Authenticator.Type.RECOVERY_CODES).delete()
    assert "From your authenticator app. No recovery code is left." in browser.get("/prove/").content.decode()
    Authenticator.objects.update(
        type=Authenticator.Type.WEBAUTHN, data={"ref": "key_1", "name": "Phone", "host": "other.example"}
    )
    page = browser.get("/prove/").content.decode()
    assert "No recovery code is left." in page
    assert 'name="code"' not in page.partition("demo-logins")[0]
    assert 'action="/prove/mail/"' in page  # a way that is left


def test_browser_left_open_changes_nothing_about_how_to_log_in(world: World) -> None:
    browser = world.browser("rosa")
    assert browser.get("/me/security/app/")["Location"].startswith("/prove/password/?next=")
    assert browser.post("/me/security/passkeys/begin/").json()["go"].startswith("/prove/password/")
    wrong = browser.post("/prove/password/", {"password": "wrong", "next": "/me/security/app/"})
    assert wrong.status_code == 422
    right = browser.post("/prove/password/", {"password": PASSWORD, "next": "/me/security/app/"})
    assert right["Location"] == "/me/security/app/"
    assert browser.get("/me/security/app/").status_code == 200

    app_of(world, "rico")
    other = fresh(world.browser("rico"))  # the password does not help any more
    for path in ("/me/security/factors/app/remove/", "/me/security/codes/", "/me/security/passkeys/"):
        assert other.post(path)["Location"].startswith("/prove/?next=")
    assert factors_of(world.users["rico"].id).app


def test_second_step_is_removed_after_it_was_shown(world: World) -> None:
    _secret, codes = app_of(world)
    browser = world.browser("rosa")
    browser.post("/prove/", {"code": codes[0], "next": "/me/security/"})
    assert browser.post("/me/security/codes/")["Location"].startswith("/me/security/codes/")
    assert browser.post("/me/security/factors/app/remove/")["Location"] == "/me/security/"
    assert not factors_of(world.users["rosa"].id).any


def test_changing_the_password_keeps_what_was_proved(world: World) -> None:
    _secret, codes = app_of(world)
    browser = world.browser("rosa")
    browser.post("/prove/", {"code": codes[0]})
    before = browser.session[SECOND_FACTOR_KEY]
    answer = browser.post("/me/password/", {"password-old": PASSWORD, "password-new": "five quiet green chairs"})
    assert answer.status_code == 302
    assert browser.session[SECOND_FACTOR_KEY] == before


# Passkeys -------------------------------------------------------------------------------------------------------------


def begin(browser: Client, path: str) -> dict[str, object]:
    answer = browser.post(path)
    assert answer.status_code == 200
    return json.loads(answer.content)  # type: ignore[no-any-return]  # an object, as the next lines show


def passkey(world: World, person: str = "rosa", **more: object) -> Device:
    browser = fresh(world.browser(person))
    thief = world.browser(person)
    device = Device(origin(world.hosts[person]), **more)  # type: ignore[arg-type]  # as in Device
    answer = device.make(begin(browser, "/me/security/passkeys/begin/"))
    made = browser.post("/me/security/passkeys/", {"answer": answer, "name": "  Phone  "})
    assert made["Location"].startswith("/me/security/codes/")
    assert (is_in(thief), is_in(browser)) == (False, True)
    world.users[person].refresh_from_db()  # the first factor has ended all log-ins
    return device


def test_passkey_is_made_named_and_kept_for_its_host(world: World) -> None:
    passkey(world)
    (key,) = factors_of(world.users["rosa"].id).passkeys
    assert (key.name, key.host, key.ref[:4]) == ("Phone", ROSA_HOST, "psk_")
    assert factors_of(world.users["rosa"].id).passkeys_on(CARL_HOST) == ()


def test_log_in_with_a_passkey_is_both_steps_in_one(world: World) -> None:
    device = passkey(world)
    browser = world.stranger()
    options = begin(browser, "/login/passkey/begin/")
    assert (options["rpId"], options["userVerification"]) == (ROSA_HOST, "required")
    answer = browser.post("/login/passkey/", {"answer": device.sign(options), "next": "/accounts/"})
    assert answer["Location"] == "/accounts/"
    assert is_in(browser)
    assert browser.session[SECOND_FACTOR_KEY]
    replay = world.stranger().post("/login/passkey/", {"answer": device.sign(options)})
    assert replay.status_code == 422


def test_passkey_is_the_second_step_after_a_password(world: World) -> None:
    device = passkey(world, verified=False)
    browser = world.stranger()
    log_in(browser, "rosa")
    options = begin(browser, "/prove/passkey/begin/")
    assert browser.post("/prove/passkey/", {"answer": device.sign(options)})["Location"] == "/"
    assert is_in(browser)


@pytest.mark.parametrize(
    "fault", ["origin", "rp", "unverified", "stranger", "challenge", "counter", "rubbish", "handle", "signature"]
)
def test_passkey_that_is_not_right_opens_nothing(world: World, fault: str) -> None:
    device = passkey(world, counter=5)
    browser = world.stranger()
    options = begin(browser, "/login/passkey/begin/")
    device.counter = 6
    if fault == "origin":
        device.origin = "https://evil.example"
    elif fault == "rp":
        device.rp_id = "evil.example"
    elif fault == "unverified":
        device.verified = False
    elif fault == "stranger":
        device.identity = b"another-identity"
    elif fault == "challenge":
        options["challenge"] = "AAAA"
    elif fault == "counter":
        device.counter = 5
    elif fault == "handle":
        device.handle = b"\xff\x00"
    elif fault == "signature":
        device.key = Device("").key
    answer = "[]" if fault == "rubbish" else device.sign(options)
    refused = browser.post("/login/passkey/", {"answer": answer})
    assert refused.status_code == 422
    assert "This passkey opens no log-in here." in refused.content.decode()
    assert not is_in(browser)


def test_state_of_a_second_step_does_not_stand_for_a_password(world: World) -> None:
    device = passkey(world, verified=False)
    browser = world.stranger()
    log_in(browser, "rosa")
    options = begin(browser, "/prove/passkey/begin/")
    assert browser.post("/login/passkey/", {"answer": device.sign(options)}).status_code == 422
    assert not is_in(browser)


def test_passkey_of_another_host_is_not_offered(world: World) -> None:
    passkey(world, "carl")
    browser = world.stranger(ROSA_HOST)
    log_in(browser, "carl")
    page = browser.get("/prove/").content.decode()
    assert "data-passkey" not in page
    assert "Send me a code by e-mail" in page


def test_pages_ask_few_questions(world: World, django_assert_num_queries: object) -> None:
    app_of(world)
    browser = world.browser("rosa")
    browser.get("/me/security/")
    with django_assert_num_queries(6):  # type: ignore[operator]  # host, session, person, factors, links, log-ins
        browser.get("/me/security/")

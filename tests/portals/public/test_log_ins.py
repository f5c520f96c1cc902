"""One's own log-ins: told of a new device once, listed, ended one by one; a known device is counted apart."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from sublet.branding.queries import host_view
from sublet.foundation.clock import now
from sublet.people.models import LogIn
from sublet.people.operations import CannotTryAgainYet, sign_in
from sublet.people.operations.log_ins import clear_log_ins
from tests.people import PASSWORD, ROSA_HOST, World
from tests.portals.public.mailbox import mails

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def log_in(browser: Client, person: str = "rosa") -> None:
    answer = browser.post(
        "/login/", {"email": f"{person}@example.test", "password": PASSWORD}, headers={"User-Agent": FIREFOX}
    )
    assert answer.status_code == 302


def told(person: str = "rosa") -> list[str]:
    return [each.text for each in mails(f"{person}@example.test") if each.template == "new-device"]


def test_new_device_is_told_once_in_the_brand_of_the_host(world: World) -> None:
    browser = world.stranger()
    log_in(browser)
    (text,) = told()
    assert "Firefox on Linux, from the network address 127.0.0.1" in text
    assert f"{ROSA_HOST}/me/security/" in text.replace("http://", "").replace("https://", "")
    assert "Vantage" not in text
    browser.post("/logout/")
    log_in(browser)
    assert len(told()) == 1
    browser.post("/logout/")
    log_in(browser, "rico")  # another person on the same device
    assert (len(told()), len(told("rico"))) == (1, 1)
    log_in(world.stranger())
    assert len(told()) == 2


def test_device_cookie_is_for_this_host_and_no_script(world: World) -> None:
    browser = world.stranger()
    log_in(browser)
    cookie = browser.cookies["__Host-device" if settings.SECURE_SCHEME else "device"]
    assert (cookie["httponly"], cookie["samesite"], cookie["domain"], cookie["path"]) == (True, "Lax", "", "/")
    assert bool(cookie["secure"]) == settings.SECURE_SCHEME
    assert cookie.value not in str(list(LogIn.objects.values()))


def test_log_ins_are_listed_and_one_is_ended_at_its_next_click(world: World) -> None:
    here, there = world.stranger(), world.stranger()
    log_in(here)
    log_in(there)
    page = here.get("/me/security/").content.decode()
    assert page.count("Firefox on Linux") == 2
    assert page.count("· this device") == 1
    other = LogIn.objects.order_by("id").last()
    assert other is not None
    assert here.post(f"/me/security/log-ins/{other.ref}/end/")["Location"] == "/me/security/"
    assert there.get("/me/")["Location"].startswith("/login/")
    assert here.get("/me/security/").content.decode().count("Firefox on Linux") == 1
    assert here.post(f"/me/security/log-ins/{other.ref}/end/").status_code == 404


def test_nobody_ends_the_log_in_of_another(world: World) -> None:
    rosa, rico = world.stranger(), world.stranger()
    log_in(rosa)
    log_in(rico, "rico")
    own = LogIn.objects.get(user=world.users["rosa"])
    for ref in (own.ref, "log_nothinghere", "x"):
        assert rico.post(f"/me/security/log-ins/{ref}/end/").status_code == 404
    assert rosa.get("/me/").status_code == 200


def test_ending_all_others_leaves_this_one_on_the_list(world: World) -> None:
    here, there = world.stranger(), world.stranger()
    log_in(there)
    log_in(here)
    here.post("/me/log-ins/end/")
    assert there.get("/me/").status_code == 302
    assert here.get("/me/security/").content.decode().count("Firefox on Linux") == 1


def test_another_password_leaves_this_one_on_the_list(world: World) -> None:
    here, there = world.stranger(), world.stranger()
    log_in(there)
    log_in(here)
    changed = here.post("/me/password/", {"password-old": PASSWORD, "password-new": "five quiet green chairs"})
    assert changed.status_code == 302
    assert there.get("/me/").status_code == 302
    assert here.get("/me/security/").content.decode().count("Firefox on Linux") == 1


def test_strangers_guesses_do_not_keep_a_known_device_out(world: World) -> None:
    browser = world.stranger()
    log_in(browser)
    device = browser.cookies["__Host-device" if settings.SECURE_SCHEME else "device"].value
    site = host_view(ROSA_HOST)
    assert site is not None
    at = now()

    def attempt(password: str, device: str = "") -> None:
        sign_in(email="rosa@example.test", password=password, site=site, address="192.0.2.9", at=at, device=device)

    for _each in range(10):
        with pytest.raises(Exception, match="wrong"):
            attempt("guess")
    with pytest.raises(CannotTryAgainYet):
        attempt(PASSWORD)
    with pytest.raises(CannotTryAgainYet):
        attempt(PASSWORD, "x" * 43)  # a device that says so and is not known
    attempt(PASSWORD, device)


def test_log_ins_are_forgotten_after_a_year(world: World) -> None:
    log_in(world.stranger())
    assert clear_log_ins(at=now() + timedelta(days=364)) == 0
    assert clear_log_ins(at=now() + timedelta(days=366)) == 1

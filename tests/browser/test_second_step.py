"""Passkeys and codes in a real browser: made, shown as a second step, and instead of a password."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import PASSWORD, Demo, page_of

# In one process with the test that shuts the account meanwhile.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("gelsomino")]

# Somebody whom no other test logs in, as those may run meanwhile: a password alone is not enough then.
HOST, PERSON = "gelsomino.localhost", "dario@gelsomino.example"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_passkey_is_made_then_stands_for_password_and_second_step(demo: Demo, browser: Browser) -> None:
    with page_of(browser) as (page, faults):
        device = page.context.new_cdp_session(page)
        device.send("WebAuthn.enable")
        device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})

        def with_password() -> None:
            page.goto(demo.url(HOST, "/login/"))
            form = page.locator("form", has=page.locator("input[type=password]"))
            form.locator("input[name=email]").fill(PERSON)
            form.locator("input[name=password]").fill(PASSWORD)
            form.locator("button[type=submit]").first.click()

        with_password()
        page.wait_for_url(re.compile("/client/"))
        page.goto(demo.url(HOST, "/me/security/"))
        page.locator("#passkey-name").fill("Phone")
        page.locator("form[data-passkey] button[type=submit]").click()
        page.wait_for_url(re.compile("/me/security/codes/"))
        codes = page.locator(".recovery-codes code").all_inner_texts()
        assert len(codes) == 10
        page.locator("a.btn-primary").click()
        expect(page.locator("bdi", has_text="Phone")).to_be_visible()

        page.goto(demo.url(HOST, "/me/"))
        page.locator(".plain-links form button").click()
        page.wait_for_url(re.compile("/login/"))
        page.locator("form[data-passkey] button").click()
        page.wait_for_url(re.compile("/client/"))

        page.context.clear_cookies()
        with_password()
        page.wait_for_url(re.compile("/prove/"))
        page.locator("#id_code").fill(codes[0])
        page.locator("form", has=page.locator("input[name=code][type=text]")).locator("button[type=submit]").click()
        page.wait_for_url(re.compile("/client/"))

        page.goto(demo.url(HOST, "/prove/?next=/me/security/"))
        page.locator("form[data-passkey] button").click()
        page.wait_for_url(re.compile("/me/security/$"))
        page.locator("[data-open^=remove-]").click()
        page.locator("dialog[open] .btn-danger").click()
        page.wait_for_url(re.compile("/me/security/$"))
        faults.none()

"""The pages about mail: whose mails are shown is picked by a part of the name, and a server that fails says why."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.axe import faults_of
from tests.browser.conftest import Demo, page_of
from tests.browser.steps import log_in_as_rosa

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_an_account_is_picked_by_a_part_of_its_name(browser: Browser, demo: Demo, width: int, scheme: str) -> None:
    with page_of(browser, width=width, scheme=scheme) as (page, faults):
        log_in_as_rosa(page, demo)
        page.goto(re.sub(r"/clients/.*", "/mails/", page.url))
        named = page.locator("#mails tbody tr").first.locator("td").nth(3).inner_text().strip()
        page.get_by_role("button", name="About").click()
        box = page.get_by_role("searchbox", name="Part of an account’s name")
        box.press_sequentially(named[1:].upper())  # Enter takes the first that is found
        found = page.locator("#mails-found-about").get_by_role("link", name=named, exact=True)
        expect(found).to_be_visible()
        assert faults_of(page, width) == []
        box.press("Enter")
        expect(page.locator(".chip", has_text="About:")).to_contain_text(named)
        expect(page).to_have_url(re.compile(r"[?&]about=acc_\w+$"))
        faults.none()


def test_a_server_that_does_not_exist_is_said_with_the_next_step(browser: Browser, demo: Demo) -> None:
    with page_of(browser) as (page, faults):
        log_in_as_rosa(page, demo)
        senders = re.sub(r"/clients/.*", "/senders/", page.url)
        page.goto(f"{senders}server/smtp/")
        for name, value in (("host", "smtp.nowhere.invalid"), ("user", "rosa"), ("secret", "word")):
            page.locator(f"main input[name={name}]").fill(value)
        page.locator("main form button[type=submit]").click()
        words = page.get_by_text("There is no server called smtp.nowhere.invalid.")
        for _ in range(60):
            if words.count():
                break
            page.wait_for_timeout(500)
            page.goto(senders)
        expect(words).to_be_visible()
        expect(page.get_by_text("Look for a typing error in its name.")).to_be_visible()
        assert faults_of(page, 1280) == []
        page.set_viewport_size({"width": 360, "height": 800})
        page.emulate_media(color_scheme="dark")
        page.reload()  # colors that are on their way from one scheme to the other have any contrast
        assert faults_of(page, 360) == []
        page.get_by_role("button", name="Back to the installation’s server").click()
        expect(words).to_have_count(0)
        faults.none()

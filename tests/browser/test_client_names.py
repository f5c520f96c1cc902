"""Addresses for many clients in real Chromium: chosen in the list, proposed, faulted, given, and answering at once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.axe import faults_of
from tests.browser.conftest import Demo, page_of
from tests.browser.steps import log_in_as_rosa

pytestmark = pytest.mark.browser


def test_clients_are_given_addresses_below_a_domain_in_one_go(demo: Demo, browser: Browser) -> None:
    with page_of(browser) as (page, faults):
        log_in_as_rosa(page, demo)
        page.goto(re.sub(r"[?#].*", "", page.url) + "?q=barberia")
        names = page.locator("tbody input[type=checkbox]")
        for number in range(2):
            names.nth(number).check()
        page.locator("[formaction$='/clients/names/']").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Addresses of these clients")
        fields = page.locator(".names input")
        expect(fields.first).to_have_value(re.compile("^barberia-"))
        page.set_viewport_size({"width": 360, "height": 800})
        assert faults_of(page, 360) == []
        fields.first.fill("admin")
        page.get_by_role("button", name="Give these addresses").click()
        expect(page.locator(".names .form-error")).to_contain_text("reserved")
        fields.first.fill("Capelli-Nuovi")
        page.get_by_role("button", name="Give these addresses").click()
        expect(page.locator(".toast-note.tone-success")).to_contain_text("2 clients got an address.")
        page.goto(demo.url("capelli-nuovi.clienti.localhost", "/login/"))
        expect(page.locator("form input[type=password]")).to_be_visible()
        assert [text for text in faults.heard if "status of 4" not in text] == []

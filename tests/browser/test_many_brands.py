"""The brands of many clients in real Chromium: chosen in the list, a picture sent once, seen before, published, taken back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from tests.axe import faults_of
from tests.branding import pictures
from tests.browser.conftest import Demo, page_of
from tests.browser.steps import log_in_as_rosa

pytestmark = pytest.mark.browser


def test_clients_are_given_a_picture_and_a_color_and_have_them_taken_back(demo: Demo, browser: Browser) -> None:
    with page_of(browser) as (page, faults):
        log_in_as_rosa(page, demo)
        page.goto(re.sub(r"[?#].*", "", page.url) + "?q=pizzeria")
        boxes = page.locator("tbody input[type=checkbox]")
        for number in range(2):
            boxes.nth(number).check()
        page.locator("[formaction$='/clients/brand/']").click()
        icon: FilePayload = {"name": "icon.png", "mimeType": "image/png", "buffer": pictures.png(64, 64)}
        page.locator("input[type=file][name=icon]").set_input_files(icon)
        page.locator("input[name=color]").first.fill("#7a1f6f")
        page.get_by_role("button", name="Show what will change").click()
        expect(page.locator(".many-changes")).to_contain_text("#7a1f6f")
        sent = page.locator(".many-changes img")
        expect(sent).to_be_visible()
        assert sent.evaluate("image => image.naturalWidth") == 64
        page.set_viewport_size({"width": 360, "height": 800})
        assert faults_of(page, 360) == []
        page.get_by_role("button", name="Publish").click()
        expect(page.locator(".stats")).to_contain_text("Changed")
        assert faults_of(page, 360) == []
        page.get_by_role("button", name="Take the whole change back").click()
        page.get_by_role("dialog").get_by_role("button", name="Take the whole change back").click()
        expect(page.locator(".stats")).to_contain_text("Taken back")
        page.get_by_role("link", name=re.compile("^Brands")).first.click()
        expect(page.locator(".version-line").first).to_contain_text("Taken back")
        assert faults_of(page, 360) == []
        assert [text for text in faults.heard if "status of 4" not in text] == []

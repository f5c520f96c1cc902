"""Client settings in real Chromium: from the row menu to a saved summary, a template of it, applied to many; axe on each page."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.axe import faults_of
from tests.browser.conftest import Demo, page_of
from tests.browser.steps import go_to, log_in_as_rosa

pytestmark = pytest.mark.browser
DESK, PHONE = 1280, 360
FADING = "document.getAnimations().filter(each => each instanceof CSSTransition).length"
SETTLED = """() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn))).then(
  () => Promise.allSettled(document.getAnimations().map(each => each.finished)))"""


def look(page: Page, name: str) -> None:
    """What axe finds at a desk in the light and on a phone in the dark; pictures where SHOTS names a folder."""
    looks: tuple[tuple[int, Literal["dark", "light"]], ...] = ((DESK, "light"), (PHONE, "dark"))
    for width, scheme in looks:
        page.set_viewport_size({"width": width, "height": 900})
        # Colors that fade over are neither of the two: what was drawn last, and then the end of what moves.
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert page.evaluate(FADING) == 0
        page.wait_for_timeout(1000)  # a change of the scheme is drawn when the browser comes to it
        page.evaluate(SETTLED)
        assert faults_of(page, width) == []
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": DESK, "height": 900})
    page.emulate_media(color_scheme="light")


def test_a_client_is_set_up_and_others_like_it(demo: Demo, browser: Browser) -> None:
    with page_of(browser) as (page, faults):
        log_in_as_rosa(page, demo)
        clients = re.sub(r"[?#].*", "", page.url)
        page.goto(clients + "?q=barberia&settings=incomplete&columns=name&columns=settings")
        page.locator("tbody tr").first.get_by_role("link").first.click()
        page.get_by_role("link", name="Client settings").first.click()
        expect(page.get_by_text("There is no retail price.")).to_be_visible()
        number = page.locator("[name='n-price']")
        look(page, "settings")
        allowance = page.locator("select:has(option[value='own'])").first
        beside = page.locator(f"[name='{(allowance.get_attribute('name') or '').replace('f-', 'n-', 1)}']")
        expect(beside).to_be_hidden()
        allowance.select_option("own")
        expect(beside).to_be_visible()
        beside.fill("0")
        for kind in ("base", "overage", "add_ons"):
            page.locator(f"[name='f-payer.{kind}']").select_option("client")
        page.locator("[name='f-price']").select_option("month")
        number.fill("49.90")
        page.get_by_role("button", name="Save …").click()
        expect(page.get_by_role("heading", name="What changes")).to_be_visible()
        expect(page.locator(".change", has_text="Retail price")).to_contain_text("49.90 a month")
        look(page, "summary")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("Everything that these settings need is decided.")).to_be_visible()
        expect(page.get_by_role("heading", name="Changed last")).to_be_visible()
        look(page, "saved")
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_text("There is no retail price.")).to_be_visible()
        page.get_by_role("button", name="Undo").click()  # that was a change as well
        expect(page.get_by_text("Everything that these settings need is decided.")).to_be_visible()
        page.get_by_role("link", name="Make a template of these settings").click()
        page.get_by_label("Name of the template").fill("Barbers")
        look(page, "template-form")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Barbers")
        page.goto(clients + "?q=barberia&settings=incomplete")
        for row in range(2):
            page.locator("tbody input[type=checkbox]").nth(row).check()
        page.locator("[formaction$='/clients/options/template/']").click()
        page.get_by_label("Barbers").check()
        page.get_by_role("button", name="Show what changes").click()
        expect(page.get_by_text("2 clients change.")).to_be_visible()
        look(page, "template-many")
        page.get_by_role("button", name="Apply").click()
        expect(page.locator(".toast-note.tone-success")).to_contain_text("2 clients changed.")
        page.get_by_role("link", name="Templates").click()
        look(page, "templates")
        page.get_by_role("link", name="Barbers").click()
        expect(page.get_by_text("All are in line with it.")).to_be_visible()
        look(page, "template")
        page.goto(clients + "?q=barberia")
        page.locator("tbody input[type=checkbox]").first.check()
        page.locator("[formaction$='/clients/options/']").click()
        look(page, "many")
        faults.none()


def test_a_pool_is_shared_out_among_clients_and_further_among_people(demo: Demo, browser: Browser) -> None:
    with page_of(browser) as (page, faults):
        log_in_as_rosa(page, demo)
        go_to(page, "Plans")
        page.get_by_role("link", name="Pools").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Pools")
        look(page, "pools")
        page.get_by_role("link", name="Push notifications sent").click()
        look(page, "pool")
        # Another test takes back an import beside this one: the first of the list may be gone a moment later.
        page.goto(page.url + "?q=asd+parma")
        page.locator("tbody tr").first.get_by_role("link").first.click()
        expect(page.get_by_role("heading", name="The whole pool")).to_be_visible()
        page.get_by_label("Kept for this client").fill("999999999")
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".form-error")).to_contain_text("The pool does not hold so much")
        look(page, "share")
        page.get_by_label("Kept for this client").fill("1000")
        page.get_by_label("At most").fill("2000")
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".toast-note.tone-success")).to_contain_text("It holds at once.")
        look(page, "use")
        page.get_by_role("link", name="Share out among people").first.click()
        expect(page.get_by_role("heading", name="Promising more than there is")).to_be_visible()
        look(page, "portions")
        # Chromium writes down each refusal.
        assert [each for each in faults.heard if "409 (Conflict)" not in each] == []

"""A client goes to another reseller: the code, the plan before the last button, the last word, and what each side finds then."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.axe import faults_of
from tests.browser.conftest import Demo, page_of
from tests.browser.steps import go_to, log_in_as_rosa, log_in_in_english, new_client

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("zeri")]

CLIENT = "Bar Luna Piena"


def look(page: Page, name: str) -> list[str]:
    """What axe finds on the page as it is, on a wide screen in light and on a phone in the dark."""
    found = []
    for width, scheme in ((1280, "light"), (360, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two
        # Colors that are on their way from one look to the other are none of either.
        page.evaluate(
            "() => Promise.allSettled(document.getAnimations().map((each) => each.finished)).then(() => true)"
        )
        found += faults_of(page, width)
        if folder := os.environ.get("SUBLET_TEST_PICTURES"):
            page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")
    return found


def test_a_client_goes_to_another_reseller(demo: Demo, browser: Browser) -> None:
    found: list[str] = []
    with page_of(browser) as (rosa, rosas), page_of(browser) as (arta, artas):
        log_in_as_rosa(rosa, demo)
        new_client(rosa, CLIENT)
        client_url = rosa.url
        log_in_in_english(arta, demo, "zeri.localhost", "arta@zeri.example")
        go_to(arta, "Moves")
        arta.get_by_role("button", name="Make a code").click()
        code = arta.locator("main code").inner_text()
        found += look(arta, "code")

        rosa.get_by_role("link", name="Move", exact=True).click()
        found += look(rosa, "choose")
        rosa.get_by_role("link", name=re.compile("Move it to another reseller")).click()
        rosa.get_by_label("The code of the other reseller").fill(code.lower())
        rosa.get_by_label("Reason").fill("Nearer to the shop")
        found += look(rosa, "ask")
        rosa.get_by_role("button", name="Show what happens").click()
        expect(rosa.get_by_role("main")).to_contain_text("1 access of the reseller")
        found += look(rosa, "plan")
        rosa.get_by_role("button", name="Ask for the move").click()
        expect(rosa.get_by_role("main")).to_contain_text("Still lacking")
        found += look(rosa, "waiting")

        go_to(arta, "Moves")
        arta.get_by_role("link", name=re.compile("^Answer")).click()
        expect(arta.get_by_role("main")).to_contain_text("Nearer to the shop")
        found += look(arta, "answer")
        arta.get_by_role("button", name="Agree", exact=True).click()
        arta.get_by_role("dialog").get_by_role("button", name="Agree").click()
        expect(arta.get_by_role("main")).to_contain_text("Done")
        go_to(arta, "Clients")
        expect(arta.get_by_role("link", name=CLIENT)).to_be_visible()

        answer = rosa.goto(client_url)
        assert answer is not None
        assert answer.status == 404
        rosa.goto(demo.url("bottega.localhost", "/"))
        go_to(rosa, "Moves")
        rosa.get_by_role("link", name="Clients that have left").click()
        expect(rosa.get_by_role("main")).to_contain_text(CLIENT)
        found += look(rosa, "former")
        artas.none()
    assert found == []
    assert [each for each in rosas.heard if "404" not in each] == []

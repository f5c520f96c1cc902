"""The product behind the sections: signed on by OpenID Connect, with the person's rights, until the log-out."""

from __future__ import annotations

import re
import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Demo, log_in, page_of
from tests.browser.steps import choose, enter, find_row, log_in_as_rosa

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("gelsomino")]

CLIENT_HOST, CLEA = "gelsomino.localhost", "clea@gelsomino.example"


def opened_by_a_card(page: Page) -> Page:
    """The tab that the first section of the home page opens."""
    with page.expect_popup() as opened:
        page.locator("main a", has=page.locator(".door-name")).first.click()
    return opened.value


def test_a_section_opens_the_product_signed_on_until_the_log_out(demo: Demo, browser: Browser) -> None:
    with page_of(browser) as (page, _faults):
        kept = demo.mails.parent / "product"
        before = set(kept.glob("*.session"))
        log_in(page, demo, CLIENT_HOST, CLEA)
        seen: list[str] = []
        page.context.on("response", lambda answer: seen.append(f"{answer.url} {answer.headers}".lower()))
        home = page.url
        opened = page.locator("main .door-name").all_inner_texts()
        page = opened_by_a_card(page)
        expect(page).to_have_url(re.compile(r"/app/acc_\w+/content$"))
        main = page.get_by_role("main")
        expect(main).to_contain_text("Clea Monti · Trattoria Il Gelsomino")
        assert main.get_by_role("listitem").get_by_role("link").all_inner_texts() == opened

        place = page.url
        (session,) = set(kept.glob("*.session")) - before
        closed = page.goto(place.replace("/content", "/design"))
        assert closed is not None
        assert closed.status == 403
        assert any("/sign-on/authorize?" in each for each in seen)
        assert not [each for each in seen if "/static/" not in each and re.search("sublet|appfold|vendor", each)]

        page.goto(home)
        page.locator("form[action*=logout] button").first.evaluate("button => button.click()")
        page.wait_for_url(re.compile("/login/"))
        page.goto(place)
        expect(page).to_have_url(re.compile("/login/"))
        give_up = time.monotonic() + 60
        while session.exists():  # told over the back channel, by the worker
            assert time.monotonic() < give_up
            page.wait_for_timeout(100)


def test_in_a_visit_the_product_says_who_really_acts(demo: Demo, browser: Browser) -> None:
    with page_of(browser) as (page, faults):
        log_in_as_rosa(page, demo)
        choose(find_row(page, "gelsomino", "Il Gelsomino"), "Log in")
        enter(page, reason="Looks after the design")
        inside = page.url
        page = opened_by_a_card(page)
        expect(page).to_have_url(re.compile(r"/as/ims_\w+/app/acc_\w+/\w+$"))
        said = page.locator(".visit-banner")
        expect(said).to_contain_text("Rosa Bellini, connected as Bottega Digitale")
        expect(said).to_contain_text("Il Gelsomino")
        ends = said.locator("time")
        until = datetime.fromisoformat(ends.get_attribute("datetime") or "").astimezone(ZoneInfo("Europe/Rome"))
        expect(ends).to_have_text(f"{until:%H:%M}")  # in her hours, not in those of the server
        place = page.url
        said.get_by_role("link").click()
        assert page.url.partition("/client/")[0] == inside.partition("/client/")[0]
        faults.none()
        page.get_by_role("region", name="You act in another person’s place").get_by_role("button").first.click()
        page.wait_for_url(re.compile("/reseller/"))
        over = page.goto(place)
        assert over is not None
        assert over.status in {403, 404}

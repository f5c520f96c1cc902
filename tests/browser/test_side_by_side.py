"""What goes wrong in browsers: keys only, two tabs, two clicks, a closed door, another language."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PASSWORD, Demo, log_in, page_of
from tests.browser.steps import (
    HOST,
    ROSA,
    banner,
    choose,
    enter,
    find_row,
    go_to,
    log_in_as_rosa,
    new_client,
)

pytestmark = pytest.mark.browser

#: Words that are the same as in English, by language: nothing else on a first page may be.
SAME = {
    "it": {"Password", "E-mail", "Team", "White label"},
    "sq": set[str](),
    "nl": {"Bank", "Sandboxes", "Team", "Webhooks", "White label"},
    "fr": {"Clients", "Plans", "Webhooks"},
    "pt": {"Webhooks"},
}


def tab_until(page: Page, css: str, *, most: int = 60) -> None:
    """Press Tab until what fits `css` has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("css => document.activeElement.matches(css)", css):
            return
    raise AssertionError(f"{css} is not reached by {most} tabs")


def test_keys_alone_lead_to_suspend_and_escape_leads_back(demo: Demo, browser: Browser) -> None:
    with page_of(browser) as (page, faults):
        page.goto(demo.url(HOST, "/login/"))
        tab_until(page, "input[name=email]", most=4) if not page.evaluate(
            "() => document.activeElement.matches('input[name=email]')"
        ) else None
        page.keyboard.type(ROSA)
        tab_until(page, "input[name=password]", most=3)
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/clients/$"))
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")  # past the menu, to the content
        expect(page.locator("#main")).to_be_focused()
        button = "td:last-child button[popovertarget]"
        tab_until(page, button)
        page.keyboard.press("Enter")
        trigger = page.locator(f"{button}[aria-expanded=true]")
        expect(trigger).to_have_count(1)
        assert page.evaluate("() => document.activeElement.matches('.menu .menu-item')")
        page.keyboard.press("Escape")
        expect(trigger).to_have_count(0)
        assert page.evaluate("css => document.activeElement.matches(css)", button)
        page.keyboard.press("Enter")
        expect(trigger).to_have_count(1)
        for _ in range(8):
            if page.evaluate("() => document.activeElement.matches('a[href$=\"/suspend/\"]')"):
                break
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/suspend/$"))
        tab_until(page, "main form [name=reason]", most=60)
        faults.none()


def test_two_visits_and_the_own_account_stay_apart_in_three_tabs(demo: Demo, browser: Browser) -> None:
    with page_of(browser) as (page, faults):
        log_in_as_rosa(page, demo)
        own = page.url
        new_client(page, "Tab One")
        page.get_by_role("link", name="Log in as this client").click()
        enter(page, reason="Looks after the first tab")
        first = page.url
        assert "/as/ims_" in first

        other = page.context.new_page()
        other.goto(own)
        choose(find_row(other, "yoga loto", "Centro Yoga Loto"), "Log in")
        enter(other, reason="Looks after the second tab")
        second = other.url
        third = page.context.new_page()
        third.goto(own)

        assert len({url.split("/client/")[0] for url in (first, second)}) == 2
        for tab, name in ((page, "Tab One"), (other, "Centro Yoga Loto"), (page, "Tab One")):
            tab.reload()
            expect(banner(tab)).to_contain_text(name)
            go_to(tab, "Team")
            expect(banner(tab)).to_contain_text(name)
            expect(tab.get_by_role("heading", level=1)).to_have_text("Team")
        third.reload()
        expect(banner(third)).to_have_count(0)
        expect(third.get_by_role("heading", level=1)).to_have_text("Clients")

        banner(page).get_by_role("button", name="Go back").click()
        page.wait_for_url(re.compile(r"/reseller/"))
        expect(banner(page)).to_have_count(0)
        other.reload()
        expect(banner(other)).to_contain_text("Centro Yoga Loto")
        gone = page.goto(first)
        assert gone is not None
        assert gone.status == 403
        expect(page.get_by_role("heading", level=1)).to_have_text("This visit has ended")
        banner(other).get_by_role("button", name="Go back").click()
        other.wait_for_url(re.compile(r"/reseller/"))
        assert [text for text in faults.heard if "status of 4" not in text] == []


@pytest.mark.xdist_group("gelsomino")
def test_one_client_in_both_modes_side_by_side_in_two_tabs(demo: Demo, browser: Browser) -> None:
    """B18, B19: as the reseller one sees brand and bills, as the client what the client sees; neither tab changes the other."""
    name = "Trattoria Il Gelsomino"
    with page_of(browser) as (page, faults):
        log_in_as_rosa(page, demo)
        own = page.url
        choose(find_row(page, "gelsomino", name), "Log in")
        enter(page, reason="Looks after the brand")
        other = page.context.new_page()
        other.goto(own)
        choose(find_row(other, "gelsomino", name), "Log in")
        other.get_by_role("radio", name=re.compile("^As the client")).check()
        other.get_by_label("Whose place?").select_option(label="Carlo Gelsomini (owner)")
        other.get_by_label("Reason").fill("Looks what Carlo sees")
        other.locator("main form").get_by_role("button", name="Log in").click()
        other.wait_for_url(re.compile("/as/ims_"))
        assert page.url.split("/as/")[0] == other.url.split("/as/")[0]  # one host, one browser, one session
        for _ in range(2):
            for tab, name, brand in ((page, "Bottega", 1), (other, "Carlo Gelsomini", 0)):
                tab.reload()
                expect(tab.locator("section.visit")).to_contain_text(name)  # in the language of whoever is acted as
                expect(tab.locator(".side-nav a[href$='/brand/']")).to_have_count(brand)
                expect(tab.locator(".side-nav a[href$='/team/']")).to_have_count(1)
        banner(page).get_by_role("button", name="Go back").click()
        page.wait_for_url(re.compile(r"/reseller/"))
        other.reload()
        expect(other.locator("section.visit")).to_contain_text("Carlo Gelsomini")
        faults.none()


@pytest.mark.xdist_group("gelsomino")
def test_people_of_a_suspended_client_meet_the_lock_page_and_the_reseller_gets_in(demo: Demo, browser: Browser) -> None:
    with page_of(browser) as (page, faults), page_of(browser) as (carlo, _heard):
        log_in(carlo, demo, "gelsomino.localhost", "carlo@gelsomino.example")
        expect(carlo.locator(".side-nav").first).to_be_visible()
        log_in_as_rosa(page, demo)
        choose(find_row(page, "gelsomino", "Trattoria Il Gelsomino"), "Suspend")
        page.get_by_label("Reason").fill("Has not paid")
        page.locator("main form").get_by_role("button", name="Suspend").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Suspended")
        try:
            answer = carlo.reload()
            assert answer is not None
            assert answer.status == 403
            expect(carlo.locator(".error-icon")).to_be_visible()
            expect(carlo).to_have_title(re.compile("Il Gelsomino$"))
            expect(carlo.locator(".side-nav")).to_have_count(0)
            said = carlo.content().lower()
            assert ("appfold" in said, "has not paid" in said) == (False, False)

            page.get_by_role("link", name="Log in as this client").click()
            enter(page, reason="Looks after a suspended account")
            assert page.url.startswith(demo.url("gelsomino.localhost", "/as/"))
            banner(page).get_by_role("button", name="Go back").click()
            page.wait_for_url(re.compile(f"//{re.escape(HOST)}.*/reseller/"))
        finally:
            page.goto(demo.url(HOST, "/"))
            choose(find_row(page, "gelsomino", "Trattoria Il Gelsomino"), "Resume")
            page.locator("main form").get_by_role("button", name="Resume").click()
            expect(page.get_by_role("heading", level=1)).to_contain_text("Active")
        carlo.reload()
        expect(carlo.locator(".side-nav").first).to_be_visible()
        faults.none()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_two_clicks_open_one_account(demo: Demo, browser: Browser, script: bool) -> None:
    name = f"Clicked Twice {'With' if script else 'Without'} Script"
    context = browser.new_context(locale="en-GB", java_script_enabled=script)
    try:
        page = context.new_page()
        page.set_default_timeout(60_000)
        log_in(page, demo, HOST, ROSA)
        page.goto(re.sub(r"(/reseller/[^/]+/).*", r"\1clients/new/", page.url))
        page.locator("main form input[name=name]").fill(name)
        page.locator("main form button.btn-primary").dblclick()
        expect(page.get_by_role("heading", level=1)).to_contain_text(name)
        page.goto(re.sub(r"(/reseller/[^/]+/).*", r"\1clients/?q=clicked+twice", page.url))
        expect(page.locator("tbody tr", has_text=name)).to_have_count(1)
    finally:
        context.close()


def headlines(page: Page) -> list[str]:
    """What stands large on a page: title, headings, the sidebar's entries, the buttons."""
    page.wait_for_load_state("load")  # its first line tells the language long before its last entry is there
    found = page.locator("h1, h2, .side-nav a, main form button.btn-primary").all_inner_texts()
    return [text.strip() for text in found if text.strip()]


def test_the_first_pages_speak_each_of_the_six_languages(demo: Demo, browser: Browser) -> None:
    told: dict[str, list[str]] = {}
    for language in ("en", "it", "sq", "nl", "fr", "pt"):
        with page_of(browser) as (page, faults):
            page.goto(demo.url("noord.localhost", "/login/"))
            page.locator("#page-language").select_option(language)
            expect(page.locator("html")).to_have_attribute("lang", language)
            told[language] = headlines(page)
            log_in(page, demo, "noord.localhost", "marieke@noord.example")
            page.locator(".user-button").click()
            page.locator("#user-language").select_option(language)
            expect(page.locator("html")).to_have_attribute("lang", language)
            told[language] += headlines(page)
            faults.none()
    english = set(told["en"])
    assert len(told["en"]) > 10
    for language, same in SAME.items():
        assert len(told[language]) == len(told["en"]), language
        left = [text for text in told[language] if text in english and text not in same]
        assert left == [], language

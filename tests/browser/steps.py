"""What a person does in the portal, by what stands on the page: labels and roles, in English."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Demo, log_in

HOST, ROSA = "bottega.localhost", "rosa@bottega.example"


def log_in_as_rosa(page: Page, demo: Demo) -> None:
    """Log in as the reseller's owner, whose pages are in Italian until she chooses English."""
    log_in_in_english(page, demo, HOST, ROSA)


def log_in_in_english(page: Page, demo: Demo, host: str, address: str) -> None:
    """Log in as somebody of a reseller, and choose English; ends on the list of clients."""
    log_in(page, demo, host, address)
    page.goto(demo.url(host, "/me/"))
    own = page.locator("section", has=page.locator("h2#own-profile"))
    own.locator("select[name$=language]").select_option("en")
    own.locator("[type=submit]").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.goto(demo.url(host, "/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Clients")


def go_to(page: Page, entry: str) -> None:
    """Follow an entry of the sidebar."""
    page.get_by_role("navigation", name="Main").get_by_role("link", name=entry, exact=True).click()


def find_row(page: Page, words: str, name: str) -> Locator:
    """The client's row, after searching for these words in the list."""
    go_to(page, "Clients")
    page.wait_for_load_state("load")  # before that, nobody listens to what is typed
    page.get_by_role("searchbox").fill(words)
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=name))
    expect(row).to_have_count(1)
    expect(page).to_have_url(re.compile(r"[?&]q="))
    return row


def choose(row: Locator, entry: str) -> None:
    """Open the row's menu and follow one of its entries."""
    row.get_by_role("button", name=re.compile("^Actions for")).click()
    row.get_by_role("link", name=entry).click()


def open_tab(page: Page, tab: str) -> None:
    """Follow a tab of the client's pages."""
    page.locator("main nav").get_by_role("link", name=tab, exact=True).click()


def new_client(page: Page, name: str, *, email: str = "", person: str = "", owned: bool = False) -> None:
    """Open an account for a client (`owned`: the client's own); ends on the client's page."""
    go_to(page, "Clients")
    page.get_by_role("link", name="New client").click()
    page.get_by_label("Name of the account").fill(name)
    if email:
        page.get_by_label("E-mail address of the first person").fill(email)
        page.get_by_label("Name of the first person").fill(person)
    if owned:
        page.get_by_role("radio", name=re.compile("^The client’s")).check()
    page.get_by_role("button", name="Open the account").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def enter(page: Page, *, reason: str, place: str = "") -> None:
    """On the page that asks how and why: log in as reseller, or in that person's place."""
    if place:
        page.get_by_role("radio", name=re.compile("^As the client")).check()
        page.get_by_label("Whose place?").select_option(label=place)
    page.get_by_label("Reason").fill(reason)
    page.locator("main form").get_by_role("button", name="Log in").click()
    prove(page)
    expect(banner(page)).to_be_visible()


def prove(page: Page) -> None:
    """Where the second factor is asked for: prove it, and send the form again, which has kept what was typed."""
    demonstration = page.get_by_role("button", name="Use this code")
    expect(banner(page).or_(demonstration)).to_be_visible()
    if demonstration.is_visible():
        demonstration.click()
        page.wait_for_url(re.compile(r"/enter/(\?|$)"))
        page.locator("main form").get_by_role("button", name="Log in").click()


def banner(page: Page) -> Locator:
    """The banner of a visit."""
    return page.get_by_role("region", name="You act in another person’s place")

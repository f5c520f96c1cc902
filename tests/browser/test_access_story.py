"""Access from the invitation to the end, by both sides: asked for, approved, used in the product, read in the diary, ended,
refused at the next click in both open tabs."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.axe import faults_of
from tests.browser.conftest import Demo, page_of
from tests.browser.steps import (
    HOST,
    banner,
    choose,
    find_row,
    go_to,
    log_in_as_rosa,
    log_in_in_english,
    new_client,
    open_tab,
)
from tests.browser.test_second_step import DEVICE

pytestmark = pytest.mark.browser

CLIENT, OWNER, ADDRESS, PASSWORD = (
    "Officina Zagara",
    "Gina Polo",
    "gina@officina-zagara.example",
    "tre-palline-di-limone",
)
PAOLO = "paolo@bottega.example"
ASKED_FOR, REASON = "New look for the summer season", "Puts up the summer colors"
COLOR, HEADLINE = "#1f5c7a", "Granita e brioche"


def accept(page: Page, link: str) -> None:
    """The owner takes the account over, and closes it to the agency."""
    page.goto(link)
    page.locator("#page-language").select_option("en")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_label("Your name").fill(OWNER)
    page.locator("input[type=password]").first.fill(PASSWORD)
    page.get_by_role("button", name="Accept and log in").click()
    page.wait_for_url(re.compile(r"/client/"))
    go_to(page, "Who can enter")
    end_access(page)


def end_access(page: Page) -> None:
    """On the page that says who can enter: end the one access there is, and see that nobody can any more."""
    page.get_by_role("button", name=re.compile("^End: ")).click()
    page.get_by_role("dialog").get_by_role("button", name="End the access").click()
    expect(page.get_by_role("main")).to_contain_text("Nobody of the reseller can enter this account at present.")


def ask(page: Page) -> None:
    """A member of the agency's staff finds the account closed, and asks for what it needs."""
    choose(find_row(page, "officina zagara", CLIENT), "Open")
    open_tab(page, "Access")
    page.get_by_role("link", name="Ask for access").click()
    page.get_by_label("What is it for?").fill(ASKED_FOR)
    page.get_by_label("How long").select_option(label="30 days")
    for section, level in (("Design", "Manage"), ("Statistics", "View")):
        # The app's: the bookings have statistics of their own, further down.
        page.get_by_role("radiogroup", name=section).first.get_by_role("radio", name=level).check()
    page.get_by_role("button", name="Ask for access").click()
    expect(page.get_by_role("main")).to_contain_text("Asked by Paolo Serra")


def enter_with_a_new_passkey(page: Page) -> None:
    """With a reason, and with the second factor that the way in asks for: here it is set up on the way."""
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    page.get_by_label("Reason").fill(REASON)
    page.locator("main form").get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Protect your log-in first")
    page.get_by_role("link", name=re.compile("^Passkey")).click()
    page.locator("#passkey-name").fill("Phone")
    page.locator("form[data-passkey] button[type=submit]").click()
    page.wait_for_url(re.compile("/codes/"))
    page.locator("a.btn-primary").click()
    page.wait_for_url(re.compile(r"/enter/(\?|$)"))
    expect(page.get_by_label("Reason")).to_have_value(REASON)
    page.locator("main form").get_by_role("button", name="Log in").click()
    expect(banner(page)).to_be_visible()


def change_the_design(page: Page) -> Page:
    """Inside the account: what was granted is there, nothing else. In the product, which tells who is really there, the design
    is changed; its tab stays open, and is given."""
    entries = page.locator(".side-nav a:not(.locked)").all_inner_texts()
    assert {"Design", "Statistics"} <= set(entries)
    assert not {"Push notifications", "Brand", "Team", "API keys"} & set(entries)
    home = page.url
    assert page.goto(f"{home}team/").status == 403  # type: ignore[union-attr]  # another document
    page.goto(home)
    product = page.context.new_page()
    product.goto(str(page.locator(".side-nav").get_by_role("link", name="Design").evaluate("link => link.href")))
    expect(product.get_by_role("heading", level=1)).to_have_text("Design")
    expect(product.locator(".visit-banner")).to_contain_text("Paolo Serra")
    product.get_by_role("textbox", name="Theme color of the app").fill(COLOR)
    product.get_by_label("Headline of the app").fill(HEADLINE)
    product.get_by_role("button", name="Save the design").click()
    expect(product.get_by_role("main")).to_contain_text("Saved. The account’s history tells of it.")
    assert faults_of(product, 1280) == []
    product.get_by_role("link", name="Statistics").first.click()
    expect(product.get_by_role("main")).to_contain_text("View")
    product.go_back()
    expect(product.get_by_label("Headline of the app")).to_have_value(HEADLINE)
    return product


def narrow_to_looking(page: Page) -> None:
    """The client leaves the design to be looked at only."""
    go_to(page, "Who can enter")
    page.get_by_role("link", name=re.compile("^Narrow")).click()
    page.get_by_role("radiogroup", name="Design").get_by_role("radio", name="View").check()
    page.get_by_role("button", name="Narrow").click()
    expect(page.get_by_role("main")).to_contain_text("given by Gina Polo")
    assert page.locator(".toast-note.tone-success").count() == 1


def test_a_grant_from_asking_to_the_tab_that_is_refused(demo: Demo, browser: Browser) -> None:
    with page_of(browser) as (rosa, _faults), page_of(browser) as (gina, heard), page_of(browser) as (paolo, faults):
        log_in_as_rosa(rosa, demo)
        new_client(rosa, CLIENT, email=ADDRESS, person=OWNER, owned=True)
        link = re.search(r"http://\S+/invitation/[^\s>)]+", demo.mail_to(ADDRESS))
        assert link is not None
        accept(gina, link[0])

        log_in_in_english(paolo, demo, HOST, PAOLO)
        ask(paolo)
        gina.reload()
        expect(gina.get_by_role("main")).to_contain_text(ASKED_FOR)
        gina.get_by_role("button", name=re.compile("^Approve: ")).click()
        expect(gina.get_by_role("main")).to_contain_text("given by Gina Polo")

        paolo.get_by_role("link", name="Log in as this client").click()
        enter_with_a_new_passkey(paolo)
        product = change_the_design(paolo)

        go_to(gina, "Visits")
        diary = gina.get_by_role("main")
        expect(diary).to_contain_text(REASON)
        expect(diary).to_contain_text("Paolo Serra")
        told = diary.locator(".diary-changes li", has_text="The product says")
        expect(told).to_have_count(1)
        expect(told).to_contain_text("changed something in “Design”. The product says: “")
        expect(told.locator("bdi")).to_have_text(f"Theme color: #8a1538 → {COLOR} · Headline: {HEADLINE}")
        narrow_to_looking(gina)
        product.get_by_label("Headline of the app").fill("Not any more")
        product.get_by_role("button", name="Save the design").click()
        expect(product.get_by_role("main")).to_contain_text("You can read this and not change it.")
        expect(product.get_by_label("Headline of the app")).to_have_value(HEADLINE)
        expect(product.get_by_label("Headline of the app")).to_be_disabled()
        expect(product.get_by_role("button", name="Save the design")).to_have_count(0)
        assert faults_of(product, 1280) == []
        go_to(gina, "Who can enter")
        end_access(gina)

        go_to(paolo, "Home")
        expect(paolo.get_by_role("heading", level=1)).to_have_text("This visit has ended")
        expect(banner(paolo)).to_have_count(0)
        product.reload()
        expect(product.get_by_role("main")).to_contain_text("The visit in which this page was opened has ended.")
        expect(product.get_by_label("Headline of the app")).to_have_count(0)
        go_to(gina, "Visits")
        expect(gina.get_by_role("main").locator(".diary-changes li", has_text="The product says")).to_have_count(1)
        assert [text for text in (*heard.heard, *faults.heard) if "status of 403" not in text] == []

"""The components in real Chromium: nothing for axe to find, nothing too wide, nothing blocked, and they do what they say."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.contrib.staticfiles.finders import get_finders
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings
from playwright.sync_api import Browser, BrowserContext, Page, expect
from whitenoise import WhiteNoise  # type: ignore[import-untyped]  # it has no types

from tests.axe import IN_ANOTHER_LOOK, RULES, faults_of, keep_at_hand
from tests.portals.shared.gallery import config
from tests.thorough import FULL, one_of

pytestmark = pytest.mark.browser

PAGES = (
    "/?visit=1&many=1",
    "/?notices=1&long=1&brand=ffd400",
    "/list/?q=a&state=active&brand=2d1b69",
    "/list/?problems=1&visit=1",
    "/list/?q=zzzz",
    "/list/?nothing=1",
    "/forms/",
    "/forms/?faults=1",
    "/empty/",
    "/plain/",
    "/locked/",
    "/error/404/",
    "/error/500/?neutral=1",
)
#: What stands open while axe looks, on the page with a list and on the one with everything else.
OPENED = {
    "/list/": ("[data-select]", ".filter-button", ".cell-menu .menu-trigger", ".tools-end .btn", ".tab-add"),
    "/": (".user-button", ".switcher", ".page-actions .menu-trigger", ".panel-danger .btn", ".menu-button"),
}


class Quiet(WSGIRequestHandler):
    """Says nothing about each request."""

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The gallery on a free port of this machine."""
    with override_settings(**config.SETTINGS, STATIC_URL="/static/"):
        # Kept by the browser, as the product's are: a dozen files for each page otherwise.
        application = WhiteNoise(WSGIHandler(), max_age=600)
        for finder in get_finders():
            for path, storage in finder.list([]):
                application.add_file_to_dictionary(f"/static/{path}", storage.path(path))
        with make_server("127.0.0.1", 0, application, handler_class=Quiet) as server:
            thread = Thread(target=server.serve_forever)
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}"
            finally:
                server.shutdown()
                thread.join()


def context_for(browser: Browser, address: str, width: int = 1280, **options: Any) -> BrowserContext:
    return browser.new_context(
        base_url=address, viewport={"width": width, "height": 800}, reduced_motion="reduce", locale="en-GB", **options
    )


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page on which every complaint of the browser fails the test."""
    context = context_for(browser, address, permissions=["clipboard-read", "clipboard-write"])
    shown = context.new_page()
    complaints: list[str] = []
    shown.on(
        "console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None
    )
    shown.on("pageerror", lambda error: complaints.append(str(error)))
    yield shown
    context.close()
    assert complaints == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_nothing_and_no_page_is_too_wide(browser: Browser, address: str, scheme: Any, width: int) -> None:
    # Axe itself is an inline script for the policy; what the policy blocks is looked at in the other tests.
    context = context_for(browser, address, width, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    keep_at_hand(page)
    only = RULES if scheme == "light" or FULL else IN_ANOTHER_LOOK
    for path in PAGES:
        page.goto(path)
        assert faults_of(page, width, only=only) == []
    page.goto("/plain/")
    page.locator(".btn-primary").first.hover()
    assert faults_of(page, width, only=("color-contrast",)) == []
    for path, buttons in OPENED.items():
        for button in buttons:
            if not FULL and scheme not in one_of(("light", "dark"), button):
                continue  # in the other look
            page.goto(path)
            if page.locator(button).first.is_visible():
                page.locator(button).first.click()
                # A menu lies over what is behind it, which axe takes for a target that is too small.
                assert (button, faults_of(page, width, only=only, without=("target-size",))) == (button, [])
    context.close()


@pytest.mark.parametrize("path", PAGES[:-2])
def test_the_policy_blocks_nothing_of_ours(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.locator("html.has-script")).to_be_attached()


def test_searching_keeps_the_focus_and_tells_the_count(page: Page) -> None:
    page.goto("/list/")
    page.keyboard.press("/")
    page.keyboard.type("bella")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.locator("#announcer")).to_have_text("1,204 clients")
    assert page.url.endswith("/list/?q=bella&sort=name")


def test_a_filter_remembers_what_was_typed(page: Page) -> None:
    page.goto("/list/?sort=-people")
    page.get_by_role("searchbox").fill("a")
    expect(page.locator(".chip")).to_have_count(1)
    page.get_by_role("button", name="State", exact=True).click()
    page.get_by_role("checkbox", name="Active").check()
    expect(page.locator(".chip")).to_have_count(2)
    assert page.url.endswith("/list/?q=a&state=active&sort=-people")
    page.locator(".chip").first.click()
    expect(page.locator(".chip")).to_have_count(1)


def test_sorting_turns_round_and_keeps_the_focus(page: Page) -> None:
    page.goto("/list/")
    page.get_by_role("link", name="Name", exact=True).press("Enter")
    expect(page.locator("th[aria-sort=descending]")).to_have_count(1)
    expect(page.get_by_role("link", name="Name", exact=True)).to_be_focused()
    assert page.url.endswith("/list/?sort=-name")


def test_the_bulk_bar_counts_what_is_selected(page: Page) -> None:
    page.goto("/list/")
    bar = page.locator(".bulk-bar")
    expect(bar).to_be_hidden()
    boxes = page.locator("[data-select]")
    boxes.nth(1).click()
    boxes.nth(3).click(modifiers=["Shift"])
    expect(page.locator("[data-bulk-count]")).to_have_text("3")
    page.get_by_role("checkbox", name="Select all rows shown").check()
    expect(page.locator("[data-bulk-count]")).to_have_text("7")
    page.get_by_role("button", name="Select none").click()
    expect(bar).to_be_hidden()


def test_a_menu_is_walked_with_the_keys_and_gives_the_focus_back(page: Page) -> None:
    page.goto("/list/")
    trigger = page.get_by_role("button", name="Actions for FC Valdarno")
    trigger.press("Enter")
    menu = page.locator(".menu:popover-open")
    expect(menu.get_by_role("button", name="Log in as the client")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(menu.get_by_role("link", name="Client settings")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(menu.get_by_role("link", name="Close")).to_be_focused()
    page.keyboard.press("Escape")
    expect(trigger).to_be_focused()


def test_the_switcher_narrows_as_one_types(page: Page) -> None:
    page.goto("/?many=1")
    page.get_by_role("button", name="Switch account").click()
    page.keyboard.type("HAIR bel")
    expect(page.locator("#account-switcher li:visible")).to_have_count(1)
    page.keyboard.type("x")
    expect(page.get_by_text("No account has this name.")).to_be_visible()


def test_what_cannot_be_undone_must_be_typed(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Close the account").first.click()
    dialog = page.get_by_role("dialog")
    sure = dialog.get_by_role("button", name="Close the account")
    expect(sure).to_be_disabled()
    dialog.get_by_label("Type Trattoria to confirm").fill("Trattoria")
    expect(sure).to_be_enabled()
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()


def test_presets_fill_the_rights_and_one_button_leaves_the_clean_ones(page: Page) -> None:
    page.goto("/forms/")
    grid = page.locator("[data-rights]").first

    def chosen() -> dict[str, str]:
        pairs = grid.locator("input:checked").evaluate_all("all => all.map(each => [each.name.slice(6), each.value])")
        return {key: level for key, level in pairs if level != "none"}

    page.get_by_role("button", name="Restaurant owner").click()
    assert chosen() == {"content": "manage", "push": "manage", "addons": "view", "help": "view"}
    page.get_by_role("button", name="Only sections without the vendor's name").click()
    assert chosen() == {"content": "manage", "push": "manage"}
    grid.get_by_role("radiogroup", name="Design").get_by_label("View").check()
    assert chosen() == {"content": "manage", "design": "view", "push": "manage"}


def test_tags_become_chips_and_are_sent_with_commas(page: Page) -> None:
    page.goto("/forms/")
    field = page.get_by_label("Tags")
    field.fill("restaurant, Florence,")
    field.press_sequentially("club")
    field.press("Enter")
    expect(page.locator(".tag-chip bdi")).to_have_text(["restaurant", "Florence", "club"])
    page.get_by_role("button", name="Remove Florence").click()
    assert page.locator("input[name=tags]").input_value() == "restaurant, club"


def test_a_color_tells_how_it_reads(page: Page) -> None:
    page.goto("/forms/")
    page.get_by_label("Color", exact=False).nth(1).fill("#123456")
    expect(page.locator("[data-contrast-ratio]")).to_have_text("12.7")
    expect(page.get_by_text("Easy to read")).to_be_visible()
    page.locator("[data-color-picker]").fill("#ffee88")
    assert page.locator("[data-color-text]").input_value() == "#ffee88"
    expect(page.get_by_text("Easy to read")).to_be_hidden()


def test_a_form_is_sent_once(page: Page) -> None:
    page.goto("/plain/")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.get_by_label("E-mail").fill("x")
    page.locator("form").first.evaluate("form => { form.requestSubmit(); form.requestSubmit(); }")
    expect(page.get_by_role("alert")).to_be_visible()
    assert len(sent) == 1


def test_a_form_can_end_on_another_host(page: Page, address: str) -> None:
    page.goto("/onward/")
    page.get_by_label("E-mail").press("Enter")
    expect(page.get_by_role("heading", name="Clients", exact=True)).to_be_visible()
    assert page.url == f"{address.replace('127.0.0.1', 'other.localhost')}/empty/"


def test_faults_take_the_focus_and_lead_to_their_fields(page: Page) -> None:
    page.goto("/forms/?faults=1")
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("alert").get_by_role("link", name="E-mail").click()
    expect(page.get_by_label("E-mail")).to_be_focused()


def test_a_file_that_was_chosen_is_named(page: Page) -> None:
    page.goto("/forms/")
    page.get_by_label("List of clients").set_input_files(
        {"name": "clients.csv", "mimeType": "text/csv", "buffer": b"name\n"}
    )
    expect(page.locator("[data-drop-name]")).to_have_text("clients.csv")


def test_a_running_job_is_asked_until_it_is_finished(page: Page) -> None:
    page.goto("/")
    expect(page.locator("#progress")).to_contain_text("5,000 clients are in")
    expect(page.locator("[hx-trigger^=every]")).to_have_count(0)


def test_copying_copies_and_says_so(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Copy").first.click()
    expect(page.locator("#announcer")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "acc_7HqK2mVx9"


def test_the_banner_is_in_sight_on_a_phone_however_far_one_scrolls(browser: Browser, address: str) -> None:
    context = context_for(browser, address, 360, has_touch=True)
    page = context.new_page()
    page.goto("/?visit=1&long=1")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(page.get_by_text("Rosa Bianchi, connected as Cleo Marini")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Go back")).to_be_in_viewport(ratio=1)
    context.close()


def test_without_script_the_menus_open_and_the_list_is_searched(browser: Browser, address: str) -> None:
    context = context_for(browser, address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/list/")
    page.get_by_role("button", name="Columns").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    page.get_by_role("searchbox").fill("bella")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator(".user-button").click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    context.close()

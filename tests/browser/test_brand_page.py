"""The brand and hosts pages in real Chromium: the preview follows while one types, and what is saved is what was shown.

The reseller works in Italian: nothing here depends on words.
"""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Demo, Faults, log_in, page_of

# One after the other: all of them publish the brand of the same reseller.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("brand")]

HOST, ROSA = "bottega.localhost", "rosa@bottega.example"


def open_page(page: Page, demo: Demo, name: str) -> None:
    log_in(page, demo, HOST, ROSA)
    page.locator(f".side-nav a[href$='/{name}/']").click()
    page.wait_for_url(re.compile(rf"/{name}/$"))


def png(color: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (120, 40), color).save(out, "PNG")
    return out.getvalue()


def test_the_preview_follows_and_what_was_shown_is_saved(demo: Demo, browser: Browser) -> None:
    with page_of(browser) as (page, faults):
        open_page(page, demo, "brand")
        before = page.url
        shown = page.frame_locator("[data-preview-stage] iframe")
        page.locator("#id_name").fill("Bottega Nuova")
        page.locator("#id_support_hours").fill("Tue–Sat 10–18")
        page.locator("#id_login_text").fill("{{7*7}} <b>Ciao</b>")
        page.locator("#id_corners").select_option("square")
        expect(shown.locator(".support")).to_contain_text("Tue–Sat 10–18")
        expect(shown.locator(".plain-words-text")).to_have_text("{{7*7}} <b>Ciao</b>")
        expect(shown.locator("#log-in .btn-primary")).to_have_css("border-radius", "0px")
        # A yellow that no white page can carry: said at once, mended by one click, in the preview without a reload.
        button = shown.locator("#log-in .btn-primary")
        page.locator("#id_color").fill("#fde047")
        expect(page.locator(".mend")).to_be_visible()
        page.locator("[data-preview-ground=dark]").click()
        expect(button).to_have_css("background-color", "rgb(253, 224, 71)")
        page.locator("[data-preview-ground=light]").click()
        expect(shown.locator("html")).to_have_attribute("data-bs-theme", "light")
        expect(button).not_to_have_css("background-color", "rgb(253, 224, 71)")
        page.locator(".mend [data-use-color]").click()
        expect(page.locator(".mend")).to_be_hidden()
        mended = page.locator("#id_color").input_value()
        assert mended != "#fde047"
        page.locator("[data-preview-surface=dashboard]").click()
        expect(shown.locator(".sidebar")).to_be_visible()
        page.locator("[data-preview-surface=document]").click()
        expect(shown.locator(".document-page")).to_be_visible()
        page.locator("[data-preview-device=phone]").click()
        page.locator("[data-preview-surface=mail]").click()
        expect(shown.locator("a[href='https://example.com/']")).to_be_visible()
        # A logo is seen before it is sent.
        page.locator("input[name=logo]").set_input_files(
            {"name": "l.png", "mimeType": "image/png", "buffer": png("#00aa00")}
        )
        ground = page.locator("[data-picture=logo] .picture-ground img")
        expect(ground).to_have_attribute("src", re.compile("^data:image/png"))
        assert page.url == before

        page.locator("[data-brand-form] [data-submit]").click()
        expect(page.locator(".toast-note.tone-success")).to_be_visible()
        expect(page.locator("#id_color")).to_have_value(mended)
        expect(page.locator(".sidebar .brand-logo.only-light")).to_have_attribute(
            "src", re.compile("^/brand/[0-9a-f]{64}$")
        )
        expect(page.locator(".support").first).to_contain_text("Tue–Sat 10–18")
        faults.none()
    with page_of(browser) as (page, faults):
        page.goto(demo.url(HOST, "/login/"))
        for _ in range(
            20
        ):  # the other processes see it within a second, and a page that is there already does not change
            if "Bottega Nuova" in page.title():
                break
            page.wait_for_timeout(500)
            page.reload()
        expect(page).to_have_title(re.compile("Bottega Nuova"))
        faults.none()


def test_a_draft_is_nobodys_to_see_and_an_older_version_comes_back(demo: Demo, browser: Browser) -> None:
    with page_of(browser) as (page, faults):
        open_page(page, demo, "brand")
        began = page.locator("#id_name").input_value()
        page.locator("#id_name").fill("Bottega Bozza")
        page.locator("button[value=draft]").click()
        expect(page.locator(".note.tone-warning")).to_be_visible()
        expect(page.locator("#id_name")).to_have_value("Bottega Bozza")
        expect(page).not_to_have_title(re.compile("Bozza"))
        page.locator("[data-brand-form] [data-submit]").click()
        expect(page).to_have_title(re.compile("Bottega Bozza"))
        expect(page.locator(".note.tone-warning")).to_have_count(0)
        page.locator(".version-line").nth(1).locator("button").click()
        expect(page.locator("#id_name")).to_have_value(began)
        faults.none()


def test_a_bad_file_is_told_at_its_field_and_nothing_typed_is_lost(demo: Demo, browser: Browser) -> None:
    with page_of(browser, width=360, scheme="dark") as (page, faults):
        log_in(page, demo, HOST, ROSA)
        page.goto(re.sub(r"(/reseller/[^/]+/).*", r"\1brand/", page.url))
        page.locator("#id_footer").fill("Typed before")
        svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
        page.locator("input[name=icon]").set_input_files({"name": "i.svg", "mimeType": "image/svg+xml", "buffer": svg})
        page.locator("[data-brand-form] [data-submit]").click()
        expect(page.locator("#id_icon_error")).to_contain_text("PNG, JPEG, WebP")
        expect(page.locator("#id_footer")).to_have_value("Typed before")
        assert not_blocked(faults) == []


def not_blocked(faults: Faults) -> list[str]:
    """What was heard, without the answer's own status, which Chromium calls an error."""
    return [text for text in faults.heard if "status of 4" not in text]


def test_an_address_is_checked_while_one_types_added_and_removed(demo: Demo, browser: Browser) -> None:
    with page_of(browser) as (page, faults):
        open_page(page, demo, "hosts")
        field = page.locator("#id_host")
        field.press_sequentially("vendor")
        expect(page.locator("#host-answer .weak")).to_be_visible()
        field.fill("bottega-due")
        expect(page.locator("#host-answer")).to_contain_text("bottega-due.localhost")
        page.locator(".host-form [data-submit]").click()
        expect(page.locator(".toast-note.tone-success")).to_contain_text("bottega-due.localhost")
        line = page.locator(".host-line", has_text="bottega-due.localhost")
        line.locator("[data-open]").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("30")
        dialog.locator("button[type=submit]").click()
        expect(page.locator(".toast-note.tone-success")).to_contain_text("bottega-due.localhost")
        expect(line.locator("a, [data-open]")).to_have_count(0)
        faults.none()

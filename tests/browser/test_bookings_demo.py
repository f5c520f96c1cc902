"""The bookings of the demo: opened from the portal, in a visit, and as somebody who books."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Demo, log_in, page_of
from tests.browser.steps import choose, enter, find_row, log_in_as_rosa

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("salone")]
HOST, OLGA = "salone-olga.localhost", "olga@salone.example"
NAMES = re.compile("sublet|appfold|slotbook", re.IGNORECASE)


def salon_of(demo: Demo) -> str:
    """The account's reference, as the product has it."""
    with closing(sqlite3.connect(demo.mails.parent / "bookings" / "bookings.sqlite3")) as database:
        return str(database.execute("SELECT ref FROM account ORDER BY created_at").fetchone()[0])


def test_a_section_of_the_portal_opens_the_agenda_signed_on(demo: Demo, browser: Browser) -> None:
    with page_of(browser) as (page, faults):
        log_in(page, demo, HOST, OLGA)
        with page.expect_popup() as opened:
            page.locator("main a", has=page.locator(".door-name", has_text="Agenda")).first.click()
        agenda = opened.value
        expect(agenda).to_have_url(demo.url(HOST, f"/bookings/{salon_of(demo)}/agenda"))
        expect(agenda.get_by_role("heading", level=1)).to_have_text("Agenda")
        expect(agenda.locator("header")).to_contain_text("Olga Ferrari")
        # 46 of 50, and what others book in the same run.
        expect(agenda.get_by_role("status")).to_contain_text(re.compile("altri [2-4] appuntamenti"))
        assert not NAMES.search(agenda.content())
        faults.none()


def test_somebody_books_on_the_salons_host_and_cancels_by_the_mail(demo: Demo, browser: Browser) -> None:
    with page_of(browser, width=360, scheme="dark") as (page, faults):
        page.goto(demo.url(HOST, f"/bookings/{salon_of(demo)}"))
        assert not NAMES.search(page.content())
        page.locator("a.card").first.click()
        page.get_by_role("link", name="Later").click()
        page.locator("a.time").last.click()
        page.get_by_label("Name").fill("Zoe Marino")
        page.get_by_label("E-mail").fill("zoe@example.net")
        page.get_by_role("checkbox").check()
        page.get_by_role("button", name="Book").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("It is booked")
        text = demo.mail_to("zoe@example.net")
        (link,) = re.findall(r"http://\S+/appointment/\S+", text)
        page.goto(link)
        page.get_by_role("button", name="Cancel the appointment").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your appointment is canceled")
        faults.none()


def test_in_a_visit_each_page_says_so_and_the_client_reads_what_was_changed(demo: Demo, browser: Browser) -> None:
    with page_of(browser) as (page, faults):
        log_in_as_rosa(page, demo)
        choose(find_row(page, "salone olga", "Salone Olga"), "Log in")
        enter(page, reason="Sets up the services")
        with page.expect_popup() as opened:
            door = page.locator(".door-name", has_text=re.compile("Bookable services|Servizi prenotabili"))
            page.locator("main a", has=door).first.click()
        product = opened.value
        expect(product).to_have_url(re.compile(r"/as/ims_\w+/bookings/acc_\w+/services$"))
        expect(product.locator(".sublet-visit")).to_contain_text("Rosa Bellini, connected as")
        product.get_by_role("link", name="New service").click()
        expect(product.locator(".sublet-visit")).to_be_visible()
        product.get_by_label("Name").fill("Trattamento")
        product.locator("main form button.main").click()
        expect(product).to_have_url(re.compile(r"/as/ims_\w+/bookings/acc_\w+/services\?done=saved$"))
        faults.none()
    with page_of(browser) as (page, _faults):
        log_in(page, demo, HOST, OLGA)
        page.goto(demo.url(HOST, f"/client/{salon_of(demo)}/history/"))
        told = page.get_by_role("main").get_by_text("Service saved: Trattamento")
        for _ in range(60):  # the product tells it beside its pages
            if told.count():
                break
            page.wait_for_timeout(500)
            page.reload()
        expect(told.first).to_be_visible()

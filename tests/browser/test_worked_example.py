"""The main steps of docs/howto/worked-example.md through the pages: as vendor, agency and client, with a local Stripe, and with the
figures of the page. What lies between is done by the worker's own operations; the clock of all of it is moved."""

from __future__ import annotations

import email
import email.policy
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from sublet.core.money import read_amount
from sublet.demo.mailbox import start_mailbox
from sublet.demo.ports import free_port
from tests.browser.conftest import page_of
from tests.factories import PASSWORD
from tests.installation import ROOT, installed
from tests.ports import listens
from tests.stripe_server.fixtures import StripeServer, stripe_process, stripe_server
from tests.worked.year import AGENCY_HOST, BEA, BELLA_HOST, KEY_OF_AGENCY, KEY_OF_VENDOR, ROSA, VENDOR_HOST, VERA

__all__ = ["stripe_process", "stripe_server"]
pytestmark = pytest.mark.browser
GOOD, EMPTY, ANOTHER = "4242424242424242", "4000000000000341", "5555555555554444"
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "howto" / "worked-example.md").read_text()


def cells(first: str, currency: str) -> list[str]:
    """The figures of the row of the page that begins so, in that currency, as they stand there."""
    rows = [line for line in PAGE.splitlines() if line.startswith(f"| {first} |")]
    row = next(line for line in rows if line.strip("| ")[-1].isdigit())
    found = [cell.strip() for cell in row.strip("|").split("|")][1:]
    half = len(found) // 2
    return found[:half] if currency == "EUR" else found[half:]


@dataclass
class World:
    """The process with everything in it, and how it is told what to do."""

    process: subprocess.Popen[str]
    port: int
    folder: Path
    currency: str
    stripe: StripeServer
    refs: dict[str, str]

    def does(self, step: str, *said: str) -> Any:
        """Let it do a step of the year, or move its clock."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([step, *said]) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, (self.folder / "log").read_text()[-4000:]
        return json.loads(line)

    def url(self, host: str, path: str) -> str:
        return f"http://{host}:{self.port}{path}"

    def words(self, plain: str) -> str:
        """An amount of the page as the pages of English write it."""
        minor = read_amount(plain, self.currency)
        sign = "-" if minor < 0 else ""
        return f"{sign}€{abs(minor) / 100:,.2f}" if self.currency == "EUR" else f"{sign}JP¥{abs(minor):,}"

    def link_in_mail(self, subject: str) -> str:
        """The payment link in the newest mail about that."""
        for file in sorted((self.folder / "mail").glob("*.eml"), reverse=True):
            message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            if subject in str(message["Subject"]):
                body = message.get_body(("plain",))
                assert body is not None
                found = re.search(r"http\S+/pay/[\w-]+/", body.get_content())
                assert found, body.get_content()
                return found[0]
        raise AssertionError(f"no mail about {subject}")


@pytest.fixture(params=["EUR", "JPY"])
def world(request: pytest.FixtureRequest, tmp_path: Path, stripe_server: StripeServer) -> Iterator[World]:
    """Vera, Rosa and her three clients on 15 December, running."""
    for key in (KEY_OF_VENDOR, KEY_OF_AGENCY):
        stripe_server.control("key", key=key)
    port, mail_port = free_port(), free_port()
    settings = {
        "SUBLET_BIND": f"127.0.0.1:{port}",
        "SUBLET_PUBLIC_PORT": str(port),
        "SUBLET_SMTP_HOST": "127.0.0.1",
        "SUBLET_SMTP_PORT": str(mail_port),
        "SUBLET_MAIL_FROM": "no-reply@mail.localhost",
        "SUBLET_OUTBOUND_ALLOW": "127.0.0.0/8",
        "SUBLET_STRIPE_URL": stripe_server.url,
    }
    mailbox = start_mailbox(tmp_path / "mail", mail_port)
    try:
        with installed(tmp_path, "worked", **settings) as there, (tmp_path / "log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.worked.running", str(port), request.param], cwd=ROOT, env=there.environment,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
            try:
                assert process.stdout is not None
                line = process.stdout.readline()
                assert line, (tmp_path / "log").read_text()[-4000:]
                made = World(process, port, tmp_path, request.param, stripe_server, json.loads(line))
                give_up = time.monotonic() + 30
                while not listens(port):
                    assert time.monotonic() < give_up
                    time.sleep(0.05)
                yield made
            finally:
                process.kill()
                process.wait()
    finally:
        mailbox.stop()


def log_in(page: Page, world: World, host: str, address: str) -> None:
    """As a person does; a session of months ago is over."""
    page.context.clear_cookies()
    page.goto(world.url(host, "/login/"))
    form = page.locator("form", has=page.locator("input[type=password]"))
    form.locator("input[name=email]").fill(address)
    form.locator("input[name=password]").fill(PASSWORD)
    form.locator("button[type=submit]").first.click()
    page.wait_for_url(lambda url: "/login/" not in url)


def make_link(page: Page, world: World, host: str, portal: str, payer: str) -> str:
    """The link by which a payer enters its card; shown once."""
    page.goto(world.url(host, f"{portal}money/payments/payers/{payer}/"))
    page.get_by_label("Send it to").fill("")
    page.get_by_role("button", name="Make the link").click()
    shown = page.locator("input[readonly]")
    expect(shown).to_have_value(re.compile("/pay/"))
    return shown.input_value()


def fill_in(page: Page, link: str, number: str, button: str) -> None:
    """Whoever has a link goes on to Stripe's page, fills it in, and comes back."""
    page.goto(link)
    page.get_by_role("button", name="Continue to the payment processor").click()
    page.get_by_label("E-mail").fill("somebody@example.test")
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry").fill("12/34")
    page.get_by_label("CVC").fill("123")
    page.get_by_label("Name", exact=True).fill("Somebody")
    page.get_by_role("button", name=re.compile(f"^{button}")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")


def fact(page: Page, label: str) -> str:
    """What stands beside a word of an invoice's totals."""
    row = page.locator("dl.facts .fact", has=page.get_by_text(label, exact=True)).first
    return row.locator("dd").inner_text().strip()


def open_invoice(page: Page, world: World, host: str, path: str, number: str) -> None:
    page.goto(world.url(host, path))
    page.get_by_role("link", name=number, exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)


def test_the_year_by_hand(world: World, browser: Browser) -> None:
    vendor, agency = f"/vendor/{world.refs['vendor']}/", f"/reseller/{world.refs['agency']}/"
    client, bella = f"/client/{world.refs['bella']}/", world.refs["bella"]
    with page_of(browser) as (vera, faults), page_of(browser) as (rosa, _more), page_of(browser) as (bea, _last):
        for page in (vera, rosa, bea):
            page.set_default_timeout(15_000)
        # December: the agency enters its card, by a link of the vendor's.
        world.does("move", "2026-12-20 09:00")
        log_in(vera, world, VENDOR_HOST, VERA)
        fill_in(rosa, make_link(vera, world, VENDOR_HOST, vendor, world.refs["agency"]), GOOD, "Save")
        for who, plan in (("carl", "small"), ("dino", "medium")):
            world.does("takes", who, plan, "2027-01-01 09:00")
        world.does("passes", "2027-01-01 12:00")

        # The trial, by Bella herself; her card, by a link of the agency's.
        world.does("move", "2027-01-25 10:00")
        log_in(bea, world, BELLA_HOST, BEA)
        bea.goto(world.url(BELLA_HOST, f"{client}plan/"))
        bea.get_by_role("button", name="Start the free trial").click()
        expect(bea.get_by_text("The free trial has begun.")).to_be_visible()
        world.does("move", "2027-01-28 09:00")
        log_in(rosa, world, AGENCY_HOST, ROSA)
        fill_in(bea, make_link(rosa, world, AGENCY_HOST, agency, bella), GOOD, "Save")
        world.does("takes", "bella", "small", "2027-02-01 10:30")
        world.does("months", "2027-02", "2027-04")

        # The upgrade on the 17th, on the agency's page.
        world.does("move", "2027-04-17 10:30")
        log_in(rosa, world, AGENCY_HOST, ROSA)
        rosa.goto(world.url(AGENCY_HOST, f"{agency}clients/{bella}/subscription/plan/?plan=medium"))
        rosa.get_by_role("button", name="Show what changes").click()
        rosa.get_by_role("button", name="Change the plan").click()
        expect(rosa.get_by_text("The new plan holds from now on.")).to_be_visible()
        world.does("texts", "260", "2027-04-20 15:00")

        # Another card, without money; the invoice that stays open, the reminder, and the link in it.
        world.does("move", "2027-04-28 09:00")
        log_in(rosa, world, AGENCY_HOST, ROSA)
        fill_in(bea, make_link(rosa, world, AGENCY_HOST, agency, bella), EMPTY, "Save")
        for text in ("2027-05-01 12:00", "2027-05-15 10:00", "2027-05-16 09:00"):
            world.does("passes", text)
        net, tax, total, _card, _otherwise = cells("R-4", world.currency)
        log_in(bea, world, BELLA_HOST, BEA)
        open_invoice(bea, world, BELLA_HOST, f"{client}billing/", "R-4")
        assert [fact(bea, label) for label in ("Sum of the lines", "Tax", "Total")] == [
            world.words(each) for each in (net, tax, total)
        ]
        assert "Vantage" not in bea.content()
        world.does("move", "2027-05-18 08:30")
        fill_in(bea, world.link_in_mail("R-4"), ANOTHER, "Pay")
        log_in(bea, world, BELLA_HOST, BEA)
        open_invoice(bea, world, BELLA_HOST, f"{client}billing/", "R-4")
        assert fact(bea, "Paid") == world.words(f"-{total}")
        world.does("move", "2027-05-20 09:00")
        log_in(rosa, world, AGENCY_HOST, ROSA)
        fill_in(bea, make_link(rosa, world, AGENCY_HOST, agency, bella), ANOTHER, "Save")
        world.does("passes", "2027-06-01 12:00")

        # The credit note, and what it leaves for July's card.
        world.does("move", "2027-06-10 09:00")
        log_in(rosa, world, AGENCY_HOST, ROSA)
        open_invoice(rosa, world, AGENCY_HOST, f"{agency}money/invoices/", "R-5")
        rosa.get_by_role("button", name="Credit").first.click()
        dialog = rosa.get_by_role("dialog")
        dialog.get_by_label("Reason").fill("A day without the page")
        dialog.get_by_label("Amount before tax").fill(cells("R-C-1", world.currency)[0].lstrip("-"))
        dialog.get_by_role("button", name="Credit").click()
        expect(rosa.get_by_text("The credit note is issued.")).to_be_visible()
        world.does("months", "2027-07", "2027-09")

        # What if the vendor gave less?
        world.does("move", "2027-09-15 10:00")
        log_in(rosa, world, AGENCY_HOST, ROSA)
        rosa.goto(world.url(AGENCY_HOST, f"{agency}prices/checks/"))
        rosa.get_by_role("radio", name="Your wholesale discount becomes so many percent").check()
        rosa.get_by_role("textbox", name="Percent").fill("10")
        rosa.get_by_role("button", name="Reckon").click()
        line = rosa.get_by_role("row").filter(has_text="Dino Dental")
        _asked, _before, after, left = cells("Dino", world.currency)
        expect(line).to_contain_text(world.words(after))
        expect(line).to_contain_text(world.words(left.lstrip("-")))
        world.does("agrees", "10", "2027-10-01 00:00", "2027-09-15 10:30")
        assert world.does("raises", "2027-10-01 00:00", "2027-09-15 11:00") == 1
        world.does("months", "2027-10", "2027-12")

        # Year's end: what each client left, what the agency owed, and what Stripe took.
        world.does("passes", "2027-12-31 12:00")
        log_in(rosa, world, AGENCY_HOST, ROSA)
        rosa.goto(world.url(AGENCY_HOST, f"{agency}money/profit/?span=year"))
        expect(rosa.get_by_role("row").filter(has_text="Bella Hair")).to_contain_text(
            world.words({"EUR": "584.35", "JPY": "86246"}[world.currency])
        )
        world.does("passes", "2028-01-01 12:00")
        log_in(vera, world, VENDOR_HOST, VERA)
        for number in ("V-5", "V-13"):
            open_invoice(vera, world, VENDOR_HOST, f"{vendor}money/invoices/", number)
            _listed, _less, owed, taxed, pays = cells(number, world.currency)
            assert [fact(vera, label) for label in ("Net", "Tax", "Total")] == [
                world.words(each) for each in (owed, taxed, pays)
            ]
            expect(vera.get_by_text("Paid", exact=True).first).to_be_visible()
        faults.none()
    taken = [row.amount for row in world.stripe.client(KEY_OF_AGENCY).v1.charges.list({"limit": 100}).data if row.paid]
    wanted = [cells(f"R-{number}", world.currency) for number in range(1, 13)]
    expected = [read_amount(row[3], world.currency) for row in wanted] + [read_amount(wanted[3][2], world.currency)]
    assert sorted(taken) == sorted(each for each in expected if each)

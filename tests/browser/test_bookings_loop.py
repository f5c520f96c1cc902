"""From the free account to the limit, the trial, and back: requirements D01 to D08, D11 and C20, in a browser, with the
product of `examples/bookings` as the vendor's. Sublet, its worker and the product are processes of their own; the clock is
moved for all of them."""

from __future__ import annotations

import email
import email.policy
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from sublet.demo.mailbox import start_mailbox
from sublet.demo.ports import free_port
from sublet.foundation.clock import now
from tests.browser.conftest import page_of
from tests.factories import PASSWORD
from tests.installation import ROOT, Installation, installed
from tests.loop.furnish import OLGA, ROSA, SALON_HOST
from tests.ports import listens

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("bookings")]
PATIENCE = 90.0
DAY = 86_400
PATHS = os.pathsep.join(str(ROOT / each) for each in ("src", "", "sdk/python/src", "examples/bookings"))


@dataclass
class World:
    """What runs, and what it is told."""

    installation: Installation
    folder: Path
    port: int
    salon: str
    product: dict[str, str]
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *, moved: float) -> None:
        """All three, at that distance from now."""
        more = {"MOVED_SECONDS": str(moved), "PYTHONPATH": PATHS}
        _host, _, own = self.product["BOOKINGS_BIND"].rpartition(":")
        for what, port, environment in (
            ("web", str(self.port), self.installation.environment),
            ("worker", "0", self.installation.environment),
            ("bookings", own, self.product),
        ):
            with (self.folder / f"{what}.log").open("a") as log:
                self.running.append(
                    subprocess.Popen(
                        [sys.executable, "-m", "tests.loop.moved", what, port], cwd=ROOT, env={**environment, **more},
                        stdout=log, stderr=log,
                    )
                )  # fmt: skip
        for number in (self.port, int(own)):
            self.until(partial(listens, number), f"something listens on {number}")

    def stop(self) -> None:
        """All of them at once, as when the machine goes off."""
        for process in self.running:
            process.kill()
            process.wait()
        self.running.clear()
        # The web server's own children notice a moment later, and until then somebody listens who will not answer.
        self.until(lambda: not listens(self.port), "silence")

    def until(self, what: Callable[[], Any], wanted: str) -> Any:
        """Wait for it; what the processes complain of explains when it does not come."""
        give_up = time.monotonic() + PATIENCE
        while not (found := what()):
            self.all_run()
            assert time.monotonic() < give_up, f"not {wanted}: {self.told()}"
            time.sleep(0.1)
        return found

    def all_run(self) -> None:
        """Fail with what they complained of where one has ended by itself."""
        assert all(process.poll() is None for process in self.running), self.told()

    def told(self) -> str:
        """The ends of the logs."""
        return "\n".join(file.read_text(errors="replace")[-3000:] for file in self.folder.glob("*.log"))

    def url(self, path: str) -> str:
        """On the salon's own host."""
        return f"http://{SALON_HOST}:{self.port}{path}"

    def page(self, path: str = "") -> str:
        """Of the product."""
        return self.url(f"/bookings/{self.salon}{path}")

    def mails(self, words: str) -> list[EmailMessage]:
        """Those with these words in the subject, in the order in which they came."""
        found = []
        for file in sorted((self.folder / "mail").glob("*.eml")):
            message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            if words in str(message["Subject"]):
                found.append(message)
        return found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A vendor that sells bookings, a reseller, a salon on the free plan; running."""
    port, mail_port = free_port(), free_port()
    settings = {
        "SUBLET_BIND": f"127.0.0.1:{port}",
        "SUBLET_PUBLIC_PORT": str(port),
        "SUBLET_SMTP_HOST": "127.0.0.1",
        "SUBLET_SMTP_PORT": str(mail_port),
        "SUBLET_MAIL_FROM": "no-reply@mail.localhost",
        "SUBLET_OUTBOUND_ALLOW": "127.0.0.0/8",
        "SUBLET_DEMO": "yes",  # the way to the product on the same port
    }
    mailbox = start_mailbox(tmp_path / "mail", mail_port)
    try:
        with installed(tmp_path, "loop", **settings) as installation:
            installation.environment["PYTHONPATH"] = PATHS
            furnished = subprocess.run(
                [sys.executable, "-m", "tests.loop.furnish", str(tmp_path), str(port), str(mail_port)],
                cwd=ROOT, env=installation.environment, check=True, capture_output=True, text=True,
            )  # fmt: skip
            told = json.loads(furnished.stdout.splitlines()[-1])
            made = World(installation, tmp_path, port, told["salon"], told["environment"])
            try:
                made.start(moved=0)
                yield made
            finally:
                made.stop()
    finally:
        mailbox.stop()


def log_in(page: Page, world: World) -> None:
    """As Olga, on the salon's host."""
    page.goto(world.url("/login/"))
    form = page.locator("form", has=page.locator("input[type=password]"))
    form.locator("input[name=email]").fill(OLGA)
    form.locator("input[name=password]").fill(PASSWORD)
    form.locator("button[type=submit]").first.click()
    page.wait_for_url(lambda url: "/login/" not in url)


def sign_on(page: Page, world: World) -> None:
    """Into the product, by the address of the control panel."""
    page.goto(world.page("/dashboard"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Agenda")


def set_up(page: Page, world: World) -> None:
    """What can be booked, when, and the page open."""
    page.goto(world.page("/services/new"))
    page.get_by_label("Name").fill("Haircut")
    page.get_by_role("button", name="Save").click()
    page.goto(world.page("/opening-hours"))
    for weekday in range(7):
        page.locator(f"input[name=starts-{weekday}-0]").fill("08:00")
        page.locator(f"input[name=ends-{weekday}-0]").fill("20:00")
        for part in (1, 2):
            for name in (f"starts-{weekday}-{part}", f"ends-{weekday}-{part}"):
                if page.locator(f"input[name={name}]").count():
                    page.locator(f"input[name={name}]").fill("")
    page.get_by_role("button", name="Save").click()
    page.goto(world.page("/page"))
    page.get_by_label("The page is open: people can book").check()
    page.get_by_label("Phone", exact=False).first.fill("+39 055 123456")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")


def book(page: Page, world: World, number: int) -> str:
    """As a visitor, the next free time; the heading that it ends on."""
    page.goto(world.page("/book/1") + f"?day={_day(number)}")
    page.locator("a.time").first.click()
    page.get_by_label("Name").fill(f"Visitor {number}")
    page.get_by_label("E-mail").fill(f"visitor{number}@example.org")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Book").click()
    return page.get_by_role("heading", level=1).inner_text()


def _day(number: int) -> str:
    return f"{now() + timedelta(days=2 + number % 20):%Y-%m-%d}"


def make(page: Page, world: World, number: int) -> str:
    """As Olga, in the agenda; the heading that it ends on."""
    page.goto(world.page("/agenda/new") + f"?day={_day(number)}")
    page.get_by_label("Time").fill(f"{8 + number // 20:02}:30")
    page.get_by_label("Name").fill(f"Customer {number}")
    page.locator("main form button.main").click()
    return page.get_by_role("heading", level=1).inner_text()


def is_made(page: Page, world: World, number: int) -> bool:
    """Whether it could be made now."""
    return make(page, world, number) == f"Customer {number} Booked"


def standing(world: World) -> dict[str, Any]:
    """What Sublet itself says, asked with the product's key; whoever does not answer yet is asked again."""
    told: dict[str, Any] = world.until(partial(_standing, world), "an answer")
    return told


def _standing(world: World) -> dict[str, Any] | None:
    from sublet_client import Sublet, Unreachable

    with (
        suppress(Unreachable),
        Sublet(
            world.url("").replace(SALON_HOST, "vendor.localhost"),
            world.product["BOOKINGS_API_KEY"],
            connect_to=f"http://127.0.0.1:{world.port}",
            timeout=60,
        ) as client,
    ):
        told: dict[str, Any] = client.call("GET", f"/entitlements/{world.salon}")
        return told
    return None


def fetched(address: str) -> httpx.Response:
    """As another calendar does; not every machine knows that all of localhost is itself."""
    parts = urlsplit(address)
    return httpx.get(address.replace(parts.netloc, f"127.0.0.1:{parts.port}"), headers={"Host": parts.netloc})


def kept(world: World) -> int:
    """How many appointments the product keeps."""
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(Path(world.product["BOOKINGS_FOLDER"]) / "bookings.sqlite3")) as database:
        return int(database.execute("SELECT count(*) FROM appointment").fetchone()[0])


def test_from_free_to_the_limit_through_the_trial_and_back_with_nothing_lost(world: World, browser: Browser) -> None:
    with page_of(browser) as (olga, _faults), page_of(browser, width=360) as (visitor, _more):
        # D01, D02, C20: a new account is free, keeps fifty, and shows advertising.
        log_in(olga, world)
        sign_on(olga, world)
        set_up(olga, world)
        told = standing(world)
        assert told["plan"]["key"] == "free"
        assert told["meters"]["appointments"]["limit"] == 50
        visitor.goto(world.page())
        expect(visitor.get_by_text("Free online booking")).to_be_visible()
        for number in range(47):
            assert make(olga, world, number) == f"Customer {number} Booked"
        for number in range(2):
            assert book(visitor, world, number) == "It is booked"
        olga.goto(world.page("/agenda"))
        expect(olga.get_by_role("main")).to_contain_text("There is room for 1 more appointment in your plan.")

        # The fiftieth, and the notice of it: to the salon's administrator, in the reseller's name, with a copy to the reseller (D11, C21).
        assert book(visitor, world, 2) == "It is booked"
        (notice,) = world.until(lambda: world.mails("Appointments: the limit is reached"), "the notice to Olga")
        assert OLGA in str(notice["To"])
        assert str(notice["From"]).startswith("Studio Rosa <")
        assert "50" in str(notice.get_body(("plain",)).get_content())

        # The next one is refused: the visitor hears how to reach the salon, and nothing of limits.
        assert book(visitor, world, 3) == "Please contact us directly"
        expect(visitor.get_by_role("main")).to_contain_text("+39 055 123456")
        expect(visitor.get_by_role("main")).not_to_contain_text(re.compile("limit|plan|trial|50", re.IGNORECASE))
        # The salon hears what happened, and the way out.
        assert make(olga, world, 47) == "This appointment was not made"
        assert kept(world) == 50
        # The reseller hears of it, too.
        (copy,) = world.until(
            lambda: world.mails("Salon Olga: Appointments is at its limit"), "the copy to the reseller"
        )
        assert ROSA in str(copy["To"])
        for each in (notice, copy):
            assert "slotbook" not in str(each).lower()
        olga.get_by_role("link", name="To the trial").click()
        expect(olga).to_have_url(re.compile(rf"/client/{world.salon}/plan/$"))

        # D03 to D05: the free trial, with one button; no limit, no advertising, synchronization on.
        olga.get_by_role("button", name="Start the free trial").click()
        expect(olga.get_by_text("The free trial has begun.")).to_be_visible()
        world.until(lambda: standing(world)["trial"] is not None, "in trial")
        for number in range(48, 53):
            world.until(partial(is_made, olga, world, number), "unlimited")
        assert book(visitor, world, 4) == "It is booked"
        assert kept(world) == 56
        visitor.goto(world.page())
        expect(visitor.get_by_text("Free online booking")).to_have_count(0)
        olga.goto(world.page("/synchronization"))
        olga.get_by_role("button", name="Make an address").click()
        feed = olga.locator(".address").inner_text()
        assert fetched(feed).text.count("BEGIN:VEVENT") == 56

        # D06: seven days later, by the clock of everything, it is the free account again, and nothing is lost.
        world.stop()
        world.start(moved=7 * DAY + 120)
        world.until(lambda: standing(world)["trial"] is None, "out of the trial")
        told = standing(world)
        assert (told["plan"]["key"], told["meters"]["appointments"]["used"]) == ("free", 56)
        assert kept(world) == 56
        olga.context.clear_cookies()
        log_in(olga, world)
        sign_on(olga, world)
        expect(olga.get_by_role("main")).to_contain_text("Your plan keeps 50 appointments, and that many are there.")
        assert make(olga, world, 60) == "This appointment was not made"
        assert fetched(feed).status_code == 404
        visitor.goto(world.page())
        expect(visitor.get_by_text("Free online booking")).to_be_visible()

        # D07: once in the account's life.
        expect(olga.get_by_role("link", name="To the trial")).to_have_count(0)
        olga.get_by_role("link", name="To your plan").click()
        expect(olga.get_by_role("button", name=re.compile("^Start the free trial"))).to_have_count(0)

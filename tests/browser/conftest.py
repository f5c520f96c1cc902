"""The demo, run as a newcomer runs it, and browsers for its people."""

from __future__ import annotations

import email
import email.policy
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from sublet.demo.ports import free_port
from tests.installation import alive

PASSWORD = "demo-password"
PATIENCE = 300.0


@dataclass
class Demo:
    """A running demo: its port and the folder of the mails that it sent."""

    port: int
    mails: Path

    def url(self, host: str, path: str = "/") -> str:
        """An address on one of its hosts."""
        return f"http://{host}:{self.port}{path}"

    def mail_to(self, address: str, *, patience: float = 30.0) -> str:
        """The plain text of the newest mail to that address; waits for it."""
        give_up = time.monotonic() + patience
        while time.monotonic() < give_up:
            for file in sorted(self.mails.glob("*.eml"), reverse=True):
                message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
                if address in str(message["To"]):
                    body = message.get_body(("plain",))
                    assert body is not None
                    return str(body.get_content())
            time.sleep(0.2)
        raise AssertionError(f"no mail to {address}")


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """`sublet demo` in a folder of its own: one for all processes of the run, from nothing, or with what tests/demo filled in
    the same `make test`. The last one that leaves ends it by Ctrl-C."""
    folder = Path(os.environ["SUBLET_VAR"]) / "shown"
    folder.mkdir(exist_ok=True)
    with _alone(folder) as users:
        if not users:
            _start(folder)
        users.append(os.getpid())
        process, port = map(int, (folder / "running").read_text().split())
    try:
        yield Demo(port=port, mails=folder / "var" / "demo" / "mail")
    finally:
        with _alone(folder) as users:
            users.remove(os.getpid())
            if not users:
                _end(process)


@contextmanager
def _alone(folder: Path) -> Iterator[list[int]]:
    """Within: no other process starts or ends the demo. Who uses it: that list is kept as it is left."""
    with (folder / "users").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        users = [int(word) for word in file.read().split()]
        yield users
        file.truncate(0)
        file.write(" ".join(map(str, users)))


def _start(folder: Path) -> None:
    port, told = free_port(), folder / "told"
    filled = Path(os.environ.get("SUBLET_TEST_SEEDED", ""), "var")
    if "SUBLET_TEST_SEEDED" in os.environ and filled.exists():
        shutil.copytree(filled, folder / "var", symlinks=True)
    # The demo's database is its own; nothing of the test run's environment may reach it.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SUBLET_")}
    with told.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "sublet.portals.cli.main", "demo", "--port", str(port)],
            cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    give_up = time.monotonic() + PATIENCE
    while "Ctrl-C" not in told.read_text():
        assert process.poll() is None, told.read_text()[-5000:]
        assert time.monotonic() < give_up, told.read_text()[-5000:]
        time.sleep(0.2)
    (folder / "running").write_text(f"{process.pid} {port}")


def _end(process: int) -> None:
    """Ctrl-C, and where that is not heard within half a minute, by force."""
    os.kill(process, signal.SIGINT)
    give_up = time.monotonic() + 30
    while alive({process}):
        if time.monotonic() > give_up:
            os.killpg(process, signal.SIGKILL)
            return
        time.sleep(0.1)


@dataclass
class Faults:
    """What a page complained about while it was open."""

    heard: list[str]

    def none(self) -> None:
        """Fail if there was anything: a blocked script, a missing file, an error in ours."""
        assert self.heard == []


@contextmanager
def page_of(
    browser: Browser, *, width: int = 1280, scheme: str = "light", locale: str = "en-GB", trusting: bool = False
) -> Iterator[tuple[Page, Faults]]:
    """Within: a page in a browser of its own. `trusting`: it takes certificates of an issuer that it does not know."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        locale=locale,
        accept_downloads=True,
        ignore_https_errors=trusting,
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    faults = Faults([])
    # What comes from no address is what the checker itself puts into the page.
    page.on(
        "console",
        lambda told: (
            faults.heard.append(f"{told.text} {told.location['url']}")
            if told.type == "error" and told.location["url"]
            else None
        ),
    )
    page.on("pageerror", lambda fault: faults.heard.append(str(fault)))
    try:
        yield page, faults
    finally:
        context.close()


def log_in(page: Page, demo: Demo, host: str, address: str, password: str = PASSWORD) -> None:
    """Log in on that host as a person does."""
    page.goto(demo.url(host, "/login/"))
    form = page.locator("form", has=page.locator("input[type=password]"))
    form.locator("input[name=email]").fill(address)
    form.locator("input[name=password]").fill(password)
    form.locator("button[type=submit]").first.click()
    page.wait_for_url(lambda url: "/login/" not in url)

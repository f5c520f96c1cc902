"""A page that is made to hold up, to mislead or to outlive the browser of a scan: it takes nothing along but itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sublet.core.leaks import Word
from sublet.proof import browser
from sublet.proof.browser import BrowserLost, Seen, Wanted, show
from sublet.proof.looks import look_at
from sublet.proof.rendering import MOST_CHARACTERS
from sublet.proof.visitor import Answer
from tests.chromium import executable

pytestmark = [pytest.mark.django_db, pytest.mark.browser]
HOST, WORDS = "carl.localhost", [Word("Vantage", "name")]
AFTER = "<p>by Vantage</p>"


@pytest.fixture(autouse=True)
def chromium(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "lacking", lambda: "")
    monkeypatch.setattr(browser, "program", lambda: executable() or "")
    monkeypatch.setattr(browser, "SILENT", 14.0)


def shown(pages: dict[str, str]) -> tuple[dict[str, Seen], bool]:
    """What was told of each page, and whether the browser was lost with one of them."""
    told: dict[str, Seen] = {}

    def ask(address: str, _who: str) -> Answer:
        return Answer(address, 200, (("Content-Type", "text/html"),), pages.get(address, "").encode())

    wanted = [Wanted(each, "a", logos=False) for each in pages]
    try:
        for each in show(
            wanted, host=HOST, origin=f"http://{HOST}", language="en", words=["Vantage"], ask=ask
        ):  # fmt: skip
            told[each.address] = each
    except BrowserLost:
        return told, True
    return told, False


def test_a_page_that_goes_round_in_a_circle_hides_no_other() -> None:
    circle = "<script>addEventListener('load', () => setTimeout(() => { for (;;); }, 100))</script>"
    told, lost = shown({"/": "<p>Fine</p>", "/circle": circle, "/after": AFTER})
    assert (list(told), lost) == (["/", "/after"], True)  # that one is missing, and that is said
    assert [each.place for each in look_at(told["/after"], WORDS, (), known=frozenset())] == ["rendered"]


def test_a_frame_without_a_document_holds_nothing_up() -> None:
    told, lost = shown({"/": "<p>Fine</p><iframe src=file:///etc/passwd></iframe>", "/after": AFTER})
    assert (list(told), lost) == (["/", "/after"], False)
    assert "Fine" in told["/"].text
    assert "root:" not in told["/"].html
    assert not told["/"].whole  # nobody knows what the frame would say


def test_what_a_page_says_without_end_is_cut_in_the_page() -> None:
    stored = "JSON.stringify = () => 'x'.repeat(1 << 26)"
    told, lost = shown({"/": f"<p id=p></p><script>{stored}; p.textContent = 'x '.repeat(1 << 22)</script>"})
    assert (len(told["/"].stored), len(told["/"].html), lost) == (MOST_CHARACTERS, MOST_CHARACTERS, False)
    assert not told["/"].whole


class Door(BaseHTTPRequestHandler):
    came: list[str] = []

    def do_GET(self) -> None:
        self.came.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        return


@pytest.fixture
def door() -> Iterator[int]:
    """A server of this machine at which nothing may come."""
    Door.came.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield int(server.server_address[1])
    server.shutdown()
    server.server_close()


def test_what_a_page_opens_beside_itself_is_told_and_reaches_nobody(door: int) -> None:
    inside = f"<script>fetch('http://127.0.0.1:{door}/inside').catch(() => 0)</script>"
    opened = f"open('http://vendor.example/log-in'); open('http://127.0.0.1:{door}/here'); open('/inside');"
    more = "for (let n = 0; n < 60; n++) open('about:blank')"
    told, lost = shown(
        {"/": f"<script>{opened}</script>", "/inside": inside, "/more": f"<script>{more}</script>", "/after": AFTER}
    )
    told_to = {each.partition("//")[2].partition("/")[0] for each in told["/"].foreign}
    assert "vendor.example" in told_to
    assert (Door.came, lost) == ([], False)
    assert "Vantage" in told["/after"].html


_KILLED = """
import os, sys, django
django.setup()
from sublet.proof import browser
from sublet.proof.browser import Wanted, show
from sublet.proof.visitor import Answer
browser.program = lambda: sys.argv[1]
circle = b"<script>addEventListener('load', () => setTimeout(() => { for (;;); }, 100))</script>"

def ask(address, who):
    print("asked", flush=True)
    return Answer(address, 200, (("Content-Type", "text/html"),), circle)

list(show([Wanted("/", "a", logos=False)], host="carl.localhost", origin="http://carl.localhost", language="en", words=[], ask=ask))
"""


def _of(folder: Path) -> list[str]:
    """Processes that have been told of that folder."""
    found = []
    for each in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"TMPDIR={folder}".encode() in each.read_bytes():
                found.append(each.parent.name)
        except OSError:
            continue  # it has ended meanwhile
    return found


def test_whoever_is_killed_leaves_neither_a_browser_nor_its_files(tmp_path: Path) -> None:
    """With kill -9, while a page goes round in a circle."""
    if not Path("/proc/self/environ").exists():
        pytest.fail("this test reads /proc")
    command = [sys.executable, "-c", _KILLED, executable() or ""]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2],
        env={**os.environ, "TMPDIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": "."},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"asked\n"
        time.sleep(1.0)
        kept = list(tmp_path.glob("looked-*"))
        assert len(kept) == 1
        assert len(_of(tmp_path)) > 2  # the control: this is how they are found
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    give_up = time.monotonic() + 15
    while (_of(tmp_path) or any(each.exists() for each in kept)) and time.monotonic() < give_up:
        time.sleep(0.2)
    assert (_of(tmp_path), [each for each in kept if each.exists()]) == ([], [])

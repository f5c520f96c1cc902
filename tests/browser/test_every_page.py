"""Every page that can be reached by links, as each kind of person: axe finds nothing, nothing is too wide, nothing fails.

The pages are found by following links, so a new one is covered as soon as something leads to it.
"""

from __future__ import annotations

import os
import re
from collections import deque
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page

from tests.axe import IN_ANOTHER_LOOK, RULES, faults_of, keep_at_hand, too_wide
from tests.browser.conftest import Demo, log_in, page_of
from tests.thorough import FULL, one_of

pytestmark = pytest.mark.browser

#: What axe can tell apart about a page, as one word (skeleton.js says what).
SKELETON = (Path(__file__).parent / "skeleton.js").read_text()
#: References, and positions: an invoice has a page for each of its lines.
REFERENCE = re.compile(r"[a-z]{2,5}_[A-Za-z0-9]{8,24}|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32,}|(?<=/)[0-9]+(?=/)")
#: What a link must not do while the pages are read.
LEFT_ALONE = re.compile(
    r"/sample/|[?&]format=|/(export|download|source|openapi\.json)|/manifest/versions/|\.(csv|xlsx|toml|json)(\?|$)|^/api/"
)

PEOPLE = (
    ("vendor.localhost", "vera@appfold.example"),
    ("bottega.localhost", "rosa@bottega.example"),
    # In one process with the tests that shut these accounts meanwhile. A small reseller's pages are built as a large one's.
    pytest.param("zeri.localhost", "arta@zeri.example", marks=[pytest.mark.xdist_group("zeri"), pytest.mark.full]),
    pytest.param("gelsomino.localhost", "carlo@gelsomino.example", marks=pytest.mark.xdist_group("gelsomino")),
    pytest.param("gelsomino.localhost", "clea@gelsomino.example", marks=pytest.mark.xdist_group("gelsomino")),
    # A direct account's pages are built as a client's; what it has alone, tests/portals asks for.
    pytest.param("vendor.localhost", "dora@dance.example", marks=pytest.mark.full),
)
DESK, PHONE = 1280, 360
LOOKS = ((DESK, "light"), (PHONE, "dark"))
#: Pages to which a form leads, not a link.
LED_TO = ("/prove/?next=/me/security/",)
#: Who must have come by these pages, or the walk has become blind.
MUST_BE_SEEN = {
    "vera@appfold.example": (
        "applications/",
        "offer/",
        "offer/plans/content/",
        "keys/",
        "webhooks/",
        "sender-domains/",
        "senders/",
        "suppressed/",
        "team/log-in/",
        "team/directory/",
        "team/compare/",
        "settings/visits/",
        "wholesale/",
        "wholesale/of/*/",
        "money/",
        "money/invoices/",
        "money/invoices/*/",
        "money/invoices/*/*/",
        "money/payments/",
        "money/bank/",
        "money/bank/*/",
        "invoicing/",
    ),
    "rosa@bottega.example": (
        "keys/",
        "senders/",
        "senders/server/provider/",
        "suppressed/",
        "webhooks/",
        "requests/",
        "services/",
        "team/log-in/",
        "team/directory/",
        "team/compare/",
        "settings/visits/",
        "plans/",
        "pools/",
        "pools/push_sent/",
        "clients/*/use/push_sent/share/",
        "signals/",
        "prices/",
        "prices/of/plan/content/",
        "money/",
        "money/invoices/",
        "money/invoices/*/",
        "money/received/",
        "money/payments/",
        "money/bank/",
        "money/bank/*/",
        "invoicing/",
        "clients/*/signals/",
        "clients/*/access/",
        "clients/*/visits/",
    ),
    "carlo@gelsomino.example": (
        "billing/",
        "billing/*/",
        "billing/*/*/",
        "access/",
        "requests/",
        "visits/",
        "visits/notice/",
        "team/log-in/",
        "team/directory/",
        "team/compare/",
    ),
}


def first_look(page: Page, *, at: str = "") -> bool:
    """Whether nobody in this run has looked `at` a page that is built like this one: axe would find the same again. A full
    run (`SUBLET_TEST_FULL=1`) looks at each person's."""
    if FULL:
        return True
    known = Path(os.environ["SUBLET_VAR"], "shown", "looked-at")
    known.mkdir(exist_ok=True)
    try:
        (known / f"{page.evaluate(SKELETON)}{at}").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def shape(path: str) -> str:
    """The path without references: pages of one shape are looked at once."""
    return REFERENCE.sub("*", path)


#: Colors that are on their way from light to dark are neither.
STILL = "document.getAnimations().forEach(each => each.finish())"


def look_closely(page: Page, path: str) -> list[str]:
    """What axe finds, and whether the page fits, at a desk in the light and on a phone in the dark.

    A full run asks all rules at the desk and what can differ on the phone; a commit's run asks all rules in one of the two
    looks, by turns. What pages are made of, the gallery shows in both.
    """
    turn = one_of(("desk", "phone"), shape(path))
    found = faults_of(page, DESK) if "desk" in turn else too_wide(page, DESK)
    page.set_viewport_size({"width": PHONE, "height": 800})
    if "phone" in turn:
        page.emulate_media(color_scheme="dark")
        page.evaluate(STILL)
        dark = faults_of(page, PHONE, only=IN_ANOTHER_LOOK if FULL else RULES)
        page.emulate_media(color_scheme="light")
    else:
        dark = too_wide(page, PHONE)
    page.set_viewport_size({"width": DESK, "height": 900})
    return found + [f"{fault} (dark, {PHONE} px)" for fault in dark]


def links_of(page: Page) -> list[str]:
    """Paths that the page links to on its own host, to be looked at and not to be kept as a file."""
    hrefs = page.eval_on_selector_all("a[href]:not([download])", "links => links.map(link => link.href)")
    here = urlsplit(page.url).netloc
    paths = []
    for href in hrefs:
        parts = urlsplit(href)
        if parts.netloc == here and parts.scheme == "http":
            paths.append(parts.path + (f"?{parts.query}" if parts.query else ""))
    return paths


@pytest.mark.parametrize(("host", "address"), PEOPLE)
def test_every_page_is_in_order(demo: Demo, browser: Browser, host: str, address: str) -> None:
    with page_of(browser, width=DESK) as (page, heard):
        keep_at_hand(page)
        log_in(page, demo, host, address)
        home = urlsplit(page.url).path
        waiting = deque([home, *LED_TO])
        seen = {shape(path.split("?")[0]) for path in waiting}
        faults: list[str] = []
        while waiting:
            path = waiting.popleft()
            answer = page.goto(demo.url(host, path))
            assert answer is not None
            if answer.status != 200:
                faults.append(f"{path}: {answer.status}")
                continue
            links = links_of(page)
            if first_look(page):
                first_look(page, at=host)
                faults += look_closely(page, path)
            elif first_look(page, at=host):  # the same in the colors of another brand
                faults += faults_of(page, DESK, only=("color-contrast",))
            else:
                faults += too_wide(page, DESK)
            for link in links:
                plain = link.split("?")[0]
                known = shape(plain)
                # Nobody answers for the product's own addresses here, nor behind the doors to it (`/open/`).
                if known in seen or LEFT_ALONE.search(link) or plain.startswith(("/app/", "/open/", "/static/")):
                    continue
                seen.add(known)
                waiting.append(link)
        assert faults == []
        heard.none()
        base = "/".join(shape(home).split("/")[:3])
        wanted = {"/me/security/", "/me/security/app/", *(f"{base}/{name}" for name in MUST_BE_SEEN.get(address, ()))}
        assert wanted - seen == set()


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
@pytest.mark.parametrize("host", ["vendor.localhost", "noord.localhost", "gelsomino.localhost"])
def test_every_public_page_is_in_order(demo: Demo, browser: Browser, host: str, width: int, scheme: str) -> None:
    with page_of(browser, width=width, scheme=scheme) as (page, _heard):
        keep_at_hand(page)
        found: list[str] = []
        for path in ("/login/", "/forgotten/", "/invitation/no-such-link/", "/nothing-here/"):
            page.goto(demo.url(host, path))
            found += faults_of(page, width)
        assert found == []


@pytest.mark.parametrize("host", ["noord.localhost", "gelsomino.localhost"])
@pytest.mark.parametrize(
    "path",
    ["/", "/login/", "/nothing-here/", "/robots.txt", "/brand.css", "/manifest.webmanifest", "/api/v1/openapi.json"],
)
def test_no_word_of_the_vendor_on_a_branded_host(demo: Demo, host: str, path: str) -> None:
    answer = httpx.get(f"http://127.0.0.1:{demo.port}{path}", headers={"Host": f"{host}:{demo.port}"}, timeout=60)
    said = (answer.text + str(answer.headers)).lower()
    assert [word for word in ("appfold", "sublet", "vendor.localhost") if word in said] == []

"""A whole scan with a real Chromium, a real server for the host product, and what was planted found in each place."""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.urls import reverse
from PIL import Image
from pypdf import PdfWriter

from sublet.core.leaks import Word
from sublet.foundation.refs import uuid7
from sublet.foundation.scope import account_scope, platform_scope
from sublet.messaging.models import OutboxMail
from sublet.people.queries.sections import SectionAddress
from sublet.portals.public.views import sign_on
from sublet.proof import browser, letters, operations, scanning, signing_on, walk
from sublet.proof import product as product_pages
from sublet.proof.browser import Wanted, show
from sublet.proof.looks import look_at
from sublet.proof.models import Scan, ScanFinding, ScanPicture
from sublet.proof.operations import ask_for_scan, run_scan
from sublet.proof.rendering import MOST_CHARACTERS
from sublet.proof.visitor import Answer
from sublet.signon.models import Application, SignOn
from tests.chromium import executable
from tests.factories import AT
from tests.people import CARL_HOST, World
from tests.signon import register

pytestmark = [pytest.mark.django_db, pytest.mark.browser]


def pdf(producer: str) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_metadata({"/Producer": producer})
    into = io.BytesIO()
    writer.write(into)
    return into.getvalue()


class Product(ThreadingHTTPServer):
    """The host product behind its proxy: whoever shows no pass is sent to the log-in."""

    by, producer = "Us", "Writer"
    asks = ""  # the address of the log-in to which it sends people itself; empty: the proxy's answer counts
    codes, starts_at = 0, "/app/"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    server: Product

    def do_GET(self) -> None:
        cookies = self.headers.get("Cookie", "")
        if "looking=" not in cookies:
            return self.answer(302, "text/html", b"", ("Location", "/login/"))
        if self.path.startswith("/app/callback?") and "begun=1" in cookies and "code=" in self.path:
            self.server.codes += 1
            done = ("Location", self.server.starts_at)
            return self.answer(303, "text/html", b"", done, ("Set-Cookie", "product=7; Path=/app; HttpOnly"))
        if self.server.asks and "product=7" not in cookies:
            begun = ("Set-Cookie", "begun=1; Path=/app/callback; HttpOnly")
            return self.answer(302, "text/html", b"", ("Location", self.server.asks), begun)
        if self.path.endswith(".pdf"):
            return self.answer(200, "application/pdf", pdf(self.server.producer))
        # The name is put together by a script: no answer says it.
        first, last = self.server.by.split(" ") if " " in self.server.by else (self.server.by, "")
        script = f"document.getElementById('by').textContent = ['{first}', '{last}'].join(String.fromCharCode(32))"
        page = (
            f"<title>Prices</title><p>Made by <b id=by></b></p><a href=/app/prices.pdf>p</a><script>{script}</script>"
        )
        return self.answer(200, "text/html; charset=utf-8", page.encode())

    def answer(self, status: int, kind: str, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        return


@pytest.fixture
def product() -> Iterator[Product]:
    server = Product()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def chromium(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(browser, "lacking", lambda: "")
    monkeypatch.setattr(browser, "program", lambda: executable() or "")
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def scanned(world: World) -> Scan:
    with world.scope("rosa") as rosa:
        ref = ask_for_scan(account_ref=world.carl.ref, actor=rosa, at=AT)
    with account_scope(world.carl.id):
        run_scan(scan_ref=ref, actor=rosa, at=AT)
        return Scan.objects.get(ref=ref)


def test_nothing_is_found_and_then_what_was_planted(
    world: World, product: Product, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.OUTBOUND_ALLOW = ["127.0.0.1", "::1"]
    monkeypatch.setattr(product_pages, "origin", lambda host: f"http://{host}:{product.server_address[1]}")
    monkeypatch.setattr(
        product_pages, "section_addresses", lambda: [SectionAddress("prices", "https://{host}/app/{account}/prices")]
    )
    monkeypatch.setattr(walk, "MOST_ADDRESSES", 2)
    monkeypatch.setattr(letters, "letters_to", lambda _account: ())
    monkeypatch.setattr(scanning, "documents", lambda *_looked: None)
    monkeypatch.setattr(operations, "PUBLIC", ("/login/",))
    monkeypatch.setattr(scanning, "FORMS", scanning.FORMS[:1])

    clean = scanned(world)
    assert list(ScanFinding.unscoped.filter(scan=clean).values_list("address", "place", "excerpt")) == []
    assert (clean.score, clean.sections) == (100, {"prices": "clean"})
    assert clean.skipped == ["pictures", "more", "names", "certificates"]

    product.by, product.producer = "Vantage Apps", "Vantage Apps Writer"
    with platform_scope("test data"):
        OutboxMail.objects.create(
            id=uuid7(AT), account=world.carl, template="hello", key="k", language="en", to_email="a@example.test",
            from_email="x@mail.example", from_name="Vantage Apps", subject="Hello", text="Hello", html="",
            message_id="<1@mail.example>", created_at=AT,
        )  # fmt: skip
    scan = scanned(world)
    found = ScanFinding.unscoped.filter(scan=scan).order_by("id")
    at = f"/app/{world.carl.ref}/prices"
    assert [(each.address, each.place, each.detail, each.word) for each in found] == [
        ("/app/prices.pdf", "file", "/Producer", "Vantage Apps"),
        (at, "rendered", "text", "Vantage Apps"),
        ("hello", "mail", "From", "Vantage Apps"),
    ]
    assert scan.sections == {"prices": "found"}
    shown = ScanPicture.unscoped.get(scan=scan)
    picture = Image.open(io.BytesIO(bytes(shown.data))).convert("RGB")
    assert (214, 57, 57) in {color for _count, color in picture.getcolors(1 << 20) or ()}  # the outline

    url = reverse("reseller-client-proof-picture", urlconf="sublet.config.urls_brand",
                  args=(world.rosa.ref, world.carl.ref, ScanFinding.unscoped.get(picture=shown).id))  # fmt: skip
    assert world.browser("rosa").get(url).content == bytes(shown.data)
    assert world.browser("remo").get(url).status_code == 404


def test_a_product_with_a_log_in_of_its_own_is_shown_in_the_browser(
    world: World, product: Product, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """Its cookies stay in the scan's process: the browser has none, and gets no code."""
    settings.OUTBOUND_ALLOW = ["127.0.0.1", "::1"]
    place = f"http://{CARL_HOST}:{product.server_address[1]}"
    for module in (product_pages, signing_on, sign_on):
        monkeypatch.setattr(module, "origin", lambda _host: place)
    at = f"/app/{world.carl.ref}/prices"
    monkeypatch.setattr(
        product_pages, "section_addresses", lambda: [SectionAddress("prices", "https://{host}/app/{account}/prices")]
    )
    monkeypatch.setattr(walk, "MOST_ADDRESSES", 2)
    monkeypatch.setattr(letters, "letters_to", lambda _account: ())
    monkeypatch.setattr(scanning, "documents", lambda *_looked: None)
    monkeypatch.setattr(operations, "PUBLIC", ("/login/",))
    monkeypatch.setattr(scanning, "FORMS", ())
    program = register(world)
    Application.unscoped.update(redirect_addresses=[f"{place}/app/callback"])
    product.asks = place + program.asks(redirect_uri=f"{place}/app/callback", login_hint=world.carl.ref)
    product.starts_at, product.by = f"/app/{world.carl.ref}/", "Vantage Apps"
    told: list[browser.Seen] = []
    real = look_at

    def looked(seen: browser.Seen, *more: Any, **facts: Any) -> Any:
        told.append(seen)
        return real(seen, *more, **facts)

    monkeypatch.setattr(scanning, "look_at", looked)
    scan = scanned(world)
    assert scan.sections == {"prices": "found"}
    found = ScanFinding.unscoped.filter(scan=scan, address=at)
    assert [(each.place, each.word) for each in found] == [("rendered", "Vantage Apps")]
    (seen,) = [each for each in told if each.address == at]
    assert "Vantage Apps" in seen.html
    assert (seen.cookies, product.codes) == ((), 2)  # a code for each person as whom is looked
    assert {(each.user_id, each.ended_by) for each in SignOn.unscoped.all()} == {
        (world.users["carl"].id, "looked"), (world.users["cleo"].id, "looked"),
    }  # fmt: skip


def test_what_only_a_browser_shows_is_read() -> None:
    """In a shadow tree, a closed one too; in a frame; in a field; in two halves; in a question that a script asks."""
    pages = {
        "/shadow": "<my-foot></my-foot><script>customElements.define('my-foot', class extends HTMLElement { connectedCallback() {"
        "this.attachShadow({mode: 'closed'}).innerHTML = '<i>' + ['Van', 'tage'].join('') + '</i>'; } })</script>",
        "/frame": "<iframe src=/inner></iframe>",
        "/inner": "<script>document.write(['Van', 'tage'].join(''))</script>",
        "/field": "<input id=f><script>f.value = ['Van', 'tage'].join('')</script>",
        "/halves": "<p><b>Van</b><span>tage</span></p>",
        "/question": "<script>alert(['Van', 'tage'].join(''))</script>",
        "/long": f"<p>{'x ' * MOST_CHARACTERS}</p>",
        "/fine": "<p>Fine</p><input type=password value=Vantage>",
    }  # fmt: skip

    def ask(address: str, who: str) -> Answer:
        return Answer(address, 200, (("Content-Type", "text/html"),), pages.get(address, "").encode())

    wanted = [Wanted(each, "a", logos=False) for each in pages if each != "/inner"]
    seen = list(
        show(wanted, host="carl.localhost", origin="http://carl.localhost", language="en", words=["Vantage"], ask=ask)
    )
    words = [Word("Vantage", "name")]
    found = {each.address: [look.place for look in look_at(each, words, (), known=frozenset())] for each in seen}
    assert found == {
        "/shadow": ["rendered"], "/frame": ["rendered"], "/field": ["rendered"], "/halves": ["rendered"],
        "/question": ["console"], "/long": [], "/fine": ["rendered"],
    }  # fmt: skip
    assert [each.address for each in seen if not each.whole] == ["/long"]
    assert "Vantage" not in seen[-1].text  # what stands in a field for passwords is nothing to read


def test_what_a_page_wants_of_others_is_told_and_never_leaves(product: Product) -> None:
    """Nothing is reached: not another host, not this machine, not by a script, a socket, a form, or another page."""
    port = product.server_address[1]
    reached: list[str] = []
    pages = {
        "/": f"<img src=http://vendor.example/x.png><img src=http://127.0.0.1:{port}/y.png><script src=/a.js></script>",
        "/a.js": f"fetch('http://127.0.0.1:{port}/z').catch(() => 0); new WebSocket('ws://127.0.0.1:{port}/w');"
        "localStorage.by = 'Vantage'; console.log('Vantage'); document.cookie = 'by=Vantage';"
        f"fetch('/', {{method: 'POST', body: 'x'}}).catch(() => 0); navigator.sendBeacon('http://127.0.0.1:{port}/b', 'x');",
        "/away": f"<script>location = 'http://127.0.0.1:{port}/gone'</script>",
    }

    def ask(address: str, who: str) -> Answer:
        reached.append(address)
        kind = "text/javascript" if address.endswith(".js") else "text/html"
        return Answer(address, 200, (("Content-Type", kind),), pages.get(address, "").encode())

    wanted = [Wanted("/", "a", logos=False), Wanted("/away", "b", logos=False)]
    first, away = list(show(wanted, host="carl.localhost", origin="http://carl.localhost", language="en",
                            words=["Vantage"], ask=ask))  # fmt: skip
    assert {each.rpartition("/")[2] for each in first.foreign} >= {"x.png", "y.png", "z", "w"}
    assert "by" in dict(first.cookies)
    assert "Vantage" in first.stored
    assert "Vantage" in first.lines
    assert set(reached) == {"/", "/a.js", "/away"}
    assert away.html == "" or "127.0.0.1" in away.foreign[0]


def test_each_place_of_a_word_is_on_a_piece_of_the_page_of_its_own_or_of_its_neighbours() -> None:
    body = (
        "<p>Welcome to Vantage</p><p>Try Vantage now</p><div style='height:1500px'></div><a href=/by-vantage>on</a>"
        "<footer>Powered by <b>Vantage</b>, 2026</footer><p style='display:none'>Vantage unseen</p>"
    )

    def ask(address: str, who: str) -> Answer:
        return Answer(address, 200, (("Content-Type", "text/html"),), body.encode())

    (seen,) = show([Wanted("/", "a", logos=False)], host="carl.localhost", origin="http://carl.localhost", language="en",
                   words=["Vantage"], ask=ask)  # fmt: skip
    texts = [each.texts for each in seen.pictures["Vantage"]]
    assert [[text.strip() for text in each] for each in texts] == [
        ["welcome to vantage", "try vantage now"], ["/by-vantage", "powered by vantage, 2026"],
    ]  # fmt: skip
    for each in seen.pictures["Vantage"]:
        picture = Image.open(io.BytesIO(each.data)).convert("RGB")
        assert (214, 57, 57) in {color for _count, color in picture.getcolors(1 << 20) or ()}
        assert len(each.data) < 60_000

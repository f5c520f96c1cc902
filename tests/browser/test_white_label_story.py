"""An agency sells under its own name: logo, brand, hosts with certificates, mail that is aligned, a client's log-in, and the proof
that nothing names the vendor. On a real installation behind the real Caddy, with a DNS server and a mail server of the test's own."""

from __future__ import annotations

import io
import json
import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import page_of
from tests.browser.steps import go_to
from tests.chromium import executable
from tests.dns_server import DnsServer, dns_server
from tests.factories import PASSWORD
from tests.installation import ROOT, Installation, installed
from tests.messaging.smtp import Kept, MailServer, mail_server
from tests.proof.test_scan_story import pdf
from tests.sso.conftest import free_port, started, until_open
from tests.sso.test_certificates import Door

pytestmark = [pytest.mark.browser, pytest.mark.sso]

ROSA, OWN, WILD, CARLS = "rosa.localhost", "app.agency.test", "*.clients.agency.test", "carl.clients.agency.test"
BRAND, COLOR, DOMAIN = "Studio Aurora", "#7a1f5c", "agency.test"
EDGE, BOUNCES, SERVER = "edge.neutral.test", "bounces.neutral.test", "ip4:127.0.0.1"
GINA, GINA_NAME, GINA_PASSWORD = "gina@carls-kitchen.test", "Gina Galli", "due forni e un gatto"
VENDOR = "Vantage Apps"


class Product(ThreadingHTTPServer):
    """The host product behind the proxy: a page and a price list, which name whom they are told to."""

    by, producer = "us", "Writer"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Pages)


class _Pages(BaseHTTPRequestHandler):
    server: Product

    def do_GET(self) -> None:
        kind, body = "application/pdf", pdf(self.server.producer)
        if not self.path.endswith(".pdf"):
            kind = "text/html; charset=utf-8"
            page = f"<title>Opening hours</title><h1>Opening hours</h1><p>Made by {self.server.by}</p>"
            body = f"<!doctype html><html lang=en>{page}<a href=/app/prices.pdf>Prices</a></html>".encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        return


@dataclass(frozen=True)
class Place:
    """Everything around the story."""

    installation: Installation
    door: Door
    zone: DnsServer
    post: MailServer
    product: Product
    account: str

    def url(self, host: str, path: str = "/") -> str:
        return f"https://{host}:{self.door.port}{path}"

    def mail_to(self, address: str) -> Kept:
        """The newest mail to that address; waits for it."""
        self.installation.until(lambda: any(kept.recipient == address for kept in self.post.kept))
        return next(kept for kept in reversed(self.post.kept) if kept.recipient == address)


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("story")
    app, https = free_port(), free_port()
    zone = {
        EDGE: [("A", "127.0.0.1")],
        BOUNCES: [("MX", f"10 mx.{BOUNCES}."), ("TXT", f"v=spf1 {SERVER} -all")],
        f"mx.{BOUNCES}": [("A", "127.0.0.1")],
    }
    with ExitStack() as stack:
        server = stack.enter_context(dns_server(zone))
        post = stack.enter_context(mail_server())
        product = Product()
        threading.Thread(target=product.serve_forever, args=(0.05,), daemon=True).start()
        stack.callback(product.server_close)
        stack.callback(product.shutdown)
        caddy, authority = caddy_of(folder, app=app, https=https, product=product.server_address[1])
        # Its authority exists as soon as it runs, before it has made any certificate; ours reads the file at its start.
        process = started(caddy, https, folder)
        stack.callback(process.wait, 20)
        stack.callback(process.terminate)
        settings = {
            "SUBLET_BIND": f"127.0.0.1:{app}",
            "SUBLET_SCHEME": "https",
            "SUBLET_PUBLIC_PORT": str(https),
            "SUBLET_WEB_WORKERS": "1",
            "SUBLET_TRUSTED_PROXIES": "127.0.0.1",
            "SUBLET_OUTBOUND_ALLOW": "127.0.0.1",
            "SUBLET_OUTBOUND_CA": str(authority),
            "SUBLET_DNS_RESOLVERS": server.place,
            "SUBLET_DNS_TARGET": EDGE,
            "SUBLET_DNS_ADDRESSES": "127.0.0.1",
            "SUBLET_SMTP_PORT": str(post.port),
            "SUBLET_MAIL_FROM": "no-reply@mail.neutral.test",
            "SUBLET_BOUNCE_HOST": BOUNCES,
            "SUBLET_SCAN_BROWSER": executable() or "",
        }
        there = stack.enter_context(installed(folder, "story", **settings))
        told = json.loads(there.run("tests.sso.furnish", "https://carl.localhost/app/callback").splitlines()[-1])
        until_open(app, there.start("sublet.portals.cli.main", "serve"))
        there.start("tests.own_resolver", str(server.port), "worker")
        yield Place(there, Door(https, authority), server, post, product, told["account"])


def caddy_of(folder: Path, *, app: int, https: int, product: int) -> tuple[list[str], Path]:
    """The recipe of the examples with the ports of the test and an issuer of its own; where that one's certificate will be."""
    options = (
        f"{{\n\tadmin off\n\tskip_install_trust\n\thttp_port {free_port()}\n\thttps_port {https}\n"
        f"\tdefault_bind 127.0.0.1\n\tstorage file_system {folder}/caddy\n"
    )
    text = (ROOT / "examples/proxies/Caddyfile").read_text(encoding="utf-8").replace("{\n", options, 1)
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{app}").replace("127.0.0.1:9000", f"127.0.0.1:{product}")
    (folder / "Caddyfile").write_text(text.replace("\ttls {", "\ttls internal {"))
    command = [shutil.which("caddy") or "/usr/bin/caddy", "run", "--config", str(folder / "Caddyfile")]
    return [*command, "--adapter", "caddyfile"], folder / "caddy/pki/authorities/local/root.crt"


def logo() -> bytes:
    picture = Image.new("RGB", (240, 80), "white")
    ImageDraw.Draw(picture).polygon([(10, 70), (40, 10), (70, 70)], fill=COLOR)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def log_in(page: Page, address: str, password: str) -> None:
    form = page.locator("form", has=page.locator("input[type=password]"))
    form.locator("input[name=email]").fill(address)
    form.locator("input[name=password]").fill(password)
    form.locator("button[type=submit]").first.click()
    page.wait_for_url(lambda url: "/login/" not in url)


def make_the_brand(page: Page) -> None:
    """One logo, a color and words; drafted, looked at, published."""
    go_to(page, "Brand")
    page.locator("#id_name").fill(BRAND)
    page.locator("#id_color").fill(COLOR)
    page.locator("input[name=logo]").set_input_files({"name": "l.png", "mimeType": "image/png", "buffer": logo()})
    page.locator("#id_support_email").fill("help@agency.test")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.locator(".toast-note.tone-success")).to_be_visible()
    expect(page.locator(".sidebar .brand-logo.only-light")).to_have_attribute(
        "src", re.compile("^/brand/[0-9a-f]{64}$")
    )


def set_records(page: Page, place: Place) -> list[str]:
    """Enter at the DNS server what the page shows; the kinds of the records."""
    kinds = []
    for record in page.locator(".dns-record").all():
        *kind, name, value = record.locator("code").all_inner_texts()
        kinds += kind or [record.locator(".badge").inner_text()]
        place.zone.zone[name] = [*place.zone.zone.get(name, ()), (kinds[-1], value)]
    return kinds


def connect(page: Page, place: Place, host: str) -> None:
    """Add a host, enter its records, and let it be checked: the page follows by itself."""
    go_to(page, "Hosts")
    page.get_by_label("New address").fill(host)
    page.get_by_role("button", name="Add the address").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(host)
    expect(page.locator("#host-state")).to_contain_text("There is no TXT record")
    assert set_records(page, place) == ["TXT", "CNAME"]
    page.get_by_role("button", name="Check now").click()
    expect(page.locator("#host-state .host-standing")).to_contain_text("Answers")


def test_an_agency_sells_under_its_own_name_and_proves_it(place: Place, browser: Browser) -> None:
    began = time.monotonic()

    def tell(what: str) -> None:
        print(f"{time.monotonic() - began:6.1f} {what}", flush=True)

    with page_of(browser, trusting=True) as (page, faults):
        page.goto(place.url(ROSA, "/login/"))
        log_in(page, "rosa@example.test", PASSWORD)
        tell("in")
        make_the_brand(page)
        tell("brand")
        connect(page, place, OWN)
        connect(page, place, WILD)
        tell("hosts")
        faults.none()

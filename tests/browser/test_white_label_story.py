"""An agency sells under its own name: logo, brand, hosts with certificates, mail that is aligned, a client's log-in, and the proof
that nothing names the vendor. On a real installation behind the real Caddy, with a DNS server and a mail server of the test's own."""

from __future__ import annotations

import io
import json
import re
import shutil
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect

from sublet.demo.ports import free_port
from tests.browser.conftest import page_of
from tests.browser.steps import choose, find_row, go_to, open_tab
from tests.chromium import executable
from tests.dns_server import DnsServer, dns_server
from tests.factories import PASSWORD
from tests.installation import ROOT, Installation, installed
from tests.messaging.aligned import Verdict, verdict
from tests.messaging.smtp import Kept, MailServer, mail_server
from tests.proof.test_scan_story import pdf
from tests.sso.conftest import started, until_open
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
            by = self.server.by if self.path.endswith("/content") else "us"
            page = f"<title>Opening hours</title><h1>Opening hours</h1><p>Made by {by}</p>"
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

    def mail_to(self, address: str, about: str) -> Kept:
        """The newest mail to that address with these words in its subject; waits for it."""

        def found() -> list[Kept]:
            return [each for each in self.post.kept if each.recipient == address and about in each.message["Subject"]]

        self.installation.until(lambda: bool(found()))
        return found()[-1]


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
    """One logo, a name, a color and whom to ask; published."""
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
        kinds += kind or [record.locator(".state-badge").inner_text()]
        place.zone.zone[name] = [*place.zone.zone.get(name, ()), (kinds[-1], value)]
    return kinds


def add_host(page: Page, place: Place, host: str) -> str:
    """Add a host and enter its records; where its page is, which has followed the first look by itself."""
    go_to(page, "Hosts")
    page.get_by_label("New address").fill(host)
    page.get_by_role("button", name="Add the address").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(host)
    expect(page.locator("#host-state")).to_contain_text("There is no TXT record")
    assert set_records(page, place) == ["TXT", "CNAME"]
    return page.url


def check_host(page: Page, url: str) -> None:
    """Let DNS be asked now: the page follows by itself."""
    page.goto(url)
    page.get_by_role("button", name="Check now").click()
    expect(page.locator("#host-state .host-standing")).to_contain_text("Answers")


def add_sender_domain(page: Page, place: Place) -> str:
    """Add the domain to write in the name of, and enter its records; where its page is."""
    go_to(page, "Senders")
    page.get_by_label("Domain", exact=True).fill(DOMAIN)
    page.get_by_role("button", name="Add the domain").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(DOMAIN)
    expect(page.get_by_role("main")).to_contain_text("There is no key at")
    assert set_records(page, place) == ["TXT", "TXT", "CNAME", "TXT"]
    return page.url


def make_main(page: Page, host: str) -> None:
    """Let links lead to that host."""
    line = page.locator(".host-line").filter(has_text=host)
    line.get_by_role("button", name="Make it the main address").click()
    expect(line).to_contain_text("Main address")


def write_in_its_own_name(page: Page, place: Place, url: str) -> None:
    """A look at the records, the mailbox, and a test mail to oneself."""
    page.goto(url)
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_role("main")).to_contain_text("In use")
    name_the_sender(page, mailbox="hello")
    card = page.locator("section", has=page.get_by_role("heading", name="Account mail"))
    expect(card.locator(".mail-head")).to_contain_text(f"{BRAND} <hello@{DOMAIN}>")
    card.get_by_role("button", name="Send me a test").click()
    is_aligned(place.mail_to("rosa@example.test", "A test mail"), place)


def name_the_sender(page: Page, *, mailbox: str = "", name: str = "") -> None:
    """What stands before the @ of account mail, or the name before the address."""
    go_to(page, "Senders")
    card = page.locator("section", has=page.get_by_role("heading", name="Account mail"))
    card.get_by_role("link", name="Change").click()
    if mailbox:
        page.get_by_label("Domain optional").select_option(label=DOMAIN)
        page.get_by_label("Mailbox optional", exact=True).fill(mailbox)
    page.get_by_label("Name optional").fill(name)
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast-note.tone-success")).to_be_visible()


def is_aligned(kept: Kept, place: Place) -> None:
    """A receiver that asks DNS: signed in the name of the address, returned below it, and nobody else named."""
    assert str(kept.message["From"]) == f"{BRAND} <hello@{DOMAIN}>"
    assert verdict(kept, place.zone, allowed=SERVER) == Verdict(DOMAIN, f"bounce.{DOMAIN}", "pass", "pass")
    assert [word for word in ("vantage", "sublet") if word in kept.content.decode().lower()] == []


def open_carl(page: Page) -> None:
    choose(find_row(page, "carl", "Carl’s Kitchen"), "Open")


def hand_over_the_log_in(page: Page) -> None:
    """A host below the wildcard for the client, and somebody who works there."""
    open_carl(page)
    open_tab(page, "Hosts")
    page.get_by_label("New address").fill(CARLS)
    page.get_by_role("button", name="Add the address").click()
    make_main(page, CARLS)
    open_tab(page, "Team")
    page.get_by_role("link", name="Invite").click()
    page.get_by_label("E-mail address").fill(GINA)
    page.locator("main form").get_by_label("Language optional").select_option("en")
    page.get_by_role("radiogroup", name="Content").get_by_role("radio", name="Manage").check()
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_role("main")).to_contain_text(GINA)


def work_as_gina(page: Page, place: Place) -> None:
    """She accepts, opens the product on the same host, leaves, and logs in again: everywhere the agency's name."""
    kept = place.mail_to(GINA, "")
    is_aligned(kept, place)
    link = re.search(r"https://\S+/invitation/[^\s>)]+", kept.part("plain"))
    assert link is not None
    assert link[0].startswith(place.url(CARLS))
    page.goto(link[0])
    expect(page).to_have_title(re.compile(f"{BRAND}$"))
    page.get_by_label("Your name").fill(GINA_NAME)
    page.locator("input[type=password]").first.fill(GINA_PASSWORD)
    page.get_by_role("button", name="Accept and log in").click()
    page.wait_for_url(place.url(CARLS, "/client/**"))
    with page.expect_popup() as opened:
        page.locator("main a.door", has_text="Content").click()
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("Opening hours")
    assert opened.value.url == place.url(CARLS, f"/app/{place.account}/content")
    page.get_by_role("button", name=f"Menu of {GINA_NAME}").click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(re.compile("/login/"))
    expect(page).to_have_title(re.compile(f"{BRAND}$"))
    log_in(page, GINA, GINA_PASSWORD)
    expect(page.locator(".sidebar .brand-logo.only-light")).to_be_visible()


def has_certificates(place: Place) -> None:
    """From the issuer that Caddy runs, each for its own name, and none for a name that nobody has."""
    for host in (OWN, CARLS):
        wire = place.door.handshake(host)
        told = wire.getpeercert()
        wire.close()
        assert told is not None
        assert told["subjectAltName"] == (("DNS", host),)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        place.door.handshake("nobody.clients.agency.test")


def look(page: Page) -> None:
    """Let the client's pages, files and mails be looked at; the page follows by itself."""
    go_to(page, "Clients")
    open_carl(page)
    open_tab(page, "White label")
    page.get_by_role("button", name="Look now").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0, timeout=120_000)


def plant(page: Page, place: Place) -> None:
    """One word of the vendor's each in the product, in the metadata of its PDF, and in a header of a mail."""
    place.product.by, place.product.producer = VENDOR, f"{VENDOR} Writer"
    open_tab(page, "Words in mails")
    page.get_by_role("link", name="Invitation: new person, English").click()
    subject = page.get_by_label("Subject")
    subject.fill(f"{subject.input_value()} ({VENDOR})")
    page.get_by_role("button", name="Save the words").click()
    expect(page.locator(".toast-note.tone-success")).to_be_visible()


def found(page: Page) -> list[str]:
    """What the page says was found: where, and which word."""
    lines = page.locator("main .directory-groups .invitation").filter(has=page.locator("q")).all()
    return [
        ": ".join(
            line.locator(part).first.inner_text() for part in (".invitation-name", ".invitation-more span", "strong")
        )
        for line in lines
    ]


def not_looked_at(page: Page) -> list[str]:
    """What the scan says that it left out: DNS names, certificates and the product are not among it."""
    card = page.locator("section", has=page.get_by_role("heading", name="Not looked at"))
    return card.locator("li").all_inner_texts()


def test_an_agency_sells_under_its_own_name_and_proves_it(place: Place, browser: Browser) -> None:
    with page_of(browser, trusting=True) as (page, faults):
        page.goto(place.url(ROSA, "/login/"))
        log_in(page, "rosa@example.test", PASSWORD)
        make_the_brand(page)
        own, wild, sender = add_host(page, place, OWN), add_host(page, place, WILD), add_sender_domain(page, place)
        check_host(page, own)
        check_host(page, wild)
        go_to(page, "Hosts")
        make_main(page, OWN)
        write_in_its_own_name(page, place, sender)
        hand_over_the_log_in(page)
        with page_of(browser, trusting=True) as (ginas, heard):
            work_as_gina(ginas, place)
            heard.none()
        has_certificates(place)
        look(page)
        expect(page.get_by_role("main")).to_contain_text("Nothing names the vendor")
        assert found(page) == []
        assert [words.partition(";")[0] for words in not_looked_at(page)] == [
            "Words in pictures",
            "Some pages or hosts, because there were too many",
        ]
        plant(page, place)
        look(page)
        three = [
            f"/app/prices.pdf: Inside the file, /Producer: {VENDOR}",
            f"/app/{place.account}/content: In the text, line 1, column 91: {VENDOR}",
            f"invitation-new: In the mail, Subject (en), line 1: {VENDOR}",
        ]
        planted, beside = found(page)[:3], found(page)[3:]
        assert planted == three
        # A mail's page has its subject for a title and in the lines that are shown before it is opened.
        assert {line.partition(", line")[0] for line in beside} == {"invitation-new: In the mail, text/html (en)"}
        faults.none()

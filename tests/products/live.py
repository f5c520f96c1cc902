"""A real installation with the product of the examples, for the client and for the products that use it."""

from __future__ import annotations

import http.server
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx

from sublet.demo.ports import free_port
from tests.installation import Installation, installed
from tests.sso.conftest import Browser, Page, until_open
from tests.zygote import Forked

VENDOR = "vendor.localhost"


@dataclass
class Live:
    """What a product must know of it."""

    installation: Installation
    port: int
    hot: int
    facts: Mapping[str, str]
    shop: str
    server: Forked | None = None

    @property
    def address(self) -> str:
        """Where the vendor's key is asked."""
        return f"http://{VENDOR}:{self.port}"

    @property
    def real(self) -> str:
        """Where it really listens: names below ``localhost`` are not known to every resolver."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def beside(self) -> str:
        """Where the hot operations are served beside."""
        return f"http://127.0.0.1:{self.hot}"

    @property
    def issuer(self) -> str:
        return f"http://{self.facts['host']}:{self.port}"

    def __getitem__(self, name: str) -> str:
        return self.facts[name]

    def serve(self) -> None:
        self.server = self.installation.start("sublet.portals.cli.main", "serve")
        for port in (self.port, self.hot):
            until_open(port, self.server)
        # Open is not yet ready: a process that is still starting lets go of whoever was waiting.
        self.installation.until(self._answers)

    def _answers(self) -> bool:
        """Whether both are there for the product."""
        headers = {"Host": f"{VENDOR}:{self.port}", "Authorization": f"Bearer {self.facts['key']}"}
        for place in (self.real, self.beside):
            try:
                answer = httpx.get(f"{place}/api/v1/entitlements/{self.facts['carl']}", headers=headers, timeout=10)
            except httpx.HTTPError:
                return False
            if answer.status_code != 200:
                return False
        return True


@contextmanager
def live(folder: Path) -> Iterator[Live]:
    """Within: it is there, and serves."""
    port, hot, shop = free_port(), free_port(), f"http://127.0.0.1:{free_port()}"
    settings = {
        "SUBLET_BIND": f"127.0.0.1:{port}",
        "SUBLET_PUBLIC_PORT": str(port),
        "SUBLET_HOT_BIND": f"127.0.0.1:{hot}",
        "SUBLET_WEB_WORKERS": "1",
        "SUBLET_OUTBOUND_ALLOW": "127.0.0.1/32",
    }
    with installed(folder, "sdk", **settings) as installation:
        told = json.loads(installation.run("tests.products.furnish", shop).strip().splitlines()[-1])
        found = Live(installation, port, hot, told, shop)
        found.serve()
        yield found


def walk(browser: Browser, url: str, *, stop: str = "") -> Page:
    """Open a page, go wherever it leads, and log in on the way; a place that begins with `stop` is not opened."""
    page = browser.ask("GET", url)
    for _step in range(12):
        leads = page.headers.get("Location") or page.headers.get("Refresh", "").partition("url=")[2]
        if not leads and "/login/" in page.url and page.status == 200:
            (token,) = set(re.findall(r'name="csrfmiddlewaretoken" value="([^"]*)"', page.text)[:1])
            place = page.url.partition("/login/")[0]
            target = dict(parse_qsl(urlsplit(page.url).query)).get("next", "")
            form = {"csrfmiddlewaretoken": token, "next": target, "email": "cleo@example.test", "password": password()}
            page = browser.ask("POST", f"{place}/login/", data=form, headers={"Origin": place, "Referer": page.url})
            continue
        if not leads:
            return page
        there = urljoin(page.url, leads)
        if stop and there.startswith(stop):
            return Page(page.status, there, "", page.headers)
        page = browser.ask("GET", there)
    raise AssertionError(f"round in a circle: {page.url}")


def password() -> str:
    from tests.factories import PASSWORD  # models can be imported only once Django is ready

    return PASSWORD


@dataclass
class Heard:
    """A place that webhooks are sent to."""

    port: int = 0
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def listening() -> Iterator[Heard]:
    """Within: whatever is sent there is kept."""
    heard = Heard()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.requests.append((dict(self.headers), body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None:
            """Silence."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    heard.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield heard
    server.shutdown()
    server.server_close()

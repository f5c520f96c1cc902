"""A real installation for other people's software, a product behind a proxy, and a browser of a few lines."""

from __future__ import annotations

import http.server
import json
import re
import subprocess
import threading
import time
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
import requests

from sublet.demo.ports import free_port
from tests.installation import installed
from tests.ports import listens
from tests.zygote import Forked

PATIENCE = 60.0
CARL_HOST = "carl.localhost"


def until_open(port: int, process: subprocess.Popen[Any] | Forked | None = None) -> None:
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        if listens(port):
            return
        assert process is None or process.poll() is None, "it ended before it answered"
        time.sleep(0.05)
    raise AssertionError(f"nothing answers on {port}")


@dataclass
class Place:
    """The installation: on which port it listens, on which people see it, and whom it knows."""

    port: int
    public: int
    callback: str
    client: str
    secret: str
    account: str
    cleo: str
    vendor: str

    @property
    def issuer(self) -> str:
        return f"http://{CARL_HOST}:{self.public}"


@pytest.fixture(scope="module")
def behind() -> bool:
    """Whether people see the installation through a proxy; a module that has one says so."""
    return False


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, behind: bool) -> Iterator[Place]:
    port = free_port()
    public = free_port() if behind else port
    callback = f"http://{CARL_HOST}:{free_port()}/app/callback"
    settings = {
        "SUBLET_BIND": f"127.0.0.1:{port}",
        "SUBLET_PUBLIC_PORT": str(public),
        "SUBLET_WEB_WORKERS": "1",
        "SUBLET_TRUSTED_PROXIES": "127.0.0.1",
    }
    folder = tmp_path_factory.mktemp("sso")
    with installed(folder, "sso", **settings) as installation:
        told = json.loads(installation.run("tests.sso.furnish", callback).strip().splitlines()[-1])
        process = installation.start("sublet.portals.cli.main", "serve")
        until_open(port, process)
        yield Place(port=port, public=public, callback=callback, **told)


@dataclass
class Page:
    """What the browser got, and where it is now."""

    status: int
    url: str
    text: str
    headers: MutableMapping[str, str]


@dataclass
class Browser:
    """A browser: one jar for all ports of this machine, as browsers have it. `headers` is every header it was sent."""

    jar: requests.Session = field(default_factory=requests.Session)
    seen: list[str] = field(default_factory=list)

    def ask(self, method: str, url: str, **more: Any) -> Page:
        parts = urlsplit(url)
        headers = {"Host": parts.netloc, "Accept": "text/html", **more.pop("headers", {})}
        answer = self.jar.request(
            method,
            url.replace(parts.netloc, f"127.0.0.1:{parts.port}", 1),
            headers=headers,
            allow_redirects=False,
            timeout=30,
            **more,
        )
        self.seen.append(str(answer.headers))
        return Page(answer.status_code, url, answer.text, answer.headers)

    def go(self, url: str, method: str = "GET", **more: Any) -> Page:
        """Ask, and follow redirects."""
        page = self.ask(method, url, **more)
        for _step in range(12):
            if page.status not in {301, 302, 303}:
                return page
            page = self.ask("GET", urljoin(page.url, page.headers["Location"]))
        raise AssertionError(f"round in a circle: {page.url}")

    def log_in(self, page: Page, person: str = "cleo") -> Page:
        """Fill in the log-in page, and follow where that leads."""
        from tests.factories import PASSWORD  # models can be imported only once Django is ready

        assert "/login/" in page.url, page.text[:500]
        (token,) = set(re.findall(r'name="csrfmiddlewaretoken" value="([^"]*)"', page.text)[:1])
        target = dict(parse_qsl(urlsplit(page.url).query)).get("next", "")
        form = {
            "csrfmiddlewaretoken": token,
            "next": target,
            "email": f"{person}@example.test",
            "password": PASSWORD,
        }
        place = page.url.partition("/login/")[0]
        answer = self.go(f"{place}/login/", "POST", data=form, headers={"Origin": place, "Referer": page.url})
        refresh = answer.headers.get("Refresh", "")
        return self.go(refresh.partition("url=")[2]) if refresh else answer


@pytest.fixture
def browser() -> Browser:
    return Browser()


class _Product(http.server.BaseHTTPRequestHandler):
    """A product: says at which path it was asked, and what it was told."""

    def do_GET(self) -> None:
        told = {name: self.headers.get_all(name) or [] for name in ("X-Identity", "Cookie")}
        body = json.dumps({"path": self.path, "identity": told["X-Identity"], "cookies": told["Cookie"]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Silence."""


@pytest.fixture(scope="module")
def product() -> Iterator[int]:
    """The port of a product."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Product)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield int(server.server_address[1])
    server.shutdown()
    server.server_close()


def recipes(language: str) -> list[str]:
    """The blocks of the how-to in that language: what is tested is what people copy."""
    text = (Path(__file__).resolve().parents[2] / "docs/howto/sign-on.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def started(command: list[str], port: int, folder: Path) -> subprocess.Popen[bytes]:
    """Start a server in the foreground and wait until it answers."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
    try:
        until_open(port, process)
    except AssertionError as fault:
        process.kill()
        raise AssertionError((folder / "log").read_text(errors="replace")[-3000:]) from fault
    return process

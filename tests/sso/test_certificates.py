"""Certificates on demand with the real Caddy, as `examples/proxies/Caddyfile` sets it up: proved names only."""

from __future__ import annotations

import http.client
import shutil
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.installation import ROOT, installed
from tests.sso.conftest import free_port, started, until_open

pytestmark = pytest.mark.sso


@dataclass(frozen=True)
class Door:
    port: int
    authority: Path

    def handshake(self, name: str) -> ssl.SSLSocket:
        context = ssl.create_default_context(cafile=str(self.authority))
        return context.wrap_socket(socket.create_connection(("127.0.0.1", self.port), 20), server_hostname=name)

    def get(self, name: str, path: str) -> tuple[int, str, str]:
        """Status, body, cookies."""
        connection = http.client.HTTPSConnection(name)
        connection.sock = self.handshake(name)
        connection.request("GET", path, headers={"Host": name, "Accept": "text/html"})
        answer = connection.getresponse()
        found = answer.status, answer.read().decode(), answer.headers.get("Set-Cookie", "")
        connection.close()
        return found


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("certificates")
    app, https, http_port = free_port(), free_port(), free_port()
    options = (
        f"{{\n\tadmin off\n\tskip_install_trust\n\thttp_port {http_port}\n\thttps_port {https}\n"
        f"\tdefault_bind 127.0.0.1\n\tstorage file_system {folder}/caddy\n"
    )
    text = (ROOT / "examples/proxies/Caddyfile").read_text(encoding="utf-8")
    text = text.replace("{\n", options, 1).replace("127.0.0.1:8000", f"127.0.0.1:{app}")
    (folder / "Caddyfile").write_text(text.replace("\ttls {", "\ttls internal {"))
    settings = {
        "SUBLET_BIND": f"127.0.0.1:{app}",
        "SUBLET_SCHEME": "https",
        "SUBLET_WEB_WORKERS": "1",
        "SUBLET_TRUSTED_PROXIES": "127.0.0.1",
    }
    with installed(folder, "certificates", **settings) as installation:
        installation.run("tests.sso.furnish", "https://carl.localhost/app/callback")
        until_open(app, installation.start("sublet.portals.cli.main", "serve"))
        caddy = shutil.which("caddy") or "/usr/bin/caddy"
        process = started(
            [caddy, "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"], https, folder
        )
        yield Door(https, folder / "caddy/pki/authorities/local/root.crt")
        process.terminate()
        process.wait(20)


def test_a_proved_host_gets_a_certificate_at_its_first_visit(door: Door) -> None:
    wire = door.handshake("rosa.localhost")
    told = wire.getpeercert()
    wire.close()
    assert told is not None
    assert told["subjectAltName"] == (("DNS", "rosa.localhost"),)
    status, page, cookies = door.get("rosa.localhost", "/login/")
    assert (status, "Rosa Web Studio" in page) == (200, True)
    assert "Secure" in cookies


def test_any_other_name_gets_none(door: Door) -> None:
    for name in ("nobody.example", "x.rosa.localhost", "localhost", "rosa.localhost.evil.example"):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            door.handshake(name)


def test_nobody_asks_through_the_proxy(door: Door) -> None:
    for path in ("/tls/ask?domain=rosa.localhost", "/TLS/ask?domain=rosa.localhost", "//tls/ask?domain=rosa.localhost"):
        assert door.get("rosa.localhost", path)[0] == 404

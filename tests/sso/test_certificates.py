"""Certificates on demand with the real Caddy, as `examples/proxies/Caddyfile` sets it up; and the real nginx with one file
for each name, as `docs/howto/domains.md` does: proved names only."""

from __future__ import annotations

import http.client
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sublet.demo.ports import free_port
from tests.installation import ROOT, installed
from tests.sso.conftest import recipes, started, until_open

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


@dataclass(frozen=True)
class Doors:
    """Caddy; nginx, which answers on a second port without TLS; and the application itself."""

    caddy: Door
    nginx: Door
    plain: int
    app: int
    folder: Path


@pytest.fixture
def door(doors: Doors) -> Door:
    return doors.caddy


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
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
        caddys = Door(https, folder / "caddy/pki/authorities/local/root.crt")
        tls, plain = free_port(), free_port()
        (folder / "live").mkdir()
        command = nginx(folder, app=app, tls=tls, plain=plain)
        other = started(command, tls, folder)
        yield Doors(caddys, Door(tls, folder / "live/authority.pem"), plain, app, folder)
        for each in (process, other):
            each.terminate()
            each.wait(20)


def nginx(folder: Path, *, app: int, tls: int, plain: int) -> list[str]:
    """The recipe of the how-to, with the ports and folders of the test."""
    blocks = (ROOT / "docs/howto/domains.md").read_text(encoding="utf-8").split("```")
    on_80, on_443 = (block for block in blocks if block.lstrip().startswith("server {"))
    of_http, of_server = recipes("nginx")
    text = on_80.replace("listen 80", f"listen 127.0.0.1:{plain}") + on_443.replace(
        "listen 443", f"listen 127.0.0.1:{tls}"
    )
    text = text.replace("# then as in sign-on.md", of_server).replace("/etc/letsencrypt", str(folder))
    text = text.replace("/var/lib/acme", str(folder / "acme"))
    paths = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    conf = (
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error;\nevents {{}}\n"
        f"http {{ access_log off; {paths}\n{of_http}\n{text}\n}}\n"
    )
    (folder / "nginx.conf").write_text(conf.replace("127.0.0.1:8000", f"127.0.0.1:{app}"))
    return [shutil.which("nginx") or "/usr/sbin/nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)]


def may_have_one(app: int, name: str) -> bool:
    """What is asked before a certificate is ordered."""
    connection = http.client.HTTPConnection("127.0.0.1", app)
    connection.request("GET", f"/tls/ask?domain={name}")
    allowed = connection.getresponse().status == 200
    connection.close()
    return allowed


def order(folder: Path, name: str) -> None:
    """What an ACME client leaves behind, made by the test itself."""
    there = folder / "live" / name
    there.mkdir()
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=test", "-addext", f"subjectAltName=DNS:{name}",
            "-keyout", str(there / "privkey.pem"), "-out", str(there / "fullchain.pem"),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    shutil.copy(there / "fullchain.pem", folder / "live/authority.pem")


def test_nginx_takes_the_file_of_the_name_without_being_told(doors: Doors) -> None:
    names = ["rosa.localhost", "nobody.example", "x.rosa.localhost"]
    allowed = [name for name in names if may_have_one(doors.app, name)]
    assert allowed == ["rosa.localhost"]
    with pytest.raises((ssl.SSLError, ConnectionError, FileNotFoundError)):
        doors.nginx.handshake("rosa.localhost")  # no file yet: no TLS
    order(doors.folder, *allowed)
    status, page, cookies = doors.nginx.get("rosa.localhost", "/login/")
    assert (status, "Rosa Web Studio" in page) == (200, True)
    assert "Secure" in cookies
    for path in ("/tls/ask?domain=rosa.localhost", "/TLS/ask?domain=rosa.localhost", "//tls/ask?domain=rosa.localhost"):
        assert doors.nginx.get("rosa.localhost", path)[0] == 404
    for name in ("nobody.example", "../live/rosa.localhost"):
        with pytest.raises((ssl.SSLError, ConnectionError, ValueError)):
            doors.nginx.handshake(name)


def test_port_80_of_nginx_serves_the_challenge_and_leads_on(doors: Doors) -> None:
    there = doors.folder / "acme/.well-known/acme-challenge"
    there.mkdir(parents=True)
    (there / "token").write_text("token.key")
    connection = http.client.HTTPConnection("127.0.0.1", doors.plain)
    connection.request("GET", "/.well-known/acme-challenge/token", headers={"Host": "rosa.localhost"})
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b"token.key")
    connection.request("GET", "/login/?x=1", headers={"Host": "rosa.localhost"})
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Location"]) == (301, "https://rosa.localhost/login/?x=1")
    connection.close()


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

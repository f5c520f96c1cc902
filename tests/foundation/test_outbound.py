"""The client for the outside: it speaks to the address that it checked, briefly, and to nobody inside (I5)."""

from __future__ import annotations

import gzip
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import dns.resolver
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_django.fixtures import Settings as SettingsWrapper

from sublet.foundation import outbound
from sublet.foundation.outbound import Limits, OutboundRefused, TooBig, TooSlow, session
from tests.servers import HttpServer, dns_server, http_server

#: Hosts that a plain "is it private?" passes or that name the inside in ways people forget.
HOSTILE = [
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "192.0.0.192", "198.18.0.1", "224.0.0.1", "255.255.255.255", "[::1]", "[::]", "[::ffff:127.0.0.1]",
    "[::ffff:169.254.169.254]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]", "[2002:7f00:1::]",
    "[2001:0:7f00:1::]", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "localhost", "internal.localhost", "localhost.",
]  # fmt: skip
#: Numbers that some resolvers read as addresses: for us they are names, and nobody has them.
NUMBERS = ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1"]


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with http_server() as running:
        yield running


@pytest.fixture
def listed(settings: SettingsWrapper) -> None:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]


@pytest.fixture
def nobody_connects(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every attempt to open a connection, of which there must be none."""
    tried: list[object] = []

    def note(address: object, *args: object) -> None:
        tried.append(address)
        raise OSError("the test's own wall")

    monkeypatch.setattr("sublet.foundation.outbound.socket.create_connection", note)
    return tried


@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize("host", HOSTILE)
def test_nothing_inside_is_spoken_to(host: str, scheme: str, nobody_connects: list[object]) -> None:
    with pytest.raises(OutboundRefused) as refused:
        session(Limits(plain=True)).post(f"{scheme}://{host}/", data="x")
    assert refused.value.code == "address"
    assert nobody_connects == []


@pytest.mark.parametrize("host", NUMBERS)
def test_numbers_are_names_that_nobody_has(host: str, nobody_connects: list[object]) -> None:
    with pytest.raises(OutboundRefused) as refused:
        session(resolve=lambda name: []).get(f"https://{host}/")
    assert refused.value.code == "name"
    assert nobody_connects == []


def test_the_wall_of_these_tests_would_notice_a_connection(nobody_connects: list[object]) -> None:
    with pytest.raises(requests.ConnectionError):
        session(resolve=lambda name: ["93.184.216.34"]).get("https://open.example/")
    assert nobody_connects == [("93.184.216.34", 443)]


def test_one_closed_address_closes_the_name(nobody_connects: list[object]) -> None:
    with pytest.raises(OutboundRefused) as refused:
        session(resolve=lambda name: ["93.184.216.34", "10.0.0.1"]).get("https://two.example/")
    assert refused.value.code == "address"
    assert nobody_connects == []


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://open.example/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://open.example/", "scheme"),
        ("http://open.example/", "scheme"),
        ("https://open.example:22/", "port"),
        ("https://me:secret@open.example/", "user"),
    ],
)
def test_only_https_on_the_usual_ports(url: str, code: str, nobody_connects: list[object]) -> None:
    with pytest.raises(OutboundRefused) as refused:
        session(resolve=lambda name: ["93.184.216.34"]).get(url)
    assert refused.value.code == code
    assert nobody_connects == []


@pytest.mark.usefixtures("listed")
def test_a_listed_address_is_reached(server: HttpServer) -> None:
    answer = session(headers={"X-Kept": "yes"}).post(server.url + "path?q=1", data=b"body")
    assert (answer.status_code, answer.content) == (200, b"fine")
    (asked,) = server.asked
    assert (asked.method, asked.path, asked.body) == ("POST", "/path?q=1", b"body")
    assert asked.headers["Host"] == f"127.0.0.1:{server.port}"
    assert asked.headers["X-Kept"] == "yes"
    assert "python" not in asked.headers["User-Agent"].lower()


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer(server: HttpServer, status: int) -> None:
    with http_server() as inside:
        server.status, server.headers = status, {"Location": inside.url}
        answer = session().get(server.url, allow_redirects=True)
        assert answer.status_code == status
        assert len(server.asked) == 1
        assert inside.asked == []


@pytest.mark.usefixtures("listed")
def test_a_proxy_is_never_used(server: HttpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with http_server() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        assert session().get(server.url).content == b"fine"
        with pytest.raises(OutboundRefused) as refused:
            session().get(server.url, proxies={"http": proxy.url})
        assert refused.value.code == "proxy"
        assert proxy.asked == []


def test_a_name_that_changes_its_mind_is_asked_once(settings: SettingsWrapper) -> None:
    """The name server says 127.0.0.1 (listed) first and 127.0.0.2 (not listed) ever after."""
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    with (
        http_server(host="0.0.0.0") as server,
        dns_server(lambda name, count: ["127.0.0.1"] if count == 1 else ["127.0.0.2"]) as names,
    ):
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], names.port
        client = session(resolve=lambda host: outbound.resolve_by(resolver, host))
        url = f"http://rebind.example:{server.port}/"
        assert client.get(url).content == b"fine"
        assert names.asked == ["rebind.example"]
        assert server.peers == ["127.0.0.1"]
        assert server.asked[0].headers["Host"] == f"rebind.example:{server.port}"
        with pytest.raises(OutboundRefused):
            client.get(url)  # a new connection is a new question, checked again
        assert len(server.asked) == 1


@pytest.mark.usefixtures("listed")
def test_a_slow_answer_is_cut_as_a_whole(server: HttpServer) -> None:
    """A byte now and then keeps a read going for ever; the clock of the whole exchange does not care."""
    enough = threading.Event()

    def trickle(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not enough.wait(0.02):
            handler.wfile.write(b"X-More: 1\r\n")
            handler.wfile.flush()

    server.answer = trickle
    with pytest.raises(TooSlow):
        session(Limits(total=0.3)).get(server.url)
    enough.set()


@pytest.mark.usefixtures("listed")
def test_a_body_without_length_is_not_taken_for_whole_when_cut(server: HttpServer) -> None:
    enough = threading.Event()

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
        while not enough.wait(0.02):
            handler.wfile.write(b"x")
            handler.wfile.flush()

    server.answer = endless
    with pytest.raises(TooSlow):
        session(Limits(total=0.3)).get(server.url)
    enough.set()


@pytest.mark.usefixtures("listed")
def test_a_long_answer_is_refused_or_cut(server: HttpServer) -> None:
    server.body = b"x" * 200_000
    with pytest.raises(TooBig):
        session(Limits(size=1000)).get(server.url)
    assert session(Limits(size=1000, cut=True)).get(server.url).content == b"x" * 1000
    assert len(session().get(server.url).content) == 200_000


@pytest.mark.usefixtures("listed")
def test_what_unpacks_to_much_is_counted_unpacked(server: HttpServer) -> None:
    server.body, server.headers = gzip.compress(b"\0" * 20_000_000), {"Content-Encoding": "gzip"}
    with pytest.raises(TooBig):
        session().get(server.url)


def test_the_certificate_is_checked_for_the_name(tmp_path: Path, settings: SettingsWrapper) -> None:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    trusted = _certificate(tmp_path, "hooks.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted)
    names: list[str | None] = []
    context.sni_callback = lambda wire, name, held: names.append(name)
    with http_server(tls=context) as server:
        client = session(resolve=lambda name: ["127.0.0.1"])
        client.verify = str(trusted)
        assert client.get(f"https://hooks.example:{server.port}/").content == b"fine"
        assert names == ["hooks.example"]
        assert server.asked[0].headers["Host"] == f"hooks.example:{server.port}"
        with pytest.raises(requests.exceptions.SSLError):
            client.get(f"https://other.example:{server.port}/")
        with pytest.raises(requests.exceptions.SSLError):
            session(resolve=lambda name: ["127.0.0.1"]).get(f"https://hooks.example:{server.port}/")
        assert len(server.asked) == 1


def _certificate(folder: Path, name: str) -> Path:
    """A certificate for `name` that vouches for itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    day = datetime.now(UTC).replace(hour=0)  # noqa: TID251 - OpenSSL checks against the machine's clock
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(day - timedelta(days=1))
        .not_valid_after(day + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "both.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path

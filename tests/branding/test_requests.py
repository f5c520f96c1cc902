"""Which host answers a request, and what a forged one gets: nothing, without a brand, a word or a cookie."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from sublet.branding.queries import sites
from sublet.demo.ports import free_port
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import OutboxMail
from sublet.portals.shared.hosts import NEUTRAL
from tests import factories
from tests.installation import installed
from tests.people import AT, World

PATHS = (
    "/",
    "/login/",
    "/brand.css",
    "/favicon.ico",
    "/static/ui/app.css",
    "/api/v1/openapi.json",
    "/nothing",
    "/as/x/",
)
FORGED = [
    "nobody.example", "evil.rosa.localhost", "xrosa.localhost", "rosa.localhost.evil.example", "localhost", "rosa", "",
    "rosa.localhost.", "rosa.localhost:", "rosa.localhost:80:80", "rosa.localhost:x", "rosa.localhost:\xb2",
    "rosa.localhost:123456", "rosa.localhost, evil.example", "rosa.localhost evil.example", "rosa.localhost/evil",
    "rosa.localhost#x", "user@rosa.localhost", "[::1]", "[::1]:80", "127.0.0.1", "127.0.0.1:8000", "::1", "*", "%00",
    "rosa.localhost\t", "rosa%2elocalhost", "ro\xadsa.localhost", "r\xf6sa.localhost", "xn--rsa-5ya.localhost", "-", ".",
    "a" * 300, "rosa..localhost", "rosa.localhost\x0b", "ROSA.LOCALHOST.", "pending.example.com",
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("host", FORGED)
def test_a_host_that_nobody_has_proved_gets_a_neutral_404(world: World, host: str) -> None:
    for path in PATHS:
        response = Client().get(path, headers={"host": host})
        assert (response.status_code, response.content) == (404, NEUTRAL)
        assert response.cookies == {}
        told = str(response.headers).lower()
        assert not re.search(r"vantage|rosa|sublet|django|set-cookie", told)
    assert Client().post("/login/", {"email": "rosa@example.test"}, headers={"host": host}).content == NEUTRAL


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["rosa.localhost", "ROSA.LocalHost", "rosa.localhost:8000", "Rosa.localhost:443"])
def test_a_proved_host_answers_whatever_its_case_and_port(world: World, host: str) -> None:
    response = Client().get("/login/", headers={"host": host})
    assert response.status_code == 200
    assert "Rosa Web Studio" in response.content.decode()


HEADERS: list[dict[str, str]] = [
    {"X-Forwarded-Host": "evil.example"},
    {"Forwarded": "host=evil.example;proto=http"},
    {"X-Host": "evil.example", "X-Original-Host": "evil.example", "X-Forwarded-Server": "evil.example"},
    {"X-Original-URL": "//evil.example/", "X-Rewrite-URL": "//evil.example/"},
    {"X-Forwarded-Proto": "http", "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Port": "1"},
    {"Origin": "https://evil.example", "Referer": "https://evil.example/"},
]


@pytest.mark.django_db
@pytest.mark.parametrize("headers", HEADERS)
@pytest.mark.parametrize("host", ["rosa.localhost", "ROSA.localhost:1234"])
def test_no_header_of_a_request_reaches_a_link_in_a_mail(world: World, headers: dict[str, str], host: str) -> None:
    browser = Client(headers={**headers, "host": host})
    browser.post("/forgotten/", {"email": "rosa@example.test"})
    run_due_jobs(at=AT.replace(year=2100))
    mail = OutboxMail.unscoped.get()  # unscoped: a test looks at everything
    origins = set(re.findall(r"https?://[^/\s\"'<)]+", mail.text + mail.html)) - {"http://www.w3.org"}
    assert origins == {"https://rosa.localhost"}
    assert "evil" not in mail.text + mail.html


@pytest.mark.django_db
@pytest.mark.parametrize("headers", HEADERS)
def test_no_header_of_a_request_reaches_a_page(world: World, headers: dict[str, str]) -> None:
    response = Client(headers={**headers, "host": "rosa.localhost"}).get("/", follow=True)
    assert "evil.example" not in response.content.decode()
    assert "evil.example" not in str(response.headers)


@pytest.mark.django_db
def test_a_page_of_a_warm_host_asks_nothing_about_its_brand(
    world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = world.stranger()
    browser.get("/login/")
    with django_assert_num_queries(0):
        browser.get("/forgotten/")
        browser.get("/manifest.webmanifest")
        browser.get("/login/")


@pytest.mark.django_db
def test_the_first_visit_to_a_host_whose_brand_is_known_costs_one_statement(
    world: World, django_assert_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    with platform_scope("test data"):
        type(world.zorba).objects.filter(id=world.zorba.id).update(language=world.elan.language)
    factories.make_host(world.elan, "elan.localhost")
    factories.make_host(world.zorba, "zorba.localhost")
    Client(headers={"host": "elan.localhost"}).get("/login/")
    monkeypatch.setattr(sites._cache, "checked_at", float("inf"))  # else the number is asked for once a second
    for count in (1, 0):
        with django_assert_num_queries(count):
            page = Client(headers={"host": "zorba.localhost"}).get("/login/")
        assert "Rosa Web Studio" in page.content.decode()


def ask(port: int, text: bytes) -> bytes:
    """What a server answers to bytes that no browser would send."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(text)
        answer = b""
        while block := line.recv(65536):
            answer += block
        return answer


RAW = {
    "absolute form, other host": b"GET http://evil.example/login/ HTTP/1.1\r\nHost: rosa.localhost\r\n",
    "absolute form, no host": b"GET http://rosa.localhost/login/ HTTP/1.1\r\n",
    "no host": b"GET /login/ HTTP/1.1\r\n",
    "old protocol": b"GET /login/ HTTP/1.0\r\n",
    "two hosts": b"GET /login/ HTTP/1.1\r\nHost: rosa.localhost\r\nHost: evil.example\r\n",
    "two hosts, other order": b"GET /login/ HTTP/1.1\r\nHost: evil.example\r\nHost: rosa.localhost\r\n",
    "line break in the host": b"GET /login/ HTTP/1.1\r\nHost: rosa.localhost\r\n X-Evil: 1\r\n",
    "bare line break": b"GET /login/ HTTP/1.1\r\nHost: rosa.localhost\rX-Evil: evil.example\r\n",
    "zero byte": b"GET /login/ HTTP/1.1\r\nHost: rosa.localhost\x00.evil.example\r\n",
    "space before the colon": b"GET /login/ HTTP/1.1\r\nHost : rosa.localhost\r\n",
    "umlaut": "GET /login/ HTTP/1.1\r\nHost: rösa.localhost\r\n".encode(),
    "ten kilobytes": b"GET /login/ HTTP/1.1\r\nHost: " + b"a" * 10_000 + b"\r\n",
}


@pytest.mark.slow
def test_the_real_server_gives_no_brand_to_a_broken_request(tmp_path: Path) -> None:
    port = free_port()
    settings = {"SUBLET_BIND": f"127.0.0.1:{port}", "SUBLET_PUBLIC_PORT": str(port), "SUBLET_WEB_WORKERS": "1"}
    with installed(tmp_path, "requests", **settings) as there:
        there.run("tests.branding.processes", "seed")
        there.start("sublet.portals.cli.main", "serve")

        def answers() -> bool:
            try:
                return b" 200 " in ask(
                    port, b"GET /login/ HTTP/1.1\r\nHost: rosa.localhost\r\nConnection: close\r\n\r\n"
                )
            except OSError:
                return False

        there.until(answers)
        for name, head in RAW.items():
            answer = ask(port, head + b"Connection: close\r\n\r\n")
            status = answer.split(b" ", 2)[1] if answer else b"closed"
            if status == b"200":
                # Which of two names counts is the server's to say; but then only that one's brand may show.
                assert name in {
                    "absolute form, other host",
                    "absolute form, no host",
                    "two hosts",
                    "line break in the host",
                }, name
                assert b"evil" not in answer.lower()
            else:
                assert status in {b"400", b"404", b"431", b"closed"}, (name, answer[:300])
                assert b"Rosa" not in answer
                assert b"set-cookie" not in answer.lower()
            assert b"Vantage" not in answer

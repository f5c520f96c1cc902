"""The bookings beside the demo: one manifest for two products, and the way to the second one on the same port."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from django.conf import settings
from django.test import Client

from sublet.core.manifest import parse_manifest
from sublet.demo import both_products, reverse
from tests.people import World


def test_the_manifest_holds_both_products() -> None:
    made = parse_manifest(both_products.text(), file="demo")
    builder = parse_manifest(both_products.text(bookings=False), file="app-builder.toml")
    bookings = parse_manifest((both_products.FOLDER / "bookings.toml").read_text("utf-8"), file="bookings.toml")
    keys = [each.key for each in made.sections]
    assert keys == [each.key for each in builder.sections] + [f"bookings_{each.key}" for each in bookings.sections]
    assert {each.key for each in made.meters} == {each.key for each in (*builder.meters, *bookings.meters)}
    assert {each.key for each in made.signals} == {each.key for each in (*builder.signals, *bookings.signals)}
    assert [each.key for each in made.plans] == [each.key for each in builder.plans]
    (fifty,) = [each.amount for each in made.plans[0].limits if each.meter == "appointments"]
    assert (made.product.starting_plan, fifty) == ("prototype", 50)


def test_what_is_written_is_what_was_meant() -> None:
    data = tomllib.loads((both_products.FOLDER / "bookings.toml").read_text("utf-8"))
    assert tomllib.loads(both_products.written(data)) == data


class Product(BaseHTTPRequestHandler):
    """Tells what it was asked, and sets cookies."""

    def do_GET(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        told = f"{self.command} {self.path}\n{self.headers}\n{self.rfile.read(size).decode()}".encode()
        self.send_response(207)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Security-Policy", "default-src 'none'")
        self.send_header("Set-Cookie", "bookings=1; Path=/bookings/acc_1; HttpOnly; SameSite=Lax")
        self.send_header("Set-Cookie", "__Host-session=stolen; Path=/")
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    do_POST = do_GET

    def log_message(self, *_args: object) -> None:
        """Nothing."""


@pytest.fixture
def product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: object) -> Iterator[None]:
    """A product on a port, and the demo's addresses."""
    server = HTTPServer(("127.0.0.1", 0), Product)
    Thread(target=server.serve_forever, daemon=True).start()
    (tmp_path / "place").write_text(f"127.0.0.1:{server.server_port}")
    monkeypatch.setattr(reverse, "place_file", lambda: tmp_path / "place")
    settings.ROOT_URLCONF = "tests.demo.urls"  # type: ignore[attr-defined]  # pytest-django's
    yield
    server.shutdown()


@pytest.mark.django_db
def test_a_request_goes_on_without_our_cookies_and_comes_back_without_any_called_like_them(
    world: World, client: Client, product: None
) -> None:
    client.cookies.load({settings.SESSION_COOKIE_NAME: "ours", "bookings": "theirs", "form": "ours"})
    answer = client.post(
        "/bookings/acc_1/agenda/new?day=2026-08-03",
        {"name": "Ada"},
        headers={
            "host": "carl.localhost",
            "X-Identity": "forged",
            "X-Forwarded-For": "forged",
            "X-Forwarded-Host": "forged",
            "X-Forwarded-Proto": "forged",
            "Forwarded": "for=forged",
            "X-Real-IP": "forged",
            "X-Original-URI": "forged",
        },
    )
    told = answer.content.decode()
    assert answer.status_code == 207
    assert told.startswith("POST /bookings/acc_1/agenda/new?day=2026-08-03\n")
    assert "Host: carl.localhost" in told
    assert "Cookie: bookings=theirs\n" in told
    assert "forged" not in told
    assert "X-Forwarded-For: 127.0.0.1\n" in told
    assert "Ada" in told
    assert answer["Content-Security-Policy"] == "default-src 'none'"
    assert answer.cookies["bookings"]["path"] == "/bookings/acc_1"
    assert "stolen" not in str(answer.cookies)


@pytest.mark.django_db
def test_a_visit_stays_in_the_address(world: World, client: Client, product: None) -> None:
    told = client.get(
        "/as/ims_7HqWm2Zr9KtXbd/bookings/acc_1/agenda", headers={"host": "carl.localhost"}
    ).content.decode()
    assert told.startswith("GET /as/ims_7HqWm2Zr9KtXbd/bookings/acc_1/agenda\n")


@pytest.mark.django_db
def test_without_a_product_there_is_a_plain_answer(
    world: World, client: Client, product: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reverse, "place_file", lambda: Path("/nowhere/place"))
    assert client.get("/bookings/acc_1", headers={"host": "carl.localhost"}).status_code == 502

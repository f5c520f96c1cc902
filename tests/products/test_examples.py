"""The three products of docs/howto/connect.md, each run as it is, in front of a real installation."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
from standardwebhooks import Webhook

from sublet_client import Sublet
from tests.products.live import Live, live, walk
from tests.sdk.conftest import until
from tests.sso.conftest import Browser, until_open

pytestmark = pytest.mark.slow
TOP = Path(__file__).resolve().parents[2]
SECRET = "whsec_bmV3bmV3bmV3bmV3bmV3bmV3"
RUN = {
    "flask": [sys.executable, "-m", "flask", "--app", "shop", "run", "--port", "{port}"],
    "fastapi": [sys.executable, "-m", "granian", "--interface", "asgi", "--access-log", "--port", "{port}", "shop:app"],
    "django": [sys.executable, "shop.py", "runserver", "--noreload", "{port}"],
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live(tmp_path_factory.mktemp("shops")) as found:
        found.installation.worker()
        yield found


@pytest.fixture(params=list(RUN))
def shop(request: pytest.FixtureRequest, place: Live, tmp_path: Path) -> Iterator[Path]:
    """The product, running; where it writes its log."""
    port = urlsplit(place.shop).port
    assert port is not None
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("SUBLET_", "DJANGO_"))},
        "PYTHONPATH": str(TOP / "sdk/python/src"),
        "SHOP_SECRET": "the shop's own, and long enough",
        "SHOP_ADDRESS": place.shop,
        "SHOP_VAR": str(tmp_path),
        "SUBLET_ADDRESS": place.address,
        "SUBLET_CONNECT_TO": place.real,
        "SUBLET_KEY": place["key"],
        "SUBLET_CLIENT": place["client"],
        "SUBLET_CLIENT_SECRET": place["secret"],
        "SUBLET_WEBHOOK_SECRETS": f"whsec_b2xkb2xkb2xkb2xkb2xkb2xk {SECRET}",
    }
    command = [each.format(port=port) for each in RUN[request.param]]
    log = tmp_path / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=TOP / "examples/connect" / request.param,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        until_open(port, process)
        yield log
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def vera(place: Live, tmp_path: Path) -> Iterator[Sublet]:
    made = Sublet(place.address, place["key"], spool_path=tmp_path / "vera", connect_to=place.real)
    yield made
    made.close(0.5)


def said(text: str) -> list[str]:
    return [unescape(each) for each in re.findall(r"<(?:p|h1)[^>]*>([^<]*)</(?:p|h1)>", text)]


def test_it_is_used_up_to_the_limit_and_everything_is_told(shop: Path, place: Live, vera: Sublet) -> None:
    carl = place["carl"]
    meters = vera.entitlements.of(carl).meters
    vera.call("PUT", f"/entitlements/{carl}/limits/appointments", json={"units": int(meters["appointments"].used) + 1})
    browser = Browser()
    entrance = {"iss": place.issuer, "login_hint": carl, "target_link_uri": f"{place.shop}/app/?from=portal"}

    page = walk(browser, f"{place.shop}/app/login?{urlencode(entrance)}")

    assert page.status == 200, f"{page.text[:3000]}\n{shop.read_text()[-3000:]}"
    brand = vera.brand(place["host"])
    assert said(page.text) == [brand.name, f"Cleo Costa · {place['carl_name']}", "Left: 1"]
    token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]*)"', page.text)
    form = {"csrfmiddlewaretoken": token[0]} if token else {}
    first = browser.ask("POST", f"{place.shop}/app/book", data=form)
    second = browser.ask("POST", f"{place.shop}/app/book", data=form)
    assert (first.status, second.status) == (200, 200), f"{first.text[:2000]}\n{shop.read_text()[-3000:]}"
    assert said(first.text)[2:] == ["Left: 0", "Booked."]
    assert said(second.text)[2:4] == ["Left: 0", "The limit is reached."]
    assert len(said(second.text)) > 4  # what somebody can do, in words for people

    def sent() -> bool:
        vera.entitlements.refresh(carl)
        return vera.entitlements.of(carl).meters["text_messages"].used == meters["text_messages"].used + 1

    until(sent)
    told = vera.call("GET", f"/accounts/{carl}/journal", params={"event": "product.changed", "limit": "1"})["items"][0]
    assert (told["data"]["text"], told["actor"]) == ("Booked an appointment", "Cleo Costa")


def test_a_change_of_what_is_open_and_of_the_brand_shows(shop: Path, place: Live, vera: Sublet) -> None:
    carl = place["carl"]
    browser = Browser()
    entrance = {"iss": place.issuer, "login_hint": carl, "target_link_uri": f"{place.shop}/app/"}
    page = walk(browser, f"{place.shop}/app/login?{urlencode(entrance)}")
    assert "Calendar feed" not in page.text

    vera.call("PUT", f"/entitlements/{carl}/features/calendar_feed", json={"value": True})

    until(lambda: "Calendar feed: " in browser.ask("GET", f"{place.shop}/app/").text)
    vera.call("DELETE", f"/entitlements/{carl}/features/calendar_feed")
    until(lambda: "Calendar feed: " not in browser.ask("GET", f"{place.shop}/app/").text)


def test_whoever_logs_out_is_gone_and_the_product_is_told(shop: Path, place: Live) -> None:
    browser = Browser()
    entrance = {"iss": place.issuer, "login_hint": place["carl"], "target_link_uri": f"{place.shop}/app/"}
    walk(browser, f"{place.shop}/app/login?{urlencode(entrance)}")
    assert browser.ask("GET", f"{place.shop}/app/").status == 200

    home = browser.go(f"{place.issuer}/")
    token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]*)"', home.text)[0]
    headers = {"Origin": place.issuer, "Referer": f"{place.issuer}/"}
    out = browser.ask("POST", f"{place.issuer}/logout/", data={"csrfmiddlewaretoken": token}, headers=headers)

    assert out.status in {302, 303}, out.text[:500]
    assert browser.ask("GET", f"{place.shop}/app/").status == 403
    until(lambda: "/app/notice" in shop.read_text(errors="replace"))


def test_nobody_and_nothing_that_is_not_from_there_comes_in(shop: Path, place: Live) -> None:
    anybody = httpx.Client(base_url=place.shop)
    body = '{"type": "webhook.test", "timestamp": "2026-03-02T09:30:00Z", "data": {"account": "acc_x"}}'
    now = datetime.now(UTC)  # noqa: TID251 - a webhook is signed at the moment at which it is sent
    headers = {"webhook-id": "e1", "webhook-timestamp": str(int(now.timestamp()))}
    signed = headers | {"webhook-signature": Webhook(SECRET).sign("e1", now, body)}

    assert anybody.get("/app/").status_code == 403
    assert anybody.post("/app/book").status_code == 403
    assert anybody.get("/app/callback?code=x&state=y").status_code == 400
    assert anybody.get("/app/login?iss=https://evil.example").status_code == 400
    assert anybody.get(f"/app/login?iss={place.issuer}&target_link_uri=https://evil.example/app/").status_code == 400
    assert anybody.post("/app/notice", data={"logout_token": "a.b.c"}).status_code == 400
    assert anybody.post("/hooks/sublet", content=body, headers=signed).status_code == 204
    assert anybody.post("/hooks/sublet", content=body + " ", headers=signed).status_code == 400
    assert "heard webhook.test of acc_x" in shop.read_text()

"""The host product is looked at behind its proxy, by a pass that is good for looking there and for nothing else."""

from __future__ import annotations

import re
import socket
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests

from sublet.branding import tls_gateway
from sublet.branding.models import Domain
from sublet.core.leaks import Word
from sublet.foundation import clock, outbound
from sublet.foundation.scope import account_scope, platform_scope
from sublet.people.queries.sections import SectionAddress
from sublet.proof import names, walk
from sublet.proof import product as product_pages
from sublet.proof.gathering import Gathered
from sublet.proof.models import Scan
from sublet.proof.operations import _keep, _passed
from sublet.proof.product import COOKIE, Unreachable, fetcher, leads_here, product
from sublet.proof.scanning import looking_at
from sublet.proof.visitor import Answer
from tests.factories import AT
from tests.people import CARL_HOST, World

pytestmark = pytest.mark.django_db
WORDS = (Word("Vantage", "name"),)
HTML = (("Content-Type", "text/html"),)


@pytest.fixture
def sections(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [SectionAddress(key, f"https://{{host}}/{key}/{{account}}") for key in ("design", "pages", "shop")]
    found.append(SectionAddress("far", "https://product.example/far"))
    monkeypatch.setattr(product_pages, "section_addresses", lambda: found)


def looked_at(world: World, pages: dict[str, Answer | None]) -> tuple[Gathered, dict[str, str], list[str]]:
    asked: list[str] = []

    def fetch(address: str) -> Answer:
        asked.append(address)
        found = pages.get(address.replace(world.carl.ref, "X"), Answer(address, 404, HTML, b""))
        if found is None:
            raise Unreachable
        return found

    with account_scope(world.carl.id):
        looking = looking_at(world.carl, CARL_HOST, WORDS, (), AT)
        into = Gathered()
        return into, product(looking, into, lambda _done, _known: None, fetch), asked


class PublicPort:
    def integer(self, _name: str) -> int:
        return 8443


def page(address: str, body: str) -> Answer:
    return Answer(address, 200, HTML, body.encode())


def test_each_section_is_measured(world: World, sections: None) -> None:
    pages: dict[str, Answer | None] = {
        "/design/X": page("/design/x", '<p>Fine</p><a href="/design/more">m</a><a href="/login/">l</a><a href="http://10.0.0.1/">x</a>'),
        "/design/more": page("/design/more", "by Vantage"),
        "/pages/X": page("/pages/x", '<p>Fine</p><a href="/pages/2">2</a>'),
        "/shop/X": Answer("/shop/x", 302, (("Location", "/app/login"),), b""),
    }  # fmt: skip
    into, measured, asked = looked_at(world, pages)
    assert measured == {"design": "found", "pages": "clean", "shop": "unseen", "far": "unseen"}
    assert [(each.address, each.place, each.leak.word) for each in into.found] == [("/design/more", "text", "Vantage")]
    assert into.skipped == ["others", "product"]
    assert {each.replace(world.carl.ref, "X") for each in asked} == {
        *pages,
        "/pages/2",
    }  # nothing of ours, nothing elsewhere


def test_a_page_of_several_sections_is_counted_once(world: World, sections: None) -> None:
    pages: dict[str, Answer | None] = {
        f"/{key}/X": page(f"/{key}/x", '<link href="/style"><a href="/help">h</a>')
        for key in ("design", "pages", "shop")
    }
    pages["/help"] = page("/help", "by Vantage")
    into, _measured, asked = looked_at(world, pages)
    assert into.looked_at == len(set(asked)) == 5
    assert into.leaking == 1


def test_a_page_that_never_ends_ends(world: World, sections: None) -> None:
    class Endless(dict[str, Answer | None]):
        def get(self, address: str, default: object = None) -> Answer:  # a page for whatever is asked
            return page(address, f'<a href="{address}a/">on</a>')

    into, measured, asked = looked_at(world, Endless())
    assert measured["design"] == "clean"
    assert len(asked) < 100
    assert into.looked_at == len(set(asked))


def test_a_product_that_does_not_answer_is_said_to_be_unseen(world: World, sections: None) -> None:
    into, measured, asked = looked_at(world, {f"/{key}/X": None for key in ("design", "pages", "shop")})
    assert set(measured.values()) == {"unseen"}
    assert into.skipped == ["product"]
    assert len(asked) == 1  # who does not answer once is not waited for again


@pytest.mark.parametrize("status", [404, 500, 503])
def test_a_section_that_shows_an_error_is_not_called_clean(world: World, sections: None, status: int) -> None:
    pages: dict[str, Answer | None] = {
        "/design/X": Answer("/design/x", status, HTML, b"<p>Back soon</p>"),
        "/pages/X": Answer("/pages/x", status, HTML, b"<p>by Vantage</p>"),
        "/shop/X": page("/shop/x", "<p>Fine</p>"),
    }
    into, measured, _asked = looked_at(world, pages)
    assert measured == {"design": "unseen", "pages": "found", "shop": "clean", "far": "unseen"}
    assert into.skipped == ["others", "product"]


def test_a_section_with_a_file_that_is_not_read_to_its_end_is_not_called_clean(
    world: World, sections: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "texts_of", lambda _data: ([], False))  # as where it takes too long
    pages: dict[str, Answer | None] = {
        f"/{key}/X": page(f"/{key}/x", '<p>Fine</p><a href="/price-list">p</a>') for key in ("design", "pages", "shop")
    }
    pages["/price-list"] = Answer("/price-list", 200, (("Content-Type", "application/pdf"),), b"%PDF-1.7")
    into, measured, _asked = looked_at(world, pages)
    assert measured["design"] == "unseen"
    assert into.skipped == ["files", "others", "product"]


def test_no_address_inside_our_own_network_is_fetched(world: World) -> None:
    with account_scope(world.carl.id):
        fetch = fetcher(looking_at(world.carl, CARL_HOST, WORDS, (), AT), "x" * 43)
        with pytest.raises(Unreachable) as told:
            fetch("/design/")
    assert isinstance(told.value.__cause__, requests.RequestException)


def test_the_pass_goes_to_our_own_proxy_only(world: World, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the account lets its name lead meanwhile."""
    asked: list[str] = []

    def resolve(host: str) -> list[str]:
        asked.append(host)
        return ["192.0.2.9"]

    monkeypatch.setattr(outbound, "resolve", resolve)
    settings.DNS_TARGET, settings.DNS_ADDRESSES = "hosts.platform.example", []
    assert product_pages.edge() == ["192.0.2.9"]
    settings.DNS_ADDRESSES = ["127.0.0.1"]  # closed: nothing leaves here
    with account_scope(world.carl.id):
        fetch = fetcher(looking_at(world.carl, "shop.carl.example", WORDS, (), AT), "x" * 43)
        with pytest.raises(Unreachable) as told:
            fetch("/design/")
    assert str(told.value.__cause__) == "address"
    assert asked == ["hosts.platform.example"]


def test_the_certificate_is_read_at_the_public_port(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, bool]] = []

    def connect(_host: str, port: int, *, ports: Collection[int], timeout: float) -> socket.socket:
        asked.append((port, port in ports))
        raise ConnectionRefusedError

    monkeypatch.setattr(tls_gateway, "connect_checked", connect)
    settings.SUBLET = PublicPort()
    monkeypatch.setattr(names, "own_hosts", lambda _looking: ["shop.carl.example"])
    settings.SECURE_SCHEME = True
    into = Gathered()
    names.certificates(None, into)  # type: ignore[arg-type]  # whose hosts they are is said above
    assert into.skipped == ["certificates"]
    with pytest.raises(tls_gateway.NotReached) as refused:
        tls_gateway.certificate_of("shop.carl.example")
    assert isinstance(refused.value.__cause__, ConnectionRefusedError)
    assert asked == [(8443, True)] * 2


def test_a_host_that_leads_elsewhere_is_not_looked_at(world: World, sections: None) -> None:
    with account_scope(world.carl.id):
        domain = Domain.objects.get(host=CARL_HOST)
        domain.host, domain.proof = "shop.carl.example", Domain.Proof.DNS
        domain.save()
        assert not leads_here(domain.host)
        into = Gathered()
        looking = looking_at(world.carl, domain.host, WORDS, (), AT)
        assert product(looking, into, lambda _done, _known: None, lambda _address: pytest.fail("asked")) == {}
        assert into.skipped == ["product"]
        domain.serving = True
        domain.save()
        assert leads_here(domain.host)
        domain.failing_since = AT
        domain.save()
        assert not leads_here(domain.host)
    assert not leads_here("nobody.example")


@pytest.mark.parametrize("file", ["docs/howto/sign-on.md", "examples/proxies/Caddyfile"])
def test_no_recipe_hands_the_pass_on_to_the_product(file: str) -> None:
    text = (Path(__file__).parents[2] / file).read_text(encoding="utf-8")
    lists = [set(each.split("|")) for each in re.findall(r"\(\?:((?:\w+\|)*crossing(?:\|\w+)*)\)", text)]
    assert lists
    assert all(COOKIE in each for each in lists)


def passed(world: World, who: str = "carl", **changes: Any) -> str:
    at = clock.now()
    with platform_scope("test data"):
        scan = Scan.objects.create(
            account=world.carl, cause="person", state="running", version="1", host=CARL_HOST, asked_by_name="R",
            created_at=at, started_at=at,
        )  # fmt: skip
        [secret] = _passed(scan, [world.places[who].ref], world.actor("rosa"), at)
        Scan.objects.filter(id=scan.id).update(**changes)
    return secret


def asks(world: World, secret: str, host: str = CARL_HOST, query: str = "", **headers: str) -> int:
    browser = world.stranger(host)
    browser.cookies[COOKIE] = secret
    return browser.get(
        f"/auth/forward?answer=401{query}", headers={"X-Forwarded-Uri": "/x", "X-Forwarded-Method": "GET", **headers}
    ).status_code


def identity_told(world: World, secret: str) -> dict[str, Any]:
    browser = world.stranger(CARL_HOST)
    browser.cookies[COOKIE] = secret
    answer = browser.get(
        "/auth/forward?answer=401",
        headers={"X-Forwarded-Uri": f"/app/{world.carl.ref}/design", "X-Forwarded-Method": "GET"},
    )
    told: dict[str, Any] = jwt.decode(answer.headers["X-Identity"], options={"verify_signature": False})
    return told


def test_the_pass_answers_the_proxys_question_and_nothing_else(world: World) -> None:
    secret = passed(world)
    assert asks(world, secret) == 200
    told = identity_told(world, secret)
    assert (told["account"], told["looking"]) == (world.carl.ref, True)
    assert set(told["sections"].values()) == {"manage"}  # as the owner holds them, in whose place it looks
    assert asks(world, secret, query=f"&account={world.carl.ref}") == 200
    assert asks(world, secret[:-1] + "_") == 401
    assert asks(world, secret, host="rosa.localhost") == 401
    assert asks(world, secret, query=f"&account={world.rosa.ref}") == 401
    assert asks(world, secret, query="&level=manage") == 200  # to look at
    for level in ("view", "manage"):
        for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "get", ""):
            assert asks(world, secret, query=f"&level={level}", **{"X-Forwarded-Method": method}) == 401, method
        for method in ("HEAD", "OPTIONS"):
            assert asks(world, secret, query=f"&level={level}", **{"X-Forwarded-Method": method}) == 200
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        assert asks(world, secret, **{name: "POST"}) == 401
    # A socket is asked for by GET, and what is said in it no method tells.
    assert asks(world, secret, Connection="Upgrade", Upgrade="websocket") == 401
    assert asks(world, secret, **{"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}) == 401
    nobody_names_it = world.stranger(CARL_HOST)
    nobody_names_it.cookies[COOKIE] = secret
    assert nobody_names_it.get("/auth/forward?answer=401", headers={"X-Forwarded-Uri": "/x"}).status_code == 401
    browser = world.stranger(CARL_HOST)
    browser.cookies[COOKIE] = secret
    assert browser.get("/me/").status_code == 302
    assert browser.get(f"/client/{world.carl.ref}/").status_code == 302


def test_each_person_has_a_pass_of_its_own_that_opens_what_that_person_may(world: World) -> None:
    with platform_scope("test data"):
        world.places["cleo"].rights_words = {"product.design": "view", "product.content": "manage"}
        world.places["cleo"].save()
    secret = passed(world, "cleo")
    told = identity_told(world, secret)
    assert (told["sub"], told["looking"]) == (world.users["cleo"].ref, True)
    assert told["sections"] == {"design": "view", "content": "manage"}
    levels = {(key, level): asks(world, secret, query=f"&account={world.carl.ref}&section={key}&level={level}")
              for key in ("design", "content", "push") for level in ("view", "manage")}  # fmt: skip
    assert [pair for pair, status in levels.items() if status == 200] == [
        ("design", "view"), ("content", "view"), ("content", "manage"),
    ]  # fmt: skip
    with platform_scope("test data"):
        world.places["cleo"].ended_at = AT
        world.places["cleo"].save()
    assert asks(world, secret) == 401  # and does not become somebody else's


def test_the_passes_of_two_scans_are_no_use_in_each_others_account(world: World) -> None:
    at = clock.now()
    own = passed(world)
    with platform_scope("test data"):
        scan = Scan.objects.create(
            account=world.elan, cause="person", state="running", version="1", host=CARL_HOST, asked_by_name="R",
            created_at=at, started_at=at,
        )  # fmt: skip
        # As if that one had been given a place that is not its account's.
        [foreign] = _passed(scan, [world.places["carl"].ref], world.actor("rosa"), at)
    assert asks(world, own, query=f"&account={world.carl.ref}") == 200
    assert asks(world, own, query=f"&account={world.elan.ref}") == 401
    assert asks(world, foreign, query=f"&account={world.carl.ref}") == 401
    assert asks(world, foreign) == 401
    assert asks(world, foreign, query=f"&account={world.elan.ref}") == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "done"},
        {"state": "failed"},
        {"pass_digest": ""},
        {"passes": {}},
        {"pass_until": AT - timedelta(days=1)},
    ],
)
def test_the_pass_ends_with_its_scan(world: World, changes: dict[str, Any]) -> None:
    assert asks(world, passed(world, **changes)) == 401


def test_a_scan_that_ended_leaves_no_pass(world: World) -> None:
    secret = passed(world)
    with account_scope(world.carl.id):
        scan = Scan.objects.get()
        looking = looking_at(world.carl, CARL_HOST, WORDS, (), AT)
        _keep(scan, Gathered(looked_at=1), sections={}, looking=looking, actor=world.actor("rosa"), at=clock.now())
        assert (Scan.objects.get().passes, Scan.objects.get().pass_digest) == ({}, "")
    assert asks(world, secret) == 401

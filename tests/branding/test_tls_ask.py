"""Whether a certificate may be made for a name: for proved ones only, asked by the proxy only, and nothing is written."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sublet.branding import operations
from sublet.branding.models import Domain
from sublet.branding.queries import forget_hosts
from tests import factories
from tests.people import AT, World
from tests.thorough import FULL

pytestmark = pytest.mark.django_db

PROXY = Client()


def ask(name: str, **more: Any) -> int:
    headers = {"host": "127.0.0.1:8000", **more.pop("headers", {})}
    return PROXY.get("/tls/ask", {"domain": name}, headers=headers, **more).status_code


def test_only_names_that_answer(world: World) -> None:
    domain = factories.make_host(world.rosa, "app.agency.example", primary=False)
    waits = factories.make_host(world.remo, "waits.agency.example", primary=False)
    rests = factories.make_host(world.remo, "rests.agency.example", primary=False)
    wild = factories.make_host(world.rosa, "*.clients.example", primary=False)
    # unscoped: a test sets everything
    Domain.unscoped.filter(id=wild.id).update(serving=True)
    Domain.unscoped.filter(id=waits.id).update(state="pending")
    Domain.unscoped.filter(id=rests.id).update(
        state="released", released_at=AT + timedelta(days=1)
    )  # unscoped: as above
    forget_hosts()
    for name in (domain.host, domain.host.upper(), domain.host + ".", "vendor.localhost", "rosa.localhost"):
        assert ask(name) == 200, name
    for name in (
        waits.host, rests.host, wild.host, "any.clients.example", "x.app.agency.example", "agency.example", "localhost",
        "127.0.0.1", "a\x00b.example", "a" * 300, "rosa.localhost:443", "rosa.localhost/x", "%", "*",
    ):  # fmt: skip
        assert ask(name) == 404, name
    assert ask("") == 400
    with world.scope("rosa") as rosa:
        child = operations.add_host(account_ref=world.elan.ref, host="elan.clients.example", actor=rosa, at=AT)
    assert ask(child.host) == 200


def test_nobody_else_can_ask(world: World) -> None:
    """Through the proxy, from another machine or by the name of a site the address is a page that is not there."""
    name = "rosa.localhost"
    for headers in (
        {"host": "rosa.localhost"}, {"host": "vendor.localhost"}, {"x-forwarded-for": "198.51.100.7"},
        {"x-forwarded-host": "rosa.localhost"}, {"forwarded": "for=198.51.100.7"}, {"via": "1.1 proxy"},
    ):  # fmt: skip
        assert ask(name, headers=headers) == 404, headers
    assert ask(name, REMOTE_ADDR="198.51.100.7") == 404
    assert ask(name, REMOTE_ADDR="") == 404
    assert Client().post("/tls/ask?domain=rosa.localhost", headers={"host": "127.0.0.1"}).status_code == 405


def test_ten_thousand_random_names_get_none_and_write_nothing(world: World) -> None:
    """D5. Some of them here unless everything is asked for; the number does not change what happens to one."""
    chance = random.Random(5)
    letters = "abcdefghijklmnopqrstuvwxyz0123456789-"
    names = [
        ".".join("".join(chance.choices(letters, k=chance.randint(1, 12))) for _ in range(chance.randint(1, 4)))
        for _ in range(10_000 if FULL else 500)
    ]
    with CaptureQueriesContext(connection) as statements:
        answers = {ask(name) for name in names}
    assert answers == {404}
    assert all(each["sql"].startswith("SELECT") for each in statements.captured_queries)


def test_a_redirecting_host_leads_to_the_same_place_on_the_main_one(world: World) -> None:
    other = factories.make_host(world.rosa, "old.agency.example", primary=False)
    with world.scope("rosa") as rosa:
        operations.set_redirect(ref=other.ref, redirects=True, actor=rosa, at=AT)
    browser = Client(headers={"host": other.host})
    for path in ("/login/?next=%2Freseller%2F", "/a%20b/", "/x?y=1&z=%E2%82%AC"):
        answer = browser.get(path)
        assert (answer.status_code, answer["Location"]) == (308, f"https://rosa.localhost{path}")
        assert not answer.cookies
    assert browser.post("/login/", {"email": "x"}).status_code == 308
    assert browser.get("/", PATH_INFO="//evil.example/")["Location"] == "https://rosa.localhost/evil.example/"
    assert ask(other.host) == 200
    with world.scope("rosa") as rosa:
        with pytest.raises(operations.CannotReleaseHost) as refusal:
            operations.set_redirect(
                ref=Domain.objects.get(host="rosa.localhost").ref, redirects=True, actor=rosa, at=AT
            )
        operations.make_primary(ref=other.ref, actor=rosa, at=AT)
    assert refusal.value.code == "leads-here"
    assert browser.get("/login/").status_code == 200

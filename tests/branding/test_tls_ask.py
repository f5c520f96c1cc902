"""Whether a certificate may be made for a name: for proved ones only, asked by the proxy only, and nothing is written."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client, RequestFactory

from sublet.branding import operations, queries
from sublet.branding.models import Domain
from sublet.branding.queries import forget_hosts
from sublet.foundation.scope import platform_scope
from sublet.portals.shared import tls_ask
from sublet.portals.shared.hosts import HostMiddleware
from tests import factories
from tests.people import AT, World
from tests.thorough import FULL, ON_POSTGRESQL

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


def strange_names(count: int) -> list[str]:
    """Names of one to four labels that nobody has; always the same ones."""
    chance = random.Random(5)
    letters = "abcdefghijklmnopqrstuvwxyz0123456789-"
    return [
        ".".join("".join(chance.choices(letters, k=chance.randint(1, 12))) for _ in range(chance.randint(1, 4)))
        for _ in range(count)
    ]


def asked_of_the_first_step(names: list[str]) -> tuple[Counter[int], list[str]]:
    """What the first step of every request answers to the proxy, and every statement but a SELECT. How long it takes: `bench p6`.

    By a wrapper, not by the log of statements: that one keeps the last nine thousand and forgets the others.
    """
    writes: list[str] = []

    def watch(execute: Any, sql: str, *arguments: Any) -> Any:
        if not sql.lstrip().upper().startswith("SELECT"):
            writes.append(sql)
        return execute(sql, *arguments)

    def goes_on(request: Any) -> Any:
        raise AssertionError("a question of the proxy's went on to the pages")

    first, make = HostMiddleware(goes_on), RequestFactory(headers={"host": "127.0.0.1:8000"})
    answers: Counter[int] = Counter()
    with platform_scope("as the step before it says"), connection.execute_wrapper(watch):
        for name in names:
            request = make.get("/tls/ask", {"domain": name})
            answers[first(request).status_code] += 1  # type: ignore[arg-type]  # what the middleware before it makes of it
    return answers, writes


def rows() -> dict[str, int]:
    """How many there are in each table."""
    with platform_scope("a test counts"):
        return {model._meta.db_table: model._base_manager.count() for model in apps.get_models() if model._meta.managed}


def test_ten_thousand_random_names_get_none_and_write_nothing(world: World) -> None:
    """D5. Some of them through the whole of the server's steps; the number does not change what happens to one."""
    count = 10_000 if FULL or not ON_POSTGRESQL else 2_000  # its answer to each name takes ten times as long
    names, before = strange_names(count), rows()
    answers, writes = asked_of_the_first_step(names)
    assert answers == {404: count}
    assert writes == []
    assert {ask(name) for name in names[: count if FULL else 100]} == {404}
    assert rows() == before


def test_an_answer_that_asked_nobody_or_wrote_something_would_be_seen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D5's positive control: on-demand certificates for whatever is asked for, each noted in a row of its own."""
    known = queries.host_view("rosa.localhost")

    def noted(name: str) -> Any:
        Domain.unscoped.create(account=world.rosa, host=name, state="pending", created_at=AT)  # unscoped: a test
        return known

    monkeypatch.setattr(tls_ask, "host_view", noted)
    before = rows()
    answers, writes = asked_of_the_first_step(strange_names(3))
    assert answers == {200: 3}
    assert [sql.split()[0] for sql in writes if "domain" in sql] == ["INSERT"] * 3
    assert rows()["domain"] == before["domain"] + 3


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

"""The generated probe of single sign-on and forward authentication: nobody learns of another tenant's accounts or people.

Addresses come from the URL configuration; each is asked by people of one tenant with every parameter that it knows set to
things of another, and by programs with the other tenant's real tokens, on every host but their own.
"""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from sublet.foundation.clock import now
from sublet.foundation.journal.models import JournalEntry
from sublet.people.models import LogIn, Section
from sublet.portals.api import limits
from sublet.portals.api.declare import SIGN_ON, Declared
from sublet.portals.shared.people import LOG_IN_KEY
from tests.people import CARL_HOST, REMO_HOST, ROSA_HOST, VENDOR_HOST, World
from tests.portals.api.caller import make_caller, published
from tests.portals.api.test_roles import ARGUMENT, EVERY
from tests.probe.test_tenants import ASKERS, MARK, Stranger, addresses, browser, other, urlconf_of
from tests.signon import Program, register

__all__ = ["other"]  # a fixture

#: What an address of single sign-on may be asked with. An address that takes another parameter is found by the last test.
ABOUT_ACCOUNTS = ("account", "login_hint", "target_link_uri", "to")
ABOUT_TOKENS = ("token", "access_token", "refresh_token", "code", "id_token_hint")


def sign_on_addresses(host: str) -> list[str]:
    return [
        address.filled({})
        for address in addresses(urlconf_of(host))
        if not address.arguments and (address.name.startswith("sign-on") or address.name.startswith("forward"))
    ]


def said(response: Any, sent: str = "") -> str:
    """Body and headers without what was `sent`, signed tokens opened: a name inside of one is a name that was told."""
    told: str = response.content.decode("utf-8", "replace") + str(response.headers)
    told = told.replace(sent, "") if sent else told
    parts = [part for word in told.replace('"', " ").replace("'", " ").split() for part in word.split(".")]
    for part in parts:
        try:
            told += base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()
        except ValueError:
            continue
    return told.lower()


@pytest.fixture
def program(world: World) -> Program:
    Section.objects.update(address="https://{host}/app/{account}/content")
    return register(world)


@pytest.mark.parametrize(("person", "host"), ASKERS)
def test_no_sign_on_tells_of_another_tenants_account(
    world: World, other: Stranger, program: Program, person: str, host: str
) -> None:
    program.host = host
    client = browser(world, person, host)
    faults = []
    for path in sign_on_addresses(host):
        for account in other.accounts:
            hints = dict.fromkeys(ABOUT_ACCOUNTS, account) | {"to": f"/app/{account}/content"}
            asked = dict(pair.split("=", 1) for pair in program.asks().partition("?")[2].split("&"))
            query = urlencode(hints) + "&" + "&".join(f"{name}={value}" for name, value in asked.items())
            uri = f"/app/{account}/content"
            for headers in ({"x-forwarded-uri": uri}, {"x-original-uri": uri, "accept": "text/html"}, {}):
                response = client.get(f"{path}?{query}", headers=headers, secure=True)
                if MARK in said(response) or response.status_code == 500:
                    faults.append(f"GET {path}: {response.status_code}")
                if path == "/auth/forward" and response.status_code == 200:
                    faults.append(f"let through: {headers}")
            response = client.post(path, {**hints}, secure=True)
            if MARK in said(response) or response.status_code == 500:
                faults.append(f"POST {path}: {response.status_code}")
    assert faults == []


@pytest.mark.parametrize("host", [ROSA_HOST, CARL_HOST, VENDOR_HOST])
def test_no_token_of_another_tenant_is_worth_anything_elsewhere(
    world: World, other: Stranger, program: Program, host: str
) -> None:
    program.host = REMO_HOST
    tokens = program.tokens(world.browser("nora"))
    program.host = host
    faults = []
    for path in sign_on_addresses(host):
        for kind in ("access_token", "refresh_token", "id_token"):
            given = str(tokens[kind])
            bearer = Client(headers={"host": host, "authorization": f"Bearer {given}"})
            answers = [bearer.get(path, dict.fromkeys(ABOUT_TOKENS, given), secure=True)]
            for grant in ("authorization_code", "refresh_token"):
                form = dict.fromkeys(ABOUT_TOKENS, given) | {"grant_type": grant}
                answers.append(program.post(path, **form))
            for answer in answers:
                if MARK in said(answer, given) or answer.status_code == 500:
                    faults.append(f"{path} with {kind}: {answer.status_code}")
    assert faults == []
    program.host = REMO_HOST  # and nothing of it was used up or ended by all that
    assert program.userinfo(tokens["access_token"]).status_code == 200


def test_the_probe_would_see_a_leak(world: World, other: Stranger, program: Program) -> None:
    """Each with its own: the words that the probe looks for are in these answers."""
    program.host = REMO_HOST
    nora = world.browser("nora")
    tokens = program.tokens(nora)
    assert MARK in said(program.userinfo(tokens["access_token"]))
    assert MARK in json.dumps(program.introspect(tokens["access_token"])) + said(
        program.refresh(tokens["refresh_token"])
    )
    account = world.actor("nora").account_ref
    answer = nora.get("/auth/forward", headers={"x-forwarded-uri": f"/app/{account}/content"}, secure=True)
    assert answer.status_code == 200
    assert MARK in said(answer)


#: What the product asks of the API in a person's name, from the declarations: a new one is covered by itself.
ASKED_BY_PRODUCTS = [each for each in EVERY if each.caller == SIGN_ON]
#: Whose token, from which host.
SIGNED_ON = (("cleo", CARL_HOST), ("rosa", ROSA_HOST), ("nora", REMO_HOST), ("dora", VENDOR_HOST))


def ask(declared: Declared, place: str, secret: str, host: str, **more: Any) -> Any:
    """The operation as its example in the document says, for that account, with that secret."""
    described = published()["paths"]["/api/v1" + declared.path][declared.method.lower()]
    body = {**described["requestBody"]["content"]["application/json"]["example"], **more}
    values = dict.fromkeys(ARGUMENT.findall(declared.path), place)
    return Client(headers={"host": host}).generic(
        declared.method,
        "/api/v1" + ARGUMENT.sub(lambda found: values[found[1]], declared.path),
        json.dumps(body),
        content_type="application/json",
        headers={"authorization": f"Bearer {secret}" if secret else "", "idempotency-key": str(uuid.uuid4())},
        secure=True,
    )


def given(world: World, person: str, host: str) -> tuple[str, ...]:
    """Both that the product gets at a sign-on of that person on that host: the access token, and the identity header."""
    program, browser = register(world, host=host), world.browser(person, host=host)
    session = browser.session
    session[LOG_IN_KEY] = LogIn.objects.create(
        user=world.users[person], session_key=session.session_key or "", device_hash="d" * 64, host=host,
        created_at=now(), last_used_at=now(),
    ).ref  # fmt: skip
    session.save()
    uri = f"/app/{world.places[person].account.ref}/"
    header = browser.get("/auth/forward?answer=401", headers={"x-forwarded-uri": uri}, secure=True)["X-Identity"]
    return str(program.tokens(browser)["access_token"]), str(header)


@pytest.mark.parametrize("declared", ASKED_BY_PRODUCTS, ids=lambda each: each.id)
@pytest.mark.parametrize(("person", "host"), SIGNED_ON)
def test_a_product_speaks_for_its_person_there_and_nowhere_else(
    world: World, other: Stranger, program: Program, person: str, host: str, declared: Declared
) -> None:
    own = world.places[person].account
    foreign = {
        each.ref for each in (world.vendor, world.rosa, world.remo, world.carl, world.elan, world.bakery, world.dora)
    }
    before = JournalEntry.unscoped.count()
    secrets = given(world, person, host)
    begun = JournalEntry.unscoped.count()
    assert begun <= before + 2
    limits.REPORTS.forget()
    for secret in secrets:
        limits.BY_ADDRESS.forget()
        for account in sorted((foreign | set(other.accounts)) - {own.ref}):
            answer = ask(declared, account, secret, host)
            assert (answer.status_code, answer.json()["code"]) == (404, "not-found"), (account, answer.content)
            assert MARK not in said(answer, secret) or person == "nora"
        for elsewhere in {CARL_HOST, ROSA_HOST, REMO_HOST, VENDOR_HOST} - {host}:
            answer = ask(declared, own.ref, secret, elsewhere)
            assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-on"), (elsewhere, answer.content)
            assert MARK not in said(answer, secret)
        answer = ask(declared, own.ref, secret, host, account=other.accounts[0], account_id=1, actor="x", at="x")
        assert [each["code"] for each in answer.json()["errors"]] == ["unknown-field"] * 4
    assert JournalEntry.unscoped.count() == begun
    assert {ask(declared, own.ref, secret, host, section="content").status_code for secret in secrets} == {201}


@pytest.mark.parametrize("declared", ASKED_BY_PRODUCTS, ids=lambda each: each.id)
def test_no_key_and_nobody_asks_what_a_product_asks(world: World, declared: Declared) -> None:
    for of, host in (("rosa", ROSA_HOST), ("carl", CARL_HOST), ("carl", ROSA_HOST), ("vera", VENDOR_HOST)):
        limits.BY_ADDRESS.forget()
        caller = make_caller(world, of, host=host, name=host)
        for secret in (caller.secret, "", "x.y.z", "\x00"):
            answer = ask(declared, world.carl.ref, secret, host)
            known = answer.status_code == 404  # nobody on that host can do it at all
            assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-on") or known, answer.content
    assert ASKED_BY_PRODUCTS


@pytest.mark.parametrize("declared", ASKED_BY_PRODUCTS, ids=lambda each: each.id)
def test_no_token_asks_what_keys_ask(world: World, declared: Declared) -> None:
    """The other way round: what a product was given opens nothing else of the API."""
    for secret in given(world, "cleo", CARL_HOST):
        for path in ("account", "journal", f"accounts/{world.carl.ref}/collaborators"):
            limits.BY_ADDRESS.forget()
            answer = Client(headers={"host": CARL_HOST}).get(
                f"/api/v1/{path}", headers={"authorization": f"Bearer {secret}"}, secure=True
            )
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


def test_every_address_of_single_sign_on_is_asked() -> None:
    for host in (ROSA_HOST, VENDOR_HOST):
        assert {
            "/sign-on/token",
            "/sign-on/userinfo",
            "/sign-on/introspect",
            "/sign-on/authorize",
            "/auth/forward",
        } <= set(sign_on_addresses(host))

"""The generated probe of single sign-on and forward authentication: nobody learns of another tenant's accounts or people.

Addresses come from the URL configuration; each is asked by people of one tenant with every parameter that it knows set to
things of another, and by programs with the other tenant's real tokens, on every host but their own.
"""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from sublet.people.models import Section
from tests.people import CARL_HOST, REMO_HOST, ROSA_HOST, VENDOR_HOST, World
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


def test_every_address_of_single_sign_on_is_asked() -> None:
    for host in (ROSA_HOST, VENDOR_HOST):
        assert {
            "/sign-on/token",
            "/sign-on/userinfo",
            "/sign-on/introspect",
            "/sign-on/authorize",
            "/auth/forward",
        } <= set(sign_on_addresses(host))

"""S8: setting up a company's identity provider. Its secret is sealed, and a provider that is none is not taken."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pytest_django.fixtures import Settings as SettingsWrapper

from sublet.branding.queries import origin
from sublet.foundation.clock import now
from sublet.foundation.errors import Forbidden
from sublet.foundation.journal.models import JournalEntry
from sublet.people.identity_providers import CannotUseProvider, discover
from sublet.people.models import CompanyLogIn
from sublet.people.operations.company_log_in_rules import (
    WantedCompanyLogIn,
    set_company_log_in,
)
from tests.company_provider import CLIENT_ID, SECRET, Provider
from tests.people import CARL_HOST, World
from tests.people.test_company_log_ins import company, have

__all__ = ["company"]


def test_the_secret_is_sealed_and_never_shown(world: World, company: Provider) -> None:
    have(world, company)
    row = CompanyLogIn.unscoped.get()
    assert SECRET not in row.client_secret
    assert len(row.client_secret) > 80
    page = world.browser("carl").get(f"/client/{world.carl.ref}/team/log-in/company/").content.decode()
    assert SECRET not in page
    assert row.client_secret not in page
    assert f"{origin(CARL_HOST)}/login/company/{world.carl.ref}/back/" in page
    entry = JournalEntry.unscoped.get(event="company_log_in.changed")
    assert SECRET not in json.dumps(entry.data)
    have(world, company)
    assert JournalEntry.unscoped.filter(event="company_log_in.changed").count() <= 2
    with world.scope("cleo") as actor, pytest.raises(Forbidden):
        set_company_log_in(wanted=WantedCompanyLogIn(company.issuer, CLIENT_ID), actor=actor, at=now())


def test_the_page_tests_a_provider_and_saves(world: World, company: Provider) -> None:
    browser, page = world.browser("carl"), f"/client/{world.carl.ref}/team/log-in/company/"
    given = {
        "issuer": company.issuer,
        "client_id": CLIENT_ID,
        "second_factor": "never",
        "domains": "a.example, b.example",
    }
    tested = browser.post(page, {**given, "test": "1"})
    assert f"{company.issuer}/authorize" in tested.content.decode()
    assert not CompanyLogIn.unscoped.exists()
    wrong = browser.post(page, {**given, "issuer": company.issuer + "/other", "test": "1"})
    assert wrong.status_code == 422
    assert "There is no description" in wrong.content.decode()
    nameless = {**given, "client_id": "", "on": "on"}
    assert browser.post(page, {**nameless, "test": "1"}).status_code == 200
    refused = browser.post(page, nameless)
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["client_id"])
    label = refused.content.decode().split('for="id_client_id">')[1].split("</label>")[0]
    assert label == "Client ID"  # and not that it could be left out
    assert browser.post(page, {**given, "on": "on"})["Location"] == page
    assert CompanyLogIn.unscoped.get().domains == ["a.example", "b.example"]
    assert browser.post(page, {**given, "domains": "not a domain"}).status_code == 422
    assert browser.post(page + "remove/").status_code == 302
    assert not CompanyLogIn.unscoped.exists()


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        ({"issuer": "https://evil.example"}, "issuer"),
        ({"token_endpoint": None}, "incomplete"),
        ({"token_endpoint": "ftp://x.example/"}, "incomplete"),
        ({"jwks_uri": "http://10.0.0.1/keys"}, "incomplete"),
        ({"response_types_supported": ["id_token"]}, "code"),
        ({"code_challenge_methods_supported": ["plain"]}, "pkce"),
    ],
)
def test_a_provider_that_is_none_is_named_at_the_field(company: Provider, metadata: dict[str, Any], code: str) -> None:
    company.metadata = metadata
    with pytest.raises(CannotUseProvider) as refused:
        discover(company.issuer)
    assert (refused.value.code, refused.value.field) == (code, "issuer")


def test_an_address_inside_the_network_is_not_asked(settings: SettingsWrapper) -> None:
    settings.OUTBOUND_ALLOW = []
    for issuer in (
        "https://127.0.0.1",
        "http://login.example",
        "https://10.0.0.1/x",
        "https://a.example?x",
        "nonsense",
    ):
        with pytest.raises(CannotUseProvider) as refused:
            discover(issuer)
        assert refused.value.code == "address"

"""Webhooks are believed when one of the secrets has signed them now; the banner says who really sits there."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from sublet_client import Untrusted, banner
from sublet_client.identity import Identity, of_claims
from sublet_client.webhooks import verify

OLD, NEW, STRANGE = "whsec_b2xkb2xkb2xkb2xkb2xkb2xk", "whsec_bmV3bmV3bmV3bmV3bmV3bmV3", "whsec_c3RyYW5nZXN0cmFuZ2VzdHI="
BODY = (
    '{"type": "client.created", "timestamp": "2026-03-02T09:30:00Z", "data": {"entry": "e1", "account": "acc_bella", '
    '"actor": {"name": "Rosa", "via": "web"}, "reason": "", "details": {"name": "Bella È"}}}'
)
NOW = 1772443800


def headers(*secrets: str, at: int = NOW, body: str = BODY) -> dict[str, str]:
    """As a library that is not ours signs it."""
    signed = " ".join(Webhook(each).sign("e1", datetime.fromtimestamp(at, UTC), body) for each in secrets)
    return {"Webhook-Id": "e1", "Webhook-Timestamp": str(at), "Webhook-Signature": signed}


def test_what_one_of_the_secrets_has_signed_is_believed() -> None:
    for signed, known in (((NEW,), [OLD, NEW]), ((OLD, NEW), NEW), ((OLD,), [OLD])):
        event = verify(headers(*signed), BODY.encode(), known, now=NOW)
        assert (event.id, event.type, event.account) == ("e1", "client.created", "acc_bella")
        assert (event.details["name"], event.actor["name"]) == ("Bella È", "Rosa")
        assert event.at == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "body", "code"),
    [
        (headers(STRANGE), BODY, "signature"),
        (headers(NEW), BODY + " ", "signature"),
        (headers(NEW) | {"Webhook-Id": "e2"}, BODY, "signature"),
        (headers(NEW) | {"Webhook-Timestamp": str(NOW + 1)}, BODY, "signature"),
        (headers(NEW) | {"Webhook-Signature": ""}, BODY, "signature"),
        (headers(NEW) | {"Webhook-Signature": "v2,AAAA v1,ä"}, BODY, "signature"),
        (headers(NEW) | {"Webhook-Timestamp": "soon"}, BODY, "malformed"),
        ({}, BODY, "malformed"),
        (headers(NEW, at=NOW - 301), BODY, "expired"),
        (headers(NEW, at=NOW + 301), BODY, "expired"),
        (headers(NEW, body="[]"), "[]", "malformed"),
        (headers(NEW, body="{"), "{", "malformed"),
    ],
)
def test_everything_else_is_not(given: dict[str, str], body: str, code: str) -> None:
    with pytest.raises(Untrusted) as told:
        verify(given, body, [OLD, NEW], now=NOW)
    assert told.value.code == code


def test_a_secret_that_is_none_is_a_fault_of_ones_own() -> None:
    with pytest.raises(ValueError, match="whsec_"):
        verify(headers(NEW), BODY, "not base64!", now=NOW)


def visiting(**facts: object) -> Identity:
    act = {
        "sub": "u",
        "name": "Rosa <b>",
        "account": "acc_rosa",
        "visit": "ims_1",
        "acting_as": "Carl {0}",
        "exp": 1772445600,
    }
    claims = {"sub": "u", "account": "acc_carl", "account_name": "Carl’s & Co", "sections": {}, "act": act, "locale": "fr",
              "zoneinfo": "Europe/Rome", **facts}  # fmt: skip
    return of_claims(claims, issuer="https://design.bella.example", token="")


def test_the_banner_names_both_and_leads_back_without_a_script() -> None:
    found = banner.html(visiting(), style=False)

    assert found == (
        '<div class="sublet-visit" role="status" lang="fr"><p><strong><bdi>Rosa &lt;b&gt;</bdi>, en session comme '
        "<bdi>Carl {0}</bdi></strong> · dans le compte <bdi>Carl’s &amp; Co</bdi> · jusqu’à "
        '<time datetime="2026-03-02T10:00:00+00:00">11:00</time></p>'
        '<a href="https://design.bella.example/as/ims_1/client/acc_carl/">Revenir</a></div>'
    )


@pytest.mark.parametrize("language", banner.LANGUAGES)
def test_the_banner_speaks_each_language(language: str) -> None:
    others = [banner.html(visiting(), language=each) for each in banner.LANGUAGES if each != language]

    found = banner.html(visiting(), language=f"{language}-XX")

    assert f'lang="{language}"' in found
    assert found not in others
    assert not re.search(r"<script|javascript:|\son\w+=", found)


def test_the_banner_shows_nothing_outside_of_visits_and_everything_in_odd_ones() -> None:
    assert banner.html(None) == ""
    assert banner.html(visiting(act=None)) == ""
    assert "10:00" in banner.html(visiting(zoneinfo="No/Where", locale="xx"))
    assert '<style nonce="n&quot;1">' in banner.html(visiting(), nonce='n"1')

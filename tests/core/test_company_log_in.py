"""What is believed of an identity token, and what is not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.company_log_in import (
    ALGORITHMS,
    ALWAYS,
    NEVER,
    SAID,
    counts_as_second_factor,
    in_domains,
    is_strong,
    person_of,
    refuse_claims,
)

AT = 1_800_000_000
GOOD: dict[str, Any] = {
    "iss": "https://login.example", "sub": "248289", "aud": "us", "nonce": "n", "exp": AT + 300, "iat": AT,
}  # fmt: skip
junk = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.lists(st.text(max_size=3), max_size=2)
)


def refused(**changed: Any) -> str:
    claims = {name: value for name, value in {**GOOD, **changed}.items() if value is not ...}
    return refuse_claims(claims, issuer="https://login.example", client_id="us", nonce="n", at=AT)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({}, ""),
        ({"aud": ["us"]}, ""),
        ({"aud": ["us", "them"], "azp": "us"}, ""),
        ({"exp": AT - 59}, ""),
        ({"iss": "https://login.example/"}, "iss"),
        ({"iss": "https://evil.example"}, "iss"),
        ({"iss": ...}, "iss"),
        ({"sub": ...}, "sub"),
        ({"sub": ""}, "sub"),
        ({"sub": 7}, "sub"),
        ({"sub": "x" * 256}, "sub"),
        ({"aud": "them"}, "aud"),
        ({"aud": []}, "aud"),
        ({"aud": ...}, "aud"),
        ({"aud": ["us", "them"]}, "azp"),
        ({"aud": ["us", "them"], "azp": "them"}, "azp"),
        ({"azp": "them"}, "azp"),
        ({"nonce": "other"}, "nonce"),
        ({"nonce": ...}, "nonce"),
        ({"exp": AT - 60}, "exp"),
        ({"exp": ...}, "exp"),
        ({"exp": "never"}, "exp"),
        ({"exp": True}, "exp"),
        ({"iat": AT + 61}, "iat"),
        ({"iat": AT - 601}, "iat"),
        ({"iat": ...}, "iat"),
        ({"nbf": AT + 61}, "nbf"),
        ({"nbf": None}, "nbf"),
    ],
)
def test_each_claim_is_held_against_what_was_asked(changed: dict[str, Any], fault: str) -> None:
    assert refused(**changed) == fault


@given(st.sampled_from(sorted(GOOD)), junk)
def test_a_claim_replaced_by_junk_is_never_believed(name: str, value: object) -> None:
    if name not in {"sub", "iat", "exp"}:
        assert refused(**{name: value}) in {name, "azp"}
    elif not isinstance(value, (str, int)) or isinstance(value, bool):
        assert refused(**{name: value}) == name


def test_without_a_nonce_of_our_own_nothing_is_believed() -> None:
    assert refuse_claims({**GOOD, "nonce": ""}, issuer=GOOD["iss"], client_id="us", nonce="", at=AT) == "nonce"


def test_an_address_counts_only_when_the_provider_has_verified_it() -> None:
    for verified, expected in (
        (True, "a@b.example"),
        ("true", "a@b.example"),
        (False, ""),
        (None, ""),
        (1, "a@b.example"),
    ):
        assert person_of({**GOOD, "email": " A@b.example", "email_verified": verified}).email == expected
    assert person_of({**GOOD, "email": "a@b.example"}).email == ""
    assert person_of({**GOOD, "email": ["a@b.example"], "email_verified": True}).email == ""


def test_domains_are_compared_whole() -> None:
    assert in_domains("a@b.example", ["b.example"])
    for other in (
        "a@x.b.example",
        "a@xb.example",
        "a@b.example.evil",
        "a@evil@b.example",
        "b.example",
        "@b.example",
        "",
        "a@☃.example",
    ):
        assert not in_domains(other, ["b.example"])
    # An account's domains are kept in plain letters, and people write theirs as they read it.
    assert in_domains("a@Bücher.example", ["xn--bcher-kva.example"])


def test_a_second_factor_counts_as_the_account_says() -> None:
    assert is_strong({"amr": ["pwd", "otp"]})
    assert is_strong({"acr": "phr"})
    assert not is_strong({"amr": ["pwd"]})
    assert not is_strong({"amr": "mfa"})
    assert not is_strong({})
    assert [counts_as_second_factor(rule, strong=False) for rule in (NEVER, SAID, ALWAYS, "")] == [
        False,
        False,
        True,
        False,
    ]
    assert [counts_as_second_factor(rule, strong=True) for rule in (NEVER, SAID, ALWAYS)] == [False, True, True]


def test_no_signature_with_a_shared_secret_is_among_those_taken() -> None:
    assert not {name for name in ALGORITHMS if name.startswith("HS") or name.lower() == "none"}

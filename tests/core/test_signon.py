"""What an application is told, and the checks of OAuth that need no database."""

from __future__ import annotations

import base64
import hashlib
import posixpath
from urllib.parse import quote, unquote

from hypothesis import given
from hypothesis import strategies as st

from sublet.core.rights import PRODUCT_PREFIX, Rights
from sublet.core.signon import (
    Facts,
    address_allowed,
    claims_of,
    path_for_all,
    scopes_asked,
    sections_of,
    verifier_fits,
)

VERIFIERS = st.text("abcXYZ019-._~", min_size=43, max_size=128)


def facts(rights: Rights) -> Facts:
    return Facts(
        "usr_a", "Ada", "ada@example.test", "acc_a", "A", "client", "acc_r", rights, "en", "UTC", "https://a.b"
    )


@given(VERIFIERS, VERIFIERS)
def test_a_verifier_fits_its_own_challenge_and_no_other(one: str, other: str) -> None:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(one.encode()).digest()).rstrip(b"=").decode()
    assert verifier_fits(one, challenge)
    assert verifier_fits(other, challenge) == (one == other)
    assert not verifier_fits(one, one[:43])


@given(st.text(max_size=60))
def test_only_the_registered_address_is_allowed(wanted: str) -> None:
    templates = ["https://{host}/back", "https://app.example/back"]
    allowed = address_allowed(wanted, templates, host="a.example:8000", scheme="http")
    assert allowed == (wanted in {"http://a.example:8000/back", "https://app.example/back"})


@given(
    st.dictionaries(
        st.sampled_from(["team", "product.design", "product.push", "billing"]), st.sampled_from(["view", "manage"])
    )
)
def test_what_is_told_is_what_the_rights_are(levels: dict[str, str]) -> None:
    told = sections_of(Rights.of(levels))
    assert told == {
        key.removeprefix(PRODUCT_PREFIX): level for key, level in levels.items() if key.startswith(PRODUCT_PREFIX)
    }


@given(
    st.dictionaries(
        st.sampled_from(["team", "product.design", "product.push", "billing"]), st.sampled_from(["view", "manage"])
    )
)
def test_whoever_only_looks_is_told_of_the_rights_as_they_are_and_that_it_looks(levels: dict[str, str]) -> None:
    whole = facts(Rights.of(levels))
    looks = claims_of(whole.to_look(), ("openid",))
    assert looks["looking"] is True
    assert looks["sections"] == sections_of(whole.rights)
    assert "looking" not in claims_of(whole, ("openid",))


def test_name_and_address_are_told_to_those_who_ask() -> None:
    rights = Rights.of({"product.design": "view"})
    bare = claims_of(facts(rights), ("openid",))
    assert set(bare) == {"sub", "account", "account_name", "account_kind", "reseller", "sections", "brand"}
    assert set(claims_of(facts(rights), ("openid", "profile", "email"))) - set(bare) == {
        "name", "locale", "zoneinfo", "email", "email_verified",
    }  # fmt: skip


def test_unknown_scopes_are_left_out() -> None:
    assert scopes_asked("email openid admin openid") == ("openid", "email")


@given(st.text("ab./\\;%25Ee#é", max_size=12))
def test_a_path_is_one_place_for_whoever_tidies_it_up(raw: str) -> None:
    found = path_for_all("/app/" + raw)
    if found is None:
        return
    tidied = "/app/" + raw
    for _time in range(6):
        tidied = unquote(tidied)
        plain = "/".join(segment.partition(";")[0] for segment in tidied.split("/"))
        assert posixpath.normpath(plain).rstrip("/") == posixpath.normpath(found).rstrip("/")
    assert found.startswith("/app/")


@given(st.lists(st.text(min_size=1, max_size=8).filter(lambda each: each.isprintable()), min_size=1, max_size=4))
def test_what_a_browser_writes_is_a_path(segments: list[str]) -> None:
    words = [word for word in segments if not set(word) & set("/\\;%#?") and word not in {".", ".."}]
    raw = "/" + "/".join(quote(word, safe="!*'()") for word in words)
    assert path_for_all(raw) == "/" + "/".join(words)

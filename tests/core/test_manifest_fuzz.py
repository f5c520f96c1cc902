"""Whatever is given to the reader, it answers with a manifest or with problems, and in reasonable time."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sublet.core.manifest import ManifestErrors, canonical, fill_address, from_canonical, parse_manifest
from sublet.core.manifest import parse_manifest_bytes as parse_bytes
from tests.core.manifests import EXAMPLES, SMALL
from tests.thorough import examples

_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["unlimited", "design", "video", "block", "overage", "graduated", "standing", "en", "\ud800", "\0"]
    ),
)
_ANYTHING = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.text(max_size=8), st.sampled_from(["key", "name", "meter", "amount"])), inner),
    ),
    max_leaves=8,
)
_TEXTS = [SMALL, *(path.read_text("utf-8") for path in EXAMPLES)]
_DATA = [canonical(parse_manifest(text, file="a.toml")) for text in _TEXTS]


def _sentences(errors: ManifestErrors, lines: int) -> None:
    assert errors.problems
    for problem in errors.problems:
        assert 0 <= problem.line <= lines
        sentence = problem.sentence()
        assert sentence.isprintable(), sentence


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every container with every key of it."""
    found: list[tuple[Any, Any]] = []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found.append((value, key))
        found += _places(item)
    return found


@settings(max_examples=examples(150), deadline=None)
@given(st.data())
def test_a_manifest_with_any_part_replaced_is_read_or_told(data: st.DataObject) -> None:
    changed = copy.deepcopy(data.draw(st.sampled_from(_DATA)))
    places = _places(changed)
    for _ in range(data.draw(st.integers(1, 4))):
        container, key = places[data.draw(st.integers(0, len(places) - 1))]
        if isinstance(container, dict) and data.draw(st.booleans()):
            container.pop(key, None)
            container[data.draw(st.sampled_from(["key", "x", "amount", "tiers", "policy", "nme"]))] = data.draw(
                _ANYTHING
            )
        else:
            container[key] = data.draw(_ANYTHING)
    try:
        manifest = from_canonical(changed)
    except ManifestErrors as errors:
        _sentences(errors, 0)
    else:
        assert from_canonical(canonical(manifest)) == manifest


@settings(max_examples=examples(150), deadline=None)
@given(st.data())
def test_a_text_with_any_piece_cut_or_put_in_is_read_or_told(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(_TEXTS[:3:2]))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        pieces = st.one_of(
            st.sampled_from(
                ["[", "]", '"', "'", "{", "}", "=", "\n", ",", "#", '"""', "true", "1", "[[", ".", "\0", "x"]
            ),
            st.text(max_size=4),
        )
        text = text[:at] + data.draw(pieces) + text[at + data.draw(st.integers(0, 3)) :]
    try:
        parse_manifest(text, file="a.toml")
    except ManifestErrors as errors:
        _sentences(errors, text.count("\n") + 1)


@settings(max_examples=examples(200))
@given(st.dictionaries(st.one_of(st.text(max_size=8), st.sampled_from(["manifest", "product", "plans"])), _ANYTHING))
def test_any_table_is_told_what_is_wrong_with_it(data: dict[str, Any]) -> None:
    with pytest.raises(ManifestErrors) as raised:
        from_canonical({"manifest": 1, **data})
    _sentences(raised.value, 0)


@settings(max_examples=examples(100))
@given(st.binary(max_size=200))
def test_any_bytes_are_told_what_is_wrong_with_them(content: bytes) -> None:
    with pytest.raises(ManifestErrors) as raised:
        parse_bytes(content, file="a.toml")
    _sentences(raised.value, content.count(b"\n") + 1)


@given(st.text(), st.text())
def test_a_filled_address_stays_on_its_host_and_in_its_path(account: str, language: str) -> None:
    account, language = (text.encode("utf-8", "replace").decode() for text in (account, language))
    address = fill_address(
        "https://{host}/app/{account}/x?l={language}", host="app.example.com", account=account, language=language
    )
    assert address.startswith("https://app.example.com/app/")
    assert address.removeprefix("https://app.example.com/").count("/") == 2
    assert address.count("?") == 1
    assert "#" not in address
    assert "{" not in address


def test_an_address_is_filled_in_for_a_host_without_certificates() -> None:
    own = fill_address(
        "https://{host}/a/{account}", host="carl.localhost:8000", account="acc_1", language="en", scheme="http"
    )
    other = fill_address(
        "https://example.com/a", host="carl.localhost:8000", account="acc_1", language="en", scheme="http"
    )
    assert own == "http://carl.localhost:8000/a/acc_1"
    assert other == "https://example.com/a"

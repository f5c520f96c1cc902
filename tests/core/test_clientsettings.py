"""What a change of a client's settings comes to: laws, and examples from the manifest that has managed services."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.clientsettings import (
    FOLLOW,
    INTERVALS,
    PAYERS,
    Field,
    RetailPrice,
    Value,
    after,
    beginning,
    fault,
    fields_of,
    from_json,
    gaps,
    same,
    summary,
    to_json,
    values_from_json,
    values_to_json,
)
from sublet.core.entitled import Terms
from sublet.core.manifest import parse_manifest_bytes
from sublet.core.manifest.model import ManagedService, Names

PRODUCTS = Path(__file__).resolve().parents[2] / "examples" / "products"
N = Names(*["x"] * 6)


def terms_of(product: str) -> Terms:
    found = parse_manifest_bytes((PRODUCTS / f"{product}.toml").read_bytes(), file=product)
    return Terms(
        {each.key: each for each in found.features},
        {each.key: each for each in found.meters},
        {each.key: each for each in found.managed_services},
    )


TERMS = terms_of("marketing-automation")
FIELDS = fields_of(TERMS)


def fitting(field: Field) -> st.SearchStrategy[Value]:
    numbers = st.one_of(st.just(FOLLOW), st.none(), st.integers(0, 5))
    prices = st.builds(RetailPrice, st.integers(0, 5), st.just("EUR"), st.sampled_from(INTERVALS))
    if field.part == "enabled":
        return st.booleans()
    if field.part in ("managed_by", "payer"):
        return st.sampled_from(PAYERS)
    if field.part in ("allowance", "limit"):
        return numbers
    if field.part == "price":
        return st.one_of(st.none(), prices)
    feature = TERMS.features[field.thing]
    if feature.kind == "switch":
        return st.one_of(st.just(FOLLOW), st.booleans())
    if feature.kind == "number":
        return st.one_of(st.just(FOLLOW), st.integers(0, 5))
    words = [choice.key for choice in feature.choices] or ["a", "b"]
    return st.one_of(st.just(FOLLOW), st.sampled_from(words))


@st.composite
def some(draw: st.DrawFn, whole: bool = False) -> dict[str, Value]:
    keys = list(FIELDS) if whole else draw(st.lists(st.sampled_from(list(FIELDS)), unique=True))
    return {key: draw(fitting(FIELDS[key])) for key in keys}


@given(some(whole=True), some())
def test_a_summary_is_empty_if_and_only_if_nothing_changes(
    present: dict[str, Value], changes: dict[str, Value]
) -> None:
    unchanged = all(same(present[key], value) for key, value in after(present, changes).items())
    assert (summary(FIELDS, present, changes) == ()) is unchanged


@given(some(whole=True), some())
def test_a_template_that_was_applied_leaves_no_drift_and_changes_nothing_twice(
    present: dict[str, Value], template: dict[str, Value]
) -> None:
    once = after(present, template)
    assert summary(FIELDS, once, template) == ()
    assert after(once, template) == once
    assert {key: once[key] for key in present.keys() - template.keys()} == {
        key: present[key] for key in present.keys() - template.keys()
    }


@given(some(whole=True), some())
def test_a_summary_tells_exactly_what_becomes_of_the_fields(
    present: dict[str, Value], changes: dict[str, Value]
) -> None:
    told = summary(FIELDS, present, changes)
    assert {**present, **{each.field.key: each.after for each in told}} == after(present, changes)
    assert all(same(present[each.field.key], each.before) for each in told)
    assert [each.field.key for each in told] == [key for key in FIELDS if key in {each.field.key for each in told}]


@given(some(whole=True))
def test_every_fitting_value_is_taken_and_survives_being_stored(present: dict[str, Value]) -> None:
    assert [fault(FIELDS[key], value, TERMS) for key, value in present.items()] == [None] * len(present)
    assert values_from_json(json.loads(json.dumps(values_to_json(present)))) == present


@given(some(whole=True))
def test_setting_what_is_there_makes_nothing_incomplete(present: dict[str, Value]) -> None:
    assert gaps(FIELDS, TERMS, after(present, present)) == gaps(FIELDS, TERMS, present)
    decided: dict[str, Value] = {
        "payer.base": "client", "payer.overage": "client", "payer.add_ons": "reseller",
        "price": RetailPrice(0, "EUR", "month"),
    }  # fmt: skip
    assert gaps(FIELDS, TERMS, after(present, decided)) == ()


def test_the_fields_of_the_manifest_with_managed_services() -> None:
    """F06: direct support, managed by, enable, e-mail synchronizations, Litmus, Shutterstock, payers, retail price."""
    services = [key for key in FIELDS if key.startswith("service.")]
    assert services == [
        "service.direct_support.enabled",
        "service.sales_optimizer.enabled",
        "service.sales_optimizer.managed_by",
        "service.email_sync.enabled",
        "service.email_sync.allowance",
        "service.litmus_tests.enabled",
        "service.litmus_tests.allowance",
        "service.shutterstock.enabled",
        "service.shutterstock.allowance",
    ]
    assert [key for key in FIELDS if key.startswith("payer.")] == ["payer.base", "payer.overage", "payer.add_ons"]
    # What a service counts is not limited twice.
    assert "limit.email_syncs" not in FIELDS
    assert list(FIELDS)[-1] == "price"


def test_a_new_client_lacks_payers_and_a_price() -> None:
    begun = beginning(FIELDS, TERMS)
    assert [(gap.code, gap.field.key) for gap in gaps(FIELDS, TERMS, begun)] == [
        ("payer", "payer.base"),
        ("payer", "payer.overage"),
        ("payer", "payer.add_ons"),
        ("price", "price"),
    ]


def test_a_service_without_a_declared_allowance_wants_one_decided_once_it_is_on() -> None:
    meter = next(iter(TERMS.meters.values()))
    photos = ManagedService(key="photos", name=N, icon="photo", managed_by=("reseller", "client"), meter=meter.key)
    terms = Terms({}, {meter.key: meter}, {"photos": photos})
    fields = fields_of(terms)
    begun = beginning(fields, terms)

    def missing(**changes: Value) -> list[str]:
        named = {f"service.photos.{key}": value for key, value in changes.items()}
        return [gap.code for gap in gaps(fields, terms, after(begun, named)) if gap.code not in ("payer", "price")]

    assert missing() == []
    assert missing(enabled=True) == ["managed_by", "allowance"]
    assert missing(enabled=True, managed_by="client") == ["allowance"]
    assert missing(enabled=True, managed_by="client", allowance=None) == []  # unlimited is a decision
    assert missing(enabled=True, managed_by="client", allowance=0) == []


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("service.direct_support.enabled", 1, "wrong-value"),
        ("service.sales_optimizer.managed_by", "vendor", "wrong-manager"),
        ("service.email_sync.allowance", -1, "wrong-limit"),
        ("service.email_sync.allowance", True, "wrong-limit"),
        ("service.email_sync.allowance", 2**31, "wrong-limit"),
        ("payer.base", None, "wrong-payer"),
        ("price", RetailPrice(-1, "EUR", "month"), "wrong-price"),
        ("price", RetailPrice(1, "EUR", "week"), "wrong-interval"),
        ("price", 5, "wrong-price"),
    ],
)
def test_what_does_not_fit_is_refused(key: str, value: Value, code: str) -> None:
    assert fault(FIELDS[key], value, TERMS) == code


def test_on_is_not_one_and_a_text_is_no_word_of_ours() -> None:
    assert not same(True, 1)
    assert from_json(to_json("follow")) == "follow"
    assert from_json(to_json(FOLLOW)) is FOLLOW

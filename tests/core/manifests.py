"""Manifests for tests: a small valid one as text, and arbitrary valid ones as values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from sublet.core.manifest import ICONS, LANGUAGES, Manifest, from_canonical

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples" / "products").glob("*.toml"))

NAME = 'name = { en = "A", it = "B", sq = "C", nl = "D", fr = "E", pt = "F" }'
UNIT = 'unit = { en = "a", it = "b", sq = "c", nl = "d", fr = "e", pt = "f" }'
PRODUCT = f"""\
manifest = 1
[product]
key = "appfold"
{NAME}
version = "1"
currency = "EUR"
address = "https://{{host}}/app"
"""
PARTS = f"""\
[[groups]]
key = "build"
{NAME}
[[sections]]
key = "design"
group = "build"
icon = "palette"
address = "https://{{host}}/app/{{account}}/design"
{NAME}
[[sections]]
key = "statistics"
group = "build"
icon = "chart-bar"
levels = ["view"]
address = "https://{{host}}/app/{{account}}/statistics"
{NAME}
[[features]]
key = "video"
kind = "switch"
{NAME}
[[features]]
key = "staff"
kind = "number"
{NAME}
[[features]]
key = "note"
kind = "text"
{NAME}
[[features]]
key = "synchronization"
kind = "text"
choices = [{{ key = "off", {NAME} }}, {{ key = "two_way", {NAME} }}]
{NAME}
[[meters]]
key = "appointments"
aggregation = "sum"
period = "standing"
{UNIT}
{NAME}
[[plans]]
key = "free"
{NAME}
[[add_ons]]
key = "redesign"
prices = [{{ interval = "once", amount = 100 }}]
{NAME}
"""
SMALL = PRODUCT + PARTS

_KEYS = st.sampled_from(["alpha", "beta", "gamma", "delta", "epsilon", "zeta"])
_TEXTS = st.text(st.characters(categories=["Lu", "Ll", "Nd", "Lo", "So"]), min_size=1, max_size=12)
_NAMES = st.fixed_dictionaries(dict.fromkeys(LANGUAGES, _TEXTS))
_COUNTS = st.integers(min_value=0, max_value=10**12)

Data = dict[str, Any]


def _entries(fields: dict[str, st.SearchStrategy[Any]], optional: dict[str, st.SearchStrategy[Any]]) -> Any:
    entry = st.fixed_dictionaries({"key": _KEYS, "name": _NAMES, **fields}, optional=optional)
    return st.lists(entry, max_size=5, unique_by=lambda item: item["key"])


def _some_of(keys: list[str], values: st.SearchStrategy[Any]) -> st.SearchStrategy[Data]:
    return st.dictionaries(st.sampled_from(keys), values) if keys else st.just({})


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    """Any valid manifest with a few entries of each kind, from a small pool of keys so that two have some in common."""
    groups = draw(_entries({}, {"order": st.integers(0, 3)}))
    features = draw(_entries({"kind": st.just("number")}, {"unit": _NAMES, "description": _NAMES}))
    period = st.sampled_from(["month", "standing", "day"])
    meters = draw(_entries({"unit": _NAMES, "aggregation": st.just("sum"), "period": period}, {}))
    group_keys, feature_keys, meter_keys = ([entry["key"] for entry in kind] for kind in (groups, features, meters))
    place = {
        "icon": st.sampled_from(ICONS),
        "address": st.sampled_from(["https://{host}/a", "https://{host}/b/{account}"]),
    }
    sections: list[Data] = []
    if group_keys:
        levels = st.sampled_from([["view"], ["view", "manage"]])
        optional = {"vendor_mark": st.booleans(), "description": _NAMES, "levels": levels}
        sections = draw(_entries({"group": st.sampled_from(group_keys), **place}, optional))
    section_keys = [section["key"] for section in sections]
    features_of = _some_of(feature_keys, _COUNTS)
    limits: st.SearchStrategy[list[Data]] = st.just([])
    if meter_keys:
        limit = st.one_of(
            st.fixed_dictionaries({"meter": st.sampled_from(meter_keys), "amount": st.just("unlimited")}),
            st.fixed_dictionaries(
                {
                    "meter": st.sampled_from(meter_keys),
                    "amount": _COUNTS,
                    "policy": st.sampled_from(["block", "notify"]),
                },
                optional={"thresholds": st.lists(st.integers(1, 200), max_size=3, unique=True)},
            ),
        )
        limits = st.lists(limit, max_size=3, unique_by=lambda item: item["meter"])
    price = st.fixed_dictionaries(
        {"interval": st.sampled_from(["once", "month", "year"]), "amount": _COUNTS},
        optional={"currency": st.sampled_from(["EUR", "USD", "JPY"])},
    )
    prices = st.lists(price, max_size=3, unique_by=lambda item: (item["interval"], item.get("currency", "EUR")))
    plan = st.fixed_dictionaries(
        {"key": _KEYS, "name": _NAMES},
        optional={
            "version": st.integers(1, 3),
            "features": features_of,
            "limits": limits,
            "prices": prices,
            "public": st.booleans(),
            "trial": st.fixed_dictionaries({"days": st.integers(1, 60)}, optional={"limits": limits}),
        },
    )
    data: Data = {
        "manifest": 1,
        "product": {
            "key": "appfold",
            "name": draw(_NAMES),
            "version": draw(st.sampled_from(["1", "2"])),
            "currency": "EUR",
            "address": "https://{host}/",
        },
        "groups": groups,
        "sections": sections,
        "features": features,
        "meters": meters,
        "role_presets": draw(
            _entries(
                {"every_section": st.sampled_from(["view", "manage"])},
                {"rights": _some_of(section_keys, st.just("view"))},
            )
        ),
        "signals": draw(_entries({"kind": st.sampled_from(["moment", "number", "text", "switch"])}, {})),
        "managed_services": draw(_entries({"icon": st.sampled_from(ICONS)}, {"enabled": st.booleans()})),
        "plans": draw(st.lists(plan, max_size=4, unique_by=lambda item: (item["key"], item.get("version", 1)))),
        "add_ons": draw(_entries({"prices": st.just([{"interval": "once", "amount": 5}])}, {"features": features_of})),
    }
    return from_canonical(data)

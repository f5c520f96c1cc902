"""The manifest of the demo: the app builder, and the bookings that its vendor sells with it.

An installation has one manifest. So a vendor with two products writes both into one; here it is made of the two example files, by
rules that are few enough to be said: see `merged` and docs/decisions/0017.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[3] / "examples" / "products"
#: Before the keys of sections: both products have statistics and a help. The product is told of it (BOOKINGS_SECTION_PREFIX).
PREFIX = "bookings_"
GROUP = {
    "key": "bookings", "order": 9,
    "name": {"en": "Bookings", "it": "Prenotazioni", "sq": "Rezervimet", "nl": "Boekingen", "fr": "Réservations", "pt": "Marcações"},
}  # fmt: skip
#: Which plan of the bookings comes with which of the app builder.
COMES_WITH = {"prototype": "free", "content": "small", "commerce": "unlimited"}
_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")


def text(*, bookings: bool = True) -> str:
    """The manifest as its file would stand."""
    builder = (FOLDER / "app-builder.toml").read_text("utf-8")
    if not bookings:
        return builder
    return written(merged(tomllib.loads(builder), tomllib.loads((FOLDER / "bookings.toml").read_text("utf-8"))))


def merged(builder: dict[str, Any], bookings: dict[str, Any]) -> dict[str, Any]:
    """All of the app builder, and of the bookings:

    * the sections, in a group of their own, with a prefix;
    * features, meters, managed services and signals, but for a service that both have;
    * no plan: each of the app builder's holds what its counterpart of the bookings has;
    * no add-on, and the role presets that name sections.
    """
    made = dict(builder)
    made["groups"] = [*builder["groups"], GROUP]
    made["sections"] = [
        *builder["sections"],
        *({**each, "key": PREFIX + each["key"], "group": GROUP["key"]} for each in bookings["sections"]),
    ]
    made["role_presets"] = [
        *builder["role_presets"],
        *(
            {**each, "rights": {PREFIX + key: level for key, level in each["rights"].items()}}
            for each in bookings["role_presets"]
            if "every_section" not in each
        ),
    ]
    for kind in ("features", "meters", "managed_services", "signals"):
        there = {each["key"] for each in builder[kind]}
        made[kind] = [*builder[kind], *(_prefixed(each) for each in bookings[kind] if each["key"] not in there)]
    plans = {each["key"]: each for each in bookings["plans"]}
    made["plans"] = [_with(each, plans[COMES_WITH[each["key"]]]) for each in builder["plans"]]
    return made


def _prefixed(entry: dict[str, Any]) -> dict[str, Any]:
    return {**entry, "section": PREFIX + entry["section"]} if "section" in entry else entry


def _with(plan: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {
        **plan,
        "features": {**plan.get("features", {}), **other.get("features", {})},
        "limits": [*plan.get("limits", []), *other.get("limits", [])],
    }


def written(data: dict[str, Any]) -> str:
    """As TOML: plain values first, then each entry of a list as a table, what is in it on one line each."""
    lines = [f"{_key(name)} = {_value(value)}" for name, value in data.items() if not isinstance(value, (dict, list))]
    for name, value in data.items():
        for entry in [value] if isinstance(value, dict) else value if isinstance(value, list) else []:
            lines += ["", f"[{_key(name)}]" if isinstance(value, dict) else f"[[{_key(name)}]]"]
            lines += [f"{_key(each)} = {_value(told)}" for each, told in entry.items()]
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    return name if _BARE.match(name) else json.dumps(name, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(name)} = {_value(each)}" for name, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)  # strings, numbers and truth values are written the same

"""Stripe's form bodies: `a[b][0]=c` as a tree and back, and reading its values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from stripe_server.errors import Json, invalid, missing

_PART = re.compile(r"\[([^\]]*)\]")


def tree(pairs: Iterable[tuple[str, str]]) -> Json:
    """`[("a[b]", "1"), ("c[]", "2"), ("d[0][e]", "3")]` → `{"a": {"b": "1"}, "c": ["2"], "d": [{"e": "3"}]}`."""
    root: Json = {}
    for name, value in pairs:
        head = name.split("[", 1)[0]
        keys = [head, *_PART.findall(name[len(head) :])]
        at = root
        for key, following in zip(keys, [*keys[1:], None], strict=True):
            if key == "":
                key = str(len(at))
            if following is None:
                at[key] = value
            else:
                at = at.setdefault(key, {})
                if not isinstance(at, dict):
                    raise invalid(f"Invalid parameter: {name}", name)
    return {key: _lists(value) for key, value in root.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _lists(item) for key, item in value.items()}
    if inner and all(key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


def text(params: Json, name: str, *, required: bool = False) -> str | None:
    value = params.get(name)
    if value is None or value == "":
        if required:
            raise missing(name)
        return None
    if not isinstance(value, str):
        raise invalid(f"Invalid string: {value}", name)
    return value


def needed(params: Json, name: str) -> str:
    value = text(params, name, required=True)
    assert value is not None  # noqa: S101  asked for above
    return value


def whole(params: Json, name: str, *, least: int | None = None) -> int | None:
    value = text(params, name)
    if value is None:
        return None
    if not re.fullmatch(r"-?\d+", value):
        raise invalid(f"Invalid integer: {value}", name, "parameter_invalid_integer")
    number = int(value)
    if least is not None and number < least:
        raise invalid(f"This value must be greater than or equal to {least}.", name, "parameter_invalid_integer")
    return number


def flag(params: Json, name: str, default: bool = False) -> bool:
    value = params.get(name)
    if value is None:
        return default
    if value not in ("true", "false", True, False):
        raise invalid(f"Invalid boolean: {value}", name)
    return value in ("true", True)


def metadata(params: Json, before: Json | None = None) -> dict[str, str]:
    """Kept values stay, empty ones go (docs.stripe.com/api/metadata): 50 keys, of 40 and 500 characters."""
    kept = dict(before or {})
    given = params.get("metadata")
    if given == "":
        return {}
    for key, value in (given or {}).items():
        if len(key) > 40:
            raise invalid("Metadata keys can have up to 40 characters.", "metadata")
        if len(value) > 500:
            raise invalid("Metadata values can have up to 500 characters.", "metadata")
        if value == "":
            kept.pop(key, None)
        else:
            kept[key] = value
    if len(kept) > 50:
        raise invalid("You can have up to 50 metadata keys.", "metadata")
    return kept


def between(params: Json, name: str, value: int) -> bool:
    """`created=…` or `created[gte]=…`."""
    asked = params.get(name)
    if asked is None:
        return True
    if isinstance(asked, str):
        return value == int(asked)
    tests = {"gt": value.__gt__, "gte": value.__ge__, "lt": value.__lt__, "lte": value.__le__}
    return all(tests[key](int(limit)) for key, limit in asked.items())

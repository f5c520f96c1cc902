"""An example for every shape, made from the examples of its fields."""

from __future__ import annotations

from typing import Any

REFERENCE = "#/components/schemas/"


def example_of(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """A value of that shape: what its fields give as examples, else the simplest that fits."""
    if schema.get("examples"):
        return schema["examples"][0]
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].removeprefix(REFERENCE)], schemas)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            return _of_several(schema[word], schemas)
    if "default" in schema and schema["default"] not in (None, "", []):
        return schema["default"]
    return _plain(schema, schemas)


def _of_several(choices: list[dict[str, Any]], schemas: dict[str, Any]) -> Any:
    """A shape that is spelled out says more than null, and null more than a value that nobody has thought of."""
    several = [choice for choice in choices if choice.get("type") != "null"]
    if len(several) < len(choices) and not ("$ref" in several[0] or several[0].get("type") == "object"):
        return None
    return example_of(several[0], schemas)


def _plain(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    kind = schema.get("type")
    if kind == "object":
        wanted = schema.get("properties", {})
        return {name: example_of(each, schemas) for name, each in wanted.items()}
    if kind == "array":
        items = schema.get("items")
        return [example_of(items, schemas)] if isinstance(items, dict) and items else []
    if kind == "boolean":
        return bool(schema.get("default", False))
    if kind == "integer":
        return int(schema.get("default") or schema.get("minimum") or 0)
    if kind == "string":
        return "2026-03-02T09:30:00Z" if schema.get("format") == "date-time" else schema.get("default", "")
    return {} if kind is None and not schema else None

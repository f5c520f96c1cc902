"""The JSON Schema of a manifest, for editors and for those who write manifests by program."""

from __future__ import annotations

import json
from typing import Final, assert_never

from sublet.core.manifest.canonical import Json
from sublet.core.manifest.keys import MANIFEST
from sublet.core.manifest.shapes import (
    PRODUCT_CURRENCY,
    REQUIRED,
    Address,
    Amount,
    Entry,
    FeatureValues,
    Flag,
    Key,
    ListOf,
    NamesShape,
    Record,
    Ref,
    Rights,
    Shape,
    Text,
    Whole,
    Word,
)
from sublet.core.manifest.words import FORMAT, LANGUAGES, LARGEST_NUMBER, LEVELS, UNLIMITED

_KEY_PATTERN: Final = "^[a-z][a-z0-9_]*$"
Schema = dict[str, Json]


def json_schema() -> Schema:
    """JSON Schema 2020-12 of a manifest. What it allows may still be refused, for references and rules between keys."""
    definitions: dict[str, Json] = {}
    root = _record(MANIFEST, definitions)
    properties = root["properties"]
    if not isinstance(properties, dict):  # pragma: no cover
        raise TypeError
    first: Schema = {"const": FORMAT, "description": "The format of the file."}
    root["properties"] = {"manifest": first, **properties}
    root["required"] = ["manifest", *_required(MANIFEST)]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Product manifest",
        **root,
        "$defs": {name: definitions[name] for name in sorted(definitions)},
    }


def json_schema_text() -> str:
    """The published file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _required(record: Record) -> list[Json]:
    return [entry.key for entry in record.entries if entry.required]


def _record(record: Record, definitions: dict[str, Json]) -> Schema:
    schema: Schema = {
        "description": record.title,
        "type": "object",
        "additionalProperties": False,
        "properties": {entry.key: _entry(entry, definitions) for entry in record.entries},
        "required": _required(record),
    }
    conditions = [condition for entry in record.entries for condition in _conditions(record, entry)]
    if conditions:
        schema["allOf"] = conditions
    return schema


def _entry(entry: Entry, definitions: dict[str, Json]) -> Schema:
    schema = _shape(entry.shape, definitions)
    schema["description"] = entry.meaning
    default = entry.default
    if default in (REQUIRED, PRODUCT_CURRENCY, None):
        return schema
    if isinstance(default, tuple):
        schema["default"] = list(default)
    elif isinstance(default, (bool, int, str)):
        schema["default"] = default
    else:
        schema["default"] = {}
    return schema


def _conditions(record: Record, entry: Entry) -> list[Json]:
    """`only_when` and `needed` as if-then rules."""
    if entry.only_when is None:
        return []
    other, words = entry.only_when
    matches: Schema = {"properties": {other: {"enum": list(words)}}}
    if record.entry(other).default not in words:
        matches["required"] = [other]
    conditions: list[Json] = [{"if": {"required": [entry.key]}, "then": matches}]
    if entry.needed:
        conditions.append({"if": matches, "then": {"required": [entry.key]}})
    return conditions


def _defined(name: str, schema: Schema, definitions: dict[str, Json]) -> Schema:
    definitions.setdefault(name, schema)
    return {"$ref": f"#/$defs/{name}"}


def _shape(shape: Shape, definitions: dict[str, Json]) -> Schema:
    match shape:
        case Text() | Address():
            return {"type": "string", "minLength": 1, "maxLength": shape.longest}
        case Key():
            return {"type": "string", "pattern": _KEY_PATTERN, "maxLength": shape.longest}
        case NamesShape():
            return _defined(f"names_{shape.longest}", _names(shape), definitions)
        case Flag():
            return {"type": "boolean"}
        case Whole():
            return {"type": "integer", "minimum": shape.least, "maximum": shape.most}
        case Amount():
            whole: Schema = {"type": "integer", "minimum": shape.least, "maximum": shape.most}
            return {"oneOf": [whole, {"const": UNLIMITED}]}
        case Word():
            enum: Schema = {"enum": list(shape.words)}
            return _defined(shape.title.replace(" ", "_"), enum, definitions) if shape.title else enum
        case Ref():
            return {"type": "string", "pattern": _KEY_PATTERN}
        case FeatureValues():
            number: Schema = {"type": "integer", "minimum": 0, "maximum": LARGEST_NUMBER}
            text: Schema = {"type": "string", "minLength": 1, "maxLength": 200}
            return _table({"oneOf": [{"type": "boolean"}, number, text]})
        case Rights():
            return _table({"enum": list(LEVELS)})
        case ListOf():
            items = _shape(shape.item, definitions)
            bounds: Schema = {"maxItems": shape.most}
            if shape.least:
                bounds["minItems"] = shape.least
            return {"type": "array", "items": items, **bounds}
        case Record():
            if shape.name not in definitions:
                definitions[shape.name] = _record(shape, definitions)
            return {"$ref": f"#/$defs/{shape.name}"}
        case _:  # pragma: no cover - mypy proves that nothing is left
            assert_never(shape)


def _names(shape: NamesShape) -> Schema:
    text: Schema = {"type": "string", "minLength": 1, "maxLength": shape.longest}
    return {
        "description": f"The same text in each of the six languages, at most {shape.longest} characters.",
        "type": "object",
        "additionalProperties": False,
        "properties": {language: dict(text) for language in LANGUAGES},
        "required": list(LANGUAGES),
    }


def _table(values: Schema) -> Schema:
    return {"type": "object", "propertyNames": {"pattern": _KEY_PATTERN}, "additionalProperties": values}

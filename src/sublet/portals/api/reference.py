"""The document as people read it: headings, operations, fields, an example of each call. Values only, for any template."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

REFERENCE = "#/components/schemas/"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a field of a body."""

    name: str
    place: str
    kind: str
    required: bool
    text: str


@dataclass(frozen=True, slots=True)
class No:
    """A "no" that the operation can say."""

    status: str
    text: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation."""

    id: str
    method: str
    path: str
    summary: str
    text: str
    fields: tuple[Field, ...]
    curl: str
    status: str
    answer: str
    noes: tuple[No, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The operations under one heading."""

    key: str
    name: str
    text: str
    operations: tuple[Operation, ...]


def operations_of(document: Json) -> tuple[Group, ...]:
    """The operations of a document, by heading, in its order."""
    found: dict[str, list[Operation]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            found[operation["tags"][0]].append(_operation(document, method.upper(), path, operation))
    return tuple(
        Group(
            key=tag["name"].lower().replace(" ", "-"),
            name=tag["name"],
            text=tag["description"],
            operations=tuple(found[tag["name"]]),
        )
        for tag in document["tags"]
    )


def _operation(document: Json, method: str, path: str, operation: Json) -> Operation:
    status, success = next((code, each) for code, each in operation["responses"].items() if code.startswith("2"))
    contents: list[Json] = list(success.get("content", {}).values())
    example = contents[0].get("example") if contents else None
    return Operation(
        id=operation["operationId"],
        method=method,
        path=path,
        summary=operation["summary"],
        text=operation["description"],
        fields=tuple(_fields(document, operation)),
        curl=_curl(document, method, path, operation),
        status=status,
        answer="" if example is None else json.dumps(example, indent=2, ensure_ascii=False),
        noes=tuple(_noes(document, operation)),
    )


def _fields(document: Json, operation: Json) -> Iterator[Field]:
    for each in operation["parameters"]:
        yield Field(
            name=each["name"],
            place=each["in"],
            kind=kind_of(each["schema"], document),
            required=each["required"],
            text=each.get("description", ""),
        )
    body = operation.get("requestBody")
    if not body:
        return
    schema = _resolved(next(iter(body["content"].values()))["schema"], document)
    needed = schema.get("required", ())
    for name, each in schema.get("properties", {}).items():
        yield Field(
            name=name,
            place="body",
            kind=kind_of(each, document),
            required=name in needed,
            text=each.get("description", "") or _resolved(each, document).get("description", ""),
        )


def kind_of(schema: Json, document: Json) -> str:
    """A shape in a few words: ``text, at most 200``, ``one of …``, ``list of texts``."""
    if "$ref" in schema:
        return kind_of(_resolved(schema, document), document)
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            return " or ".join(dict.fromkeys(kind_of(each, document) for each in schema[word]))
    if "enum" in schema:
        return "one of " + ", ".join(str(each) or "“”" for each in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"])
    kind = schema.get("type", "any value")
    if kind == "array":
        return f"list of {kind_of(schema.get('items', {}), document)}"
    if kind == "string":
        if schema.get("format") == "date-time":
            return "instant"
        return f"text, at most {schema['maxLength']}" if "maxLength" in schema else "text"
    if kind == "integer":
        low, high = schema.get("minimum"), schema.get("maximum")
        return f"{low} to {high}" if low is not None and high is not None else "whole number"
    return {"boolean": "true or false", "null": "null", "object": "object"}.get(str(kind), str(kind))


def _curl(document: Json, method: str, path: str, operation: Json) -> str:
    """A call that can be copied. Only what must be there stands in it, and a body as its example."""
    address = document["servers"][0]["url"].rstrip("/") + path
    for each in operation["parameters"]:
        if each["in"] == "path":
            address = address.replace("{" + each["name"] + "}", str(each["example"]))
        elif each["in"] == "query" and each["required"] and each["schema"].get("examples"):
            address += ("&" if "?" in address else "?") + urlencode({each["name"]: each["schema"]["examples"][0]})
    parts = ["curl", *([] if method == "GET" else ["-X", method]), shlex.quote(address)]
    shown = "KEY" if {"key": []} in operation["security"] else "TOKEN"
    lines = [" ".join(parts), f'-H "Authorization: Bearer ${shown}"']
    if method == "POST":
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    body = operation.get("requestBody")
    if body:
        media, content = next(iter(body["content"].items()))
        if media == "application/json":
            lines.append("-H 'Content-Type: application/json'")
            lines.append("-d " + shlex.quote(json.dumps(content["example"], ensure_ascii=False)))
        else:
            lines.append("-F file=@picture.png")
    return " \\\n  ".join(lines)


def _noes(document: Json, operation: Json) -> Iterator[No]:
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            continue
        found = response
        if "$ref" in response:
            found = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
        yield No(status=status, text=found["description"])


def _resolved(schema: Json, document: Json) -> Json:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].removeprefix(REFERENCE)]
    return schema


def markdown(document: Json) -> str:
    """The whole reference as one page of text."""
    lines = ["# API", "", document["info"]["description"].strip(), ""]
    for group in operations_of(document):
        lines += [f"## {group.name}", "", group.text, ""]
        for each in group.operations:
            lines += _section(each)
    return "\n".join(lines)


def _section(each: Operation) -> list[str]:
    lines = [f"### {each.id}", "", f"{each.summary}.", "", f"`{each.method} {each.path}`", "", each.text, ""]
    if each.fields:
        lines += ["| name | in | value | about |", "| --- | --- | --- | --- |"]
        lines += [
            f"| `{field.name}`{' (needed)' if field.required else ''} | {field.place} | {_cell(field.kind)} | {_cell(field.text)} |"
            for field in each.fields
        ]
        lines.append("")
    lines += ["```sh", each.curl, "```", "", f"Answer {each.status}" + (":" if each.answer else "."), ""]
    if each.answer:
        lines += ["```json", each.answer, "```", ""]
    return lines


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")

"""What a new OpenAPI document would break for those who use the API as the published one says.

A caller may rely on: every operation under its name, every parameter, every field that it sends being taken, every field
of an answer being there with its type. It must bear: new operations, new fields, new parameters that are not needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
_NARROWS_DOWN = ("maxLength", "maximum", "maxItems", "maxProperties")
_NARROWS_UP = ("minLength", "minimum", "minItems", "minProperties")


def breaking_changes(before: Json, after: Json) -> list[str]:
    """In words, in the order of the document before; empty when everything that worked still works."""
    found: list[str] = []
    for path, methods in before["paths"].items():
        for method, old in methods.items():
            name = f"{method.upper()} {path}"
            new = after["paths"].get(path, {}).get(method)
            if new is None:
                found.append(f"{name} is gone")
                continue
            if new["operationId"] != old["operationId"]:
                found.append(f"{name} is called {new['operationId']}, was {old['operationId']}")
            found += _parameters(name, old, new, before, after)
            found += _bodies(name, old, new, before, after)
            found += _answers(name, old, new, before, after)
    return list(dict.fromkeys(found))


def _parameters(name: str, old: Json, new: Json, before: Json, after: Json) -> Iterator[str]:
    known = {(each["in"], each["name"]): each for each in old["parameters"]}
    now = {(each["in"], each["name"]): each for each in new["parameters"]}
    for key, parameter in known.items():
        if key not in now:
            yield f"{name}: the parameter {key[1]} is gone"
        else:
            if now[key]["required"] and not parameter["required"]:
                yield f"{name}: the parameter {key[1]} is needed now"
            yield from _taken(
                f"{name}: the parameter {key[1]}", "", parameter["schema"], now[key]["schema"], before, after
            )
    for key, parameter in now.items():
        if key not in known and parameter["required"]:
            yield f"{name}: the parameter {key[1]} is new and needed"


def _bodies(name: str, old: Json, new: Json, before: Json, after: Json) -> Iterator[str]:
    was, now = old.get("requestBody"), new.get("requestBody")
    if now and now["required"] and not (was and was["required"]):
        yield f"{name}: a body is needed now"
    for media, content in (was or {"content": {}})["content"].items():
        other = (now or {"content": {}})["content"].get(media)
        if other is None:
            yield f"{name} no longer takes {media}"
        else:
            yield from _taken(f"{name} takes", "", content["schema"], other["schema"], before, after)


def _answers(name: str, old: Json, new: Json, before: Json, after: Json) -> Iterator[str]:
    for status, response in old["responses"].items():
        if not status.startswith("2"):
            continue
        other = new["responses"].get(status)
        if other is None:
            yield f"{name} no longer answers {status}"
            continue
        for media, content in response.get("content", {}).items():
            now = other.get("content", {}).get(media)
            if now is None:
                yield f"{name} no longer answers {status} as {media}"
            else:
                yield from _told(f"{name} answers {status}", "", content["schema"], now["schema"], before, after)


def _resolved(schema: Json, document: Json) -> Json:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _place(field: str, name: str) -> str:
    return f"{field}.{name}" if field else name


def _types(schema: Json) -> str:
    kind = schema.get("type", "")
    return "/".join(sorted(kind)) if isinstance(kind, list) else str(kind)


def _at(where: str, field: str) -> str:
    return f"{where}: {field}" if field else where


def _taken(where: str, field: str, old: Json, new: Json, before: Json, after: Json) -> Iterator[str]:
    """What a caller sends and the new document no longer takes."""
    old, new = _resolved(old, before), _resolved(new, after)
    if _types(old) and _types(new) and _types(old) != _types(new):
        yield f"{_at(where, field)} was {_types(old)}, is {_types(new)}"
        return
    if "enum" in old and "enum" in new:
        for word in old["enum"]:
            if word not in new["enum"]:
                yield f"{_at(where, field)} no longer takes {word}"
    elif "enum" in new and "enum" not in old:
        yield f"{_at(where, field)} takes certain words only now"
    for rule in _NARROWS_DOWN:
        if rule in new and new[rule] < old.get(rule, float("inf")):
            yield f"{_at(where, field)}: {rule} was {old.get(rule, 'open')}, is {new[rule]}"
    for rule in _NARROWS_UP:
        if rule in new and new[rule] > old.get(rule, float("-inf")):
            yield f"{_at(where, field)}: {rule} was {old.get(rule, 'open')}, is {new[rule]}"
    for name in new.get("required", ()):
        if name not in old.get("required", ()):
            yield f"{_at(where, _place(field, name))} is needed now"
    for name, schema in old.get("properties", {}).items():
        if name not in new.get("properties", {}):
            yield f"{_at(where, _place(field, name))} is gone"
        else:
            yield from _taken(where, _place(field, name), schema, new["properties"][name], before, after)
    if "items" in old and "items" in new:
        yield from _taken(where, field + "[]", old["items"], new["items"], before, after)
    yield from _choices(where, field, old, new, before, after, _taken)


def _told(where: str, field: str, old: Json, new: Json, before: Json, after: Json) -> Iterator[str]:
    """What a caller reads and the new document no longer tells."""
    old, new = _resolved(old, before), _resolved(new, after)
    if _types(old) and _types(old) != _types(new):
        yield f"{_at(where, field)} was {_types(old)}, is {_types(new) or 'open'}"
        return
    for name, schema in old.get("properties", {}).items():
        if name not in new.get("properties", {}):
            yield f"{_at(where, _place(field, name))} is gone"
            continue
        if name in old.get("required", ()) and name not in new.get("required", ()):
            yield f"{_at(where, _place(field, name))} need not be there any more"
        yield from _told(where, _place(field, name), schema, new["properties"][name], before, after)
    if "items" in old and "items" in new:
        yield from _told(where, field + "[]", old["items"], new["items"], before, after)
    yield from _choices(where, field, old, new, before, after, _told)


def _choices(where: str, field: str, old: Json, new: Json, before: Json, after: Json, compare: Any) -> Iterator[str]:
    for word in ("anyOf", "oneOf"):
        if word in old:
            if len(new.get(word, ())) < len(old[word]):
                yield f"{_at(where, field)} has fewer forms"
            for was, now in zip(old[word], new.get(word, ()), strict=False):
                yield from compare(where, field, was, now, before, after)

"""What webhooks send, as JSON Schema: made from the classes of the events, for the OpenAPI document and its own page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from functools import cache
from importlib import import_module
from inspect import cleandoc
from typing import Any, get_type_hints

import msgspec
from django.apps import apps

from sublet.core.rights import KINDS
from sublet.core.webhooks import GROUPS, OTHER, TEST, WAITS, group_of, hears
from sublet.foundation.journal.events import EVENTS, Event

Json = dict[str, Any]
_TEST_FIELDS = {"webhook": {"type": "string"}, "name": {"type": "string"}}


def webhooks(kinds: Iterable[str] = KINDS) -> Json:
    """Event → what is sent, for accounts of these kinds."""
    served = tuple(kinds)
    found = {TEST: _described(TEST, "Somebody asked for a test. In no journal.", _TEST_FIELDS)}
    for name, cls in _events():
        if any(hears(kind, name, ()) for kind in served):
            found[name] = _described(name, cleandoc(cls.__doc__ or ""), _fields(cls))
    return dict(sorted(found.items()))


@cache
def _events() -> tuple[tuple[str, type[Event]], ...]:
    for app in [*apps.get_app_configs()]:
        if app.name.startswith("sublet.") and app.name != "sublet.foundation":
            _import_events(app.name)
    for part in ("jobs", "journal", "maintenance"):
        _import_events(f"sublet.foundation.{part}")
    return tuple(sorted(EVENTS.items()))


def _import_events(package: str) -> None:
    try:
        import_module(f"{package}.events")
    except ModuleNotFoundError as fault:
        if fault.name != f"{package}.events":
            raise


def _fields(cls: type[Event]) -> Json:
    hints = get_type_hints(cls)
    return {each.name: msgspec.json.schema(hints[each.name]) for each in fields(cls)}  # type: ignore[arg-type]  # every registered event is a dataclass


def _described(name: str, promise: str, details: Json) -> Json:
    schema = _object(
        {
            "type": {"const": name},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": _object(
                {
                    "entry": {"type": "string", "format": "uuid"},
                    "account": {"type": "string"},
                    "actor": _object(
                        {
                            "name": {"type": "string"},
                            "impersonator": {"type": "string"},
                            "via": {"enum": ["web", "api", "job", "cli", "scim"]},
                        }
                    ),
                    "reason": {"type": "string"},
                    "details": _object(details),
                }
            ),
        }
    )
    return {
        "post": {
            "operationId": "webhook_" + name.replace(".", "_"),
            "summary": name,
            "description": promise,
            "tags": ["Webhooks"],
            "x-group": group_of(name) if name != TEST else "",
            "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
            "responses": {"2XX": {"description": "Taken. Every other answer is tried again."}},
        }
    }


def _object(properties: Json) -> Json:
    return {"type": "object", "required": list(properties), "properties": properties}


def page() -> str:
    """docs/reference/webhooks.md."""
    return "\n".join(_page())


def _page() -> Iterator[str]:
    yield _HEAD
    yield f"Waits before the next attempt: {', '.join(_words(int(each.total_seconds())) for each in WAITS)}.\n"
    yield "## Groups\n\n| group | events that begin with |\n| --- | --- |"
    for group, beginnings in GROUPS.items():
        yield f"| `{group}` | {', '.join(f'`{each}`' for each in beginnings)} |"
    yield f"| `{OTHER}` | everything else |\n"
    for name, described in webhooks().items():
        operation = described["post"]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        details = schema["properties"]["data"]["properties"]["details"]["properties"]
        heard = [kind for kind in KINDS if name == TEST or hears(kind, name, ())]
        yield f"## {name}\n\n{operation['description']}\n"
        yield f"Group `{operation['x-group'] or '–'}`; heard by {', '.join(heard)}.\n"
        if details:
            yield "| `details` | schema |\n| --- | --- |"
            yield from (f"| `{each}` | `{json.dumps(schema)}` |" for each, schema in details.items())
            yield ""


def _words(seconds: int) -> str:
    minutes = seconds // 60
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h"


_HEAD = """\
# Webhooks

What is sent, by the [Standard Webhooks](https://www.standardwebhooks.com/) specification; [how to receive it](../howto/webhooks.md).
The body of every event is `{"type", "timestamp", "data"}`, and `data` holds:

| field | what |
| --- | --- |
| `entry` | id of the journal entry, the same as the header `webhook-id` |
| `account` | reference of the account that it is about |
| `actor` | `name`, `impersonator` (who acted in that person's place) and `via` (`web`, `api`, `job`, `cli`) |
| `reason` | what was given as the reason, or empty |
| `details` | the fields below |

Names in `actor` are empty where the listener may not know them.
"""

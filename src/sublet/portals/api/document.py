"""The OpenAPI 3.1 document: made from the declarations, with an example for everything, the same as long as they are.

ninja contributes addresses, parameters and bodies; answers, "no"s, rights and examples come from the declarations. Each
host shows what somebody can do there, under its own brand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import replace
from functools import cache
from http import HTTPStatus
from typing import Any

import msgspec

from sublet.core.rights import VENDOR
from sublet.portals.api import problems
from sublet.portals.api.declare import DECLARED, JSON, Declared, Routes
from sublet.portals.api.entrance import SERVED
from sublet.portals.api.examples import example_of
from sublet.portals.api.idempotency import HEADER as IDEMPOTENCY_HEADER

BASE = "/api/v1"
REFERENCE = "#/components/schemas/"
Json = dict[str, Any]

INTRODUCTION = """\
Everything that the pages do, for programs.

**Keys.** Make an API key on the page “API keys” of an account and send it as `Authorization: Bearer sk_…` to a host of
that account. A key acts for its account, with the rights that it was given. Each operation names the right that it needs.

**Values.** Names are snake_case. References such as `acc_7HqWm2Zr9KtXbd` never change. Instants are ISO 8601 in UTC.
An unknown field or parameter is refused, never ignored.

**Pages.** Lists answer `items` with the cursors `next` and `previous`; send one back as `cursor`. `limit` is 1 to 200.
What is added meanwhile neither repeats nor hides a row.

**Once.** Send `Idempotency-Key` (up to 255 visible characters, such as a UUID) with any request that changes something.
The same request with the same key within 24 hours has no second effect: it gets the first answer again, marked
`Idempotency-Replayed: true`. The key of another request is refused with 422. An answer that says no leaves nothing
behind, and its key is free again.

**Versions.** Answers about one thing that can be edited carry an `ETag`. Send it back as `If-Match`: when somebody else
has changed the thing meanwhile, nothing is overwritten and the answer is 412.

**No.** Every refusal is `application/problem+json` (RFC 9457) with a stable `code`, a sentence in the language of
`Accept-Language`, and the faults in the order of the fields. Each `type` is a page that explains it.

**Pace.** A key may ask 300 times at once and 50 times a second after that, of each server process; then the answer is 429
with `Retry-After`.
"""

#: Refusals that only a key of the vendor can meet, although others use the operation, too.
VENDORS_OWN = frozenset({"cannot_add_host.vendor"})
#: What the arguments of addresses are.
ARGUMENTS: Mapping[str, tuple[str, str]] = {
    "account": ("Reference of the account: one's own, or one below it.", "acc_7HqWm2Zr9KtXbd"),
    "client": ("Reference of the client's account.", "acc_7HqWm2Zr9KtXbd"),
    "collaborator": ("Reference of the collaborator.", "col_7HqWm2Zr9KtXbd"),
    "host": ("Reference of the host.", "dom_7HqWm2Zr9KtXbd"),
    "impersonation": ("Reference of the impersonation.", "ims_7HqWm2Zr9KtXbd"),
    "imported": ("Reference of the import.", "imp_7HqWm2Zr9KtXbd"),
    "invitation": ("Reference of the invitation.", "inv_7HqWm2Zr9KtXbd"),
    "job": ("Id of the job.", "019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b"),
    "key": ("Reference of the key.", "key_7HqWm2Zr9KtXbd"),
    "mail": ("Id of the mail.", "019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b"),
    "number": ("Number of the version.", "3"),
    "schedule": ("Name of the schedule.", "foundation.purge_jobs"),
    "slot": ("`logo`, `logo_dark` or `icon`.", "logo"),
    "view": ("Reference of the saved view.", "viw_7HqWm2Zr9KtXbd"),
    "withdrawal": ("Reference of the withdrawal.", "wdr_7HqWm2Zr9KtXbd"),
}


@cache
def ninja_document() -> Json:
    """What ninja says of addresses, parameters and bodies."""
    from sublet.portals.api.api import api  # ninja's own, made once all routes are there

    return msgspec.json.decode(msgspec.json.encode(dict(api.get_openapi_schema(path_prefix=BASE + "/"))))  # type: ignore[no-any-return]  # a document


def document(*, title: str = "API", server: str = "/", kinds: Iterable[str] | None = None) -> Json:
    """The document for hosts that serve accounts of these `kinds` (None: the whole of it). A copy, free to change."""
    served = frozenset(kinds) if kinds is not None else None
    found = deepcopy(_whole())
    found["info"]["title"] = title
    found["servers"] = [{"url": server}]
    if served is not None:
        declared = _by_id()
        for path, methods in list(found["paths"].items()):
            for method, operation in list(methods.items()):
                if not served & set(declared[operation["operationId"]].kinds):
                    del methods[method]
            if not methods:
                del found["paths"][path]
        tags = {tag for methods in found["paths"].values() for each in methods.values() for tag in each["tags"]}
        found["tags"] = [tag for tag in found["tags"] if tag["name"] in tags]
        if VENDOR not in served:
            _forget(found["paths"], VENDORS_OWN)
            _forget_rights(found["paths"], declared)
    _drop_unused(found)
    return found


@cache
def _by_id() -> dict[str, Declared]:
    return {each.id: each for methods in DECLARED.values() for each in methods.values()}


@cache
def _whole() -> Json:
    from sublet.portals.api.routes import ROUTES

    found = deepcopy(ninja_document())
    schemas: Json = found["components"]["schemas"]
    for schema in schemas.values():
        _tidy(schema)
    shape_of, components = _shapes()
    for name, schema in components.items():
        if name in schemas:
            raise ValueError(f"two shapes are called {name}")
        schemas[name] = _tidied(schema)
    schemas["Problem"] = _PROBLEM
    paths = {}
    for path, methods in found["paths"].items():
        paths[path] = {
            method: _operation(_by_id()[operation["operationId"]], operation, shape_of, schemas)
            for method, operation in methods.items()
        }
    return {
        "openapi": "3.1.0",
        "info": {"title": "API", "version": "1", "description": INTRODUCTION},
        "servers": [{"url": "/"}],
        "tags": [_tag(routes) for routes in ROUTES],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "responses": _responses(),
            "headers": _HEADERS,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key, such as `sk_…`."}
            },
        },
        "security": [{"key": []}],
    }


def _shapes() -> tuple[dict[str, Json], Json]:
    """The shape of each operation's answer, and what these shapes refer to."""
    told = {each.id: _several(each.answer) for each in _by_id().values() if each.media == (JSON,) and each.answer}
    shapes, components = msgspec.json.schema_components(
        [one for several in told.values() for one in several], ref_template=REFERENCE + "{name}"
    )
    left = iter(shapes)
    found = {}
    for name, several in told.items():
        mine = [_tidied(next(left)) for _ in several]
        found[name] = mine[0] if len(mine) == 1 else {"anyOf": mine}
    return found, components


def _several(answer: Any) -> tuple[Any, ...]:
    return answer if isinstance(answer, tuple) else (answer,)


def _tag(routes: Routes) -> Json:
    return {"name": routes.tag, "description": routes.text}


def _operation(declared: Declared, found: Json, shape_of: Mapping[str, Json], schemas: Json) -> Json:
    rights = declared.needs.words()
    parameters = [_parameter(each, schemas) for each in found.get("parameters", ())]
    parameters += _headers_taken(declared)
    operation: Json = {
        "operationId": declared.id,
        "summary": declared.summary,
        "description": " ".join(part for part in (declared.description, _needs(declared)) if part),
        "tags": [declared.tag],
        "parameters": parameters,
        "x-rights": rights,
        "security": [{"key": []}],
    }
    body = found.get("requestBody")
    if body:
        media, content = next(iter(body["content"].items()))
        _tidy(content["schema"])
        content["schema"] = _unwrapped(content["schema"])
        content["example"] = dict(declared.example) if declared.example else example_of(content["schema"], schemas)
        operation["requestBody"] = {"required": bool(body.get("required")), "content": {media: content}}
    operation["responses"] = _answers(declared, shape_of.get(declared.id), schemas)
    return operation


def _needs(declared: Declared) -> str:
    """The rights in words."""
    rights = declared.needs.words()
    if not rights:
        return "Any key may ask this."
    if "{account}" in declared.path and len(rights) > 1:
        below = declared.needs.below or declared.needs.vendor
        return f"Needs the right `{declared.needs.own}` for one's own account, `{below}` for one below it."
    return f"Needs the right {' or '.join(f'`{right}`' for right in rights)}."


def _parameter(found: Json, schemas: Json) -> Json:
    schema = _tidied(found["schema"])
    for word in ("description", "title"):
        schema.pop(word, None)
    parameter: Json = {"name": found["name"], "in": found["in"], "required": bool(found["required"]), "schema": schema}
    if found["in"] == "path":
        description, example = ARGUMENTS[found["name"]]
        parameter |= {"description": description, "example": example}
        parameter["schema"] = {"type": "string", "minLength": 1}
    elif "description" in found:
        parameter["description"] = found["description"]
    if schema.get("type") == "array":
        parameter |= {"style": "form", "explode": True}
    return parameter


def _headers_taken(declared: Declared) -> list[Json]:
    found: list[Json] = []
    if declared.method != "GET":
        found.append(
            {
                "name": IDEMPOTENCY_HEADER,
                "in": "header",
                "required": False,
                "description": "Names the intent: the same request again has no second effect.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"},
            }
        )
    if declared.versioned:
        found.append(
            {
                "name": "If-Match",
                "in": "header",
                "required": False,
                "description": "The ETag that was read.",
                "schema": {"type": "string", "pattern": '^"[0-9]{1,9}"$'},
            }
        )
    return found


def _answers(declared: Declared, shape: Json | None, schemas: Json) -> Json:
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-Id", "Content-Language")}
    if declared.method != "GET":
        headers["Idempotency-Replayed"] = {"$ref": "#/components/headers/Idempotency-Replayed"}
    if declared.status == 201:
        headers["Location"] = {"$ref": "#/components/headers/Location"}
    if shape is not None and "$ref" in shape:
        fields = schemas[shape["$ref"].removeprefix(REFERENCE)].get("properties", {})
        if "version" in fields and fields["version"].get("type") == "integer":
            headers["ETag"] = {"$ref": "#/components/headers/ETag"}
    success: Json = {"description": HTTPStatus(declared.status).phrase, "headers": headers}
    if shape is not None:
        success["content"] = {JSON: {"schema": shape, "example": example_of(shape, schemas)}}
    elif declared.answer is not None:
        success["content"] = {media: {"schema": {"type": "string", "format": "binary"}} for media in declared.media}
    found = {str(declared.status): success}
    if shape is not None and "anyOf" in shape:
        # What only says what would happen, and what is left to a job.
        found.setdefault("200", success)
        if declared.id == "change_clients":
            found["202"] = {**success, "description": HTTPStatus.ACCEPTED.phrase}
    return dict(sorted((found | _noes(declared)).items()))


def _noes(declared: Declared) -> Json:
    """The "no"s that this operation can say."""
    named = {"401": "unauthorized", "403": "forbidden", "422": "invalid", "429": "too-many-requests",
             "500": "server-error", "503": "busy"}  # fmt: skip
    if "{" in declared.path or declared.kinds != ():
        named["404"] = "not-found"
    if declared.body:
        named |= {"400": "malformed", "413": "too-large", "415": "unsupported-media-type"}
    if declared.versioned:
        named["412"] = "changed-meanwhile"
    named |= declared.noes
    found: Json = {status: {"$ref": f"#/components/responses/{name}"} for status, name in named.items()}
    refused = [
        f"`{problems.code_of(refusal, code)}`: {sentence}"
        for refusal in declared.refusals
        for code, sentence in sorted(_english(refusal).items())
    ]
    if declared.method != "GET":
        refused += (
            [
                "`idempotency-in-progress`: the same request is still at work.",
                "`idempotency-shown-once`: the same request was answered with a secret.",
            ]
            if declared.shown_once
            else ["`idempotency-in-progress`: the same request is still at work."]
        )
    if refused:
        found["409"] = {
            "description": "Refused. By `code`:\n\n" + "\n".join(f"- {line}" for line in refused),
            "content": {problems.MEDIA: {"schema": {"$ref": REFERENCE + "Problem"}, "example": _refusal(declared)}},
        }
    return found


def _english(refusal: type[Any]) -> dict[str, str]:
    from django.utils import translation

    with translation.override("en"):
        return {code: str(sentence) for code, sentence in refusal.SENTENCES.items()}


def _refusal(declared: Declared) -> Json:
    """An example of a refusal: the first that the operation has."""
    for refusal in declared.refusals:
        for code, sentence in sorted(_english(refusal).items()):
            if "%(" not in sentence:
                return _problem(
                    problems.slug_of(refusal), problems.code_of(refusal, code), 409, "That cannot be done", sentence
                )
    kind = problems.KINDS["idempotency-in-progress"]
    return _problem("idempotency-in-progress", "idempotency-in-progress", 409, *_words(kind))


def _words(kind: problems.Kind) -> tuple[str, str]:
    from django.utils import translation

    with translation.override("en"):
        return str(kind.title), str(kind.text)


def _problem(slug: str, code: str, status: int, title: str, detail: str) -> Json:
    return {
        "type": problems.PLACE + slug,
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": "5f0c3b6d2a7e4f1b9c8d7e6f5a4b3c2d",
    }


def _responses() -> Json:
    found = {}
    for code, kind in problems.KINDS.items():
        title, text = _words(kind)
        example = _problem(code, code, kind.status, title, text % {"right": "clients:manage", "media": JSON})
        if code == "forbidden":
            example["right"] = "clients:manage"
        if code == "invalid":
            example["errors"] = [
                {"field": "name", "code": "missing", "detail": "This is needed."},
                {"field": "colour", "code": "unknown-field", "detail": "There is no such field."},
            ]
        response: Json = {
            "description": f"{title}.",
            "content": {problems.MEDIA: {"schema": {"$ref": REFERENCE + "Problem"}, "example": example}},
        }
        if code in {"too-many-requests", "busy"}:
            response["headers"] = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}
        if code == "unauthorized":
            response["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "`Bearer`"}}
        found[code] = response
    return found


_HEADERS: Json = {
    "X-Request-Id": {
        "description": "Names this request, in logs and for support. Send your own (8 to 40 letters, digits, `.`, `_`, `-`) or get one.",
        "schema": {"type": "string"},
        "example": "5f0c3b6d2a7e4f1b9c8d7e6f5a4b3c2d",
    },
    "Content-Language": {
        "description": "The language of sentences and names.",
        "schema": {"type": "string"},
        "example": "en",
    },
    "Idempotency-Replayed": {
        "description": "`true`: this answer was given before, to the same request.",
        "schema": {"type": "string"},
    },
    "Location": {"description": "Where the new thing is.", "schema": {"type": "string"}},
    "ETag": {"description": "The version that was read.", "schema": {"type": "string"}, "example": '"3"'},
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}, "example": 1},
}

_PROBLEM: Json = {
    "type": "object",
    "description": "A “no”, as RFC 9457 writes it.",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "description": "The page that explains it. Never changes.",
        },
        "title": {"type": "string", "description": "What kind of thing is wrong."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong and what to do."},
        "code": {"type": "string", "description": "For programs. Never changes."},
        "request_id": {"type": "string", "description": "Tell it to support."},
        "right": {"type": "string", "description": "The right that the key lacks."},
        "errors": {
            "type": "array",
            "description": "The faults, in the order of the fields.",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {
                    "field": {"type": "string", "description": "`owner.email`, `tags.2`; empty for the whole body."},
                    "code": {"type": "string", "description": "For programs. Never changes."},
                    "detail": {"type": "string"},
                    "line": {"type": "integer", "description": "Of a file that was sent."},
                    "key": {"type": "string", "description": "Of a file that was sent."},
                },
            },
        },
        "conflicts": {
            "type": "array",
            "description": "Fields that somebody else has changed meanwhile, with both values.",
            "items": {
                "type": "object",
                "required": ["field", "stored", "sent"],
                "properties": {"field": {"type": "string"}, "stored": {"type": "string"}, "sent": {"type": "string"}},
            },
        },
        "version": {"type": "integer", "description": "The version now stored, where there are conflicts."},
    },
}


def _tidied(schema: Json) -> Json:
    found: Json = deepcopy(schema)
    _tidy(found)
    return found


def _tidy(schema: Any) -> None:
    """Take out what says nothing: titles made of names, wrappers around one reference."""
    if isinstance(schema, list):
        for each in schema:
            _tidy(each)
    elif isinstance(schema, dict):
        if isinstance(schema.get("title"), str):
            del schema["title"]
        for name, value in schema.items():
            if name in {"example", "examples", "default", "enum", "const"}:
                continue
            if name == "properties":
                for each in value.values():
                    _tidy(each)
            else:
                _tidy(value)


def _unwrapped(schema: Json) -> Json:
    inner = schema.get("allOf")
    if isinstance(inner, list) and len(inner) == 1:
        rest = {name: value for name, value in schema.items() if name not in {"allOf", "default"}}
        return {**inner[0], **rest}
    return schema


def _forget(paths: Json, codes: Iterable[str]) -> None:
    """Take refusals out that nobody on this host can meet."""
    for methods in paths.values():
        for operation in methods.values():
            refused = operation["responses"].get("409")
            if refused:
                lines = refused["description"].split("\n")
                refused["description"] = "\n".join(
                    line for line in lines if not any(f"`{code}`" in line for code in codes)
                )


def _forget_rights(paths: Json, declared: Mapping[str, Declared]) -> None:
    """Take rights out that only the vendor's keys have."""
    for methods in paths.values():
        for operation in methods.values():
            own = replace(
                declared[operation["operationId"]], needs=replace(declared[operation["operationId"]].needs, vendor="")
            )
            operation["x-rights"] = own.needs.words()
            operation["description"] = " ".join(part for part in (own.description, _needs(own)) if part)


def _drop_unused(found: Json) -> None:
    """Shapes that nothing names (any more) would tell a host of what others can do."""
    answers = found["components"]["responses"]
    named = {
        response["$ref"].rpartition("/")[2]
        for methods in found["paths"].values()
        for operation in methods.values()
        for response in operation["responses"].values()
        if "$ref" in response
    }
    found["components"]["responses"] = {name: answers[name] for name in answers if name in named}
    schemas = found["components"]["schemas"]
    wanted: set[str] = set()
    queue = [found["paths"], found["components"]["responses"]]
    while queue:
        for name in _references(queue.pop()):
            if name not in wanted and name in schemas:
                wanted.add(name)
                queue.append(schemas[name])
    found["components"]["schemas"] = {name: schema for name, schema in schemas.items() if name in wanted}


def _references(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str) and reference.startswith(REFERENCE):
            yield reference.removeprefix(REFERENCE)
        for each in value.values():
            yield from _references(each)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each)


def kinds_of_host(site_kind: str) -> frozenset[str]:
    """Whose accounts a host of that kind serves."""
    return SERVED[site_kind]

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

from sublet.core.rights import KINDS, VENDOR
from sublet.portals.api import problems
from sublet.portals.api.declare import DECLARED, JSON, SIGN_ON, Declared, Routes
from sublet.portals.api.document_parts import ARGUMENTS, HEADERS, INTRODUCTION, PROBLEM, SCHEMES
from sublet.portals.api.document_webhooks import webhooks
from sublet.portals.api.entrance import SERVED
from sublet.portals.api.examples import example_of
from sublet.portals.api.idempotency import HEADER as IDEMPOTENCY_HEADER

BASE = "/api/v1"
REFERENCE = "#/components/schemas/"
Json = dict[str, Any]

#: Refusals that only a key of the vendor can meet, although others use the operation, too.
VENDORS_OWN = frozenset({"cannot_add_host.vendor"})


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
    found["webhooks"] = webhooks(KINDS if served is None else sorted(served))
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
    schemas["Problem"] = PROBLEM
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
            "headers": HEADERS,
            "securitySchemes": SCHEMES,
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
        "security": [{declared.caller: []}],
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
    if declared.caller == SIGN_ON:
        return "Needs no key but a sign-on, in that account, of somebody who may do it in person."
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
                "required": declared.named,
                "description": "Names the intent: the same request again has no second effect.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"},
            }
        )
    if declared.conditional:
        found.append(
            {
                "name": "If-None-Match",
                "in": "header",
                "required": False,
                "description": "The ETag of an answer that is kept.",
                "schema": {"type": "string", "maxLength": 200},
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
    if declared.conditional:
        headers["ETag"] = {"$ref": "#/components/headers/ETag"}
    success: Json = {"description": HTTPStatus(declared.status).phrase, "headers": headers}
    if shape is not None:
        success["content"] = {JSON: {"schema": shape, "example": example_of(shape, schemas)}}
    elif declared.answer is not None:
        success["content"] = {media: {"schema": {"type": "string", "format": "binary"}} for media in declared.media}
    found = {str(declared.status): success}
    if shape is not None and "anyOf" in shape:
        # What only says what would happen.
        found.setdefault("200", success)
    if declared.may_take_long:
        found["202"] = {**success, "description": HTTPStatus.ACCEPTED.phrase}
    if declared.conditional:
        found["304"] = {"description": HTTPStatus.NOT_MODIFIED.phrase, "headers": {"ETag": headers["ETag"]}}
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
    if declared.caller == SIGN_ON:
        named |= {"401": "not-signed-on", "403": "section-closed"}
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
        if code in {"forbidden", "section-closed"}:
            example["right"] = "clients:manage" if code == "forbidden" else "product.design:manage"
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
        if code in {"unauthorized", "not-signed-on"}:
            response["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "`Bearer`"}}
        found[code] = response
    return found


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

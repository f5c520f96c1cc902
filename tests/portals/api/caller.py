"""A program that uses the API: it sends JSON and checks that every answer is as the document says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jsonschema_rs
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client

from sublet.accounts.models import Account
from sublet.core.rights import all_rights, effective
from sublet.foundation.scope import platform_scope
from sublet.people.models import ApiKey
from sublet.people.queries.keys import hash_secret
from sublet.portals.api import urls
from sublet.portals.api.declare import DECLARED, MULTIPART, Declared
from sublet.portals.api.document import document
from tests.factories import AT
from tests.people import CARL_HOST, REMO_HOST, ROSA_HOST, VENDOR_HOST, World

assert urls.urlpatterns  # its import declares the operations
__all__ = ["DECLARED", "MULTIPART", "Answer", "Caller", "Declared", "fits", "make_caller", "operation_at", "published"]
PRODUCT = ("design", "content", "push", "statistics", "add-ons")
#: Whose key, for which account of the world, on which host.
KEYS = {
    "vera": ("vendor", VENDOR_HOST),
    "rosa": ("rosa", ROSA_HOST),
    "remo": ("remo", REMO_HOST),
    "carl": ("carl", CARL_HOST),
    "nora": ("bakery", REMO_HOST),
    "dora": ("dora", VENDOR_HOST),
    "zorba": ("zorba", ROSA_HOST),
}


@cache
def published() -> dict[str, Any]:
    return document()


@cache
def _registry() -> jsonschema_rs.Registry:
    return jsonschema_rs.Registry([("urn:api", published())])


@cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    """For each schema once: it is asked at every answer."""
    pinned = json.loads(schema.replace('"#/components', '"urn:api#/components'))
    return jsonschema_rs.Draft202012Validator(pinned, registry=_registry())


def fits(schema: Mapping[str, Any], value: Any) -> list[str]:
    """What of `value` does not fit a schema of the document."""
    return [
        f"{'/'.join(map(str, error.instance_path))}: {error.message}"
        for error in _validator(json.dumps(schema)).iter_errors(value)
    ]


def operation_at(method: str, path: str) -> tuple[Declared, dict[str, Any]] | None:
    """The declaration and the described operation of a request."""
    parts = path.split("?")[0].strip("/").split("/")
    for methods in DECLARED.values():
        for declared in methods.values():
            wanted = declared.path.strip("/").split("/")
            same = len(wanted) == len(parts) and all(
                w.startswith("{") or w == p for w, p in zip(wanted, parts, strict=True)
            )
            if same and declared.method == method:
                return declared, published()["paths"]["/api/v1" + declared.path][method.lower()]
    return None


@dataclass
class Answer:
    """What came back."""

    status: int
    body: Any
    response: HttpResponse

    def __getitem__(self, name: str) -> Any:
        return self.body[name]

    @property
    def content(self) -> bytes:
        """The body as it came, also of a file that is streamed."""
        if isinstance(self.response, StreamingHttpResponse):
            return b"".join(self.response.streaming_content)
        return self.response.content

    @property
    def code(self) -> str:
        return str(self.body["code"])

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The faults: field and code, in their order."""
        return [(each["field"], each["code"]) for each in self.body.get("errors", [])]


@dataclass
class Caller:
    """One key on one host."""

    secret: str
    host: str
    ref: str = ""
    browser: Client = field(default_factory=Client)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        media: str = "application/json",
        headers: Mapping[str, str] | None = None,
        **form: Any,
    ) -> Answer:
        sent = {"host": self.host, "accept-language": "en", **(headers or {})}
        if self.secret:
            sent.setdefault("authorization", f"Bearer {self.secret}")
        if form:
            response = self.browser.post("/api/v1" + path, form, headers=sent)
        else:
            data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
            response = self.browser.generic(
                method, "/api/v1" + path, data, content_type=media if data else "", headers=sent
            )
        return _checked(method, path, response)  # type: ignore[arg-type]  # the test client's response is one

    def get(self, path: str, **more: Any) -> Answer:
        return self.ask("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Answer:
        return self.ask("POST", path, body, **more)

    def put(self, path: str, body: Any = None, **more: Any) -> Answer:
        return self.ask("PUT", path, body, **more)

    def patch(self, path: str, body: Any = None, **more: Any) -> Answer:
        return self.ask("PATCH", path, body, **more)

    def delete(self, path: str, **more: Any) -> Answer:
        return self.ask("DELETE", path, **more)


def _checked(method: str, path: str, response: HttpResponse) -> Answer:
    """The answer; fails when the document does not describe it."""
    media = response.get("Content-Type", "")
    is_json = media.startswith(("application/json", "application/problem+json"))
    body: Any = json.loads(response.content) if is_json and response.content else None
    found = operation_at(method, path)
    if found is not None and response.status_code != 405:
        declared, described = found
        status = str(response.status_code)
        assert status in described["responses"], f"{declared.id} answers {status}, which is not described: {body}"
        shape = described["responses"][status]
        if "$ref" in shape:
            shape = published()["components"]["responses"][shape["$ref"].rpartition("/")[2]]
        content = shape.get("content", {})
        if is_json:
            assert fits(content[media]["schema"], body) == [], declared.id
        else:
            assert not content or media.partition(";")[0] in content, (declared.id, media)
        if response.status_code == 409 and "." in body["code"]:
            assert f"`{body['code']}`" in shape["description"], (declared.id, body["code"])
    assert response.get("X-Request-Id"), path
    if response.status_code >= 400:
        assert media == "application/problem+json", (path, media)
        assert body["status"] == response.status_code
        assert body["request_id"] == response["X-Request-Id"]
        assert "Traceback" not in response.content.decode()
    return Answer(status=response.status_code, body=body, response=response)


def make_caller(
    world: World,
    of: str,
    *,
    rights: Mapping[str, str] | None = None,
    reach: Sequence[Account] | None = None,
    host: str = "",
    name: str = "",
) -> Caller:
    """A caller with a live key of the account of that person. `rights` None: all that a key can have there."""
    place, own_host = KEYS[of]
    account: Account = getattr(world, place)
    most = effective(
        kind=account.kind,
        is_owner=account.kind != "client",
        ticked=all_rights(account.kind, PRODUCT),
        product_sections=PRODUCT,
    )
    secret = f"sk_{of}_{len(name)}_{ApiKey.unscoped.count()}_{'x' * 32}"  # unscoped: test data
    with platform_scope("test data"):
        key = ApiKey(
            account=account,
            name=name or f"Key of {of}",
            prefix=secret[:11],
            secret_hash=hash_secret(secret),
            rights_words=most.as_words() if rights is None else dict(rights),
            reaches_all=reach is None,
            reach_ids=[each.id for each in reach or ()],
            created_at=AT,
            created_by_name=of,
        )
        key.save()
    return Caller(secret=secret, host=host or own_host, ref=key.ref)

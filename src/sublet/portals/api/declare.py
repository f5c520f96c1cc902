"""How an operation of the API is declared: address, right, whom it is for, what it answers. All of it is data.

The entrance reads it to let callers in, the document to describe it, the generated probes to try it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

import msgspec
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from ninja import Router

from sublet.core.rights import CLIENT, DIRECT, RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.people.queries import Entry
from sublet.portals.api import fields
from sublet.portals.shared.http import SubletRequest

EVERYBODY = (VENDOR, RESELLER, CLIENT, DIRECT)
ABOVE = (VENDOR, RESELLER)
MEBIBYTE = 1024 * 1024
KEY, SIGN_ON = "key", "sign-on"
JSON, MULTIPART = "application/json", "multipart/form-data"


class ApiRequest(SubletRequest):
    """A request that a key has been let in with: `actor` is the key, `at` the one instant of the request.

    Where the product itself asks (`Declared.caller`), `actor` is the person it speaks for and `application` its name.
    """

    entry: Entry
    at: datetime
    application: str = ""
    by_sign_on: bool = False


@dataclass(frozen=True, slots=True)
class Needs:
    """The right that an operation takes. On ``{account}``: on one's own account, and on one below it (empty: not there).

    `vendor` where the vendor's differs from a reseller's. `instead`: another one that opens it as well where no account is named, so
    that who may write something reads it.
    """

    own: str
    below: str = ""
    vendor: str = ""
    instead: str = ""

    def for_account(self, actor: Actor, ref: str) -> str:
        """The right that `actor` needs for the account with that reference. Raises NotFound where it has no business."""
        if ref == actor.account_ref:
            return self.own
        right = (self.vendor or self.below) if actor.account_kind == VENDOR else self.below
        if not right or actor.account_kind not in ABOVE:
            raise NotFound
        return right

    def for_actor(self, actor: Actor) -> str:
        """The right that `actor` needs where no account is named: the one that it has, of two that open it."""
        right = self.vendor if actor.account_kind == VENDOR and self.vendor else self.own
        return self.instead if self.instead and not actor.may(right) and actor.may(self.instead) else right

    def words(self) -> list[str]:
        """Every right that may be asked for."""
        return list(dict.fromkeys(right for right in (self.own, self.below, self.vendor, self.instead) if right))


@dataclass(frozen=True, slots=True)
class Declared:
    """An operation as declared.

    `answer` is a msgspec type, a tuple of those that it may be, None for an empty answer, bytes for a file.
    """

    id: str
    method: str
    path: str
    needs: Needs
    kinds: tuple[str, ...]
    tag: str
    summary: str
    description: str
    status: int
    answer: Any
    media: tuple[str, ...] = (JSON,)
    refusals: tuple[type[Refusal], ...] = ()
    body: str = ""  # the media type that it takes
    conditional: bool = False  # takes If-None-Match (`Tagged`)
    also: tuple[str, ...] = ()  # others that are read as well (`api.StrictParser`)
    most_bytes: int = MEBIBYTE
    versioned: bool = False  # takes If-Match
    shown_once: bool = False
    ends: bool = False  # ends access, or what is told outside: for an account that can only read and pay, too
    may_take_long: bool = False  # answers 202 where it leaves the work to a job
    caller: str = KEY  # who asks: an API key, or the product with what it was given at a sign-on
    named: bool = False  # does not go without an Idempotency-Key
    example: Mapping[str, Any] | None = None
    noes: Mapping[str, str] = field(default_factory=dict)  # status → kind of problem, where it is not the usual one

    @property
    def right(self) -> str:
        """The rights in one word, as the architecture test and the probes read them."""
        return " or ".join(self.needs.words()) or f"any {self.caller}"


@dataclass(frozen=True, slots=True)
class Made:
    """Something that now exists at `path` (below ``/api/v1``): answered with a Location."""

    body: Any
    path: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """Something that is left to a job."""

    body: Any


@dataclass(frozen=True, slots=True)
class OnlySaid:
    """What would happen, where an operation that makes something is only asked: 200 instead of 201."""

    body: Any


@dataclass(frozen=True, slots=True)
class Tagged:
    """An answer with its ETag; 304 without it where the caller has that one already (`known`: its If-None-Match)."""

    body: Any
    tag: str
    known: str = ""

    @property
    def is_known(self) -> bool:
        """Whether one of the tags that the caller named is this one; weak ones compare alike."""
        return f'"{self.tag}"' in {each.strip().removeprefix("W/") for each in self.known.split(",")}


DECLARED: dict[str, dict[str, Declared]] = {}  # name of the address → method → operation
V = TypeVar("V", bound=Callable[..., Any])
_encode = msgspec.json.Encoder().encode


class Routes:
    """The operations under one heading. `text` says in one sentence what the heading is about."""

    def __init__(self, tag: str, text: str) -> None:
        self.tag = tag
        self.text = text
        self.router = Router()

    def operation(
        self,
        method: str,
        path: str,
        *,
        needs: str | Needs,
        kinds: Sequence[str],
        answer: Any,
        status: int = 0,
        refusals: Sequence[type[Refusal]] = (),
        **facts: Any,
    ) -> Callable[[V], V]:
        """Declare the view below as the operation `method` on `path`. Its name is the stable operation id.

        The first line of its docstring is the summary. `needs` ``""`` means: any key of these `kinds` of account.
        """

        def declare(view: V) -> V:
            signature = inspect.signature(view, eval_str=True)
            summary, _, description = (inspect.getdoc(view) or "").partition("\n")
            name = "api" + path.replace("/", "-").replace("{", "").replace("}", "")
            declared = Declared(
                id=view.__name__,
                method=method,
                path=path,
                needs=needs if isinstance(needs, Needs) else Needs(needs, below=needs),
                kinds=tuple(kinds),
                tag=self.tag,
                summary=summary.rstrip("."),
                description=" ".join(description.split()),
                status=status or (204 if answer is None else 200),
                answer=answer,
                refusals=tuple(refusals),
                body=facts.pop("body", _body_of(signature)),
                **facts,
            )
            methods = DECLARED.setdefault(name, {})
            if method in methods:
                raise ValueError(f"{method} {path} is declared twice")
            fields.check(declared.id, signature, answer, declared.needs.words(), kinds, shown_once=declared.shown_once)
            methods[method] = declared

            @wraps(view)
            def answering(request: ApiRequest, **values: Any) -> HttpResponseBase:
                fields.take(values.values(), request.actor)
                about = str(values.get("account") or values.get("client") or "")
                return response_of(
                    declared, view(request, **values), lambda told: fields.tell(told, request.actor, about)
                )

            answering.__signature__ = signature  # type: ignore[attr-defined]  # ninja reads names in the view's own module
            self.router.api_operation([method], path, operation_id=view.__name__, url_name=name)(answering)
            return view

        return declare

    def get(self, path: str, **facts: Any) -> Callable[[V], V]:
        """As `operation`."""
        return self.operation("GET", path, **facts)

    def post(self, path: str, **facts: Any) -> Callable[[V], V]:
        """As `operation`."""
        return self.operation("POST", path, **facts)

    def put(self, path: str, **facts: Any) -> Callable[[V], V]:
        """As `operation`."""
        return self.operation("PUT", path, **facts)

    def patch(self, path: str, **facts: Any) -> Callable[[V], V]:
        """As `operation`."""
        return self.operation("PATCH", path, **facts)

    def delete(self, path: str, **facts: Any) -> Callable[[V], V]:
        """As `operation`."""
        return self.operation("DELETE", path, **facts)


def _body_of(signature: inspect.Signature) -> str:
    return JSON if "body" in signature.parameters else ""


def response_of(declared: Declared, result: Any, tell: Callable[[Any], Any]) -> HttpResponseBase:
    """What a view returned, as a response: values become JSON, with their version as ETag. `tell` empties what is not the
    reader's (`portals.api.fields`)."""
    if isinstance(result, HttpResponseBase):
        if JSON in declared.media:
            raise TypeError(f"{declared.id} answers past the fields that it declares")
        return result
    status, location, tag = declared.status, "", ""
    if isinstance(result, Tagged):
        if result.is_known:
            return HttpResponse(status=304, headers={"ETag": f'"{result.tag}"'})
        result, tag = result.body, result.tag
    if isinstance(result, Made):
        result, location = result.body, "/api/v1" + result.path
    elif isinstance(result, Accepted):
        result, status = result.body, 202
    elif isinstance(result, OnlySaid):
        result, status = result.body, 200
    if result is None:
        return HttpResponse(status=204)
    if type(result) not in (declared.answer if isinstance(declared.answer, tuple) else (declared.answer,)):
        raise TypeError(f"{declared.id} answers {type(result).__name__}, which it does not declare")
    response = HttpResponse(_encode(tell(result)), status=status, content_type=JSON)
    if location:
        response["Location"] = location
    if tag:
        response["ETag"] = f'"{tag}"'
    version = getattr(result, "version", None)
    if isinstance(version, int):
        response["ETag"] = f'"{version}"'
    return response


def needs_of(name: str) -> str:
    """The rights of all operations of an address, for the architecture test."""
    return "; ".join(f"{method} {each.right}" for method, each in DECLARED[name].items())

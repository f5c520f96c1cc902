"""Every "no" of the API: RFC 9457 problems with a stable type, code and the order of the fields. Never a trace."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja.errors import HttpError, ValidationError

from sublet.accounts.operations import CannotChangeDetails
from sublet.core.manifest import ManifestErrors
from sublet.foundation.contention import is_contention
from sublet.foundation.errors import CannotWhileImpersonating, Forbidden, NotFound, Refusal
from sublet.foundation.idempotency.operations import CannotAnswerAgain
from sublet.people.operations import CannotTryAgainYet
from sublet.portals.shared.days import OUT_OF_RANGE

log = logging.getLogger(__name__)
MEDIA = "application/problem+json"
PLACE = "/api/v1/problems/"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its status, its title, and what to do about it."""

    status: int
    title: str | Promise
    text: str | Promise


KINDS: Mapping[str, Kind] = {
    "malformed": Kind(
        400,
        gettext_lazy("This request cannot be read"),
        gettext_lazy("The body is not valid JSON in UTF-8, or the request broke off."),
    ),
    "unauthorized": Kind(
        401,
        gettext_lazy("There is no such key"),
        gettext_lazy("Send a valid API key of an account of this host: Authorization: Bearer sk_…"),
    ),
    "not-signed-on": Kind(
        401,
        gettext_lazy("Nobody is signed on with this"),
        gettext_lazy(
            "Send what your product was given at the sign-on, on the same host, as Authorization: Bearer …: the access token, or "
            "the identity header of this minute. It is unknown, over, or the access behind it has ended."
        ),
    ),
    "section-closed": Kind(
        403,
        gettext_lazy("This person may not change that"),
        gettext_lazy("Whoever is signed on lacks the right %(right)s in this account now: nothing was written down."),
    ),
    "forbidden": Kind(
        403,
        gettext_lazy("This key may not do that"),
        gettext_lazy("The key lacks the right %(right)s on its account. Make a key that has it."),
    ),
    "wrong-account": Kind(
        403,
        gettext_lazy("This is not for your kind of account"),
        gettext_lazy("Accounts of another kind can do this; the account of this key cannot."),
    ),
    "account-suspended": Kind(
        403,
        gettext_lazy("The account is suspended"),
        gettext_lazy("The account of this key is suspended. Nothing can be read or changed until it is resumed."),
    ),
    "account-closed": Kind(
        403,
        gettext_lazy("The account is closed"),
        gettext_lazy(
            "The account of this key is closed. Until it is open again, access can be ended and nothing else done."
        ),
    ),
    "not-found": Kind(
        404,
        gettext_lazy("There is nothing here"),
        gettext_lazy("The address is wrong, or this key has no access to it."),
    ),
    "method-not-allowed": Kind(
        405,
        gettext_lazy("This cannot be done here"),
        gettext_lazy("The address exists, but not for this method. The header Allow names those that work."),
    ),
    "too-large": Kind(
        413,
        gettext_lazy("This is too large"),
        gettext_lazy("The body is larger than this operation takes."),
    ),
    "unsupported-media-type": Kind(
        415,
        gettext_lazy("This media type is not understood here"),
        gettext_lazy("Send the body as %(media)s and say so in the header Content-Type."),
    ),
    "invalid": Kind(
        422,
        gettext_lazy("Something in the request is wrong"),
        gettext_lazy("Each fault is listed with its field, in the order of the fields."),
    ),
    "idempotency-key-reused": Kind(
        422,
        gettext_lazy("This Idempotency-Key was used before"),
        CannotAnswerAgain.SENTENCES["reused"],
    ),
    "idempotency-in-progress": Kind(
        409,
        gettext_lazy("The first request is still at work"),
        CannotAnswerAgain.SENTENCES["in-progress"],
    ),
    "idempotency-shown-once": Kind(
        409,
        gettext_lazy("The answer is shown once"),
        CannotAnswerAgain.SENTENCES["shown-once"],
    ),
    "in-person": Kind(
        403,
        gettext_lazy("Only a person can do this"),
        gettext_lazy("No key can do this: a person has to log in and do it."),
    ),
    "changed-meanwhile": Kind(
        412,
        gettext_lazy("Somebody else changed this in the meantime"),
        gettext_lazy("The version in If-Match is not the stored one. Read it again and decide again."),
    ),
    "wrong-manifest": Kind(
        422,
        gettext_lazy("The product manifest has faults"),
        gettext_lazy("Each fault is listed with its line and key."),
    ),
    "too-many-requests": Kind(
        429,
        gettext_lazy("Too many requests"),
        gettext_lazy("Wait for as many seconds as the header Retry-After says, then go on more slowly."),
    ),
    "server-error": Kind(
        500,
        gettext_lazy("Something went wrong here"),
        gettext_lazy("Nothing was changed. Try again in a moment; if it stays so, tell support the request id."),
    ),
    "busy": Kind(
        503,
        gettext_lazy("The server is busy"),
        gettext_lazy("Nothing was changed. Send the same request again in a moment."),
    ),
    "maintenance": Kind(
        503,
        gettext_lazy("The service is being worked on"),
        gettext_lazy("Nothing was changed. Send the same request again after as many seconds as Retry-After says."),
    ),
}

#: pydantic's kind of fault → our stable code and its sentence.
FAULTS: Mapping[str, tuple[str, str | Promise]] = {
    "missing": ("missing", gettext_lazy("This is needed.")),
    "extra_forbidden": ("unknown-field", gettext_lazy("There is no such field.")),
    "string_type": ("not-a-text", gettext_lazy("This must be a text.")),
    "string_too_short": ("too-short", gettext_lazy("This must have at least %(min_length)s characters.")),
    "string_too_long": ("too-long", gettext_lazy("This is too long: at most %(max_length)s characters.")),
    "string_pattern_mismatch": ("wrong-form", gettext_lazy("This does not have the expected form.")),
    "int_type": ("not-a-whole-number", gettext_lazy("This must be a whole number.")),
    "int_parsing": ("not-a-whole-number", gettext_lazy("This must be a whole number.")),
    "int_parsing_size": ("not-a-whole-number", gettext_lazy("This must be a whole number.")),
    "int_from_float": ("not-a-whole-number", gettext_lazy("This must be a whole number.")),
    "greater_than_equal": ("too-small", gettext_lazy("This must be at least %(ge)s.")),
    "less_than_equal": ("too-big", gettext_lazy("This must be at most %(le)s.")),
    "bool_type": ("not-a-truth-value", gettext_lazy("This must be true or false.")),
    "bool_parsing": ("not-a-truth-value", gettext_lazy("This must be true or false.")),
    "list_type": ("not-a-list", gettext_lazy("This must be a list.")),
    "too_long": ("too-many", gettext_lazy("There are too many: at most %(max_length)s.")),
    "too_short": ("too-few", gettext_lazy("There are too few: at least %(min_length)s.")),
    "dict_type": ("not-an-object", gettext_lazy("This must be an object.")),
    "model_type": ("not-an-object", gettext_lazy("This must be an object.")),
    "model_attributes_type": ("not-an-object", gettext_lazy("This must be an object.")),
    "literal_error": ("unknown-word", gettext_lazy("Use one of %(expected)s.")),
    "datetime_type": ("not-an-instant", gettext_lazy("Write an instant in UTC, such as 2026-03-02T09:30:00Z.")),
    "not-a-day": ("not-a-day", gettext_lazy("Write a day, such as 2026-06-01.")),
    "not-a-rate": ("not-a-rate", gettext_lazy("Write a rate in percent as text, such as “22” or “5.5”.")),
    "not-an-instant": ("not-an-instant", gettext_lazy("Write an instant in UTC, such as 2026-03-02T09:30:00Z.")),
    "out-of-range": ("out-of-range", OUT_OF_RANGE),
    "not-an-address": ("not-an-address", gettext_lazy("This is not an e-mail address.")),
    "not-a-website": ("not-a-website", gettext_lazy("This is not a web address.")),
    "unknown-zone": ("unknown-zone", gettext_lazy("This time zone does not exist.")),
    "control-character": ("control-character", gettext_lazy("This holds a character that cannot be stored.")),
    "wrong-cursor": ("wrong-cursor", gettext_lazy("This cursor is not from a page of this list. Begin without one.")),
    "unknown-person": ("unknown-person", gettext_lazy("There is no such collaborator on this account.")),
    "empty-file": ("missing", gettext_lazy("This is needed.")),
    "usage-not-a-number": ("not-a-number", gettext_lazy("This must be a number.")),
    "usage-too-old": ("too-old", gettext_lazy("This was used more than 35 days ago: its period is closed.")),
    "usage-too-far-ahead": ("too-far-ahead", gettext_lazy("This lies more than 5 minutes ahead. Set your clock.")),
    "usage-unknown-account": ("unknown-account", gettext_lazy("There is no such account within reach.")),
    "usage-unknown-collaborator": (
        "unknown-collaborator",
        gettext_lazy("Nobody of that name is or was in the team of the account."),
    ),
    "usage-unknown-meter": ("unknown-meter", gettext_lazy("There is no such meter in the product manifest.")),
    "usage-too-precise": ("too-precise", gettext_lazy("This has more decimals than the meter.")),
    "usage-too-large": ("too-big", gettext_lazy("This is too large.")),
    "usage-negative": (
        "too-small",
        gettext_lazy("Only an amount that stands can be lowered. Correct the event instead."),
    ),
    "usage-value-missing": (
        "missing",
        gettext_lazy("The meter counts the different values of a property: it is needed."),
    ),
    "usage-wrong-length": ("wrong-length", gettext_lazy("This is empty or too long.")),
    "usage-not-yours": ("not-yours", gettext_lazy("This source is kept for corrections by people.")),
    "usage-corrects-itself": ("corrects-itself", gettext_lazy("An event cannot correct itself.")),
    "usage-range": (
        "wrong-range",
        gettext_lazy("The last day must not be before the first, nor 400 days or more after it."),
    ),
}
OTHERWISE = ("wrong-value", gettext_lazy("This value cannot be used."))


class Invalid(Exception):
    """Wrong input that a view found: a field and one of `FAULTS`."""

    def __init__(self, field: str, fault: str, **params: object) -> None:
        super().__init__(fault)
        self.errors = [FieldFault(field=field, fault=fault, params=params)]


class Problem(Exception):
    """A problem of a kind in `KINDS`, with what fills its sentence and more headers."""

    def __init__(self, code: str, *, headers: Mapping[str, str] | None = None, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.headers = dict(headers or {})
        self.params = params


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One field at fault, before it is put into words."""

    field: str
    fault: str
    params: Mapping[str, object]

    def as_data(self) -> dict[str, Any]:
        code, sentence = FAULTS.get(self.fault, OTHERWISE)
        return {"field": self.field, "code": code, "detail": str(sentence) % dict(self.params)}


def slug_of(refusal: type[Refusal]) -> str:
    """``cannot-close-account`` for CannotCloseAccount."""
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in refusal.__name__).lstrip("-")


def code_of(refusal: type[Refusal], code: str) -> str:
    """``cannot_close_account.same``: what a machine compares with; it never changes within a version."""
    return f"{slug_of(refusal).replace('-', '_')}.{code}"


def problem(
    request: HttpRequest,
    *,
    status: int,
    slug: str,
    code: str,
    title: str,
    detail: str,
    errors: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> HttpResponse:
    """A problem as a response. `slug` names the page that explains it."""
    body: dict[str, Any] = {
        "type": PLACE + slug,
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": getattr(request, "request_id", ""),
        **more,
    }
    if errors:
        body["errors"] = list(errors)
    response = HttpResponse(msgspec.json.encode(body), status=status, content_type=MEDIA)
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def of_kind(
    request: HttpRequest,
    code: str,
    *,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[Mapping[str, Any]] = (),
    params: Mapping[str, object] | None = None,
    **more: Any,
) -> HttpResponse:
    """A problem of a kind in `KINDS`."""
    kind = KINDS[code]
    return problem(
        request,
        status=kind.status,
        slug=code,
        code=code,
        title=str(kind.title),
        detail=str(kind.text) % dict(params or {}),
        errors=errors,
        headers=headers,
        **more,
    )


def answer_to(request: HttpRequest, fault: Exception) -> HttpResponse:
    """The problem that an exception is to the caller; what nobody expected is logged, and says nothing of itself."""
    match fault:
        case Problem():
            return of_kind(request, fault.code, headers=fault.headers, params=fault.params)
        case Invalid():
            return of_kind(request, "invalid", errors=[each.as_data() for each in fault.errors])
        case ValidationError():
            return of_kind(request, "invalid", errors=[each.as_data() for each in _faults(fault.errors)])
        case ManifestErrors():
            return of_kind(request, "wrong-manifest", errors=_manifest_faults(fault))
        case NotFound() | Http404():
            return of_kind(request, "not-found")
        case Forbidden():
            kind = "section-closed" if getattr(request, "by_sign_on", False) else "forbidden"
            return of_kind(request, kind, params={"right": fault.right}, right=fault.right)
        case CannotWhileImpersonating():
            return of_kind(request, "in-person")
        case CannotAnswerAgain():
            return _cannot_answer_again(request, fault)
        case CannotTryAgainYet():
            return of_kind(request, "too-many-requests", headers={"Retry-After": str(fault.seconds)})
        case Refusal():
            return _refused(request, fault)
        case RequestDataTooBig():
            return of_kind(request, "too-large")
        case HttpError() | BadRequest() | SuspiciousOperation() | UnreadablePostError() | UnicodeError():
            return of_kind(request, "malformed")
        case OperationalError() if is_contention(fault):
            return of_kind(request, "busy", headers={"Retry-After": "1"})
    log.error("an operation of the API failed", exc_info=fault)
    return of_kind(request, "server-error")


def _cannot_answer_again(request: HttpRequest, fault: CannotAnswerAgain) -> HttpResponse:
    code = {"reused": "idempotency-key-reused"}.get(fault.code, f"idempotency-{fault.code}")
    headers = {"Retry-After": "1"} if fault.code == "in-progress" else {}
    if fault.location:
        headers["Location"] = fault.location
    return of_kind(request, code, headers=headers)


def _refused(request: HttpRequest, fault: Refusal) -> HttpResponse:
    if fault.code == "changed-meanwhile" and request.headers.get("If-Match"):
        return of_kind(request, "changed-meanwhile", **_conflicts(fault))
    code = code_of(type(fault), fault.code)
    # A refusal may have found several faults; the first one leads.
    found = getattr(fault, "problems", ()) or (fault,)
    errors = [{"field": each.field, "code": each.code, "detail": each.sentence} for each in found if each.field]
    return problem(
        request,
        status=fault.status,
        slug=slug_of(type(fault)),
        code=code,
        title=_("That cannot be done"),
        detail=fault.sentence,
        errors=errors,
        **_conflicts(fault),
    )


def _conflicts(fault: Refusal) -> dict[str, Any]:
    """Both values of each field that somebody else has changed, and the version now stored."""
    if not isinstance(fault, CannotChangeDetails) or not fault.conflicts:
        return {}
    rows = [{"field": each.field, "stored": each.stored, "sent": each.sent} for each in fault.conflicts]
    return {"conflicts": rows, "version": fault.version}


def _faults(errors: Iterable[Mapping[str, Any]]) -> list[FieldFault]:
    """pydantic's faults as ours, in its order, which is the order of the fields. What stands in the request is not repeated."""
    found = []
    for error in errors:
        kind = str(error["type"])
        params = {name: value for name, value in dict(error.get("ctx") or {}).items() if name != "error"}
        if kind in {"too_short", "too_long"} and params.get("field_type") == "Value":
            kind = f"string_{kind}"  # pydantic's name for a text behind a check of ours
        if kind == "literal_error":
            params["expected"] = str(params.get("expected", "")).replace("'", "").replace(" or ", ", ")
        found.append(FieldFault(field=_field(error["loc"]), fault=kind, params=params))
    return found


def _field(place: Sequence[object]) -> str:
    """``owner.email``, ``tags.2``: where in the body or the address. The first word is pydantic's own."""
    words = [str(word) for word in place]
    if words[:1] == ["body"]:
        words = words[2:]
    elif words[:1] in (["query"], ["form"], ["path"], ["file"]):
        words = words[1:]
    return ".".join(words)


def _manifest_faults(fault: ManifestErrors) -> list[dict[str, Any]]:
    from sublet.portals.api.routes.manifest import faults_of  # reads the manifest's words, which this module need not

    return faults_of(fault)


def refusal_kinds(kinds: Iterable[str] | None = None) -> list[type[Refusal]]:
    """The refusals that operations of the API declare, by slug; only those open to accounts of these `kinds`."""
    from sublet.portals.api.declare import DECLARED  # filled by the routes, which import this module

    wanted = None if kinds is None else set(kinds)
    found = {
        refusal
        for methods in DECLARED.values()
        for declared in methods.values()
        if wanted is None or wanted & set(declared.kinds)
        for refusal in declared.refusals
    }
    return sorted(found, key=slug_of)

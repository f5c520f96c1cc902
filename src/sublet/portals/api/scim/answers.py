"""People and groups as SCIM's resources, and every "no" as SCIM's error: a status, a keyword, a sentence, never a trace."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils.translation import override
from pydantic import ValidationError
from scim2_models import Context, Error, ListResponse, Meta, Reference, Resource, ResponseParameters, SCIMException

from sublet.foundation.contention import is_contention
from sublet.foundation.errors import CannotWhileImpersonating, Forbidden, NotFound, Refusal
from sublet.people.operations import CannotKeepDirectory
from sublet.people.queries import GroupState, PersonState
from sublet.portals.api.problems import KINDS, Problem
from sublet.portals.api.scim.described import Group, GroupMember, GroupMembership, User

log = logging.getLogger(__name__)
MEDIA = "application/scim+json"
BASE = "/scim/v2"
#: What a refusal is to a directory: status and keyword (RFC 7644, 3.12).
REFUSALS = {
    "owner": (403, ""),
    "closed": (403, ""),
    "not-an-address": (400, "invalidValue"),
    "name-missing": (400, "invalidValue"),
    "user-name-missing": (400, "invalidValue"),
    "too-long": (400, "invalidValue"),
    "too-much": (400, "invalidValue"),
    "unknown-member": (400, "invalidValue"),
    "too-many-members": (400, "tooMany"),
    "person-taken": (409, "uniqueness"),
    "group-taken": (409, "uniqueness"),
    "changed-meanwhile": (412, ""),
}


def user_resource(state: PersonState, base: str) -> User:
    """A person as the directory reads it."""
    user = User.model_validate(dict(state.document))
    user.id = state.ref
    user.active = state.is_active
    user.groups = [
        GroupMembership(value=ref, display=name, ref=Reference(f"{base}/Groups/{ref}")) for ref, name in state.groups
    ] or None
    user.meta = Meta(
        resource_type="User",
        created=state.created_at,
        last_modified=state.changed_at,
        location=f"{base}/Users/{state.ref}",
        version=etag(state.version),
    )
    return user


def group_resource(state: GroupState, base: str) -> Group:
    """A group as the directory reads it."""
    return Group(
        id=state.ref,
        external_id=state.external_id or None,
        display_name=state.name,
        members=[GroupMember(value=ref, ref=Reference(f"{base}/Users/{ref}"), type="User") for ref in state.members]
        or None,
        meta=Meta(
            resource_type="Group",
            created=state.created_at,
            last_modified=state.changed_at,
            location=f"{base}/Groups/{state.ref}",
            version=etag(state.version),
        ),
    )


def etag(version: int) -> str:
    """The version as HTTP's entity tag."""
    return f'W/"{version}"'


def said(
    resource: Resource[Any] | ListResponse[Any],
    context: Context,
    *,
    status: int = 200,
    parameters: ResponseParameters[Any] | None = None,
) -> HttpResponse:
    """The answer with that body, its tag and its address."""
    body = resource.model_dump_json(scim_ctx=context, response_parameters=parameters)
    response = HttpResponse(body, status=status, content_type=MEDIA)
    meta = resource.meta if isinstance(resource, Resource) else None
    if meta is not None and meta.version:
        response["ETag"] = meta.version
    if meta is not None and meta.location and status == 201:
        response["Location"] = meta.location
    return response


def bare(status: int, version: int | None = None) -> HttpResponse:
    """The answer without a body, so without a type of one: 204 and 304."""
    response = HttpResponse(status=status)
    del response["Content-Type"]
    if version is not None:
        response["ETag"] = etag(version)
    return response


def error(status: int, detail: str, keyword: str = "", headers: dict[str, str] | None = None) -> HttpResponse:
    """SCIM's error."""
    body = Error(status=status, scim_type=keyword or None, detail=detail)
    return HttpResponse(body.model_dump_json(), status=status, content_type=MEDIA, headers=headers or {})


def _short(detail: str) -> str:
    """A sentence; of the lines that a failed check of types makes, where and what is first."""
    lines = [line.strip() for line in detail.splitlines()]
    if len(lines) < 2:
        return detail
    where, what = lines[1] if len(lines) > 2 else "", lines[min(2, len(lines) - 1)].partition(" [type=")[0]
    return f"{where}: {what}" if where else what


def to_keep(fault: Exception) -> tuple[str, Mapping[str, object]]:
    """The refusal as it is kept for people to read later, each in its own language: the sentence of the source, which is
    looked up when it is read, and what is filled into it. Empty for what has no sentence of ours."""
    with override("en"):
        match fault:
            case SCIMException():
                return _short(str(fault.detail)), {}
            case Problem():
                return str(KINDS[fault.code].text), fault.params
            case Forbidden():
                return str(KINDS["forbidden"].text), {"right": fault.right}
            case CannotWhileImpersonating():
                return str(KINDS["in-person"].text), {}
            case Refusal():
                return str(fault.SENTENCES[fault.code]), fault.params
    return "", {}


def answer_to(fault: Exception, request: HttpRequest) -> HttpResponse:
    """What an exception is to a directory; what nobody expected is logged, and says nothing of itself."""
    match fault:
        case SCIMException():
            return error(fault.status, _short(str(fault.detail)), fault.scim_type)
        case ValidationError():
            first = Error.from_validation_errors(fault)[0]
            return error(first.status or 400, first.detail or "", first.scim_type or "")
        case Problem():
            kind = KINDS[fault.code]
            return error(kind.status, str(kind.text) % fault.params, headers=fault.headers)
        case NotFound():
            return error(404, str(KINDS["not-found"].text))
        case Forbidden():
            return error(403, str(KINDS["forbidden"].text) % {"right": fault.right})
        case CannotWhileImpersonating():
            return error(403, str(KINDS["in-person"].text))
        case CannotKeepDirectory():
            status, keyword = REFUSALS.get(fault.code, (409, ""))
            return error(status, fault.sentence, keyword)
        case Refusal():
            return error(fault.status, fault.sentence)
        case RequestDataTooBig():
            return error(413, str(KINDS["too-large"].text))
        case BadRequest() | SuspiciousOperation() | UnreadablePostError() | UnicodeError():
            return error(400, str(KINDS["malformed"].text), "invalidSyntax")
        case OperationalError() if is_contention(fault):
            return error(KINDS["busy"].status, str(KINDS["busy"].text), headers={"Retry-After": "1"})
    log.error("a directory’s request failed", exc_info=fault)
    return error(500, str(KINDS["server-error"].text))

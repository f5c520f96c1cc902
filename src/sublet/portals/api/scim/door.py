"""The way in of every SCIM address: language, key, right, switch, scope; and SCIM's error for every "no"."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, cast
from zoneinfo import ZoneInfo

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from scim2_models import InvalidSyntaxException, InvalidValueException

from sublet.foundation.actor import SCIM
from sublet.foundation.clock import now
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.scope import actor_scope
from sublet.people import operations, queries
from sublet.portals.api.auth import as_told, entry_of
from sublet.portals.api.declare import MEBIBYTE, ApiRequest
from sublet.portals.api.entrance import language_of
from sublet.portals.api.problems import Problem
from sublet.portals.api.scim.answers import BASE, answer_to, error, to_keep
from sublet.portals.api.scim.described import PROVIDER

Work = Callable[..., HttpResponse]
RIGHT = "team:manage"
MOST_BYTES = 4 * MEBIBYTE
BODIES = {"application/scim+json", "application/json"}
WRITES = {"POST", "PUT", "PATCH", "DELETE"}
#: Read again on the directory's page, in another language: see `to_keep`.
NOT_JSON = gettext_lazy("The body is not valid JSON in UTF-8.")
NOT_STORED = gettext_lazy("The body holds a character that cannot be stored.")
NOT_TAGS = gettext_lazy("If-Match holds versions as they came with ETag, in quotation marks.")
LONGEST_TAGS = 4000
#: An entity tag (RFC 9110, 8.8.3), weak or not; and those that are ours.
_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_TAGS = re.compile(rf"[ \t,]*{_TAG}(?:[ \t]*,[ \t,]*{_TAG})*[ \t,]*")
_OURS = re.compile(r'(?<![^ \t,])(?:W/)?"([0-9]{1,9})"')


def door(methods: Mapping[str, Work], *, switched: bool = True) -> Callable[..., HttpResponse]:
    """What stands behind one address (`urls`): for keys with ``team:manage`` of an account whose directory is switched on.

    What only describes the service is there before somebody switches it on (`switched` false).
    """

    def view(request: HttpRequest, **values: Any) -> HttpResponse:
        ours = cast(ApiRequest, request)
        with translation.override(language_of(ours)):
            try:
                with queries.remember_sections():
                    response = _admitted(ours, methods, values, switched=switched)
            except Exception as fault:  # the last resort: whatever it is, the directory gets an error it understands
                response = answer_to(fault, request)
        response["Cache-Control"] = "no-store"
        return response

    return view


def nothing_here(request: HttpRequest, **values: Any) -> HttpResponse:
    """Every other address below ``/scim``, the half ones too."""
    with translation.override(language_of(cast(ApiRequest, request))):
        return answer_to(NotFound(), request)


def _admitted(
    request: ApiRequest, methods: Mapping[str, Work], values: dict[str, Any], *, switched: bool
) -> HttpResponse:
    if request.impersonation_ref:
        raise NotFound
    request.at = now()
    # A directory takes people out of a closed account, too: what it does besides asks for rights that no key has there.
    request.entry = entry_of(request, request.at, ends=True)
    request.actor = request.entry.actor.through(SCIM)
    work = methods.get(request.method or "")
    if work is None:
        return error(405, _("The address exists, but not for this method."), headers={"Allow": ", ".join(methods)})
    if not request.actor.may_end(RIGHT):  # whoever ends somebody's access; all else asks for more
        raise as_told(request.entry, Forbidden(RIGHT))
    with (
        actor_scope(request.actor),
        timezone.override(ZoneInfo(request.entry.account.timezone)),
        PROVIDER,
    ):
        heard = queries.directory_heard(request.actor)
        if switched and not heard.is_on:
            return error(403, _("The directory of this account is switched off. Switch it on on the team’s page."))
        kept: tuple[str, Mapping[str, object]] = ("", {})
        try:
            response = work(request, **values)
        except Exception as found:  # as in `door`
            fault = as_told(request.entry, found)
            response = answer_to(fault, request)
            kept = to_keep(fault)
        if switched:
            _note(request, heard, response, kept)
    return response


def _note(
    request: ApiRequest, heard: queries.Heard, response: HttpResponse, kept: tuple[str, Mapping[str, object]]
) -> None:
    """Write down for the directory's page that it spoke; what was refused as `to_keep` has it."""
    writes = request.method in WRITES
    if writes and response.status_code in {400, 403, 409}:
        sentence, params = kept
        said = sentence or msgspec.json.decode(response.content).get("detail", "") or str(response.status_code)
        operations.note_directory(actor=request.actor, refusal=said, params=params, at=request.at)
    elif writes and response.status_code < 300:
        operations.note_directory(actor=request.actor, changed=True, at=request.at)
    elif heard.at is None or request.at - heard.at >= operations.HEARD_EVERY:
        operations.note_directory(actor=request.actor, at=request.at)


def body_of(request: ApiRequest) -> dict[str, Any]:
    """The body as JSON. Raises Problem, InvalidSyntaxException, InvalidValueException."""
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    if (int(length) if length.isascii() and length.isdigit() else 0) > MOST_BYTES:
        raise Problem("too-large")
    if (request.content_type or "").lower() not in BODIES:
        raise Problem("unsupported-media-type", media="application/scim+json")
    try:
        found = msgspec.json.decode(request.body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise InvalidSyntaxException(detail=NOT_JSON) from None  # type: ignore[arg-type]  # written as a text when it is said
    if not isinstance(found, dict):
        raise InvalidSyntaxException(detail=NOT_JSON)  # type: ignore[arg-type]  # written as a text when it is said
    if b"\\u0000" in request.body:
        raise InvalidValueException(detail=NOT_STORED)
    return found


def versions_wanted(request: ApiRequest) -> frozenset[int] | None:
    """The versions in If-Match, one tag or several; None for any. Weak tags count: SCIM knows no others (RFC 7644, 3.14).

    Raises InvalidSyntaxException for what is no list of tags: written over, it would look as if somebody had been faster.
    """
    given = request.headers.get("If-Match")
    if given is None or given.strip() in {"", "*"}:
        return None
    if len(given) > LONGEST_TAGS or not _TAGS.fullmatch(given):
        raise InvalidSyntaxException(detail=NOT_TAGS)  # type: ignore[arg-type]  # written as a text when it is said
    return frozenset(int(found) for found in _OURS.findall(given))


def known_already(request: ApiRequest, version: int) -> bool:
    """Whether the caller has this version (If-None-Match), or wants none that there is (``*``)."""
    given = request.headers.get("If-None-Match", "")
    return given.strip() == "*" or any(int(found) == version for found in _OURS.findall(given[:LONGEST_TAGS]))


def base_of(request: ApiRequest) -> str:
    """``https://host/scim/v2``, as the caller reached it."""
    return f"{request.scheme}://{request.get_host()}{BASE}"

"""``Idempotency-Key``: what makes two requests the same, and what is kept of the answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import cast

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from sublet.foundation.idempotency.operations import Answer, answer_once, fingerprint_of
from sublet.portals.api.declare import MULTIPART, SIGN_ON, ApiRequest, Declared
from sublet.portals.api.problems import Invalid

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,255}\Z")
_KEPT_HEADERS = ("Content-Type", "Content-Language", "ETag", "Location")


def answered_once(request: ApiRequest, declared: Declared, work: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The answer of `work`, or the one that the same request had before. Without a key in the request: `work` as it is.

    Raises Invalid for a key that is none, CannotAnswerAgain.
    """
    key = request.headers.get(HEADER)
    if key is None and declared.named:
        raise Invalid(HEADER, "missing")
    if key is None or declared.method == "GET":
        return work()
    if not _KEY.match(key):
        raise Invalid(HEADER, "string_pattern_mismatch")
    made: list[HttpResponseBase] = []

    def answer() -> Answer:
        response = work()
        made.append(response)
        whole = isinstance(response, HttpResponse)
        return Answer(
            status=response.status_code,
            body=response.content if isinstance(response, HttpResponse) else b"",
            headers={name: response[name] for name in _KEPT_HEADERS if name in response},
            kept=whole and response.status_code < 400,
            shown_once=declared.shown_once,
        )

    found = answer_once(
        key=key, fingerprint=_fingerprint(request, declared), work=answer, actor=request.actor, at=request.at
    )
    if not found.replayed:
        return made[0]
    response = HttpResponse(found.body, status=found.status)
    del response["Content-Type"]
    for name, value in found.headers.items():
        response[name] = value
    response["Idempotency-Replayed"] = "true"
    return response


def _fingerprint(request: ApiRequest, declared: Declared) -> str:
    """Who sends what to where. Another key of the same account is somebody else: it may see and do other things. So is
    another person, or the same in another visit, where the product speaks for one: but not with a newer token."""
    actor = request.actor
    visit = actor.impersonator.impersonation_ref if actor.impersonator is not None else ""
    who = f"{actor.user_id} {visit}" if declared.caller == SIGN_ON else actor.key_ref
    return fingerprint_of(
        who.encode(),
        declared.method.encode(),
        request.get_full_path().encode(),
        request.headers.get("If-Match", "").encode(),
        *_content(request, declared),
    )


def _content(request: ApiRequest, declared: Declared) -> list[bytes]:
    if declared.body != MULTIPART or not (request.content_type or "").startswith(MULTIPART):
        return [request.body]
    # The same form sent again has another boundary between its parts.
    parts: list[bytes] = []
    for name, values in sorted(request.POST.lists()):
        parts += [name.encode(), *(str(value).encode() for value in values)]
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            content = cast(bytes, file.read())
            file.seek(0)
            parts += [name.encode(), (file.name or "").encode(), content]
    return parts

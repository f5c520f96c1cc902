"""What can go wrong, by what a caller can do about it.

`SubletError` is the mother of all. Every "no" of the server is a `Refused` with its problem (RFC 9457): ``code`` is stable and
for programs, ``detail`` is a sentence for people, ``errors`` are the faults of single fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx


class SubletError(Exception):
    """Anything that this package raises."""


class Unreachable(SubletError):
    """No answer came: no network, no server, or not in time. What was asked may have been done or not."""


class Closed(SubletError):
    """The client was closed, and can no more be asked."""


class Untrusted(SubletError):
    """A token, an identity header or a webhook is not what it says it is. Nothing in it may be believed.

    ``code`` says why: ``signature``, ``expired``, ``issuer``, ``audience``, ``nonce``, ``state``, ``kind``, ``malformed`` …
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code


class SignOnFailed(SubletError):
    """Nobody was signed on. ``code`` is OAuth's, such as ``access_denied`` or ``login_required``."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code


class SignedOff(SubletError):
    """The sign-on is over: logged out, access taken away, or the visit has ended. End your session with it."""


class LimitReached(SubletError):
    """`Sublet.reserve` was refused; ``standing`` is the meter's (`sublet_client.Standing`), ``next`` what somebody can do."""

    def __init__(self, reason: str, standing: Any = None, next: Sequence[Any] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.standing = standing
        self.next = next


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that is wrong. ``field`` is its place in the body, such as ``events.3.meter``."""

    field: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal as the server has told it (RFC 9457)."""

    status: int
    code: str
    title: str
    detail: str
    errors: tuple[FieldError, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)


class Refused(SubletError):
    """The server has said no. Asking again changes nothing, unless a subclass says so."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.code}: {problem.detail or problem.title}")
        self.problem = problem

    @property
    def status(self) -> int:
        """The status of HTTP."""
        return self.problem.status

    @property
    def code(self) -> str:
        """The stable word for programs, such as ``not-found``."""
        return self.problem.code

    @property
    def detail(self) -> str:
        """The sentence for people."""
        return self.problem.detail

    @property
    def errors(self) -> Sequence[FieldError]:
        """The faults of single fields."""
        return self.problem.errors


class Unauthorized(Refused):
    """The key or the token is worth nothing (401)."""


class Forbidden(Refused):
    """The key may not do that (403)."""


class NotFound(Refused):
    """It is not there, or it is somebody else's, which is told in the same words (404)."""


class Conflict(Refused):
    """It cannot be done as things stand (409), or somebody else has changed the thing meanwhile (412)."""


class Invalid(Refused):
    """A field is wrong (422, 400); `errors` names it."""


class TooLarge(Refused):
    """The body is larger than the operation takes (413)."""


class TooManyRequests(Refused):
    """Too fast (429). ``retry_after``: how many seconds to wait."""

    def __init__(self, problem: Problem, retry_after: float) -> None:
        super().__init__(problem)
        self.retry_after = retry_after


class ServerFault(Refused):
    """The server failed, or is closed for maintenance (5xx); ``retry_after`` as it said, else 0. May be tried again."""

    def __init__(self, problem: Problem, retry_after: float) -> None:
        super().__init__(problem)
        self.retry_after = retry_after


_BY_STATUS: Mapping[int, type[Refused]] = {
    400: Invalid,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: Conflict,
    413: TooLarge,
    422: Invalid,
}


def _field_error(told: object) -> FieldError:
    if not isinstance(told, dict):
        return FieldError("", "", str(told))
    place = told.get("field", told.get("loc", ""))
    if isinstance(place, list):
        place = ".".join(str(each) for each in place)
    return FieldError(str(place), str(told.get("code", "")), str(told.get("detail", told.get("message", ""))))


def problem_of(response: httpx.Response) -> Problem:
    """The problem of an answer that says no, also where something in between has answered without any."""
    try:
        told = response.json()
    except ValueError:
        told = None
    if not isinstance(told, dict):
        return Problem(response.status_code, f"http-{response.status_code}", response.reason_phrase, "")
    if "code" not in told:  # OAuth's way, or something in between
        word = told.get("error")
        code = word if isinstance(word, str) else f"http-{response.status_code}"
        return Problem(
            response.status_code, code, response.reason_phrase, str(told.get("error_description", "")), more=told
        )
    known = {"status", "code", "title", "detail", "errors"}
    errors = told.get("errors")
    return Problem(
        status=response.status_code,
        code=str(told["code"]),
        title=str(told.get("title", "")),
        detail=str(told.get("detail", "")),
        errors=tuple(_field_error(each) for each in errors) if isinstance(errors, list) else (),
        more={key: value for key, value in told.items() if key not in known},
    )


def refused(response: httpx.Response) -> Refused:
    """The exception for an answer that says no."""
    problem = problem_of(response)
    try:
        wait = max(0.0, float(response.headers.get("Retry-After", "0")))
    except ValueError:
        wait = 0.0
    if response.status_code == 429:
        return TooManyRequests(problem, wait or 1.0)
    if response.status_code >= 500:
        return ServerFault(problem, wait)
    return _BY_STATUS.get(response.status_code, Refused)(problem)

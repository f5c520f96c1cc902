"""What the hot application answers itself. All else below ``/api/`` is passed on to the ordinary API in the same process.

To add an operation: a coroutine ``(asked, actor, group) -> (status, body) | None`` that answers what is plainly right and
returns None for everything else, which the ordinary API then answers (it must have the same operation). Lines to come:

    ("POST", "/api/v1/consume"), ("POST", "/api/v1/reservations"), ("GET", "/api/v1/entitlements/…"),
    ("GET", "/api/v1/entitlement-changes"), whose wait is kept here and not by a thread of the ordinary API
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from sublet.foundation.actor import Actor
from sublet.portals.hot.asked import Asked
from sublet.portals.hot.group import Group
from sublet.portals.hot.usage import report_usage

Hot = Callable[[Asked, Actor, Group], Awaitable[tuple[int, bytes] | None]]

#: Method and path → who answers.
ROUTES: Mapping[tuple[str, str], Hot] = {
    ("POST", "/api/v1/usage-events"): report_usage,
}

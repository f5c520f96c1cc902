"""What the hot application answers itself. All else below ``/api/`` is passed on to the ordinary API in the same process.

To add an operation: a coroutine ``(asked, actor, desk)`` that tells what is plainly right and gives None for everything else,
which the ordinary API then answers; it must have the same operation.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sublet.foundation.actor import Actor
from sublet.portals.hot.asked import Answer, Asked
from sublet.portals.hot.desk import Desk, Told
from sublet.portals.hot.entitlements import consume, follow_changes, get_entitlements
from sublet.portals.hot.usage import report_usage

Work = Callable[[Asked, Actor, Desk], Awaitable[Told | Answer | None]]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation. `asks`: something may stand after the question mark."""

    name: str
    method: str
    path: re.Pattern[str]
    work: Work
    asks: bool = False


def _route(name: str, method: str, path: str, work: Work, *, asks: bool = False) -> Route:
    return Route(name, method, re.compile(path + r"\Z"), work, asks)


ROUTES = (
    _route("usage", "POST", "/api/v1/usage-events", report_usage),
    _route("consume", "POST", "/api/v1/consume", consume),
    _route("entitlements", "GET", r"/api/v1/entitlements/acc_[0-9A-Za-z]+", get_entitlements),
    _route("changes", "GET", "/api/v1/entitlement-changes", follow_changes, asks=True),
)


def route_of(method: str, path: str) -> Route | None:
    """Who answers that, if anybody does here."""
    for route in ROUTES:
        if route.method == method and route.path.match(path):
            return route
    return None

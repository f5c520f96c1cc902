"""What was said of an account's limits, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sublet.accounts.queries import client_facts
from sublet.core.usage import units_of
from sublet.entitlements.models import Alert
from sublet.entitlements.queries.facts import place_of
from sublet.entitlements.queries.told import decimals_of
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.keyset import newest_first


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert. `kind` is ``threshold``, ``forecast`` or ``refused``; `percent` of a threshold only. Quantities in units."""

    meter: str
    kind: str
    percent: int | None
    limit: int | float
    used: int | float
    period: str
    day: date | None
    at: datetime


@dataclass(frozen=True, slots=True)
class AlertPage:
    """Alerts, newest first."""

    rows: Sequence[AlertRow]
    next_cursor: str
    previous_cursor: str


def alerts_of(actor: Actor, ref: str, *, cursor: str = "", size: int = 50) -> AlertPage:
    """The alerts of the actor's own account (``usage:view``), or of one below it. Raises NotFound, Forbidden."""
    if ref == actor.account_ref:
        actor.require("usage:view")
    else:
        client_facts(actor, ref)  # who may not see the client is told so there
    place = place_of(ref)
    if place is None:
        raise NotFound
    # unscoped: the account is in the scope
    found, newer, older = newest_first(Alert.unscoped.filter(account_id=place.id), cursor=cursor, size=size)
    return AlertPage([_row(row) for row in found], next_cursor=older, previous_cursor=newer)


def _row(row: Alert) -> AlertRow:
    decimals = decimals_of(row.meter)
    kind = {Alert.FORECAST: "forecast", Alert.REFUSAL: "refused"}.get(row.threshold, "threshold")
    return AlertRow(
        meter=row.meter,
        kind=kind,
        percent=row.threshold if kind == "threshold" else None,
        limit=units_of(row.limit, decimals),
        used=units_of(row.used, decimals),
        period=row.period_key,
        day=row.day,
        at=row.at,
    )

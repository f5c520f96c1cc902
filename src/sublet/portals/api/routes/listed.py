"""Clients as a list tells them: what several apps know of the rows of one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sublet.accounts.queries import ClientRow, sees_agreed
from sublet.catalog.queries import offer
from sublet.entitlements.queries import worst_states
from sublet.people.queries import StaffMember
from sublet.portals.api.declare import ApiRequest
from sublet.portals.api.schemas.accounts import Client, SignalTold, client_of
from sublet.portals.api.schemas.signals import plain_value
from sublet.signals.queries import latest_of


def clients_told(
    request: ApiRequest, rows: Sequence[ClientRow], include: Sequence[str], people: Mapping[int, StaffMember]
) -> list[Client]:
    """The rows of a page; one statement more for each thing that is asked for besides, however many rows there are."""
    ids = [row.id for row in rows]
    actor, present = request.actor, offer()
    agreed = sees_agreed(actor)
    limits = worst_states(actor, ids, request.at) if "limits" in include else None
    facts = latest_of(actor, ids) if "signals" in include else None

    def plan(row: ClientRow) -> str:
        born = present.starting_plan_at(row.created_at) if agreed and not row.plan else None
        return born.key if born is not None else row.plan

    def signals(row: ClientRow) -> dict[str, SignalTold] | None:
        if facts is None:
            return None
        return {
            key: SignalTold(at=latest.at, value=plain_value(latest.value))
            for key, latest in facts.get(row.id, {}).items()
        }

    return [
        client_of(
            row,
            people,
            plan=plan(row),
            limits=None if limits is None else limits.get(row.id, "open"),
            signals=signals(row),
        )
        for row in rows
    ]

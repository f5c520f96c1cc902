"""Signals: dated facts about clients, told by the host product and not billed."""

from __future__ import annotations

from ninja import Query

from sublet.core.rights import RESELLER, VENDOR
from sublet.portals.api.declare import ApiRequest, Needs, Routes
from sublet.portals.api.routes.shared import Cursors
from sublet.portals.api.schemas.signals import (
    SignalFact,
    SignalFactPage,
    SignalFactsAsked,
    SignalsIn,
    SignalsRecorded,
    SignalState,
    SignalStates,
    plain_value,
)
from sublet.portals.shared.manifest_words import name_of
from sublet.signals import operations, queries

routes = Routes(
    "Signals", "Facts about clients that the product tells, such as the last push notification. Not billed."
)
KINDS = (VENDOR, RESELLER)
SEE = Needs("", below="clients:view", vendor="accounts:view")
TELL = Needs("clients:manage", vendor="usage:manage")


@routes.post(
    "/signals",
    needs=TELL,
    kinds=KINDS,
    answer=SignalsRecorded,
    status=202,
    refusals=[operations.CannotRecordSignals],
)
def record_signals(request: ApiRequest, body: SignalsIn) -> SignalsRecorded:
    """Tell facts about clients, up to a thousand at once: all of them are kept, or none.

    Sending the same again changes nothing. Which signals there are, and of which kind, says the product manifest.
    """
    told = [
        operations.TellSignal(account=each.account, key=each.key, at=each.at, value=each.value, id=each.id)
        for each in body.signals
    ]
    done = operations.record_signals(signals=told, actor=request.actor, at=request.at)
    return SignalsRecorded(accepted=done.accepted, duplicates=done.duplicates)


@routes.get("/accounts/{account}/signals", needs=SEE, kinds=KINDS, answer=SignalStates)
def list_signals(request: ApiRequest, account: str) -> SignalStates:
    """Show the newest fact of each signal about a client or a direct account."""
    return SignalStates(
        items=[
            SignalState(
                key=each.signal.key,
                kind=each.signal.kind,
                name=name_of(each.signal.name),
                at=each.latest.at if each.latest is not None else None,
                value=plain_value(each.latest.value) if each.latest is not None else None,
                standing=each.standing,
            )
            for each in queries.signals_of(request.actor, account, at=request.at)
        ]
    )


@routes.get("/accounts/{account}/signal-facts", needs=SEE, kinds=KINDS, answer=SignalFactPage)
def list_signal_facts(request: ApiRequest, account: str, asked: Query[SignalFactsAsked]) -> SignalFactPage:
    """List the facts about a client or a direct account, newest first."""
    cursors = Cursors("signals", request.actor, account, asked.key)
    page = queries.timeline_of(request.actor, account, key=asked.key, cursor=cursors.place(asked), size=asked.limit)
    return SignalFactPage(
        items=[
            SignalFact(
                key=row.key, at=row.at, value=plain_value(row.value), received_at=row.received_at, told_by=row.told_by
            )
            for row in page.rows
        ],
        next=cursors.sealed(page.older),
    )

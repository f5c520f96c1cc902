"""One plan, or one basis of billing, for many clients at once: a part of what `selections` describes."""

from __future__ import annotations

from sublet.accounts.operations import CannotChangeClients
from sublet.portals.api.declare import Accepted, ApiRequest
from sublet.portals.api.routes.selections import ONLY, routes
from sublet.portals.api.routes.shared import done_to_many, selection_of
from sublet.portals.api.routes.subscriptions import agreed_plan
from sublet.portals.api.schemas import many_plans as shapes
from sublet.portals.api.schemas.accounts import ChangeResult, Count
from sublet.subscriptions import operations, queries

__all__ = ["routes"]

DO = "subscription:manage"


@routes.post(
    "/client-plans",
    needs=DO,
    kinds=ONLY,
    answer=(ChangeResult, shapes.ClientPlansPreview),
    refusals=[CannotChangeClients, operations.CannotTakePlan],
    may_take_long=True,
    example={"clients": ["acc_7HqWm2Zr9KtXbd"], "plan": "small", "reason": "New season", "dry_run": True},
)
def change_client_plans(
    request: ApiRequest, body: shapes.ClientPlansIn
) -> shapes.ClientPlansPreview | ChangeResult | Accepted:
    """Put many clients on a plan at once, or see what that would do: who comes from which plan, and what changes for them.

    Name the clients, or give the question whose answers are meant. Takes `clients:view` as well. Those for which it is not
    lawful stay as they are and are counted by the code of their refusal. Up to 200 are changed at once; for more the answer
    is 202 with the id of the job that does it.
    """
    actor, chosen = request.actor, selection_of(request.actor, body)
    if not body.dry_run:
        return done_to_many(
            operations.change_plans(selection=chosen, plan=body.plan, reason=body.reason, actor=actor, at=request.at)
        )
    operations.require_on_sale(plan=body.plan, actor=actor)
    seen = queries.preview_plans(actor, chosen, plan=body.plan, at=request.at)
    return shapes.ClientPlansPreview(
        dry_run=True,
        selected=Count(number=seen.selected.number, more=seen.selected.more),
        changing=seen.changing,
        staying=seen.staying,
        moves=[
            shapes.ClientPlansMove(
                plan=agreed_plan(move.before),
                clients=move.number,
                changes=[
                    shapes.ClientPlansLine(
                        kind=line.kind,  # type: ignore[arg-type]  # one of both
                        key=line.key,
                        before=line.before,
                        after=line.after,
                        way=line.way,  # type: ignore[arg-type]  # one of the three
                        policy=line.policy,
                    )
                    for line in move.lines
                ],
            )
            for move in seen.moves
        ],
        names=list(seen.names),
    )


@routes.post(
    "/client-bases",
    needs=DO,
    kinds=ONLY,
    answer=(ChangeResult, shapes.ClientBasesPreview),
    refusals=[CannotChangeClients, operations.CannotChooseBasis],
    may_take_long=True,
    example={"clients": ["acc_7HqWm2Zr9KtXbd"], "basis": "calendar", "when": "period", "dry_run": True},
)
def choose_client_bases(
    request: ApiRequest, body: shapes.ClientBasesIn
) -> shapes.ClientBasesPreview | ChangeResult | Accepted:
    """Have many clients charged by the calendar or from the day of taking, or see whom that would change and why others not.

    As `POST /client-plans` otherwise. Both books go by it.
    """
    actor, chosen = request.actor, selection_of(request.actor, body)
    if not body.dry_run:
        return done_to_many(
            operations.choose_bases(
                selection=chosen, basis=body.basis, when=body.when, reason=body.reason, actor=actor, at=request.at
            )
        )
    seen = queries.preview_bases(actor, chosen, basis=body.basis, when=body.when, at=request.at)
    return shapes.ClientBasesPreview(
        dry_run=True,
        selected=Count(number=seen.selected.number, more=seen.selected.more),
        changing=seen.changing if seen.known else None,
        staying=dict(seen.staying),
        names=list(seen.names),
        known=seen.known,
    )

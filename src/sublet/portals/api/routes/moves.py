"""Moves of accounts: what a reseller asks for and answers, and what has been. Owners merge, leave and join in person."""

from __future__ import annotations

from ninja import Query

from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.errors import CannotWhileImpersonating
from sublet.moves import operations, queries
from sublet.moves.operations import CannotMoveAccount
from sublet.moves.queries import MoveRow, Plan
from sublet.people.operations.throttle import CannotTryAgainYet
from sublet.portals.api.declare import ApiRequest, Made, Needs, Routes
from sublet.portals.api.routes.shared import Cursors
from sublet.portals.api.schemas.common import NO_REASON, OptionalReasonIn
from sublet.portals.api.schemas.moves import (
    AdoptionIn,
    Adoptions,
    FormerAsked,
    FormerClient,
    FormerClientPage,
    Move,
    MoveIn,
    MovePage,
    MovePlan,
    MovePreview,
    MovePreviewIn,
    MovesAsked,
    MovingCode,
    NotOffered,
    PlanLine,
)

routes = Routes("Moves", "Accounts that leave a reseller, come to one or go to another: asked for, agreed to, done.")
SEE = Needs("clients:view", vendor="accounts:view")
DO = "clients:manage"
NOES = [CannotMoveAccount, CannotTryAgainYet, CannotWhileImpersonating]


def _plan(plan: Plan) -> MovePlan:
    def lines(found: tuple[queries.Line, ...]) -> list[PlanLine]:
        return [PlanLine(code=line.code, count=line.count, names=list(line.names)) for line in found]

    return MovePlan(
        along=lines(plan.along),
        ends=lines(plan.ends),
        stays=lines(plan.stays),
        brand_before=plan.brand[0],
        brand_after=plan.brand[1],
        host_before=plan.host[0],
        host_after=plan.host[1],
        owner_is_staff=plan.owner_is_staff,
    )


def _move(row: MoveRow) -> Move:
    return Move(
        ref=row.ref,
        kind=row.kind,  # type: ignore[arg-type]  # the database knows no other word
        state=row.state,  # type: ignore[arg-type]  # as above
        party=row.party,
        account=row.account_ref,
        account_name=row.account_name,
        source=row.source,
        target=row.target,
        reason=row.reason,
        asked_side=row.asked_side,  # type: ignore[arg-type]  # as above
        asked_at=row.asked_at,
        answer_until=row.lapses_at,
        ended_at=row.ended_at,
        lacking=list(row.lacking),  # type: ignore[arg-type]  # as above
        clients=row.clients,
        moved=row.moved,
        plan=_plan(row.plan) if row.plan is not None else None,
        may_answer=row.may_answer,
        may_take_back=row.may_take_back,
    )


def _shown(request: ApiRequest, move: str) -> Move:
    return _move(queries.move_of(request.actor, move_ref=move, at=request.at))


@routes.get("/moves", needs=SEE, kinds=(VENDOR, RESELLER), answer=MovePage)
def list_moves(request: ApiRequest, asked: Query[MovesAsked]) -> MovePage:
    """List the moves that the account takes part in, newest first; of the vendor, all."""
    cursors = Cursors("moves", request.actor, asked.state)
    page = queries.moves_of(
        request.actor,
        is_open={"open": True, "over": False}.get(asked.state),
        cursor=cursors.place(asked),
        size=asked.limit,
        at=request.at,
    )
    return MovePage(
        items=[_move(row) for row in page.rows],
        next=cursors.sealed(page.next_cursor),
        previous=cursors.sealed(page.previous_cursor),
    )


# Before the one that names a move: its word stands where a reference could.
@routes.post("/moves/preview", needs=DO, kinds=(RESELLER,), answer=MovePreview, refusals=NOES)
def preview_move(request: ApiRequest, body: MovePreviewIn) -> MovePreview:
    """Tell what a move would do: what goes along, what ends, what the account's people will see. Changes nothing."""
    actor, at = request.actor, request.at
    if body.kind == "detach":
        found = operations.preview_detach(account_ref=body.account, actor=actor, at=at)
    elif body.kind == "transfer":
        found = operations.preview_transfer(account_ref=body.account, code=body.code, actor=actor, at=at)
    else:
        found = operations.preview_attach(code=body.code, actor=actor, at=at)
    return MovePreview(
        kind=found.kind,  # type: ignore[arg-type]  # as above
        account_name=found.account_name,
        other=found.other,
        others_must_agree=found.asks,
        plan=_plan(found.plan),
    )


@routes.get("/moves/{move}", needs=SEE, kinds=(VENDOR, RESELLER), answer=Move)
def get_move(request: ApiRequest, move: str) -> Move:
    """Show one move."""
    return _shown(request, move)


@routes.post("/moves", needs=DO, kinds=(RESELLER,), answer=Move, status=201, refusals=NOES)
def ask_for_move(request: ApiRequest, body: MoveIn) -> Made:
    """Detach a client that the reseller owns, at once; or ask for a client to go elsewhere, or for an account to come.

    `state` says which it was: `done`, or `asked` until everybody concerned has agreed. Everything that the reseller has in
    an account ends in the moment in which it leaves. Two resellers are merged by their owners in person, on the pages.
    """
    actor, at = request.actor, request.at
    if body.kind == "detach":
        asked = operations.detach(account_ref=body.account, reason=body.reason, actor=actor, at=at)
    elif body.kind == "transfer":
        asked = operations.ask_transfer(
            account_ref=body.account, code=body.code, reason=body.reason, actor=actor, at=at
        )
    else:
        asked = operations.ask_attach(code=body.code, reason=body.reason, actor=actor, at=at)
    return Made(_shown(request, asked.ref), f"/moves/{asked.ref}")


@routes.post("/moves/{move}/agree", needs=DO, kinds=(RESELLER,), answer=Move, refusals=NOES)
def agree_to_move(request: ApiRequest, move: str) -> Move:
    """Agree for the reseller. With the last word it is done at once."""
    operations.agree(move_ref=move, actor=request.actor, at=request.at)
    return _shown(request, move)


@routes.post("/moves/{move}/decline", needs=DO, kinds=(RESELLER,), answer=Move, refusals=NOES)
def decline_move(request: ApiRequest, move: str, body: OptionalReasonIn = NO_REASON) -> Move:
    """Say no for the reseller: everything stays as it is."""
    operations.decline(move_ref=move, reason=body.reason, actor=request.actor, at=request.at)
    return _shown(request, move)


@routes.post("/moves/{move}/take-back", needs=DO, kinds=(RESELLER,), answer=Move, refusals=NOES)
def take_move_back(request: ApiRequest, move: str) -> Move:
    """No longer ask for it."""
    operations.take_back(move_ref=move, actor=request.actor, at=request.at)
    return _shown(request, move)


@routes.post("/moving-code", needs=DO, kinds=(RESELLER,), answer=MovingCode, status=201, refusals=NOES)
def make_moving_code(request: ApiRequest) -> Made:
    """Make a code by which others name the reseller in a move; the one before names nobody any more."""
    code = operations.make_moving_code(actor=request.actor, at=request.at)
    return Made(MovingCode(code=code, expires_at=request.at + operations.LASTS), "/moving-code")


@routes.get("/moving-code", needs=DO, kinds=(RESELLER,), answer=MovingCode)
def get_moving_code(request: ApiRequest) -> MovingCode:
    """Show the code by which others name the reseller now; 404 where there is none."""
    found = queries.require_code(request.actor, at=request.at)
    return MovingCode(code=found.code, expires_at=found.expires_at)


@routes.get("/former-clients", needs="clients:view", kinds=(RESELLER,), answer=FormerClientPage)
def list_former_clients(request: ApiRequest, asked: Query[FormerAsked]) -> FormerClientPage:
    """List the clients that have left, newest first, with what the reseller kept about them."""
    cursors = Cursors("former-clients", request.actor)
    rows, older, newer = queries.former_clients(request.actor, cursor=cursors.place(asked), size=asked.limit)
    return FormerClientPage(
        items=[
            FormerClient(
                ref=row.client_ref,
                name=row.name,
                kind=row.kind,  # type: ignore[arg-type]  # as above
                went_to=row.went_to,
                left_at=row.left_at,
                notes=row.notes,
                external_id=row.external_id,
                tags=list(row.tags),
            )
            for row in rows
        ],
        next=cursors.sealed(older),
        previous=cursors.sealed(newer),
    )


@routes.post("/adoptions", needs="accounts:manage", kinds=(VENDOR,), answer=Adoptions, status=201, refusals=NOES)
def offer_adoption(request: ApiRequest, body: AdoptionIn) -> Made:
    """Offer clients of a reseller that can only read and pay, or is suspended, another place.

    With you, as direct accounts, or with the reseller that `code` names, which has to agree for each. The clients' owners answer in
    person within thirty days; who declines stays where it is.
    """
    found = operations.offer_adoption(**body.model_dump(), actor=request.actor, at=request.at)
    left_out = [NotOffered(account, code) for account, code in found.left_out.items()]
    return Made(Adoptions(list(found.moves), left_out), "/moves")


@routes.post("/adoptions/{move}/take-back", needs="accounts:manage", kinds=(VENDOR,), answer=Move, refusals=NOES)
def take_adoption_back(request: ApiRequest, move: str) -> Move:
    """No longer offer a client another place."""
    operations.take_offer_back(move_ref=move, actor=request.actor, at=request.at)
    return _shown(request, move)

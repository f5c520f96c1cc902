"""Sections of the product over all clients: who has them, taking them away in one go, giving them back."""

from __future__ import annotations

from sublet.core.rights import RESELLER
from sublet.people.operations.withdrawals import (
    CannotGiveSectionBack,
    CannotWithdrawSection,
    give_section_back,
    withdraw_section,
)
from sublet.people.queries.withdrawals import (
    WithdrawalRow,
    sections_of_clients,
    withdrawal,
    withdrawal_preview,
)
from sublet.portals.api.declare import ApiRequest, Made, OnlySaid, Routes
from sublet.portals.api.schemas.people import (
    SectionUse,
    SectionUseList,
    Withdrawal,
    WithdrawalIn,
    WithdrawalList,
    WithdrawalPreview,
)

routes = Routes("Sections of all clients", "A section of the product, taken from the people of all clients in one go.")
ONLY = (RESELLER,)


def _row(row: WithdrawalRow) -> Withdrawal:
    return Withdrawal(
        ref=row.ref,
        section=row.section,
        level=row.level,
        state=row.state,
        people=row.people,
        all_clients=row.all_clients,
        clients=row.clients,
        reason=row.reason,
        created_by=row.created_by,
        created_at=row.created_at,
        returned_at=row.returned_at,
        may_give_back=row.may_give_back,
    )


@routes.get("/section-uses", needs="clients:view", kinds=ONLY, answer=SectionUseList)
def list_section_uses(request: ApiRequest) -> SectionUseList:
    """Count how many of the clients' people have each section of the product."""
    return SectionUseList(
        items=[
            SectionUse(
                section=each.section.key,
                name=each.section.name,
                people=each.people,
                manage=each.manage,
                kept=each.kept,
            )
            for each in sections_of_clients(request.actor, most=1).uses
        ]
    )


@routes.get("/withdrawals", needs="clients:view", kinds=ONLY, answer=WithdrawalList)
def list_withdrawals(request: ApiRequest) -> WithdrawalList:
    """List the fifty newest withdrawals."""
    return WithdrawalList(items=[_row(each) for each in sections_of_clients(request.actor).withdrawals])


@routes.post(
    "/withdrawals",
    needs="clients:manage",
    kinds=ONLY,
    answer=(Withdrawal, WithdrawalPreview),
    status=201,
    refusals=[CannotWithdrawSection],
)
def withdraw(request: ApiRequest, body: WithdrawalIn) -> OnlySaid | Made:
    """Take a section of the product away from the clients' people, or see whom that would touch.

    Many people are a job: `state` says how far it is. What was taken is kept, so that giving back gives back exactly that.
    """
    if body.dry_run:
        seen = withdrawal_preview(
            request.actor, section=body.section, level=body.level, client_refs=body.clients, at=request.at
        )
        return OnlySaid(WithdrawalPreview(dry_run=True, people=seen.people, clients=seen.clients, invited=seen.invited))
    ref = withdraw_section(
        section=body.section,
        level=body.level,
        client_refs=body.clients,
        reason=body.reason,
        actor=request.actor,
        at=request.at,
    )
    return Made(_row(withdrawal(request.actor, withdrawal_ref=ref)), f"/withdrawals/{ref}")


@routes.get("/withdrawals/{withdrawal}", needs="clients:view", kinds=ONLY, answer=Withdrawal)
def get_withdrawal(request: ApiRequest, withdrawal: str) -> Withdrawal:
    """Show a withdrawal, also while it is at work."""
    return _row(_withdrawal(request, withdrawal))


@routes.post(
    "/withdrawals/{withdrawal}/give-back",
    needs="clients:manage",
    kinds=ONLY,
    answer=Withdrawal,
    refusals=[CannotGiveSectionBack],
)
def give_back(request: ApiRequest, withdrawal: str) -> Withdrawal:
    """Give back what a withdrawal took, to everybody who is still there and was not changed since."""
    give_section_back(withdrawal_ref=withdrawal, actor=request.actor, at=request.at)
    return _row(_withdrawal(request, withdrawal))


def _withdrawal(request: ApiRequest, ref: str) -> WithdrawalRow:
    return withdrawal(request.actor, withdrawal_ref=ref)

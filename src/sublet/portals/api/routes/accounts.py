"""Resellers and direct accounts, for the vendor."""

from __future__ import annotations

from dataclasses import fields as fields_of

from ninja import Query

from sublet.accounts import operations, queries
from sublet.accounts.queries.vendor import tree_figures
from sublet.core.rights import VENDOR
from sublet.people import operations as people_operations
from sublet.people.operations.openings import open_account
from sublet.portals.api.declare import ApiRequest, Made, Routes
from sublet.portals.api.routes.listed import clients_told
from sublet.portals.api.routes.shared import Cursors, asked_of_clients, list_query, version_of
from sublet.portals.api.schemas.accounts import (
    AccountPage,
    ClientDetails,
    ClientPage,
    Count,
    account_of,
    details_of,
)
from sublet.portals.api.schemas.accounts_in import AccountIn, AccountsAsked, ClientsAsked, DetailsIn
from sublet.portals.api.schemas.common import NO_REASON, OptionalReasonIn, ReasonIn
from sublet.portals.api.schemas.platform import Figures

routes = Routes("Resellers and direct accounts", "The accounts directly below the vendor's.")
ONLY = (VENDOR,)
SEE, DO = "accounts:view", "accounts:manage"
_DETAILS = {each.name for each in fields_of(operations.Details)}


def _shown(request: ApiRequest, ref: str) -> ClientDetails:
    return details_of(queries.client_facts(request.actor, ref), {})


@routes.get("/accounts", needs=SEE, kinds=ONLY, answer=AccountPage)
def list_accounts(request: ApiRequest, asked: Query[AccountsAsked]) -> AccountPage:
    """List resellers and direct accounts."""
    cursors = Cursors("accounts", request.actor, asked.sort, asked.order)
    query = queries.list_query(
        {
            "search": asked.search,
            "kinds": asked.kind,
            "states": asked.state,
            "tags": asked.tag,
            "languages": asked.language,
            "sort": asked.sort,
            "descending": asked.order == "descending",
            "cursor": cursors.place(asked),
            "size": asked.limit,
        }
    )
    page = queries.client_list(request.actor, query, at=request.at)
    return AccountPage(
        items=[account_of(row) for row in page.rows],
        next=cursors.sealed(page.next),
        previous=cursors.sealed(page.previous),
        capped=page.capped,
    )


@routes.post(
    "/accounts",
    needs=DO,
    kinds=ONLY,
    answer=ClientDetails,
    status=201,
    refusals=[
        operations.CannotCreateReseller,
        operations.CannotCreateDirectAccount,
        people_operations.CannotInviteCollaborator,
    ],
)
def create_account(request: ApiRequest, body: AccountIn) -> Made:
    """Open a reseller's or a direct account, and invite its owner."""
    try:
        account = open_account(
            kind=body.kind,
            name=body.name,
            details=operations.Details(**body.model_dump(include=_DETAILS)),
            owner_email=body.owner_email,
            owner_name=body.owner_name,
            actor=request.actor,
            at=request.at,
        )
    except people_operations.CannotInviteCollaborator as fault:
        fault.field = "owner_email" if fault.field == "email" else ""
        raise
    return Made(_shown(request, account.ref), f"/accounts/{account.ref}")


@routes.get("/accounts/{account}", needs=SEE, kinds=ONLY, answer=ClientDetails)
def get_account_below(request: ApiRequest, account: str) -> ClientDetails:
    """Show a reseller, a direct account, or a reseller's client."""
    return _shown(request, account)


@routes.patch(
    "/accounts/{account}",
    needs=DO,
    kinds=ONLY,
    answer=ClientDetails,
    refusals=[operations.CannotChangeDetails],
    versioned=True,
    example={"city": "Napoli", "phone": "+39 081 765 4321"},
)
def change_account_below(request: ApiRequest, account: str, body: DetailsIn) -> ClientDetails:
    """Change the details of a reseller or a direct account. What is not named stays as it is."""
    queries.client_facts(request.actor, account)
    operations.change_details(
        ref=account,
        changes=body.model_dump(include=body.model_fields_set - {"version", "reason"}),
        version=version_of(request, body.version),
        reason=body.reason,
        actor=request.actor,
        at=request.at,
    )
    return _shown(request, account)


@routes.get("/accounts/{account}/clients", needs=SEE, kinds=ONLY, answer=ClientPage)
def list_clients_of_account(request: ApiRequest, account: str, asked: Query[ClientsAsked]) -> ClientPage:
    """List the clients of one reseller."""
    cursors = Cursors("clients of", request.actor, account, asked.sort, asked.order)
    query = list_query(
        request.actor,
        {**asked_of_clients(asked), "cursor": cursors.place(asked), "size": asked.limit},
        field="responsible",
    )
    page = queries.client_list(request.actor, query, at=request.at, below=account)
    return ClientPage(
        items=clients_told(request, page.rows, asked.include, {}),
        next=cursors.sealed(page.next),
        previous=cursors.sealed(page.previous),
        capped=page.capped,
    )


@routes.post(
    "/accounts/{account}/suspend",
    needs=DO,
    kinds=ONLY,
    answer=ClientDetails,
    refusals=[operations.CannotSuspendAccount],
)
def suspend_account_below(request: ApiRequest, account: str, body: ReasonIn) -> ClientDetails:
    """Suspend a reseller or a direct account."""
    operations.suspend_account(ref=account, reason=body.reason, actor=request.actor, at=request.at)
    return _shown(request, account)


@routes.post(
    "/accounts/{account}/resume",
    needs=DO,
    kinds=ONLY,
    answer=ClientDetails,
    refusals=[operations.CannotResumeAccount],
)
def resume_account_below(request: ApiRequest, account: str, body: OptionalReasonIn = NO_REASON) -> ClientDetails:
    """Let the people of a suspended account in again."""
    operations.resume_account(ref=account, reason=body.reason, actor=request.actor, at=request.at)
    return _shown(request, account)


@routes.post(
    "/accounts/{account}/close",
    needs=DO,
    kinds=ONLY,
    answer=ClientDetails,
    refusals=[operations.CannotCloseAccount],
)
def close_account_below(request: ApiRequest, account: str, body: ReasonIn) -> ClientDetails:
    """Close an account. For thirty days it can be taken back."""
    queries.client_facts(request.actor, account)
    operations.close_account(ref=account, reason=body.reason, actor=request.actor, at=request.at)
    return _shown(request, account)


@routes.post(
    "/accounts/{account}/reopen",
    needs=DO,
    kinds=ONLY,
    answer=ClientDetails,
    refusals=[operations.CannotReopenAccount],
)
def reopen_account_below(request: ApiRequest, account: str, body: OptionalReasonIn = NO_REASON) -> ClientDetails:
    """Take the closing of an account back."""
    queries.client_facts(request.actor, account)
    operations.reopen_account(ref=account, reason=body.reason, actor=request.actor, at=request.at)
    return _shown(request, account)


@routes.get("/figures", needs=SEE, kinds=ONLY, answer=Figures)
def get_figures(request: ApiRequest) -> Figures:
    """Count resellers, direct accounts and clients in each state. Above ten thousand nobody counts on."""
    seen = tree_figures(request.actor, at=request.at)

    def counts(found: dict[str, queries.Counted]) -> dict[str, Count]:
        return {state: Count(number=each.number, more=each.more) for state, each in found.items()}

    return Figures(
        resellers=counts(dict(seen.resellers)),
        direct=counts(dict(seen.direct)),
        clients=counts(dict(seen.clients)),
        ending=Count(number=seen.ending.number, more=seen.ending.more),
    )

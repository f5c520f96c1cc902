"""Clients of a reseller: the list, opening one, its details, its life."""

from __future__ import annotations

from dataclasses import fields as fields_of
from typing import Any

from ninja import Query

from sublet.accounts import operations, queries
from sublet.core.rights import RESELLER
from sublet.people import operations as people_operations
from sublet.portals.api.declare import ApiRequest, Made, Routes
from sublet.portals.api.routes.listed import clients_told
from sublet.portals.api.routes.shared import (
    Cursors,
    asked_of_clients,
    list_query,
    people_by_id,
    person_named,
    version_of,
)
from sublet.portals.api.schemas.accounts import (
    ClientCounts,
    ClientDetails,
    ClientPage,
    Count,
    TagList,
    Tags,
    details_of,
)
from sublet.portals.api.schemas.accounts_in import (
    ClientIn,
    ClientsAsked,
    DemonstrationIn,
    DetailsIn,
    OwnershipIn,
    ResponsibleIn,
    TagsSetIn,
)
from sublet.portals.api.schemas.common import NO_REASON, OptionalReasonIn, ReasonIn

routes = Routes("Clients", "The clients of a reseller: their details and their life.")
ONLY = (RESELLER,)
SEE, DO = "clients:view", "clients:manage"
_DETAILS = {each.name for each in fields_of(operations.Details)}


def _shown(request: ApiRequest, client: str) -> ClientDetails:
    return details_of(queries.client_facts(request.actor, client), people_by_id(request.actor))


@routes.get("/clients", needs=SEE, kinds=ONLY, answer=ClientPage)
def list_clients(request: ApiRequest, asked: Query[ClientsAsked]) -> ClientPage:
    """List clients.

    Search, filters, order and pages as in the client list. Pages are stable: what is added or changed meanwhile neither
    repeats nor hides another client.
    """
    actor = request.actor
    cursors = Cursors("clients", actor, asked.sort, asked.order)
    query = list_query(
        actor,
        {**asked_of_clients(asked), "cursor": cursors.place(asked), "size": asked.limit},
        field="responsible",
    )
    page = queries.client_list(actor, query, at=request.at)
    return ClientPage(
        items=clients_told(request, page.rows, asked.include, people_by_id(actor)),
        next=cursors.sealed(page.next),
        previous=cursors.sealed(page.previous),
        capped=page.capped,
    )


@routes.post(
    "/clients",
    needs=DO,
    kinds=ONLY,
    answer=ClientDetails,
    status=201,
    refusals=[operations.CannotCreateClient, people_operations.CannotInviteCollaborator],
)
def create_client(request: ApiRequest, body: ClientIn) -> Made:
    """Open an account for a client.

    With an `owner` an invitation is sent, in the brand and the language; the account waits until it is accepted. With a
    `demo_until` it is a demonstration that closes by itself.
    """
    given = body.model_dump(include=_DETAILS)
    more: dict[str, Any] = {} if body.state is None else {"state": body.state}
    owner = body.owner
    try:
        account = people_operations.open_client(
            name=body.name,
            owner_email=owner.email if owner else "",
            owner_name=owner.name if owner else "",
            language=owner.language if owner else "",
            owner_rights=owner.rights if owner else None,
            details=operations.Details(**given),
            ownership=body.ownership,
            demo_until=body.demo_until,
            tags=body.tags,
            reason=body.reason,
            actor=request.actor,
            at=request.at,
            **more,
        )
    except people_operations.CannotInviteCollaborator as fault:
        fault.field = f"owner.{fault.field}" if fault.field in {"email", "rights"} else ""
        raise
    return Made(_shown(request, account.ref), f"/clients/{account.ref}")


@routes.get("/clients/{client}", needs=SEE, kinds=ONLY, answer=ClientDetails)
def get_client(request: ApiRequest, client: str) -> ClientDetails:
    """Show a client with all that is kept about it."""
    return _shown(request, client)


@routes.patch(
    "/clients/{client}",
    needs=DO,
    kinds=ONLY,
    answer=ClientDetails,
    refusals=[operations.CannotChangeDetails],
    versioned=True,
    example={"city": "Napoli", "phone": "+39 081 765 4321"},
)
def change_client(request: ApiRequest, client: str, body: DetailsIn) -> ClientDetails:
    """Change the details of a client.

    What is not named stays as it is. With If-Match (or `version`) a change that somebody else made meanwhile is noticed:
    the answer then holds both values of each field.
    """
    queries.client_facts(request.actor, client)  # one's own account has an address of its own
    operations.change_details(
        ref=client,
        changes=body.model_dump(include=body.model_fields_set - {"version", "reason"}),
        version=version_of(request, body.version),
        reason=body.reason,
        actor=request.actor,
        at=request.at,
    )
    return _shown(request, client)


@routes.post(
    "/clients/{client}/suspend",
    needs=DO,
    kinds=ONLY,
    answer=ClientDetails,
    refusals=[operations.CannotSuspendAccount],
)
def suspend_client(request: ApiRequest, client: str, body: ReasonIn) -> ClientDetails:
    """Suspend a client: its people meet a lock page until it is resumed."""
    operations.suspend_account(ref=client, reason=body.reason, actor=request.actor, at=request.at)
    return _shown(request, client)


@routes.post(
    "/clients/{client}/resume",
    needs=DO,
    kinds=ONLY,
    answer=ClientDetails,
    refusals=[operations.CannotResumeAccount],
)
def resume_client(request: ApiRequest, client: str, body: OptionalReasonIn = NO_REASON) -> ClientDetails:
    """Let the people of a suspended client in again."""
    operations.resume_account(ref=client, reason=body.reason, actor=request.actor, at=request.at)
    return _shown(request, client)


@routes.post(
    "/clients/{client}/close",
    needs=DO,
    kinds=ONLY,
    answer=ClientDetails,
    refusals=[operations.CannotCloseAccount],
)
def close_client(request: ApiRequest, client: str, body: ReasonIn) -> ClientDetails:
    """Close a client. For thirty days it can be taken back (`grace_until`); its history stays."""
    queries.client_facts(request.actor, client)
    operations.close_account(ref=client, reason=body.reason, actor=request.actor, at=request.at)
    return _shown(request, client)


@routes.post(
    "/clients/{client}/reopen",
    needs=DO,
    kinds=ONLY,
    answer=ClientDetails,
    refusals=[operations.CannotReopenAccount],
)
def reopen_client(request: ApiRequest, client: str, body: OptionalReasonIn = NO_REASON) -> ClientDetails:
    """Take the closing of a client back."""
    queries.client_facts(request.actor, client)
    operations.reopen_account(ref=client, reason=body.reason, actor=request.actor, at=request.at)
    return _shown(request, client)


@routes.post(
    "/clients/{client}/activate",
    needs=DO,
    kinds=ONLY,
    answer=ClientDetails,
    refusals=[operations.CannotActivateAccount],
)
def activate_client(request: ApiRequest, client: str, body: OptionalReasonIn = NO_REASON) -> ClientDetails:
    """Make a prospect or an invited client active, without waiting for its people."""
    queries.client_facts(request.actor, client)
    operations.activate_account(ref=client, reason=body.reason, actor=request.actor, at=request.at)
    return _shown(request, client)


@routes.put(
    "/clients/{client}/demonstration",
    needs=DO,
    kinds=ONLY,
    answer=ClientDetails,
    refusals=[operations.CannotMarkDemonstration, operations.CannotExtendDemonstration],
)
def set_demonstration(request: ApiRequest, client: str, body: DemonstrationIn) -> ClientDetails:
    """Make a client a demonstration that closes by itself, or let it end at another moment."""
    facts = queries.client_facts(request.actor, client)
    change = operations.mark_demonstration if facts.demo_until is None else operations.extend_demonstration
    change(ref=client, until=body.until, reason=body.reason, actor=request.actor, at=request.at)
    return _shown(request, client)


@routes.post(
    "/clients/{client}/turn-into-client",
    needs=DO,
    kinds=ONLY,
    answer=ClientDetails,
    refusals=[operations.CannotTurnProspectIntoClient],
)
def turn_into_client(request: ApiRequest, client: str, body: OptionalReasonIn = NO_REASON) -> ClientDetails:
    """Turn a prospect or a demonstration into a client: it no longer ends by itself."""
    operations.turn_prospect_into_client(ref=client, reason=body.reason, actor=request.actor, at=request.at)
    return _shown(request, client)


@routes.put("/clients/{client}/tags", needs=DO, kinds=ONLY, answer=Tags, refusals=[operations.CannotSetTags])
def set_client_tags(request: ApiRequest, client: str, body: TagsSetIn) -> Tags:
    """Put exactly these tags on a client."""
    return Tags(tags=operations.set_tags(ref=client, tags=body.tags, actor=request.actor, at=request.at))


@routes.put("/clients/{client}/responsible", needs=DO, kinds=ONLY, answer=ClientDetails)
def set_client_responsible(request: ApiRequest, client: str, body: ResponsibleIn) -> ClientDetails:
    """Say who of your people looks after a client; null for nobody."""
    queries.client_facts(request.actor, client)  # before the person: who may not see the client learns nothing
    person = person_named(request.actor, body.user)
    operations.assign_responsible(
        ref=client,
        responsible_id=person.user_id if person else None,
        responsible_name=person.name if person else "",
        actor=request.actor,
        at=request.at,
    )
    return _shown(request, client)


@routes.put(
    "/clients/{client}/ownership",
    needs=DO,
    kinds=ONLY,
    answer=ClientDetails,
    refusals=[operations.CannotChangeOwnership],
)
def set_client_ownership(request: ApiRequest, client: str, body: OwnershipIn) -> ClientDetails:
    """Give the account to the client. Only the client's owner, in person, can give it back."""
    queries.client_facts(request.actor, client)
    operations.change_ownership(
        ref=client, ownership=body.ownership, reason=body.reason, actor=request.actor, at=request.at
    )
    return _shown(request, client)


@routes.get("/client-counts", needs=SEE, kinds=ONLY, answer=ClientCounts)
def count_clients(request: ApiRequest) -> ClientCounts:
    """Count the clients in each state, and the demonstrations that end soon. Above ten thousand nobody counts on."""
    seen = queries.glance(request.actor, at=request.at)
    return ClientCounts(
        states={state: Count(number=each.number, more=each.more) for state, each in seen.states.items()},
        ending=Count(number=seen.ending.number, more=seen.ending.more),
    )


@routes.get("/client-tags", needs=SEE, kinds=ONLY, answer=TagList)
def list_client_tags(request: ApiRequest) -> TagList:
    """List the tags in use, in order; the first two hundred."""
    return TagList(items=queries.tags_in_use(request.actor))

"""The reseller's access to a client: who can enter, asking, giving, answering, narrowing, extending, ending."""

from __future__ import annotations

from ninja import Query

from sublet.core.rights import CLIENT, RESELLER
from sublet.people.operations import grants as operations
from sublet.people.queries.access import CanEnter, GrantRow, grant_of_client, grants_of_client, who_can_enter
from sublet.portals.api.declare import ApiRequest, Made, Needs, Routes
from sublet.portals.api.routes.shared import Cursors
from sublet.portals.api.schemas import grants as schemas
from sublet.portals.api.schemas.common import NO_REASON, OptionalReasonIn
from sublet.portals.api.schemas.grants import (
    NO_WORDS,
    Access,
    EndAnswerIn,
    EndRequestIn,
    ExtensionIn,
    Grant,
    GrantIn,
    GrantPage,
    GrantsAsked,
    NarrowingIn,
)

routes = Routes(
    "Access", "Who can enter a client's account; the reseller's access to it: its scope, its people, its end."
)
KINDS = (RESELLER, CLIENT)
SEE = Needs("team:view", below="clients:view")
DO = Needs("team:manage", below="clients:manage")
ONE = "/accounts/{account}/grants/{grant}"
NOES = [operations.CannotChangeGrant]


def _grant(row: GrantRow) -> Grant:
    return Grant(
        ref=row.ref,
        state=row.state,  # type: ignore[arg-type]  # the database knows no other word
        everywhere=row.everywhere,
        sections=dict(row.sections),
        summary=row.summary,
        people=None if row.people is None else list(row.people),
        team=row.team,
        team_ref=row.team_ref,
        team_removed=row.team_removed,
        reason=row.reason,
        start_at=row.wanted_start,
        days=row.days,
        extend_days=row.extend_days,
        notice_days=row.notice_days,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        asked_by=row.asked_by,
        asked_side=row.asked_side,
        asked_at=row.asked_at,
        decided_by=row.decided_by,
        ended_by=row.ended_by,
        end_asked_at=row.end_asked_at,
        end_asked_reason=row.end_asked_reason,
        end_asked_left=row.end_asked_left,
        may_answer=row.may_answer,
        may_narrow=row.may_narrow,
        may_extend=row.may_extend,
        may_end=row.may_end,
        may_ask_end=row.may_ask_end,
        may_answer_end=row.may_answer_end,
    )


def _person(row: CanEnter) -> schemas.CanEnter:
    return schemas.CanEnter(
        ref=row.ref,
        name=row.name,
        side=row.side,  # type: ignore[arg-type]  # there is no third
        is_owner=row.is_owner,
        summary=row.summary,
        grants=list(row.grants),
        since=row.since,
        last_at=row.last_at,
    )


def _shown(request: ApiRequest, account: str, grant: str) -> Grant:
    return _grant(grant_of_client(request.actor, client_ref=account, grant_ref=grant, at=request.at))


@routes.get("/accounts/{account}/access", needs=SEE, kinds=KINDS, answer=Access)
def get_access(request: ApiRequest, account: str) -> Access:
    """Show who can enter a client's account: its own people, and staff of the reseller by grants."""
    page = who_can_enter(request.actor, client_ref=account, at=request.at)
    return Access(
        account=page.client_ref,
        account_name=page.client_name,
        reseller_name=page.reseller_name,
        ownership=page.ownership,  # type: ignore[arg-type]  # there is no third
        decides=page.decides,
        people=[_person(row) for row in page.people],
        more_people=page.more_people,
    )


@routes.get("/accounts/{account}/grants", needs=SEE, kinds=KINDS, answer=GrantPage)
def list_grants(request: ApiRequest, account: str, asked: Query[GrantsAsked]) -> GrantPage:
    """List the reseller's access to a client and the requests for it, newest first, also what is over."""
    cursors = Cursors("grants", request.actor, account, asked.state)
    page = grants_of_client(
        request.actor,
        client_ref=account,
        state=asked.state,
        cursor=cursors.place(asked),
        size=asked.limit,
        at=request.at,
    )
    return GrantPage(
        items=[_grant(row) for row in page.rows],
        next=cursors.sealed(page.next_cursor),
        previous=cursors.sealed(page.previous_cursor),
    )


@routes.get(ONE, needs=SEE, kinds=KINDS, answer=Grant)
def get_grant(request: ApiRequest, account: str, grant: str) -> Grant:
    """Show one access, or one request for it."""
    return _shown(request, account, grant)


@routes.post("/accounts/{account}/grants", needs=DO, kinds=KINDS, answer=Grant, status=201, refusals=NOES)
def request_grant(request: ApiRequest, account: str, body: GrantIn) -> Made:
    """Ask for access to a client, or give it where the account is one's own.

    `state` says which it was: `requested` waits for the owner's answer, `active` is in force. A reseller's key gives with
    `team:manage`; without it, it asks.
    """
    asked = operations.request_grant(
        client_ref=account,
        everywhere=body.everywhere,
        sections=body.sections,
        people=body.people,
        team=body.team,
        start=body.start,
        days=body.days,
        extend=body.extend,
        notice_days=body.notice_days,
        reason=body.reason,
        actor=request.actor,
        at=request.at,
    )
    return Made(_shown(request, account, asked.ref), f"/accounts/{account}/grants/{asked.ref}")


@routes.post(f"{ONE}/approve", needs=DO, kinds=KINDS, answer=Grant, refusals=NOES)
def approve_grant(request: ApiRequest, account: str, grant: str) -> Grant:
    """Approve a request as it was asked. Its days begin now, or with the day that was asked for."""
    operations.approve_grant(client_ref=account, grant_ref=grant, actor=request.actor, at=request.at)
    return _shown(request, account, grant)


@routes.post(f"{ONE}/decline", needs=DO, kinds=KINDS, answer=Grant, refusals=NOES)
def decline_grant(request: ApiRequest, account: str, grant: str, body: OptionalReasonIn = NO_REASON) -> Grant:
    """Decline a request."""
    operations.decline_grant(
        client_ref=account, grant_ref=grant, reason=body.reason, actor=request.actor, at=request.at
    )
    return _shown(request, account, grant)


@routes.post(f"{ONE}/narrow", needs=DO, kinds=KINDS, answer=Grant, refusals=NOES)
def narrow_grant(request: ApiRequest, account: str, grant: str, body: NarrowingIn) -> Grant:
    """Leave less of an access: at once; by the client after the notice agreed, until when it goes on as it was.

    During the notice a second access, which ends with it, holds what was agreed.
    """
    operations.narrow_grant(
        client_ref=account,
        grant_ref=grant,
        everywhere=body.everywhere,
        sections=body.sections,
        actor=request.actor,
        at=request.at,
    )
    return _shown(request, account, grant)


@routes.post(f"{ONE}/extend", needs=DO, kinds=KINDS, answer=Grant, refusals=NOES)
def extend_grant(request: ApiRequest, account: str, grant: str, body: ExtensionIn) -> Grant:
    """Let an access go on for longer. Whoever owns the account."""
    operations.extend_grant(client_ref=account, grant_ref=grant, days=body.days, actor=request.actor, at=request.at)
    return _shown(request, account, grant)


@routes.post(f"{ONE}/end", needs=DO, kinds=KINDS, answer=Grant, refusals=NOES)
def end_grant(request: ApiRequest, account: str, grant: str, body: OptionalReasonIn = NO_REASON) -> Grant:
    """End an access, or take a request of one's own side back: at once; by the client after the notice agreed."""
    operations.end_grant(client_ref=account, grant_ref=grant, reason=body.reason, actor=request.actor, at=request.at)
    return _shown(request, account, grant)


@routes.post(f"{ONE}/request-end", needs=DO, kinds=KINDS, answer=Grant, refusals=NOES)
def request_end_of_grant(request: ApiRequest, account: str, grant: str, body: EndRequestIn = NO_WORDS) -> Grant:
    """Ask the reseller that owns the account to end an access, or to leave less of it. Keys of the client only."""
    operations.request_end_of_grant(
        client_ref=account,
        grant_ref=grant,
        reason=body.reason,
        everywhere=body.everywhere,
        sections=body.sections,
        actor=request.actor,
        at=request.at,
    )
    return _shown(request, account, grant)


@routes.post(f"{ONE}/answer-end", needs=DO, kinds=KINDS, answer=Grant, refusals=NOES)
def answer_end_request(request: ApiRequest, account: str, grant: str, body: EndAnswerIn) -> Grant:
    """Do what the client asked with `request-end`, or leave the access as it is. Keys of the reseller only."""
    operations.answer_end_request(
        client_ref=account,
        grant_ref=grant,
        accept=body.accept,
        reason=body.reason,
        actor=request.actor,
        at=request.at,
    )
    return _shown(request, account, grant)

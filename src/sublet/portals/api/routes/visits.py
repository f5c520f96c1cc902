"""Impersonations: who acted in a client's account, and what was asked for meanwhile. Begun by people only."""

from __future__ import annotations

from ninja import Query

from sublet.core.rights import CLIENT, RESELLER, VENDOR
from sublet.foundation.errors import CannotWhileImpersonating
from sublet.people import operations, queries
from sublet.people.queries import VisitRow
from sublet.portals.api.declare import ApiRequest, Needs, Routes
from sublet.portals.api.routes.shared import Cursors
from sublet.portals.api.schemas.common import PageAsked
from sublet.portals.api.schemas.people import Visit, VisitChange, VisitIn, VisitPage, VisitRequest, VisitRequestPage
from sublet.portals.api.schemas.visits import StaffMayVisitIn, VisitNoticeIn, VisitRules
from sublet.portals.shared.stories import days_of

routes = Routes("Impersonations", "Acting in a client's account: with a reason, an end, and a record of each request.")
KINDS = (RESELLER, CLIENT)
SEE = Needs("journal:view", below="clients:view")


def _visit(row: VisitRow) -> Visit:
    return Visit(
        ref=row.ref,
        mode=row.mode,  # type: ignore[arg-type]  # the database knows no other word
        staff=row.staff,
        acting_as=row.acting_as,
        reason=row.reason,
        teams=list(row.teams),
        started_at=row.started_at,
        last_used_at=row.last_used_at,
        ends_at=row.ends_at,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        requests=row.requests,
    )


@routes.get("/accounts/{account}/impersonations", needs=SEE, kinds=KINDS, answer=VisitPage)
def list_impersonations(request: ApiRequest, account: str, asked: Query[PageAsked]) -> VisitPage:
    """List who acted in a client's account, newest first. The client's own keys may ask, too."""
    cursors = Cursors("impersonations", request.actor, account)
    page = queries.visits_of_client(request.actor, client_ref=account, cursor=cursors.place(asked), size=asked.limit)
    return VisitPage(
        items=[_visit(row) for row in page.rows],
        next=cursors.sealed(page.next_cursor),
        previous=cursors.sealed(page.previous_cursor),
    )


@routes.get("/accounts/{account}/impersonations/{impersonation}", needs=SEE, kinds=KINDS, answer=VisitRequestPage)
def get_impersonation(
    request: ApiRequest, account: str, impersonation: str, asked: Query[PageAsked]
) -> VisitRequestPage:
    """Show an impersonation: what was changed in it, and the requests made meanwhile, newest first."""
    cursors = Cursors("requests", request.actor, account, impersonation)
    page, changes = queries.diary_of_visit(
        request.actor,
        client_ref=account,
        impersonation_ref=impersonation,
        cursor=cursors.place(asked),
        size=asked.limit,
    )
    return VisitRequestPage(
        visit=_visit(page.visit),
        changes=[
            VisitChange(at=entry.at, sentence=str(entry.sentence), detail=str(entry.detail))
            for day in days_of(changes, from_above=account != request.actor.account_ref)
            for entry in day.entries
        ],
        items=[
            VisitRequest(
                at=row.at,
                method=row.method,
                path=row.path,
                status=row.status,
                changed=row.changed,
                request_id=row.request_id,
            )
            for row in page.rows
        ],
        next=cursors.sealed(page.next_cursor),
        previous=cursors.sealed(page.previous_cursor),
    )


@routes.post("/accounts/{account}/impersonations", needs=SEE, kinds=KINDS, answer=Visit, status=201)
def begin_impersonation(request: ApiRequest, account: str, body: VisitIn) -> Visit:
    """Act in a client's account: never by a key.

    Somebody who acts in another's place has to be a person, logged in, in a browser. A key is always answered 403 with
    the code `in-person`.
    """
    queries.visits_of_client(request.actor, client_ref=account, size=1)
    raise CannotWhileImpersonating("personal")


def _rules(request: ApiRequest) -> VisitRules:
    found = queries.visit_rules(request.actor)
    of_client = request.actor.account_kind == CLIENT
    return VisitRules(
        staff_may_visit=None if of_client else found.entering,
        off_above=not found.above,
        mail_notice=found.notice if of_client else None,
    )


@routes.get("/account/visits", needs="settings:view", kinds=(VENDOR, RESELLER, CLIENT), answer=VisitRules)
def get_visit_rules(request: ApiRequest) -> VisitRules:
    """Show what was decided about visits to clients."""
    return _rules(request)


@routes.put("/account/visits/allowed", needs="settings:manage", kinds=(VENDOR, RESELLER), answer=VisitRules)
def let_staff_visit(request: ApiRequest, body: StaffMayVisitIn) -> VisitRules:
    """Decide whether staff may log in as clients.

    The vendor decides for everybody, a reseller for its own clients. Switching it off ends the visits that go on.
    """
    operations.let_staff_visit(allowed=body.staff_may_visit, actor=request.actor, at=request.at)
    return _rules(request)


@routes.put(
    "/account/visits/notice",
    needs="settings:manage",
    kinds=(CLIENT,),
    answer=VisitRules,
    refusals=[operations.CannotChangeVisitRules],
)
def tell_of_visits(request: ApiRequest, body: VisitNoticeIn) -> VisitRules:
    """Decide whether the owner gets a mail when a visit begins.

    Until a client has decided, it gets one exactly when the account is its own.
    """
    operations.tell_of_visits(wanted=body.mail_notice, actor=request.actor, at=request.at)
    return _rules(request)

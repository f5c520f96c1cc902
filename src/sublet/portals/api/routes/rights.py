"""Why somebody has a right, and asking for one."""

from __future__ import annotations

from collections.abc import Sequence

from ninja import Query

from sublet.core.rights import RESELLER
from sublet.core.why import Explanation
from sublet.entitlements.queries import gates_of
from sublet.foundation.errors import NotFound
from sublet.people import queries
from sublet.people.operations import CannotChangeRights
from sublet.people.operations import asking as operations
from sublet.people.queries import Comparable, asking
from sublet.people.queries.asking import RequestRow, ServiceView
from sublet.people.queries.comparing import GrantHeld
from sublet.portals.api.declare import EVERYBODY, ApiRequest, Needs, Routes
from sublet.portals.api.schemas.rights import (
    AccessHeld,
    AccessRequestList,
    AccessRequestOut,
    Compared,
    ComparedSection,
    ComparisonAsked,
    ComparisonOut,
    Explained,
    ReasonOfRight,
    RequestAnswerIn,
    SectionServiceIn,
    SectionServiceList,
    SectionServiceOut,
)

routes = Routes("Rights", "Who can do what, and why.")
SEE = Needs("team:view", below="clients:view", vendor="accounts:view")


def _explained(found: Explanation) -> Explained:
    return Explained(
        level=found.level.word,  # type: ignore[arg-type]  # there is no other word
        decided_by=found.decided_by,
        reasons=[ReasonOfRight(layer=each.layer, level=each.level.word) for each in found.reasons],  # type: ignore[arg-type]  # as above
    )


def _compared(row: Comparable, role: str, grants: Sequence[GrantHeld]) -> Compared:
    return Compared(
        ref=row.ref,
        name=row.name,
        staff=row.staff,
        is_owner=row.is_owner,
        gets_in=list(row.gets_in),
        role=role,
        grants=[AccessHeld(reason=each.reason, ends_at=each.ends_at) for each in grants],
    )


@routes.get("/accounts/{account}/comparison", needs=SEE, kinds=EVERYBODY, answer=ComparisonOut)
def compare_people(request: ApiRequest, account: str, asked: Query[ComparisonAsked]) -> ComparisonOut:
    """Show two people of an account side by side: who can do what, and which layer decides it.

    Of a client also staff of the reseller, as inside a visit, for keys that see the reseller's team.
    """
    found = queries.compare(request.actor, account_ref=account, left=asked.left, right=asked.right, at=request.at)
    if found.left is None or found.right is None:
        raise NotFound
    rows = [row for _heading, each in found.groups for row in each if row.left is not None and row.right is not None]
    closed = {row.key for row in rows if row.lacks_plan}
    gates = gates_of(request.actor, account_ref=account, sections=closed, at=request.at)
    roles = next(((row.left_role, row.right_role) for row in rows), ("", ""))
    return ComparisonOut(
        left=_compared(found.left, roles[0], found.grants[0]),
        right=_compared(found.right, roles[1], found.grants[1]),
        sections=[
            ComparedSection(
                section=row.key,
                name=row.name,
                left=_explained(row.left),
                right=_explained(row.right),
                differs=row.differs,
                feature=gates[row.key].feature if row.key in gates else "",
                plan=gates[row.key].plan if row.key in gates else "",
            )
            for row in rows
            if row.left is not None and row.right is not None
        ],
    )


def _request(row: RequestRow) -> AccessRequestOut:
    return AccessRequestOut(
        ref=row.ref,
        account=row.account_ref,
        account_name=row.account_name,
        person=row.person,
        section=row.section,
        section_name=row.section_name,
        level=row.level,  # type: ignore[arg-type]  # there is no other word
        addressee=row.addressee,  # type: ignore[arg-type]  # as above
        service=row.service,
        price=row.price,
        note=row.note,
        state=row.state,  # type: ignore[arg-type]  # as above
        created_at=row.created_at,
        answered_at=row.answered_at,
        answered_by=row.answered_by,
        answer=row.answer,
        may_answer=row.may_answer,
    )


def _service(row: ServiceView) -> SectionServiceOut:
    return SectionServiceOut(
        section=row.section, section_name=row.section_name, name=row.name, text=row.text, price=row.price
    )


@routes.get("/access-requests", needs="", kinds=EVERYBODY, answer=AccessRequestList)
def list_access_requests(request: ApiRequest) -> AccessRequestList:
    """List requests for closed sections: the team's with `team:view`, those of clients with `clients:view`.

    Asking is done by people, in person.
    """
    return AccessRequestList(items=[_request(row) for row in asking.requests_here(request.actor)])


@routes.post(
    "/access-requests/{access_request}/answer",
    needs="",
    kinds=EVERYBODY,
    answer=None,
    refusals=[operations.CannotAnswerRequest, CannotChangeRights],
)
def answer_access_request(request: ApiRequest, access_request: str, body: RequestAnswerIn) -> None:
    """Accept a request, which gives the right, or decline it. Takes `team:manage`, of clients `clients:manage`."""
    operations.answer_request(
        request_ref=access_request, accept=body.accept, answer=body.answer, actor=request.actor, at=request.at
    )


@routes.get("/section-services", needs="clients:view", kinds=(RESELLER,), answer=SectionServiceList)
def list_section_services(request: ApiRequest) -> SectionServiceList:
    """List what clients are offered where a section is kept from them."""
    return SectionServiceList(items=[_service(row) for row in asking.services(request.actor)])


@routes.put(
    "/section-services/{section}",
    needs="clients:manage",
    kinds=(RESELLER,),
    answer=SectionServiceList,
    refusals=[operations.CannotChangeService],
)
def change_service(request: ApiRequest, section: str, body: SectionServiceIn) -> SectionServiceList:
    """Offer a service for a section in one language, or none any more."""
    operations.change_section_service(
        section=section,
        language=body.language,
        name=body.name,
        text=body.text,
        price=body.price,
        actor=request.actor,
        at=request.at,
    )
    return list_section_services(request)

"""Many clients at once, and the saved views of the client list."""

from __future__ import annotations

from sublet.accounts import operations, queries
from sublet.core.rights import RESELLER
from sublet.foundation.errors import NotFound
from sublet.people.queries import StaffMember
from sublet.portals.api.declare import Accepted, ApiRequest, Made, Routes
from sublet.portals.api.routes.shared import NOBODY, done_to_many, list_query, people_by_id, person_named, selection_of
from sublet.portals.api.schemas.accounts import ChangePreview, ChangeResult, Count, ListQuestion, View, ViewList
from sublet.portals.api.schemas.accounts_in import ChangeIn, ViewChangeIn, ViewIn

routes = Routes("Many clients", "One change to many clients, and saved views of the list.")
ONLY = (RESELLER,)


@routes.post(
    "/client-changes",
    needs="clients:manage",
    kinds=ONLY,
    answer=(ChangeResult, ChangePreview),
    refusals=[operations.CannotChangeClients],
    may_take_long=True,
)
def change_clients(request: ApiRequest, body: ChangeIn) -> ChangePreview | ChangeResult | Accepted:
    """Change many clients, or see what that would do.

    Name the clients, or give the question whose answers are meant. Those for which the change is not lawful stay as they
    are and are counted by the code of their refusal. Up to 200 are changed at once; for more the answer is 202 with the
    id of the job that does it.
    """
    actor = request.actor
    selection = selection_of(actor, body)
    person = person_named(actor, body.user)
    responsible_id = person.user_id if person else None
    if body.dry_run:
        seen = queries.preview_change(
            actor, selection, action=body.action, tag=body.tag, responsible_id=responsible_id, at=request.at
        )
        return ChangePreview(
            dry_run=True,
            selected=Count(number=seen.selected.number, more=seen.selected.more),
            changing=Count(number=seen.changing.number, more=seen.changing.more),
            names=list(seen.names),
        )
    change = operations.Change(
        action=body.action,
        reason=body.reason,
        tag=body.tag,
        responsible_id=responsible_id,
        responsible_name=person.name if person else "",
    )
    done = operations.change_many(selection=selection, change=change, actor=actor, at=request.at)
    return done_to_many(done)


def _question(query: queries.ListQuery, people: dict[int, StaffMember]) -> ListQuestion:
    named = [people[number].ref for number in query.responsible if number in people]
    return ListQuestion(
        search=query.search,
        states=list(query.states),
        tags=list(query.tags),
        responsible=[*named, *([NOBODY] if queries.NOBODY in query.responsible else [])],
        languages=list(query.languages),
        demo=query.demo,
        signals=list(query.signals),
        plans=list(query.plans),
        trial=query.trial,
        limits=list(query.limits),
        sort=query.sort,
        descending=query.descending,
    )


def _views(request: ApiRequest) -> list[View]:
    people = people_by_id(request.actor)
    return [
        View(
            ref=row.ref,
            name=row.name,
            query=_question(row.query, people),
            columns=list(row.columns),
            shared=row.shared,
            mine=row.mine,
        )
        for row in queries.saved_views(request.actor)
    ]


def _view(request: ApiRequest, ref: str) -> View:
    found = next((view for view in _views(request) if view.ref == ref), None)
    if found is None:
        raise NotFound
    return found


@routes.get("/saved-views", needs="clients:view", kinds=ONLY, answer=ViewList)
def list_saved_views(request: ApiRequest) -> ViewList:
    """List the saved views that this key sees: those that keys have saved, and those that people share."""
    return ViewList(items=_views(request))


@routes.post(
    "/saved-views", needs="clients:view", kinds=ONLY, answer=View, status=201, refusals=[operations.CannotSaveView]
)
def save_view(request: ApiRequest, body: ViewIn) -> Made:
    """Save a view of the client list under a name. The same name again overwrites it."""
    ref = operations.save_view(
        name=body.name,
        query=list_query(request.actor, body.query.model_dump()),
        columns=body.columns,
        shared=body.shared,
        actor=request.actor,
        at=request.at,
    )
    return Made(_view(request, ref), f"/saved-views/{ref}")


@routes.get("/saved-views/{view}", needs="clients:view", kinds=ONLY, answer=View)
def get_saved_view(request: ApiRequest, view: str) -> View:
    """Show a saved view."""
    return _view(request, view)


@routes.patch(
    "/saved-views/{view}", needs="clients:view", kinds=ONLY, answer=View, refusals=[operations.CannotRenameView]
)
def change_saved_view(request: ApiRequest, view: str, body: ViewChangeIn) -> View:
    """Rename a saved view, share it with the team, or keep it again."""
    _view(request, view)
    given = body.model_fields_set
    operations.change_view(
        ref=view,
        name=body.name if "name" in given else None,
        shared=body.shared if "shared" in given else None,
        actor=request.actor,
        at=request.at,
    )
    return _view(request, view)


@routes.delete("/saved-views/{view}", needs="clients:view", kinds=ONLY, answer=None)
def delete_saved_view(request: ApiRequest, view: str) -> None:
    """Delete a saved view."""
    operations.delete_view(ref=view, actor=request.actor, at=request.at)

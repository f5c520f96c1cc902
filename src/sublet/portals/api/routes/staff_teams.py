"""The named teams of a reseller's staff, to which access to clients can be given."""

from __future__ import annotations

from sublet.core.rights import RESELLER
from sublet.people.operations import staff_teams as operations
from sublet.people.queries.staff_teams import StaffTeamRow, staff_team, staff_teams
from sublet.portals.api.declare import ApiRequest, Made, Routes
from sublet.portals.api.schemas.staff_teams import (
    StaffTeam,
    StaffTeamChangeIn,
    StaffTeamIn,
    StaffTeamList,
    StaffTeamMember,
)

routes = Routes(
    "Staff teams",
    "Named teams of a reseller's staff. Access to a client can be given to one: to whoever is in it at each request.",
)
KINDS = (RESELLER,)
NOES = [operations.CannotChangeStaffTeam]


def _team(row: StaffTeamRow) -> StaffTeam:
    return StaffTeam(
        ref=row.ref,
        name=row.name,
        people=[StaffTeamMember(ref=ref, name=name) for ref, name in row.members],
        clients=row.grants,
        created_at=row.created_at,
    )


@routes.get("/staff-teams", needs="team:view", kinds=KINDS, answer=StaffTeamList)
def list_staff_teams(request: ApiRequest) -> StaffTeamList:
    """List the teams with who is in each."""
    return StaffTeamList(items=[_team(row) for row in staff_teams(request.actor, at=request.at).teams])


@routes.get("/staff-teams/{team}", needs="team:view", kinds=KINDS, answer=StaffTeam)
def get_staff_team(request: ApiRequest, team: str) -> StaffTeam:
    """Show one team."""
    return _team(staff_team(request.actor, ref=team, at=request.at))


@routes.post("/staff-teams", needs="team:manage", kinds=KINDS, answer=StaffTeam, status=201, refusals=NOES)
def make_staff_team(request: ApiRequest, body: StaffTeamIn) -> Made:
    """Make a team. Access is given to it with `POST /accounts/{account}/grants`."""
    ref = operations.make_staff_team(name=body.name, people=body.people, actor=request.actor, at=request.at)
    return Made(_team(staff_team(request.actor, ref=ref, at=request.at)), f"/staff-teams/{ref}")


@routes.patch("/staff-teams/{team}", needs="team:manage", kinds=KINDS, answer=StaffTeam, refusals=NOES)
def change_staff_team(request: ApiRequest, team: str, body: StaffTeamChangeIn) -> StaffTeam:
    """Rename a team, or say who is in it. Whoever leaves has its access no more from the next request on."""
    operations.change_staff_team(ref=team, name=body.name, people=body.people, actor=request.actor, at=request.at)
    return _team(staff_team(request.actor, ref=team, at=request.at))


@routes.delete("/staff-teams/{team}", needs="team:manage", kinds=KINDS, answer=None, refusals=NOES)
def remove_staff_team(request: ApiRequest, team: str) -> None:
    """Remove a team. Access that was given to it lets nobody in any more; it says so, and stays until somebody ends it."""
    operations.remove_staff_team(ref=team, actor=request.actor, at=request.at)

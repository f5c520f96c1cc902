"""Whether the account's directory keeps its team. The directory itself speaks SCIM."""

from __future__ import annotations

from sublet.people.operations import CannotKeepDirectory, choose_directory_mail, choose_group_role, switch_directory
from sublet.people.queries import directory_page
from sublet.portals.api.declare import EVERYBODY, ApiRequest, Routes
from sublet.portals.api.schemas.directory import (
    DirectoryAddress,
    DirectoryGroup,
    DirectoryGroupIn,
    DirectoryIn,
    DirectoryMailIn,
    DirectoryState,
)

routes = Routes("Directory", "Whether a company’s directory keeps the team. It speaks SCIM 2.0 at /scim/v2.")


def _state(request: ApiRequest) -> DirectoryState:
    page = directory_page(request.actor)
    return DirectoryState(
        state=page.state,
        heard_at=page.heard_at,
        changed_at=page.changed_at,
        refused_at=page.refused_at,
        refusal=page.refusal,
        people=page.people,
        paused=page.paused,
        groups=[
            DirectoryGroup(ref=each.ref, name=each.name, role=each.role, members=each.members) for each in page.groups
        ],
        other_addresses=[
            DirectoryAddress(person=each.person, log_in=each.log_in, directory=each.directory)
            for each in page.other_addresses
        ],
        without_mail=page.without_mail,
        domains_without_mail=list(page.domains_without_mail),
        keys_of_former=list(page.keys_of_former),
    )


@routes.get("/account/directory", needs="team:view", kinds=EVERYBODY, answer=DirectoryState)
def get_directory(request: ApiRequest) -> DirectoryState:
    """Show how the directory is going, and which role each of its groups stands for."""
    return _state(request)


@routes.patch(
    "/account/directory",
    needs="team:manage",
    kinds=EVERYBODY,
    answer=DirectoryState,
    refusals=[CannotKeepDirectory],
    example={"on": True},
)
def change_directory(request: ApiRequest, body: DirectoryIn) -> DirectoryState:
    """Listen to the directory, or stop. Stopping leaves everybody as they are."""
    switch_directory(on=body.on, actor=request.actor, at=request.at)
    return _state(request)


@routes.patch(
    "/account/directory/mail",
    needs="team:manage",
    kinds=EVERYBODY,
    answer=DirectoryState,
    refusals=[CannotKeepDirectory],
    example={"without_mail": True},
)
def change_directory_mail(request: ApiRequest, body: DirectoryMailIn) -> DirectoryState:
    """Send no invitation to people of domains whose mailboxes are proved to be the account's, or to everybody again.

    They come in by the company log-in. Who was named before stays as it is.
    """
    choose_directory_mail(without_mail=body.without_mail, actor=request.actor, at=request.at)
    return _state(request)


@routes.patch(
    "/account/directory/groups/{group}",
    needs="team:manage",
    kinds=EVERYBODY,
    answer=DirectoryState,
    refusals=[CannotKeepDirectory],
    example={"role": "everything"},
)
def change_directory_group(request: ApiRequest, group: str, body: DirectoryGroupIn) -> DirectoryState:
    """Say which role the members of a group get. Nobody chooses a role beyond its own rights."""
    choose_group_role(group_ref=group, role=body.role, actor=request.actor, at=request.at)
    return _state(request)

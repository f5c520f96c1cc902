"""Teams: the people of one's own account and of those below it, invitations, what can be given."""

from __future__ import annotations

from ninja import Query

from sublet.people import operations, queries
from sublet.people.queries import InvitationRow, PersonForm, PersonRow
from sublet.portals.api.declare import EVERYBODY, ApiRequest, Made, Needs, Routes
from sublet.portals.api.routes.shared import Cursors
from sublet.portals.api.schemas.people import (
    AT_ONCE,
    Collaborator,
    CollaboratorDetails,
    CollaboratorPage,
    HandOverIn,
    Invitation,
    InvitationIn,
    InvitationList,
    Invited,
    Preset,
    PresetList,
    RemovalIn,
    RightsChangeIn,
    Section,
    SectionGroup,
    Sections,
    TeamAsked,
)
from sublet.proof.queries import measured_sections

routes = Routes("Teams", "Who has access to an account, with which rights.")
SEE = Needs("team:view", below="clients:view", vendor="accounts:view")
DO = Needs("team:manage", below="clients:manage", vendor="accounts:manage")


def _person(row: PersonRow) -> Collaborator:
    return Collaborator(
        ref=row.ref,
        name=row.name,
        email=row.email,
        is_owner=row.is_owner,
        role=row.role,
        rights=dict(row.rights),
        summary=row.summary,
        reaches_all=row.reaches_all,
        reach_count=row.reach_count,
        reach_tags=list(row.reach_tags),
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        from_directory=row.from_directory,
    )


def _details(form: PersonForm) -> CollaboratorDetails:
    row = form.person
    return CollaboratorDetails(
        ref=row.ref,
        name=row.name,
        email=row.email,
        is_owner=row.is_owner,
        role=row.role,
        rights=dict(row.rights),
        summary=row.summary,
        reaches_all=row.reaches_all,
        reach=[ref for ref, _name in form.reach],
        reach_tags=list(row.reach_tags),
        may_change=form.may_change,
        may_remove=form.may_remove,
        may_appoint=form.may_appoint,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        from_directory=row.from_directory,
    )


def _invitation(row: InvitationRow) -> Invitation:
    return Invitation(
        ref=row.ref,
        email=row.email,
        name=row.name,
        is_owner=row.is_owner,
        role=row.role,
        summary=row.summary,
        invited_by=row.invited_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        expired=row.expired,
        sends=row.sends,
        from_directory=row.from_directory,
    )


@routes.get("/accounts/{account}/collaborators", needs=SEE, kinds=EVERYBODY, answer=CollaboratorPage)
def list_collaborators(request: ApiRequest, account: str, asked: Query[TeamAsked]) -> CollaboratorPage:
    """List the people of an account: one's own, or one below it."""
    cursors = Cursors("collaborators", request.actor, account, asked.search)
    page = queries.team(
        request.actor,
        account_ref=account,
        at=request.at,
        search=asked.search,
        cursor=cursors.place(asked),
        size=asked.limit,
    )
    return CollaboratorPage(
        items=[_person(row) for row in page.people],
        next=cursors.sealed(page.next_cursor),
        previous=cursors.sealed(page.previous_cursor),
    )


@routes.get("/accounts/{account}/collaborators/{collaborator}", needs=SEE, kinds=EVERYBODY, answer=CollaboratorDetails)
def get_collaborator(request: ApiRequest, account: str, collaborator: str) -> CollaboratorDetails:
    """Show a person's place on an account, and what this key can do about it."""
    return _details(
        queries.collaborator_form(request.actor, account_ref=account, collaborator_ref=collaborator, at=request.at)
    )


@routes.put(
    "/accounts/{account}/collaborators/{collaborator}/rights",
    needs=DO,
    kinds=EVERYBODY,
    answer=CollaboratorDetails,
    refusals=[operations.CannotChangeRights],
)
def set_rights(request: ApiRequest, account: str, collaborator: str, body: RightsChangeIn) -> CollaboratorDetails:
    """Give a person exactly these rights. Nobody gives or takes what goes beyond its own."""
    operations.change_rights(
        account_ref=account,
        collaborator_ref=collaborator,
        rights=body.rights,
        role=body.role,
        reaches_all=body.reaches_all and not body.reach and not body.reach_tags,  # whoever names some does not mean all
        reach=body.reach,
        reach_tags=body.reach_tags,
        actor=request.actor,
        at=request.at,
    )
    return _details(
        queries.collaborator_form(request.actor, account_ref=account, collaborator_ref=collaborator, at=request.at)
    )


@routes.post(
    "/accounts/{account}/collaborators/{collaborator}/remove",
    needs=DO,
    kinds=EVERYBODY,
    answer=None,
    refusals=[operations.CannotRemoveCollaborator],
    ends=True,
)
def remove_collaborator(request: ApiRequest, account: str, collaborator: str, body: RemovalIn = AT_ONCE) -> None:
    """End a person's access to an account, at once and everywhere."""
    operations.remove_collaborator(
        account_ref=account,
        collaborator_ref=collaborator,
        revoke_keys=body.revoke_keys,
        reason=body.reason,
        actor=request.actor,
        at=request.at,
    )


@routes.post(
    "/accounts/{account}/hand-over",
    needs=DO,
    kinds=EVERYBODY,
    answer=CollaboratorDetails,
    refusals=[operations.CannotHandOverOwnership],
)
def hand_over(request: ApiRequest, account: str, body: HandOverIn) -> CollaboratorDetails:
    """Make another collaborator the owner of a client's account.

    Of a client that its reseller owns, or that nobody owns yet. One's own account is handed over by its owner in person,
    never by a key.
    """
    operations.hand_over_ownership(
        account_ref=account,
        collaborator_ref=body.collaborator,
        leave=body.leave,
        actor=request.actor,
        at=request.at,
    )
    form = queries.collaborator_form(
        request.actor, account_ref=account, collaborator_ref=body.collaborator, at=request.at
    )
    return _details(form)


@routes.get("/accounts/{account}/invitations", needs=SEE, kinds=EVERYBODY, answer=InvitationList)
def list_invitations(request: ApiRequest, account: str) -> InvitationList:
    """List the open invitations to an account."""
    page = queries.team(request.actor, account_ref=account, at=request.at, size=1)
    return InvitationList(items=[_invitation(row) for row in page.invitations])


@routes.post(
    "/accounts/{account}/invitations",
    needs=DO,
    kinds=EVERYBODY,
    answer=Invited,
    status=201,
    refusals=[operations.CannotInviteCollaborator],
)
def invite(request: ApiRequest, account: str, body: InvitationIn) -> Made:
    """Invite somebody by mail to work on an account.

    The mail goes out in the brand of the account's host. The link in it works once, for seven days. Whether the address
    has a log-in already is not told.
    """
    found = operations.invite_collaborator(
        account_ref=account,
        email=body.email,
        name=body.name,
        language=body.language,
        rights=body.rights,
        role=body.role,
        reaches_all=body.reaches_all and not body.reach and not body.reach_tags,  # whoever names some does not mean all
        reach=body.reach,
        reach_tags=body.reach_tags,
        is_owner=body.is_owner,
        old_owner_leaves=body.old_owner_leaves,
        actor=request.actor,
        at=request.at,
    )
    invited = Invited(ref=found.ref, email=found.email, expires_at=found.expires_at)
    return Made(invited, f"/accounts/{account}/invitations/{found.ref}")


@routes.get("/accounts/{account}/invitations/{invitation}", needs=SEE, kinds=EVERYBODY, answer=Invitation)
def get_invitation(request: ApiRequest, account: str, invitation: str) -> Invitation:
    """Show an open invitation."""
    return _invitation(
        queries.open_invitation(request.actor, account_ref=account, invitation_ref=invitation, at=request.at)
    )


@routes.post(
    "/accounts/{account}/invitations/{invitation}/resend",
    needs=DO,
    kinds=EVERYBODY,
    answer=Invited,
    refusals=[operations.CannotResendInvitation],
)
def resend_invitation(request: ApiRequest, account: str, invitation: str) -> Invited:
    """Send an invitation again, with a new link. The links sent before work no more."""
    found = operations.resend_invitation(
        account_ref=account, invitation_ref=invitation, actor=request.actor, at=request.at
    )
    return Invited(ref=found.ref, email=found.email, expires_at=found.expires_at)


@routes.delete("/accounts/{account}/invitations/{invitation}", needs=DO, kinds=EVERYBODY, answer=None, ends=True)
def revoke_invitation(request: ApiRequest, account: str, invitation: str) -> None:
    """Take an invitation back: its link leads nowhere from now on."""
    operations.revoke_invitation(account_ref=account, invitation_ref=invitation, actor=request.actor, at=request.at)


@routes.get("/accounts/{account}/sections", needs=DO, kinds=EVERYBODY, answer=Sections)
def list_sections(request: ApiRequest, account: str) -> Sections:
    """List the sections that people of an account can be given, as a form groups them."""
    offer = queries.team_form(request.actor, account_ref=account, at=request.at).offer
    marks = queries.marks_of(offer, measured_sections(request.actor, account))
    return Sections(
        groups=[
            SectionGroup(
                key=group.key,
                name=group.name,
                sections=[
                    Section(
                        key=each.key,
                        name=each.name,
                        help=each.help,
                        levels=list(each.levels),
                        marked=each.marked,
                        measured=marks[each.key].measured,  # type: ignore[arg-type]  # scans know no other word
                        clean=not marks[each.key].unclean,
                    )
                    for each in group.sections
                ],
            )
            for group in offer.groups
        ]
    )


@routes.get("/accounts/{account}/presets", needs=DO, kinds=EVERYBODY, answer=PresetList)
def list_presets(request: ApiRequest, account: str) -> PresetList:
    """List the named sets of rights for an account. They fill `rights`; nothing checks them."""
    offer = queries.team_form(request.actor, account_ref=account, at=request.at).offer
    return PresetList(
        items=[Preset(key=each.key, name=each.name, hint=each.hint, rights=dict(each.rights)) for each in offer.presets]
    )

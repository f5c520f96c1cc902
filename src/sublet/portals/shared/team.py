"""The pages of a team, the same in every portal: people, invitations, rights. Each portal mounts them under its names.

`team_patterns` makes the addresses; a portal gives them its name, its right and its kind of account. The team is that of
the account in which the person acts or, with `below`, of the client named in the address.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.core.rights import DIRECT, RESELLER, VENDOR
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.people import operations, queries
from sublet.people.queries import PersonForm, PersonRow, TeamForm, TeamPage
from sublet.portals.shared.comparing import compare
from sublet.portals.shared.components import Action, Crumb
from sublet.portals.shared.forms import EmailField, LanguageField, NameField, SubletForm
from sublet.portals.shared.guard import page_of
from sublet.portals.shared.http import SubletRequest, posted
from sublet.portals.shared.reach import Reached, read_reach, tags_offered
from sublet.portals.shared.rights_form import RightsForm
from sublet.portals.shared.tables import Column, Empty, Pager, PersonCell, Row, Table, read_list_state
from sublet.proof.queries import measured_sections

#: Given a request and a client's reference: the context of the pages about that client, with ``base``, their template.
Frame = Callable[[SubletRequest, str], dict[str, Any]]

COLUMNS = (
    Column("person", gettext_lazy("Person"), "person", required=True),
    Column("role", gettext_lazy("Role"), template="team/cell_role.html"),
    Column("rights", gettext_lazy("Rights")),
    Column("clients", gettext_lazy("Clients"), priority=2),
    Column("seen", gettext_lazy("Last seen"), "ago", priority=2),
)


@dataclass(frozen=True, slots=True)
class Routes:
    """Where the pages of one team are. `name` is what their names begin with, `ref` the client, when there is one."""

    name: str
    account: str
    ref: str = ""
    frame: Frame | None = None

    def around(self, request: SubletRequest) -> dict[str, Any]:
        """What the frame of the page needs: the client's head and tabs, when it is a page about a client."""
        return self.frame(request, self.ref) if self.frame is not None else {}

    def url(self, page: str = "", **more: str) -> str:
        """The address of a page of this team: ``""`` is the list."""
        below = {"ref": self.ref} if self.ref else {}
        kwargs = {"account": self.account, **below, **more}
        return reverse(f"{self.name}-{page}" if page else self.name, kwargs=kwargs)

    @property
    def subject(self) -> str:
        """The reference of the account whose team it is."""
        return self.ref or self.account


class InviteForm(SubletForm):
    """Whom to invite, in which language, and as what."""

    email = EmailField(label=gettext_lazy("E-mail address"), autocomplete="off")
    name = NameField(label=gettext_lazy("Name"), required=False, max_length=200)
    language = LanguageField(inherited=gettext_lazy("As the account"))
    is_owner = forms.BooleanField(
        label=gettext_lazy("Make this person the owner"),
        required=False,
        help_text=gettext_lazy("The owner cannot be removed and can hand the account over."),
    )
    old_owner_leaves = forms.BooleanField(label=gettext_lazy("The present owner leaves the team then"), required=False)

    def __init__(self, form: TeamForm, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        if not form.may_make_owner:
            del self.fields["is_owner"], self.fields["old_owner_leaves"]
        elif not form.has_owner:
            del self.fields["old_owner_leaves"]


def team_patterns(
    *, name: str, route: str, section: str, portal: str | tuple[str, ...], frame: Frame | None = None
) -> list[URLPattern]:
    """The addresses of a team under `route`, named `name` and ``<name>-<page>``.

    `section` is the one that lets people see them: ``team`` for one's own, ``clients`` for a client's. What may be
    changed, and by whom, the operations say. With a `frame` the team is that of the client named in the address
    (``ref``); it gives the context of `base`, the template around such a page.
    """

    def page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        def call(request: SubletRequest, /, ref: str = "", **kwargs: str) -> HttpResponseBase:
            return view(request, Routes(name, request.actor.account_ref, ref if frame else "", frame), **kwargs)

        return page_of(view, call=call, name=name, right=f"{section}:view", portal=portal)

    def one(rest: str, view: Callable[..., HttpResponseBase], suffix: str) -> URLPattern:
        return path(route + rest, page(view), name=f"{name}-{suffix}" if suffix else name)

    return [
        one("", listing, ""),
        one("invite/", invite, "invite"),
        one("compare/", compare, "compare"),
        one("find-clients/", find_clients, "find-clients"),
        one("invitations/<str:invitation>/again/", resend, "invitation-resend"),
        one("invitations/<str:invitation>/revoke/", revoke, "invitation-revoke"),
        one("<str:person>/", collaborator, "person"),
        one("<str:person>/remove/", remove, "remove"),
        one("<str:person>/leave/", leave, "leave"),
        one("<str:person>/owner/", make_owner, "owner"),
    ]


# The list -------------------------------------------------------------------------------------------------------------


@require_safe
def listing(request: SubletRequest, routes: Routes) -> HttpResponseBase:
    """Everybody on the team, and who has been invited."""
    state = read_list_state(request.GET, columns=COLUMNS, default_sort="person")
    team = queries.team(request.actor, account_ref=routes.subject, at=now(), search=state.search, cursor=state.cursor)
    columns = tuple(column for column in COLUMNS if column.key != "clients" or team.account_kind == RESELLER)
    compare_action = Action(_("Side by side"), routes.url("compare"), icon="columns")
    invite_action = Action(_("Invite"), routes.url("invite"), icon="user-plus", tone="primary")
    table = Table(
        id="team",
        caption=_("People on the team"),
        columns=columns,
        rows=tuple(_row(person, routes) for person in team.people),
        state=state,
        search_label=_("Find a person"),
        pager=Pager(
            previous=team.previous_cursor,
            next=team.next_cursor,
            shown=len(team.people),
            first_page=not team.previous_cursor,
        ),
        summary=_count(team),
        empty=Empty(
            title=_("Nobody can log in here yet"),
            text=_("Invite people by e-mail. There is no limit to their number."),
            icon_name="users",
            actions=(invite_action,) if team.may_manage else (),
        ),
    )
    context = routes.around(request) | {
        "team": team,
        "table": table,
        "invitations": [_invitation(row, routes, team) for row in team.invitations],
        "actions": (
            *(_own_actions(request) if team.own else ()),
            *((compare_action,) if team.people else ()),
            *((invite_action,) if team.may_manage and (team.people or team.invitations) else ()),
        ),
        **_crumbs(routes),
        "explains": _explains(team.account_kind, own=team.own),
    }
    template = "shared/list_results.html" if request.htmx and not request.htmx.boosted else "team/team.html"
    return render(request, template, context)


def _own_actions(request: SubletRequest) -> tuple[Action, ...]:
    """The ways to the rules for logging in and to the directory, on the page of one's own team."""
    kind = request.actor.account_kind
    name = kind if kind in {VENDOR, RESELLER} else "client"
    account = {"account": request.actor.account_ref}
    teams = _optional("reseller-staff-teams", **account) if kind == RESELLER else ""
    return (
        *((Action(_("Named teams"), teams, icon="users"),) if teams else ()),
        Action(_("Directory"), reverse(f"{name}-directory", kwargs=account), icon="refresh"),
        Action(_("Rules for logging in"), reverse(f"{name}-log-in-rules", kwargs=account), icon="shield-lock"),
    )


def _row(person: PersonRow, routes: Routes) -> Row:
    return Row(
        key=person.ref,
        label=person.name,
        url=routes.url("person", person=person.ref),
        cells={
            "person": PersonCell(person.name, person.email if person.email != person.name else ""),
            "role": person,
            "rights": person.summary,
            "clients": _reach_words(person),
            "seen": person.last_seen_at,
        },
    )


def _reach_words(person: PersonRow) -> str:
    if person.reaches_all:
        return _("All clients")
    listed = ngettext("%(count)s client", "%(count)s clients", person.reach_count) % {"count": person.reach_count}
    if not person.reach_tags:
        return listed
    tagged = _("By tag: %(tags)s") % {"tags": ", ".join(person.reach_tags)}
    return f"{listed} · {tagged}" if person.reach_count else tagged


def _count(team: TeamPage) -> str:
    shown = len(team.people)
    return "" if team.next_cursor else ngettext("%(count)s person", "%(count)s people", shown) % {"count": shown}


@dataclass(frozen=True, slots=True)
class InvitationLine:
    """An invitation as the list shows it, with where its buttons lead (empty: not for this person)."""

    row: queries.InvitationRow
    resend_url: str
    revoke_url: str


def _invitation(row: queries.InvitationRow, routes: Routes, team: TeamPage) -> InvitationLine:
    return InvitationLine(
        row=row,
        resend_url=routes.url("invitation-resend", invitation=row.ref) if team.may_manage else "",
        revoke_url=routes.url("invitation-revoke", invitation=row.ref) if team.may_end else "",
    )


def _explains(kind: str, *, own: bool) -> str:
    """What access to this team means, in one sentence: the two kinds must not be confused."""
    if kind == RESELLER:
        return (
            _("People here get into your reseller portal, and from there into the accounts of your clients.")
            if own
            else _("People here get into this reseller’s portal, and from there into the accounts of its clients.")
        )
    if kind == VENDOR:
        return _("People here run the installation and reach every account, as far as their rights go.")
    return _("People here get into this one account, and into nothing else.")


def _crumbs(routes: Routes, last: str = "") -> dict[str, tuple[Crumb, ...]]:
    """The way to a page of a team; a page about a client has its own."""
    if routes.ref or not last:
        return {}
    return {"crumbs": (Crumb(_("Team"), routes.url()), Crumb(last))}


def _optional(name: str, **kwargs: str) -> str:
    try:
        return reverse(name, kwargs=kwargs)
    except NoReverseMatch:
        return ""


# Inviting -------------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: SubletRequest, routes: Routes) -> HttpResponseBase:
    """Whom to invite, with which rights."""
    team = queries.team_form(request.actor, account_ref=routes.subject, at=now())
    measured = measured_sections(request.actor, routes.subject)
    rights_form = RightsForm(team.offer, grantable=team.grantable, held={}, measured=measured, lacking=team.lacking)
    if request.method != "POST":
        form = InviteForm(team, initial={"email": request.GET.get("email", "")[:254], "is_owner": False})
        start = request.GET.get("preset", "")[:60]
        rights = rights_form.fill(f"preset:{start}", {}) if start else {}
        return _invite_page(request, routes, team, form, rights_form, rights, Reached(everything=team.may_give_all))
    form = InviteForm(team, request.POST)
    rights = rights_form.read(request.POST)
    reached = read_reach(request, team)
    if "fill" in request.POST:
        form = InviteForm(team, initial=request.POST.dict())
        rights = rights_form.fill(request.POST["fill"], rights)
        return _invite_page(request, routes, team, form, rights_form, rights, reached)
    if not form.is_valid():
        return _invite_page(request, routes, team, form, rights_form, rights, reached, status=422)
    data = form.cleaned_data
    try:
        invited = operations.invite_collaborator(
            account_ref=routes.subject,
            email=data["email"],
            name=data["name"],
            language=data["language"] or team.account_language,
            rights=rights,
            role=rights_form.role_of(rights),
            reaches_all=reached.everything,
            reach=[ref for ref, _name in reached.chosen],
            reach_tags=reached.tags,
            is_owner=data.get("is_owner", False),
            old_owner_leaves=data.get("old_owner_leaves", False),
            actor=request.actor,
            at=now(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _invite_page(request, routes, team, form, rights_form, rights, reached, status=refusal.status)
    success(
        request, _("The invitation to %(email)s is on its way. It is good for seven days.") % {"email": invited.email}
    )
    return HttpResponseRedirect(routes.url())


def _invite_page(
    request: SubletRequest,
    routes: Routes,
    team: TeamForm,
    form: InviteForm,
    rights_form: RightsForm,
    rights: dict[str, str],
    reached: Reached,
    *,
    status: int = 200,
) -> HttpResponse:
    context = routes.around(request) | {
        "team": team,
        "form": form,
        "grid": rights_form.grid(rights),
        "reached": reached,
        "find_url": routes.url("find-clients"),
        "back_url": routes.url(),
        **_crumbs(routes, _("Invite")),
        "warns": team.account_kind in {RESELLER, VENDOR},
        "is_vendor": team.account_kind == VENDOR,
        "is_below": bool(routes.ref),
        "explains": _explains(team.account_kind, own=team.own),
        "clients_url": _optional("reseller-clients", account=routes.account)
        if team.account_kind == RESELLER and request.actor.may("clients:view")
        else "",
    }
    return render(request, "team/invite.html", context, status=status)


@require_POST
def resend(request: SubletRequest, routes: Routes, invitation: str) -> HttpResponseBase:
    """Send an invitation again."""
    invited = operations.resend_invitation(
        account_ref=routes.subject, invitation_ref=invitation, actor=request.actor, at=now()
    )
    success(
        request, _("The invitation to %(email)s was sent again. Only the new link works.") % {"email": invited.email}
    )
    return HttpResponseRedirect(routes.url())


@require_POST
def revoke(request: SubletRequest, routes: Routes, invitation: str) -> HttpResponseBase:
    """Take an invitation back."""
    operations.revoke_invitation(account_ref=routes.subject, invitation_ref=invitation, actor=request.actor, at=now())
    success(request, _("The invitation was taken back. Its link leads nowhere now."))
    return HttpResponseRedirect(routes.url())


@require_http_methods(["GET", "HEAD", "POST"])
def find_clients(request: SubletRequest, routes: Routes) -> HttpResponseBase:
    """Clients to choose from, for staff that is to reach some only: those ticked stay, those found are added."""
    team = queries.team_form(request.actor, account_ref=routes.subject, at=now())
    return render(request, "team/part_clients.html", {"reached": read_reach(request, team), "find_url": request.path})


# One person -----------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def collaborator(request: SubletRequest, routes: Routes, person: str) -> HttpResponseBase:
    """One person's rights, and what else can be done about its place."""
    found = queries.collaborator_form(request.actor, account_ref=routes.subject, collaborator_ref=person, at=now())
    team = found.form
    rights_form = RightsForm(
        team.offer,
        grantable=team.grantable,
        held=found.ticked,
        owner=found.person.is_owner,
        measured=measured_sections(request.actor, routes.subject),
        lacking=team.lacking,
    )
    stands = Reached(
        everything=found.person.reaches_all,
        chosen=tuple(found.reach),
        tags=tuple(found.person.reach_tags),
        offered=tags_offered(request, team),
    )
    if request.method != "POST":
        return _person_page(request, routes, found, rights_form, dict(found.ticked), stands)
    rights, reached = rights_form.read(request.POST), read_reach(request, team)
    if "fill" in request.POST:
        return _person_page(
            request, routes, found, rights_form, rights_form.fill(request.POST["fill"], rights), reached
        )
    try:
        operations.change_rights(
            account_ref=routes.subject,
            collaborator_ref=person,
            rights=rights,
            role=rights_form.role_of(rights),
            reaches_all=reached.everything,
            reach=[ref for ref, _name in reached.chosen],
            reach_tags=reached.tags,
            actor=request.actor,
            at=now(),
        )
    except Refusal as refusal:
        return _person_page(request, routes, found, rights_form, rights, reached, refusal=refusal)
    success(request, _("The rights of %(person)s hold from now on.") % {"person": found.person.name})
    return HttpResponseRedirect(routes.url())


def _person_page(
    request: SubletRequest,
    routes: Routes,
    found: PersonForm,
    rights_form: RightsForm,
    rights: dict[str, str],
    reached: Reached,
    *,
    refusal: Refusal | None = None,
) -> HttpResponse:
    person = found.person
    context = routes.around(request) | {
        "team": found.form,
        "found": found,
        "person": person,
        "grid": rights_form.grid(rights),
        "reached": reached,
        "chooses_reach": found.form.chooses_reach and not person.is_owner,
        "find_url": routes.url("find-clients") if found.may_change else "",
        "back_url": routes.url(),
        "remove_url": routes.url("remove", person=person.ref) if found.may_remove else "",
        "leave_url": routes.url("leave", person=person.ref) if found.may_leave else "",
        "owner_url": routes.url("owner", person=person.ref) if found.may_appoint else "",
        **_crumbs(routes, person.name),
        "fault": refusal.sentence if refusal is not None else "",
        "everything": person.is_owner
        and not found.may_change
        and found.form.account_kind in {RESELLER, VENDOR, DIRECT},
    }
    return render(request, "team/person.html", context, status=refusal.status if refusal is not None else 200)


@require_POST
def remove(request: SubletRequest, routes: Routes, person: str) -> HttpResponseBase:
    """End a person's access."""
    operations.remove_collaborator(
        account_ref=routes.subject,
        collaborator_ref=person,
        revoke_keys=bool(request.POST.get("keys")),
        reason=posted(request, "reason", 500),
        actor=request.actor,
        at=now(),
    )
    success(request, _("The access has ended, everywhere and at once."))
    return HttpResponseRedirect(routes.url())


@require_POST
def leave(request: SubletRequest, routes: Routes, person: str) -> HttpResponseBase:
    """Leave the team oneself."""
    operations.leave_account(account_ref=routes.subject, collaborator_ref=person, actor=request.actor, at=now())
    success(request, _("You have left the team of %(account)s.") % {"account": request.actor.account_name})
    return HttpResponseRedirect(reverse("accounts"))


@require_POST
def make_owner(request: SubletRequest, routes: Routes, person: str) -> HttpResponseBase:
    """Hand the account over to this person."""
    leaves = bool(request.POST.get("leave"))
    operations.hand_over_ownership(
        account_ref=routes.subject, collaborator_ref=person, leave=leaves, actor=request.actor, at=now()
    )
    success(request, _("The account has a new owner."))
    gone = leaves and not routes.ref and request.actor.impersonator is None
    return HttpResponseRedirect(reverse("accounts") if gone else routes.url())

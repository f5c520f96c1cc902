"""The named teams of one's own staff, to which access to clients can be given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.messages import success
from django.http import HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound
from sublet.people.operations import staff_teams as operations
from sublet.people.queries.staff_teams import (
    StaffTeamRow,
    may_change_teams,
    staff_team_form,
    staff_teams,
)
from sublet.portals.reseller.nav import here
from sublet.portals.shared.components import Action, Crumb
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest


class StaffTeamForm(SubletForm):
    """What a team is called, and who is in it."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=operations.LONGEST_NAME,
        help_text=gettext_lazy("Clients that give this team access read the name, and who is in it."),
    )
    people = forms.MultipleChoiceField(
        label=gettext_lazy("People"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self, people: Sequence[tuple[str, str]], data: QueryDict | None = None, *, team: StaffTeamRow | None = None
    ) -> None:
        initial = {} if team is None else {"name": team.name, "people": [ref for ref, _name in team.members]}
        super().__init__(data, initial=initial)
        locked = frozenset() if team is None else team.locked
        choices = [(ref, _called(name, locked=ref in locked)) for ref, name in people]
        self.fields["people"].choices = choices  # type: ignore[attr-defined]  # a field of choices


def _called(name: str, *, locked: bool) -> str:
    """Somebody who cannot log in stays in a team, and is told from those who can."""
    return _("%(name)s (log-in locked)") % {"name": name} if locked else name


@needs("team:view", portal="reseller")
@require_safe
def listing(request: SubletRequest) -> HttpResponseBase:
    """The teams with who is in each, and what each has access to."""
    page = staff_teams(request.actor, at=now())
    make = Action(_("New team"), here(request, "reseller-staff-team-new"), icon="plus", tone="primary")
    context = {
        "page": page,
        "lines": [_line(request, row, page.may_manage) for row in page.teams],
        "actions": (make,) if page.may_manage else (),
        "crumbs": (Crumb(_("Team"), here(request, "reseller-team")), Crumb(_("Named teams"))),
    }
    return render(request, "reseller/staff_teams.html", context)


def _line(request: SubletRequest, row: StaffTeamRow, may_manage: bool) -> dict[str, Any]:
    return {
        "row": row,
        "names": [_called(name, locked=ref in row.locked) for ref, name in row.members],
        "url": here(request, "reseller-staff-team", team=row.ref) if may_manage else "",
    }


@needs("team:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def make(request: SubletRequest) -> HttpResponseBase:
    """Make a team."""
    return _form_page(request, "")


@needs("team:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: SubletRequest, team: str) -> HttpResponseBase:
    """Rename a team, or say who is in it."""
    return _form_page(request, team)


def _form_page(request: SubletRequest, ref: str) -> HttpResponseBase:
    if not may_change_teams(request.actor):
        raise NotFound
    found = staff_team_form(request.actor, ref=ref, at=now())
    form = StaffTeamForm(found.people, request.POST if request.method == "POST" else None, team=found.team)
    back, status = here(request, "reseller-staff-teams"), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            values = {"name": form.cleaned_data["name"], "people": form.cleaned_data["people"]}
            try:
                if ref:
                    operations.change_staff_team(ref=ref, **values, actor=request.actor, at=now())
                else:
                    operations.make_staff_team(**values, actor=request.actor, at=now())
            except operations.CannotChangeStaffTeam as refusal:
                form.refuse(refusal)
                status = refusal.status
            else:
                success(request, _("Saved. It holds from the next click of each person on."))
                return HttpResponseRedirect(back)
    title = found.team.name if found.team is not None else _("New team")
    context = {
        "form": form,
        "team": found.team,
        "title": title,
        "back_url": back,
        "remove_url": here(request, "reseller-staff-team-remove", team=ref) if ref else "",
        "remove_points": _what_removing_does(found.team) if found.team is not None else (),
        "crumbs": (
            Crumb(_("Team"), here(request, "reseller-team")),
            Crumb(_("Named teams"), back),
            Crumb(title),
        ),
    }
    return render(request, "reseller/staff_team.html", context, status=status)


def _what_removing_does(team: StaffTeamRow) -> list[str]:
    points = []
    if team.grants:
        told = ngettext(
            "It has access to %(count)s client, which it loses at once.",
            "It has access to %(count)s clients, which it loses at once.",
            team.grants,
        )
        points.append(told % {"count": team.grants})
    points.append(_("The people stay on your team, with their rights."))
    return points


@needs("team:manage", portal="reseller")
@require_POST
def remove(request: SubletRequest, team: str) -> HttpResponseBase:
    """Remove a team."""
    operations.remove_staff_team(ref=team, actor=request.actor, at=now())
    success(request, _("The team was removed."))
    return HttpResponseRedirect(here(request, "reseller-staff-teams"))

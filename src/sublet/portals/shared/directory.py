"""The page of a team's directory, the same in every portal: switch it on, make its key, say which role a group stands for."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.messages import info, success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.people import operations, queries
from sublet.people.queries.directory import DirectoryPage, GroupRow
from sublet.portals.shared.components import Action, Crumb, Fact
from sublet.portals.shared.guard import page_of
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.tables import StatusCell

ADDRESS = "/scim/v2"
_SENT = "directory-keys-sent"
_REMEMBERED = 20


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A group as the page shows it. `roles` are those to choose from (key, name, chosen); empty: only to look at."""

    row: GroupRow
    url: str
    roles: tuple[tuple[str, str, bool], ...]


class DirectoryPages:
    """The views of one portal: `name` is what the names of its addresses begin with, `team` the name of its team's."""

    def __init__(self, name: str, team: str) -> None:
        self.name, self.team = name, team

    def url(self, request: SubletRequest, page: str = "", **more: str) -> str:
        """The address of a page; ``""`` is the directory itself."""
        wanted = f"{self.name}-{page}" if page else self.name
        return reverse(wanted, kwargs={"account": request.actor.account_ref, **more})

    def directory(self, request: SubletRequest, /) -> HttpResponseBase:
        """How the directory is going."""
        return self._page(request)

    def switch(self, request: SubletRequest, /) -> HttpResponseBase:
        """Listen to the directory, or stop."""
        on = request.POST.get("on") == "1"
        operations.switch_directory(on=on, actor=request.actor, at=now())
        success(request, _("The directory is switched on.") if on else _("The directory is switched off."))
        return HttpResponseRedirect(self.url(request))

    def mail(self, request: SubletRequest, /) -> HttpResponseBase:
        """Invite by mail whom the directory names, or only those who need one."""
        without = request.POST.get("without_mail") == "1"
        try:
            operations.choose_directory_mail(without_mail=without, actor=request.actor, at=now())
        except Refusal as refusal:
            return self._page(request, fault=refusal)
        success(request, _("Saved. It holds for whoever is named from now on."))
        return HttpResponseRedirect(self.url(request))

    def key(self, request: SubletRequest, /) -> HttpResponseBase:
        """Make a key for the directory; the answer shows it, once."""
        sent: list[str] = request.session.get(_SENT, [])
        once = request.POST.get("once", "")[:40]
        if once and once in sent:
            info(request, _("This key was made already. It is shown only once."))
            return HttpResponseRedirect(self.url(request))
        try:
            made = operations.make_directory_key(actor=request.actor, at=now())
        except Refusal as refusal:
            return self._page(request, fault=refusal)
        request.session[_SENT] = [*sent[-_REMEMBERED:], once]
        context = {"made": made, "back_url": self.url(request), "crumbs": self._crumbs(request, made.name)}
        return render(request, "keys/made.html", context)

    def role(self, request: SubletRequest, /, group: str) -> HttpResponseBase:
        """Say which role the members of a group get."""
        role = request.POST.get("role", "")[:60]
        try:
            operations.choose_group_role(group_ref=group, role=role, actor=request.actor, at=now())
        except Refusal as refusal:
            return self._page(request, fault=refusal)
        success(request, _("The role of the group is saved. Its members have it from now on."))
        return HttpResponseRedirect(self.url(request))

    def _page(self, request: SubletRequest, *, fault: Refusal | None = None) -> HttpResponse:
        page = queries.directory_page(request.actor)
        context = {
            "page": page,
            "is_on": page.state != "off",
            "facts": _facts(page, f"{request.scheme}://{request.get_host()}{ADDRESS}"),
            "groups": [self._line(request, row, page) for row in page.groups],
            "fault": fault.sentence if fault is not None else "",
            "once": secrets.token_hex(16),
            "switch_url": self.url(request, "switch"),
            "key_url": self.url(request, "key"),
            "mail_url": self.url(request, "mail"),
            "actions": (Action(_("Switch off"), icon="player-pause", dialog="switch-off"),)
            if page.state != "off" and page.may_manage
            else (),
            "crumbs": self._crumbs(request, _("Directory")),
        }
        return render(request, "directory/directory.html", context, status=fault.status if fault is not None else 200)

    def _line(self, request: SubletRequest, row: GroupRow, page: DirectoryPage) -> GroupLine:
        # A role that the person cannot give itself, it can neither choose nor take.
        free = page.may_manage and (not row.role or any(key == row.role for key, _name in page.roles))
        roles = tuple((key, name, key == row.role) for key, name in page.roles) if free else ()
        return GroupLine(row, self.url(request, "role", group=row.ref), roles)

    def _crumbs(self, request: SubletRequest, last: str) -> tuple[Crumb, ...]:
        team = reverse(self.team, kwargs={"account": request.actor.account_ref})
        if last == _("Directory"):
            return (Crumb(_("Team"), team), Crumb(last))
        return (Crumb(_("Team"), team), Crumb(_("Directory"), self.url(request)), Crumb(last))


def _facts(page: DirectoryPage, address: str) -> tuple[Fact, ...]:
    state = {
        "off": StatusCell("off", _("Switched off"), "neutral", "player-pause"),
        "waiting": StatusCell("waiting", _("Waiting for the first sign"), "neutral", "clock"),
        "on": StatusCell("on", _("At work"), "success", "circle-check"),
        "refused": StatusCell("refused", _("The last request was refused"), "warning", "alert-triangle"),
    }[page.state]
    never = pgettext("used", "Never")
    facts = [
        Fact(_("State"), state, "status"),
        Fact(_("Address"), address, "code", copy=True),
        Fact(_("Last heard of"), page.heard_at or never, "ago" if page.heard_at else "text"),
        Fact(_("Last change"), page.changed_at or never, "datetime" if page.changed_at else "text"),
        Fact(
            _("People"),
            page.people,
            "number",
            hint=_("%(count)s paused") % {"count": page.paused} if page.paused else "",
        ),
    ]
    if page.switched_at is not None:
        facts.append(Fact(_("Switched on"), page.switched_at, "date", hint=page.switched_by))
    return tuple(facts)


def directory_patterns(*, name: str, team: str, route: str, portal: str | tuple[str, ...]) -> list[URLPattern]:
    """The addresses of a team's directory under `route`, named `name` and ``<name>-<page>``."""
    pages = DirectoryPages(name, team)

    def page(view: Callable[..., HttpResponseBase], right: str, allow: Any) -> Callable[..., HttpResponseBase]:
        return page_of(allow(view), name=name, right=right, portal=portal)

    return [
        path(route, page(pages.directory, "team:view", require_safe), name=name),
        path(f"{route}switch/", page(pages.switch, "team:manage", require_POST), name=f"{name}-switch"),
        path(f"{route}mail/", page(pages.mail, "team:manage", require_POST), name=f"{name}-mail"),
        path(f"{route}key/", page(pages.key, "keys:manage", require_POST), name=f"{name}-key"),
        path(f"{route}groups/<str:group>/", page(pages.role, "team:manage", require_POST), name=f"{name}-role"),
    ]

"""The reseller's first page: its clients, found as one types."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sublet.accounts import queries as account_queries
from sublet.accounts.queries import Glance
from sublet.core.peopledata import Way
from sublet.foundation.clock import now
from sublet.people import queries as people_queries
from sublet.portals.reseller.client_signals import limits_for, values_for
from sublet.portals.reseller.client_table import client_table, how_many, open_of, question, read_state, state_word
from sublet.portals.reseller.nav import here, hostless, optional, remember_clients
from sublet.portals.shared.components import Action
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.tables import Empty
from sublet.portals.shared.words import clients_called, said


@dataclass(frozen=True, slots=True)
class Figure:
    """A number above the list, and the list that it counts."""

    label: str
    value: str
    url: str
    icon: str = ""
    tone: str = ""
    hint: str = ""


@needs("", portal="reseller")
@require_safe
def home(request: SubletRequest) -> HttpResponseBase:
    """To the clients, or for staff without the right to them to the own account."""
    name = "reseller-clients" if request.actor.may("clients:view") else "reseller-own"
    return HttpResponseRedirect(here(request, name))


@needs("clients:view", portal="reseller")
@require_safe
def clients(request: SubletRequest) -> HttpResponseBase:
    """The list; for htmx only what changes while one searches. Before the first client, the two ways to it."""
    actor, at = request.actor, now()
    staff = people_queries.staff(actor)
    state = read_state(request)
    query = question(state, staff)
    part = bool(request.htmx) and not request.htmx.boosted
    page = account_queries.client_list(actor, query, at=at)
    signals = values_for(actor, page, state)
    limits = limits_for(actor, page, state, at)
    if part:
        tags = account_queries.tags_in_use(actor) if state.filters.get("tag") else []
        table = client_table(
            request, page=page, state=state, query=query, staff=staff, tags=tags, signals=signals, limits=limits
        )
        return render(request, "shared/list_results.html", {"table": table})
    glance = account_queries.glance(actor, at=at)
    remember_clients(request, glance.any)
    if not glance.any:
        return render(
            request, "reseller/first_client.html", {"empty": _first_client(request), "hostless": hostless(request)}
        )
    table = client_table(
        request,
        page=page,
        state=state,
        query=query,
        staff=staff,
        tags=account_queries.tags_in_use(actor),
        views=account_queries.saved_views(actor),
        glance=glance,
        signals=signals,
        limits=limits,
    )
    context = {"table": table, "stats": _figures(request, glance), "actions": _ways_in(request)}
    return render(request, "reseller/clients.html", context)


def _ways_in(request: SubletRequest) -> tuple[Action, ...]:
    """Opening one client, or bringing in the list that there is."""
    if not request.actor.may("clients:manage"):
        return ()
    importing = optional(request, "reseller-import-new") if request.actor.gets_people(Way.COLUMN) else ""
    new = Action(said(request, "new-client"), here(request, "reseller-client-new"), "plus", tone="primary")
    show = Action(_("New demonstration"), here(request, "reseller-prospect-new"), "eye")
    return (Action(_("Import"), importing, "upload"), show, new) if importing else (show, new)


def _first_client(request: SubletRequest) -> Empty:
    if not request.actor.may("clients:manage"):
        return Empty(
            title=_("There are no clients for you yet"),
            text=_("As soon as a client is opened or given to you, you find it here."),
            icon_name="users-group",
        )
    actions = _ways_in(request)
    return Empty(
        title=_("Your first client"),
        text=_(
            "Open an empty account for one client, or bring in the list that you already keep in a spreadsheet. "
            "Everything about clients appears here as soon as there is one."
        )
        if len(actions) > 2
        else _("Open an empty account for one client. Everything about clients appears here as soon as there is one."),
        icon_name="users-group",
        actions=actions[::-1],
    )


def _figures(request: SubletRequest, glance: Glance) -> tuple[Figure, ...]:
    listing = here(request, "reseller-clients")
    signs = {
        "prospect": ("eye", "info"),
        "invited": ("mail", "info"),
        "active": ("circle-check", "success"),
        "suspended": ("player-pause", "warning"),
    }
    found = [Figure(clients_called(request), how_many(open_of(glance)), listing, "users-group")]
    for state, (icon, tone) in signs.items():
        counted = glance.states[state]
        found.append(
            Figure(
                state_word(state), how_many(counted), f"{listing}?state={state}", icon, tone if counted.number else ""
            )
        )
    if glance.ending.number:
        found.append(
            Figure(
                _("Ending soon"),
                how_many(glance.ending),
                f"{listing}?demo=ending",
                "hourglass",
                "warning",
                hint=_("Demonstrations"),
            )
        )
    return tuple(found)

"""The first page: to the log-in, to the one account, or to the list of one's accounts."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sublet.branding.queries import primary_host
from sublet.people import queries as people_queries
from sublet.portals.public.pages import in_person
from sublet.portals.shared.guard import person_of, signed_in
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.pages import kind_label, place_url, shown_here
from sublet.portals.shared.people import came_by
from sublet.portals.shared.shell import SEARCH_FROM


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account on the list. `host` is where it lives, empty on this very host."""

    name: str
    kind_label: str
    url: str
    host: str
    state: str


def _places(request: SubletRequest) -> list[people_queries.Place]:
    """The person's accounts that may be named on this host; of whoever came by a company's provider alone, that company's."""
    places = people_queries.places_of(int(person_of(request).pk))
    came = came_by(request)
    if came is not None and not came.own:
        places = [place for place in places if place.account_id == came.account_id]
    return [place for place in places if shown_here(request, place)]


def _is_served(request: SubletRequest, place: people_queries.Place) -> bool:
    return people_queries.served_here(
        site_path=request.site.path_ids,
        site_kind=request.site.account_kind,
        account_id=place.account_id,
        account_kind=place.account_kind,
        parent_id=place.parent_id,
    )


@signed_in
@require_safe
@in_person
def home(request: SubletRequest) -> HttpResponseBase:
    """To the host's own account, if the person works there; to its only account here; else to the list."""
    here = [place for place in _places(request) if _is_served(request, place)]
    own = [place for place in here if place.account_id == request.site.account_id]
    if own or len(here) == 1:
        return HttpResponseRedirect(place_url(request, (own or here)[0]))
    return accounts(request)


@signed_in
@require_safe
@in_person
def accounts(request: SubletRequest) -> HttpResponseBase:
    """All of one's accounts that this host may name: links to whole addresses, and nothing is remembered."""
    rows = [
        AccountRow(
            name=place.account_name,
            kind_label=kind_label(place.account_kind),
            url=place_url(request, place),
            host="" if _is_served(request, place) else primary_host(place.account_id),
            state="" if place.state == "active" else place.state,
        )
        for place in _places(request)
    ]
    return render(request, "public/accounts.html", {"rows": rows, "searches": len(rows) >= SEARCH_FROM})

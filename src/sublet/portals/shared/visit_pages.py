"""The pages that show who was in a client's account: for its reseller, and for the client itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from sublet.foundation.clock import now
from sublet.people import queries
from sublet.people.queries import RequestRow, VisitRow
from sublet.portals.shared.components import Action, Crumb, Fact
from sublet.portals.shared.diary import SHOWN_CHANGES, DiaryEntry, Told, diary_days, looked_at, page_name, told
from sublet.portals.shared.guard import page_of
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_span
from sublet.portals.shared.stories import days_of
from sublet.portals.shared.tables import (
    Column,
    Empty,
    Pager,
    Row,
    StatusCell,
    Table,
    read_list_state,
)

#: Given a request and a client's reference: the context of the pages about that client, with ``base``, their template.
Frame = Callable[[SubletRequest, str], dict[str, Any]]

REQUESTS = (
    Column("at", gettext_lazy("When"), "datetime", required=True),
    Column("what", gettext_lazy("Page")),
    Column("answer", gettext_lazy("Answer"), "status", priority=2),
)
ENDED = {
    "person": pgettext_lazy("visit ended", "By the person"),
    "idle": pgettext_lazy("visit ended", "After half an hour without use"),
    "time": pgettext_lazy("visit ended", "After an hour"),
    "access": pgettext_lazy("visit ended", "Access was taken away"),
    "off": pgettext_lazy("visit ended", "Visits were switched off"),
    "log-out": pgettext_lazy("visit ended", "By logging out"),
}


@dataclass(frozen=True, slots=True)
class Routes:
    """Where the pages are: the client's own, or those of its reseller about the client `ref`."""

    name: str
    account: str
    ref: str
    frame: Frame | None = None

    def around(self, request: SubletRequest) -> dict[str, Any]:
        """What the frame of the page needs: the client's head and tabs, when it is a page about a client."""
        return self.frame(request, self.ref) if self.frame is not None else {}

    def url(self, page: str = "", **more: str) -> str:
        """The address of one of the two pages."""
        below = {"ref": self.ref} if self.ref else {}
        return reverse(f"{self.name}-{page}" if page else self.name, kwargs={"account": self.account, **below, **more})

    @property
    def subject(self) -> str:
        """The reference of the client."""
        return self.ref or self.account


def visit_patterns(
    *, name: str, route: str, section: str, portal: str | tuple[str, ...], frame: Frame | None = None
) -> list[URLPattern]:
    """The list of visits under `route`, named `name`, and one of them, named ``<name>-one``.

    With a `frame` the client is named in the address (``ref``); it gives the context of ``base``, the template around.
    """

    def page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        def call(request: SubletRequest, /, ref: str = "", **kwargs: str) -> HttpResponseBase:
            return view(request, Routes(name, request.actor.account_ref, ref if frame else "", frame), **kwargs)

        return page_of(view, call=call, name=name, right=f"{section}:view", portal=portal)

    return [
        path(route, page(listing), name=name),
        path(f"{route}<str:visit>/", page(one), name=f"{name}-one"),
    ]


@require_safe
def listing(request: SubletRequest, routes: Routes) -> HttpResponseBase:
    """The diary: every visit to the client's account in plain words, newest first."""
    at = now()
    cursor = request.GET.get("cursor", "")[:40]
    page = queries.diary(request.actor, client_ref=routes.subject, cursor=cursor)
    from_above = bool(routes.ref)
    entries = [
        _diary_entry(visit, told(page.changes.get(visit.ref, ()), from_above=from_above), routes, at)
        for visit in page.visits
    ]
    rules = (
        ""
        if from_above or not request.actor.may("settings:view")
        else reverse("client-visit-rules", kwargs={"account": request.actor.account_ref})
    )
    context = routes.around(request) | {
        "days": diary_days(entries),
        "pager": Pager(previous=page.previous_cursor, next=page.next_cursor, first_page=not page.previous_cursor),
        "actions": (Action(_("Tell me by mail"), rules, "mail"),) if rules else (),
    }
    return render(request, "team/visits.html", context)


def _diary_entry(visit: VisitRow, changes: Sequence[Told], routes: Routes, at: datetime) -> DiaryEntry:
    until = visit.ended_at or min(at, visit.ends_at)
    names = {
        "staff": visit.staff,
        "person": visit.acting_as,
        "span": write_span(until - visit.started_at),
    }
    running = visit.ended_at is None and visit.ends_at > at
    if running:
        sentence = (
            _("%(staff)s is here in the place of %(person)s, %(span)s so far.")
            if visit.mode == "client"
            else _("%(staff)s is here for %(person)s, %(span)s so far.")
        )
    elif visit.mode == "client":
        sentence = _("%(staff)s was here in the place of %(person)s, for %(span)s.")
    else:
        sentence = _("%(staff)s was here for %(person)s, for %(span)s.")
    return DiaryEntry(
        at=visit.started_at,
        sentence=sentence % names,
        reason=visit.reason,
        teams=", ".join(visit.teams),
        url=routes.url("one", visit=visit.ref),
        changes=tuple(changes[:SHOWN_CHANGES]),
        more=max(0, len(changes) - SHOWN_CHANGES),
        pages=visit.requests,
        running=running,
    )


@require_safe
def one(request: SubletRequest, routes: Routes, visit: str) -> HttpResponseBase:
    """One visit: who, why, how long, what was changed, what was only looked at, and each request."""
    at = now()
    state = read_list_state(request.GET, columns=REQUESTS, default_sort="at")
    page, changes = queries.diary_of_visit(
        request.actor, client_ref=routes.subject, impersonation_ref=visit, cursor=state.cursor
    )
    found = page.visit
    until = found.ended_at or min(at, found.ends_at)
    table = Table(
        id="requests",
        caption=_("Each page that was asked for"),
        columns=REQUESTS,
        rows=tuple(
            Row(
                key=str(number),
                cells={"at": row.at, "what": page_name(row.path), "answer": _answer(row)},
                muted=not row.changed,
            )
            for number, row in enumerate(page.rows)
        ),
        state=state,
        pager=Pager(
            previous=page.previous_cursor,
            next=page.next_cursor,
            shown=len(page.rows),
            first_page=not page.previous_cursor,
        ),
        empty=Empty(title=_("No page was opened"), icon_name="eye-off"),
    )
    facts = (
        Fact(_("Who"), found.staff),
        Fact(_("As whom"), _as_whom(found)),
        Fact(_("Reason"), found.reason),
        *((Fact(_("By team"), ", ".join(found.teams)),) if found.teams else ()),
        Fact(_("Began"), found.started_at, "datetime"),
        Fact(_("Lasted"), write_span(until - found.started_at)),
        Fact(_("Ended"), _state(found, at), "status"),
    )
    context = routes.around(request) | {
        "visit": found,
        "facts": facts,
        "table": table,
        "list_url": routes.url(),
        "days": days_of(changes, from_above=bool(routes.ref)),
        "looked": looked_at(page.rows),
    }
    if not routes.ref:
        context["crumbs"] = (Crumb(_("Visits"), routes.url()), Crumb(found.staff))
    template = "shared/list_results.html" if request.htmx and not request.htmx.boosted else "team/visit.html"
    return render(request, template, context)


def _as_whom(visit: VisitRow) -> str:
    if visit.mode == "client":
        return _("%(person)s (as the client)") % {"person": visit.acting_as}
    return _("%(reseller)s (as reseller)") % {"reseller": visit.acting_as}


def _state(visit: VisitRow, at: datetime) -> StatusCell:
    if visit.ended_at is None and visit.ends_at > at:
        return StatusCell("running", _("Goes on"))
    longest = timedelta(seconds=queries.LONGEST_SECONDS)
    by = visit.ended_by or ("time" if visit.ends_at - visit.started_at >= longest else "idle")
    return StatusCell("closed", ENDED.get(by, by))


def _answer(row: RequestRow) -> StatusCell:
    if row.status in {403, 404, 409, 410, 422, 429}:
        return StatusCell("revoked", _("Refused"), "warning")
    if row.status >= 400:
        return StatusCell("failed")
    return (
        StatusCell("done", _("Changed"), "info", "pencil")
        if row.changed
        else StatusCell("ready", _("Looked"), "neutral", "eye")
    )

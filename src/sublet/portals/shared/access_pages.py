"""The pages about who can enter a client's account: for the client itself, and for its reseller."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib.messages import error, success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.http import content_disposition_header
from django.utils.text import format_lazy
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.branding.queries import origin
from sublet.core.grants import LONGEST_NOTICE, RESELLER_SIDE, Scope, end_of
from sublet.core.rights import Level, Rights
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound
from sublet.people.operations import grants as operations
from sublet.people.operations.grant_terms import own_place
from sublet.people.queries import Offer
from sublet.people.queries.access import AccessPage, CanEnter, GrantRow, staff_to_choose, who_can_enter
from sublet.people.queries.access_calendar import grant_calendar
from sublet.people.queries.grants import grant_offer
from sublet.people.queries.staff_teams import teams_to_choose
from sublet.portals.shared.components import Action, Crumb
from sublet.portals.shared.files import file_word
from sublet.portals.shared.forms import DayField, SubletForm
from sublet.portals.shared.guard import page_of
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.rights_form import RightsForm
from sublet.portals.shared.tables import Column, Empty, Pager, PersonCell, Row, StatusCell, Table, read_list_state
from sublet.portals.shared.visit_pages import Frame, Routes
from sublet.pricing.queries import NoticeAgreed, notice_agreed
from sublet.proof.queries import measured_sections

COLUMNS = (
    Column("who", gettext_lazy("Who"), "person", required=True),
    Column("by", gettext_lazy("By what"), "status"),
    Column("rights", gettext_lazy("Rights")),
    Column("since", gettext_lazy("Since"), "date", priority=3),
    Column("last", pgettext_lazy("person was here", "Last time"), "datetime"),
)
EXTEND_DAYS = 30
_DAYS = (
    ("7", gettext_lazy("7 days")),
    ("30", gettext_lazy("30 days")),
    ("90", gettext_lazy("90 days")),
    ("365", gettext_lazy("One year")),
    ("0", gettext_lazy("Until somebody ends it")),
)


class AccessForm(SubletForm):
    """For what, from when on and for how long, for whom."""

    conditional = ("team", "staff")

    reason = forms.CharField(
        label=gettext_lazy("What is it for?"), max_length=500, help_text=gettext_lazy("The other side reads this.")
    )
    start = DayField(
        label=gettext_lazy("From which day"),
        required=False,
        help_text=gettext_lazy(
            "Nothing: as soon as it is approved. A day begins at midnight in the client’s time zone."
        ),
    )
    days = forms.TypedChoiceField(label=gettext_lazy("How long"), choices=_DAYS, coerce=int, initial="30")
    extend = forms.BooleanField(label=gettext_lazy("Go on by itself for as long again at each end"), required=False)
    notice_days = forms.IntegerField(
        label=gettext_lazy("Days of notice"),
        min_value=0,
        max_value=LONGEST_NOTICE,
        required=False,
        initial=0,
        help_text=gettext_lazy("When the client ends or narrows this, it goes on for so long as it was."),
    )
    people = forms.ChoiceField(
        label=gettext_lazy("Who"),
        choices=(
            ("all", gettext_lazy("All staff")),
            ("me", gettext_lazy("Only me")),
            ("team", gettext_lazy("A team: whoever is in it at the time")),
            ("chosen", gettext_lazy("Chosen people")),
        ),
        initial="all",
        widget=forms.RadioSelect,
    )
    team = forms.ChoiceField(label=gettext_lazy("Team"), required=False)
    staff = forms.MultipleChoiceField(
        label=gettext_lazy("Chosen people"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self,
        page: AccessPage,
        data: QueryDict | None = None,
        *,
        staff: Sequence[tuple[str, str]] = (),
        teams: Sequence[tuple[str, str]] = (),
        notice: NoticeAgreed | None = None,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        agreed = {} if notice is None else {"notice_days": min(notice.days, LONGEST_NOTICE)}
        super().__init__(data, initial={**agreed, **(initial or {})})
        if notice is not None:
            field = self.fields["notice_days"]
            field.help_text = format_lazy("{} {}", _contract_says(notice), field.help_text)
        if page.side == "client":
            del self.fields["people"], self.fields["team"], self.fields["staff"]
            return
        self.fields["staff"].choices = staff  # type: ignore[attr-defined]  # a field of choices
        self.fields["team"].choices = (("", _("None")), *teams)  # type: ignore[attr-defined]  # as above
        if not teams:
            del self.fields["team"]
            people: Any = self.fields["people"]
            people.choices = [each for each in people.choices if each[0] != "team"]

    def clean(self) -> dict[str, Any]:
        """Whoever says "chosen people" chooses some, and whoever says "a team" one."""
        values: dict[str, Any] = super().clean() or {}
        if values.get("people") == "team" and not values.get("team") and "team" not in self.errors:
            self.add_error("team", _("Choose a team."))
        if values.get("people") == "chosen" and not values.get("staff") and "staff" not in self.errors:
            self.add_error("staff", _("Choose at least one person."))
        return values


def _contract_says(notice: NoticeAgreed) -> str:
    words = ngettext(
        "The contract “%(contract)s” has %(days)s day of notice.",
        "The contract “%(contract)s” has %(days)s days of notice.",
        notice.days,
    )
    return words % {"contract": notice.contract, "days": notice.days}


def access_patterns(
    *, name: str, route: str, read: str, write: str, portal: str, frame: Frame | None = None
) -> list[URLPattern]:
    """The page under `route`, named `name`, and what is done on it; `read` and `write` are the rights that it takes."""

    def page(view: Callable[..., HttpResponseBase], right: str) -> Callable[..., HttpResponseBase]:
        def call(request: SubletRequest, /, ref: str = "", **kwargs: str) -> HttpResponseBase:
            return view(request, Routes(name, request.actor.account_ref, ref if frame else "", frame), **kwargs)

        return page_of(view, call=call, name=name, right=right, portal=portal)

    one = f"{route}<str:grant>/"
    return [
        path(route, page(listing, read), name=name),
        path(f"{route}ask/", page(ask, write), name=f"{name}-ask"),
        path(f"{one}calendar/", page(calendar, read), name=f"{name}-calendar"),
        path(f"{one}narrow/", page(narrow, write), name=f"{name}-narrow"),
        path(f"{one}approve/", page(approve, write), name=f"{name}-approve"),
        path(f"{one}decline/", page(decline, write), name=f"{name}-decline"),
        path(f"{one}extend/", page(extend, write), name=f"{name}-extend"),
        path(f"{one}end/", page(end, write), name=f"{name}-end"),
        path(f"{one}ask-end/", page(ask_end, write), name=f"{name}-ask-end"),
        path(f"{one}keep/", page(keep, write), name=f"{name}-keep"),
    ]


@require_safe
def listing(request: SubletRequest, routes: Routes) -> HttpResponseBase:
    """Who can enter, by which grant or invitation, and since when; requests that wait for an answer."""
    page = who_can_enter(request.actor, client_ref=routes.subject, at=now())
    state = read_list_state(request.GET, columns=COLUMNS, default_sort="who")
    table = Table(
        id="can-enter",
        caption=_("Who can enter"),
        columns=COLUMNS,
        rows=tuple(
            Row(
                key=str(number),
                label=each.name,
                url=_place_url(request, routes, page, each),
                cells={
                    "who": PersonCell(each.name),
                    "by": _by(page, each.side, owner=each.is_owner),
                    "rights": each.summary,
                    "since": each.since,
                    "last": each.last_at,
                },
            )
            for number, each in enumerate(page.people)
        ),
        state=state,
        pager=Pager(shown=len(page.people), first_page=True),
        empty=Empty(title=_("Nobody can enter this account"), icon_name="lock"),
    )
    actions: tuple[Action, ...] = ()
    if page.may_ask:
        label = _("Give access") if page.decides and request.actor.may("team:manage") else _("Ask for access")
        actions = (Action(label, routes.url("ask"), "key", tone="primary"),)
    context = routes.around(request) | {
        "page": page,
        "table": table,
        "actions": actions,
        "waiting": [_line(routes, row, page) for row in page.waiting],
        "running": [_line(routes, row, page) for row in page.running],
        "over": [_line(routes, row, page) for row in page.over],
    }
    return render(request, "team/access.html", context)


@require_safe
def calendar(request: SubletRequest, routes: Routes, grant: str) -> HttpResponseBase:
    """When an access ends, as a file for one's calendar."""
    found = grant_calendar(
        request.actor,
        client_ref=routes.subject,
        grant_ref=grant,
        language=get_language() or "en",
        page_url=origin(request.site.host) + routes.url(),
        at=now(),
    )
    answer = HttpResponse(found.ics, content_type="text/calendar; charset=utf-8")
    name = file_word(f"{_('Access')} {found.client_name}")
    answer.headers["Content-Disposition"] = content_disposition_header(True, f"{name}.ics") or ""
    return answer


def _place_url(request: SubletRequest, routes: Routes, page: AccessPage, person: CanEnter) -> str:
    """Where somebody's place is looked at and ended; empty where that is not the reader's. A grant is ended above the list."""
    if not person.ref:
        return ""  # of the reseller's staff a client is told the name
    if person.side == RESELLER_SIDE:
        place = {"account": routes.account, "person": person.ref}
        return reverse("reseller-team-person", kwargs=place) if request.actor.may("team:view") else ""
    if not page.opens_team:
        return ""
    team = replace(routes, name=f"{routes.name.removesuffix('access')}team")
    return team.url("person", person=person.ref)


def _by(page: AccessPage, side: str, *, owner: bool) -> StatusCell:
    if side == "reseller":
        return StatusCell("running", _("Grant to %(reseller)s") % {"reseller": page.reseller_name}, "info", "key")
    return (
        StatusCell("owner", _("Owner"), "brand", "key")
        if owner
        else StatusCell("ready", _("Invitation"), "neutral", "mail")
    )


def _line(routes: Routes, row: GrantRow, page: AccessPage) -> dict[str, Any]:
    urls = {
        what.replace("-", "_"): routes.url(what, grant=row.ref)
        for what, may in (
            ("approve", row.may_answer),
            ("decline", row.may_answer),
            ("calendar", row.state == "active" and not row.over and row.ends_at is not None),
            ("narrow", row.may_narrow or row.may_ask_end),
            ("extend", row.may_extend),
            ("end", row.may_end),
            ("ask-end", row.may_ask_end),
            ("keep", row.may_answer_end),
        )
        if may
    }
    if row.over and page.may_ask:
        urls["again"] = f"{routes.url('ask')}?like={row.ref}"
    line: dict[str, Any] = {"row": row, "urls": urls, "extend_days": row.days or EXTEND_DAYS}
    if row.may_end and row.state == "active":
        line["end_points"] = _what_ending_does(row, page)
    return line


def _what_ending_does(row: GrantRow, page: AccessPage) -> list[str]:
    points, at = [], now()
    if end_of(at, side=page.side, notice_days=row.notice_days, starts_at=row.starts_at, ends_at=row.ends_at) > at:
        told = ngettext(
            "It ends after the %(days)s day of notice that was agreed.",
            "It ends after the %(days)s days of notice that were agreed.",
            row.notice_days,
        )
        points.append(told % {"days": row.notice_days})
    else:
        points.append(_("It ends at once."))
    points.append(_("Whoever is in the account then is refused at the next click."))
    points.append(_("You can give it again.") if page.decides else _("If you need it again, you have to ask for it."))
    return points


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: SubletRequest, routes: Routes) -> HttpResponseBase:
    """Ask for access, or give it where the account is one's own."""
    page = who_can_enter(request.actor, client_ref=routes.subject, at=now())
    if not page.may_ask:
        raise NotFound
    rights_form = _rights_form(grant_offer(), measured=measured_sections(request.actor, routes.subject))
    like = next((row for row in (*page.over, *page.running) if row.ref == request.GET.get("like")), None)
    form = AccessForm(
        page,
        request.POST if request.method == "POST" else None,
        staff=staff_to_choose(request.actor, client_ref=routes.subject),
        teams=teams_to_choose(request.actor),
        notice=notice_agreed(request.actor, client_ref=routes.subject, at=now()),
        initial=_as_before(like),
    )
    rights = rights_form.read(request.POST) if request.method == "POST" or like is None else _held(like, grant_offer())
    gives = page.decides and request.actor.may("team:manage")
    title = _("Give access") if gives else _("Ask for access")
    around = {"form": form, "title": title, "label": title}
    if request.method != "POST" or "fill" in request.POST:
        rights = rights_form.fill(request.POST.get("fill", ""), rights)
        return _form_page(request, routes, rights_form, rights, around)
    if not form.is_valid():
        return _form_page(request, routes, rights_form, rights, around, status=422)
    data = form.cleaned_data
    people: Sequence[str] | None = data["staff"] if data.get("people") == "chosen" else None
    if data.get("people") == "me":
        people = own_place(request.actor)
    try:
        asked = operations.request_grant(
            client_ref=routes.subject,
            sections=rights,
            people=people,
            team=data["team"] if data.get("people") == "team" else "",
            start=data["start"],
            days=data["days"] or None,
            extend=data["extend"],
            notice_days=data["notice_days"] or 0,
            reason=data["reason"],
            actor=request.actor,
            at=now(),
        )
    except operations.CannotChangeGrant as refusal:
        form.refuse(refusal)
        return _form_page(request, routes, rights_form, rights, around, status=refusal.status)
    success(request, _("Access is given.") if asked.active else _("The request is on its way."))
    return HttpResponseRedirect(routes.url())


@require_http_methods(["GET", "HEAD", "POST"])
def narrow(request: SubletRequest, routes: Routes, grant: str) -> HttpResponseBase:
    """Leave less of an access; or ask for less, where the other side decides."""
    page = who_can_enter(request.actor, client_ref=routes.subject, at=now())
    running = (each for each in page.running if each.may_narrow or each.may_ask_end)
    row = next((each for each in running if each.ref == grant), None)
    if row is None:
        raise NotFound
    asks, offer = not row.may_narrow, grant_offer()
    held = _held(row, offer)
    rights_form = _rights_form(offer, Rights.of(held), measured=measured_sections(request.actor, routes.subject))
    around = {
        "title": _("Ask for less access") if asks else _("Narrow this access"),
        "label": _("Send the request") if asks else _("Narrow"),
        "notice_days": row.notice_days if page.side == "client" else 0,
        "row": row,
        "reseller_name": page.reseller_name,
    }
    if request.method != "POST" or "fill" in request.POST:
        rights = rights_form.read(request.POST) if request.method == "POST" else dict(held)
        rights = rights_form.fill(request.POST.get("fill", ""), rights)
        return _form_page(request, routes, rights_form, rights, around)
    rights = rights_form.read(request.POST)
    common: dict[str, Any] = {"client_ref": routes.subject, "grant_ref": grant, "actor": request.actor, "at": now()}
    try:
        if asks and not rights:
            raise operations.CannotChangeGrant("scope-empty")
        if asks:
            operations.request_end_of_grant(sections=rights, reason="", **common)
        else:
            operations.narrow_grant(sections=rights, **common)
    except operations.CannotChangeGrant as refusal:
        return _form_page(
            request, routes, rights_form, rights, around | {"fault": refusal.sentence}, status=refusal.status
        )
    success(request, _("The request is on its way.") if asks else _("The access was narrowed."))
    return HttpResponseRedirect(routes.url())


def _held(row: GrantRow, offer: Offer) -> dict[str, str]:
    """What that grant gives, section by section, as the form ticks it."""
    scope = Scope.stored(row.everywhere, row.sections)
    found = {}
    for key, section in offer.sections.items():
        fitting = [word for word in section.levels if Level.of(word) <= scope.level(key)]
        if fitting:
            found[key] = fitting[-1]
    return found


def _as_before(row: GrantRow | None) -> dict[str, Any]:
    """The form for the same access once more."""
    if row is None:
        return {}
    days = str(row.days or 0)
    known = [word for word, _label in _DAYS]
    return {
        "reason": row.reason,
        "days": days if days in known else "30",
        "extend": row.extend_days > 0,
        "notice_days": row.notice_days,
        **({"people": "team", "team": row.team_ref} if row.team_ref and not row.team_removed else {}),
    }


def _rights_form(offer: Offer, most: Rights | None = None, *, measured: Mapping[str, str]) -> RightsForm:
    levels = {key: each.levels[-1] for key, each in offer.sections.items() if each.levels}
    grantable = Rights.of(levels) if most is None else most
    return RightsForm(offer, grantable=grantable, held={}, measured=measured, staff=True)


def _form_page(
    request: SubletRequest,
    routes: Routes,
    rights_form: RightsForm,
    rights: Mapping[str, str],
    around: Mapping[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    context = routes.around(request) | {"grid": rights_form.grid(rights), "back_url": routes.url(), **around}
    if not routes.ref:
        context["crumbs"] = (Crumb(_("Who can enter"), routes.url()), Crumb(around["title"]))
    return render(request, "team/access_form.html", context, status=status)


@require_POST
def approve(request: SubletRequest, routes: Routes, grant: str) -> HttpResponseBase:
    """Approve a request."""
    return _done(request, routes, operations.approve_grant, grant, _("Access is given."))


@require_POST
def decline(request: SubletRequest, routes: Routes, grant: str) -> HttpResponseBase:
    """Decline a request."""
    return _done(request, routes, operations.decline_grant, grant, _("The request was declined."))


@require_POST
def extend(request: SubletRequest, routes: Routes, grant: str) -> HttpResponseBase:
    """Extend an access by as long as it was given for."""
    sent = request.POST.get("days", "")
    days = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 5 else 0
    return _done(request, routes, operations.extend_grant, grant, _("The access was extended."), days=days)


@require_POST
def end(request: SubletRequest, routes: Routes, grant: str) -> HttpResponseBase:
    """End an access, or take one's request back."""
    return _done(request, routes, operations.end_grant, grant, _("The access was ended."))


@require_POST
def ask_end(request: SubletRequest, routes: Routes, grant: str) -> HttpResponseBase:
    """Ask the reseller to end an access."""
    said = _("The reseller has been asked to end it.")
    reason = request.POST.get("reason", "")
    return _done(request, routes, operations.request_end_of_grant, grant, said, reason=reason)


@require_POST
def keep(request: SubletRequest, routes: Routes, grant: str) -> HttpResponseBase:
    """Answer the client's wish for an end, or for less: with `accept` as it wishes, else it stays as it is."""
    accept = "accept" in request.POST
    said = _("Done as the client asked.") if accept else _("The access stays as it is. The client is told.")
    reason = request.POST.get("reason", "")
    return _done(request, routes, operations.answer_end_request, grant, said, accept=accept, reason=reason)


def _done(
    request: SubletRequest, routes: Routes, do: Callable[..., None], grant: str, said: str, **more: object
) -> HttpResponseBase:
    try:
        do(client_ref=routes.subject, grant_ref=grant, actor=request.actor, at=now(), **more)
    except operations.CannotChangeGrant as refusal:
        error(request, refusal.sentence)
    else:
        success(request, said)
    return HttpResponseRedirect(routes.url())


__all__ = ["AccessForm", "access_patterns"]

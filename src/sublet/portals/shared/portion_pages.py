"""The pages about what each person of a team may use of a meter: for the account itself, and for the one above it."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from sublet.core.capitals import capitalized
from sublet.entitlements import operations, queries
from sublet.entitlements.operations import Wanted
from sublet.entitlements.queries import Named, PortionsPage
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound, Refusal
from sublet.portals.shared.components import Crumb
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.guard import page_of
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_number
from sublet.portals.shared.tables import Column, Empty, Pager, PersonCell, Row, Table, read_list_state
from sublet.portals.shared.visit_pages import Frame, Routes

COLUMNS = (
    Column("who", gettext_lazy("Person"), kind="person", required=True),
    Column("used", gettext_lazy("Used"), align="end"),
    Column("kept", gettext_lazy("Kept for this person"), align="end"),
    Column("most", gettext_lazy("At most"), align="end"),
)


class PortionForm(SubletForm):
    """What one person may use."""

    cap = forms.IntegerField(
        label=gettext_lazy("At most"),
        min_value=0,
        max_value=10**12,
        required=False,
        help_text=gettext_lazy("In each period. Empty: what there is."),
    )
    reserve = forms.IntegerField(
        label=gettext_lazy("Kept for this person"),
        min_value=0,
        max_value=10**12,
        required=False,
        help_text=gettext_lazy("So much nobody else can use up. Empty: nothing."),
    )


class ApportionmentForm(SubletForm):
    """How far upper limits may be promised."""

    oversell = forms.IntegerField(
        label=gettext_lazy("May be promised up to, in percent"),
        required=False,
        help_text=gettext_lazy(
            "100: upper limits add up to what the account may use at most. Empty: they are not added up."
        ),
    )


def portion_patterns(
    *, name: str, use: str, route: str, read: str, write: str, portal: str | tuple[str, ...], frame: Frame | None = None
) -> list[URLPattern]:
    """The people of a meter under `route`, named `name`, and one of them, named ``<name>-one``; `use` names the page about use.

    `read` and `write` are the rights that it takes. With a `frame` the client is named in the address (``ref``).
    """

    def page(view: Callable[..., HttpResponseBase], right: str) -> Callable[..., HttpResponseBase]:
        def call(request: SubletRequest, /, meter: str, ref: str = "", **kwargs: str) -> HttpResponseBase:
            above = Routes(use, request.actor.account_ref, ref if frame else "", frame)
            own = Routes(name, request.actor.account_ref, ref if frame else "", frame)
            return view(request, own, above.url(), meter, may=request.actor.may(write), **kwargs)

        return page_of(view, call=call, name=name, right=right, portal=portal)

    return [
        path(route, page(listing, read), name=name),
        path(f"{route}<str:collaborator>/", page(one, write), name=f"{name}-one"),
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: SubletRequest, routes: Routes, above: str, meter: str, *, may: bool) -> HttpResponseBase:
    """Everybody of the team with what they may use and have used; by POST how far it may be promised."""
    page = _page(request, routes, meter)
    form = ApportionmentForm(
        request.POST if request.method == "POST" else None, initial={"oversell": page.meter.oversell}
    )
    status = 200
    if request.method == "POST":  # who may not is told so by the operation
        status = 422
        if form.is_valid():
            try:
                operations.set_portions(
                    ref=routes.subject, meter=meter, people={}, oversell=form.cleaned_data["oversell"],
                    actor=request.actor, at=now(),
                )  # fmt: skip
            except Refusal as refusal:
                form.refuse(refusal)
                status = refusal.status
            else:
                success(request, _("Saved. It holds at once."))
                return HttpResponseRedirect(routes.url(meter=meter))
    table = Table(
        id="portions",
        caption=_("What each person may use"),
        columns=COLUMNS,
        rows=tuple(_row(routes, page, each, _cursor(request), may) for each in page.people),
        state=read_list_state(request.GET, columns=COLUMNS, default_sort="who"),
        pager=Pager(
            previous=page.previous_cursor,
            next=page.next_cursor,
            shown=len(page.people),
            first_page=not page.previous_cursor,
        ),
        empty=Empty(title=_("There is nobody in the team yet"), icon_name="users"),
    )
    context = routes.around(request) | {
        "title": _("%(meter)s: what each person may use") % {"meter": page.meter.name},
        "description": _standing(page),
        "page": page,
        "table": table,
        "form": form if may else None,
        "back": above,
        "back_label": _("Use and limits"),
        "page_crumbs": (Crumb(_("Use"), above), Crumb(page.meter.name)),
    }
    return render(request, "use/portions.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def one(
    request: SubletRequest, routes: Routes, above: str, meter: str, *, collaborator: str, may: bool
) -> HttpResponseBase:
    """What one person may use; by POST set, or with both fields empty no longer set."""
    page = _page(request, routes, meter)
    person = next((each for each in page.people if each.row.collaborator == collaborator), None)
    if person is None:
        raise NotFound
    initial = {"cap": person.row.cap, "reserve": person.row.reserve or None}
    form = PortionForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method != "POST":
        return _form(request, routes, above, page, person, form)
    if not form.is_valid():
        return _form(request, routes, above, page, person, form, status=422)
    cap, reserve = form.cleaned_data["cap"], form.cleaned_data["reserve"]
    wanted = None if cap is None and not reserve else Wanted(reserve or 0, cap)
    try:
        operations.set_portions(
            ref=routes.subject, meter=meter, people={collaborator: wanted}, actor=request.actor, at=now()
        )
    except Refusal as refusal:
        refusal.field = "reserve" if refusal.code == "more-than-there-is" else "cap"
        form.refuse(refusal)
        return _form(request, routes, above, page, person, form, status=refusal.status)
    success(request, _("Saved. It holds at once."))
    return HttpResponseRedirect(_list_url(request, routes, meter))


def _page(request: SubletRequest, routes: Routes, meter: str) -> PortionsPage:
    return queries.portions_page(request.actor, routes.subject, meter, cursor=_cursor(request), at=now())


def _list_url(request: SubletRequest, routes: Routes, meter: str) -> str:
    return routes.url(meter=meter) + _place(_cursor(request))


def _cursor(request: SubletRequest) -> str:
    return request.GET.get("cursor", "")[:60]


def _place(cursor: str) -> str:
    """The page of the team, for an address: whoever stands on a later one is found there alone."""
    return f"?cursor={cursor}" if cursor.isascii() and cursor.replace("-", "").isalnum() else ""


def _row(routes: Routes, page: PortionsPage, person: Named, cursor: str, may: bool) -> Row:
    each = person.row
    return Row(
        key=each.collaborator,
        label=person.name,
        url=routes.url("one", meter=page.meter.meter, collaborator=each.collaborator) + _place(cursor) if may else "",
        cells={
            "who": PersonCell(person.name),
            "used": write_number(each.used),
            "kept": write_number(each.reserve) if each.reserve else "–",
            "most": write_number(each.cap) if each.cap is not None else _("What there is"),
        },
    )


def _standing(page: PortionsPage) -> str:
    unit = capitalized(page.unit, get_language() or "en")
    told = {"used": write_number(page.meter.used), "unit": unit, "unnamed": write_number(page.meter.unnamed)}
    if page.meter.limit is None:
        words = _("%(unit)s: %(used)s, no limit") % told
    else:
        words = _("%(unit)s: %(used)s of %(limit)s") % {**told, "limit": write_number(page.meter.limit)}
    if not page.meter.unnamed:
        return words
    return words + " · " + _("without saying by whom: %(unnamed)s") % told


def _form(
    request: SubletRequest,
    routes: Routes,
    above: str,
    page: PortionsPage,
    person: Named,
    form: PortionForm,
    *,
    status: int = 200,
) -> HttpResponse:
    back = _list_url(request, routes, page.meter.meter)
    context = routes.around(request) | {
        "title": person.name,
        "description": _("%(meter)s: used %(used)s in the period that runs")
        % {"meter": page.meter.name, "used": write_number(person.row.used)},
        "form": form,
        "back": back,
        "back_label": page.meter.name,
        "page_crumbs": (Crumb(_("Use"), above), Crumb(page.meter.name, back), Crumb(person.name)),
    }
    return render(request, "use/portion.html", context, status=status)

"""What the reseller holds for its clients to draw from together: each pool, who draws from it, and the share of one client."""

from __future__ import annotations

from django import forms
from django.contrib.messages import info, success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from sublet.accounts.queries import list_query
from sublet.entitlements import operations, queries
from sublet.entitlements.queries import PoolRow, SharePage, ShareRow
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.portals.reseller.client_frame import client_frame
from sublet.portals.reseller.nav import here
from sublet.portals.shared.components import Crumb, Fact
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_number
from sublet.portals.shared.page_sets import list_page
from sublet.portals.shared.price_words import percent_words
from sublet.portals.shared.tables import Column, Empty, Pager, Row, Table, read_list_state

COLUMNS = (
    Column("name", gettext_lazy("Client"), required=True),
    Column("used", gettext_lazy("Used"), align="end"),
    Column("kept", gettext_lazy("Kept for it"), align="end"),
    Column("most", gettext_lazy("At most"), align="end"),
    Column("room", gettext_lazy("Can still draw"), align="end", priority=2),
)


class ShareForm(SubletForm):
    """What one client may draw from a pool."""

    cap = forms.IntegerField(
        label=gettext_lazy("At most"),
        min_value=0,
        max_value=10**12,
        required=False,
        help_text=gettext_lazy("In each period. Empty: what there is."),
    )
    reserve = forms.IntegerField(
        label=gettext_lazy("Kept for this client"),
        min_value=0,
        max_value=10**12,
        required=False,
        help_text=gettext_lazy("So much nobody else can use up. Empty: nothing."),
    )


@needs("clients:view", portal="reseller")
@require_safe
def listing(request: SubletRequest) -> HttpResponseBase:
    """Each meter of which there is a pool."""
    found = queries.pools_of_reseller(request.actor, request.actor.account_ref, at=now())
    rows = [(row, here(request, "reseller-pool", meter=row.meter)) for row in found if row.size is not None]
    return render(request, "reseller/pools.html", {"rows": rows})


@needs("clients:view", portal="reseller")
@require_safe
def pool(request: SubletRequest, meter: str) -> HttpResponseBase:
    """One pool, and the clients with what they draw from it."""
    state = read_list_state(request.GET, columns=COLUMNS, default_sort="name")
    query = list_query({"search": state.search, "cursor": state.cursor})
    page = queries.pool_of(request.actor, meter, query=query, at=now())
    may = request.actor.may("clients:manage")

    def url(row: ShareRow) -> str:
        return here(request, "reseller-client-share", ref=row.ref, meter=meter) if may else ""

    table = Table(
        id="shares",
        caption=_("What each client draws"),
        columns=COLUMNS,
        rows=tuple(
            Row(
                key=row.ref,
                label=row.name,
                url=url(row),
                cells={
                    "name": row.name,
                    "used": write_number(row.used),
                    "kept": write_number(row.reserve) if row.reserve else "–",
                    "most": write_number(row.cap) if row.cap is not None else _("What there is"),
                    "room": write_number(row.room),
                },
            )
            for row in page.rows
        ),
        state=state,
        pager=Pager(page.previous_cursor, page.next_cursor, len(page.rows), first_page=not page.previous_cursor),
        search_label=_("Find clients"),
        empty=Empty(title=_("Nobody draws from it yet"), icon_name="users-group"),
    )
    return list_page(
        request,
        "reseller/pool.html",
        table,
        lambda: {
            "name": page.pool.name,
            "facts": _facts(page.pool),
            "holding": [(row.name, write_number(row.reserve or 0), url(row)) for row in page.holding],
            "crumbs": (Crumb(_("Pools"), here(request, "reseller-pools")), Crumb(page.pool.name)),
        },
    )


@needs("clients:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def share(request: SubletRequest, ref: str, meter: str) -> HttpResponseBase:
    """What one client may draw; by POST set, or with both fields empty no longer set."""
    page = queries.share_of(request.actor, ref, meter, at=now())
    initial = {"cap": page.share.cap, "reserve": page.share.reserve or None}
    form = ShareForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method != "POST":
        return _share_page(request, page, form)
    if not form.is_valid():
        return _share_page(request, page, form, status=422)
    cap, reserve = form.cleaned_data["cap"], form.cleaned_data["reserve"]
    try:
        done = operations.set_share(
            ref=ref,
            meter=meter,
            reserve=reserve or (None if cap is None else 0),
            cap=cap,
            actor=request.actor,
            at=now(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _share_page(request, page, form, status=refusal.status)
    (success if done else info)(request, _("Saved. It holds at once.") if done else _("Nothing would change."))
    return HttpResponseRedirect(here(request, "reseller-client-use", ref=ref))


def _facts(row: PoolRow) -> tuple[Fact, ...]:
    return (
        Fact(_("Pool"), write_number(row.size or 0)),
        Fact(_("Held back for clients"), write_number(row.promised)),
        Fact(_("Used"), write_number(row.used)),
        Fact(_("Left"), write_number(row.left)),
        Fact(
            _("Promised up to"),
            _("Not added up") if row.oversell is None else percent_words(row.oversell),
            hint=""
            if row.oversell is None
            else _(
                "So far the upper limits of clients with a share may add up. Without one, a share counts as the whole pool."
            ),
        ),
    )


def _share_page(request: SubletRequest, page: SharePage, form: ShareForm, *, status: int = 200) -> HttpResponse:
    ref = page.share.ref
    context = client_frame(request, ref, "use") | {
        "title": _("Share of the pool: %(meter)s") % {"meter": page.pool.name},
        "text": _("Your clients draw %(unit)s from one pool together. Here you say how much of it is for this one.")
        % {"unit": page.unit},
        "own": (
            Fact(_("Used"), write_number(page.share.used)),
            Fact(_("Can still draw"), write_number(page.share.room)),
        ),
        "facts": _facts(page.pool),
        "form": form,
        "pool_url": here(request, "reseller-pool", meter=page.pool.meter),
        "back_url": here(request, "reseller-client-use", ref=ref),
    }
    return render(request, "reseller/client_share.html", context, status=status)

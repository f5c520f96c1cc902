"""The vendor's own brand; and every host of the installation, with the proof of those that wait."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.messages import error, success
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.branding import operations as branding_operations
from sublet.branding import queries as branding_queries
from sublet.branding.queries import DomainRow
from sublet.core.certificates import TROUBLE as TROUBLED
from sublet.core.rights import CLIENT
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.portals.shared.brand import BrandPlace, brand_page
from sublet.portals.shared.brand_preview import preview_answer
from sublet.portals.shared.components import Action, Crumb, Fact
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.tables import (
    Column,
    Empty,
    Filter,
    FilterOption,
    Pager,
    Row,
    StatusCell,
    Table,
    read_list_state,
)
from sublet.portals.vendor.nav import here

COLUMNS = (
    Column("host", gettext_lazy("Host"), required=True),
    Column("state", gettext_lazy("State"), "status"),
    Column("account", gettext_lazy("Account"), priority=2),
    Column("since", gettext_lazy("Since"), "date", priority=3),
)
#: State → words, icon, tone.
STATE_WORDS = {
    "pending": (gettext_lazy("Waiting for proof"), "clock", "warning"),
    "proved": (gettext_lazy("Answers"), "shield-check", "success"),
    "released": (gettext_lazy("Removed, rests"), "lock-open", "neutral"),
}
#: What a host is doing → the same; its state in the list is the finer word of the two.
STANDING_WORDS = {
    **STATE_WORDS,
    "proved": (gettext_lazy("Proved, leads elsewhere"), "clock", "warning"),
    "serving": STATE_WORDS["proved"],
    "failing": (gettext_lazy("Fails"), "alert-triangle", "danger"),
}
TROUBLE = "trouble"
FILTER_WORDS = {
    TROUBLE: gettext_lazy("Needs attention"),
    **{key: words for key, (words, _i, _t) in STATE_WORDS.items()},
}


def _own_brand(request: SubletRequest) -> BrandPlace:
    return BrandPlace(
        account_ref=request.actor.account_ref,
        url=here(request, "vendor-brand"),
        hosts_url=here(request, "vendor-hosts"),
        preview_url=here(request, "vendor-brand-preview"),
    )


@needs("brand:view", portal="vendor")
@require_http_methods(["GET", "HEAD", "POST"])
def own_brand(request: SubletRequest) -> HttpResponseBase:
    """What the vendor's own host shows."""
    return brand_page(request, _own_brand(request))


@needs("brand:view", portal="vendor")
@require_safe
def own_brand_preview(request: SubletRequest) -> HttpResponseBase:
    """The draft of it, in a frame."""
    return preview_answer(request, _own_brand(request))


def _state(row: DomainRow) -> StatusCell:
    if row.standing in {"serving", "proved"} and row.certificate_code in TROUBLED:
        return StatusCell("failing", gettext_lazy("Certificate"), "danger", "alert-triangle")
    words, icon, tone = STANDING_WORDS[row.standing]
    return StatusCell(row.standing, words, tone, icon)


@needs("hosts:view", portal="vendor")
@require_safe
def hosts(request: SubletRequest) -> HttpResponseBase:
    """Every host, newest first; by the filter those in one state, or those with trouble, the newest trouble first."""
    state = read_list_state(request.GET, columns=COLUMNS, default_sort="host", filters=("state",))
    chosen = state.one("state") if state.one("state") in FILTER_WORDS else ""
    if chosen == TROUBLE:
        found = branding_queries.troubled_domains(search=state.search, cursor=state.cursor)
    else:
        found = branding_queries.all_domains(state=chosen, search=state.search, cursor=state.cursor)
    options = tuple(FilterOption(key, words, selected=key == chosen) for key, words in FILTER_WORDS.items())
    table = Table(
        id="hosts",
        caption=_("Hosts"),
        columns=COLUMNS,
        rows=tuple(
            Row(
                key=row.ref,
                label=row.host,
                url=here(request, "vendor-host", host=row.ref),
                muted=row.state == "released",
                cells={"host": row.host, "state": _state(row), "account": row.account_name, "since": row.created_at},
            )
            for row in found.rows
        ),
        state=state,
        pager=Pager(
            previous=found.previous_cursor,
            next=found.next_cursor,
            shown=len(found.rows),
            first_page=not found.previous_cursor,
        ),
        search_label=_("How the host begins"),
        filters=(Filter("state", _("State"), options, many=False, icon="circle-check"),),
        empty=Empty(title=_("No hosts yet"), text=_("Resellers bring theirs when they begin."), icon_name="world"),
    )
    return render(request, "vendor/hosts.html", {"table": table, "own": settings.VENDOR_HOST})


@needs("hosts:view", portal="vendor")
@require_safe
def host(request: SubletRequest, host: str) -> HttpResponseBase:
    """One host: whose it is, since when, and what the vendor may do about it."""
    row = branding_queries.domain_row(host)
    about = here(request, "vendor-account", ref=row.account_ref) if row.account_kind != CLIENT else ""
    facts = [
        Fact(_("State"), _state(row), "status"),
        Fact(_("Account"), row.account_name, url=about),
        Fact(_("Main address"), row.is_primary, "yes_no"),
        Fact(_("Added"), row.created_at, "datetime"),
        Fact(_("Proved"), row.proved_at, "datetime"),
    ]
    if row.rests_until is not None:
        facts.append(Fact(_("Rests until"), row.rests_until, "datetime"))
    manages = request.actor.may("hosts:manage")
    actions = []
    if manages and row.state == "pending":
        actions.append(Action(_("Mark as proved"), icon="shield-check", dialog="prove", tone="primary"))
    if manages and row.state != "released":
        actions.append(Action(_("Remove"), icon="trash", dialog="remove"))
    context = {
        "row": row,
        "facts": facts,
        "actions": actions,
        "crumbs": (Crumb(_("Hosts"), here(request, "vendor-hosts")), Crumb(row.host)),
        "prove_url": here(request, "vendor-host-proved", host=host) if manages and row.state == "pending" else "",
        "remove_url": here(request, "vendor-host-remove", host=host) if manages and row.state != "released" else "",
        "prove_points": (
            _("It answers at once, with the account’s brand."),
            _("Do it only when you know that the domain belongs to the account: nobody else can have it then."),
        ),
        "remove_points": (
            _("There is nothing at this address from then on."),
            _("For 30 days nobody but the account can have it."),
        ),
    }
    return render(request, "vendor/host.html", context)


def _act(request: SubletRequest, host: str, operation: Callable[..., None], words: str) -> HttpResponseBase:
    row = branding_queries.domain_row(host)
    try:
        operation(ref=host, actor=request.actor, at=now())
        success(request, words % {"host": row.host})
    except Refusal as refusal:
        error(request, refusal.sentence)
        return HttpResponseRedirect(here(request, "vendor-host", host=host))
    return HttpResponseRedirect(here(request, "vendor-hosts"))


@needs("hosts:manage", portal="vendor")
@require_POST
def proved(request: SubletRequest, host: str) -> HttpResponseBase:
    """State that a waiting host is the account's."""
    return _act(request, host, branding_operations.mark_proved, _("%(host)s answers from now on."))


@needs("hosts:manage", portal="vendor")
@require_POST
def remove(request: SubletRequest, host: str) -> HttpResponseBase:
    """Take a host away."""
    return _act(request, host, branding_operations.release_host, _("%(host)s was removed."))

"""The senders of everybody: which domains are in use, whose servers fail, what was refused last."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from sublet.core.rights import DIRECT, RESELLER
from sublet.foundation.clock import now
from sublet.messaging.sender_health import DomainHealth, sender_health
from sublet.portals.shared.components import Fact
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.sender_words import DOMAIN_WORDS, cell, fault_words
from sublet.portals.shared.tables import Column, Empty, Filter, FilterOption, Pager, Row, Table, read_list_state
from sublet.portals.vendor.nav import here

COLUMNS = (
    Column("domain", gettext_lazy("Domain"), required=True),
    Column("state", gettext_lazy("State"), "status"),
    Column("account", gettext_lazy("Account")),
    Column("refused", gettext_lazy("Last refusal"), priority=3),
    Column("checked", gettext_lazy("Last looked at"), "ago", priority=2),
)


@needs("brand:view", portal="vendor")
@require_safe
def health(request: SubletRequest) -> HttpResponseBase:
    """The list, by state, and what holds for all of them."""
    state = read_list_state(request.GET, columns=COLUMNS, default_sort="domain", filters=("state",))
    chosen = state.one("state") if state.one("state") in DOMAIN_WORDS else ""
    found = sender_health(request.actor, state=chosen, cursor=state.cursor, at=now())
    options = tuple(
        FilterOption(key, words, found.counts[key], selected=key == chosen)
        for key, (words, _tone, _icon) in DOMAIN_WORDS.items()
    )
    table = Table(
        id="sender-domains",
        caption=_("Sender domains"),
        columns=COLUMNS,
        rows=tuple(_row(request, row) for row in found.rows),
        state=state,
        pager=Pager(
            previous=found.previous_cursor,
            next=found.next_cursor,
            shown=len(found.rows),
            first_page=not found.previous_cursor,
        ),
        filters=(Filter("state", _("State"), options, many=False, icon="circle-check"),),
        empty=Empty(
            title=_("No sender domains yet"),
            text=_("What resellers and clients add on their page “Senders” appears here."),
            icon_name="at",
        ),
    )
    facts = (
        Fact(_("Neutral address"), found.neutral),
        Fact(_("What does not arrive comes back to"), found.bounces_to),
    )
    servers = [(each, *fault_words(each.why, each.server, each.kind)) for each in found.servers]
    context = {"table": table, "health": found, "facts": facts, "servers": servers}
    return render(request, "vendor/sender_health.html", context)


def _problem(row: DomainHealth) -> str:
    if row.why is None or row.state == "proved":
        return ""
    return _("%(name)s is missing in DNS, or says something else than it should.") % {"name": row.why.name}


def _row(request: SubletRequest, row: DomainHealth) -> Row:
    about = row.account_kind in {RESELLER, DIRECT}
    return Row(
        key=row.ref,
        label=row.domain,
        url=here(request, "vendor-account", ref=row.account_ref) if about else "",
        problem=_problem(row),
        cells={
            "domain": row.domain,
            "state": cell(row.state, DOMAIN_WORDS),
            "account": row.account_name,
            "refused": row.refusal.answer if row.refusal is not None else "",
            "checked": row.checked_at,
        },
    )

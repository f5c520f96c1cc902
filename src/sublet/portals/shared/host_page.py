"""One host, the same in every portal: the DNS records that it needs, what DNS says, and looking again."""

from __future__ import annotations

from django.contrib.messages import error, success
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sublet.branding import operations as branding_operations
from sublet.branding import queries as branding_queries
from sublet.branding.findings import CERTIFICATES
from sublet.branding.queries import DomainRow
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.portals.shared.components import Fact
from sublet.portals.shared.hosts_pages import (
    HostsPlace,
    certificate_sentence,
    certificate_trouble,
    own_host,
    trouble_sentence,
)
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_datetime

#: What a host's right to its name rests on.
PROOFS = {
    "neutral": gettext_lazy("It lies below the neutral domain and needs no proof."),
    "wildcard": gettext_lazy("It lies below a domain of the reseller that is proved as a whole."),
    "vendor": gettext_lazy("It was proved by hand."),
    "dns": gettext_lazy("It is proved by its TXT record, which must stay."),
}


def host_page(request: SubletRequest, place: HostsPlace, ref: str) -> HttpResponseBase:
    """Everything about one host."""
    row = own_host(place, ref)
    facts = []
    if row.state == "proved":
        facts.append(Fact(_("Proof"), str(PROOFS.get(row.proof, "—"))))
    if row.certificate_code in CERTIFICATES:
        facts.append(Fact(_("Certificate"), certificate_sentence(row)))
    context = {
        **(place.frame or {}),
        **_state(request, place, row),
        "base": place.base,
        "framed": place.frame is not None,
        "facts": facts,
        "is_apex_alias": any(record.kind == "ALIAS" for record in row.records),
        "may_redirect": place.may_change and row.answers and not row.is_primary,
        "redirect_url": place.url_of("redirect", row.ref),
        "names_url": place.url_of("names", row.ref) if _gives(place, row) else "",
    }
    return render(request, "hosts/host.html", context)


def _gives(place: HostsPlace, row: DomainRow) -> bool:
    """Whether names below it are given to clients."""
    return bool(place.clients_url) and row.is_wildcard and row.state == "proved"


def _state(request: SubletRequest, place: HostsPlace, row: DomainRow) -> dict[str, object]:
    awaits = row.awaits(now())
    return {
        "place": place,
        "row": row,
        "trouble": certificate_trouble(row),
        "trouble_sentence": trouble_sentence(row),
        "waits": awaits == "soon",
        "late": awaits == "late",
        "looked": write_datetime(row.checked_at) if row.checked_at is not None else "",
        "stops": write_datetime(row.stops_at) if row.stops_at is not None else "",
        "check_url": place.url_of("check", row.ref) if place.may_change and row.can_check else "",
        "state_url": place.url_of("state", row.ref),
    }


def host_state(request: SubletRequest, place: HostsPlace, ref: str) -> HttpResponseBase:
    """The part of the page that changes when a check is done."""
    return render(request, "hosts/state.html", _state(request, place, own_host(place, ref)))


def host_check(request: SubletRequest, place: HostsPlace, ref: str) -> HttpResponseBase:
    """Let DNS be asked now; the page looks for the answer by itself."""
    own_host(place, ref)
    try:
        branding_operations.ask_check(ref=ref, actor=request.actor, at=now())
    except Refusal as refusal:
        error(request, refusal.sentence)
        return HttpResponseRedirect(place.url_of("page", ref))
    if request.htmx:
        return host_state(request, place, ref)
    return HttpResponseRedirect(place.url_of("page", ref))


def host_redirect(request: SubletRequest, place: HostsPlace, ref: str) -> HttpResponseBase:
    """Let the host lead to the main one, or show its own pages again."""
    row = own_host(place, ref)
    redirects = request.POST.get("redirects") == "yes"
    try:
        branding_operations.set_redirect(ref=ref, redirects=redirects, actor=request.actor, at=now())
        if redirects:
            success(request, _("%(host)s leads to the main address from now on.") % {"host": row.shown})
        else:
            success(request, _("%(host)s shows its own pages from now on.") % {"host": row.shown})
    except Refusal as refusal:
        error(request, refusal.sentence)
    here = request.site.host == row.host and redirects
    target = place.url_of("page", ref)
    return HttpResponseRedirect(
        branding_queries.origin(branding_queries.primary_host(place.account_id)) + target if here else target
    )

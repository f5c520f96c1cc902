"""The hosts page, the same in every portal: which addresses answer with the brand, and which one links lead to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.messages import error, success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from sublet.branding import operations as branding_operations
from sublet.branding import queries as branding_queries
from sublet.branding.findings import CERTIFICATES
from sublet.branding.operations import CannotAddHost
from sublet.branding.queries import DomainRow
from sublet.core.certificates import ENDS, TROUBLE
from sublet.core.hosts import label_from_name
from sublet.core.rights import RESELLER
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound, Refusal
from sublet.portals.shared.brand import refresh_site
from sublet.portals.shared.brand_forms import HostForm
from sublet.portals.shared.csp import allow_form_target
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_date


@dataclass(frozen=True, slots=True)
class HostsPlace:
    """Where a hosts page stands. `url_of(act, ref)` is where ``main`` and ``remove`` of a host are sent by POST."""

    account_id: int
    account_ref: str
    account_name: str
    account_kind: str
    url: str
    check_url: str
    url_of: Callable[[str, str], str]
    may_change: bool
    title: str
    lead: str
    base: str = "shared/app.html"
    frame: Mapping[str, Any] | None = None
    clients_url: str = ""  # the list whose clients can be given names below a wildcard; a reseller's own hosts only


@dataclass(frozen=True, slots=True)
class HostLine:
    """A host on the page: the row, its address for people, and what can be done."""

    row: DomainRow
    url: str
    page_url: str
    trouble: str
    note: str
    main_url: str
    remove_url: str
    dialog: str
    points: tuple[str, ...]


def hosts_page(request: SubletRequest, place: HostsPlace) -> HttpResponseBase:
    """The page, and by POST a new host."""
    at = now()
    if request.method != "POST":
        refresh_site(request)
        return _page(request, place, HostForm(check_url=place.check_url), at)
    form = HostForm(request.POST, check_url=place.check_url)
    if not form.is_valid():
        return _page(request, place, form, at, status=422)
    try:
        added = branding_operations.add_host(
            account_ref=place.account_ref, host=form.cleaned_data["host"], actor=request.actor, at=at
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, place, form, at, status=refusal.status)
    if added.state == "proved":
        success(request, _("%(host)s answers from now on.") % {"host": added.host})
    else:
        success(request, _("%(host)s is noted. It answers once it is proved.") % {"host": added.host})
        return HttpResponseRedirect(place.url_of("page", added.ref))
    return HttpResponseRedirect(place.url)


def _page(request: SubletRequest, place: HostsPlace, form: HostForm, at: datetime, status: int = 200) -> HttpResponse:
    rows = branding_queries.hosts_of(place.account_id, at=at)
    lines = [_line(request, place, row, rows) for row in rows]
    if any(line.remove_url and line.row.host == request.site.host for line in lines):
        allow_form_target(request, branding_queries.origin(_elsewhere(place, request.site.host, rows)))
    proposed = label_from_name(place.account_name)
    if (
        not form.is_bound
        and proposed
        and not branding_queries.refuse_host(proposed, account_id=place.account_id, at=at)
    ):
        form.initial["host"] = "" if rows else proposed
    context = {
        **(place.frame or {}),
        "base": place.base,
        "framed": place.frame is not None,
        "place": place,
        "form": form,
        "lines": lines,
        "suffix": settings.HOST_SUFFIX,
        "zone_free": place.account_kind != RESELLER,
    }
    return render(request, "hosts/page.html", context, status=status)


def _line(request: SubletRequest, place: HostsPlace, row: DomainRow, rows: list[DomainRow]) -> HostLine:
    proved = [each for each in rows if each.answers]
    last = row.answers and len(proved) == 1 and place.account_kind == RESELLER
    removable = row.state == "pending" or (
        row.is_wildcard or (row.answers and not last and (not row.is_primary or len(proved) == 1))
    )
    return HostLine(
        row=row,
        url=branding_queries.origin(row.host) + "/" if row.answers else "",
        page_url=place.url_of("page", row.ref) if row.state != "released" else "",
        trouble=certificate_trouble(row),
        note=_note(row, place, last=last, alone=len(proved) == 1),
        main_url=place.url_of("main", row.ref) if place.may_change and row.answers and not row.is_primary else "",
        remove_url=place.url_of("remove", row.ref) if place.may_change and removable else "",
        dialog=f"remove-{row.ref}",
        points=_points(request, place, row, rows),
    )


def _note(row: DomainRow, place: HostsPlace, *, last: bool, alone: bool) -> str:
    if row.standing == "failing":
        return next((finding.sentence for finding in row.findings), "")
    if certificate_trouble(row):
        return trouble_sentence(row)
    if row.is_wildcard:
        return _("Stands for all addresses below this domain, which can be given to clients.")
    if row.redirects:
        return _("Leads to the main address.")
    if row.state == "pending":
        return _("It answers once it is proved that the domain is yours. Until then nothing is shown there.")
    if row.rests_until is not None:
        return _("Removed. Nobody else can have it before %(date)s.") % {"date": write_date(row.rests_until)}
    if last:
        return _("Links in mails lead here. A reseller keeps at least one address: add another to remove this one.")
    if row.is_primary and not alone:
        return _("Links in mails lead here. To remove it, make another one the main address first.")
    if row.is_primary:
        return _("Links in mails lead here.")
    return ""


def certificate_trouble(row: DomainRow) -> str:
    """The tone of what is wrong with the certificate of a host that leads here; empty where nothing is: a host that browsers
    warn of must not be called one that answers."""
    if row.standing != "serving" or row.certificate_code not in TROUBLE:
        return ""
    return "warning" if row.certificate_code == ENDS else "danger"


def trouble_sentence(row: DomainRow) -> str:
    """The same in words, which follow a colon and so begin with a small letter."""
    sentence = certificate_sentence(row)
    return _("Certificate: %(state)s") % {"state": sentence[:1].lower() + sentence[1:]}


def certificate_sentence(row: DomainRow) -> str:
    """What visitors are shown, in words; empty where nobody has looked."""
    sentence = CERTIFICATES.get(row.certificate_code)
    ends = write_date(row.certificate_ends_at) if row.certificate_ends_at is not None else "—"
    return str(sentence) % {"issuer": row.certificate_issuer or "—", "ends": ends} if sentence is not None else ""


def _elsewhere(place: HostsPlace, host: str, rows: list[DomainRow]) -> str:
    """Where people go on when `host` is gone."""
    other = next((row.host for row in rows if row.answers and row.host != host), "")
    return other or branding_queries.primary_host_above(place.account_id)


def _points(request: SubletRequest, place: HostsPlace, row: DomainRow, rows: list[DomainRow]) -> tuple[str, ...]:
    if row.state == "pending":
        return (_("It was never proved, so it can be added again at any time."),)
    points = [
        _("From then on there is nothing at this address; links and bookmarks to it stop working."),
        _("For 30 days nobody else can have it. You can take it up again at any time."),
    ]
    if row.host == request.site.host:
        going_on = _elsewhere(place, row.host, rows)
        points.append(_("You are on this address now. You go on at %(host)s and log in there.") % {"host": going_on})
    return tuple(points)


def host_answer(request: SubletRequest, place: HostsPlace) -> HttpResponseBase:
    """Whether the typed name can be had: a part of the page, asked for while one types."""
    typed = request.GET.get("host", "").replace("\x00", "")[:300].strip()
    code = branding_queries.refuse_host(typed, account_id=place.account_id, at=now()) if typed else ""
    wanted = branding_queries.understand(typed)[1] if typed and not code else None
    context = {
        "typed": typed,
        "refused": refusal_sentence(typed, code) if code else "",
        "host": wanted.host if wanted is not None else "",
        "below_suffix": wanted is not None and wanted.below_suffix,
    }
    return render(request, "hosts/answer.html", context)


def refusal_sentence(typed: str, code: str) -> str:
    """The words for a code of `branding.queries.refuse_host`."""
    example = "my.example.com" if "." in typed else f"bella-napoli.{settings.HOST_SUFFIX}"
    return CannotAddHost(code, example=example, suffix=settings.HOST_SUFFIX).sentence


def own_host(place: HostsPlace, ref: str) -> DomainRow:
    """The host of the page's account. Raises NotFound."""
    row = branding_queries.domain_row(ref)
    if row.account_ref != place.account_ref:
        raise NotFound
    return row


def host_main(request: SubletRequest, place: HostsPlace, ref: str) -> HttpResponseBase:
    """Let links lead to this host."""
    row = own_host(place, ref)
    try:
        branding_operations.make_primary(ref=ref, actor=request.actor, at=now())
        success(request, _("Links lead to %(host)s from now on.") % {"host": row.host})
    except Refusal as refusal:
        error(request, refusal.sentence)
    return HttpResponseRedirect(place.url)


def host_remove(request: SubletRequest, place: HostsPlace, ref: str) -> HttpResponseBase:
    """Take the host away; whoever stands on it goes on at another."""
    row = own_host(place, ref)
    try:
        branding_operations.release_host(ref=ref, actor=request.actor, at=now())
    except Refusal as refusal:
        error(request, refusal.sentence)
        return HttpResponseRedirect(place.url)
    success(request, _("%(host)s was removed.") % {"host": row.host})
    if row.host == request.site.host and row.state == "proved":
        return HttpResponseRedirect(
            branding_queries.origin(branding_queries.primary_host(place.account_id)) + place.url
        )
    return HttpResponseRedirect(place.url)

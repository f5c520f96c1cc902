"""What a reseller holds of each meter for its clients to draw from, given and taken away by the vendor."""

from __future__ import annotations

from django import forms
from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from sublet.accounts.queries import AccountFacts
from sublet.entitlements import operations, queries
from sublet.entitlements.queries import PoolRow
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound, Refusal
from sublet.portals.shared.components import Crumb
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.vendor.nav import here
from sublet.portals.vendor.views.account import crumbs_of, facts_below


class PoolForm(SubletForm):
    """How large a pool is, and how far it may be promised twice."""

    size = forms.IntegerField(
        label=gettext_lazy("Units in the pool"),
        min_value=0,
        required=False,
        help_text=gettext_lazy("All its clients draw from it together. Empty: there is no pool."),
    )
    oversell = forms.IntegerField(
        label=gettext_lazy("May be promised up to, in percent"),
        required=False,
        help_text=gettext_lazy(
            "100: upper limits of clients add up to the pool at most. Empty: they are not added up."
        ),
    )


@needs("accounts:view", portal="vendor")
@require_safe
def listing(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Each meter with its pool."""
    facts = facts_below(request, ref)
    rows = [
        (row, here(request, "vendor-account-pool", ref=ref, meter=row.meter))
        for row in queries.pools_of_reseller(request.actor, ref, at=now())
    ]
    context = {
        "facts": facts,
        "rows": rows,
        "may_manage": request.actor.may("accounts:manage"),
        "crumbs": crumbs_of(request, facts, Crumb(_("Pools"))),
    }
    return render(request, "vendor/pools.html", context)


@needs("accounts:manage", portal="vendor")
@require_http_methods(["GET", "HEAD", "POST"])
def pool(request: SubletRequest, ref: str, meter: str) -> HttpResponseBase:
    """One pool: its size and how far it may be promised; by POST given, changed, or taken away."""
    facts = facts_below(request, ref)
    row = next((each for each in queries.pools_of_reseller(request.actor, ref, at=now()) if each.meter == meter), None)
    if row is None:
        raise NotFound
    if request.method != "POST":
        oversell = 100 if row.size is None else row.oversell
        return _form(request, facts, row, PoolForm(initial={"size": row.size, "oversell": oversell}))
    form = PoolForm(request.POST)
    if not form.is_valid():
        return _form(request, facts, row, form, status=422)
    try:
        operations.set_pool(
            ref=ref,
            meter=meter,
            size=form.cleaned_data["size"],
            oversell=form.cleaned_data["oversell"],
            actor=request.actor,
            at=now(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _form(request, facts, row, form, status=refusal.status)
    success(request, _("Saved. It holds at once."))
    return HttpResponseRedirect(here(request, "vendor-account-pools", ref=ref))


def _form(
    request: SubletRequest, facts: AccountFacts, row: PoolRow, form: PoolForm, *, status: int = 200
) -> HttpResponse:
    back = here(request, "vendor-account-pools", ref=facts.ref)
    context = {
        "facts": facts,
        "row": row,
        "form": form,
        "back_url": back,
        "crumbs": crumbs_of(request, facts, Crumb(_("Pools"), back), Crumb(row.name)),
    }
    return render(request, "vendor/pool.html", context, status=status)

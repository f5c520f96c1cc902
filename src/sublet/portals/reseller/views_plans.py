"""What the vendor offers for the reseller's clients, with list prices."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sublet.catalog import queries as catalog_queries
from sublet.entitlements import queries as entitlement_queries
from sublet.portals.reseller.nav import here
from sublet.portals.shared.components import Action
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.manifest_words import name_of
from sublet.portals.shared.offer_words import PlanColumn, add_on_words, plan_table


@needs("subscription:view", portal="reseller")
@require_safe
def plans(request: SubletRequest) -> HttpResponseBase:
    """Plans and add-ons that are open to everyone, side by side."""
    offer = catalog_queries.offer()
    found = [plan for plan in offer.plans_on_sale if plan.public]
    columns = [PlanColumn(name_of(plan.name), name_of(plan.description)) for plan in found]
    context = {
        "table": plan_table(offer, found, columns, advice=_("What clients usually pay")) if found else None,
        "add_ons": [
            (name_of(each.name), each.icon, name_of(each.description), add_on_words(offer, each))
            for each in offer.add_ons_on_sale
            if each.public
        ],
        "actions": (Action(_("Pools"), here(request, "reseller-pools"), "chart-bar"),) if _has_pools(request) else (),
    }
    return render(request, "reseller/plans.html", context)


def _has_pools(request: SubletRequest) -> bool:
    return request.actor.may("clients:view") and bool(entitlement_queries.pooled_meters(request.actor))

"""What the vendor offers for the reseller's clients, with list prices."""

from __future__ import annotations

from django import forms
from django.contrib.messages import info, success
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from sublet.catalog import queries as catalog_queries
from sublet.entitlements import queries as entitlement_queries
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound, Refusal
from sublet.portals.reseller.nav import here
from sublet.portals.shared.basis_words import basis_words
from sublet.portals.shared.components import Action, Crumb
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_date
from sublet.portals.shared.manifest_words import name_of
from sublet.portals.shared.offer_words import PlanColumn, add_on_words, plan_table
from sublet.portals.shared.subscription_forms import BASES, ReasonOnlyForm
from sublet.subscriptions import operations, queries


class UsualBasisForm(ReasonOnlyForm):
    """By which periods new clients are charged."""

    field_order = ("basis", "reason")
    basis = forms.ChoiceField(label=gettext_lazy("How are they charged?"), widget=forms.RadioSelect, choices=BASES)


@needs("subscription:view", portal="reseller")
@require_safe
def plans(request: SubletRequest) -> HttpResponseBase:
    """Plans and add-ons that are open to everyone, side by side."""
    offer = catalog_queries.offer()
    found = [plan for plan in offer.plans_on_sale if plan.public]
    usual = queries.usual_basis(request.actor)
    columns = [PlanColumn(name_of(plan.name), name_of(plan.description)) for plan in found]
    context = {
        "table": plan_table(offer, found, columns, advice=_("What clients usually pay")) if found else None,
        "add_ons": [
            (name_of(each.name), each.icon, name_of(each.description), add_on_words(offer, each))
            for each in offer.add_ons_on_sale
            if each.public
        ],
        "actions": (Action(_("Pools"), here(request, "reseller-pools"), "chart-bar"),) if _has_pools(request) else (),
        "usual": basis_words(usual.basis),
        "usual_url": here(request, "reseller-plans-basis") if usual.may_change else "",
    }
    return render(request, "reseller/plans.html", context)


@needs("subscription:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def usual_basis(request: SubletRequest) -> HttpResponseBase:
    """By which periods new clients are charged; by POST something else. Whoever reaches some clients only finds nothing here."""
    view = queries.usual_basis(request.actor)
    if not view.may_change:
        raise NotFound
    form = UsualBasisForm(request.POST if request.method == "POST" else None, initial={"basis": view.basis})
    if request.method != "POST":
        return _usual_page(request, view, form)
    if not form.is_valid():
        return _usual_page(request, view, form, 422)
    try:
        done = operations.set_usual_basis(actor=request.actor, at=now(), **form.cleaned_data)
    except Refusal as refusal:
        form.refuse(refusal)
        return _usual_page(request, view, form, refusal.status)
    (success if done else info)(request, _("Saved.") if done else _("Nothing would change."))
    return HttpResponseRedirect(here(request, "reseller-plans"))


def _usual_page(
    request: SubletRequest, view: queries.UsualView, form: UsualBasisForm, status: int = 200
) -> HttpResponseBase:
    since = ""
    if view.since is not None:
        since = _("Said on %(day)s by %(person)s.") % {"day": write_date(view.since), "person": view.by}
    context = {
        "now": basis_words(view.basis),
        "since": since,
        "form": form,
        "cancel_url": here(request, "reseller-plans"),
        "crumbs": (Crumb(_("Plans"), here(request, "reseller-plans")), Crumb(_("New clients"))),
    }
    return render(request, "reseller/plans_basis.html", context, status=status)


def _has_pools(request: SubletRequest) -> bool:
    return request.actor.may("clients:view") and bool(entitlement_queries.pooled_meters(request.actor))

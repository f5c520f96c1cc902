"""By which periods whoever is on a plan is charged: what the vendor says of it, from a day on."""

from __future__ import annotations

from django import forms
from django.contrib.messages import info, success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from sublet.catalog import queries as catalog_queries
from sublet.core.bases import EITHER
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.portals.shared.basis_words import basis_words
from sublet.portals.shared.components import Crumb
from sublet.portals.shared.forms import DayField, SubletForm
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_date
from sublet.portals.shared.manifest_words import name_of
from sublet.portals.shared.subscription_forms import BASES
from sublet.portals.vendor.nav import here
from sublet.subscriptions import operations, queries
from sublet.subscriptions.queries import RuleView


class RuleForm(SubletForm):
    """What the vendor says, and from which day on."""

    basis = forms.ChoiceField(
        label=gettext_lazy("How is it charged?"),
        widget=forms.RadioSelect,
        choices=((EITHER, gettext_lazy("Whoever sells it chooses for each account")), *BASES),
    )
    first_day = DayField(
        label=gettext_lazy("From which day"),
        help_text=gettext_lazy(
            "A day that has not begun anywhere yet. It begins for each account by that account’s own clock."
        ),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("Kept in the history; the client does not read it."),
    )


@needs("billing:manage", portal="vendor")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SubletRequest, key: str) -> HttpResponseBase:
    """What holds and what comes; by POST something else."""
    at = now()
    view = queries.rule_of(request.actor, key, at=at)
    form = RuleForm(request.POST if request.method == "POST" else None, initial={"basis": view.basis})
    if request.method != "POST":
        return _page(request, view, form)
    if not form.is_valid():
        return _page(request, view, form, 422)
    try:
        done = operations.rule_basis(plan=key, actor=request.actor, at=at, **form.cleaned_data)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, view, form, refusal.status)
    (success if done else info)(request, _("Saved.") if done else _("Nothing would change."))
    return HttpResponseRedirect(request.path)


def _page(request: SubletRequest, view: RuleView, form: RuleForm, status: int = 200) -> HttpResponse:
    versions = [item.plan for item in catalog_queries.offer().every_plan if item.plan.key == view.plan]
    name = name_of(max(versions, key=lambda each: each.version).name)
    # Who says it may lack the right to look at the offer.
    above = here(request, "vendor-offer") if request.actor.may("manifest:view") else ""
    plan_url = here(request, "vendor-offer-plan", key=view.plan) if above else ""
    context = {
        "name": name,
        "now": basis_words(view.basis),
        "since": write_date(view.since) if view.since is not None else "",
        "comes": [(basis_words(each.basis), write_date(each.first_day)) for each in view.comes],
        "form": form,
        "cancel_url": plan_url or here(request, "vendor-home"),
        "crumbs": (Crumb(_("Offer"), above), Crumb(name, plan_url), Crumb(_("How it is charged"))),
    }
    return render(request, "vendor/offer_basis.html", context, status=status)

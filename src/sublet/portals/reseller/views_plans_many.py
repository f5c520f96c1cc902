"""One plan for many clients: which, what that changes for whom, then it is done."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from django import forms
from django.contrib.messages import warning
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from sublet.accounts.queries import Selection
from sublet.catalog import queries as catalog_queries
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.portals.reseller.client_table import selected_words
from sublet.portals.reseller.views_brand_many import back_to_clients, chosen_clients, once_of
from sublet.portals.reseller.views_bulk import carried_out
from sublet.portals.shared.components import Crumb
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_number
from sublet.portals.shared.plan_words import change_lines, plan_called, plan_choice
from sublet.portals.shared.words import clients_called
from sublet.subscriptions import operations, queries


class PlanForManyForm(SubletForm):
    """The plan that all of them get."""

    plan = forms.ChoiceField(label=gettext_lazy("Plan"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("Kept in the history of each."),
    )


@needs("subscription:manage", portal="reseller")
@require_POST
def plans(request: SubletRequest) -> HttpResponseBase:
    """The selection and the plans; then what changes; with ``confirmed`` the change itself."""
    chosen, again = chosen_clients(request)
    if chosen.query is None and not chosen.refs:
        warning(request, _("Nothing is selected."))
        return HttpResponseRedirect(back_to_clients(request, again["query"]))
    picked = "plan" in request.POST
    form = PlanForManyForm(request.POST if picked else None)
    offer = catalog_queries.offer()
    start = offer.starting_plan
    sold = [each for each in offer.plans_on_sale if each.public and (start is None or each.key != start.key)]
    form.fields["plan"].choices = [(each.key, plan_choice(offer, each)) for each in sold]  # type: ignore[attr-defined]  # it has
    if not picked or not form.is_valid():
        return _page(request, chosen, again, form, status=422 if picked else 200)
    values = form.cleaned_data
    if not request.POST.get("confirmed"):
        return _page(request, chosen, again, form, plan=values["plan"])
    try:
        done = operations.change_plans(
            selection=chosen,
            plan=values["plan"],
            reason=values["reason"],
            once=once_of(request),
            actor=request.actor,
            at=now(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, chosen, again, form, status=refusal.status)
    return carried_out(request, done, again["query"])


def _page(
    request: SubletRequest,
    chosen: Selection,
    again: Mapping[str, str],
    form: PlanForManyForm,
    *,
    plan: str = "",
    status: int = 200,
) -> HttpResponse:
    preview = queries.preview_plans(request.actor, chosen, plan=plan, at=now())
    offer = catalog_queries.offer()
    title = _("Change the plan of these clients")
    context = {
        "title": title,
        "form": form,
        "plan": plan_called(offer.plan(plan)) if plan else "",
        "sent": [(name, request.POST.get(name, "")) for name in form.fields] if plan else [],
        "selected": selected_words(preview.selected),
        "staying": ngettext(
            "%(number)s of them stays as it is: it is on that plan, or closed.",
            "%(number)s of them stay as they are: they are on that plan, or closed.",
            preview.staying,
        )
        % {"number": write_number(preview.staying)}
        if preview.staying and plan
        else "",
        "impossible": bool(plan) and preview.changing == 0,
        "moves": [
            (
                ngettext("%(number)s client on “%(plan)s”", "%(number)s clients on “%(plan)s”", move.number)
                % {"number": write_number(move.number), "plan": plan_called(move.before)},
                change_lines(offer, move.lines),
            )
            for move in preview.moves
        ],
        "names": preview.names,
        "keys": chosen.refs,
        "once": secrets.token_hex(16),
        "again": again,
        "cancel_url": back_to_clients(request, again["query"]),
        "crumbs": (Crumb(clients_called(request), back_to_clients(request, again["query"])), Crumb(title)),
    }
    return render(request, "reseller/plans_many.html", context, status=status)

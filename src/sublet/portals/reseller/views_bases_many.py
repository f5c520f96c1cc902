"""How many clients are charged: which, whom that changes, then it is done."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping

from django import forms
from django.contrib.messages import warning
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from sublet.accounts.queries import Selection
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.portals.reseller.client_table import selected_words
from sublet.portals.reseller.views_brand_many import back_to_clients, chosen_clients, once_of
from sublet.portals.reseller.views_bulk import carried_out
from sublet.portals.shared.basis_words import charged_again_words
from sublet.portals.shared.components import Crumb
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_number
from sublet.portals.shared.subscription_forms import BASES, WHENS, ReasonOnlyForm
from sublet.portals.shared.words import clients_called
from sublet.subscriptions import operations, queries


class BasisForManyForm(ReasonOnlyForm):
    """By which periods all of them are charged, and from when on."""

    field_order = ("basis", "when", "reason")
    basis = forms.ChoiceField(label=gettext_lazy("How are they charged?"), widget=forms.RadioSelect, choices=BASES)
    when = forms.ChoiceField(
        label=gettext_lazy("From when?"),
        widget=forms.RadioSelect,
        choices=[each for each in WHENS if each[0] != "day"][::-1],
        initial="period",
    )


@needs("subscription:manage", portal="reseller")
@require_POST
def bases(request: SubletRequest) -> HttpResponseBase:
    """The selection and the question; then whom it changes; with ``confirmed`` the change itself."""
    chosen, again = chosen_clients(request)
    if chosen.query is None and not chosen.refs:
        warning(request, _("Nothing is selected."))
        return HttpResponseRedirect(back_to_clients(request, again["query"]))
    picked = "basis" in request.POST or "when" in request.POST
    form = BasisForManyForm(request.POST if picked else None)
    if not picked or not form.is_valid():
        return _page(request, chosen, again, form, status=422 if picked else 200)
    values = form.cleaned_data
    if not request.POST.get("confirmed"):
        return _page(request, chosen, again, form, preview=True)
    try:
        done = operations.choose_bases(
            selection=chosen,
            once=once_of(request),
            actor=request.actor,
            at=now(),
            **values,
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, chosen, again, form, status=refusal.status)
    return carried_out(request, done, again["query"])


#: Why some are charged as before: the words for so many of them.
STAYING: Mapping[str, Callable[[int], str]] = {
    "same": lambda number: ngettext(
        "%(number)s client is charged so already.", "%(number)s clients are charged so already.", number
    ),
    "vendor-says": lambda number: ngettext(
        "%(number)s client has a plan of which the vendor says how it is charged.",
        "%(number)s clients have a plan of which the vendor says how it is charged.",
        number,
    ),
    "no-period": lambda number: ngettext(
        "%(number)s client has no plan whose period could end.",
        "%(number)s clients have no plan whose period could end.",
        number,
    ),
    "closed": lambda number: ngettext("%(number)s client is closed.", "%(number)s clients are closed.", number),
}


def _page(
    request: SubletRequest,
    chosen: Selection,
    again: Mapping[str, str],
    form: BasisForManyForm,
    *,
    preview: bool = False,
    status: int = 200,
) -> HttpResponse:
    asked = form.cleaned_data if preview else {"basis": "", "when": "now"}
    found = queries.preview_bases(request.actor, chosen, basis=asked["basis"], when=asked["when"], at=now())
    title = _("How these clients are charged")
    context = {
        "title": title,
        "form": form,
        "preview": preview,
        "sent": [(name, request.POST.get(name, "")) for name in form.fields] if preview else [],
        "selected": selected_words(found.selected),
        "unknown": preview and not found.known,
        "impossible": preview and found.known and not found.changing,
        "changing": ngettext(
            "%(number)s client will be charged otherwise.",
            "%(number)s clients will be charged otherwise.",
            found.changing,
        )
        % {"number": write_number(found.changing)}
        if preview and found.known and found.changing
        else "",
        "staying": [STAYING[why](number) % {"number": write_number(number)} for why, number in found.staying.items()]
        if preview
        else [],
        "points": charged_again_words(),
        "names": found.names,
        "keys": chosen.refs,
        "once": secrets.token_hex(16),
        "again": again,
        "cancel_url": back_to_clients(request, again["query"]),
        "crumbs": (Crumb(clients_called(request), back_to_clients(request, again["query"])), Crumb(title)),
    }
    return render(request, "reseller/bases_many.html", context, status=status)

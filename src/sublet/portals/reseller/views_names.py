"""Addresses below a wildcard of the reseller: for many clients at once, and for each new one by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.messages import error, success, warning
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from sublet.accounts.queries import Selection
from sublet.branding import operations as branding_operations
from sublet.branding import queries as branding_queries
from sublet.branding.operations import CannotNameClients, ClientNames
from sublet.branding.queries import DomainRow
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.portals.reseller.nav import here
from sublet.portals.reseller.views_brand_many import back_to_clients, chosen_clients
from sublet.portals.shared.components import Action, Crumb
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.words import clients_called

_PREFIX = "label-"


class NamesForm(SubletForm):
    """The first label of each client's address; an empty one leaves the client out."""

    def __init__(self, names: ClientNames | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = [line for line in names.lines if line.state != "has-one"] if names is not None else []
        for line in self.lines:
            self.fields[_PREFIX + line.account_ref] = forms.CharField(
                label=line.account_name,
                required=False,
                max_length=100,
                initial=line.shown,
                widget=forms.TextInput(
                    attrs={
                        "class": "form-control",
                        "autocomplete": "off",
                        "autocapitalize": "none",
                        "spellcheck": "false",
                    }
                ),
            )

    def find_fault(self) -> None:
        """Say beside each client why it cannot have what was typed."""
        for line in self.lines:
            if line.sentence:
                self.add_error(_PREFIX + line.account_ref, forms.ValidationError(line.sentence, code=line.code))


@needs("clients:manage", portal="reseller")
@require_POST
def names(request: SubletRequest) -> HttpResponseBase:
    """What each selected client would be called; with ``filled`` that is changed and done."""
    chosen, again = chosen_clients(request)
    typed = {key.removeprefix(_PREFIX): value for key, value in request.POST.items() if key.startswith(_PREFIX)}
    filled = bool(typed) and not request.POST.get("again")
    if typed:
        chosen = Selection(refs=tuple(typed)[: branding_operations.MOST_NAMES])
    if chosen.query is None and not chosen.refs:
        warning(request, _("Nothing is selected."))
        return HttpResponseRedirect(back_to_clients(request, again["query"]))
    wildcards = branding_queries.wildcards_of(request.actor.account_id)
    wildcard = next((row for row in wildcards if row.ref == request.POST.get("wildcard")), None)
    wildcard = wildcard or next((row for row in wildcards if row.gives_now), None) or next(iter(wildcards), None)
    if wildcard is None:
        return _page(request, chosen, again, None, [], NamesForm(None))
    asked: dict[str, Any] = {
        "wildcard_ref": wildcard.ref,
        "selection": chosen,
        "labels": typed if filled else None,
        "actor": request.actor,
        "at": now(),
    }
    try:
        if not filled:
            seen = branding_operations.preview_client_names(**asked)
            return _page(request, chosen, again, wildcard, wildcards, NamesForm(seen), seen=seen)
        done = branding_operations.name_clients(**asked)
    except Refusal as refusal:
        return _refused(request, chosen, again, wildcard, wildcards, asked, refusal)
    words = ngettext("%(number)s client got an address.", "%(number)s clients got an address.", done.new)
    success(request, words % {"number": done.new})
    return HttpResponseRedirect(back_to_clients(request, again["query"]))


def _refused(
    request: SubletRequest,
    chosen: Selection,
    again: Mapping[str, str],
    wildcard: DomainRow,
    wildcards: list[DomainRow],
    asked: dict[str, Any],
    refusal: Refusal,
) -> HttpResponse:
    """The page again, with what is wrong beside each client where it is about some of them."""
    try:
        seen = branding_operations.preview_client_names(**asked)
    except CannotNameClients as other:
        seen, refusal = None, other
    form = NamesForm(seen, request.POST)
    form.is_valid()
    if refusal.code == "faults":
        form.find_fault()
    else:
        form.refuse(refusal)
    return _page(request, chosen, again, wildcard, wildcards, form, seen=seen, status=refusal.status)


def _page(
    request: SubletRequest,
    chosen: Selection,
    again: Mapping[str, str],
    wildcard: DomainRow | None,
    wildcards: list[DomainRow],
    form: NamesForm,
    *,
    seen: ClientNames | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "rows": [form[_PREFIX + line.account_ref] for line in form.lines],
        "having": [line for line in seen.lines if line.state == "has-one"] if seen is not None else [],
        "seen": seen,
        # With fields for clients their names say who is meant; without any the selection travels on as it came.
        "keys": () if form.lines else chosen.refs,
        "domain_url": here(request, "reseller-host-page", host=wildcard.ref)
        if wildcard is not None and not wildcard.gives_now and request.actor.may("hosts:view")
        else "",
        "wildcard": wildcard,
        "wildcards": wildcards,
        "base": wildcard.shown.removeprefix("*.") if wildcard is not None else "",
        "action_url": here(request, "reseller-clients-names"),
        "actions": (Action(_("Hosts"), here(request, "reseller-hosts"), icon="world"),)
        if request.actor.may("hosts:view")
        else (),
        "again": again,
        "cancel_url": back_to_clients(request, again["query"]),
        "crumbs": (
            Crumb(clients_called(request), back_to_clients(request, again["query"])),
            Crumb(_("Addresses of these clients")),
        ),
    }
    return render(request, "reseller/names.html", context, status=status)


@needs("hosts:manage", portal="reseller")
@require_POST
def switch(request: SubletRequest, host: str) -> HttpResponseBase:
    """Let each new client get an address below a wildcard by itself, or no longer."""
    gives = request.POST.get("gives") == "yes"
    try:
        branding_operations.set_gives_names(ref=host, gives=gives, actor=request.actor, at=now())
        success(request, _("Each new client gets an address.") if gives else _("New clients get no address."))
    except Refusal as refusal:
        error(request, refusal.sentence)
    return HttpResponseRedirect(here(request, "reseller-host-page", host=host))

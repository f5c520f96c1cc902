"""The vendor's own account: name, language, time zone."""

from __future__ import annotations

from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from sublet import __version__
from sublet.accounts import operations as account_operations
from sublet.accounts import queries as account_queries
from sublet.foundation.clock import now
from sublet.foundation.errors import Forbidden
from sublet.portals.shared.asking import only_look
from sublet.portals.shared.components import Action, Fact
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import AUTONYMS
from sublet.portals.vendor.forms import VendorSettingsForm, typed_again
from sublet.portals.vendor.nav import here

CHANGED = ("name", "language", "timezone")


@needs("settings:view", portal="vendor")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SubletRequest) -> HttpResponseBase:
    """The settings; by POST the change (``settings:manage``)."""
    if request.method != "POST":
        return _page(request, None)
    if not request.actor.may("settings:manage"):
        raise Forbidden("settings:manage")
    form = VendorSettingsForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    values = form.cleaned_data
    try:
        account_operations.change_details(
            ref=request.actor.account_ref,
            changes={name: values[name] for name in CHANGED},
            version=values["version"],
            actor=request.actor,
            at=now(),
        )
    except account_operations.CannotChangeDetails as refusal:
        if refusal.conflicts:
            form = typed_again(VendorSettingsForm, request, refusal.version)
        form.refuse(refusal)
        return _page(request, form, status=refusal.status)
    success(request, _("The settings are saved."))
    return HttpResponseRedirect(here(request, "vendor-settings"))


def _page(request: SubletRequest, form: VendorSettingsForm | None, *, status: int = 200) -> HttpResponse:
    facts = account_queries.own_facts(request.actor)
    initial = {name: getattr(facts, name) for name in (*CHANGED, "version")}
    may = request.actor.may("settings:manage")
    context = {
        "form": (form or VendorSettingsForm(initial=initial)) if may else None,
        "facts": (
            Fact(_("Name"), facts.name),
            Fact(_("Language"), AUTONYMS.get(facts.language, "")),
            Fact(_("Time zone"), facts.timezone),
        )
        if not may
        else (),
        "why_not": only_look(request, "settings:manage"),
        "actions": (Action(_("Visits"), here(request, "vendor-visit-rules"), "user-share"),),
        "about": (
            Fact(_("Reference"), facts.ref, "code", copy=True),
            Fact(_("Since"), facts.created_at, "date"),
            Fact(_("Version of Sublet"), __version__, "code"),
        ),
    }
    return render(request, "vendor/settings.html", context, status=status)

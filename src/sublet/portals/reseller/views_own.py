"""The reseller's own account: what it may open of the product, its settings, and what happened."""

from __future__ import annotations

from typing import Any

from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.accounts import operations as account_operations
from sublet.accounts import queries as account_queries
from sublet.branding import operations as branding_operations
from sublet.branding import queries as branding_queries
from sublet.foundation.clock import now
from sublet.foundation.errors import Forbidden, Refusal
from sublet.portals.reseller.forms import OwnSettingsForm, SupportForm
from sublet.portals.reseller.nav import here, optional
from sublet.portals.shared.asking import only_look
from sublet.portals.shared.components import Action, Tab
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.journal_pages import Narrowed, narrowed_journal
from sublet.portals.shared.product import closed_cards, product_cards
from sublet.portals.shared.stories import FIELD_LABELS, days_of

_OWN = tuple(OwnSettingsForm.base_fields)


@needs("", portal="reseller")
@require_safe
def own(request: SubletRequest) -> HttpResponseBase:
    """The product in the reseller's own account, which is an account like any other."""
    context = {
        "groups": product_cards(request),
        "closed": closed_cards(request),
        "settings_url": here(request, "reseller-settings"),
    }
    return render(request, "reseller/own.html", context)


@needs("settings:view", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: SubletRequest) -> HttpResponseBase:
    """Name, contact, language, time zone, currency."""
    actor = request.actor
    if request.method != "POST":
        facts = account_queries.own_facts(actor)
        return _settings_page(request, OwnSettingsForm(initial={name: getattr(facts, name) for name in _OWN}))
    if not actor.may("settings:manage"):
        raise Forbidden("settings:manage")
    form = OwnSettingsForm(request.POST)
    if not form.is_valid():
        return _settings_page(request, form, status=422)
    values = dict(form.cleaned_data)
    version = values.pop("version")
    try:
        account_operations.change_details(ref=actor.account_ref, changes=values, version=version, actor=actor, at=now())
    except account_operations.CannotChangeDetails as refusal:
        form.refuse(refusal)
        if refusal.conflicts:
            form.data = form.data.copy()  # type: ignore[attr-defined]  # a QueryDict
            form.data["version"] = str(refusal.version)  # type: ignore[index]  # as above
        conflicts = [(FIELD_LABELS.get(each.field, each.field), each.stored, each.sent) for each in refusal.conflicts]
        return _settings_page(request, form, status=refusal.status, conflicts=conflicts)
    except Refusal as refusal:
        form.refuse(refusal)
        return _settings_page(request, form, status=refusal.status)
    success(request, _("Saved."))
    return HttpResponseRedirect(here(request, "reseller-settings"))


@needs("brand:manage", portal="reseller")
@require_POST
def support(request: SubletRequest) -> HttpResponseBase:
    """The support contact that all clients see; the rest of the brand has its own page."""
    form = SupportForm(request.POST)
    facts = account_queries.own_facts(request.actor)
    above = OwnSettingsForm(initial={name: getattr(facts, name) for name in _OWN})
    if not form.is_valid():
        return _settings_page(request, above, status=422, support_form=form)
    values = dict(form.cleaned_data)
    version = values.pop("version")
    try:
        branding_operations.change_brand(
            account_ref=request.actor.account_ref, changes=values, version=version, actor=request.actor, at=now()
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _settings_page(request, above, status=refusal.status, support_form=form)
    success(request, _("Saved. Your clients see it on every page."))
    return HttpResponseRedirect(here(request, "reseller-settings"))


def _support_form(request: SubletRequest) -> SupportForm:
    brand = branding_queries.brand_to_edit(request.actor.account_ref)
    initial: dict[str, Any] = {name: brand.fields[name].own for name in SupportForm.base_fields if name != "version"}
    return SupportForm(initial={**initial, "version": brand.version}, auto_id="support-%s")


def _settings_page(
    request: SubletRequest,
    form: OwnSettingsForm,
    status: int = 200,
    conflicts: Any = (),
    support_form: SupportForm | None = None,
) -> HttpResponse:
    brand = optional(request, "reseller-brand")
    context = {
        "page_actions": (Action(_("Visits"), here(request, "reseller-visit-rules"), "user-share"),),
        "support_form": support_form or _support_form(request) if request.actor.may("brand:manage") else None,
        "support_url": here(request, "reseller-support"),
        "form": form,
        "conflicts": conflicts,
        "may_change": request.actor.may("settings:manage"),
        "why_not": only_look(request, "settings:manage"),
        "brand_actions": (Action(_("Logo, colors, texts"), brand, "palette"),)
        if brand and request.actor.may("brand:view")
        else (),
    }
    return render(request, "reseller/settings.html", context, status=status)


@needs("journal:view", portal="reseller")
@require_safe
def story(request: SubletRequest) -> HttpResponseBase:
    """What happened: among the clients, or (``?own=1``) in the reseller's own account."""
    mine = request.GET.get("own") == "1" or not request.actor.may("clients:view")
    journal = narrowed_journal(request, account_id=request.actor.account_id if mine else None, about="")
    if not isinstance(journal, Narrowed):
        return journal
    page = journal.page
    address = here(request, "reseller-story")
    found = {} if mine else account_queries.names_of_accounts(row.account_id for row in page.rows)
    pages = {each.id: (each.name, here(request, "reseller-client", ref=each.ref)) for each in found.values()}
    tabs = (Tab(_("Clients"), address, active=not mine), Tab(_("Your own account"), f"{address}?own=1", active=mine))
    context = {
        "days": days_of(page.rows, from_above=True, names=pages),
        **journal.context(request),
        "own": mine,
        "tabs": tabs if request.actor.may("clients:view") else (),
    }
    return render(request, "reseller/story.html", context)

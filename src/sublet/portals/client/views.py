"""The pages of a client or direct account: what is open to the person, the account itself, what happened in it."""

from __future__ import annotations

from typing import Any

from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sublet.accounts import operations as account_operations
from sublet.accounts import queries as account_queries
from sublet.accounts.queries import AccountFacts
from sublet.billing.queries.dunning import holding_up
from sublet.core.rights import CLIENT, DIRECT
from sublet.foundation.clock import now
from sublet.foundation.errors import Forbidden, NotFound, Refusal
from sublet.moves.queries import offer_waiting
from sublet.portals.client.forms import CloseForm, GiveBackForm, InformationForm
from sublet.portals.client.nav import here
from sublet.portals.shared.asking import only_look, who_looks_after
from sublet.portals.shared.components import Action, Fact
from sublet.portals.shared.guard import needs
from sublet.portals.shared.handover import sheet_links
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.journal_pages import Narrowed, narrowed_journal
from sublet.portals.shared.locales import AUTONYMS, write_country, write_date, write_money
from sublet.portals.shared.product import closed_cards, product_cards
from sublet.portals.shared.still_told import still_told
from sublet.portals.shared.stories import FIELD_LABELS, days_of

PORTAL = (CLIENT, DIRECT)
_FIELDS = tuple(InformationForm.base_fields)


def _become_reseller(request: SubletRequest) -> tuple[Action, ...]:
    """The button, for the owner of a direct account in person."""
    if request.actor.account_kind != DIRECT or not request.actor.owns_in_person:
        return ()
    try:
        url = reverse("become-reseller", kwargs={"account": request.actor.account_ref})
    except NoReverseMatch:
        return ()
    return (Action(_("Become a reseller"), url, "building-store", tone="primary"),)


@needs("", portal=PORTAL)
@require_safe
def home(request: SubletRequest) -> HttpResponseBase:
    """A welcome in the brand, and the sections of the product that the person may open."""
    first_name = request.actor.name.split()[0] if request.actor.name and "@" not in request.actor.name else ""
    context = {
        "welcome": _("Welcome, %(name)s") % {"name": first_name} if first_name else _("Welcome"),
        "groups": product_cards(request),
        "closed": closed_cards(request),
        "actions": _become_reseller(request),
        "locked_url": here(request, "client-locked"),
        **_held_up(request),
        **_offered(request),
    }
    return render(request, "client/home.html", context)


def _offered(request: SubletRequest) -> dict[str, object]:
    """That the account is offered another place, for whoever may read it."""
    offered = offer_waiting(request.actor, at=now())
    if offered is None:
        return {}
    url = here(request, "client-moves-one", move=offered.ref)
    return {"offered": offered, "offer_day": write_date(offered.lapses_at), "offer_url": url}


def _held_up(request: SubletRequest) -> dict[str, object]:
    """That the account rests because it has not paid; what and how much, for whoever looks after that."""
    if not getattr(request, "account").gets_invoices:  # noqa: B009  set by the guard, for templates and here
        return {}
    debt = holding_up(request.actor, at=now())
    if debt is None:
        return {}
    found: dict[str, object] = {"debt": debt, "amount": "", "ask": who_looks_after(request)}
    if debt.ref and request.actor.impersonator is None:
        found["amount"] = write_money(debt.open_minor, debt.currency)
        found["pay_url"] = here(request, "client-billing-pay", invoice=debt.ref)
        found["invoice_url"] = here(request, "client-billing-invoice", invoice=debt.ref)
    return found


@needs("settings:view", portal=PORTAL)
@require_http_methods(["GET", "HEAD", "POST"])
def information(request: SubletRequest) -> HttpResponseBase:
    """Whom to write to about the account, and its contact data."""
    actor = request.actor
    facts = account_queries.own_facts(actor)
    if request.method != "POST":
        return _information(request, facts, InformationForm(initial={name: getattr(facts, name) for name in _FIELDS}))
    if not actor.may("settings:manage"):
        raise Forbidden("settings:manage")
    form = InformationForm(request.POST)
    if not form.is_valid():
        return _information(request, facts, form, status=422)
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
        return _information(request, facts, form, status=refusal.status, conflicts=conflicts)
    except Refusal as refusal:
        form.refuse(refusal)
        return _information(request, facts, form, status=refusal.status)
    success(request, _("Saved."))
    return HttpResponseRedirect(here(request, "client-information"))


def _information(
    request: SubletRequest, facts: AccountFacts, form: InformationForm, status: int = 200, conflicts: Any = ()
) -> HttpResponse:
    place = " ".join(part for part in (facts.postal_code, facts.city) if part)
    context = {
        "form": form,
        "conflicts": conflicts,
        "may_change": request.actor.may("settings:manage"),
        "why_not": only_look(request, "settings:manage"),
        "facts": (
            Fact(_("Name of the account"), facts.name),
            Fact(_("E-mail of the administrator"), facts.email, kind="mail"),
            Fact(_("Contact"), facts.contact_name),
            Fact(_("Telephone"), facts.phone, kind="phone"),
            Fact(_("Mobile"), facts.mobile, kind="phone"),
            Fact(_("Website"), facts.website, url=facts.website),
            Fact(_("Address"), ", ".join(part for part in (facts.street, place, write_country(facts.country)) if part)),
            Fact(_("Language"), AUTONYMS.get(facts.language, "")),
            Fact(_("Time zone"), facts.timezone.replace("_", " ")),
        ),
        "reference": (Fact(_("Reference"), facts.ref, kind="code", copy=True),),
        "ownership": _ownership(request, facts),
        "closing": _closing(request, facts),
        "sheets": sheet_links(here(request, "client-hand-over"), get_language() or facts.language),
    }
    return render(request, "client/information.html", context, status=status)


def _ownership(request: SubletRequest, facts: AccountFacts) -> tuple[str, tuple[Action, ...]]:
    """Whose the account is, in words, with the way to give it back."""
    if facts.kind != CLIENT:
        return "", ()
    if facts.ownership == "reseller":
        return _("%(brand)s looks after this account and decides about it.") % {"brand": who_looks_after(request)}, ()
    actions = (
        (Action(_("Give it back"), here(request, "client-give-back"), "gift"),) if request.actor.owns_in_person else ()
    )
    return _("This account is your own: only its owner can close it or give it back."), actions


def _closing(request: SubletRequest, facts: AccountFacts) -> tuple[Action, ...]:
    own = facts.kind == DIRECT or facts.ownership == "client"
    if not own or not request.actor.owns_in_person:
        return ()
    return (Action(_("Close this account"), here(request, "client-close"), "ban", tone="danger"),)


@needs("settings:manage", portal=CLIENT)
@require_http_methods(["GET", "HEAD", "POST"])
def give_back(request: SubletRequest) -> HttpResponseBase:
    """Let the reseller decide about the account again. Its owner in person."""
    facts = account_queries.own_facts(request.actor)
    if not request.actor.owns_in_person or facts.ownership != "client":
        raise NotFound
    form = GiveBackForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            account_operations.change_ownership(ref=facts.ref, ownership="reseller", actor=request.actor, at=now())
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            success(request, _("Saved."))
            return HttpResponseRedirect(here(request, "client-information"))
    context = {"form": form, "cancel_url": here(request, "client-information")}
    return render(request, "client/give_back.html", context, status=422 if form.errors else 200)


@needs("settings:manage", portal=PORTAL)
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: SubletRequest) -> HttpResponseBase:
    """End the account, with thirty days to think again. Its owner in person, where the account is its own."""
    facts = account_queries.own_facts(request.actor)
    if not _closing(request, facts):
        raise NotFound
    form = CloseForm(request.POST if request.method == "POST" else None, account_name=facts.name)
    if request.method == "POST" and form.is_valid():
        try:
            account_operations.close_account(
                ref=facts.ref, reason=form.cleaned_data["reason"], actor=request.actor, at=now()
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return HttpResponseRedirect(here(request, "client-closed"))
    context = {"form": form, "cancel_url": here(request, "client-information"), "account_name": facts.name}
    return render(request, "client/close.html", context, status=422 if form.errors else 200)


@needs("settings:manage", portal=PORTAL, locked_too=True)
@require_http_methods(["GET", "HEAD", "POST"])
def closed(request: SubletRequest) -> HttpResponseBase:
    """A closed account, and by POST the closing taken back. Open to its owner although the account is not."""
    facts = account_queries.own_facts(request.actor)
    if facts.open or not request.actor.owns_in_person or (facts.kind == CLIENT and facts.ownership == "reseller"):
        raise NotFound
    if request.method == "POST":
        account_operations.reopen_account(ref=facts.ref, actor=request.actor, at=now())
        success(request, _("%(account)s is open again.") % {"account": facts.name})
        return HttpResponseRedirect(here(request, "client-home"))
    until = facts.grace_until
    context = {
        "account_name": facts.name,
        "until": write_date(until) if until is not None and until > now() else "",
        "webhooks": still_told(request.actor),
    }
    return render(request, "client/closed.html", context)


@needs("journal:view", portal=PORTAL)
@require_safe
def history(request: SubletRequest) -> HttpResponseBase:
    """What happened in the account, by whom, newest first; visits of whoever looks after it among it."""
    actor = request.actor
    found = narrowed_journal(
        request,
        account_id=actor.account_id,
        about=actor.account_name,
    )
    if not isinstance(found, Narrowed):
        return found
    days = days_of(found.page.rows, from_above=actor.account_kind == DIRECT)
    context = {"days": days, **found.context(request)}
    return render(request, "client/history.html", context)

"""The pages of a client and of a direct account: home, information, history."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sublet.accounts import operations as account_operations
from sublet.accounts import queries as account_queries
from sublet.branding.queries import origin
from sublet.core.manifest import fill_address
from sublet.core.rights import PRODUCT_PREFIX
from sublet.foundation.clock import now
from sublet.foundation.journal.queries import history as journal_history
from sublet.people.queries.sections import offer_for
from sublet.portals.client.forms import InformationForm
from sublet.portals.shared.components import Fact
from sublet.portals.shared.guard import needs
from sublet.portals.shared.histories import days_of
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.tables import Pager

PORTAL = ("client", "direct")


@dataclass(frozen=True, slots=True)
class Door:
    """A section of the product that the person may open."""

    name: str
    icon: str
    url: str
    only_view: bool


@dataclass(frozen=True, slots=True)
class Room:
    """Sections under one heading, as the product groups them."""

    name: str
    doors: tuple[Door, ...]


def _rooms(request: SubletRequest) -> tuple[Room, ...]:
    actor = request.actor
    scheme, _slashes, host = origin(request.site.host).partition("://")
    rooms = []
    for group in offer_for(actor.account_kind).groups:
        doors = tuple(
            Door(
                name=section.name,
                icon=section.icon,
                url=fill_address(
                    section.address,
                    host=host,
                    account=actor.account_ref,
                    language=get_language() or "en",
                    scheme=scheme,
                ),
                only_view=not actor.may(f"{section.key}:manage") and "manage" in section.levels,
            )
            for section in group.sections
            if section.key.startswith(PRODUCT_PREFIX) and actor.may(f"{section.key}:view")
        )
        if doors:
            rooms.append(Room(group.name, doors))
    return tuple(rooms)


@require_safe
@needs("", portal=PORTAL)
def home(request: SubletRequest) -> HttpResponseBase:
    """What the person can do here: the sections of the product, and for a direct account's owner the way to resell."""
    actor = request.actor
    become = ""
    if actor.account_kind == "direct" and actor.is_owner and actor.impersonator is None:
        become = reverse("become-reseller", kwargs={"account": actor.account_ref})
    return render(
        request,
        "client/home.html",
        {
            "rooms": _rooms(request),
            "greeting": _("Hello, %(name)s") % {"name": actor.name.split()[0]} if actor.name else _("Hello"),
            "become_url": become,
        },
    )


def _form_values(facts: account_queries.AccountFacts) -> dict[str, object]:
    return {name: getattr(facts, name) for name in InformationForm.base_fields}


@require_http_methods(["GET", "HEAD", "POST"])
@needs("settings:view", portal=PORTAL)
def information(request: SubletRequest) -> HttpResponseBase:
    """Name, contact, address, language: to be read with ``settings:view``, to be changed with ``settings:manage``."""
    actor = request.actor
    here = reverse("client-information", kwargs={"account": actor.account_ref})
    if request.method == "POST":
        actor.require("settings:manage")
        form = InformationForm(request.POST)
        if form.is_valid():
            changes = {name: value for name, value in form.cleaned_data.items() if name != "version"}
            try:
                account_operations.change_details(
                    ref=actor.account_ref,
                    changes=changes,
                    version=form.cleaned_data["version"],
                    actor=actor,
                    at=now(),
                )
            except account_operations.CannotChangeDetails as refusal:
                form.refuse(refusal)
            else:
                messages.success(request, _("Saved."))
                return HttpResponseRedirect(here)
        return render(request, "client/information.html", {"form": form}, status=422)
    facts = account_queries.own_facts(actor)
    if actor.may("settings:manage"):
        return render(request, "client/information.html", {"form": InformationForm(initial=_form_values(facts))})
    shown = (
        Fact(_("Name"), facts.name),
        Fact(_("Contact person"), facts.contact_name),
        Fact(_("Administrator’s e-mail"), facts.email, kind="mail"),
        Fact(_("Phone"), facts.phone, kind="phone"),
        Fact(_("Mobile phone"), facts.mobile, kind="phone"),
        Fact(_("Website"), facts.website, kind="link", url=facts.website),
        Fact(_("Street"), facts.street),
        Fact(_("City"), f"{facts.postal_code} {facts.city}".strip()),
        Fact(_("Time zone"), facts.timezone),
    )
    return render(request, "client/information.html", {"facts": tuple(fact for fact in shown if fact.value)})


@require_safe
@needs("journal:view", portal=PORTAL)
def history(request: SubletRequest) -> HttpResponseBase:
    """What happened in this account, newest first, who in whose place included."""
    page = journal_history(request.actor, cursor=request.GET.get("cursor", ""))
    pager = Pager(
        previous=page.previous_cursor,
        next=page.next_cursor,
        first_page=not request.GET.get("cursor"),
    )
    return render(request, "client/history.html", {"days": days_of(page.rows), "pager": pager})

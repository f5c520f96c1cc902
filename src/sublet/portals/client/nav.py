"""The sidebar of clients and direct accounts: what the person may see, and last what is closed to it."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from sublet.billing.queries.invoices import may_view
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.product import closed_links, product_cards
from sublet.portals.shared.shell import NavGroup, NavItem, Text
from sublet.portals.shared.words import called

Wanted = tuple[str, str, Text, str]


def here(request: SubletRequest, name: str, **more: object) -> str:
    """The address of a page of the account in which the person acts."""
    return reverse(name, kwargs={"account": request.actor.account_ref, **more})


def optional(request: SubletRequest, name: str, **more: object) -> str:
    """The same, or empty where this installation has no such page."""
    try:
        return here(request, name, **more)
    except NoReverseMatch:
        return ""


def _items(request: SubletRequest, wanted: tuple[Wanted, ...]) -> tuple[NavItem, ...]:
    found = []
    for name, right, label, icon in wanted:
        url = optional(request, name) if not right or request.actor.may(right) else ""
        if url:
            active = request.path == url if name == "client-home" else request.path.startswith(url)
            found.append(NavItem(label, url, icon, active=active))
    return tuple(found)


def _visits(request: SubletRequest) -> tuple[Wanted, ...]:
    """Who of the reseller was here: nobody can be, in an account without a reseller."""
    there_are = request.actor.account_kind == "client"
    return (("client-visits", "journal:view", _("Visits"), "user-share"),) if there_are else ()


def _words(request: SubletRequest) -> tuple[Wanted, ...]:
    """What mails say: a client's are its reseller's to write, in a visit, too."""
    there_are = request.actor.account_kind == "direct"
    return (("client-wordings-list", "brand:view", _("Words in mails"), "mail-opened"),) if there_are else ()


def _access(request: SubletRequest) -> tuple[Wanted, ...]:
    """Who can enter: an account without a reseller has only its team."""
    there_are = request.actor.account_kind == "client"
    return (("client-access", "team:view", _("Who can enter"), "key"),) if there_are else ()


def _billing(request: SubletRequest) -> tuple[Wanted, ...]:
    """What it pays: there only where it has got an invoice, and for whom the pages let in."""
    there_are = getattr(request, "account").gets_invoices  # noqa: B009  set by the guard, for templates and here
    if not there_are or not may_view(request.actor):
        return ()
    bills = ("client-billing-invoices", "", _("Billing"), "receipt")
    if request.actor.impersonator is not None:  # payment data is for no visitor's eyes
        return (bills,)
    return (bills, ("client-paying", "", _("Way of paying"), "credit-card"))


def nav(request: SubletRequest) -> tuple[NavGroup, ...]:
    """Home, the sections of the product that are open to the person, the pages of the account, and what is closed."""
    product = tuple(
        NavItem(card.name, card.url, card.icon, marked=card.marked, external=True)
        for group in product_cards(request)
        for card in group.cards
        if card.url
    )
    account: tuple[Wanted, ...] = (
        ("client-team", "team:view", _("Team"), "users"),
        ("client-requests", "team:view", _("Requests"), "mail-opened"),
        *_access(request),
        ("client-use", "usage:view", _("Use"), "chart-bar"),
        ("client-information", "settings:view", _("Information"), "id"),
        ("client-plan", "settings:view", _("Your plan"), "shopping-cart"),
        *_billing(request),
        ("client-moves", "settings:view", _("Moves"), "transfer"),
        ("client-brand", "brand:view", _("Brand"), "palette"),
        *_words(request),
        ("client-hosts", "hosts:view", _("Hosts"), "world"),
        ("client-senders", "brand:view", _("Senders"), "at"),
        ("client-keys", "keys:view", _("API keys"), "key"),
        ("client-webhooks", "keys:view", _("Webhooks"), "send"),
        ("client-history", "journal:view", _("What happened"), "history"),
        *_visits(request),
    )
    return (
        NavGroup("", _items(request, (("client-home", "", _("Home"), "home"),))),
        NavGroup(_("Product"), product),
        NavGroup(called(request, "account", _("Account")), _items(request, account)),
        closed_links(request, account, product=True),
    )

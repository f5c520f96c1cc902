"""The sidebar of the vendor portal: what the person may see, and last what is closed to it."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.product import closed_links
from sublet.portals.shared.shell import NavGroup, NavItem, Text

Wanted = tuple[str, str, Text, str]
#: Pages about the whole account, which whoever reaches some of the accounts below does not see.
WHOLE = frozenset({"vendor-bank"})


def here(request: SubletRequest, name: str, **more: object) -> str:
    """The address of a page of the account in which the person acts."""
    return reverse(name, kwargs={"account": request.actor.account_ref, **more})


def _items(request: SubletRequest, wanted: tuple[Wanted, ...]) -> tuple[NavItem, ...]:
    found = []
    for name, right, label, icon in wanted:
        may = request.actor.may_for_all if name in WHOLE else request.actor.may
        if right and not may(right):
            continue
        try:
            url = here(request, name)
        except NoReverseMatch:
            continue
        first = name in ("vendor-home", "vendor-money")
        path = request.path
        found.append(NavItem(label, url, icon, active=path == url if first else path.startswith(url)))
    return tuple(found)


def nav(request: SubletRequest) -> tuple[NavGroup, ...]:
    """The groups, last what is closed; one without any link is left out by the frame."""
    first: tuple[Wanted, ...] = (
        ("vendor-home", "", _("Overview"), "layout-dashboard"),
        ("vendor-accounts", "accounts:view", _("Resellers and accounts"), "building-store"),
        ("vendor-moves", "accounts:view", _("Moves"), "transfer"),
    )
    product: tuple[Wanted, ...] = (
        ("vendor-manifest", "manifest:view", _("Product manifest"), "puzzle"),
        ("vendor-offer", "manifest:view", _("Offer"), "shopping-cart"),
        ("vendor-sections", "manifest:view", _("Sections and rights"), "list-check"),
        ("vendor-applications", "manifest:view", _("Applications"), "apps"),
    )
    money: tuple[Wanted, ...] = (
        ("vendor-money", "billing:view", _("Overview"), "wallet"),
        ("vendor-figures", "billing:view", _("Figures"), "chart-line"),
        ("vendor-wholesale", "billing:view", _("Wholesale"), "tag"),
        ("vendor-money-invoices", "billing:view", _("Invoices"), "receipt"),
        ("vendor-money-receivables", "billing:view", _("Receivables"), "clock"),
        ("vendor-payments", "billing:view", _("Payments"), "credit-card"),
        ("vendor-payouts", "billing:view", _("Payouts"), "switch-horizontal"),
        ("vendor-bank", "billing:view", _("Bank"), "building"),
        ("vendor-issuer", "billing:view", _("Invoicing"), "file-invoice"),
    )
    operation: tuple[Wanted, ...] = (
        ("vendor-jobs", "jobs:view", _("Jobs"), "refresh"),
        ("vendor-mails", "journal:view", _("Mails"), "mail"),
        ("vendor-suppressed", "journal:view", _("Suppressed addresses"), "ban"),
        ("vendor-sender-health", "brand:view", _("Sender domains"), "at"),
        ("vendor-hosts", "hosts:view", _("Hosts"), "world"),
        ("vendor-proofs", "accounts:view", _("White label"), "eye"),
        ("vendor-journal", "journal:view", _("Journal"), "history"),
    )
    own: tuple[Wanted, ...] = (
        ("vendor-team", "team:view", _("Team"), "users"),
        ("vendor-requests", "team:view", _("Requests"), "mail-opened"),
        ("vendor-brand", "brand:view", _("Brand"), "palette"),
        ("vendor-senders", "brand:view", _("Senders"), "mail"),
        ("vendor-wordings-list", "brand:view", _("Words in mails"), "mail-opened"),
        ("vendor-hidden-words", "brand:view", _("Words that stay hidden"), "eye-off"),
        ("vendor-keys", "keys:view", _("API keys"), "key"),
        ("vendor-webhooks", "keys:view", _("Webhooks"), "send"),
        ("vendor-settings", "settings:view", _("Settings"), "settings"),
    )
    return (
        NavGroup("", _items(request, first)),
        NavGroup(_("Product"), _items(request, product)),
        NavGroup(_("Money"), _items(request, money)),
        NavGroup(_("Operation"), _items(request, operation)),
        NavGroup(_("This account"), _items(request, own)),
        closed_links(request, first + product + money + operation + own, product=False),
    )

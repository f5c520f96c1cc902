"""The sidebar of the reseller portal: what the person may see, and nothing about clients before there is one; last what is
closed to the person."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from sublet.accounts import queries as account_queries
from sublet.branding import queries as branding_queries
from sublet.portals.shared.components import Action
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.product import closed_links
from sublet.portals.shared.shell import NavGroup, NavItem, Text
from sublet.portals.shared.words import clients_called

Wanted = tuple[str, str, Text, str]
#: Pages about the whole account, which whoever reaches some of the accounts below does not see.
WHOLE = frozenset({"reseller-bank", "reseller-payouts", "reseller-sandboxes"})
_KNOWN = "_has_clients"


def here(request: SubletRequest, name: str, **more: object) -> str:
    """The address of a page of the account in which the person acts."""
    return reverse(name, kwargs={"account": request.actor.account_ref, **more})


def optional(request: SubletRequest, name: str, **more: object) -> str:
    """The same, or empty where this installation has no such page."""
    try:
        return here(request, name, **more)
    except NoReverseMatch:
        return ""


@dataclass(frozen=True, slots=True)
class Hostless:
    """That a reseller has no address of its own. `suffix` is the neutral domain below which the first invitation makes one;
    empty: clients are invited in the brand above. `actions` are what this person can do about it.
    """

    suffix: str
    actions: tuple[Action, ...]


def hostless(request: SubletRequest) -> Hostless | None:
    """What there is to know before the first client is invited, while the reseller has no address of its own. None: it has."""
    suffix = str(settings.HOST_SUFFIX) if branding_queries.has_neutral_hosts() else ""
    if branding_queries.has_own_host(request.actor.account_id):
        return None
    if not request.actor.may("hosts:manage"):
        return Hostless(suffix, ())
    return Hostless(suffix, (Action(_("Add an address"), here(request, "reseller-hosts"), "world"),))


def remember_clients(request: SubletRequest, there_are: bool) -> None:
    """Told by a page that has counted the clients, so that the sidebar need not ask again."""
    request.__dict__[_KNOWN] = there_are


def has_clients(request: SubletRequest) -> bool:
    """Whether the reseller has, or had, any client; asked once for a request."""
    if _KNOWN not in request.__dict__:
        remember_clients(request, account_queries.has_clients(request.actor))
    return bool(request.__dict__[_KNOWN])


#: Pages that stand below an entry and whose address does not begin as its own.
BELOW = {
    "reseller-sections": ("reseller-services",),
    "reseller-imports": ("reseller-signal-imports",),
    "reseller-moves": ("reseller-former",),
    "reseller-plans": ("reseller-pools",),
    "reseller-money-invoices": ("reseller-money-received", "reseller-paying"),
    "reseller-money-receivables": ("reseller-money-dunning",),
}


def _items(request: SubletRequest, wanted: tuple[Wanted, ...]) -> tuple[NavItem, ...]:
    found = []
    for name, right, label, icon in wanted:
        may = request.actor.may_for_all if name in WHOLE else request.actor.may
        url = optional(request, name) if not right or may(right) else ""
        if url:
            under = (url, *(optional(request, below) for below in BELOW.get(name, ())))
            active = any(each and request.path.startswith(each) for each in under)
            found.append(NavItem(label, url, icon, active=active))
    # The longest address that fits is the page; the ones that it begins with are only above it.
    best = max((item.url for item in found if item.active), key=len, default="")
    return tuple(NavItem(item.label, item.url, item.icon, active=item.url == best) for item in found)


def nav(request: SubletRequest) -> tuple[NavGroup, ...]:
    """The groups; one without any link is left out by the frame."""
    clients: tuple[Wanted, ...] = (("reseller-clients", "clients:view", clients_called(request), "users-group"),)
    if request.actor.may("clients:view") and has_clients(request):
        if request.actor.may("people:view"):
            clients += (("reseller-imports", "clients:manage", _("Imports"), "file-spreadsheet"),)
        clients += (
            ("reseller-sections", "clients:view", _("Clients’ sections"), "list-check"),
            ("reseller-templates", "clients:view", _("Templates"), "template"),
            ("reseller-requests", "clients:view", _("Requests"), "mail-opened"),
            ("reseller-story", "journal:view", _("What happened"), "history"),
        )
    clients += (("reseller-moves", "clients:view", _("Moves"), "transfer"),)
    clients += (("reseller-mails", "journal:view", _("Mails"), "mail"),)
    clients += (("reseller-plans", "subscription:view", _("Plans"), "receipt"),)
    money: tuple[Wanted, ...] = (
        ("reseller-money", "billing:view", _("Overview"), "wallet"),
        ("reseller-figures", "billing:view", _("Figures"), "chart-line"),
        ("reseller-profit", "billing:view", _("Profit by client"), "chart-pie"),
        ("reseller-prices", "billing:view", _("Prices"), "tag"),
        ("reseller-money-invoices", "billing:view", _("Invoices"), "receipt"),
        ("reseller-money-receivables", "billing:view", _("Receivables"), "clock"),
        ("reseller-payments", "billing:view", _("Payments"), "credit-card"),
        ("reseller-payouts", "billing:view", _("Payouts"), "switch-horizontal"),
        ("reseller-bank", "billing:view", _("Bank"), "building"),
        ("reseller-sandboxes", "billing:view", _("Sandboxes"), "hourglass"),
        ("reseller-issuer", "billing:view", _("Invoicing"), "file-invoice"),
    )
    own: tuple[Wanted, ...] = (
        ("reseller-own", "", _("Your own account"), "apps"),
        ("reseller-team", "team:view", _("Team"), "users"),
        ("reseller-brand", "brand:view", _("Brand"), "palette"),
        ("reseller-wordings-list", "brand:view", _("Words in mails"), "mail-opened"),
        ("reseller-hosts", "hosts:view", _("Hosts"), "world"),
        ("reseller-proof", "brand:view", _("White label"), "eye"),
        ("reseller-senders", "brand:view", _("Senders"), "at"),
        ("reseller-keys", "keys:view", _("API keys"), "key"),
        ("reseller-webhooks", "keys:view", _("Webhooks"), "send"),
        ("reseller-settings", "settings:view", _("Settings"), "settings"),
    )
    return (
        NavGroup("", _items(request, clients)),
        NavGroup(_("Money"), _items(request, money)),
        NavGroup(_("Your business"), _items(request, own)),
        closed_links(request, clients + money + own, product=False),
    )

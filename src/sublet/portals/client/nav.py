"""The sidebar of clients and direct accounts: what the person may open, product sections first."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.shell import NavGroup, NavItem

#: URL name, right (empty: every collaborator), icon. The brand is there for whoever acts as the reseller.
_PAGES = (
    ("client-home", "", "home"),
    ("client-information", "settings:view", "info-circle"),
    ("client-team", "team:view", "users"),
    ("client-brand", "brand:view", "palette"),
    ("client-hosts", "hosts:view", "world"),
    ("client-keys", "keys:view", "key"),
    ("client-history", "journal:view", "history"),
)


def _label(name: str) -> str:
    return {
        "client-home": _("Home"),
        "client-information": _("Information"),
        "client-team": _("Team"),
        "client-brand": _("Brand"),
        "client-hosts": _("Addresses"),
        "client-keys": _("API keys"),
        "client-history": _("History"),
    }[name]


def nav(request: SubletRequest) -> tuple[NavGroup, ...]:
    """One group: the account's own pages. The product itself is on the home page."""
    items = []
    for name, right, icon in _PAGES:
        if right and not request.actor.may(right):
            continue
        try:
            url = reverse(name, kwargs={"account": request.actor.account_ref})
        except NoReverseMatch:
            continue
        active = request.path == url if name == "client-home" else request.path.startswith(url)
        items.append(NavItem(_label(name), url, icon, active=active))
    return (NavGroup("", tuple(items)),)

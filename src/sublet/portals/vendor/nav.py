"""The sidebar of the vendor portal: what the person may see, nothing else."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.shell import NavGroup, NavItem, Text

Wanted = tuple[str, str, Text, str]


def here(request: SubletRequest, name: str, **more: object) -> str:
    """The address of a page of the account in which the person acts."""
    return reverse(name, kwargs={"account": request.actor.account_ref, **more})


def _items(request: SubletRequest, wanted: tuple[Wanted, ...]) -> tuple[NavItem, ...]:
    found = []
    for name, right, label, icon in wanted:
        if right and not request.actor.may(right):
            continue
        try:
            url = here(request, name)
        except NoReverseMatch:
            continue
        first = name == "vendor-home"
        path = request.path
        found.append(NavItem(label, url, icon, active=path == url if first else path.startswith(url)))
    return tuple(found)


def nav(request: SubletRequest) -> tuple[NavGroup, ...]:
    """The groups; one without any link is left out by the frame."""
    return (
        NavGroup(
            "",
            _items(
                request,
                (
                    ("vendor-home", "", _("Overview"), "layout-dashboard"),
                    ("vendor-accounts", "accounts:view", _("Resellers and accounts"), "building-store"),
                ),
            ),
        ),
        NavGroup(
            _("Product"),
            _items(
                request,
                (
                    ("vendor-manifest", "manifest:view", _("Product manifest"), "puzzle"),
                    ("vendor-sections", "manifest:view", _("Sections and rights"), "list-check"),
                    ("vendor-applications", "manifest:view", _("Applications"), "apps"),
                ),
            ),
        ),
        NavGroup(
            _("Operation"),
            _items(
                request,
                (
                    ("vendor-jobs", "jobs:view", _("Jobs"), "refresh"),
                    ("vendor-mails", "journal:view", _("Mails"), "mail"),
                    ("vendor-suppressed", "journal:view", _("Suppressed addresses"), "ban"),
                    ("vendor-hosts", "hosts:view", _("Hosts"), "world"),
                    ("vendor-journal", "journal:view", _("Journal"), "history"),
                ),
            ),
        ),
        NavGroup(
            _("This account"),
            _items(
                request,
                (
                    ("vendor-team", "team:view", _("Team"), "users"),
                    ("vendor-requests", "team:view", _("Requests"), "mail-opened"),
                    ("vendor-brand", "brand:view", _("Brand"), "palette"),
                    ("vendor-keys", "keys:view", _("API keys"), "key"),
                    ("vendor-webhooks", "keys:view", _("Webhooks"), "send"),
                    ("vendor-settings", "settings:view", _("Settings"), "settings"),
                ),
            ),
        ),
    )

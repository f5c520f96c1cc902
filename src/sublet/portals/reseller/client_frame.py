"""What surrounds every page about one client: its name, state and tabs. Other pages about a client use it too."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from sublet.accounts import queries as account_queries
from sublet.accounts.queries import AccountFacts
from sublet.portals.reseller.nav import here, optional
from sublet.portals.shared.components import Action, Crumb, Tab
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_date
from sublet.portals.shared.visits import with_way_back
from sublet.portals.shared.words import clients_called, said

#: Key, name of the page, right, icon. A page that this installation lacks has no tab.
_TABS = (
    ("overview", "reseller-client", "clients:view", "id"),
    ("subscription", "reseller-client-subscription", "subscription:view", "shopping-cart"),
    ("prices", "reseller-client-prices", "billing:view", "tag"),
    ("profit", "reseller-profit-client", "billing:view", "chart-pie"),
    ("options", "reseller-client-options", "clients:manage", "adjustments"),
    ("settings", "reseller-client-settings", "clients:manage", "settings"),
    ("team", "reseller-client-team", "clients:view", "users"),
    ("access", "reseller-client-access", "clients:view", "key"),
    ("brand", "reseller-client-brand", "brand:view", "palette"),
    ("words", "reseller-client-wordings-list", "brand:view", "mail-opened"),
    ("hosts", "reseller-client-hosts", "clients:view", "world"),
    ("proof", "reseller-client-proof", "brand:view", "eye"),
    ("senders", "reseller-client-senders", "brand:view", "at"),
    ("visits", "reseller-client-visits", "clients:view", "user-share"),
    ("use", "reseller-client-use", "clients:view", "chart-bar"),
    ("signals", "reseller-client-signals", "clients:view", "activity"),
    ("history", "reseller-client-history", "clients:view", "history"),
)


def tab_labels() -> dict[str, str]:
    """The tabs in words."""
    return {
        "overview": _("Overview"),
        "subscription": _("Subscription status"),
        "prices": _("Prices"),
        "profit": _("Profit"),
        "options": _("Client settings"),
        "settings": _("Details"),
        "team": _("Team"),
        "access": _("Access"),
        "brand": _("Brand"),
        "words": _("Words in mails"),
        "hosts": _("Hosts"),
        "proof": _("White label"),
        "senders": _("Senders"),
        "visits": _("Visits"),
        "use": _("Use and limits"),
        "signals": _("Signals"),
        "history": _("History"),
    }


def shown_state(facts: AccountFacts) -> str:
    """The state as the badge shows it: a closed account that can be taken back is closing."""
    return "closing" if facts.grace_until is not None else facts.state


def client_frame(request: SubletRequest, ref: str, active: str, facts: AccountFacts | None = None) -> dict[str, Any]:
    """The context that ``reseller/client_base.html`` needs: `client` (AccountFacts), `tabs`, `crumbs`, `head_actions`.

    `active` is the key of the tab (``team``). Raises NotFound, Forbidden.
    """
    client = account_queries.client_facts(request.actor, ref) if facts is None else facts
    labels = tab_labels()
    tabs = [
        Tab(labels[key], url, active=key == active, icon=icon)
        for key, name, right, icon in _TABS
        if request.actor.may(right) and (url := optional(request, name, ref=ref))
    ]
    actions = [_way_back(request, client)] if request.actor.may("clients:manage") else []
    if client.open and (url := optional(request, "reseller-client-enter", ref=ref)):
        form = with_way_back(request, url, otherwise=here(request, "reseller-client", ref=ref))
        actions.append(Action(said(request, "enter-client"), form, "login", tone="primary"))
    return {
        "client": client,
        "client_state": shown_state(client),
        "client_note": _note(client),
        "tabs": tuple(tabs),
        "crumbs": (Crumb(clients_called(request), here(request, "reseller-clients")), Crumb(client.name)),
        "head_actions": tuple(action for action in actions if action is not None),
    }


def _way_back(request: SubletRequest, client: AccountFacts) -> Action | None:
    """What undoes that the client's people are locked out: on every page about it, not at the end of one."""
    if client.grace_until is not None:
        return Action(_("Take it back"), here(request, "reseller-client-reopen", ref=client.ref), "arrow-back-up")
    if client.state == "suspended":
        return Action(_("Resume"), here(request, "reseller-client-resume", ref=client.ref), "player-play")
    return None


def _note(client: AccountFacts) -> str:
    if client.grace_until is not None:
        return _("Closed. It can be taken back until %(date)s.") % {"date": write_date(client.grace_until)}
    if client.ended:
        return _("This account has ended. Its history stays.")
    if client.demo_until is not None:
        return _("A demonstration that closes by itself on %(date)s.") % {"date": write_date(client.demo_until)}
    return ""

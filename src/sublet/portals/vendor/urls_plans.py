"""Addresses about the subscription of a direct account, which the vendor looks after itself."""

from __future__ import annotations

from django.utils.translation import gettext as _

from sublet.accounts import queries as account_queries
from sublet.core.rights import CLIENT, DIRECT
from sublet.foundation.errors import NotFound
from sublet.portals.shared.basis_pages import basis_patterns
from sublet.portals.shared.components import Action, Crumb
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.subscription_pages import Place, subscription_patterns
from sublet.portals.vendor.nav import here

NAME = "vendor-account-subscription"


def place(request: SubletRequest, ref: str) -> Place:
    """The pages stand below the account. A reseller's client is looked at; its plan is the reseller's to change."""
    facts = account_queries.client_facts(request.actor, ref)
    if facts.kind not in {CLIENT, DIRECT}:
        raise NotFound
    above = here(request, "vendor-account", ref=ref) if facts.kind == DIRECT else ""

    def url(page: str, **named: str) -> str:
        return here(request, f"{NAME}-{page}" if page else NAME, ref=ref, **named)

    crumbs = (
        Crumb(_("Resellers and accounts"), here(request, "vendor-accounts")),
        Crumb(facts.name, above),
        Crumb(_("Subscription status")),
    )
    beside: tuple[Action, ...] = ()
    if request.actor.may("usage:view"):
        beside = (Action(_("Usage"), here(request, "vendor-account-usage", ref=ref), "activity"),)
    return Place(ref=ref, url=url, frame={"crumbs": crumbs}, beside=beside)


urlpatterns = [
    *subscription_patterns(
        "accounts/<str:ref>/subscription/",
        name=NAME,
        portal="vendor",
        see="accounts:view",
        do="accounts:manage",
        place=place,
    ),
    *basis_patterns("accounts/<str:ref>/subscription/", name=NAME, portal="vendor", do="accounts:manage", place=place),
]

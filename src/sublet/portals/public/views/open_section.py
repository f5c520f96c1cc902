"""Opening the host product from a page of ours: signed on, in this account, at the right place."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from django.http import HttpResponseBase, HttpResponseRedirect
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from sublet.branding.queries import origin
from sublet.core.manifest.addresses import fill_address
from sublet.core.rights import PRODUCT_PREFIX
from sublet.core.signon import filled
from sublet.foundation.errors import Forbidden, NotFound
from sublet.people import queries as people_queries
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.signon import queries

KINDS = ("client", "direct", "reseller")


@needs("", portal=KINDS)
@require_safe
def product(request: SubletRequest) -> HttpResponseBase:
    """The product's first page: the first section that is open."""
    offer = people_queries.offer_for(request.actor.account_kind)
    for key, each in offer.sections.items():
        if key.startswith(PRODUCT_PREFIX) and each.address and request.actor.may(f"{key}:view"):
            return _to(request, each.address)
    raise NotFound


@needs("", portal=KINDS)
@require_safe
def section(request: SubletRequest, section: str) -> HttpResponseBase:
    """A section of the product, if it is open to this person."""
    key = PRODUCT_PREFIX + section
    known = people_queries.offer_for(request.actor.account_kind).sections.get(key)
    if known is None or not known.address:
        raise NotFound
    if not request.actor.may(f"{key}:view"):
        raise Forbidden(f"{key}:view")
    return _to(request, known.address)


def _to(request: SubletRequest, template: str) -> HttpResponseBase:
    """To the section's address on this host, by way of the application where that lets us begin the sign-on.

    The account, and the visit, are named in what leaves: nothing is remembered in the browser.
    """
    place = origin(request.site.host)
    scheme, _separator, host = place.partition("://")
    account = request.actor.account_ref
    language = (get_language() or "en").split("-")[0]
    target = fill_address(template, host=host, account=account, language=language, scheme=scheme)
    visit = request.impersonation_ref
    begins = queries.application_that_begins()
    if begins is not None:
        login = filled(begins.login_address, host=host, scheme=scheme)
        asked = {"iss": place, "login_hint": f"{account} {visit}".strip(), "target_link_uri": target}
        return HttpResponseRedirect(f"{login}{'&' if '?' in login else '?'}{urlencode(asked)}")
    there = urlsplit(target)
    if visit and f"{there.scheme}://{there.netloc}" == place:
        # Behind the same proxy: the visit stays in the address, and so in this one tab.
        target = f"{place}/as/{visit}{target[len(place) :]}"
    return HttpResponseRedirect(target)

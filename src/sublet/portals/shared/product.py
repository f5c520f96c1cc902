"""The host product as a person sees it from here: the sections that are open to them, and where each of them is."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import get_language

from sublet.branding.queries import origin, primary_host
from sublet.core.manifest.addresses import fill_address
from sublet.core.rights import PRODUCT_PREFIX
from sublet.people import queries as people_queries
from sublet.portals.shared.http import SubletRequest


@dataclass(frozen=True, slots=True)
class SectionCard:
    """A section that the person may open. `url` is empty when the product manifest names no address."""

    name: str
    icon: str
    url: str
    level: str
    marked: bool


@dataclass(frozen=True, slots=True)
class CardGroup:
    """Sections under one heading, as the product manifest groups them."""

    name: str
    cards: tuple[SectionCard, ...]


def product_cards(request: SubletRequest) -> tuple[CardGroup, ...]:
    """The sections that the actor may open on the account in which it acts; closed ones are not there at all.

    Read once for a request: the sidebar and the page both show them.
    """
    known: tuple[CardGroup, ...] | None = request.__dict__.get("_product_cards")
    if known is None:
        known = request.__dict__["_product_cards"] = _cards(request)
    return known


def _in_this_visit(request: SubletRequest, url: str) -> str:
    """In a demo, whose stand-in for the host product knows nobody by single sign-on: the visit, marked in the address."""
    acting = request.actor.impersonator
    if acting is None or not settings.SUBLET.flag("SUBLET_DEMO"):
        return url
    mark = people_queries.mark_visit(impersonation_ref=acting.impersonation_ref, account_ref=request.actor.account_ref)
    return f"{url}{'&' if '?' in url else '?'}{urlencode({'visit': mark})}"


def _cards(request: SubletRequest) -> tuple[CardGroup, ...]:
    actor = request.actor
    scheme, _, host = origin(primary_host(actor.account_id)).partition("://")
    groups = []
    for group in people_queries.offer_for(actor.account_kind).groups:
        cards = tuple(
            SectionCard(
                name=section.name,
                icon=section.icon or "apps",
                url=_in_this_visit(
                    request,
                    fill_address(
                        section.address,
                        host=host,
                        account=actor.account_ref,
                        language=(get_language() or "en").split("-")[0],
                        scheme=scheme,
                    ),
                )
                if section.address
                else "",
                level=actor.rights.level(section.key).word,
                marked=section.marked,
            )
            for section in group.sections
            if section.key.startswith(PRODUCT_PREFIX) and actor.may(f"{section.key}:view")
        )
        if cards:
            groups.append(CardGroup(name=group.name, cards=cards))
    return tuple(groups)

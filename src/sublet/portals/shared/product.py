"""The host product as a person sees it from here: the sections that are open to them, and where each of them is."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

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


def _cards(request: SubletRequest) -> tuple[CardGroup, ...]:
    actor = request.actor
    groups = []
    for group in people_queries.offer_for(actor.account_kind).groups:
        cards = tuple(
            SectionCard(
                name=section.name,
                icon=section.icon or "apps",
                url=reverse(
                    "open-section",
                    kwargs={"account": actor.account_ref, "section": section.key.removeprefix(PRODUCT_PREFIX)},
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

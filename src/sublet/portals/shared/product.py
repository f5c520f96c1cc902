"""The host product as a person sees it from here: the sections that are open to them, and where each of them is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.translation import gettext as _

from sublet.core.rights import CLIENT, FLOOR, PORTAL_SECTIONS, PRODUCT_PREFIX
from sublet.people import queries as people_queries
from sublet.people.queries import PORTAL_WORDS, SectionView
from sublet.portals.shared.asking import why_url
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.shell import FEW_CLOSED, NavGroup, NavItem, Text


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


@dataclass(frozen=True, slots=True)
class ClosedCards:
    """Sections of the product that are closed to the person; `url` of each leads to "Why not?"."""

    cards: tuple[SectionCard, ...]

    @property
    def folded(self) -> bool:
        """Whether there are so many that they are shown only when asked for."""
        return len(self.cards) > FEW_CLOSED


def product_cards(request: SubletRequest) -> tuple[CardGroup, ...]:
    """The sections that the actor may open on the account in which it acts; closed ones are in `closed_cards`.

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


def closed_cards(request: SubletRequest) -> ClosedCards:
    """The sections of the product that the actor's account can have and the actor has not."""
    return ClosedCards(
        tuple(
            SectionCard(name=section.name, icon="lock", url=_why(request, section.key), level="none", marked=False)
            for section in _closed_of_product(request)
        )
    )


def closed_links(request: SubletRequest, wanted: Iterable[tuple[str, str, Text, str]], *, product: bool) -> NavGroup:
    """What more would be in the sidebar if the actor had it: portal sections that `wanted` links name, and with `product`
    the sections with an address.

    Without a statement of its own: rights are the actor's, and the sidebar has read the sections for the open ones.
    """
    actor = request.actor
    named = {right.partition(":")[0] for _page, right, _label, _icon in wanted}
    floor = FLOOR if actor.account_kind == CLIENT else frozenset()  # asking leads nowhere there
    found = [(each.key, each.name) for each in _closed_of_product(request) if each.address] if product else []
    found += [
        (key, str(PORTAL_WORDS[key][0]))
        for key in PORTAL_SECTIONS[actor.account_kind]
        if key in named and key not in floor and not actor.may(f"{key}:view")
    ]
    links = [NavItem(name, _why(request, key), "lock", locked=True) for key, name in found]
    return NavGroup(
        _("Closed to you"),
        tuple(replace(link, active=request.path == link.url) for link in links),
        folded=len(links) > FEW_CLOSED,
    )


def _why(request: SubletRequest, section: str) -> str:
    return why_url(request, f"{section}:view")


def _closed_of_product(request: SubletRequest) -> list[SectionView]:
    """Whoever has not got a section with the vendor's mark never hears of it; nobody ever gets one without levels."""
    actor = request.actor
    return [
        section
        for section in people_queries.offer_for(actor.account_kind).sections.values()
        if section.key.startswith(PRODUCT_PREFIX)
        and section.levels
        and not section.marked
        and not actor.may(f"{section.key}:view")
    ]

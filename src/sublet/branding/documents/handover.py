"""The hand-over sheet: where somebody's log-in is, whose it is, what to do first and whom to ask. It holds no secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from sublet.branding.documents import code_of
from sublet.branding.queries import BrandView


@dataclass(frozen=True, slots=True)
class HandoverFacts:
    """What the sheet says of an account. `owner` and `owner_email` are empty where there is none or it must not be told."""

    account: str
    address: str
    owner: str = ""
    owner_email: str = ""
    looked_after: bool = True  # somebody above it may enter, and the account's people see on a page who


def handover_data(facts: HandoverFacts, brand: BrandView) -> Mapping[str, Any]:
    """What ``handover.typ`` reads, in the language now active. `brand` speaks it already."""
    owner = facts.owner or facts.owner_email
    if facts.owner and facts.owner_email and facts.owner != facts.owner_email:
        owner = f"{facts.owner}, {facts.owner_email}"
    told = [
        (brand.word_alone("account") or _("Account"), facts.account),
        *([(_("The log-in belongs to"), owner)] if owner else []),
    ]
    return {
        "title": _("Your access"),
        "lead": _(
            "All that you need to begin. Keep this sheet: it holds no password, and nobody will ask you for yours."
        ),
        "address_label": _("You log in here"),
        "address": facts.address,
        "address_shown": urlsplit(facts.address).netloc,
        "facts": told,
        "code": code_of(facts.address),
        "code_alt": _("The address as a code to be scanned: %(address)s") % {"address": facts.address},
        "steps_title": _("First steps"),
        "steps": _steps(brand, looked_after=facts.looked_after),
        "support_title": _("When you have a question"),
        "support": _support(brand),
    }


def _steps(brand: BrandView, *, looked_after: bool) -> list[str]:
    steps = [
        _("Open the address, or scan the code with your telephone."),
        _(
            "Log in with your own e-mail address. The first time, the invitation in your mailbox lets you choose a password."
        ),
        _("Turn on the second step under “%(page)s”: then a password alone opens nothing.")
        % {"page": _("Log-in and security")},
        _("Invite the people you work with under “%(page)s”. Everybody has a log-in of their own.")
        % {"page": _("Team")},
    ]
    if looked_after:
        steps.append(
            _(
                "Under “%(page)s” you see at any time who can enter, for how long and why: %(brand)s and your own people."
            )
            % {"page": _("Access"), "brand": brand.name}
        )
    return steps


def _support(brand: BrandView) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    if brand.support_name:
        found.append((_("Support"), brand.support_name))
    if brand.support_email:
        found.append((_("E-mail"), brand.support_email, f"mailto:{brand.support_email}"))
    if brand.support_phone:
        found.append((_("Telephone"), brand.support_phone))
    if brand.support_hours:
        found.append((_("Hours"), brand.support_hours))
    if brand.support_url:
        found.append((_("Help pages"), brand.support_url, brand.support_url))
    return found if len(found) > 1 or not brand.support_name else []

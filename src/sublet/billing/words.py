"""Kinds of charge, and of what moves money, in words: for pages, papers and mails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from sublet.core.metrics import RECURRING

#: Kind of charge (`core.charging`) → what people call it.
KINDS: Final[Mapping[str, Promise]] = {
    "base": gettext_lazy("Base fee"),
    "overage": gettext_lazy("Overage"),
    "add_ons": gettext_lazy("Add-on"),
    "one_off": gettext_lazy("Once"),
    "service": gettext_lazy("Managed service"),
    "service_use": gettext_lazy("Use of a managed service"),
    "plan_use": gettext_lazy("Use in the plan"),
    "add_on_use": gettext_lazy("Use with an add-on"),
    "adjustment": gettext_lazy("Adjustment"),
    "shortfall": gettext_lazy("Missing to the agreed sum"),
}

#: What moved (`core.accountstatement`) → what it is called on a statement of account.
MOVEMENTS: Final[Mapping[str, Promise]] = {
    "invoice": gettext_lazy("Invoice"),
    "credit": gettext_lazy("Credit note"),
    "payment": gettext_lazy("Payment"),
    "taken-back": gettext_lazy("Payment taken back"),
    "prepaid-used": gettext_lazy("Paid from credit"),
    "refund": gettext_lazy("Refund"),
    "refund-failed": gettext_lazy("Refund that failed"),
    "dispute": gettext_lazy("Payment disputed"),
    "dispute-won": gettext_lazy("Dispute won"),
    "dispute-lost": gettext_lazy("Dispute lost"),
    "collected": gettext_lazy("Collected for the reseller"),
    "netted": gettext_lazy("Paid from what was collected"),
    "payout": gettext_lazy("Payout"),
    "succeeded": gettext_lazy("Taken over in a merge"),
    "written-off": gettext_lazy("No longer asked for"),
    "recovered": gettext_lazy("Asked for after all: paid or credited"),
    "lost-again": gettext_lazy("No longer asked for"),
    "reopened": gettext_lazy("Asked for again"),
    "adjustment": pgettext_lazy("statement", "Adjustment"),
}


def movement_words(kind: str) -> str:
    """What that kind of movement is called in the active language."""
    return str(MOVEMENTS.get(kind, kind))


def kind_words(kind: str) -> str:
    """What that kind of charge is called in the active language; a kind that nobody knows stays as it is."""
    return str(KINDS.get(kind, kind))


def online_words(amount: str, *, by_itself: bool) -> str:
    """How an invoice is paid that is no transfer: it is charged by itself, or its payer pays it online."""
    if by_itself:
        return _("%(amount)s will be charged to your payment method.") % {"amount": amount}
    return _("Please pay %(amount)s online.") % {"amount": amount}


def gives_back(about: str, minor: int) -> bool:
    """Whether a charge of that kind and amount is the credit for days that were paid in advance and not used."""
    return about in RECURRING and minor < 0


def credit_words(name: str) -> str:
    """What such a credit is called: beside the charge itself a mere “Base fee” with a minus would look like a mistake."""
    return _("%(name)s: credit for unused days") % {"name": name}

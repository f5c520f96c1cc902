"""Kinds of charge in words, for pages, papers and mails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

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


def kind_words(kind: str) -> str:
    """What that kind of charge is called in the active language; a kind that nobody knows stays as it is."""
    return str(KINDS.get(kind, kind))

"""Why a document bears no tax, in the active language: what the law wants to read on it."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from sublet.core.invoicing import WITH_REASON
from sublet.core.tax import Treatment


def tax_reasons(treatments: Iterable[Treatment], *, exemption_note: str = "") -> dict[str, tuple[str, str]]:
    """Category → text and VATEX code, for `core.invoicing.drawn_up`. `exemption_note`: the issuer's own words for its exemption."""
    return {
        each.category: (_reason(each.reason, exemption_note), each.vatex)
        for each in treatments
        if each.category in WITH_REASON
    }


def _reason(code: str, exemption_note: str) -> str:
    if code == "reverse-charge":
        return _("Reverse charge: VAT is owed by the recipient (Article 196 of Directive 2006/112/EC).")
    if code == "small-business":
        return exemption_note or _("No VAT is charged: small business.")
    if code == "not-subject":
        return exemption_note or _("Not subject to VAT.")
    return _("Not subject to VAT here: the place of supply is where the recipient is established.")

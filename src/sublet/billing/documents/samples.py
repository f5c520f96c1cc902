"""An invoice that nobody owes: to see what one's own will look like."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.utils import translation
from django.utils.translation import gettext as _

from sublet.billing.documents.reasons import tax_reasons
from sublet.core.invoicing import (
    SEPA_TRANSFER,
    TRANSFER,
    Document,
    Line,
    Party,
    Payment,
    drawn_up,
    shared_discount,
)
from sublet.core.money import exponent
from sublet.core.tax import Treatment
from sublet.core.taxids import SEPA


def sample(
    seller: Party,
    *,
    treatment: Treatment,
    currency: str,
    rounding: str,
    language: str,
    prefix: str,
    on: date,
    payment_days: int,
    iban: str,
    bic: str,
    holder: str,
    exemption_note: str = "",
    footer: str = "",
) -> Document:
    """A sample of that seller's invoices, issued `on` that day. Raises `core.invoicing.NotLawful`."""
    one = 10 ** exponent(currency)
    last = on.replace(day=1) - timedelta(days=1)
    first, how = last.replace(day=1), (treatment.category, treatment.rate)
    with translation.override(language):
        lines = (
            Line(
                _("Business plan"), 147 * one, *how, Decimal(3), Decimal(49 * one), detail=_("for each location"),
                group=_("Sample Café"), first=first, last=last,
            ),
            Line(
                _("Text messages"), 18 * one, *how, Decimal(240), Decimal(one) * Decimal("0.075"), detail=_("beyond the limit"),
                group=_("Sample Café"), first=first, last=last,
            ),
            Line(_("Set-up"), 250 * one, *how, Decimal(1), Decimal(250 * one), group=_("Sample Bakery")),
        )  # fmt: skip
        by_sepa = currency == "EUR" and iban[:2] in SEPA
        means = SEPA_TRANSFER if by_sepa else TRANSFER
        return drawn_up(
            kind="invoice",
            number=f"{prefix}1",
            issued_on=on,
            due_on=on + timedelta(days=payment_days),
            currency=currency,
            language=language,
            seller=seller,
            buyer=Party(_("Sample customer"), seller.country, _("Main Street 1"), "12345", _("Sampletown")),
            lines=lines,
            adjustments=shared_discount(lines, 83 * one, _("Discount"), percent=Decimal(20)),
            reasons=tax_reasons([treatment], exemption_note=exemption_note),
            rounding=rounding,
            payment=Payment(means, iban=iban, bic=bic, holder=holder, reference="RF18539007547034") if iban else None,
            first=first,
            last=last,
            footer=footer,
        )

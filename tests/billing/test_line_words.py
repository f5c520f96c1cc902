"""A line that gives back unused days says so: on the page, on the PDF and in the electronic invoice."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override

from sublet.billing.models import Invoice, InvoiceLine
from sublet.billing.queries.invoices import LineRow
from sublet.billing.queries.papers import _line
from sublet.portals.shared.invoice_words import line_words

CREDITS = {
    "en": "Small pack: credit for unused days",
    "it": "Small pack: accredito dei giorni non usati",
    "sq": "Small pack: kreditim i ditëve të papërdorura",
    "nl": "Small pack: tegoed voor ongebruikte dagen",
    "fr": "Small pack : avoir pour les jours non utilisés",
    "pt": "Small pack: crédito pelos dias não usados",
}
SPAN: dict[str, Any] = {"first_day": date(2026, 3, 17), "last_day": date(2026, 3, 31), "days": 15, "of_days": 31}


def on_page(about: str, minor: int) -> str:
    row = LineRow(
        1, "", "", about, "small", {"en": "Small pack"}, quantity=Decimal(1), minor=minor, discount_minor=0, net_minor=minor,
        by_use=False, **SPAN,
    )  # fmt: skip
    return line_words(row).replace("\xa0", " ").replace("\u202f", " ")


def on_paper(about: str, minor: int) -> str:
    line = InvoiceLine(about=about, item="small", minor=minor, quantity=Decimal(1), position=1, **SPAN)
    name = _line(line, None, {}, {f"{about}:small": "Small pack"}, Invoice(ref="inv_1")).name
    return name.replace("\xa0", " ").replace("\u202f", " ")


@pytest.mark.parametrize("language", CREDITS)
@pytest.mark.parametrize("about", ["base", "add_ons", "service"])
def test_what_is_given_back_for_unused_days_is_called_so(language: str, about: str) -> None:
    with override(language):
        assert (on_page(about, -2800), on_paper(about, -2800)) == (CREDITS[language], CREDITS[language])


def test_what_is_charged_and_what_is_corrected_is_not() -> None:
    with override("en"):
        assert (on_page("base", 2800), on_paper("base", 2800)) == ("Base fee: Small pack", "Small pack")
        assert (on_page("adjustment", -2800), on_paper("adjustment", -2800)) == ("Adjustment: Small pack", "Small pack")

"""The value of a document: what it adds up to, what no invoice may say, and that nothing of it is lost when it is kept."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core import invoicing
from sublet.core.invoicekept import from_snapshot, to_snapshot
from sublet.core.invoicing import (
    Adjustment,
    Document,
    Line,
    NotLawful,
    Party,
    Payment,
    Preceding,
    TaxElsewhere,
    drawn_up,
    faults,
    shared_discount,
)

ROSA = Party("Studio Rosa", "IT", "Via Roma 1", "20121", "Milano", vat_id="IT00743110157")
CARL = Party("Carl GmbH", "DE", "Weg 2", "10115", "Berlin", vat_id="DE136695976")
FIRST, LAST, TODAY = date(2026, 11, 1), date(2026, 11, 30), date(2026, 12, 1)
REASONS = {"AE": ("Reverse charge", "VATEX-EU-AE"), "E": ("Small business", ""), "O": ("Not subject", "VATEX-EU-O")}


def made(*lines: Line, **fields: Any) -> Document:
    usual: dict[str, Any] = {
        "kind": "invoice", "number": "2026-1", "issued_on": TODAY, "due_on": date(2026, 12, 15), "currency": "EUR",
        "language": "en", "seller": ROSA, "buyer": CARL, "reasons": REASONS,
    }  # fmt: skip
    return drawn_up(lines=lines, **(usual | fields))


def at(minor: int, rate: str = "22", category: str = "S") -> Line:
    return Line("Plan", minor, category, Decimal(rate))


def codes(document: Document) -> list[str]:
    return [fault.code for fault in faults(document)]


def test_a_document_adds_up() -> None:
    lines = (at(10000), at(2550), at(1000, "10"))
    document = made(
        *lines,
        adjustments=(*shared_discount(lines, 2710, "Discount"), Adjustment("Set-up", 500, "S", Decimal(22), True)),
    )

    # 2710 over 12550 and 1000: 2510 and 200. Bases 12550 − 2510 + 500 = 10540 and 800; tax 2318.8 → 2319 and 80.
    assert [(each.rate, each.base, each.tax) for each in document.taxes] == [(22, 10540, 2319), (10, 800, 80)]
    assert document.totals == invoicing.Totals(13550, 2710, 500, 11340, 2399, 13739, 0, 0, 13739)


def test_tax_is_reckoned_once_on_the_sum_and_not_line_by_line() -> None:
    # Three lines of 0.05 at 19 %: 0.0095 each would come to 0.03, on the sum it is 0.0285 → 0.03; at 1.02 it differs.
    assert made(at(102, "19"), at(102, "19"), at(102, "19")).totals.tax == 58  # 58.14; line by line 57


@pytest.mark.parametrize(
    ("currency", "rounding", "gross", "rounded_by"),
    [
        ("EUR", "exact", 1013, 0), ("EUR", "five", 1013, 2), ("EUR", "whole", 1013, -13), ("JPY", "whole", 1013, 0), ("CHF", "five", 1012, -2)],
)  # fmt: skip
def test_what_is_due_is_rounded_as_the_issuer_wants(currency: str, rounding: str, gross: int, rounded_by: int) -> None:
    document = made(at(gross, "0", "Z"), currency=currency, rounding=rounding, paid=10)
    assert document.totals.rounding == rounded_by
    assert document.totals.due == gross + rounded_by - 10


def test_a_discount_is_shared_to_the_cent_and_never_becomes_a_charge() -> None:
    lines = (at(100), at(100, "10"), at(100, "4"), at(-500, "5"))
    shared = shared_discount(lines, 100, "Discount")
    assert [(each.rate, each.minor) for each in shared] == [(22, 34), (10, 33), (4, 33)]
    assert shared_discount((at(0),), 100, "Discount") == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda d: replace(d, totals=replace(d.totals, gross=d.totals.gross + 1)), "BR-CO-15"),
        (lambda d: replace(d, totals=replace(d.totals, net=d.totals.net - 1)), "BR-CO-13"),
        (lambda d: replace(d, totals=replace(d.totals, lines=0)), "BR-CO-10"),
        (lambda d: replace(d, totals=replace(d.totals, due=0)), "BR-CO-16"),
        (lambda d: replace(d, totals=replace(d.totals, tax=0)), "BR-CO-14"),
        (lambda d: replace(d, taxes=(replace(d.taxes[0], tax=1),)), "BR-CO-17"),
        (lambda d: replace(d, taxes=(replace(d.taxes[0], base=1),)), "BR-S-08"),
        (lambda d: replace(d, taxes=()), "BR-CO-18"),
        (lambda d: replace(d, lines=()), "BR-16"),
        (lambda d: replace(d, lines=(replace(d.lines[0], name=" "),)), "BR-25"),
        (lambda d: replace(d, lines=(replace(d.lines[0], unit_price=Decimal(-1)),)), "BR-27"),
        (lambda d: replace(d, lines=(replace(d.lines[0], first=LAST, last=FIRST),)), "BR-30"),
        (lambda d: replace(d, lines=(replace(d.lines[0], rate=Decimal(0)),)), "BR-S-05"),
        (lambda d: replace(d, first=LAST, last=FIRST), "BR-29"),
        (lambda d: replace(d, seller=replace(ROSA, name="")), "BR-06"),
        (lambda d: replace(d, seller=replace(ROSA, vat_id="")), "BR-CO-26"),
        (lambda d: replace(d, seller=replace(ROSA, vat_id="00743110157")), "BR-CO-09"),
        (lambda d: replace(d, buyer=replace(CARL, country="Germany")), "BR-11"),
        (lambda d: replace(d, due_on=None), "BR-CO-25"),
        (lambda d: replace(d, payment=Payment("58")), "BR-61"),
        (lambda d: replace(d, payment=Payment("48")), "BR-CL-16"),
        (lambda d: replace(d, kind="credit-note"), "preceding"),
    ],
)  # fmt: skip
def test_what_no_invoice_may_say_is_found(change: Any, code: str) -> None:
    document = made(at(1000))
    assert faults(document) == ()
    assert code in codes(change(document))


def test_tax_that_is_not_charged_says_why_and_who_owes_it() -> None:
    assert made(at(1000, "0", "AE")).totals.tax == 0
    with pytest.raises(NotLawful, match="BR-AE-10"):
        made(at(1000, "0", "AE"), reasons={})
    with pytest.raises(NotLawful, match="BR-AE-02 buyer"):
        made(at(1000, "0", "AE"), buyer=replace(CARL, vat_id=""))
    with pytest.raises(NotLawful, match="BR-O-11"):
        made(at(1000, "0", "O"), at(1000))


def test_a_draft_has_no_electronic_form_and_nor_has_a_currency_of_three_decimals() -> None:
    assert invoicing.not_electronic(made(at(1000))) == ""
    assert invoicing.not_electronic(made(at(1000), number="")) == "draft"
    assert invoicing.not_electronic(made(at(1000), currency="KWD")) == "decimals"


def test_xrechnung_says_what_it_lacks() -> None:
    document = made(at(1000))
    assert invoicing.missing_for_xrechnung(document) == (
        "BR-DE-1", "BR-DE-5", "BR-DE-6", "BR-DE-7", "BR-DE-15", "PEPPOL-EN16931-R010", "PEPPOL-EN16931-R020",
    )  # fmt: skip
    full = replace(
        document,
        payment=Payment("58", iban="IT60X0542811101000000123456"),
        seller=replace(ROSA, contact_name="Rosa", phone="1", email="a@b.example"),
        buyer=replace(CARL, email="c@d.example"),
        buyer_reference="04011000-12345-34",
    )
    assert invoicing.missing_for_xrechnung(full) == ()


rates = st.sampled_from(["22", "10", "5.5"]).map(Decimal)
prices = st.decimals(0, 10**6, places=6)
quantities = st.decimals(-1000, 1000, places=3)
minors = st.integers(-(10**9), 10**9)
days = st.none() | st.just(TODAY)
words = st.text(max_size=20)
standard = st.builds(
    Line, st.text(min_size=1, max_size=9).filter(str.strip), minors, st.just("S"), rates, quantities, st.none() | prices,
    detail=words, first=days, last=days, key=words, group=words,
)  # fmt: skip


@given(st.lists(standard, min_size=1, max_size=8), st.integers(0, 10**6), st.sampled_from(["exact", "five", "whole"]),
       st.sampled_from(["EUR", "JPY", "KWD"]), st.integers(0, 10**6))  # fmt: skip
def test_whatever_is_billed_adds_up_and_is_kept_whole(
    lines: list[Line], discount: int, rounding: str, currency: str, paid: int
) -> None:
    document = made(
        *lines, adjustments=shared_discount(lines, discount, "Discount", percent=Decimal(20)), rounding=rounding,
        currency=currency, paid=paid, first=FIRST, last=LAST, notes=("Thanks",), preceding=(Preceding("1", FIRST),),
        payment=Payment("30", iban="X"), tax_elsewhere=TaxElsewhere("EUR", 5, Decimal("0.0061"), TODAY),
    )  # fmt: skip

    assert faults(document) == ()
    sums = document.totals
    assert sums.gross == sum(line.minor for line in lines) - sums.discounts + sums.tax
    assert sums.discounts in (0, discount)
    assert abs(sums.tax - sum(Fraction(each.rate) * each.base / 100 for each in document.taxes)) <= Fraction(
        len(document.taxes), 2
    )
    assert abs(sums.rounding) <= {"exact": 0, "five": 2, "whole": 50 if currency == "EUR" else 500}[rounding]
    assert from_snapshot(json.loads(json.dumps(to_snapshot(document)))) == document


@given(standard)
def test_a_line_is_plain_when_a_reader_would_come_to_its_amount(line: Line) -> None:
    product = None if line.unit_price is None else Fraction(line.quantity) * Fraction(line.unit_price)
    assert line.is_plain == (product is not None and abs(product - line.minor) <= Fraction(1, 2) and
                             (abs(product - line.minor) < Fraction(1, 2) or abs(line.minor) >= abs(product)))  # fmt: skip


@pytest.mark.parametrize("kept", [{}, {"snapshot": 2}, {"snapshot": 1}, {"snapshot": 1, "kind": "invoice"}])
def test_something_else_is_no_snapshot(kept: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no snapshot"):
        from_snapshot(kept)

"""Tax: which, why, and once for each category and rate."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.money import rounded
from sublet.core.tax import UNION, RateMissing, TaxFacts, Treatment, country_of, tax_on, taxes, treatment

D = Decimal
ITALIAN = TaxFacts("IT", rate=D(22))
PROVED: dict[str, Any] = {"vat_id": "X", "vat_id_proved": True}
ABROAD = ("GB", "CH", "US", "AL", "JP", "NO")


@pytest.mark.parametrize(
    ("seller", "buyer", "category", "rate", "reason", "vatex"),
    [
        (ITALIAN, TaxFacts("IT", **PROVED), "S", 22, "domestic", ""),
        (ITALIAN, TaxFacts("IT", "person"), "S", 22, "domestic", ""),
        (TaxFacts("IT"), TaxFacts("IT"), "Z", 0, "domestic", ""),
        (ITALIAN, TaxFacts("NL", **PROVED), "AE", 0, "reverse-charge", "VATEX-EU-AE"),
        (ITALIAN, TaxFacts("EL", **PROVED), "AE", 0, "reverse-charge", "VATEX-EU-AE"),
        (ITALIAN, TaxFacts("NL", vat_id="NL1"), "S", 22, "unproved", ""),
        (ITALIAN, TaxFacts("NL", vat_id_proved=True), "S", 22, "unproved", ""),
        (ITALIAN, TaxFacts("NL", "person"), "S", 22, "domestic", ""),
        (ITALIAN, TaxFacts("NL", "person", **PROVED), "S", 22, "domestic", ""),
        (ITALIAN, TaxFacts("CH"), "O", 0, "outside", "VATEX-EU-O"),
        (ITALIAN, TaxFacts("US", "person"), "O", 0, "outside", "VATEX-EU-O"),
        (TaxFacts("CH", rate=D("8.1")), TaxFacts("CH"), "S", D("8.1"), "domestic", ""),
        (TaxFacts("CH", rate=D("8.1")), TaxFacts("DE", **PROVED), "O", 0, "outside", ""),
        (TaxFacts("AL", rate=D(20)), TaxFacts("AL", "person"), "S", 20, "domestic", ""),
        (TaxFacts("FR", rate=D(20)), TaxFacts("MC"), "S", 20, "domestic", ""),
        (TaxFacts("DE", small_business=True), TaxFacts("DE"), "E", 0, "small-business", ""),
        (TaxFacts("FR", small_business=True), TaxFacts("FR"), "E", 0, "small-business", "VATEX-FR-FRANCHISE"),
        (TaxFacts("DE", small_business=True), TaxFacts("FR", **PROVED), "AE", 0, "reverse-charge", "VATEX-EU-AE"),
        (TaxFacts("DE", small_business=True), TaxFacts("FR"), "E", 0, "small-business", ""),
        (TaxFacts("DE", small_business=True), TaxFacts("FR", "person"), "E", 0, "small-business", ""),
        (TaxFacts("DE", small_business=True), TaxFacts("US"), "O", 0, "outside", "VATEX-EU-O"),
    ],
)
def test_who_sells_what_to_whom_decides(
    seller: TaxFacts, buyer: TaxFacts, category: str, rate: Decimal, reason: str, vatex: str
) -> None:
    assert treatment(seller, buyer) == Treatment(category, D(rate), reason, vatex)


def test_one_stop_takes_the_rate_of_the_persons_country() -> None:
    seller = TaxFacts("IT", rate=D(22), one_stop=True, rates={"NL": D(21)})
    assert treatment(seller, TaxFacts("NL", "person")) == Treatment("S", D(21), "one-stop")
    with pytest.raises(RateMissing) as missing:
        treatment(seller, TaxFacts("DE", "person"))
    assert missing.value.country == "DE"


@given(
    home=st.sampled_from(sorted(UNION | set(ABROAD))),
    there=st.sampled_from(sorted(UNION | set(ABROAD))),
    kind=st.sampled_from(["business", "person"]),
    vat_id=st.sampled_from(["", "X1"]),
    proved=st.booleans(),
    small=st.booleans(),
)
def test_reverse_charge_needs_a_proved_number_of_another_country_of_the_union(
    home: str, there: str, kind: str, vat_id: str, proved: bool, small: bool
) -> None:
    found = treatment(TaxFacts(home, rate=D(20), small_business=small), TaxFacts(there, kind, vat_id, proved))
    if found.category == "AE":
        assert {home, there} <= UNION
        assert home != there
        assert kind == "business"
        assert vat_id
        assert proved
    if small:
        assert found.rate == 0  # whoever may not name tax never does
    assert (found.rate > 0) == (found.category == "S")


treatments = st.sampled_from(
    [
        Treatment("S", D(22), ""),
        Treatment("S", D("22.00"), ""),
        Treatment("S", D("5.5"), ""),
        Treatment("AE", D(0), "r"),
        Treatment("O", D(0), "o"),
    ]
)
lines = st.lists(st.tuples(st.integers(-(10**9), 10**9), treatments), max_size=20)


@given(lines=lines)
def test_tax_is_once_for_each_category_and_rate_on_the_sum(lines: list[tuple[int, Treatment]]) -> None:
    found = taxes(lines)
    assert sum(line.base for line in found) == sum(minor for minor, _ in lines)
    keys = [(line.category, line.rate.normalize()) for line in found]
    assert len(set(keys)) == len(keys)
    for line in found:
        assert abs(line.tax - Fraction(line.base) * Fraction(line.rate) / 100) <= Fraction(1, 2)
        assert line.tax == tax_on(line.base, line.rate)


def test_tax_on_the_sum_is_not_the_sum_of_taxes() -> None:
    # 3 × 0.05 at 10 %: on each line half a cent goes up to one, on the sum 1.5 cents to two.
    each = Treatment("S", D(10), "")
    (line,) = taxes([(5, each)] * 3)
    assert line.tax == 2
    assert sum(rounded(Fraction(5, 10)) for _ in range(3)) == 3


def test_a_credit_bears_the_tax_of_the_charge() -> None:
    assert tax_on(-1205, D(22)) == -tax_on(1205, D(22))


def test_a_country_is_that_whose_tax_counts() -> None:
    assert [country_of(code) for code in ("el", "MC", "uk", "de")] == ["GR", "FR", "GB", "DE"]

"""Electronic invoices keep the schema and the rules of EN 16931, as their makers publish both."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from lxml import etree

from sublet.billing import documents
from sublet.billing.documents import NotElectronic, electronic
from sublet.core.invoicing import TaxElsewhere
from tests.billing.papers import CLEO, paper, papers
from tests.billing.schematron import broken

CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"


@pytest.mark.parametrize("syntax", electronic.SYNTAXES)
@pytest.mark.parametrize("name", papers())
def test_each_kind_of_document_keeps_every_rule(name: str, syntax: str) -> None:
    assert broken(electronic.xml(papers()[name], syntax), syntax) == []


@pytest.mark.parametrize("syntax", electronic.SYNTAXES)
def test_the_rules_do_fire(syntax: str) -> None:
    """The positive control: one cent too much, past the laws of the value."""
    sound = paper(buyer=CLEO)
    wrong = replace(sound, totals=replace(sound.totals, gross=sound.totals.gross + 1, due=sound.totals.due + 1))
    assert broken(electronic.xml(wrong, syntax), syntax) == ["BR-CO-15"]
    taxed = replace(sound, taxes=(replace(sound.taxes[0], tax=sound.taxes[0].tax + 100),))
    assert "BR-CO-14" in broken(electronic.xml(taxed, syntax), syntax)


def test_ubl_says_what_the_document_says() -> None:
    root = etree.fromstring(documents.ubl(paper(buyer=CLEO)))
    said = {etree.QName(each).localname: each.text for each in root if len(each) == 0}
    assert said == {
        "UBLVersionID": "2.1", "CustomizationID": "urn:cen.eu:en16931:2017", "ID": "2026-0017", "IssueDate": "2026-12-01",
        "DueDate": "2026-12-15", "InvoiceTypeCode": "380", "Note": "Thank you.", "DocumentCurrencyCode": "EUR",
        "BuyerReference": "04011000-12345-34",
    }  # fmt: skip
    assert [each.text for each in root.iter(f"{CBC}PriceAmount")] == ["41.15", "10.01", "0.001234", "0", "5"]
    assert [each.text for each in root.iter(f"{CBC}InvoicedQuantity")] == ["3", "1", "300", "1", "-1"]
    assert [each.text for each in root.iter(f"{CBC}PayableAmount")] == ["157.17"]
    assert {each.get("currencyID") for each in root.iter() if each.get("currencyID")} == {"EUR"}


def test_the_currency_of_a_rounding_is_that_of_the_document() -> None:
    """The library writes EUR there, whatever the document says."""
    root = etree.fromstring(documents.ubl(papers()["rounded-and-partly-paid"]))
    assert {each.get("currencyID") for each in root.iter() if each.get("currencyID")} == {"CHF"}
    assert [each.text for each in root.iter(f"{CBC}PayableRoundingAmount")] == ["-0.02"]


def test_yen_have_no_decimals() -> None:
    root = etree.fromstring(documents.cii(papers()["yen"]))
    assert [each.text for each in root.iter(f"{RAM}DuePayableAmount")] == ["12883"]


def test_a_credit_note_is_one_in_ubl() -> None:
    root = etree.fromstring(documents.ubl(papers()["credit-note"]))
    assert etree.QName(root).localname == "CreditNote"
    assert [each.text for each in root.iter(f"{CBC}CreditNoteTypeCode")] == ["381"]


def test_tax_in_the_currency_of_the_books_is_said_beside() -> None:
    document = paper(
        buyer=CLEO, currency="CHF", tax_elsewhere=TaxElsewhere("EUR", 3012, Decimal("1.0620"), date(2026, 12, 1))
    )
    for syntax in electronic.SYNTAXES:
        made = electronic.xml(document, syntax)
        assert broken(made, syntax) == []
        assert b'currencyID="EUR">30.12<' in made


@pytest.mark.parametrize("syntax", electronic.SYNTAXES)
def test_xrechnung_says_that_it_is_one_and_lacks_nothing(syntax: str) -> None:
    made = electronic.xml(paper(buyer=replace(CLEO, vat_id="")), syntax, xrechnung=True)
    assert made.count(electronic.XRECHNUNG.encode()) == 1
    assert made.count(electronic.PEPPOL_BILLING.encode()) == 1
    # The rules of the CII file are Factur-X's, and its list of specifications has no other than its own.
    assert broken(made, syntax) == ([] if syntax == "ubl" else ["FX-SCH-A-000556"])
    with pytest.raises(NotElectronic) as refused:
        electronic.xml(paper(buyer_reference="", seller=replace(paper().seller, phone="")), syntax, xrechnung=True)
    assert refused.value.missing == ("BR-DE-6", "BR-DE-15")


def test_what_cannot_be_one_is_refused_by_name() -> None:
    for document, code in ((paper(number=""), "draft"), (paper(buyer=CLEO, currency="KWD"), "decimals")):
        with pytest.raises(NotElectronic) as refused:
            documents.ubl(document)
        assert refused.value.code == code


HOSTILE = ("</cbc:Name><x>", "&amp; <![CDATA[", "\x00\x1b[31m\ufffe", "'; DROP TABLE x; --", "مرحبا \U0001f600")


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_words(words: str) -> None:
    base = paper(buyer=CLEO)
    odd = replace(
        base, buyer=replace(CLEO, name=words + "x"), notes=(words,), lines=(replace(base.lines[0], name=words + "x"), *base.lines[1:])
    )  # fmt: skip
    for syntax in electronic.SYNTAXES:
        made = electronic.xml(odd, syntax)
        assert broken(made, syntax) == []
        kept = "".join(sign if sign >= " " and sign != "\ufffe" else " " for sign in words + "x").strip()
        names = [each.text for each in etree.fromstring(made).iter() if each.text and each.text.strip() == kept]
        assert len(names) >= 2

"""PDFs of money: what is read back is what the document says, in its language, and the electronic invoice is inside."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from pypdf import PdfReader

from sublet.billing import documents
from sublet.billing.documents import EarnedWith, NotElectronic, Statement
from sublet.billing.documents.sheets import transfer_code
from sublet.branding.documents import Letterhead
from sublet.core.invoicing import Document
from tests.billing.papers import CLEO, PAID_TO, SMALL, paper, papers
from tests.branding import pictures
from tests.branding.test_documents import HOSTILE, read

BRAND = Letterhead("Studio Rosa", "#1f6feb", 6, pictures.png(), "", (), "serif")


def text(document: Document) -> str:
    return read(documents.render_pdf(document, letterhead=BRAND)).replace("\u202f", " ").replace("\xa0", " ")


@pytest.mark.parametrize("name", papers())
def test_each_kind_of_document_can_be_read_and_carries_its_electronic_form(name: str) -> None:
    document = papers()[name]
    made = documents.facturx(document, letterhead=BRAND)
    said = read(made).replace("\xa0", " ")

    for part in (document.number, document.seller.name, document.buyer.name, *[line.name for line in document.lines]):
        assert part in said
    assert documents.taken_out(made) == documents.cii(document)
    root: Any = PdfReader(io.BytesIO(made)).trailer["/Root"]
    told = root["/Metadata"].get_data()
    assert b"<pdfaid:part>3</pdfaid:part>" in told
    assert b"<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>" in told
    assert root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    assert root["/AF"][0]["/AFRelationship"] == "/Alternative"
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("en", True)


def test_the_same_document_makes_the_same_file() -> None:
    assert documents.facturx(paper(), letterhead=BRAND) == documents.facturx(paper(), letterhead=BRAND)
    assert documents.facturx(paper(), letterhead=BRAND) != documents.facturx(
        paper(number="2026-0018"), letterhead=BRAND
    )


def test_nothing_in_the_file_says_what_made_it() -> None:
    made = documents.facturx(paper(), letterhead=BRAND).lower()
    assert [name for name in (b"pypdf", b"typst", b"akretion", b"factur-x python", b"sublet") if name in made] == []


def test_an_invoice_says_its_sums_and_how_to_pay() -> None:
    said = text(paper(buyer=CLEO))
    for part in (
        "Invoice 2026-0017", "Due on 15 Dec 2026", "1 Nov 2026 – 30 Nov 2026", "Your reference 04011000-12345-34",
        "Business for each seat 3 41.15 22% 123.45", "SMS 300 0.001234 22% 0.37", "Unused days 20 Nov 2026 – 30 Nov 2026 1 22% -5.00",
        "Cleo 133.46", "Sam -4.63", "Net €128.83", "VAT 22% €28.34", "Total €157.17", "Please transfer €157.17 by 15 Dec 2026.",
        "IT60 X054 2811 1010 0000 0123 456", "RF18 5390 0754 7034", "VAT ID IT00743110157", "Thank you.",
    ):  # fmt: skip
        assert part in said


def test_what_bears_no_tax_says_why() -> None:
    assert "Reverse charge" in text(papers()["reverse-charge"])
    small = text(papers()["small-business"])
    assert ("Small business" in small, "VAT 0%" in small, f"Tax number {SMALL.tax_number}" in small) == (
        True,
        False,
        True,
    )


def test_a_credit_note_asks_for_no_money() -> None:
    said = text(papers()["credit-note"])
    assert "Credit note C-3" in said
    assert "For invoice 2026-0017 (1 Dec 2026)." in said
    assert "Please transfer" not in said


def test_a_draft_says_so_and_asks_for_no_money() -> None:
    said = text(paper(number=""))
    assert ("Draft" in said, "Please transfer" in said) == (True, False)
    with pytest.raises(NotElectronic):
        documents.facturx(paper(number=""))


def test_without_an_electronic_form_there_is_the_paper_alone() -> None:
    made = documents.paper(paper(buyer=CLEO, currency="KWD"))
    assert "KWD15.717" in read(made)
    with pytest.raises(ValueError, match="no electronic invoice"):
        documents.taken_out(made)


@pytest.mark.parametrize(
    ("language", "parts"),
    [
        ("en", ["Invoice 2026-0017", "Total €157.17"]),
        ("it", ["Fattura 2026-0017", "157,17 €", "15 dic 2026"]),
        ("sq", ["Fatura 2026-0017", "157,17 €"]),
        ("nl", ["Factuur 2026-0017", "€ 157,17"]),
        ("fr", ["Facture 2026-0017", "157,17 €"]),
        ("pt", ["Fatura 2026-0017", "157,17 €"]),
    ],
)
def test_a_document_speaks_its_own_language(language: str, parts: list[str]) -> None:
    said = text(paper(buyer=CLEO, language=language))
    assert [part for part in parts if part not in said] == []


def test_the_code_for_the_bank_says_what_the_invoice_says() -> None:
    assert (transfer_code(paper(buyer=CLEO)) or "").split("\n") == [
        "BCD", "002", "1", "SCT", "BPPIITRRXXX", "Studio Rosa", "IT60X0542811101000000123456", "EUR157.17", "", "RF18539007547034",
        "",
    ]  # fmt: skip
    free = replace(PAID_TO, reference="", holder="A\nB")
    assert (transfer_code(paper(buyer=CLEO, payment=free)) or "").split("\n")[5:] == [
        "A B", "IT60X0542811101000000123456", "EUR157.17", "", "", "2026-0017",
    ]  # fmt: skip
    for other in ("yen", "credit-note", "by-card", "rounded-and-partly-paid"):
        assert transfer_code(papers()[other]) is None


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_printed_as_they_stand(words: str) -> None:
    base = paper()
    odd = replace(
        base,
        buyer=replace(base.buyer, name=words),
        notes=(words,),
        lines=(replace(base.lines[0], name=words),),
        footer=words,
    )
    said = documents.render_pdf(odd, letterhead=BRAND)
    assert "".join(words.split()) in "".join(read(said).split())


def test_a_word_that_is_longer_than_its_cell_goes_on_in_the_next_line() -> None:
    """200 letters without a space: in the line of a table, beside its amounts, in the address and in the foot."""
    word = "Donaudampfschifffahrt" * 10
    base = paper()
    line = replace(base.lines[0], name=word, detail=word)
    long = replace(base, buyer=replace(base.buyer, name=word), lines=(line,), notes=(word,), footer=word)
    [page] = PdfReader(io.BytesIO(documents.render_pdf(long, letterhead=BRAND))).pages
    found: list[tuple[float, float, str]] = []
    page.extract_text(visitor_text=lambda text, cm, _tm, _font, size: found.append((cm[4], size, text.strip())))
    assert "".join(page.extract_text().split()).count(word) == 5
    # Four tenths of an em for each letter is less than this type takes: no piece goes beyond the margin at the right.
    assert max(left + len(piece) * size * 0.4 for left, size, piece in found) < float(page.mediabox.width) - 50


def test_a_statement_shows_what_is_earned_with_each_client() -> None:
    rows = (EarnedWith("Cleo", 10000, 8000, "Business"), EarnedWith("Sam", 5000, 6000), EarnedWith("Free", 0, 0))
    statement = Statement("Studio Rosa", date(2026, 11, 1), date(2026, 11, 30), "EUR", "en", rows, collected=2000)
    said = read(documents.render_statement(statement, letterhead=BRAND, on=date(2026, 12, 1)))
    for part in ("Statement for Studio Rosa", "Cleo Business 100.00 80.00 20.00 20%", "Sam 50.00 60.00 -10.00 -20%",
                 "Free 0.00 0.00 0.00 –",
                 "Total 150.00 140.00 10.00 6.7%", "€20.00, VAT included, was collected for you"):  # fmt: skip
        assert part in said


def test_hundreds_of_lines_go_over_pages_that_repeat_the_head_of_the_table() -> None:
    many = tuple(replace(paper().lines[0], name=f"Client {number}", group="") for number in range(400))
    made = documents.render_pdf(paper(lines=many), letterhead=BRAND)
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(made)).pages]
    assert len(pages) > 8
    assert all("Unit price" in page for page in pages[:-1])

"""Documents in brand: what is read back from the PDF is what was given, and nothing else is in it."""

from __future__ import annotations

import io
from typing import Any

import pytest
import typst
from django.utils import translation
from pypdf import PdfReader

from sublet.branding import documents
from sublet.branding.documents.handover import HandoverFacts, handover_data
from sublet.branding.queries import DEFAULT_COLOR, BrandView
from sublet.core.brandfields import FONTS
from sublet.core.leakfiles import parts_of
from tests.branding import pictures
from tests.people import AT

HOSTILE = (
    '#import "/etc/passwd": *', "#sys.inputs", "$ x^2 $ *bold* _it_ `raw` <label> @ref", '"} #panic() {"', "= Heading",
    "// comment /* block */", "\\ \\u{41} ~ -- ---", "https://a.example/#x",
)  # fmt: skip


def brand(**fields: Any) -> BrandView:
    nothing: dict[str, Any] = dict.fromkeys(BrandView.__dataclass_fields__, "")
    nothing |= {"name": "Studio Rossi", "color": DEFAULT_COLOR, "support_name": "Studio Rossi", "is_vendor": False}
    nothing |= {"origins": (), "words": (), "local": ()}
    return BrandView(**(nothing | fields))


def sheet(facts: HandoverFacts, look: BrandView, language: str = "en", logo: bytes | None = None) -> bytes:
    head = documents.Letterhead(look.name, "#1f6feb", 6, logo, look.footer, look.legal)
    with translation.override(language):
        data = handover_data(facts, look)
    return documents.render("handover", language=language, letterhead=head, data=data, at=AT)


def faces(pdf: bytes) -> set[str]:
    """The type that is in it, by the names of the fonts without the marks of their parts."""
    found = set()
    for page in PdfReader(io.BytesIO(pdf)).pages:
        resources: Any = page["/Resources"]
        found |= {
            str(font.get_object()["/BaseFont"]).rpartition("+")[2].strip("/") for font in resources["/Font"].values()
        }
    return found


def read(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_the_sheet_says_all_that_is_needed_and_is_accessible() -> None:
    look = brand(
        support_email="help@rossi.example", support_hours="Mon–Fri 9–18", footer="Rossi srl",
        privacy_url="https://rossi.example/p",
    )  # fmt: skip
    pdf = sheet(HandoverFacts("Bella Napoli", "https://app.rossi.example/", "Ada", "ada@x.example"), look)
    text = read(pdf)
    for part in (
        "Your access", "app.rossi.example", "Bella Napoli", "Ada, ada@x.example", "help@rossi.example", "Mon–Fri 9–18",
        "Rossi srl", "https://rossi.example/p", "First steps",
    ):  # fmt: skip
        assert part in text
    root: Any = PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert b"<pdfuaid:part>1<" in root["/Metadata"].get_data()


def test_nothing_in_it_says_what_made_it_or_who_is_behind_it() -> None:
    pdf = sheet(HandoverFacts("Bella Napoli", "https://app.rossi.example/"), brand(), logo=pictures.png())
    told = PdfReader(io.BytesIO(pdf)).metadata
    assert told is not None
    assert (told.title, told.author, (told.creator or "").strip(), told.producer) == (
        "Your access", "Studio Rossi", "PDF", None,
    )  # fmt: skip
    everything = " ".join(text for _place, text in parts_of(pdf)).lower()
    assert not [word for word in ("typst", "sublet", "vantage") if word in everything or word.encode() in pdf.lower()]


@pytest.mark.parametrize("language", ["it", "sq", "nl", "fr", "pt"])
def test_it_is_written_in_each_language(language: str) -> None:
    pdf = sheet(HandoverFacts("Bella Napoli", "https://app.rossi.example/"), brand(), language)
    root: Any = PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    assert root["/Lang"] == language
    assert "First steps" not in read(pdf)


def test_what_reads_like_code_is_printed_as_it_stands() -> None:
    text = read(sheet(HandoverFacts(" ¦ ".join(HOSTILE), "https://a.example/", "مرحبا שלום"), brand(name=HOSTILE[0])))
    flat = text.replace(" ", "")
    assert [each for each in HOSTILE if each.replace(" ", "") not in flat] == []


@pytest.mark.parametrize("name", ["日本の店 🎉", "x" * 10_000, "a\x00b\x1bc\u202e", "", "\ue000"])
def test_no_name_keeps_the_sheet_from_being_made(name: str) -> None:
    pdf = sheet(HandoverFacts(name, "https://a.example/", name), brand(name=name or "A", footer=name))
    assert "a.example" in read(pdf)
    assert len(PdfReader(io.BytesIO(pdf)).pages) <= 6


def test_the_preview_is_a_picture_of_the_first_page() -> None:
    look = brand()
    head = documents.Letterhead("Studio", "#1f6feb", 0, None, "", ())
    data = handover_data(HandoverFacts("Ada & Co.", "https://example.com/"), look)
    assert documents.drawn("handover", language="en", letterhead=head, data=data).startswith(b"\x89PNG")


def test_an_unknown_kind_reads_no_file() -> None:
    with pytest.raises(KeyError):
        documents.render(
            "../../x", language="en", letterhead=documents.Letterhead("", "#000000", 0, None, "", ()), data={}, at=AT
        )


@pytest.mark.parametrize("font", ["", *FONTS])
def test_it_is_set_in_the_brands_type(font: str) -> None:
    look = brand(font=font)
    head = documents.letterhead(look, donor_ids=[])
    data = handover_data(HandoverFacts("Bella Napoli Ελλάδα Кафе", "https://app.rossi.example/"), look)
    pdf = documents.render("handover", language="en", letterhead=head, data=data, at=AT)
    wanted = {"serif": "LibertinusSerif", "slab": "ZillaSlab"}.get(font, "FiraSans")
    assert any(face.startswith(wanted) for face in faces(pdf))
    others = {"LibertinusSerif", "ZillaSlab", "FiraSans"} - {wanted}
    if font != "slab":  # which has no Greek and no Cyrillic, and takes them from elsewhere
        assert not [face for face in faces(pdf) if face.startswith(tuple(others))]
    assert "Ελλάδα Кафе" in read(pdf)
    root: Any = PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    assert b"<pdfuaid:part>1<" in root["/Metadata"].get_data()


def test_each_font_of_a_brand_has_a_family_that_is_there_on_every_machine() -> None:
    there = set(typst.Fonts(include_system_fonts=False, font_paths=[documents.FONTS]).families())
    assert documents.FAMILIES.keys() == {"", *FONTS}
    assert {*documents.FAMILIES.values(), *documents.BESIDES} <= there

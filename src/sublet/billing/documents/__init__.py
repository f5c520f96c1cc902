"""Documents of money as files: PDF in brand, PDF with Factur-X inside, XRechnung and UBL, the reseller's statement.

Everything is made from the frozen value (`core.invoicing.Document`, kept by `core.invoicekept`) and a letterhead; no database is
asked, nothing is reckoned, and the same value makes the same bytes.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Final

from django.utils import translation

from sublet.billing.documents import electronic
from sublet.billing.documents.electronic import CII, UBL, NotElectronic, taken_out
from sublet.billing.documents.frozen import FrozenLine, document_of
from sublet.billing.documents.reasons import tax_reasons
from sublet.billing.documents.sheets import sheet_data, title_of
from sublet.billing.documents.statements import EarnedWith, Statement, statement_data
from sublet.branding.documents import Letterhead, render_source
from sublet.core.invoicekept import from_snapshot, to_snapshot
from sublet.core.invoicing import Document

_FOLDER = Path(__file__).parent
#: For keeping, and for an electronic invoice inside: tagged and with everything in it that showing it needs.
ARCHIVE: Final = ("a-3a",)
_PLAIN_INK = "#1f2933"


def render_pdf(document: Document, *, letterhead: Letterhead | None = None, sample: bool = False) -> bytes:
    """The document as a PDF/A-3 in its language. Without a letterhead: the seller's name in plain type. `sample`: says that it is one."""
    with translation.override(document.language):
        data = sheet_data(document, sample=sample)
    return render_source(
        (_FOLDER / "invoice.typ").read_bytes(),
        language=document.language,
        letterhead=letterhead or plain_letterhead(document.seller.name),
        data=data,
        at=_noon(document.issued_on),
        standards=ARCHIVE,
    )


def facturx(document: Document, *, letterhead: Letterhead | None = None) -> bytes:
    """The same PDF with the electronic invoice inside (Factur-X, EN 16931). Raises NotElectronic."""
    from sublet.billing.documents.embedding import (
        embedded,
    )  # takes long to load, and only who keeps papers makes such files

    inside = cii(document)
    with translation.override(document.language):
        title = f"{title_of(document)} {document.number}"
    head = letterhead or plain_letterhead(document.seller.name)
    made = render_pdf(document, letterhead=head)
    return embedded(made, inside, title=title, author=head.name, at=_noon(document.issued_on))


def cii(document: Document, *, xrechnung: bool = False) -> bytes:
    """The electronic invoice as CII. Raises NotElectronic."""
    return electronic.xml(document, CII, xrechnung=xrechnung)


def ubl(document: Document, *, xrechnung: bool = False) -> bytes:
    """The electronic invoice as UBL 2.1: an Invoice, or a CreditNote. Raises NotElectronic."""
    return electronic.xml(document, UBL, xrechnung=xrechnung)


def paper(document: Document, *, letterhead: Letterhead | None = None) -> bytes:
    """What is kept with an issued document: a PDF, with the electronic invoice inside where EN 16931 has one for it."""
    try:
        return facturx(document, letterhead=letterhead)
    except NotElectronic:
        return render_pdf(document, letterhead=letterhead)


def render_statement(statement: Statement, *, letterhead: Letterhead | None = None, on: date) -> bytes:
    """A reseller's statement as a PDF, made on that day."""
    with translation.override(statement.language):
        data = statement_data(statement)
    return render_source(
        (_FOLDER / "statement.typ").read_bytes(),
        language=statement.language,
        letterhead=letterhead or plain_letterhead(statement.name),
        data=data,
        at=_noon(on),
    )


def plain_letterhead(name: str) -> Letterhead:
    """A letterhead without a brand."""
    return Letterhead(name=name, ink=_PLAIN_INK, corner=4, logo=None, footer="", legal=())


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


__all__ = [
    "CII",
    "UBL",
    "EarnedWith",
    "FrozenLine",
    "NotElectronic",
    "Statement",
    "cii",
    "document_of",
    "facturx",
    "from_snapshot",
    "paper",
    "plain_letterhead",
    "render_pdf",
    "render_statement",
    "taken_out",
    "tax_reasons",
    "to_snapshot",
    "ubl",
]

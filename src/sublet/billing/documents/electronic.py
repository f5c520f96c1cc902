"""A document as an electronic invoice: CII (which Factur-X embeds in a PDF) and UBL 2.1, both by EN 16931, and XRechnung.

With `documents.embedding` the one place that knows the library, which is loaded where it is used: it and lxml take long, and every
process reads this module, while few make a file. It is told each number as text, so that it rounds nothing, and what it writes is
held against the schema before anybody gets it. The rules beyond the schema are kept by `core.invoicing` and tried in tests.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any, Final

from django.utils import translation
from django.utils.translation import gettext

from sublet.core import invoicing
from sublet.core.invoicing import Adjustment, Document, Line, Party
from sublet.core.money import exponent, plain
from sublet.core.tax import OUTSIDE, tax_on

CII, UBL = "cii", "ubl"
SYNTAXES: Final = (CII, UBL)
#: BT-24 and BT-23 of XRechnung 3.
XRECHNUNG: Final = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
PEPPOL_BILLING: Final = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
#: The scheme of an address that is an e-mail address.
BY_MAIL: Final = "EM"

_RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"
_CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
_SCHEMAS: Final = {
    "cii": "facturx-en16931/Factur-X_EN16931.xsd",
    "Invoice": "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd",
    "CreditNote": "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd",
}
_checking = threading.Lock()


class NotElectronic(ValueError):
    """No electronic invoice can be made of it. `code`: that of `core.invoicing.not_electronic`, ``xrechnung``, ``schema``, ``type``.

    `missing`: the rules of XRechnung that lack something.
    """

    def __init__(self, code: str, *, missing: Sequence[str] = ()) -> None:
        super().__init__(" ".join([code, *missing]))
        self.code = code
        self.missing = tuple(missing)


def xml(document: Document, syntax: str = UBL, *, xrechnung: bool = False) -> bytes:
    """The electronic invoice in that syntax. The same document makes the same bytes. Raises NotElectronic."""
    import facturx as library  # type: ignore[import-untyped]  # has no types; as the head of this module says
    from lxml import etree  # type: ignore[import-untyped]  # as above

    if code := invoicing.not_electronic(document):
        raise NotElectronic(code)
    if xrechnung and (missing := invoicing.missing_for_xrechnung(document)):
        raise NotElectronic("xrechnung", missing=missing)
    told = told_of(document)
    if xrechnung:
        told["BT-23"] = PEPPOL_BILLING
    make = library.generate_ubl_xml if syntax == UBL else library.generate_cii_xml
    # Its check of the rules asks a server, and its check of the schema reads the schema anew each time.
    root = etree.fromstring(make(told, level="en16931", check_xsd=False, check_schematron=False))
    _mend(root, document, xrechnung=xrechnung)
    _check(root, syntax)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def told_of(document: Document) -> dict[str, Any]:
    """The document by the numbers of EN 16931 (BT-…, BG-…), as the library reads it."""
    sums, payment = document.totals, document.payment
    outside = any(each.category == OUTSIDE for each in document.taxes)

    def amount(minor: int) -> str:
        return plain(minor, document.currency)

    told: dict[str, Any] = {
        "BT-1": _text(document.number),
        "BT-2": document.issued_on,
        "BT-3": invoicing.TYPE_CODES[document.kind],
        "BT-5": document.currency,
        "BT-9": document.due_on,
        "BT-10": _text(document.buyer_reference),
        "BT-72": document.delivered_on,  # without it the delivery is an empty element, which the schema forbids
        "BT-73": document.first,
        "BT-74": document.last,
        "BG-1": [{"BT-22": _text(note)} for note in document.notes if note.strip()],
        "BG-3": [{"BT-25": _text(each.number), "BT-26": each.issued_on} for each in document.preceding],
        "BG-4": _party(document.seller, outside=outside, seller=True),
        "BG-7": _party(document.buyer, outside=outside, seller=False),
        "BG-20": [_adjustment(each, amount) for each in document.adjustments if not each.charge],
        "BG-21": [_adjustment(each, amount) for each in document.adjustments if each.charge],
        "BG-23": [
            {
                "BT-116": amount(each.base),
                "BT-117": amount(each.tax),
                "BT-118": each.category,
                "BT-119": None if each.category == OUTSIDE else _rate(each.rate),
                "BT-120": _text(each.reason),
                "BT-121": each.code,
            }
            for each in document.taxes
        ],
        "BG-25": [_line(number, line, document.currency, amount) for number, line in enumerate(document.lines, 1)],
        "BT-106": amount(sums.lines),
        "BT-107": amount(sums.discounts) if sums.discounts else None,
        "BT-108": amount(sums.charges) if sums.charges else None,
        "BT-109": amount(sums.net),
        "BT-110": amount(sums.tax),
        "BT-112": amount(sums.gross),
        "BT-113": amount(sums.paid) if sums.paid else None,
        "BT-114": amount(sums.rounding) if sums.rounding else None,
        "BT-115": amount(sums.due),
    }
    if payment is not None:
        told |= {
            "BT-81": payment.means,
            "BT-83": _text(payment.reference),
            "BT-20": _text(payment.terms),
            "BT-84": payment.iban,
            "BT-85": _text(payment.holder) if payment.iban else None,
            "BT-86": payment.bic if payment.iban else None,
            "BT-89": _text(payment.mandate),
            "BT-90": _text(payment.creditor),
            "BT-91": payment.debited,
        }
    if sums.due > 0 and document.due_on is None and not told.get("BT-20"):
        with translation.override(document.language):
            told["BT-20"] = gettext("The amount is credited.")
    if document.tax_elsewhere is not None:
        there = document.tax_elsewhere
        told |= {"BT-6": there.currency, "BT-111": plain(there.tax, there.currency)}
    return {key: value for key, value in told.items() if value not in (None, "", [])}


def taken_out(pdf: bytes) -> bytes:
    """The CII that a PDF carries. Raises ValueError when it carries none."""
    import facturx as library  # as the head of this module says

    _name, found = library.get_facturx_xml_from_pdf(pdf, check_xsd=False, check_schematron=False)
    if not found:
        raise ValueError("no electronic invoice inside")
    return bytes(found)


def _party(party: Party, *, outside: bool, seller: bool) -> dict[str, Any]:
    # What is outside the scope of the tax may name no VAT id as such (BR-O-02): then it identifies the party and no more.
    vat_id = "" if outside else party.vat_id
    plain_id = party.reference or (party.vat_id if outside else "")
    if seller and not (plain_id or vat_id or party.register_number):
        plain_id = party.tax_number  # BR-CO-26 wants one of those three
    told: dict[str, Any] = {
        "name": _text(party.name),
        "identifiers": {None: _text(plain_id)} if plain_id else None,
        "vat_identifier": vat_id,
        "tax_identifier": _text(party.tax_number) if seller else None,
        "legal_identifier": _text(party.register_number),
        "addr_l1": _text(party.street),
        "postcode": _text(party.postal_code),
        "city": _text(party.city),
        "country_subdivision": _text(party.region),
        "country_code": party.country,
        "einvoicing_addr": party.email,
        "einvoicing_addr_schemeid": BY_MAIL if party.email else None,
    }
    contact = {"name": _text(party.contact_name), "phone": _text(party.phone), "email": party.email}
    if party.contact_name or party.phone:
        told["contacts"] = [{key: value for key, value in contact.items() if value}]
    return {key: value for key, value in told.items() if value}


def _line(number: int, line: Line, currency: str, amount: Any) -> dict[str, Any]:
    quantity, price = line.quantity, line.unit_price
    if price is None or not line.is_plain:
        # A reader multiplies: where that does not give the amount, it is told one of it at that amount.
        quantity, price = Decimal(1 if line.minor >= 0 else -1), Decimal(abs(line.minor))
    told = {
        "BT-126": str(number),
        "BT-127-00": [{"BT-127": _text(line.group)}] if line.group else None,
        "BT-129": _number(quantity),
        "BT-130": line.unit if line.is_plain else invoicing.PIECE,
        "BT-131": amount(line.minor),
        "BT-134": line.first,
        "BT-135": line.last,
        "BT-146": _number(price.scaleb(-exponent(currency))),
        "BT-151": line.category,
        "BT-152": None if line.category == OUTSIDE else _rate(line.rate),
        "BT-153": _text(line.name),
        "BT-154": _text(line.detail),
    }
    return {key: value for key, value in told.items() if value not in (None, "")}


def _adjustment(each: Adjustment, amount: Any) -> dict[str, Any]:
    told = {
        "amount": amount(each.minor),
        "reason": _text(each.reason),
        "vat_category_code": each.category,
        "vat_rate": None if each.category == OUTSIDE else _rate(each.rate),
    }
    if each.percent is not None and each.base is not None and tax_on(each.base, each.percent) == each.minor:
        told |= {"base_amount": amount(each.base), "rate": _rate(each.percent)}
    return {key: value for key, value in told.items() if value is not None}


def _rate(rate: Decimal) -> str:
    return format(rate.quantize(Decimal("0.01")), "f")


def _number(value: Decimal) -> str:
    text = format(value, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def _text(value: str) -> str:
    """What XML can hold: without control characters, and without the halves of a sign that some programs leave."""
    return "".join(
        sign if sign >= " " and not "\ud800" <= sign <= "\udfff" and sign not in "\ufffe\uffff" else " "
        for sign in value
    ).strip()


def _mend(root: Any, document: Document, *, xrechnung: bool) -> None:
    """What the library cannot be told: which specification it is, and the currency of the rounding, which it believes is EUR."""
    if xrechnung:
        paths = (f"{_CBC}CustomizationID", f".//{_RAM}GuidelineSpecifiedDocumentContextParameter/{_RAM}ID")
        for path in paths:
            for found in root.findall(path):
                found.text = XRECHNUNG
    for found in root.iter(f"{_CBC}PayableRoundingAmount"):
        found.set("currencyID", document.currency)


def _check(root: Any, syntax: str) -> None:
    schema = _schema("cii" if syntax == CII else root.tag.rpartition("}")[2])
    with _checking:
        if not schema.validate(root):
            raise NotElectronic("schema", missing=[str(schema.error_log.last_error)])


@cache
def _schema(which: str) -> Any:
    import facturx as library  # as the head of this module says
    from lxml import etree  # as above

    path = resources.files(library).joinpath("xsd_and_schematron", *_SCHEMAS[which].split("/"))
    return etree.XMLSchema(file=str(path))


def kinds_of_rules() -> Mapping[str, str]:
    """Where the library keeps the rules of EN 16931 as a style sheet, by syntax: for tests."""
    import facturx as library  # as the head of this module says

    folder = resources.files(library).joinpath("xsd_and_schematron")
    return {
        CII: str(folder.joinpath("facturx-en16931", "FACTUR-X_EN16931.xslt")),
        UBL: str(folder.joinpath("ubl-2.1", "EN16931-UBL-validation.xslt")),
    }

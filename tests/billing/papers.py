"""Documents to try things on: one for each way in which tax is or is not charged."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sublet.core.invoicing import Document, Line, Party, Payment, Preceding, drawn_up, shared_discount

ROSA = Party(
    "Studio Rosa S.r.l.", "IT", "Via Roma 1", "20121", "Milano", "MI", vat_id="IT00743110157", register_number="MI-1234567",
    contact_name="Rosa Bianchi", email="rosa@studio-rosa.example", phone="+39 02 1234567",
)  # fmt: skip
CARL = Party(
    "Carl & Söhne GmbH", "DE", "Weg 2", "10115", "Berlin", vat_id="DE136695976", email="carl@soehne.example", reference="C-17"
)  # fmt: skip
CLEO = Party("Cleo Verdi", "IT", "Corso 3", "10121", "Torino", email="cleo@verdi.example")
SAM = Party("Sam Ltd", "US", "1st St 4", "10001", "New York", "NY", email="sam@sam.example")
SMALL = Party("Rosa Bianchi", "IT", "Via Roma 1", "20121", "Milano", tax_number="BNCRSO80A41F205X")
PAID_TO = Payment(
    "58", iban="IT60X0542811101000000123456", bic="BPPIITRRXXX", holder="Studio Rosa", reference="RF18539007547034"
)
NOVEMBER = {"first": date(2026, 11, 1), "last": date(2026, 11, 30)}
REASONS = {
    "AE": ("Reverse charge", "VATEX-EU-AE"), "O": ("Outside the scope of VAT", "VATEX-EU-O"), "E": ("Small business", ""),
    "G": ("Export", "VATEX-EU-G"),
}  # fmt: skip


def lines(category: str = "S", rate: str = "22") -> tuple[Line, ...]:
    """A price for each seat, a graduated amount (quantity times price is something else), a free line, a credit."""
    how: tuple[str, Decimal] = (category, Decimal(rate))
    return (
        Line("Business", 12345, *how, Decimal(3), Decimal(4115), detail="for each seat", group="Cleo", **NOVEMBER),
        Line("Appointments", 1001, *how, Decimal(1234), Decimal("0.8"), detail="graduated", group="Cleo", **NOVEMBER),
        Line("SMS", 37, *how, Decimal(300), Decimal("0.1234"), group="Sam"),
        Line("Support", 0, *how, Decimal(1), Decimal(0), group="Sam"),
        Line("Unused days", -500, *how, group="Sam", first=date(2026, 11, 20), last=date(2026, 11, 30)),
    )


def paper(category: str = "S", rate: str = "22", **fields: Any) -> Document:
    bill = fields.pop("lines", lines(category, rate))
    usual: dict[str, Any] = {
        "kind": "invoice", "number": "2026-0017", "issued_on": date(2026, 12, 1), "due_on": date(2026, 12, 15), "currency": "EUR",
        "language": "en", "seller": ROSA, "buyer": CARL, "payment": PAID_TO, "reasons": REASONS, "notes": ("Thank you.",),
        "buyer_reference": "04011000-12345-34", **NOVEMBER,
    }  # fmt: skip
    return drawn_up(lines=bill, **(usual | fields))


def papers() -> dict[str, Document]:
    """By what is special about each."""
    two_rates = (*lines(), Line("Book", 2000, "S", Decimal(4)))
    return {
        "domestic": paper(buyer=CLEO),
        "two-rates-and-a-discount": paper(
            buyer=CLEO, lines=two_rates, adjustments=shared_discount(two_rates, 2977, "Wholesale discount", percent=Decimal(20))
        ),
        "reverse-charge": paper("AE", "0"),
        "outside-the-union": paper("O", "0", buyer=SAM),
        "export": paper("G", "0", buyer=SAM),
        "small-business": paper("E", "0", seller=SMALL, buyer=CLEO),
        "zero": paper("Z", "0", buyer=CLEO),
        "yen": paper("O", "0", buyer=replace(SAM, country="JP"), currency="JPY", payment=replace(PAID_TO, means="30")),
        "rounded-and-partly-paid": paper(buyer=CLEO, currency="CHF", rounding="five", paid=1000),
        "free": paper(buyer=CLEO, lines=(Line("Trial", 0, "S", Decimal(22), Decimal(1), Decimal(0)),)),
        "credit-note": paper(
            buyer=CLEO, kind="credit-note", number="C-3", preceding=(Preceding("2026-0017", date(2026, 12, 1)),), due_on=None,
            payment=None,
        ),
        "self-billed": paper(kind="self-billed", seller=ROSA, buyer=replace(CARL, country="IT", vat_id="IT12345670017")),
        "by-card": paper(buyer=CLEO, payment=Payment("68")),
        "direct-debit": paper(
            buyer=CLEO,
            payment=Payment("59", mandate="M-1", creditor="IT66ZZZA1B2C3D4E5F6G7H8", debited="IT60X0542811101000000123456"),
        ),
    }  # fmt: skip

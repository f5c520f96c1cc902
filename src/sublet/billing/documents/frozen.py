"""The value of a document, made from what an invoice froze when it was issued, and from its lines.

What is frozen is plain data (`billing.operations.documents` writes it): the parties as they were, the tax as it was reckoned, the
numbers and days. Nothing is looked up and nothing is reckoned; only the words of a reason are put in the document's language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.utils import translation
from django.utils.translation import gettext as _

from sublet.billing.documents.reasons import tax_reasons
from sublet.core import invoicing
from sublet.core.invoicing import Document, Line, Party, Payment, Preceding, TaxTotal
from sublet.core.tax import ZERO, Treatment
from sublet.core.taxids import SEPA

_KINDS: Final = {"invoice": invoicing.INVOICE, "credit": invoicing.CREDIT_NOTE, "self-billed": invoicing.SELF_BILLED}
#: Who may collect by a card. Of what froze no more than that it was taken that it does.
_BY_GATEWAY: Final = ("own", "vendor")


@dataclass(frozen=True, slots=True)
class FrozenLine:
    """One line in the words of the document's language. `minor`: before discount; of a credit note negative, as in the books."""

    name: str
    minor: int
    quantity: Decimal = Decimal(1)
    unit_price: Decimal | None = None
    detail: str = ""
    first: date | None = None
    last: date | None = None
    group: str = ""
    key: str = ""


def document_of(
    frozen: Mapping[str, Any],
    lines: Sequence[FrozenLine],
    *,
    language: str,
    corrects_on: date | None = None,
    reference: str = "",
    paid: int = 0,
    discount: str = "",
) -> Document:
    """The document that `frozen` and its lines are.

    `corrects_on`: the day of issue of the invoice that a credit note is about. `reference`: the structured one for the payment.
    `paid`: what had been paid on the day of issue. `discount`: what the discount is called; empty: ``Discount``.
    Raises KeyError, ValueError for something else than a frozen invoice.
    """
    kind = _KINDS[frozen["kind"]]
    sign = -1 if kind == invoicing.CREDIT_NOTE else 1
    seller, buyer = frozen["seller"], frozen["buyer"]
    told = frozen["taxes"]
    first = told[0] if told else {"category": ZERO, "rate": "0"}
    how = (first["category"], Decimal(first["rate"]))
    with translation.override(language):
        note = seller.get("exemption_note", "")
        treatments = [
            Treatment(each["category"], Decimal(each["rate"]), each["reason"], each["vatex"]) for each in told
        ]
        reasons = tax_reasons(treatments, exemption_note=note)
        reason = discount or _("Discount")
    kept = tuple(_line(each, sign, how) for each in lines)
    taken = sign * int(frozen["discount_minor"])
    percent = Decimal(frozen.get("discount_percent") or 0)
    adjustments = invoicing.shared_discount(kept, taken, reason, percent=percent or None)
    taxes = tuple(
        TaxTotal(
            each["category"],
            Decimal(each["rate"]),
            sign * each["base"],
            sign * each["tax"],
            *reasons.get(each["category"], ("", "")),
        )
        for each in told
    )
    firsts = [each.first for each in lines if each.first is not None]
    lasts = [each.last for each in lines if each.last is not None]
    return Document(
        kind=kind,
        number=frozen.get("number", ""),
        issued_on=date.fromisoformat(frozen["issued_on"]),
        due_on=date.fromisoformat(frozen["due_on"]) if frozen.get("due_on") else None,
        currency=frozen["currency"],
        language=language,
        seller=_seller(seller),
        buyer=_buyer(buyer),
        lines=kept,
        adjustments=adjustments,
        taxes=taxes,
        totals=invoicing.totalled(
            kept,
            adjustments,
            taxes,
            currency=frozen["currency"],
            rounding=seller.get("rounding", invoicing.EXACT),
            away=sign * int(frozen["rounding_minor"]) if "rounding_minor" in frozen else None,
            paid=paid,
        ),
        payment=payment_of(frozen, kind, reference),
        first=min(firsts) if firsts else None,
        last=max(lasts) if lasts else None,
        notes=tuple(each for each in (frozen.get("reason", ""),) if each),
        preceding=(Preceding(frozen["corrects"], corrects_on or date.fromisoformat(frozen["issued_on"])),)
        if frozen.get("corrects")
        else (),
        buyer_reference=buyer.get("buyer_reference", ""),
        footer=seller.get("footer", ""),
    )


def _line(each: FrozenLine, sign: int, how: tuple[str, Decimal]) -> Line:
    minor, quantity, price = sign * each.minor, each.quantity, each.unit_price
    if price is not None and price < 0:
        price, quantity = -price, -quantity
    return Line(
        each.name, minor, *how, quantity=quantity, unit_price=price, detail=each.detail, first=each.first, last=each.last,
        key=each.key, group=each.group,
    )  # fmt: skip


def _seller(kept: Mapping[str, Any]) -> Party:
    return Party(
        name=kept["legal_name"],
        country=kept["country"],
        **{name: kept.get(name, "") for name in ("street", "postal_code", "city", "region", "vat_id", "tax_number")},
        register_number=kept.get("register_number", ""),
        contact_name=kept.get("contact_name", ""),
        email=kept.get("email", ""),
        phone=kept.get("phone", ""),
    )


def _buyer(kept: Mapping[str, Any]) -> Party:
    return Party(
        name=kept["legal_name"],
        country=kept["country"],
        **{name: kept.get(name, "") for name in ("street", "postal_code", "city", "region", "vat_id", "tax_number")},
        email=kept.get("email", ""),
    )


def payment_of(frozen: Mapping[str, Any], kind: str, reference: str) -> Payment | None:
    """How a frozen invoice says that it is paid; None of a credit note, and where it says nothing."""
    seller = frozen["seller"]
    if kind == invoicing.CREDIT_NOTE:
        return None
    collected_by = frozen.get("collected_by")
    if frozen.get("charged", collected_by in _BY_GATEWAY):
        return Payment(invoicing.ONLINE, reference=reference)
    # What the vendor collects is not paid to the seller's own account.
    iban = seller.get("iban", "") if collected_by != "vendor" else ""
    if not iban:
        return Payment(invoicing.ONLINE, by_itself=False) if collected_by in _BY_GATEWAY else None
    by_sepa = frozen["currency"] == "EUR" and iban[:2] in SEPA
    return Payment(
        invoicing.SEPA_TRANSFER if by_sepa else invoicing.TRANSFER,
        iban=iban,
        bic=seller.get("bic", ""),
        holder=seller.get("account_holder", "") or seller["legal_name"],
        reference=reference,
    )

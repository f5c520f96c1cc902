"""What the sheet of an invoice, credit note or self-billed invoice says: every word of it, in the document's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from sublet.billing.documents.writing import Writing
from sublet.billing.words import online_words
from sublet.branding.documents import code_of
from sublet.core import invoicing
from sublet.core.invoicing import Document, Line, Party
from sublet.core.money import plain

#: Of a code for a transfer (EPC069-12): the longest name and remittance text.
_LONGEST_NAME, _LONGEST_TEXT = 70, 140


def sheet_data(document: Document, *, sample: bool = False) -> Mapping[str, Any]:
    """What ``invoice.typ`` reads. The document's language must be active. `sample`: nobody shall take it for an invoice."""
    writing = Writing(document.language, document.currency)
    return {
        "title": f"{title_of(document)} {document.number}".strip(),
        "heading": f"{title_of(document)} {document.number}".strip(),
        "lead": _lead(document, writing),
        "draft": _mark(document, sample=sample),
        "sender": " · ".join(_address(document.seller, writing)),
        "recipient": _recipient(document, writing),
        "facts": list(_facts(document, writing)),
        "columns": [
            _("Description"), _("Quantity"), _("Unit price"), _("VAT"), _("Amount (%(currency)s)") % {"currency": document.currency},
        ],
        "groups": _groups(document, writing),
        "sums": list(_sums(document, writing)),
        "tax-columns": [_("VAT"), _("Rate"), _("Net"), pgettext("amount", "Tax")],
        "taxes": _taxes(document, writing),
        "notes": list(_notes(document, writing)),
        "payment": _payment(document, writing),
        "legal": list(_legal(document, writing)),
    }  # fmt: skip


def _mark(document: Document, *, sample: bool) -> str:
    if sample:
        return pgettext("invoice", "Sample")
    return pgettext("invoice", "Draft") if document.draft else ""


def title_of(document: Document) -> str:
    """``Invoice``, in the active language."""
    if document.kind == invoicing.CREDIT_NOTE:
        return _("Credit note")
    if document.kind == invoicing.SELF_BILLED:
        # The words of the law: Directive 2006/112/EC, article 226 (10a).
        return _("Self-billing invoice")
    return _("Invoice")


def _lead(document: Document, writing: Writing) -> str:
    if document.kind == invoicing.CREDIT_NOTE and document.preceding:
        about = [f"{each.number} ({writing.day(each.issued_on)})" for each in document.preceding]
        return _("For invoice %(invoice)s.") % {"invoice": ", ".join(about)}
    if document.kind == invoicing.SELF_BILLED:
        return _("Issued by %(buyer)s, the recipient of the service, in the name of %(seller)s.") % {
            "buyer": document.buyer.name,
            "seller": document.seller.name,
        }
    return ""


def _address(party: Party, writing: Writing) -> list[str]:
    town = " ".join(part for part in (party.postal_code, party.city) if part)
    parts = [party.name, party.street, town, party.region, writing.country(party.country)]
    return [part for part in parts if part]


def _recipient(document: Document, writing: Writing) -> list[str]:
    return _address(document.buyer, writing)


def _facts(document: Document, writing: Writing) -> Iterable[tuple[str, str]]:
    buyer = document.buyer
    if document.number:
        yield _("Number"), document.number
    yield _("Date"), writing.day(document.issued_on)
    if document.due_on is not None and document.kind != invoicing.CREDIT_NOTE:
        yield _("Due on"), writing.day(document.due_on)
    if period := writing.days(document.first, document.last):
        yield _("Period"), period
    else:
        yield _("Rendered on"), writing.day(document.delivered_on)
    if document.buyer_reference:
        yield _("Your reference"), document.buyer_reference
    if buyer.reference:
        yield _("Customer number"), buyer.reference
    if buyer.vat_id:
        yield _("Your VAT ID"), buyer.vat_id
    if buyer.tax_number:
        yield _("Your tax number"), buyer.tax_number


def _groups(document: Document, writing: Writing) -> list[dict[str, Any]]:
    grouped: dict[str, list[Line]] = {}
    for line in document.lines:
        grouped.setdefault(line.group, []).append(line)
    told = []
    for name, lines in grouped.items():
        whole = len(grouped) > 1 and len(lines) > 1
        told.append(
            {
                "name": name or (_("Others") if len(grouped) > 1 else ""),
                "items": [_item(line, writing, document) for line in lines],
                "sum": writing.amount(sum(line.minor for line in lines)) if whole else "",
                "sum-label": name or _("Others"),
            }
        )
    return told


def _item(line: Line, writing: Writing, document: Document) -> dict[str, Any]:
    period = writing.days(line.first, line.last)
    if (line.first, line.last) == (document.first, document.last):
        period = ""  # said at the head
    return {
        "name": line.name,
        "more": [each for each in (line.detail, period) if each],
        "quantity": writing.number(line.quantity),
        "price": "" if line.unit_price is None else writing.price(line.unit_price),
        "rate": _rate(line.category, line.rate, writing),
        "amount": writing.amount(line.minor),
    }


def _rate(category: str, rate: Any, writing: Writing) -> str:
    return "–" if category in invoicing.WITH_REASON else writing.percent(rate)


def _sums(document: Document, writing: Writing) -> Iterable[tuple[str, str, bool]]:
    sums = document.totals
    if document.adjustments:
        yield _("Sum of the lines"), writing.money(sums.lines), False
        for each in document.adjustments:
            label = each.reason if each.percent is None else f"{each.reason} ({writing.percent(each.percent)})"
            yield label, writing.money(each.signed), False
    yield _("Net"), writing.money(sums.net), False
    for tax in document.taxes:
        if tax.category not in invoicing.WITH_REASON:
            yield _("VAT %(rate)s") % {"rate": writing.percent(tax.rate)}, writing.money(tax.tax), False
    over = bool(sums.rounding or sums.paid)
    yield _("Total"), writing.money(sums.gross), not over
    if sums.rounding:
        yield _("Rounding"), writing.money(sums.rounding), False
    if sums.paid:
        yield _("Already paid"), writing.money(-sums.paid), False
    if over:
        yield _("Amount due"), writing.money(sums.due), True


def _taxes(document: Document, writing: Writing) -> list[list[str]]:
    if len(document.taxes) < 2:
        return []
    return [
        [
            tax.reason or _("VAT"),
            _rate(tax.category, tax.rate, writing),
            writing.money(tax.base),
            writing.money(tax.tax),
        ]
        for tax in document.taxes
    ]


def _notes(document: Document, writing: Writing) -> Iterable[str]:
    yield from (tax.reason for tax in document.taxes if tax.reason)
    there = document.tax_elsewhere
    if there is not None:
        yield _("VAT in %(currency)s: %(tax)s, at %(rate)s for 1 %(own)s on %(day)s.") % {
            "currency": there.currency,
            "tax": writing.money(there.tax, there.currency),
            "rate": writing.number(there.rate),
            "own": document.currency,
            "day": writing.day(there.rate_on),
        }
    yield from document.notes


_MEANS: Final = {invoicing.SEPA_TRANSFER, invoicing.TRANSFER}


def _payment(document: Document, writing: Writing) -> Mapping[str, Any] | None:
    payment, sums = document.payment, document.totals
    if payment is None or document.draft:
        return None
    if sums.due <= 0:
        return _box(_("Nothing is due."), [], None) if document.kind == invoicing.INVOICE else None
    rows: list[tuple[str, str]] = []
    if payment.means == invoicing.SEPA_DEBIT:
        title = _("%(amount)s will be debited from your account.") % {"amount": writing.money(sums.due)}
        rows += [(_("Account"), _spaced(payment.debited)), (_("Mandate"), payment.mandate)]
        if payment.creditor:
            rows.append((_("Creditor ID"), payment.creditor))
    elif payment.means == invoicing.ONLINE:
        title = online_words(writing.money(sums.due), by_itself=payment.by_itself)
    elif payment.means == invoicing.SET_OFF:
        title = _("%(amount)s is set off against what is owed.") % {"amount": writing.money(sums.due)}
    elif document.kind == invoicing.SELF_BILLED:
        title = _("%(amount)s will be transferred to you.") % {"amount": writing.money(sums.due)}
        rows.append((_("IBAN"), _spaced(payment.iban)))
    elif document.kind == invoicing.CREDIT_NOTE:
        return None
    else:
        title = _("Please transfer %(amount)s.") % {"amount": writing.money(sums.due)}
        if document.due_on is not None:
            title = _("Please transfer %(amount)s by %(day)s.") % {
                "amount": writing.money(sums.due),
                "day": writing.day(document.due_on),
            }
        rows += [(_("Account holder"), payment.holder or document.seller.name), (_("IBAN"), _spaced(payment.iban))]
        if payment.bic:
            rows.append((_("BIC"), payment.bic))
    if payment.reference:
        rows.append((_("Reference"), _spaced(payment.reference)))
    if payment.terms:
        rows.append((_("Terms"), payment.terms))
    return _box(title, rows, transfer_code(document))


def _box(title: str, rows: list[tuple[str, str]], code: str | None) -> Mapping[str, Any]:
    return {
        "title": title,
        "rows": rows,
        "code": None if code is None else code_of(code),
        "code_alt": _("The transfer as a code that a banking program reads"),
    }


def transfer_code(document: Document) -> str | None:
    """The text of the code that a banking program reads (EPC069-12); None where there is none: it is for SEPA and EUR only."""
    payment, due = document.payment, document.totals.due
    if payment is None or payment.means != invoicing.SEPA_TRANSFER or document.currency != "EUR":
        return None
    if document.kind != invoicing.INVOICE or document.draft or not 0 < due <= 99_999_999_999:
        return None
    structured = payment.reference if payment.reference[:2] == "RF" else ""
    free = "" if structured else (payment.reference or document.number)
    parts = [
        "BCD", "002", "1", "SCT", payment.bic, (payment.holder or document.seller.name)[:_LONGEST_NAME], payment.iban,
        f"EUR{plain(due, 'EUR')}", "", structured, free[:_LONGEST_TEXT],
    ]  # fmt: skip
    return "\n".join(" ".join(part.split()) for part in parts)


def _spaced(code: str) -> str:
    return " ".join(code[place : place + 4] for place in range(0, len(code), 4)) if code.isalnum() else code


def _legal(document: Document, writing: Writing) -> Iterable[str]:
    seller = document.seller
    yield " · ".join(_address(seller, writing))
    numbers = [
        (_("VAT ID"), seller.vat_id),
        (_("Tax number"), seller.tax_number),
        (_("Register"), seller.register_number),
    ]
    told = [f"{label} {number}" for label, number in numbers if number]
    told += [each for each in (seller.email, seller.phone) if each]
    if told:
        yield " · ".join(told)
    if document.footer:
        yield document.footer

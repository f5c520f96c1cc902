"""An invoice, credit note or self-billed invoice as one frozen value, and what must be true of it (EN 16931).

Pure: amounts are integers of minor units, quantities and prices are exact decimals, dates are days of the issuer. A value is made
once, when the document is issued (`drawn_up`), kept as plain data (`core.invoicekept`), and everything that is shown or sent
later is made from it: nothing is reckoned again.

Amounts of a credit note are what is credited, so they are positive as on an invoice.

Laws (tests/core/test_invoicing.py):

* net = lines − discounts + charges; gross = net + tax; due = gross + rounding − paid: `faults` finds every cent that is elsewhere;
* tax is reckoned once for each category and rate on the sum of what is of it, half up and away from zero;
* a discount over several rates is shared by largest remainder, to the cent;
* a value made by `drawn_up` from lawful parts has no faults, and comes back the same from its snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from sublet.core.money import allocate, exponent, rounded
from sublet.core.tax import CATEGORIES, EXEMPT, EXPORT, OUTSIDE, REVERSE, STANDARD, ZERO, tax_on

INVOICE, CREDIT_NOTE, SELF_BILLED = "invoice", "credit-note", "self-billed"
KINDS: Final = (INVOICE, CREDIT_NOTE, SELF_BILLED)
#: UNTDID 1001.
TYPE_CODES: Final = {INVOICE: "380", CREDIT_NOTE: "381", SELF_BILLED: "389"}

#: Those without tax that must say why.
WITH_REASON: Final = (REVERSE, OUTSIDE, EXEMPT, EXPORT)

#: UNTDID 4461: SEPA and other transfer, SEPA direct debit, by an online service (cards as well: no number of one is ever here),
#: set off against what the other side owes.
SEPA_TRANSFER, TRANSFER, SEPA_DEBIT, ONLINE, SET_OFF = "58", "30", "59", "68", "97"
MEANS: Final = (SEPA_TRANSFER, TRANSFER, SEPA_DEBIT, ONLINE, SET_OFF)

EXACT, FIVE, WHOLE = "exact", "five", "whole"
#: UN/ECE recommendation 20: one (piece).
PIECE: Final = "C62"
MOST_LINES: Final = 20_000


@dataclass(frozen=True, slots=True)
class Party:
    """Who sells or buys, as it was on that day. `country` is ISO 3166-1, `vat_id` compact with its country in front."""

    name: str
    country: str
    street: str = ""
    postal_code: str = ""
    city: str = ""
    region: str = ""
    vat_id: str = ""
    tax_number: str = ""
    register_number: str = ""
    contact_name: str = ""
    email: str = ""
    phone: str = ""
    reference: str = ""  # our reference of it


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `unit_price` is in minor units with up to six decimals; `first` and `last` are both within the period.

    `minor` is what the line comes to before tax and is given, never quantity times price: a graduated price has no one price.
    """

    name: str
    minor: int
    category: str
    rate: Decimal = Decimal(0)  # percent
    quantity: Decimal = Decimal(1)
    unit_price: Decimal | None = None  # None: the amount itself is the price of the whole
    unit: str = PIECE
    detail: str = ""
    first: date | None = None
    last: date | None = None
    key: str = ""  # of the charge that it bills
    group: str = ""  # lines of one name stand together: the client, on an invoice to a reseller

    @property
    def is_plain(self) -> bool:
        """Whether quantity times price is the amount, half up."""
        if self.unit_price is None:
            return False
        return rounded(Fraction(self.quantity) * Fraction(self.unit_price)) == self.minor


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A discount, or a charge, on the whole document and of one category and rate. `minor` is positive either way."""

    reason: str
    minor: int
    category: str
    rate: Decimal = Decimal(0)
    charge: bool = False
    percent: Decimal | None = None  # of `base`
    base: int | None = None

    @property
    def signed(self) -> int:
        return self.minor if self.charge else -self.minor


@dataclass(frozen=True, slots=True)
class TaxTotal:
    """The tax of one category and rate. `reason` in the document's language, `code` of the VATEX list where it has one."""

    category: str
    rate: Decimal
    base: int
    tax: int
    reason: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums in minor units. `discounts` and `charges` are positive; `rounding` is added to `gross`."""

    lines: int
    discounts: int
    charges: int
    net: int
    tax: int
    gross: int
    rounding: int
    paid: int
    due: int


@dataclass(frozen=True, slots=True)
class Payment:
    """How it is paid. A direct debit names its mandate, creditor and the account that is debited."""

    means: str
    iban: str = ""
    bic: str = ""
    holder: str = ""
    reference: str = ""  # structured, as ISO 11649
    terms: str = ""
    mandate: str = ""
    creditor: str = ""
    debited: str = ""
    by_itself: bool = True  # online: it is charged, and the payer does nothing


@dataclass(frozen=True, slots=True)
class Preceding:
    """The document that a credit note is about."""

    number: str
    issued_on: date


@dataclass(frozen=True, slots=True)
class TaxElsewhere:
    """The tax in the currency of the seller's books, where that is another: what its state asks for."""

    currency: str
    tax: int
    rate: Decimal  # how much of it is one of the document's currency
    rate_on: date


@dataclass(frozen=True, slots=True)
class Document:
    """Everything that a document says. `number` is empty on a draft."""

    kind: str
    number: str
    issued_on: date
    due_on: date | None
    currency: str
    language: str
    seller: Party
    buyer: Party
    lines: tuple[Line, ...]
    adjustments: tuple[Adjustment, ...]
    taxes: tuple[TaxTotal, ...]
    totals: Totals
    payment: Payment | None = None
    first: date | None = None
    last: date | None = None
    notes: tuple[str, ...] = ()
    preceding: tuple[Preceding, ...] = ()
    buyer_reference: str = ""
    tax_elsewhere: TaxElsewhere | None = None
    footer: str = ""

    @property
    def delivered_on(self) -> date:
        """When it was rendered: the last day of its period, else the day of issue."""
        lasts = [line.last for line in self.lines if line.last is not None]
        return self.last or (max(lasts) if lasts else self.issued_on)

    @property
    def draft(self) -> bool:
        return self.number == ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong: the rule of EN 16931 (or a law of ours) and where."""

    code: str
    where: str = ""

    def __str__(self) -> str:
        return f"{self.code} {self.where}".rstrip()


class NotLawful(ValueError):
    """The document says something that no invoice may say."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = tuple(faults)


Reasons = Mapping[str, tuple[str, str]]  # category → text and code


def drawn_up(
    *,
    lines: Iterable[Line],
    adjustments: Iterable[Adjustment] = (),
    reasons: Reasons | None = None,
    currency: str,
    rounding: str = EXACT,
    paid: int = 0,
    **rest: Any,
) -> Document:
    """The document with its taxes and totals. `rest`: the other fields. Raises NotLawful."""
    kept, over = tuple(lines), tuple(adjustments)
    taxes = taxed(kept, over, reasons or {})
    document = Document(
        currency=currency,
        lines=kept,
        adjustments=over,
        taxes=taxes,
        totals=totalled(kept, over, taxes, currency=currency, rounding=rounding, paid=paid),
        **rest,
    )
    found = faults(document)
    if found:
        raise NotLawful(found)
    return document


def taxed(lines: Iterable[Line], adjustments: Iterable[Adjustment], reasons: Reasons) -> tuple[TaxTotal, ...]:
    """The tax of each category and rate on the sum of what is of it, in the order of CATEGORIES and from the highest rate."""
    bases: dict[tuple[str, Decimal], int] = {}
    for each in lines:
        bases[each.category, each.rate] = bases.get((each.category, each.rate), 0) + each.minor
    for more in adjustments:
        bases[more.category, more.rate] = bases.get((more.category, more.rate), 0) + more.signed
    order = sorted(bases, key=lambda pair: (CATEGORIES.index(pair[0]), -pair[1]))
    return tuple(
        TaxTotal(
            category, rate, bases[category, rate], tax_on(bases[category, rate], rate), *reasons.get(category, ("", ""))
        )
        for category, rate in order
    )


def totalled(
    lines: Sequence[Line],
    adjustments: Sequence[Adjustment],
    taxes: Sequence[TaxTotal],
    *,
    currency: str,
    rounding: str = EXACT,
    away: int | None = None,
    paid: int = 0,
) -> Totals:
    """The sums of a document. `away`: by how much it was rounded, where that is known; else it follows from the policy."""
    of_lines = sum(line.minor for line in lines)
    discounts = sum(each.minor for each in adjustments if not each.charge)
    charges = sum(each.minor for each in adjustments if each.charge)
    net = of_lines - discounts + charges
    tax = sum(each.tax for each in taxes)
    gross = net + tax
    if away is None:
        away = rounded_due(gross, currency, rounding) - gross
    return Totals(of_lines, discounts, charges, net, tax, gross, away, paid, gross + away - paid)


def rounded_due(minor: int, currency: str, rounding: str) -> int:
    """An amount as the issuer's policy lets it be paid."""
    step: int = {EXACT: 1, FIVE: 5, WHOLE: 10 ** exponent(currency)}[rounding]
    return rounded(Fraction(minor, step)) * step


def shared_discount(
    lines: Sequence[Line], minor: int, reason: str, *, percent: Decimal | None = None
) -> tuple[Adjustment, ...]:
    """A discount of `minor` on the whole, shared over categories and rates by largest remainder, in the order of the lines."""
    sums: dict[tuple[str, Decimal], int] = {}
    for line in lines:
        sums[line.category, line.rate] = sums.get((line.category, line.rate), 0) + line.minor
    # What comes to nothing or less has no part in a discount: it would become a charge.
    weighing = {pair: base for pair, base in sums.items() if base > 0}
    if not weighing or minor <= 0:
        return ()
    parts = allocate(minor, list(weighing.values()))
    return tuple(
        Adjustment(reason, part, category, rate, percent=percent, base=base if percent is not None else None)
        for ((category, rate), base), part in zip(weighing.items(), parts, strict=True)
        if part
    )


# What must be true ---------------------------------------------------------------------------------------------------------


def faults(document: Document) -> tuple[Fault, ...]:
    """Everything that is wrong with it; empty when it is lawful."""
    return (
        *_of_words(document),
        *_of_lines(document),
        *_of_sums(document),
        *_of_taxes(document),
        *_of_paying(document),
    )


def _of_words(document: Document) -> Iterable[Fault]:
    if document.kind not in KINDS:
        yield Fault("BR-CL-01", document.kind)
    if len(document.currency) != 3 or not document.currency.isupper():
        yield Fault("BR-CL-04", document.currency)
    for code, party in (("BR-06", document.seller), ("BR-07", document.buyer)):
        if not party.name.strip():
            yield Fault(code)
    for code, party in (("BR-09", document.seller), ("BR-11", document.buyer)):
        if len(party.country) != 2 or not party.country.isupper():
            yield Fault(code, party.country)
    if not document.seller.city and not document.seller.street:
        yield Fault("BR-08")
    for who, party in (("seller", document.seller), ("buyer", document.buyer)):
        if party.vat_id and not party.vat_id[:2].isalpha():
            yield Fault("BR-CO-09", who)
    seller = document.seller
    if not (seller.vat_id or seller.register_number or seller.tax_number or seller.reference):
        yield Fault("BR-CO-26")
    if document.kind == CREDIT_NOTE and not document.preceding:
        yield Fault("preceding")
    if any(not each.number for each in document.preceding):
        yield Fault("BR-55")
    if document.first and document.last and document.last < document.first:
        yield Fault("BR-29")


def _of_lines(document: Document) -> Iterable[Fault]:
    if not document.lines:
        yield Fault("BR-16")
    if len(document.lines) > MOST_LINES:
        yield Fault("too-many-lines")
    for number, line in enumerate(document.lines, 1):
        where = f"line {number}"
        if not line.name.strip():
            yield Fault("BR-25", where)
        if line.unit_price is not None and line.unit_price < 0:
            yield Fault("BR-27", where)
        if line.first and line.last and line.last < line.first:
            yield Fault("BR-30", where)
        yield from _of_category(line.category, line.rate, where)
    for number, each in enumerate(document.adjustments, 1):
        where = f"{'charge' if each.charge else 'discount'} {number}"
        if each.minor < 0:
            yield Fault("positive", where)
        if not each.reason.strip():
            yield Fault("BR-38" if each.charge else "BR-33", where)
        yield from _of_category(each.category, each.rate, where)


def _of_category(category: str, rate: Decimal, where: str) -> Iterable[Fault]:
    if category not in CATEGORIES:
        yield Fault("BR-CL-17", where)
    elif category == STANDARD and not 0 < rate < 100:
        yield Fault("BR-S-05", where)
    elif category != STANDARD and rate != 0:
        yield Fault(f"BR-{category}-05", where)


def _of_sums(document: Document) -> Iterable[Fault]:
    told = document.totals
    lines = sum(line.minor for line in document.lines)
    discounts = sum(each.minor for each in document.adjustments if not each.charge)
    charges = sum(each.minor for each in document.adjustments if each.charge)
    checks = (
        ("BR-CO-10", told.lines, lines),
        ("BR-CO-11", told.discounts, discounts),
        ("BR-CO-12", told.charges, charges),
        ("BR-CO-13", told.net, told.lines - told.discounts + told.charges),
        ("BR-CO-14", told.tax, sum(each.tax for each in document.taxes)),
        ("BR-CO-15", told.gross, told.net + told.tax),
        ("BR-CO-16", told.due, told.gross + told.rounding - told.paid),
    )
    for code, is_so, should_be in checks:
        if is_so != should_be:
            yield Fault(code, f"{is_so} for {should_be}")


def _of_taxes(document: Document) -> Iterable[Fault]:
    if not document.taxes:
        yield Fault("BR-CO-18")
    pairs = [(each.category, each.rate) for each in document.taxes]
    if len(set(pairs)) != len(pairs):
        yield Fault("one-tax-for-each-rate")
    used = {(line.category, line.rate) for line in document.lines}
    used |= {(more.category, more.rate) for more in document.adjustments}
    if used != set(pairs):
        yield Fault("BR-45")
    for each in document.taxes:
        where = f"{each.category} {each.rate}"
        base = sum(line.minor for line in document.lines if (line.category, line.rate) == (each.category, each.rate))
        base += sum(a.signed for a in document.adjustments if (a.category, a.rate) == (each.category, each.rate))
        if each.base != base:
            yield Fault(f"BR-{each.category}-08", where)
        # The last credit note of an invoice takes what is left of its tax: a cent of rounding, which the rule allows as well.
        if abs(each.tax - tax_on(each.base, each.rate)) > (1 if document.kind == CREDIT_NOTE else 0):
            yield Fault("BR-CO-17", where)
        if each.category in WITH_REASON and not (each.reason or each.code):
            yield Fault(f"BR-{each.category}-10", where)
        if each.category not in WITH_REASON and (each.reason or each.code):
            yield Fault(f"BR-{each.category}-10", where)
    categories = {each.category for each in document.taxes}
    if OUTSIDE in categories and len(categories) > 1:
        yield Fault("BR-O-11")
    seller, buyer = document.seller, document.buyer
    registered = bool(seller.vat_id or seller.tax_number)
    for category in sorted(categories & {STANDARD, ZERO, EXEMPT, REVERSE}):
        if not registered:
            yield Fault(f"BR-{category}-02")
    if EXPORT in categories and not seller.vat_id:
        yield Fault("BR-G-02")
    if REVERSE in categories and not (buyer.vat_id or buyer.register_number):
        yield Fault("BR-AE-02", "buyer")


def _of_paying(document: Document) -> Iterable[Fault]:
    payment = document.payment
    owed = document.totals.due > 0 and document.kind != CREDIT_NOTE
    if owed and document.due_on is None and not (payment and payment.terms):
        yield Fault("BR-CO-25")
    if payment is None:
        return
    if payment.means not in MEANS:
        yield Fault("BR-CL-16", payment.means)
    if payment.means in (SEPA_TRANSFER, TRANSFER) and not payment.iban:
        yield Fault("BR-61")
    if payment.means == SEPA_DEBIT and not (payment.mandate and payment.debited):
        yield Fault("mandate")


def not_electronic(document: Document) -> str:
    """Why a lawful document cannot be an electronic invoice by EN 16931; empty when it can.

    ``draft``: it has no number. ``decimals``: its currency has more than two (BR-DEC).
    """
    if document.draft:
        return "draft"
    return "decimals" if exponent(document.currency) > 2 else ""


def missing_for_xrechnung(document: Document) -> tuple[str, ...]:
    """What XRechnung 3 asks for beyond EN 16931 and the document does not say: rules by their names (BR-DE …)."""
    seller, buyer = document.seller, document.buyer
    asked = (
        ("BR-DE-1", document.payment is not None),
        ("BR-DE-3", seller.city),
        ("BR-DE-4", seller.postal_code),
        ("BR-DE-5", seller.contact_name),
        ("BR-DE-6", seller.phone),
        ("BR-DE-7", seller.email),
        ("BR-DE-8", buyer.city),
        ("BR-DE-9", buyer.postal_code),
        ("BR-DE-15", document.buyer_reference),
        ("PEPPOL-EN16931-R010", buyer.email),
        ("PEPPOL-EN16931-R020", seller.email),
    )
    return tuple(code for code, said in asked if not said)

"""Issued documents for accounting: a table, a file of bookings as DATEV reads it, an archive of electronic invoices.

Each is made piece by piece from documents as they come, so that a year of them takes no memory.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from sublet.billing.documents.electronic import UBL, NotElectronic, xml
from sublet.core import invoicing
from sublet.core.cells import guard
from sublet.core.invoicing import Document, TaxTotal
from sublet.core.money import plain
from sublet.core.tax import EXEMPT, EXPORT, OUTSIDE, REVERSE, STANDARD, ZERO

#: In the place of a category of tax: by what the issuer rounds the sum.
ROUNDING: Final = "rounding"
#: The same of what was given up, and what a line of it is called: lost, or (by money, a credit note, a second thought) no longer.
LOSS: Final = "loss"
WRITE_OFF, RECOVERY = "write-off", "recovery"
_COLUMNS: Final = (
    "number", "kind", "issued_on", "due_on", "first_day", "last_day", "seller", "buyer", "buyer_country", "buyer_vat_id", "currency",
    "category", "rate", "net", "tax", "gross", "preceding",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loss:
    """That so much of an issued document was given up on that day, with its tax; `minor` below nothing: is lost no longer."""

    document: Document
    day: date
    minor: int


def table(documents: Iterable[Document], losses: Iterable[Loss] = ()) -> Iterator[bytes]:
    """CSV (UTF-8, comma): a line for each document, category and rate, and one of the category ``rounding`` where its sum was rounded.
    Amounts of credit notes are negative: all of a document add up to what is owed. Then a line of the category ``loss`` for each time
    that something was written off (negative) or recovered: with them all add up to what was not given up."""
    yield _csv([_COLUMNS])
    for document in documents:
        yield _csv(
            [
                (
                    document.number, document.kind, document.issued_on.isoformat(),
                    document.due_on.isoformat() if document.due_on else "",
                    document.first.isoformat() if document.first else "", document.last.isoformat() if document.last else "",
                    guard(document.seller.name), guard(document.buyer.name), document.buyer.country,
                    guard(document.buyer.vat_id), document.currency, tax.category, format(tax.rate.normalize(), "f"),
                    *(plain(_sign(document) * minor, document.currency) for minor in (tax.base, tax.tax, tax.base + tax.tax)),
                    " ".join(each.number for each in document.preceding),
                )
                for tax in _parts(document)
            ]
        )  # fmt: skip

    for loss in losses:
        document, lost = loss.document, plain(-loss.minor, loss.document.currency)
        yield _csv(
            [
                (
                    document.number, WRITE_OFF if loss.minor > 0 else RECOVERY, loss.day.isoformat(), "", "", "",
                    guard(document.seller.name), guard(document.buyer.name), document.buyer.country,
                    guard(document.buyer.vat_id), document.currency, LOSS, "0", lost, plain(0, document.currency), lost,
                    document.number,
                )
            ]
        )  # fmt: skip


def _parts(document: Document) -> list[TaxTotal]:
    """By category and rate; what the issuer's rounding adds or takes away is owed too, and is a part of its own without tax."""
    away = document.totals.rounding
    return [*document.taxes, *([TaxTotal(ROUNDING, Decimal(0), away, 0)] if away else [])]


@dataclass(frozen=True, slots=True)
class Accounts:
    """Account numbers of a chart of accounts: who owes, what is earned by category of tax, and other income, to which what sums are
    rounded by goes, and what is lost of claims: gross, since whoever advises on tax corrects the VAT. As usual: SKR 03."""

    receivable: str = "1400"
    revenue: Mapping[str, str] = field(
        default_factory=lambda: {
            STANDARD: "8400", REVERSE: "8336", OUTSIDE: "8338", EXEMPT: "8195", ZERO: "8100", EXPORT: "8120",
            ROUNDING: "2700", LOSS: "2400",
        }
    )  # fmt: skip


def bookings(
    documents: Iterable[Document],
    losses: Iterable[Loss] = (),
    *,
    first: date,
    last: date,
    accounts: Accounts = Accounts(),
) -> Iterator[bytes]:
    """A file of bookings in the shape of DATEV's (EXTF 700, Buchungsstapel): a booking for each document, category and rate, and for
    each time that something was written off or recovered.

    Amounts are gross, as accounts with automatic tax want them. Windows-1252, semicolons, decimal commas; what that cannot
    write becomes ``?``. Who advises on tax sets consultant and client numbers when it is read in.
    """
    days = [f"{first.year}0101", 4, _day(first), _day(last)]
    head = ["EXTF", 700, 21, "Buchungsstapel", 13, *[""] * 7, *days, "", "", 1, 0, 0, ""]
    yield _datev([head, _DATEV_COLUMNS])
    for document in documents:
        yield _datev([_booking(document, tax, accounts, document.issued_on) for tax in _parts(document)])
    for loss in losses:
        lost = TaxTotal(LOSS, Decimal(0), -_sign(loss.document) * loss.minor, 0)
        yield _datev([_booking(loss.document, lost, accounts, loss.day)])


_DATEV_COLUMNS: Final = [
    "Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "WKZ Umsatz", "Kurs", "Basis-Umsatz", "WKZ Basis-Umsatz", "Konto",
    "Gegenkonto (ohne BU-Schlüssel)", "BU-Schlüssel", "Belegdatum", "Belegfeld 1", "Belegfeld 2", "Skonto", "Buchungstext",
]  # fmt: skip


def _booking(document: Document, tax: TaxTotal, accounts: Accounts, day: date) -> list[object]:
    gross = _sign(document) * (tax.base + tax.tax)
    return [
        plain(abs(gross), document.currency).replace(".", ","),
        "S" if gross >= 0 else "H",
        document.currency,
        "",
        "",
        "",
        accounts.receivable,
        accounts.revenue[tax.category],
        "",
        day.strftime("%d%m"),
        re.sub(r"[^A-Za-z0-9$&%*+/\-]", "", document.number)[:36],
        document.due_on.strftime("%d%m%y") if document.due_on else "",
        "",
        document.buyer.name[:60],
    ]


def archive(documents: Iterable[Document]) -> Iterator[bytes]:
    """A ZIP of the electronic invoices as UBL; what cannot be one is named with the reason in ``left-out.csv``."""
    pipe = _Pipe()
    left: list[tuple[str, str]] = []
    used: set[str] = set()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as packed:
        for document in documents:
            try:
                made = xml(document, UBL)
            except NotElectronic as refused:
                left.append((document.number, str(refused)))
                continue
            packed.writestr(_entry(_file_name(document.number, used), document.issued_on), made)
            yield from pipe.taken()
        if left:
            packed.writestr(
                "left-out.csv", _csv([("number", "reason"), *((guard(one), guard(why)) for one, why in left)])
            )
    yield from pipe.taken()


class _Pipe(io.RawIOBase):
    """What is written here is taken away: the archive is never whole in memory."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        part = bytes(data)  # type: ignore[call-overload]  # a buffer
        self._parts.append(part)
        return len(part)

    def taken(self) -> Iterator[bytes]:
        parts, self._parts = self._parts, []
        if parts:
            yield b"".join(parts)


def _entry(name: str, day: date) -> zipfile.ZipInfo:
    found = zipfile.ZipInfo(name, (max(day.year, 1980), day.month, day.day, 12, 0, 0))
    found.compress_type = zipfile.ZIP_DEFLATED
    return found


def _file_name(number: str, used: set[str]) -> str:
    word = re.sub(r"[^A-Za-z0-9._-]", "_", number).strip(".") or "document"
    name, more = f"{word}.xml", 2
    while name.lower() in used:
        name, more = f"{word}-{more}.xml", more + 1
    used.add(name.lower())
    return name


def _sign(document: Document) -> int:
    return -1 if document.kind == invoicing.CREDIT_NOTE else 1


def _csv(rows: Iterable[Iterable[object]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()


def _datev(rows: Iterable[Iterable[object]]) -> bytes:
    lines = []
    for row in rows:
        cells = [
            '"' + " ".join(each.split()).replace('"', '""') + '"'
            if isinstance(each, str) and not _bare(each)
            else str(each)
            for each in row
        ]
        lines.append(";".join(cells) + "\r\n")
    return "".join(lines).encode("cp1252", "replace")


def _bare(text: str) -> bool:
    return re.fullmatch(r"[0-9,]*", text) is not None


def _day(day: date) -> str:
    return day.strftime("%Y%m%d")

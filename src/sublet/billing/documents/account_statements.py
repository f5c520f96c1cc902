"""A statement of account as a file: a table for programs (CSV, XLSX), and a sheet in the issuer's brand and the debtor's language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Final

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from sublet.billing.documents.writing import Writing
from sublet.billing.words import movement_words
from sublet.branding.documents import Letterhead, render_source
from sublet.core.accountstatement import DOCUMENTS, KINDS, PAYOUT, Sums, sums_of
from sublet.core.money import exponent
from sublet.foundation.sheets.writing import Column, Value

_FILE: Final = Path(__file__).parent / "account_statement.typ"


@dataclass(frozen=True, slots=True)
class Moved:
    """One line; amounts in minor units. `amount` is what moved: told where it changes no balance."""

    day: date
    kind: str
    number: str
    amount: int
    charged: int
    paid: int
    balance: int

    @property
    def note(self) -> int | None:
        """What moved without changing the balance."""
        return self.amount if not self.charged and not self.paid and self.amount else None


@dataclass(frozen=True, slots=True)
class AccountSheet:
    """A statement as its file tells it: of the days from `first` to `last`, both included; amounts in minor units of `currency`."""

    issuer: str
    debtor: str
    first: date
    last: date
    currency: str
    sums: Sums
    language: str = "en"
    #: Up to when what it tells was known, where the issuer is.
    known: datetime | None = None


def columns_of(currency: str) -> tuple[Column, ...]:
    """The columns of the table, in the active language."""
    money = {"decimals": exponent(currency), "currency": currency}
    return (
        Column(_("Day"), "date"),
        Column(_("What for")),
        Column(_("Number")),
        Column(pgettext("statement", "Charged"), "money", **money),  # type: ignore[arg-type]  # as the column takes them
        Column(pgettext("statement", "Paid"), "money", **money),  # type: ignore[arg-type]  # as above
        Column(_("Balance"), "money", **money),  # type: ignore[arg-type]  # as above
        Column(_("Without effect on the balance"), "money", **money),  # type: ignore[arg-type]  # as above
        Column(_("Currency")),
    )


def table_of(sheet: AccountSheet, rows: Iterable[Moved]) -> Iterator[Sequence[Value]]:
    """The lines of the table between the balance at the beginning and the one at the end, while they are taken.

    In the language that is active now: a file is taken when the request, and its language, are over.
    """
    words = {kind: movement_words(kind) for kind in KINDS}
    return _lines(sheet, rows, words, _("Opening balance"), _("Closing balance"))


def _lines(
    sheet: AccountSheet, rows: Iterable[Moved], words: Mapping[str, str], opening: str, closing: str
) -> Iterator[Sequence[Value]]:
    yield sheet.first, opening, "", None, None, sheet.sums.opening, None, sheet.currency
    # Added up from the lines: something may have moved since the file was begun.
    charged, paid = 0, 0
    for row in rows:
        charged, paid = charged + row.charged, paid + row.paid
        yield (
            row.day, words[row.kind], row.number, row.charged or None, row.paid or None, row.balance, row.note, sheet.currency,
        )  # fmt: skip
    sums = Sums(sheet.sums.opening, charged, paid)
    yield sheet.last, closing, "", sums.charged, sums.paid, sums.closing, None, sheet.currency


def name_of(kind: str, number: str) -> str:
    """``Invoice R-1``; what bears the number of another document: ``Payment · R-1``."""
    sign = " " if kind in (*DOCUMENTS, PAYOUT) else " · "
    return sign.join(filter(None, (movement_words(kind), number)))


def sheet_data(sheet: AccountSheet, lines: Iterable[Moved]) -> Mapping[str, Any]:
    """What ``account_statement.typ`` reads. The sheet's language must be active."""
    rows = list(lines)
    sums = sums_of(sheet.sums.opening, rows)
    writing = Writing(sheet.language, sheet.currency)
    title = _("Account statement")

    def moved(minor: int) -> str:
        return writing.amount(minor) if minor else ""

    return {
        "title": f"{title} {sheet.debtor}",
        "heading": title,
        "lead": sheet.debtor,
        "facts": [
            (pgettext("whoever something comes from", "From"), sheet.issuer),
            (_("Period"), writing.days(sheet.first, sheet.last)),
            (_("Currency"), sheet.currency),
            *([(_("As known on"), writing.moment(sheet.known))] if sheet.known is not None else []),
        ],
        "columns": [
            _("Day"), _("What for"), pgettext("statement", "Charged"), pgettext("statement", "Paid"), _("Balance"),
        ],
        "opening": (_("Opening balance"), writing.amount(sheet.sums.opening)),
        "rows": [
            {
                "day": writing.day(row.day),
                "name": name_of(row.kind, row.number),
                "more": writing.money(row.note) if row.note is not None else "",
                "charged": moved(row.charged),
                "paid": moved(row.paid),
                "balance": writing.amount(row.balance),
            }
            for row in rows
        ],
        "totals": [
            _("Closing balance"), writing.amount(sums.charged), writing.amount(sums.paid), writing.amount(sums.closing),
        ],
        "notes": [_("A balance below nothing is to the credit of %(name)s.") % {"name": sheet.debtor}],
    }  # fmt: skip


def render_account_statement(sheet: AccountSheet, rows: Iterable[Moved], *, letterhead: Letterhead) -> bytes:
    """The sheet as a PDF in its language, dated its last day."""
    with translation.override(sheet.language):
        data = sheet_data(sheet, rows)
    return render_source(
        _FILE.read_bytes(), language=sheet.language, letterhead=letterhead, data=data,
        at=datetime.combine(sheet.last, time(12), UTC),
    )  # fmt: skip

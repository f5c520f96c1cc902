"""The statement of a payout: what was collected for a reseller, what was taken off, and what it was paid. No invoice: no tax."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from sublet.billing.documents.writing import Writing
from sublet.branding.documents import Letterhead, render_source

_FILE = Path(__file__).parent / "payout.typ"


@dataclass(frozen=True, slots=True)
class PayoutRow:
    """One line: `minor` is below nothing where it was given back or taken off."""

    day: date
    words: str
    more: str
    minor: int


@dataclass(frozen=True, slots=True)
class PaidOut:
    """A payout as its statement tells it; amounts in minor units of `currency`."""

    number: str
    name: str
    day: date
    currency: str
    language: str
    rows: tuple[PayoutRow, ...]
    minor: int
    reference: str = ""


def payout_data(told: PaidOut) -> Mapping[str, Any]:
    """What ``payout.typ`` reads. The statement's language must be active."""
    writing = Writing(told.language, told.currency)
    title = _("Payout %(number)s") % {"number": told.number}
    facts = [(_("Date"), writing.day(told.day))]
    if told.reference:
        facts.append((_("Reference"), told.reference))
    return {
        "title": title,
        "heading": title,
        "lead": told.name,
        "facts": facts,
        "columns": [_("Day"), _("What for"), _("Amount (%(currency)s)") % {"currency": told.currency}],
        "rows": [
            {"day": writing.day(row.day), "name": row.words, "more": row.more, "amount": writing.amount(row.minor)}
            for row in told.rows
        ],
        "totals": [pgettext("payout", "Paid out"), writing.amount(told.minor)],
        "notes": [_("This is no invoice: what was collected was owed to you on invoices of your own.")],
    }


def render_payout(told: PaidOut, *, letterhead: Letterhead) -> bytes:
    """The statement as a PDF in its language."""
    with translation.override(told.language):
        data = payout_data(told)
    return render_source(
        _FILE.read_bytes(), language=told.language, letterhead=letterhead, data=data,
        at=datetime.combine(told.day, time(12), UTC),
    )  # fmt: skip

"""The lines of an invoice as its page shows them, fifty at a time: below some thousand nobody would reach the sums."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from sublet.billing.queries.invoices import LINES_A_PAGE, InvoiceRow, InvoiceShown, LineRow
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.invoice_words import days_words, line_words, span_words
from sublet.portals.shared.locales import write_money, write_number


@dataclass(frozen=True, slots=True)
class LinePager:
    """Which lines are shown; `previous` and `next` are numbers of pages, 0 where there is none."""

    summary: str
    previous: int
    next: int


def page_asked(request: SubletRequest) -> int:
    """The page of lines that the address asks for. Raises NotFound."""
    asked = request.GET.get("page", "1")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 6 and int(asked)):
        raise NotFound
    return int(asked)


def line_row(line: LineRow, row: InvoiceRow, actor: Actor, url: str) -> dict[str, str]:
    """One line in words."""
    return {
        "words": line_words(line),
        "client": line.client if line.client_ref not in (row.party_ref, actor.account_ref) else "",
        "span": span_words(line.first_day, line.last_day),
        "days": days_words(line),
        "quantity": write_number(line.quantity.normalize()) if line.quantity != 1 else "",
        "minor": write_money(line.minor, row.currency),
        "url": url,
    }


def pager_of(shown: InvoiceShown, page: int) -> LinePager | None:
    """How to get to the other lines; nothing where all are there."""
    if shown.in_all <= LINES_A_PAGE:
        return None
    before = (page - 1) * LINES_A_PAGE
    after = before + len(shown.lines)
    numbers = {"first": write_number(before + 1), "last": write_number(after), "all": write_number(shown.in_all)}
    return LinePager(
        _("Lines %(first)s to %(last)s of %(all)s") % numbers, page - 1, page + 1 if after < shown.in_all else 0
    )

"""Invoices in words: states, what a line is for, how an amount came about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from sublet.billing.queries.invoices import InvoiceRow, InvoiceShown, LineRow
from sublet.billing.words import credit_words, gives_back, kind_words
from sublet.foundation.clock import now
from sublet.foundation.languages import in_language
from sublet.portals.shared.locales import write_date, write_money, write_number, write_unit_price
from sublet.portals.shared.tables import Column, StatusCell

#: State → words, icon, tone.
STATES: Final = {
    "draft": (gettext_lazy("Draft"), "pencil", "neutral"),
    "issued": (pgettext_lazy("invoice", "Open"), "clock", "info"),
    "paid": (pgettext_lazy("invoice", "Paid"), "check", "success"),
    "partly-paid": (gettext_lazy("Partly paid"), "clock", "warning"),
    "uncollectible": (pgettext_lazy("invoice", "Written off"), "ban", "danger"),
    "credited": (gettext_lazy("Credited"), "arrow-back-up", "neutral"),
}
#: What is shown in place of a state where it would mislead: a credit note is never open, and what is late says so.
CREDIT_NOTE: Final = (gettext_lazy("Issued"), "receipt", "neutral")
LATE: Final = (pgettext_lazy("invoice", "Overdue"), "alert-circle", "danger")
#: For whoever owes it: it is not paid, and nobody asks for it; why is for the other side to know.
CLOSED: Final = (pgettext_lazy("invoice", "Closed"), "ban", "neutral")
#: The columns of a list of invoices.
COLUMNS = (
    Column("number", gettext_lazy("Number"), required=True),
    Column("state", gettext_lazy("State"), "status"),
    Column("party", gettext_lazy("Account")),
    Column("span", gettext_lazy("Period"), priority=3),
    Column("gross", pgettext_lazy("money", "Amount"), align="end"),
    Column("open", pgettext_lazy("invoice", "Open"), align="end", priority=2),
    Column("issued", gettext_lazy("Issued"), "date", priority=2),
    Column("due", gettext_lazy("Due"), "date", priority=3),
)
#: Of those that one gets the account is whom they come from.
RECEIVED_COLUMNS = tuple(
    replace(each, label=pgettext_lazy("whoever something comes from", "From")) if each.key == "party" else each
    for each in COLUMNS
)


def state_words(state: str, *, mine: bool = True) -> Any:
    """What that state is called, for whoever issued it (`mine`) or owes it."""
    return (CLOSED if state == "uncollectible" and not mine else STATES[state])[0]


def state_cell(row: InvoiceRow, *, mine: bool = True) -> StatusCell:
    """The state as a badge, for whoever issued it (`mine`) or owes it."""
    words, icon, tone = STATES[row.state]
    if row.state == "uncollectible" and not mine:
        words, icon, tone = CLOSED
    today = now().astimezone(get_current_timezone()).date()
    if row.state == "issued" and row.kind == "credit":
        words, icon, tone = CREDIT_NOTE
    elif row.state == "issued" and row.open_minor > 0 and row.due_on is not None and row.due_on < today:
        words, icon, tone = LATE
    return StatusCell(row.state, words, tone, icon)


def number_words(row: InvoiceRow) -> str:
    """How a document is called."""
    if not row.number:
        return _("Draft")
    return row.number


def span_words(first: date, last: date) -> str:
    """``Mar 17 – Apr 16, 2026``."""
    return write_date(first) if first == last else f"{write_date(first)} – {write_date(last)}"


def line_words(line: LineRow) -> str:
    """What a line is for."""
    thing = in_language(line.names, line.item) if line.names else line.item
    about = kind_words(line.about)
    if gives_back(line.about, line.minor):
        return credit_words(thing or about)
    return f"{about}: {thing}" if thing else about


def days_words(line: LineRow) -> str:
    """Of how much of the period, where it is a part."""
    if not line.of_days or line.days == line.of_days:
        return ""
    return _("%(days)s of %(all)s days") % {"days": write_number(line.days), "all": write_number(line.of_days)}


def part_words(part: Sequence[Any], currency: str) -> tuple[str, str]:
    """One part of an amount, and what it comes to."""
    key, quantity, unit, flat, minor = part
    amount = write_money(int(minor), currency)
    if str(key).startswith("promotion:"):
        return _("Promotion %(code)s") % {"code": str(key).partition(":")[2]}, amount
    if key == "minimum":
        return _("What is missing to the minimum"), amount
    number, price = Decimal(str(quantity)), Decimal(str(unit))
    told = _("%(number)s at %(price)s") % {
        "number": write_number(number),
        "price": write_unit_price(price, currency),
    }
    if flat:
        told = _("%(told)s and once %(flat)s") % {"told": told, "flat": write_money(int(flat), currency)}
    return told, amount


def sums_of(shown: InvoiceShown) -> list[tuple[str, str]]:
    """From the sum of the lines to what is open, each with its name."""
    row, one, percent = shown.row, shown.invoice, shown.invoice.discount_percent
    sums = [(_("Sum of the lines"), write_money(row.list_minor, row.currency))]
    if row.discount_minor:
        words = (
            _("Discount of %(percent)s %%") % {"percent": write_number(percent.normalize())}
            if percent
            else _("Discount")
        )
        sums.append((words, write_money(-row.discount_minor, row.currency)))
        sums.append((_("Net"), write_money(row.net_minor, row.currency)))
    sums.append((_("Tax"), write_money(row.tax_minor, row.currency)))
    sums.append((_("Total"), write_money(row.gross_minor, row.currency)))
    given_up = _("Written off") if shown.mine else _("No longer asked for")
    less = (
        (_("Rounding"), one.rounding_minor), (_("Paid"), -one.paid_minor), (_("Credited"), -one.credited_minor),
        (given_up, -one.written_off_minor),
    )  # fmt: skip
    sums += [(words, write_money(minor, row.currency)) for words, minor in less if minor]
    if (one.rounding_minor or one.paid_minor or one.credited_minor or one.written_off_minor) and row.kind == "invoice":
        sums.append((pgettext("invoice", "Open"), write_money(row.open_minor, row.currency)))
    return sums

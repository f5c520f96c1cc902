"""Sandboxes in words: states, steps, kinds of event, and what money comes to."""

from __future__ import annotations

from datetime import date
from typing import Any, Final, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from sublet.core import sandboxes as rules
from sublet.portals.shared.invoice_words import CREDIT_NOTE, LATE
from sublet.portals.shared.invoice_words import STATES as INVOICE_STATES
from sublet.portals.shared.locales import write_money, write_number
from sublet.portals.shared.tables import StatusCell
from sublet.sandboxes.queries import Shown

#: State → words, icon, tone.
STATES: Final = {
    "copying": (gettext_lazy("Is being copied"), "copy", "info"),
    "ready": (pgettext_lazy("sandbox", "Ready"), "circle-check", "success"),
    "moving": (gettext_lazy("Time passes"), "clock", "info"),
    "failed": (gettext_lazy("Could not be copied"), "alert-circle", "danger"),
}
STEP_WORDS: Final = {
    rules.NEXT: gettext_lazy("To the next event"),
    rules.DAY: gettext_lazy("One day"),
    rules.WEEK: gettext_lazy("One week"),
    rules.MONTH: gettext_lazy("One month"),
}
GROUP_WORDS: Final = {
    rules.TRIAL: gettext_lazy("Trials"),
    rules.PLAN: gettext_lazy("Plans"),
    rules.USE: gettext_lazy("Use"),
    rules.INVOICE: gettext_lazy("Invoices"),
    rules.PAYMENT: gettext_lazy("Payments"),
    rules.DUNNING: gettext_lazy("Unpaid invoices"),
    rules.CONTRACT: gettext_lazy("Contracts"),
    rules.ACCOUNT: gettext_lazy("Accounts"),
    rules.OTHER: pgettext_lazy("events", "Other"),
}
BOOKS: Final = {"retail": gettext_lazy("Your clients owe you"), "wholesale": gettext_lazy("Owed to the vendor")}
#: What went wrong last.
WHY_WORDS: Final = {
    "failed": gettext_lazy("The last step could not be done. The sandbox stands where it was before it."),
    "late": gettext_lazy("The last step took too long. The sandbox stands where it was before it; move the clock in smaller steps."),
    "large": gettext_lazy("The sandbox became too large. Begin one with fewer clients."),
    "too-much": gettext_lazy("These clients have more history than a sandbox takes. Begin one with fewer clients."),
    "gone": gettext_lazy("The last step was interrupted. The sandbox stands where it had come to."),
}  # fmt: skip


class _Invoice(Protocol):
    """What of an invoice its state is told by."""

    state: str
    kind: str
    due_on: date | None
    open_minor: int


def state_cell(row: Shown) -> StatusCell:
    """The state as a badge."""
    words, icon, tone = STATES[row.state]
    return StatusCell(row.state, words, tone, icon)


def invoice_cell(row: _Invoice, today: date) -> StatusCell:
    """The state of an invoice on that day."""
    words, icon, tone = INVOICE_STATES[row.state]
    if row.state == "issued" and row.kind == "credit":
        words, icon, tone = CREDIT_NOTE
    elif row.open_minor > 0 and row.due_on is not None and row.due_on < today:
        words, icon, tone = LATE
    return StatusCell(row.state, words, tone, icon)


def money_rows(row: Shown) -> list[dict[str, Any]]:
    """What money comes to in each book, with what it came to at the copy."""
    return [
        {
            "book": BOOKS[each["book"]],
            **{
                name: write_money(each[name], each["currency"])
                for name in ("invoiced", "paid", "open_then", "open_now", "overdue_then", "overdue_now")
            },
            "is_late": each["overdue_now"] > each["overdue_then"],
        }
        for each in row.money
    ]


def standing_rows(row: Shown) -> list[tuple[str, str, str]]:
    """How many clients are where: words, then, now. Of what there is none at either time nothing is said."""
    then, now = row.standing
    words = {"trial": _("In a trial"), "plan": _("On a plan"), "paused": _("Plan at rest"), "none": _("Without a plan")}
    return [
        (words[key], write_number(then.get(key, 0)), write_number(now.get(key, 0)))
        for key in words
        if then.get(key) or now.get(key)
    ]

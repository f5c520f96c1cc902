"""What people read about unpaid invoices: where one stands, what was done, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from sublet.billing.queries.dunning import DunningView, StepRow
from sublet.portals.shared.locales import write_date, write_datetime
from sublet.portals.shared.shell import Text
from sublet.portals.shared.tables import StatusCell

#: Where an unpaid invoice stands: words, tone, icon.
STANDS: Mapping[str, tuple[Text, str, str]] = {
    "overdue": (gettext_lazy("Overdue"), "warning", "clock"),
    "running": (gettext_lazy("Being reminded"), "warning", "mail"),
    "ended": (gettext_lazy("Grace is over"), "danger", "alert-circle"),
    "stopped": (gettext_lazy("Stopped"), "neutral", "player-pause"),
    "settled": (pgettext_lazy("invoice", "Settled"), "success", "circle-check"),
}
KINDS: Mapping[str, Text] = {
    "retry": gettext_lazy("Collect again"),
    "reminder": gettext_lazy("Reminder"),
    "last_call": gettext_lazy("Last call"),
    "pause": gettext_lazy("Pause"),
    "keep": gettext_lazy("Go on all the same"),
    "by_hand": gettext_lazy("Reminder by hand"),
}
OUTCOMES: Mapping[str, Text] = {
    "mailed": gettext_lazy("Mailed"),
    "nobody": gettext_lazy("No address to write to"),
    "started": gettext_lazy("Begun"),
    "paid": gettext_lazy("Paid from what was paid ahead"),
    "no-method": gettext_lazy("No way of paying"),
    "no-gateway": gettext_lazy("No working account at the payment processor"),
    "in-flight": gettext_lazy("Another payment waits"),
    "not-open": gettext_lazy("Nothing was open"),
    "amount": gettext_lazy("The payment processor takes no such amount"),
    "currency": gettext_lazy("The payment processor cannot collect in this currency"),
    "paused": gettext_lazy("The plan rests"),
    "read-only": gettext_lazy("Can only read and pay"),
    "already": gettext_lazy("The plan rested anyhow"),
    "no-plan": gettext_lazy("No plan that could rest"),
    "moved": gettext_lazy("Stands below somebody else now"),
    "closed": gettext_lazy("The account is closed"),
    "kept": gettext_lazy("The service goes on"),
}


def stand_cell(view: DunningView) -> StatusCell:
    """Where it stands."""
    label, tone, icon = STANDS[view.state]
    if view.state == "ended" and view.holds:
        label = _("Paused")
    return StatusCell(view.state, label, tone, icon)


def next_words(view: DunningView, *, by_day: bool = False) -> str:
    """What comes next, and when (`by_day`: on which day); empty where nothing does."""
    if view.next_at is None:
        return ""
    kind = KINDS.get(view.next_kind)
    day = write_date(view.next_at) if by_day else write_datetime(view.next_at)
    return f"{kind} · {day}" if kind is not None else day


def step_words(row: StepRow) -> tuple[Text, Text]:
    """What was done, and what came of it."""
    return KINDS.get(row.kind, row.kind), OUTCOMES.get(row.outcome, row.outcome)

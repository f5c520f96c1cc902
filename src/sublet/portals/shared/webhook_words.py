"""Webhooks in words: states, groups of events, what went wrong, facts."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from sublet.foundation.clock import now
from sublet.messaging.webhook_queries import DeliveryRow, WebhookRow
from sublet.portals.shared.components import Fact
from sublet.portals.shared.locales import write_ago, write_datetime
from sublet.portals.shared.tables import StatusCell

GROUP_WORDS = {
    "accounts": gettext_lazy("Accounts"),
    "people": gettext_lazy("People and rights"),
    "access": gettext_lazy("Access: visits, keys, webhooks"),
    "plans": gettext_lazy("Plans, add-ons and trials"),
    "money": gettext_lazy("Invoices and payments"),
    "use": gettext_lazy("Use and limits"),
    "brand": gettext_lazy("Brand and hosts"),
    "lists": gettext_lazy("Client list and imports"),
    "mails": gettext_lazy("Mails"),
    "other": gettext_lazy("Everything else"),
}
#: State → words, tone, icon.
STATE_WORDS = {
    "on": (gettext_lazy("On"), "success", "check"),
    "failing": (gettext_lazy("Fails, is tried again"), "warning", "alert-triangle"),
    "off": (gettext_lazy("Off"), "neutral", "ban"),
}
SENT_WORDS = {
    "waiting": (gettext_lazy("Waiting"), "info", "clock"),
    "done": (gettext_lazy("Taken"), "success", "check"),
    "failed": (gettext_lazy("Given up"), "danger", "alert-circle"),
}
ERROR_WORDS = {
    "slow": gettext_lazy("No answer in time"),
    "unreachable": gettext_lazy("Could not be reached"),
    "tls": gettext_lazy("Its certificate is not valid"),
    "left": gettext_lazy("The account is no longer below yours"),
    "refused-address": gettext_lazy("The address is not on the internet"),
    "refused-name": gettext_lazy("The name of the host is not known"),
}


def cell(state: str, words: dict[str, tuple[Any, str, str]]) -> StatusCell:
    label, tone, icon = words[state]
    return StatusCell(state, label, tone, icon)


def groups(row: WebhookRow) -> str:
    return ", ".join(str(GROUP_WORDS[group]) for group in row.groups if group in GROUP_WORDS) or _("Everything")


def answer(sent: DeliveryRow) -> str:
    if sent.code is not None:
        return str(sent.code)
    return str(ERROR_WORDS.get(sent.error, _("Could not be reached"))) if sent.error else ""


def note(row: WebhookRow) -> str:
    """What somebody should know before anything else; empty when all is well."""
    if row.state == "failing" and row.failing_since:
        since = write_ago(row.failing_since, now())
        return _("Nothing is taken at the moment; the first failure was %(ago)s. It is tried again for three days.") % {
            "ago": since
        }
    if row.off_reason == "failing":
        return _("It was switched off because for three days nothing was taken.")
    if row.off_reason == "gone":
        return _("It was switched off because the receiver answered that it is gone.")
    if row.withholds:
        return _(
            "Whoever set this webhook up may not export the data of people any more: addresses and numbers are left out. "
            "Somebody who may can change and save it, and answers for it from then on."
        )
    return ""


def facts(row: WebhookRow) -> tuple[Fact, ...]:
    facts = [
        Fact(_("State"), cell(row.state, STATE_WORDS), "status"),
        Fact(_("Address"), row.url, "code"),
        Fact(_("Hears of"), groups(row)),
        Fact(_("Last taken"), row.last_success_at, "datetime"),
        Fact(pgettext("webhook", "Made"), row.created_at, "date", hint=row.created_by),
    ]
    if not row.reaches_all:
        told = ngettext("%(count)s client", "%(count)s clients", row.reach_count) % {"count": row.reach_count}
        facts.append(Fact(_("Of"), told))
    if row.old_until:
        facts.append(Fact(_("The old secret signs until"), write_datetime(row.old_until)))
    return tuple(facts)


def sent_facts(sent: DeliveryRow) -> tuple[Fact, ...]:
    return (
        Fact(_("State"), cell(sent.state, SENT_WORDS), "status"),
        Fact(_("Happened"), sent.created_at, "datetime"),
        Fact(_("Attempts"), sent.attempts, "number"),
        Fact(_("Last attempt"), sent.last_at, "datetime"),
        Fact(_("Answer"), answer(sent)),
        Fact(_("Took"), _("%(count)s ms") % {"count": sent.duration_ms} if sent.duration_ms is not None else ""),
        Fact(_("Next attempt"), sent.next_at, "datetime"),
        Fact("webhook-id", sent.webhook_id, "code", copy=True),
    )

"""Payments in words: states, methods, why a bank said no."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from sublet.billing.queries.payments import MethodRow
from sublet.billing.words import KINDS
from sublet.portals.shared.locales import write_month
from sublet.portals.shared.tables import StatusCell

#: State → words, tone, icon.
STATES: dict[str, tuple[Any, str, str]] = {
    "started": (gettext_lazy("Begun"), "info", "clock"),
    "unknown": (gettext_lazy("Not known yet"), "warning", "help"),
    "processing": (gettext_lazy("On its way"), "info", "clock"),
    "needs_action": (gettext_lazy("Waits for the payer"), "warning", "user"),
    "succeeded": (gettext_lazy("Paid"), "success", "check"),
    "failed": (gettext_lazy("Not paid"), "danger", "alert-circle"),
    "parked": (gettext_lazy("Somebody has to look"), "danger", "alert-triangle"),
}
REFUND_STATES: dict[str, tuple[Any, str, str]] = {
    "started": (gettext_lazy("Begun"), "info", "clock"),
    "unknown": (gettext_lazy("Not known yet"), "warning", "help"),
    "pending": (gettext_lazy("On its way"), "info", "clock"),
    "succeeded": (pgettext_lazy("money", "Given back"), "success", "check"),
    "failed": (gettext_lazy("Not given back"), "danger", "alert-circle"),
    "parked": (gettext_lazy("Somebody has to look"), "danger", "alert-triangle"),
}
DISPUTE_STATES: dict[str, tuple[Any, str, str]] = {
    "open": (gettext_lazy("Not decided"), "warning", "alert-triangle"),
    "won": (gettext_lazy("Won: the payment stands"), "success", "check"),
    "lost": (gettext_lazy("Lost: the money went back"), "danger", "alert-circle"),
}
GATEWAY_STATES: dict[str, tuple[Any, str, str]] = {
    "new": (gettext_lazy("Being tried"), "info", "clock"),
    "works": (gettext_lazy("Works"), "success", "check"),
    "fails": (gettext_lazy("Does not work"), "danger", "alert-circle"),
}
_WHY = {
    "insufficient_funds": gettext_lazy("Not enough money on the account."),
    "expired_card": gettext_lazy("The card has expired."),
    "lost_card": gettext_lazy("The bank does not accept this card any more."),
    "stolen_card": gettext_lazy("The bank does not accept this card any more."),
    "authentication_required": gettext_lazy("The bank wants a confirmation by the payer."),
    "no-answer": gettext_lazy("The payment processor did not say whether it was paid."),
    "other-amount": gettext_lazy(
        "Another amount was paid than was asked for. Look at it in the processor’s own pages."
    ),
    "canceled": gettext_lazy("It was ended before it was paid."),
    "given-up": gettext_lazy("It was ended before it was paid."),
    "not-owed": gettext_lazy("It was not owed in full any more."),
    "expired": gettext_lazy("The page on which it could be paid has closed."),
    "key": gettext_lazy("The payment processor does not accept the key."),
}
_GATEWAY_WHY = {
    "key": gettext_lazy("The payment processor does not accept the key, or the key may do less than is needed."),
    "other-account": gettext_lazy("This key opens another account than before. Disconnect first to change accounts."),
    "sealed": gettext_lazy("The key cannot be read here any more. Enter it anew."),
}
#: What an account can pay by itself (`clientsettings.PAID`).
_PAYS = {**{kind: KINDS[kind] for kind in ("base", "overage")}, "add_ons": gettext_lazy("Add-ons")}


def status(state: str, words: dict[str, tuple[Any, str, str]]) -> StatusCell:
    """A state as the badge shows it."""
    label, tone, icon = words[state]
    return StatusCell(state, label, tone, icon)


def why(code: str, words: str) -> str:
    """Why a payment was not made: ours where we have a sentence, else the processor's own; empty without a reason."""
    if not code:
        return ""
    return str(_WHY[code]) if code in _WHY else words or _("The bank declined it.")


def gateway_why(code: str) -> str:
    """Why a connection does not work."""
    return str(_GATEWAY_WHY.get(code, "")) if code else ""


def method_words(row: MethodRow | None) -> str:
    """A way of paying, as people call it: ``Visa 4242``."""
    if row is None:
        return _("On the processor’s page")
    if row.kind == "sepa_debit":
        return _("Bank account ending in %(ends)s") % {"ends": row.ends}
    named = row.brand.replace("_", " ").title() or _("Card")
    return _("%(card)s ending in %(ends)s") % {"card": named, "ends": row.ends}


def until_words(row: MethodRow) -> str:
    """The last month in which a card is good, as it is written in the language; empty for what has no end."""
    return write_month(date.fromisoformat(f"{row.until}-01")) if row.until else ""


def pays_words(kinds: tuple[str, ...]) -> str:
    """What an account pays by itself."""
    return ", ".join(str(_PAYS[kind]) for kind in _PAYS if kind in kinds) or _("Nothing")

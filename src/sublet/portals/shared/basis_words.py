"""By which periods something is charged, in plain words. Values in, words out."""

from __future__ import annotations

from django.utils.translation import gettext as _

from sublet.core.bases import EITHER
from sublet.core.proration import CALENDAR
from sublet.portals.shared.plan_words import moment_words
from sublet.subscriptions.queries import BasisView
from sublet.subscriptions.queries.bases import CHOSEN, USUAL


def basis_words(basis: str) -> str:
    """A basis, or that it is left open."""
    if basis == EITHER:
        return _("Whoever sells it chooses for each account")
    return _("By the calendar") if basis == CALENDAR else _("By months from the day on which the plan was taken")


def charged_words(view: BasisView, zone: str) -> str:
    """What holds now, who says so, and what comes."""
    found = basis_words(view.basis)
    if view.by_vendor:
        found = _("%(basis)s, as the vendor says") % {"basis": found}
    elif view.source == USUAL:
        found = _("%(basis)s, as set for new clients") % {"basis": found}
    elif view.source == CHOSEN:
        found = _("%(basis)s, as chosen for this account") % {"basis": found}
    if view.comes is None:
        return found
    comes = {"basis": basis_words(view.comes.basis), "when": moment_words(view.comes.since, zone)}
    return found + " · " + _("From %(when)s on: %(basis)s") % comes


def charged_again_words() -> tuple[str, ...]:
    """What becomes of what is charged already, where somebody is charged otherwise from a day on."""
    return (
        _("Days that are already charged are credited from that day on, and the new period is charged by its days."),
        _(
            "At the end of a month nothing is left to credit; a quarter or a year that was charged ahead may leave days."
        ),
        _("Limits and what is included stay as they are: they keep their own periods."),
    )

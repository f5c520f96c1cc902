"""What can happen with what the vendor collected for a reseller. No amount is among it, as in all of `billing`."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from sublet.foundation.journal.events import Event, event


@event("payout.made")
@dataclass(frozen=True, slots=True)
class PayoutMade(Event):
    """What was collected for a reseller was paid out to it, less what it owed."""

    SENTENCE = _("%(actor)s paid out to “%(name)s” what was collected for it (%(number)s).")
    QUOTED = "name"

    payout: str
    number: str
    ref: str
    name: str

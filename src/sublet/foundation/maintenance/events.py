"""What can happen in maintenance. In the journal of the vendor's account."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from sublet.foundation.journal.events import Event, event


@event("maintenance.begun")
@dataclass(frozen=True, slots=True)
class MaintenanceBegun(Event):
    """Everybody is told to come back later. `until` is an ISO instant, or empty: nobody has said."""

    SENTENCE = _("%(actor)s began maintenance: every page is closed.")
    until: str


@event("maintenance.ended")
@dataclass(frozen=True, slots=True)
class MaintenanceEnded(Event):
    """Pages are open again, and jobs go on."""

    SENTENCE = _("%(actor)s ended maintenance: every page is open.")

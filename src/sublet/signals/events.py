"""What can happen in `signals`. A fact that is told is none of it: facts have a table of their own."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from sublet.foundation.journal.events import Event, event


@event("signals.imported")
@dataclass(frozen=True, slots=True)
class SignalsImported(Event):
    """A spreadsheet of signals was gone through: how many facts were new, how many known, how many cells had faults."""

    ref: str
    file: str
    new: int
    known: int
    faults: int

    SENTENCE = _("Signals from %(file)s were taken in. New facts: %(new)s.")

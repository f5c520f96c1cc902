"""What can happen in `metering`. Usage events are facts with a table of their own: docs/decisions/0015."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from sublet.foundation.journal.events import Event, event


@event("usage.corrected")
@dataclass(frozen=True, slots=True)
class UsageCorrected(Event):
    """Somebody added to what was counted, or took from it. `quantity` is in whole units, with its sign: what became of the total.

    `event_id` is the usage event that counts it, from the source ``people``. Where it counts in the place of another one, `corrects`
    and `source` are the id and the source of that one.
    """

    ref: str
    name: str
    meter: str
    quantity: str
    period: str
    event_id: str = ""
    corrects: str = ""
    source: str = ""

    SENTENCE = _("%(actor)s corrected the usage of %(name)s: %(quantity)s %(meter)s in %(period)s.")

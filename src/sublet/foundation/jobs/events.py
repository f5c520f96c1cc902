"""What a person can do to the queue."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from sublet.foundation.journal.events import Event, event


@event("job.retried")
@dataclass(frozen=True, slots=True)
class JobRetried(Event):
    """A dead job was put back into the queue."""

    SENTENCE = _("%(actor)s put the failed job %(kind)s back into the queue.")

    job: str
    kind: str
    error: str


@event("job.discarded")
@dataclass(frozen=True, slots=True)
class JobDiscarded(Event):
    """A dead job was taken off the list without being done."""

    SENTENCE = _("%(actor)s discarded the failed job %(kind)s.")

    job: str
    kind: str
    error: str


@event("schedule.switched_on")
@dataclass(frozen=True, slots=True)
class ScheduleSwitchedOn(Event):
    """A schedule fires again, from its next slot."""

    SENTENCE = _("%(actor)s switched the schedule %(schedule)s on.")

    schedule: str


@event("schedule.switched_off")
@dataclass(frozen=True, slots=True)
class ScheduleSwitchedOff(Event):
    """A schedule does not fire until it is switched on again."""

    SENTENCE = _("%(actor)s switched the schedule %(schedule)s off.")

    schedule: str

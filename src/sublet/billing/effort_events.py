"""What can happen with a reseller's own time and costs. No event tells an amount or hours: the vendor reads every journal."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from sublet.foundation.journal.events import Event, event


@dataclass(frozen=True, slots=True)
class AboutEffort(Event):
    """Which entry, and for which client."""

    effort: str
    ref: str
    name: str

    QUOTED = "name"


@event("effort.entered")
@dataclass(frozen=True, slots=True)
class EffortEntered(AboutEffort):
    """Time or a cost was entered for a client."""

    SENTENCE = _("%(actor)s entered time or a cost for “%(name)s”.")


@event("effort.dropped")
@dataclass(frozen=True, slots=True)
class EffortDropped(AboutEffort):
    """An entry of time or cost was taken out; it counts no more."""

    SENTENCE = _("%(actor)s took out an entry of time or cost for “%(name)s”.")

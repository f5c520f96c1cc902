"""What can happen to the named teams of a reseller's staff."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from sublet.foundation.journal.events import Event, event


@event("staff_team.made")
@dataclass(frozen=True, slots=True)
class StaffTeamMade(Event):
    """A reseller made a team of its staff; `people` are the names of those in it."""

    team: str
    name: str
    people: list[str]

    SENTENCE = _("%(actor)s made the team “%(name)s”.")


@event("staff_team.changed")
@dataclass(frozen=True, slots=True)
class StaffTeamChanged(Event):
    """A team was renamed (`name_before`), or somebody `joined` or `left` it (names)."""

    team: str
    name: str
    name_before: str
    joined: list[str]
    left: list[str]

    SENTENCE = _("%(actor)s changed the team “%(name)s”.")


@event("staff_team.removed")
@dataclass(frozen=True, slots=True)
class StaffTeamRemoved(Event):
    """A team was removed: access that was given to it lets nobody in any more."""

    team: str
    name: str

    SENTENCE = _("%(actor)s removed the team “%(name)s”.")

"""What can happen to access: asking for what is closed, and grants."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from sublet.foundation.journal.events import Event, event

# Asking for what is closed --------------------------------------------------------------------------------------------


@event("access.asked")
@dataclass(frozen=True, slots=True)
class AccessAsked(Event):
    """Somebody asked for a right, or for the reseller's service in that section instead (`service`; empty: the right)."""

    request: str
    person: str
    section: str
    level: str
    service: str

    SENTENCE = _("%(person)s asked for “%(section)s”.")


@event("access.granted")
@dataclass(frozen=True, slots=True)
class AccessGranted(Event):
    """A request was accepted: the right was given, or the service taken up."""

    request: str
    person: str
    section: str
    service: str

    SENTENCE = _("%(actor)s accepted what %(person)s asked for: “%(section)s”.")


@event("access.declined")
@dataclass(frozen=True, slots=True)
class AccessDeclined(Event):
    """A request was declined."""

    request: str
    person: str
    section: str
    service: str

    SENTENCE = _("%(actor)s declined what %(person)s asked for: “%(section)s”.")


@event("access.request_taken_back")
@dataclass(frozen=True, slots=True)
class AccessRequestTakenBack(Event):
    """Whoever asked took the request back."""

    request: str
    person: str
    section: str

    SENTENCE = _("%(person)s took back the request for “%(section)s”.")


@event("section_service.changed")
@dataclass(frozen=True, slots=True)
class SectionServiceChanged(Event):
    """A reseller offers something to do in a section that it keeps, or does no longer (`name` empty)."""

    section: str
    language: str
    name: str

    SENTENCE = _("%(actor)s changed the service offered for “%(section)s”.")


# Grants ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AboutGrant(Event):
    """What all events of grants tell: which one, of which client, how far it goes and until when."""

    grant: str
    client: str
    everywhere: str  # none | view | manage: on every section
    sections: dict[str, str]  # section → level, where it goes further
    people: int | None  # of the reseller's staff; None: all of it, or a team
    team: str  # the name of the team of its staff; empty: none is meant
    starts: str  # ISO instant at which it begins, or is to at the earliest; empty: when it is approved
    until: str  # ISO instant, or empty: open


@event("grant.requested")
@dataclass(frozen=True, slots=True)
class GrantRequested(AboutGrant):
    """Staff of the reseller asked for access to the client. The reason is the entry's own; `days` None: open."""

    days: int | None

    SENTENCE = _("%(actor)s asked for access to %(client)s.")


@event("grant.approved")
@dataclass(frozen=True, slots=True)
class GrantApproved(AboutGrant):
    """Access was given: a request was approved, or whoever owns the account gave it unasked."""

    SENTENCE = _("%(actor)s gave access to %(client)s.")


@event("grant.declined")
@dataclass(frozen=True, slots=True)
class GrantDeclined(AboutGrant):
    """A request for access was declined."""

    SENTENCE = _("%(actor)s declined access to %(client)s.")


@event("grant.narrowed")
@dataclass(frozen=True, slots=True)
class GrantNarrowed(AboutGrant):
    """Access was narrowed to what is told here; `at` is when that begins (ISO): now, or after the notice agreed."""

    at: str

    SENTENCE = _("%(actor)s narrowed the access to %(client)s.")


@event("grant.extended")
@dataclass(frozen=True, slots=True)
class GrantExtended(AboutGrant):
    """Access goes on for longer: somebody said so, or it was agreed that it does by itself."""

    SENTENCE = _("The access to %(client)s was extended.")


@event("grant.end_requested")
@dataclass(frozen=True, slots=True)
class GrantEndRequested(AboutGrant):
    """The side that does not decide asked for an end of the access."""

    SENTENCE = _("%(actor)s asked that the access to %(client)s end.")


@event("grant.narrowing_requested")
@dataclass(frozen=True, slots=True)
class GrantNarrowingRequested(AboutGrant):
    """The side that does not decide asked for less: `left` is the scope that it would leave (section → level)."""

    left: dict[str, str]

    SENTENCE = _("%(actor)s asked that the access to %(client)s be narrowed.")


@event("grant.end_declined")
@dataclass(frozen=True, slots=True)
class GrantEndDeclined(AboutGrant):
    """Whoever decides leaves the access as it is, though its end, or less of it, was asked for."""

    SENTENCE = _("%(actor)s left the access to %(client)s as it is.")


@event("grant.ended")
@dataclass(frozen=True, slots=True)
class GrantEnded(AboutGrant):
    """Access was ended, or a request for it taken back. `until` is from when on: now, or after the notice agreed."""

    SENTENCE = _("%(actor)s ended the access to %(client)s.")


@event("grant.lapsed")
@dataclass(frozen=True, slots=True)
class GrantLapsed(AboutGrant):
    """Access ran out, or nobody answered a request for it."""

    SENTENCE = _("The access to %(client)s ran out.")

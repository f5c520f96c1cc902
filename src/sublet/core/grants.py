"""What a reseller's access to a client consists of: scope, people, time; who may decide about it; how it ends.

Pure: facts in, answers out. A `Grant` says how far some people of the reseller get into one client's account, and when.
Several grants add up; what nobody granted is closed.

Laws (tests/core/test_grants.py):

* nothing goes beyond the grants: what is left of rights is within the rights and within the scope;
* no grant, or an ended one, leaves nothing;
* a narrower scope never leaves more;
* several grants leave exactly what one of them leaves, section by section;
* a grant holds from its start up to, and not at, its end;
* it never begins before it was given, nor before the start that was wished for;
* a grant to a team gives what one to the persons who are in it at that instant gives; a team that is gone gives nothing;
* whoever does not decide gets no access by anything it does, and ends none but its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from sublet.core.rights import NO_RIGHTS, Level, Rights

#: The two sides of a grant. Who decides is a matter of who owns the account, so these are also the kinds of ownership.
RESELLER_SIDE, CLIENT_SIDE = "reseller", "client"

REQUESTED, ACTIVE, DECLINED, ENDED, LAPSED = "requested", "active", "declined", "ended", "lapsed"
GRANT_STATES = (REQUESTED, ACTIVE, DECLINED, ENDED, LAPSED)

#: A request that nobody answers is gone after so many days.
ANSWER_WITHIN = timedelta(days=14)
#: So long before a grant ends both sides are told.
REMIND_BEFORE = timedelta(days=3)
#: What goes on by itself is extended so long before its end: until somebody has written it down, an end is an end.
EXTEND_BEFORE = timedelta(hours=1)
LONGEST_DAYS = 1096
#: So many days ahead a grant can begin.
LATEST_START = 366
LONGEST_NOTICE = 90


@dataclass(frozen=True, slots=True)
class Scope:
    """How far a grant goes: `everywhere` on every section, now and later, and further on the sections named."""

    everywhere: Level = Level.NONE
    sections: Rights = NO_RIGHTS

    def level(self, section: str) -> Level:
        """The most that is granted on that section."""
        return max(self.everywhere, self.sections.level(section))

    def of(self, rights: Rights) -> Rights:
        """What the scope leaves of `rights`."""
        return Rights.of({section: min(level, self.level(section)) for section, level in rights.levels.items()})

    def within(self, other: Scope) -> bool:
        """Whether nothing here goes beyond `other`."""
        return self.everywhere <= other.everywhere and all(
            level <= other.level(section) for section, level in self.sections.levels.items()
        )

    def with_(self, other: Scope) -> Scope:
        """Both together: on each section the higher level."""
        keys = {*self.sections.levels, *other.sections.levels}
        levels = {key: max(self.sections.level(key), other.sections.level(key)) for key in keys}
        return Scope(max(self.everywhere, other.everywhere), Rights.of(levels))

    @property
    def empty(self) -> bool:
        """Whether nothing is granted."""
        return self.everywhere == Level.NONE and not self.sections.levels

    @classmethod
    def stored(cls, everywhere: str, words: Mapping[str, str]) -> Scope:
        """From the words stored and sent: ``none``, ``{"product.design": "manage"}``. Raises ValueError."""
        return cls(Level.of(everywhere), Rights.of(words))


NOTHING = Scope()
EVERYTHING = Scope(Level.MANAGE)


#: Team → the users who are in it now. A team that was removed is in none.
Teams = Mapping[int, Collection[int]]
NO_TEAMS: Teams = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Grant:
    """An approved grant. `people` are users of the reseller's staff, None: all of its staff and its API keys.

    With a `team` it is for whoever is in that when it is asked, and `people` says nothing. `ends_at` None: open, until
    somebody ends it.
    """

    scope: Scope
    people: frozenset[int] | None
    starts_at: datetime
    ends_at: datetime | None
    team: int | None = None

    def is_for(self, person: int | None, teams: Teams = NO_TEAMS) -> bool:
        """Whether that person (None: an API key of the reseller) is among those whom it is for, `teams` being as they are.

        Whoever does not say who is in the team learns that nobody is: an oversight closes.
        """
        if self.team is not None:
            return person is not None and person in teams.get(self.team, ())
        return self.people is None or (person is not None and person in self.people)

    def holds(self, person: int | None, at: datetime, teams: Teams = NO_TEAMS) -> bool:
        """Whether that person has it at that instant."""
        return self.is_for(person, teams) and self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


def scope_for(grants: Iterable[Grant], *, person: int | None, at: datetime, teams: Teams = NO_TEAMS) -> Scope:
    """All that these grants give that person at that instant, `teams` being as they are then."""
    found = NOTHING
    for grant in grants:
        if grant.holds(person, at, teams):
            found = found.with_(grant.scope)
    return found


def start_of(at: datetime, *, wanted: datetime | None) -> datetime:
    """When a grant begins that is given now: at the start that was wished for, or at once where that is past or none."""
    return at if wanted is None else max(at, wanted)


def may_decide(*, side: str, ownership: str) -> bool:
    """Whether that side gives, approves and extends: whoever owns the account."""
    return side == ownership


def may_narrow(*, side: str, ownership: str) -> bool:
    """Whether that side narrows and ends: whoever owns the account, and the reseller, whose access it is."""
    return side == RESELLER_SIDE or may_decide(side=side, ownership=ownership)


def end_of(
    at: datetime, *, side: str, notice_days: int, ends_at: datetime | None, starts_at: datetime | None = None
) -> datetime:
    """When a grant ends that `side` ends now: the client after the notice agreed, the reseller at once; never later than
    it would have. What would end before it begins is over at once: nobody is to wait for something that never comes."""
    wanted = at + timedelta(days=notice_days) if side == CLIENT_SIDE else at
    if starts_at is not None and at < wanted <= starts_at:
        wanted = at
    return wanted if ends_at is None else min(wanted, ends_at)


def next_end(ends_at: datetime, *, extend_days: int, at: datetime) -> datetime:
    """The first end behind `at` in steps of `extend_days`; as it is without extension."""
    if extend_days <= 0 or at < ends_at:
        return ends_at
    steps = (at - ends_at) // timedelta(days=extend_days) + 1
    return ends_at + steps * timedelta(days=extend_days)

"""Who may do what: sections × levels, the hard floor, and what impersonation leaves.

Pure: facts in, `Rights` out. Sections of the host product carry the prefix ``product.`` and come from the product manifest;
the sections of the portals are the closed lists of `core.matrix`.

Laws (tests/core/test_rights.py):

* manage implies view;
* no tick, preset or ownership lets a client's collaborator past the floor (`FLOOR`);
* a section of the host product that is not ticked is closed to everybody of a client, its owner too;
* acting as a client never gives more than that collaborator has;
* acting as a reseller never gives a level above the actor's own level on ``clients``, and of money none above its own there
  (`VISIT_AS_AT_HOME`);
* acting as either only looks at who has access (`VISIT_VIEW_ONLY`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from types import MappingProxyType

from sublet.core.matrix import CLIENT, DIRECT, FLOOR, RESELLER, SECTIONS, VENDOR, VISIT_AS_AT_HOME, VISIT_VIEW_ONLY

__all__ = [
    "CLIENT",
    "CLIENT_TICKABLE",
    "DIRECT",
    "ENDS",
    "FLOOR",
    "IMPERSONATION_VIEW_ONLY",
    "KINDS",
    "NO_RIGHTS",
    "PAYS",
    "PORTAL_SECTIONS",
    "PRODUCT_PREFIX",
    "RESELLER",
    "TELLS",
    "VENDOR",
    "VISIT_AS_AT_HOME",
    "Level",
    "Rights",
    "acting_as_collaborator",
    "acting_as_reseller",
    "all_rights",
    "effective",
]


class Level(IntEnum):
    """How far a right on a section goes."""

    NONE = 0
    VIEW = 1
    MANAGE = 2

    @property
    def word(self) -> str:
        """``none``, ``view`` or ``manage``: the form stored and shown by the API."""
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> Level:
        """The level of that name; raises ValueError for any other word."""
        try:
            return {"none": cls.NONE, "view": cls.VIEW, "manage": cls.MANAGE}[word]
        except KeyError:
            raise ValueError(word) from None


KINDS = (VENDOR, RESELLER, CLIENT, DIRECT)
PRODUCT_PREFIX = "product."

#: What `core.matrix` says, under the names that the rest knows.
PORTAL_SECTIONS = SECTIONS
IMPERSONATION_VIEW_ONLY = VISIT_VIEW_ONLY

#: What a reseller that does not pay can still change: by people what leads to its money; by keys what its clients' product tells.
PAYS: frozenset[str] = frozenset({"billing"})
TELLS: frozenset[str] = frozenset({"billing", "usage"})
#: Where whoever manages a section ends somebody's access, or what is told outside. That waits for no payment.
ENDS: frozenset[str] = frozenset({"keys", "team"})
#: What a client's collaborators can be given by ticking.
CLIENT_TICKABLE = tuple(key for key in PORTAL_SECTIONS[CLIENT] if key not in FLOOR)


@dataclass(frozen=True, slots=True)
class Rights:
    """A set of rights: the level on each section; a section that is not named is closed."""

    levels: Mapping[str, Level]
    #: Every right that `has` says yes to: it is asked many times in a request, and looks nowhere else for a yes.
    _words: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        words = [f"{section}:view" for section, level in self.levels.items() if level > Level.NONE]
        words += [f"{section}:manage" for section, level in self.levels.items() if level is Level.MANAGE]
        object.__setattr__(self, "_words", frozenset(words))

    @classmethod
    def of(cls, levels: Mapping[str, Level | str]) -> Rights:
        """From ``{"team": "manage"}`` or levels. Raises ValueError for an unknown level."""
        clean = {key: level if isinstance(level, Level) else Level.of(level) for key, level in levels.items()}
        return cls(MappingProxyType({key: level for key, level in clean.items() if level > Level.NONE}))

    def level(self, section: str) -> Level:
        """The level on that section; NONE when it is closed."""
        return self.levels.get(section, Level.NONE)

    def has(self, right: str) -> bool:
        """Whether these rights contain ``section:level``; manage implies view."""
        if right in self._words:
            return True
        _check(right)
        return False

    def within(self, other: Rights) -> bool:
        """Whether nothing here goes beyond `other`."""
        return all(other.level(section) >= level for section, level in self.levels.items())

    def capped(self, level: Level) -> Rights:
        """The same sections, none above `level`."""
        return Rights.of({section: min(held, level) for section, held in self.levels.items()})

    def floored(self, kept: Iterable[str]) -> Rights:
        """The same sections, none above `view` but those in `kept`: what is left of an account that does not pay."""
        stays = frozenset(kept)
        return Rights.of(
            {section: held if section in stays else min(held, Level.VIEW) for section, held in self.levels.items()}
        )

    def only(self, sections: Iterable[str]) -> Rights:
        """The same rights with all other sections closed."""
        stays = frozenset(sections)
        return Rights.of({section: level for section, level in self.levels.items() if section in stays})

    def without(self, sections: Iterable[str]) -> Rights:
        """The same rights with those sections closed."""
        gone = frozenset(sections)
        return Rights.of({section: level for section, level in self.levels.items() if section not in gone})

    def as_words(self) -> dict[str, str]:
        """``{"team": "manage"}``, sorted by section: the form stored and shown by the API."""
        return {section: self.levels[section].word for section in sorted(self.levels)}

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(f"{section}:{level.word}" for section, level in self.levels.items()))


@lru_cache(maxsize=2048)
def _check(right: str) -> None:
    """Raises ValueError for a right without a level that there is: a slip must not pass for a "no"."""
    Level.of(right.partition(":")[2])


NO_RIGHTS = Rights.of({})


def all_rights(kind: str, product_sections: Iterable[str] = (), level: Level = Level.MANAGE) -> Rights:
    """Every section that an account of this kind has, at `level`."""
    sections = [*PORTAL_SECTIONS[kind], *(PRODUCT_PREFIX + key for key in product_sections)]
    return Rights.of(dict.fromkeys(sections, level))


def effective(*, kind: str, is_owner: bool, ticked: Rights, product_sections: Iterable[str]) -> Rights:
    """What a collaborator of an account of this kind may do.

    The owner has everything that the account has; others what is ticked. Rights on sections that the account or the
    product manifest does not know are dropped; a client stays on this side of `FLOOR`, and there the owner too has only
    what is ticked of the host product: a reseller keeps a section for itself by unticking one box for all its clients.
    """
    everything = all_rights(kind, product_sections)
    if kind == CLIENT:
        everything = everything.without(FLOOR)
    if is_owner and kind != CLIENT:
        return everything
    if is_owner:
        ticked = Rights.of(dict(ticked.levels) | dict.fromkeys(CLIENT_TICKABLE, Level.MANAGE))
    return Rights.of({section: min(level, everything.level(section)) for section, level in ticked.levels.items()})


def acting_as_reseller(*, clients_level: Level, own: Rights, product_sections: Iterable[str]) -> Rights:
    """What reseller staff may do inside a client's account, given their own level on ``clients`` and all of their `own` rights.

    Brand and subscription included, which the client never sees (B19); access only to look at: who gets in is changed on
    the reseller's own pages, in one's own name. Money (`VISIT_AS_AT_HOME`) as far as they see it there: a visit opens nothing
    that is closed to them at home.
    """
    levels = all_rights(CLIENT, product_sections, clients_level).levels
    return _only_looking(
        Rights.of(
            {
                section: min(level, own.level(section)) if section in VISIT_AS_AT_HOME else level
                for section, level in levels.items()
            }
        )
    )


def acting_as_collaborator(*, rights: Rights, clients_level: Level) -> Rights:
    """What is left when staff act as a collaborator who has `rights`: the same view, never more, and no new access."""
    return _only_looking(rights.capped(clients_level))


def _only_looking(rights: Rights) -> Rights:
    return Rights.of(
        {
            section: min(level, Level.VIEW) if section in VISIT_VIEW_ONLY else level
            for section, level in rights.levels.items()
        }
    )

"""What an account lacks for a section of the host product, whoever of its people asks: an app above this one knows.

Rights are ticks; what an account *has* is another matter, and may change at any instant. So nothing of it is stored with
rights: whoever enters an account gets them lowered to what is there now (`queries.entry`, `queries.keys`), and so do menus,
sign-ons, forward authentication and keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.db.models import Value
from django.db.models.expressions import Combinable

from sublet.accounts.models import Account
from sublet.core.matrix import CLIENT
from sublet.core.rights import PRODUCT_PREFIX, Level, Rights
from sublet.core.why import NOT_IN_PLAN, SERVED, Reason
from sublet.people.queries.sections import stored_sections


@dataclass(frozen=True, slots=True)
class Closed:
    """Sections (keys of rights) that an account lacks, and those in which its reseller manages a service for it."""

    lacking: frozenset[str] = frozenset()
    served: frozenset[str] = frozenset()

    def caps(self, section: str, *, own_people: bool) -> list[Reason]:
        """What that leaves of a section. `own_people`: for whoever is no reseller that acts in its own name."""
        found = []
        if section in self.lacking:
            found.append(Reason(NOT_IN_PLAN, Level.NONE))
        if own_people and section in self.served:
            found.append(Reason(SERVED, Level.VIEW if _can_look(section) else Level.NONE))
        return found

    def of(self, rights: Rights, *, own_people: bool) -> Rights:
        """What that leaves of rights."""
        touched = self.lacking | self.served if own_people else self.lacking
        if touched.isdisjoint(rights.levels):
            return rights
        return Rights.of(
            {
                section: min([level, *(cap.level for cap in self.caps(section, own_people=own_people))])
                for section, level in rights.levels.items()
            }
        )


NOTHING_CLOSED = Closed()


class Gates(Protocol):
    """What the app above says."""

    def number(self, account: str) -> Combinable:
        """The number of the latest change of what an account has, as part of a statement whose field `account` is its id.
        It stands for all that `closed` reads, so that nothing is read twice."""
        ...

    def closed(self, account: Account, *, number: int | None, at: datetime) -> Closed:
        """What is closed; `number` None: it has not been read yet."""
        ...


_gates: list[Gates] = []


def register_gates(gates: Gates) -> None:
    """For the app that knows what accounts have, when the apps are ready."""
    _gates[:] = [gates]


def number_of_change(account: str) -> Combinable:
    """For statements that decide who somebody is, so that they need none beside them."""
    return _gates[0].number(account) if _gates else Value(0)


def closed_in(account: Account, *, at: datetime, number: int | None = None) -> Closed:
    """What that account lacks at `at`. No statement where no section in force depends on what accounts have."""
    if not _gates or account.kind == "vendor" or not any(row.conditional for row in stored_sections()):
        return NOTHING_CLOSED
    return _gates[0].closed(account, number=number, at=at)


def lowered(rights: Rights, account: Account, *, own_people: bool, number: int | None, at: datetime) -> Rights:
    """Rights of whoever enters that account now. Nothing is asked where none is about the product."""
    if not any(section.startswith(PRODUCT_PREFIX) for section in rights.levels):
        return rights
    closed = closed_in(account, at=at, number=number)
    return closed.of(rights, own_people=own_people and account.kind == CLIENT)


def _can_look(section: str) -> bool:
    key = section.removeprefix(PRODUCT_PREFIX)
    return any(row.key == key and "view" in row.levels for row in stored_sections())

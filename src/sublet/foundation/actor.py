"""Who acts: a person, a key, a job or the command line; for which account; with which rights; in whose place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext, gettext_noop

from sublet.core.matrix import OWNER_IN_PERSON
from sublet.core.peopledata import NEEDED, SECTION, PeopleData, Way, opens, people_data
from sublet.core.rights import CLIENT, NO_RIGHTS, Level, Rights, all_rights
from sublet.foundation.errors import CannotWhileImpersonating, Forbidden

WEB, API, JOB, CLI, SCIM = "web", "api", "job", "cli", "scim"
#: In whose name the installation does by itself what is due.
SCHEDULE = gettext_noop("Schedule")


def name_shown(name: str, via: str) -> str:
    """Who acted, as it is told to people: a schedule has a name in each language, everybody else has one."""
    return gettext(SCHEDULE) if name == SCHEDULE and via == JOB else name


@dataclass(frozen=True, slots=True)
class Impersonator:
    """The real person behind an impersonation, and the mode: ``reseller`` or ``client``.

    `people_data` is what that person has at home: a visit must not widen it.
    """

    user_id: int
    name: str
    account_id: int
    impersonation_ref: str
    mode: str
    people_data: PeopleData = PeopleData.LOOK_UP


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts now.

    `account_id`, `account_ref`, `account_kind` name the account in which the actor acts; `reach` are the ids of the
    accounts below it that the actor is confined to, or None for all of them. `user_id` is the person in whose name
    things happen: while acting as a client's collaborator, that collaborator, with `impersonator` set. `ends` is what an account
    that can only read and pay has still: with it access is ended and nothing else done.
    """

    user_id: int | None
    name: str
    account_id: int
    account_ref: str
    account_kind: str
    account_name: str
    rights: Rights = NO_RIGHTS
    ends: Rights = NO_RIGHTS
    is_owner: bool = False
    reach: frozenset[int] | None = None
    impersonator: Impersonator | None = None
    key_ref: str = ""
    via: str = WEB
    host: str = ""
    request_id: str = ""

    def may(self, right: str) -> bool:
        """Whether the actor has ``section:level`` on its account."""
        return self.rights.has(right)

    def require(self, right: str) -> None:
        """Raise Forbidden unless the actor has ``section:level``."""
        if not self.may(right):
            raise Forbidden(right)

    def may_end(self, right: str) -> bool:
        """Whether the actor may end somebody's access, or what is told outside, where changing it takes ``section:level``."""
        return self.may(right) or self.ends.has(right)

    def require_end(self, right: str) -> None:
        """Raise Forbidden unless the actor may end what ``section:level`` changes."""
        if not self.may_end(right):
            raise Forbidden(right)

    def may_for_all(self, right: str) -> bool:
        """Whether the actor has ``section:level`` for what concerns the whole account: it has, and reaches all that is below."""
        return self.reach is None and self.may(right)

    def require_for_all(self, right: str) -> None:
        """Raise Forbidden unless the actor has ``section:level`` for what concerns the whole account."""
        if not self.may_for_all(right):
            raise Forbidden(right)

    def may_in_person(self, right: str) -> bool:
        """Whether the actor has ``section:level``, or is the owner of a client, in person, who may that past the floor."""
        if self.may(right):
            return True
        section, _, level = right.partition(":")
        most = Level.of(OWNER_IN_PERSON.get(section, "none"))
        return self.account_kind == CLIENT and self.owns_in_person and most >= Level.of(level)

    @property
    def owns_in_person(self) -> bool:
        """Whether this is an owner, and nobody in the owner's place and no machine."""
        return self.is_owner and self.impersonator is None and self.user_id is not None

    def require_in_person(self) -> None:
        """Raise CannotWhileImpersonating when somebody acts in this person's place, or a machine does."""
        if self.impersonator is not None or self.user_id is None:
            raise CannotWhileImpersonating("personal")

    def reaches(self, account_id: int) -> bool:
        """Whether an account below the actor's is not outside its reach. (That it *is* below, the scope says.)"""
        return self.reach is None or account_id == self.account_id or account_id in self.reach

    @property
    def people_data(self) -> PeopleData:
        """How much of the personal data of people below its account (in a visit: of its own) the actor gets."""
        visitor = None if self.impersonator is None else self.impersonator.people_data
        return people_data(kind=self.account_kind, rights=self.rights, visitor=visitor)

    def gets_people(self, way: Way) -> bool:
        """Whether such data may leave to the actor that way."""
        return opens(self.people_data, way)

    @property
    def _is_program(self) -> bool:
        """A key asks, or a job that it has begun."""
        return self.via == API or bool(self.key_ref)

    @property
    def lists_people(self) -> bool:
        """Whether such data stands in the lists that the actor gets: a program takes them away page by page."""
        return self.gets_people(Way.BULK if self._is_program else Way.COLUMN)

    @property
    def matches_people(self) -> bool:
        """Whether a part of such data finds somebody: a program that asks letter by letter takes it away as well."""
        return self.gets_people(Way.BULK if self._is_program else Way.MATCH)

    def lists_people_of(self, account_id: int) -> bool:
        """The same of one account: the people of one's own are colleagues, but in a visit they are the client's."""
        return self.lists_people or (account_id == self.account_id and self.impersonator is None)

    def require_people(self, way: Way) -> None:
        """Raise Forbidden unless such data may leave to the actor that way."""
        if not self.gets_people(way):
            raise Forbidden(f"{SECTION}:{Level(NEEDED[way]).word}")

    def for_job(self) -> dict[str, Any]:
        """What a job needs to act in the same name later; no secret among it."""
        acting = self.impersonator
        return {
            "user_id": self.user_id,
            "name": self.name,
            "account_id": self.account_id,
            "account_ref": self.account_ref,
            "account_kind": self.account_kind,
            "account_name": self.account_name,
            "rights": self.rights.as_words(),
            "ends": self.ends.as_words(),
            "is_owner": self.is_owner,
            "reach": None if self.reach is None else sorted(self.reach),
            "impersonator": None
            if acting is None
            else {
                "user_id": acting.user_id,
                "name": acting.name,
                "account_id": acting.account_id,
                "impersonation_ref": acting.impersonation_ref,
                "mode": acting.mode,
                "people_data": int(acting.people_data),
            },
            "key_ref": self.key_ref,
            "host": self.host,
            "request_id": self.request_id,
        }

    @classmethod
    def from_job(cls, stored: dict[str, Any]) -> Actor:
        """The actor that `for_job` described, now acting through a job."""
        acting = stored["impersonator"]
        reach = stored["reach"]
        return cls(
            **{
                **stored,
                "rights": Rights.of(stored["rights"]),
                "ends": Rights.of(stored.get("ends", {})),
                "reach": None if reach is None else frozenset(reach),
                "impersonator": None if acting is None else _impersonator(acting),
            },
            via=JOB,
        )

    def through(self, via: str) -> Actor:
        """The same actor, by another way in."""
        return replace(self, via=via)


def _impersonator(stored: dict[str, Any]) -> Impersonator:
    """As stored; one stored before there was such a right gets the least."""
    return Impersonator(**{**stored, "people_data": PeopleData(stored.get("people_data", PeopleData.LOOK_UP))})


def platform_actor(
    *, name: str, account_id: int, account_ref: str, account_name: str, via: str, request_id: str = ""
) -> Actor:
    """The installation itself acting for the vendor: command line, schedules."""
    return Actor(
        user_id=None,
        name=name,
        account_id=account_id,
        account_ref=account_ref,
        account_kind="vendor",
        account_name=account_name,
        rights=all_rights("vendor"),
        is_owner=True,
        via=via,
        request_id=request_id,
    )

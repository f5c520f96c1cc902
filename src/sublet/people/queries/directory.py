"""Reading an account's directory: what it has told, one by one and in pages, and how it is going."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils.translation import gettext

from sublet.core.directory import GROUP_FIELDS, PERSON_FIELDS, Condition, Every, Not, Test
from sublet.core.peopledata import without_addresses
from sublet.core.rights import Rights
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.refs import looks_like_ref
from sublet.people.models import (
    ApiKey,
    Collaborator,
    Directory,
    DirectoryGroup,
    DirectoryMembership,
    DirectoryPerson,
)
from sublet.people.queries.sections import offer_for
from sublet.people.queries.without_mail import domains_without_mail

State = Literal["off", "waiting", "on", "refused"]
#: How many a page holds at most.
MOST_ROWS = 200
#: How many members the groups of a page have together at most, when there is more than one.
MOST_LISTED_MEMBERS = 2_000
MOST_ADDRESSES = 20
MOST_KEYS = 20


@dataclass(frozen=True, slots=True)
class PersonState:
    """A person of the directory as it is stored. `groups`: reference and name of each group."""

    ref: str
    email: str
    name: str
    external_id: str
    is_active: bool
    document: Mapping[str, Any]
    version: int
    created_at: datetime
    changed_at: datetime
    groups: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class GroupState:
    """A group of the directory as it is stored. `members` are references of people, in the order in which they came."""

    ref: str
    name: str
    external_id: str
    role: str
    version: int
    created_at: datetime
    changed_at: datetime
    members: Sequence[str] = ()
    member_names: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class People:
    """A page of people, and how many there are in all."""

    total: int
    rows: Sequence[PersonState]


@dataclass(frozen=True, slots=True)
class Groups:
    """A page of groups, and how many there are in all."""

    total: int
    rows: Sequence[GroupState]


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group on the directory's page. `role_name` is empty for a group that gives nothing."""

    ref: str
    name: str
    role: str
    role_name: str
    members: int


@dataclass(frozen=True, slots=True)
class OtherAddress:
    """Somebody on the team who logs in with another address than the directory has."""

    person: str
    log_in: str
    directory: str


@dataclass(frozen=True, slots=True)
class DirectoryPage:
    """How the directory of an account is going. `state`: off, waiting (never heard of), on, refused (the last thing was)."""

    account_ref: str
    state: State
    may_manage: bool
    may_make_key: bool
    switched_at: datetime | None
    switched_by: str
    heard_at: datetime | None
    changed_at: datetime | None
    refused_at: datetime | None
    refusal: str
    people: int
    paused: int
    groups: Sequence[GroupRow]
    more_groups: int
    roles: Sequence[tuple[str, str]]  # those that the actor can choose: key, name
    other_addresses: Sequence[OtherAddress] = ()  # at most `MOST_ADDRESSES`
    more_addresses: int = 0
    without_mail: bool = False
    domains_without_mail: Sequence[str] = ()  # for which that counts today
    keys_of_former: Sequence[str] = ()  # names of keys for the team that somebody made who is on it no more


@dataclass(frozen=True, slots=True)
class Heard:
    """Whether an account's directory is listened to, and when it last spoke."""

    is_on: bool
    at: datetime | None


def directory_heard(actor: Actor) -> Heard:
    """Of the actor's own account. One statement."""
    row = Directory.objects.filter(account_id=actor.account_id).values_list("is_on", "heard_at").first()
    return Heard(*row) if row is not None else Heard(False, None)


def directory_person(actor: Actor, ref: str) -> PersonState:
    """One person of the directory (``team:manage``). Raises Forbidden, NotFound."""
    actor.require_end("team:manage")
    row = None
    if looks_like_ref(ref, "dpn"):
        row = _people(actor).filter(ref=ref).prefetch_related(_GROUPS_OF).first()
    if row is None:
        raise NotFound
    return _with_groups(row)


def directory_people(
    actor: Actor, *, where: Condition | None = None, start: int = 0, size: int = 100, groups: bool = True
) -> People:
    """A page of the people of the directory (``team:manage``), in the order in which they came. Raises Forbidden."""
    actor.require_end("team:manage")
    rows = _people(actor)
    if where is not None:
        rows = rows.filter(_asked(where, _PERSON_COLUMNS))
    total = rows.count()
    size = min(size, MOST_ROWS)
    if not size or start >= total:
        return People(total, ())
    if groups:
        rows = rows.prefetch_related(_GROUPS_OF)
    found = rows.order_by("id")[start : start + size]
    return People(total, tuple(_with_groups(row) if groups else person_state(row) for row in found))


def directory_group(actor: Actor, ref: str, *, members: bool = True) -> GroupState:
    """One group of the directory (``team:manage``). Raises Forbidden, NotFound."""
    actor.require_end("team:manage")
    row = _groups(actor).filter(ref=ref).first() if looks_like_ref(ref, "dgr") else None
    if row is None:
        raise NotFound
    return group_state(row, people=None if members else ())


def directory_groups(
    actor: Actor, *, where: Condition | None = None, start: int = 0, size: int = 100, members: bool = True
) -> Groups:
    """A page of the groups of the directory (``team:manage``), in the order in which they came. Raises Forbidden.

    With `members` it ends before the group with which it would hold more than `MOST_LISTED_MEMBERS` of them, but holds
    one group at least.
    """
    actor.require_end("team:manage")
    rows = _groups(actor)
    if where is not None:
        rows = rows.filter(_asked(where, _GROUP_COLUMNS))
    total = rows.count()
    size = min(size, MOST_ROWS)
    if not size or start >= total:
        return Groups(total, ())
    rows = rows.order_by("id")
    if not members:
        return Groups(total, tuple(group_state(row, people=()) for row in rows[start : start + size]))
    memberships = DirectoryMembership.objects.filter(group=OuterRef("pk")).order_by().values("group")
    counted = rows.annotate(size=Subquery(memberships.annotate(size=Count("id")).values("size")))
    found: dict[int, DirectoryGroup] = {}
    room = MOST_LISTED_MEMBERS
    for row in counted[start : start + size]:
        room -= row.size or 0
        if found and room < 0:
            break
        found[row.id] = row
    people: dict[int, list[tuple[str, str]]] = {group: [] for group in found}
    within = DirectoryMembership.objects.filter(group_id__in=list(found)).order_by("id")
    for group, ref, name, email in within.values_list("group_id", *_MEMBER):
        people[group].append((ref, name or email))
    return Groups(total, tuple(group_state(row, people=people[row.id]) for row in found.values()))


def directory_page(actor: Actor) -> DirectoryPage:
    """What the directory's page shows (``team:view``), of the actor's own account. Raises Forbidden."""
    actor.require("team:view")
    listed = actor.lists_people_of(actor.account_id)  # not in a visit of somebody who lists no people
    row = Directory.objects.filter(account_id=actor.account_id).first()
    offer = offer_for(actor.account_kind)
    rows = list(_groups(actor).annotate(size=Count("memberships")).order_by("name_key")[: MOST_ROWS + 1])
    counted = _people(actor).aggregate(all=Count("id"), paused=Count("id", filter=Q(is_active=False)))
    state: State = "off"
    if row is not None and row.is_on:
        state = "waiting" if row.heard_at is None else "on"
        if row.refused_at is not None and (row.changed_at is None or row.refused_at > row.changed_at):
            state = "refused"
    named = {preset.key: preset.name for preset in offer.presets}
    mine = actor.rights
    elsewhere = _people(actor).filter(is_active=True, collaborator__ended_at__isnull=True, collaborator__isnull=False)
    elsewhere = elsewhere.exclude(email=F("collaborator__user__email")).select_related("collaborator__user")
    others = list(elsewhere.order_by("id")[: MOST_ADDRESSES + 1]) if counted["all"] and listed else []
    in_person = actor.impersonator is None and actor.user_id is not None
    return DirectoryPage(
        account_ref=actor.account_ref,
        state=state,
        may_manage=actor.may("team:manage") and in_person,
        may_make_key=actor.may("team:manage") and actor.may("keys:manage") and in_person,
        switched_at=row.switched_at if row is not None else None,
        switched_by=row.switched_by if row is not None else "",
        heard_at=row.heard_at if row is not None else None,
        changed_at=row.changed_at if row is not None else None,
        refused_at=row.refused_at if row is not None else None,
        refusal=_refusal(row, listed=listed) if row is not None else "",
        people=counted["all"],
        paused=counted["paused"],
        groups=tuple(
            GroupRow(
                ref=each.ref, name=each.name, role=each.role, role_name=named.get(each.role, ""), members=each.size
            )
            for each in rows[:MOST_ROWS]
        ),
        more_groups=max(0, _groups(actor).count() - MOST_ROWS) if len(rows) > MOST_ROWS else 0,
        roles=tuple((preset.key, preset.name) for preset in offer.presets if Rights.of(preset.rights).within(mine)),
        other_addresses=tuple(_other_address(each) for each in others[:MOST_ADDRESSES]),
        more_addresses=max(0, elsewhere.count() - MOST_ADDRESSES) if len(others) > MOST_ADDRESSES else 0,
        without_mail=row is not None and row.without_mail,
        domains_without_mail=domains_without_mail(actor.account_id) if row is not None and row.is_on else (),
        keys_of_former=_keys_of_former(actor) if row is not None and row.is_on else (),
    )


def _refusal(row: Directory, *, listed: bool) -> str:
    """Why the last request was refused, in the reader's language; in the words that were answered where it is older."""
    sentence = gettext(row.refusal) if row.refusal else ""
    said = sentence % row.refusal_params if row.refusal_params else sentence
    return said if listed else without_addresses(said)


def _other_address(row: DirectoryPerson) -> OtherAddress:
    user = row.collaborator.user if row.collaborator is not None else None
    return OtherAddress(str(user or ""), user.email if user is not None else "", row.email)


def _keys_of_former(actor: Actor) -> Sequence[str]:
    """Who made a key has seen its secret: while it works, its maker is not quite gone."""
    places = Collaborator.objects.filter(account_id=actor.account_id, ended_at__isnull=True)
    keys = ApiKey.objects.filter(
        account_id=actor.account_id, revoked_at__isnull=True, rights_words__team="manage", created_by_id__isnull=False
    ).exclude(created_by_id__in=places.values("user_id"))
    return tuple(keys.order_by("id").values_list("name", flat=True)[:MOST_KEYS])


# What operations share ------------------------------------------------------------------------------------------------


def person_state(row: DirectoryPerson) -> PersonState:
    """The row in words, without its groups."""
    return PersonState(
        ref=row.ref,
        email=row.email,
        name=row.name,
        external_id=row.external_id,
        is_active=row.is_active,
        document=row.document,
        version=row.version,
        created_at=row.created_at,
        changed_at=row.changed_at,
    )


def group_state(
    row: DirectoryGroup, *, people: Sequence[tuple[str, str]] | None = None, only: Collection[str] | None = None
) -> GroupState:
    """The row in words. `people`: reference and name of its members; None: they are looked up, in one statement.

    `only`: of those with these references, if they are not too many for one statement.
    """
    if people is None:
        rows = DirectoryMembership.objects.filter(group=row).order_by("id")
        if only is not None and len(only) <= MOST_ROWS:
            rows = rows.filter(person__ref__in=list(only))
        people = [(ref, name or email) for ref, name, email in rows.values_list(*_MEMBER)]
    return GroupState(
        ref=row.ref,
        name=row.name,
        external_id=row.external_id,
        role=row.role,
        version=row.version,
        created_at=row.created_at,
        changed_at=row.changed_at,
        members=tuple(ref for ref, _name in people),
        member_names=dict(people),
    )


_MEMBER = ("person__ref", "person__name", "person__email")


def _with_groups(row: DirectoryPerson) -> PersonState:
    state = person_state(row)
    names = tuple((each.group.ref, each.group.name) for each in row.memberships.all())
    return PersonState(
        state.ref, state.email, state.name, state.external_id, state.is_active, state.document, state.version,
        state.created_at, state.changed_at, names,
    )  # fmt: skip


_GROUPS_OF = Prefetch(
    "memberships",
    # unscoped: only of rows that the scope has let through
    queryset=DirectoryMembership.unscoped.select_related("group").order_by("id"),
)


def _people(actor: Actor) -> QuerySet[DirectoryPerson]:
    return DirectoryPerson.objects.filter(account_id=actor.account_id)


def _groups(actor: Actor) -> QuerySet[DirectoryGroup]:
    return DirectoryGroup.objects.filter(account_id=actor.account_id)


#: Field → column, and how a text is brought into the form in which the column holds it.
_PERSON_COLUMNS = {
    "id": ("ref", "exact"),
    "user_name": ("user_key", "folded"),
    "email": ("email", "lower"),
    "external_id": ("external_id", "exact"),
    "name": ("name", "any-case"),
    "active": ("is_active", "flag"),
    "created": ("created_at", "time"),
    "changed": ("changed_at", "time"),
}
_GROUP_COLUMNS = {
    "id": ("ref", "exact"),
    "name": ("name_key", "folded"),
    "external_id": ("external_id", "exact"),
    "members": ("person__ref", "member"),
    "created": ("created_at", "time"),
    "changed": ("changed_at", "time"),
}
if set(_PERSON_COLUMNS) != PERSON_FIELDS or set(_GROUP_COLUMNS) != GROUP_FIELDS:
    raise AssertionError("the core and the columns name other fields")  # at import, not at somebody's question
_LOOKUPS = {
    "eq": "exact",
    "co": "contains",
    "sw": "startswith",
    "ew": "endswith",
    "gt": "gt",
    "ge": "gte",
    "lt": "lt",
    "le": "lte",
}


def _asked(where: Condition, columns: Mapping[str, tuple[str, str]]) -> Q:
    """The question as the database takes it."""
    if isinstance(where, Test):
        return _tested(where, columns)
    if isinstance(where, Not):
        return ~_asked(where.part, columns)
    parts = [_asked(part, columns) for part in where.parts]
    return Q(*parts) if isinstance(where, Every) else Q(*parts, _connector=Q.OR)


def _tested(test: Test, columns: Mapping[str, tuple[str, str]]) -> Q:
    column, form = columns[test.field]
    if form == "member":
        # Of any member, and each group once, however many match: so not by a join.
        wanted = Q() if test.op == "pr" or test.value is None else _tested(test, {test.field: (column, "exact")})
        return Q(id__in=DirectoryMembership.objects.filter(wanted).order_by().values("group_id"))
    if test.op == "pr" or (test.op == "ne" and test.value is None):
        return Q(**{f"{column}__isnull": False}) & (Q() if form in {"flag", "time"} else ~Q(**{column: ""}))
    value: object = test.value
    if isinstance(value, str):
        value = {"folded": value.casefold(), "lower": value.lower()}.get(form, value).replace("\x00", "\ufffd")
    if test.op == "ne":
        return ~Q(**{column: value})
    lookup = _LOOKUPS[test.op]
    if form == "any-case":
        lookup = (
            "iexact"
            if lookup == "exact"
            else f"i{lookup}"
            if lookup in {"contains", "startswith", "endswith"}
            else lookup
        )
    return Q(**{f"{column}__{lookup}": value})

"""The list of the accounts below one: by key set in both directions, the same work at a thousand and at a million rows.

No OFFSET, no exact count, no model instances. Each filter that is rare is turned into ids first (`candidates`); the
page itself is one statement in the order of an index.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Value

from sublet.accounts import search
from sublet.accounts.models import Account, AccountTag, SearchWord
from sublet.accounts.queries import candidates, narrowing
from sublet.accounts.queries.candidates import Candidates
from sublet.accounts.queries.listquery import NO_PLAN, NOBODY, ListQuery
from sublet.accounts.queries.tree import require_below
from sublet.core.lifecycle import CLOSED, STATES
from sublet.core.rights import RESELLER
from sublet.foundation import prepared
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound

#: "Ends soon" for a demonstration.
SOON = timedelta(days=14)
#: Up to here rows are counted; beyond, "more than".
COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class ClientRow:
    """One line of the list. `grace_until` is set while a closed account can be taken back. `contact_name`, `email` and
    `phone` are empty for an actor that may not list people (`Actor.lists_people`), what was agreed for one that may not
    see it (`sees_agreed`)."""

    id: int
    ref: str
    kind: str
    name: str
    state: str
    state_reason: str
    ownership: str
    demo_until: datetime | None
    grace_until: datetime | None
    language: str
    contact_name: str
    email: str
    phone: str
    city: str
    external_id: str
    responsible_id: int | None
    created_at: datetime
    last_seen_at: datetime | None
    tags: tuple[str, ...]
    plan: str = ""  # the key of the plan taken; empty: none was
    trial_until: datetime | None = None
    settings_complete: bool = False


@dataclass(frozen=True, slots=True)
class ClientPage:
    """A page; an empty cursor means that there is nothing that way. `capped`: the search found more than it looked at."""

    rows: Sequence[ClientRow]
    previous: str
    next: str
    capped: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """How many, or with `more` that there are more than `number`."""

    number: int
    more: bool = False


@dataclass(frozen=True, slots=True)
class Glance:
    """The counts above the list, by state and of demonstrations that end within `SOON`."""

    states: dict[str, Counted]
    ending: Counted

    @property
    def any(self) -> bool:
        """Whether there is any account at all, closed ones included."""
        return any(each.number for each in self.states.values())


_NEVER, _SEEN = Q(last_seen_at__isnull=True), Q(last_seen_at__isnull=False)
#: The segments of each order, ascending: a condition and the fields by which it is ordered. Two for the last visit,
#: because the databases do not agree where nothing stands: here always before everything.
_ORDERS: dict[str, tuple[tuple[Q, tuple[str, ...]], ...]] = {
    "name": ((Q(), ("sort_name", "id")),),
    "created": ((Q(), ("created_at", "id")),),
    "state": ((Q(), ("state", "sort_name", "id")),),
    "last_visit": ((_NEVER, ("id",)), (_SEEN, ("last_seen_at", "id"))),
}
_COLUMNS = (
    "id", "ref", "kind", "name", "state", "state_reason", "ownership", "demo_until", "gone_at", "state_before_close",
    "language", "contact_name", "email", "phone", "city", "external_id", "responsible_id", "created_at", "last_seen_at",
    "sort_name", "plan", "trial_until", "settings_complete",
)  # fmt: skip


class _Beyond(Func):
    """``(a, b) > (x, y)`` as the databases have it. Django spells it out for SQLite as ``a > x OR (a = x AND b > y)``,
    which no index answers: the middle of a long list would read half of it.
    """

    output_field = BooleanField()

    def __init__(self, names: Sequence[str], values: Sequence[Any], *, descending: bool) -> None:
        columns = {field.name: field for field in Account._meta.fields}
        fields = [columns[name] for name in names]
        typed = [Value(value, output_field=field) for value, field in zip(values, fields, strict=True)]
        super().__init__(*(F(name) for name in names), *typed)
        self.sign = "<" if descending else ">"

    def as_sql(self, compiler: Any, connection: Any, *_rest: Any, **_more: Any) -> tuple[str, list[Any]]:
        """Both rows, with the sign between."""
        parts = [compiler.compile(each) for each in self.get_source_expressions()]
        half = len(parts) // 2
        row, place = (", ".join(sql for sql, _ in side) for side in (parts[:half], parts[half:]))
        return f"({row}) {self.sign} ({place})", [value for _, given in parts for value in given]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the order a page begins: beside a row, that way. `values` are its sort fields, the id last."""

    backwards: bool
    segment: int
    values: tuple[Any, ...]


def _cursor(row: dict[str, Any], sort: str, *, backwards: bool) -> str:
    """Where to go on beside that row. Holds its sort values and its public reference, never its number."""
    segments = _ORDERS[sort]
    segment = 1 if len(segments) == 2 and row["last_seen_at"] is not None else 0
    values = [row[name] for name in segments[segment][1][:-1]]
    plain = [value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for value in values]
    packed = json.dumps([int(backwards), segment, row["ref"], *plain], separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def _read_cursor(text: str, sort: str, above: QuerySet[Account]) -> _Place | None:
    """The place that a cursor names; None for one that cannot be read, or from another order."""
    if not text or len(text) > 600:
        return None
    try:
        data = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        backwards, segment, ref, *values = data
        names = _ORDERS[sort][segment][1][:-1] if segment in (0, 1) else None
        if names is None or len(values) != len(names) or not isinstance(ref, str) or backwards not in (0, 1):
            return None
        read = tuple(
            datetime.fromisoformat(value) if name.endswith("_at") else str(value)
            for name, value in zip(names, values, strict=True)
        )
    except (ValueError, TypeError, IndexError, KeyError, RecursionError, binascii.Error):
        return None
    if any(isinstance(value, str) and "\x00" in value for value in (ref, *read)):
        return None
    if any(isinstance(value, datetime) and value.tzinfo is None for value in read):
        return None
    row_id = above.filter(ref=ref).values_list("id", flat=True).first()
    return None if row_id is None else _Place(bool(backwards), segment, (*read, row_id))


def _scan(
    rows: QuerySet[Account], sort: str, *, descending: bool, place: _Place | None, limit: int
) -> list[dict[str, Any]]:
    """Up to `limit` rows from `place` on. One statement, for the last visit at most two."""
    segments = list(enumerate(_ORDERS[sort]))
    found: list[dict[str, Any]] = []
    for number, (condition, names) in reversed(segments) if descending else segments:
        here = rows.filter(condition)
        if place is not None and number != place.segment:
            if (number < place.segment) != descending:
                continue  # that segment lies behind us
        elif place is not None:
            here = here.filter(_Beyond(names, place.values, descending=descending))
        # All nothing in the segment of those never seen: there for the index, whose order it then is.
        ordered = names if sort != "last_visit" else ("last_seen_at", "id")
        order = [F(name).desc() if descending else F(name).asc() for name in ordered]
        found += here.order_by(*order).values(*_COLUMNS)[: limit - len(found)]
        if len(found) >= limit:
            break
    return found


def accounts_below(actor: Actor, below: str = "") -> tuple[QuerySet[Account], int]:
    """The accounts directly below the actor's within its reach, and the id above them.

    A vendor may look below one of its resellers by naming its reference. Raises Forbidden, NotFound.
    """
    require_below(actor, "view")
    above = actor.account_id
    if below and below != actor.account_ref:
        if actor.account_kind != Account.Kind.VENDOR:
            raise NotFound
        found = Account.objects.filter(ref=below, kind=Account.Kind.RESELLER).values_list("id", flat=True).first()
        if found is None:
            raise NotFound
        above = found
    # unscoped: bound to one account above by its key; the scope's own either-or would keep the planner from the index
    return Account.unscoped.filter(parent_id=above), above


def matching(actor: Actor, query: ListQuery, *, at: datetime, below: str = "") -> tuple[QuerySet[Account], bool]:
    """The accounts that a question means, unordered, and whether the search was capped: then there may be more of them.

    For lists; `matching_all` is for what must leave nobody out. Raises Forbidden, NotFound.
    """
    rows, above = accounts_below(actor, below)
    asked = search.question(query.search)
    contacts = actor.matches_people
    whole = None if contacts else search.exact(query.search)
    met = candidates.for_exact(whole, above, actor.reach) if whole is not None else frozenset()
    shown = candidates.CAP if query.filtered else candidates.SHOWN
    named = candidates.for_question(asked, above, actor.reach, contacts=contacts, shown=shown)
    if met:
        # Whoever was found by the whole address or number was found; else it may be a name that looks like one.
        named = Candidates(told=candidates.told_of(met))
    rare: list[frozenset[int]] = []
    if query.search and not asked.terms:
        rare.append(frozenset())  # only signs: nobody is called so
    if query.asks_subscriptions and not sees_agreed(actor):
        rare.append(frozenset())  # leaving the filter out would widen what a change of all means
    conditions = Q()
    if query.tags:
        tagged_ids = candidates.for_tags(query.tags, above)
        rare += [] if tagged_ids is None else [tagged_ids]
        # unscoped: joined to rows that are bound already
        tagged = AccountTag.unscoped.filter(account_id=OuterRef("id"), name__in=query.tags)
        conditions &= Q(Exists(tagged))
    for condition, common in _filters(query, at):
        conditions &= condition
        filtered_ids = None if common else candidates.few(rows.filter(condition))
        rare += [] if filtered_ids is None else [filtered_ids]
    if named.capped and rare:
        # A rare filter makes common words exact, as a rare word would.
        conditions &= candidates.with_words(asked, contacts=contacts)
        named = Candidates(told=None)
    told, sets = named.told, [each for each in (actor.reach, *rare) if each is not None]
    if sets:
        found = sets if named.ids is None else [named.ids, *sets]
        told = candidates.told_of(sorted(frozenset.intersection(*found)))
    if told is not None:
        # A plain key in sight, and SQLite would read all accounts below it in order rather than these few.
        # unscoped: as in `accounts_below`
        rows = Account.unscoped.alias(above=F("parent_id") + 0).filter(candidates.among(told), above=above)
    return rows.filter(conditions), named.capped


def matching_all(actor: Actor, query: ListQuery, *, at: datetime, below: str = "") -> QuerySet[Account]:
    """The accounts that a question means, all of them, however common its words: for files and for changes of many, which
    must leave nobody out silently. Takes as long as there are many. Raises Forbidden, NotFound."""
    rows, capped = matching(actor, query, at=at, below=below)
    if not capped:
        return rows
    rows, _capped = matching(actor, replace(query, search=""), at=at, below=below)
    conditions, contacts = Q(), actor.matches_people
    for term in search.question(query.search).terms:
        # unscoped: joined to rows that are bound already
        word = SearchWord.unscoped.filter(account_id=OuterRef("id"), **candidates.begins(term, contacts=contacts))
        conditions &= Q(Exists(word))
    return rows.filter(conditions)


def _filters(query: ListQuery, at: datetime) -> Iterable[tuple[Q, bool]]:
    """Each filter with whether it is the usual one, which most rows pass."""
    if query.states:
        yield (Q(state=query.states[0]) if len(query.states) == 1 else Q(state__in=query.states)), False
    else:
        yield ~Q(state=CLOSED), True
    if query.responsible:
        named = [number for number in query.responsible if number != NOBODY]
        some = Q(responsible_id__in=named) if named else Q()
        yield (some | Q(responsible_id__isnull=True) if NOBODY in query.responsible else some), False
    if query.languages:
        yield Q(language__in=query.languages), False
    if query.demo == "no":
        yield Q(demo_until__isnull=True), True
    elif query.demo:
        demo = Q(demo_until__isnull=False)
        yield (demo & Q(demo_until__lt=at + SOON) if query.demo == "ending" else demo), False
    if query.settings:
        yield Q(settings_complete=query.settings == "complete"), False
    if query.kinds:
        yield Q(kind__in=query.kinds), True
    if query.signals:
        yield narrowing.for_signals(query.signals, at), False
    if query.plans:
        taken = Q(plan__in=["" if key == NO_PLAN else key for key in query.plans])
        yield taken, NO_PLAN in query.plans
    if query.trial == "none":
        yield Q(trial_until__isnull=True), True
    elif query.trial:
        over = Q(trial_until__lte=at)
        yield (over if query.trial == "over" else Q(trial_until__gt=at)), False
    if query.limits:
        yield narrowing.for_limits(query.limits, at), False


def client_list(actor: Actor, query: ListQuery, *, at: datetime, below: str = "") -> ClientPage:
    """One page of the accounts directly below the actor's: a reseller's clients, the vendor's resellers and direct
    accounts, or (`below`, a reference) the clients of one of the vendor's resellers.

    The number of statements depends on the question, never on how many accounts there are. Raises Forbidden, NotFound.
    """
    rows, capped = matching(actor, query, at=at, below=below)
    every, _above = accounts_below(actor, below)
    place = _read_cursor(query.cursor, query.sort, every) if query.cursor else None
    begun, backwards = place is not None, place is not None and place.backwards
    downwards = query.descending != backwards
    limit = query.size + 1
    if len(query.states) > 1 and query.sort in {"name", "state"}:
        # The index holds each state in order, not several: the first of each, then the first of those.
        ids = [
            row["id"]
            for state in query.states
            for row in _scan(rows.filter(state=state), query.sort, descending=downwards, place=place, limit=limit)
        ]
        # unscoped: as in `accounts_below`
        rows = Account.unscoped.filter(id__in=ids)
        place = None
    found = _scan(rows, query.sort, descending=downwards, place=place, limit=limit)
    more = len(found) > query.size
    found = found[: query.size]
    if backwards:
        found.reverse()
    before = more if backwards else begun and bool(found)
    after = True if backwards else more
    tags = tags_of([row["id"] for row in found])
    agreed = sees_agreed(actor)
    return ClientPage(
        rows=[_row(row, tags, contacts=actor.lists_people, agreed=agreed) for row in found],
        previous=_cursor(found[0], query.sort, backwards=True) if found and before else "",
        next=_cursor(found[-1], query.sort, backwards=False) if found and after else "",
        capped=capped,
    )


def sees_agreed(actor: Actor) -> bool:
    """Whether somebody who sees clients sees what was agreed for them; the vendor does, of whomever it sees."""
    return actor.account_kind != RESELLER or actor.may("subscription:view")


def tags_of(ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The tags of each account that has any, in order, for callers that have found the accounts in their scope. One statement, for
    none too: how many there are follows from the question alone."""
    one_of = "= ANY(%s::bigint[])" if connection.vendor == "postgresql" else "IN (SELECT value FROM json_each(%s))"
    tags: dict[int, tuple[str, ...]] = {}
    # past the scope: the rows were found below the actor's account
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT account_id, name FROM account_tag WHERE account_id {one_of} ORDER BY name",  # noqa: S608  constants
            [candidates.told_of(ids)],
        )
        for account_id, name in cursor.fetchall():
            tags[account_id] = (*tags.get(account_id, ()), name)
    return tags


def _row(row: dict[str, Any], tags: dict[int, tuple[str, ...]], *, contacts: bool, agreed: bool) -> ClientRow:
    return ClientRow(
        id=row["id"],
        ref=row["ref"],
        kind=row["kind"],
        name=row["name"],
        state=row["state"],
        state_reason=row["state_reason"],
        ownership=row["ownership"],
        demo_until=row["demo_until"],
        grace_until=row["gone_at"] if row["state_before_close"] else None,
        language=row["language"],
        contact_name=row["contact_name"] if contacts else "",
        email=row["email"] if contacts else "",
        phone=row["phone"] if contacts else "",
        city=row["city"],
        external_id=row["external_id"],
        responsible_id=row["responsible_id"],
        created_at=row["created_at"],
        last_seen_at=row["last_seen_at"],
        tags=tags.get(row["id"], ()),
        plan=row["plan"] if agreed else "",
        trial_until=row["trial_until"] if agreed else None,
        settings_complete=row["settings_complete"],
    )


def counted(rows: QuerySet[Account]) -> Counted:
    """How many rows, looking at no more than `COUNTED` and one."""
    number = len(rows.values_list("id", flat=True)[: COUNTED + 1])
    return Counted(min(number, COUNTED), more=number > COUNTED)


def glance(actor: Actor, *, at: datetime, below: str = "") -> Glance:
    """How many accounts there are in each state, and how many demonstrations end soon. One statement, from indexes,
    that reads at most `COUNTED` entries for each figure. Raises Forbidden, NotFound."""
    rows, above = accounts_below(actor, below)
    if actor.reach is None:
        numbers = _FIGURES.row(above=above, soon=at + SOON)
    else:
        sql, values = _figures(rows.filter(id__in=actor.reach), at + SOON)
        # past the scope: bound to one account above by its key, as `accounts_below` made it
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            numbers = cursor.fetchone()
    counts = [Counted(min(number, COUNTED), more=number > COUNTED) for number in numbers]
    return Glance(states=dict(zip(STATES, counts, strict=False)), ending=counts[-1])


def _figures(rows: QuerySet[Account], soon: datetime | prepared.Given) -> tuple[str, list[Any]]:
    """The statement that counts them, with its values."""
    parts = [rows.filter(state=state).order_by() for state in STATES]
    parts.append(rows.filter(demo_until__lt=soon).exclude(state=CLOSED).order_by())
    sql: list[str] = []
    values: list[Any] = []
    for part in parts:
        text, given = prepared.sql_of(part.values("id")[: COUNTED + 1])
        sql.append(f"(SELECT COUNT(*) FROM ({text}) AS seen)")  # noqa: S608  the ORM made the text; values stay apart
        values += given
    return f"SELECT {', '.join(sql)}", values


#: Of everybody below one account. The rows are named by its key, as `accounts_below` does.
_FIGURES = prepared.PreparedSql(
    # unscoped: bound to one account above by its key
    lambda: _figures(Account.unscoped.filter(parent_id=prepared.number("above")), prepared.moment("soon"))
)

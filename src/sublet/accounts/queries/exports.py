"""The client list as it leaves: the same question as the list's, all pages of it, row by row.

Which clients, and in which order, is asked once, and kept as numbers alone. What is told of them is read some thousands at a
time, when the file has come so far: a client that has left meanwhile is not in what is still to be written. PostgreSQL sends
rows by COPY, SQLite by its cursor: no list is held in memory, and no model is made.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any, Literal, TypeAlias

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, Func, QuerySet, TextField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.accounts.queries.clients import accounts_below, matching_all, sees_agreed
from sublet.accounts.queries.export_more import MoreColumn, filler, more_columns
from sublet.accounts.queries.listquery import ListQuery
from sublet.core.peopledata import Way
from sublet.foundation.actor import Actor
from sublet.foundation.prepared import sql_of
from sublet.foundation.sheets.sentences import FIELD_LABELS
from sublet.foundation.sheets.writing import Column, Kind, Value
from sublet.foundation.unscoped import past_scope

_FETCHED = 2000
Turn: TypeAlias = Callable[[Any], Value]
Words: TypeAlias = Literal["state", "language", "ownership", "person"]


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A column of the file: its key, its heading, the column of the table. `words` says which texts stand for its values."""

    key: str
    heading: str | Promise
    source: str
    kind: Kind = "text"
    words: Words | None = None


#: In the order in which they leave. Keys that the list on the screen has are the same here. The headings of what an
#: import understands are the words that it knows, so that a file that left can come back.
COLUMNS: tuple[ExportColumn, ...] = (
    ExportColumn("name", FIELD_LABELS["name"], "name"),
    ExportColumn("state", FIELD_LABELS["state"], "state", words="state"),
    ExportColumn("contact", FIELD_LABELS["contact"], "contact_name"),
    ExportColumn("email", FIELD_LABELS["email"], "email"),
    ExportColumn("phone", FIELD_LABELS["phone"], "phone"),
    ExportColumn("mobile", FIELD_LABELS["mobile"], "mobile"),
    ExportColumn("street", FIELD_LABELS["street"], "street"),
    ExportColumn("postal_code", FIELD_LABELS["postal_code"], "postal_code"),
    ExportColumn("city", FIELD_LABELS["city"], "city"),
    ExportColumn("country", FIELD_LABELS["country"], "country"),
    ExportColumn("language", FIELD_LABELS["language"], "language", words="language"),
    ExportColumn("timezone", FIELD_LABELS["timezone"], "timezone"),
    ExportColumn("website", FIELD_LABELS["website"], "website"),
    ExportColumn("tags", FIELD_LABELS["tags"], "tag_names"),
    ExportColumn("responsible", _("Responsible"), "responsible_id", words="person"),
    ExportColumn("ownership", _("Account owned by"), "ownership", words="ownership"),
    ExportColumn("created", FIELD_LABELS["created"], "created_at", kind="date"),
    ExportColumn("last_visit", _("Last visit"), "last_seen_at", kind="datetime"),
    ExportColumn("demo", _("Demonstration until"), "demo_until", kind="date"),
    ExportColumn("trial", _("Free trial until"), "trial_until", kind="date"),
    ExportColumn("external_id", FIELD_LABELS["external_id"], "external_id"),
    ExportColumn("notes", FIELD_LABELS["notes"], "notes"),
    ExportColumn("ref", _("Account reference"), "ref"),
)
KEYS = tuple(column.key for column in COLUMNS)
#: What was agreed: for those who see subscriptions.
AGREED_KEYS = frozenset({"plan", "trial"})
#: What only those may take away who may export people's data; notes are free text, in which people are written of.
CONTACT_KEYS = frozenset({"contact", "email", "phone", "mobile", "notes"})


class _TagNames(Func):
    """The tags of an account in one text, in order."""

    output_field = TextField()

    def as_sql(self, compiler: Any, connection: Any, *_rest: Any, **_more: Any) -> tuple[str, list[Any]]:
        """A subquery for each row, from the index that keeps a tag from being put twice."""
        account, values = compiler.compile(self.get_source_expressions()[0])
        names = f"SELECT name FROM account_tag WHERE account_id = {account} ORDER BY name"  # noqa: S608  a column
        joined = "string_agg(name, ', ')" if connection.vendor == "postgresql" else "group_concat(name, ', ')"
        return f"(SELECT {joined} FROM ({names}) AS put)", list(values)  # noqa: S608  constants


class _Instant(Func):
    """An instant as text with its offset, so that the driver does not make an object of it only to be undone."""

    output_field = TextField()

    def as_sql(self, compiler: Any, connection: Any, *_rest: Any, **_more: Any) -> tuple[str, list[Any]]:
        """SQLite keeps UTC without saying so; COPY writes the offset by itself."""
        column, values = compiler.compile(self.get_source_expressions()[0])
        return (column if connection.vendor == "postgresql" else f"({column} || '+00:00')"), list(values)


@dataclass(frozen=True, slots=True)
class ExportList:
    """What leaves: the columns for the writer, and the rows, which are asked for when they are taken."""

    columns: tuple[Column, ...]
    rows: Iterator[Sequence[Value]]


def export_keys() -> tuple[str, ...]:
    """The keys of all columns, those that apps above know included."""
    return (*KEYS, *(column.key for column in more_columns()))


def chosen_columns(actor: Actor, keys: Sequence[str]) -> tuple[ExportColumn | MoreColumn, ...]:
    """The columns of those keys in the order of `export_keys`; when none is known all but those that leave by name only.
    Those of contacts are left out for an actor that may not export people's data, what was agreed for one that does not
    see subscriptions."""
    closed = set() if actor.gets_people(Way.FILE) else set(CONTACT_KEYS)
    closed |= set() if sees_agreed(actor) else AGREED_KEYS
    every: tuple[ExportColumn | MoreColumn, ...] = (*COLUMNS, *more_columns())
    mine = [column for column in every if column.key not in closed]
    named = tuple(column for column in mine if column.key in keys)
    return named or tuple(column for column in mine if isinstance(column, ExportColumn) or not column.by_name)


def export_list(
    actor: Actor,
    query: ListQuery,
    *,
    keys: Sequence[str] = (),
    people: Mapping[int, str],
    languages: Mapping[str, str],
    zone: tzinfo,
    at: datetime,
) -> ExportList:
    """Everything that a question means, on all pages, in its order, in the language now active.

    `keys` are the columns; `people` names who looks after clients, by user id; days are those of `zone`. A search is
    answered in full, also where the list shows only the first hits. Raises Forbidden.
    """
    chosen = chosen_columns(actor, keys)
    columns = [column for column in chosen if isinstance(column, ExportColumn)]
    more = [column.key for column in chosen if isinstance(column, MoreColumn)]
    ordered = _ordered(matching_all(actor, query, at=at), query)
    there, _above = accounts_below(actor)
    there = there.annotate(tag_names=_TagNames(F("id")))
    words: Mapping[Words, Mapping[Any, str]] = {
        "state": {str(value): str(label) for value, label in Account.State.choices},
        "ownership": {str(value): str(label) for value, label in Account.Ownership.choices},
        "language": languages,
        "person": people,
    }
    turns = ((place, _turn(column, words, zone)) for place, column in enumerate(columns))
    found = [(place, turn) for place, turn in turns if turn is not None]
    wanted: list[str | _Instant] = [
        column.source if column.kind == "text" else _Instant(F(column.source)) for column in columns
    ]
    numbers = _statement(ordered.values_list("id"))
    return ExportList(
        columns=tuple(Column(str(column.heading), column.kind) for column in chosen),
        rows=iter(())
        if numbers is None
        else _told(numbers, there.values_list("id", *wanted), found, filler(more, at) if more else None),
    )


def _statement(rows: QuerySet[Account, Any]) -> tuple[str, Sequence[Any]] | None:
    """The statement; None for a filter that nothing can pass, such as a word that nobody has."""
    try:
        return sql_of(rows)
    except EmptyResultSet:
        return None


def _ordered(rows: QuerySet[Account], query: ListQuery) -> QuerySet[Account]:
    """The order of the list: what was never seen stands before everything else."""
    fields = {
        "name": ("sort_name", "id"),
        "created": ("created_at", "id"),
        "state": ("state", "sort_name", "id"),
        "last_visit": ("last_seen_at", "id"),
    }[query.sort]
    if query.descending:
        return rows.order_by(*(F(name).desc(nulls_last=True if name == "last_seen_at" else None) for name in fields))
    return rows.order_by(*(F(name).asc(nulls_first=True if name == "last_seen_at" else None) for name in fields))


def _turn(column: ExportColumn, words: Mapping[Words, Mapping[Any, str]], zone: tzinfo) -> Turn | None:
    """What makes a value of the database one of the file; None for texts, which stay."""
    if column.words is not None:
        texts = words[column.words]
        if column.words == "person":
            return lambda value: texts.get(int(value), "") if value is not None else None
        return lambda value: texts.get(value, value)
    if column.kind == "date":

        def day(value: Any) -> date | None:
            return None if value is None else datetime.fromisoformat(value).astimezone(zone).date()

        return day
    if column.kind == "datetime":
        return lambda value: None if value is None else datetime.fromisoformat(value)
    return None


def _told(
    numbers: tuple[str, Sequence[Any]],
    there: QuerySet[Account, Any],
    turns: Sequence[tuple[int, Turn]],
    more: Callable[[Sequence[int]], Mapping[int, Sequence[Value]]] | None,
) -> Iterator[Sequence[Value]]:
    """The rows of `there`, which begin with their number, in the order of `numbers`; without those that are no longer there.
    Behind each what `more` says of it."""
    order = array("q", (int(number) for (number,) in _rows(*numbers)))
    for start in range(0, len(order), _FETCHED):
        batch = order[start : start + _FETCHED]
        # Asked now, not as it was when the export began: whoever has gone is told of no more.
        statement = _statement(there.filter(id__in=list(batch)))
        rows = {int(row[0]): list(row[1:]) for row in _rows(*statement)} if statement is not None else {}
        beside = more(list(rows)) if more is not None else {}
        for number in batch:
            cells = rows.get(number)
            if cells is None:
                continue
            for place, turn in turns:
                cells[place] = turn(cells[place])
            cells += beside.get(number, ())
            yield cells


def _rows(sql: str, values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The rows as the database has them: texts, numbers, and instants as ISO texts with their offset."""
    with connection.cursor() as cursor:  # past the scope: the statement was made within it
        if connection.vendor == "postgresql":
            whole = connection.ops.compose_sql(sql, values)  # type: ignore[attr-defined]  # PostgreSQL's own
            with ExitStack() as stack:
                # Begun past the wall and no longer: between two rows the caller's code runs, perhaps in no scope at all.
                with past_scope("the statement was made within the scope"):
                    copy = stack.enter_context(cursor.copy(f"COPY ({whole}) TO STDOUT"))
                yield from copy.rows()
            return
        cursor.execute(sql, values)
        while batch := cursor.fetchmany(_FETCHED):
            yield from batch

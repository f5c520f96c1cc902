"""Which accounts a typed text or a rare filter can mean: at most `CAP` ids each, found by index, before any sorting.

Without the cap a common word would sort a million rows for the first fifty; without the index a rare one would read
them all. Whoever asks gets told when the cap was reached.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import BooleanField, F, Func, QuerySet, Value

from sublet.accounts.models import Account, AccountTag
from sublet.accounts.search import Exact, Question, address_word

CAP = 800
LOOKED_AT = 1600
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Candidates:
    """`ids` is None when nothing narrows; `open_terms` are words too common to be counted out here, which the list's own
    statement still checks; `capped` says that there may be more than was looked at."""

    ids: frozenset[int] | None
    open_terms: tuple[str, ...] = ()
    capped: bool = False


def _begins(column: str, prefix: str) -> tuple[str, list[str]]:
    """SQL for "`column` begins with `prefix`" that this database answers from the index."""
    if connection.vendor == "postgresql":
        # Not LIKE: behind the wall (`foundation.walls`) PostgreSQL would ask each row for its account first, and only then
        # for the word, because LIKE might tell of what it sees. These two are known not to.
        return f"{column} ~>=~ %s AND {column} ~<~ %s", [prefix, prefix + _LAST]
    return f"{column} >= %s AND {column} < %s", [prefix, prefix + _LAST]


def _word_order() -> str:
    """The index's own order: PostgreSQL would sort all matches for any other."""
    return "word USING ~<~" if connection.vendor == "postgresql" else "word"


def begins(prefix: str, *, contacts: bool = True) -> dict[str, Any]:
    """The same for a filter of the ORM on `word`; without `contacts` for words that are not a contact's alone."""
    known = {} if contacts else {"personal": False}
    if connection.vendor == "postgresql":
        return {"word__startswith": prefix, **known}
    return {"word__gte": prefix, "word__lt": prefix + _LAST, **known}


def few(rows: QuerySet[Account]) -> frozenset[int] | None:
    """The ids of the rows, if they are few enough to be named; else None."""
    found = list(rows.order_by().values_list("id", flat=True)[: CAP + 1])
    return frozenset(found) if len(found) <= CAP else None


def among(ids: Sequence[int]) -> Func:
    """The condition that an account is one of these: one parameter however many there are. A thousand placeholders would
    take the database, the driver and Django three times as long to read as the rows take to find."""
    if connection.vendor == "postgresql":
        given, template = Value(list(ids)), "(%(expressions)s::bigint[]))"
        return Func(F("id"), given, arg_joiner=" = ANY(", template=template, output_field=BooleanField())
    given, template = Value(json.dumps(list(ids))), "%(expressions)s))"
    joiner = " IN (SELECT value FROM json_each("
    return Func(F("id"), given, arg_joiner=joiner, template=template, output_field=BooleanField())


def _within(reach: frozenset[int] | None, contacts: bool = True) -> tuple[str, list[int]]:
    """`contacts`: words that only a contact has count as well."""
    known = "" if contacts else " AND NOT personal"
    if reach is None:
        return known, []
    if not reach:
        return " AND 1 = 0", []
    return f"{known} AND account_id IN ({', '.join(['%s'] * len(reach))})", sorted(reach)


def _told_at_once(sql: str) -> str:
    """A statement that gives one column of numbers as one that gives them in a single row: to make a thousand rows of them
    in Python would take longer than to find them."""
    gathered = "array_agg" if connection.vendor == "postgresql" else "json_group_array"
    return f"SELECT {gathered}(id) FROM ({sql}) AS found"  # noqa: S608  the statements below


def _numbers_in(told: Any) -> list[int]:
    numbers: list[int] = json.loads(told) if isinstance(told, str) else told or []
    return numbers


def ids_with_word(parent_id: int, prefix: str, reach: frozenset[int] | None, *, contacts: bool) -> list[int]:
    """Ids of accounts below `parent_id` with a word that begins so: one more than `CAP` at most, in order of the words."""
    begins, values = _begins("word", prefix)
    within, reached = _within(reach, contacts)
    # past the scope: bound to one account above by its key, which the actor has been let into
    with connection.cursor() as cursor:
        cursor.execute(
            _told_at_once(
                f"SELECT account_id AS id FROM account_word WHERE parent_id = %s AND {begins}{within}"  # noqa: S608  constants
                f" ORDER BY {_word_order()}, account_id LIMIT {CAP + 1}"
            ),
            [parent_id, *values, *reached],
        )
        return _numbers_in(cursor.fetchone()[0])


def ids_with_name(parent_id: int, prefix: str, reach: frozenset[int] | None) -> list[int]:
    """Ids of accounts below `parent_id` whose sorted name begins so, in order of the names: `CAP` at most."""
    within, reached = _within(reach)
    sql = (
        "SELECT id, sort_name FROM account WHERE parent_id = %s AND sort_name >= %s AND sort_name < %s"  # noqa: S608  constants
        f"{within.replace('account_id', 'id')} ORDER BY sort_name, id LIMIT {CAP}"
    )
    values: list[str | int] = [parent_id, prefix, prefix + _LAST, *reached]
    # past the scope: bound to one account above by its key, which the actor has been let into
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.execute(_told_at_once(sql), values)
            return _numbers_in(cursor.fetchone()[0])
        cursor.execute(sql, values)
        # Under a language's own collation the range holds neighbors that do not begin so.
        return [number for number, name in cursor.fetchall() if name.startswith(prefix)]


def for_question(asked: Question, parent_id: int, reach: frozenset[int] | None, *, contacts: bool = True) -> Candidates:
    """The accounts that a typed text can mean: every term must begin one of their words; without `contacts`, one that
    is not a contact's alone.

    Exact while one of the terms is rare. When all are common: those whose name begins as typed, which then has every
    word of it, and as many others as the cap allows.
    """
    if not asked.terms:
        return Candidates(ids=None)
    if len(asked.terms) == 1:
        return _for_one(asked, parent_id, reach, contacts)
    rare: frozenset[int] | None = None
    common: list[tuple[str, int]] = []
    for term, number in zip(asked.terms, _numbers(parent_id, asked.terms, reach, contacts), strict=True):
        if number > CAP:
            common.append((term, number))
            continue
        found = frozenset(ids_with_word(parent_id, term, reach, contacts=contacts) if number else ())
        rare = found if rare is None else rare & found
        if not rare:
            return Candidates(ids=rare)
    if rare is not None:
        return Candidates(ids=rare, open_terms=tuple(term for term, _ in common))
    named = ids_with_name(parent_id, asked.name, reach) if asked.plain else []
    if len(named) == CAP:
        return Candidates(ids=frozenset(named), capped=True)
    together, capped = _ids_with_all(parent_id, common, reach, contacts)
    return Candidates(ids=_first(named, together), capped=capped)


def _for_one(asked: Question, parent_id: int, reach: frozenset[int] | None, contacts: bool) -> Candidates:
    """The same for a single term, which need not be counted first."""
    found = ids_with_word(parent_id, asked.terms[0], reach, contacts=contacts)
    if len(found) <= CAP:
        return Candidates(ids=frozenset(found))
    named = ids_with_name(parent_id, asked.name, reach) if asked.plain else []
    return Candidates(ids=_first(named, found), capped=True)


def _first(named: Sequence[int], others: Sequence[int]) -> frozenset[int]:
    """As many as the cap allows, those called so before the others."""
    return frozenset(list(dict.fromkeys([*named, *others]))[:CAP])


def _numbers(parent_id: int, terms: Sequence[str], reach: frozenset[int] | None, contacts: bool) -> list[int]:
    """How many words below `parent_id` begin with each term; beyond `LOOKED_AT` they are not counted."""
    within, reached = _within(reach, contacts)
    counts: list[str] = []
    values: list[str | int] = []
    for term in terms:
        begun, given = _begins("word", term)
        counts.append(
            "(SELECT COUNT(*) FROM (SELECT 1 FROM account_word"  # noqa: S608  constants
            f" WHERE parent_id = %s AND {begun}{within} LIMIT {LOOKED_AT + 1}) AS seen)"
        )
        values += [parent_id, *given, *reached]
    # past the scope: bound to one account above by its key, which the actor has been let into
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(counts)}", values)
        return list(cursor.fetchone())


def _ids_with_all(
    parent_id: int, terms: Sequence[tuple[str, int]], reach: frozenset[int] | None, contacts: bool
) -> tuple[list[int], bool]:
    """Ids of accounts with a word for each of several common terms, and whether there may be more.

    Each term comes with its number of `_numbers`. Looks at `LOOKED_AT` accounts of the rarest, however many there are.
    """
    within, reached = _within(reach, contacts)
    known = "" if contacts else " AND NOT other.personal"
    rarest, number = min(terms, key=lambda each: (each[1], -len(each[0])))
    # past the scope: bound to one account above by its key, which the actor has been let into
    with connection.cursor() as cursor:
        begun, given = _begins("word", rarest)
        values: list[str | int] = [parent_id, *given, *reached]
        others: list[str] = []
        for term, _ in terms:
            if term != rarest:
                also, more = _begins("other.word", term)
                others.append(
                    f"EXISTS (SELECT 1 FROM account_word other WHERE other.account_id = few.account_id AND {also}{known})"  # noqa: S608  constants
                )
                values += more
        cursor.execute(
            "SELECT account_id FROM (SELECT account_id FROM account_word"  # noqa: S608  constants
            f" WHERE parent_id = %s AND {begun}{within} ORDER BY {_word_order()}, account_id LIMIT {LOOKED_AT}) AS few"
            f" WHERE {' AND '.join(others)} LIMIT {CAP + 1}",
            values,
        )
        found = [row[0] for row in cursor.fetchall()]
    return found[:CAP], number > LOOKED_AT or len(found) > CAP


def for_tags(tags: Sequence[str], parent_id: int) -> frozenset[int] | None:
    """The accounts with one of the tags, if they are few enough to be named; else None."""
    # unscoped: bound to one account above by its key, which the actor has been let into
    rows = AccountTag.unscoped.filter(parent_id=parent_id, name__in=tags).values_list("account_id", flat=True)
    found = list(rows[: CAP + 1])
    return frozenset(found) if len(found) <= CAP else None


def for_exact(asked: Exact, parent_id: int, reach: frozenset[int] | None) -> frozenset[int]:
    """The accounts whose contact has exactly that address or number, `CAP` at most. One statement, by index."""
    within, reached = _within(reach)
    word = asked.digits or address_word(asked.email)
    # past the scope: bound to one account above by its key, which the actor has been let into
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT account_id FROM account_word WHERE parent_id = %s AND word = %s{within} LIMIT {CAP}",  # noqa: S608  constants
            [parent_id, word, *reached],
        )
        return frozenset(row[0] for row in cursor.fetchall())

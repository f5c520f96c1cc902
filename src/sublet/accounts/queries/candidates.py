"""Which accounts a typed text or a rare filter can mean: at most `CAP` ids each, found by index, before any sorting.

Without the cap a common word would sort a million rows for the first fifty; without the index a rare one would read
them all. Whoever asks gets told when the cap was reached. One word is one statement, several are two: what there is to be
found never changes the number of statements, and beyond the cap no longer the work.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import BooleanField, F, Func, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.lookups import IsNull

from sublet.accounts.models import Account, AccountTag, SearchWord
from sublet.accounts.search import Exact, Question, address_word

#: What up to so many accounts have is rare, and found whole.
CAP = 500
#: Of what more have, so many are shown: four pages. To fetch and sort each costs more than to find it, and nobody leafs
#: through hundreds; a filter beside it may leave most of them out, so then it is `CAP`.
SHOWN = 200
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Candidates:
    """`told` are the ids as the database gathered them (`told_of`), None when nothing narrows; `capped` says that there may
    be more than was looked at.

    They stay a text while nothing else narrows: to make five hundred numbers of it and a text of those again takes Python
    longer than the database needs to find them.
    """

    told: str | None
    capped: bool = False

    @property
    def ids(self) -> frozenset[int] | None:
        """The same as numbers."""
        if self.told is None:
            return None
        return frozenset(json.loads(self.told.replace("{", "[").replace("}", "]")))


def told_of(ids: Iterable[int]) -> str:
    """The ids as a text that this database reads as a list of numbers: the only form in which many of them are given to it."""
    numbers = ",".join(map(str, ids))
    return f"{{{numbers}}}" if connection.vendor == "postgresql" else f"[{numbers}]"


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


def among(told: str) -> Func:
    """The condition that an account is one of those (`told_of`): one parameter however many there are. A thousand placeholders
    would take the database, the driver and Django three times as long to read as the rows take to find."""
    if connection.vendor == "postgresql":
        joiner, template = " = ANY(", "(%(expressions)s::bigint[]))"
    else:
        joiner, template = " IN (SELECT value FROM json_each(", "(%(expressions)s)))"
    return Func(F("id"), Value(told), arg_joiner=joiner, template=template, output_field=BooleanField())


def _within(reach: frozenset[int] | None, contacts: bool = True) -> tuple[str, list[int]]:
    """`contacts`: words that only a contact has count as well."""
    known = "" if contacts else " AND NOT personal"
    if reach is None:
        return known, []
    if not reach:
        return " AND 1 = 0", []
    return f"{known} AND account_id IN ({', '.join(['%s'] * len(reach))})", sorted(reach)


def _gathered(sql: str) -> str:
    """A statement that gives ids as one that gives them in a single text, also when there are none."""
    if connection.vendor == "postgresql":
        return f"SELECT COALESCE(array_agg(id)::text, '{{}}') FROM ({sql}) AS found"  # noqa: S608  the statements below
    return f"SELECT json_group_array(id) FROM ({sql}) AS found"  # noqa: S608  the statements below


def _with_word(
    parent_id: int, prefix: str, reach: frozenset[int] | None, contacts: bool, limit: int
) -> tuple[str, list[str | int]]:
    """SQL for the ids of accounts below `parent_id` with a word that begins so, in order of the words."""
    begun, given = _begins("word", prefix)
    within, reached = _within(reach, contacts)
    sql = (
        f"SELECT account_id AS id FROM account_word WHERE parent_id = %s AND {begun}{within}"  # noqa: S608  constants
        f" ORDER BY {_word_order()}, account_id LIMIT {limit}"
    )
    return sql, [parent_id, *given, *reached]


def _with_name(
    asked: Question, parent_id: int, reach: frozenset[int] | None, limit: int
) -> tuple[str, list[str | int]]:
    """SQL for the ids of accounts below `parent_id` whose sorted name begins as typed, in order of the names."""
    if not asked.plain:
        return "SELECT id FROM account WHERE 1 = 0", []
    within, reached = _within(reach)
    sql = (
        "SELECT id, sort_name FROM account WHERE parent_id = %s AND sort_name >= %s AND sort_name < %s"  # noqa: S608  constants
        f"{within.replace('account_id', 'id')} ORDER BY sort_name, id LIMIT {limit}"
    )
    values: list[str | int] = [parent_id, asked.name, asked.name + _LAST, *reached]
    if connection.vendor != "postgresql":
        return f"SELECT id FROM ({sql}) AS called", values  # noqa: S608  constants
    # Under a language's own collation the range holds neighbors that do not begin so.
    return f"SELECT id FROM ({sql}) AS called WHERE starts_with(sort_name, %s)", [*values, asked.name]  # noqa: S608  constants


def _named_first(limit: str) -> str:
    """Those called so before the others, as many as may be."""
    others = "SELECT id FROM worded WHERE id NOT IN (SELECT id FROM named)"
    return _gathered(f"SELECT id FROM named UNION ALL {others} LIMIT {limit}")  # noqa: S608  constants


def for_question(
    asked: Question, parent_id: int, reach: frozenset[int] | None, *, contacts: bool = True, shown: int | None = None
) -> Candidates:
    """The accounts that a typed text can mean: every term must begin one of their words; without `contacts`, one that
    is not a contact's alone.

    Exact while one of the terms is rare. When all are common: those whose name begins as typed, which then has every
    word of it, and others, `shown` together. No statement without terms, one for a single term, two for several.
    """
    shown = SHOWN if shown is None else shown
    if not asked.terms:
        return Candidates(told=None)
    named, values = _with_name(asked, parent_id, reach, shown)
    if len(asked.terms) == 1:
        worded, given = _with_word(parent_id, asked.terms[0], reach, contacts, CAP + 1)
        number_of = "(SELECT COUNT(*) FROM worded)"
        limit = f"(SELECT CASE WHEN {number_of} > {CAP} THEN {shown} ELSE {CAP} END)"
        told, number = _asked(
            f"WITH named AS ({named}), worded AS ({worded}) SELECT ({_named_first(limit)}), {number_of}",
            [*values, *given],
        )
        return Candidates(told=told, capped=number > CAP)
    numbers = _numbers(parent_id, asked.terms, reach, contacts)
    # Of two that are as frequent the longer one: more letters mean fewer clients, beyond what was counted too.
    number, _length, rarest = min((n, -len(term), term) for term, n in zip(asked.terms, numbers, strict=True))
    others = [term for term in asked.terms if term != rarest]
    worded, given = _with_all(parent_id, rarest, others, reach, contacts)
    (told,) = _asked(
        f"WITH named AS ({named}), worded AS ({worded}) {_named_first(str(shown if number > CAP else CAP))}",
        [*values, *given],
    )
    return Candidates(told=told, capped=number > CAP)


def _asked(sql: str, values: Sequence[str | int]) -> tuple[Any, ...]:
    # past the scope: bound to one account above by its key, which the actor has been let into
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: tuple[Any, ...] = cursor.fetchone()
    return found


def _numbers(parent_id: int, terms: Sequence[str], reach: frozenset[int] | None, contacts: bool) -> Sequence[int]:
    """How many words below `parent_id` begin with each term; beyond `CAP` they are not counted. One statement."""
    counts: list[str] = []
    values: list[str | int] = []
    for term in terms:
        worded, given = _with_word(parent_id, term, reach, contacts, CAP + 1)
        counts.append(f"(SELECT COUNT(*) FROM ({worded}) AS seen)")  # noqa: S608  constants
        values += given
    return _asked(f"SELECT {', '.join(counts)}", values)


def _with_all(
    parent_id: int, rarest: str, others: Sequence[str], reach: frozenset[int] | None, contacts: bool
) -> tuple[str, list[str | int]]:
    """SQL for the ids of accounts with a word for each of several terms: `CAP` accounts of the rarest are looked at, and each
    is looked up for the others."""
    few, values = _with_word(parent_id, rarest, reach, contacts, CAP)
    known = "" if contacts else " AND NOT other.personal"
    also: list[str] = []
    for term in others:
        begun, given = _begins("other.word", term)
        # Not EXISTS: PostgreSQL would make a join of it, and for a common word read all that have it.
        also.append(
            f"(SELECT 1 FROM account_word other WHERE other.account_id = few.id AND {begun}{known} LIMIT 1) = 1"  # noqa: S608  constants
        )
        values += given
    return f"SELECT id FROM ({few}) AS few WHERE {' AND '.join(also)}", values  # noqa: S608  constants


def with_words(asked: Question, *, contacts: bool = True) -> Q:
    """The condition that an account has a word for each term, looked up for one account after the other: for few of them."""
    conditions = Q()
    for term in asked.terms:
        # unscoped: joined to rows that are bound already
        words = SearchWord.unscoped.filter(account_id=OuterRef("id"), **begins(term, contacts=contacts))
        # Not Exists: PostgreSQL would make a join of it, and for a common word read all that have it.
        conditions &= Q(IsNull(Subquery(words.values("account_id")[:1]), False))
    return conditions


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

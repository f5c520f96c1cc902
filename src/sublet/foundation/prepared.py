"""Questions whose SQL is made once in a process.

Django makes the SQL of a queryset anew each time that it is asked, which takes longer than most small statements do. What
every request asks (who is it, what may it do) is made here once and then only asked:

    _person = Prepared(lambda: User.objects.filter(id=number("id")).order_by("id")[:1])
    _person.first(id=7)

The question must be the same for everybody but for what is given: a scoped manager, which narrows by who asks, is refused.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from contextvars import Context
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

from django.db import connections, models
from django.db.models.expressions import Expression
from django.db.models.query import ModelIterable, QuerySet

from sublet.foundation.scope import NoScope
from sublet.foundation.unscoped import UnscopedQuerySet

T = TypeVar("T")
M = TypeVar("M", bound=models.Model)


class _Slot:
    """Where in a statement's values something given goes."""

    def __init__(self, name: str, field: models.Field[Any, Any]) -> None:
        self.name = name
        self.field = field


class Given(Expression):
    """A value that is named now and given each time. `output_field` says how it is told to the database."""

    def __init__(self, name: str, output_field: models.Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[_Slot]]:  # type: ignore[override]  # values come later
        return "%s", [_Slot(self.name, self.output_field)]


def number(name: str) -> Given:
    """A whole number."""
    return Given(name, models.BigIntegerField())


def text(name: str) -> Given:
    """A text. It must hold no NUL, which PostgreSQL cannot take."""
    return Given(name, models.TextField())


def moment(name: str) -> Given:
    """An instant, with its zone."""
    return Given(name, models.DateTimeField())


def _made_for_everybody(make: Callable[[], T]) -> T:
    """What `make` makes where no scope is in force. Raises TypeError when it needs one, in a part of the statement too: what it
    means for whoever asks first would be asked for everybody else in this process."""
    try:
        return Context().run(make)
    except NoScope as fault:
        raise TypeError("a question that is asked within a scope cannot be made once") from fault


def _told(values: Sequence[Any], given: Mapping[str, Any], connection: Any) -> list[Any]:
    return [
        each.field.get_db_prep_value(given[each.name], connection) if isinstance(each, _Slot) else each
        for each in values
    ]


def sql_of(rows: QuerySet[Any, Any]) -> tuple[str, Sequence[Any]]:
    """The text of what a queryset asks, and its values. Raises EmptyResultSet for a filter that nothing can pass."""
    sql, values = rows.query.get_compiler(using="default").as_sql()
    return sql, values


class PreparedSql:
    """A statement that is put together of the SQL of several querysets, made once for each process and kind of database.

    `make` gives its text and its values, among which `Given` ones stand as they came out of Django.
    """

    def __init__(self, make: Callable[[], tuple[str, Sequence[Any]]]) -> None:
        self._make = make
        self._made: dict[str, tuple[str, tuple[Any, ...]]] = {}

    def row(self, **given: Any) -> tuple[Any, ...]:
        """The one row of the answer. Raises KeyError when something that the statement names is not given."""
        return self.rows(**given)[0]

    def rows(self, **given: Any) -> list[tuple[Any, ...]]:
        """The rows of the answer, as the database tells them. Raises KeyError likewise."""
        connection = connections["default"]
        made = self._made.get(connection.vendor)
        if made is None:
            sql, values = _made_for_everybody(self._make)
            made = self._made[connection.vendor] = (sql, tuple(values))
        # past the scope: what the statement is put together of says which rows it means; the database's wall stands
        with connection.cursor() as cursor:
            cursor.execute(made[0], _told(made[1], given, connection))
            return list(cursor.fetchall())


class _Made:
    """The statement as one database wants it, with what Django needs to make objects of its rows."""

    def __init__(self, rows: QuerySet[Any]) -> None:
        compiler: Any = rows.query.get_compiler(using="default")
        self.sql, values = compiler.as_sql()
        self.values = tuple(values)
        self.compiler = compiler
        self.way = rows._way if isinstance(rows, UnscopedQuerySet) else nullcontext
        converters = compiler.get_converters([each[0] for each in compiler.select[: compiler.col_count]])
        compiler.get_converters = lambda _fields: converters


class Prepared(Generic[M]):
    """A question about objects of a model. `ask` makes it, once for each process and kind of database, when first asked.

    `select_related`, `annotate`, `only` and a bound work as ever; `values`, `prefetch_related` and lists of given length
    do not.
    """

    def __init__(self, ask: Callable[[], QuerySet[M]]) -> None:
        self._ask = ask
        self._made: dict[str, _Made] = {}

    def rows(self, **given: Any) -> list[M]:
        """The objects, as the question says, in one statement. Raises KeyError when something that it names is not given,
        TypeError when it depends on who asks."""
        connection = connections["default"]
        made = self._made.get(connection.vendor)
        if made is None:
            made = self._made[connection.vendor] = _made_for_everybody(lambda: _Made(self._checked(self._ask())))
        # past the scope: the queryset that it was made of is checked, and opens the wall only if it is a named way past
        with made.way(), connection.cursor() as cursor:
            cursor.execute(made.sql, _told(made.values, given, connection))
            answer = cursor.fetchall()
        # Django's own way from rows to objects, with a compiler that has its answer already. Another thread may be on its
        # way with the same one.
        compiler = copy.copy(made.compiler)
        compiler.connection = connection
        compiler.execute_sql = lambda **_how: [answer]
        query = SimpleNamespace(get_compiler=lambda using: compiler)
        told: Any = SimpleNamespace(db="default", query=query, _known_related_objects={})
        return list(ModelIterable(told))

    def first(self, **given: Any) -> M | None:
        """The first of them, None if there is none. The question itself must be bounded and ordered."""
        found = self.rows(**given)
        return found[0] if found else None

    @staticmethod
    def _checked(rows: QuerySet[M]) -> QuerySet[M]:
        if hasattr(rows.model, "unscoped") and not isinstance(rows, UnscopedQuerySet):
            raise TypeError(f"a question about {rows.model.__name__} that is asked within a scope cannot be made once")
        return rows

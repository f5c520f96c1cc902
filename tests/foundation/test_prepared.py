"""Questions that are made once answer as those that are made each time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q
from django.test.utils import CaptureQueriesContext

from sublet.accounts.models import Account
from sublet.foundation.prepared import Prepared, PreparedSql, moment, number, text
from sublet.foundation.scope import actor_scope
from sublet.people.models import Collaborator, User
from tests.people import World


def place() -> Prepared[Collaborator]:
    # unscoped: a test
    return Prepared(
        lambda: (
            Collaborator.unscoped.filter(user_id=number("person"), account__ref=text("account"))
            .select_related("user", "account__parent")
            .annotate(same=Count("id"))
            .order_by("id")[:1]
        )
    )


def person(name: str) -> User:
    return User.objects.get(email=f"{name}@example.test")


def test_it_finds_what_the_question_finds(world: World) -> None:
    asked = place()
    for who, account in ((person("cleo"), world.carl), (person("rosa"), world.rosa)):
        found = asked.first(person=who.id, account=account.ref)
        assert found is not None
        with CaptureQueriesContext(connection) as statements:
            assert (found.user, found.account) == (who, account)
            assert found.account.parent == account.parent
            assert found.same == 1  # type: ignore[attr-defined]  # annotated
        assert not statements.captured_queries
    assert asked.first(person=person("cleo").id, account=world.rosa.ref) is None


def test_it_is_made_once_and_asked_each_time(world: World) -> None:
    made = []

    def question():  # type: ignore[no-untyped-def]  # the rows of any model
        made.append(1)
        return User.objects.filter(name=text("name")).order_by("id")

    asked = Prepared(question)
    cleo = person("cleo")
    for _ in range(3):
        with CaptureQueriesContext(connection) as statements:
            assert asked.rows(name=cleo.name) == [cleo]
        assert len(statements.captured_queries) == 1
    assert asked.rows(name="'; DROP TABLE account; --") == []
    assert made == [1]


def test_instants_are_told_as_the_database_keeps_them(world: World) -> None:
    # unscoped: a test
    asked = Prepared(lambda: Account.unscoped.filter(created_at__lt=moment("at")).order_by("id"))
    born = world.rosa.created_at
    assert world.rosa not in asked.rows(at=born)
    assert world.rosa in asked.rows(at=born + timedelta(microseconds=1))
    there = (born + timedelta(microseconds=1)).astimezone(UTC)
    assert world.rosa in asked.rows(at=there)
    assert asked.rows(at=datetime(1990, 1, 1, tzinfo=UTC)) == []


def test_another_object_each_time(world: World) -> None:
    asked = place()
    given = {"person": person("cleo").id, "account": world.carl.ref}
    first, second = asked.first(**given), asked.first(**given)
    assert first is not None
    assert first is not second
    assert first.account is not second.account  # type: ignore[union-attr]  # found above


def test_what_depends_on_who_asks_is_refused(world: World) -> None:
    with actor_scope(world.actor("rosa")), pytest.raises(TypeError):
        Prepared(lambda: Account.objects.filter(id=number("id"))).rows(id=1)


def test_what_depends_on_who_asks_is_refused_in_a_part_of_a_statement_too(world: World) -> None:
    def part() -> tuple[str, Sequence[Any]]:
        rows = Account.objects.filter(id=number("id")).values("id")
        sql, given = rows.query.get_compiler(connection=connection).as_sql()
        return sql, given

    places = Prepared(
        lambda: User.objects.filter(Exists(Collaborator.objects.filter(user_id=OuterRef("id")))).order_by("id")
    )
    with actor_scope(world.actor("rosa")):
        with pytest.raises(TypeError):
            places.rows()
        with pytest.raises(TypeError):
            PreparedSql(part).row(id=world.carl.id)


def test_something_that_is_not_given_is_told(world: World) -> None:
    with pytest.raises(KeyError):
        place().first(person=1)


def test_an_open_question_reaches_past_the_scope_and_no_further(world: World) -> None:
    # unscoped: a test
    asked = Prepared(lambda: Account.unscoped.filter(id=number("id")))
    with actor_scope(world.actor("cleo")):
        assert asked.rows(id=world.rosa.id) == [world.rosa]
        assert not Account.objects.filter(id=world.rosa.id).exists()


def test_a_statement_of_several_parts(world: World) -> None:
    def made() -> tuple[str, list[object]]:
        sql, values = [], []
        for condition in (Q(kind="client"), Q(kind="vendor")):
            # unscoped: a test
            rows = Account.unscoped.filter(condition, parent_id__gte=number("above")).values("id")
            part, given = rows.query.get_compiler(connection=connection).as_sql()
            sql.append(f"(SELECT COUNT(*) FROM ({part}) AS seen)")
            values += given
        return f"SELECT {', '.join(sql)}", values

    with actor_scope(world.actor("vera")):
        clients, vendors = PreparedSql(made).row(above=0)
    assert clients > 0
    assert vendors == 0

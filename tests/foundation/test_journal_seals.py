"""The journal defends itself: the database refuses changes, and the chain shows those that were made around it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from sublet.core.chain import GRACE
from sublet.foundation.actor import JOB, platform_actor
from sublet.foundation.bulk import insert_rows
from sublet.foundation.jobs.events import ScheduleSwitchedOn
from sublet.foundation.journal import fences, seals
from sublet.foundation.journal.models import JournalEntry, JournalSeal
from sublet.foundation.journal.operations import record
from sublet.foundation.journal.seals import Break, heads, seal_journal, verify_journal
from tests.factories import AT
from tests.owner import fences_lifted, owning
from tests.thorough import FULL

pytestmark = pytest.mark.django_db

ACTOR = platform_actor(name="Test", account_id=1, account_ref="acc_test", account_name="Vantage", via=JOB)
MINUTE = timedelta(minutes=1)


def told(account_id: int, count: int = 1, at: datetime = AT) -> list[JournalEntry]:
    with transaction.atomic():
        return [
            record(ScheduleSwitchedOn(schedule=f"schedule {n}"), account_id=account_id, actor=ACTOR, at=at)
            for n in range(count)
        ]


def sql(statement: str, *values: str | UUID) -> None:
    with owning(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@contextmanager
def around_the_fences() -> Iterator[None]:
    """Somebody who may take the triggers off."""
    with fences_lifted():
        yield


def breaks() -> list[tuple[int, int, str]]:
    return [(each.account_id, each.position, each.kind) for each in verify_journal().breaks]


def key(entry: JournalEntry) -> str | UUID:
    return entry.id if connection.vendor == "postgresql" else entry.id.hex


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET reason = 'another'",
        "UPDATE journal SET reason = reason WHERE event = 'nothing'",
        "DELETE FROM journal",
        "INSERT OR REPLACE INTO journal SELECT * FROM journal",
        "TRUNCATE journal",
        "UPDATE journal_seal SET position = 5",
        "DELETE FROM journal_seal",
        "INSERT OR REPLACE INTO journal_seal SELECT * FROM journal_seal",
        "TRUNCATE journal_seal",
    ],
)
def test_the_database_refuses_to_change_history(statement: str) -> None:
    told(1)
    seal_journal(at=AT)
    before = (JournalEntry.unscoped.get().reason, JournalSeal.unscoped.get().position)
    elsewhere = {"postgresql": "INSERT OR REPLACE", "sqlite": "TRUNCATE"}[connection.vendor]
    if statement.startswith(elsewhere):
        statement = "DELETE FROM journal"
    if "'nothing'" in statement and connection.vendor == "sqlite":
        statement = (
            "UPDATE journal SET reason = reason"  # SQLite asks for each row, so where there is none nothing is done
        )

    with pytest.raises(IntegrityError, match="the journal is append-only"), transaction.atomic():
        sql(statement)

    assert (JournalEntry.unscoped.get().reason, JournalSeal.unscoped.get().position) == before


def test_the_orm_is_refused_as_well() -> None:
    (entry,) = told(1)

    with pytest.raises(IntegrityError), transaction.atomic(), owning():
        JournalEntry.unscoped.filter(account_id=1).update(reason="another")
    with pytest.raises(IntegrityError), transaction.atomic(), owning():
        entry.delete()
    assert JournalEntry.unscoped.count() == 1


def test_fences_that_are_missing_are_found_and_laid() -> None:
    assert fences.missing(connection) == []
    name = "journal_is_append_only" if connection.vendor == "postgresql" else "journal_is_not_changed"
    sql(f"DROP TRIGGER {name}" + (" ON journal" if connection.vendor == "postgresql" else ""))
    assert fences.missing(connection) == [("journal", name)]

    with owning():
        fences.lay(connection)

    assert fences.missing(connection) == []


def test_each_entry_is_sealed_once_in_the_order_in_which_they_were_made() -> None:
    mine, other = told(1, 3), told(2, 2)

    assert seal_journal(at=AT + MINUTE) == 5
    assert seal_journal(at=AT + 2 * MINUTE) == 0
    rows = JournalSeal.unscoped.order_by("account_id", "position").values_list("account_id", "position", "entry_id")
    assert list(rows) == [
        *((1, position, entry.id) for position, entry in enumerate(mine, 1)),
        *((2, position, entry.id) for position, entry in enumerate(other, 1)),
    ]
    result = verify_journal()
    assert (result.links, result.accounts, result.unsealed, list(result.breaks)) == (5, 2, 0, [])
    assert [(head.account_id, head.position) for head in heads()] == [(1, 3), (2, 2)]


@pytest.mark.parametrize("count", [1, 3])
def test_a_run_asks_as_much_for_many_accounts_as_for_one(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for minute in (1, 2):
        for account_id in range(1, count + 1):
            told(account_id, 2)
        if minute == 1:
            seal_journal(at=AT + MINUTE)
    # Newest seal, accounts, transaction, (lock), last positions, heads, entries, seals, end.
    with django_assert_num_queries(9 if connection.vendor == "postgresql" else 8):
        assert seal_journal(at=AT + 2 * MINUTE) == 2 * count


def test_entries_that_come_in_late_are_sealed_then() -> None:
    told(1, 2)
    seal_journal(at=AT + 60 * MINUTE)
    late, very_late = told(1, 1, at=AT + 50 * MINUTE), told(1, 1, at=AT + 10 * MINUTE)

    assert seal_journal(at=AT + 61 * MINUTE) == 1  # within the slack
    assert seal_journal(at=AT + 62 * MINUTE) == 0
    assert seal_journal(at=AT + 63 * MINUTE, everything=True) == 1  # the nightly run
    order = JournalSeal.unscoped.order_by("position").values_list("entry_id", flat=True)
    assert list(order)[2:] == [late[0].id, very_late[0].id]
    assert breaks() == []


def test_after_a_pause_of_days_nothing_is_overlooked() -> None:
    told(1)
    told(2)
    seal_journal(at=AT + MINUTE)
    told(2, 1, at=AT + timedelta(days=1))
    told(1, 1, at=AT + timedelta(days=3))
    told(3, 1, at=AT - timedelta(days=30))  # an account that has no chain yet

    assert seal_journal(at=AT + timedelta(days=4)) == 2
    assert seal_journal(at=AT + timedelta(days=4), everything=True) == 1
    assert breaks() == []


def test_what_somebody_did_around_the_fences_is_named() -> None:
    entries = told(1, 4)
    told(2, 2)
    seal_journal(at=AT + MINUTE)

    with around_the_fences(), transaction.atomic():
        sql("UPDATE journal SET reason = 'another' WHERE id = %s", key(entries[1]))
        assert breaks() == [(1, 2, "changed")]
        sql("DELETE FROM journal WHERE id = %s", key(entries[0]))
        assert breaks() == [(1, 1, "missing")]
        transaction.set_rollback(True)
    with around_the_fences(), transaction.atomic():
        sql("DELETE FROM journal_seal WHERE account_id = 1 AND position = 2")
        assert breaks() == [(1, 2, "missing")]
        transaction.set_rollback(True)
    with around_the_fences(), transaction.atomic():
        sql("UPDATE journal_seal SET entry_id = %s WHERE account_id = 1 AND position = 3", key(told(1)[0]))
        assert breaks() == [(1, 3, "reordered")]
        transaction.set_rollback(True)
    assert breaks() == []


def test_an_entry_that_was_made_up_afterwards_is_named() -> None:
    told(1, 2, at=AT)
    seal_journal(at=AT + GRACE + MINUTE)
    told(1, 1, at=AT - MINUTE)

    seal_journal(at=AT + GRACE + 2 * MINUTE, everything=True)

    assert breaks() == [(1, 3, "inserted")]
    assert isinstance(verify_journal(account_id=1).breaks[0], Break)
    assert list(verify_journal(account_id=2).breaks) == []


def test_who_comes_second_leaves_what_the_first_sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both read the heads, then both write: the unique constraint decides, and nothing is sealed twice."""
    told(1, 2)
    seal_journal(at=AT)
    told(1)
    monkeypatch.setattr(seals, "heads_of", lambda accounts: {})

    assert seal_journal(at=AT + MINUTE) == 0
    assert JournalSeal.unscoped.count() == 2

    monkeypatch.undo()
    assert seal_journal(at=AT + MINUTE) == 1
    assert breaks() == []


def test_a_run_that_dies_leaves_whole_chains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "_ACCOUNTS", 1)
    monkeypatch.setattr(seals, "_ROWS", 2)
    told(1, 2)
    told(2, 4)
    runs = iter(range(9))

    def dies(*arguments: Any) -> None:
        insert_rows(*arguments)
        if next(runs) == 1:
            raise KeyboardInterrupt  # in the middle of the second account

    monkeypatch.setattr(seals, "insert_rows", dies)
    with pytest.raises(KeyboardInterrupt):
        seal_journal(at=AT)
    assert [(head.account_id, head.position) for head in heads()] == [(1, 2)]

    assert seal_journal(at=AT + MINUTE) == 4
    assert [(head.account_id, head.position) for head in heads()] == [(1, 2), (2, 4)]
    assert breaks() == []


def test_a_run_that_dies_at_any_statement_leaves_whole_chains(monkeypatch: pytest.MonkeyPatch) -> None:
    """After each of its statements, in turn: the next run takes up what is left, and nothing is sealed twice."""
    monkeypatch.setattr(seals, "_ACCOUNTS", 1)
    monkeypatch.setattr(seals, "_ROWS", 1)
    asked = last = 0

    def dies(execute: Any, *arguments: Any) -> Any:
        nonlocal asked
        answer = execute(*arguments)
        asked += 1
        if asked == last:
            raise KeyboardInterrupt
        return answer

    at = AT
    for turn, last in enumerate(range(1, 40, 1 if FULL else 3), 1):  # noqa: B007  read by `dies`
        at += MINUTE
        told(1, 2, at=at)
        told(2, 1, at=at)
        asked = 0
        try:
            with connection.execute_wrapper(dies):
                seal_journal(at=at)
            break
        except KeyboardInterrupt:
            assert breaks() == []
        seal_journal(at=at)
        assert [head.position for head in heads()] == [2 * turn, turn]
    assert last > 12
    assert breaks() == []

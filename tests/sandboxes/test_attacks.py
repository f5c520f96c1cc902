"""What a sandbox never holds, whom it never reaches, and what two at a time, a past day and a killed process do to it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import zlib
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from sublet.billing.models import Invoice, LedgerEntry
from sublet.billing.models.payments import GatewayAccount, Payment
from sublet.core import sandboxes as rules
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.jobs.models import Job
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.foundation.walls import tenant_models
from sublet.messaging.models import OutboxMail
from sublet.people.models import User
from sublet.sandboxes import moving, operations, queries, running
from sublet.sandboxes.copying import LEFT, TABLES
from sublet.sandboxes.models import Sandbox, SandboxInvoice, SandboxLine, SandboxMail, SandboxMove
from sublet.sandboxes.operations import CannotBeginSandbox, CannotMoveSandbox
from tests.billing.payments import HOOK, KEY
from tests.people import AT, World
from tests.sandboxes.portfolio import begin, furnished, move, moves, seen, told, work

pytestmark = pytest.mark.django_db


def opened_file(row: Sandbox, folder: Path) -> Path:
    """The file of a sandbox, unpacked."""
    with platform_scope("test"):
        data = bytes(Sandbox.objects.get(id=row.id).data or b"")
    file = folder / "looked-at.sqlite3"
    file.write_bytes(zlib.decompress(data))
    return file


def asked(file: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return [tuple(each) for each in connection.execute(sql).fetchall()]


def texts(file: Path) -> str:
    """Everything that stands in any table."""
    with closing(sqlite3.connect(file)) as connection:
        return "\n".join(connection.iterdump())


def test_every_table_is_copied_or_left_with_a_reason() -> None:
    """A new table fails here until somebody has said whether a sandbox may hold it."""
    ours = {
        f"{model._meta.app_label}.{model.__name__}"
        for model in apps.get_models()
        if model.__module__.startswith("sublet.")
    }
    copied = {table.model for table in TABLES}
    assert copied & set(LEFT) == set()
    assert ours - copied - set(LEFT) == set()
    assert (copied | set(LEFT)) - ours == set()
    assert all(LEFT.values())


@pytest.mark.slow
def test_a_copy_holds_no_secret_and_nobody(world: World, tmp_path: Path) -> None:
    with furnished(world):
        row = begin(world)
    file = opened_file(row, tmp_path)
    held = texts(file)
    with platform_scope("test"):
        gateway = GatewayAccount.objects.get(account=world.rosa)
        people = list(User.objects.values_list("name", "email", "password"))
    secrets = [
        KEY,
        HOOK,
        gateway.key_box,
        gateway.hook_box,
        gateway.hook_word,
        gateway.named,
        "4242",
        "fp_1",
        "cus_1",
        "pm_1",
    ]
    secrets += [word for name, email, password in people for word in (name, email, password) if word]
    secrets += ["hello@carls-kitchen.example", "Carl Conti", "1234 5678"]
    assert [word for word in secrets if word and word in held] == []
    assert "Carl’s Kitchen" in held  # positive control: the client is there, and found this way
    assert asked(file, "SELECT COUNT(*) FROM person WHERE password <> '!'") == [(0,)]
    assert asked(file, "SELECT COUNT(*) FROM payment_method") == [(1,)]
    for table in ("django_session", "api_key", "webhook_endpoint", "log_in", "outbox_mail", "journal", "mail_server"):
        assert asked(file, f"SELECT COUNT(*) FROM {table}") == [(0,)], table


@pytest.mark.slow
def test_a_copy_holds_nothing_of_other_resellers(world: World, tmp_path: Path) -> None:
    with furnished(world):
        row = begin(world)
    file = opened_file(row, tmp_path)
    assert asked(file, "SELECT name FROM account ORDER BY id") == [
        (world.vendor.name,), (world.rosa.name,), (world.carl.name,), (world.elan.name,), (world.zorba.name,),
    ]  # fmt: skip
    assert [word for word in ("Nora", "bakery", "Remo", "secret-tag", "Dora") if word in texts(file)] == []
    assert [each[0] for each in row.clients] == [world.carl.ref, world.elan.ref, world.zorba.ref]


@pytest.mark.slow
def test_the_vendors_sandbox_of_a_reseller_holds_no_retail_figure(world: World, tmp_path: Path) -> None:
    with furnished(world):
        row = begin(world, "vera", reseller=world.rosa.ref)
        assert row.state == "ready"
        file = opened_file(row, tmp_path)
        kept = [model._meta.db_table for model in tenant_models() if model.kept_from_vendor]
        assert {"retail_mark_up", "agreed_term", "agreed_contract"} <= set(kept)
        assert [table for table in kept if asked(file, f"SELECT COUNT(*) FROM {table}") != [(0,)]] == []
        assert asked(file, "SELECT DISTINCT book FROM billing_terms") == [("wholesale",)]
        row = move(world, row, until="2026-04-30", person="vera")
        with world.scope("vera") as vera:
            assert {each.book for each in queries.invoices_of(vera, row.ref)} == {"wholesale"}


@pytest.mark.slow
def test_nothing_of_a_sandbox_reaches_the_installation(world: World) -> None:
    """No row, no number, no mail, no payment and no journal entry but the two about the sandbox itself."""

    def there() -> dict[str, int]:
        with platform_scope("test"):
            return {
                model.__name__: model.unscoped.count()
                for model in (Invoice, LedgerEntry, Payment, OutboxMail, JournalEntry, Job)
            }

    with furnished(world) as counter:
        row = begin(world)
        before, calls = there(), list(counter.gateway.calls)
        row = move(world, row, until="2026-05-15")
        assert len(told(world, row)) > 10
        with world.scope("rosa") as rosa:
            assert queries.invoices_of(rosa, row.ref)
            assert queries.mails_of(rosa, row.ref).rows
        after = there()
    assert counter.gateway.calls == calls
    assert after == before | {"JournalEntry": before["JournalEntry"] + 1, "Job": before["Job"] + 1}


def test_the_process_of_a_sandbox_has_no_way_out(tmp_path: Path) -> None:
    """Its doors are tried from within, each with what it would have said before they were closed."""
    script = """
import os, socket, subprocess, sys
from sublet.sandboxes.engine.child import NothingLeaves, close_the_doors
tries = {
    "connect": lambda: socket.create_connection(("127.0.0.1", 9), timeout=1),
    "name": lambda: socket.getaddrinfo("localhost", 80),
    "datagram": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9)),
    "process": lambda: subprocess.run(["true"]),
    "shell": lambda: os.system("true"),
}
def outcome(do):
    try:
        do()
    except NothingLeaves:
        return "closed"
    except OSError:
        return "open"
    return "open"
print([outcome(each) for each in tries.values()])
close_the_doors()
print([outcome(each) for each in tries.values()])
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=running._environment(tmp_path)
    )
    assert done.stdout.splitlines() == [str(["open"] * 5), str(["closed"] * 5)]


def test_whose_sandboxes_they_are(world: World) -> None:
    """Another reseller, the vendor, staff for one client and a client find nothing, or may not."""
    with world.scope("rosa") as rosa:
        row = operations.begin_sandbox(name="Mine", actor=rosa, at=AT)
    with platform_scope("test"):
        Sandbox.objects.filter(id=row.id).update(state="ready")
    for person in ("remo", "vera"):
        with world.scope(person) as actor:
            assert queries.sandboxes_of(actor) == []
            for question in (
                queries.sandbox_of,
                queries.moves_of,
                queries.timeline_of,
                queries.invoices_of,
                queries.mails_of,
            ):
                with pytest.raises(NotFound):
                    question(actor, row.ref)
            with pytest.raises(NotFound):
                operations.move_sandbox(ref=row.ref, by="day", actor=actor, at=AT)
            with pytest.raises(NotFound):
                operations.set_declined_cards(ref=row.ref, declines=[], actor=actor, at=AT)
            with pytest.raises(NotFound):
                operations.delete_sandbox(ref=row.ref, actor=actor, at=AT)
            for model in (Sandbox, SandboxMove, SandboxLine, SandboxInvoice, SandboxMail):
                assert model.objects.count() == 0
    for person in ("rico", "ruth"):
        with world.scope(person) as actor, pytest.raises(Forbidden):
            operations.move_sandbox(ref=row.ref, by="day", actor=actor, at=AT)
    with world.scope("carl") as carl:
        with pytest.raises(NotFound):
            queries.sandboxes_of(carl)
        with pytest.raises(NotFound):
            operations.begin_sandbox(name="Carl’s", actor=carl, at=AT)
    with world.scope("rosa") as rosa:
        for stranger in (world.bakery.ref, world.dora.ref, "acc_nobody"):
            with pytest.raises(CannotBeginSandbox) as refused:
                operations.begin_sandbox(name="Theirs", clients=[world.carl.ref, stranger], actor=rosa, at=AT)
            assert refused.value.code == "unknown-client"
        with pytest.raises(NotFound):
            operations.begin_sandbox(name="Theirs", reseller=world.remo.ref, actor=rosa, at=AT)


def test_the_same_form_begins_one_and_moves_once(world: World) -> None:
    with world.scope("rosa") as rosa:
        rows = [operations.begin_sandbox(name="Twice", once="form", actor=rosa, at=AT) for _again in (1, 2)]
        assert rows[0].id == rows[1].id
        other = operations.begin_sandbox(name="Twice", once="another form", actor=rosa, at=AT)  # positive control
        assert other.id != rows[0].id
        Sandbox.objects.filter(id=other.id).update(state="ready")
        made = [
            operations.move_sandbox(ref=other.ref, by="day", once="form", actor=rosa, at=AT).ref for _again in (1, 2)
        ]
        assert made[0] == made[1]
        with pytest.raises(CannotMoveSandbox) as refused:
            operations.move_sandbox(ref=other.ref, by="day", once="other", actor=rosa, at=AT)
        assert refused.value.code == "moving"


def test_how_many_and_how_far(world: World) -> None:
    def refused(**more: Any) -> str:
        with world.scope("rosa") as rosa, pytest.raises(CannotMoveSandbox) as fault:
            operations.move_sandbox(ref=row.ref, actor=rosa, at=AT, **more)
        return fault.value.code

    with world.scope("rosa") as rosa:
        row = operations.begin_sandbox(name="First", actor=rosa, at=AT)
        assert refused(by="day") == "copying"
        Sandbox.objects.filter(id=row.id).update(state="ready")
        for number in range(rules.MOST - 1):
            operations.begin_sandbox(name=f"Number {number}", actor=rosa, at=AT)
        with pytest.raises(CannotBeginSandbox) as fault:
            operations.begin_sandbox(name="One too many", actor=rosa, at=AT)
        assert fault.value.code == "too-many"
        for name in ("", "  ", "x" * 121):
            with pytest.raises(CannotBeginSandbox) as fault:
                operations.begin_sandbox(name=name, actor=rosa, at=AT)
    assert refused(by="date", until=date(2026, 3, 1)) == "past"
    assert refused(by="date", until=date(1, 1, 1)) == "too-far"
    assert refused(by="date", until=date(9999, 12, 31)) == "too-far"
    assert refused(by="date", until=date(2027, 6, 1)) == "far"
    assert refused(by="date") == "date"
    assert refused(by="year") == "step"
    with platform_scope("test"):
        Sandbox.objects.filter(id=row.id).update(lines=rules.MOST_LINES)
    assert refused(by="day") == "full"


def test_what_is_over_is_thrown_away_and_told(world: World) -> None:
    with world.scope("rosa") as rosa:
        row = operations.begin_sandbox(name="Old", actor=rosa, at=AT)
        young = operations.begin_sandbox(name="Young", actor=rosa, at=AT + timedelta(days=1))
    with platform_scope("test"):
        from sublet.accounts.queries import installation_actor

        actor = installation_actor(name="Schedule", via="job")
        assert operations.throw_away_expired(actor=actor, at=row.expires_at) == 1
        assert list(Sandbox.objects.values_list("ref", flat=True)) == [young.ref]
    events = JournalEntry.unscoped.filter(account_id=world.rosa.id, event__startswith="sandbox.").order_by("id")
    assert list(events.values_list("event", flat=True)) == ["sandbox.begun", "sandbox.begun", "sandbox.deleted"]


def test_a_process_that_fails_leaves_the_sandbox_as_it_was(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with world.scope("rosa") as rosa:
        row = operations.begin_sandbox(name="Fails", actor=rosa, at=AT)
    with platform_scope("test"):
        Sandbox.objects.filter(id=row.id).update(state="ready", data=zlib.compress(b"no database"))
        Job.unscoped.all().delete()
    with world.scope("rosa") as rosa:
        operations.move_sandbox(ref=row.ref, by="day", actor=rosa, at=AT)

    def fails(*_arguments: object, **_more: object) -> dict[str, Any]:
        raise running.SandboxStopped("late")

    monkeypatch.setattr(running, "run", fails)
    assert work() == ["sandboxes.move"]
    row = seen(world, row.ref)
    assert (row.state, row.why, row.clock) == ("ready", "late", AT)
    assert [each.state for each in moves(row)] == ["failed"]
    with world.scope("rosa") as rosa:
        operations.move_sandbox(ref=row.ref, by="day", actor=rosa, at=AT)  # and it can be tried again


def test_a_job_that_was_given_up_lets_go(world: World) -> None:
    with world.scope("rosa") as rosa:
        copied = operations.begin_sandbox(name="Copied", actor=rosa, at=AT)
        moved = operations.begin_sandbox(name="Moved", actor=rosa, at=AT)
        Sandbox.objects.filter(id=moved.id).update(state="ready")
        operations.move_sandbox(ref=moved.ref, by="day", actor=rosa, at=AT)
    with platform_scope("test"):
        assert moving.let_go_of_the_lost(at=AT) == 0  # positive control: they still wait
        Job.unscoped.all().update(state="dead")
        assert moving.let_go_of_the_lost(at=AT) == 2
    assert (seen(world, copied.ref).state, seen(world, moved.ref).state) == ("failed", "ready")
    assert [each.state for each in moves(moved)] == ["failed"]

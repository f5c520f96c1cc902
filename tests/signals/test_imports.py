"""A spreadsheet of signals whose process dies: it goes on where it stopped, and counts nothing twice."""

from __future__ import annotations

import pytest

from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.journal.models import JournalEntry
from sublet.signals import operations, queries, sheets
from sublet.signals.models import LatestSignal, SignalFact, SignalImport
from tests.catalog.test_offer import PRODUCTS, load
from tests.people import AT, World


@pytest.fixture
def listed(world: World) -> str:
    """A list of three clients and one that nobody knows, ready to be taken in; its reference."""
    load(world, (PRODUCTS / "app-builder.toml").read_text())
    names = (world.carl.name, world.elan.name, "Nobody’s", world.zorba.name)
    text = "Client;Downloads\n" + "".join(f"{name};{number}\n" for number, name in enumerate(names, start=1))
    with world.scope("rosa") as rosa:
        ref = operations.upload_signals(file_name="facts.csv", data=text.encode(), actor=rosa, at=AT)
        operations.start_signal_import(ref=ref, revision=1, actor=rosa, at=AT)
    return ref


def test_a_run_goes_on_where_another_died(world: World, listed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "BATCH", 1)
    number = SignalImport.unscoped.get(ref=listed).id  # unscoped: a test
    with world.scope("rosa") as rosa:
        _total, batches = queries.lines_of_import(number)
        first, second = next(batches), next(batches)
        operations.take_lines(import_id=number, batch=first, actor=rosa, at=AT)
        operations.take_lines(import_id=number, batch=second, actor=rosa, at=AT)
        operations.take_lines(import_id=number, batch=second, actor=rosa, at=AT)  # the same again, by another process
    run_due_jobs(at=AT)
    with world.scope("rosa") as rosa:
        facts = queries.signal_import(rosa, listed)
    assert (facts.state, facts.facts_new, facts.facts_known, facts.faults) == ("done", 3, 0, 1)
    assert SignalFact.unscoped.count() == 3  # unscoped: a test
    assert JournalEntry.unscoped.filter(event="signals.imported").count() == 1  # unscoped: a test
    run_due_jobs(at=AT)
    with world.scope("rosa") as rosa:
        operations.finish_signal_import(import_id=number, actor=rosa, at=AT)
    assert JournalEntry.unscoped.filter(event="signals.imported").count() == 1  # unscoped: a test


def test_of_two_lines_about_a_client_the_later_one_counts_in_a_long_list_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve lines without a date, so all of one moment, read in parts of five."""
    load(world, (PRODUCTS / "app-builder.toml").read_text())
    monkeypatch.setattr(sheets, "BATCH", 5)
    text = "Client;Downloads\n" + "".join(
        f"{name};{number}\n" for number in range(12) for name in (world.carl.name, world.elan.name)
    )
    with world.scope("rosa") as rosa:
        ref = operations.upload_signals(file_name="facts.csv", data=text.encode(), actor=rosa, at=AT)
        operations.start_signal_import(ref=ref, revision=1, actor=rosa, at=AT)
    run_due_jobs(at=AT)
    assert [row.number for row in LatestSignal.unscoped.order_by("account_id")] == [11, 11]  # unscoped: a test


def test_only_who_manages_clients_of_a_reseller_takes_lists_in(world: World, listed: str) -> None:
    for who in ("vera", "carl", "dora"):
        with world.scope(who) as actor, pytest.raises(Forbidden):
            operations.upload_signals(file_name="x.csv", data=b"Client;Downloads\nA;1\n", actor=actor, at=AT)
    with world.scope("remo") as remo:
        with pytest.raises(NotFound):
            operations.discard_signal_import(ref=listed, actor=remo, at=AT)
        with pytest.raises(NotFound):
            queries.signal_import(remo, listed)
    assert SignalImport.unscoped.get().state == "queued"  # unscoped: a test

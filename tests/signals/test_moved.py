"""Facts about a client that goes elsewhere: nothing is told by the one that it has left, nothing read of what that one told."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from sublet.accounts.models import Account
from sublet.core.signals import SignalValue
from sublet.signals import operations, queries
from sublet.signals.models import SignalFact, SignalImport
from sublet.signals.operations import TellSignal, record_signals
from tests.catalog.test_offer import PRODUCTS, load
from tests.moves.steps import transfer
from tests.people import AT, World

DAY = timedelta(days=1)


@pytest.fixture
def offered(world: World) -> World:
    load(world, (PRODUCTS / "app-builder.toml").read_text())
    return world


def tell(world: World, who: str, number: int, day: int) -> None:
    at = AT + day * DAY
    with world.scope(who) as actor:
        told = TellSignal(account=world.carl.ref, key="downloads", at=at, value=number)
        record_signals(signals=[told], actor=actor, at=at)


def read(world: World, who: str) -> tuple[list[str], list[int], SignalValue | None]:
    """Who has told what that person reads, the points of its chart, and the newest value."""
    with world.scope(who) as actor:
        rows = queries.timeline_of(actor, world.carl.ref).rows
        points = queries.series_of(actor, world.carl.ref).get("downloads", ())
        states = {each.signal.key: each.latest for each in queries.signals_of(actor, world.carl.ref, at=AT)}
    newest = states["downloads"]
    return [row.told_by for row in rows], [int(number) for _at, number in points], newest.value if newest else None


def test_the_next_reseller_reads_the_newest_fact_and_not_who_told_what_before(offered: World) -> None:
    tell(offered, "rosa", 7, -3)
    tell(offered, "vera", 8, -2)
    assert read(offered, "rosa") == (["Vera Voss", "Rosa Ricci"], [7, 8], SignalValue(number=Decimal(8)))
    transfer(offered, AT)
    assert read(offered, "remo") == ([], [], SignalValue(number=Decimal(8)))
    tell(offered, "remo", 9, 1)
    assert read(offered, "remo") == (["Remo Rinaldi"], [9], SignalValue(number=Decimal(9)))
    assert read(offered, "vera")[0] == ["Remo Rinaldi", "Vera Voss", "Rosa Ricci"]  # the vendor reads all of it


def test_a_client_that_leaves_while_its_list_comes_in_is_told_of_no_more(offered: World) -> None:
    text = f"Client;Downloads\n{offered.carl.name};5\n{offered.elan.name};6\n"
    with offered.scope("rosa") as rosa:
        ref = operations.upload_signals(file_name="facts.csv", data=text.encode(), actor=rosa, at=AT)
        operations.start_signal_import(ref=ref, revision=1, actor=rosa, at=AT)
        number = SignalImport.unscoped.get(ref=ref).id  # unscoped: a test
        (batch,) = queries.lines_of_import(number)[1]
    assert [line.account_id for line in batch] == [offered.carl.id, offered.elan.id]
    Account.unscoped.filter(id=offered.carl.id).update(parent=offered.remo)  # unscoped: a test
    with offered.scope("rosa") as rosa:
        operations.take_lines(import_id=number, batch=batch, actor=rosa, at=AT)
        done = queries.signal_import(rosa, ref)
    told = SignalFact.unscoped.values_list("account_id", flat=True)  # unscoped: a test
    assert list(told) == [offered.elan.id]
    assert (done.facts_new, done.faults) == (1, 1)

"""Facts that the host product tells: kept once, the newest where lists look, nothing of a stranger's."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.accounts import queries as account_queries
from sublet.catalog.operations import load_manifest
from sublet.core.signals import SignalValue
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.signals import queries
from sublet.signals.models import LatestSignal, SignalFact
from sublet.signals.operations import CannotRecordSignals, Recorded, TellSignal, forget_old_facts, record_signals
from tests.catalog.test_offer import PRODUCTS
from tests.people import AT, World

APP_BUILDER = (PRODUCTS / "app-builder.toml").read_bytes()
DAY = timedelta(days=1)


@pytest.fixture
def offered(world: World) -> World:
    with world.scope("vera") as vera:
        load_manifest(source=APP_BUILDER, file_name="a.toml", confirmed=True, actor=vera, at=AT - 900 * DAY)
    return world


def told(
    world: World, key: str, at: datetime = AT, value: object = None, account: str = "carl", id: str = ""
) -> TellSignal:
    return TellSignal(account=getattr(world, account).ref, key=key, at=at, value=value, id=id)


def tell(world: World, *facts: TellSignal, who: str = "rosa") -> Recorded:
    with world.scope(who) as actor:
        return record_signals(signals=facts, actor=actor, at=AT)


def latest(world: World, account: str = "carl") -> dict[str, SignalValue]:
    rows = LatestSignal.unscoped.filter(account=getattr(world, account)).select_related("signal")  # unscoped: a test
    return {row.signal.key: row.value for row in rows}


def test_facts_are_kept_and_the_newest_is_found(offered: World) -> None:
    done = tell(
        offered,
        told(offered, "last_push_sent", AT - 3 * DAY),
        told(offered, "last_push_sent", AT - 5 * DAY),
        told(offered, "downloads", AT - DAY, 12),
        told(offered, "store_version", AT, "2.1"),
    )
    assert done == Recorded(accepted=4, duplicates=0)
    assert latest(offered) == {
        "last_push_sent": SignalValue(moment=AT - 3 * DAY),
        "downloads": SignalValue(number=Decimal(12)),
        "store_version": SignalValue(text="2.1"),
    }


def test_the_same_again_changes_nothing_and_is_no_entry_of_the_journal(offered: World) -> None:
    entries = JournalEntry.unscoped.count()  # unscoped: a test
    facts = (
        told(offered, "downloads", AT, 12),
        told(offered, "downloads", AT, 12, id="a"),
        told(offered, "last_push_sent"),
    )
    assert tell(offered, *facts) == Recorded(accepted=3, duplicates=0)
    assert tell(offered, *facts, told(offered, "downloads", AT, 13, id="a")) == Recorded(accepted=0, duplicates=4)
    assert tell(offered, told(offered, "downloads", AT, 14), told(offered, "downloads", AT, 14)) == Recorded(1, 1)
    assert SignalFact.unscoped.count() == 4  # unscoped: a test
    assert JournalEntry.unscoped.count() == entries  # unscoped: a test


def test_an_older_fact_that_comes_later_does_not_replace_the_newer(offered: World) -> None:
    tell(offered, told(offered, "downloads", AT, 5))
    tell(offered, told(offered, "downloads", AT - DAY, 4))
    assert latest(offered)["downloads"] == SignalValue(number=Decimal(5))
    tell(offered, told(offered, "downloads", AT + DAY / 2, 6))
    assert latest(offered)["downloads"] == SignalValue(number=Decimal(6))


def test_whatever_the_order_and_the_bodies_the_latest_is_the_newest_fact(offered: World) -> None:
    """The law by which lists may read a row apart: the facts rebuild it."""
    dice = Random(7)
    facts = [told(offered, "downloads", AT - dice.randrange(9) * DAY, dice.randrange(3)) for _ in range(60)]
    while facts:
        size = dice.randrange(1, 9)
        tell(offered, *facts[:size])
        facts = facts[size:]
        newest = SignalFact.unscoped.order_by("-at", "-id").first()  # unscoped: a test
        row = LatestSignal.unscoped.get()  # unscoped: as above
        assert newest is not None
        assert row.at == newest.at
        assert row.number == newest.number  # of several at one moment the one that was told last


@pytest.mark.parametrize("seed", range(6))
def test_what_comes_in_parts_ends_as_if_it_had_come_at_once(offered: World, seed: int) -> None:
    """Carl's facts come at once, Élan's in parts of any size: many at the same moment, some twice, some under one id."""
    dice = Random(seed)
    said = [
        (
            dice.choice(("downloads", "last_push_sent")),
            AT - dice.randrange(2) * DAY,
            dice.randrange(6),
            dice.choice(("", "", "a")),
        )
        for _ in range(40)
    ]

    def facts(account: str) -> list[TellSignal]:
        return [
            told(offered, key, at, number if key == "downloads" else (AT - number * DAY).isoformat(), account, name)
            for key, at, number, name in said
        ]

    once = tell(offered, *facts("carl"))
    left, counted = facts("elan"), Recorded(0, 0)
    while left:
        size = dice.randrange(1, 9)
        part = tell(offered, *left[:size])
        counted = Recorded(counted.accepted + part.accepted, counted.duplicates + part.duplicates)
        left = left[size:]
    assert latest(offered, "carl") == latest(offered, "elan")
    assert once == counted

    def listed(account: str) -> list[tuple[Any, ...]]:
        rows = SignalFact.unscoped.filter(account=getattr(offered, account))  # unscoped: a test
        return [(row.signal_id, row.at, row.value) for row in rows.order_by("signal_id", "-at", "-id")]

    assert listed("carl") == listed("elan")


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_latest_does_not_depend_on_the_order(offered: World, order: tuple[int, ...]) -> None:
    for number in order:
        tell(offered, told(offered, "downloads", AT - number * DAY, number))
    assert latest(offered)["downloads"] == SignalValue(number=Decimal(0))


@pytest.mark.parametrize(
    ("fact", "code"),
    [
        ({"key": "nothing"}, "unknown-signal"),
        ({"key": "downloads", "value": "many"}, "wrong-value"),
        ({"key": "downloads", "value": None}, "wrong-value"),
        ({"key": "store_version", "value": 2}, "wrong-value"),
        ({"key": "last_push_sent", "at": AT + 2 * DAY}, "in-the-future"),
    ],
)
def test_one_wrong_fact_refuses_all(offered: World, fact: dict[str, Any], code: str) -> None:
    with pytest.raises(CannotRecordSignals) as refused:
        tell(offered, told(offered, "last_push_sent"), told(offered, **fact))
    assert (refused.value.code, refused.value.params["number"]) == (code, 2)
    assert SignalFact.unscoped.count() == 0  # unscoped: a test


def test_a_strangers_account_refuses_all_as_if_it_were_not_there(offered: World) -> None:
    for who, account in (("rosa", "bakery"), ("remo", "carl"), ("rosa", "rosa")):
        with pytest.raises(NotFound):
            tell(offered, told(offered, "last_push_sent", account=account), who=who)
    with pytest.raises(NotFound):
        tell(offered, TellSignal(account="acc_nobody", key="last_push_sent", at=AT))
    assert SignalFact.unscoped.count() == 0  # unscoped: a test
    assert tell(offered, told(offered, "last_push_sent", account="bakery"), who="vera").accepted == 1
    assert tell(offered, told(offered, "last_push_sent", account="dora"), who="vera").accepted == 1


def test_it_takes_the_right_to_manage_those_below(offered: World) -> None:
    for who in ("carl", "dora"):
        with pytest.raises(Forbidden):
            tell(offered, told(offered, "last_push_sent"), who=who)


def test_a_thousand_facts_take_as_many_statements_as_one(offered: World) -> None:
    counts = []
    for number in (1, 300):
        facts = [told(offered, "downloads", AT - step * DAY, step + number) for step in range(number)]
        with CaptureQueriesContext(connection) as asked:
            tell(offered, *facts)
        counts.append(len([each for each in asked.captured_queries if "SAVEPOINT" not in each["sql"]]))
    # SQLite takes so many rows at a time; nothing is asked for each of them.
    assert counts[1] <= counts[0] + 4


def test_a_client_is_found_by_what_the_product_tells(offered: World) -> None:
    with offered.scope("rosa") as rosa:
        names = {row.name for row in account_queries.client_list(rosa, account_queries.ListQuery(), at=AT).rows}
    assert len(names) > 1
    tell(
        offered,
        told(offered, "last_push_sent", AT - 40 * DAY),
        told(offered, "push_certificate_expires", AT, (AT + 20 * DAY).isoformat()),
    )
    carl = {offered.carl.name}

    def found(*conditions: str) -> set[str]:
        with offered.scope("rosa") as rosa:
            query = account_queries.ListQuery(signals=conditions)
            return {row.name for row in account_queries.client_list(rosa, query, at=AT).rows}

    assert found("last_push_sent:older:30") == carl
    assert found("last_push_sent:older:40") == set()
    assert found("last_push_sent:never") == names - carl
    assert found("push_certificate_expires:due:30") == carl
    assert found("push_certificate_expires:due:20") == set()
    assert found("push_certificate_expires:due:20", "last_push_sent:older:30") == carl  # any of them fits
    assert found("nothing:never") == set()
    assert found("rubbish") == set()  # narrows to nothing, never to everything


def test_what_is_known_of_a_client(offered: World) -> None:
    tell(
        offered,
        told(offered, "last_push_sent", AT - 40 * DAY),
        *(told(offered, "downloads", AT - n * DAY, n) for n in range(3)),
    )
    with offered.scope("rosa") as rosa:
        states = {each.signal.key: each for each in queries.signals_of(rosa, offered.carl.ref, at=AT)}
        assert (states["last_push_sent"].standing, states["downloads"].standing) == ("over", "unknown")
        assert states["store_version"].latest is None
        page = queries.timeline_of(rosa, offered.carl.ref, size=3)
        assert [(row.key, row.at) for row in page.rows] == [("downloads", AT - n * DAY) for n in range(3)]
        older = queries.timeline_of(rosa, offered.carl.ref, size=3, cursor=page.older)
        assert ([row.key for row in older.rows], older.older) == (["last_push_sent"], "")
        assert [row.key for row in queries.timeline_of(rosa, offered.carl.ref, key="last_push_sent").rows] == [
            "last_push_sent"
        ]
        series = queries.series_of(rosa, offered.carl.ref)
        assert [int(number) for _at, number in series["downloads"]] == [2, 1, 0]
        with pytest.raises(NotFound):
            queries.signals_of(rosa, offered.bakery.ref, at=AT)
        values = queries.latest_of(rosa, [offered.carl.id, offered.bakery.id])  # Nora is Remo's: not in sight
        assert set(values) == {offered.carl.id}
    with offered.scope("remo") as remo, pytest.raises(NotFound):
        queries.timeline_of(remo, offered.carl.ref)


def test_old_facts_are_forgotten_and_the_latest_stays(offered: World) -> None:
    tell(offered, told(offered, "downloads", AT, 1), told(offered, "downloads", AT - DAY, 2))
    with offered.scope("vera") as vera:
        assert forget_old_facts(actor=vera, at=AT + 799 * DAY) == 0
        assert forget_old_facts(actor=vera, at=AT + 801 * DAY) == 2
        assert forget_old_facts(actor=vera, at=AT + 801 * DAY) == 0
    assert SignalFact.unscoped.count() == 0  # unscoped: a test
    assert latest(offered) == {"downloads": SignalValue(number=Decimal(1))}
    # A fact that is told again is older than what lists show, or the same.
    tell(offered, told(offered, "downloads", AT - DAY, 2))
    assert latest(offered) == {"downloads": SignalValue(number=Decimal(1))}


def test_what_was_told_is_read_without_the_terms_of_each_signal(offered: World) -> None:
    tell(offered, told(offered, "downloads", AT, 1), told(offered, "downloads", AT, 2))
    with offered.scope("rosa") as rosa, CaptureQueriesContext(connection) as asked:
        assert len(queries.timeline_of(rosa, offered.carl.ref).rows) == 2
    read = [each["sql"] for each in asked if 'FROM "signal_fact"' in each["sql"]]
    assert len(read) == 1
    assert '"terms"' not in read[0]
    assert len(asked) == 2  # the account and the facts: nothing is asked again for a row

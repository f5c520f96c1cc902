"""Usage events count once, in their period, whatever order they come in; a body is taken whole or not at all."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.catalog.queries import offer
from sublet.core.usage import Counted, total_of
from sublet.foundation.errors import Forbidden
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.metering import queries
from sublet.metering.models import UsageEvent, UsageTotal, UsageValue
from sublet.metering.operations import (
    CannotRecordUsage,
    Recorded,
    Usage,
    rebuild_totals,
    record_bodies,
    record_usage,
)
from tests.core.manifests import SMALL
from tests.metering.meters import KINDS, load_meters, product, used
from tests.people import AT, World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Send = Callable[..., Recorded]


@pytest.fixture
def send(world: World) -> Send:
    load_meters(world)

    def sending(*events: Usage, at: datetime = AT) -> Recorded:
        actor = product(world)
        with actor_scope(actor):
            return record_usage(events=events, actor=actor, at=at)

    return sending


def stands(world: World, at: datetime = AT) -> dict[str, int]:
    with platform_scope("test"):
        return {key: each.quantity for key, each in queries.usage_of(world.carl.id, at).items()}


def refused(send: Send, *events: Usage, at: datetime = AT) -> list[tuple[int, str, str]]:
    before = rows()
    with pytest.raises(CannotRecordUsage) as caught:
        send(*events, at=at)
    assert rows() == before
    return [(fault.index, fault.field, fault.code) for fault in caught.value.faults]


def rows() -> tuple[int, int, int]:
    with platform_scope("test"):
        return UsageEvent.objects.count(), UsageTotal.objects.count(), UsageValue.objects.count()


def test_each_kind_of_meter_adds_up_in_its_way(world: World, send: Send) -> None:
    told = send(
        used(world, 1, "sent", 3),
        used(world, 2, "sent", 4),
        used(world, 3, "storage", 1.25),
        used(world, 4, "storage", Decimal("1.5")),
        used(world, 5, "storage", 1),
        used(world, 6, "visits", 9),
        used(world, 7, "visits", None),
        used(world, 8, "devices", value="phone"),
        used(world, 9, "devices", value="desk"),
        used(world, 10, "devices", value="phone"),
        used(world, 11, "contacts", 70, at=AT - HOUR),
        used(world, 12, "contacts", 50, at=AT - 2 * HOUR),
        used(world, 13, "seats", 5),
        used(world, 14, "seats", -2),
    )
    assert told == Recorded(14, 0)
    assert stands(world) == {
        "appointments": 0, "sent": 7, "storage": 150, "visits": 2, "devices": 2, "contacts": 70, "seats": 3, "texts": 0,
    }  # fmt: skip


def test_a_repeat_is_acknowledged_and_counts_nothing(world: World, send: Send) -> None:
    first = [used(world, 1), used(world, 2, "devices", value="phone"), used(world, 1)]
    assert send(*first) == Recorded(2, 1)
    before = rows()
    assert send(*first, at=AT + DAY) == Recorded(0, 3)
    assert send(used(world, 1, quantity=99), at=AT + DAY) == Recorded(0, 1)
    assert rows() == before
    assert (stands(world)["sent"], stands(world)["devices"]) == (1, 1)


def test_source_and_account_are_part_of_who_an_event_is(world: World, send: Send) -> None:
    assert send(used(world, 1), used(world, 1, source="other"), used(world, 1, account=world.elan.ref)) == Recorded(
        3, 0
    )
    assert stands(world)["sent"] == 2


def test_a_late_event_belongs_to_its_own_period_and_day(world: World, send: Send) -> None:
    late = AT - 20 * DAY  # 10 February
    send(used(world, 1, "sent", 5, at=late), used(world, 2, "sent", 1))
    assert stands(world)["sent"] == 1
    assert stands(world, late)["sent"] == 5
    with platform_scope("test"):
        days = queries.days_of(world.carl.id, "sent", date(2026, 2, 1), date(2026, 3, 31))
    assert [(each.day, each.quantity) for each in days] == [(date(2026, 2, 10), 5), (date(2026, 3, 2), 1)]


def test_days_and_months_are_those_of_the_accounts_zone(world: World, send: Send) -> None:
    with platform_scope("test"):
        world.carl.timezone = "Pacific/Auckland"
        world.carl.save(update_fields=["timezone"])
    send(
        used(world, 1, at=datetime.fromisoformat("2026-02-28T10:59:59Z")),
        used(world, 2, at=AT - 46 * HOUR - 30 * HOUR / 60),
    )
    with platform_scope("test"):
        [first, second] = queries.days_of(world.carl.id, "sent", date(2026, 2, 1), date(2026, 3, 31))
    assert (first.day, second.day) == (date(2026, 2, 28), date(2026, 3, 1))
    assert stands(world)["sent"] == 1


def test_an_instant_is_the_same_whatever_zone_it_is_written_in(world: World, send: Send) -> None:
    midnight = datetime.fromisoformat("2026-03-01T01:00:00+02:00")  # 28 February, 23:00 in UTC
    send(used(world, 1, "sent", 5, at=midnight), used(world, 2, "contacts", 7, at=midnight))
    assert (stands(world)["sent"], stands(world, midnight)["sent"]) == (0, 5)
    with platform_scope("test"):
        assert set(UsageEvent.objects.values_list("at", flat=True)) == {midnight}
    check_against_events(world)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"at": AT - timedelta(days=35, seconds=1)}, ("time", "too-old")),
        ({"at": AT + timedelta(minutes=5, seconds=1)}, ("time", "too-far-ahead")),
        ({"meter": "nothing"}, ("meter", "unknown-meter")),
        ({"account": "acc_22222222222222"}, ("account", "unknown-account")),
        ({"quantity": 0.5}, ("quantity", "too-precise")),
        ({"quantity": -1}, ("quantity", "negative")),
        ({"quantity": 10**30}, ("quantity", "too-large")),
        ({"quantity": float("nan")}, ("quantity", "not-a-number")),
        ({"meter": "devices"}, ("properties", "value-missing")),
        ({"meter": "devices", "value": "x" * 201}, ("properties", "value-missing")),
        ({"source": "x" * 121}, ("source", "wrong-length")),
        ({"source": "people"}, ("source", "not-yours")),
        ({"corrects": "2"}, ("corrects", "corrects-itself")),
    ],
)
def test_one_wrong_event_refuses_the_whole_body(
    world: World, send: Send, change: dict[str, object], fault: tuple[str, str]
) -> None:
    assert refused(send, used(world, 1), used(world, 2, **change), used(world, 3)) == [(1, *fault)]  # type: ignore[arg-type]
    assert stands(world)["sent"] == 0


def test_the_edges_of_the_rule_are_taken(world: World, send: Send) -> None:
    edges = [used(world, 1, at=AT - 35 * DAY), used(world, 2, at=AT + timedelta(minutes=5))]
    assert send(*edges) == Recorded(2, 0)


def test_an_account_out_of_reach_is_like_none(world: World) -> None:
    load_meters(world)
    actor = product(world, reach=frozenset({world.carl.id}))
    told = []
    for account in (world.bakery.ref, "acc_22222222222222", "rubbish"):
        with actor_scope(actor), pytest.raises(CannotRecordUsage) as caught:
            record_usage(events=[used(world, 1), used(world, 2, account=account)], actor=actor, at=AT)
        told.append((caught.value.code, caught.value.faults))
    assert told[0] == told[1] == told[2]
    assert rows() == (0, 0, 0)


def test_only_the_vendors_product_reports(world: World) -> None:
    load_meters(world)
    for person in ("rosa", "carl"):
        with world.scope(person) as actor, pytest.raises(Forbidden):
            record_usage(events=[used(world, 1)], actor=actor, at=AT)
    assert rows() == (0, 0, 0)


def test_a_body_has_at_most_a_thousand(world: World, send: Send) -> None:
    with pytest.raises(CannotRecordUsage) as caught:
        send(*(used(world, number) for number in range(1001)))
    assert caught.value.code == "too-many"


@pytest.mark.parametrize("count", [1, 1000])
def test_the_number_of_statements_does_not_depend_on_the_number_of_events(world: World, send: Send, count: int) -> None:
    offer()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        send(*(used(world, number, at=AT - number * timedelta(minutes=50)) for number in range(count)))
    assert [query["sql"].split()[0] for query in asked if "SAVEPOINT" not in query["sql"]] == [
        "SELECT",
        "INSERT",
        "INSERT",
        "INSERT",  # one job for all accounts whose limits are to be looked at
    ]


def test_bodies_that_come_together_are_answered_apart(world: World) -> None:
    load_meters(world)
    actor = product(world)
    with actor_scope(actor):
        told = record_bodies(
            bodies=[[used(world, 1), used(world, 2)], [used(world, 9, "nothing")], [used(world, 2), used(world, 3)]],
            actor=actor,
            at=AT,
        )
    assert (told[0], told[2]) == (Recorded(2, 0), Recorded(1, 1))
    assert isinstance(told[1], CannotRecordUsage)
    assert stands(world)["sent"] == 3


# Corrections ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("meter", KINDS)
@pytest.mark.parametrize("order", ["before", "after", "together"])
def test_a_corrected_event_no_longer_counts(world: World, send: Send, meter: str, order: str) -> None:
    others = [used(world, 1, meter, 2, value="a", at=AT - HOUR)]
    wrong = used(world, 2, meter, 8, value="b", at=AT - HOUR / 2)
    right = used(world, 3, meter, 3, value="c", at=AT - HOUR / 3, corrects=2)
    if order == "together":
        send(*others, wrong, right)
    else:
        for event in [wrong, right] if order == "after" else [right, wrong]:
            send(event)
        send(*others)
    steps = 100 if meter == "storage" else 1
    assert stands(world)[meter] == {
        "sum": 5, "count": 2, "unique": 2, "max": 3 * steps, "latest": 3,
    }[KINDS[meter][0]]  # fmt: skip
    send(used(world, 4, meter, None, corrects=3))
    assert stands(world)[meter] == {"sum": 2, "count": 1, "unique": 1, "max": 2 * steps, "latest": 2}[KINDS[meter][0]]
    send(used(world, 5, meter, None, corrects=1))
    assert stands(world)[meter] == 0
    check_against_events(world)


def check_against_events(world: World) -> None:
    """What is kept step by step is what a rebuild makes of the events."""
    with platform_scope("test"):
        before = snapshot()
        rebuild_totals(account_id=world.carl.id, since=None, actor=product(world), at=AT)
        assert snapshot() == before


def test_making_totals_anew_takes_as_many_statements_for_many_as_for_one(world: World, send: Send) -> None:
    def asked() -> int:
        with platform_scope("test"), CaptureQueriesContext(connection) as told:
            rebuild_totals(account_id=world.carl.id, since=None, actor=product(world), at=AT)
        return len(told)

    send(used(world, 0, "devices", value="x"))
    one = asked()
    send(*(used(world, number, "devices", at=AT - number * DAY, value=str(number)) for number in range(1, 30)))
    assert asked() == one
    check_against_events(world)


def snapshot() -> list[object]:
    totals = UsageTotal.objects.exclude(events=0).order_by("meter", "span", "start")
    values = UsageValue.objects.exclude(events=0).order_by("meter", "span", "start", "value")
    return [
        list(totals.values_list("meter", "span", "start", "quantity", "events", "last_at", "last_by")),
        list(values.values_list("meter", "span", "start", "value", "events")),
    ]


@pytest.mark.parametrize("seed", range(6))
def test_five_kinds_are_exact_whatever_order_repeats_and_corrections_come_in(
    world: World, send: Send, seed: int
) -> None:
    luck = random.Random(seed)
    told = []
    for number in range(120):
        meter = luck.choice(list(KINDS))
        corrects = luck.randrange(120) if luck.random() < 0.15 else ""
        if corrects == number:
            corrects = ""
        quantity = None if corrects != "" and luck.random() < 0.5 else luck.randrange(9)
        moment = AT - luck.randrange(30 * 24) * HOUR
        told.append(used(world, number, meter, quantity, at=moment, value=luck.choice("xyz"), corrects=corrects))
    sent = told + luck.choices(told, k=40)
    luck.shuffle(sent)
    while sent:
        size = luck.choice((1, 3, 30))
        send(*sent[:size])
        del sent[:size]
    check_against_events(world)
    # And against the definition, by hand: the standing amounts see every event.
    for meter in ("contacts", "seats"):
        mine = [event for event in told if event.meter == meter]
        gone = {event.corrects for event in told if event.corrects}
        counted = [
            Counted(event.source, event.id, event.at, event.quantity)  # type: ignore[arg-type]  # whole numbers all
            for event in mine
            if event.id not in gone
        ]
        assert stands(world)[meter] == total_of(KINDS[meter][0], counted)


def test_a_meter_that_left_the_manifest_keeps_what_was_counted(world: World, send: Send) -> None:
    send(used(world, 1, "sent", 5), used(world, 2, "contacts", 4))
    load_meters(world, SMALL, AT + DAY)
    assert refused(send, used(world, 3, "sent")) == [(0, "meter", "unknown-meter")]
    check_against_events(world)
    load_meters(world, at=AT + 2 * DAY)
    assert stands(world)["sent"] == 5

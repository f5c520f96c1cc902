"""People decide about a usage event once; what a product says of it later counts nothing, in whatever order things come."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from sublet.catalog.queries import offer
from sublet.core.usage import BY_PEOPLE, Counted, counting
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.metering import operations, queries
from sublet.metering.models import UsageEvent, UsageOfPerson
from sublet.metering.operations import Recorded, rows
from sublet.metering.queries import EventRow
from tests.metering.meters import KINDS, load_meters, product, used
from tests.metering.test_recording import check_against_events
from tests.people import AT, World

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def meters(world: World) -> None:
    load_meters(world)


def record(world: World, *events: Any) -> Recorded:
    actor = product(world)
    with actor_scope(actor):
        return operations.record_usage(events=events, actor=actor, at=AT)


def correct(world: World, event_id: object, quantity: object, meter: str = "sent", source: str = "app") -> str:
    value = None if quantity is None else Decimal(str(quantity))
    with world.scope("vera") as vera:
        return operations.correct_usage_event(
            ref=world.carl.ref, meter=meter, source=source, event_id=str(event_id), quantity=value, reason="Wrong",
            actor=vera, at=AT,
        )  # fmt: skip


def total(world: World, meter: str = "sent") -> int:
    with platform_scope("test"):
        return queries.usage_of(world.carl.id, AT)[meter].quantity


def shown(world: World, meter: str = "sent") -> dict[str, EventRow]:
    with world.scope("vera") as vera:
        return {row.event_id: row for row in queries.usage_events_of(vera, world.carl.ref, meter).rows}


@pytest.mark.parametrize("meter", KINDS)
def test_a_products_correction_after_a_persons_counts_nothing(world: World, meter: str) -> None:
    record(world, used(world, 1, meter, 30, value="a"))
    correct(world, 1, None if meter in {"visits", "devices"} else 18, meter)
    decided = total(world, meter)
    assert decided == {"visits": 0, "devices": 0, "storage": 1800}.get(meter, 18)
    late = used(world, 2, meter, 25, at=AT + timedelta(minutes=1), value="b", corrects=1)
    assert record(world, late) == Recorded(1, 0)
    assert record(world, late) == Recorded(0, 1)
    assert total(world, meter) == decided
    check_against_events(world)


def test_the_list_says_so_and_keeps_what_was_told(world: World) -> None:
    record(world, used(world, 1, "sent", 30))
    by = correct(world, 1, 18)
    record(world, used(world, 2, "sent", 25, corrects=1), used(world, 3, "sent", 24, corrects=2))
    found = shown(world)
    assert {event_id: (row.state, row.quantity) for event_id, row in found.items()} == {
        "1": ("corrected", 30), by: ("counts", 18), "2": ("overruled", 25), "3": ("overruled", 24),
    }  # fmt: skip
    assert not found["2"].can_be_corrected
    # What people said is still theirs to change.
    correct(world, by, 24, source=BY_PEOPLE)
    assert total(world) == 24
    record(world, used(world, 4, "sent", 1, corrects=1))
    assert (total(world), shown(world)["4"].state) == (24, "overruled")
    check_against_events(world)


def test_a_product_that_corrects_what_only_it_has_said_is_heard(world: World) -> None:
    """The positive control."""
    record(world, used(world, 1, "sent", 30), used(world, 2, "sent", 25, corrects=1))
    record(world, used(world, 3, "sent", 24, corrects=2))
    assert total(world) == 24
    assert {event_id: row.state for event_id, row in shown(world).items()} == {
        "1": "corrected", "2": "corrected", "3": "counts",
    }  # fmt: skip


def test_what_a_person_used_is_not_counted_for_them_either(world: World) -> None:
    record(world, used(world, 1, "sent", 30))
    correct(world, 1, 18)
    place = world.places["cleo"].ref
    late = used(world, 2, "sent", 25, corrects=1)
    record(world, operations.Usage(**{**vars_of(late), "collaborator": place}))
    assert (total(world), list(UsageOfPerson.unscoped.exclude(quantity=0))) == (18, [])
    check_against_events(world)


def vars_of(usage: operations.Usage) -> dict[str, Any]:
    return {name: getattr(usage, name) for name in usage.__slots__}


# In whatever order -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("meter", ["sent", "storage"])
def test_a_correction_that_was_corrected_before_it_came_takes_back_what_it_names(
    world: World, meter: str, together: bool
) -> None:
    steps = 100 if meter == "storage" else 1
    record(world, used(world, 1, meter, 30), used(world, 3, meter, 24, corrects=2))
    assert total(world, meter) == (54 if meter == "sent" else 3000)
    second = used(world, 2, meter, 25, corrects=1)
    assert record(world, *([second] * 2 if together else [second])) == Recorded(1, 1 if together else 0)
    assert total(world, meter) == 24 * steps
    assert record(world, second) == Recorded(0, 1)
    row = shown(world, meter)["2"]
    assert (row.state, row.quantity, row.corrects) == ("corrected", 25 * steps, "1")
    check_against_events(world)


def test_what_corrects_it_is_overruled_when_it_comes_at_last(world: World) -> None:
    record(world, used(world, 1, "sent", 30))
    record(world, used(world, 4, "sent", 2, corrects=3), used(world, 3, "sent", 24, corrects=2))
    assert total(world) == 32
    correct(world, 1, 18)
    assert total(world) == 20
    record(world, used(world, 2, "sent", 25, corrects=1))
    assert total(world) == 18
    assert {row.state for event_id, row in shown(world).items() if event_id in "234"} == {"overruled"}
    check_against_events(world)


@pytest.mark.parametrize("late", [True, False])
def test_an_event_that_another_transaction_keeps_meanwhile_is_taken_back(
    world: World, late: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a correction names is not there at the first look, and is there when its place is to be left."""
    real, place = rows.many, "sublet.metering.operations.taking_back.many"

    def others_come_first(*args: Any) -> Any:
        monkeypatch.setattr(place, real)
        record(world, used(world, 1, "sent", 30))
        return real(*args)

    if late:
        monkeypatch.setattr(place, others_come_first)
    record(world, used(world, 2, "sent", 25, corrects=1))
    if not late:
        record(world, used(world, 1, "sent", 30))
    assert total(world) == 25
    check_against_events(world)


@pytest.mark.parametrize("seed", range(6))
def test_what_counts_is_what_the_law_says_whatever_happens(world: World, seed: int) -> None:
    luck = random.Random(seed)
    told = []
    for number in range(40):
        corrects: Any = luck.choice([each for each in range(40) if each != number]) if luck.random() < 0.6 else ""
        quantity = None if corrects != "" and luck.random() < 0.2 else luck.randrange(9)
        at = AT - luck.randrange(60) * HOUR
        meter = luck.choice(list(KINDS))
        told.append(used(world, number, meter, quantity, at=at, value=luck.choice("xyz"), corrects=corrects))
    luck.shuffle(told)
    sent: list[operations.Usage] = []
    while told:
        size = luck.choice((1, 2, 6))
        record(world, *told[:size], *luck.choices(sent, k=1 if sent else 0))
        sent += told[:size]
        del told[:size]
        if luck.random() < 0.6:
            decide(world, luck)
        by = UsageEvent.unscoped.filter(source=BY_PEOPLE).values_list("event_id", "quantity", "corrects")
        law = counting(
            [
                *(Counted(each.source, each.id, AT, each.quantity, corrects=each.corrects) for each in sent),  # type: ignore[arg-type]  # whole numbers all
                *(Counted(BY_PEOPLE, event_id, AT, quantity, corrects=of) for event_id, quantity, of in by),
            ]
        )
        found = UsageEvent.unscoped.filter(counts=True, quantity__isnull=False).values_list("source", "event_id")
        assert set(found) == {(each.source, each.event_id) for each in law if each.quantity is not None}
    check_against_events(world)


def decide(world: World, luck: random.Random) -> None:
    """A person corrects something that counts."""
    there = UsageEvent.unscoped.filter(counts=True, quantity__isnull=False).order_by("source", "event_id")
    if not there:
        return
    with platform_scope("test"):
        item = offer().meter_by_id
    event = luck.choice(list(there))
    meter = item[event.meter].meter.key
    number = meter not in {"visits", "devices"} and luck.random() < 0.7
    value = (event.quantity or 0) // (100 if meter == "storage" else 1) + 1 if number else None
    correct(world, event.event_id, value, meter, event.source)

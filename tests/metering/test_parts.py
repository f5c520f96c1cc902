"""Use in spans that begin and end anywhere comes to what the events in them add up to, for each kind of meter."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import pytest

from sublet.catalog.queries import offer
from sublet.core.usage import Counted, steps_of, total_of
from sublet.foundation.scope import platform_scope
from sublet.metering.operations import record_usage
from sublet.metering.queries import Part, Stand, lines_of_ids, stood_at, used_in_parts
from tests.metering.meters import KINDS, load_meters, product, used
from tests.people import AT, World

pytestmark = pytest.mark.django_db

LAST = AT + timedelta(days=20)


def made(world: World, chance: Random) -> dict[str, list[Counted]]:
    """Sixty events of each meter, some of them taken back."""
    told: dict[str, list[Counted]] = {}
    told_by = []
    for meter, (_aggregation, _period, decimals, by) in KINDS.items():
        known: list[Counted] = []
        for number in range(60):
            at = AT + timedelta(minutes=chance.randrange(20 * 24 * 60))
            value = f"d{chance.randrange(12)}" if by else ""
            quantity = chance.randrange(1, 50)
            corrects = f"{meter}{chance.randrange(number)}" if number and chance.random() < 0.1 else ""
            told_by.append(used(world, f"{meter}{number}", meter, quantity, at=at, value=value, corrects=corrects))
            known.append(Counted("app", f"{meter}{number}", at, steps_of(quantity, decimals), value, corrects))
        told[meter] = known
    actor = product(world)
    with platform_scope("test"):
        record_usage(events=told_by, actor=actor, at=LAST)
    return told


def inside(events: list[Counted], spans: tuple[tuple[datetime, datetime], ...]) -> list[Counted]:
    gone = {event.corrects for event in events if event.corrects}
    return [
        Counted(event.source, event.event_id, event.at, event.quantity, event.value)
        for event in events
        if event.event_id not in gone and any(starts <= event.at < ends for starts, ends in spans)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_any_spans_come_to_what_is_in_them(world: World, seed: int) -> None:
    load_meters(world)
    chance = Random(seed)
    told = made(world, chance)
    asked: dict[Part, tuple[str, tuple[tuple[datetime, datetime], ...]]] = {}
    for meter in KINDS:
        for _number in range(12):
            whole = chance.random() < 0.3
            cuts = sorted(
                AT + timedelta(days=chance.randrange(21), hours=0 if whole else chance.randrange(24))
                for _cut in range(4)
            )
            spans = tuple((a, b) for a, b in ((cuts[0], cuts[1]), (cuts[2], cuts[3])) if a < b)
            asked[Part(world.carl.id, offer().meters[meter].id, spans)] = (meter, spans)
    with platform_scope("test"):
        found = used_in_parts(list(asked), lines_of_ids([world.carl.id]))
    for part, (meter, spans) in asked.items():
        assert found[part] == total_of(KINDS[meter][0], inside(told[meter], spans)), (meter, spans)
    assert any(found.values())


def test_however_many_are_asked_for_the_statements_are_the_same(
    world: World, django_assert_num_queries: object
) -> None:
    load_meters(world)
    made(world, Random(5))
    meter = offer().meters["sent"].id
    for number in (1, 40):
        parts = [
            Part(world.carl.id, meter, ((AT + timedelta(hours=each), AT + timedelta(days=9)),))
            for each in range(number)
        ]
        with platform_scope("test"):
            lines = lines_of_ids([world.carl.id])
            with django_assert_num_queries(2):  # type: ignore[operator]  # pytest-django's fixture
                assert used_in_parts(parts, lines)[parts[0]] > 0


@pytest.mark.parametrize("seed", range(3))
def test_what_stands_is_what_all_that_was_told_before_comes_to(world: World, seed: int) -> None:
    load_meters(world)
    chance = Random(seed)
    told = made(world, chance)
    asked: dict[Stand, str] = {}
    for meter in ("contacts", "seats"):
        for _number in range(12):
            at = AT + timedelta(days=chance.randrange(22), hours=chance.choice((0, chance.randrange(24))))
            asked[Stand(world.carl.id, offer().meters[meter].id, at)] = meter
        # Nobody has told anything for a long time: what was told last holds.
        asked[Stand(world.carl.id, offer().meters[meter].id, LAST + timedelta(days=200))] = meter
        asked[Stand(world.elan.id, offer().meters[meter].id, LAST)] = meter
    with platform_scope("test"):
        found = stood_at(list(asked), lines_of_ids([world.carl.id, world.elan.id]))
        assert stood_at([], {}) == {}
    for stand, meter in asked.items():
        before = ((AT - timedelta(days=1), stand.at),)
        events = inside(told[meter], before) if stand.account_id == world.carl.id else []
        assert found[stand] == total_of(KINDS[meter][0], events), (meter, stand.at)
    assert sum(1 for steps in found.values() if steps) > 10


def test_a_level_of_nothing_is_a_level(world: World) -> None:
    """An older one must not come back where the last one that was told is 0."""
    load_meters(world)
    actor = product(world)
    with platform_scope("test"):
        for name, quantity, days in (("a", 9, 0), ("b", 0, 70)):
            at = AT + timedelta(days=days)
            record_usage(events=[used(world, name, "contacts", quantity, at=at)], actor=actor, at=at)
        meter, lines = offer().meters["contacts"].id, lines_of_ids([world.carl.id])
        stands = [Stand(world.carl.id, meter, AT + timedelta(days=days, hours=1)) for days in (69, 70)]
        assert stood_at(stands, lines) == {stands[0]: 9, stands[1]: 0}

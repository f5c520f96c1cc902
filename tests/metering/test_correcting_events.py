"""A person corrects one usage event: another value counts in its place, or nothing, once, and it is told who did it and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.core.usage import BY_PEOPLE, correction_id
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.metering import operations, queries
from sublet.metering.models import UsageEvent, UsageOfPerson
from sublet.metering.operations import CannotCorrectUsage
from tests.metering.meters import load_meters, product, used
from tests.metering.test_recording import check_against_events
from tests.people import AT, World

LATER = AT + timedelta(days=200)
#: Cursors of the right form with what no database takes.
NOT_OURS = (
    r'["2026-03-02T00:00:00+00:00", "\u0000", "b"]',
    r'["2026-03-02T00:00:00+00:00", "a", "\ud800"]',
    '["0001-01-01T00:00:00+14:00", "a", "b"]',
    'newer-["9999-12-31T23:59:59-14:00", "a", "b"]',
)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def meters(world: World) -> None:
    load_meters(world)


def record(world: World, *events: Any) -> None:
    actor = product(world)
    with actor_scope(actor):
        operations.record_usage(events=events, actor=actor, at=AT)


def correct(world: World, event_id: object, quantity: object, **more: Any) -> str:
    facts = {"ref": world.carl.ref, "meter": "sent", "source": "app", "reason": "Sent twice"} | more
    value = None if quantity is None else Decimal(str(quantity))
    with world.scope("vera") as vera:
        return operations.correct_usage_event(
            event_id=str(event_id), quantity=value, actor=vera, at=LATER, **facts
        )  # fmt: skip


def preview(world: World, event_id: object, quantity: object, meter: str = "sent") -> tuple[int, int]:
    value = None if quantity is None else Decimal(str(quantity))
    with world.scope("vera") as vera:
        told = operations.preview_correction(
            ref=world.carl.ref,
            meter=meter,
            source="app",
            event_id=str(event_id),
            quantity=value,
            reason="Sent twice",
            actor=vera,
        )
    return told.before, told.after


def total(world: World, meter: str = "sent") -> int:
    with platform_scope("test"):
        return queries.usage_of(world.carl.id, AT)[meter].quantity


def told() -> list[JournalEntry]:
    return list(JournalEntry.unscoped.filter(event="usage.corrected").order_by("id"))


def test_another_value_counts_in_its_place_and_what_was_told_stays(world: World) -> None:
    record(world, used(world, 1, "sent", 30), used(world, 2, "sent", 4))
    assert preview(world, 1, 18) == (34, 22)
    new = correct(world, 1, 18)
    assert (total(world), new) == (22, correction_id("app", "1"))
    kept = UsageEvent.unscoped.order_by("received_at", "event_id").values_list("source", "quantity", "counts", "at")
    assert list(kept) == [("app", 30, False, AT), ("app", 4, True, AT), (BY_PEOPLE, 18, True, AT)]
    [entry] = told()
    assert (entry.account_id, entry.parent_id, entry.reason) == (world.carl.id, world.rosa.id, "Sent twice")
    assert (entry.data["quantity"], entry.data["period"]) == ("-12", "2026-03")
    assert (entry.data["event_id"], entry.data["source"], entry.data["corrects"]) == (new, "app", "1")
    check_against_events(world)


@pytest.mark.parametrize(
    ("meter", "events", "first", "value", "sums"),
    [
        ("sent", ((30, ""), (4, "")), 30, None, (34, 4)),
        ("seats", ((5, ""), (-2, "")), 5, -1, (3, -3)),
        ("visits", ((1, ""), (1, "")), 1, None, (2, 1)),
        ("storage", ((900, ""), (400, "")), 900, "3.5", (90000, 40000)),
        ("storage", ((900, ""), (400, "")), 900, "650.25", (90000, 65025)),
        ("storage", ((100, ""), (400, "")), 100, None, (40000, 40000)),
        ("contacts", ((7, ""),), 7, 9, (7, 9)),
        ("contacts", ((7, ""),), 7, None, (7, 0)),
        ("devices", ((1, "x"), (1, "y")), 1, None, (2, 1)),
        ("devices", ((1, "x"), (1, "x")), 1, None, (1, 1)),
    ],
)
def test_each_kind_of_meter_comes_to_what_the_preview_says(
    world: World, meter: str, events: tuple[tuple[int, str], ...], first: int, value: object, sums: tuple[int, int]
) -> None:
    record(world, *(used(world, number, meter, each, value=of) for number, (each, of) in enumerate(events)))
    assert (preview(world, 0, value, meter), total(world, meter)) == (sums, sums[0])
    correct(world, 0, value, meter=meter)
    assert total(world, meter) == sums[1]
    check_against_events(world)


def test_the_newest_amount_stays_the_newest_when_an_older_one_is_corrected(world: World) -> None:
    record(world, used(world, 0, "contacts", 7, at=AT - timedelta(hours=1)), used(world, 1, "contacts", 9))
    assert preview(world, 0, 50, "contacts") == (9, 9)
    correct(world, 0, 50, meter="contacts")
    assert (total(world, "contacts"), told()[0].data["quantity"]) == (9, "+0")
    check_against_events(world)


def test_the_same_twice_is_done_once(world: World) -> None:
    record(world, used(world, 1, "sent", 30))
    assert correct(world, 1, 18) == correct(world, 1, 18)
    assert (total(world), len(told()), UsageEvent.unscoped.count()) == (18, 1, 2)
    with pytest.raises(CannotCorrectUsage) as caught:
        correct(world, 1, 17)
    assert (caught.value.code, total(world)) == ("corrected-already", 18)


def test_the_same_again_does_not_say_done_where_another_value_counts_by_now(world: World) -> None:
    record(world, used(world, 1, "sent", 30))
    correct(world, correct(world, 1, 18), 20, source=BY_PEOPLE)
    with pytest.raises(CannotCorrectUsage) as caught:
        correct(world, 1, 18)
    assert (caught.value.code, total(world), len(told())) == ("corrected-already", 20, 2)


def test_a_difference_twice_is_done_twice(world: World) -> None:
    """The positive control: what names no event cannot know that it was asked for already."""
    record(world, used(world, 1, "sent", 30))
    for _turn in range(2):
        with world.scope("vera") as vera:
            operations.correct_usage(
                ref=world.carl.ref, meter="sent", quantity=Decimal(-12), moment=AT, reason="x", actor=vera, at=LATER
            )
    assert (total(world), len(told())) == (6, 2)


def test_a_correction_is_corrected_itself(world: World) -> None:
    record(world, used(world, 1, "sent", 30))
    first = correct(world, 1, 18)
    second = correct(world, first, None, source=BY_PEOPLE, reason="All wrong")
    assert (total(world), second != first) == (0, True)
    with world.scope("vera") as vera:
        page = queries.usage_events_of(vera, world.carl.ref, "sent")
    shown = {row.event_id: row for row in page.rows}
    by = {
        event_id: [(each.by, each.reason) for each in (row.told, row.corrected) if each is not None]
        for event_id, row in shown.items()
    }
    sent_twice, all_wrong = ("Vera Voss", "Sent twice"), ("Vera Voss", "All wrong")
    assert by == {"1": [sent_twice], first: [sent_twice, all_wrong], second: [all_wrong]}
    assert [row.can_be_corrected for row in page.rows] == [False, False, False]
    check_against_events(world)


def test_what_a_person_used_goes_with_it(world: World) -> None:
    record(world, used(world, 1, "sent", 30))
    cleo = world.users["cleo"].id
    UsageEvent.unscoped.update(person=cleo)
    with platform_scope("test"):
        operations.rebuild_totals(account_id=world.carl.id, since=None, actor=product(world), at=AT)
    correct(world, 1, 18)
    assert list(UsageOfPerson.unscoped.values_list("person", "quantity")) == [(cleo, 18)]


@pytest.mark.parametrize(
    ("meter", "quantity", "code"),
    [
        ("sent", "0.5", "new-value"),
        ("sent", "30", "same"),
        ("sent", "-1", "negative"),
        ("storage", "1.234", "new-value"),
        ("storage", "-1", "negative"),
        ("visits", "2", "counts-events"),
        ("devices", "1", "counts-events"),
    ],
)
def test_what_is_no_value_is_refused_before_and_when_it_is_done(
    world: World, meter: str, quantity: str, code: str
) -> None:
    record(world, used(world, 1, meter, 30 if meter == "sent" else 1, value="x"))
    act: Callable[..., object]
    for act in (preview, correct):
        with pytest.raises(CannotCorrectUsage) as caught:
            act(world, 1, quantity, meter=meter)
        assert caught.value.code == code
    assert told() == []


def test_an_event_that_only_takes_another_back_has_no_value(world: World) -> None:
    record(world, used(world, 1, "sent", 30), used(world, 2, "sent", None, corrects=1))
    for event_id, code in (("2", "counts-nothing"), ("1", "corrected-already")):
        with pytest.raises(CannotCorrectUsage) as caught:
            correct(world, event_id, 5)
        assert caught.value.code == code
    with pytest.raises(CannotCorrectUsage) as caught:
        correct(world, "1", 5, reason=" ")
    assert caught.value.code == "reason"


def test_the_product_is_shown_to_have_corrected_what_it_has(world: World) -> None:
    record(world, used(world, 1, "sent", 30), used(world, 2, "sent", 5, corrects=1))
    with world.scope("vera") as vera:
        rows = {row.event_id: row for row in queries.usage_events_of(vera, world.carl.ref, "sent").rows}
    assert (rows["1"].counts, rows["1"].corrected) == (False, None)
    assert (rows["2"].corrects, rows["2"].told, rows["2"].can_be_corrected) == ("1", None, True)


def test_only_the_vendors_people_with_the_right_and_only_what_there_is(world: World) -> None:
    record(world, used(world, 1, "sent", 30))
    for person in ("rosa", "carl", "dora"):
        with world.scope(person) as actor, pytest.raises(Forbidden):
            operations.correct_usage_event(
                ref=world.carl.ref, meter="sent", source="app", event_id="1", quantity=None, reason="x", actor=actor,
                at=AT,
            )  # fmt: skip
    looks = product(world, reach=frozenset({world.bakery.id}))
    with actor_scope(looks), pytest.raises(NotFound):
        operations.correct_usage_event(
            ref=world.carl.ref, meter="sent", source="app", event_id="1", quantity=None, reason="x", actor=looks, at=AT
        )
    wrong = ({"ref": world.bakery.ref}, {"ref": "acc_nobody"}, {"meter": "seats"}, {"meter": "none"}, {"source": "b"})
    for change in wrong:
        with pytest.raises(NotFound):
            correct(world, 1, 5, **change)
    with pytest.raises(NotFound):
        correct(world, 2, 5)
    assert (total(world), told()) == (30, [])


def test_a_page_of_events_goes_both_ways_with_as_many_statements_for_many(world: World) -> None:
    def asked(**more: Any) -> tuple[list[str], queries.EventPage, int]:
        with world.scope("vera") as vera, CaptureQueriesContext(connection) as statements:
            page = queries.usage_events_of(vera, world.carl.ref, "sent", size=3, **more)
        return [row.event_id for row in page.rows], page, len(statements)

    record(world, used(world, 0, "sent", 1))
    correct(world, 0, 5)
    _ids, _page, few = asked()
    record(world, *(used(world, number, "sent", 1, at=AT - timedelta(minutes=number // 2)) for number in range(1, 8)))
    for number in range(1, 4):
        correct(world, number, 5)
    with world.scope("vera") as vera:
        whole = [row.event_id for row in queries.usage_events_of(vera, world.carl.ref, "sent").rows]
    assert len(whole) == 12
    first, page, many = asked()
    assert (first, page.previous_cursor, many) == (whole[:3], "", few)
    second, page, _count = asked(cursor=page.next_cursor)
    assert second == whole[3:6]
    assert asked(cursor=page.previous_cursor)[0] == whole[:3]
    last = asked(cursor=asked(cursor=page.next_cursor)[1].next_cursor)
    assert (last[0], last[1].next_cursor) == (whole[9:], "")
    assert asked(event_id="4")[0] == ["4"]
    for cursor in ("nonsense", "[]", '["2026-03-02", "a", "b"]', "newer-[1, 2, 3]", "[" * 300, *NOT_OURS):
        assert asked(cursor=cursor)[0] == whole[:3]

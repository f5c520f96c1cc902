"""Using up to a ceiling, holding back, giving back: never past it, never twice."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from sublet.foundation.errors import NotFound
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.metering import operations, queries
from sublet.metering.models import UsageEvent, UsageReservation, UsageTotal
from sublet.metering.operations import CannotTakeUsage, Taken
from tests.metering.meters import load_meters, product, used
from tests.metering.test_recording import check_against_events
from tests.people import AT, World

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


class Hands:
    """Takes for Carl's account, from his meter `sent`, up to 5."""

    def __init__(self, world: World) -> None:
        load_meters(world)
        self.world = world
        self.actor = product(world)

    def take(self, number: object, quantity: int = 1, **changes: Any) -> Taken:
        facts: dict[str, Any] = {"meter": "sent", "ceiling": 5, "source": "app", "at": AT} | changes
        with actor_scope(self.actor):
            return operations.take(
                account_id=self.world.carl.id, quantity=quantity, event_id=str(number), actor=self.actor, **facts
            )

    def reserve(self, number: object, quantity: int = 1, **changes: Any) -> Taken:
        facts: dict[str, Any] = {
            "meter": "sent",
            "ceiling": 5,
            "source": "app",
            "at": AT,
            "lasts": 10 * MINUTE,
        } | changes
        with actor_scope(self.actor):
            return operations.reserve(
                account_id=self.world.carl.id, quantity=quantity, event_id=str(number), actor=self.actor, **facts
            )

    def commit(self, reservation: str, quantity: int | None = None, at: Any = AT) -> Taken:
        with actor_scope(self.actor):
            return operations.commit(reservation=reservation, quantity=quantity, actor=self.actor, at=at)

    def release(self, reservation: str, at: Any = AT) -> Taken:
        with actor_scope(self.actor):
            return operations.release(reservation=reservation, actor=self.actor, at=at)

    def stands(self, at: Any = AT, meter: str = "sent") -> tuple[int, int]:
        with platform_scope("test"):
            found = queries.usage_of(self.world.carl.id, at)[meter]
        return found.quantity, found.reserved


@pytest.fixture
def hands(world: World) -> Hands:
    return Hands(world)


def test_nothing_goes_past_the_ceiling(hands: Hands) -> None:
    told = [hands.take(number) for number in range(7)]
    assert [(each.allowed, each.used) for each in told] == [*((True, n) for n in range(1, 6)), (False, 5), (False, 5)]
    assert hands.stands() == (5, 0)
    with platform_scope("test"):
        assert UsageEvent.objects.count() == 5
    check_against_events(hands.world)


def test_what_does_not_fit_whole_is_refused_whole(hands: Hands) -> None:
    assert not hands.take(0, 6).allowed
    with platform_scope("test"):
        assert UsageTotal.objects.count() == 0
    assert hands.take(1, 4).allowed
    assert not hands.take(2, 2).allowed
    assert hands.take(3, 1).allowed
    assert not hands.take(4, 1, ceiling=0).allowed
    assert hands.take(5, 100, ceiling=None).used == 105


def test_asked_again_it_is_the_same_answer(hands: Hands) -> None:
    first = hands.take("a", 2)
    hands.take("b", 3)
    again = hands.take("a", 2, at=AT + 40 * timedelta(days=1))
    assert (again.allowed, again.used, again.period, again.again) == (True, first.used, first.period, True)
    assert hands.stands() == (5, 0)
    assert not hands.take("c").allowed
    assert hands.take("c", ceiling=6).allowed  # what was refused left nothing behind


def test_an_event_and_a_take_of_the_same_name_are_one(hands: Hands) -> None:
    with actor_scope(hands.actor):
        operations.record_usage(events=[used(hands.world, "a", "sent", 3)], actor=hands.actor, at=AT)
    assert hands.take("a", 3).again
    hands.take("b", 2)
    with actor_scope(hands.actor):
        told = operations.record_usage(events=[used(hands.world, "b", "sent", 2)], actor=hands.actor, at=AT)
    assert told.duplicates == 1
    assert hands.stands() == (5, 0)


def test_the_same_name_for_another_meter_is_refused(hands: Hands) -> None:
    hands.take("a")
    with pytest.raises(CannotTakeUsage) as caught:
        hands.take("a", meter="seats")
    assert caught.value.code == "used-otherwise"
    assert hands.stands(meter="seats") == (0, 0)


def test_a_new_period_has_room_again(hands: Hands) -> None:
    assert hands.take(1, 5).allowed
    assert not hands.take(2, at=AT + 29 * timedelta(days=1) - 11 * HOUR).allowed
    assert hands.take(3, at=AT + 31 * timedelta(days=1)).used == 1


def test_events_may_pass_the_ceiling_and_then_nothing_fits(hands: Hands) -> None:
    with actor_scope(hands.actor):
        operations.record_usage(events=[used(hands.world, 1, "sent", 9)], actor=hands.actor, at=AT)
    assert hands.take(2).used == 9
    assert not hands.take(2).allowed


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"meter": "nothing"}, "unknown-meter"),
        ({"meter": "storage"}, "does-not-add-up"),
        ({"meter": "devices"}, "does-not-add-up"),
        ({"meter": "contacts"}, "does-not-add-up"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": -1}, "quantity"),
        ({"meter": "visits", "quantity": 2}, "counts-events"),
        ({"number": ""}, "id"),
        ({"source": ""}, "id"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_name(hands: Hands, change: dict[str, Any], code: str) -> None:
    with pytest.raises(CannotTakeUsage) as caught:
        hands.take(**{"number": 1, **change})
    assert caught.value.code == code


def test_what_is_held_back_is_no_longer_there(hands: Hands) -> None:
    held = hands.reserve("job", 3)
    assert (held.allowed, held.used, held.reserved) == (True, 0, 3)
    assert not hands.take(1, 3).allowed
    assert not hands.reserve("other", 3).allowed
    assert hands.take(2, 2).used == 2
    done = hands.commit(held.reservation, 2)
    assert (done.used, done.reserved, hands.stands()) == (4, 0, (4, 0))
    assert hands.commit(held.reservation, 2).again
    assert hands.take(3).used == 5
    check_against_events(hands.world)


def test_a_reservation_is_made_once(hands: Hands) -> None:
    first = hands.reserve("job", 3)
    again = hands.reserve("job", 3, at=AT + MINUTE)
    assert (again.reservation, again.ends_at, again.again) == (first.reservation, first.ends_at, True)
    assert hands.stands() == (0, 3)


def test_released_is_given_back_once(hands: Hands) -> None:
    held = hands.reserve("job", 3)
    assert not hands.release(held.reservation).again
    assert hands.release(held.reservation).again
    assert hands.stands() == (0, 0)
    for quantity in (None, 1):
        with pytest.raises(CannotTakeUsage) as caught:
            hands.commit(held.reservation, quantity)
        assert caught.value.code == "reservation-ended"


def test_what_was_used_cannot_be_given_back(hands: Hands) -> None:
    held = hands.reserve("job", 3)
    hands.commit(held.reservation)
    with pytest.raises(CannotTakeUsage) as caught:
        hands.release(held.reservation)
    assert caught.value.code == "reservation-ended"
    with pytest.raises(CannotTakeUsage) as caught:
        hands.commit(held.reservation, 1)
    assert caught.value.code == "reservation-ended"
    assert hands.stands() == (3, 0)


def test_nobody_uses_more_than_was_held_back(hands: Hands) -> None:
    held = hands.reserve("job", 3)
    with pytest.raises(CannotTakeUsage) as caught:
        hands.commit(held.reservation, 4)
    assert caught.value.code == "more-than-reserved"
    assert hands.commit(held.reservation, 0).used == 0
    assert hands.stands() == (0, 0)
    with platform_scope("test"):
        assert UsageEvent.objects.count() == 0


def test_a_lapsed_reservation_is_in_nobodys_way(hands: Hands) -> None:
    held = hands.reserve("job", 5)
    later = AT + 10 * MINUTE
    assert not hands.take(1, at=later - MINUTE).allowed
    assert hands.stands(later) == (0, 0)  # before anybody has given it back
    assert hands.take(1, at=later).used == 1
    with pytest.raises(CannotTakeUsage) as caught:
        hands.commit(held.reservation, at=later)
    assert caught.value.code == "reservation-lapsed"
    assert hands.release(held.reservation, at=later).again
    assert hands.stands(later) == (1, 0)


def test_the_schedule_gives_back_what_has_lapsed(hands: Hands) -> None:
    hands.reserve("a", 2)
    hands.reserve("b", 1, lasts=HOUR)
    with platform_scope("test"):
        assert operations.give_back_lapsed(actor=hands.actor, at=AT + 11 * MINUTE) == 1
        assert operations.give_back_lapsed(actor=hands.actor, at=AT + 11 * MINUTE) == 0
        assert list(UsageTotal.objects.values_list("reserved", flat=True)) == [1]
        assert sorted(UsageReservation.objects.values_list("state", flat=True)) == ["lapsed", "open"]


def test_long_work_counts_where_it_began(hands: Hands) -> None:
    begun = AT + 29 * timedelta(days=1) + 12 * HOUR  # 31 March, 21:30
    held = hands.reserve("job", 2, at=begun, lasts=20 * HOUR)
    hands.commit(held.reservation, at=begun + 10 * HOUR)
    assert hands.stands(begun) == (2, 0)
    assert hands.stands(begun + 10 * HOUR) == (0, 0)
    check_against_events(hands.world)


def test_nothing_is_held_back_longer_than_a_day(hands: Hands) -> None:
    for lasts in (timedelta(0), timedelta(days=1, seconds=1)):
        with pytest.raises(CannotTakeUsage) as caught:
            hands.reserve("job", lasts=lasts)
        assert caught.value.code == "too-long"


def test_anothers_reservation_is_not_there(hands: Hands) -> None:
    held = hands.reserve("job", 3)
    with hands.world.scope("remo") as remo:
        for name in (held.reservation, "rsv_22222222222222"):
            with pytest.raises(NotFound):
                operations.commit(reservation=name, quantity=None, actor=remo, at=AT)
            with pytest.raises(NotFound):
                operations.release(reservation=name, actor=remo, at=AT)
    assert hands.stands() == (0, 3)


def test_the_pace_looks_at_whole_days(hands: Hands) -> None:
    world = hands.world
    with actor_scope(hands.actor):
        events = [used(world, n, "sent", 2, at=AT - n * timedelta(days=1)) for n in range(4)]
        operations.record_usage(events=events, actor=hands.actor, at=AT)
        pace = queries.pace_of(world.carl.id, "sent", AT)
        assert pace is not None
        assert (pace.quantity, pace.days, pace.used_in_days, pace.period.key) == (4, 1, 2, "2026-03")
        assert queries.pace_of(world.carl.id, "storage", AT) is None
        assert queries.days_of(world.carl.id, "sent", date(2026, 3, 2), date(2026, 3, 2))[0].quantity == 2

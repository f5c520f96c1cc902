"""Anchors that change move what was counted to where it belongs, and nothing else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from sublet.accounts.operations.details import change_details
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.metering import operations, queries
from sublet.metering.models import UsageAnchor
from sublet.metering.operations import CannotCorrectUsage
from tests.metering.meters import load_meters, product, used
from tests.metering.test_recording import check_against_events
from tests.people import AT, World

DAY = timedelta(days=1)


def record(world: World, *events: object, at: datetime = AT) -> None:
    actor = product(world)
    with actor_scope(actor):
        operations.record_usage(events=events, actor=actor, at=at)  # type: ignore[arg-type]  # usage each


def periods(world: World, meter: str, at: datetime) -> tuple[str, int]:
    with platform_scope("test"):
        found = queries.usage_of(world.carl.id, at)[meter]
    return found.period.key, found.quantity


def test_without_a_row_the_anchor_is_the_birth(world: World) -> None:
    load_meters(world)
    record(world, used(world, 1, "texts"), used(world, 2, "sent"))
    assert periods(world, "texts", AT) == ("2026-03-02", 1)
    assert periods(world, "texts", AT + 31 * DAY) == ("2026-04-02", 0)
    assert UsageAnchor.unscoped.count() == 0


def test_a_new_day_begins_a_period_and_keeps_what_was(world: World) -> None:
    load_meters(world)
    since = AT + 10 * DAY
    record(world, used(world, 1, "texts", 4), used(world, 2, "sent", 4))
    with platform_scope("test"):
        operations.set_anchor(
            account_id=world.carl.id, day=since.date(), zone="UTC", since=since, actor=product(world), at=since
        )
    record(world, used(world, 3, "texts", 1, at=since), used(world, 4, "sent", 1, at=since), at=since)
    assert periods(world, "texts", since) == ("2026-03-12", 1)
    assert periods(world, "texts", since - timedelta(seconds=1)) == ("2026-03-02", 4)
    assert periods(world, "sent", since) == ("2026-03", 5)
    check_against_events(world)


def test_a_change_that_is_dated_back_moves_what_lies_after_it(world: World) -> None:
    load_meters(world)
    since = AT + 10 * DAY
    moments = [AT, since - timedelta(seconds=1), since, since + DAY]
    record(world, *(used(world, n, "texts", 10**n, at=at) for n, at in enumerate(moments)), at=since + 2 * DAY)
    record(
        world, *(used(world, f"d{n}", "devices", value="x", at=at) for n, at in enumerate(moments)), at=since + 2 * DAY
    )
    with platform_scope("test"):
        operations.set_anchor(
            account_id=world.carl.id,
            day=date(2026, 1, 12),
            zone="UTC",
            since=since,
            actor=product(world),
            at=since + 3 * DAY,
        )
    assert periods(world, "texts", AT) == ("2026-03-02", 11)
    assert periods(world, "texts", since)[1] == 1100
    assert (periods(world, "devices", AT)[1], periods(world, "devices", since)[1]) == (1, 1)
    check_against_events(world)


def test_the_same_anchor_is_not_written_again(world: World) -> None:
    load_meters(world)
    facts = {"account_id": world.carl.id, "day": date(2026, 1, 12), "zone": "UTC", "actor": product(world)}
    with platform_scope("test"):
        operations.set_anchor(since=AT, at=AT, **facts)  # type: ignore[arg-type]  # a table of facts
        operations.set_anchor(since=AT + DAY, at=AT + DAY, **facts)  # type: ignore[arg-type]  # as above
    assert UsageAnchor.unscoped.count() == 2  # what held before, and this


def test_an_account_that_moves_to_another_zone_keeps_its_month(world: World) -> None:
    load_meters(world)
    at = datetime(2026, 3, 31, 23, 0, tzinfo=UTC)  # 1 April in Rome
    record(world, used(world, 1, "sent", 3, at=at), at=at)
    with world.scope("rosa") as rosa:
        change_details(
            ref=world.carl.ref,
            changes={"timezone": "Europe/Rome"},
            version=None,
            actor=rosa,
            at=at - timedelta(hours=2),
        )
    assert periods(world, "sent", at) == ("2026-04", 3)  # moved by the rebuild
    with world.scope("rosa") as rosa:
        change_details(
            ref=world.carl.ref,
            changes={"timezone": "America/New_York"},
            version=None,
            actor=rosa,
            at=at + timedelta(hours=1),
        )
    assert periods(world, "sent", at) == ("2026-04", 3)
    assert periods(world, "sent", datetime(2026, 5, 1, 3, 59, tzinfo=UTC)) == ("2026-04", 3)
    rows = UsageAnchor.unscoped.filter(account=world.carl).order_by("since").values_list("zone", flat=True)
    assert list(rows) == ["UTC", "Europe/Rome", "America/New_York"]
    check_against_events(world)


def test_a_person_corrects_and_it_is_told(world: World) -> None:
    load_meters(world)
    record(world, used(world, 1, "sent", 30), used(world, 2, "seats", 5))
    with world.scope("vera") as vera:
        operations.correct_usage(
            ref=world.carl.ref, meter="sent", quantity=Decimal(-12), moment=AT, reason="Sent twice by mistake",
            actor=vera, at=AT + 90 * DAY,
        )  # fmt: skip
    assert periods(world, "sent", AT) == ("2026-03", 18)
    entry = JournalEntry.unscoped.filter(event="usage.corrected").get()
    assert (entry.account_id, entry.parent_id, entry.reason) == (world.carl.id, world.rosa.id, "Sent twice by mistake")
    assert entry.data["quantity"] == "-12"
    check_against_events(world)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"meter": "nothing"}, "unknown-meter"),
        ({"meter": "storage"}, "does-not-add-up"),
        ({"meter": "visits"}, "does-not-add-up"),
        ({"quantity": Decimal(0)}, "quantity"),
        ({"quantity": Decimal("0.5")}, "quantity"),
        ({"reason": " "}, "reason"),
        ({"moment": AT + DAY}, "not-yet"),
    ],
)
def test_what_is_no_correction_is_refused(world: World, change: dict[str, object], code: str) -> None:
    load_meters(world)
    facts = {"ref": world.carl.ref, "meter": "sent", "quantity": Decimal(1), "moment": AT, "reason": "x"} | change
    with world.scope("vera") as vera, pytest.raises(CannotCorrectUsage) as caught:
        operations.correct_usage(actor=vera, at=AT, **facts)  # type: ignore[arg-type]  # a table of facts
    assert caught.value.code == code


def test_nobody_else_corrects(world: World) -> None:
    load_meters(world)
    facts = {"meter": "sent", "quantity": Decimal(1), "moment": AT, "reason": "x", "at": AT}
    with world.scope("rosa") as rosa, pytest.raises(Forbidden):
        operations.correct_usage(ref=world.carl.ref, actor=rosa, **facts)  # type: ignore[arg-type]  # as above
    with world.scope("vera") as vera, pytest.raises(NotFound):
        operations.correct_usage(ref="acc_22222222222222", actor=vera, **facts)  # type: ignore[arg-type]  # as above

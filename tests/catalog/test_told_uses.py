"""What accounts really use, told by each app to whoever loads another manifest; and a meter that goes and comes back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from sublet.accounts.models import Account
from sublet.catalog import queries
from sublet.catalog.operations import CannotLoadManifest, load_manifest
from sublet.entitlements import operations as entitlements
from sublet.entitlements.models import Alert, Override, Pool, Share, TopUp
from sublet.entitlements.operations.alerts import send_digests
from sublet.entitlements.operations.pools import set_pool, set_share
from sublet.entitlements.operations.using import commit, consume, reserve
from sublet.entitlements.queries import standing_by_ref, told
from sublet.foundation.scope import platform_scope
from sublet.metering.models import UsageEvent
from sublet.metering.operations import CannotRecordUsage, CannotTakeUsage, Usage, record_usage
from sublet.signals.operations import TellSignal, record_signals
from sublet.subscriptions.operations import start_trial, take_plan
from tests.catalog.test_offer import BOOKINGS, load
from tests.people import AT, World

DAY = timedelta(days=1)
VISITS = "page_visits"


def without(text: str, kind: str, key: str) -> str:
    """The manifest without that entry."""
    found, count = re.subn(rf'\[\[{kind}\]\]\nkey = "{key}"\n.*?(?=\n\[\[|\n# )', "", text, flags=re.DOTALL)
    assert count == 1
    return found


@pytest.fixture(autouse=True)
def fresh_offer() -> Iterator[None]:
    queries.forget_offer()
    yield
    queries.forget_offer()


@pytest.fixture
def used(world: World) -> World:
    """Carl, Élan and Zorba with something of everything, in Bookings."""
    load(world, BOOKINGS)
    events = [
        Usage("app", f"{account.ref}-{number}", AT, account.ref, VISITS, 1)
        for account in (world.carl, world.elan, world.zorba)
        for number in range(3)
    ]
    with world.scope("vera") as vera:
        record_usage(events=events, actor=vera, at=AT)
        set_pool(ref=world.rosa.ref, meter=VISITS, size=1000, oversell=None, actor=vera, at=AT)
        facts = [TellSignal(account=world.carl.ref, key="bookings_made", at=AT, value=3)]
        record_signals(signals=facts, actor=vera, at=AT)
    with world.scope("rosa") as rosa:
        entitlements.set_override(
            ref=world.carl.ref, kind="meter", key=VISITS, value=10, note="as agreed", actor=rosa, at=AT
        )
        entitlements.set_override(
            ref=world.elan.ref, kind="feature", key="priority_support", value=False, actor=rosa, at=AT
        )
        entitlements.set_service(ref=world.carl.ref, service="direct_support", enabled=True, actor=rosa, at=AT)
        set_share(ref=world.carl.ref, meter=VISITS, reserve=5, cap=100, actor=rosa, at=AT)
        take_plan(ref=world.elan.ref, plan="small", actor=rosa, at=AT)
        start_trial(ref=world.carl.ref, actor=rosa, at=AT)
    with world.scope("vera") as vera:
        entitlements.give_top_up(ref=world.carl.ref, meter=VISITS, units=7, until=AT + 90 * DAY, actor=vera, at=AT)
    return world


def effects(text: str) -> dict[tuple[str, str, str], int]:
    """What the vendor's preview of that manifest says: what, kind and key → accounts."""
    found = queries.preview_manifest(text.encode(), file_name="m.toml", at=AT + DAY)
    return {(each.what, each.kind, each.key): each.accounts for each in found.effects}


def test_each_app_tells_what_accounts_use(used: World) -> None:
    found = queries.uses(AT + DAY)
    assert found["meter", VISITS, 0] == 3
    assert found["signal", "bookings_made", 0] == 1
    assert found["managed_service", "direct_support", 0] == 1
    assert found["plan", "small", 1] == 1
    assert found["plan", "unlimited", 1] == 1  # what Carl's trial opens
    assert found["feature", "priority_support", 0] == 1
    assert ("add_on", "set_up", 1) not in found


def test_a_closed_account_uses_nothing(used: World) -> None:
    ids = [used.carl.id, used.elan.id, used.zorba.id, used.rosa.id]
    Account.unscoped.filter(id__in=ids).update(state="closed")  # unscoped: test data
    found = queries.uses(AT + DAY)
    assert not {("meter", VISITS, 0), ("signal", "bookings_made", 0), ("managed_service", "direct_support", 0)} & set(
        found
    )
    assert ("plan", "small", 1) not in found


def test_the_number_of_questions_does_not_grow(used: World, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    queries.offer()
    with django_assert_num_queries(10):
        queries.uses(AT + DAY)


def test_the_preview_says_for_how_many_and_asks(used: World) -> None:
    """Issue 5: a manifest that removes a meter in use, a service, a plan that somebody has."""
    smaller = without(without(BOOKINGS, "meters", VISITS), "managed_services", "direct_support")
    found = effects(smaller)
    assert found["gone", "meter", VISITS] == 3
    assert found["gone", "managed_service", "direct_support"] == 1
    # What counts otherwise is told, too.
    counted = BOOKINGS.replace('key = "page_visits"\naggregation = "count"', 'key = "page_visits"\naggregation = "sum"')
    assert effects(counted) == {("meaning", "meter", VISITS): 3}
    with used.scope("vera") as vera:
        with pytest.raises(CannotLoadManifest) as fault:
            load_manifest(source=smaller.encode(), file_name="m.toml", confirmed=False, actor=vera, at=AT + DAY)
        assert fault.value.code == "offer-in-use"
        load_manifest(source=smaller.encode(), file_name="m.toml", confirmed=True, actor=vera, at=AT + DAY)


def test_a_meter_that_nobody_used_goes_without_a_word(world: World) -> None:
    load(world, BOOKINGS)
    smaller = without(BOOKINGS, "meters", VISITS)
    assert effects(smaller) == {}
    with world.scope("vera") as vera:
        load_manifest(source=smaller.encode(), file_name="m.toml", confirmed=False, actor=vera, at=AT + DAY)


def kept() -> list[int]:
    # unscoped: test data
    tables = (UsageEvent, Override, TopUp, Pool, Share, Alert)
    return [model.unscoped.count() for model in tables]  # unscoped: as above


def answer(world: World, at: datetime = AT + DAY) -> dict[str, object]:
    with world.scope("rosa") as actor:
        found = told(standing_by_ref(world.carl.ref, actor=actor, at=at))
    return dict(found["meters"].get(VISITS, {}))


def test_a_meter_that_went_keeps_its_rows_refuses_use_and_comes_back_whole(used: World) -> None:
    with used.scope("vera") as vera:
        entitlements.check_limits(account_id=used.carl.id, actor=vera, at=AT)
        held = reserve(
            account_ref=used.carl.ref, meter=VISITS, quantity=1, source="app", event_id="held",
            lasts=timedelta(hours=1), actor=vera, at=AT,
        )  # fmt: skip
    before, rows = answer(used, at=AT), kept()
    load(used, without(BOOKINGS, "meters", VISITS), 1)
    assert kept() == rows
    assert answer(used) == {}
    with used.scope("vera") as vera:
        with pytest.raises(CannotRecordUsage) as refused:
            record_usage(events=[Usage("app", "late", AT, used.carl.ref, VISITS, 1)], actor=vera, at=AT + DAY)
        assert [(fault.field, fault.code) for fault in refused.value.faults] == [("meter", "unknown-meter")]
        with pytest.raises(CannotTakeUsage) as taken:
            consume(
                account_ref=used.carl.ref, meter=VISITS, quantity=1, source="app", event_id="x", actor=vera, at=AT + DAY
            )
        assert taken.value.code == "unknown-meter"
        with pytest.raises(CannotTakeUsage) as settled:
            commit(reservation=held.reservation, quantity=None, actor=vera, at=AT + DAY)
        assert settled.value.code == "unknown-meter"  # what was held back lapses
        entitlements.check_limits(account_id=used.carl.id, actor=vera, at=AT + DAY)
    with platform_scope("the schedule"):
        send_digests(actor=used.actor("vera"), at=AT + DAY)
    # Pages of an account that has words, units and alerts about it.
    for person, path in (
        ("rosa", f"/reseller/{used.rosa.ref}/clients/{used.carl.ref}/use/"),
        ("carl", f"/client/{used.carl.ref}/use/"),
    ):
        assert used.browser(person).get(path).status_code == 200
    load(used, BOOKINGS, 2)
    after = answer(used, at=AT)
    assert kept() == rows
    assert after == before
    with used.scope("vera") as vera:
        # The same event is still known.
        again = record_usage(
            events=[Usage("app", f"{used.carl.ref}-0", AT, used.carl.ref, VISITS, 1)], actor=vera, at=AT + 2 * DAY
        )
        assert (again.accepted, again.duplicates) == (0, 1)

"""What webhooks tell of plans, trials, limits and units: each side hears its own, with no notes of those above and no prices."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from pytest_django.fixtures import Settings as SettingsWrapper

from sublet.catalog.queries import forget_offer
from sublet.core.readers import FOR_CLIENTS, NOT_FOR_CLIENTS
from sublet.core.webhooks import OTHER, group_of, hears
from sublet.entitlements import events as limit_events
from sublet.entitlements import operations as entitlements
from sublet.entitlements.operations import check_limits, consume
from sublet.entitlements.operations.pools import set_pool, set_share
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.journal.events import EVENTS
from sublet.subscriptions import events as plan_events
from sublet.subscriptions import operations as subscriptions
from tests.entitlements import load
from tests.messaging.test_webhooks import deliveries, listen
from tests.people import AT, World
from tests.portals.api.caller import make_caller

DAY = timedelta(days=1)
NOTE = "Kept for those above"
#: What nobody is told in an event of the offer: words of money.
MONEY = re.compile(r"price|amount|retail|wholesale|currency|€|EUR", re.IGNORECASE)


@pytest.fixture(autouse=True)
def listed(settings: SettingsWrapper) -> None:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    forget_offer()


@pytest.fixture
def happened(world: World) -> World:
    """Everything of the offer happens to Carl, and some to Rosa and Dora, while all of them listen."""
    load(world)
    for who in ("vera", "rosa", "remo", "carl", "nora", "dora"):
        listen(world, who, f"https://{who}.example/")
    carl, dora = world.carl.ref, world.dora.ref
    with world.scope("vera") as vera:
        set_pool(ref=world.rosa.ref, meter="text_messages", size=1000, oversell=None, actor=vera, at=AT)
        for ref in (carl, dora, world.rosa.ref):
            entitlements.set_override(
                ref=ref, kind="meter", key="text_messages", value=900, note=NOTE, actor=vera, at=AT
            )
        entitlements.give_top_up(ref=dora, meter="appointments", units=3, reason=NOTE, actor=vera, at=AT)
        for number in range(2):
            consume(
                account_ref=carl, meter="appointments", quantity=45, source="t", event_id=f"{number}", actor=vera, at=AT
            )
        check_limits(account_id=world.carl.id, actor=vera, at=AT)
    with world.scope("rosa") as rosa:
        entitlements.set_override(
            ref=carl, kind="meter", key="appointments", value=40, note=NOTE, actor=rosa, at=AT + DAY
        )
        entitlements.remove_override(ref=carl, kind="meter", key="appointments", actor=rosa, at=AT + DAY)
        entitlements.set_service(ref=carl, service="direct_support", enabled=True, actor=rosa, at=AT)
        set_share(ref=carl, meter="text_messages", reserve=5, cap=30, actor=rosa, at=AT)
        subscriptions.start_trial(ref=carl, actor=rosa, at=AT, reason=NOTE)
        subscriptions.take_plan(ref=carl, plan="small", actor=rosa, at=AT, reason=NOTE)
        subscriptions.take_add_on(ref=carl, add_on="appointment_pack", count=2, actor=rosa, at=AT)
    with world.scope("carl") as carl_himself:
        entitlements.set_own_cap(meter="page_visits", units=99, actor=carl_himself, at=AT)
    run_due_jobs(at=AT + 6 * DAY)  # it reminds
    run_due_jobs(at=AT + 8 * DAY)  # and ends
    return world


def told() -> dict[str, list[dict[str, Any]]]:
    """Account → bodies that its endpoint is told of the offer."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in deliveries():
        if group_of(row.event) in {"plans", "use"}:
            found.setdefault(row.endpoint.account.name, []).append(json.loads(row.body))
    return found


OF_CARL = {
    "limit.set", "limit.removed", "limit.threshold_crossed", "managed_service.set", "share.set", "trial.started",
    "trial.ended", "subscription.plan_taken", "add_on.taken", "cap.set", "trial.reminded",
}  # fmt: skip


def test_each_side_hears_what_concerns_it(happened: World) -> None:
    heard = {name: {each["type"] for each in bodies} for name, bodies in told().items()}
    assert heard[happened.carl.name] == OF_CARL
    assert heard[happened.rosa.name] == OF_CARL | {"pool.set"}
    assert heard[happened.dora.name] == {"limit.set", "top_up.given"}
    assert heard[happened.vendor.name] == OF_CARL | {"pool.set", "top_up.given"}
    assert happened.remo.name not in heard
    assert happened.bakery.name not in heard


def test_nobody_is_told_a_price_nor_the_notes_of_those_above(happened: World) -> None:
    for name, bodies in told().items():
        for body in bodies:
            assert not MONEY.search(json.dumps(body["data"]["details"])), (name, body)
            about_itself = body["data"]["account"] == _ref(happened, name)
            if name != happened.vendor.name and about_itself:
                assert NOTE not in json.dumps(body), (name, body["type"])
    # The reseller reads its own notes about its client, and the client's name for what happened.
    rosas = [body for body in told()[happened.rosa.name] if body["data"]["details"].get("note") == NOTE]
    assert {body["type"] for body in rosas} == {"limit.set"}


def _ref(world: World, name: str) -> str:
    accounts = (world.vendor, world.rosa, world.carl, world.dora)
    return next(account.ref for account in accounts if account.name == name)


def test_what_a_threshold_tells(happened: World) -> None:
    crossed = [each for each in told()[happened.carl.name] if each["type"] == "limit.threshold_crossed"]
    body = next(each for each in crossed if each["data"]["details"]["percent"] == 80)
    details = body["data"]["details"]
    assert (details["key"], details["used"], details["limit"]) == ("appointments", 45, 50)
    assert {each["data"]["details"]["percent"] for each in crossed} == {80, -1}
    assert body["data"]["actor"]["name"] == ""  # nobody of the vendor


def test_a_history_by_api_keeps_them_as_well(happened: World) -> None:
    for who in ("carl", "dora", "rosa"):
        entries = make_caller(happened, who).get("/journal").body["items"]
        own = [each for each in entries if each["event"] in {"limit.set", "top_up.given"}]
        assert own, who
        assert NOTE not in json.dumps([each for each in own if each["account"] == _ref_of(happened, who)]), who


def _ref_of(world: World, who: str) -> str:
    return str(getattr(world, who).ref)


def test_every_event_of_the_offer_has_a_group_and_a_reader() -> None:
    names = [name for name, cls in EVENTS.items() if cls.__module__ in {limit_events.__name__, plan_events.__name__}]
    assert len(names) > 20
    assert [name for name in names if group_of(name) == OTHER] == []
    assert [name for name in names if name not in FOR_CLIENTS and not name.startswith(NOT_FOR_CLIENTS)] == []
    assert [name for name in names if name in FOR_CLIENTS and not hears("client", name, ())] == []

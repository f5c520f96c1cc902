"""Usage by the API: reported by the product, read by whoever uses it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from sublet.catalog.queries import in_force
from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from sublet.metering.models import UsageEvent, UsageTotal
from tests.metering.meters import load_meters
from tests.people import World
from tests.portals.api.caller import Answer, Caller

PLACE = "/usage-events"
ONE, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"


@pytest.fixture(autouse=True)
def meters(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whether another manifest is in force is asked each second: counts of statements would depend on it.
    monkeypatch.setattr(in_force, "FRESH_SECONDS", 3600.0)
    load_meters(world)


def event(world: World, number: object, **changes: Any) -> dict[str, Any]:
    facts = {
        "id": str(number),
        "source": "app",
        "time": now().isoformat(),
        "account": world.carl.ref,
        "meter": "sent",
        "quantity": 2,
    }
    return {name: value for name, value in {**facts, **changes}.items() if value is not ...}


def count() -> tuple[int, int]:
    with platform_scope("test"):
        return UsageEvent.objects.count(), UsageTotal.objects.count()


def used(caller: Caller, world: World, meter: str = "sent") -> Any:
    page = caller.get(f"/accounts/{world.carl.ref}/usage")
    assert page.status == 200
    return next(each for each in page["meters"] if each["meter"] == meter)["period"]["used"]


def test_events_are_counted_once(world: World, vera: Caller) -> None:
    body = {"events": [event(world, 1), event(world, 2, quantity=..., time=...), event(world, 1)]}
    first, again = vera.post(PLACE, body), vera.post(PLACE, body)
    assert (first.status, first.body) == (202, {"accepted": 2, "duplicates": 1})
    assert (again.status, again.body) == (202, {"accepted": 0, "duplicates": 3})
    assert used(vera, world) == 3


def test_an_answer_takes_as_many_statements_for_many_events_as_for_one(
    world: World, vera: Caller, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    vera.post(PLACE, {"events": [event(world, 0)]})
    for size in (1, 300):
        # The key, the product's sections, a savepoint, accounts, events, totals, a job that looks at limits, its end.
        with django_assert_num_queries(8):
            assert vera.post(PLACE, {"events": [event(world, f"{size} {n}") for n in range(size)]}).status == 202


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"account": "acc_22222222222222"}, ("events.1.account", "unknown-account")),
        ({"meter": "nothing"}, ("events.1.meter", "unknown-meter")),
        ({"time": "2020-01-01T00:00:00Z"}, ("events.1.time", "too-old")),
        ({"time": "2099-01-01T00:00:00Z"}, ("events.1.time", "too-far-ahead")),
        ({"time": "yesterday"}, ("events.1.time", "not-an-instant")),
        ({"quantity": "2"}, ("events.1.quantity", "not-a-number")),
        ({"quantity": True}, ("events.1.quantity", "not-a-number")),
        ({"quantity": 1.5}, ("events.1.quantity", "too-precise")),
        ({"quantity": -1}, ("events.1.quantity", "too-small")),
        ({"id": ""}, ("events.1.id", "too-short")),
        ({"id": ...}, ("events.1.id", "missing")),
        ({"source": "people"}, ("events.1.source", "not-yours")),
        ({"corrects": "2"}, ("events.1.corrects", "corrects-itself")),
        ({"colour": "red"}, ("events.1.colour", "unknown-field")),
    ],
)
def test_one_wrong_event_refuses_the_whole_body(
    world: World, vera: Caller, change: dict[str, Any], fault: tuple[str, str]
) -> None:
    told = vera.post(PLACE, {"events": [event(world, 1), event(world, 2, **change), event(world, 3)]})
    assert (told.status, told.code) == (422, "invalid")
    assert fault in told.fields
    assert {place for place, _ in told.fields} == {fault[0]}
    assert count() == (0, 0)


def test_bodies_have_from_one_to_a_thousand_events(world: World, vera: Caller) -> None:
    assert vera.post(PLACE, {"events": []}).fields == [("events", "too-few")]
    assert vera.post(PLACE, {"events": [event(world, n) for n in range(1001)]}).fields == [("events", "too-many")]
    assert vera.post(PLACE, {"events": [event(world, n) for n in range(1000)]}).status == 202


def test_only_the_vendors_product_reports(world: World, call: Callable[..., Caller]) -> None:
    body = {"events": [event(world, 1)]}
    # Where no vendor is served there is no such operation.
    assert [call(who).post(PLACE, body).status for who in ("rosa", "carl")] == [404, 404]
    assert call("dora").post(PLACE, body).code == "wrong-account"
    looking = call("vera", rights={"usage": "view"})
    assert (looking.post(PLACE, body).status, looking.post(PLACE, body)["right"]) == (403, "usage:manage")
    assert count() == (0, 0)


def cloud(world: World, number: object, **changes: Any) -> dict[str, Any]:
    facts = {
        "specversion": "1.0",
        "id": str(number),
        "source": "app",
        "type": "sent",
        "subject": world.carl.ref,
        "datacontenttype": "application/json",
        "data": {"quantity": 5},
    }
    return {name: value for name, value in {**facts, **changes}.items() if value is not ...}


def send(caller: Caller, body: Any, media: str) -> Answer:
    return caller.post(PLACE, raw=json.dumps(body).encode(), media=media)


def test_cloudevents_are_the_same_events(world: World, vera: Caller) -> None:
    assert send(vera, cloud(world, 1), ONE).body == {"accepted": 1, "duplicates": 0}
    more = [cloud(world, 1), cloud(world, 2, data=..., time=now().isoformat())]
    assert send(vera, more, BATCH).body == {"accepted": 1, "duplicates": 1}
    device = cloud(world, 3, type="devices", data={"properties": {"device": "phone"}})
    assert send(vera, device, ONE).status == 202
    assert vera.post(PLACE, {"events": [event(world, 1)]}).body == {"accepted": 0, "duplicates": 1}
    assert (used(vera, world), used(vera, world, "devices")) == (6, 1)


def test_what_is_no_cloudevent_is_refused(world: World, vera: Caller) -> None:
    for wrong in (
        cloud(world, 1, specversion="0.3"),
        cloud(world, 1, datacontenttype="text/plain"),
        cloud(world, 1, data=[1]),
        [cloud(world, 1)],
        7,
    ):
        assert send(vera, wrong, ONE).code == "malformed"
    assert send(vera, cloud(world, 1), BATCH).code == "malformed"
    assert send(vera, cloud(world, 1, traceparent="00"), ONE).fields == [("events.0.traceparent", "unknown-field")]
    assert send(vera, cloud(world, 1, data={"id": "2"}), ONE).fields == [("events.0.data.id", "unknown-field")]
    assert send(vera, cloud(world, 1, subject=...), ONE).fields == [("events.0.account", "missing")]
    assert vera.post("/accounts", raw=json.dumps(cloud(world, 1)).encode(), media=ONE).code == "unsupported-media-type"
    assert count() == (0, 0)


# Reading ----------------------------------------------------------------------------------------------------------------


def test_everybody_reads_its_own_and_those_below(world: World, vera: Caller, call: Callable[..., Caller]) -> None:
    vera.post(PLACE, {"events": [event(world, 1), event(world, 2, meter="storage", quantity=1.25)]})
    assert [used(call(who), world) for who in ("vera", "rosa", "carl")] == [2, 2, 2]
    assert used(call("carl", rights={"usage": "view"}), world, "storage") == 1.25
    place = f"/accounts/{world.carl.ref}/usage"
    assert call("carl", rights={"settings": "manage"}).get(place).status == 403
    assert [call(who).get(place).status for who in ("remo", "nora", "dora")] == [404, 404, 404]
    assert call("rosa", reach=[world.elan]).get(place).status == 404


def test_usage_is_told_by_period_and_day(world: World, vera: Caller) -> None:
    at = now()
    late = at - timedelta(days=33)
    vera.post(PLACE, {"events": [event(world, 1), event(world, 2, quantity=7, time=late.isoformat())]})
    page = vera.get(f"/accounts/{world.carl.ref}/usage?since={late.date()}&until={at.date()}")
    sent = next(each for each in page["meters"] if each["meter"] == "sent")
    assert (page["account"], page["since"], page["until"]) == (world.carl.ref, str(late.date()), str(at.date()))
    assert [(each["key"], each["used"]) for each in sent["before"]] == [(f"{late:%Y-%m}", 7)]
    assert sent["days"] == [{"day": str(late.date()), "used": 7}, {"day": str(at.date()), "used": 2}]
    seats = next(each for each in page["meters"] if each["meter"] == "seats")
    assert seats["period"] == {"key": "standing", "start": None, "end": None, "used": 0, "reserved": 0}


@pytest.mark.parametrize("asked", ["since=2026-03-02&until=2026-03-01", "since=2020-01-01&until=2026-03-01"])
def test_a_range_that_is_none_is_refused(world: World, vera: Caller, asked: str) -> None:
    assert vera.get(f"/accounts/{world.carl.ref}/usage?{asked}").fields == [("until", "wrong-range")]


def test_reading_takes_as_many_statements_whatever_there_is(
    world: World, vera: Caller, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    place = f"/accounts/{world.carl.ref}/usage"
    vera.get(place)
    for size in (1, 3):
        events = [event(world, f"{size} {n}", time=(now() - n * timedelta(days=9)).isoformat()) for n in range(size)]
        vera.post(PLACE, {"events": events})
        with django_assert_num_queries(
            6
        ):  # the key, the product's sections, the account, its anchors, what is used, its days
            vera.get(place)


def test_the_vendor_puts_right_and_it_is_told(world: World, vera: Caller, call: Callable[..., Caller]) -> None:
    vera.post(PLACE, {"events": [event(world, 1, quantity=30)]})
    place = f"/accounts/{world.carl.ref}/usage-corrections"
    body = {"meter": "sent", "quantity": -12, "time": now().isoformat(), "reason": "Sent twice"}
    answer = vera.post(place, body)
    assert (answer.status, answer["closed"]) == (201, False)
    assert used(vera, world) == 18
    assert vera.post(place, {**body, "quantity": 0}).code == "cannot_correct_usage.quantity"
    assert vera.post(place, {**body, "meter": "storage"}).code == "cannot_correct_usage.does-not-add-up"
    assert call("rosa").post(place, body).status == 404
    [told] = [
        each for each in vera.get(f"/accounts/{world.carl.ref}/journal")["items"] if each["event"] == "usage.corrected"
    ]
    assert (told["reason"], told["data"]["quantity"]) == ("Sent twice", "-12")

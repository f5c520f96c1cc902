"""Single usage events by the API: read with what was corrected, and corrected by a person's word, as on the vendor's pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.billing.operations import issue_invoice
from sublet.core.usage import BY_PEOPLE, correction_id
from sublet.foundation.clock import now
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import actor_scope
from sublet.metering import operations
from sublet.metering.models import UsageEvent
from tests.billing.selling import day, furnish, invoices, run, texts
from tests.metering.meters import load_meters, product, used
from tests.people import World
from tests.portals.api.caller import Answer, Caller

ODD = "a/b & ü?"


@pytest.fixture
def there(world: World) -> str:
    """Carl has used something today: 30 in an event with an odd id, 4, three visits."""
    load_meters(world)
    actor, at = product(world), now()
    told = [used(world, ODD, "sent", 30, at=at), used(world, 2, "sent", 4, at=at), used(world, 3, "visits", at=at)]
    with actor_scope(actor):
        operations.record_usage(events=told, actor=actor, at=at)
    return f"/accounts/{world.carl.ref}"


def correct(caller: Caller, there: str, event: str = ODD, quantity: object = 18, **more: Any) -> Answer:
    key = more.pop("key", "")
    body = {"meter": "sent", "source": "app", "id": event, "quantity": quantity, "reason": "Sent twice"} | more
    headers = {"Idempotency-Key": key} if key else {}
    return caller.post(f"{there}/usage-event-corrections", body, headers=headers)


def corrections() -> int:
    return UsageEvent.unscoped.filter(source=BY_PEOPLE).count()


def listed(caller: Caller, there: str, meter: str = "sent", **asked: Any) -> Answer:
    return caller.get(f"{there}/usage-events?{urlencode({'meter': meter, **asked})}")


def events(caller: Caller, there: str, meter: str = "sent", **asked: Any) -> Any:
    found = listed(caller, there, meter, **asked)
    assert found.status == 200
    return found["items"]


def test_an_event_is_found_seen_through_and_corrected(vera: Caller, there: str) -> None:
    [found] = events(vera, there, id=ODD)
    assert {name: found[name] for name in ("id", "source", "meter", "quantity", "value", "state")} == {
        "id": ODD, "source": "app", "meter": "sent", "quantity": 30, "value": "", "state": "counts",
    }  # fmt: skip
    assert (found["corrects"], found["made_by"], found["corrected_by"]) == (None, None, None)
    seen = correct(vera, there, dry_run=True)
    assert (seen.status, seen["event"], corrections()) == (200, found, 0)
    assert {name: seen[name] for name in ("dry_run", "quantity", "before", "after", "charged", "closed", "invoices")} == {
        "dry_run": True, "quantity": 18, "before": 34, "after": 22, "charged": False, "closed": False, "invoices": [],
    }  # fmt: skip
    assert seen["period"] == f"{now():%Y-%m}"
    made = correct(vera, there)
    assert (made.status, made.body) == (201, {"id": correction_id("app", ODD), "closed": False})
    [corrected], [correction] = events(vera, there, id=ODD), events(vera, there, id=made["id"])
    word = corrected["corrected_by"]
    assert (word["id"], word["reason"], word["by"] != "") == (made["id"], "Sent twice", True)
    assert corrected | {"state": "counts", "corrected_by": None} == found
    assert (corrected["state"], correction["state"]) == ("corrected", "counts")
    assert (correction["source"], correction["quantity"], correction["corrects"]) == (BY_PEOPLE, 18, ODD)
    assert (correction["made_by"], correction["corrected_by"]) == (word, None)
    [entry] = JournalEntry.unscoped.filter(event="usage.corrected")
    assert (entry.reason, entry.data["quantity"], entry.data["corrects"]) == ("Sent twice", "-12", ODD)


def test_an_event_that_should_not_have_been_counted_is_taken_out(vera: Caller, there: str) -> None:
    assert correct(vera, there, "3", 2, meter="visits").code == "cannot_correct_usage.counts-events"
    seen = correct(vera, there, "3", None, meter="visits", dry_run=True)
    assert (seen["quantity"], seen["before"], seen["after"]) == (None, 1, 0)
    made = correct(vera, there, "3", None, meter="visits")
    assert made.status == 201
    [correction] = events(vera, there, "visits", id=made["id"])
    assert (correction["state"], correction["quantity"]) == ("takes-back", None)
    assert correct(vera, there, made["id"], None, meter="visits", source=BY_PEOPLE).code == (
        "cannot_correct_usage.counts-nothing"
    )


def test_it_is_done_once_and_a_later_repeat_says_so(vera: Caller, there: str) -> None:
    first = correct(vera, there, key="one")
    again = correct(vera, there, key="one")
    assert (again.status, again.body, again.response["Idempotency-Replayed"]) == (201, first.body, "true")
    assert (correct(vera, there).status, correct(vera, there).body) == (201, first.body)
    other = correct(vera, there, quantity=17)
    assert (other.status, other.code) == (409, "cannot_correct_usage.corrected-already")
    assert correct(vera, there, quantity=17, dry_run=True).code == "cannot_correct_usage.corrected-already"
    seen = correct(vera, there, dry_run=True)
    assert (seen.status, seen["event"]["state"], seen["before"], seen["after"]) == (200, "corrected", 22, 22)
    assert (corrections(), JournalEntry.unscoped.filter(event="usage.corrected").count()) == (1, 1)
    # The positive control: what counts in its place can be corrected.
    assert correct(vera, there, first["id"], 17, source=BY_PEOPLE).status == 201
    assert corrections() == 2
    assert correct(vera, there).code == "cannot_correct_usage.corrected-already"


def test_what_the_product_says_of_it_later_is_told_as_overruled(world: World, vera: Caller, there: str) -> None:
    correct(vera, there)
    late = used(world, "late", "sent", 25, at=now(), corrects=ODD)
    body = {"id": late.id, "source": "app", "account": late.account, "meter": "sent", "quantity": 25, "corrects": ODD}
    assert vera.post("/usage-events", {"events": [body]}).body == {"accepted": 1, "duplicates": 0}
    [told] = events(vera, there, id="late")
    assert (told["state"], told["quantity"], told["corrects"], told["corrected_by"]) == ("overruled", 25, ODD, None)
    assert correct(vera, there, "late", 20).code == "cannot_correct_usage.corrected-already"
    period = next(each for each in vera.get(f"{there}/usage")["meters"] if each["meter"] == "sent")["period"]
    assert period["used"] == 22


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"quantity": 30}, "cannot_correct_usage.same", None),
        ({"quantity": -3}, "cannot_correct_usage.negative", None),
        ({"quantity": 1.5}, "cannot_correct_usage.new-value", None),
        ({"quantity": 1e308}, "cannot_correct_usage.new-value", None),
        ({"quantity": 10**40}, "cannot_correct_usage.new-value", None),
        ({"reason": " "}, "cannot_correct_usage.reason", None),
        ({"quantity": "18"}, "invalid", ("quantity", "not-a-number")),
        ({"quantity": ...}, "invalid", ("quantity", "missing")),
        ({"reason": ""}, "invalid", ("reason", "too-short")),
        ({"amount": 3}, "invalid", ("amount", "unknown-field")),
    ],
)
def test_what_is_wrong_has_a_code_and_nothing_is_done(
    vera: Caller, there: str, change: dict[str, Any], code: str, field: tuple[str, str] | None
) -> None:
    body = {"meter": "sent", "source": "app", "id": ODD, "quantity": 18, "reason": "Sent twice", **change}
    sent = {name: value for name, value in body.items() if value is not ...}
    for dry in (True, False):
        told = vera.post(f"{there}/usage-event-corrections", sent | {"dry_run": dry})
        assert (told.code, told.fields if field else None) == (code, [field] if field else None)
    assert corrections() == 0


def test_of_what_there_is_not_and_for_others_there_is_nothing(
    world: World, vera: Caller, there: str, call: Callable[..., Caller]
) -> None:
    strange = ({"id": "99"}, {"source": "other"}, {"meter": "visits"}, {"meter": "none"})
    for change in strange:
        for dry in (True, False):
            assert correct(vera, there, dry_run=dry, **change).status == 404
    for ref in (world.bakery.ref, "acc_22222222222222"):
        assert correct(vera, f"/accounts/{ref}").status == 404
    assert listed(vera, there, "none").status == 404
    assert listed(vera, there, cursor="made-up").fields == [("cursor", "wrong-cursor")]
    assert events(vera, f"/accounts/{world.bakery.ref}") == []
    for who in ("rosa", "carl", "nora"):
        assert (listed(call(who), there).status, correct(call(who), there).status) == (
            404, 404,
        )  # fmt: skip
    near = call("vera", reach=[world.elan])
    assert (listed(near, there).status, correct(near, there).status) == (404, 404)
    assert corrections() == 0


def test_reading_and_correcting_take_the_rights_of_the_pages(there: str, call: Callable[..., Caller]) -> None:
    looks = call("vera", rights={"usage": "view"})
    assert len(events(looks, there)) == 2
    for dry in (True, False):
        refused = correct(looks, there, dry_run=dry)
        assert (refused.status, refused["right"]) == (403, "usage:manage")
    blind = call("vera", rights={"accounts": "manage"})
    assert listed(blind, there).status == 403
    assert corrections() == 0
    assert correct(call("vera", rights={"usage": "manage"}), there).status == 201


def test_the_list_goes_on_both_ways_with_as_many_statements_for_many(world: World, vera: Caller, there: str) -> None:
    def asked(**more: Any) -> tuple[list[str], Answer, int]:
        with CaptureQueriesContext(connection) as statements:
            page = listed(vera, there, limit=2, **more)
        return [each["id"] for each in page["items"]], page, len(statements)

    correct(vera, there)
    listed(vera, there)
    _ids, _page, few = asked()
    actor, at = product(world), now()
    with actor_scope(actor):
        operations.record_usage(events=[used(world, f"n{n}", "sent", 1, at=at) for n in range(4)], actor=actor, at=at)
    correct(vera, there, "n3", 2)
    whole = [each["id"] for each in events(vera, there)]
    assert len(whole) == 8
    first, page, many = asked()
    assert (first, page["previous"], many) == (whole[:2], None, few)
    second, after, _count = asked(cursor=page["next"])
    assert second == whole[2:4]
    assert asked(cursor=after["previous"])[0] == whole[:2]
    # A cursor is good for its own list alone.
    assert listed(vera, there, "visits", cursor=page["next"]).fields == [("cursor", "wrong-cursor")]


def test_the_invoices_that_charged_it_are_told_to_whoever_sees_invoices(
    world: World, vera: Caller, call: Callable[..., Caller]
) -> None:
    furnish(world, retail=False)
    texts(world, 230, at=day("2026-03-20"))
    there, [event] = f"/accounts/{world.carl.ref}", UsageEvent.unscoped.all()

    def seen(caller: Caller) -> tuple[object, ...]:
        told = correct(caller, there, event.event_id, 210, source=event.source, meter="text_messages", dry_run=True)
        return told["charged"], told["closed"], told["invoices"]

    assert seen(vera) == (False, False, [])
    run(day("2026-05-02"))
    assert seen(vera) == (True, False, [])
    draft = invoices()[1]
    with world.scope("vera") as actor:
        issued = issue_invoice(ref=draft.ref, actor=actor, at=day("2026-05-03"))
    assert seen(vera) == (True, False, [{"ref": issued.ref, "number": issued.number_shown}])
    assert seen(call("vera", rights={"usage": "manage"})) == (True, False, [])
    run(day("2026-09-02"))
    assert seen(vera)[:2] == (True, True)

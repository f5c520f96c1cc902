"""`limit.threshold_crossed` at the endpoints of those whom it concerns: the client and its reseller, nobody else."""

from __future__ import annotations

import json
from typing import Any

from sublet.entitlements.operations import check_limits, consume
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import Delivery
from sublet.messaging.webhook_operations import create_webhook
from tests.entitlements import load
from tests.people import AT, World
from tests.servers import HttpServer, http_server


def cross(world: World, quantity: int, name: str) -> None:
    with world.scope("vera") as vera:
        consume(
            account_ref=world.carl.ref, meter="appointments", quantity=quantity, source="t", event_id=name, actor=vera, at=AT
        )  # fmt: skip
        check_limits(account_id=world.carl.id, actor=vera, at=AT)


def bodies(server: HttpServer) -> list[dict[str, Any]]:
    return [json.loads(each.body) for each in server.asked]


def test_the_client_and_its_reseller_are_told_and_nobody_else(world: World, settings: Any) -> None:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    load(world)
    with http_server() as server:
        for who in ("rosa", "carl", "remo", "nora"):
            with world.scope(who) as actor:
                create_webhook(name=who, url=f"{server.url}{who}", groups=("use",), actor=actor, at=AT)
        cross(world, 40, "a")
        cross(world, 10, "b")
        run_due_jobs(at=AT)
    heard = sorted((each.path, json.loads(each.body)["data"]["details"]["percent"]) for each in server.asked)
    assert heard == [("/carl", 80), ("/carl", 100), ("/rosa", 80), ("/rosa", 100)]
    for told in bodies(server):
        assert told["type"] == "limit.threshold_crossed"
        details = told["data"]["details"]
        assert (details["ref"], details["key"], details["limit"]) == (world.carl.ref, "appointments", 50)
        assert "Vantage" not in json.dumps(told)
    with platform_scope("test"):
        assert {each.account_id for each in Delivery.objects.all()} == {world.carl.id, world.rosa.id}

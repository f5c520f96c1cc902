"""Webhooks by the API, and their description in the document."""

from __future__ import annotations

import jsonschema
import msgspec
import pytest

from sublet.messaging.models import Delivery
from tests.people import World
from tests.portals.api.caller import Caller, published


def test_a_webhook_is_made_changed_switched_and_removed(rosa: Caller) -> None:
    made = rosa.post("/webhooks", {"name": "Accounting", "url": "https://a.example/", "groups": ["accounts"]})
    assert made.status == 201
    path = f"/webhooks/{made['ref']}"
    assert rosa.get("/webhooks")["items"][0]["url"] == "https://a.example/"
    changed = rosa.ask("PATCH", path, {"url": "https://b.example/x", "groups": []})
    assert (changed["name"], changed["url"], changed["groups"]) == ("Accounting", "https://b.example/x", [])
    wrong = rosa.ask("PATCH", path, {"url": "https://10.0.0.1/"})
    assert (wrong.status, wrong.code) == (409, "cannot_set_up_webhook.url-address")
    new = rosa.post(f"{path}/rotation", {"overlap_hours": 24})
    assert new["secret"] != made["secret"]
    assert rosa.get(path)["old_secret_until"] is not None
    assert rosa.ask("PATCH", path, {"on": False})["state"] == "off"
    assert rosa.post(f"{path}/test").code == "cannot_set_up_webhook.off"
    assert rosa.ask("PATCH", path, {"on": True})["state"] == "on"
    assert rosa.delete(path).status == 204
    assert rosa.get(path).status == 404


def test_what_was_sent_is_listed_and_sent_again(rosa: Caller) -> None:
    made = rosa.post("/webhooks", {"name": "Accounting", "url": "https://a.example/"})
    path = f"/webhooks/{made['ref']}"
    assert rosa.post(f"{path}/test").status == 202
    Delivery.unscoped.update(state="failed", next_at=None, code=500, answer="<b>no</b>")
    listed = rosa.get(f"{path}/deliveries?state=failed")["items"]
    test = next(row for row in listed if row["event"] == "webhook.test")
    assert (test["code"], test["answer"], test["state"]) == (500, "<b>no</b>", "failed")
    assert rosa.post(f"{path}/deliveries/{test['id']}/replay")["count"] == 1
    waiting = rosa.get(f"{path}/deliveries?state=waiting")["items"]
    assert test["webhook_id"] in [row["webhook_id"] for row in waiting]
    failed = len(rosa.get(f"{path}/deliveries?state=failed")["items"])
    assert rosa.post(f"{path}/replay", {"since": "2020-01-01T00:00:00Z"})["count"] == failed


def test_what_is_sent_is_as_the_document_says(world: World, rosa: Caller) -> None:
    rosa.post("/webhooks", {"name": "Accounting", "url": "https://a.example/"})
    rosa.post("/clients", {"name": "Bella Napoli"})
    rosa.post(f"/accounts/{world.carl.ref}/suspension", {"reason": "late"})
    described = published()["webhooks"]
    bodies = [msgspec.json.decode(body) for body in Delivery.unscoped.values_list("body", flat=True)]
    assert {"webhook.created", "client.created"} <= {body["type"] for body in bodies}
    for body in bodies:
        schema = described[body["type"]]["post"]["requestBody"]["content"]["application/json"]["schema"]
        jsonschema.validate(body, schema)


@pytest.mark.parametrize(("event", "heard"), [("client.tags_changed", False), ("account.suspended", True)])
def test_a_clients_host_describes_what_a_client_hears(event: str, heard: bool) -> None:
    from sublet.portals.api.document_webhooks import webhooks

    assert (event in webhooks({"client"})) is heard
    assert event in webhooks({"client", "reseller"})

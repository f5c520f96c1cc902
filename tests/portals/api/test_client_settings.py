"""Client settings at the API: reading and setting, many, templates and drift, who may, problems with stable codes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.clientsettings import events, load, value
from tests.people import World
from tests.portals.api.caller import Caller

ON = {"service.direct_support.enabled": {"value": True}}
PRICE = {"price": {"price": {"amount": 4900, "currency": "EUR", "interval": "month"}}}
PAYERS = {f"payer.{kind}": {"value": "client"} for kind in ("base", "overage", "add_ons")}


@pytest.fixture
def sold(world: World) -> World:
    load(world)
    return world


def fields(changes: list[dict[str, object]]) -> list[object]:
    return [each["field"] for each in changes]


def test_a_client_is_read_and_set_up(sold: World, rosa: Caller) -> None:
    path = f"/accounts/{sold.carl.ref}/settings"
    born = rosa.get(path)
    assert (born["complete"], [gap["code"] for gap in born["missing"]], born["template"]) == (
        False, ["payer", "payer", "payer", "price"], None,
    )  # fmt: skip
    assert born["values"]["service.email_sync.allowance"] == {"follows": True, "value": None, "price": None}
    wanted = {**ON, **PRICE, **PAYERS, "limit.contacts": {"value": 80}}
    seen = rosa.patch(path, {"values": wanted, "dry_run": True})
    assert (seen["dry_run"], len(seen["changes"]), events(sold.carl)) == (True, 6, [])
    done = rosa.patch(path, {"values": wanted})
    assert (done.status, done["changes"], done["settings"]["complete"]) == (200, seen["changes"], True)
    assert done["settings"]["values"]["price"]["price"] == PRICE["price"]["price"]
    assert rosa.patch(path, {"values": wanted})["changes"] == []
    assert events(sold.carl) == ["client_settings.changed"]
    later = rosa.patch(path, {"values": {"price": {"price": None}}, "since": "2999-01-01T00:00:00Z"})
    assert [(each["field"], each["since"]) for each in later["settings"]["coming"]] == [
        ("price", "2999-01-01T00:00:00Z")
    ]
    back = rosa.patch(path, {"values": {"limit.contacts": {"follows": True}}})
    assert back["settings"]["values"]["limit.contacts"]["follows"] is True


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"service.nothing.enabled": {"value": True}}, "cannot_change_settings.unknown-field"),
        ({"limit.contacts": {"value": 5000}}, "cannot_set_limit.not-held"),
        ({"payer.base": {"value": "vendor"}}, "cannot_change_settings.wrong-payer"),
        ({"price": {"price": {**PRICE["price"]["price"], "currency": "CHF"}}}, "cannot_change_settings.other-currency"),
    ],
)
def test_refusals_have_codes_and_change_nothing(
    sold: World, rosa: Caller, values: dict[str, object], code: str
) -> None:
    refused = rosa.patch(f"/accounts/{sold.carl.ref}/settings", {"values": {**ON, **values}})
    assert (refused.status, refused.code) == (409, code)
    assert events(sold.carl) == []


def test_unknown_names_are_refused(sold: World, rosa: Caller) -> None:
    path = f"/accounts/{sold.carl.ref}/settings"
    assert rosa.patch(path, {"values": ON, "colour": 1}).status == 422
    assert (
        rosa.patch(
            path, {"values": {"price": {"price": {"amount": -1, "currency": "EUR", "interval": "month"}}}}
        ).status
        == 422
    )


def test_many_clients_and_templates(sold: World, rosa: Caller) -> None:
    both = [sold.carl.ref, sold.elan.ref]
    seen = rosa.post("/settings-changes", {"clients": both, "values": ON, "dry_run": True})
    assert (seen["changing"], seen["selected"]["number"], events(sold.carl)) == (2, 2, [])
    assert rosa.post("/settings-changes", {"clients": both, "values": ON})["changed"] == 2
    assert rosa.post("/settings-changes", {"values": ON}).fields == [("clients", "missing")]
    made = rosa.post("/settings-templates", {"name": "Basic", "values": {**PRICE, **PAYERS}})
    assert (made.status, made["version"], made["clients"]) == (201, 1, 0)
    path = f"/settings-templates/{made['ref']}"
    assert rosa.post(f"{path}/apply", {"clients": both, "dry_run": True})["changing"] == 2
    assert rosa.post(f"{path}/apply", {"clients": both, "version": 1})["changed"] == 2
    assert rosa.get(f"/accounts/{sold.carl.ref}/settings")["template"]["drift"] == []
    changed = rosa.put(
        path, {"name": "Basic", "version": 1, "values": {"service.litmus_tests.enabled": {"value": True}}}
    )
    assert (changed["version"], changed["clients"], changed["behind"], [v["number"] for v in changed["versions"]]) == (
        2, 2, 2, [2, 1],
    )  # fmt: skip
    drift = rosa.get(f"{path}/drift")
    assert [fields(each["drift"]) for each in drift["items"]] == [["service.litmus_tests.enabled"]] * 2
    assert (
        rosa.post(f"{path}/apply", {"followers": True, "version": 1}).code == "cannot_change_template.changed-meanwhile"
    )
    assert rosa.post(f"{path}/apply", {"followers": True})["changed"] == 2
    assert [each["drift"] for each in rosa.get(f"{path}/drift")["items"]] == [[], []]
    assert (
        rosa.put(path, {"name": "Basic", "version": 1, "values": ON}).code == "cannot_change_template.changed-meanwhile"
    )
    assert rosa.delete(f"/accounts/{sold.elan.ref}/settings/template")["template"] is None
    assert [row["name"] for row in rosa.get("/settings-templates")["items"]] == ["Basic"]
    assert rosa.delete(path).status == 204
    assert rosa.get(path).status == 404


def test_others_find_nothing_and_change_nothing(
    sold: World, rosa: Caller, carl: Caller, vera: Caller, call: Callable[..., Caller]
) -> None:
    remo = call("remo")
    made = rosa.post("/settings-templates", {"name": "Basic", "values": ON})
    template = f"/settings-templates/{made['ref']}"
    path = f"/accounts/{sold.carl.ref}/settings"
    for caller in (remo, carl, vera):
        assert caller.get(path).status in (403, 404)
        assert caller.patch(path, {"values": ON}).status in (403, 404)
        assert caller.get(template).status in (403, 404)
        assert caller.post(f"{template}/apply", {"clients": [sold.bakery.ref]}).status in (403, 404)
    assert remo.get(path).status == remo.get(template).status == 404
    assert value(sold, sold.carl, "service.direct_support.enabled") is False
    assert (
        remo.post("/settings-changes", {"clients": [sold.carl.ref], "values": ON}).code
        == "cannot_change_clients.nothing-selected"
    )
    assert events(sold.carl) == []

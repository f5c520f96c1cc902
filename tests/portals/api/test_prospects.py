"""An account for a prospect by the API: opened in one step, moved, turned into a client, ended."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from PIL import Image

from sublet.accounts.models import Account
from sublet.branding.models import Brand
from sublet.core.colors import readability
from sublet.core.periods import start_of_day
from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from tests.clientsettings import DECIDED, load, value
from tests.people import World
from tests.portals.api.caller import Caller
from tests.subscriptions import sell


@pytest.fixture
def sold(world: World) -> World:
    sell(world)
    return world


def logo(color: str = "#0f766e") -> str:
    out = io.BytesIO()
    Image.new("RGB", (120, 40), color).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def there(name: str) -> list[Account]:
    with platform_scope("test"):
        return list(Account.objects.filter(name=name))


def test_a_prospect_is_opened_moved_turned_into_a_client_and_ended(sold: World, rosa: Caller) -> None:
    last = (now() + timedelta(days=20)).date()
    made = rosa.post("/prospects", {"name": "Trattoria", "until": last.isoformat(), "email": "gino@example.test"})
    ends = start_of_day(last + timedelta(days=1), sold.rosa.timezone) - timedelta(minutes=1)
    assert (made.status, made["state"], datetime.fromisoformat(made["demo_until"]), made["email"]) == (
        201, "prospect", ends, "gino@example.test",
    )  # fmt: skip
    path = f"/clients/{made['ref']}"
    assert made.response["Location"] == f"/api/v1{path}"
    assert rosa.get(f"/accounts/{made['ref']}/subscription")["trial"]["running"] is True
    later = (ends + timedelta(days=30)).isoformat()
    moved = rosa.put(f"{path}/demonstration", {"until": later})
    assert datetime.fromisoformat(moved["demo_until"]) == ends + timedelta(days=30)
    client = rosa.post(f"{path}/turn-into-client")
    assert (client["state"], client["demo_until"]) == ("active", None)
    assert rosa.post(f"{path}/close", {"reason": "Chose somebody else"})["state"] == "closed"


def test_it_begins_by_a_template_in_its_own_logo_and_a_color_of_it(world: World, rosa: Caller) -> None:
    load(world)
    template = rosa.post("/settings-templates", {"name": "Basic", "values": {"payer.overage": {"value": "client"}}})
    made = rosa.post("/prospects", {"name": "Trattoria", "template": template["ref"], "logo": logo()})
    assert made.status == 201, made.body
    (account,) = there("Trattoria")
    assert value(world, account, "payer.overage", at=account.created_at) == DECIDED["payer.overage"]
    with platform_scope("test"):
        brand = Brand.objects.get(account=account)
        assert (bool(brand.logo), brand.color) == (True, readability("#0f766e").mended)


def test_sent_twice_with_a_key_it_is_opened_once(sold: World, rosa: Caller) -> None:
    key = {"Idempotency-Key": "show-gino"}
    first, second = (rosa.post("/prospects", {"name": "Trattoria"}, headers=key) for _ in range(2))
    assert (first.status, first.body, len(there("Trattoria"))) == (201, second.body, 1)


@pytest.mark.parametrize(
    ("more", "status", "code", "fields"),
    [
        ({"until": "2020-01-01"}, 409, "cannot_open_prospect.past", ["until"]),
        ({"until": f"{now().year + 3}-01-01"}, 409, "cannot_create_client.demo-too-long", ["until"]),
        ({"color": "expression(1)"}, 409, "cannot_change_brand.color", ["color"]),
        ({"logo": "R0lGODlhIG5vdGhpbmc="}, 409, "cannot_change_brand.not-an-image", ["logo"]),
        ({"logo": "this is no base64"}, 422, "invalid", ["logo"]),
        ({"template": "tpl_nobodys"}, 404, "not-found", []),
    ],
)
def test_what_cannot_be_shown_opens_nothing(
    sold: World, rosa: Caller, more: dict[str, str], status: int, code: str, fields: list[str]
) -> None:
    found = rosa.post("/prospects", {"name": "Trattoria", **more})
    assert (found.status, found.code, [field for field, _code in found.fields]) == (status, code, fields)
    assert there("Trattoria") == []


def test_it_takes_the_rights_that_its_page_takes(sold: World, call: Callable[..., Caller], carl: Caller) -> None:
    body = {"name": "Trattoria"}
    assert call("rosa", rights={"clients": "view"}).post("/prospects", body).status == 403
    plain = call("rosa", rights={"clients": "manage"})
    for own in ({"color": "#1d4ed8"}, {"logo": logo()}):
        assert plain.post("/prospects", {**body, **own}).status == 403
    assert there("Trattoria") == []
    assert plain.post("/prospects", body)["state"] == "prospect"
    for other in (carl, call("vera"), call("dora")):
        assert other.post("/prospects", body).status in {403, 404}


def test_anothers_template_and_prospect_are_not_found(world: World, rosa: Caller, call: Callable[..., Caller]) -> None:
    load(world)
    remo = call("remo")
    template = remo.post("/settings-templates", {"name": "Basic", "values": {"payer.overage": {"value": "client"}}})
    assert template.status == 201
    assert rosa.post("/prospects", {"name": "Trattoria", "template": template["ref"]}).status == 404
    assert there("Trattoria") == []
    made = rosa.post("/prospects", {"name": "Trattoria"})
    path = f"/clients/{made['ref']}"
    assert remo.get(path).status == 404
    until = (now() + timedelta(days=30)).isoformat()
    assert remo.put(f"{path}/demonstration", {"until": until}).status == 404
    assert remo.post(f"{path}/turn-into-client").status == 404

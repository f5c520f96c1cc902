"""What concerns the whole account, and so nobody who is confined to some of its clients: where money goes, and at which price."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from sublet.billing.models import GatewayAccount, Issuer
from sublet.billing.operations.gateways import connect_gateway, disconnect_gateway
from sublet.billing.operations.issuers import change_issuer
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.people.models import Collaborator
from sublet.pricing.operations import make_promotion, set_retail_price
from tests.billing.payments import KEY
from tests.billing.test_issuers import ROSA, say
from tests.people import AT, World
from tests.portals.api.caller import make_caller
from tests.pricing import PLAN, flat, load

BILLING = {"clients": "manage", "billing": "manage"}


def staff(world: World, *, confined: bool) -> str:
    """The name of Rosa's staff with all of billing, for one client or for all of them."""
    with platform_scope("test data"):
        place = Collaborator.unscoped.get(id=world.places["rico"].id)
        place.rights_words, place.reaches_all = dict(BILLING), not confined
        place.save()
    return "rico"


def at(world: World, rest: str) -> str:
    return f"/reseller/{world.rosa.ref}/{rest}"


def page(world: World, rest: str) -> str:
    answer = world.browser("rico").get(at(world, rest))
    assert answer.status_code == 200, rest
    return html.unescape(answer.content.decode())


WRITES: dict[str, Callable[[Actor], Any]] = {
    "issuer": lambda actor: change_issuer(changes=ROSA, version=0, actor=actor, at=AT),
    "connect": lambda actor: connect_gateway(key=KEY, actor=actor, at=AT),
    "price": lambda actor: set_retail_price(kind="plan", key=PLAN, price=flat(1), actor=actor, at=AT),
}


@pytest.mark.parametrize("write", WRITES)
def test_who_is_confined_to_some_clients_does_not_say_it(world: World, write: str) -> None:
    load(world)
    rosa = world.actor("rosa")
    confined = replace(rosa, is_owner=False, reach=frozenset({world.carl.id}))
    with actor_scope(confined), pytest.raises(Forbidden):
        WRITES[write](confined)
    with platform_scope("test"):
        assert (Issuer.objects.count(), GatewayAccount.objects.count()) == (0, 0)
    with actor_scope(rosa):  # the positive control
        WRITES[write](rosa)


def test_nor_does_it_disconnect_the_processor(world: World) -> None:
    rosa = world.actor("rosa")
    with actor_scope(rosa):
        connect_gateway(key=KEY, actor=rosa, at=AT)
    confined = replace(rosa, is_owner=False, reach=frozenset({world.carl.id}))
    with actor_scope(confined), pytest.raises(Forbidden):
        disconnect_gateway(actor=confined, at=AT)
    with platform_scope("test"):
        assert GatewayAccount.objects.filter(removed_at__isnull=True).count() == 1


def test_a_key_for_some_clients_changes_neither_the_iban_nor_the_processor(world: World) -> None:
    say(world)
    some = make_caller(world, "rosa", rights=BILLING, reach=[world.carl])
    all_of_them = make_caller(world, "rosa", rights=BILLING, name="all")
    change = {"iban": "NL91ABNA0417164300", "version": 1}
    for method, path, body in (
        ("PATCH", "/issuer", change),
        ("PUT", "/payment-gateway", {"key": KEY}),
        ("DELETE", "/payment-gateway", None),
    ):
        answer = some.ask(method, path, body)
        assert (answer.status, answer.code) == (403, "forbidden"), path
    assert some.ask("GET", "/issuer")["iban"] == "IT60X0542811101000000123456"
    assert all_of_them.ask("PATCH", "/issuer", change)["iban"] == "NL91ABNA0417164300"
    assert all_of_them.ask("PUT", "/payment-gateway", {"key": KEY}).status == 200


PARTS = {
    # page, what stands there for who sees all clients and for nobody else
    "sidebar": ("money/", "/money/bank/"),
    "terms": ("money/", "/money/terms/"),
    "processor": ("money/payments/", "/money/payments/processor/"),
    "processor of one": ("money/payments/payers/{carl}/", "/money/payments/processor/"),
    "issuer": ("invoicing/", "<span>Save</span></button>"),
    "take back": (f"prices/of/plan/{PLAN}/", "Take back"),
    "another service": ("prices/terms/", "Another service"),
    "promotion": ("prices/promotions/", 'name="code"'),
}


@pytest.mark.parametrize("part", PARTS)
def test_pages_offer_it_to_who_sees_all_clients_alone(world: World, part: str) -> None:
    load(world)
    say(world)
    with world.scope("rosa") as rosa:
        set_retail_price(kind="plan", key=PLAN, price=flat(9900), actor=rosa, at=AT)
        make_promotion(code="half", percent=Decimal(50), months=3, actor=rosa, at=AT)
    rest, what = PARTS[part]
    rest = rest.format(carl=world.carl.ref)
    staff(world, confined=False)
    assert what in page(world, rest)
    staff(world, confined=True)
    assert what not in page(world, rest)


def test_it_takes_back_what_was_said_for_its_own_client(world: World) -> None:
    load(world)
    with world.scope("rosa") as rosa:
        set_retail_price(kind="plan", key=PLAN, price=flat(9900), actor=rosa, at=AT)
        set_retail_price(kind="plan", key=PLAN, price=flat(8800), client=world.carl.ref, actor=rosa, at=AT)
    staff(world, confined=True)
    assert page(world, f"prices/of/plan/{PLAN}/").count(">Take back<") == 1


def test_who_issues_is_shown_with_the_reason_why_it_cannot_be_changed(world: World) -> None:
    say(world)
    staff(world, confined=True)
    shown = page(world, "invoicing/")
    assert "You look after some of the clients only" in shown
    assert "IT60X0542811101000000123456" in shown
    answer = world.browser("rico").post(at(world, "invoicing/"), ROSA | {"version": 1, "iban": "NL91ABNA0417164300"})
    assert answer.status_code == 403
    for rest in ("money/bank/", "money/terms/", "money/payments/processor/"):
        assert world.browser("rico").get(at(world, rest)).status_code == 403, rest

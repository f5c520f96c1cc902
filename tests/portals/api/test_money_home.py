"""The home of money by the API: each side its own, as on its page; and what a direct account will be billed for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from sublet.foundation.clock import now
from sublet.subscriptions.operations import take_plan
from tests.billing.rows import make_entry, make_invoice
from tests.billing.selling import TAKEN, furnish
from tests.people import World
from tests.portals.api.caller import Caller

pytestmark = pytest.mark.django_db


def test_each_side_reads_its_own_book(world: World, call: Callable[..., Caller]) -> None:
    at = now()
    make_invoice(world.rosa, world.carl, number=1)
    make_invoice(world.rosa, world.carl, number=2, due_on=(at - timedelta(days=45)).date())
    make_invoice(world.vendor, world.rosa, number=3)
    make_entry(world.rosa, world.carl, 9000, due_at=at - timedelta(seconds=5))
    told = call("rosa").get("/money")
    assert [(each["currency"], each["number"], each["amount"]) for each in told["receivable"]] == [("EUR", 2, 5800)]
    assert [(each["number"], each["amount"]) for each in told["overdue"]] == [(1, 2900)]
    assert [(each["number"], each["amount"]) for each in told["to_pay"]] == [(1, 2900)]
    [aging] = told["aging"]
    assert (aging["up_to_60"], aging["longer"], sum(value for key, value in aging.items() if key != "currency")) == (
        2900, 0, 5800,
    )  # fmt: skip
    vendor = call("vera").get("/money")
    assert [(each["number"], each["amount"]) for each in vendor["receivable"]] == [(1, 2900)]
    assert vendor["to_pay"] == []
    assert call("remo").get("/money")["receivable"] == []
    for person in ("carl", "dora"):
        assert call(person).get("/money").status in {403, 404}


def test_a_direct_account_reads_what_the_month_will_come_to(world: World, call: Callable[..., Caller]) -> None:
    furnish(world)
    with world.scope("vera") as vera:
        take_plan(ref=world.dora.ref, plan="small", actor=vera, at=TAKEN)
    told = call("dora").get("/month-end")
    assert told["pays"].keys() == {"EUR"}
    assert told["pays"]["EUR"] > 0
    assert told["unknown"] is False
    assert call("rosa").get("/month-end").status in {403, 404}
    assert call("dora", rights={"usage": "view"}).get("/month-end").status == 403

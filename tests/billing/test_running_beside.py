"""What a client pays for beside its plan, on the page of its plan: managed services and contracts, where it pays them here."""

from __future__ import annotations

import html
from datetime import date
from decimal import Decimal

import pytest

from sublet.billing.queries.running import running_period
from sublet.core.contracts import MAINTENANCE
from sublet.entitlements.operations import set_service
from sublet.foundation.clock import now
from sublet.pricing.operations import agree_contract
from tests.billing.selling import pays
from tests.billing.test_run_whole import take, when
from tests.billing.test_service_use import FEE, REMINDERS, furnished
from tests.people import World
from tests.pricing import flat

pytestmark = pytest.mark.django_db


@pytest.fixture
def cared_for(world: World) -> World:
    """Carl has a plan, text reminders for 5.00 a month, and a contract for 15.00, all of which it pays to Rosa."""
    furnished(world, FEE)
    take(world, "small", "2026-03-01 09:00")
    with world.scope("rosa") as rosa:
        set_service(ref=world.carl.ref, service=REMINDERS, enabled=True, actor=rosa, at=when("2026-03-01 10:00"))
        agree_contract(
            client=world.carl.ref, kind=MAINTENANCE, name="Care & hosting", first_day=date(2026, 3, 1), months=12,
            price=flat(1500), actor=rosa, at=when("2026-03-01 10:00"),
        )  # fmt: skip
    return world


def paid(world: World, person: str = "carl") -> list[tuple[str, str, Decimal | None]]:
    with world.scope(person) as actor:
        found = running_period(actor, at=when("2026-03-10 09:00"))
    return [(each.kind, each.key, each.price.amount) for each in found.prices] if found is not None else []


def shown(world: World, person: str) -> str:
    return html.unescape(world.browser(person).get(f"/client/{world.carl.ref}/plan/").content.decode())


def test_services_and_contracts_that_it_pays_stand_beside_the_plan(cared_for: World) -> None:
    assert paid(cared_for) == [
        ("plan", "small", Decimal(2900)), ("service", REMINDERS, Decimal(500)), ("service", "Care & hosting", Decimal(1500)),
    ]  # fmt: skip
    assert now() > when("2026-03-10 09:00")
    page = shown(cared_for, "carl")
    assert "Reminders by text message" in page
    assert "€5.00 a month" in page
    assert "Care & hosting" in page
    assert "€15.00 a month" in page
    assert "€5.00" not in shown(cared_for, "cleo")  # who sees no invoices


def test_what_the_reseller_pays_does_not_stand_there_and_the_rest_does(cared_for: World) -> None:
    pays(cared_for.rosa, cared_for.carl, "base", payer="reseller", since=when("2026-02-01 09:00"))
    assert [key for _kind, key, _minor in paid(cared_for)] == [REMINDERS, "Care & hosting"]
    pays(cared_for.rosa, cared_for.carl, "add_ons", payer="reseller", since=when("2026-02-01 09:00"))
    assert paid(cared_for) == []
    page = shown(cared_for, "carl")
    assert "€" not in page
    assert "Care & hosting" not in page


def test_a_service_that_was_switched_off_is_gone(cared_for: World) -> None:
    with cared_for.scope("rosa") as rosa:
        set_service(ref=cared_for.carl.ref, service=REMINDERS, enabled=False, actor=rosa, at=when("2026-03-05 10:00"))
    assert [key for _kind, key, _minor in paid(cared_for)] == ["small", "Care & hosting"]

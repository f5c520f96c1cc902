"""How many accounts use what: by birth until an app tells it, and at least what each of them tells."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from pytest_django import DjangoAssertNumQueries

from sublet.accounts.models import Account
from sublet.catalog import queries
from tests.catalog.test_offer import BOOKINGS, load, sold_anew
from tests.people import AT, World

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def nobody_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    """But for what a test lets tell: outside of these tests, apps above know the plan of every account."""
    module = import_module("sublet.catalog.queries.uses")  # by its name: the package has a question of that name
    monkeypatch.setattr(module, "_tellers", {})
    monkeypatch.setattr(module, "_plans_told_by", set())


def living() -> int:
    # unscoped: counts over all accounts, as the vendor's page does
    return Account.unscoped.filter(kind__in=("client", "direct")).exclude(state="closed").count()


def test_before_the_first_manifest_nothing_is_used(world: World) -> None:
    assert queries.uses(AT) == {}


def test_until_somebody_tells_accounts_are_on_the_plan_of_their_birth(
    world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    load(world, BOOKINGS)
    load(world, sold_anew(BOOKINGS, "free"), 2)
    # unscoped: as above
    Account.unscoped.filter(id__in=[world.carl.id, world.dora.id]).update(created_at=AT + 3 * DAY)
    Account.unscoped.filter(id=world.elan.id).update(state="closed")  # unscoped: as above
    queries.offer()
    with django_assert_num_queries(1):
        found = queries.uses(AT + 4 * DAY)
    assert found["plan", "free", 2] == 2
    assert found["plan", "free", 1] == living() - 2
    # What the free plan limits is limited for all of them, whatever the version.
    assert found["meter", "appointments", 0] == living()


def test_what_an_app_tells_about_plans_holds(world: World) -> None:
    load(world, BOOKINGS)
    plan = queries.offer().plans_on_sale[-1]
    queries.tell_uses("test", lambda at: {("plan", plan.key, plan.version): 7}, plans=True)
    found = queries.uses(AT)
    assert found["plan", plan.key, plan.version] == 7
    assert ("plan", "free", 1) not in found
    had = [key for key, value in plan.features.items() if value]
    assert {found["feature", key, 0] for key in had} == {7}


def test_of_two_who_tell_the_larger_number_holds(world: World) -> None:
    load(world, BOOKINGS)
    queries.tell_uses("test", lambda at: {("meter", "appointments", 0): 1, ("meter", "other", 0): 2})
    found = queries.uses(AT)
    assert (found["meter", "appointments", 0], found["meter", "other", 0]) == (living(), 2)

"""How many accounts use what: at least what each app tells."""

from __future__ import annotations

from importlib import import_module

import pytest

from sublet.catalog import queries
from tests.catalog.test_offer import BOOKINGS, load
from tests.people import AT, World


@pytest.fixture(autouse=True)
def nobody_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    """But for what a test lets tell: outside of these tests, apps above know the plan of every account."""
    module = import_module("sublet.catalog.queries.uses")  # by its name: the package has a question of that name
    monkeypatch.setattr(module, "_tellers", {})


def test_before_the_first_manifest_nothing_is_used(world: World) -> None:
    assert queries.uses(AT) == {}


def test_what_an_app_tells_about_plans_holds(world: World) -> None:
    load(world, BOOKINGS)
    plan = queries.offer().plans_on_sale[-1]
    queries.tell_uses("test", lambda at: {("plan", plan.key, plan.version): 7})
    found = queries.uses(AT)
    assert found["plan", plan.key, plan.version] == 7
    assert ("plan", "free", 1) not in found
    had = [key for key, value in plan.features.items() if value]
    assert {found["feature", key, 0] for key in had} == {7}


def test_of_two_who_tell_the_larger_number_holds(world: World) -> None:
    load(world, BOOKINGS)
    queries.tell_uses("one", lambda at: {("meter", "appointments", 0): 3, ("meter", "other", 0): 1})
    queries.tell_uses("two", lambda at: {("meter", "appointments", 0): 1, ("meter", "other", 0): 2})
    found = queries.uses(AT)
    assert (found["meter", "appointments", 0], found["meter", "other", 0]) == (3, 2)

"""What lies beyond the limit that holds is charged: a word of the vendor's, or of the reseller's, and units given once are included.

*Medium* includes 200 text messages, one beyond costs 0.09 at list; Rosa asks half as much again.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from sublet.billing.models import LedgerEntry
from sublet.core.portfolio import month_of
from sublet.entitlements.models import TopUp
from sublet.entitlements.operations import give_top_up, set_override, take_back_top_up
from sublet.foundation.scope import platform_scope
from sublet.pricing.queries.books import books_of
from sublet.pricing.queries.holdings import holdings_of
from tests.billing.selling import day, furnish, marks_up, run, texts
from tests.people import World

pytestmark = pytest.mark.django_db

USED, SAID, OVER = day("2026-03-20"), day("2026-03-19"), day("2026-05-02")
METER = "text_messages"


@pytest.fixture
def used(world: World) -> World:
    """Carl has sent 240."""
    furnish(world)
    marks_up(world.rosa)
    texts(world, 240, at=USED)
    return world


def charged(book: str, about: str = "overage") -> list[tuple[int, int]]:
    """Quantity and amount."""
    with platform_scope("test"):
        rows = LedgerEntry.objects.filter(book=book, about=about).order_by("id")
        return [(int(row.quantity), row.minor) for row in rows]


def both() -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    run(OVER)
    return charged("wholesale"), charged("retail")


def says(world: World, who: str, units: int | None, about: str = "carl") -> None:
    with world.scope(who) as actor:
        ref = getattr(world, about).ref
        set_override(ref=ref, kind="meter", key=METER, value=units, actor=actor, at=SAID)


def gives(world: World, who: str, units: int) -> str:
    with world.scope(who) as actor:
        return give_top_up(ref=world.carl.ref, meter=METER, units=units, actor=actor, at=SAID)


def test_without_a_word_what_goes_beyond_the_plan_is_charged_on_both_sides(used: World) -> None:
    assert both() == ([(40, 360)], [(40, 540)])


def test_what_the_vendor_grants_is_charged_on_neither_side(used: World) -> None:
    says(used, "vera", 500)
    assert both() == ([], [])


def test_what_the_vendor_grants_in_part_leaves_the_rest(used: World) -> None:
    says(used, "vera", 210)
    assert both() == ([(30, 270)], [(30, 405)])


def test_units_that_the_vendor_gives_are_charged_on_neither_side(used: World) -> None:
    gives(used, "vera", 15)
    assert both() == ([(25, 225)], [(25, 338)])


def test_what_the_reseller_grants_it_owes_itself(used: World) -> None:
    """It is given within what the reseller holds; the vendor has given the client nothing."""
    says(used, "vera", 900, "rosa")
    says(used, "rosa", 230)
    assert both() == ([(40, 360)], [(10, 135)])


def test_units_that_the_reseller_gives_it_owes_itself(used: World) -> None:
    says(used, "vera", 900, "rosa")
    gives(used, "rosa", 100)
    assert both() == ([(40, 360)], [])


def test_a_lower_limit_of_the_reseller_charges_nothing_that_the_plan_includes(used: World) -> None:
    says(used, "rosa", 100)
    assert both() == ([(40, 360)], [(40, 540)])


def test_what_was_taken_back_before_the_period_was_over_is_not_included(used: World) -> None:
    ref = gives(used, "vera", 100)
    with used.scope("vera") as vera:
        take_back_top_up(ref=used.carl.ref, top_up=ref, actor=vera, at=SAID + timedelta(days=3))
    assert both() == ([(40, 360)], [(40, 540)])


def test_what_comes_late_is_charged_by_what_held_in_the_period_on_each_side(used: World) -> None:
    says(used, "vera", 900, "rosa")
    gives(used, "rosa", 50)
    assert both() == ([(40, 360)], [])
    with used.scope("vera") as vera:  # from now on, which is after the period
        set_override(ref=used.carl.ref, kind="meter", key=METER, value=1, actor=vera, at=OVER)
    texts(used, 20, at=USED + timedelta(hours=3), name="late")
    run(day("2026-05-03"))
    assert charged("wholesale", "adjustment") == [(20, 180)]
    assert charged("retail", "adjustment") == [(10, 135)]


@pytest.mark.parametrize("case", ["nothing", "vendor", "part", "reseller", "given", "none", "brake"])
def test_what_a_check_simulates_is_what_the_run_charges_on_each_side(used: World, case: str) -> None:
    """Else a check says that a client loses money, or none, by what nobody is charged for."""
    if case in ("vendor", "part"):
        says(used, "vera", 500 if case == "vendor" else 210)
    elif case == "brake":
        says(used, "rosa", 100)
    elif case != "nothing":
        says(used, "vera", None if case == "none" else 900, "rosa")
        if case == "given":
            gives(used, "rosa", 30)
        else:
            says(used, "rosa", None if case == "none" else 230)
    with platform_scope("test"):
        [held] = holdings_of([used.carl], at=USED)
        book = books_of([used.carl.id], at=USED)[used.carl.id]
        found = month_of(book, held, USED)
        plan = month_of(book, replace(held, used={}), USED)
    simulated = (found.listed - plan.listed, found.retail - plan.retail)
    assert simulated == tuple(sum(minor for _quantity, minor in side) for side in both())


def test_the_form_sent_twice_gives_units_once(used: World) -> None:
    says(used, "vera", 900, "rosa")
    rosa, path = used.browser("rosa"), f"/reseller/{used.rosa.ref}/clients/{used.carl.ref}/use/{METER}/more/"
    page = rosa.get(path)
    assert page.status_code == 200, page.headers
    print(page.content.decode()[-3000:])
    [once] = re.findall(r'name="once" value="([^"]+)"', rosa.get(path).content.decode())
    for sent, rows in ((once, 1), (once, 1), ("another", 2)):
        assert rosa.post(path, {"units": "30", "once": sent}).status_code == 302
        with platform_scope("test"):
            assert TopUp.objects.filter(account_id=used.carl.id).count() == rows

"""The period that a client pays for and what it pays, on the page of its plan: where it pays here, to whom may see its invoices."""

from __future__ import annotations

import html
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from sublet.billing.queries.running import RunningPeriod, running_period
from sublet.core.periods import start_of_day
from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import OutboxMail
from sublet.pricing.operations import set_retail_price, write_letters
from sublet.subscriptions.operations import choose_basis, end_subscription, pause, schedule_change, take_plan
from tests.billing.selling import TAKEN, day, furnish, make_terms, marks_up, pays
from tests.people import World
from tests.pricing import flat

pytestmark = pytest.mark.django_db

#: What the vendor asks for it a month.
MEDIUM = 2400


@pytest.fixture
def billed(world: World) -> World:
    """Carl pays Rosa for `medium`, taken on 17 March 2026."""
    furnish(world)
    marks_up(world.rosa)
    return world


def told(world: World, at: datetime, person: str = "carl") -> RunningPeriod | None:
    with world.scope(person) as actor:
        return running_period(actor, at=at)


def period(first: str, last: str, following: str = "") -> RunningPeriod:
    return RunningPeriod(
        date.fromisoformat(first), date.fromisoformat(last), date.fromisoformat(following) if following else None
    )


def test_a_client_that_pays_is_told_its_period_and_when_the_next_begins(billed: World) -> None:
    assert told(billed, day("2026-04-16")) == period("2026-03-17", "2026-04-16", "2026-04-17")
    assert told(billed, day("2026-04-17")) == period("2026-04-17", "2026-05-16", "2026-05-17")
    assert told(billed, TAKEN - timedelta(days=1)) is None


def test_another_basis_has_another_period(billed: World) -> None:
    with billed.scope("rosa") as rosa:
        choose_basis(ref=billed.carl.ref, basis="calendar", actor=rosa, at=day("2026-04-20"))
    assert told(billed, day("2026-04-21")) == period("2026-04-20", "2026-04-30", "2026-05-01")
    assert told(billed, day("2026-05-21")) == period("2026-05-01", "2026-05-31", "2026-06-01")


def test_where_the_plan_ends_with_the_period_none_follows_and_another_plan_does(billed: World) -> None:
    with billed.scope("rosa") as rosa:
        end_subscription(ref=billed.carl.ref, when="period", actor=rosa, at=day("2026-04-20"))
    assert told(billed, day("2026-04-21")) == period("2026-04-17", "2026-05-16")
    with billed.scope("rosa") as rosa:
        schedule_change(ref=billed.carl.ref, plan="small", when="period", actor=rosa, at=day("2026-04-22"))
    assert told(billed, day("2026-04-23")) == period("2026-04-17", "2026-05-16", "2026-05-17")


def test_who_rests_pays_for_no_period(billed: World) -> None:
    with billed.scope("rosa") as rosa:
        pause(ref=billed.carl.ref, actor=rosa, at=day("2026-04-20"))
    assert told(billed, day("2026-04-21")) is None


def test_who_pays_nothing_here_is_told_nothing(billed: World) -> None:
    make_terms(billed.rosa, billed.carl, collected_by="nobody")
    assert told(billed, day("2026-04-16")) is None


def test_a_client_whose_reseller_pays_is_told_nothing(billed: World) -> None:
    pays(billed.rosa, billed.carl, "base", payer="reseller", since=day("2026-02-01"))
    assert told(billed, day("2026-04-16")) is None


def test_a_plan_without_a_price_has_no_period(world: World) -> None:
    furnish(world)  # Rosa asks nothing
    assert told(world, day("2026-04-16")) is None


def test_only_who_may_see_its_invoices_is_told(billed: World) -> None:
    assert told(billed, day("2026-04-16"), "cleo") is None
    for person in ("rosa", "vera"):
        assert told(billed, day("2026-04-16"), person) is None


def test_a_direct_account_is_told_its_own(billed: World) -> None:
    with billed.scope("vera") as vera:
        take_plan(ref=billed.dora.ref, plan="small", actor=vera, at=TAKEN)
    assert told(billed, day("2026-04-16"), "dora") == period("2026-03-17", "2026-04-16", "2026-04-17")


def test_who_pays_reads_its_price_and_what_a_letter_told_of(billed: World) -> None:
    """The link of a letter about a new price leads there. Half as much again as the list; of the vendor's price nothing."""
    at, day_ahead = now(), (now() + timedelta(days=40)).date()
    with billed.scope("rosa") as rosa:
        set_retail_price(
            kind="plan", key="medium", price=flat(9900), since=start_of_day(day_ahead, "UTC"), actor=rosa, at=at
        )
        assert write_letters(kind="plan", key="medium", interval="month", day=day_ahead, actor=rosa, at=at)[0] == 1
    found = told(billed, at)
    assert found is not None
    [price] = found.prices
    assert (price.kind, price.key, price.price.amount, price.less) == (
        "plan",
        "medium",
        Decimal(MEDIUM * 3 // 2),
        Decimal(0),
    )
    assert [(day, each.amount) for day, each in price.coming] == [(day_ahead, Decimal(9900))]
    with platform_scope("test"):
        [mail] = OutboxMail.objects.filter(template="price-change")
    path = f"/client/{billed.carl.ref}/plan/"
    assert path in mail.text
    shown = html.unescape(billed.browser("carl").get(path).content.decode())
    assert "€99.00 a month" in shown
    assert f"€{MEDIUM * 3 / 200:.2f} a month" in shown
    assert f"€{MEDIUM / 100:.2f}" not in shown
    for person in ("cleo", "rosa"):
        other = billed.browser(person).get(path)
        assert "€" not in html.unescape(other.content.decode())
    pays(billed.rosa, billed.carl, "base", payer="reseller", since=day("2026-02-01"))
    assert "€" not in html.unescape(billed.browser("carl").get(path).content.decode())


def test_the_page_of_the_plan_says_it_in_the_language_of_the_person(billed: World) -> None:
    path = f"/client/{billed.carl.ref}/plan/"
    shown = html.unescape(billed.browser("carl").get(path).content.decode())
    assert "Billing period" in shown
    assert "The next one begins" in shown
    assert "Billing period" not in html.unescape(billed.browser("cleo").get(path).content.decode())
    make_terms(billed.rosa, billed.carl, collected_by="nobody")
    assert now() > TAKEN
    assert "Billing period" not in html.unescape(billed.browser("carl").get(path).content.decode())

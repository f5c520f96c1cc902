"""Figures where months, zones, currencies, resellers and jobs meet at an edge."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from sublet.accounts.models import Account
from sublet.billing.models import BillingRun, ClientMonth
from sublet.billing.operations import figures as keeping
from sublet.billing.operations import keep_figures
from sublet.billing.queries.figures import Figures, figures
from sublet.billing.queries.overview import overview
from sublet.billing.queries.profit import LAST, THIS, profits
from sublet.foundation.scope import platform_scope
from sublet.pricing.models import CurrencyRate, WholesaleAgreed
from tests.billing.rows import make_entry
from tests.billing.selling import BEGINS, day, furnish, installation, run
from tests.people import World

pytestmark = pytest.mark.django_db


def agree(reseller: Account, percent: str, since: datetime = BEGINS, tiers: list[list[Any]] | None = None) -> None:
    with platform_scope("test data"):
        WholesaleAgreed(
            account=reseller,
            percent=Decimal(percent),
            tiers=tiers or [],
            since=since,
            decided_at=BEGINS,
            decided_by="test",
        ).save()


def at_list(world: World, client: Account, minor: int, due: str, **fields: Any) -> None:
    make_entry(world.vendor, world.rosa, minor, client=client, due_at=datetime.fromisoformat(due), **fields)


def a_month(month: int, **fields: Any) -> dict[str, Any]:
    first, after = date(2026, month, 1), date(2026, month + 1, 1)
    days = (after - first).days
    last = date.fromordinal(after.toordinal() - 1)
    return {
        "first_day": first,
        "last_day": last,
        "days": days,
        "of_days": days,
        "due_at": day(first.isoformat(), 0),
    } | fields


def keep(at: str, hour: int = 1) -> int:
    return keep_figures(actor=installation(), at=day(at, hour))


def of(world: World, person: str, at: str, hour: int = 1, currency: str = "") -> Figures:
    with world.scope(person) as actor:
        return figures(actor, currency=currency, at=day(at, hour))


def wholesale(month: int, name: str = "charged") -> list[int]:
    with platform_scope("test"):
        rows = ClientMonth.objects.filter(book="wholesale", month=date(2026, month, 1)).order_by("client_id")
        return [getattr(row, name) for row in rows]


@pytest.mark.parametrize("slice_", [100_000, 1])
def test_tiers_go_by_what_is_charged_in_all_slices_together(
    world: World, monkeypatch: pytest.MonkeyPatch, slice_: int
) -> None:
    monkeypatch.setattr(keeping, "SLICE", slice_)
    agree(world.rosa, "20", tiers=[[5000, "30"]])
    for client in (world.carl, world.elan, world.zorba):
        at_list(world, client, 2000, "2026-03-01T00:00+00:00", **{k: v for k, v in a_month(3).items() if k != "due_at"})
    keep("2026-03-20")
    assert wholesale(3) == [1400, 1400, 1400]
    assert wholesale(3, "minor") == [1400, 1400, 1400]


def test_each_charge_has_the_discount_that_held_when_it_was_due(world: World) -> None:
    agree(world.rosa, "20")
    agree(world.rosa, "30", day("2026-03-15", 0))
    at_list(world, world.carl, 1000, "2026-03-01T00:00+00:00")
    at_list(world, world.carl, 1000, "2026-03-20T00:00+00:00")
    keep("2026-04-20")
    assert wholesale(3) == [800 + 700]


def test_when_a_period_turns_nobody_has_left_before_the_next_is_posted(world: World) -> None:
    furnish(world)
    run(day("2026-04-17", 0))  # Carl's next period begins in this instant: it is not in the ledger yet
    keep("2026-04-17", 0)
    now = of(world, "vera", "2026-04-17").months[-1]
    assert (now.moved.end, now.moved.churned, now.accounts) == (1920, 0, 1)
    run(day("2026-04-17", 1))
    keep("2026-04-17", 1)
    assert of(world, "vera", "2026-04-17").months[-1].moved == now.moved


def test_where_midnight_is_later_nobody_has_left_meanwhile(world: World) -> None:
    new_york = {"start": datetime(2026, 3, 1, 5, tzinfo=UTC), "end": datetime(2026, 4, 1, 4, tzinfo=UTC)}
    make_entry(world.rosa, world.carl, 3000, **a_month(3, due_at=new_york["start"], **new_york))
    keep("2026-04-01", 3)
    assert (of(world, "rosa", "2026-04-01", 3).months[-1].moved.end) == 3000
    keep("2026-04-02")
    moved = of(world, "rosa", "2026-04-02").months[-1].moved
    assert (moved.end, moved.churned) == (0, 3000)


def test_profit_sets_wholesale_beside_retail_of_the_resellers_own_months(world: World) -> None:
    with platform_scope("test data"):
        Account.objects.filter(id=world.rosa.id).update(timezone="Europe/Rome")
    due = "2026-11-30T23:00+00:00"  # 1 December in Rome, 30 November of the vendor
    at_list(world, world.carl, 1000, due)
    make_entry(world.rosa, world.carl, 3000, due_at=datetime.fromisoformat(due))
    keep("2026-12-20")
    with world.scope("rosa") as rosa:
        this, last = (profits(rosa, span=span, at=day("2026-12-20")) for span in (THIS, LAST))
    assert [(row.revenue, row.wholesale) for row in this.rows] == [(3000, 800)]
    assert last.rows == []
    assert (wholesale(11), wholesale(12)) == ([800], [0])  # the vendor’s figures go by its own


def test_what_is_charged_late_for_use_is_added_to_the_month_in_which_it_was_due(world: World) -> None:
    make_entry(world.rosa, world.carl, 1000, **a_month(1))
    keep("2026-04-20")
    make_entry(world.rosa, world.carl, 500, **a_month(1, about="adjustment", due_at=day("2026-02-10")))
    keep("2026-04-21")
    assert [each.charged for each in of(world, "rosa", "2026-04-21").months] == [1000, 500, 0, 0]


def test_what_was_posted_late_is_found_though_a_job_died_between(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "SEEN_TWICE", 0)
    at_list(world, world.carl, 1000, "2026-01-01T00:00+00:00")
    make_entry(world.rosa, world.carl, 1000, **a_month(1))
    keep("2026-04-20")
    make_entry(world.rosa, world.elan, 2000, **a_month(2))
    whole = keeping._keep

    def dies(owner: Account, *args: Any) -> None:
        if owner.id == world.rosa.id:
            raise RuntimeError("killed")
        whole(owner, *args)

    monkeypatch.setattr(keeping, "_keep", dies)
    with pytest.raises(RuntimeError, match="killed"):
        keep("2026-04-20", 2)
    monkeypatch.setattr(keeping, "_keep", whole)
    keep("2026-04-20", 3)
    assert [each.moved.end for each in of(world, "rosa", "2026-04-20", 3).months] == [1000, 2000, 0, 0]


def test_a_book_in_which_nothing_was_posted_is_left_alone_on_the_same_day(world: World) -> None:
    make_entry(world.rosa, world.carl, 1000, **a_month(4))
    make_entry(world.remo, world.bakery, 1000, **a_month(4))
    assert keep("2026-04-20", 1) == 2
    make_entry(world.remo, world.bakery, 500, **a_month(4, due_at=day("2026-04-20", 2), at=day("2026-04-20", 2)))
    assert keep("2026-04-20", 3) == 1
    assert of(world, "rosa", "2026-04-20", 3).kept_at == day("2026-04-20", 3)
    assert of(world, "remo", "2026-04-20", 3).months[-1].charged == 1500
    assert keep("2026-04-21", 1) == 2  # another day: something may have ended


def test_no_part_of_a_cent_makes_a_client_stay_that_has_left(world: World) -> None:
    stem = "base:plan.business.1"
    make_entry(world.rosa, world.carl, 2321, key=f"{stem}:2026-02-01/2026-03-01", **a_month(2))
    make_entry(world.rosa, world.carl, 2321, key=f"{stem}:2026-03-01/2026-04-01", **a_month(3))
    make_entry(
        world.rosa, world.carl, -1123, key=f"credit:{stem}:2026-03-17/2026-04-01",
        **a_month(3, first_day=date(2026, 3, 17), days=15, due_at=day("2026-03-17"), parts=[["flat", "1", "2320.5", 0, -1123]]),
    )  # fmt: skip
    keep("2026-03-20")
    moved = of(world, "rosa", "2026-03-20").months[-1].moved
    assert (moved.end, moved.churned, moved.contraction, moved.lost) == (0, 2321, 0, 1)


def in_dollars(world: World) -> None:
    """Carl pays Rosa 30.00 dollars, Élan 20.00 euro; the vendor asks 10.00 euro for each."""
    with platform_scope("test data"):
        Account.objects.filter(id=world.carl.id).update(currency="USD")
    make_entry(world.rosa, world.carl, 3000, **a_month(3, currency="USD"))
    make_entry(world.rosa, world.elan, 2000, **a_month(3))
    for client in (world.carl, world.elan):
        make_entry(world.vendor, world.rosa, 1000, client=client, **a_month(3))
    keep("2026-03-20")


def test_a_margin_of_two_currencies_is_not_known_without_a_rate(world: World) -> None:
    in_dollars(world)
    assert [each.margin for each in of(world, "rosa", "2026-03-20", currency="USD").months] == [None]
    assert of(world, "rosa", "2026-03-20", currency="USD").worth is None
    assert [each.margin for each in of(world, "rosa", "2026-03-20", currency="EUR").months] == [2000 - 800]


def test_a_margin_of_two_currencies_is_reckoned_by_the_resellers_rate(world: World) -> None:
    in_dollars(world)
    with platform_scope("test data"):
        CurrencyRate(
            account=world.rosa, source="EUR", target="USD", rate=Decimal("1.25"), since=BEGINS, decided_at=BEGINS, decided_by="test"
        ).save()  # fmt: skip
    assert [each.margin for each in of(world, "rosa", "2026-03-20", currency="USD").months] == [3000 - 1000]
    with world.scope("rosa") as rosa:
        told = [profits(rosa, currency=each, at=day("2026-03-20")).total for each in ("USD", "EUR")]
    assert [(each.revenue, each.wholesale) for each in told] == [(3000, 1000), (2000, 800)]


def test_the_vendors_estimate_is_less_the_discount_as_the_figures_are(world: World) -> None:
    at_list(world, world.carl, 1000, "2026-03-01T00:00+00:00")
    with world.scope("vera") as vera:
        told = overview(vera, at=day("2026-03-20"))
    assert [(each.charged, each.minor) for each in told.estimate] == [(800, 800)]


def test_before_a_months_first_run_all_that_came_in_the_last_one_is_still_to_come(world: World) -> None:
    """What is due in its first instant among it: no run has posted this month's yet."""
    for month in ("03", "04"):
        at_list(world, world.carl, 1000, f"2026-{month}-01T00:00+00:00")
        at_list(world, world.carl, 400, f"2026-{month}-15T00:00+00:00")
    found = []
    for until, at in (
        ("2026-04-30T23:00+00:00", "2026-05-01T00:30+00:00"),
        ("2026-05-01T01:00+00:00", "2026-05-01T01:30+00:00"),
    ):
        reckoned, looked = datetime.fromisoformat(until), datetime.fromisoformat(at)
        with platform_scope("test"):
            BillingRun(account=world.vendor, until=reckoned, begun_at=looked, done_at=looked, by="test").save()
        if reckoned.month == 5:
            at_list(world, world.carl, 1000, "2026-05-01T00:00+00:00")
        with world.scope("vera") as vera:
            found += [(each.charged, each.minor) for each in overview(vera, at=looked).estimate]
    assert found == [(0, 1120), (800, 1120)]


def test_of_the_accounts_within_reach_the_figures_are_the_same_as_of_a_book_of_them(world: World) -> None:
    for client, minors in ((world.carl, (2900, 5900, 0, 2900)), (world.elan, (0, 9000, 8000, 9500))):
        for month, minor in enumerate(minors, 1):
            if minor:
                make_entry(world.rosa, client, minor, **a_month(month))
    keep("2026-04-20")
    whole = of(world, "rosa", "2026-04-20").months
    with world.scope("rosa") as rosa:
        within = replace(rosa, reach=frozenset({world.carl.id, world.elan.id}))
        assert figures(within, at=day("2026-04-20")).months == whole
        alone = figures(replace(rosa, reach=frozenset({world.carl.id})), at=day("2026-04-20")).months
    assert [each.moved.end for each in alone] == [2900, 5900, 0, 2900]
    assert (alone[2].moved.churned, alone[3].moved.reactivated) == (5900, 2900)


def test_who_paid_between_the_ends_of_two_months_comes_back(world: World) -> None:
    stem, about = "base:plan.business.1", {"last_day": date(2026, 4, 4), "of_days": 31}
    make_entry(
        world.rosa, world.carl, 3100, key=f"{stem}:2026-03-05/2026-04-05", first_day=date(2026, 3, 5), days=31,
        due_at=day("2026-03-05"), **about,
    )  # fmt: skip
    make_entry(
        world.rosa, world.carl, -1600, key=f"credit:{stem}:2026-03-20/2026-04-05", first_day=date(2026, 3, 20), days=16,
        due_at=day("2026-03-20"), **about,
    )  # fmt: skip
    make_entry(world.rosa, world.carl, 3000, **a_month(5))
    keep("2026-05-20")
    moved = of(world, "rosa", "2026-05-20").months[-1].moved
    assert (moved.start, moved.new, moved.reactivated) == (0, 0, 3000)


def test_the_currency_shown_first_is_the_one_in_which_most_accounts_pay(world: World) -> None:
    with platform_scope("test data"):
        Account.objects.filter(id=world.rosa.id).update(currency="CHF")
    make_entry(world.rosa, world.carl, 9000, **a_month(3, currency="USD"))
    make_entry(world.rosa, world.zorba, 9000, **a_month(3, currency="USD"))
    make_entry(world.rosa, world.elan, 9500, **a_month(3, currency="JPY"))  # no amount says which is more
    keep("2026-03-20")
    assert of(world, "rosa", "2026-03-20").currency == "USD"


#: 20:00 to 04:00 around the end of May, by the hour: in Rome, where Rosa is, June begins at 22:00.
HOURS = [datetime(2026, 5, 31, 20, tzinfo=UTC) + timedelta(hours=hour) for hour in range(9)]


@pytest.mark.parametrize("kept", [0, 1, 2, 4, 6])
def test_a_month_that_has_begun_stands_as_the_one_before_ended_until_it_is_kept(world: World, kept: int) -> None:
    with platform_scope("test data"):
        Account.objects.filter(id=world.rosa.id).update(timezone="Europe/Rome")
    long = {
        "first_day": date(2026, 5, 10),
        "last_day": date(2026, 6, 9),
        "days": 31,
        "of_days": 31,
        "due_at": day("2026-05-10"),
    }
    make_entry(world.rosa, world.carl, 3000, **long)
    make_entry(world.vendor, world.rosa, 1000, client=world.carl, **long)
    keep_figures(actor=installation(), at=HOURS[kept])
    for hour in HOURS[kept:]:
        with world.scope("rosa") as rosa:
            whole = figures(rosa, at=hour)
            within = figures(replace(rosa, reach=frozenset({world.carl.id})), at=hour)
        with world.scope("vera") as vera:
            owed = figures(vera, at=hour)
        for told, end, margin in ((whole, 3000, 2200), (within, 3000, 2200), (owed, 800, 800)):
            now = told.now
            assert now is not None
            assert (now.moved.end, now.accounts, now.margin, now.moved.churned) == (end, 1, margin, 0), (hour, told)
        assert [each.month.month for each in whole.months] == ([5, 6] if hour >= HOURS[2] else [5])
        assert [(each.name, each.accounts, each.minor) for each in owed.resellers] == [(world.rosa.name, 1, 800)]


def test_who_had_left_by_the_last_month_that_was_kept_does_not_come_back_with_the_next(world: World) -> None:
    make_entry(world.rosa, world.carl, 3000, **a_month(3))
    make_entry(world.vendor, world.rosa, 1000, client=world.carl, **a_month(3))
    keep("2026-03-20")
    keep("2026-04-20")
    months = of(world, "rosa", "2026-05-01", 0).months
    assert [(each.moved.end, each.accounts, each.margin) for each in months] == [(3000, 1, 2200), (0, 0, 0), (0, 0, 0)]
    assert of(world, "vera", "2026-05-01", 0).resellers == ()

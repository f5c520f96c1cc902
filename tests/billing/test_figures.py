"""The figures that are kept of each month: revenue, what came and went, margin; for each side its own."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.accounts.models import Account
from sublet.billing.models import ClientMonth, RevenueMonth
from sublet.billing.operations import keep_figures
from sublet.billing.queries.currencies import CannotTellMoney
from sublet.billing.queries.figures import Figures, figures
from sublet.core.periods import plus_months
from sublet.foundation.errors import Forbidden
from sublet.foundation.jobs import PLATFORM, enqueue, run_due_jobs
from sublet.foundation.jobs.models import Job
from sublet.foundation.scope import platform_scope
from sublet.subscriptions.operations import take_plan
from tests.billing.rows import make_entry
from tests.billing.selling import day, furnish, installation, marks_up, run, texts
from tests.people import World

pytestmark = pytest.mark.django_db


def charge(owner: Account, client: Account, minor: int, first: date, *, months: int = 1, **fields: object) -> None:
    """A whole period in advance, for the reseller that owes it or for the client itself."""
    debtor = client if owner.kind != "vendor" or client.parent_id is None else Account(id=client.parent_id)
    after = plus_months(first, months)
    with platform_scope("test data"):
        debtor = Account.objects.get(id=debtor.id)
    make_entry(
        owner, debtor, minor, client=client, first_day=first, last_day=date.fromordinal(after.toordinal() - 1),
        days=(after - first).days, of_days=(after - first).days, due_at=day(first.isoformat(), hour=0), **fields,
    )  # fmt: skip


def keep(at: str) -> int:
    return keep_figures(actor=installation(), at=day(at))


def of(world: World, person: str, at: str, currency: str = "") -> Figures:
    with world.scope(person) as actor:
        return figures(actor, currency=currency, at=day(at))


def moved(told: Figures) -> list[tuple[str, int, int, int, int, int, int, int]]:
    return [
        (
            f"{each.month:%m}", each.moved.start, each.moved.new, each.moved.reactivated, each.moved.expansion,
            each.moved.contraction, each.moved.churned, each.moved.end,
        )
        for each in told.months
    ]  # fmt: skip


def test_each_month_tells_what_came_grew_shrank_left_and_came_back(world: World) -> None:
    rosa, carl, other = world.rosa, world.carl, world.elan
    for client, minors in ((carl, (2900, 5900, 0, 0, 2900)), (other, (0, 10000, 10000, 8000, 8000))):
        for number, minor in enumerate(minors, 1):
            if minor:
                charge(rosa, client, minor, date(2026, number, 1))
    keep("2026-05-20")
    told = of(world, "rosa", "2026-05-20")
    assert moved(told) == [
        ("01", 0, 2900, 0, 0, 0, 0, 2900),
        ("02", 2900, 10000, 0, 3000, 0, 0, 15900),
        ("03", 15900, 0, 0, 0, 0, 5900, 10000),
        ("04", 10000, 0, 0, 0, 2000, 0, 8000),
        ("05", 8000, 0, 2900, 0, 0, 0, 10900),
    ]
    assert told.now is not None
    assert told.last is not None
    assert (told.now.month, told.last.month) == (date(2026, 5, 1), date(2026, 4, 1))
    assert told.months[2].moved.churn == Fraction(5900, 15900)
    assert told.last.moved.net_retention == Fraction(8000, 10000)
    assert told.account_churn == Fraction(1, 0 + 1 + 2 + 1)  # one left; 0, 1, 2 and 1 paid when the months began
    assert told.worth == 10900 * 4 // 2


def test_a_yearly_price_is_a_twelfth_and_use_is_none(world: World) -> None:
    charge(world.rosa, world.carl, 12000, date(2026, 1, 15), months=12)
    charge(world.rosa, world.carl, 500, date(2026, 1, 15), about="overage")
    charge(world.rosa, world.carl, 700, date(2026, 1, 15), about="one_off")
    keep("2026-02-10")
    january, february = of(world, "rosa", "2026-02-10").months
    assert (january.moved.end, january.charged, february.moved.end, february.charged) == (1000, 13200, 1000, 0)


def test_an_upgrade_on_the_17th_is_growth_and_no_cent_remains(world: World) -> None:
    furnish(world)
    marks_up(world.rosa)
    with world.scope("rosa") as rosa:
        take_plan(ref=world.carl.ref, plan="unlimited", actor=rosa, at=day("2026-04-25"))
    texts(world, 230, at=day("2026-03-20"))
    run(day("2026-06-20"))
    keep("2026-06-20")
    by_vendor, by_rosa = of(world, "vera", "2026-06-20"), of(world, "rosa", "2026-06-20")
    ends = [each.moved.end for each in by_vendor.months]
    assert ends[0] == 1920  # 24.00 less 20 %
    assert ends[1] == ends[2] == ends[3] > 1920
    assert [each.moved.churned for each in by_vendor.months] == [0] * 4
    assert [each.moved.expansion for each in by_vendor.months] == [0, ends[1] - 1920, 0, 0]
    assert by_rosa.months[0].moved.end == 3600
    assert by_rosa.months[0].cost == 1920
    assert by_rosa.months[0].margin == 1680
    assert by_rosa.months[-1].moved.end == ends[-1] * 10 // 8 * 3 // 2
    assert [(row.name, row.accounts, row.list_minor, row.minor) for row in by_vendor.resellers] == [
        (world.rosa.name, 1, ends[-1] * 10 // 8, ends[-1])
    ]


def test_who_goes_to_another_reseller_has_neither_come_nor_gone_for_the_vendor(world: World) -> None:
    vendor, carl = world.vendor, world.carl
    charge(vendor, carl, 1000, date(2026, 1, 1))
    with platform_scope("test data"):
        make_entry(
            vendor, world.remo, 1000, client=carl, first_day=date(2026, 2, 1), last_day=date(2026, 2, 28), days=28, of_days=28,
            due_at=day("2026-02-01"),
        )  # fmt: skip
    keep("2026-02-20")
    told = of(world, "vera", "2026-02-20")
    assert moved(told)[1] == ("02", 800, 0, 0, 0, 0, 0, 800)
    assert [row.name for row in told.resellers] == [world.remo.name, world.rosa.name]
    assert [row.minor for row in told.resellers] == [800, 0]


def test_each_currency_has_figures_of_its_own(world: World) -> None:
    charge(world.rosa, world.carl, 1000, date(2026, 1, 1))
    charge(world.rosa, world.carl, 90000, date(2026, 1, 1), currency="JPY")
    keep("2026-01-20")
    own = of(world, "rosa", "2026-01-20")
    assert (own.currency, list(own.currencies), own.months[0].moved.end) == ("EUR", ["EUR", "JPY"], 1000)
    assert of(world, "rosa", "2026-01-20", "JPY").months[0].moved.end == 90000
    nothing = of(world, "rosa", "2026-01-20", "USD")
    assert (nothing.currency, list(nothing.currencies), list(nothing.months), nothing.worth) == (
        "USD",
        ["EUR", "JPY"],
        [],
        None,
    )
    with pytest.raises(CannotTellMoney) as refused:
        of(world, "rosa", "2026-01-20", "XXX")
    assert refused.value.field == "currency"


def test_kept_again_nothing_changes_and_what_comes_late_is_added(world: World) -> None:
    charge(world.rosa, world.carl, 1000, date(2026, 1, 1), months=12)
    keep("2026-04-20")

    def rows() -> list[tuple[object, ...]]:
        with platform_scope("test"):
            return list(ClientMonth.objects.order_by("id").values_list("id", "month", "before", "minor", "charged"))

    before = rows()
    assert len(before) == 4
    assert keep("2026-04-20") == 0  # nothing was posted
    assert rows() == before
    charge(world.rosa, world.elan, 2400, date(2026, 2, 1), months=3)
    keep("2026-04-21")
    assert [each.moved.end for each in of(world, "rosa", "2026-04-21").months] == [83, 883, 883, 883]
    with platform_scope("test"):
        kept = RevenueMonth.objects.filter(account=world.rosa, month=date(2026, 1, 1)).get()
    assert kept.kept_at == day("2026-04-20")  # a month before it is left alone


def test_the_sides_see_each_their_own(world: World) -> None:
    charge(world.vendor, world.carl, 1000, date(2026, 1, 1))
    charge(world.rosa, world.carl, 7777, date(2026, 1, 1))
    keep("2026-01-20")
    with world.scope("vera") as vera:
        assert {row.book for row in ClientMonth.objects.all()} == {"wholesale"}
        assert {row.book for row in RevenueMonth.objects.all()} == {"wholesale"}
        assert figures(vera, at=day("2026-01-20")).months[0].moved.end == 800
        with pytest.raises(Forbidden):
            keep_figures(actor=world.actor("rosa"), at=day("2026-01-20"))
    with world.scope("rosa"):
        assert {(row.book, row.minor) for row in ClientMonth.objects.all()} == {("retail", 7777), ("wholesale", 800)}
    with world.scope("remo"):
        assert not ClientMonth.objects.exists()
        assert not RevenueMonth.objects.exists()


def test_a_page_of_figures_asks_the_same_however_many_there_are(world: World) -> None:
    def statements() -> int:
        with (
            world.scope("rosa") as actor,
            CaptureQueriesContext(
                connection,
            ) as asked,
        ):
            figures(actor, at=day("2026-03-20"))
        return len(asked)

    charge(world.rosa, world.carl, 1000, date(2026, 1, 1))
    keep("2026-01-20")
    one = statements()
    for number in (1, 2, 3):
        charge(world.rosa, world.elan, 1000 * number, date(2026, number, 1))
    keep("2026-03-20")
    assert (one, statements()) == (3, 3)


def test_what_a_run_has_posted_is_in_the_figures_at_once(world: World) -> None:
    furnish(world)
    marks_up(world.rosa, 0)
    with world.scope("rosa") as rosa:
        take_plan(ref=world.carl.ref, plan="small", actor=rosa, at=day("2026-03-02", hour=9))
    at = day("2026-03-03", hour=10)
    figures_jobs = Job.unscoped.filter(kind="billing.figures", key="after a run")

    def runs(at: datetime) -> int:
        """How many jobs for figures there are after runs at that moment."""
        with platform_scope("a test"):
            enqueue("billing.run", account_id=PLATFORM, actor=installation(), at=at)
        run_due_jobs(at=at)
        return figures_jobs.count()

    first = runs(at)
    assert first > 0
    assert of(world, "rosa", "2026-03-03").months[-1].moved.end > 0
    # Later runs post nothing, the first of them because it is done already: figures have their own hour.
    assert runs(at + timedelta(minutes=5)) == first
    assert runs(at + timedelta(hours=1)) == first

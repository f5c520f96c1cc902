"""What each client leaves to its reseller, its own time and costs, and what the month will come to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError

from sublet.accounts.models import Account
from sublet.billing.models import Effort, LedgerEntry
from sublet.billing.operations import CannotEnterEffort, drop_effort, enter_effort, keep_figures
from sublet.billing.queries.estimates import own_estimate
from sublet.billing.queries.profit import LAST, YEAR, ClientProfit, ProfitList, profit_of, profits
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.moves.models import FormerClient
from sublet.pricing.models import WholesaleAgreed
from sublet.subscriptions.operations import take_plan
from tests.billing.rows import make_entry
from tests.billing.selling import BEGINS, day, furnish, installation, marks_up, run, texts
from tests.people import World
from tests.subscriptions import sell

pytestmark = pytest.mark.django_db

AT = day("2026-03-20")


def charged(world: World) -> None:
    """Carl in March: 90.00 retail and 40.00 at list; Élan 10.00 at list alone; Carl in February 50.00."""
    vendor, rosa, carl, elan = world.vendor, world.rosa, world.carl, world.elan
    make_entry(rosa, carl, 9000)
    make_entry(vendor, rosa, 4000, client=carl)
    make_entry(vendor, rosa, 1000, client=elan)
    make_entry(rosa, carl, 5000, due_at=day("2026-02-10"))
    keep_figures(actor=installation(), at=AT)


def enter(world: World, person: str = "rosa", **said: object) -> Effort:
    known: dict[str, object] = {
        "client": world.carl.ref,
        "kind": "time",
        "day": date(2026, 3, 10),
        "minutes": 90,
        "rate": 4001,
    }
    with world.scope(person) as actor:
        return enter_effort(**(known | said), actor=actor, at=AT)  # type: ignore[arg-type]  # words of a test


def listed(world: World, person: str = "rosa", **asked: object) -> ProfitList:
    with world.scope(person) as actor:
        return profits(actor, at=AT, **asked)  # type: ignore[arg-type]  # as above


def shown(world: World, person: str = "rosa") -> ClientProfit:
    with world.scope(person) as actor:
        return profit_of(actor, world.carl.ref, at=AT)


def test_margin_is_retail_less_wholesale_less_time_and_costs(world: World) -> None:
    charged(world)
    assert enter(world).minor == 6002  # 40.01 × 1.5 = 60.015
    enter(world, kind="cost", amount=500, text="Stock photos")
    told = listed(world)
    assert [(row.name, row.revenue, row.wholesale, row.effort, row.minutes, row.margin) for row in told.rows] == [
        ("Carl’s Kitchen", 9000, 3200, 6502, 90, -702),
        ("Élan Coiffure", 0, 800, 0, 0, -800),
    ]
    assert told.rows[0].share == Decimal("-7.8")
    assert told.rows[1].share is None
    assert (told.total.revenue, told.total.wholesale, told.total.effort, told.total.margin) == (9000, 4000, 6502, -1502)
    assert [row.name for row in listed(world, sort="wholesale", descending=False).rows] == [
        "Élan Coiffure",
        "Carl’s Kitchen",
    ]
    assert [row.name for row in listed(world, sort="name").rows] == ["Élan Coiffure", "Carl’s Kitchen"]
    assert [row.margin for row in listed(world, span=LAST).rows] == [5000]
    assert [row.revenue for row in listed(world, span=YEAR).rows] == [14000, 0]


def test_who_has_left_stays_in_what_it_brought_under_its_name_of_then(world: World) -> None:
    charged(world)
    with platform_scope("test data"):
        FormerClient(
            account=world.rosa, client_ref=world.carl.ref, name="Carl of then", kind="transfer", left_at=AT
        ).save()
        Account.objects.filter(id=world.carl.id).update(parent=world.remo, name="Carl of now")
    told = listed(world)
    assert [(row.name, row.revenue, row.has_left) for row in told.rows] == [
        ("Carl of then", 9000, True),
        ("Élan Coiffure", 0, False),
    ]
    assert (told.total.revenue, told.total.wholesale, told.number) == (9000, 4000, 2)


def test_a_list_goes_page_by_page(world: World) -> None:
    charged(world)
    first = listed(world, size=1)
    assert ([row.name for row in first.rows], first.after, first.number) == (["Carl’s Kitchen"], 1, 2)
    second = listed(world, size=1, offset=1)
    assert ([row.name for row in second.rows], second.after) == (["Élan Coiffure"], None)
    assert second.total == first.total


def test_a_client_has_months_and_entries(world: World) -> None:
    charged(world)
    entry = enter(world, text=" Menu ")
    told = shown(world)
    assert [(each.month, each.revenue, each.wholesale, each.effort) for each in told.months] == [
        (date(2026, 2, 1), 5000, 0, 0),
        (date(2026, 3, 1), 9000, 3200, 6002),
    ]
    assert [(row.ref, row.text, row.minutes, row.minor) for row in told.entries] == [(entry.ref, "Menu", 90, 6002)]
    with world.scope("rosa") as rosa:
        assert drop_effort(client=world.carl.ref, ref=entry.ref, actor=rosa, at=AT)
        assert not drop_effort(client=world.carl.ref, ref=entry.ref, actor=rosa, at=AT)
    told = shown(world)
    assert (told.entries, told.total.effort) == ([], 0)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"kind": "gift"}, "kind"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": 24 * 60 + 1}, "minutes"),
        ({"rate": -1}, "amount"),
        ({"kind": "cost", "amount": 0}, "amount"),
        ({"day": date(2026, 3, 21)}, "day"),
        ({"day": date(2021, 3, 1)}, "day"),
    ],
)
def test_what_is_no_time_and_no_cost_is_refused(world: World, said: dict[str, Any], code: str) -> None:
    with pytest.raises(CannotEnterEffort) as refused:
        enter(world, **said)
    assert refused.value.code == code
    with platform_scope("test"):
        assert not Effort.objects.exists()


def test_the_journal_tells_that_something_was_entered_and_no_figure(world: World) -> None:
    entry = enter(world, text="Secret talks")
    with world.scope("rosa") as rosa:
        drop_effort(client=world.carl.ref, ref=entry.ref, actor=rosa, at=AT)
    with platform_scope("test"):
        rows = list(JournalEntry.unscoped.filter(event__startswith="effort.").order_by("id"))
    assert [(row.event, row.account_id) for row in rows] == [
        ("effort.entered", world.rosa.id),
        ("effort.dropped", world.rosa.id),
    ]
    assert rows[0].data == {"effort": entry.ref, "ref": world.carl.ref, "name": world.carl.name}


def test_nobody_else_reads_or_enters_it(world: World) -> None:
    charged(world)
    entry = enter(world)
    for person in ("vera", "carl"):
        with pytest.raises(NotFound):
            listed(world, person)
        with pytest.raises(NotFound):
            enter(world, person)
    with pytest.raises(Forbidden):
        listed(world, "ruth")
    with pytest.raises(NotFound):
        shown(world, "remo")
    with world.scope("remo") as remo, pytest.raises(NotFound):
        drop_effort(client=world.carl.ref, ref=entry.ref, actor=remo, at=AT)
    with world.scope("vera"):
        assert not Effort.objects.exists()
    with world.scope("rosa"):
        assert Effort.objects.count() == 1


def test_the_database_takes_no_time_without_minutes(world: World) -> None:
    with platform_scope("test"), pytest.raises(IntegrityError):
        Effort(
            account=world.rosa, client=world.carl, kind="time", day=date(2026, 3, 1), minor=1, currency="EUR", entered_at=AT,
            entered_by="t",
        ).save()  # fmt: skip


def test_the_months_end_is_what_the_run_will_charge_with_the_use_so_far(world: World) -> None:
    furnish(world)
    marks_up(world.rosa)
    texts(world, 230, at=day("2026-03-19"))
    assert shown(world).estimate.retail == {"EUR": 3600}  # the period of use ends on 17 April
    at = day("2026-04-02")
    with world.scope("rosa") as rosa:
        told = profit_of(rosa, world.carl.ref, at=at).estimate
    with world.scope("carl") as carl:
        own = own_estimate(carl, at=at)
    run(day("2026-04-30", hour=23))
    with platform_scope("test"):
        rows = list(LedgerEntry.objects.filter(kind="charge", due_at__gte=day("2026-04-01")))
    april = {book: sum(row.minor for row in rows if row.book == book) for book in ("retail", "wholesale")}
    assert april["wholesale"] == 2400 + 30 * 9
    assert april["retail"] >= 3600
    assert (told.retail, told.wholesale) == ({"EUR": april["retail"]}, {"EUR": april["wholesale"] * 8 // 10})
    assert (own.pays, own.retail, own.wholesale) == ({"EUR": april["retail"]}, {}, {})


def test_the_months_end_has_the_use_of_one_month_where_periods_begin_on_the_first(world: World) -> None:
    sell(world)
    marks_up(world.rosa)
    with world.scope("rosa") as rosa:
        take_plan(ref=world.carl.ref, plan="medium", actor=rosa, at=day("2026-04-01", 0))
    texts(world, 230, at=day("2026-04-10"), name="april")
    run(day("2026-05-02"))
    texts(world, 240, at=day("2026-05-10"), name="may")
    at = day("2026-05-12")
    with world.scope("rosa") as rosa:
        told = profit_of(rosa, world.carl.ref, at=at).estimate
    assert told.wholesale == {"EUR": (2400 + 40 * 9) * 8 // 10}  # what was used in April was due when May began


def test_the_months_end_has_the_discount_of_what_all_accounts_come_to(world: World) -> None:
    furnish(world)
    with platform_scope("test data"):
        WholesaleAgreed(
            account=world.rosa,
            percent=Decimal(20),
            tiers=[[5000, "50"]],
            since=BEGINS,
            decided_at=BEGINS,
            decided_by="test",
        ).save()
    about = {"first_day": date(2026, 3, 1), "last_day": date(2026, 3, 31), "days": 31, "of_days": 31}
    make_entry(world.vendor, world.rosa, 5000, client=world.elan, due_at=day("2026-03-01"), **about)
    keep_figures(actor=installation(), at=AT)
    assert shown(world).estimate.wholesale == {"EUR": 1200}

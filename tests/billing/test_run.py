"""The billing run: what is due is in both books once, whoever asks and however often."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from sublet.accounts.models import Account
from sublet.billing.invariants import reckoned
from sublet.billing.models import LedgerEntry
from sublet.billing.operations import posting, run_billing
from sublet.billing.operations.drafting import draft_invoices
from sublet.billing.operations.running import FIRST
from sublet.billing.queries import facts
from sublet.billing.queries import sides as queries_sides
from sublet.billing.queries.used import OVERLAP
from sublet.core.charging import Charge
from sublet.core.pricebook import CLIENT, OVERAGE, PLAN, Book, Rule
from sublet.core.pricing import Price, WrongPrice
from sublet.foundation.errors import Forbidden
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.pricing.models import WholesaleAgreed
from sublet.pricing.queries.books import books_of
from sublet.subscriptions.operations import take_plan
from tests.billing.rows import make_entry
from tests.billing.selling import (
    BEGINS,
    TAKEN,
    balances,
    day,
    entries,
    furnish,
    installation,
    invoices,
    lines,
    make_terms,
    pays,
    run,
    texts,
)
from tests.people import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def retail(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Rosa asks of Carl: 39.00 a month, 0.15 for each text message beyond."""
    plain = books_of

    def with_rules(ids: list[int], *, at: datetime) -> dict[int, Book]:
        return {
            number: replace(
                book,
                rules=(
                    Rule(CLIENT, str(number), PLAN, "", "month", BEGINS, Price("flat", "month", "EUR", Decimal(3900))),
                    Rule(
                        CLIENT, str(number), OVERAGE, "", "month", BEGINS,
                        Price("unit", "month", "EUR", Decimal(15), meter="text_messages"),
                    ),
                ),
            )
            for number, book in plain(ids, at=at).items()
        }  # fmt: skip

    monkeypatch.setattr(facts, "books_of", with_rules)


def test_a_period_is_charged_once_in_each_book_however_often_one_asks(world: World, retail: None) -> None:
    furnish(world)
    texts(world, 230, at=day("2026-03-20"))

    for until in ("2026-03-18", "2026-03-18", "2026-04-18", "2026-04-02", "2026-05-02", "2026-04-18"):
        run(day(until))

    keys = [
        "base:plan.medium.1:2026-03-17/2026-04-17",
        "base:plan.medium.1:2026-04-17/2026-05-17",
        "overage:text_messages:2026-03-17",
    ]
    assert sorted(entries()) == list(zip(keys, (2400, 2400, 270), strict=True))
    assert sorted(entries("retail")) == list(zip(keys, (3900, 3900, 450), strict=True))
    assert [(one.state, one.key, one.list_minor, one.discount_minor, one.tax_minor, one.gross_minor) for one in invoices()] == [
        ("draft", "2026-04-01", 2400, 480, 422, 2342), ("draft", "2026-05-01", 2670, 534, 470, 2606),
    ]  # fmt: skip
    assert sorted(lines(invoices()[1])) == [("base", 2400, 480, 1920), ("overage", 270, 54, 216)]
    own = invoices("retail")[1]
    assert (own.state, own.list_minor, own.discount_minor, own.tax_minor, own.gross_minor) == (
        "draft",
        4350,
        0,
        957,
        5307,
    )
    assert balances() == {"unbilled": 5070, "revenue": -5070}
    told = JournalEntry.unscoped.filter(event="billing.run").count()
    assert told == 4  # one for each `until`; again is the same run


def test_what_the_reseller_pays_is_reckoned_and_on_no_invoice(world: World, retail: None) -> None:
    furnish(world, retail=False)
    make_terms(world.rosa, collected_by="own")

    run(day("2026-04-02"))

    assert [minor for _key, minor in entries("retail")] == [3900]
    assert invoices("retail") == []
    assert len(invoices()) == 1


def test_who_collects_is_asked_of_the_moment_in_which_a_charge_became_due(world: World, retail: None) -> None:
    furnish(world, retail=False)
    pays(world.rosa, world.carl)
    make_terms(world.rosa, collected_by="nobody")
    make_terms(world.rosa, collected_by="own", since=day("2026-05-01", 0))

    run(day("2026-05-20"))  # the first one since March: what became due before May was collected elsewhere

    with platform_scope("test"):
        rows = LedgerEntry.objects.filter(book="retail").order_by("due_at")
        assert [(f"{row.first_day}", row.billed) for row in rows] == [
            ("2026-03-17", False), ("2026-04-17", False), ("2026-05-17", True),
        ]  # fmt: skip


def test_late_usage_is_an_adjustment_on_the_next_invoice(world: World, retail: None) -> None:
    furnish(world)
    texts(world, 210, at=day("2026-03-20"))
    run(day("2026-05-01", 2))
    texts(world, 5, at=day("2026-04-14"), name="late")

    run(day("2026-05-05"))
    run(day("2026-06-01", 2))

    assert [pair for pair in entries() if "overage" in pair[0]] == [
        ("overage:text_messages:2026-03-17", 90), ("adjustment:overage:text_messages:2026-03-17:1", 45),
    ]  # fmt: skip
    assert [(one.key, one.list_minor) for one in invoices()] == [
        ("2026-04-01", 2400), ("2026-05-01", 2490), ("2026-06-01", 2445),
    ]  # fmt: skip


def test_the_run_goes_on_where_it_was_and_looks_at_no_more_than_it_must(world: World, retail: None) -> None:
    furnish(world)
    at = TAKEN
    while at < day("2026-07-01"):
        run(at)
        at += timedelta(days=1)
    run(day("2026-07-01", 2))

    whole = entries()
    assert [key for key, _minor in whole] == [
        f"base:plan.medium.1:2026-0{month}-17/2026-0{month + 1}-17" for month in (3, 4, 5, 6)
    ]
    assert [one.key for one in invoices()] == ["2026-04-01", "2026-05-01", "2026-06-01", "2026-07-01"]


def test_a_credit_waits_for_charges_however_long_that_takes(world: World) -> None:
    furnish(world)
    run(day("2026-03-02"))  # from here on a run looks back two days
    first, last = date(2024, 1, 1), date(2024, 1, 31)
    make_entry(world.vendor, world.remo, -5000, due_at=day("2024-02-01"), first_day=first, last_day=last)
    run(day("2026-03-03"))
    assert invoices() == []

    make_entry(world.vendor, world.remo, 9000, due_at=day("2026-03-09"))
    run(day("2026-04-01", 2))

    [invoice] = [one for one in invoices() if one.debtor_id == world.remo.id]
    assert (invoice.list_minor, invoice.first_day) == (4000, first)
    assert [line[1] for line in lines(invoice)] == [-5000, 9000]


@pytest.mark.parametrize("whose", ["its own", "a client that went to another", "a client"])
def test_the_discount_is_that_of_who_owes_whoever_stands_above_the_client_now(world: World, whose: str) -> None:
    with platform_scope("test data"):
        for reseller, percent in ((world.rosa, 30), (world.remo, 45)):
            WholesaleAgreed(
                account=reseller, percent=Decimal(percent), since=BEGINS, decided_at=BEGINS, decided_by="test"
            ).save()
    client = world.rosa if whose == "its own" else world.carl
    make_entry(world.vendor, world.rosa, 10000, client=client, due_at=day("2026-03-09"))
    make_entry(world.vendor, world.rosa, 10000, client=world.elan, due_at=day("2026-03-09"))
    if whose == "a client that went to another":
        with platform_scope("test data"):
            Account.objects.filter(id=world.carl.id).update(parent=world.remo)
    run(day("2026-04-01", 2))
    [invoice] = invoices()
    assert (invoice.debtor_id, invoice.list_minor, invoice.discount_minor) == (world.rosa.id, 20000, 6000)


def test_what_waits_is_found_by_an_index_of_what_is_billed(world: World) -> None:
    with platform_scope("test"), CaptureQueriesContext(connection) as statements, transaction.atomic():
        draft_invoices([world.rosa.id], vendor=world.vendor.id, until=TAKEN, actor=installation(), at=TAKEN)
    [asked] = [each["sql"] for each in statements if 'FROM "ledger_entry"' in each["sql"]]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Nothing is in the table: which of two indexes PostgreSQL would take there depends on what it counted last.
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'charges_of_who_is_billed'")
            [[made]] = cursor.fetchall()
            assert "(debtor_id, due_at) WHERE" in made
            assert "billed" in made
            return
        cursor.execute(f"EXPLAIN QUERY PLAN {asked}")
        plan = " ".join(str(row) for row in cursor.fetchall())
    assert "charges_of_who_is_billed" in plan


def test_by_anniversary_what_is_paid_in_advance_is_asked_for_on_its_first_day(world: World, retail: None) -> None:
    furnish(world, retail=False)
    make_terms(world.rosa, world.carl, collected_by="own", basis="anniversary")
    pays(world.rosa, world.carl)

    run(day("2026-03-17", 23))
    run(day("2026-04-17", 2))

    assert [(one.key, one.first_day.isoformat()) for one in invoices("retail")] == [
        ("2026-03-17", "2026-03-17"), ("2026-04-17", "2026-04-17"),
    ]  # fmt: skip


def test_one_account_that_cannot_be_reckoned_holds_nothing_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    furnish(world)
    with world.scope("rosa") as rosa:
        take_plan(ref=world.elan.ref, plan="medium", actor=rosa, at=TAKEN)
    broken, reckon = {world.carl.id}, facts.Reckoned.due

    def due(known: facts.Reckoned, *, since: datetime, until: datetime) -> Iterator[Charge]:
        begun.append((known.book.account, since))
        if known.book.account in broken:
            raise WrongPrice("steps")
        return reckon(known, since=since, until=until)

    begun: list[tuple[int, datetime]] = []
    monkeypatch.setattr(facts.Reckoned, "due", due)

    for until in ("2026-03-18", "2026-04-18", "2026-04-18", "2026-06-02"):
        begun.clear()
        ran = run(day(until))
        assert ran.done_at is not None
        assert ran.faults == [[world.carl.id, "WrongPrice: steps", FIRST.isoformat()]]
    since = dict(begun)
    assert (since[world.carl.id], since[world.elan.id]) == (FIRST, day("2026-04-18") - OVERLAP)
    with platform_scope("test"):
        assert [found.account_id for found in reckoned(TAKEN)] == [world.carl.id]
        assert {row.client_id for row in LedgerEntry.objects.all()} == {world.elan.id}
    assert JournalEntry.unscoped.filter(event="billing.run").count() == 3

    broken.clear()
    ran = run(day("2026-06-02", 2))

    assert ran.faults == []
    with platform_scope("test"):
        assert list(reckoned(TAKEN)) == []
        rows = LedgerEntry.objects.filter(client_id=world.carl.id, book="wholesale", kind="charge").order_by("due_at")
        assert [str(row.first_day) for row in rows] == ["2026-03-17", "2026-04-17", "2026-05-17"]
    begun.clear()
    run(day("2026-06-02", 3))
    assert {at for _account, at in begun} == {day("2026-06-02", 2) - OVERLAP}


def test_demonstrations_are_not_reckoned_nor_what_is_in_the_ledger(
    world: World, retail: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnish(world)
    with platform_scope("test"):
        Account.objects.filter(id=world.elan.id).update(state="prospect")
        Account.objects.filter(id=world.zorba.id).update(state="closed", state_before_close="prospect")
    plain, side = facts.facts_of, queries_sides._side
    asked: list[int] = []
    sides: list[str] = []

    def facts_seen(accounts: list[Account], *, since: datetime, until: datetime) -> dict[int, facts.Reckoned]:
        asked.extend(account.id for account in accounts)
        return plain(accounts, since=since, until=until)

    def side_seen(owner: int, book: str, *more: Any) -> queries_sides.Side:
        sides.append(book)
        return side(owner, book, *more)

    monkeypatch.setattr(posting, "facts_of", facts_seen)
    monkeypatch.setattr(queries_sides, "_side", side_seen)

    run(day("2026-03-18"))
    assert world.carl.id in asked
    assert {world.elan.id, world.zorba.id} & set(asked) == set()
    assert sorted(sides) == ["retail", "wholesale"]
    sides.clear()
    run(day("2026-03-18", 2))
    run(day("2026-03-18", 2))
    assert sides == []
    # One of them might become a demonstration while the run goes on: the locked row decides.
    with platform_scope("test"), transaction.atomic():
        told = posting.post_charges(
            [world.elan.id], vendor=world.vendor.id, since=BEGINS, until=TAKEN, at=TAKEN, by="test"
        )
    assert (told.accounts, world.elan.id in asked) == (0, False)


def test_nobody_but_the_vendor_runs_the_billing(world: World) -> None:
    with pytest.raises(Forbidden):
        run_billing(until=TAKEN, actor=world.actor("rosa"), at=TAKEN)

"""Use under a plan that was given up before its client moved: claimed once, by the reseller under which it was used.

*By use* asks 9.90 for up to 100 text messages and 0.05 for each further one, *small* 29.00 a month; Rosa asks half as much again as
the list, Remo twice the list.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from sublet.accounts.models import Account
from sublet.accounts.operations.tags import set_tags
from sublet.billing.invariants import adds_up, balanced, periods
from sublet.billing.models import Invoice, LedgerEntry, PlaceLeft
from sublet.billing.operations import leaving
from sublet.billing.queries.estimates import month_end_of
from sublet.foundation.scope import platform_scope
from sublet.moves import operations
from sublet.pricing.models import RetailMarkUp
from sublet.pricing.operations import make_promotion, take_promotion
from sublet.subscriptions.operations import end_subscription, take_plan
from tests.billing.selling import BEGINS, make_issuer, make_terms, marks_up, pays, run, texts
from tests.billing.test_plan_use import BY_USE, NAMES
from tests.billing.test_run_whole import PRICED, take, when
from tests.moves.steps import agree, ask_transfer, merge, transfer
from tests.people import World
from tests.subscriptions import sell
from tests.thorough import FULL

pytestmark = pytest.mark.django_db

#: Used under Rosa, as the list has it: 9.90 for the first hundred, 0.05 for each of fifty.
LISTED = 990 + 250


@pytest.fixture
def sold(world: World) -> World:
    sell(world, BY_USE)
    make_issuer(world.vendor, invoice_prefix="V-", standard_rate=Decimal(22))
    for reseller, percent in ((world.rosa, 50), (world.remo, 100)):
        make_issuer(reseller, invoice_prefix="R-")
        make_terms(reseller, collected_by="own")
        pays(reseller, world.carl)
        marks_up(reseller, percent)
    return world


def used_then_moved(world: World) -> None:
    """150 text messages with *by use* under Rosa, then *small*, then Remo's; the meter's month goes on."""
    take(world, "by_use", "2026-11-01 00:00")
    texts(world, 150, at=when("2026-11-05 10:00"))
    run(when("2026-11-06 01:00"))
    take(world, "small", "2026-11-10 10:00")
    run(when("2026-11-19 01:00"))
    transfer(world, when("2026-11-20 10:00"))


def told(world: World, *abouts: str) -> list[tuple[str, str, str, int, bool]]:
    names = {each.id: each.name.partition(" ")[0] for each in (world.vendor, world.rosa, world.remo, world.carl)}
    with platform_scope("test"):
        rows = LedgerEntry.objects.filter(kind="charge", about__in=abouts).order_by("due_at", "id", "book")
        found = [(row.book, names[row.account_id], names[row.debtor_id], row.minor, row.billed) for row in rows]
    return sorted(found)


def called(world: World) -> tuple[str, str, str, str]:
    vendor, rosa, remo, carl = (
        each.name.partition(" ")[0] for each in (world.vendor, world.rosa, world.remo, world.carl)
    )
    return vendor, rosa, remo, carl


def test_use_of_a_plan_given_up_before_a_move_is_claimed_by_the_reseller_that_was_left(sold: World) -> None:
    vendor, rosa, _remo, carl = called(sold)
    used_then_moved(sold)
    run(when("2026-12-02 01:00"))
    run(when("2026-12-03 01:00"))
    assert told(sold, "plan_use") == [
        ("retail", rosa, carl, LISTED * 3 // 2, True),
        ("wholesale", vendor, rosa, LISTED, True),
    ]


def test_the_reseller_of_now_is_told_nothing_of_it_and_claims_what_is_used_under_it(sold: World) -> None:
    vendor, rosa, remo, carl = called(sold)
    used_then_moved(sold)
    with platform_scope("test"):
        told_now = month_end_of(Account.objects.get(id=sold.carl.id), when("2026-11-21 10:00"))
    assert (told_now.retail, told_now.wholesale) == ({}, {})
    with sold.scope("remo") as actor:
        take_plan(ref=sold.carl.ref, plan="by_use", actor=actor, at=when("2026-12-01 09:00"))
    texts(sold, 110, at=when("2026-12-05 10:00"), name="remo")
    run(when("2027-01-02 01:00"))
    assert told(sold, "plan_use") == [
        ("retail", remo, carl, 2 * (990 + 50), True),
        ("retail", rosa, carl, LISTED * 3 // 2, True),
        ("wholesale", vendor, remo, 990 + 50, True),
        ("wholesale", vendor, rosa, LISTED, True),
    ]
    with platform_scope("test"):
        asked = Invoice.objects.filter(book="retail", lines__about="plan_use").order_by("account_id")
        assert sorted((one.account_id, one.debtor_id) for one in asked) == sorted(
            [(sold.rosa.id, sold.carl.id), (sold.remo.id, sold.carl.id)]
        )
        looks = (balanced, periods, adds_up)
        assert [one for look in looks for one in look(when("2027-01-02 01:00"))] == []


def test_who_has_come_back_to_owes_and_claims_what_was_used_before_it_left(sold: World) -> None:
    """Away and back in one instant, too: the places of before and of now are of the same reseller."""
    vendor, rosa, _remo, carl = called(sold)
    used_then_moved(sold)
    assert agree(
        sold, "rosa", ask_transfer(sold, by="remo", to="rosa", at=when("2026-11-20 10:00")), when("2026-11-20 10:00")
    )
    with platform_scope("test"):
        told_now = month_end_of(Account.objects.get(id=sold.carl.id), when("2026-11-21 10:00"))
    run(when("2026-12-02 01:00"))
    claims = told(sold, "plan_use")
    assert claims == [("retail", rosa, carl, LISTED * 3 // 2, True), ("wholesale", vendor, rosa, LISTED, True)]
    # Of what was due before it left, the month’s end tells neither side: one alone would look like a loss.
    assert (told_now.retail, told_now.wholesale) == ({}, {})


def test_what_becomes_known_late_of_it_is_claimed_by_the_reseller_that_was_left_too(sold: World) -> None:
    vendor, rosa, _remo, carl = called(sold)
    used_then_moved(sold)
    run(when("2026-12-02 01:00"))
    texts(sold, 20, at=when("2026-11-08 10:00"), name="late")
    run(when("2026-12-03 01:00"))
    assert told(sold, "adjustment") == [("retail", rosa, carl, 150, True), ("wholesale", vendor, rosa, 100, True)]


def test_its_price_and_its_payer_are_those_of_the_reseller_that_was_left_as_they_were(sold: World) -> None:
    """A mark-up for who had its tag then, and nobody's invoice where it paid itself."""
    vendor, rosa, _remo, carl = called(sold)
    with sold.scope("rosa") as actor:
        set_tags(ref=sold.carl.ref, tags=["good"], actor=actor, at=when("2026-10-01 10:00"))
    with platform_scope("test data"):
        RetailMarkUp(
            account=sold.rosa, layer="group", tag="good", percent=10, on="list", since=BEGINS, decided_at=BEGINS,
            decided_by="test",
        ).save()  # fmt: skip
    pays(sold.rosa, sold.carl, "base", payer="reseller", since=when("2026-06-01 00:00"))
    used_then_moved(sold)
    run(when("2026-12-02 01:00"))
    assert told(sold, "plan_use") == [
        ("retail", rosa, carl, LISTED * 11 // 10, False),
        ("wholesale", vendor, rosa, LISTED, True),
    ]


IN_DOLLARS = BY_USE.replace(
    "amount = 30\n",
    """amount = 30

[[plans.prices]]
interval = "month"
currency = "USD"
model = "graduated"
meter = "text_messages"
tiers = [{ up_to = 100, amount = 0, flat = 1990 }, { up_to = "unlimited", amount = 9 }]
""",
    1,
)


def test_below_somebody_of_another_currency_it_is_claimed_and_owed_in_that_of_its_time(world: World) -> None:
    """Remo is charged in dollars; what was used under Rosa is hers to claim and to owe in euros, late or not."""
    sell(world, IN_DOLLARS)
    make_issuer(world.vendor, invoice_prefix="V-", standard_rate=Decimal(22))
    for reseller in (world.rosa, world.remo):
        make_issuer(reseller, invoice_prefix="R-")
        make_terms(reseller, collected_by="own")
        pays(reseller, world.carl)
        marks_up(reseller, 50)
    with platform_scope("test data"):
        Account.objects.filter(id=world.remo.id).update(currency="USD")
    used_then_moved(world)
    run(when("2026-12-02 01:00"))
    texts(world, 20, at=when("2026-11-08 10:00"), name="late")
    run(when("2026-12-03 01:00"))
    vendor, rosa, _remo, carl = called(world)
    assert told(world, "plan_use", "adjustment") == [
        ("retail", rosa, carl, 150, True),
        ("retail", rosa, carl, LISTED * 3 // 2, True),
        ("wholesale", vendor, rosa, 100, True),
        ("wholesale", vendor, rosa, LISTED, True),
    ]
    with platform_scope("test"):
        rows = LedgerEntry.objects.filter(kind="charge", about__in=("plan_use", "adjustment"))
        assert set(rows.values_list("currency", flat=True)) == {"EUR"}


def test_what_the_vendor_had_promised_the_reseller_that_was_left_lowers_what_that_one_owes(sold: World) -> None:
    vendor, rosa, _remo, carl = called(sold)
    with sold.scope("vera") as vera:
        make_promotion(
            code="half", percent=Decimal(50), months=6, things=["plan:by_use"], actor=vera, at=when("2026-10-31 08:00")
        )  # fmt: skip
    with sold.scope("rosa") as actor:
        take_promotion(ref=sold.carl.ref, code="half", actor=actor, at=when("2026-10-31 08:30"))
    used_then_moved(sold)
    run(when("2026-12-02 01:00"))
    assert told(sold, "plan_use") == [
        ("retail", rosa, carl, LISTED * 3 // 2, True),
        ("wholesale", vendor, rosa, LISTED // 2, True),
    ]


def test_who_stands_alone_now_owes_it_to_the_reseller_that_it_left(sold: World) -> None:
    vendor, rosa, _remo, carl = called(sold)
    take(sold, "by_use", "2026-11-01 00:00")
    texts(sold, 150, at=when("2026-11-05 10:00"))
    take(sold, "small", "2026-11-10 10:00")
    run(when("2026-11-19 01:00"))
    with sold.scope("rosa") as actor:
        assert operations.detach(account_ref=sold.carl.ref, actor=actor, at=when("2026-11-20 10:00")).done
    run(when("2026-12-02 01:00"))
    assert told(sold, "plan_use") == [
        ("retail", rosa, carl, LISTED * 3 // 2, True),
        ("wholesale", vendor, rosa, LISTED, True),
    ]


def test_overage_of_a_plan_that_was_ended_before_a_move_is_claimed_where_it_was_used(sold: World) -> None:
    vendor, rosa, _remo, carl = called(sold)
    take(sold, "medium", "2026-11-01 00:00")
    texts(sold, 210, at=when("2026-11-05 10:00"))
    with sold.scope("rosa") as actor:
        end_subscription(ref=sold.carl.ref, when="now", actor=actor, at=when("2026-11-10 10:00"))
    run(when("2026-11-19 01:00"))
    transfer(sold, when("2026-11-20 10:00"))
    run(when("2026-12-02 01:00"))
    claims = told(sold, "overage")
    assert [row[:3] for row in claims] == [("retail", rosa, carl), ("wholesale", vendor, rosa)]
    assert claims[0][3] * 2 == claims[1][3] * 3


def test_a_merge_keeps_the_place_too(sold: World) -> None:
    take(sold, "by_use", "2026-11-01 00:00")
    texts(sold, 150, at=when("2026-11-05 10:00"))
    take(sold, "small", "2026-11-10 10:00")
    run(when("2026-11-19 01:00"))
    merge(sold, when("2026-11-20 10:00"))
    run(when("2026-12-02 01:00"))
    vendor, rosa, _remo, carl = called(sold)
    assert told(sold, "plan_use") == [
        ("retail", rosa, carl, LISTED * 3 // 2, True),
        ("wholesale", vendor, rosa, LISTED, True),
    ]


def test_a_place_is_a_row_of_the_reseller_that_was_left(sold: World) -> None:
    transfer(sold, when("2026-11-20 10:00"))
    seen = {}
    for who in ("rosa", "remo", "carl"):
        with sold.scope(who):
            seen[who] = [(each.account_id, each.client_id) for each in PlaceLeft.objects.all()]
    assert seen == {"rosa": [(sold.rosa.id, sold.carl.id)], "remo": [], "carl": []}


# The law --------------------------------------------------------------------------------------------------------------

#: Two plans of which a text message costs 0.10 and 0.07 by the list, each with the meter's calendar month.
UNITS = {"tens": 10, "sevens": 7}
BY_UNIT = "".join(
    (
        PRICED,
        *(
            f"""
[[plans]]
key = "{key}"
limits = [{{ meter = "text_messages", amount = "unlimited" }}]
{NAMES % ((key.title(),) * 6)}
[[plans.prices]]
interval = "month"
model = "unit"
meter = "text_messages"
amount = {amount}
"""
            for key, amount in UNITS.items()
        ),
    )
)


#: A seed in whose life something is due under a reseller that has been left before it is charged.
LOSES = 1


def lived(world: World, seed: int) -> tuple[dict[str, tuple[int, int]], dict[str, tuple[int, int]], int]:
    """Two months of plans taken, given up and taken again, moves to and fro, use told at once or late, and runs at any time.

    By the key of each charge whoever owes it at wholesale and whoever claims it at retail, with the amounts; and what all comes to.
    """
    chance = Random(seed)
    sell(world, BY_UNIT)
    make_issuer(world.vendor, invoice_prefix="V-")
    resellers = {"rosa": world.rosa, "remo": world.remo}
    for each in resellers.values():
        make_issuer(each, invoice_prefix="R-")
        marks_up(each, 0)
    above, plan, number, units = "rosa", "", 0, dict.fromkeys(UNITS, 0)
    late: list[tuple[datetime, int, int]] = []
    at, end = when("2026-11-01 00:30"), when("2026-12-30 00:00")
    run(at)
    while at < end:
        at += timedelta(hours=chance.randrange(7, 110))
        what = chance.choice(("plan", "plan", "use", "use", "use", "late", "move", "run"))
        if late and at - late[0][0] > timedelta(days=20):
            what = "run"
        number += 1
        if what == "plan":
            with world.scope(above) as actor:
                other = chance.choice([each for each in ("tens", "sevens", "small") if each != plan])
                take_plan(ref=world.carl.ref, plan=other, actor=actor, at=at)
                plan = other
        elif what == "move":
            by, above = above, "remo" if above == "rosa" else "rosa"
            assert agree(world, above, ask_transfer(world, by=by, to=above, at=at), at)
        elif what == "run":
            for moment, count, name in late:  # nothing is taken that is told more than a month late
                texts(world, count, at=moment, name=f"late{name}-")
            late.clear()
            run(at)
        elif plan in UNITS:
            count = chance.randrange(1, 40)
            units[plan] += count
            if what == "late":
                late.append((at, count, number))
            else:
                texts(world, count, at=at, name=f"u{number}-")
    run(when("2027-01-02 01:00"))
    for moment, count, name in late:
        texts(world, count, at=moment, name=f"late{name}-")
    run(when("2027-01-03 01:00"))
    run(when("2027-02-05 01:00"))  # the meter's last period is over

    with platform_scope("test"):
        rows = list(LedgerEntry.objects.filter(kind="charge", about__in=("plan_use", "adjustment")))
    owed = {row.key: (row.debtor_id, row.minor) for row in rows if row.book == "wholesale"}
    claimed = {row.key: (row.account_id, row.minor) for row in rows if row.book == "retail"}
    return owed, claimed, sum(units[key] * amount for key, amount in UNITS.items())


@pytest.mark.parametrize("seed", range(40) if FULL else (0, LOSES, 6, 7, 8, 10))
def test_each_unit_of_use_is_claimed_once_and_by_whom_it_is_owed_at_wholesale(world: World, seed: int) -> None:
    owed, claimed, due = lived(world, seed)
    assert claimed == owed
    assert sum(minor for _whose, minor in owed.values()) == due
    assert {whose for whose, _minor in owed.values()} <= {world.rosa.id, world.remo.id}


def test_where_places_are_not_kept_use_is_claimed_by_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The positive control."""
    monkeypatch.setattr(leaving, "_keep_places", lambda *_asked: None)
    owed, claimed, due = lived(world, LOSES)
    assert sum(minor for _whose, minor in owed.values()) == due
    assert sum(minor for _whose, minor in claimed.values()) < due

"""Charges: asking twice, cutting, shuffling and late facts change nothing that was charged."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sublet.core.charging import (
    ADJUSTMENT,
    BASE,
    USES,
    Charge,
    Facts,
    PlanHeld,
    Span,
    Usage,
    charges,
)
from sublet.core.money import CurrenciesDiffer
from sublet.core.periods import Anchor, Since
from sublet.core.pricing import Price, Step
from sublet.core.proration import Days, day_on
from tests.oracle.accounts import BEGIN, END, Table, account
from tests.thorough import examples

D = Decimal
ROME = "Europe/Rome"
FAR = END + timedelta(days=400)
NOVEMBER = Days(date(2026, 11, 1), date(2026, 12, 1))
BY_UNIT = Price("unit", "month", "EUR", D("2.5"), "sms")
accounts = st.integers(0, 10**6).map(account)
instants = st.datetimes(datetime(2024, 12, 1), datetime(2027, 6, 1), timezones=st.just(UTC)) | st.sampled_from(
    [datetime(2025, month, 1, tzinfo=UTC) for month in range(1, 13)]
)


def rome(month: int, day: int, hour: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=ZoneInfo(ROME)).astimezone(UTC)


def table(currency: str = "EUR") -> Table:
    found = Table()
    for key, month, year in (("basic", 2900, 29000), ("business", 5900, 59000)):
        found.say("list", "plan", key, 1, Price("flat", "month", currency, D(month)))
        found.say("list", "plan", key, 1, Price("flat", "year", currency, D(year)))
    found.say("list", "add_on", "extra", 1, Price("flat", "month", currency, D(500)))
    return found


def facts(*plans: PlanHeld, anchor: date = date(2026, 1, 1), zone: str = ROME, **more: object) -> Facts:
    given_prices = more.pop("prices", None) or table()
    return Facts((Since(BEGIN - timedelta(days=900), Anchor(anchor, zone)),), given_prices, plans, **more)  # type: ignore[arg-type]  # by name


def told(found: tuple[Charge, ...]) -> list[tuple[str, int | None]]:
    return [(charge.key, charge.list_minor) for charge in found]


# Laws -----------------------------------------------------------------------------------------------------------------


@settings(max_examples=examples(1000), deadline=None)
@given(known=accounts, cuts=st.lists(instants, max_size=4), until=instants)
def test_a_window_that_is_cut_gives_what_it_gives_whole(known: Facts, cuts: list[datetime], until: datetime) -> None:
    whole = {charge.key: charge for charge in charges(known, until=until)}
    assert len(whole) == len(charges(known, until=until))  # each key once
    edges = sorted({BEGIN - timedelta(days=500), *(cut for cut in cuts if cut < until), until})
    pieces: dict[str, Charge] = {}
    for since, ends in pairwise(edges):
        for charge in charges(known, since=since, until=ends):
            # What was not billed yet comes again until the ledger has it, always the same.
            assert pieces.setdefault(charge.key, charge) == charge
            if charge.kind not in (*USES, ADJUSTMENT):
                assert since <= charge.due < ends
    assert pieces == whole


@settings(max_examples=examples(600), deadline=None)
@given(known=accounts, at=instants, number=st.integers(0, 10**6))
def test_a_later_fact_changes_nothing_that_was_due_before_it(known: Facts, at: datetime, number: int) -> None:
    other = account(number)
    later = replace(
        known,
        plans=(
            *(replace(held, ends=min(held.ends or at, at)) for held in known.plans if held.starts < at),
            *(
                replace(held, starts=max(held.starts, at))
                for held in other.plans
                if held.ends is None or held.ends > at
            ),
        ),
        beside=(
            *(
                replace(
                    one,
                    spans=tuple(Span(span.starts, min(span.ends or at, at)) for span in one.spans if span.starts < at),
                )
                for one in known.beside
            ),
            *(
                replace(one, ref=f"new{one.ref}", spans=tuple(span for span in one.spans if span.starts >= at))
                for one in other.beside
            ),
        ),
        free=tuple(span for span in known.free if span.starts < at),
        one_offs=tuple(once for once in known.one_offs if once.at < at),
    )
    assert charges(later, until=at) == charges(known, until=at)


@settings(max_examples=examples(300), deadline=None)
@given(known=accounts, seed=st.integers(0, 1000))
def test_the_order_of_facts_does_not_matter(known: Facts, seed: int) -> None:
    def shuffled(things: tuple[Any, ...]) -> Any:
        found = list(things)
        Random(seed).shuffle(found)
        return tuple(found)

    names = ("plans", "beside", "free", "usage", "one_offs", "commitments")
    mixed: dict[str, Any] = {name: shuffled(getattr(known, name)) for name in names}
    other = replace(known, **mixed)
    assert charges(other, until=FAR) == charges(known, until=FAR)


@settings(max_examples=examples(300), deadline=None)
@given(known=accounts)
def test_what_the_ledger_has_is_never_changed_by_late_usage(known: Facts) -> None:
    before = {charge.key: charge for charge in charges(known, until=FAR)}
    billed = tuple(
        replace(use, billed=use.billed if use.billed and use.billed[-1] == use.total else (*use.billed, use.total))
        for use in known.usage
    )
    again = replace(known, usage=billed)
    assert {charge.key: charge for charge in charges(again, until=FAR)} == before  # billing twice adds nothing
    late = replace(known, usage=tuple(replace(use, total=use.total + 50) for use in billed))
    after = {charge.key: charge for charge in charges(late, until=FAR)}
    assert {key: after.get(key) for key in before} == before
    assert all(after[key].kind == ADJUSTMENT for key in after.keys() - before.keys())
    # All charges of a period together are what it would have cost, had everything been known.
    for use in known.usage:
        fresh = replace(
            known,
            usage=(replace(use, billed=(), total=use.total + 50),),
            plans=(),
            beside=(),
            one_offs=(),
            commitments=(),
        )
        wanted = sum(charge.list_minor or 0 for charge in charges(fresh, until=FAR))
        late_ones = f"{ADJUSTMENT}:{use.stem}:"
        got = sum(
            charge.list_minor or 0 for key, charge in after.items() if key == use.stem or key.startswith(late_ones)
        )
        assert got == wanted


def test_going_to_another_plan_and_back_on_one_day_costs_nothing() -> None:
    """Upgrade then immediate downgrade = 0 ± 0 (B3), whatever the prices are, flat fees of steps and minimums among them."""
    tried = 0
    for number in range(examples(1500)):
        random, known = Random(number), account(number)
        assert isinstance(known.prices, Table)
        steady = Table({what: rows[:1] for what, rows in known.prices.rows.items()})
        known = replace(known, commitments=(), line=known.line[:1], free=(), prices=steady)
        if not known.plans:
            continue
        held = random.choice(known.plans)
        at = held.starts + timedelta(hours=random.randrange(1, 2000))
        back = at + timedelta(minutes=random.randrange(1, 300))
        if not held.plan or (held.ends is not None and held.ends <= back):
            continue
        if day_on(known.line, at) != day_on(known.line, back):
            continue
        others = [each for each in known.plans if each is not held]
        via = replace(held, starts=at, ends=back, plan="large", version=2, seats=3)
        moved = replace(known, plans=(*others, replace(held, ends=at), via, replace(held, starts=back)))
        for side in ("list_minor", "retail_minor"):
            there = sum(getattr(each, side) or 0 for each in charges(known, until=FAR) if each.kind == BASE)
            found = sum(getattr(each, side) or 0 for each in charges(moved, until=FAR) if each.kind == BASE)
            assert found == there, number
        tried += 1
    assert tried >= examples(1500) // 10


@settings(max_examples=examples(300), deadline=None)
@given(known=accounts)
def test_charges_are_whole_and_credits_never_exceed_them(known: Facts) -> None:
    found = charges(known, until=FAR)
    by_key = {charge.key: charge for charge in found}
    for charge in found:
        assert 1 <= charge.days <= charge.of_days or charge.credits
        assert charge.first_day <= charge.last_day or charge.days == 0
        assert sum(line.minor for line in charge.list_parts) == (charge.list_minor or 0)
        assert sum(line.minor for line in charge.retail_parts) == (charge.retail_minor or 0)
        assert (charge.list_minor is None) == (charge.currency == "") or charge.key.startswith("minimum:")
        if charge.credits and charge.list_minor is not None and charge.credits in by_key:
            credited = by_key[charge.credits]
            assert 0 <= -charge.list_minor <= (credited.list_minor or 0)
            assert charge.priced_at == credited.due
        if charge.credits and charge.retail_minor is not None and charge.credited_on_retail in by_key:
            credited = by_key[charge.credited_on_retail]
            assert 0 <= -charge.retail_minor <= (credited.retail_minor or 0)
            assert charge.priced_on_retail == credited.due


def test_reckoning_by_dates_of_the_clock_in_utc_bills_another_day() -> None:
    # The positive control: 23:30 of 30 November in UTC is already December in Rome.
    change = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    known = facts(PlanHeld(rome(11, 1), change, "basic", 1), PlanHeld(change, None, "business", 1))
    assert told(charges(known, until=rome(12, 2))) == [
        ("base:plan.basic.1:2026-11-01/2026-12-01", 2900),
        ("base:plan.basic.1:2026-12-01/2027-01-01", 2900),
        ("base:plan.business.1:2026-12-01/2027-01-01", 5900),
        ("credit:base:plan.basic.1:2026-12-01/2027-01-01", -2900),
    ]
    in_utc = replace(known, line=(Since(known.line[0].since, Anchor(date(2026, 1, 1), "UTC")),))
    assert told(charges(in_utc, until=rome(12, 2)))[1:] != told(charges(known, until=rome(12, 2)))[1:]


# Plans ----------------------------------------------------------------------------------------------------------------


def test_an_upgrade_on_the_17th() -> None:
    known = facts(PlanHeld(rome(11, 1), rome(11, 17, 10), "basic", 1), PlanHeld(rome(11, 17, 10), None, "business", 1))
    assert told(charges(known, until=rome(12, 2))) == [
        ("base:plan.basic.1:2026-11-01/2026-12-01", 2900),
        ("base:plan.business.1:2026-11-17/2026-12-01", 2753),  # 5900 × 14/30 = 2753.33
        ("credit:base:plan.basic.1:2026-11-17/2026-12-01", -1353),  # 2900 × 14/30 = 1353.33
        ("base:plan.business.1:2026-12-01/2027-01-01", 5900),
    ]


def test_a_downgrade_at_the_end_gives_nothing_back() -> None:
    known = facts(PlanHeld(rome(11, 1), rome(12, 1), "business", 1), PlanHeld(rome(12, 1), None, "basic", 1))
    assert told(charges(known, until=rome(12, 2))) == [
        ("base:plan.business.1:2026-11-01/2026-12-01", 5900),
        ("base:plan.basic.1:2026-12-01/2027-01-01", 2900),
    ]


def test_the_same_plan_twice_on_one_day_costs_nothing() -> None:
    known = facts(
        PlanHeld(rome(11, 1), rome(11, 17, 9), "basic", 1),
        PlanHeld(rome(11, 17, 9), rome(11, 17, 10), "business", 1),
        PlanHeld(rome(11, 17, 10), rome(11, 17, 11), "basic", 1),
        PlanHeld(rome(11, 17, 11), rome(11, 17, 12), "business", 1),
        PlanHeld(rome(11, 17, 12), None, "basic", 1),
    )
    found = told(charges(known, until=rome(11, 30)))
    assert sum(minor or 0 for _, minor in found) == 2900
    assert sorted(key for key, _ in found if "~" in key) == [
        "base:plan.basic.1:2026-11-17/2026-12-01~2",
        "base:plan.basic.1:2026-11-17/2026-12-01~3",
        "base:plan.business.1:2026-11-17/2026-12-01~2",
        "credit:base:plan.basic.1:2026-11-17/2026-12-01~2",
        "credit:base:plan.business.1:2026-11-17/2026-12-01~2",
    ]


def test_a_trial_is_charged_from_the_instant_it_ends() -> None:
    ends = rome(11, 17, 15)
    known = facts(PlanHeld(rome(11, 3), None, "basic", 1), free=(Span(rome(11, 3), ends),), anchor=date(2026, 11, 17))
    assert charges(known, until=ends) == ()
    (charge,) = charges(known, until=ends + timedelta(microseconds=1))
    assert (charge.key, charge.due, charge.start, charge.list_minor) == (
        "base:plan.basic.1:2026-11-17/2026-12-17", ends, ends, 2900,
    )  # fmt: skip


def test_by_the_calendar_the_first_period_is_what_is_left_of_the_month() -> None:
    known = facts(PlanHeld(rome(11, 17, 15), None, "basic", 1), basis="calendar", anchor=date(2026, 11, 17))
    assert told(charges(known, until=rome(12, 2))) == [
        ("base:plan.basic.1:2026-11-17/2026-12-01", 1353),
        ("base:plan.basic.1:2026-12-01/2027-01-01", 2900),
    ]


def test_each_side_gives_back_what_it_asked_where_only_one_began_anew() -> None:
    prices = Table()
    prices.say("list", "plan", "basic", 1, Price("seat", "month", "EUR", D(1000)))
    prices.say("retail", "plan", "basic", 1, Price("flat", "month", "EUR", D(9000)))
    held = [(rome(11, 1), rome(11, 11), 1), (rome(11, 11), rome(11, 21), 3)]
    plans = [PlanHeld(starts, ends, "basic", 1, seats=seats) for starts, ends, seats in held]
    found = charges(facts(*plans, PlanHeld(rome(11, 21), None, ""), prices=prices), until=rome(12, 2))
    assert [(charge.key, charge.list_minor, charge.retail_minor) for charge in found] == [
        ("base:plan.basic.1:2026-11-01/2026-12-01", 1000, 9000),
        ("base:plan.basic.1:2026-11-11/2026-12-01", 2000, None),
        ("credit:base:plan.basic.1:2026-11-11/2026-12-01", -667, None),
        ("credit:base:plan.basic.1:2026-11-21/2026-12-01", -1000, -3000),
    ]
    last = found[-1]
    assert (last.credits, last.priced_at) == ("base:plan.basic.1:2026-11-11/2026-12-01", rome(11, 11))
    assert (last.credited_on_retail, last.priced_on_retail) == ("base:plan.basic.1:2026-11-01/2026-12-01", rome(11, 1))
    assert all(charge.retail_apart is None for charge in found[:-1])


def test_short_months_and_back_to_the_31st() -> None:
    known = facts(PlanHeld(rome(1, 31), None, "basic", 1), anchor=date(2026, 1, 31))
    assert [f"{charge.first_day:%d.%m.}" for charge in charges(known, until=rome(6, 1))] == [
        "31.01.", "28.02.", "31.03.", "30.04.", "31.05.",
    ]  # fmt: skip


def test_an_end_gives_the_unused_days_back_and_the_day_of_ending() -> None:
    known = facts(PlanHeld(rome(11, 1), rome(11, 17, 10), "basic", 1), PlanHeld(rome(11, 17, 10), None, ""))
    assert told(charges(known, until=rome(12, 2)))[1:] == [("credit:base:plan.basic.1:2026-11-17/2026-12-01", -1353)]


def test_in_a_pause_nothing_is_due_and_what_was_paid_is_given_back() -> None:
    known = facts(
        PlanHeld(rome(11, 1), rome(11, 11), "basic", 1),
        PlanHeld(rome(11, 11), rome(12, 21), ""),
        PlanHeld(rome(12, 21), None, "basic", 1),
    )
    assert told(charges(known, until=rome(1, 2, year=2027))) == [
        ("base:plan.basic.1:2026-11-01/2026-12-01", 2900),
        ("credit:base:plan.basic.1:2026-11-11/2026-12-01", -1933),
        ("base:plan.basic.1:2026-12-21/2027-01-01", 1029),
        ("base:plan.basic.1:2027-01-01/2027-02-01", 2900),
    ]


def test_by_the_year_and_by_the_quarter() -> None:
    prices = table()
    prices.say("list", "plan", "basic", 1, Price("flat", "quarter", "EUR", D(8000)))
    held = PlanHeld(rome(11, 1), None, "basic", 1, "quarter")
    assert told(charges(facts(held, prices=prices, anchor=date(2026, 11, 1)), until=rome(2, 2, year=2027))) == [
        ("base:plan.basic.1:2026-11-01/2027-02-01:quarter", 8000),
        ("base:plan.basic.1:2027-02-01/2027-05-01:quarter", 8000),
    ]
    held = replace(held, interval="year")
    assert told(charges(facts(held, prices=prices), until=rome(2, 2, year=2027))) == [
        ("base:plan.basic.1:2026-11-01/2027-01-01:year", 4847),  # 29000 × 61/365 = 4846.58
        ("base:plan.basic.1:2027-01-01/2028-01-01:year", 29000),
    ]


def test_a_price_that_changes_holds_from_the_next_period_on() -> None:
    prices = table()
    prices.say("list", "plan", "basic", 1, Price("flat", "month", "EUR", D(3500)), rome(11, 10))
    known = facts(PlanHeld(rome(11, 1), rome(12, 16), "basic", 1), prices=prices)
    assert told(charges(known, until=rome(1, 2, year=2027))) == [
        ("base:plan.basic.1:2026-11-01/2026-12-01", 2900),
        ("base:plan.basic.1:2026-12-01/2027-01-01", 3500),
        ("credit:base:plan.basic.1:2026-12-16/2027-01-01", -1806),  # 3500 × 16/31 = 1806.45
    ]


def test_what_was_paid_at_the_old_price_is_given_back_at_the_old_price() -> None:
    prices = table()
    prices.say("list", "plan", "basic", 1, Price("flat", "month", "EUR", D(3500)), rome(11, 10))
    known = facts(PlanHeld(rome(11, 1), rome(11, 16), "basic", 1), prices=prices)
    assert told(charges(known, until=rome(12, 2)))[1:] == [("credit:base:plan.basic.1:2026-11-16/2026-12-01", -1450)]


def test_seats_that_are_added_are_charged_from_that_day_on() -> None:
    prices = Table()
    prices.say("list", "plan", "team", 1, Price("seat", "month", "EUR", D(900)))
    known = facts(
        PlanHeld(rome(11, 1), rome(11, 16), "team", 1, seats=5),
        PlanHeld(rome(11, 16), None, "team", 1, seats=6),
        prices=prices,
    )
    assert told(charges(known, until=rome(11, 30))) == [
        ("base:plan.team.1:2026-11-01/2026-12-01", 4500),
        ("base:plan.team.1:2026-11-16/2026-12-01", 2700),
        ("credit:base:plan.team.1:2026-11-16/2026-12-01", -2250),
    ]


def test_seats_do_not_touch_a_fixed_price() -> None:
    known = facts(
        PlanHeld(rome(11, 1), rome(11, 16), "basic", 1, seats=5),
        PlanHeld(rome(11, 16), rome(11, 20), "basic", 1, seats=6),
        PlanHeld(rome(11, 20), None, "business", 1, seats=6),
    )
    assert told(charges(known, until=rome(11, 30))) == [
        ("base:plan.basic.1:2026-11-01/2026-12-01", 2900),
        ("base:plan.business.1:2026-11-20/2026-12-01", 2163),
        ("credit:base:plan.basic.1:2026-11-20/2026-12-01", -1063),
    ]


def test_a_flat_fee_of_a_step_is_due_once_a_period() -> None:
    prices = Table()
    steps = (Step(5, D(100), 1000), Step(None, D(90), 500))
    prices.say("list", "plan", "team", 1, Price("graduated", "month", "EUR", steps=steps))
    known = facts(
        PlanHeld(rome(11, 1), rome(11, 16), "team", 1, seats=5),
        PlanHeld(rome(11, 16), rome(11, 21), "team", 1, seats=7),
        PlanHeld(rome(11, 21), None, "team", 1, seats=2),
        prices=prices,
    )
    assert told(charges(known, until=rome(12, 2))) == [
        ("base:plan.team.1:2026-11-01/2026-12-01", 500 + 1000),
        ("base:plan.team.1:2026-11-16/2026-12-01", 250 + 90 + 500),
        ("credit:base:plan.team.1:2026-11-16/2026-12-01", -250),
        ("base:plan.team.1:2026-11-21/2026-12-01", 67),
        ("credit:base:plan.team.1:2026-11-21/2026-12-01", -(167 + 60)),
        ("base:plan.team.1:2026-12-01/2027-01-01", 200 + 1000),
    ]


def test_another_anchor_begins_new_periods_and_credits_the_old() -> None:
    line = (
        Since(rome(1, 1), Anchor(date(2026, 11, 1), ROME)),
        Since(rome(11, 17, 8), Anchor(date(2026, 11, 17), ROME)),
    )
    known = replace(facts(PlanHeld(rome(11, 1), None, "basic", 1)), line=line)
    assert told(charges(known, until=rome(12, 2))) == [
        ("base:plan.basic.1:2026-11-01/2026-12-01", 2900),
        ("base:plan.basic.1:2026-11-17/2026-12-17~2", 2900),
        ("credit:base:plan.basic.1:2026-11-17/2026-12-01", -1353),
    ]


def test_another_zone_moves_the_end_and_charges_nothing_again() -> None:
    line = (
        Since(rome(1, 1), Anchor(date(2026, 11, 1), ROME)),
        Since(rome(11, 17, 8), Anchor(date(2026, 11, 1), "Pacific/Apia")),
    )
    known = replace(facts(PlanHeld(rome(11, 1), None, "basic", 1)), line=line)
    first, second = charges(known, until=rome(12, 2))
    assert (first.list_minor, second.list_minor) == (2900, 2900)
    assert first.end == second.start == datetime(2026, 11, 30, 11, tzinfo=UTC)  # Apia is 13 hours ahead


def test_both_sides_meet_where_they_are_for_the_same_days() -> None:
    prices = table()
    prices.say("retail", "plan", "basic", 1, Price("flat", "month", "EUR", D(4900)))
    prices.say("retail", "plan", "business", 1, Price("flat", "year", "EUR", D(99000)))
    known = facts(
        PlanHeld(rome(11, 1), rome(12, 1), "basic", 1), PlanHeld(rome(12, 1), None, "business", 1), prices=prices
    )
    found = [(charge.key, charge.list_minor, charge.retail_minor) for charge in charges(known, until=rome(12, 2))]
    assert found == [
        ("base:plan.basic.1:2026-11-01/2026-12-01", 2900, 4900),
        ("base:plan.business.1:2026-12-01/2027-01-01", 5900, None),
        ("base:plan.business.1:2026-12-01/2027-01-01:year", None, 8408),  # 99000 × 31/365 = 8408.22
    ]


def test_a_mark_up_follows_the_list_price_also_in_credits() -> None:
    prices = table()
    for key in ("basic", "business"):
        prices.say("retail", "plan", key, 1, Price("percent", "month", "EUR", D(25)))
    known = facts(
        PlanHeld(rome(11, 1), rome(11, 17), "basic", 1), PlanHeld(rome(11, 17), None, "business", 1), prices=prices
    )
    found = [(charge.list_minor, charge.retail_minor) for charge in charges(known, until=rome(11, 30))]
    assert found == [(2900, 3625), (2753, 3441), (-1353, -1691)]


def test_a_mark_up_in_another_currency_than_the_list_is_refused() -> None:
    prices = table()
    prices.say("retail", "plan", "basic", 1, Price("percent", "month", "JPY", D(25)))
    with pytest.raises(CurrenciesDiffer):
        charges(facts(PlanHeld(rome(11, 1), None, "basic", 1), prices=prices), until=rome(11, 2))
    use = Usage("sms", "x", NOVEMBER, 5, BY_UNIT, Price("percent", "month", "JPY", D(25)))
    with pytest.raises(CurrenciesDiffer):
        charges(facts(usage=(use,)), until=rome(12, 2))

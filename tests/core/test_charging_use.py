"""Charges beside the plan: add-ons, what is done once, use, commitments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.charging import (
    ADD_ON_USE,
    ADJUSTMENT,
    OVERAGE,
    PLAN_USE,
    SHORTFALL,
    Beside,
    Charge,
    Commitment,
    Facts,
    OneOff,
    PlanHeld,
    Span,
    Usage,
    charges,
)
from sublet.core.periods import Anchor, Since
from sublet.core.pricing import Price, Step
from sublet.core.proration import Days
from tests.core.test_charging import BY_UNIT, NOVEMBER, facts, rome, table, told

D = Decimal

# Beside the plan ------------------------------------------------------------------------------------------------------


def test_add_ons_go_by_the_accounts_periods_and_by_their_number() -> None:
    extra = Beside("ado_1", "extra", 1, (Span(rome(11, 16), rome(12, 11)),), 3)
    assert told(charges(facts(beside=(extra,)), until=rome(1, 2, year=2027))) == [
        ("add_on:ado_1:2026-11-16/2026-12-01", 750),
        ("add_on:ado_1:2026-12-01/2027-01-01", 1500),
        ("credit:add_on:ado_1:2026-12-11/2027-01-01", -1016),
    ]


def test_a_fee_for_setting_up_is_due_once_and_never_given_back() -> None:
    prices = table()
    prices.say("list", "plan", "basic", 1, Price("flat", "once", "EUR", D(9900)))
    known = facts(
        PlanHeld(rome(11, 1), rome(11, 3), "basic", 1),
        PlanHeld(rome(11, 3), rome(11, 5), "business", 1),
        PlanHeld(rome(11, 5), None, "basic", 1),
        prices=prices,
    )
    found = [each for each in charges(known, until=rome(12, 2)) if each.kind == "one_off"]
    assert [(each.key, each.list_minor, each.paid_as) for each in found] == [("one_off:plan.basic", 9900, "add_ons")]


def test_what_is_done_once_is_due_when_it_is_done() -> None:
    once = OneOff("sold_1", "training", rome(11, 17, 10), Price("flat", "once", "EUR", D(9000)), None, 2)
    (charge,) = charges(facts(one_offs=(once,)), until=rome(11, 18))
    assert (charge.key, charge.list_minor, charge.retail_minor, charge.due) == ("one_off:sold_1", 18000, None, once.at)
    assert charges(facts(one_offs=(once,)), until=once.at) == ()


# Use ------------------------------------------------------------------------------------------------------------------


def test_use_is_charged_once_its_period_is_over() -> None:
    use = Usage("sms", "2026-11", NOVEMBER, 350, BY_UNIT, Price("unit", "month", "EUR", D(4), "sms"), 100)
    assert charges(facts(usage=(use,)), until=rome(12, 1)) == ()
    (charge,) = charges(facts(usage=(use,)), until=rome(12, 1, 1))
    assert (charge.key, charge.quantity, charge.list_minor, charge.retail_minor) == (
        "overage:sms:2026-11",
        250,
        625,
        1000,
    )
    assert (charge.due, charge.paid_as, charge.item) == (rome(12, 1), "overage", "sms")


def test_use_without_limit_costs_nothing() -> None:
    use = Usage("sms", "2026-11", NOVEMBER, 350, BY_UNIT, None, None)
    assert charges(facts(usage=(use,)), until=rome(12, 2)) == ()


def test_late_use_is_an_adjustment_and_less_use_a_credit() -> None:
    use = Usage("sms", "2026-11", NOVEMBER, 120, BY_UNIT, None, 100, billed=(350, 354))
    found = charges(facts(usage=(use,)), until=rome(12, 2))
    assert [(each.key, each.kind, each.quantity, each.list_minor) for each in found] == [
        ("overage:sms:2026-11", "overage", 250, 625),
        ("adjustment:overage:sms:2026-11:1", ADJUSTMENT, 4, 10),
        ("adjustment:overage:sms:2026-11:2", ADJUSTMENT, -234, -585),
    ]
    assert [each.key for each in charges(facts(usage=(use,)), since=rome(12, 2), until=rome(12, 9))] == [
        "adjustment:overage:sms:2026-11:2"
    ]  # the ledger has the others
    assert {each.paid_as for each in found} == {"overage"}


def test_a_minimum_of_use_counts_the_days_to_the_ending_that_day_included() -> None:
    price = replace(BY_UNIT, minimum=3000)
    held = Days(date(2026, 11, 1), date(2026, 11, 18))  # ended on the 17th
    use = Usage("sms", "2026-11", NOVEMBER, 100, price, None, held=held)
    (charge,) = charges(facts(usage=(use,)), until=rome(11, 18, 1))
    assert (charge.list_minor, charge.due, charge.days, charge.of_days) == (1700, rome(11, 18), 17, 30)
    assert [(line.key, line.minor) for line in charge.list_parts] == [("amount", 250), ("minimum", 1450)]


def test_services_by_use_are_paid_like_add_ons() -> None:
    use = Usage("sms", "2026-11", NOVEMBER, 10, BY_UNIT, None, kind="service", item="messages")
    (charge,) = charges(facts(usage=(use,)), until=rome(12, 2))
    assert (charge.key, charge.kind, charge.paid_as, charge.item) == (
        "service:sms:2026-11",
        "service",
        "add_ons",
        "messages",
    )


def plan_use(**more: Any) -> Usage:
    said: dict[str, Any] = {"kind": PLAN_USE, "item": "sms", "of": "by_use"} | more
    return Usage("sms@by_use.1", "2026-11", NOVEMBER, 130, BY_UNIT, None, **said)


def test_use_of_a_plan_is_paid_by_who_pays_for_it_and_named_by_its_meter() -> None:
    (charge,) = charges(facts(usage=(plan_use(),)), until=rome(12, 2))
    assert (charge.key, charge.kind, charge.paid_as, charge.item, charge.of, charge.list_minor) == (
        "plan_use:sms@by_use.1:2026-11", "plan_use", "base", "sms", "by_use", 325,
    )  # fmt: skip
    (other,) = charges(facts(usage=(plan_use(kind=ADD_ON_USE),)), until=rome(12, 2))
    assert other.paid_as == "add_ons"


def test_where_another_plan_follows_in_a_day_use_ends_in_that_instant() -> None:
    at = rome(11, 17, 10)
    held = Days(date(2026, 11, 1), date(2026, 11, 17))  # the 17th is the other plan's
    use = plan_use(held=held, begins=rome(11, 1, 9), ends=at)
    (charge,) = charges(facts(usage=(use,)), until=rome(12, 2))
    assert (charge.start, charge.end, charge.due) == (rome(11, 1, 9), at, at)
    assert (charge.first_day, charge.last_day, charge.days) == (date(2026, 11, 1), date(2026, 11, 16), 16)
    assert charges(facts(usage=(use,)), until=at) == ()


def test_what_stands_is_paid_for_the_days_in_which_it_was_held_its_flat_fee_whole() -> None:
    held = Days(date(2026, 11, 17), date(2026, 12, 1))
    by_steps = Price("graduated", "month", "EUR", None, "sms", steps=(Step(100, D(3), 500), Step(None, D(2))))
    for price, minor in (
        (BY_UNIT, 152),  # 130 × 2.5 × 14/30 = 151.67
        (by_steps, 500 + 140 + 28),
        (replace(BY_UNIT, minimum=3000), 152 + 1248),  # (3000 − 325) × 14/30 = 1248.33
        (Price("flat", "month", "EUR", D(900), "sms"), 420),
    ):
        use = replace(plan_use(held=held, stands=True), list_price=price)
        (charge,) = charges(facts(usage=(use,)), until=rome(12, 2))
        assert (charge.list_minor, charge.days, charge.of_days) == (minor, 14, 30)
    used = replace(use, list_price=BY_UNIT, stands=False)
    assert charges(facts(usage=(used,)), until=rome(12, 2))[0].list_minor == 325  # use is what it is


def test_days_in_which_it_was_given_up_are_not_paid_for() -> None:
    use = plan_use(stands=True, count=20)
    (charge,) = charges(facts(usage=(use,)), until=rome(12, 2))
    assert (charge.list_minor, charge.days, charge.of_days) == (217, 20, 30)  # 325 × 20/30 = 216.67
    assert (charge.first_day, charge.last_day) == (date(2026, 11, 1), date(2026, 11, 30))
    at_least = replace(use, list_price=replace(BY_UNIT, minimum=3000), stands=False)
    assert charges(facts(usage=(at_least,)), until=rome(12, 2))[0].list_minor == 2000  # 3000 × 20/30


@given(
    total=st.integers(0, 10_000),
    cut=st.integers(1, 29),
    unit=st.decimals(0, 500, places=3),
    size=st.sampled_from([None, 1, 7, 100]),
)
def test_what_stands_costs_in_two_parts_of_a_period_what_it_costs_in_the_whole(
    total: int, cut: int, unit: Decimal, size: int | None
) -> None:
    price = Price("unit" if size is None else "package", "month", "EUR", unit, "sms", package_size=size)
    day = NOVEMBER.first + timedelta(days=cut)

    def cost(held: Days | None) -> int:
        use = replace(plan_use(held=held, stands=True), list_price=price, total=total)
        return sum(each.list_minor or 0 for each in charges(facts(usage=(use,)), until=rome(12, 2)))

    assert abs(cost(Days(NOVEMBER.first, day)) + cost(Days(day, NOVEMBER.next)) - cost(None)) <= 1


@given(before=st.integers(0, 5000), after=st.integers(0, 5000), unit=st.integers(0, 500))
def test_use_that_is_split_between_two_plans_costs_what_it_costs_in_one(before: int, after: int, unit: int) -> None:
    price = Price("unit", "month", "EUR", D(unit), "sms")

    def cost(*totals: int) -> int:
        uses = tuple(
            replace(plan_use(), meter=f"sms@by_use.{place}", total=total, list_price=price)
            for place, total in enumerate(totals)
        )
        return sum(each.list_minor or 0 for each in charges(facts(usage=uses), until=rome(12, 2)))

    assert cost(before, after) == cost(before + after)


def beyond(**more: Any) -> Usage:
    use = Usage("sms@basic.1", "2026-11-01", NOVEMBER, 130, BY_UNIT, None, 100, item="sms", of="sms@basic", stands=True)
    return replace(use, kind=OVERAGE, **more)


def test_what_stands_beyond_a_limit_is_overage_prorated_by_the_days_it_was_held() -> None:
    (charge,) = charges(facts(usage=(beyond(),)), until=rome(12, 2))
    assert (charge.key, charge.kind, charge.paid_as, charge.item, charge.of, charge.quantity, charge.list_minor) == (
        "overage:sms@basic.1:2026-11-01", "overage", "overage", "sms", "sms@basic", 30, 75,
    )  # fmt: skip
    held = Days(date(2026, 11, 17), date(2026, 12, 1))
    packages = Price("package", "month", "EUR", D(900), "sms", package_size=20)
    (charge,) = charges(facts(usage=(beyond(held=held, list_price=packages),)), until=rome(12, 2))
    assert (charge.list_minor, charge.days, charge.of_days) == (840, 14, 30)  # 2 × 900 × 14/30


PRICES_OF_STANDS = st.one_of(
    st.builds(lambda unit: Price("unit", "month", "EUR", unit, "sms"), st.decimals(0, 500, places=3)),
    st.builds(
        lambda unit, size: Price("package", "month", "EUR", unit, "sms", package_size=size),
        st.decimals(0, 500, places=3),
        st.integers(1, 90),
    ),
    st.builds(
        lambda unit, bound, least: Price(
            "graduated", "month", "EUR", None, "sms", steps=(Step(bound, unit), Step(None, unit / 2)), minimum=least
        ),
        st.decimals(0, 500, places=2),
        st.integers(1, 90),
        st.sampled_from([None, 3000]),
    ),
)


@given(
    price=PRICES_OF_STANDS,
    total=st.integers(0, 400),
    included=st.integers(0, 200),
    days=st.integers(1, 30),
    more=st.integers(0, 100),
)
def test_beyond_a_limit_what_stands_beyond_it_costs_and_nothing_is_asked_below(
    price: Price, total: int, included: int, days: int, more: int
) -> None:
    def cost(total: int, included: int | None) -> int:
        use = beyond(total=total, included=included, list_price=price, count=days)
        return sum(each.list_minor or 0 for each in charges(facts(usage=(use,)), until=rome(12, 2)))

    # As of a plan without a limit at which so much less stands, to the cent.
    assert cost(total, included) == cost(max(total - included, 0), 0)
    # Without a limit nothing is asked; what an addition gives never makes it dearer (a least sum is rounded apart from the rest).
    assert cost(total, None) == 0
    if not price.minimum:
        assert cost(total, included + more) <= cost(total, included)
        assert total > included or cost(total, included) == 0


@given(price=PRICES_OF_STANDS, totals=st.lists(st.integers(0, 400), min_size=1, max_size=5), days=st.integers(1, 30))
def test_however_often_it_is_adjusted_it_costs_what_the_last_total_does(
    price: Price, totals: list[int], days: int
) -> None:
    def found(total: int, *billed: int) -> list[Charge]:
        use = beyond(total=total, billed=billed, list_price=price, retail_price=price, count=days)
        return list(charges(facts(usage=(use,)), until=rome(12, 2)))

    made = found(totals[-1], *totals[:-1])
    assert sum(each.list_minor or 0 for each in made) == sum(each.list_minor or 0 for each in found(totals[-1]))
    assert [each.retail_minor for each in made] == [each.list_minor for each in made]
    assert len({each.key for each in made}) == len(made)


# Commitments ----------------------------------------------------------------------------------------------------------


def test_what_is_missing_to_a_commitment_is_a_charge_of_its_own() -> None:
    promised = Commitment("c", rome(11, 1), rome(12, 11, 10), "month", 5000, None, "EUR", "EUR")
    known = facts(PlanHeld(rome(11, 1), rome(12, 11, 10), "basic", 1), commitments=(promised,))
    found = [each for each in charges(known, until=rome(1, 2, year=2027)) if each.key.startswith("minimum")]
    assert [(each.key, each.list_minor, each.retail_minor, each.kind) for each in found] == [
        ("minimum:c:2026-11-01/2026-12-01", 2100, None, SHORTFALL),
        # 5000 × 11/31 = 1774.19, the day of ending counts; 2900 less 1965 (21 days, not that day) was spent
        ("minimum:c:2026-12-01/2026-12-12", 1774 - 935, None, SHORTFALL),
    ]


def test_who_spends_more_than_the_commitment_owes_nothing_more() -> None:
    promised = Commitment("c", rome(11, 1), None, "month", 2900, 1000, "EUR", "EUR")
    known = facts(PlanHeld(rome(11, 1), None, "basic", 1), commitments=(replace(promised, retail_minor=None),))
    assert not [each for each in charges(known, until=rome(1, 2, year=2027)) if each.key.startswith("minimum")]


def test_a_commitment_goes_by_the_periods_that_begin_on_its_day_and_is_cut_where_they_move() -> None:
    """A client takes its plan in the morning of the day: by yesterday's periods nothing would count towards it."""
    promised = Commitment("c", rome(11, 1), None, "month", 6000, None, "EUR", "EUR")
    known = facts(PlanHeld(rome(11, 1, 9), None, "basic", 1), commitments=(promised,))
    first = Since(known.line[0].since, Anchor(date(2026, 1, 2), "Europe/Rome"))
    moved = Since(rome(11, 1, 9), Anchor(date(2026, 11, 1), "Europe/Rome"))
    again = Since(rome(12, 11, 9), Anchor(date(2026, 12, 11), "Europe/Rome"))

    def missing(*line: Since) -> list[tuple[str, int | None, bool]]:
        found = charges(replace(known, line=line), until=rome(1, 12, year=2027))
        return [(each.key, each.list_minor, each.due == again.since) for each in found if each.kind == SHORTFALL]

    assert missing(first, moved) == [
        ("minimum:c:2026-11-01/2026-12-01", 3100, False), ("minimum:c:2026-12-01/2027-01-01", 3100, False),
    ]  # fmt: skip
    assert [(key, due) for key, _minor, due in missing(first, moved, again)] == [
        ("minimum:c:2026-11-01/2026-12-01", False), ("minimum:c:2026-12-11/2027-01-11", False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("make", "minors"),
    [
        (lambda: facts(PlanHeld(rome(11, 1), rome(11, 17), "basic", 1), prices=table("JPY")), [2900, -1353]),
        (lambda: facts(PlanHeld(rome(11, 1), rome(11, 17), "basic", 1), prices=table("KWD")), [2900, -1353]),
    ],
)
def test_yen_and_dinar_are_reckoned_in_their_own_units(make: Callable[[], Facts], minors: list[int]) -> None:
    assert [charge.list_minor for charge in charges(make(), until=rome(12, 2))] == minors

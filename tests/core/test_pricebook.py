"""The prices in force for one account: where a retail price comes from, from when on, and what the vendor takes off."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.contracts import Contract
from sublet.core.currencies import Rate, exchange
from sublet.core.manifest import parse_manifest_bytes
from sublet.core.offer import AddOnItem, Offer, PlanItem
from sublet.core.periods import plus_months
from sublet.core.pricebook import (
    ADD_ON,
    CLIENT,
    EXTRA,
    GROUP,
    ITEM,
    LIST_SIDE,
    MARK_UP,
    ON_LIST,
    OVERAGE,
    PLAN,
    RETAIL_SIDE,
    Book,
    ListPrices,
    MarkUp,
    Promotion,
    Rule,
    Tier,
    WholesaleTerms,
    by_interval,
    lowered,
    price_from_json,
    price_to_json,
    promotion_end,
    tiers_fault,
)
from sublet.core.pricelists import list_prices
from sublet.core.pricerules import Rules
from sublet.core.pricing import Price, Step, total
from sublet.core.usekeys import parts_of, use_key

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
PRODUCTS = Path(__file__).resolve().parents[2] / "examples" / "products"


def flat(amount: int | str, interval: str = "month", currency: str = "EUR") -> Price:
    return Price("flat", interval, currency, Decimal(amount))


LISTS = ListPrices({(PLAN, "business", 1): (flat(3000), flat(30000, "year"), flat(3300, currency="CHF"))})


def rule(price: Price | None, layer: str = ITEM, whom: str = "", since: datetime = AT, **more: Any) -> Rule:
    said: dict[str, Any] = {
        "kind": PLAN, "key": "business", "interval": price.interval if price else "month",
        "currency": price.currency if price else "EUR",
    } | more  # fmt: skip
    return Rule(layer, whom, since=since, price=price, **said)


def book(*rules: Rule, **more: Any) -> Book:
    said: dict[str, Any] = {
        "account": 7, "reseller": 3, "currency": "EUR", "list_currency": "EUR", "groups": ("vip", "restaurant"), "lists": LISTS,
    }  # fmt: skip
    return Book(rules=rules, **(said | more))


def asked(found: Book, at: datetime = AT, interval: str = "month", version: int = 1) -> tuple[str, str, int] | None:
    got = found.retail(PLAN, "business", version, interval, at)
    return None if got is None else (got.source, got.whom, total(got.price, 1))


# Retail ---------------------------------------------------------------------------------------------------------------


def test_the_nearest_word_holds() -> None:
    everybody, group = rule(flat(4900)), rule(flat(4500), GROUP, "restaurant")
    own = rule(flat(3900), CLIENT, "7")
    assert asked(book()) is None
    assert asked(book(everybody)) == (ITEM, "", 4900)
    assert asked(book(everybody, group)) == (GROUP, "restaurant", 4500)
    assert asked(book(everybody, group, own)) == (CLIENT, "7", 3900)
    assert asked(book(everybody, rule(flat(1), CLIENT, "8"), rule(flat(1), GROUP, "other"))) == (ITEM, "", 4900)


def test_of_several_groups_the_first_by_name_decides() -> None:
    assert asked(book(rule(flat(4000), GROUP, "vip"), rule(flat(4500), GROUP, "restaurant"))) == (
        GROUP, "restaurant", 4500,
    )  # fmt: skip


def test_a_word_that_is_taken_back_leaves_what_is_farther_away() -> None:
    found = book(rule(flat(4900)), rule(flat(3900), CLIENT, "7"), rule(None, CLIENT, "7", AT + 30 * DAY))
    assert asked(found, AT + 29 * DAY) == (CLIENT, "7", 3900)
    assert asked(found, AT + 30 * DAY) == (ITEM, "", 4900)


def test_a_price_of_one_version_holds_before_that_of_all() -> None:
    found = book(rule(flat(4900)), rule(flat(5900), version=2))
    assert (asked(found), asked(found, version=2)) == ((ITEM, "", 4900), (ITEM, "", 5900))


def test_the_clients_own_price_is_for_whatever_plan_and_one_for_this_plan_is_nearer() -> None:
    own = rule(flat(3900), CLIENT, "7", key="")
    assert asked(book(rule(flat(4900)), own)) == (CLIENT, "7", 3900)
    assert asked(book(own, rule(flat(3500), CLIENT, "7"))) == (CLIENT, "7", 3500)
    assert book(own).retail(ADD_ON, "sms", 1, "month", AT) is None


def test_a_price_by_the_year_is_reckoned_into_months_and_an_own_one_by_the_month_is_not() -> None:
    yearly = rule(flat(58800, "year"))
    found = book(yearly).retail(PLAN, "business", 1, "month", AT)
    assert found is not None
    assert (found.price, found.agreed) == (flat("4900.000000"), flat(58800, "year"))
    assert asked(book(yearly, rule(flat(5500)))) == (ITEM, "", 5500)
    assert asked(book(yearly, rule(flat(5500))), interval="year") == (ITEM, "", 58800)
    assert asked(book(rule(flat(10000, "year"))), interval="quarter") == (ITEM, "", 2500)


def test_use_and_what_is_paid_once_are_not_reckoned_into_another_interval() -> None:
    assert by_interval(Price("unit", "month", "EUR", Decimal(5), meter="sms"), "year") is None
    assert by_interval(flat(100, "once"), "month") is None


def test_a_price_in_another_currency_says_nothing_and_takes_no_place() -> None:
    assert asked(book(rule(flat(4900, currency="USD")))) is None
    assert asked(book(rule(flat(4500)), rule(flat(4900, currency="USD"), since=AT + DAY)), AT + DAY) == (ITEM, "", 4500)


def test_a_mark_up_is_on_wholesale_and_prices_hold_before_it() -> None:
    more = MarkUp(ITEM, "", AT, Decimal(50))
    assert asked(book(mark_ups=(more,))) == (MARK_UP, "", 3600)  # 30.00 less 20 % is 24.00, half as much again
    assert asked(book(mark_ups=(replace(more, on=ON_LIST, percent=Decimal(-10)),))) == (MARK_UP, "", 2700)
    assert asked(book(rule(flat(4900)), mark_ups=(more,))) == (ITEM, "", 4900)
    nearer = MarkUp(GROUP, "vip", AT, Decimal(25))
    assert asked(book(mark_ups=(more, nearer))) == (MARK_UP, "vip", 3000)
    taken_back = replace(nearer, percent=None, since=AT + DAY)
    assert asked(book(mark_ups=(more, nearer, taken_back)), AT + DAY) == (MARK_UP, "", 3600)


def test_a_mark_up_follows_the_discount_from_the_day_on_which_it_changes() -> None:
    found = book(mark_ups=(MarkUp(ITEM, "", AT, Decimal(50)),), terms=(WholesaleTerms(AT + DAY, Decimal(40)),))
    assert (asked(found), asked(found, AT + DAY)) == ((MARK_UP, "", 3600), (MARK_UP, "", 2700))


def test_a_mark_up_in_another_currency_needs_a_rate() -> None:
    more = (MarkUp(ITEM, "", AT, Decimal(50)),)
    assert asked(book(currency="JPY", mark_ups=more)) is None
    rates = (Rate("EUR", "JPY", AT, Decimal("160")), Rate("EUR", "JPY", AT + DAY, Decimal("170")))
    found = book(currency="JPY", mark_ups=more, rates=rates)
    assert (asked(found), asked(found, AT + DAY)) == ((MARK_UP, "", 5760), (MARK_UP, "", 6120))  # 36.00 €
    assert (exchange(Decimal(160), "EUR", "JPY") * 3600, exchange(Decimal("0.3"), "JPY", "KWD")) == (
        Fraction(5760),
        Fraction(300),
    )


def test_who_has_no_reseller_pays_list_prices() -> None:
    direct = book(rule(flat(4900)), reseller=None)
    assert (asked(direct), direct.discount(AT)) == (None, Decimal(0))
    assert direct.list_price(PLAN, "business", 1, "month") == flat(3000)
    assert direct.list_price(PLAN, "business", 1, "quarter") is None
    assert book(list_currency="CHF").list_price(PLAN, "business", 1, "month") == flat(3300, currency="CHF")


PLACES = st.sampled_from([(ITEM, ""), (GROUP, "vip"), (GROUP, "restaurant"), (CLIENT, "7")])
SAID = st.builds(
    lambda place, amount, day: (place, None if amount is None else flat(amount), AT + day * DAY),
    PLACES, st.one_of(st.none(), st.integers(1, 9999)), st.integers(0, 9),
)  # fmt: skip


@given(st.lists(SAID, max_size=12, unique_by=lambda each: (each[0], each[2])), st.integers(0, 9), st.randoms())
def test_what_is_said_later_changes_nothing_before_and_order_does_not_matter(said: Any, day: int, random: Any) -> None:
    rules = [rule(price, layer, whose, since) for (layer, whose), price, since in said]
    at = AT + day * DAY
    shuffled = list(rules)
    random.shuffle(shuffled)
    known = [each for each in rules if each.since <= at]
    assert asked(book(*rules), at) == asked(book(*shuffled), at) == asked(book(*known), at)


@given(st.lists(SAID, max_size=12, unique_by=lambda each: (each[0], each[2])), st.integers(0, 9))
def test_a_nearer_word_is_never_overruled(said: Any, day: int) -> None:
    rules = [rule(price, layer, whose, since) for (layer, whose), price, since in said]
    at = AT + day * DAY
    own = [each for each in rules if each.layer == CLIENT and each.since <= at]
    last = max(own, key=lambda each: each.since, default=None)
    without = asked(book(*(each for each in rules if each.layer != CLIENT)), at)
    if last is not None and last.price is not None:
        assert asked(book(*rules), at) == (CLIENT, "7", total(last.price, 1))
    else:
        assert asked(book(*rules), at) == without


@given(
    st.lists(SAID, max_size=12, unique_by=lambda each: (each[0], each[2])),
    st.lists(st.sampled_from(["", "business", "other"]), min_size=12, max_size=12),
    st.integers(0, 9),
)
def test_where_the_common_words_stand_makes_no_difference(said: Any, keys: list[str], day: int) -> None:
    rules = [
        rule(price, layer, whose, since, key=key)
        for ((layer, whose), price, since), key in zip(said, keys, strict=False)
    ]
    common = Rules(tuple(each for each in rules if each.layer != CLIENT))
    parted = book(*(each for each in rules if each.layer == CLIENT), common=common)
    at = AT + day * DAY
    assert asked(parted, at) == asked(book(*rules), at)
    for key in ("", "business"):
        named = [each for each in rules if each.key in ("", key)]
        assert sorted(map(repr, parted.rules_about(PLAN, key))) == sorted(map(repr, named))
    assert (len(parted.rules_of(PLAN)), parted.rules_of(OVERAGE)) == (len(rules), [])


# Wholesale ------------------------------------------------------------------------------------------------------------


def test_twenty_percent_unless_agreed_otherwise_and_more_by_volume_on_all_of_it() -> None:
    tiers = (Tier(100_000, Decimal(25)), Tier(500_000, Decimal(30)))
    found = book(terms=(WholesaleTerms(AT, Decimal(22), tiers), WholesaleTerms(AT + DAY)))
    assert book().discount(AT) == 20
    assert [found.discount(AT, volume) for volume in (0, 99_999, 100_000, 499_999, 500_000)] == [22, 22, 25, 25, 30]
    assert (found.discount(AT - DAY, 500_000), found.discount(AT + DAY, 500_000)) == (Decimal(20), Decimal(20))


@pytest.mark.parametrize(
    ("percent", "tiers", "fault"),
    [
        (None, (), None),
        (Decimal(0), (Tier(1, Decimal(100)),), None),
        (Decimal(101), (), "percent"),
        (Decimal(-1), (), "percent"),
        (None, (Tier(1, Decimal(101)),), "percent"),
        (None, (Tier(0, Decimal(5)),), "tiers"),
        (None, (Tier(5, Decimal(5)), Tier(5, Decimal(6))), "tiers"),
        (None, (Tier(6, Decimal(5)), Tier(5, Decimal(6))), "tiers"),
    ],
)
def test_terms_that_are_none(percent: Decimal | None, tiers: tuple[Tier, ...], fault: str | None) -> None:
    assert tiers_fault(percent, tiers) == fault


def test_the_list_prices_of_an_offer_know_overage_as_packages() -> None:
    read = parse_manifest_bytes((PRODUCTS / "funnels.toml").read_bytes(), file="funnels")
    offer = Offer(
        number=1,
        product=read.product,
        every_plan=tuple(PlanItem(number, plan) for number, plan in enumerate(read.plans)),
        every_add_on=tuple(AddOnItem(number, each) for number, each in enumerate(read.add_ons)),
        services={each.key: each for each in read.managed_services},
    )
    found = list_prices(offer)
    with_overage = [(plan, limit) for plan in read.plans for limit in plan.limits if limit.overage]
    assert with_overage
    for plan, limit in with_overage:
        price = found.of((OVERAGE, use_key(limit.meter, plan.key), plan.version), limit.overage[0].currency)[0]
        assert (price.model, price.package_size, price.amount) == (
            "package",
            limit.overage[0].per,
            Decimal(limit.overage[0].amount),
        )
    for plan in read.plans:
        assert len(found.of((PLAN, plan.key, plan.version))) == len(plan.prices)


# Promotions -----------------------------------------------------------------------------------------------------------


def test_half_off_for_three_months() -> None:
    ends = promotion_end(AT, 3, "Europe/Rome")
    taken = Promotion("HALF", RETAIL_SIDE, Decimal(50), AT, ends, 3)
    found = book(taken=(taken,))
    assert ends == datetime(2026, 6, 1, 22, tzinfo=UTC)  # 2 June, where the account is
    assert ends is not None
    for at, count in ((AT - DAY, 0), (AT, 1), (ends - timedelta(seconds=1), 1), (ends, 0)):
        assert len(found.promotions(at)) == count
    assert found.promotion(PLAN, "business", AT, RETAIL_SIDE) == taken
    assert found.promotion(PLAN, "business", AT, LIST_SIDE) is None
    assert found.promotion(EXTRA, "ext_1", AT, RETAIL_SIDE) is None
    assert (lowered(4900, taken.percent), lowered(4999, taken.percent), lowered(1, taken.percent)) == (2450, 2499, 0)
    assert promotion_end(AT, None, "Europe/Rome") is None


def test_promotions_do_not_add_up_the_best_one_counts_for_what_it_is_for() -> None:
    some = Promotion("SOME", RETAIL_SIDE, Decimal(10), AT, None)
    most = Promotion("MOST", RETAIL_SIDE, Decimal(50), AT, None, None, ("add_on:sms",))
    found = book(taken=(some, most))
    assert found.promotion(PLAN, "business", AT, RETAIL_SIDE) == some
    assert found.promotion(ADD_ON, "sms", AT, RETAIL_SIDE) == most
    assert found.promotion(ADD_ON, "mail", AT, RETAIL_SIDE) == some


# Contracts ------------------------------------------------------------------------------------------------------------


def contract(**more: Any) -> Contract:
    said: dict[str, Any] = {
        "ref": "ctr_1", "kind": "maintenance", "name": "Care", "first_day": date(2026, 1, 31), "months": 12,
        "renew_months": 1, "notice_days": 30,
    }  # fmt: skip
    return Contract(**(said | more))


def test_a_contract_renews_until_notice_is_given_in_time() -> None:
    found = contract()
    assert found.end_after(date(2026, 1, 31)) == found.end_after(date(2027, 1, 30)) == date(2027, 1, 30)
    assert found.end_after(date(2027, 1, 31)) == date(2027, 2, 27)  # the anchor's day is not there in February
    assert found.end_after(date(2027, 3, 1)) == date(2027, 3, 30)
    assert found.earliest_end(date(2026, 12, 31)) == date(2027, 1, 30)
    assert found.earliest_end(date(2027, 1, 1)) == date(2027, 2, 27)


def test_notice_that_is_longer_than_a_renewal_reaches_over_the_terms_between() -> None:
    found = contract(first_day=date(2026, 1, 1), notice_days=90)  # renews by the month
    assert found.earliest_end(date(2027, 1, 15)) == date(2027, 4, 30)
    assert found.earliest_end(date(2026, 12, 31)) == date(2027, 3, 31)


@given(
    st.dates(date(2024, 1, 1), date(2026, 12, 31)), st.integers(1, 30), st.integers(1, 30), st.integers(0, 366),
    st.integers(0, 2000),
)  # fmt: skip
def test_a_contract_that_renews_ends_with_the_first_term_that_the_notice_reaches(
    first: date, months: int, renew: int, notice: int, later: int
) -> None:
    found, day = contract(first_day=first, months=months, renew_months=renew, notice_days=notice), first + later * DAY
    ends = [plus_months(first, months + turn * renew) - DAY for turn in range(120)]
    assert found.earliest_end(day) == min(end for end in ends if end >= day + notice * DAY)


def test_a_contract_that_does_not_renew_ends() -> None:
    found = contract(renew_months=0)
    assert found.earliest_end(date(2027, 1, 30)) == date(2027, 1, 30)
    assert found.end_after(date(2027, 1, 31)) is None
    assert [found.runs_on(date(2026, 1, 30) + n * DAY) for n in (0, 1, 365, 366)] == [False, True, True, False]


def test_a_contract_that_does_not_renew_is_over_with_its_term_whatever_the_notice_says() -> None:
    said = (None, date(2026, 9, 30), date(2027, 9, 30))
    assert [contract(renew_months=0, last_day=last).over_with for last in said] == [
        date(2027, 1, 30), date(2026, 9, 30), date(2027, 1, 30),
    ]  # fmt: skip
    assert [contract(last_day=last).over_with for last in said] == list(said)
    late = contract(renew_months=0, last_day=date(2027, 9, 30))
    assert [late.runs_on(date(2027, 1, 30)), late.runs_on(date(2027, 1, 31))] == [True, False]


def test_the_book_tells_which_contracts_bind() -> None:
    ended = contract(last_day=date(2026, 3, 1))
    found = book(agreed=(contract(), ended), zone="Europe/Rome")
    assert found.contracts(AT) == (contract(),)
    assert found.contracts(AT - 2 * DAY) == (contract(), ended)


# JSON -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "price",
    [
        flat(4900),
        flat("0.25"),
        Price("package", "month", "EUR", Decimal(500), "sms", 1000, (), 900, 10),
        Price("graduated", "month", "EUR", None, "sms", None, (Step(10, Decimal("1.5"), 100), Step(None, Decimal(1)))),
    ],
)
def test_a_price_is_kept_without_loss(price: Price) -> None:
    assert price_from_json(price_to_json(price)) == price


@pytest.mark.parametrize("key", ["business", "web@shop", ""])
def test_what_a_key_of_use_is_made_of_comes_out_again(key: str) -> None:
    assert parts_of(use_key("sms", key)) == ("sms", key)
    assert parts_of("business") == ("", "business")


def test_a_price_is_in_the_currency_of_then() -> None:
    first, last = AT + timedelta(days=1), AT + timedelta(days=5)
    told = Book(
        account=7, reseller=1, currency="JPY", list_currency="USD", currencies_before=(("EUR", first), ("CHF", last)),
        list_currencies_before=(("EUR", last),),
    )  # fmt: skip
    assert [told.currency_at(each) for each in (AT, first, last)] == ["EUR", "CHF", "JPY"]
    assert [told.list_currency_at(each) for each in (first, last, None)] == ["EUR", "USD", "USD"]

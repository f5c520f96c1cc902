"""A reseller says what it asks: for everybody, a group, one client; from a day on; and who may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from sublet.accounts.models import Account
from sublet.clientsettings.operations import set_up
from sublet.core.clientsettings import RetailPrice as OwnPrice
from sublet.core.pricing import Price
from sublet.core.rights import Rights
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.pricing.models import RetailPriceSet
from sublet.pricing.operations import (
    CannotSetPrice,
    set_floor,
    set_mark_up,
    set_own_price,
    set_rate,
    set_retail_price,
    share_prices,
)
from sublet.pricing.queries import books_of, prices_of_client, prices_of_reseller, thing_of_reseller, try_price
from tests.people import AT, World
from tests.pricing import DAY, PLAN, asked, book, events, flat, load


@pytest.fixture
def sold(world: World) -> World:
    load(world)
    return world


def say(world: World, price: Price | None, days: float = 0, person: str = "rosa", **more: Any) -> bool:
    said: dict[str, Any] = {"kind": "plan", "key": PLAN, "interval": "month", "currency": "EUR"} | more
    with world.scope(person) as actor:
        return set_retail_price(price=price, actor=actor, at=AT + days * DAY, **said)


def test_a_price_is_said_for_everybody_a_group_and_one_client(sold: World) -> None:
    assert asked(sold.carl, "plan", PLAN) is None
    assert say(sold, flat(9900))
    assert asked(sold.carl, "plan", PLAN) == ("item", "", 9900)
    assert say(sold, flat(8900), tag="vip")
    assert asked(sold.carl, "plan", PLAN) == ("group", "vip", 8900)
    assert asked(sold.elan, "plan", PLAN) == ("item", "", 9900)  # a hairdresser
    assert say(sold, flat(7900), client=sold.carl.ref)
    assert asked(sold.carl, "plan", PLAN) == ("client", str(sold.carl.id), 7900)
    assert asked(sold.bakery, "plan", PLAN) is None  # another reseller's
    assert events(sold.rosa) == ["retail_price.changed"] * 3
    assert say(sold, None, client=sold.carl.ref, days=1)
    assert asked(sold.carl, "plan", PLAN, at=AT + DAY) == ("group", "vip", 8900)


def test_a_price_from_a_later_day_on_changes_nothing_before(sold: World) -> None:
    say(sold, flat(9900))
    say(sold, flat(10900), since=AT + 30 * DAY)
    for days, amount in ((0, 9900), (29, 9900), (30, 10900)):
        found = book(sold.carl).retail("plan", PLAN, 1, "month", AT + days * DAY)
        assert found is not None
        assert found.price == flat(amount)


def test_what_is_said_anew_takes_the_place_of_what_was_to_come(sold: World) -> None:
    say(sold, flat(9900))
    say(sold, flat(10900), since=AT + 30 * DAY)
    say(sold, flat(9500), days=1)
    assert asked(sold.carl, "plan", PLAN, at=AT + 40 * DAY) == ("item", "", 9500)
    with platform_scope("test"):
        assert RetailPriceSet.objects.count() == 3  # nothing was taken out


def test_the_book_of_an_instant_knows_what_was_known_then(sold: World) -> None:
    say(sold, flat(9900))
    say(sold, flat(10900), since=AT + 30 * DAY)
    say(sold, flat(9500), days=1)
    found = books_of([sold.carl.id], at=AT)[sold.carl.id].retail("plan", PLAN, 1, "month", AT + 40 * DAY)
    assert found is not None
    assert found.price == flat(10900)


def test_saying_the_same_again_says_nothing(sold: World) -> None:
    assert [say(sold, flat(9900)), say(sold, flat(9900), days=1), say(sold, flat(9900), tag="vip")] == [
        True,
        False,
        True,
    ]
    assert events(sold.rosa) == ["retail_price.changed"] * 2


@pytest.mark.parametrize(
    ("price", "more", "code"),
    [
        (flat(-1), {}, "wrong-price"),
        (Price("graduated", "month", "EUR"), {}, "wrong-price"),
        (Price("seat", "month", "EUR", Decimal(900)), {}, "no-seats"),
        (flat(100, "week"), {}, "wrong-interval"),
        (flat(100, currency="XXX"), {}, "unknown-currency"),
        (flat(100), {"key": "nothing"}, "unknown-thing"),
        (flat(100), {"kind": "extra", "key": "ext_1"}, "wrong-interval"),
        (flat(100), {"kind": "thing"}, "unknown-thing"),
        (flat(100), {"since": AT - DAY}, "past"),
        (flat(100), {"since": AT + 3000 * DAY}, "too-far"),
        (flat(100), {"tag": "x" * 41}, "no-group"),
    ],
)
def test_what_is_no_price_is_refused_and_nothing_is_written(
    sold: World, price: Price, more: dict[str, Any], code: str
) -> None:
    with pytest.raises(CannotSetPrice) as refused:
        say(sold, price, **more)
    assert refused.value.code == code
    assert (events(sold.rosa), asked(sold.carl, "plan", PLAN)) == ([], None)


def test_a_client_is_asked_in_its_own_currency(sold: World) -> None:
    with pytest.raises(CannotSetPrice) as refused:
        say(sold, flat(100, currency="USD"), client=sold.carl.ref)
    assert (refused.value.code, refused.value.params) == ("wrong-currency", {"currency": "EUR"})
    say(sold, flat(9900))
    say(sold, flat(10900, currency="USD"))
    Account.unscoped.filter(id=sold.elan.id).update(currency="USD")
    assert (asked(sold.carl, "plan", PLAN), asked(sold.elan, "plan", PLAN)) == (("item", "", 9900), ("item", "", 10900))


def test_the_clients_own_price_stands_in_its_settings(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        assert set_own_price(client=sold.carl.ref, price=flat(6900), actor=rosa, at=AT)
    say(sold, flat(9900))
    assert asked(sold.carl, "plan", PLAN) == asked(sold.carl, "plan", "commerce") == ("client", str(sold.carl.id), 6900)
    with sold.scope("rosa") as rosa:
        set_up(ref=sold.carl.ref, changes={"price": OwnPrice(60000, "EUR", "year")}, actor=rosa, at=AT + DAY)
    assert asked(sold.carl, "plan", PLAN, at=AT + DAY) == ("client", str(sold.carl.id), 5000)
    assert asked(sold.carl, "plan", PLAN, interval="year", at=AT + DAY) == ("client", str(sold.carl.id), 60000)
    say(sold, flat(4900), client=sold.carl.ref, days=2)  # for this plan alone
    assert asked(sold.carl, "plan", PLAN, at=AT + 2 * DAY) == ("client", str(sold.carl.id), 4900)
    with sold.scope("rosa") as rosa:
        set_own_price(client=sold.carl.ref, price=None, actor=rosa, at=AT + 3 * DAY)
    assert asked(sold.carl, "plan", "commerce", at=AT + 3 * DAY) is None


def test_a_mark_up_holds_where_no_price_is_said(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        assert set_mark_up(percent=Decimal(50), actor=rosa, at=AT)
        assert not set_mark_up(percent=Decimal("50.00"), actor=rosa, at=AT + DAY)
    assert asked(sold.carl, "plan", PLAN) == ("mark_up", "", 5400)  # 45.00 less 20 % is 36.00, half as much again
    say(sold, flat(9900))
    assert asked(sold.carl, "plan", PLAN) == ("item", "", 9900)
    assert asked(sold.carl, "add_on", "members_area") == ("mark_up", "", 1200)


def test_percentages_are_checked_and_compared_as_they_are_kept(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        for nothing in ("99.999", "100", "-0.01", "1e40"):
            with pytest.raises(CannotSetPrice) as refused:
                set_floor(percent=Decimal(nothing), actor=rosa, at=AT)
            assert (refused.value.code, refused.value.field) == ("wrong-percent", "percent"), nothing
        assert set_floor(percent=Decimal("99.994"), actor=rosa, at=AT)
        assert not set_floor(percent=Decimal("99.990001"), actor=rosa, at=AT + DAY)
        with pytest.raises(CannotSetPrice):
            set_mark_up(percent=Decimal("10000.005"), actor=rosa, at=AT)
        assert set_mark_up(percent=Decimal("12.345"), actor=rosa, at=AT)
        assert not set_mark_up(percent=Decimal("12.3501"), actor=rosa, at=AT + DAY)
    assert events(sold.rosa) == ["retail_floor.changed", "mark_up.changed"]


# Who may --------------------------------------------------------------------------------------------------------------


WRITES: dict[str, Callable[[World, Any], object]] = {
    "price": lambda w, a: set_retail_price(kind="plan", key=PLAN, price=flat(1), actor=a, at=AT),
    "client": lambda w, a: set_retail_price(kind="plan", key=PLAN, price=flat(1), client=w.carl.ref, actor=a, at=AT),
    "mark-up": lambda w, a: set_mark_up(percent=Decimal(1), actor=a, at=AT),
    "floor": lambda w, a: set_floor(percent=Decimal(1), actor=a, at=AT),
    "rate": lambda w, a: set_rate(source="EUR", target="USD", rate=Decimal(1), actor=a, at=AT),
    "share": lambda w, a: share_prices(shared=True, actor=a, at=AT),
}


@pytest.mark.parametrize("write", WRITES)
def test_only_a_reseller_with_billing_says_prices(sold: World, write: str) -> None:
    for person, wrong in (("vera", NotFound), ("carl", NotFound), ("dora", NotFound)):
        if person in sold.places:
            with sold.scope(person) as actor, pytest.raises((wrong, Forbidden)):
                WRITES[write](sold, actor)
    looking = replace(sold.actor("rosa"), rights=Rights.of({"billing": "view", "clients": "manage"}), is_owner=False)
    with actor_scope(looking), pytest.raises(Forbidden):
        WRITES[write](sold, looking)
    assert events(sold.rosa) == []
    with sold.scope("rosa") as rosa:  # the positive control
        assert WRITES[write](sold, rosa)


def test_another_resellers_client_is_not_there(sold: World) -> None:
    with pytest.raises(NotFound):
        say(sold, flat(1), client=sold.bakery.ref)
    with sold.scope("rosa") as rosa, pytest.raises(NotFound):
        prices_of_client(rosa, sold.bakery.ref, at=AT)


def test_whoever_reaches_some_clients_says_prices_for_those_alone(sold: World) -> None:
    some = replace(sold.actor("rosa"), reach=frozenset({sold.carl.id}), is_owner=False)
    with actor_scope(some):
        assert set_retail_price(kind="plan", key=PLAN, price=flat(1), client=sold.carl.ref, actor=some, at=AT)
        with pytest.raises(NotFound):
            set_retail_price(kind="plan", key=PLAN, price=flat(1), client=sold.elan.ref, actor=some, at=AT)
        with pytest.raises(Forbidden):
            set_retail_price(kind="plan", key=PLAN, price=flat(1), actor=some, at=AT)


# Pages ----------------------------------------------------------------------------------------------------------------


def test_the_page_shows_wholesale_beside_retail_and_what_is_left(sold: World) -> None:
    say(sold, flat(9900))
    say(sold, flat(7900), tag="vip")
    with sold.scope("rosa") as rosa:
        set_floor(percent=Decimal(70), actor=rosa, at=AT)
        view = prices_of_reseller(rosa, at=AT)
    row = next(each for each in view.rows if (each.thing.key, each.interval) == (PLAN, "month"))
    shown = row.shown
    assert shown.margin is not None
    assert (shown.list_minor, shown.wholesale, shown.retail) == (4500, 3600, 9900)
    assert (shown.margin.minor, shown.margin.mark_up, shown.margin.share) == (6300, Decimal("175.0"), Decimal("63.6"))
    assert (shown.floor, shown.below_floor, row.exceptions) == (12000, True, 1)
    assert row.guide is not None
    assert (row.guide.lowest, row.guide.highest) == (7000, 20000)
    push = next(each for each in view.rows if each.thing.kind == "overage" and each.thing.key.endswith("@content"))
    assert (push.shown.units, push.shown.list_minor, push.shown.wholesale, push.shown.retail) == (1000, 200, 160, None)


def test_a_price_is_tried_without_saving_it(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        shown = try_price(rosa, kind="plan", key=PLAN, price=flat(3599), at=AT)
    assert shown.margin is not None
    assert (shown.margin.minor, shown.margin.loses, shown.below_floor) == (-1, True, True)
    assert asked(sold.carl, "plan", PLAN) is None


def test_a_thing_tells_what_holds_what_comes_and_what_was(sold: World) -> None:
    say(sold, flat(8900))
    say(sold, flat(9900), days=1)
    say(sold, flat(7900), tag="vip", days=1)
    say(sold, flat(10900), days=1, since=AT + 40 * DAY)
    with sold.scope("rosa") as rosa:
        view = thing_of_reseller(rosa, kind="plan", key=PLAN, at=AT + 2 * DAY)
    assert [(each.layer, each.tag, each.price) for each in view.now] == [
        ("group", "vip", flat(7900)), ("item", "", flat(9900)),
    ]  # fmt: skip
    assert [each.price for each in view.coming] == [flat(10900)]
    assert [each.price for each in view.past] == [flat(8900)]


def test_another_currency_needs_a_rate_before_a_margin_is_shown(sold: World) -> None:
    Account.unscoped.filter(id=sold.rosa.id).update(currency="CHF")
    say(sold, flat(9900, currency="CHF"), currency="CHF")
    with sold.scope("rosa") as rosa:
        assert try_price(rosa, kind="plan", key=PLAN, price=flat(9900, currency="CHF"), at=AT).margin is None
        assert set_rate(source="EUR", target="CHF", rate=Decimal("0.95"), actor=rosa, at=AT)
        shown = try_price(rosa, kind="plan", key=PLAN, price=flat(9900, currency="CHF"), at=AT)
    assert (shown.wholesale, shown.currency, shown.list_currency) == (3420, "CHF", "EUR")

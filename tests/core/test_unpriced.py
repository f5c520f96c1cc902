"""What costs nothing because there is no price of it in the currency of who is charged."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.currencies import Rate
from sublet.core.pricebook import (
    ADD_ON,
    CLIENT,
    ITEM,
    ON_LIST,
    OVERAGE,
    PLAN,
    Book,
    ListPrices,
    MarkUp,
    Rule,
    Thing,
)
from sublet.core.pricing import Price
from sublet.core.unpriced import TIME, unasked, unlisted

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
BASIC: Thing = (PLAN, "basic", 1)
HALF_MORE = MarkUp(ITEM, "", AT, Decimal(50), ON_LIST)


def fee(currency: str, interval: str = "month") -> Price:
    return Price("flat", interval, currency, Decimal(1000))


def each(currency: str, meter: str) -> Price:
    return Price("unit", "month", currency, Decimal(5), meter)


def lists(time: str = "", sent: str = "", contacts: str = "") -> ListPrices:
    """Each in these currencies (words): for time, by what was sent, for contacts beyond the limit."""
    return ListPrices(
        {
            BASIC: tuple(map(fee, time.split())),
            (PLAN, "sent@basic", 1): tuple(each(one, "sent") for one in sent.split()),
            (OVERAGE, "contacts@basic", 1): tuple(each(one, "contacts") for one in contacts.split()),
            (OVERAGE, "contacts@other", 1): (each("CHF", "contacts"),),
            (PLAN, "basic", 2): (fee("CHF"),),
        }
    )


def book(known: ListPrices, *rules: Rule, **more: Any) -> Book:
    said: dict[str, Any] = {"reseller": 1, "currency": "EUR", "list_currency": "EUR"} | more
    return Book(account=7, lists=known, rules=rules, **said)


def rule(price: Price | None, key: str = "basic", **more: Any) -> Rule:
    about: dict[str, Any] = {"layer": ITEM, "whom": "", "kind": PLAN, "interval": "month", "currency": "EUR"} | more
    if price is not None:
        about |= {"interval": price.interval, "currency": price.currency}
    return Rule(since=AT, price=price, key=key, **about)


@pytest.mark.parametrize(
    ("known", "missing"),
    [
        (lists("EUR", "EUR", "EUR USD"), ()),
        (lists(), ()),  # it is free, as somebody meant it
        (lists("USD"), (TIME,)),
        (lists("EUR USD", "USD", "USD"), ("sent", "contacts")),
        (lists("", "USD CHF", "EUR"), ("sent",)),
    ],
)
def test_what_the_vendor_asks_in_other_currencies_alone_is_missing(known: ListPrices, missing: tuple[str, ...]) -> None:
    assert unlisted(known, BASIC, "EUR") == missing


def test_an_add_on_has_no_limits_and_may_be_missing_too() -> None:
    known = ListPrices({(ADD_ON, "bulk", 1): (fee("USD"),), (ADD_ON, "sent@bulk", 1): (each("EUR", "sent"),)})
    assert unlisted(known, (ADD_ON, "bulk", 1), "EUR") == (TIME,)


def test_who_says_no_price_at_all_asks_nothing_and_nothing_is_missing() -> None:
    assert unasked(book(lists("EUR", "EUR", "EUR")), BASIC, AT) == ()
    assert unasked(book(lists("USD"), mark_ups=(HALF_MORE,), reseller=None), BASIC, AT) == ()


def test_a_word_in_another_currency_is_missing_and_a_nearer_one_in_the_clients_own_helps() -> None:
    foreign = rule(fee("CHF"))
    assert unasked(book(lists("EUR"), foreign), BASIC, AT) == (TIME,)
    assert unasked(book(lists("EUR"), foreign, rule(fee("EUR", "year"))), BASIC, AT) == ()
    own = Rule(CLIENT, "7", PLAN, "", "month", AT, fee("EUR"), currency="EUR")
    assert unasked(book(lists("EUR"), foreign, own), BASIC, AT) == ()
    assert unasked(book(lists("EUR"), foreign, rule(None, currency="CHF")), BASIC, AT) == ()  # it was taken back
    other = replace(foreign, version=2)
    assert unasked(book(lists("EUR"), other), BASIC, AT) == ()
    by_use = rule(each("CHF", "sent"), "sent@basic")
    assert unasked(book(lists("EUR"), rule(fee("EUR")), by_use), BASIC, AT) == ("sent",)


def test_a_mark_up_on_what_is_listed_in_another_currency_is_missing_without_a_rate() -> None:
    known = lists("USD", "USD", "EUR")
    there = book(known, list_currency="USD", mark_ups=(HALF_MORE,))
    assert unasked(there, BASIC, AT) == (TIME, "sent", "contacts")
    # With a rate what is listed in the vendor's own currency for it can be asked; nobody lists the rest in that one.
    rated = replace(there, rates=(Rate("USD", "EUR", AT, Decimal("0.9")),))
    assert unasked(rated, BASIC, AT) == ("contacts",)
    assert unasked(book(lists("EUR", "EUR", "EUR"), mark_ups=(HALF_MORE,)), BASIC, AT) == ()


CURRENCIES = st.lists(st.sampled_from(["EUR", "USD", "CHF"]), unique=True).map(" ".join)


@given(time=CURRENCIES, sent=CURRENCIES, contacts=CURRENCIES, more=st.sampled_from(["EUR", "USD", "CHF"]))
def test_what_is_priced_in_that_currency_or_in_none_is_not_missing(
    time: str, sent: str, contacts: str, more: str
) -> None:
    known = lists(time, sent, contacts)
    missing = unlisted(known, BASIC, "EUR")
    for part, there in ((TIME, time), ("sent", sent), ("contacts", contacts)):
        assert (part in missing) == (there != "" and "EUR" not in there)
    # What is listed once more in that currency is never missing, and nothing else changes.
    fuller = lists(f"{time} EUR".strip(), sent, contacts)
    assert set(unlisted(fuller, BASIC, "EUR")) == {*missing} - {TIME}
    # With a mark-up on all of it the reseller misses what its client's currency has no list price of.
    marked = book(known, mark_ups=(HALF_MORE,))
    assert unasked(marked, BASIC, AT) == missing
    assert unasked(book(known, list_currency=more), BASIC, AT) == ()

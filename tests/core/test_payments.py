"""The laws of payments: keys, states, waits, and what amounts look like at the processor."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core import payments
from sublet.core.money import EXPONENTS, exponent
from sublet.core.payments import (
    FAILED,
    HARD_DECLINES,
    IN_FLIGHT,
    NEEDS_ACTION,
    PARKED,
    PROCESSING,
    STATES,
    SUCCEEDED,
    WAITS,
    AmountNotChargeable,
    ask_again_at,
    charge_key,
    fee_from_processor,
    from_processor,
    key_of,
    settled,
    to_processor,
)

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
#: As docs.stripe.com/currencies lists them, and those of them that are written with two decimals all the same.
AT_STRIPE_WITHOUT_DECIMALS = frozenset("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF".split())
AT_STRIPE_WITH_TWO_ALL_THE_SAME = frozenset({"UGX"})
PARTS = st.lists(st.one_of(st.text(max_size=8), st.integers(-9, 9)), min_size=1, max_size=4)


@given(PARTS, PARTS)
def test_another_intent_has_another_key_and_the_same_the_same(one: list[str | int], other: list[str | int]) -> None:
    same = [str(part) for part in one] == [str(part) for part in other]
    assert (key_of("charge", *one) == key_of("charge", *other)) == same
    assert key_of("charge", *one) != key_of("refund", *one)


def test_every_part_of_a_charge_is_in_its_key() -> None:
    whole = {"creditor": "acc_a", "payer": "acc_b", "invoice": "inv_1", "attempt": 1, "amount": 100, "currency": "EUR"}
    changed = {
        "creditor": "acc_x",
        "payer": "acc_x",
        "invoice": "inv_2",
        "attempt": 2,
        "amount": 101,
        "currency": "USD",
    }
    keys = {charge_key(**(whole | {name: value})) for name, value in changed.items()} | {charge_key(**whole)}  # type: ignore[arg-type]  # by name
    assert len(keys) == 7
    assert all(len(key) <= 60 for key in keys)


def test_keys_know_neither_clock_nor_chance() -> None:
    """C-Pay 33: `Date.now()` in an idempotency key."""
    names = {
        node.module or "" if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(ast.parse(Path(payments.__file__).read_text()))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    assert not names & {"time", "random", "secrets", "uuid", "sublet.foundation.clock"}


def settled_by_all(before: str, said: Iterable[str]) -> str:
    """After many answers, one after the other."""
    return reduce(settled, said, before)


@given(st.sampled_from(STATES), st.lists(st.sampled_from([PROCESSING, NEEDS_ACTION, SUCCEEDED, FAILED]), max_size=6))
def test_money_that_arrived_stays(before: str, said: list[str]) -> None:
    end = settled_by_all(before, said)
    if before == SUCCEEDED or SUCCEEDED in said:
        assert end == SUCCEEDED
    assert settled_by_all(before, [*said, *said[-1:]]) == end


def test_a_truth_told_in_any_order_with_older_ones_ends_the_same() -> None:
    ends = {settled_by_all(PROCESSING, order) for order in permutations([PROCESSING, NEEDS_ACTION, FAILED, SUCCEEDED])}
    assert ends == {SUCCEEDED}
    assert settled(FAILED, PROCESSING) == FAILED
    assert settled(PARKED, SUCCEEDED) == SUCCEEDED


def test_what_may_still_move_money_is_in_flight() -> None:
    assert set(IN_FLIGHT) == set(STATES) - {SUCCEEDED, FAILED}


def test_it_is_asked_again_with_growing_waits_and_then_parked() -> None:
    asked = [ask_again_at(tries, AT) for tries in range(1, len(WAITS) + 2)]
    assert asked[-1] is None
    assert asked[0] == AT + timedelta(minutes=1)
    assert list(WAITS) == sorted(WAITS)


def test_hard_declines_are_not_tried_again() -> None:
    assert "lost_card" in HARD_DECLINES
    assert "insufficient_funds" not in HARD_DECLINES


@pytest.mark.parametrize("currency", sorted({*EXPONENTS, *AT_STRIPE_WITHOUT_DECIMALS, "EUR"}))
@given(minor=st.integers(1, 10**9))
def test_what_is_sent_comes_back_in_every_currency(currency: str, minor: int) -> None:
    try:
        there = to_processor(minor, currency)
    except AmountNotChargeable:
        assert (exponent(currency), currency == "MGA") in ((3, False), (2, True))
        assert minor % (100 if currency == "MGA" else 10)
        return
    assert from_processor(there, currency) == minor


def test_what_the_processor_writes_without_decimals_is_written_so() -> None:
    """Whoever sends 100.00 ariary as 10000 takes a hundred times too much."""
    for currency in AT_STRIPE_WITHOUT_DECIMALS - AT_STRIPE_WITH_TWO_ALL_THE_SAME:
        assert to_processor(700 * 10 ** exponent(currency), currency) == 700, currency
        assert from_processor(700, currency) == 700 * 10 ** exponent(currency), currency
        assert fee_from_processor(25, currency) == 25 * 10 ** exponent(currency), currency
    for minor in (1, 50, 10_001):
        with pytest.raises(AmountNotChargeable):
            to_processor(minor, "MGA")


def test_special_cases_are_as_the_processor_documents_them() -> None:
    assert [to_processor(5, "ISK"), to_processor(700, "UGX"), to_processor(6000, "JPY"), to_processor(5000, "KWD")] == [
        500, 70000, 6000, 5000,
    ]  # fmt: skip
    assert [to_processor(1000, "HUF"), to_processor(80045, "TWD")] == [1000, 80045]
    assert fee_from_processor(2530, "ISK") == 25
    for minor, currency in ((0, "EUR"), (-1, "EUR"), (5124, "KWD")):
        with pytest.raises(AmountNotChargeable):
            to_processor(minor, currency)
    with pytest.raises(AmountNotChargeable):
        from_processor(550, "ISK")

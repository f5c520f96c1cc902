"""Pools: reserves are kept, nobody draws more than there is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.cascade import (
    BELOW_NOTHING,
    CAP_BELOW_RESERVE,
    CAPS,
    RESERVES,
    Pool,
    Share,
    as_promised,
    draw,
    refuse_caps,
    refuse_share,
    refuse_size,
    room,
    room_down,
)  # fmt: skip

KEYS = ("a", "b", "c")


@st.composite
def pools(make: st.DrawFn) -> Pool:
    """Pools as they come about: shares are taken as far as they are not refused."""
    pool = Pool(make(st.integers(0, 100)), {}, make(st.none() | st.sampled_from([100, 200])))
    for key in KEYS:
        reserve = make(st.integers(0, 60))
        cap = make(st.none() | st.integers(reserve, 150))
        if refuse_share(pool, key, Share(reserve, cap)) is None:
            pool = Pool(pool.size, {**pool.shares, key: Share(reserve, cap)}, pool.oversell)
    return pool


@given(pool=pools(), draws=st.lists(st.tuples(st.sampled_from(KEYS), st.integers(0, 40)), max_size=40))
def test_a_pool_never_gives_more_than_its_size_nor_what_is_held_back(pool: Pool, draws: list[tuple[str, int]]) -> None:
    for key, wanted in draws:
        quantity = min(wanted, room(pool, key))
        if quantity:
            pool = draw(pool, key, quantity)
        assert sum(share.used for share in pool.shares.values()) <= pool.size
        assert pool.held <= pool.size
        for name, share in pool.shares.items():
            assert room(pool, name) >= share.reserve - share.used  # an unused reserve can be drawn whole
            assert share.cap is None or share.used <= share.cap


@given(pool=pools())
def test_reserves_never_add_up_to_more_than_the_size(pool: Pool) -> None:
    assert sum(share.reserve for share in pool.shares.values()) <= pool.size


@given(chain=st.lists(st.tuples(pools(), st.sampled_from(KEYS)), max_size=4))
def test_room_down_a_chain_is_never_more_than_at_any_pool(chain: list[tuple[Pool, str]]) -> None:
    found = room_down(chain)
    assert (found is None) == (not chain)
    for pool, key in chain:
        assert found is not None
        assert found <= room(pool, key)


def test_without_a_share_nobody_draws() -> None:
    pool = Pool(10, {"a": Share()})
    assert room(pool, "b") == 0
    with pytest.raises(ValueError, match="room"):
        draw(pool, "a", 11)


def test_a_reserve_is_left_to_whom_it_belongs() -> None:
    pool = Pool(100, {"a": Share(reserve=30), "b": Share(), "c": Share(cap=20)})
    assert {key: room(pool, key) for key in pool.shares} == {"a": 100, "b": 70, "c": 20}
    pool = draw(pool, "b", 70)
    assert {key: room(pool, key) for key in pool.shares} == {"a": 30, "b": 0, "c": 0}


def test_what_is_given_back_is_there_again() -> None:
    pool = draw(Pool(10, {"a": Share(), "b": Share()}), "a", 10)
    assert room(draw(pool, "a", -4), "b") == 4


def test_shares_that_promise_too_much_are_refused() -> None:
    pool = Pool(100, {"a": Share(reserve=60, cap=60)}, oversell=100)
    assert refuse_share(pool, "b", Share(reserve=41)) == RESERVES
    assert refuse_share(pool, "b", Share(reserve=0, cap=41)) == CAPS
    assert refuse_share(pool, "b", Share(reserve=0, cap=40)) is None
    assert refuse_share(pool, "b", Share(reserve=5, cap=4)) == CAP_BELOW_RESERVE
    assert refuse_share(pool, "b", Share(reserve=-1)) == BELOW_NOTHING
    assert refuse_share(pool, "a", Share(reserve=100, cap=100)) is None  # its own takes the place of what it had
    assert refuse_share(pool, "a", None) is None
    assert refuse_share(Pool(100, pool.shares, oversell=None), "b", Share(cap=999)) is None


@given(pool=pools(), size=st.integers(0, 100), less=st.tuples(st.integers(0, 60), st.integers(0, 60)))
def test_who_asks_for_no_more_than_it_has_is_never_refused(pool: Pool, size: int, less: tuple[int, int]) -> None:
    shrunk = Pool(size, pool.shares, 100)
    for key, share in pool.shares.items():
        reserve = max(0, share.reserve - less[0])
        cap = max(reserve, (100 if share.cap is None else share.cap) - less[1])
        for wanted in (Share(reserve, share.cap), Share(reserve, cap)):
            assert refuse_share(shrunk, key, wanted, before=share) is None


def test_asking_for_more_of_a_pool_that_shrank_is_refused() -> None:
    shrunk = Pool(50, {"a": Share(40, 60), "b": Share(30, 60)}, oversell=200)
    had = shrunk.shares["a"]
    assert refuse_share(shrunk, "a", Share(39, 60), before=had) is None
    assert refuse_share(shrunk, "a", Share(41, 60), before=had) == RESERVES
    assert refuse_share(shrunk, "a", Share(40, 61), before=had) == CAPS
    assert refuse_share(shrunk, "a", Share(40, None), before=had) == CAPS
    assert refuse_share(shrunk, "a", Share(40, 39), before=had) == CAP_BELOW_RESERVE


def test_nothing_is_promised_to_whom_nobody_named() -> None:
    """Somebody who has used a little without a share would else count as the whole pool."""
    pool = Pool(100, {"a": Share(cap=60), "b": Share(used=3)}, oversell=100)
    assert refuse_share(pool, "a", Share(cap=60)) == CAPS
    promised = as_promised(pool, {"a"})
    assert refuse_share(promised, "a", Share(cap=97)) is None
    assert refuse_share(promised, "a", Share(cap=98)) == CAPS
    assert (refuse_caps(promised), refuse_caps(Pool(100, {"a": Share()}, None))) == (None, None)


def test_a_pool_stays_as_large_as_what_it_promised() -> None:
    pool = Pool(100, {"a": Share(reserve=60)})
    assert (refuse_size(pool, 60), refuse_size(pool, 59), refuse_size(pool, -1)) == (None, RESERVES, BELOW_NOTHING)

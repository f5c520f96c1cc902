"""How much is free before overage, on both sides, by what the plan gives, what was said, and what was given once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sublet.core.included import NOTHING, Granted, Once, Said, included

AT = datetime(2026, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ROSA = 7


def vendor(units: int | None, until: datetime | None = None) -> Said:
    return Said("vendor", 1, units, AT - DAY, until)


def rosa(units: int | None) -> Said:
    return Said("reseller", ROSA, units, AT - DAY, None)


def test_the_plan_is_what_is_free_where_nothing_was_said() -> None:
    assert included(200, NOTHING, AT) == (200, 0)
    assert included(None, NOTHING, AT) == (None, 0)


def test_the_vendors_word_replaces_the_plan_in_either_direction_while_it_holds() -> None:
    assert included(200, Granted((vendor(500),)), AT) == (500, 0)
    assert included(200, Granted((vendor(100),)), AT) == (100, 0)
    assert included(200, Granted((vendor(None),)), AT) == (None, 0)
    assert included(None, Granted((vendor(500),)), AT) == (500, 0)
    assert included(200, Granted((vendor(500, until=AT),)), AT) == (200, 0)


def test_the_resellers_word_counts_at_retail_as_far_as_it_holds_so_much() -> None:
    assert included(200, Granted((rosa(500),)), AT) == (200, 0)
    assert included(200, Granted((rosa(500),), ((ROSA, vendor(300)),)), AT) == (200, 100)
    assert included(200, Granted((rosa(500),), ((ROSA, vendor(None)),)), AT) == (200, 300)
    assert included(200, Granted((rosa(None),), ((ROSA, vendor(None)),)), AT) == (200, None)
    assert included(200, Granted((rosa(500),), ((8, vendor(None)),)), AT) == (200, 0)


def test_a_lower_limit_of_the_reseller_charges_nothing_that_is_paid_for() -> None:
    assert included(200, Granted((rosa(50),), ((ROSA, vendor(300)),)), AT) == (200, 0)


def test_units_given_once_are_free_on_the_side_of_who_gave_them_and_below() -> None:
    by_rosa, by_vendor = Once(30, False, AT - DAY, None), Once(40, True, AT - DAY, None)
    over = Once(50, True, AT - DAY, AT)
    assert included(200, Granted(once=(by_rosa, over)), AT) == (200, 30)
    assert included(200, Granted(once=(by_rosa, by_vendor)), AT) == (240, 30)


words = st.builds(
    Said,
    st.sampled_from(("vendor", "reseller")),
    st.just(ROSA),
    st.none() | st.integers(0, 900),
    st.just(AT - DAY),
    st.none(),
)
units = st.builds(Once, st.integers(1, 900), st.booleans(), st.just(AT - DAY), st.none())


@given(
    st.none() | st.integers(0, 900),
    st.lists(words, max_size=3),
    st.lists(words, max_size=2),
    st.lists(units, max_size=3),
)
def test_at_retail_never_less_is_free_and_the_reseller_changes_nothing_at_wholesale(
    plan: int | None, said: list[Said], held: list[Said], once: list[Once]
) -> None:
    granted = Granted(tuple(said), tuple((ROSA, each) for each in held), tuple(once))
    ours, more = included(plan, granted, AT)
    assert more is None or more >= 0
    of_vendor = Granted(
        tuple(each for each in said if each.layer == "vendor"), (), tuple(o for o in once if o.by_vendor)
    )
    assert included(plan, of_vendor, AT)[0] == ours

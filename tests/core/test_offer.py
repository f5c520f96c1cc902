"""The offer as a value: what is sold, what is still found, and on which plan an account was born."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sublet.core.manifest import (
    OFFERED,
    Manifest,
    canonical,
    entry_from_json,
    entry_to_json,
    parse_manifest,
    product_from_json,
)
from sublet.core.offer import EMPTY, AddOnItem, Offer, PlanItem, Starting
from tests.core.manifests import EXAMPLES, manifests
from tests.thorough import examples

BORN = datetime(2026, 3, 1, tzinfo=UTC)
BOOKINGS = parse_manifest(next(path for path in EXAMPLES if path.stem == "bookings").read_text(), file="b.toml")
FREE = BOOKINGS.plans[0]


def stands_for_itself(manifest: Manifest) -> None:
    for kind, name in OFFERED.items():
        for entry in getattr(manifest, name):
            kept = json.loads(json.dumps(entry_to_json(kind, entry)))
            assert entry_from_json(kind, kept, type(entry)) == entry
    assert product_from_json(canonical(manifest)["product"]) == manifest.product  # type: ignore[arg-type]  # a table


@settings(max_examples=examples(60))
@given(manifests())
def test_an_entry_comes_back_as_it_was(manifest: Manifest) -> None:
    stands_for_itself(manifest)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_each_entry_of_the_examples_comes_back_as_it_was(path: object) -> None:
    stands_for_itself(parse_manifest(path.read_text(), file="e.toml"))  # type: ignore[attr-defined]  # a path


def test_an_entry_of_a_later_release_is_read_without_what_is_unknown() -> None:
    kept = entry_to_json("plan", FREE) | {"invented": 1}
    assert entry_from_json("plan", kept, type(FREE)) == FREE
    with pytest.raises(KeyError):
        entry_from_json("plan", {"key": "free"}, type(FREE))


def version(number: int, *, removed: bool = False) -> PlanItem:
    return PlanItem(number, replace(FREE, version=number), BORN if removed else None)


def test_the_highest_version_that_is_in_the_manifest_is_sold() -> None:
    offer = Offer(every_plan=(version(1), version(2), version(3, removed=True)))
    sold = offer.plan("free")
    assert sold is not None
    assert (sold.version, [plan.version for plan in offer.plans_on_sale]) == (2, [2])
    gone = offer.plan("free", 3)
    assert gone is not None
    assert (gone.version, offer.plan("free", 4), offer.plan("gold")) == (3, None, None)
    assert [offer.is_sold(item.plan) for item in offer.every_plan] == [False, True, False]


def test_a_plan_that_went_is_not_sold_and_is_still_found() -> None:
    offer = Offer(every_plan=(version(1, removed=True),))
    assert (offer.plan("free"), offer.plans_on_sale) == (None, ())
    assert offer.plan("free", 1) == FREE


def test_add_ons_are_found_like_plans() -> None:
    first = BOOKINGS.add_ons[0]
    second = replace(first, version=first.version + 1)
    offer = Offer(every_add_on=(AddOnItem(1, first), AddOnItem(2, second)))
    assert (offer.add_on(first.key), offer.add_ons_on_sale) == (second, (second,))
    assert offer.add_on(first.key, first.version) == first


def test_before_the_first_manifest_nothing_can_be_had() -> None:
    assert (EMPTY.number, EMPTY.plans_on_sale, EMPTY.starting_plan, EMPTY.currency) == (0, (), None, "")
    assert EMPTY.starting_plan_at(BORN) is None


def offer_of(*plans: int | None) -> Offer:
    """One manifest a day, each with that version of the starting plan, or with none."""
    starting = tuple(
        Starting(BORN + timedelta(days=day), ("free", plan) if plan else None) for day, plan in enumerate(plans)
    )
    return Offer(
        every_plan=tuple(version(plan) for plan in sorted({plan for plan in plans if plan})), starting=starting
    )


@pytest.mark.parametrize(
    ("plans", "day", "expected"),
    [
        ((1, 2), -1, 1),  # born before the first manifest
        ((1, 2), 0, 1),
        ((1, 2), 0.99, 1),
        ((1, 2), 1, 2),
        ((None, 2, 3), 0.5, 2),  # none was named by then: the first that was
        ((1, None), 0.5, 1),
        ((1, None), 1.5, None),  # the vendor took it back
        ((None,), 3, None),
    ],
)
def test_an_account_begins_on_the_starting_plan_of_its_birth(
    plans: tuple[int | None, ...], day: float, expected: int | None
) -> None:
    began = offer_of(*plans).starting_plan_at(BORN + timedelta(days=day))
    assert (began.version if began else None) == expected


@given(
    st.lists(st.one_of(st.none(), st.integers(1, 5)), max_size=6), st.one_of(st.none(), st.integers(1, 5)),
    st.integers(-2, 5),
)  # fmt: skip
def test_a_new_manifest_moves_nobody_who_has_a_plan(plans: list[int | None], following: int | None, hours: int) -> None:
    """The law for whoever is alive: what an account began on does not change by what is loaded later."""
    born = BORN + timedelta(days=max(len(plans) - 1, 0), hours=hours)
    before = offer_of(*plans).starting_plan_at(born)
    after = offer_of(*plans, following).starting_plan_at(born)
    if before is not None:
        assert after == before

"""Which changes of a manifest accounts feel, and how many of them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from sublet.core.manifest import Effect, Manifest, diff_manifests, effects, may_touch, parse_manifest
from sublet.core.manifest.model import NOTHING
from tests.core.manifests import EXAMPLES, manifests
from tests.thorough import examples

OLD = parse_manifest(next(path for path in EXAMPLES if path.stem == "bookings").read_text(), file="b.toml")


def told(new: Manifest, used: dict[tuple[str, str, int], int]) -> list[tuple[str, str, str, int, int]]:
    return [
        (each.what, each.kind, each.key, each.version, each.accounts)
        for each in effects(diff_manifests(OLD, new), used)
    ]


def test_what_goes_is_told_where_it_is_used() -> None:
    meter = OLD.meters[0]
    new = replace(OLD, meters=OLD.meters[1:])
    assert told(new, {("meter", meter.key, 0): 3}) == [("gone", "meter", meter.key, 0, 3)]
    assert told(new, {}) == []


def test_a_newer_version_leaves_accounts_where_they_are() -> None:
    plan = OLD.plans[0]
    new = replace(OLD, plans=(*OLD.plans, replace(plan, version=3)))
    used = {("plan", plan.key, 1): 4, ("plan", plan.key, 2): 5, ("plan", "other", 1): 9}
    found = effects(diff_manifests(OLD, new), used)
    assert [(each.what, each.version, each.accounts, each.asks) for each in found] == [("newer", 3, 9, False)]


def test_terms_that_change_under_whoever_has_them_ask() -> None:
    plan = OLD.plans[1]
    new = replace(OLD, plans=(OLD.plans[0], replace(plan, features=NOTHING), *OLD.plans[2:]))
    assert told(new, {("plan", plan.key, plan.version): 2}) == [("terms", "plan", plan.key, plan.version, 2)]


def test_a_new_name_asks_nobody() -> None:
    plan = OLD.plans[1]
    new = replace(OLD, plans=(OLD.plans[0], replace(plan, name=OLD.product.name), *OLD.plans[2:]))
    assert told(new, {("plan", plan.key, plan.version): 2}) == []


def test_a_meter_that_counts_otherwise_asks() -> None:
    meter = OLD.meters[0]
    other = replace(meter, period="day" if meter.period != "day" else "month")
    new = replace(OLD, meters=(other, *OLD.meters[1:]))
    found = effects(diff_manifests(OLD, new), {("meter", meter.key, 0): 2})
    assert [(each.what, each.fields, each.asks) for each in found] == [("meaning", ("period",), True)]


@settings(max_examples=examples(40))
@given(manifests(), manifests(), st.integers(0, 3))
def test_nobody_feels_what_nobody_uses_and_no_effect_is_without_accounts(
    old: Manifest, new: Manifest, count: int
) -> None:
    diff = diff_manifests(old, new)
    used = {
        **{("meter", each.key, 0): count for each in old.meters},
        **{("plan", each.key, each.version): count for each in old.plans},
    }
    found = effects(diff, used)
    assert effects(diff, {}) == ()
    assert all(isinstance(each, Effect) and each.accounts for each in found)
    assert not found or may_touch(diff)
    # The other way round: every used meter that goes is among them.
    gone = {each.key for each in old.meters} - {each.key for each in new.meters} if count else set()
    assert {each.key for each in found if each.kind == "meter" and each.what == "gone"} == gone

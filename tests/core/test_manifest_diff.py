"""What changes between two manifests, and the form in which one is kept."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sublet.core.manifest import (
    KINDS,
    FieldChange,
    FrozenTable,
    Manifest,
    ManifestErrors,
    apply_diff,
    canonical,
    diff_manifests,
    fingerprint,
    from_canonical,
    parse_manifest,
)
from tests.core.manifests import NAME, PARTS, PRODUCT, SMALL, manifests
from tests.thorough import examples


def _read(text: str) -> Manifest:
    return parse_manifest(text, file="a.toml")


@settings(max_examples=examples(60))
@given(manifests())
def test_a_manifest_does_not_differ_from_itself(manifest: Manifest) -> None:
    assert diff_manifests(manifest, manifest).is_empty


@settings(max_examples=examples(60))
@given(manifests(), manifests())
def test_the_difference_applied_to_the_old_gives_the_new(old: Manifest, new: Manifest) -> None:
    diff = diff_manifests(old, new)
    assert apply_diff(old, diff) == new
    assert diff.is_empty == (old == new) == (fingerprint(old) == fingerprint(new))


@settings(max_examples=examples(30))
@given(manifests())
def test_without_an_old_one_everything_is_added(new: Manifest) -> None:
    diff = diff_manifests(None, new)
    assert [kind.kind for kind in diff.kinds] == ["product", *KINDS]
    assert [(kind.removed, kind.changed, kind.order) for kind in diff.kinds] == [((), (), ())] * 10
    assert {kind: len(diff.of(kind).added) for kind in KINDS} == {kind: len(getattr(new, kind)) for kind in KINDS}
    assert apply_diff(None, diff) == new


@settings(max_examples=examples(60))
@given(manifests(), manifests())
def test_what_is_added_one_way_is_removed_the_other_way(old: Manifest, new: Manifest) -> None:
    there, back = diff_manifests(old, new), diff_manifests(new, old)
    for kind in ("product", *KINDS):
        assert {entry.key for entry in there.of(kind).added} == {entry.key for entry in back.of(kind).removed}
        assert {(entry.key, frozenset(field.path for field in entry.fields)) for entry in there.of(kind).changed} == {
            (entry.key, frozenset(field.path for field in entry.fields)) for entry in back.of(kind).changed
        }
        assert all(field.before != field.after for entry in there.of(kind).changed for field in entry.fields)


@settings(max_examples=examples(60))
@given(manifests())
def test_the_canonical_form_gives_the_manifest_back(manifest: Manifest) -> None:
    kept = json.loads(json.dumps(canonical(manifest)))
    assert from_canonical(kept) == manifest
    assert canonical(from_canonical(kept)) == canonical(manifest)


@settings(max_examples=examples(30))
@given(manifests(), st.randoms())
def test_the_fingerprint_does_not_depend_on_the_order_of_keys(manifest: Manifest, random: st.DataObject) -> None:
    def shuffled(value: object) -> object:
        if isinstance(value, dict):
            keys = list(value)
            random.shuffle(keys)  # type: ignore[attr-defined]
            return {key: shuffled(value[key]) for key in keys}
        return [shuffled(item) for item in value] if isinstance(value, list) else value

    mixed = shuffled(canonical(manifest))
    assert isinstance(mixed, dict)
    assert fingerprint(from_canonical(mixed)) == fingerprint(manifest)


def test_the_fingerprint_of_a_kept_manifest_stays_the_same_for_ever() -> None:
    assert fingerprint(_read(SMALL)) == "8aa8907dbe11316b73abc4cb5087013f4734ca61521f87c7beb08b1477bca1e4"


def test_writing_out_a_default_changes_nothing() -> None:
    written = SMALL.replace('icon = "palette"', 'icon = "palette"\nvendor_mark = false\nlevels = ["view", "manage"]')
    assert fingerprint(_read(written)) == fingerprint(_read(SMALL))
    assert diff_manifests(_read(SMALL), _read(written)).is_empty


def test_a_change_is_told_field_by_field() -> None:
    changed = _read(SMALL.replace('icon = "palette"', 'icon = "star"').replace('en = "A"', 'en = "Z"', 3))
    diff = diff_manifests(_read(SMALL), changed)
    assert [kind.kind for kind in diff.kinds if not kind.is_empty] == ["product", "groups", "sections"]
    (section,) = diff.of("sections").changed
    assert section.key == "design"
    assert section.fields == (FieldChange("name.en", "A", "Z"), FieldChange("icon", "palette", "star"))
    assert (section.before["icon"], section.after["icon"]) == ("palette", "star")


def test_limits_and_prices_are_compared_by_what_they_are_about() -> None:
    free = f'[[plans]]\nkey = "free"\n{NAME}\n'
    terms = (
        'limits = [{ meter = "appointments", amount = 50, policy = "block" }]\n'
        'prices = [{ interval = "month", amount = 5 }, { interval = "year", amount = 50 }]\n'
    )
    old = _read(SMALL.replace(free, free + terms))
    new = _read(
        SMALL.replace(
            free,
            free
            + 'limits = [{ meter = "appointments", amount = 60, policy = "block" }]\n'
            + 'prices = [{ interval = "year", amount = 50 }, { interval = "month", amount = 6 }]\n'
            + "features = { video = true }\n",
        )
    )
    diff = diff_manifests(old, new)
    (plan,) = diff.of("plans").changed
    assert plan.key == "free@1"
    assert plan.fields == (
        FieldChange("features", None, {"video": True}),
        FieldChange("limits[appointments].amount", 50, 60),
        FieldChange("prices[month, EUR].amount", 5, 6),
        FieldChange("prices", ["month, EUR", "year, EUR"], ["year, EUR", "month, EUR"]),
    )
    assert diff.terms_changed == (("plans", "free@1"),)


def test_a_new_version_of_a_plan_is_no_change_of_the_terms_of_the_old_one() -> None:
    new = _read(SMALL + f'[[plans]]\nkey = "free"\nversion = 2\nadvertising = true\n{NAME}\n')
    diff = diff_manifests(_read(SMALL), new)
    assert [(entry.key, entry.position) for entry in diff.of("plans").added] == [("free@2", 1)]
    assert diff.terms_changed == ()


def test_another_name_or_description_of_a_plan_is_no_change_of_its_terms() -> None:
    free = '[[plans]]\nkey = "free"\n'
    new = _read(SMALL.replace(free, free + NAME.replace("name", "description") + "\npublic = false\n"))
    diff = diff_manifests(_read(SMALL), new)
    assert [field.path for field in diff.of("plans").changed[0].fields] == ["description", "public"]
    assert diff.terms_changed == ()


def test_another_order_is_a_change() -> None:
    first, second, rest = PARTS.partition('[[sections]]\nkey = "statistics"')[0], "", ""
    head, first = first.split('[[sections]]\nkey = "design"')
    tail = PARTS.partition('[[sections]]\nkey = "statistics"')[2]
    second, rest = tail.split("[[features]]", 1)
    design, statistics = f'[[sections]]\nkey = "design"{first}', f'[[sections]]\nkey = "statistics"{second}'
    swapped = _read(PRODUCT + head + statistics + design + "[[features]]" + rest)
    diff = diff_manifests(_read(SMALL), swapped)
    assert diff.of("sections").order == ("statistics", "design")
    assert not diff.is_empty
    assert apply_diff(_read(SMALL), diff) == swapped


def test_there_is_no_difference_of_a_kind_that_does_not_exist() -> None:
    with pytest.raises(KeyError):
        diff_manifests(None, _read(SMALL)).of("customers")


def test_a_difference_that_belongs_to_another_manifest_is_refused() -> None:
    diff = diff_manifests(_read(SMALL), _read(PRODUCT))
    with pytest.raises(ManifestErrors):
        apply_diff(None, diff)


def test_a_frozen_table_is_a_value() -> None:
    one, two = FrozenTable({"a": 1, "b": 2}), FrozenTable({"b": 2, "a": 1})
    assert one == two
    assert len({one, two}) == 1
    assert repr(FrozenTable({"a": 1})) == "FrozenTable({'a': 1})"
    assert hash(_read(SMALL)) == hash(_read(SMALL))

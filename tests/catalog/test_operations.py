"""Loading a product manifest: what comes into force, what asks first, what changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from sublet.catalog import queries
from sublet.catalog.models import ManifestVersion
from sublet.catalog.operations import CannotLoadManifest, load_manifest
from sublet.core.manifest import ManifestErrors
from sublet.foundation.errors import Forbidden
from sublet.foundation.journal.models import JournalEntry
from sublet.people.models import Collaborator, RolePreset, Section
from tests.people import AT, World

PRODUCTS = Path(__file__).resolve().parents[2] / "examples" / "products"
APP_BUILDER = (PRODUCTS / "app-builder.toml").read_bytes()


@pytest.mark.parametrize("name", ["app-builder", "bookings", "funnels", "marketing-automation"])
def test_each_example_comes_into_force(world: World, name: str) -> None:
    with world.scope("vera") as vera:
        loaded = load_manifest(
            source=(PRODUCTS / f"{name}.toml").read_bytes(), file_name=f"{name}.toml", confirmed=True, actor=vera, at=AT
        )
        assert (loaded.number, loaded.is_new) == (1, True)
        manifest = queries.current_manifest()
        assert manifest is not None
        in_force = Section.objects.filter(removed_at__isnull=True)
        assert set(in_force.values_list("key", flat=True)) == {section.key for section in manifest.sections}
        assert list(RolePreset.objects.values_list("key", flat=True)) == [p.key for p in manifest.role_presets]


def test_loading_twice_changes_nothing(world: World) -> None:
    with world.scope("vera") as vera:
        first = load_manifest(source=APP_BUILDER, file_name="a.toml", confirmed=True, actor=vera, at=AT)
        entries = JournalEntry.unscoped.count()
        second = load_manifest(source=APP_BUILDER, file_name="a.toml", confirmed=False, actor=vera, at=AT)
    assert (first.number, second.number, second.is_new) == (1, 1, False)
    assert ManifestVersion.objects.count() == 1
    assert JournalEntry.unscoped.count() == entries


def test_removing_a_section_in_use_asks_first(world: World) -> None:
    place = world.places["cleo"]
    Collaborator.unscoped.filter(id=place.id).update(rights_words={"product.design": "view"})
    without_design = (PRODUCTS / "bookings.toml").read_bytes()
    with world.scope("vera") as vera:
        load_manifest(source=APP_BUILDER, file_name="a.toml", confirmed=True, actor=vera, at=AT)
        assert queries.preview_manifest(without_design, file_name="b.toml", at=AT).in_use["design"] >= 1
        with pytest.raises(CannotLoadManifest) as refused:
            load_manifest(source=without_design, file_name="b.toml", confirmed=False, actor=vera, at=AT)
        assert refused.value.code == "in-use"
        assert ManifestVersion.objects.count() == 1
        assert Section.objects.get(key="design").removed_at is None
        load_manifest(source=without_design, file_name="b.toml", confirmed=True, actor=vera, at=AT)
    assert Section.objects.get(key="design").removed_at == AT


def test_a_preview_that_has_aged_is_refused(world: World) -> None:
    with world.scope("vera") as vera:
        preview = queries.preview_manifest(APP_BUILDER, file_name="a.toml", at=AT)
        bookings = (PRODUCTS / "bookings.toml").read_bytes()
        load_manifest(source=bookings, file_name="b.toml", confirmed=True, actor=vera, at=AT)
        with pytest.raises(CannotLoadManifest) as refused:
            load_manifest(source=APP_BUILDER, file_name="a.toml", confirmed=True, base=preview.base, actor=vera, at=AT)
    assert refused.value.code == "changed-meanwhile"


def test_a_wrong_manifest_changes_nothing(world: World) -> None:
    with world.scope("vera") as vera, pytest.raises(ManifestErrors):
        load_manifest(source=b"[product]\nkeys = 1\n", file_name="w.toml", confirmed=True, actor=vera, at=AT)
    assert ManifestVersion.objects.count() == 0


def test_only_the_vendor_loads(world: World) -> None:
    with world.scope("rosa") as rosa, pytest.raises(Forbidden):
        load_manifest(source=APP_BUILDER, file_name="a.toml", confirmed=True, actor=rosa, at=AT)
    assert ManifestVersion.objects.count() == 0


def test_what_accounts_use_goes_only_when_somebody_says_so(world: World) -> None:
    bookings = (PRODUCTS / "bookings.toml").read_bytes()
    other = bookings.replace(b"amount = 50,", b"amount = 40,", 1)  # less than the free plan had, under the same version
    with world.scope("vera") as vera:
        load_manifest(source=bookings, file_name="b.toml", confirmed=True, actor=vera, at=AT)
        preview = queries.preview_manifest(other, file_name="b.toml", at=AT)
        assert [(each.what, each.key, each.asks) for each in preview.effects] == [("terms", "free", True)]
        assert preview.effects[0].accounts > 0
        with pytest.raises(CannotLoadManifest) as refused:
            load_manifest(source=other, file_name="b.toml", confirmed=False, actor=vera, at=AT)
        assert (refused.value.code, "free" in refused.value.sentence) == ("offer-in-use", True)
        plan = queries.offer().plan("free")
        assert plan is not None
        assert plan.limits[0].amount == 50
        load_manifest(source=other, file_name="b.toml", confirmed=True, actor=vera, at=AT)
        changed = queries.offer().plan("free")
        assert changed is not None
        assert changed.limits[0].amount == 40


def test_a_new_feature_is_off_until_it_is_granted(world: World) -> None:
    bookings = (PRODUCTS / "bookings.toml").read_text()
    names = ", ".join(f'{language} = "Waiting list"' for language in ("en", "it", "sq", "nl", "fr", "pt"))
    more = bookings + f'\n[[features]]\nkey = "waiting_list"\nkind = "switch"\nname = {{ {names} }}\n'
    with world.scope("vera") as vera:
        load_manifest(source=bookings.encode(), file_name="b.toml", confirmed=True, actor=vera, at=AT)
        loaded = load_manifest(source=more.encode(), file_name="b.toml", confirmed=False, actor=vera, at=AT)
    offer = queries.offer()
    assert (loaded.is_new, offer.features["waiting_list"].absent_value) == (True, False)
    assert [plan.key for plan in offer.plans_on_sale if "waiting_list" in plan.features] == []
    assert queries.uses(AT).get(("feature", "waiting_list", 0)) is None

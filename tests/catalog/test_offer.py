"""What a loaded manifest leaves behind: rows that stay, and one value that every process sees."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from sublet.catalog import queries
from sublet.catalog.models import OfferItem
from sublet.catalog.operations import load_manifest
from sublet.catalog.queries import in_force
from sublet.core.manifest import LANGUAGES, OFFERED
from sublet.core.offer import EMPTY
from tests.people import AT, World

DAY = timedelta(days=1)

PRODUCTS = Path(__file__).resolve().parents[2] / "examples" / "products"
BOOKINGS = (PRODUCTS / "bookings.toml").read_text()
FUNNELS = (PRODUCTS / "funnels.toml").read_text()


def load(world: World, text: str, day: int = 0) -> None:
    with world.scope("vera") as vera:
        load_manifest(source=text.encode(), file_name="m.toml", confirmed=True, actor=vera, at=AT + day * DAY)


def sold_anew(text: str, key: str) -> str:
    """The manifest with one more version of a plan, all else equal."""
    whole = re.search(rf'\[\[plans\]\]\nkey = "{key}"\n.*?(?=\n\[\[|\n# |\Z)', text, re.DOTALL)
    assert whole is not None
    return f"{text}\n{whole[0].replace('name =', 'version = 2' + chr(10) + 'name =', 1)}\n"


@pytest.mark.parametrize("path", sorted(PRODUCTS.glob("*.toml")), ids=lambda path: path.stem)
def test_the_offer_is_what_the_manifest_says(world: World, path: Path) -> None:
    load(world, path.read_text())
    manifest, offer = queries.current_manifest(), queries.offer()
    assert manifest is not None
    assert (offer.number, offer.product, offer.currency) == (1, manifest.product, manifest.product.currency)
    assert tuple(offer.features.values()) == manifest.features
    assert tuple(item.meter for item in offer.meters.values()) == manifest.meters
    assert tuple(offer.services.values()) == manifest.managed_services
    assert tuple(offer.signals.values()) == manifest.signals
    assert tuple(item.plan for item in offer.every_plan) == manifest.plans
    assert tuple(item.add_on for item in offer.every_add_on) == manifest.add_ons
    assert offer.starting_plan == (manifest.plan(manifest.product.starting_plan or ""))
    assert OfferItem.objects.count() == sum(len(getattr(manifest, name)) for name in OFFERED.values())
    assert {tuple(sorted(row.names)) for row in OfferItem.objects.all()} == {tuple(sorted(LANGUAGES))}


def test_before_the_first_manifest_the_offer_is_empty(world: World) -> None:
    assert queries.offer() is EMPTY


def test_a_warm_offer_asks_nothing(world: World, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    load(world, BOOKINGS)
    first = queries.offer()
    with django_assert_num_queries(0):
        assert queries.offer() is first


def test_loading_again_writes_no_row(world: World, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    load(world, BOOKINGS)
    before = list(OfferItem.objects.order_by("id").values())
    load(world, BOOKINGS, 1)
    assert list(OfferItem.objects.order_by("id").values()) == before


def test_what_falls_out_is_kept_with_its_number_and_comes_back_to_it(world: World) -> None:
    load(world, BOOKINGS)
    numbers = {item.meter.key: item.id for item in queries.offer().meters.values()}
    load(world, FUNNELS, 1)
    offer = queries.offer()
    gone = set(numbers) - set(offer.meters)
    assert gone
    for key in gone:
        kept = offer.meter_by_id[numbers[key]]
        assert (kept.meter.key, kept.removed_at) == (key, AT + DAY)
    assert offer.plan("free", 1) is not None
    assert (offer.plan("free") is None) == ("free" not in {plan.key for plan in offer.plans_on_sale})
    load(world, BOOKINGS, 2)
    assert {item.meter.key: item.id for item in queries.offer().meters.values()} == numbers
    assert not [item for item in queries.offer().every_meter if item.meter.key in numbers and item.removed_at]


def test_an_account_keeps_the_version_of_its_birth(world: World) -> None:
    load(world, BOOKINGS)
    load(world, sold_anew(BOOKINGS, "free"), 2)
    offer = queries.offer()
    begins = offer.starting_plan
    assert begins is not None
    assert (begins.key, begins.version) == ("free", 2)
    for day, version in ((-1, 1), (0, 1), (1, 1), (2, 2), (3, 2)):
        began = offer.starting_plan_at(AT + day * DAY)
        assert began is not None
        assert began.version == version


def test_another_process_sees_it_within_a_second(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other process: one whose copy nobody has dropped."""
    load(world, BOOKINGS)
    mine = queries.offer()
    theirs = in_force._Cache()
    assert theirs.get() == mine
    load(world, FUNNELS, 1)
    assert theirs.get() == mine  # not asked again within the second
    monkeypatch.setattr(in_force, "FRESH_SECONDS", 0.0)
    assert theirs.get().number == 2
    assert theirs.get() == queries.offer()


def test_one_small_statement_a_second_is_all_it_takes(
    world: World, django_assert_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(world, BOOKINGS)
    first = queries.offer()
    monkeypatch.setattr(in_force, "FRESH_SECONDS", 0.0)
    with django_assert_num_queries(1):
        assert queries.offer() is first


@pytest.mark.django_db(transaction=True)
def test_an_offer_that_was_rolled_back_is_forgotten(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    load(world, BOOKINGS)
    with transaction.atomic():
        load(world, FUNNELS, 1)
        phantom = queries.offer()
        transaction.set_rollback(True)
    monkeypatch.setattr(in_force, "FRESH_SECONDS", 0.0)
    assert (phantom.number, queries.offer().number) == (2, 1)
    assert "appointments" in queries.offer().meters

"""Sections and presets as the product manifest declares them."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from sublet.core.rights import Rights
from sublet.foundation.errors import Forbidden
from sublet.people import operations, queries
from sublet.people.models import RolePreset, Section
from tests import factories
from tests.people import AT, World


def facts(key: str, **more: object) -> operations.SectionFacts:
    values: dict[str, object] = {
        "names": {"en": key.capitalize(), "it": f"{key} it"},
        "group": "work",
        "group_names": {"en": "Work", "it": "Lavoro"},
        "icon": "apps",
        **more,
    }
    return operations.SectionFacts(key=key, **values)  # type: ignore[arg-type]


def sync(
    world: World, *sections: operations.SectionFacts, presets: list[operations.PresetFacts] | None = None
) -> operations.SectionsSynced:
    with world.scope("vera") as actor:
        return operations.sync_sections(sections=sections, presets=presets or [], actor=actor, at=AT)


def test_sections_become_those_of_the_manifest_in_its_order(world: World) -> None:
    synced = sync(world, facts("content"), facts("calendar"), facts("design", vendor_mark=True))
    assert synced == operations.SectionsSynced(
        added=("calendar",), changed=("content", "design"), removed=("push", "statistics", "add-ons")
    )
    assert queries.product_section_keys() == ("content", "calendar", "design")
    assert sync(
        world, facts("content"), facts("calendar"), facts("design", vendor_mark=True)
    ) == operations.SectionsSynced(added=(), changed=(), removed=())


def test_a_new_section_is_off_for_everybody_of_a_client_until_it_is_ticked(world: World) -> None:
    sync(world, facts("design"), facts("calendar"))
    assert "product.calendar" not in world.actor("carl").rights.levels
    assert "product.calendar" not in world.actor("cleo").rights.levels
    with world.scope("rosa") as actor:
        operations.change_rights(
            account_ref=world.carl.ref,
            collaborator_ref=world.places["carl"].ref,
            rights={"product.calendar": "view"},
            actor=actor,
            at=AT,
        )
    assert world.actor("carl").rights.has("product.calendar:view")


def test_a_removed_section_is_closed_at_once_and_the_same_again_when_it_comes_back(world: World) -> None:
    assert world.actor("cleo").rights.has("product.content:manage")
    sync(world, facts("design"))
    assert world.actor("cleo").rights.levels == {}
    assert Section.objects.get(key="content").removed_at == AT
    assert sync(world, facts("design"), facts("content")).added == ("content",)
    assert world.actor("cleo").rights.has("product.content:manage")


def test_presets_are_replaced(world: World) -> None:
    one = operations.PresetFacts(key="designer", names={"en": "Designer"}, rights={"design": "manage"})
    sync(world, facts("design"), presets=[one])
    other = operations.PresetFacts(key="marketing", names={"en": "Marketing"}, rights={"design": "view"})
    sync(world, facts("design"), presets=[other])
    assert list(RolePreset.objects.values_list("key", "rights")) == [("marketing", {"design": "view"})]
    offer = queries.offer_for("client")
    assert next((preset.key, dict(preset.rights)) for preset in offer.presets) == (
        "marketing",
        {"product.design": "view"},
    )


@pytest.mark.parametrize("by", ["rosa", "carl", "dora"])
def test_only_the_vendor_changes_sections(world: World, by: str) -> None:
    with world.scope(by) as actor, pytest.raises(Forbidden):
        operations.sync_sections(sections=[], presets=[], actor=actor, at=AT)
    assert len(queries.product_section_keys()) == 5


def test_a_section_in_use_is_counted_over_people_invitations_and_keys(world: World) -> None:
    with world.scope("carl") as actor:
        operations.create_key(name="x", rights={"product.content": "view"}, actor=actor, at=AT)
        operations.invite_collaborator(
            account_ref=world.carl.ref, email="x@y.test", rights={"product.content": "view"}, actor=actor, at=AT
        )
    assert queries.sections_in_use(["content", "design", "gone", "content"]) == {"content": 5, "design": 2, "gone": 0}
    assert queries.sections_in_use([]) == {}


def test_names_are_in_the_active_language_else_in_english(world: World) -> None:
    sync(world, facts("design"))
    for language, name, group in (("it", "design it", "Lavoro"), ("en", "Design", "Work"), ("sq", "Design", "Work")):
        with override(language):
            offer = queries.offer_for("client")
        assert (offer.groups[0].name, offer.groups[0].sections[0].name) == (group, name)


@pytest.mark.parametrize(
    ("rights", "words"),
    [
        ({}, "No sections yet"),
        ({"product.design": "view"}, "Design (view)"),
        ({"team": "manage", "product.design": "manage"}, "Design, Team"),
        (
            {
                "product.design": "manage",
                "product.content": "view",
                "product.push": "manage",
                "team": "view",
                "keys": "view",
            },
            "Design, Content (view), Push and 2 more",
        ),
        ({"product.gone": "manage"}, "No sections yet"),
    ],
)
def test_rights_are_told_in_a_few_words(world: World, rights: dict[str, str], words: str) -> None:
    assert queries.summary_of(queries.offer_for("client"), Rights.of(rights)) == words


@pytest.mark.parametrize(("level", "words"), [("view", "Client people (list)"), ("manage", "Client people (export)")])
def test_rights_on_people_data_are_told_as_the_ways_that_they_open(world: World, level: str, words: str) -> None:
    assert queries.summary_of(queries.offer_for("reseller"), Rights.of({"people": level})) == words


def test_everything_is_called_everything(world: World) -> None:
    offer = queries.offer_for("client")
    every = {key: section.levels[-1] for key, section in offer.sections.items()}
    assert queries.summary_of(offer, Rights.of(every)) == "Everything"


def test_a_level_that_a_section_lacks_is_not_on_offer(world: World) -> None:
    sync(world, facts("design", levels=("view",)))
    offer = queries.offer_for("client")
    assert offer.refuse(Rights.of({"product.design": "manage"})) == "product.design"
    assert offer.refuse(Rights.of({"product.design": "view"})) is None


def test_within_a_request_sections_are_read_once_and_anew_after_a_change(
    world: World, django_assert_num_queries: object
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with queries.remember_sections():
        with CaptureQueriesContext(connection) as found:
            for _ in range(3):
                queries.offer_for("client")
                queries.product_section_keys()
        assert len(found) == 2
        sync(world, facts("design"))
        assert queries.product_section_keys() == ("design",)
    factories.make_section("later", 30)
    assert queries.product_section_keys() == ("design", "later")

"""The laws of rights: what ticking can give, what the floor keeps, what acting in another's place leaves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.rights import (
    CLIENT,
    CLIENT_TICKABLE,
    FLOOR,
    IMPERSONATION_VIEW_ONLY,
    KINDS,
    PORTAL_SECTIONS,
    RESELLER,
    VISIT_AS_AT_HOME,
    Level,
    Rights,
    acting_as_collaborator,
    acting_as_reseller,
    all_rights,
    effective,
)

PRODUCT = ("design", "content", "add-ons")
SECTIONS = sorted({key for keys in PORTAL_SECTIONS.values() for key in keys}) + [f"product.{key}" for key in PRODUCT]
levels = st.sampled_from(list(Level))
keys = st.one_of(st.sampled_from(SECTIONS), st.text(st.characters(exclude_characters=":"), max_size=12))
anything = st.dictionaries(keys, levels).map(Rights.of)


def of(**words: str) -> Rights:
    return Rights.of({key.replace("__", "."): word for key, word in words.items()})


@given(rights=anything, section=st.sampled_from(SECTIONS))
def test_manage_implies_view(rights: Rights, section: str) -> None:
    assert not rights.has(f"{section}:manage") or rights.has(f"{section}:view")


@given(ticked=anything, is_owner=st.booleans(), product=st.lists(st.sampled_from(PRODUCT), unique=True))
def test_nothing_ticked_takes_a_clients_person_past_the_floor(
    ticked: Rights, is_owner: bool, product: list[str]
) -> None:
    rights = effective(kind=CLIENT, is_owner=is_owner, ticked=ticked, product_sections=product)
    assert set(rights.levels) & FLOOR == set()
    assert rights.within(all_rights(CLIENT, product).without(FLOOR))


@given(ticked=anything, is_owner=st.booleans())
def test_a_product_section_that_is_not_ticked_is_closed_to_everybody_of_a_client(
    ticked: Rights, is_owner: bool
) -> None:
    rights = effective(kind=CLIENT, is_owner=is_owner, ticked=ticked, product_sections=PRODUCT)
    assert {key: rights.level(f"product.{key}") for key in PRODUCT} == {
        key: ticked.level(f"product.{key}") for key in PRODUCT
    }


def test_the_owner_of_a_client_has_every_portal_section_that_can_be_ticked() -> None:
    rights = effective(kind=CLIENT, is_owner=True, ticked=of(product__design="view"), product_sections=PRODUCT)
    assert rights.as_words() == {"product.design": "view"} | dict.fromkeys(CLIENT_TICKABLE, "manage")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != CLIENT])
def test_the_owner_of_any_other_account_has_everything(kind: str) -> None:
    assert effective(kind=kind, is_owner=True, ticked=Rights.of({}), product_sections=PRODUCT) == all_rights(
        kind, PRODUCT
    )


@given(ticked=anything, kind=st.sampled_from(KINDS))
def test_a_collaborator_never_has_more_than_is_ticked(ticked: Rights, kind: str) -> None:
    assert effective(kind=kind, is_owner=False, ticked=ticked, product_sections=PRODUCT).within(ticked)


@given(rights=anything, level=levels)
def test_acting_as_a_client_never_adds(rights: Rights, level: Level) -> None:
    acting = acting_as_collaborator(rights=rights, clients_level=level)
    assert acting.within(rights)
    assert acting.within(rights.capped(level))
    assert all(acting.level(section) <= Level.VIEW for section in IMPERSONATION_VIEW_ONLY)


@given(level=levels, own=anything)
def test_acting_as_a_reseller_never_goes_above_the_level_on_clients(level: Level, own: Rights) -> None:
    rights = acting_as_reseller(clients_level=level, own=own, product_sections=PRODUCT)
    assert max(rights.levels.values(), default=Level.NONE) == level


@given(level=levels, own=anything)
def test_a_visit_opens_no_money_that_is_closed_at_home(level: Level, own: Rights) -> None:
    rights = acting_as_reseller(clients_level=level, own=own, product_sections=PRODUCT)
    assert {key: rights.level(key) for key in VISIT_AS_AT_HOME} == {
        key: min(level, own.level(key)) for key in ("billing", "subscription")
    }
    everything = acting_as_reseller(clients_level=level, own=all_rights(RESELLER), product_sections=PRODUCT)
    assert rights.without(VISIT_AS_AT_HOME) == everything.without(VISIT_AS_AT_HOME)


@given(one=anything, other=anything)
def test_within_means_that_nothing_is_beyond(one: Rights, other: Rights) -> None:
    rights = [f"{section}:{word}" for section in one.levels for word in ("view", "manage")]
    assert one.within(other) == all(other.has(right) for right in rights if one.has(right))


@given(rights=anything)
def test_rights_survive_being_written_as_words(rights: Rights) -> None:
    assert Rights.of(rights.as_words()) == rights


def test_an_unknown_level_is_not_taken_for_any_other() -> None:
    with pytest.raises(ValueError, match="admin"):
        Rights.of({"team": "admin"})
    with pytest.raises(ValueError, match=r"^$"):
        of(team="view").has("team")

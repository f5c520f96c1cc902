"""The laws of personal data: looking up, listing and taking away are three rights, each within the next."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.peopledata import (
    NEEDED,
    SECTION,
    PeopleData,
    Way,
    holds_address,
    opens,
    people_data,
    without_addresses,
)
from sublet.core.rights import CLIENT, DIRECT, KINDS, RESELLER, VENDOR, Level, Rights, all_rights
from tests.core.test_rights import anything, levels

held = st.sampled_from(list(PeopleData))
above = st.sampled_from([VENDOR, RESELLER])


def ways(much: PeopleData) -> set[Way]:
    return {way for way in Way if opens(much, way)}


def test_each_level_opens_exactly_its_ways() -> None:
    assert {much: sorted(way.value for way in ways(much)) for much in PeopleData} == {
        PeopleData.LOOK_UP: ["exact", "one"],
        PeopleData.LIST: ["column", "exact", "match", "one"],
        PeopleData.EXPORT: ["bulk", "column", "exact", "file", "match", "one"],
    }


def test_every_way_names_what_it_needs() -> None:
    assert set(NEEDED) == set(Way)


@given(less=held, more=held)
def test_whoever_has_more_goes_every_lesser_way(less: PeopleData, more: PeopleData) -> None:
    assert less > more or ways(less) <= ways(more)


@given(kind=above, rights=anything, level=levels)
def test_the_section_decides_and_nothing_else(kind: str, rights: Rights, level: Level) -> None:
    others = {key: held for key, held in rights.levels.items() if key != SECTION}
    assert people_data(kind=kind, rights=Rights.of({**others, SECTION: level})) == int(level)


@given(kind=st.sampled_from(KINDS), rights=anything, visitor=held)
def test_a_visit_gives_nobody_more_than_at_home(kind: str, rights: Rights, visitor: PeopleData) -> None:
    found = people_data(kind=kind, rights=rights, visitor=visitor)
    assert found <= visitor
    assert found <= people_data(kind=kind, rights=rights)


@given(kind=st.sampled_from([CLIENT, DIRECT]), rights=anything)
def test_an_accounts_own_people_have_their_own_data(kind: str, rights: Rights) -> None:
    assert people_data(kind=kind, rights=rights) is PeopleData.EXPORT


@pytest.mark.parametrize("kind", KINDS)
def test_owners_have_all(kind: str) -> None:
    assert people_data(kind=kind, rights=all_rights(kind)) is PeopleData.EXPORT


@given(
    before=st.text(max_size=20), local=st.from_regex(r"[a-z0-9.+_-]{1,20}", fullmatch=True), after=st.text(max_size=20)
)
def test_no_address_is_left_whatever_stands_around_it(before: str, local: str, after: str) -> None:
    text = f"{before}{local}@kitchen.example{after}"
    assert holds_address(text)
    assert f"{local}@kitchen" not in without_addresses(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("550 5.1.1 <mo@a.example>: unknown", "550 5.1.1 <…>: unknown"),
        ("Rang mo@a.example, al@b.example", "Rang …, …"),
        ("Tables @ noon", "Tables @ noon"),
        ("Rosa Ricci", "Rosa Ricci"),
    ],
)
def test_the_rest_of_a_text_stays(text: str, told: str) -> None:
    assert (without_addresses(text), holds_address(text)) == (told, told != text)

"""A group of thousands is changed by one member without looking at the others, whenever that gives the same."""

from __future__ import annotations

from typing import Any

import pytest

from sublet.people.models import DirectoryMembership
from sublet.people.operations import directory_groups
from tests.people import World
from tests.portals.scim.directory import PATCH, Speaker

A, B = {"value": "dpn_a"}, {"value": "dpn_b"}


@pytest.mark.parametrize(
    ("operations", "named"),
    [
        ([{"op": "Add", "path": "members", "value": [A, B]}], {"dpn_a", "dpn_b"}),
        ([{"op": "add", "path": "Members", "value": A}], {"dpn_a"}),
        ([{"op": "add", "value": {"members": [A]}}], {"dpn_a"}),
        ([{"op": "Remove", "path": "members", "value": [A]}], {"dpn_a"}),
        (
            [{"op": "remove", "path": 'members[value eq "dpn_a"]'}, {"op": "add", "path": "members", "value": [B]}],
            {"dpn_a", "dpn_b"},
        ),
        ([{"op": "replace", "path": "displayName", "value": "X"}], set()),
        ([{"op": "replace", "value": {"displayName": "X", "externalId": "7"}}], set()),
        ([{"op": "replace", "path": "members", "value": [A]}], None),
        ([{"op": "replace", "value": {"members": [A]}}], None),
        ([{"op": "remove", "path": "members"}], None),
        ([{"op": "remove", "path": "members", "value": []}], None),
        ([{"op": "remove", "path": 'members[value ne "dpn_a"]'}], None),
        ([{"op": "remove", "path": 'members[value eq "dpn_a" or value pr]'}], None),
        ([{"op": "remove", "path": 'members[value eq "dpn_a"].type'}], None),
        ([{"op": "add", "path": "members", "value": [A]}, {"op": "remove", "path": "members"}], None),
    ],
)
def test_what_a_change_depends_on(operations: list[dict[str, Any]], named: set[str] | None) -> None:
    # Loaded late, here and below: seconds, which every process that collects tests would take otherwise.
    from scim2_models import PatchOp

    from sublet.portals.api.scim.deltas import members_named
    from sublet.portals.api.scim.described import PROVIDER, Group

    with PROVIDER:
        patch = PatchOp[Group].model_validate({"schemas": [PATCH], "Operations": operations})
        assert members_named(patch) == named


def test_the_others_stay_and_the_bound_holds(world: World, carl: Speaker, monkeypatch: pytest.MonkeyPatch) -> None:
    refs = [carl.add(f"p{number}@kitchen.example") for number in range(4)]
    group = f"/Groups/{carl.group('Cooks', refs[:2])}"

    def members() -> list[str]:
        return sorted(DirectoryMembership.unscoped.values_list("person__ref", flat=True))

    joins = {"op": "add", "path": "members", "value": [{"value": refs[2]}, {"value": refs[0]}]}
    assert carl.patch(group, joins).status == 204
    assert members() == sorted(refs[:3])
    assert carl.patch(group, joins).headers["ETag"] == 'W/"2"'  # told again: nothing
    assert carl.patch(group, {"op": "remove", "path": f'members[value eq "{refs[1]}"]'}).status == 204
    assert carl.patch(group, {"op": "remove", "path": f'members[value eq "{refs[1]}"]'}).status == 204
    assert carl.patch(group, {"op": "replace", "value": {"displayName": "Chefs"}}).status == 204
    assert members() == sorted([refs[0], refs[2]])
    monkeypatch.setattr(directory_groups, "MOST_MEMBERS", 2)
    full = carl.patch(group, {"op": "add", "path": "members", "value": [{"value": refs[3]}]})
    assert (full.status, full["scimType"]) == (400, "tooMany")
    assert members() == sorted([refs[0], refs[2]])


def test_members_join_and_leave_in_the_order_in_which_it_is_said(world: World, carl: Speaker) -> None:
    refs = [carl.add(f"p{number}@kitchen.example") for number in range(3)]
    group = f"/Groups/{carl.group('Cooks', refs[:1])}"
    answer = carl.patch(
        group,
        {"op": "add", "value": {"members": [{"value": refs[1]}], "displayName": "Chefs"}},
        {"op": "remove", "path": f'members[value eq "{refs[1]}"]'},
        {"op": "remove", "path": f'members[value eq "{refs[0]}"]'},
        {"op": "add", "path": "members", "value": [{"value": refs[2]}, {"value": refs[0]}]},
    )
    assert answer.status == 204
    assert sorted(DirectoryMembership.unscoped.values_list("person__ref", flat=True)) == sorted([refs[0], refs[2]])
    assert carl.ask("GET", group)["displayName"] == "Chefs"
    odd = {"op": "remove", "path": f'members[value eq "{refs[0]}" or value eq "{refs[1]}"]'}
    assert carl.patch(group, odd, {"op": "add", "path": "members", "value": [{"value": refs[1]}]}).status == 204
    assert sorted(DirectoryMembership.unscoped.values_list("person__ref", flat=True)) == sorted(refs[1:])


ONE = {"op": "replace", "path": "displayName", "value": "X"}


@pytest.mark.parametrize(
    ("to", "operations"),
    [
        ("person", [ONE] * 1_001),
        ("person", [{"op": "add", "path": "emails", "value": [{"value": "a@k.example"}] * 40}] * 20),
        ("group", [ONE] * 101),
        ("group", [ONE] * 1_001),
        ("group", [{"op": "remove", "path": 'members[value sw "q"]'}] * 1_000),
    ],
)
def test_a_change_that_would_keep_the_account_locked_is_refused(
    world: World, carl: Speaker, monkeypatch: pytest.MonkeyPatch, to: str, operations: list[dict[str, Any]]
) -> None:
    """Two thousand such operations held the account for minutes."""
    from sublet.portals.api.scim import deltas

    monkeypatch.setattr(deltas, "MOST_MEMBER_STEPS", 1)
    person = carl.add("ada@kitchen.example")
    path = f"/Users/{person}" if to == "person" else f"/Groups/{carl.group('Cooks', [person])}"
    answer = carl.patch(path, *operations)
    assert (answer.status, answer["scimType"]) == (400, "tooMany")


def test_a_group_of_many_loses_many_at_once() -> None:
    """Each by a filter of its own: looked at one by one this took minutes."""
    from scim2_models import PatchOp

    from sublet.portals.api.scim import deltas
    from sublet.portals.api.scim.described import PROVIDER, Group, GroupMember

    refs = [f"dpn_{number:014}" for number in range(300)]
    with PROVIDER:
        rows = [{"op": "remove", "path": f'members[value eq "{ref}"]'} for ref in refs]
        patch = PatchOp[Group].model_validate({"schemas": [PATCH], "Operations": rows})
        stored = Group(display_name="Cooks", members=[GroupMember(value=ref) for ref in [*refs, "dpn_left"]])
        deltas.change_group(patch, stored)
    assert [each.value for each in stored.members or ()] == ["dpn_left"]

"""A directory with many people: pages with a bound, and a request that costs the same however many there are."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.foundation.scope import platform_scope
from sublet.people.models import DirectoryGroup, DirectoryMembership, DirectoryPerson, RolePreset
from sublet.people.queries import directory
from tests.factories import AT
from tests.people import World
from tests.portals.scim.directory import USER, Speaker


def many(speaker: Speaker, group: str, numbers: range) -> None:
    """People whom the directory has named and put into a group before."""
    with platform_scope("test data"):
        into = DirectoryGroup.objects.get(ref=group)
        people = DirectoryPerson.objects.bulk_create(
            DirectoryPerson(
                account=speaker.account, user_key=f"p{number}@kitchen.example", email=f"p{number}@kitchen.example",
                document={"userName": f"p{number}@kitchen.example"}, created_at=AT, changed_at=AT,
            )
            for number in numbers
        )  # fmt: skip
        DirectoryMembership.objects.bulk_create(DirectoryMembership(group=into, person=person) for person in people)


def statements(speaker: Speaker, method: str, path: str, body: object = None) -> int:
    with CaptureQueriesContext(connection) as caught:
        answer = speaker.ask(method, path, body)
    assert answer.status < 300, answer.body
    return len(caught)


def test_a_request_takes_as_many_statements_among_sixty_as_among_ten(world: World, carl: Speaker) -> None:
    RolePreset.objects.create(key="editor", names={"en": "Editor"}, rights={"content": "manage"})
    group = carl.group("Editor", [carl.add("cleo@example.test")])
    costs = []
    for first, last in ((0, 10), (10, 60)):
        many(carl, group, range(first, last))
        new = f"new{last}@kitchen.example"
        added = statements(carl, "POST", "/Users", {"schemas": [USER], "userName": new})
        ref = DirectoryPerson.unscoped.get(email=new).ref
        schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
        join = {"op": "add", "path": "members", "value": [{"value": ref}]}
        leave = {"op": "remove", "path": f'members[value eq "{ref}"]'}
        pause = {"op": "replace", "path": "active", "value": False}
        costs.append(
            (
                added,
                statements(carl, "PATCH", f"/Groups/{group}", {"schemas": schemas, "Operations": [join]}),
                statements(carl, "PATCH", f"/Groups/{group}", {"schemas": schemas, "Operations": [leave]}),
                statements(carl, "PATCH", f"/Users/{ref}", {"schemas": schemas, "Operations": [pause]}),
                statements(carl, "GET", "/Users?count=200"),
                statements(carl, "GET", "/Groups?count=200"),
                statements(carl, "GET", "/Groups?count=200&excludedAttributes=members"),
                statements(carl, "GET", f"/Groups/{group}?excludedAttributes=members"),
            )
        )
    assert costs[0] == costs[1]
    assert costs[0][4:] == (6, 6, 5, 4)


def test_a_page_of_groups_ends_before_it_holds_too_many_members(
    world: World, carl: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "MOST_LISTED_MEMBERS", 5)
    for number, size in enumerate((2, 3, 0, 9, 1)):
        many(carl, carl.group(f"G{number}"), range(number * 100, number * 100 + size))

    def page(start: int, more: str = "") -> tuple[int, list[int]]:
        answer = carl.ask("GET", f"/Groups?startIndex={start}{more}")
        rows = answer["Resources"]
        assert (answer["totalResults"], answer["itemsPerPage"]) == (5, len(rows))
        return answer["startIndex"], [len(row.get("members", [])) for row in rows]

    assert page(1) == (1, [2, 3, 0])
    assert page(4) == (4, [9])  # one at least, and as a whole: SCIM cannot take a group apart
    assert page(5) == (5, [1])
    assert page(1, "&excludedAttributes=members") == (1, [0, 0, 0, 0, 0])
    assert page(1, "&attributes=displayName") == (1, [0, 0, 0, 0, 0])


def test_groups_are_found_by_any_of_their_members_and_each_once(world: World, carl: Speaker) -> None:
    group, empty = carl.group("Cooks"), carl.group("Waiters")
    many(carl, group, range(3))
    ref = DirectoryPerson.unscoped.order_by("id")[0].ref
    for asked, found in (
        (f'members.value eq "{ref}"', [group]),
        ('members.value sw "dpn_"', [group]),
        ("members pr", [group]),
        ("not (members pr)", [empty]),
        (f'not (members.value eq "{ref}")', [empty]),
        (f'members[value eq "{ref}"] or displayName eq "waiters"', [group, empty]),
    ):
        answer = carl.ask("GET", f"/Groups?filter={asked}")
        assert (answer["totalResults"], [row["id"] for row in answer.body.get("Resources", [])]) == (len(found), found)

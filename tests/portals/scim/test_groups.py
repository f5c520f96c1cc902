"""Groups of a directory stand for roles: membership gives their rights, within what the key can give."""

from __future__ import annotations

import pytest

from sublet.foundation.clock import now
from sublet.foundation.errors import CannotWhileImpersonating
from sublet.foundation.journal.models import JournalEntry
from sublet.people import operations
from sublet.people.models import Collaborator, DirectoryGroup, Invitation, RolePreset
from sublet.people.operations import CannotKeepDirectory
from tests.people import World
from tests.portals.scim.directory import GROUP, Speaker, make_speaker

EDITOR = {"product.content": "manage", "product.design": "view"}


@pytest.fixture(autouse=True)
def roles(world: World) -> None:
    """Two roles of the product, as its manifest declares them."""
    RolePreset.objects.bulk_create(
        [
            RolePreset(
                key="editor", names={"en": "Editor", "it": "Redattore"}, rights={"content": "manage", "design": "view"}
            ),
            RolePreset(key="analyst", names={"en": "Analyst"}, rights={"statistics": "view"}),
        ]
    )


def cleo(world: World) -> Collaborator:
    return Collaborator.unscoped.get(id=world.places["cleo"].id)


def told() -> list[str]:
    return [entry.event for entry in JournalEntry.unscoped.order_by("id")]


def test_a_group_called_like_a_role_gives_its_rights(world: World, carl: Speaker) -> None:
    ref = carl.add("cleo@example.test")
    group = carl.group("EDITOR")
    assert DirectoryGroup.unscoped.get().role == "editor"
    assert cleo(world).rights_words == {"product.content": "manage"}  # in no group: as it was ticked by hand
    answer = carl.patch(f"/Groups/{group}", {"op": "Add", "path": "members", "value": [{"value": ref}]})  # Entra
    assert (answer.status, answer.body, answer.headers["ETag"]) == (204, None, 'W/"2"')
    assert (cleo(world).rights_words, cleo(world).role) == (EDITOR, "editor")
    assert carl.ask("GET", f"/Users/{ref}")["groups"][0]["display"] == "EDITOR"
    entry = JournalEntry.unscoped.order_by("-id").first()
    assert entry is not None
    assert (entry.event, entry.via, entry.data) == (
        "directory.group_changed", "scim",
        {"group": group, "name": "EDITOR", "role": "editor", "joined": ["cleo@example.test"],
         "left": [], "rights_of": ["Cleo Costa"]},
    )  # fmt: skip


@pytest.mark.parametrize(
    "way_out",
    [
        {"op": "Remove", "path": "members", "value": [{"value": "REF"}]},  # Entra
        {"op": "remove", "path": 'members[value eq "REF"]'},  # Okta, the standard
        {"op": "replace", "path": "members", "value": []},
    ],
)
def test_who_leaves_the_last_group_has_its_rights_no_more(
    world: World, carl: Speaker, way_out: dict[str, object]
) -> None:
    import json

    ref = carl.add("cleo@example.test")
    group = carl.group("Editor", [ref])
    assert cleo(world).rights_words == EDITOR
    operation = json.loads(json.dumps(way_out).replace("REF", ref))
    assert carl.patch(f"/Groups/{group}", operation).status == 204
    assert cleo(world).rights_words == {}
    assert carl.ask("GET", f"/Groups/{group}").body.get("members") is None
    assert carl.patch(f"/Groups/{group}", operation).status == 204  # told again: nothing more
    assert told() == ["directory.person_added", "directory.group_added", "directory.group_changed"]


def test_several_groups_add_up_and_a_removed_one_takes_only_its_own(world: World, carl: Speaker) -> None:
    ref = carl.add("cleo@example.test")
    editor, analyst = carl.group("Editor", [ref]), carl.group("Analyst", [ref])
    assert cleo(world).rights_words == EDITOR | {"product.statistics": "view"}
    assert cleo(world).role == ""
    assert carl.ask("DELETE", f"/Groups/{editor}").status == 204
    assert (cleo(world).rights_words, cleo(world).role) == ({"product.statistics": "view"}, "analyst")
    assert carl.ask("GET", f"/Groups/{editor}").status == 404
    assert carl.ask("GET", "/Groups")["totalResults"] == 1
    assert carl.ask("GET", '/Groups?filter=displayName eq "analyst"&excludedAttributes=members').body["Resources"] == [
        {"schemas": [GROUP], "id": analyst, "displayName": "Analyst",
         "meta": carl.ask("GET", f"/Groups/{analyst}")["meta"]}
    ]  # fmt: skip


def test_a_key_gives_no_more_than_it_has_and_takes_no_more(world: World) -> None:
    """The key has content and team; design and statistics of the roles stay away, and Cleo keeps what is beyond it."""
    Collaborator.unscoped.filter(id=world.places["cleo"].id).update(
        rights_words={"journal": "view", "product.push": "manage", "product.content": "view"}
    )
    narrow = make_speaker(world, "carl", rights={"team": "manage", "product.content": "manage", "journal": "view"})
    ref = narrow.add("cleo@example.test")
    narrow.group("Editor", [ref])
    narrow.group("Everything", [ref])
    assert cleo(world).rights_words == {
        "journal": "view", "product.push": "manage", "product.content": "manage", "team": "manage",
    }  # fmt: skip


def test_what_the_reseller_keeps_no_directory_gives(world: World, carl: Speaker) -> None:
    with world.scope("rosa") as actor:
        operations.withdraw_section(
            section="product.content", level="none", client_refs=None, reason="", actor=actor, at=now()
        )
    ref = carl.add("cleo@example.test")
    carl.group("Editor", [ref])
    assert cleo(world).rights_words == {"product.design": "view"}


def test_membership_before_accepting_is_in_the_invitation(world: World, carl: Speaker) -> None:
    ref = carl.add("ada@kitchen.example")
    group = carl.group("Editor", [ref])
    assert (Invitation.unscoped.get().rights_words, Invitation.unscoped.get().role) == (EDITOR, "editor")
    carl.patch(f"/Users/{ref}", {"op": "replace", "path": "active", "value": False})
    carl.patch(f"/Users/{ref}", {"op": "replace", "path": "active", "value": True})
    assert Invitation.unscoped.get(revoked_at=None).rights_words == EDITOR
    carl.patch(f"/Groups/{group}", {"op": "remove", "path": "members"})
    assert Invitation.unscoped.get(revoked_at=None).rights_words == {}


def test_the_owner_has_everything_in_any_group(world: World, carl: Speaker) -> None:
    ref = carl.add("carl@example.test")
    before = Collaborator.unscoped.get(id=world.places["carl"].id).rights_words
    carl.group("Analyst", [ref])
    assert Collaborator.unscoped.get(id=world.places["carl"].id).rights_words == before


def test_a_person_on_the_team_chooses_what_a_group_stands_for(world: World, carl: Speaker) -> None:
    ref = carl.add("cleo@example.test")
    group = carl.group("SG-Rome-42", [ref])
    assert cleo(world).rights_words == {"product.content": "manage"}
    with world.scope("carl") as actor:
        operations.choose_group_role(group_ref=group, role="analyst", actor=actor, at=now())
        operations.choose_group_role(group_ref=group, role="analyst", actor=actor, at=now())  # the same: nothing
        with pytest.raises(CannotKeepDirectory) as refusal:
            operations.choose_group_role(group_ref=group, role="king", actor=actor, at=now())
    assert refusal.value.code == "unknown-role"
    assert cleo(world).rights_words == {"product.statistics": "view"}
    assert told()[2:] == ["directory.group_changed"]


def test_nobody_raises_people_beyond_its_own_rights_by_way_of_the_directory(world: World, carl: Speaker) -> None:
    """Cleo may manage the team only: the directory's key has more, and must not become her lever."""
    Collaborator.unscoped.filter(id=world.places["cleo"].id).update(rights_words={"team": "manage"})
    world.places["cleo"].refresh_from_db()
    group = carl.group("SG-Rome-42", [carl.add("cleo@example.test")])
    with world.scope("cleo") as actor:
        for role in ("editor", "everything"):
            with pytest.raises(CannotKeepDirectory) as refusal:
                operations.choose_group_role(group_ref=group, role=role, actor=actor, at=now())
            assert refusal.value.code == "beyond-own"
    assert cleo(world).rights_words == {"team": "manage"}


def test_a_key_is_made_in_person_and_nothing_is_heard_when_it_is_switched_off(world: World, carl: Speaker) -> None:
    from sublet.foundation.scope import actor_scope
    from sublet.people import queries

    entry = queries.actor_for_key(carl.secret, request_id="r", host=carl.host, at=now())
    assert entry is not None
    with actor_scope(entry.actor):
        with pytest.raises(CannotWhileImpersonating):
            operations.make_directory_key(actor=entry.actor, at=now())
    with world.scope("carl") as actor:
        operations.switch_directory(on=False, actor=actor, at=now())
        operations.switch_directory(on=False, actor=actor, at=now())
        made = operations.make_directory_key(name="Entra", actor=actor, at=now())
    assert carl.ask("GET", "/Users").status == 403
    with world.scope("carl") as actor:
        operations.switch_directory(on=True, actor=actor, at=now())
    assert Speaker(carl.account, carl.key, made.secret, carl.host).ask("GET", "/Users").status == 200
    assert told() == ["directory.switched_off", "api_key.created", "directory.switched_on"]


def test_names_of_groups_are_unique_and_members_known(world: World, carl: Speaker) -> None:
    group = carl.group("Cooks")
    other = carl.group("Waiters")
    assert carl.ask("POST", "/Groups", {"schemas": [GROUP], "displayName": "COOKS"}).status == 409
    renamed = carl.patch(f"/Groups/{other}", {"op": "replace", "value": {"displayName": "cooks"}})
    assert (renamed.status, renamed["scimType"]) == (409, "uniqueness")
    unknown = carl.patch(
        f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": "dpn_abcdefghjkmnpq"}]}
    )
    assert (unknown.status, unknown["scimType"]) == (400, "invalidValue")
    assert carl.ask("POST", "/Groups", {"schemas": [GROUP]}).status == 400

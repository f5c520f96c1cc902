"""Entries of a directory that get another address, and what is left of whoever had the place before: nothing."""

from __future__ import annotations

from typing import Any

import pytest

from sublet.foundation.clock import now
from sublet.foundation.journal.models import JournalEntry
from sublet.messaging.models import OutboxMail
from sublet.people import operations, queries
from sublet.people.models import ApiKey, Collaborator, DirectoryPerson, Invitation, RolePreset, User
from tests import factories
from tests.people import World
from tests.portals.scim.directory import USER, Answer, Speaker
from tests.portals.scim.test_people import ADA, accept, told


def accept_as(speaker: Speaker, email: str) -> Collaborator:
    """The directory names somebody, who accepts."""
    speaker.add(email)
    return accept(email)


def move(speaker: Speaker, ref: str, email: str, **more: Any) -> Answer:
    """The directory gives somebody another address."""
    return speaker.patch(f"/Users/{ref}", {"op": "replace", "value": {"emails": [{"value": email}], **more}})


def test_who_was_invited_and_is_on_the_team_under_the_new_address_is_kept(world: World, carl: Speaker) -> None:
    ref = carl.add(ADA)
    assert move(carl, ref, "cleo@example.test").status == 200
    row = DirectoryPerson.unscoped.get()
    assert (row.collaborator_id, Invitation.unscoped.get().revoked_at is None) == (world.places["cleo"].id, False)
    assert told(1) == ["invitation.revoked", "directory.person_changed"]
    carl.patch(f"/Users/{ref}", {"op": "replace", "path": "active", "value": False})
    assert Collaborator.unscoped.get(id=world.places["cleo"].id).ended_at is not None


def test_an_address_of_a_colleague_passes_the_entry_on_and_ends_the_place_before(world: World, carl: Speaker) -> None:
    """Whose access ended is told; whose entry it is now, is out with it. The roles of its groups are the colleague's."""
    place = accept_as(carl, ADA)
    ref = DirectoryPerson.unscoped.get().ref
    RolePreset.objects.create(key="editor", names={"en": "Editor"}, rights={"content": "manage", "design": "view"})
    carl.group("Editor", [ref])
    before = len(told())
    assert move(carl, ref, "Cleo@example.test").status == 200
    place.refresh_from_db()
    cleo = Collaborator.unscoped.get(id=world.places["cleo"].id)
    assert (place.ended_at is not None, cleo.ended_at) == (True, None)
    assert cleo.rights_words == {"product.content": "manage", "product.design": "view"}
    assert DirectoryPerson.unscoped.get().collaborator_id == cleo.id
    assert told(before) == ["collaborator.removed", "directory.person_changed"]
    mail = OutboxMail.unscoped.get(template="directory-moved")
    assert (mail.to_email, mail.account_id) == (ADA, world.carl.id)
    assert "cleo" not in mail.text.lower()
    assert carl.ask("DELETE", f"/Users/{ref}").status == 204
    cleo.refresh_from_db()
    assert cleo.ended_at is not None


def test_an_owners_entry_passes_to_nobody(world: World, carl: Speaker) -> None:
    answer = move(carl, carl.add("carl@example.test"), "cleo@example.test")
    assert (answer.status, answer["detail"][:30]) == (403, "Carl Conti owns this account. ")
    assert Collaborator.unscoped.get(id=world.places["carl"].id).ended_at is None


@pytest.mark.parametrize("email", ["nora@example.test", "nobody@example.test"])
def test_another_address_keeps_the_place_whether_or_not_it_is_known_elsewhere(
    world: World, carl: Speaker, email: str
) -> None:
    """Nora works for another account. The same comes of her address as of nobody's: else the two could be told apart."""
    ref = carl.add("cleo@example.test")
    assert move(carl, ref, email).status == 200
    assert DirectoryPerson.unscoped.get().collaborator_id == world.places["cleo"].id
    assert (Invitation.unscoped.count(), OutboxMail.unscoped.count(), told(1)) == (0, 0, ["directory.person_changed"])
    with world.scope("carl") as actor:  # whoever looks after the team is told, on the directory's page and by the API
        page = queries.directory_page(actor)
    assert [(each.person, each.log_in, each.directory) for each in page.other_addresses] == [
        ("Cleo Costa", "cleo@example.test", email)
    ]
    if email.startswith("nora"):  # Cleo's place is not Nora's, and Nora's is out with the entry
        factories.make_collaborator(world.carl, world.users["nora"])
        carl.patch(f"/Users/{ref}", {"op": "replace", "path": "active", "value": False})
        live = Collaborator.unscoped.filter(account=world.carl, ended_at=None)
        assert [each.user.email for each in live] == ["carl@example.test"]


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("has_place", [True, False])
def test_who_is_paused_does_not_come_back_by_an_invitation_to_the_other_address(
    world: World, carl: Speaker, has_place: bool, at_once: bool
) -> None:
    """Somebody has invited the new address by hand: the place ends with it, or the invitation to the address before."""
    ref = carl.add("cleo@example.test" if has_place else ADA)
    if not at_once:
        move(carl, ref, "new@example.test")
    if at_once or has_place:
        with world.scope("carl") as actor:
            operations.invite_collaborator(
                account_ref=world.carl.ref, email="new@example.test", rights={}, actor=actor, at=now()
            )
    before = len(told())
    if at_once:
        assert move(carl, ref, "new@example.test", active=False).status == 200
    else:
        carl.patch(f"/Users/{ref}", {"op": "replace", "path": "active", "value": False})
    assert not Invitation.unscoped.filter(revoked_at=None).exists()
    assert DirectoryPerson.unscoped.get().is_active is False
    ended = ["collaborator.removed"] if has_place else ["invitation.revoked"] if at_once else []
    assert told(before) == [*ended, "invitation.revoked"]


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("how", ["pause", "delete", "move"])
def test_an_invitation_to_the_leavers_own_address_ends_with_the_place_unless_another_entry_waits_for_it(
    world: World, carl: Speaker, how: str, named: bool
) -> None:
    """Cleo was invited at the address that became her log-in's later: the directory never heard of it."""
    ref, own = carl.add("cleo@example.test"), "cleo@new.example"
    if named:
        carl.add(own)
    else:
        with world.scope("carl") as actor:
            operations.invite_collaborator(account_ref=world.carl.ref, email=own, rights={}, actor=actor, at=now())
    User.objects.filter(email="cleo@example.test").update(email=own)
    before = len(told())
    if how == "pause":
        carl.patch(f"/Users/{ref}", {"op": "replace", "path": "active", "value": False})
    elif how == "delete":
        carl.ask("DELETE", f"/Users/{ref}")
    else:
        factories.make_collaborator(world.carl, world.users["nora"])
        move(carl, ref, "nora@example.test")
    assert Collaborator.unscoped.get(id=world.places["cleo"].id).ended_at is not None
    assert Invitation.unscoped.filter(revoked_at=None, email=own).exists() == named
    moved = ["directory.person_changed"] if how == "move" else []
    assert told(before) == ["collaborator.removed", *([] if named else ["invitation.revoked"]), *moved]


def test_an_invitation_of_a_colleague_stays_when_an_entry_gets_its_address_and_ends(
    world: World, carl: Speaker
) -> None:
    """Cleo has the address: what waits for her is hers."""
    with world.scope("carl") as actor:
        operations.invite_collaborator(account_ref=world.carl.ref, email=ADA, rights={}, actor=actor, at=now())
    User.objects.filter(email="cleo@example.test").update(email=ADA)
    ref = carl.add("new@example.test")
    assert move(carl, ref, ADA, active=False).status == 200
    assert Invitation.unscoped.get(revoked_at=None).email == ADA
    assert Collaborator.unscoped.get(id=world.places["cleo"].id).ended_at is None


@pytest.mark.parametrize("at_once", [True, False])
def test_an_address_changed_while_nobody_is_active_gives_no_place_back(
    world: World, carl: Speaker, at_once: bool
) -> None:
    """The entry of somebody who left is given to somebody new: who is invited, and does not get the place before."""
    ref = carl.add("cleo@example.test")
    carl.patch(f"/Users/{ref}", {"op": "replace", "path": "active", "value": False})
    if not at_once:
        move(carl, ref, ADA)
    assert move(carl, ref, ADA, active=True)["active"] is True
    assert Collaborator.unscoped.get(id=world.places["cleo"].id).ended_at is not None
    assert Invitation.unscoped.get(revoked_at=None).email == ADA


def test_two_entries_never_keep_one_place(world: World, carl: Speaker) -> None:
    """Cleo changed her own address: she is the first entry's still, and a second one for her is one too many."""
    carl.add("cleo@example.test")
    User.objects.filter(email="cleo@example.test").update(email="cleo@new.example")
    answer = carl.ask("POST", "/Users", {"schemas": [USER], "userName": "cleo@new.example"})
    assert (answer.status, answer["scimType"]) == (409, "uniqueness")
    other = carl.add(ADA)
    answer = move(carl, other, "cleo@new.example")
    assert (answer.status, answer["scimType"]) == (409, "uniqueness")
    assert DirectoryPerson.unscoped.get(ref=other).email == ADA


def test_an_entry_given_back_takes_no_place_of_another_entry(world: World, carl: Speaker) -> None:
    """Cleo left and came back under another address, with another entry: the first is not hers any more."""
    first = carl.add("cleo@example.test")
    carl.patch(f"/Users/{first}", {"op": "replace", "path": "active", "value": False})
    User.objects.filter(email="cleo@example.test").update(email="cleo@new.example")
    place = factories.make_collaborator(world.carl, world.users["cleo"])
    second = carl.add("cleo@new.example")
    answer = carl.patch(f"/Users/{first}", {"op": "replace", "path": "active", "value": True})
    assert (answer.status, answer["scimType"]) == (409, "uniqueness")
    assert DirectoryPerson.unscoped.get(collaborator=place).ref == second


def test_accepting_gives_no_place_to_a_second_entry(world: World, carl: Speaker) -> None:
    """Cleo, whom one entry keeps, takes the address at which another waits, and opens that link, too."""
    first, second = carl.add("cleo@example.test"), carl.add(ADA)
    User.objects.filter(email="cleo@example.test").update(email=ADA)
    assert accept(ADA, user_id=world.users["cleo"].id).id == world.places["cleo"].id
    assert DirectoryPerson.unscoped.get(collaborator=world.places["cleo"].id).ref == first
    assert DirectoryPerson.unscoped.get(ref=second).collaborator is None
    answer = carl.patch(f"/Users/{second}", {"op": "replace", "path": "displayName", "value": "Ada"})
    assert (answer.status, answer["displayName"]) == (200, "Ada")
    carl.ask("DELETE", f"/Users/{second}")
    assert Collaborator.unscoped.get(id=world.places["cleo"].id).ended_at is None


def test_the_keys_of_whoever_is_paused_end_with_the_place_and_stay_ended(world: World, carl: Speaker) -> None:
    """But for the key that speaks: the page says that somebody who is gone has made it."""
    cleo = world.places["cleo"]
    Collaborator.unscoped.filter(id=cleo.id).update(rights_words={"keys": "manage", "team": "view"})
    cleo.refresh_from_db()
    with world.scope("cleo") as actor:
        made = operations.create_key(name="Shop", rights={"team": "view"}, actor=actor, at=now())
    ApiKey.unscoped.filter(id=carl.key.id).update(created_by_id=cleo.user_id)
    hers = Speaker(carl.account, carl.key, made.secret, carl.host)
    assert hers.ask("GET", "/Users").status == 403  # let in, without the right
    ref = carl.add("cleo@example.test")
    carl.patch(f"/Users/{ref}", {"op": "replace", "path": "active", "value": False})
    assert hers.ask("GET", "/Users").status == 401
    entry = JournalEntry.unscoped.get(event="collaborator.removed")
    assert (entry.data["keys_revoked"], entry.via) == (1, "scim")
    with world.scope("carl") as actor:
        assert queries.directory_page(actor).keys_of_former == ("Directory",)
    assert carl.patch(f"/Users/{ref}", {"op": "replace", "path": "active", "value": True}).status == 200
    assert hers.ask("GET", "/Users").status == 401
    with world.scope("carl") as actor:
        assert queries.directory_page(actor).keys_of_former == ()

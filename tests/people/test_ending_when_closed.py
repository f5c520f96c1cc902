"""Keys of a closed account end access and do nothing else: its directory takes out who must go before the account is opened again."""

from __future__ import annotations

import pytest

from sublet.accounts.models import Account
from sublet.accounts.operations.lifecycle import close_account, reopen_account, suspend_account
from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import WebhookEndpoint
from sublet.people.models import ApiKey, Collaborator, Directory, DirectoryPerson, Invitation
from tests.people import World
from tests.portals.api.caller import make_caller
from tests.portals.scim.directory import USER, Speaker, make_speaker

pytestmark = pytest.mark.django_db
OUT = {"op": "replace", "path": "active", "value": False}
BACK = {"op": "replace", "path": "active", "value": True}
CLOSED_WORDS = "The account of this key is closed. Until it is open again, access can be ended and nothing else done."


def close(world: World) -> None:
    with world.scope("rosa") as rosa:
        close_account(ref=world.carl.ref, reason="Moved away", actor=rosa, at=now())


def cleo_is_out(world: World) -> bool:
    return Collaborator.unscoped.get(id=world.places["cleo"].id).ended_at is not None


@pytest.fixture
def directory(world: World) -> Speaker:
    return make_speaker(world, "carl")


@pytest.fixture
def cleo(world: World, directory: Speaker) -> str:
    """Cleo as Carl's directory names her."""
    return directory.add("cleo@example.test")


def test_its_directory_finds_people_and_takes_them_out(world: World, directory: Speaker, cleo: str) -> None:
    close(world)
    found = directory.ask("GET", '/Users?filter=userName eq "cleo@example.test"')
    assert (found.status, [each["id"] for each in found["Resources"]]) == (200, [cleo])
    assert (directory.patch(f"/Users/{cleo}", OUT).status, cleo_is_out(world)) == (200, True)
    assert directory.ask("DELETE", f"/Users/{cleo}").status == 204
    with world.scope("rosa") as rosa:
        reopen_account(ref=world.carl.ref, actor=rosa, at=now())
    assert cleo_is_out(world)


def test_its_directory_lets_nobody_in_and_changes_nothing(world: World, directory: Speaker, cleo: str) -> None:
    group = directory.group("Desk", [cleo])
    close(world)
    before = list(DirectoryPerson.unscoped.values_list("user_key", "is_active", "version"))
    rename = {"op": "replace", "path": "displayName", "value": "Other"}
    told = [
        directory.ask("POST", "/Users", {"schemas": [USER], "userName": "new@example.test", "active": True}),
        directory.patch(f"/Users/{cleo}", rename),
        directory.ask("POST", "/Groups", {"schemas": ["x"], "displayName": "More"}),
        directory.patch(f"/Groups/{group}", {"op": "remove", "path": "members"}),
        directory.ask("DELETE", f"/Groups/{group}"),
    ]
    assert [(each.status, each["detail"]) for each in (told[0], told[1], *told[3:])] == [(403, CLOSED_WORDS)] * 4
    assert told[2].status in {400, 403}
    assert list(DirectoryPerson.unscoped.values_list("user_key", "is_active", "version")) == before
    directory.patch(f"/Users/{cleo}", OUT)
    assert directory.patch(f"/Users/{cleo}", BACK).status == 403
    assert cleo_is_out(world)
    # The positive control: with the account open it is all done.
    with world.scope("rosa") as rosa:
        reopen_account(ref=world.carl.ref, actor=rosa, at=now())
    assert directory.patch(f"/Users/{cleo}", BACK).status == 200
    assert not cleo_is_out(world)


def test_what_the_directory_did_is_written_down(world: World, directory: Speaker, cleo: str) -> None:
    close(world)
    directory.patch(f"/Users/{cleo}", {"op": "replace", "path": "displayName", "value": "Other"})
    kept = Directory.unscoped.get(account=world.carl)
    assert kept.refusal == CLOSED_WORDS


def test_a_key_ends_access_by_the_api_and_neither_reads_nor_begins(world: World) -> None:
    carl = make_caller(world, "carl")
    hook = carl.post("/webhooks", {"name": "Books", "url": "https://a.example/"})["ref"]
    other = carl.post("/keys", {"name": "Other", "rights": {"team": "view"}})["ref"]
    team = f"/accounts/{world.carl.ref}"
    letter = carl.post(f"{team}/invitations", {"email": "new@example.test", "rights": {}})["ref"]
    close(world)
    begins = [
        carl.get("/account"),
        carl.get("/keys"),
        carl.get(f"{team}/collaborators"),
        carl.post("/keys", {"name": "More", "rights": {}}),
        carl.post("/webhooks", {"name": "B", "url": "https://a.example/"}),
        carl.patch(f"/webhooks/{hook}", {"name": "Other"}),
        carl.patch(f"/webhooks/{hook}", {"on": True, "url": "https://b.example/"}),
        carl.post(f"{team}/invitations", {"email": "x@example.test", "rights": {}}),
    ]
    assert {(each.status, each.code) for each in begins} == {(403, "account-closed")}
    cleo = world.places["cleo"].ref
    gone = carl.post(f"{team}/collaborators/{cleo}/remove", {})
    assert (gone.status, gone.body) == (204, None)
    assert carl.delete(f"{team}/invitations/{letter}").status == 204
    assert carl.delete(f"/keys/{other}").status == 204
    assert carl.patch(f"/webhooks/{hook}", {"on": False})["state"] == "off"
    assert carl.delete(f"/webhooks/{hook}").status == 204
    assert cleo_is_out(world)
    assert Invitation.unscoped.get(ref=letter).revoked_at is not None
    assert ApiKey.unscoped.get(ref=other).revoked_at is not None
    assert not WebhookEndpoint.unscoped.exists()


def test_a_key_without_the_right_is_told_that_the_account_is_closed(world: World) -> None:
    weak = make_caller(world, "carl", rights={"settings": "manage", "team": "view"})
    close(world)
    cleo = f"/accounts/{world.carl.ref}/collaborators/{world.places['cleo'].ref}/remove"
    assert weak.post(cleo, {}).code == "account-closed"
    assert make_speaker(world, "carl", rights={"team": "view"}).ask("GET", "/Users")["detail"] == CLOSED_WORDS
    assert not cleo_is_out(world)


def test_no_key_reaches_another_account_that_way(world: World) -> None:
    """A closed reseller's key has nothing of its clients; a closed client's nothing of its neighbors."""
    carl = make_caller(world, "carl")
    close(world)
    for account, place in ((world.rosa, "rico"), (world.dora, "dora")):
        told = carl.post(f"/accounts/{account.ref}/collaborators/{world.places[place].ref}/remove", {})
        assert told.status in {403, 404}
        assert Collaborator.unscoped.get(id=world.places[place].id).ended_at is None
    rosa = make_caller(world, "rosa")
    with platform_scope("test"):
        Account.objects.filter(id=world.rosa.id).update(state="closed", state_before_close="active")
        Account.objects.filter(id=world.carl.id).update(state="active", state_before_close="", gone_at=None)
    assert rosa.post(f"/accounts/{world.carl.ref}/collaborators/{world.places['cleo'].ref}/remove", {}).status == 403
    assert not cleo_is_out(world)


def test_in_a_suspended_account_nothing_moves(world: World, directory: Speaker, cleo: str) -> None:
    """It is also suspended because somebody has its keys."""
    with world.scope("rosa") as rosa:
        suspend_account(ref=world.carl.ref, reason="Stolen keys", actor=rosa, at=now())
    assert directory.patch(f"/Users/{cleo}", OUT).status == 403
    remove = f"/accounts/{world.carl.ref}/collaborators/{world.places['cleo'].ref}/remove"
    assert make_caller(world, "carl").post(remove, {}).code == "account-suspended"
    assert not cleo_is_out(world)

"""The directory by the API: the same as on its page."""

from __future__ import annotations

from collections.abc import Callable

from sublet.people.models import ApiKey, Directory, User
from tests.people import World
from tests.portals.api.caller import Caller
from tests.portals.scim.directory import make_speaker


def test_the_directory_is_switched_and_its_groups_get_roles(world: World, call: Callable[..., Caller]) -> None:
    carl, off = call("carl"), {"state": "off", "heard_at": None, "changed_at": None, "refused_at": None, "refusal": ""}
    assert carl.get("/account/directory").body == off | {
        "people": 0,
        "paused": 0,
        "groups": [],
        "other_addresses": [],
        "without_mail": False,
        "domains_without_mail": [],
        "keys_of_former": [],
    }
    early = carl.patch("/account/directory/mail", {"without_mail": True})
    assert (early.status, early.code) == (409, "cannot_keep_directory.off")
    assert carl.patch("/account/directory", {"on": True})["state"] == "waiting"
    assert carl.patch("/account/directory/mail", {"without_mail": True})["without_mail"]
    assert not carl.patch("/account/directory/mail", {"without_mail": False})["without_mail"]
    speaker = make_speaker(world, "carl")
    group = speaker.group("SG-Rome-42", [speaker.add("cleo@example.test")])
    changed = carl.patch(f"/account/directory/groups/{group}", {"role": "everything"})
    assert changed["groups"] == [{"ref": group, "name": "SG-Rome-42", "role": "everything", "members": 1}]
    assert (changed["state"], changed["people"]) == ("on", 1)
    User.objects.filter(id=world.users["cleo"].id).update(email="cleo@home.example")
    ApiKey.unscoped.filter(id=speaker.key.id).update(created_by_id=world.users["nora"].id)
    told = carl.get("/account/directory")
    assert told["keys_of_former"] == ["Directory"]
    assert told["other_addresses"] == [
        {"person": "Cleo Costa", "log_in": "cleo@home.example", "directory": "cleo@example.test"}
    ]
    assert (
        carl.patch(f"/account/directory/groups/{group}", {"role": "king"}).code == "cannot_keep_directory.unknown-role"
    )
    narrow = call("carl", rights={"team": "manage"})
    refused = narrow.patch(f"/account/directory/groups/{group}", {"role": ""})
    assert (refused.status, refused.code) == (409, "cannot_keep_directory.beyond-own")
    assert call("nora").patch(f"/account/directory/groups/{group}", {"role": ""}).status == 404
    assert call("carl", rights={"team": "view"}).patch("/account/directory", {"on": False}).status == 403
    assert Directory.unscoped.get(account=world.carl).is_on

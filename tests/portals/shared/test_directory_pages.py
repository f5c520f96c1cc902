"""The page of a team's directory: who sees it, what it switches, the key shown once, and the roles of groups."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from sublet.foundation.clock import now
from sublet.people.models import ApiKey, Collaborator, Directory, DirectoryGroup, RolePreset, User
from tests.people import World
from tests.portals.scim.directory import make_speaker

MAIN = "sublet.config.urls_main"


def at(name: str, *args: str) -> str:
    return reverse(name, urlconf=MAIN, args=args)


def words(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    ("who", "name", "account"),
    [
        ("carl", "client", "carl"),
        ("dora", "client", "dora"),
        ("rosa", "reseller", "rosa"),
        ("vera", "vendor", "vendor"),
    ],
)
def test_every_portal_has_its_directory(world: World, who: str, name: str, account: str) -> None:
    """Off, switched on, a key made – and the directory can speak."""
    ref = getattr(world, account).ref
    browser, url = world.browser(who), at(f"{name}-directory", ref)
    assert url in words(browser, at(f"{name}-team", ref))
    assert "The directory is switched off" in words(browser, url)
    assert browser.post(at(f"{name}-directory-switch", ref), {"on": "1"}).status_code == 302
    page = words(browser, url)
    assert f"http://{world.hosts[who]}/scim/v2" in page
    assert "Nothing has been heard of your directory yet" in page
    made = browser.post(at(f"{name}-directory-key", ref), {"once": "a"}).content.decode()
    secret = made.split('value="sk_')[1].split('"')[0]
    assert browser.post(at(f"{name}-directory-key", ref), {"once": "a"}).status_code == 302  # sent twice: one key
    assert ApiKey.unscoped.filter(account=getattr(world, account)).count() == 1
    asked = Client(headers={"host": world.hosts[who], "authorization": f"Bearer sk_{secret}"}).get("/scim/v2/Users")
    assert asked.status_code == 200
    assert "At work" in words(browser, url)


def test_who_only_looks_changes_nothing(world: World) -> None:
    Collaborator.unscoped.filter(id=world.places["cleo"].id).update(rights_words={"team": "view"})
    cleo = world.browser("cleo")
    page = words(cleo, at("client-directory", world.carl.ref))
    assert "Somebody who manages the team can switch it on." in page
    assert "Switch on" not in page
    for name, args in (("switch", ()), ("key", ()), ("role", ("dgr_abcdefghjkmnpq",))):
        assert cleo.post(at(f"client-directory-{name}", world.carl.ref, *args)).status_code == 403
    assert not Directory.unscoped.exists()


def test_the_page_says_what_was_refused_and_what_a_group_gives(world: World) -> None:
    RolePreset.objects.create(key="editor", names={"en": "Editor"}, rights={"content": "manage"})
    carl = make_speaker(world, "carl")
    ref = carl.add("carl@example.test")
    carl.ask("DELETE", f"/Users/{ref}")
    group = carl.group("SG-Rome-42", [carl.add("cleo@example.test")])
    browser, url = world.browser("carl"), at("client-directory", world.carl.ref)
    Directory.unscoped.update(changed_at=None)
    page = words(browser, url)
    assert "The last request was refused" in page
    assert "Carl Conti owns this account." in page
    assert "SG-Rome-42" in page
    assert "1 person" in page
    role = at("client-directory-role", world.carl.ref, group)
    assert browser.post(role, {"role": "editor"}).status_code == 302
    assert DirectoryGroup.unscoped.get().role == "editor"
    refused = browser.post(role, {"role": "king"})
    assert (refused.status_code, "There is no such role." in refused.content.decode()) == (409, True)
    team = words(browser, at("client-team", world.carl.ref))
    assert team.count("<span>Directory</span></span>") == 2  # Carl and Cleo
    person = words(browser, at("client-team-person", world.carl.ref, world.places["cleo"].ref))
    assert "This person comes from the company’s directory." in person


def test_another_accounts_group_is_not_there(world: World) -> None:
    nora = make_speaker(world, "nora")
    group = nora.group("Bakers")
    assert (
        world.browser("carl").post(at("client-directory-role", world.carl.ref, group), {"role": ""}).status_code == 404
    )


def test_a_visit_sees_the_directory_and_changes_nothing(world: World) -> None:
    from tests.portals.shared.test_refused_in_visits import visit

    there, prefix = visit(world, "reseller")
    path = f"{prefix}/client/{world.carl.ref}/team/directory/"
    assert there.get(path).status_code == 200
    assert there.post(path + "switch/", {"on": "1"}).status_code == 403
    assert not Directory.unscoped.filter(switched_at__lte=now()).exists()


def test_the_page_tells_of_other_addresses_and_of_keys_whose_makers_are_gone(world: World) -> None:
    carl = make_speaker(world, "carl")
    for name in ("cleo", "carl"):
        carl.add(f"{name}@example.test")
    url = at("client-directory", world.carl.ref)
    page = words(world.browser("carl"), url)
    assert "Other addresses" not in page
    assert "not on the team any more" not in page
    User.objects.filter(id=world.users["cleo"].id).update(email="cleo@home.example")
    ApiKey.unscoped.filter(id=carl.key.id).update(created_by_id=world.users["nora"].id)
    page = words(world.browser("carl"), url)
    assert "A key was made by somebody who is not on the team any more" in page
    assert "make a new secret for: Directory." in page
    for line in ("Logs in as cleo@home.example", "In the directory cleo@example.test"):
        assert line in page
    assert "carl@example.test" not in page.partition("Other addresses")[2].partition("Groups")[0]

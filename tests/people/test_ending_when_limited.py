"""A reseller that can only read and pay ends access all the same: nobody who must go stays because an invoice is open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from sublet.accounts.models import Account
from sublet.foundation.actor import Actor
from sublet.foundation.clock import now
from sublet.foundation.errors import Forbidden
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.messaging import webhook_operations as webhooks
from sublet.messaging.models import WebhookEndpoint
from sublet.people import operations, queries
from sublet.people.models import ApiKey, Collaborator, Invitation
from sublet.people.operations import keys
from tests.people import AT, ROSA_HOST, World
from tests.portals.api.caller import Caller, make_caller
from tests.portals.scim.directory import USER, make_speaker

pytestmark = pytest.mark.django_db
HOOKS = "/reseller/{0}/webhooks/{1}/"


@pytest.fixture
def limited(world: World) -> World:
    """Rosa's account does not pay. Before that it has made a webhook, a key with two secrets, and an invitation."""
    with world.scope("rosa") as rosa:
        webhooks.create_webhook(name="Books", url="https://a.example/", actor=rosa, at=AT)
        made = keys.create_key(name="Site", rights={"clients": "view"}, actor=rosa, at=AT)
        keys.rotate_key(key_ref=made.ref, overlap=timedelta(days=7), actor=rosa, at=now())
        operations.invite_collaborator(
            account_ref=world.rosa.ref, email="new@example.test", rights={"clients": "view"}, actor=rosa, at=now()
        )
    limit(world)
    return world


def limit(world: World) -> None:
    with platform_scope("test"):
        Account.objects.filter(id=world.rosa.id).update(read_only_since=AT)


def acting(world: World, person: str) -> Actor:
    with platform_scope("test"):
        entry = queries.enter(
            user_id=world.users[person].id, account_ref=world.rosa.ref, host=ROSA_HOST, request_id="", at=now()
        )
    assert entry is not None
    return entry.actor


def hook() -> WebhookEndpoint:
    return WebhookEndpoint.unscoped.get()


def key() -> ApiKey:
    return ApiKey.unscoped.get(name="Site")


def ends(world: World) -> list[Callable[[Actor], object]]:
    """Each thing that is an end, in an order in which all can be done."""
    rico, letter = world.places["rico"].ref, Invitation.unscoped.get(email="new@example.test").ref
    return [
        lambda who: webhooks.switch_webhook(webhook_ref=hook().ref, on=False, actor=who, at=now()),
        lambda who: webhooks.remove_webhook(webhook_ref=hook().ref, actor=who, at=now()),
        lambda who: keys.end_old_secret(key_ref=key().ref, actor=who, at=now()),
        lambda who: keys.revoke_key(key_ref=key().ref, actor=who, at=now()),
        lambda who: operations.revoke_invitation(
            account_ref=world.rosa.ref, invitation_ref=letter, actor=who, at=now()
        ),
        lambda who: operations.remove_collaborator(
            account_ref=world.rosa.ref, collaborator_ref=rico, revoke_keys=True, actor=who, at=now()
        ),
    ]


def begins(world: World) -> list[Callable[[Actor], object]]:
    """What opens or changes something."""
    made = {"url": "https://b.example/", "groups": ()}
    return [
        lambda who: webhooks.create_webhook(name="More", **made, actor=who, at=now()),  # type: ignore[arg-type]  # as above
        lambda who: webhooks.change_webhook(webhook_ref=hook().ref, name="B", **made, actor=who, at=now()),  # type: ignore[arg-type]
        lambda who: webhooks.switch_webhook(webhook_ref=hook().ref, on=True, actor=who, at=now()),
        lambda who: webhooks.rotate_webhook_secret(webhook_ref=hook().ref, overlap=timedelta(), actor=who, at=now()),
        lambda who: keys.create_key(name="More", rights={"clients": "view"}, actor=who, at=now()),
        lambda who: keys.rotate_key(key_ref=key().ref, overlap=timedelta(), actor=who, at=now()),
        lambda who: operations.invite_collaborator(
            account_ref=world.rosa.ref, email="x@example.test", rights={}, actor=who, at=now()
        ),
        lambda who: operations.change_rights(
            account_ref=world.rosa.ref, collaborator_ref=world.places["rico"].ref, rights={}, actor=who, at=now()
        ),
    ]


def test_its_owner_ends_access_and_opens_none(limited: World) -> None:
    rosa = acting(limited, "rosa")
    with actor_scope(rosa):
        for act in begins(limited):
            with pytest.raises(Forbidden):
                act(rosa)
        for act in ends(limited):
            act(rosa)
    assert not WebhookEndpoint.unscoped.exists()
    assert key().revoked_at is not None
    assert Collaborator.unscoped.get(id=limited.places["rico"].id).ended_at is not None
    assert Invitation.unscoped.get(email="new@example.test").revoked_at is not None


def test_whoever_could_not_before_cannot_now(limited: World) -> None:
    """Ruth of Rosa's staff manages neither keys nor team; nor is a place below ended that way."""
    ruth, rosa = acting(limited, "ruth"), acting(limited, "rosa")
    with actor_scope(ruth):
        for act in ends(limited):
            with pytest.raises(Forbidden):
                act(ruth)
    with actor_scope(rosa), pytest.raises(Forbidden):
        operations.remove_collaborator(
            account_ref=limited.carl.ref, collaborator_ref=limited.places["cleo"].ref, actor=rosa, at=now()
        )


def test_a_job_has_of_it_what_whoever_began_it_had(limited: World) -> None:
    rosa = acting(limited, "rosa")
    again = Actor.from_job(rosa.for_job())
    assert (again.may_end("team:manage"), again.may("team:manage")) == (True, False)
    old = rosa.for_job()
    del old["ends"]  # put there before there was such a thing
    assert Actor.from_job(old).may_end("team:manage") is False


def test_pages_offer_the_end_and_nothing_else(limited: World) -> None:
    browser = limited.browser("rosa")
    page = browser.get(HOOKS.format(limited.rosa.ref, hook().ref)).content.decode()
    assert ("Switch off" in page, "Make a new secret" in page, "Send a test" in page) == (True, False, False)
    page = browser.get(f"/reseller/{limited.rosa.ref}/keys/{key().ref}/").content.decode()
    assert ("Revoke" in page, "End the old secret now" in page, "From where it works" in page) == (True, True, False)
    switch = HOOKS.format(limited.rosa.ref, hook().ref) + "switch/"
    assert browser.post(switch).status_code == 302
    assert hook().is_on is False
    assert browser.post(switch, {"on": "1"}).status_code != 200
    assert hook().is_on is False
    assert browser.post(f"/reseller/{limited.rosa.ref}/keys/{key().ref}/revoke/").status_code == 302
    assert browser.post(f"/reseller/{limited.rosa.ref}/team/{limited.places['rico'].ref}/remove/").status_code == 302
    assert browser.post(HOOKS.format(limited.rosa.ref, hook().ref) + "remove/").status_code == 302
    assert not WebhookEndpoint.unscoped.exists()


def test_keys_end_access_by_the_api_and_make_none(world: World) -> None:
    caller: Caller = make_caller(world, "rosa")
    made = caller.post("/webhooks", {"name": "Books", "url": "https://a.example/"})
    limit(world)
    hooks = f"/webhooks/{made['ref']}"
    assert caller.patch(hooks, {"on": False})["state"] == "off"
    assert caller.patch(hooks, {"on": True}).status == 403
    assert caller.patch(hooks, {"name": "Other"}).status == 403
    assert caller.post("/webhooks", {"name": "B", "url": "https://a.example/"}).status == 403
    assert caller.delete(hooks).status == 204
    rico = f"/accounts/{world.rosa.ref}/collaborators/{world.places['rico'].ref}/remove"
    assert caller.post(rico, {}).status == 204
    assert Collaborator.unscoped.get(id=world.places["rico"].id).ended_at is not None


def test_its_directory_takes_people_out_and_lets_nobody_in(world: World) -> None:
    directory = make_speaker(world, "rosa")
    rico = {"schemas": [USER], "userName": "rico@example.test", "active": True}
    ref = directory.ask("POST", "/Users", rico).body["id"]
    limit(world)
    assert directory.ask("POST", "/Users", rico | {"userName": "new@example.test"}).status == 403
    renamed = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}
    change = {"op": "replace", "path": "displayName", "value": "Other"}
    assert directory.ask("PATCH", f"/Users/{ref}", renamed | {"Operations": [change]}).status == 403
    out = {"op": "replace", "path": "active", "value": False}
    assert directory.ask("PATCH", f"/Users/{ref}", renamed | {"Operations": [out]}).status == 200
    assert Collaborator.unscoped.get(id=world.places["rico"].id).ended_at is not None
    back = {"op": "replace", "path": "active", "value": True}
    assert directory.ask("PATCH", f"/Users/{ref}", renamed | {"Operations": [back]}).status == 403
    assert directory.ask("DELETE", f"/Users/{ref}").status == 204

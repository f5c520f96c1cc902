"""Log-ins made, changed and locked by the installation itself."""

from __future__ import annotations

import pytest

from sublet.foundation.actor import Actor, platform_actor
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.people import operations, queries
from sublet.people.models import User
from tests.people import AT, ROSA_HOST, World

GOOD = "seven quiet harbors"


def installation(world: World) -> Actor:
    return platform_actor(
        name="Command line",
        account_id=world.vendor.id,
        account_ref=world.vendor.ref,
        account_name=world.vendor.name,
        via="cli",
    )


def test_a_person_is_made_with_or_without_a_password(world: World) -> None:
    actor = installation(world)
    with platform_scope("test"):
        one = operations.create_user(
            email=" One@New.TEST", name="One", password=GOOD, language="it", actor=actor, at=AT
        )
        two = operations.create_user(email="two@new.test", name="", actor=actor, at=AT)
    assert (one.email, one.language, one.check_password(GOOD)) == ("one@new.test", "it", True)
    assert not two.has_usable_password()
    assert list(JournalEntry.unscoped.values_list("event", "account_id")) == [("person.created", world.vendor.id)] * 2


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"email": "nobody"}, "not-an-address"),
        ({"email": "ROSA@example.test"}, "taken"),
        ({"language": "xx"}, "language"),
    ],
)
def test_what_cannot_be_made_is_refused(world: World, values: dict[str, str], code: str) -> None:
    before = User.objects.count()
    with platform_scope("test"), pytest.raises(operations.CannotCreateUser) as refusal:
        operations.create_user(**{"email": "new@new.test", "name": "New", **values}, actor=installation(world), at=AT)
    assert (refusal.value.code, User.objects.count()) == (code, before)


def test_a_password_set_from_outside_ends_every_log_in(world: World) -> None:
    browser = world.browser("rosa")
    assert browser.get("/me/").status_code == 200
    with platform_scope("test"):
        operations.set_password(email="rosa@example.test", password=GOOD, actor=installation(world), at=AT)
        with pytest.raises(operations.CannotUsePassword):
            operations.set_password(email="rosa@example.test", password="12345", actor=installation(world), at=AT)
        with pytest.raises(NotFound):
            operations.set_password(email="nobody@example.test", password=GOOD, actor=installation(world), at=AT)
    assert User.objects.get(email="rosa@example.test").check_password(GOOD)
    assert browser.get("/me/").status_code == 302


def test_a_person_locked_out_is_out_at_once_and_comes_back(world: World) -> None:
    browser = world.browser("rosa")
    with platform_scope("test"):
        assert operations.disable_user(email="rosa@example.test", actor=installation(world), at=AT)
        assert not operations.disable_user(email="rosa@example.test", actor=installation(world), at=AT)
    assert browser.get("/me/").status_code == 302
    assert (
        queries.enter(user_id=world.users["rosa"].id, account_ref=world.rosa.ref, host=ROSA_HOST, request_id="r", at=AT)
        is None
    )
    with platform_scope("test"):
        assert operations.enable_user(email="rosa@example.test", actor=installation(world), at=AT)
        assert not operations.enable_user(email="rosa@example.test", actor=installation(world), at=AT)
    assert User.objects.get(email="rosa@example.test").is_active


@pytest.mark.parametrize("by", ["vera", "rosa", "carl"])
def test_no_person_does_that_from_a_page(world: World, by: str) -> None:
    with world.scope(by) as actor:
        for act in (
            lambda: operations.create_user(email="x@y.test", name="", actor=actor, at=AT),
            lambda: operations.set_password(email="remo@example.test", password=GOOD, actor=actor, at=AT),
            lambda: operations.disable_user(email="remo@example.test", actor=actor, at=AT),
            lambda: operations.enable_user(email="remo@example.test", actor=actor, at=AT),
        ):
            with pytest.raises(Forbidden):
                act()
    assert User.objects.get(email="remo@example.test").is_active

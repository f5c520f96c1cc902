"""Accepting an invitation."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from sublet.accounts.models import Account
from sublet.foundation.clock import now
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.people import operations
from sublet.people.models import Collaborator, Invitation, Reach, User
from sublet.people.operations import CannotAcceptInvitation, new_token
from sublet.people.queries import hash_token
from tests import factories
from tests.people import CARL_HOST, PASSWORD, REMO_HOST, ROSA_HOST, VENDOR_HOST, World, make_world
from tests.portals.public.mailbox import link_in, mails

NEW = "seven green bottles"
GONE = "This invitation cannot be used any more"


def invite(world: World, email: str, *, by: str = "carl", account: Account | None = None, **fields: Any) -> str:
    """An open invitation, and the path of its link."""
    token = new_token()
    values: dict[str, Any] = {
        "host": CARL_HOST,
        "language": "en",
        "rights_words": {"product.content": "manage"},
        "invited_by_name": world.users[by].name,
        "inviter": world.places[by],
        **fields,
    }
    with platform_scope("test data"):
        Invitation(
            account=account or world.carl,
            email=email,
            token_hash=hash_token(token),
            created_at=now(),
            expires_at=now() + timedelta(days=7),
            **values,
        ).save()
    return f"/invitation/{token}/"


def places(world: World, email: str) -> list[Collaborator]:
    return list(Collaborator.unscoped.filter(user__email=email, ended_at__isnull=True))


def test_new_person_gets_a_name_a_password_and_the_place(world: World) -> None:
    path = invite(world, "pia@new.example", name="Pia", language="it")
    browser = world.stranger(CARL_HOST)
    page = browser.get(path)
    assert page.status_code == 200
    assert page["Content-Language"] == "it"
    text = page.content.decode()
    assert "Carl’s Kitchen" in text
    assert "Carl Conti" in text
    assert "pia@new.example" in text
    assert 'value="Pia"' in text

    response = browser.post(path, {"name": "Pia Pini", "password": NEW})

    assert (response.status_code, response["Location"]) == (302, f"/client/{world.carl.ref}/")
    assert browser.get("/me/").status_code == 200
    person = User.objects.get(email="pia@new.example")
    assert (person.name, person.language, person.check_password(NEW)) == ("Pia Pini", "it", True)
    (place,) = places(world, "pia@new.example")
    assert (place.account_id, place.is_owner, place.rights_words) == (
        world.carl.id,
        False,
        {"product.content": "manage"},
    )
    (entry,) = JournalEntry.unscoped.all()
    assert (entry.event, entry.account_id, entry.parent_id) == ("invitation.accepted", world.carl.id, world.rosa.id)
    assert (entry.actor_user_id, entry.actor_name, entry.host) == (person.id, "Pia Pini", CARL_HOST)


def test_language_chosen_on_the_page_wins(world: World) -> None:
    path = invite(world, "pia@new.example", language="it")
    browser = world.stranger(CARL_HOST)
    browser.post("/language/", {"language": "nl", "next": path})

    browser.post(path, {"name": "Pia", "password": NEW})

    assert User.objects.get(email="pia@new.example").language == "nl"


def test_password_and_name_are_checked_at_their_fields(world: World) -> None:
    path = invite(world, "pia@new.example")

    for values, field in (
        ({"name": "", "password": NEW}, "id_name_error"),
        ({"name": "Pia", "password": ""}, "id_password_error"),
        ({"name": "Pia", "password": "short"}, "id_password_error"),
        ({"name": "Pia", "password": "password1234"}, "id_password_error"),
        ({"name": "Pia", "password": "pia@new.example"}, "id_password_error"),
        ({"name": "x" * 201, "password": NEW}, "id_name_error"),
        ({"name": "\x00", "password": NEW}, "id_name_error"),
    ):
        response = world.stranger(CARL_HOST).post(path, values)
        assert response.status_code == 422
        assert f'id="{field}"' in response.content.decode()
    assert not User.objects.filter(email="pia@new.example").exists()
    assert Invitation.unscoped.get().accepted_at is None


def test_known_person_accepts_by_a_button(world: World) -> None:
    path = invite(world, "nora@example.test")
    browser = world.browser("nora", CARL_HOST)
    assert "Accept" in browser.get(path).content.decode()
    assert places(world, "nora@example.test") == [world.places["nora"]]

    response = browser.post(path)

    assert response["Location"] == f"/client/{world.carl.ref}/"
    assert len(places(world, "nora@example.test")) == 2
    assert User.objects.get(email="nora@example.test").check_password(PASSWORD)


def test_known_person_logs_in_first_and_comes_back(world: World) -> None:
    path = invite(world, "nora@example.test")
    browser = world.stranger(CARL_HOST)
    page = browser.get(path).content.decode()
    assert f"/login/?next=%2Finvitation%2F{path.split('/')[2]}%2F&amp;email=nora%40example.test" in page
    assert browser.post(path, {"name": "Thief", "password": NEW}).status_code == 200
    assert len(places(world, "nora@example.test")) == 1

    back = browser.post("/login/", {"email": "nora@example.test", "password": PASSWORD, "next": path})

    assert back["Location"] == path
    assert browser.post(path)["Location"] == f"/client/{world.carl.ref}/"


def test_without_the_invitation_the_known_person_is_not_let_in_there(world: World) -> None:
    path = invite(world, "nora@example.test")
    Invitation.unscoped.update(revoked_at=now())

    response = world.stranger(CARL_HOST).post(
        "/login/", {"email": "nora@example.test", "password": PASSWORD, "next": path}
    )

    assert response.status_code == 422


def test_somebody_else_is_told_and_can_log_out(world: World) -> None:
    path = invite(world, "pia@new.example")
    browser = world.browser("cleo")

    page = browser.get(path).content.decode()
    assert "This invitation is for pia@new.example, but you are logged in as cleo@example.test." in page
    assert browser.post(path, {"name": "Cleo", "password": NEW}).status_code == 200
    assert not User.objects.filter(email="pia@new.example").exists()
    assert browser.post("/logout/", {"next": path})["Location"] == path
    assert "Accept and log in" in browser.get(path).content.decode()


@pytest.mark.parametrize("host", [ROSA_HOST, VENDOR_HOST, REMO_HOST])
def test_another_host_knows_nothing_of_it(world: World, host: str) -> None:
    path = invite(world, "pia@new.example")

    response = world.stranger(host).get(path)

    assert response.status_code == 410
    assert "Carl’s Kitchen" not in response.content.decode()
    assert world.stranger(host).post(path, {"name": "Pia", "password": NEW}).status_code == 410
    assert not User.objects.filter(email="pia@new.example").exists()


def _used(world: World, path: str) -> None:
    assert world.stranger(CARL_HOST).post(path, {"name": "Pia", "password": NEW}).status_code == 302


def _over(world: World, path: str) -> None:
    Invitation.unscoped.update(expires_at=now())


def _revoked(world: World, path: str) -> None:
    Invitation.unscoped.update(revoked_at=now())


def _closed(world: World, path: str) -> None:
    Account.unscoped.filter(id=world.carl.id).update(state="closed")


def _inviter_left(world: World, path: str) -> None:
    Collaborator.unscoped.filter(id=world.places["carl"].id).update(ended_at=now())


def _inviter_is_disabled(world: World, path: str) -> None:
    User.objects.filter(email="carl@example.test").update(is_active=False)


def _inviter_lost_the_right(world: World, path: str) -> None:
    Collaborator.unscoped.filter(id=world.places["carl"].id).update(
        is_owner=False, rights_words={"product.content": "manage"}
    )


def _inviter_has_less_than_he_gave(world: World, path: str) -> None:
    Collaborator.unscoped.filter(id=world.places["carl"].id).update(
        is_owner=False, rights_words={"team": "manage", "product.content": "view"}
    )


@pytest.mark.parametrize(
    "change",
    [
        _used,
        _over,
        _revoked,
        _closed,
        _inviter_left,
        _inviter_is_disabled,
        _inviter_lost_the_right,
        _inviter_has_less_than_he_gave,
    ],
)
def test_link_that_leads_nowhere_leads_to_one_neutral_page(world: World, change: Callable[[World, str], None]) -> None:
    path = invite(world, "pia@new.example")
    change(world, path)
    before = Collaborator.unscoped.count()

    response = world.stranger(CARL_HOST).get(path)

    assert response.status_code == 410
    assert GONE in response.content.decode()
    assert "pia@new.example" not in response.content.decode()
    assert world.stranger(CARL_HOST).post(path, {"name": "Pia", "password": NEW}).status_code == 410
    assert Collaborator.unscoped.count() == before
    # What was never there looks the same.
    never = world.stranger(CARL_HOST).get("/invitation/" + "A" * 43 + "/")
    assert (never.status_code, len(never.content)) == (410, len(response.content))


def test_right_still_held_keeps_the_invitation_good(world: World) -> None:
    path = invite(world, "pia@new.example")
    Collaborator.unscoped.filter(id=world.places["carl"].id).update(
        is_owner=False, rights_words={"team": "manage", "product.content": "manage"}
    )

    assert world.stranger(CARL_HOST).get(path).status_code == 200


def test_invitation_by_the_reseller_holds_while_its_staff_reaches_the_client(world: World) -> None:
    path = invite(world, "pia@new.example", by="rico")
    assert world.stranger(CARL_HOST).get(path).status_code == 200

    Reach.unscoped.filter(collaborator=world.places["rico"]).delete()

    assert world.stranger(CARL_HOST).get(path).status_code == 410


def test_owner_who_accepts_makes_an_invited_account_active(world: World) -> None:
    path = invite(
        world, "ella@new.example", by="rosa", account=world.elan, is_owner=True, host=ROSA_HOST, rights_words={}
    )

    response = world.stranger(ROSA_HOST).post(path, {"name": "Ella Élan", "password": NEW})

    assert response["Location"] == f"/client/{world.elan.ref}/"
    assert Account.unscoped.get(id=world.elan.id).state == "active"
    (place,) = places(world, "ella@new.example")
    assert place.is_owner is True
    assert sorted(JournalEntry.unscoped.values_list("event", flat=True)) == ["account.activated", "invitation.accepted"]


def test_collaborator_who_accepts_leaves_an_invited_account_as_it_is(world: World) -> None:
    path = invite(world, "ella@new.example", by="rosa", account=world.elan, host=ROSA_HOST)

    world.stranger(ROSA_HOST).post(path, {"name": "Ella Élan", "password": NEW})

    assert Account.unscoped.get(id=world.elan.id).state == "invited"


@pytest.mark.parametrize("leaves", [True, False])
def test_new_owner_takes_the_place_of_the_old_one(world: World, leaves: bool) -> None:
    path = invite(world, "nora@example.test", is_owner=True, rights_words={}, old_owner_leaves=leaves)

    world.browser("nora", CARL_HOST).post(path)

    before = Collaborator.unscoped.get(id=world.places["carl"].id)
    assert before.is_owner is False
    assert (before.ended_at is not None) is leaves
    assert before.rights_words.get("team") == "manage"
    assert "billing" not in before.rights_words
    owner = Collaborator.unscoped.get(account=world.carl, is_owner=True, ended_at__isnull=True)
    assert owner.user.email == "nora@example.test"


def test_staff_reach_the_clients_of_their_invitation_only(world: World) -> None:
    path = invite(
        world, "sia@new.example", by="rosa", account=world.rosa, host=ROSA_HOST,
        rights_words={"clients": "manage"}, reaches_all=False, reach_ids=[world.carl.id, world.bakery.id],
    )  # fmt: skip

    response = world.stranger(ROSA_HOST).post(path, {"name": "Sia Staff", "password": NEW})

    assert response["Location"] == f"/reseller/{world.rosa.ref}/"
    (place,) = places(world, "sia@new.example")
    assert place.reaches_all is False
    assert list(Reach.unscoped.filter(collaborator=place).values_list("client_id", flat=True)) == [world.carl.id]


def test_place_that_is_there_already_keeps_its_rights(world: World) -> None:
    path = invite(world, "cleo@example.test", rights_words={"team": "manage"})

    assert world.browser("cleo").post(path).status_code == 302

    (place,) = places(world, "cleo@example.test")
    assert place.rights_words == {"product.content": "manage"}
    assert Invitation.unscoped.get().accepted_at is not None


def test_person_without_a_password_yet_chooses_one(world: World) -> None:
    waiting = User(email="una@example.test", name="Una", created_at=factories.AT)
    waiting.set_unusable_password()
    waiting.save()
    path = invite(world, "una@example.test")

    assert world.stranger(CARL_HOST).post(path, {"name": "Una Uno", "password": NEW}).status_code == 302

    waiting.refresh_from_db()
    assert (waiting.name, waiting.check_password(NEW)) == ("Una Uno", True)
    assert waiting.password_by_mail_at is not None  # so the mailbox is no second factor besides


def test_disabled_person_cannot_come_back_by_an_invitation(world: World) -> None:
    factories.make_user("Ina Inactive", "ina@example.test", is_active=False)
    path = invite(world, "ina@example.test")

    assert world.stranger(CARL_HOST).get(path).status_code == 410


def test_sent_twice_it_works_once(world: World) -> None:
    path = invite(world, "pia@new.example")
    browser = world.stranger(CARL_HOST)
    browser.get(path)

    first = browser.post(path, {"name": "Pia", "password": NEW})
    second = browser.post(path, {"name": "Pia", "password": NEW})

    assert (first.status_code, second.status_code) == (302, 410)
    assert len(places(world, "pia@new.example")) == 1


def test_from_the_team_page_to_the_place(world: World) -> None:
    with world.scope("carl") as actor:
        invited = operations.invite_collaborator(
            account_ref=world.carl.ref,
            email="Pia@New.example",
            name="Pia",
            language="fr",
            rights={"product.content": "manage", "journal": "view"},
            actor=actor,
            at=now(),
        )
    (mail,) = mails("pia@new.example")
    origin, path = link_in(mail)
    assert (origin, mail.language, mail.secret) == (f"https://{CARL_HOST}", "fr", True)
    browser = world.stranger(CARL_HOST)
    assert browser.get(path)["Content-Language"] == "fr"

    assert browser.post(path, {"name": "Pia Pini", "password": NEW})["Location"] == f"/client/{world.carl.ref}/"

    (place,) = places(world, "pia@new.example")
    assert place.rights_words == {"product.content": "manage", "journal": "view"}
    entry = JournalEntry.unscoped.get(event="invitation.accepted")
    assert entry.data == {"invitation": invited.ref, "collaborator": place.ref, "owner": False}
    browser.get(f"/client/{world.carl.ref}/")
    assert Account.unscoped.get(id=world.carl.id).last_seen_at is not None


def test_operation_answers_the_api_with_codes(world: World) -> None:
    token = invite(world, "nora@example.test").split("/")[2]

    def code(**more: Any) -> str:
        values = {"token": token, "host": CARL_HOST, "name": "N", "password": NEW, "user_id": None, "at": now(), **more}
        with pytest.raises(CannotAcceptInvitation) as refusal:
            operations.accept_invitation(**values)
        return refusal.value.code

    assert code() == "log-in-first"
    assert code(user_id=world.users["cleo"].id) == "somebody-else"
    assert code(host=ROSA_HOST) == "gone"
    assert code(token="x") == "gone"
    accepted = operations.accept_invitation(
        token=token, host=CARL_HOST, name="", password=None, user_id=world.users["nora"].id, at=now()
    )
    assert (accepted.account_ref, accepted.is_new) == (world.carl.ref, False)


def _race(work: Callable[[], None], times: int = 8) -> None:
    """`work` in many threads at the same moment, each with its own connection."""
    barrier = threading.Barrier(times)

    def run() -> None:
        try:
            barrier.wait()
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_people_who_accept_at_once_become_one_collaborator() -> None:
    world = make_world()
    won: list[str] = []
    for number in range(5):
        email = f"pia{number}@new.example"
        path = invite(world, email)

        def accept(path: str = path) -> None:
            response = Client(headers={"host": CARL_HOST}).post(path, {"name": "Pia", "password": NEW})
            won.append(response.get("Location", ""))

        _race(accept)
        assert len(places(world, email)) == 1
    # The others see that it is gone, or are sent to look again, because there is a log-in now.
    assert won.count(f"/client/{world.carl.ref}/") == 5


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_race_is_one_for_whoever_looks_first_and_writes_then() -> None:
    """The control: what the conditional statement prevents does happen without it."""
    world = make_world()
    invite(world, "pia@new.example")
    meet = threading.Barrier(8)
    won: list[int] = []

    def naive() -> None:
        open_still = Invitation.unscoped.filter(accepted_at__isnull=True).exists()
        meet.wait()
        if open_still:
            Invitation.unscoped.update(accepted_at=now())
            won.append(1)

    _race(naive)
    assert len(won) == 8

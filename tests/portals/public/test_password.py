"""A new password by mail."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from sublet.foundation.clock import now
from sublet.foundation.journal.models import JournalEntry
from sublet.people.models import PersonLink, Throttle, User
from tests.people import CARL_HOST, PASSWORD, REMO_HOST, ROSA_HOST, VENDOR_HOST, World
from tests.portals.public.mailbox import link_in, mails

NEW = "seven green bottles"


def ask(browser: Client, email: str) -> str:
    response = browser.post("/forgotten/", {"email": email})
    assert response.status_code == 200
    text = re.sub(r'(name="csrfmiddlewaretoken" value=|"X-CSRFToken": )"[^"]+"', "", response.content.decode())
    return text.replace(email, "")


def token_for(world: World, person: str, host: str) -> str:
    ask(world.stranger(host), f"{person}@example.test")
    _origin, path = link_in(mails(f"{person}@example.test")[-1])
    return path


def test_link_comes_in_the_brand_and_the_language_of_the_person(world: World) -> None:
    User.objects.filter(email="carl@example.test").update(language="it")

    ask(world.stranger(CARL_HOST), "carl@example.test")

    (mail,) = mails()
    origin, path = link_in(mail)
    assert origin == f"https://{CARL_HOST}"
    assert re.fullmatch(r"/password/[A-Za-z0-9_-]{43}/", path)
    assert (mail.to_email, mail.language, mail.from_name) == ("carl@example.test", "it", "Rosa Web Studio")
    assert mail.secret is True
    assert "Vantage" not in mail.text + mail.html + mail.subject


def test_answer_and_work_are_the_same_for_everybody(world: World) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    ask(world.stranger(), "warm@example.test")
    seen = []
    for email in ("rosa@example.test", "nobody@example.test", "remo@example.test", "sam@example.test"):
        with CaptureQueriesContext(connection) as statements:
            page = ask(world.stranger(), email)
        seen.append((page, len(statements)))

    assert len(set(seen)) == 1
    assert [mail.to_email for mail in mails()] == ["rosa@example.test"]


@pytest.mark.parametrize(
    ("person", "host"), [("carl", VENDOR_HOST), ("carl", REMO_HOST), ("rosa", REMO_HOST), ("sam", ROSA_HOST)]
)
def test_nobody_is_written_to_from_a_host_of_others(world: World, person: str, host: str) -> None:
    ask(world.stranger(host), f"{person}@example.test")

    assert mails() == []


def test_three_mails_an_hour_and_then_silence(world: World) -> None:
    pages = {ask(world.stranger(), "rosa@example.test") for _ in range(5)}

    assert len(pages) == 1
    assert len(mails("rosa@example.test")) == 3


def test_flood_from_one_network_address_is_held_back(world: World) -> None:
    answers = [world.stranger().post("/forgotten/", {"email": f"n{n}@example.test"}).status_code for n in range(31)]

    assert answers == [200] * 30 + [429]


def test_new_password_ends_every_log_in_and_is_told(world: World) -> None:
    elsewhere = world.browser("rosa")
    at_the_vendor = world.browser("rosa", VENDOR_HOST)
    path = token_for(world, "rosa", ROSA_HOST)
    browser = world.stranger()
    assert browser.get(path).status_code == 200

    response = browser.post(path, {"password": NEW})

    assert (response.status_code, response["Location"]) == (302, "/login/")
    assert elsewhere.get("/me/").status_code == 302
    assert at_the_vendor.get("/me/").status_code == 302
    assert browser.post("/login/", {"email": "rosa@example.test", "password": PASSWORD}).status_code == 422
    assert browser.post("/login/", {"email": "rosa@example.test", "password": NEW}).status_code == 302
    told = mails("rosa@example.test")[-2:]
    assert [mail.subject for mail in told] == [
        "Your password for Rosa Web Studio was changed",
        "A new device logged in to Rosa Web Studio",
    ]
    assert [mail.secret for mail in told] == [False, False]
    entry = JournalEntry.unscoped.get(event="person.password_reset")
    assert (entry.account_id, entry.actor_user_id, entry.data) == (world.rosa.id, world.users["rosa"].id, {})


def test_link_works_once_and_only_on_its_host_and_in_its_time(world: World) -> None:
    path = token_for(world, "rosa", ROSA_HOST)

    assert world.stranger(VENDOR_HOST).get(path).status_code == 410
    assert world.stranger(REMO_HOST).post(path, {"password": NEW}).status_code == 410
    assert world.stranger().post(path, {"password": NEW}).status_code == 302
    assert world.stranger().get(path).status_code == 410
    assert world.stranger().post(path, {"password": "another good one"}).status_code == 410
    assert User.objects.get(email="rosa@example.test").check_password(NEW)


def test_link_is_over_after_an_hour(world: World) -> None:
    path = token_for(world, "rosa", ROSA_HOST)
    PersonLink.objects.update(expires_at=now() - timedelta(seconds=1))

    assert world.stranger().post(path, {"password": NEW}).status_code == 410
    assert PersonLink.objects.get().used_at is None


def test_used_link_voids_the_others(world: World) -> None:
    first, second = token_for(world, "rosa", ROSA_HOST), token_for(world, "rosa", ROSA_HOST)

    assert world.stranger().post(second, {"password": NEW}).status_code == 302
    assert world.stranger().get(first).status_code == 410


def test_weak_password_is_said_at_the_field_and_leaves_the_link_good(world: World) -> None:
    path = token_for(world, "rosa", ROSA_HOST)

    response = world.stranger().post(path, {"password": "12345"})

    assert response.status_code == 422
    assert "This password is too short" in response.content.decode()
    assert 'aria-describedby="id_password_helptext id_password_error"' in response.content.decode()
    assert world.stranger().post(path, {"password": "rosa@example.test"}).status_code == 422
    assert world.stranger().post(path, {"password": NEW}).status_code == 302


def test_opening_the_link_uses_nothing_up(world: World) -> None:
    path = token_for(world, "rosa", ROSA_HOST)

    for _ in range(3):
        assert world.stranger().get(path).status_code == 200
        assert world.stranger().head(path).status_code == 200
    assert PersonLink.objects.get().used_at is None


def test_reset_opens_a_log_in_that_was_held_back(world: World) -> None:
    for _ in range(11):
        world.stranger().post("/login/", {"email": "rosa@example.test", "password": "guess"})
    path = token_for(world, "rosa", ROSA_HOST)

    world.stranger().post(path, {"password": NEW})

    assert world.stranger().post("/login/", {"email": "rosa@example.test", "password": NEW}).status_code == 302


def test_only_a_hash_of_the_link_is_kept(world: World) -> None:
    path = token_for(world, "rosa", ROSA_HOST)
    token = path.strip("/").rpartition("/")[2]

    link = PersonLink.objects.get()
    assert re.fullmatch(r"[0-9a-f]{64}", link.token_hash)
    assert token not in str(PersonLink.objects.values().get())
    assert Throttle.objects.filter(key__contains="rosa").count() == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-host": "evil.example"},
        {"forwarded": "host=evil.example"},
        {"x-original-host": "evil.example"},
        {"x-host": "evil.example"},
        {"host": "ROSA.localhost"},
        {"host": "rosa.localhost:1234"},
        {"origin": "https://evil.example", "referer": "https://evil.example/"},
    ],
)
def test_link_is_never_made_from_the_request(world: World, headers: dict[str, str]) -> None:
    browser = Client(headers={"host": ROSA_HOST, **headers})

    assert browser.post("/forgotten/", {"email": "rosa@example.test"}).status_code == 200

    (mail,) = mails()
    assert link_in(mail)[0] == f"https://{ROSA_HOST}"
    assert "evil" not in mail.text + mail.html
    assert "1234/" not in mail.text


@pytest.mark.parametrize(
    "host", ["evil.example", "rosa.localhost.evil.example", "rosa.localhost@evil.example", "rosa.localhost."]
)
def test_host_that_nobody_has_proved_writes_to_nobody(world: World, host: str) -> None:
    response = Client(headers={"host": host}).post("/forgotten/", {"email": "rosa@example.test"})

    assert response.status_code == 404
    assert mails() == []


@pytest.mark.parametrize("token", ["x", "%00", "a" * 5000, "🙂", "..%2f..", "%E2%80%AE"])
def test_invented_links_lead_to_one_page(world: World, token: str) -> None:
    pages = {world.stranger().get(f"/{kind}/{token}/").status_code for kind in ("password", "email", "invitation")}

    assert pages <= {404, 410}

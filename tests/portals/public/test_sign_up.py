"""Opening a direct account, and becoming a reseller."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.http import HttpResponse

from sublet.accounts.models import Account
from sublet.branding.models import Brand, Domain
from sublet.foundation.clock import now
from sublet.foundation.journal.models import JournalEntry
from sublet.people.models import Collaborator, PersonLink, User
from tests import factories
from tests.people import PASSWORD, ROSA_HOST, VENDOR_HOST, World
from tests.portals.public.mailbox import link_in, mails

NEW = "seven green bottles"
FIELDS = {
    "account_name": "Bella Napoli",
    "name": "Bea Bianchi",
    "email": "bea@new.example",
    "language": "it",
    "country": "IT",
    "timezone": "Europe/Rome",
}


def ask(world: World, **changes: str) -> HttpResponse:
    return world.stranger(VENDOR_HOST).post("/sign-up/", {**FIELDS, **changes})  # type: ignore[return-value]


def path_for(world: World, **changes: str) -> str:
    assert ask(world, **changes).status_code == 200
    return link_in(mails({**FIELDS, **changes}["email"])[-1])[1]


def test_there_is_no_sign_up_on_a_resellers_host(world: World) -> None:
    browser = world.stranger(ROSA_HOST)

    assert browser.get("/sign-up/").status_code == 404
    assert browser.post("/sign-up/", FIELDS).status_code == 404
    assert browser.get(path_for(world)).status_code == 404


def test_form_guesses_country_and_time_zone(world: World) -> None:
    browser = world.stranger(VENDOR_HOST)

    page = browser.get("/sign-up/", headers={"accept-language": "pt-BR,pt;q=0.8"}).content.decode()

    assert re.search(r'<option value="BR" selected>', page)
    assert re.search(r'<option value="America/[^"]+" selected>', page)
    assert re.search(r'<option value="pt" selected>', page)
    for odd in ("", "xx", "it", "en-ZZ", "*", ";;;", "it-IT;q=nonsense", "a" * 4000):
        assert browser.get("/sign-up/", headers={"accept-language": odd}).status_code == 200


def test_address_is_confirmed_first_then_there_is_an_account(world: World) -> None:
    path = path_for(world)
    (mail,) = mails("bea@new.example")
    assert (mail.language, mail.secret, link_in(mail)[0]) == ("it", True, f"https://{VENDOR_HOST}")
    assert not User.objects.filter(email="bea@new.example").exists()
    assert not Account.unscoped.filter(name="Bella Napoli").exists()
    browser = world.stranger(VENDOR_HOST)
    assert browser.get(path).status_code == 200
    assert not User.objects.filter(email="bea@new.example").exists()

    response = browser.post(path, {"password": NEW})

    account = Account.unscoped.get(name="Bella Napoli")
    assert response["Location"] == f"/client/{account.ref}/"
    assert (account.kind, account.state, account.language, account.country, account.timezone, account.email) == (
        "direct", "active", "it", "IT", "Europe/Rome", "bea@new.example",
    )  # fmt: skip
    owner = Collaborator.unscoped.get(account=account)
    assert (owner.is_owner, owner.user.email, owner.user.name, owner.user.language) == (
        True, "bea@new.example", "Bea Bianchi", "it",
    )  # fmt: skip
    assert browser.get("/me/").status_code == 200
    entry = JournalEntry.unscoped.get(event="direct_account.created")
    assert (entry.account_id, entry.actor_name, entry.actor_user_id) == (account.id, "Bea Bianchi", owner.user_id)
    assert entry.host == VENDOR_HOST


def test_answer_is_the_same_for_known_and_unknown(world: World) -> None:
    def page(email: str) -> str:
        text = ask(world, email=email).content.decode()
        return re.sub(r'(name="csrfmiddlewaretoken" value=|"X-CSRFToken": )"[^"]+"', "", text).replace(email, "")

    assert len({page(email) for email in ("bea@new.example", "dora@example.test", "carl@example.test")}) == 1


def test_known_person_is_told_by_mail_and_opens_a_second_account_with_the_password(world: World) -> None:
    path = path_for(world, email="dora@example.test")
    (mail,) = mails("dora@example.test")
    assert mail.template == "sign-up-known"
    browser = world.stranger(VENDOR_HOST)
    assert browser.post(path, {"password": "guess"}).status_code == 422
    assert Account.unscoped.filter(name="Bella Napoli").count() == 0

    response = browser.post(path, {"password": PASSWORD})

    account = Account.unscoped.get(name="Bella Napoli")
    assert response["Location"] == f"/client/{account.ref}/"
    assert Collaborator.unscoped.filter(user=world.users["dora"], is_owner=True).count() == 2
    assert User.objects.get(email="dora@example.test").name == "Dora Dekker"


def test_known_person_who_is_logged_in_needs_a_button_only(world: World) -> None:
    path = path_for(world, email="dora@example.test")
    browser = world.browser("dora")
    assert 'type="password"' not in browser.get(path).content.decode()

    assert browser.post(path).status_code == 302

    assert Account.unscoped.filter(name="Bella Napoli").count() == 1


def test_somebody_else_who_is_logged_in_still_needs_the_password(world: World) -> None:
    path = path_for(world, email="dora@example.test")
    browser = world.browser("vera")

    assert browser.post(path).status_code == 422
    assert browser.post(path, {"password": PASSWORD}).status_code == 302
    assert Collaborator.unscoped.get(account__name="Bella Napoli").user_id == world.users["dora"].id


def test_client_of_a_reseller_is_not_told_by_mail_whose_software_it_uses(world: World) -> None:
    ask(world, email="carl@example.test")

    (mail,) = mails("carl@example.test")
    assert mail.template == "sign-up"


def test_guesses_at_the_link_count(world: World) -> None:
    path = path_for(world, email="dora@example.test")
    browser = world.stranger(VENDOR_HOST)

    answers = [browser.post(path, {"password": "guess"}).status_code for _ in range(11)]

    assert answers == [422] * 10 + [429]


def test_link_opens_one_account(world: World) -> None:
    path = path_for(world)
    browser = world.stranger(VENDOR_HOST)

    answers = [browser.post(path, {"password": NEW}).status_code for _ in range(2)]

    assert answers == [302, 410]
    assert Account.unscoped.filter(name="Bella Napoli").count() == 1


def test_link_is_over_after_a_day(world: World) -> None:
    path = path_for(world)
    PersonLink.objects.update(expires_at=now() - timedelta(seconds=1))

    assert world.stranger(VENDOR_HOST).post(path, {"password": NEW}).status_code == 410
    assert not User.objects.filter(email="bea@new.example").exists()


def test_weak_password_leaves_the_link_good(world: World) -> None:
    path = path_for(world)
    browser = world.stranger(VENDOR_HOST)

    assert browser.post(path, {"password": "short"}).status_code == 422
    assert browser.post(path, {"password": NEW}).status_code == 302


def test_three_mails_an_hour_for_one_address(world: World) -> None:
    for _ in range(5):
        assert ask(world).status_code == 200

    assert len(mails("bea@new.example")) == 3


def test_flood_from_one_network_address_is_held_back(world: World) -> None:
    answers = [ask(world, email=f"n{number}@new.example").status_code for number in range(21)]

    assert answers == [200] * 20 + [429]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"account_name": ""}, 422),
        ({"account_name": "x" * 201}, 422),
        ({"account_name": "\x00"}, 422),
        ({"account_name": "x" * 10_000_000}, 413),
        ({"email": "no address"}, 422),
        ({"language": "xx"}, 422),
        ({"country": "Italy"}, 422),
        ({"timezone": "Mars/Base"}, 422),
        ({"account_name": "🍕 مطعم ‮x"}, 200),
        ({"name": "=> Click | https://evil.example"}, 200),
    ],
)
def test_odd_values_are_answered(world: World, changes: dict[str, str], status: int) -> None:
    assert ask(world, **changes).status_code == status
    for mail in mails():
        link_in(mail) if "evil" not in changes.get("name", "") else None
        assert 'href="https://evil.example' not in mail.html


# Becoming a reseller --------------------------------------------------------------------------------------------------


def test_owner_becomes_a_reseller_at_once(world: World) -> None:
    browser = world.browser("dora")
    path = f"/become-reseller/{world.dora.ref}/"
    page = browser.get(path).content.decode()
    assert 'value="Dora’s Diner"' in page

    response = browser.post(path, {"brand_name": "Dora Digital", "host_label": "Dora-Digital"})

    assert (response.status_code, response["Location"]) == (302, f"/reseller/{world.dora.ref}/")
    assert Account.unscoped.get(id=world.dora.id).kind == "reseller"
    assert Domain.unscoped.get(account=world.dora).host == "dora-digital.localhost"
    assert Brand.unscoped.get(account=world.dora).name == "Dora Digital"
    entered = browser.get(response["Location"])
    assert entered.status_code in {200, 302}
    assert "/login/" not in entered.get("Location", "")
    assert browser.get(path).status_code == 404


def test_address_of_somebody_else_is_refused_at_its_field_and_nothing_happens(world: World) -> None:
    browser = world.browser("dora")

    for label in ("rosa", "x", "www", "a.b", "-a-", "évil", "x" * 41, ""):
        response = browser.post(
            f"/become-reseller/{world.dora.ref}/", {"brand_name": "Dora Digital", "host_label": label}
        )
        assert response.status_code in {409, 422}, label
        assert 'id="id_host_label_error"' in response.content.decode(), label
    assert Account.unscoped.get(id=world.dora.id).kind == "direct"
    assert JournalEntry.unscoped.count() == 0


@pytest.mark.parametrize(
    ("label", "answer"),
    [
        ("dora-digital", "dora-digital.localhost is free."),
        ("rosa", "This address is taken. Choose another."),
        ("www", "This address is reserved. Choose another."),
        ("a.b", "Use letters, digits and hyphens only"),
        ("<b>", "Use letters, digits and hyphens only"),
        ("\x00", "Use letters, digits and hyphens only"),
        ("", "Choose an address."),
    ],
)
def test_address_is_checked_as_it_is_typed(world: World, label: str, answer: str) -> None:
    response = world.browser("dora").get(
        f"/become-reseller/{world.dora.ref}/address/", {"host_label": label}, headers={"hx-request": "true"}
    )

    assert response.status_code == 200
    assert answer in response.content.decode()
    assert "<html" not in response.content.decode()


def test_only_the_owner_in_person_may(world: World) -> None:
    manager = factories.make_user("Mia Manager", "mia@example.test")
    world.users["mia"], world.hosts["mia"] = manager, VENDOR_HOST
    factories.make_collaborator(world.dora, manager, rights={"settings": "manage"})
    path = f"/become-reseller/{world.dora.ref}/"

    assert world.browser("mia").get(path).status_code == 403
    assert world.browser("mia").post(path, {"brand_name": "X", "host_label": "mia-web"}).status_code == 403
    assert world.browser("vera").get(path).status_code == 404
    assert world.stranger(VENDOR_HOST).get(path).status_code == 302
    assert world.browser("dora").get(f"/become-reseller/{world.rosa.ref}/").status_code == 404
    assert world.browser("rosa", VENDOR_HOST).get(f"/become-reseller/{world.rosa.ref}/").status_code == 404
    assert Account.unscoped.get(id=world.dora.id).kind == "direct"

"""The pages on which a brand's words for mails are read and written."""

from __future__ import annotations

import re

import pytest
from django.utils.http import urlencode

from sublet.messaging.models import MailWording, OutboxMail
from sublet.messaging.wording_queries import ours_of
from tests.people import World

pytestmark = pytest.mark.django_db
GOOD = {
    "version": "0",
    "subject": "Ciao {name}",
    "heading": "",
    "body": "Vieni:\n\n{button}\n\n{{7*7}}",
    "label": "Entra",
}


def own(world: World, rest: str = "") -> str:
    return f"/reseller/{world.rosa.ref}/words/{rest}"


def mail(act: str = "mail/", kind: str = "invitation-new", language: str = "it") -> str:
    return f"{act}?{urlencode({'mail': kind, 'in': language})}"


def test_the_words_are_written_seen_and_taken_back(world: World) -> None:
    browser = world.browser("rosa")
    page = browser.get(own(world)).content.decode()
    assert "Invitation: new person, Italiano: Our words" in page
    shown = browser.get(own(world, mail())).content.decode()
    assert "{button}" in shown
    assert ours_of("invitation-new", "it").label in shown  # ours, to begin from
    saved = browser.post(own(world, mail()), GOOD, follow=True)
    assert "The words were saved." in saved.content.decode()
    assert "Invitation: new person, Italiano: Own words" in browser.get(own(world)).content.decode()
    client = browser.get(f"/reseller/{world.rosa.ref}/clients/{world.carl.ref}/words/").content.decode()
    assert f"Invitation: new person, Italiano: Inherited from {world.rosa.name}" in client
    browser.post(own(world, mail("mail/take-back/")))
    assert not MailWording.unscoped.exists()  # unscoped: a test looks at everything


def test_each_fault_is_told_at_its_field_and_what_was_typed_stays(world: World) -> None:
    bad = {**GOOD, "subject": "Ciao {nmae}", "body": "Senza pulsante {", "label": ""}
    answer = world.browser("rosa").post(own(world, mail()), bad)
    page = answer.content.decode()
    assert answer.status_code == 409
    for field, words in (
        ("subject", "Did you mean {name}?"),
        ("body", "never closed: {"),
        ("body", "{button} is missing"),
        ("label", "Something must stand here."),
    ):
        told = re.search(rf'id="id_{field}_error">.*?</div>', page, re.DOTALL)
        assert told is not None
        assert words in told[0]
    assert "Senza pulsante {" in page
    assert not MailWording.unscoped.exists()  # unscoped: a test looks at everything


def test_the_preview_is_a_document_that_can_do_nothing(world: World) -> None:
    browser = world.browser("rosa")
    answer = browser.post(own(world, mail("mail/preview/")), {**GOOD, "of": world.carl.ref, "ground": "dark"})
    html = answer.content.decode()
    policy = answer["Content-Security-Policy"]
    assert policy.endswith("sandbox")
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "img-src https://carl.localhost" in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "@media all" in html
    assert "{{7*7}}" in html
    assert "Entra" in html
    plain = browser.post(own(world, mail("mail/preview/")), {**GOOD, "part": "text"})
    assert plain["Content-Type"] == "text/plain; charset=utf-8"
    assert "Vieni:" in plain.content.decode()
    assert "frame-src 'self'" in browser.get(own(world, mail()))["Content-Security-Policy"]
    assert "frame-src" not in browser.get(own(world))["Content-Security-Policy"]
    assert not MailWording.unscoped.exists()  # unscoped: a test looks at everything


def test_a_trial_goes_to_the_person_at_the_page(world: World) -> None:
    page = world.browser("rosa").post(own(world, mail("mail/try/")), GOOD).content.decode()
    assert f"On its way to {world.users['rosa'].email}." in page
    assert "Vieni:" in page
    row = OutboxMail.unscoped.get()  # unscoped: a test looks at everything
    assert (row.to_email, row.language) == (world.users["rosa"].email, "it")


@pytest.mark.parametrize("query", ["", "?mail=x&in=it", "?mail=invitation-new&in=xx", "?mail=%00&in=it"])
@pytest.mark.parametrize("act", ["mail/", "mail/preview/"])
def test_a_mail_that_there_is_not_is_not_there(world: World, act: str, query: str) -> None:
    assert world.browser("rosa").get(own(world, act + query)).status_code == 404


def test_anothers_client_and_anothers_facts_are_not_there(world: World) -> None:
    browser = world.browser("rosa")
    foreign = f"/reseller/{world.rosa.ref}/clients/{world.bakery.ref}/words/"
    assert browser.get(foreign).status_code == 404
    assert browser.post(foreign + mail(), GOOD).status_code == 404
    assert browser.post(own(world, mail("mail/preview/")), {**GOOD, "of": world.bakery.ref}).status_code == 404
    assert browser.post(own(world, mail("mail/try/")), {**GOOD, "of": world.bakery.ref}).status_code == 404


@pytest.mark.parametrize(("person", "host"), [("carl", "carl.localhost"), ("cleo", "carl.localhost")])
def test_a_clients_own_people_never_write_its_words(world: World, person: str, host: str) -> None:
    browser = world.browser(person, host)
    for act in ("", mail()):
        assert browser.get(f"/client/{world.carl.ref}/words/{act}").status_code in {403, 404}
    assert browser.post(f"/client/{world.carl.ref}/words/{mail()}", GOOD).status_code in {403, 404}


@pytest.mark.parametrize(("person", "path"), [("vera", "vendor"), ("dora", "client")])
def test_the_vendor_and_direct_accounts_have_their_own(world: World, person: str, path: str) -> None:
    account = world.vendor if person == "vera" else world.dora
    browser = world.browser(person)
    assert browser.get(f"/{path}/{account.ref}/words/").status_code == 200
    assert browser.get(f"/{path}/{account.ref}/words/{mail()}").status_code == 200
    answer = browser.post(f"/{path}/{account.ref}/words/{mail()}", GOOD)
    assert answer.status_code == 302
    assert MailWording.unscoped.get().account_id == account.id  # unscoped: a test looks at everything

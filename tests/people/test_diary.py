"""The diary of a client, both identities in what is made in a visit, and the mail as one begins (S2)."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sublet.foundation.journal.models import JournalEntry
from sublet.messaging.models import OutboxMail
from sublet.people.models import Impersonation
from sublet.portals.shared.diary import looked_at, page_name
from sublet.portals.shared.visits import both_identities
from tests.people import AT, World, proved
from tests.people.test_impersonation import begin

pytestmark = pytest.mark.django_db
REASON = "Checking the opening hours"


def at(name: str, *args: str) -> str:
    return reverse(name, urlconf="sublet.config.urls_main", args=args)


def visit_elan(world: World) -> tuple[Client, str]:
    """Rosa's browser in Élan's account, as reseller."""
    browser = proved(world.browser("rosa"))
    url = at("reseller-impersonate", world.rosa.ref, world.elan.ref)
    return browser, str(browser.post(url, {"mode": "reseller", "reason": REASON})["Location"])


def invite(browser: Client, first: str) -> None:
    response = browser.post(f"{first}team/invite/", {"email": "new@elan.example", "name": "New", "language": "fr"})
    assert response.status_code == 302


def test_each_answer_in_a_visit_says_who_asked_in_whose_place(world: World) -> None:
    browser, first = visit_elan(world)
    ref = Impersonation.unscoped.get().ref
    for path, status in (("", 200), ("team/", 200), ("team/col_23456789abcd/", 404)):
        response = browser.get(first + path)
        told = (response.status_code, response["X-Acted-By"], response["X-Acting-For"], response["X-Visit"])
        assert told == (status, "Rosa Ricci", "Rosa Web Studio", ref), path
        names = " ".join(response.headers).lower()
        assert "sublet" not in names
        assert "vantage" not in names
    outside = browser.get(at("reseller-clients", world.rosa.ref))
    assert [name for name in outside.headers if name.startswith(("X-Act", "X-Visit"))] == []
    other = world.browser("ruth").get(first)
    assert "X-Acted-By" not in other.headers


def test_json_in_a_visit_has_the_member_act_and_names_of_every_script_fit_a_header() -> None:
    class Visit:
        ref, mode, acting_as = "ims_23456789", "client", "Élan Coiffure"

    class Request:
        visit = Visit
        actor = type("A", (), {"impersonator": type("I", (), {"name": "Zoë Ćosić"})})

    response = both_identities(Request, JsonResponse({"a": 1}))  # type: ignore[arg-type]
    assert json.loads(response.content) == {
        "a": 1,
        "act": {"name": "Zoë Ćosić", "for": "Élan Coiffure", "visit": "ims_23456789", "mode": "client"},
    }
    assert response["X-Acted-By"] == "Zo%C3%AB %C4%86osi%C4%87"
    plain = both_identities(Request, HttpResponse("x"))  # type: ignore[arg-type]
    assert plain.content == b"x"


def test_a_mail_written_in_a_visit_says_so_in_the_recipients_language(world: World) -> None:
    browser, first = visit_elan(world)
    invite(browser, first)
    mail = OutboxMail.unscoped.get(template__startswith="invitation")
    assert "Écrit par Rosa Ricci lors d’une visite de ce compte." in mail.text
    assert "Écrit par Rosa Ricci lors d’une visite de ce compte." in mail.html
    with world.scope("rosa") as actor:
        from sublet.people import operations

        operations.invite_collaborator(
            account_ref=world.elan.ref, email="two@elan.example", rights={}, language="fr", actor=actor, at=AT
        )
    assert "lors d’une visite" not in OutboxMail.unscoped.get(to_email="two@elan.example").text


def test_the_diary_tells_what_was_changed_and_what_was_looked_at(world: World) -> None:
    browser, first = visit_elan(world)
    browser.get(first)
    browser.get(f"{first}team/")
    browser.get(f"{first}team/")
    visit = Impersonation.unscoped.get()
    url = at("reseller-client-visits", world.rosa.ref, world.elan.ref)
    assert "Nothing was changed." in world.browser("rosa").get(url).content.decode()
    invite(browser, first)
    page = world.browser("rosa").get(url).content.decode()
    assert "Rosa Ricci is here for Rosa Web Studio" in page
    assert f"Reason: {REASON}" in page
    assert "new@elan.example" in page
    assert "Nothing was changed." not in page
    one = world.browser("rosa").get(f"{url}{visit.ref}/").content.decode()
    assert "new@elan.example" in one
    assert one.index("What was only looked at") < one.index("2 times") < one.index("once")
    assert f"GET /client/{world.elan.ref}/" in one


@pytest.mark.parametrize("count", [1, 3])
def test_the_diary_takes_the_same_statements_for_one_and_three_visits(world: World, count: int) -> None:
    for _ in range(count):
        begin(world, client="carl")
    carl = world.browser("carl")
    carl.get(at("client-visits", world.carl.ref))
    with CaptureQueriesContext(connection) as found:
        page = carl.get(at("client-visits", world.carl.ref)).content.decode()
    assert page.count(REASON) == count
    assert len(found) == 11


def test_pages_are_called_as_people_call_them() -> None:
    assert page_name("/client/acc_7HqWm2Zr9KtXbd/") == "Home"
    assert page_name("/client/acc_7HqWm2Zr9KtXbd/team/col_1/") == "Team"
    assert page_name("/client/acc_7HqWm2Zr9KtXbd/new-page/") == "/client/acc_7HqWm2Zr9KtXbd/new-page/"
    assert page_name("/visit/end/") == "/visit/end/"
    assert looked_at([]) == ()


def test_the_owner_gets_a_mail_as_a_visit_begins_when_the_account_is_its_own(world: World) -> None:
    begin(world, client="carl", mode="client")
    assert not OutboxMail.unscoped.exists()
    from sublet.accounts.models import Account

    Account.unscoped.filter(id=world.carl.id).update(ownership="client")
    begin(world, client="carl", mode="client")
    mail = OutboxMail.unscoped.get()
    visit = Impersonation.unscoped.latest("id")
    assert (mail.to_email, mail.template, mail.account_id) == ("carl@example.test", "visit-begun", world.carl.id)
    assert "Rosa Ricci of Rosa Web Studio has just logged in" in mail.text
    assert "in the place of Carl Conti" in mail.text
    assert REASON in mail.text
    assert "//carl.localhost" in mail.text
    assert f"/client/{world.carl.ref}/visits/{visit.ref}/" in mail.text
    assert "Vantage" not in mail.text + mail.html


def test_the_notice_goes_to_nobody_where_there_is_nobody(world: World) -> None:
    from sublet.accounts.models import Account

    Account.unscoped.filter(id=world.elan.id).update(ownership="client")
    begin(world)
    assert not OutboxMail.unscoped.exists()
    Account.unscoped.filter(id=world.elan.id).update(email="salon@elan.example")
    begin(world)
    assert OutboxMail.unscoped.get().subject.startswith("Rosa Ricci")
    assert JournalEntry.unscoped.filter(event="impersonation.started").count() == 2

"""The diary of a client, both identities in what is made in a visit, and the mail as one begins (S2)."""

from __future__ import annotations

import json

import pytest
from django.db import connection, transaction
from django.http import HttpResponse, JsonResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scripts.addresses import pages
from sublet.core.rights import CLIENT
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import actor_scope
from sublet.messaging.models import OutboxMail
from sublet.messaging.operations import queue_mail
from sublet.people.models import Impersonation
from sublet.portals.shared.diary import looked_at, page_name
from sublet.portals.shared.visits import both_identities
from tests.people import AT, World, proved
from tests.people.test_impersonation import begin, entry

pytestmark = pytest.mark.django_db
REASON = "Checking the opening hours"


def at(name: str, *args: str) -> str:
    return reverse(name, urlconf="sublet.config.urls_main", args=args)


def visit_elan(world: World) -> tuple[Client, str]:
    """Rosa's browser in Élan's account, as reseller."""
    browser = proved(world.browser("rosa"))
    url = at("reseller-impersonate", world.rosa.ref, world.elan.ref)
    return browser, str(browser.post(url, {"mode": "reseller", "reason": REASON})["Location"])


def change_city(browser: Client, first: str, city: str = "Lyon") -> None:
    asked = {"name": "Élan Coiffure", "city": city, "version": "0", "timezone": "UTC", "language": "fr"}
    response = browser.post(f"{first}information/", asked)
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
    found = entry(world, begin(world))
    assert found is not None
    for actor, key in ((found.actor, "visit"), (world.actor("rosa"), "own")):
        with actor_scope(actor), transaction.atomic():
            queue_mail(
                template="password-changed",
                account_id=world.elan.id,
                to_email="salon@elan.example",
                to_name="Salon",
                language="fr",
                context={"name": "Salon"},
                key=key,
                actor=actor,
                at=AT,
            )
    told = "Écrit par Rosa Ricci lors d’une visite de ce compte."
    mail, own = OutboxMail.unscoped.get(key="visit"), OutboxMail.unscoped.get(key="own")
    assert (told in mail.text, told in mail.html) == (True, True)
    assert (told in own.text, told in own.html) == (False, False)


def test_the_diary_tells_what_was_changed_and_what_was_looked_at(world: World) -> None:
    browser, first = visit_elan(world)
    browser.get(first)
    browser.get(f"{first}team/")
    browser.get(f"{first}team/")
    visit = Impersonation.unscoped.get()
    url = at("reseller-client-visits", world.rosa.ref, world.elan.ref)
    assert "Nothing was changed." in world.browser("rosa").get(url).content.decode()
    change_city(browser, first)
    page = world.browser("rosa").get(url).content.decode()
    assert "Rosa Ricci is here for Rosa Web Studio" in page
    assert f"Reason: {REASON}" in page
    assert "Lyon" in page
    assert "Nothing was changed." not in page
    one = world.browser("rosa").get(f"{url}{visit.ref}/").content.decode()
    assert "Lyon" in one
    assert one.index("What was only looked at") < one.index("2 times") < one.index("once")
    assert f"/client/{world.elan.ref}/" not in one.partition("What was only looked at")[2].partition("</table>")[0]


@pytest.mark.parametrize("count", [1, 3])
def test_the_diary_takes_the_same_statements_for_one_and_three_visits(world: World, count: int) -> None:
    for _ in range(count):
        begin(world, client="carl")
    carl = world.browser("carl")
    carl.get(at("client-visits", world.carl.ref))
    with CaptureQueriesContext(connection) as found:
        page = carl.get(at("client-visits", world.carl.ref)).content.decode()
    assert page.count(REASON) == count
    assert len(found) == 9


def test_pages_are_called_as_people_call_them() -> None:
    assert page_name("/client/acc_7HqWm2Zr9KtXbd/") == "Home"
    assert page_name("/client/acc_7HqWm2Zr9KtXbd/team/col_1/") == "Team"
    assert page_name("/client/acc_7HqWm2Zr9KtXbd/new-page/") == "Another page"
    assert page_name("/visit/end/") == "Another page"
    assert looked_at([]) == ()


def test_every_page_of_a_client_has_a_name_in_the_diary() -> None:
    routes = [page.route for page in pages() if CLIENT in page.portals]
    assert len(routes) > 60
    assert [route for route in routes if page_name("/" + route) == "Another page"] == []


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

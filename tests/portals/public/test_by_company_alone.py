"""Whoever a company's provider alone has shown reaches that company's account, and nothing of the person's own."""

from __future__ import annotations

import threading

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client

from sublet.foundation.errors import NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.secretbox import unseal
from sublet.people.models import CompanyIdentity, CompanyLogIn, Impersonation, LogIn, User
from sublet.people.operations.company_log_in_rules import (
    CannotSetCompanyLogIn,
    WantedCompanyLogIn,
    may_set_up,
    remove_company_log_in,
    set_company_log_in,
)
from sublet.people.operations.company_log_ins import link_company_log_in, unlink_company_log_in
from sublet.people.queries.company_log_ins import CameIn
from sublet.portals.public.views.company import FLOWS_KEY
from sublet.portals.shared.guard import BY_COMPANY
from sublet.portals.shared.people import COMPANY_KEY
from tests import factories
from tests.factories import AT
from tests.people import CARL_HOST, ROSA_HOST, World, shown
from tests.people.test_impersonation import begin

WANTED = WantedCompanyLogIn(issuer="https://id.example", client_id="sublet", on=True)


def by_company(browser: Client, world: World, account: str) -> Client:
    session = browser.session
    session[COMPANY_KEY] = CameIn(account_id=getattr(world, account).id, stamp="set up").stored()
    session.save()
    return browser


@pytest.mark.parametrize(
    "path", ["/me/", "/me/email/", "/me/password/", "/me/log-ins/end/", "/me/security/", "/me/security/app/"]
)
def test_own_pages_ask_for_the_own_log_in(world: World, path: str) -> None:
    browser = by_company(world.browser("carl"), world, "carl")
    before = LogIn.objects.count()

    for answer in (browser.get(path), browser.post(path, {"email-email": "mine@evil.test", "email-password": "x"})):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/login/own/?next=%2Fme%2F")
    assert User.objects.get(id=world.users["carl"].id).email == "carl@example.test"
    assert LogIn.objects.count() == before
    # Nobody at all is sent to the log-in, which says nothing of a company.
    nobody = world.stranger(CARL_HOST).get("/login/own/?next=/me/")
    assert (nobody.status_code, nobody["Location"]) == (302, "/login/?next=%2Fme%2F")
    # The control: the person itself is let in.
    assert world.browser("carl").get("/me/").status_code == 200


def test_only_the_companys_account_is_named(world: World) -> None:
    second = factories.make_client(world.rosa, "Second Kitchen")
    factories.make_collaborator(second, world.users["carl"])
    page = by_company(world.browser("carl", ROSA_HOST), world, "carl").get("/accounts/").content.decode()

    assert "Carl’s Kitchen" in page
    assert "Second Kitchen" not in page
    assert "Second Kitchen" in world.browser("carl", ROSA_HOST).get("/accounts/").content.decode()
    assert BY_COMPANY == {"home", "accounts"}


def test_a_page_elsewhere_does_not_begin_a_log_in(world: World) -> None:
    with world.scope("carl") as actor:
        set_company_log_in(wanted=WANTED, actor=actor, at=AT, ask=False)
    browser = world.stranger(CARL_HOST)
    path = f"/login/company/{world.carl.ref}/begin/"

    answer = browser.get(path, headers={"sec-fetch-site": "cross-site"})

    assert answer["Location"] == f"/login/company/{world.carl.ref}/"
    assert FLOWS_KEY not in browser.session


def test_visits_end_with_the_way_by_which_they_were_opened(world: World) -> None:
    with world.scope("rosa") as actor:
        set_company_log_in(wanted=WANTED, actor=actor, at=AT, ask=False)
        begin(world)
        set_company_log_in(
            wanted=WantedCompanyLogIn(issuer="https://id.example", client_id="sublet", domains=("example.com",), on=True),
            actor=actor, at=AT, ask=False,
        )  # fmt: skip
        assert Impersonation.unscoped.filter(ended_at=None).count() == 1  # nothing that opens anything has changed
        set_company_log_in(
            wanted=WantedCompanyLogIn(issuer="https://id.example", client_id="other", on=True),
            actor=actor, at=AT, ask=False,
        )  # fmt: skip
        assert Impersonation.unscoped.filter(ended_at=None).count() == 0
        begin(world)
        remove_company_log_in(actor=actor, at=AT)
        assert Impersonation.unscoped.filter(ended_at=None).count() == 0


def test_who_may_not_do_everything_names_no_provider(world: World) -> None:
    place = factories.make_collaborator(world.rosa, world.users["cleo"], rights={"team": "manage", "clients": "manage"})
    actor = factories.actor_for(place, host=ROSA_HOST)
    assert actor.may("team:manage")
    assert not may_set_up(actor)
    assert may_set_up(world.actor("rosa"))
    with world.scope("rosa"), pytest.raises(CannotSetCompanyLogIn):
        set_company_log_in(wanted=WANTED, actor=actor, at=AT, ask=False)
    assert not CompanyLogIn.unscoped.exists()


def test_a_secret_is_not_sent_to_another_provider(world: World) -> None:
    with world.scope("carl") as actor:
        for issuer, secret in (("https://id.example", "told once"), ("https://id.example", None)):
            wanted = WantedCompanyLogIn(issuer=issuer, client_id="sublet", client_secret=secret, on=True)
            set_company_log_in(wanted=wanted, actor=actor, at=AT, ask=False)
        kept = CompanyLogIn.objects.get().client_secret
        assert unseal(kept) == "told once"
        other = WantedCompanyLogIn(issuer="https://other.example", client_id="sublet", on=True)
        set_company_log_in(wanted=other, actor=actor, at=AT, ask=False)
        assert CompanyLogIn.objects.get().client_secret == ""


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_linking_and_unlinking_at_once_wait_for_the_person(world: World) -> None:
    """Were the link locked before its person by one of the two, PostgreSQL would end one of two browsers as a deadlock."""
    with world.scope("carl") as carl:
        set_company_log_in(wanted=WANTED, actor=carl, at=AT, ask=False)
        came = CameIn(account_id=world.carl.id, stamp=CompanyLogIn.objects.get().stamp)
        link_company_log_in(came=came, issuer=WANTED.issuer, subject="before", shown=shown(AT), actor=carl, at=AT)
    outcome: list[str] = []

    def unlinks() -> None:
        try:
            with world.scope("carl") as carl:
                unlink_company_log_in(account_ref=world.carl.ref, shown=shown(AT), actor=carl, at=AT)
            outcome.append("unlinked")
        except (NotFound, OperationalError) as error:
            outcome.append(str(error))
        finally:
            connection.close()

    thread = threading.Thread(target=unlinks)
    with world.scope("carl") as carl, transaction.atomic(), connection.cursor() as cursor:
        User.objects.select_for_update().get(id=carl.user_id or 0)
        thread.start()
        waiting = 0
        while not waiting and thread.is_alive():
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            waiting = cursor.fetchone()[0]
        link_company_log_in(came=came, issuer=WANTED.issuer, subject="after", shown=shown(AT), actor=carl, at=AT)
    thread.join()
    assert outcome == ["unlinked"]
    assert not CompanyIdentity.unscoped.exists()  # the one that was made while it waited
    events = JournalEntry.unscoped.filter(event__contains="linked").order_by("id")
    assert [each.event.rpartition(".")[2] for each in events] == ["linked", "linked", "unlinked"]

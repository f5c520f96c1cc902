"""Whom a directory names and nobody writes to: let in by the company log-in, by its word and the person's own, no other way."""

from __future__ import annotations

from typing import Any

import pytest

from sublet.foundation.journal.models import JournalEntry
from sublet.messaging.models import OutboxMail
from sublet.people import queries
from sublet.people.models import Collaborator, CompanyIdentity, Directory, DirectoryPerson, Invitation, User
from sublet.people.operations import CannotKeepDirectory, mail_invitations
from tests.company_provider import Provider
from tests.people import AT, CARL_HOST, PASSWORD, World
from tests.people.test_company_log_ins import company, go, have, home
from tests.portals.scim.directory import Speaker, make_speaker

__all__ = ["company"]  # the fixture

ADA = "ada@alba.example"


def stop_mails(world: World, made: Provider, **more: Any) -> Speaker:
    """Carl's directory, whose people come in by his company's log-in."""
    have(world, made, **{"domains": ["alba.example", "example.test"], **more})
    speaker = make_speaker(world, "carl")
    with world.scope("carl") as carl:
        mail_invitations(mails=False, actor=carl, at=AT)
    return speaker


def shown(made: Provider, email: str, *, verified: bool = True) -> None:
    made.claims = {"sub": f"s-{email}", "email": email, "email_verified": verified, "name": "Ada Alba"}


def invitation() -> Invitation:
    return Invitation.unscoped.get()  # unscoped: as stored


def test_who_is_named_comes_in_at_once_without_a_mail(world: World, company: Provider) -> None:
    carl = stop_mails(world, company)
    carl.group("everything", [carl.add(ADA)])
    assert (invitation().sends, OutboxMail.unscoped.filter(to_email=ADA).count()) == (0, 0)
    shown(company, ADA)
    browser = world.stranger(CARL_HOST)
    assert go(world, company, browser)["Location"] == home(world)
    assert browser.get(home(world)).status_code == 200
    person = User.objects.get(email=ADA)
    assert (person.name, person.has_usable_password()) == ("Ada Alba", False)
    entry = DirectoryPerson.unscoped.get()
    assert entry.collaborator is not None
    assert entry.collaborator.rights_words["product.design"] == "manage"
    assert CompanyIdentity.unscoped.get().subject == f"s-{ADA}"
    # The next time by issuer and subject, whatever the address; and out is out.
    company.claims = {"sub": f"s-{ADA}"}
    again = world.stranger(CARL_HOST)
    assert go(world, company, again)["Location"] == "/"
    carl.patch(f"/Users/{entry.ref}", {"op": "replace", "path": "active", "value": False})
    assert browser.get(home(world)).status_code == again.get(home(world)).status_code == 404
    assert go(world, company, world.stranger(CARL_HOST)).status_code == 403


@pytest.mark.parametrize("lacks", ["verified", "domain", "named", "active", "key", "by hand"])
def test_nothing_else_lets_in(world: World, company: Provider, lacks: str) -> None:
    carl = stop_mails(world, company)
    ref = "" if lacks == "named" else carl.add(ADA)
    shown(company, ADA, verified=lacks != "verified")
    if lacks == "domain":
        have(world, company, domains=["other.example"])
    if lacks == "active":
        carl.patch(f"/Users/{ref}", {"op": "replace", "path": "active", "value": False})
    if lacks == "key":
        type(carl.key).unscoped.update(revoked_at=AT)
    if lacks == "by hand":  # somebody sent it after all: the link and the provider together, as ever
        Invitation.unscoped.update(sends=1)
    browser = world.stranger(CARL_HOST)
    assert go(world, company, browser)["Location"] == "/login/company/link/"
    assert not User.objects.filter(email=ADA).exists()
    assert browser.get(home(world)).status_code == 302


def test_who_has_a_log_in_elsewhere_shows_it_once(world: World, company: Provider) -> None:
    """The directory cannot put Nora on the team, nor see that she is known; and she is not written to either."""
    nora = "nora@example.test"
    carl = stop_mails(world, company)
    carl.add(nora)
    assert (invitation().sends, OutboxMail.unscoped.filter(to_email=nora).count()) == (0, 0)
    shown(company, nora)
    browser = world.stranger(CARL_HOST)
    assert go(world, company, browser)["Location"] == "/login/company/link/"
    assert not Collaborator.unscoped.filter(account=world.carl, user=world.users["nora"]).exists()
    assert browser.get(home(world)).status_code == 302
    browser.post("/login/", {"email": nora, "password": PASSWORD, "next": "/login/company/link/"})
    assert browser.post("/login/company/link/").status_code == 302
    place = Collaborator.unscoped.get(account=world.carl, user=world.users["nora"])
    assert DirectoryPerson.unscoped.get().collaborator_id == place.id
    assert CompanyIdentity.unscoped.get().user_id == world.users["nora"].id
    assert browser.get(home(world)).status_code == 200


def test_it_takes_a_company_log_in_and_is_told_once(world: World, company: Provider) -> None:
    speaker = make_speaker(world, "carl")
    with world.scope("carl") as carl, pytest.raises(CannotKeepDirectory, match="no-company-log-in"):
        mail_invitations(mails=False, actor=carl, at=AT)
    assert Directory.unscoped.get().mails
    have(world, company, domains=["alba.example"])
    for mails in (False, False, True, True):
        with world.scope("carl") as carl:
            mail_invitations(mails=mails, actor=carl, at=AT)
    told = JournalEntry.unscoped.filter(event__startswith="directory.mails").order_by("id")
    assert [each.event for each in told] == ["directory.mails_stopped", "directory.mails_resumed"]
    assert speaker.add(ADA)
    assert invitation().sends == 1  # control: written to again


def test_where_the_company_log_in_does_not_let_somebody_in_a_mail_is_sent(world: World, company: Provider) -> None:
    speaker = stop_mails(world, company)
    speaker.add("eva@elsewhere.example")
    have(world, company, on=False)
    speaker.add(ADA)
    assert [each.sends for each in Invitation.unscoped.order_by("id")] == [1, 1]
    assert OutboxMail.unscoped.filter(to_email__in=[ADA, "eva@elsewhere.example"]).count() == 2


def test_the_pages_say_so(world: World, company: Provider) -> None:
    browser, team = world.browser("carl"), f"/client/{world.carl.ref}/team/"
    speaker = make_speaker(world, "carl")
    assert "Send no invitations" not in browser.get(f"{team}directory/").content.decode()
    refused = browser.post(f"{team}directory/switch/", {"mails": "0"})
    assert (refused.status_code, "Set the company log-in up" in refused.content.decode()) == (409, True)
    have(world, company, domains=["alba.example"])
    assert "Send no invitations" in browser.get(f"{team}directory/").content.decode()
    page = browser.post(f"{team}directory/switch/", {"mails": "0"}, follow=True).content.decode()
    assert "From now on, whoever the directory names comes in by the company log-in." in page
    speaker.add(ADA)
    assert "Comes in by the company log-in" in browser.get(team).content.decode()
    with world.scope("carl") as carl:
        (row,) = queries.team(carl, account_ref=world.carl.ref, at=AT.replace(year=AT.year + 20)).invitations
    assert (row.sends, row.expired) == (0, False)
    have(world, company, on=False)
    assert "Meanwhile invitations are sent." in browser.get(f"{team}directory/").content.decode()

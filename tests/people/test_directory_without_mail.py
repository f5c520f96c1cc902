"""People whom a directory names without a mail: let in by the company log-in of an account that owns their mailboxes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings as SettingsWrapper

from sublet.accounts.models import Account
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.messaging.mailbox_proof import domains_with_mailboxes
from sublet.messaging.models import OutboxMail, SenderDomain
from sublet.people.models import ApiKey, Collaborator, CompanyIdentity, Directory, Invitation, User
from sublet.people.operations import choose_directory_mail
from tests.company_provider import Provider, provider
from tests.factories import AT
from tests.people import CARL_HOST, World
from tests.people.test_company_log_ins import go, have, home
from tests.portals.scim.directory import Speaker, make_speaker

DOMAIN = "kitchen.example"
ADA = f"ada@{DOMAIN}"
SHOWN = {"sub": "ada-1", "email": ADA, "email_verified": True, "name": "Ada Alba"}


@pytest.fixture
def company(settings: SettingsWrapper) -> Iterator[Provider]:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    with provider() as made:
        yield made


@pytest.fixture
def carl(world: World, company: Provider) -> Speaker:
    """Carl's account: its directory, its company log-in, its domain proved, and no mails wanted."""
    have(world, company, domains=[DOMAIN])
    proved(world.carl)
    speaker = make_speaker(world, "carl")
    with world.scope("carl") as actor:
        choose_directory_mail(without_mail=True, actor=actor, at=AT)
    return speaker


def proved(account: Account, *, way: str = "platform mail.example", domain: str = DOMAIN) -> SenderDomain:
    with platform_scope("test"):
        return SenderDomain.objects.create(
            account=account, domain=domain, state="proved", proved_for=way, created_at=AT, next_check_at=AT
        )


def mailed(email: str = ADA) -> list[str]:
    return list(OutboxMail.unscoped.filter(to_email=email).order_by("id").values_list("template", flat=True))


def test_somebody_new_comes_in_by_the_company_without_a_mail(world: World, carl: Speaker, company: Provider) -> None:
    carl.add(ADA, displayName="Ada Alba")
    waiting = Invitation.unscoped.get(email=ADA)
    assert (waiting.sends, mailed()) == (0, [])
    browser = world.stranger(CARL_HOST)
    for claims in (SHOWN | {"email_verified": False}, SHOWN | {"email": f"eve@{DOMAIN}"}):
        company.claims = claims
        assert go(world, company, browser)["Location"] == "/login/company/link/"
    company.claims = SHOWN
    assert go(world, company, browser)["Location"] == home(world)
    assert browser.get(home(world)).status_code == 200
    person = User.objects.get(email=ADA)
    assert (person.name, person.has_usable_password()) == ("Ada Alba", False)
    assert CompanyIdentity.unscoped.get().user == person
    assert mailed() == ["company-log-in-linked", "new-device"]  # told of what happened, asked nothing
    # The next time is a log-in like any other; and the directory keeps the place.
    assert go(world, company, world.stranger(CARL_HOST)).status_code == 302
    ref = carl.ask("GET", f'/Users?filter=userName eq "{ADA}"')["Resources"][0]["id"]
    carl.patch(f"/Users/{ref}", {"op": "replace", "path": "active", "value": False})
    assert Collaborator.unscoped.get(user=person).ended_at is not None


def test_who_has_a_log_in_here_gets_the_mail_and_must_accept(world: World, carl: Speaker, company: Provider) -> None:
    """A company says of its own mailboxes who is there; whose log-in it is elsewhere it does not decide."""
    with platform_scope("test"):
        User.objects.filter(id=world.users["nora"].id).update(email=ADA)
    carl.add(ADA)
    assert mailed() == []
    company.claims = SHOWN
    for told in ("Look into your mailbox", ""):
        browser = world.stranger(CARL_HOST)
        answer = go(world, company, browser)
        assert told in answer.content.decode()
        assert browser.session.get("_auth_user_id") is None
        assert mailed() == ["invitation-known"]
    assert answer["Location"] == "/login/company/link/"  # from now on as for every invitation that was sent
    assert not Collaborator.unscoped.filter(account=world.carl, user=world.users["nora"]).exists()
    assert JournalEntry.unscoped.filter(event="invitation.resent", account_id=world.carl.id).count() == 1


def test_the_proof_and_the_key_are_asked_for_on_the_day(world: World, carl: Speaker, company: Provider) -> None:
    carl.add(ADA)
    company.claims = SHOWN
    elsewhere = "/login/company/link/"
    SenderDomain.unscoped.update(state="lost")
    assert go(world, company, world.stranger(CARL_HOST))["Location"] == elsewhere
    SenderDomain.unscoped.update(state="proved")
    Directory.unscoped.update(without_mail=False)
    assert go(world, company, world.stranger(CARL_HOST))["Location"] == elsewhere
    Directory.unscoped.update(without_mail=True)
    ApiKey.unscoped.update(revoked_at=AT)
    assert go(world, company, world.stranger(CARL_HOST)).status_code == 403
    ApiKey.unscoped.update(revoked_at=None)
    # Somebody else who is logged in in that browser undoes it all.
    assert go(world, company, world.browser("cleo", CARL_HOST)).status_code == 403
    assert not User.objects.filter(email=ADA).exists()
    assert go(world, company, world.stranger(CARL_HOST))["Location"] == home(world)


def test_what_does_not_prove_mailboxes_leaves_the_mail(world: World, carl: Speaker) -> None:
    """The selectors of a provider are the account's own word; and what two have proved is nobody's."""
    asked = (world.carl.id, [DOMAIN, "other.example"])
    assert domains_with_mailboxes(*asked) == (DOMAIN,)
    SenderDomain.unscoped.update(proved_for="provider postmark pm bounces")
    assert domains_with_mailboxes(*asked) == ()
    carl.add(ADA)
    assert mailed() == ["invitation-new"]
    SenderDomain.unscoped.update(proved_for="smtp mail.example include:x")
    assert domains_with_mailboxes(*asked) == (DOMAIN,)
    proved(world.rosa)
    assert domains_with_mailboxes(*asked) == ()
    carl.add("eda@other.example")
    assert mailed("eda@other.example") == ["invitation-new"]


def test_the_choice_is_told_once_and_on_the_page(world: World, carl: Speaker) -> None:
    browser, path = world.browser("carl", CARL_HOST), f"/client/{world.carl.ref}/team/directory/"
    page = browser.get(path).content.decode()
    assert f"Without a mail come people of: {DOMAIN}" in page
    for _twice in range(2):
        assert browser.post(path + "mail/").status_code == 302
    assert not Directory.unscoped.get(account=world.carl).without_mail
    events = JournalEntry.unscoped.filter(event__startswith="directory.mails_").order_by("id")
    assert list(events.values_list("event", flat=True)) == ["directory.mails_ended", "directory.mails_begun"]
    carl.add(ADA)
    assert mailed() == ["invitation-new"]

"""The pages of senders: what a recipient will see, the records of a domain, and who may change them."""

from __future__ import annotations

import pytest
from django.test import Client

from sublet.messaging.models import OutboxMail, Sender, SenderDomain
from tests.people import World

pytestmark = pytest.mark.django_db


def of_reseller(world: World, rest: str = "") -> str:
    return f"/reseller/{world.rosa.ref}/senders/{rest}"


def of_client(world: World, rest: str = "") -> str:
    return f"/reseller/{world.rosa.ref}/clients/{world.carl.ref}/senders/{rest}"


@pytest.fixture
def rosa(world: World) -> Client:
    return world.browser("rosa")


def add(rosa: Client, url: str) -> str:
    answer = rosa.post(url, {"domain": "Agency.Example"})
    assert answer.status_code == 302
    return str(answer["Location"])


def test_the_page_shows_the_lines_that_a_recipient_sees(world: World, rosa: Client) -> None:
    page = rosa.get(of_reseller(world)).content.decode()
    assert "Rosa Web Studio &lt;no-reply@localhost&gt;" in page
    assert "What cannot be hidden" in page
    assert "None yet." in page


@pytest.mark.parametrize("place", [of_reseller, of_client])
def test_a_domain_is_added_shows_its_records_and_goes(world: World, rosa: Client, place: object) -> None:
    assert callable(place)
    domain = add(rosa, place(world))
    row = SenderDomain.unscoped.get()  # unscoped: a test looks at everything
    page = rosa.get(domain).content.decode()
    for part in ("_domainkey.agency.example", "bounce.agency.example", "v=DKIM1; k=rsa; p=MII", "v=DMARC1; p=none"):
        assert part in page
    assert page.count("data-copy=") >= 6
    assert rosa.get(place(world)).content.decode().count("agency.example") >= 1
    for act in ("check/", "rotate/"):
        assert rosa.post(f"{domain}{act}")["Location"] == domain
    assert rosa.post(f"{domain}remove/")["Location"] == place(world)
    assert not SenderDomain.unscoped.filter(id=row.id).exists()  # unscoped: as above


def test_an_identity_is_changed_and_each_fault_stands_at_its_field(world: World, rosa: Client) -> None:
    add(rosa, of_reseller(world))
    domain = SenderDomain.unscoped.get()  # unscoped: as above
    url = of_reseller(world, "mail/account/")
    assert "Mailbox in Français" in rosa.get(url).content.decode()
    bad = rosa.post(url, {"mailbox": "a b", "domain": domain.ref, "reply_to": "ciao@agency.example"})
    assert bad.status_code == 409
    assert "cannot stand before the @" in bad.content.decode()
    good = {"name": "Studio", "mailbox": "hello", "mailbox_fr": "pas-repondre", "domain": domain.ref, "version": "0"}
    assert rosa.post(url, good)["Location"] == of_reseller(world)
    row = Sender.unscoped.get()  # unscoped: as above
    assert (row.name, row.mailboxes) == ("Studio", {"": "hello", "fr": "pas-repondre"})
    assert "Will be hello@agency.example" in rosa.get(of_reseller(world)).content.decode()
    late = rosa.post(url, {**good, "name": "Other"})
    assert late.status_code == 409
    assert rosa.get(of_reseller(world, "mail/other/")).status_code == 404


def test_a_test_mail_is_on_the_page_with_its_state(world: World, rosa: Client) -> None:
    assert rosa.post(of_client(world, "mail/product/test/"))["Location"] == of_client(world)
    row = OutboxMail.unscoped.get()  # unscoped: as above
    assert (row.to_email, row.identity) == ("rosa@example.test", "product")
    page = rosa.get(of_client(world)).content.decode()
    assert "Last test to rosa@example.test" in page
    row.state, row.answer = "failed", "550 5.7.1 <b>not here</b>"
    row.save_base(update_fields=["state", "answer"])
    assert "550 5.7.1 &lt;b&gt;not here&lt;/b&gt;" in rosa.get(of_client(world)).content.decode()


def test_whoever_may_only_look_at_clients_sees_no_senders(world: World) -> None:
    assert world.browser("ruth").get(of_reseller(world)).status_code == 403
    assert world.browser("remo").get(of_reseller(world)).status_code == 404
    assert world.browser("carl").get(f"/client/{world.carl.ref}/senders/").status_code == 403
    assert world.browser("dora").get(f"/client/{world.dora.ref}/senders/").status_code == 200

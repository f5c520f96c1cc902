"""The page of one host: its records, what DNS says, and looking again; in every portal that has hosts."""

from __future__ import annotations

import pytest

from sublet.branding import operations
from sublet.branding.models import Domain
from sublet.foundation import clock
from sublet.foundation.jobs import run_due_jobs
from sublet.messaging.models import OutboxMail
from sublet.people.operations.host_notices import tell_of_host
from tests import factories
from tests.people import AT, World

pytestmark = pytest.mark.django_db


def own(host: str) -> Domain:
    return Domain.unscoped.get(host=host)  # unscoped: a test looks at everything


def test_adding_a_domain_leads_to_its_records(world: World) -> None:
    rosa = world.browser("rosa")
    hosts = f"/reseller/{world.rosa.ref}/hosts/"
    added = rosa.post(hosts, {"host": "Bücher.example"})
    domain = own("xn--bcher-kva.example")
    assert (added.status_code, added["Location"]) == (302, f"{hosts}{domain.ref}/")
    page = rosa.get(f"{hosts}{domain.ref}/").content.decode()
    assert "bücher.example" in page
    for text in ("_host-proof.xn--bcher-kva.example", f"host-proof={domain.token}", "hosts.localhost", "ALIAS"):
        assert f"<code>{text}</code>" in page
    assert f'data-copy="host-proof={domain.token}"' in page
    assert 'hx-trigger="every 1s"' in page  # the first look needs no click
    run_due_jobs(at=clock.now())
    page = rosa.get(f"{hosts}{domain.ref}/").content.decode()
    assert "Check now" in page
    assert "every 1s" not in page
    assert "Waiting for proof" in rosa.get(hosts).content.decode()


def test_one_looks_again_and_sees_the_answer(world: World) -> None:
    rosa = world.browser("rosa")
    place = f"/reseller/{world.rosa.ref}/clients/{world.elan.ref}/hosts/"
    rosa.post(place, {"host": "www.elan.example"})
    run_due_jobs(at=AT)
    here = f"{place}{own('www.elan.example').ref}/"
    asked = rosa.post(f"{here}look/", headers={"hx-request": "true"}).content.decode()
    assert 'hx-trigger="every 1s"' in asked
    assert "Check now" not in asked
    run_due_jobs(at=clock.now())
    answered = rosa.get(f"{here}state/").content.decode()
    assert "every 1s" not in answered
    assert "The name servers of www.elan.example do not answer." in answered


def test_a_host_leads_to_the_main_one_and_back(world: World) -> None:
    domain = factories.make_host(world.rosa, "old.agency.example", primary=False)
    rosa = world.browser("rosa")
    here = f"/reseller/{world.rosa.ref}/hosts/{domain.ref}/"
    assert "Lead to the main address" in rosa.get(here).content.decode()
    assert rosa.post(f"{here}redirect/", {"redirects": "yes"})["Location"] == here
    assert own(domain.host).redirects
    assert "Show its own pages" in rosa.get(here).content.decode()
    rosa.post(f"{here}redirect/")
    assert not own(domain.host).redirects


def test_only_ones_own(world: World) -> None:
    rosa, dora = world.browser("rosa"), world.browser("dora")
    hers = factories.make_host(world.remo, "remo.example", primary=False)
    for act in ("", "state/"):
        assert rosa.get(f"/reseller/{world.rosa.ref}/hosts/{hers.ref}/{act}").status_code == 404
        assert dora.get(f"/client/{world.dora.ref}/hosts/{hers.ref}/{act}").status_code == 404
    for act in ("look/", "redirect/"):
        assert rosa.post(f"/reseller/{world.rosa.ref}/hosts/{hers.ref}/{act}").status_code == 404
    with world.scope("dora") as actor:
        made = operations.add_host(account_ref=actor.account_ref, host="dora.example", actor=actor, at=AT)
    assert dora.get(f"/client/{world.dora.ref}/hosts/{made.ref}/").status_code == 200


def test_whoever_manages_hosts_is_told_once(world: World) -> None:
    for _twice in range(2):
        for account, stopped in ((world.rosa, False), (world.elan, True)):
            tell_of_host(
                account_id=account.id, entry_id=account.ref, host="app.agency.example", stops=True, stopped=stopped,
                actor=world.actor("vera"), at=AT,
            )  # fmt: skip
    mails = OutboxMail.unscoped.order_by("created_at", "id")  # unscoped: a test looks at everything
    assert {(mail.template, mail.to_email) for mail in mails} == {
        ("host-failing", "rosa@example.test"),
        ("host-stopped", "rosa@example.test"),
    }
    assert len(mails) == 2
    assert "app.agency.example" in mails[0].subject
    assert "Vantage" not in mails[0].text

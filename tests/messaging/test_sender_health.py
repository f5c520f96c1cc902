"""The vendor's own senders, and how those of everybody are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sublet.core.rights import Rights
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound
from sublet.messaging.models import MailServer, OutboxMail, SenderDomain
from sublet.messaging.sender_health import sender_health
from sublet.messaging.sender_operations import add_sender_domain
from tests.messaging.test_pages import write
from tests.people import AT, World

pytestmark = pytest.mark.django_db


def prepared(world: World) -> None:
    for who in ("rosa", "remo"):
        with world.scope(who) as actor:
            add_sender_domain(account_ref=actor.account_ref, domain=f"{who}.example", actor=actor, at=AT)
    finding = {
        "code": "return-missing",
        "name": "bounce.rosa.example",
        "blocks": True,
        "found": "",
        "wanted": "back.example",
    }
    rows = SenderDomain.unscoped.filter(domain="rosa.example")  # unscoped: a test makes it so
    rows.update(state="lost", findings=[finding])
    server = MailServer(
        account=world.remo,
        kind="smtp",
        host="smtp.remo.example",
        state="fails",
        why="log-in",
        answer="535 <remo@remo.example> no",
    )
    MailServer.unscoped.bulk_create([server])  # unscoped: as above
    number = write(world, "carl", "one", "failed")
    OutboxMail.unscoped.filter(id=number).update(answer="550 go away")  # unscoped: as above


def test_the_vendor_sees_what_is_lost_what_fails_and_what_was_refused(world: World) -> None:
    prepared(world)
    vera = world.browser("vera")
    url = f"/vendor/{world.vendor.ref}/sender-domains/"
    page = vera.get(url).content.decode()
    for words in (
        "rosa.example", "remo.example", "bounce.rosa.example is missing in DNS", "Enter both anew",
        "smtp.remo.example refuses the user name", "535 &lt;remo@remo.example&gt; no",
    ):  # fmt: skip
        assert words in page
    lost = vera.get(f"{url}?state=lost").content.decode()
    assert ["rosa.example" in lost, ">remo.example<" in lost] == [True, False]
    with world.scope("vera") as actor:
        refused = {row.domain: row.refusal for row in sender_health(actor, at=AT).rows}
        assert sender_health(actor, at=now()).counts == {"pending": 1, "proved": 0, "lost": 1}
    # A client's mail leaves in its reseller's name: the refusal is said there.
    assert {domain: each.answer if each else "" for domain, each in refused.items()} == {
        "rosa.example": "550 go away", "remo.example": "",
    }  # fmt: skip
    with world.scope("rosa") as actor, pytest.raises(NotFound):
        sender_health(actor, at=AT)


def test_a_refusal_names_no_recipient_to_whoever_may_not_list_people(world: World) -> None:
    prepared(world)
    OutboxMail.unscoped.update(answer="550 <guest@example.test> is unknown")  # unscoped: as above
    with world.scope("vera") as actor:
        for rights, answer in (
            (Rights.of({"brand": "view"}), "550 <…> is unknown"),
            (Rights.of({"brand": "view", "people": "view"}), "550 <guest@example.test> is unknown"),
        ):
            health = sender_health(replace(actor, rights=rights), at=AT)
            found = health.rows
            assert ("remo@remo.example" in health.servers[0].answer) == rights.has("people:view")
            assert [row.refusal.answer for row in found if row.refusal is not None] == [answer]


def test_the_vendor_has_senders_of_its_own_but_no_other_server(world: World) -> None:
    vera = world.browser("vera")
    url = f"/vendor/{world.vendor.ref}/senders/"
    page = vera.get(url).content.decode()
    assert ["What cannot be hidden" in page, "Your own mail server" in page] == [True, False]
    made = vera.post(url, {"domain": "agency-of-vera.example"})
    assert "v=DKIM1; k=ed25519; p=" in vera.get(made["Location"]).content.decode()

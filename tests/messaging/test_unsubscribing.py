"""Leaving one kind of mail by one click (M2, RFC 8058): what stands in its head and is signed, and what comes of it."""

from __future__ import annotations

import re
from email.message import EmailMessage
from urllib.parse import urlsplit

import dkim
import pytest
from django.test import Client

from sublet.foundation.errors import NotFound
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.messaging.bounce_operations import lift_suppression, suppress_address
from sublet.messaging.kinds import declared
from sublet.messaging.models import OutboxMail, Suppression
from sublet.messaging.operations import NewMail, queue_mails
from sublet.messaging.suppression_queries import suppressions
from sublet.messaging.unsubscribing import address_for, leave
from sublet.messaging.worded import Value
from tests.dns_server import DnsServer
from tests.messaging.aligned import texts
from tests.messaging.smtp import MailServer
from tests.messaging.test_senders import MINUTE, dns, look, own, proved, publish, use, write
from tests.people import AT, REMO_HOST, ROSA_HOST, VENDOR_HOST, World

__all__ = [
    "dns",
    "look",
    "own",
    "proved",
    "publish",
    "use",
]  # the fixtures `dns` and `proved`, with what they are made of
pytestmark = pytest.mark.django_db
DIGEST: dict[str, Value] = {
    "person": "Rosa",
    "client": "Carl",
    "clients": 2,
    "lines": ("Carl: 80.", "Cleo: 90."),
    "more": 0,
    "url": "https://x.example/",
}
POSTED = "List-Unsubscribe=One-Click"


def digest(world: World, key: str = "d", to: str = "Rosa@example.test", account: str = "rosa") -> OutboxMail:
    return write(
        world,
        key,
        template="limits-digest",
        account_id=getattr(world, account).id,
        to_email=to,
        to_name="",
        context=DIGEST,
    )


def address_in(message: EmailMessage) -> str:
    found = re.fullmatch(r"<(https?://[!-~]+)>", str(message["List-Unsubscribe"]))
    assert found is not None
    return found[1]


def click(address: str, host: str = ROSA_HOST, **how: str) -> int:
    """As a mail program does: no cookie, no page before it."""
    browser = Client(headers={"host": host}, enforce_csrf_checks=True)
    answer = browser.post(urlsplit(address).path, POSTED, content_type="application/x-www-form-urlencoded", **how)  # type: ignore[arg-type]  # headers
    return answer.status_code


def left() -> list[tuple[str, str, str]]:
    # unscoped: a test looks at everything
    return list(Suppression.unscoped.order_by("id").values_list("email", "template", "reason"))


def test_it_stands_in_the_head_and_both_signatures_name_and_cover_it(
    world: World, dns: DnsServer, post: MailServer, proved: str
) -> None:
    digest(world)
    [kept] = post.kept
    assert address_in(kept.message).startswith(f"https://{ROSA_HOST}/unsubscribe/")
    assert kept.message["List-Unsubscribe-Post"] == POSTED
    signatures = kept.message.get_all("DKIM-Signature", [])
    assert len(signatures) == 2
    for each in signatures:
        named = re.sub(r"\s", "", re.search(r"\bh=([^;]*)", str(each))[1]).lower().split(":")  # type: ignore[index]  # it is there
        assert {"list-unsubscribe", "list-unsubscribe-post"} <= set(named)
    signer = dkim.DKIM(kept.content)
    for number in range(2):
        assert signer.verify(idx=number, dnsfunc=lambda name, timeout=5: texts(dns, name.decode().rstrip("."))[0])
    forged = dkim.DKIM(kept.content.replace(b"/unsubscribe/", b"/elsewhere/", 1))
    assert not forged.verify(dnsfunc=lambda name, timeout=5: texts(dns, name.decode().rstrip("."))[0])


def test_one_click_is_enough_and_nothing_of_that_kind_follows(world: World, post: MailServer) -> None:
    digest(world)
    address = address_in(post.kept[0].message)
    page = Client(headers={"host": ROSA_HOST}).get(urlsplit(address).path)
    assert page.status_code == 200
    assert "rosa@example.test would get no more mails of the kind “Limits: in the morning”" in page.content.decode()
    assert left() == []  # who looks, as programs that check links do, changes nothing
    assert [click(address), click(address)] == [200, 200]
    assert left() == [("rosa@example.test", "limits-digest", "opted-out")]
    entries = JournalEntry.unscoped.filter(event="mail.unsubscribed")  # unscoped: as above
    assert [(row.account_id, row.data) for row in entries] == [
        (world.rosa.id, {"mail": "limits-digest", "to": "rosa@example.test"})
    ]
    assert digest(world, "again").state == "withheld"
    many = NewMail(world.rosa.id, "ROSA@example.test", "", "en", DIGEST, "many")
    with platform_scope("a job of a test"):
        queue_mails(template="limits-digest", mails=[many], actor=world.actor("rosa"), at=AT)
    run_due_jobs(at=AT + MINUTE)
    assert OutboxMail.unscoped.get(key="many").state == "withheld"  # unscoped: as above
    assert len(post.kept) == 1
    assert write(world, "other", to_email="rosa@example.test").state == "sent"  # all other mails go on
    assert digest(world, "else", to="ruth@example.test").state == "sent"
    assert digest(world, "remos", account="remo").state == "sent"


def test_an_address_of_nobodys_making_leaves_nothing(world: World, post: MailServer) -> None:
    row = digest(world)
    address = address_in(post.kept[0].message)
    other = digest(world, "other", to="ruth@example.test")
    assert address_for(other, "") != address_for(row, "")
    token = address.rstrip("/").rpartition("/")[2]
    wrong = [
        address[:-3] + "xx/",
        address.replace(token, token[:-4] + "AAAA"),
        address.replace(token, "x"),
        address.replace(token, ":"),
    ]
    assert [click(each) for each in wrong] == [410] * 4
    assert click(address, REMO_HOST) == 410  # another agency's host
    assert left() == []
    assert click(address, VENDOR_HOST) == 200  # where whoever stands above works


def test_only_what_nothing_hangs_on_can_be_left(world: World, post: MailServer) -> None:
    assert {name for name, kind in declared().items() if kind.bulk} == {"limits-digest", "scan-broken", "scan-found"}
    row = write(world)
    assert post.kept[0].message["List-Unsubscribe"] is None
    assert address_for(row, "https://x.example") == ""


def test_the_list_shows_it_and_whoever_keeps_it_lifts_it(world: World, post: MailServer) -> None:
    digest(world)
    click(address_in(post.kept[0].message))
    page = world.browser("rosa").get(f"/reseller/{world.rosa.ref}/suppressed/").content.decode()
    assert "only “Limits: in the morning”" in page
    assert "Unsubscribed" in page
    with world.scope("rosa") as rosa:
        suppress_address(email="rosa@example.test", actor=rosa, at=AT)  # a second entry, for all kinds
        rows = suppressions(rosa).rows
        assert [(each.reason, each.kind) for each in rows] == [("by-hand", ""), ("opted-out", "Limits: in the morning")]
        for each in rows:
            lift_suppression(ref=each.ref, actor=rosa, at=AT)
        with pytest.raises(NotFound):
            lift_suppression(ref=rows[0].ref, actor=rosa, at=AT)
    assert digest(world, "again").state == "sent"


def test_who_has_asked_for_everything_to_stop_needs_no_click(world: World, post: MailServer) -> None:
    row = digest(world)
    with world.scope("rosa") as rosa:
        suppress_address(email="rosa@example.test", actor=rosa, at=AT)
    with platform_scope("a public page"):
        token = address_for(row, "").rstrip("/").rpartition("/")[2]
        found = leave(token, site_account_id=world.rosa.id, actor=world.actor("rosa"), at=AT)
    assert found is not None
    assert (found.email, found.is_out) == ("rosa@example.test", True)
    assert left()[0] == ("rosa@example.test", "", "by-hand")

"""The attacks on mail of security.md that a database takes part in (M1 to M4, I6): each with its positive control, where the
defence is taken away and the attack is seen to succeed. More of each stands in test_senders, test_outbox and test_mail_servers."""

from __future__ import annotations

import email.header
import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.errors import HeaderParseError
from time import sleep
from typing import Any
from urllib.parse import urlsplit

import dkim
import pytest
from django.core.mail import message as mail_message
from django.test import Client
from pytest_django.fixtures import Settings as SettingsWrapper

from sublet.core import wording as core_wording
from sublet.demo.ports import free_port
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.jobs.models import Job
from sublet.foundation.journal.models import JournalEntry
from sublet.messaging import gateway, rendering, sending, signing, unsubscribing
from sublet.messaging.models import OutboxMail, Suppression
from tests.dns_server import DnsServer
from tests.messaging.aligned import texts, verdict
from tests.messaging.conftest import lead_to
from tests.messaging.smtp import Kept, MailServer, mail_server
from tests.messaging.test_senders import DOMAIN, dns, proved, write
from tests.messaging.test_unsubscribing import address_in, digest
from tests.people import AT, ROSA_HOST, World

pytestmark = pytest.mark.django_db
__all__ = ["dns", "proved"]  # fixtures
HOUR = timedelta(hours=1)


# M1: signatures and alignment -----------------------------------------------------------------------------------------

SPOILED = {
    "body": (b"Carl", b"Karl"),
    "subject": (b"\nSubject: ", b"\nSubject: Re: "),
    "from": (b"\nFrom: ", b"\nFrom: Mallory, "),
    "to": (b"carl@example.test", b"karl@example.test"),
}


def good(kept: Kept, server: DnsServer) -> bool:
    """Whether a receiver finds the first signature right."""
    return bool(
        dkim.DKIM(kept.content).verify(dnsfunc=lambda name, timeout=5: texts(server, name.decode().rstrip("."))[0])
    )


def test_a_mail_that_was_changed_on_its_way_is_refused(
    world: World, dns: DnsServer, post: MailServer, proved: str
) -> None:
    """M1: in each part that a reader believes, one change at a time; and a second From on top."""
    write(world)
    [kept] = post.kept
    assert good(kept, dns)
    for part, (old, new) in SPOILED.items():
        assert old in kept.content, part
        assert not good(replace(kept, content=kept.content.replace(old, new, 1)), dns), part
    second = kept.content.replace(b"\nSubject: ", b"\nFrom: evil@example.test\r\nSubject: ", 1)
    assert not good(replace(kept, content=second), dns)


def test_a_signature_that_leaves_something_out_would_be_seen(
    world: World, dns: DnsServer, post: MailServer, proved: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M1's positive control: From alone is signed, and once; then the subject can be changed, and the check says so."""
    monkeypatch.setattr(signing, "SIGNED", ("from",))
    write(world)
    [kept] = post.kept
    assert good(replace(kept, content=kept.content.replace(*SPOILED["subject"], 1)), dns)
    second = kept.content.replace(b"\nSubject: ", b"\nFrom: evil@example.test\r\nSubject: ", 1)
    assert [name for name, _value in message_from_bytes(second).items()].count("From") == 2


def test_mail_of_a_domain_that_nobody_proved_would_be_seen_as_not_aligned(
    world: World, dns: DnsServer, post: MailServer, proved: str
) -> None:
    """M1's positive control for alignment: the records are gone from DNS, but nobody has looked, so the name is still used."""
    Job.unscoped.all().delete()  # unscoped: a test; nobody looks
    dns.zone = {name: value for name, value in dns.zone.items() if DOMAIN not in name}
    write(world)
    [kept] = post.kept
    assert kept.message["From"].addresses[0].domain == DOMAIN
    content = re.sub(rb"(?ms)^DKIM-Signature:.*?(?=^[A-Z])", b"", kept.content)
    found = verdict(replace(kept, content=content), dns, allowed="ip4:192.0.2.7")
    assert (found.dkim, found.spf) == ("", "")


# M2: one click --------------------------------------------------------------------------------------------------------


def test_one_click_leaves_and_looking_changes_nothing(world: World, post: MailServer) -> None:
    digest(world)
    path = urlsplit(address_in(post.kept[0].message)).path
    browser = Client(headers={"host": ROSA_HOST}, enforce_csrf_checks=True)
    for _ in range(3):
        assert browser.get(path).status_code == browser.head(path).status_code == 200
    assert digest(world, "looked").state == "sent"
    form = "application/x-www-form-urlencoded"
    assert browser.post(path, "List-Unsubscribe=One-Click", content_type=form).status_code == 200
    assert digest(world, "left").state == "withheld"
    assert len(post.kept) == 2


def test_a_click_that_was_not_kept_would_be_seen(
    world: World, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M2's positive control: the click is answered, and nobody writes it down."""
    monkeypatch.setattr(unsubscribing, "suppress", lambda *facts, **more: False)
    digest(world)
    path = urlsplit(address_in(post.kept[0].message)).path
    form = "application/x-www-form-urlencoded"
    answer = Client(headers={"host": ROSA_HOST}).post(path, "List-Unsubscribe=One-Click", content_type=form)
    assert answer.status_code == 200
    assert not Suppression.unscoped.exists()  # unscoped: a test looks at everything
    assert digest(world, "again").state == "sent"


# M3: headers ----------------------------------------------------------------------------------------------------------

HOSTILE = {
    "crlf": "x\r\nBcc: victim@example.test",
    "lf": "x\nBcc: victim@example.test",
    "cr": "x\rBcc: victim@example.test",
    "nul": "x\x00\r\nBcc: victim@example.test",
    "u2028": "x\u2028Bcc: victim@example.test",
    "fold": "x\r\n Bcc: victim@example.test\r\nBcc: victim@example.test",
    "long": "x" * 10_000,
    "turned": "\u202egnp.exe",
    "encoded": "=?utf-8?q?x=0D=0ABcc:_victim@example.test?=",
}
#: Every field of the row that a header is made of. The row is what any writer of mails fills in, whatever it has checked.
FIELDS = (
    "subject",
    "from_name",
    "from_email",
    "to_name",
    "to_email",
    "reply_to",
    "message_id",
    "language",
    "unsubscribe",
)
EXPECTED = {
    "content-type", "mime-version", "subject", "from", "to", "date", "message-id", "content-language", "auto-submitted",
    "reply-to", "list-unsubscribe", "list-unsubscribe-post",
}  # fmt: skip


def composed(field: str, text: str) -> bytes | None:
    """The message with `text` in one field past all that cleans it before; None when it is refused."""
    facts: dict[str, Any] = {
        "subject": "s", "text": "t", "html": "<p>t</p>", "from_name": "Rosa", "from_email": "rosa@example.test",
        "to_name": "Carl", "to_email": "carl@example.test", "reply_to": "rosa@example.test",
        "message_id": "<1@example.test>", "language": "en", "unsubscribe": "https://rosa.localhost/unsubscribe/x/",
    }  # fmt: skip
    try:
        return gateway.compose(**{**facts, field: text}).message
    except ValueError:  # Django's BadHeaderError is one
        return None


def injected(message: bytes | None) -> set[str]:
    """The headers of the message that are not ours."""
    if message is None:
        return set()
    head = message.split(b"\n\n")[0]
    lines = re.split(rb"\r\n|\n|\r", head)
    names = {line.partition(b":")[0].decode("latin-1").lower() for line in lines if line[:1] not in {b" ", b"\t"}}
    return names - EXPECTED


@pytest.mark.parametrize("field", FIELDS)
def test_no_field_that_reaches_a_header_makes_another(field: str) -> None:
    """M3, at the last step, where all of them come together; nothing of the cleaning before it is relied on."""
    assert injected(composed(field, "x@example.test")) == set()
    assert {how: injected(composed(field, text)) for how, text in HOSTILE.items()} == {how: set() for how in HOSTILE}


def test_a_header_with_a_line_break_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """M3's positive control: without Django's look for line breaks the standard library's own is in the way; without both the
    header is there."""
    monkeypatch.setattr(mail_message, "forbid_multi_line_headers", lambda name, value, encoding: (name, str(value)))
    with pytest.raises(HeaderParseError):
        composed("subject", HOSTILE["lf"])
    monkeypatch.setattr(email.header, "_embedded_header", re.compile(r"(?!)"))
    assert injected(composed("subject", HOSTILE["lf"])) == {"bcc"}


# M4: a server that is away, and one that is slow ----------------------------------------------------------------------


def test_a_server_that_is_away_for_a_day_loses_nothing_and_doubles_nothing(
    world: World, settings: SettingsWrapper
) -> None:
    """M4: down for 24 hours, then back."""
    port = free_port()
    lead_to(settings, port)
    for number in range(5):
        write(world, f"m{number}")
    for hour in range(1, 24):
        run_due_jobs(at=AT + hour * HOUR)
    rows = OutboxMail.unscoped.all()  # unscoped: a test looks at everything
    assert {row.state for row in rows} == {"queued"}
    with mail_server(port) as back:
        for hour in range(24, 40):
            run_due_jobs(at=AT + hour * HOUR)
        assert sorted(str(kept.message["Message-ID"]) for kept in back.kept) == sorted(row.message_id for row in rows)
    assert {row.state for row in OutboxMail.unscoped.all()} == {"sent"}  # unscoped: as above
    assert not JournalEntry.unscoped.filter(event__startswith="mail.").exists()  # unscoped: as above


def test_a_page_that_causes_a_mail_waits_for_no_mail_server(
    world: World, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M4: a server that takes 30 seconds is no matter to a request: it hands nothing over."""
    opened: list[object] = []
    monkeypatch.setattr(sending, "gateway", lambda: opened.append("tried"))
    for place in ("sublet.messaging.lines.opened", "sublet.foundation.outbound.socket.create_connection"):
        monkeypatch.setattr(place, lambda *facts, **more: opened.append(facts))
    stranger, rosa = world.stranger(), world.browser("rosa")
    assert stranger.post("/forgotten/", {"email": "rosa@example.test"}).status_code in {200, 302}
    page = f"/reseller/{world.rosa.ref}/team/invite/"
    assert rosa.post(page, {"email": "one@new.test", "language": "en"}).status_code == 302
    assert (opened, post.kept) == ([], [])
    # The positive control: the wall of this test notices a job that does hand one over.
    run_due_jobs(at=AT.replace(year=2100))
    assert opened


@pytest.mark.parametrize(("patience", "state"), [(30.0, "sent"), (1.5, "unknown")])
def test_a_slow_server_is_waited_for_and_never_given_the_same_twice(
    world: World, post: MailServer, monkeypatch: pytest.MonkeyPatch, patience: float, state: str
) -> None:
    """M4: it takes long to keep a message and long to say so. Waited for it is sent; not waited for, nobody knows, and nobody repeats."""
    monkeypatch.setattr(gateway, "LAST_TIMEOUT_SECONDS", patience)
    post.pause = 2.0
    write(world)
    for days in range(4):
        run_due_jobs(at=AT + 2 * HOUR + days * 24 * HOUR)
    sleep(0.7)  # whatever else it was given, it has kept by then
    assert OutboxMail.unscoped.get().state == state  # unscoped: a test looks at everything
    assert len(post.kept) == 1


def test_a_mail_that_was_repeated_after_a_lost_answer_would_be_seen(
    world: World, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M4's positive control: the server accepts and dies; who takes that for "not now" has it arrive twice."""

    def again(row: OutboxMail, fault: Exception, **more: object) -> None:
        raise gateway.TryLater(str(fault))

    monkeypatch.setattr(sending, "claim", lambda row, **more: True)
    monkeypatch.setattr(sending, "end_as", again)
    post.answers = [("data", "cut")]
    write(world)
    run_due_jobs(at=AT + 2 * HOUR)
    assert [str(kept.message["Message-ID"]) for kept in post.kept] == [post.kept[0].message["Message-ID"]] * 2


# I6: templates in tenants' words --------------------------------------------------------------------------------------

ENGINES = ("{{7*7}}", "{{ 7*7 }}", "{% widthratio 7 1 7 %}", "${7*7}", "<%= 7*7 %>", "#{7*7}", "{{brand.account.ref}}",
           "{% load i18n %}", "{{ settings.SECRET_KEY }}", "{7*7}", "%(name)s")  # fmt: skip


def test_what_a_tenant_calls_itself_is_printed_in_its_mails_and_on_its_pages(world: World, post: MailServer) -> None:
    """I6 beyond the words of mails: the names of an account and of its brand, in mails and on pages."""
    from sublet.branding.operations import change_brand

    text = " ".join(ENGINES)[:79].rstrip()
    with world.scope("rosa") as rosa:
        change_brand(
            account_ref=world.rosa.ref, changes={"name": text, "footer": text}, version=None, actor=rosa, at=AT
        )
    write(
        world, account_id=world.elan.id, context={"name": text, "note": text, "url": "https://x.example/", "hours": 2}
    )
    plain = re.sub(r"\s+", " ", post.kept[0].part("plain"))
    assert plain.count(text) >= 2
    assert "49" not in plain
    page = world.stranger().get("/login/").content.decode()
    assert "{{7*7}}" in page
    assert ">49<" not in page


def test_words_that_were_run_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """I6's positive control: tenants' words through a template engine."""
    from django.template import Context, Engine

    monkeypatch.setattr(
        rendering,
        "fill",
        lambda text, values: Engine().from_string(text).render(Context(dict(values), autoescape=False)),
    )
    assert vars(rendering)["fill"]("{% if 1 %}49{% endif %}", {}) == "49"
    assert core_wording.fill("{% if 1 %}49{% endif %}", {}) == "{% if 1 %}49{% endif %}"

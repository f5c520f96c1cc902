"""Mail in an account's own name leaves by its own server or a provider, and nothing can be reached that must not be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings as SettingsWrapper

from sublet.core.senders import PROVIDER, SMTP
from sublet.demo.ports import free_port
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.secretbox import unseal
from sublet.messaging.events import SERVER_FAULTS
from sublet.messaging.lines import REASONS
from sublet.messaging.models import MailServer
from sublet.messaging.operations import NewMail, queue_mails
from sublet.messaging.server_operations import CannotSetMailServer, remove_mail_server, set_mail_server
from sublet.portals.shared.sender_words import fault_words
from tests.dns_server import DnsServer
from tests.messaging.aligned import verdict
from tests.messaging.provider import Provider, provider
from tests.messaging.smtp import MailServer as Sink
from tests.messaging.smtp import mail_server
from tests.messaging.test_senders import DAY, DOMAIN, dns, domain_of, look, own, proved, publish, use, write
from tests.people import AT, World

pytestmark = pytest.mark.django_db
__all__ = ["dns", "proved"]  # fixtures


@pytest.fixture(autouse=True)
def inside(settings: SettingsWrapper) -> None:
    """The operator lets accounts use servers of this machine."""
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]


@pytest.fixture
def theirs() -> Iterator[Sink]:
    with mail_server() as server:
        yield server


def by_smtp(world: World, port: int, **more: object) -> None:
    facts: dict[str, object] = {
        "kind": SMTP,
        "host": "127.0.0.1",
        "port": port,
        "tls": "",
        "spf": "ip4:192.0.2.9",
        **more,
    }
    with world.scope("rosa") as actor:
        set_mail_server(account_ref=world.rosa.ref, actor=actor, at=AT, **facts)  # type: ignore[arg-type]  # a test's mixture


def by_provider(world: World, **more: object) -> None:
    facts: dict[str, object] = {
        "kind": PROVIDER, "provider": "postmark", "secret": "pm-KEY", "selectors": "pm", "return_path": "pm-bounces", **more,
    }  # fmt: skip
    with world.scope("rosa") as actor:
        set_mail_server(account_ref=world.rosa.ref, actor=actor, at=AT, **facts)  # type: ignore[arg-type]  # as above


def row() -> MailServer:
    return MailServer.unscoped.get()  # unscoped: a test looks at everything


def test_another_server_is_another_proof_and_then_mail_leaves_by_it(
    world: World, dns: DnsServer, post: Sink, theirs: Sink, proved: str
) -> None:
    by_smtp(world, theirs.port)
    write(world, "before")  # the records still speak of the installation's server
    assert {kept.sender for kept in post.kept} == {"no-reply@mail.example.net"}
    assert theirs.kept == []
    assert row().state == "works"  # tried by a job, beside the mail
    del dns.zone["bounce." + DOMAIN]
    publish(dns, proved)
    dns.zone["bounce." + DOMAIN] = [("MX", "10 mail.example.net."), ("TXT", "v=spf1 ip4:192.0.2.9 -all")]
    assert look(world, proved, DAY) == "proved"
    write(world, "after")
    kept = next(each for each in theirs.kept if each.recipient == "carl@example.test")
    told = verdict(kept, dns, allowed="ip4:192.0.2.9")
    assert (told.dkim, told.dmarc_by_dkim, told.dmarc_by_spf) == (DOMAIN, "pass", "pass")
    assert theirs.lines[-1] == DOMAIN  # what it is greeted with names nobody else
    # A link that lets somebody in is nothing for whoever runs that server.
    theirs_before = len(theirs.kept)
    write(world, "secret", secret=True)
    assert (len(theirs.kept), post.kept[-1].sender) == (theirs_before, "no-reply@mail.example.net")
    # The same SPF, but another server: nobody has looked whether it is the one that DNS names.
    MailServer.unscoped.update(host="127.0.0.2")  # unscoped: as above
    write(world, "other")
    assert (len(theirs.kept), post.kept[-1].sender) == (theirs_before, "no-reply@mail.example.net")
    with world.scope("rosa") as actor:
        remove_mail_server(account_ref=world.rosa.ref, actor=actor, at=AT)
    write(world, "again")
    assert post.kept[-1].sender == "no-reply@mail.example.net"


def test_a_server_that_does_not_answer_is_said_and_its_mail_waits(
    world: World, dns: DnsServer, post: Sink, proved: str
) -> None:
    by_smtp(world, free_port())
    dns.zone["bounce." + DOMAIN] = [("MX", "10 mail.example.net."), ("TXT", "v=spf1 ip4:192.0.2.9 -all")]
    look(world, proved, DAY)
    waits = write(world, "waits")
    assert (waits.state, post.kept) == ("queued", [])
    assert (row().state, "refused" in row().answer) == ("fails", True)


INSIDE = ["10.0.0.1", "192.168.1.1", "169.254.169.254", "::1", "0.0.0.0", "::ffff:127.0.0.1", "64:ff9b::7f00:1"]


@pytest.mark.parametrize("host", INSIDE)
def test_no_connection_to_an_address_inside(world: World, settings: SettingsWrapper, host: str) -> None:
    """I5, at this field: neither when it is set nor when mail leaves."""
    settings.OUTBOUND_ALLOW = []
    by_smtp(world, 587, host=host, tls="starttls")
    run_due_jobs(at=AT + timedelta(minutes=1))
    assert (row().state, row().answer) == ("fails", "address")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("host", "a b"), ("host", "smtp.example\r\nRCPT"), ("host", ""), ("port", 22), ("tls", ""), ("user", "a\nb"),
        ("spf", "x all"), ("spf", "é"), ("secret", "a\nb"), ("secret", "x" * 501),
    ],
)  # fmt: skip
def test_what_is_no_mail_server(world: World, field: str, value: object) -> None:
    wanted: dict[str, object] = {"host": "smtp.agency.example", "port": 587, "tls": "starttls", field: value}
    with pytest.raises(CannotSetMailServer) as refused:
        by_smtp(world, int(str(wanted.pop("port"))), **wanted)
    assert refused.value.field == field


def test_a_password_is_sealed_and_never_goes_to_another_server(world: World) -> None:
    by_smtp(world, 587, host="smtp.agency.example", tls="starttls", user="rosa", secret="hunter2-CANARY")
    by_smtp(world, 587, host="smtp.agency.example", tls="starttls", user="rosa", spf="mx")  # keeps it
    assert unseal(row().secret_box) == "hunter2-CANARY"
    with pytest.raises(CannotSetMailServer, match="secret-missing"):
        by_smtp(world, 587, host="evil.example", tls="starttls", user="rosa")
    assert "CANARY" not in str([entry.data for entry in JournalEntry.unscoped.all()])  # unscoped: as above
    with world.scope("rosa") as actor, pytest.raises(CannotSetMailServer, match="of-reseller"):
        set_mail_server(account_ref=world.carl.ref, kind=SMTP, host="smtp.agency.example", actor=actor, at=AT)


@pytest.fixture
def service(world: World, dns: DnsServer, post: Sink, settings: SettingsWrapper) -> Iterator[Provider]:
    """Postmark, played; Rosa's domain proved with its records."""
    with provider() as played:
        settings.MAIL_PROVIDER_URLS = {"postmark": played.url}
        by_provider(world)
        ref = own(world)
        use(world, ref)
        dns.zone["pm._domainkey." + DOMAIN] = [("TXT", "k=rsa; p=MIGf")]
        dns.zone["pm-bounces." + DOMAIN] = [("TXT", "v=spf1 include:spf.provider.example ~all")]
        assert look(world, ref) == "proved"
        assert domain_of(ref).proved_for == "provider postmark pm pm-bounces"
        yield played


def test_a_provider_is_handed_the_mail_by_its_own_api(world: World, service: Provider, post: Sink) -> None:
    mail = write(world)
    [(path, headers, body)] = service.heard
    assert (path, headers["X-Postmark-Server-Token"]) == ("/email", "pm-KEY")
    assert body["From"] == f"Rosa Web Studio <hello@{DOMAIN}>"
    assert "Carl" in body["TextBody"]
    assert (mail.state, mail.answer, post.kept) == ("sent", "m-1", [])
    assert mail.provider_id == "postmark:m-1"


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ((422, {"ErrorCode": 300, "Message": "Invalid 'To' address"}), "failed"),
        ((429, {"Message": "slow down"}), "queued"),
        ((503, {}), "queued"),
        ((401, {"Message": "bad token"}), "queued"),
        ((500, {}), "unknown"),
        ((0, {}), "unknown"),
    ],
)
def test_what_a_provider_answers_is_what_the_mail_says(
    world: World, service: Provider, answer: tuple[int, object], state: str
) -> None:
    """M4: refused, not now, accepted and dead; nothing is sent twice."""
    service.answers.append(answer)
    mail = write(world)
    assert (mail.state, len(service.heard)) == (state, 1)
    assert "pm-KEY" not in mail.answer
    if state == "queued":
        run_due_jobs(at=AT + timedelta(hours=1))
        mail.refresh_from_db()
        assert mail.state == "sent"


def test_resend_is_handed_the_mail_and_its_number_is_kept(
    world: World, dns: DnsServer, post: Sink, settings: SettingsWrapper
) -> None:
    with provider() as played:
        settings.MAIL_PROVIDER_URLS = {"resend": played.url}
        by_provider(world, provider="resend", secret="re_KEY", selectors="resend", return_path="send")
        ref = own(world)
        use(world, ref)
        dns.zone["resend._domainkey." + DOMAIN] = [("TXT", "p=MIGf")]
        dns.zone["send." + DOMAIN] = [("TXT", "v=spf1 include:spf.provider.example ~all")]
        assert look(world, ref) == "proved"
        mail = write(world)
        [(path, headers, body)] = played.heard
        assert (path, headers["Authorization"]) == ("/emails", "Bearer re_KEY")
        assert (body["from"], body["to"]) == (f"Rosa Web Studio <hello@{DOMAIN}>", ["Carl <carl@example.test>"])
        assert "Carl" in body["text"]
        assert (mail.state, mail.provider_id, post.kept) == ("sent", "resend:m-1", [])
        played.answers.append((403, {"message": "API key is invalid"}))
        again = write(world, "again")
        assert again.state == "queued"
        server = MailServer.unscoped.get()  # unscoped: a test looks at everything
        assert (server.state, server.why) == ("fails", "log-in")
        run_due_jobs(at=AT + timedelta(hours=1))
        server.refresh_from_db()
        assert (server.state, server.why) == ("works", "")
        assert events_of_servers() == ["mail_server.changed", "mail_server.failing", "mail_server.working"]


@pytest.mark.parametrize(
    ("step", "why", "state", "words"),
    [
        (("mail", "553 not your address"), "sender", "failed", ("takes no mail that comes from this address", "Allow the address")),
        (("mail", "421 too many"), "busy", "queued", ("takes no mail for now", "tried again by itself")),
        (("rcpt", "550 no such person"), "", "failed", ()),
        (("rcpt", "451 greylisted"), "", "queued", ()),
    ],
)  # fmt: skip
def test_a_mail_that_meets_a_failing_server_says_why_on_the_page(
    world: World, dns: DnsServer, theirs: Sink, post: Sink, proved: str, step: tuple[str, str], why: str, state: str,
    words: tuple[str, ...],
) -> None:  # fmt: skip
    by_smtp(world, theirs.port)
    dns.zone["bounce." + DOMAIN] = [("MX", "10 mail.example.net."), ("TXT", "v=spf1 ip4:192.0.2.9 -all")]
    assert look(world, proved, DAY) == "proved"
    run_due_jobs(at=AT)
    assert (row().state, row().why) == ("works", "")
    theirs.answers.append(step)
    assert write(world, "one").state == state
    assert (row().state, row().why, row().answer) == (("fails", why, step[1]) if why else ("works", "", ""))
    page = world.browser("rosa").get(f"/reseller/{world.rosa.ref}/senders/").content.decode()
    for text in words:
        assert text in page
    assert (step[1] in page) == bool(why)
    health = world.browser("vera").get(f"/vendor/{world.vendor.ref}/sender-domains/").content.decode()
    assert [text in health for text in words] == [True] * len(words)
    assert events_of_servers() == ["mail_server.changed", "mail_server.failing"][: 2 if why else 1]
    theirs.answers.append(step)
    write(world, "two")
    assert events_of_servers() == ["mail_server.changed", "mail_server.failing"][: 2 if why else 1]  # said once
    write(world, "three")
    assert row().state == "works"
    assert events_of_servers()[2:] == (["mail_server.working"] if why else [])
    page = world.browser("rosa").get(f"/reseller/{world.rosa.ref}/senders/").content.decode()
    assert [text in page for text in words] == [False] * len(words)


def events_of_servers() -> list[str]:
    """By name: those of one instant come in any order when ids of another were made between them."""
    told = JournalEntry.unscoped.filter(event__startswith="mail_server.")  # unscoped: as above
    return sorted(told.values_list("event", flat=True))


@pytest.mark.parametrize(("why", "kind"), [*((each, "smtp") for each in REASONS), ("log-in", "provider")])
def test_each_reason_has_words_a_next_step_and_a_place_in_the_journal(why: str, kind: str) -> None:
    what, step = fault_words(why, "smtp.agency.example", kind)
    assert what.startswith(("smtp.agency.example", "There is no server", "The certificate of smtp.agency.example"))
    assert len(step) > 20
    assert why in SERVER_FAULTS
    assert fault_words("", "smtp.agency.example", kind) == ("", "")


def test_a_server_that_takes_the_rest_of_a_batch_is_not_left_as_failing(
    world: World, dns: DnsServer, theirs: Sink, post: Sink, proved: str
) -> None:
    by_smtp(world, theirs.port)
    dns.zone["bounce." + DOMAIN] = [("MX", "10 mail.example.net."), ("TXT", "v=spf1 ip4:192.0.2.9 -all")]
    assert look(world, proved, DAY) == "proved"
    run_due_jobs(at=AT)
    theirs.answers.append(("mail", "553 not your address"))
    facts = {"account_id": world.carl.id, "to_name": "", "language": "en",
             "context": {"name": "Carl", "note": "hello", "url": "https://rosa.localhost/x", "hours": 2}}  # fmt: skip
    mails = [NewMail(to_email=f"p{n}@example.test", key=f"batch:{n}", **facts) for n in range(3)]  # type: ignore[arg-type]  # a test's mixture
    with transaction.atomic():
        queue_mails(template="test-welcome", mails=mails, actor=world.actor("rosa"), at=AT)
    run_due_jobs(at=AT)
    assert len(theirs.kept) == 2
    assert (row().state, row().why) == ("works", "")
    assert events_of_servers() == ["mail_server.changed", "mail_server.failing", "mail_server.working"]


def test_a_server_whose_password_cannot_be_opened_is_not_tried_for_ever(world: World, theirs: Sink) -> None:
    by_smtp(world, theirs.port, user="rosa", secret="pass-WORD", tls="starttls")
    MailServer.unscoped.update(secret_box="sealed with another key")  # unscoped: a test's own row
    run_due_jobs(at=AT)
    assert (row().state, row().why) == ("fails", "")
    assert "SUBLET_ENCRYPTION_KEYS" in row().answer
    assert events_of_servers() == ["mail_server.changed"]

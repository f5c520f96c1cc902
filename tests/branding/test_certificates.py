"""Certificates as a visitor is shown them, from a real TLS server; who is told; what the doctor and the pages say."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sublet.branding import operations, queries, tls_gateway
from sublet.branding.models import Domain
from sublet.branding.operations import certificates
from sublet.core.certificates import NO_TLS, SHOWN, UNSEEN, CertificateSeen
from sublet.foundation.clock import now
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.outbound import BadCertificate, NoAnswer, session, trusting
from sublet.foundation.scope import platform_scope
from sublet.foundation.settings import WrongSetting, read_authorities
from sublet.messaging.models import OutboxMail
from sublet.portals.cli import domain_findings
from tests.people import AT, World
from tests.tls_server import certificate, signed_certificate, speak

HOST = "app.agency.localhost"
DAY = timedelta(days=1)


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[socket.socket]:
    """A listening socket on the port that people see, on this machine, which the installation lists."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setitem(settings.SUBLET._values, "SUBLET_PUBLIC_PORT", listener.getsockname()[1])
        settings.OUTBOUND_ALLOW = ["127.0.0.0/8", "::1/128"]
        yield listener


def test_a_certificate_is_read_as_it_is_shown(
    door: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = now().replace(microsecond=0) + 30 * DAY
    file = certificate(tmp_path, HOST, ends)
    speak(door, file, times=3)
    strange = tls_gateway.look_at_certificate(HOST)
    assert (strange.outcome, strange.trusted, strange.ends_at) == (SHOWN, False, ends)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    known = tls_gateway.look_at_certificate(HOST)
    assert known == CertificateSeen(SHOWN, ends - 90 * DAY, ends, "Test Authority", (HOST,), True)


def test_an_authority_of_the_installations_own_is_believed_beside_the_others(
    door: socket.socket, tmp_path: Path, settings: Any
) -> None:
    """The certificate is not in the file: only who has signed it. What was believed before is believed still."""
    known = len(trusting().get_ca_certs())
    authority, file = signed_certificate(tmp_path, HOST, now().replace(microsecond=0) + 30 * DAY)
    speak(door, file, times=6)
    assert tls_gateway.look_at_certificate(HOST).trusted is False
    url = f"https://{HOST}:{door.getsockname()[1]}/"
    with pytest.raises(BadCertificate):
        session().get(url)
    settings.OUTBOUND_CA = read_authorities(str(authority))
    seen = tls_gateway.look_at_certificate(HOST)
    assert (seen.outcome, seen.trusted, seen.issuer) == (SHOWN, True, "House Authority")
    with pytest.raises(NoAnswer) as silence:  # the handshake was right; the test's server has nothing to say
        session().get(url)
    assert not isinstance(silence.value, BadCertificate)
    with pytest.raises(BadCertificate):  # still for its own name only
        session(resolve=lambda _host: ["127.0.0.1"]).get(url.replace(HOST, "other.agency.localhost"))
    assert len(trusting().get_ca_certs()) == known + 1


def test_a_file_without_an_authority_is_told_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "authorities.pem"
    assert read_authorities("") == ""
    for text, told in (
        (None, "cannot be read"),
        ("nothing", "there is no certificate"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "cannot be read"),
    ):
        if text is not None:
            file.write_text(text)
        with pytest.raises(WrongSetting, match=told):
            read_authorities(str(file))


def test_one_that_has_ended_is_read_too(door: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = now().replace(microsecond=0) - DAY
    file = certificate(tmp_path, HOST, ends)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    speak(door, file, times=2)
    assert tls_gateway.look_at_certificate(HOST).ends_at == ends


def test_what_is_no_tls_or_not_ours_to_visit_is_said(
    door: socket.socket, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rude() -> None:
        wire, _place = door.accept()
        with wire:
            wire.sendall(b"220 hello, this is no TLS\r\n")

    threading.Thread(target=rude, daemon=True).start()
    assert tls_gateway.look_at_certificate(HOST).outcome == NO_TLS
    door.close()  # a firewall, or a proxy that starts anew: no certificate is missing
    assert tls_gateway.look_at_certificate(HOST).outcome == UNSEEN
    settings.OUTBOUND_ALLOW = []
    assert tls_gateway.look_at_certificate(HOST).outcome == UNSEEN
    assert tls_gateway.look_at_certificate("169.254.169.254").outcome == UNSEEN


def own_domain(world: World, host: str) -> Domain:
    with world.scope("rosa") as rosa:
        made = operations.add_host(account_ref=rosa.account_ref, host=host, actor=rosa, at=AT)
    with platform_scope("test data"):
        operations.mark_proved(ref=made.ref, actor=world.actor("vera"), at=AT)
        Domain.objects.filter(id=made.id).update(serving=True)
    return made


def look(world: World, domain: Domain, seen: CertificateSeen, at: datetime) -> Domain:
    with platform_scope("a look of a test"):
        operations.settle_certificate(ref=domain.ref, seen=seen, actor=world.actor("vera"), at=at)
        return Domain.objects.get(id=domain.id)


def shown(host: str, ends: datetime) -> CertificateSeen:
    return CertificateSeen(SHOWN, ends - 90 * DAY, ends, "An Authority", (host,), True)


@pytest.mark.django_db
def test_the_vendor_is_told_before_one_ends_and_once(world: World) -> None:
    domain = own_domain(world, "app.agency.example")
    good = look(world, domain, shown("app.agency.example", AT + 40 * DAY), AT)
    assert (good.certificate_code, good.certificate_next_at) == ("good", AT + DAY)
    for days in (27, 28):
        late = look(world, domain, shown("app.agency.example", AT + 40 * DAY), AT + days * DAY)
    assert (late.certificate_code, late.certificate_since) == ("ends", AT + 27 * DAY)
    run_due_jobs(at=AT + 28 * DAY)
    mails = OutboxMail.unscoped.filter(template="host-certificate")  # unscoped: a test looks at everything
    assert [(mail.to_email, mail.account_id) for mail in mails] == [("vera@example.test", world.vendor.id)]
    with platform_scope("the doctor of a test"):
        assert [(each.topic, each.level) for each in domain_findings.domains()] == [("certificates", "wrong")]
    page = world.browser("rosa").get(f"/reseller/{world.rosa.ref}/hosts/{domain.ref}/").content.decode()
    assert "It ends on " in page
    listing = world.browser("rosa").get(f"/reseller/{world.rosa.ref}/hosts/").content.decode()
    for seen in (page, listing):  # not called one that answers while something is wrong
        assert "Certificate: it ends on " in seen
        assert "state-warning" in seen
    again = look(world, domain, shown("app.agency.example", AT + 120 * DAY), AT + 29 * DAY)
    assert (again.certificate_code, again.certificate_told_at, again.certificate_since) == ("good", None, None)
    # unscoped: a test looks at everything
    told = JournalEntry.unscoped.filter(event__startswith="host.certificate").order_by("id")
    assert [entry.event for entry in told] == ["host.certificate_failing", "host.certificate_good"]


@pytest.mark.django_db
def test_only_own_names_that_lead_here_are_looked_at(world: World, settings: Any) -> None:
    own, elsewhere, wild = (own_domain(world, host) for host in ("a.example", "b.example", "*.c.example"))
    with platform_scope("test data"), world.scope("rosa") as rosa:
        Domain.objects.filter(id=elsewhere.id).update(serving=False)
        operations.add_host(account_ref=world.elan.ref, host="elan.c.example", actor=rosa, at=AT)
    with platform_scope("a schedule of a test"):
        vera = world.actor("vera")
        settings.SECURE_SCHEME = False  # without TLS of its own there is nothing to look at
        assert operations.put_due_certificate_looks(actor=vera, at=AT) == 0
        settings.SECURE_SCHEME = True
        assert operations.put_due_certificate_looks(actor=vera, at=AT) == 1
        assert operations.put_due_certificate_looks(actor=vera, at=AT) == 0
        assert [operations.host_to_look_at(each.ref) for each in (own, elsewhere, wild)] == ["a.example", "", ""]


@pytest.mark.django_db
def test_what_was_never_looked_at_comes_first(world: World, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "MOST_AT_ONCE", 1)
    settings.SECURE_SCHEME = True
    seen, unseen = own_domain(world, "seen.example"), own_domain(world, "unseen.example")
    with platform_scope("a schedule of a test"):
        Domain.objects.filter(id=seen.id).update(certificate_next_at=AT - DAY)
        assert operations.put_due_certificate_looks(actor=world.actor("vera"), at=AT) == 1
        assert Domain.objects.get(id=unseen.id).certificate_next_at == AT + timedelta(hours=6)


@pytest.mark.django_db
def test_the_vendor_sees_the_newest_trouble_first(world: World) -> None:
    first, second, third = (own_domain(world, f"{name}.example") for name in ("first", "second", "third"))
    with platform_scope("test data"):
        Domain.objects.filter(id=first.id).update(failing_since=AT + 2 * DAY)
        Domain.objects.filter(id=second.id).update(failing_since=AT, certificate_since=AT + 3 * DAY)
        Domain.objects.filter(id=third.id).update(certificate_since=AT + DAY, certificate_code="ends")
        own_domain(world, "fine.example")
        pages = [queries.troubled_domains(size=2)]
        pages.append(queries.troubled_domains(cursor=pages[0].next_cursor, size=2))
        pages.append(queries.troubled_domains(cursor=pages[1].previous_cursor, size=2))
    names = [[row.host for row in page.rows] for page in pages]
    assert names == [["second.example", "first.example"], ["third.example"], ["second.example", "first.example"]]
    shown_there = world.browser("vera").get(f"/vendor/{world.vendor.ref}/hosts/?state=trouble").content.decode()
    assert "fine.example" not in shown_there
    assert shown_there.index("second.example") < shown_there.index("first.example") < shown_there.index("third.example")

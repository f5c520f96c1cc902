"""`sublet domains`: what it lists, what it looks at, and what its exit code says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from sublet.branding import operations, tls_gateway
from sublet.branding.models import Domain
from sublet.branding.queries import domains as domain_queries
from sublet.core.certificates import SHOWN, CertificateSeen
from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from sublet.portals.cli.main import main
from tests.dns_server import DnsServer, dns_server
from tests.people import AT, World

pytestmark = pytest.mark.django_db
HOST = "app.agency.example"


@pytest.fixture
def dns(settings: Any) -> Iterator[DnsServer]:
    with dns_server({"edge.example.net": [("A", "192.0.2.1")]}) as server:
        settings.DNS_RESOLVERS, settings.DNS_TIMEOUT = [server.place], 0.2
        settings.DNS_TARGET, settings.DNS_ADDRESSES, settings.CERTIFICATE_ISSUERS = "edge.example.net", [], []
        yield server


def add(world: World, person: str, host: str) -> Domain:
    with world.scope(person) as actor:
        return operations.add_host(account_ref=actor.account_ref, host=host, actor=actor, at=AT)


def set_up(dns: DnsServer, domain: Domain) -> None:
    dns.zone[f"_host-proof.{domain.host}"] = [("TXT", f"host-proof={domain.token}")]
    dns.zone[domain.host] = [("CNAME", "edge.example.net")]


def shows(monkeypatch: pytest.MonkeyPatch, ends: datetime) -> None:
    """Whoever visits is shown a certificate that ends then."""
    monkeypatch.setattr(
        tls_gateway,
        "look_at_certificate",
        lambda host: CertificateSeen(SHOWN, ends - timedelta(days=90), ends, "An Authority", (host,), True),
    )


def test_it_lists_every_host_by_name_with_its_owner(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domain_queries, "_AT_ONCE", 2)
    domain, claimed = add(world, "rosa", HOST), add(world, "remo", HOST)
    with platform_scope("test data"):
        operations.mark_proved(ref=domain.ref, actor=world.actor("vera"), at=AT)
        Domain.objects.filter(id=domain.id).update(
            serving=True, certificate_code="ends", certificate_ends_at=now() + timedelta(days=5, hours=1)
        )
    assert main(["domains"]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        [HOST, "serving", "ends soon, 5 days", f"Rosa Web Studio ({world.rosa.ref})"],
        [HOST, "pending", "-", f"Remo Digital ({world.remo.ref})"],
        ["carl.localhost", "serving (main)", "-", f"Carl’s Kitchen ({world.carl.ref})"],
        ["remo.localhost", "serving (main)", "-", f"Remo Digital ({world.remo.ref})"],
        ["rosa.localhost", "serving (main)", "-", f"Rosa Web Studio ({world.rosa.ref})"],
    ]
    assert main(["domains", "--state", "pending", "--json"]) == 0
    [one] = json.loads(capsys.readouterr().out)
    assert (one["ref"], one["owner"], one["certificate_days"]) == (claimed.ref, world.remo.ref, None)
    assert main(["domains", "--state", "trouble", "--json"]) == 0
    assert [each["certificate_days"] for each in json.loads(capsys.readouterr().out)] == [5]
    assert main(["domains", "--like", "ro"]) == 0
    assert capsys.readouterr().out.startswith("rosa.localhost\t")
    assert main(["domains", "--state", "released", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_it_looks_now_and_does_what_follows(
    world: World, dns: DnsServer, settings: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SECURE_SCHEME = True
    shows(monkeypatch, now() + timedelta(days=60, hours=1))
    domain = add(world, "rosa", HOST)
    assert main(["domains", "check", HOST]) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith(f"{HOST}\tpending\t-\tRosa Web Studio")
    assert f"  bad: There is no TXT record at _host-proof.{HOST} yet." in told[1]
    set_up(dns, domain)
    assert main(["domains", "check", "--json"]) == 0
    [one] = json.loads(capsys.readouterr().out)
    assert (one["state"], one["certificate"], one["certificate_days"]) == ("serving", "good", 60)
    assert [finding["code"] for finding in one["findings"]] == ["proof-good", "place-good"]
    with platform_scope("a test looks"):
        assert Domain.objects.get(id=domain.id).proof == "dns"
    shows(monkeypatch, now() - timedelta(days=1))
    assert main(["domains", "--json", "check", HOST.upper()]) == 1
    assert json.loads(capsys.readouterr().out)[0]["certificate"] == "ended"


def test_what_needs_no_records_and_what_is_not_there_is_said(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["domains", "check", "rosa.localhost"]) == 0
    assert "It needs no records of its own." in capsys.readouterr().out
    for name in ("nobody.example", "*.example", "not a name"):
        assert main(["domains", "check", name]) == 1
        assert capsys.readouterr().err == f"sublet: There is no host {name}.\n"
    assert main(["domains", "check"]) == 0  # there is none that needs any

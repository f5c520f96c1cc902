"""The gateway to DNS against a real server: honest, down, slow, lying, cut short."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from sublet.branding.dns_gateway import ask_each, look_up
from sublet.core.answers import FAILED, FOUND, LOOP, NO_ANSWER, NO_SUCH_NAME, NOTHING
from sublet.core.networks import read_resolver
from tests.dns_server import DnsServer, dns_server


@pytest.fixture
def server(settings: Any) -> Iterator[DnsServer]:
    with dns_server() as made:
        settings.DNS_RESOLVERS = [made.place]
        settings.DNS_TIMEOUT = 0.2
        yield made


def test_records_of_each_kind(server: DnsServer) -> None:
    server.zone["agency.test"] = [
        ("A", "192.0.2.2"), ("A", "192.0.2.1"), ("AAAA", "2001:db8::1"), ("TXT", "one"), ("TXT", "x" * 300),
        ("CAA", '0 issue "ca.example"'), ("MX", "10 mail.agency.test."), ("NS", "ns1.agency.test"),
    ]  # fmt: skip
    assert look_up("agency.test", "A").values == ("192.0.2.1", "192.0.2.2")
    assert look_up("agency.test", "AAAA").values == ("2001:db8::1",)
    assert look_up("agency.test", "TXT").values == ("one", "x" * 300)  # joined: one record of two strings
    assert look_up("agency.test", "CAA").values == ('0 issue "ca.example"',)
    assert look_up("agency.test", "MX").values == ("10 mail.agency.test.",)
    assert look_up("agency.test", "NS").values == ("ns1.agency.test",)
    assert look_up("agency.test", "CNAME").outcome == NOTHING


def test_names_that_lead_on(server: DnsServer) -> None:
    server.zone.update(
        {
            "app.agency.test": [("CNAME", "Middle.Agency.test")],
            "middle.agency.test": [("CNAME", "edge.example.net")],
            "edge.example.net": [("A", "192.0.2.9")],
            "*.wild.test": [("CNAME", "edge.example.net")],
            "round.test": [("CNAME", "about.test")],
            "about.test": [("CNAME", "round.test")],
        }
    )
    found = look_up("app.agency.test", "A")
    assert (found.values, found.chain) == (("192.0.2.9",), ("middle.agency.test", "edge.example.net"))
    assert look_up("app.agency.test", "CNAME").values == ("middle.agency.test",)
    assert look_up("any.wild.test", "A").values == ("192.0.2.9",)
    assert look_up("round.test", "A").outcome == LOOP
    assert look_up("no.such.test", "A").outcome == NO_SUCH_NAME


def test_a_server_that_fails_or_lies(server: DnsServer) -> None:
    server.fail.add("fails.test")
    server.lies.add("lies.test")
    assert look_up("fails.test", "A").outcome == FAILED
    lied = look_up("lies.test", "A")
    assert (lied.known, lied.values) == (False, ())


def test_an_answer_that_does_not_fit_comes_by_tcp(server: DnsServer) -> None:
    server.zone["long.test"] = [("TXT", "y" * 2000)]
    server.cut.add("long.test")
    assert look_up("long.test", "TXT").values == ("y" * 2000,)
    assert {protocol for protocol, _name, _kind in server.asked} == {"udp", "tcp"}


def test_one_of_two_is_slow(server: DnsServer, settings: Any) -> None:
    server.zone["agency.test"] = [("A", "192.0.2.1")]
    with dns_server() as slow:
        slow.gate = threading.Event()
        settings.DNS_RESOLVERS = [server.place, slow.place]
        assert {answer.outcome for answer in ask_each("agency.test", "A")} == {FOUND, NO_ANSWER}
        found = look_up("agency.test", "A")
        assert (found.outcome, found.common, found.agreed) == (FOUND, ("192.0.2.1",), True)


def test_two_disagree(server: DnsServer, settings: Any) -> None:
    server.zone["agency.test"] = [("A", "192.0.2.1")]
    with dns_server({"agency.test": [("A", "192.0.2.66")]}) as other:
        settings.DNS_RESOLVERS = [server.place, other.place]
        found = look_up("agency.test", "A")
        assert (found.agreed, found.common, found.values) == (False, (), ("192.0.2.1", "192.0.2.66"))


def test_nobody_listens(settings: Any) -> None:
    with dns_server() as gone:
        settings.DNS_RESOLVERS, settings.DNS_TIMEOUT = [gone.place], 0.2
    assert not look_up("agency.test", "A").known


def test_what_is_typed_is_an_answer_or_a_kind(server: DnsServer) -> None:
    for name in ("", ".", "a..b", "x" * 64 + ".test", "a." * 200, "ä.test", "a\x00b.test", "*.agency.test"):
        assert look_up(name, "A").values == ()
    with pytest.raises(ValueError, match="ANY"):
        look_up("agency.test", "ANY")


def test_how_a_resolver_is_written() -> None:
    assert read_resolver("9.9.9.9") == ("9.9.9.9", 53)
    assert read_resolver(" 127.0.0.1:5353 ") == ("127.0.0.1", 5353)
    assert read_resolver("2620:fe::9") == ("2620:fe::9", 53)
    assert read_resolver("[2620:fe::9]:54") == ("2620:fe::9", 54)
    for wrong in ("", "dns.example", "9.9.9.9:0", "9.9.9.9:99999", "[2620:fe::9]x", "9.9.9.9:5a"):
        assert read_resolver(wrong) is None

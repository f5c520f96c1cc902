"""What DNS and certificates say of an account's hosts, from a real DNS server and a real TLS server; and the doctor's line."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sublet.branding.dns_gateway import look_up
from sublet.branding.models import Domain
from sublet.core.answers import FAILED, Answer
from sublet.core.findings import gathered
from sublet.core.leaks import Word
from sublet.foundation.clock import now
from sublet.foundation.scope import account_scope
from sublet.foundation.settings import Settings
from sublet.portals.cli import findings
from sublet.proof import browser, names
from sublet.proof.gathering import Gathered, Looking
from sublet.proof.scanning import looking_at
from tests.dns_server import DnsServer, dns_server
from tests.factories import AT
from tests.people import CARL_HOST, World
from tests.tls_server import DAY, certificate, speak

pytestmark = pytest.mark.django_db
WORDS = (Word("Vantage", "name"), Word("vantage.example", "host"))
HOST = "app.kitchen.test"


@pytest.fixture
def carls(world: World) -> Iterator[Looking]:
    """Carl's account, which has a second host, of its own."""
    with account_scope(world.carl.id):
        Domain.objects.create(
            account=world.carl, host=HOST, state="proved", proof="dns", serving=True, created_at=AT, proved_at=AT
        )
        yield looking_at(world.carl, CARL_HOST, WORDS, (), AT)


@pytest.fixture
def server(settings: Any) -> Iterator[DnsServer]:
    with dns_server() as made:
        settings.DNS_RESOLVERS = [made.place]
        yield made


def recorded(looking: Looking) -> tuple[Gathered, set[tuple[str, str, str]]]:
    into = Gathered()
    names.records(looking, into)
    return into, {(each.address, each.detail, each.leak.word) for each in into.found}


def test_records_that_say_nothing_are_clean(carls: Looking, server: DnsServer) -> None:
    server.zone[HOST] = [("A", "192.0.2.7"), ("MX", "10 mail.kitchen.test."), ("TXT", "v=spf1 -all")]
    into, told = recorded(carls)
    assert (told, into.looked_at, into.leaking, into.skipped) == (set(), 1, 0, [])
    assert {kind for _way, name, kind in server.asked if name == HOST} >= set(names.KINDS)


@pytest.mark.parametrize(
    ("records", "told"),
    [
        ([("CNAME", "edge.vantage.example.")], {("CNAME", "vantage.example")}),
        ([("MX", "10 mx.vantage.example.")], {("MX", "vantage.example")}),
        ([("TXT", "vantage-site-verification=7")], {("TXT", "Vantage")}),
        ([("TXT", "v=spf1 include:_spf.vantage.example -all")], {("TXT", "vantage.example")}),
        ([("NS", "ns1.vantage.example.")], {("NS", "vantage.example")}),
        ([("CAA", '0 issue "vantage.example"')], {("CAA", "vantage.example")}),
        ([("TXT", "advantage")], set()),
    ],
)
def test_each_kind_of_record_is_read(
    carls: Looking, server: DnsServer, records: list[tuple[str, str]], told: set[tuple[str, str]]
) -> None:
    server.zone[HOST] = records
    into, found = recorded(carls)
    # A name that leads on is seen with whatever is asked for behind it: the finding says CNAME or what was asked.
    assert {word for _address, _kind, word in found} == {word for _kind, word in told}
    assert {(kind, word) for _address, kind, word in found} >= told
    assert (into.looked_at, into.leaking) == (1, int(bool(told)))


def test_a_name_in_the_middle_of_a_chain_is_found(carls: Looking, server: DnsServer) -> None:
    server.zone[HOST] = [("CNAME", "kitchen.vantage.example.")]
    server.zone["kitchen.vantage.example"] = [("CNAME", "edge.neutral.test.")]
    server.zone["edge.neutral.test"] = [("A", "192.0.2.7")]
    _into, told = recorded(carls)
    assert (HOST, "A", "vantage.example") in told


def test_no_answer_is_said_and_is_not_clean(
    carls: Looking, server: DnsServer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.fail.add("*")
    into, told = recorded(carls)
    assert (told, into.looked_at, into.skipped) == (set(), 0, ["names"])
    real = look_up

    def halting(name: str, kind: str) -> Answer:
        return Answer(name, kind, FAILED) if kind == "MX" else real(name, kind)

    server.fail.clear()
    server.zone[HOST] = [("TXT", "by Vantage")]
    monkeypatch.setattr("sublet.proof.names.look_up", halting)
    into, told = recorded(carls)  # what was said counts, and that not all was
    assert (told, into.looked_at, into.skipped) == ({(HOST, "TXT", "Vantage")}, 1, ["names"])
    monkeypatch.setattr("sublet.proof.names.look_up", real)
    settings.DNS_RESOLVERS = ["none"]
    assert recorded(carls)[0].skipped == ["names"]


def test_an_account_without_a_host_of_its_own_has_no_names(world: World) -> None:
    with account_scope(world.carl.id):
        into = Gathered()
        looking = looking_at(world.carl, CARL_HOST, WORDS, (), AT)  # a host below localhost: nobody else sees it
        names.records(looking, into)
        names.certificates(looking, into)
    assert (into.looked_at, into.skipped) == (0, ["names", "certificates"])


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[socket.socket]:
    """A listening socket on the port that people see. The name leads to this machine, which the installation lists."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setitem(settings.SUBLET._values, "SUBLET_PUBLIC_PORT", listener.getsockname()[1])
        settings.OUTBOUND_ALLOW, settings.SECURE_SCHEME = ["127.0.0.0/8", "::1/128"], True
        monkeypatch.setattr(names, "own_hosts", lambda _looking: ["app.kitchen.localhost"])
        yield listener


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({}, set()),
        ({"maker": "Vantage Trust"}, {("subject", "Vantage"), ("issuer", "Vantage")}),
        ({"more": ("x.vantage.example",)}, {("name", "vantage.example")}),
        ({"more": ("vantage.kitchen.test", "advantage.test")}, {("name", "Vantage")}),
    ],
)
def test_every_name_in_a_certificate_is_read(
    carls: Looking, door: socket.socket, tmp_path: Path, facts: dict[str, Any], told: set[tuple[str, str]]
) -> None:
    speak(door, certificate(tmp_path, "app.kitchen.localhost", now() + 30 * DAY, **facts), times=1)
    into = Gathered()
    names.certificates(carls, into)
    assert {(each.detail, each.leak.word) for each in into.found} == told
    assert {each.place for each in into.found} <= {"certificate"}
    assert (into.looked_at, into.leaking, into.skipped) == (1, int(bool(told)), [])
    assert sum(len(each.places) for each in gathered(into.found)) == len(told)


def test_a_host_that_shows_no_certificate_is_said_to_be_unseen(carls: Looking, door: socket.socket) -> None:
    door.close()
    into = Gathered()
    names.certificates(carls, into)
    assert (into.looked_at, into.skipped) == (0, ["certificates"])


@pytest.mark.parametrize(
    ("lacking", "level", "words"),
    [
        ("", "ok", "The white-label scan shows pages in /opt/chromium."),
        (browser.NO_LIBRARY, "note", "The white-label scan reads pages as they are sent, without a browser."),
        (browser.NO_PROGRAM, "note", "The white-label scan reads pages as they are sent, without a browser."),
        (browser.SWITCHED_OFF, "", ""),  # whoever has written `none` knows
    ],
)
def test_what_the_doctor_says_of_the_browser(
    monkeypatch: pytest.MonkeyPatch, lacking: str, level: str, words: str
) -> None:
    monkeypatch.setattr(browser, "lacking", lambda: lacking)
    monkeypatch.setattr(browser, "program", lambda: "/opt/chromium")
    told = list(findings.scan_browser())
    assert [(each.level, each.sentence) for each in told] == ([(level, words)] if level else [])
    assert [("pip install" in each.mend, "chromium" in each.mend) for each in told if level == "note"] == (
        [(lacking == browser.NO_LIBRARY, True)] if level == "note" else []
    )
    if lacking == browser.NO_LIBRARY:  # by its path: `pip` alone is another Python's, and no registry has `sublet`
        assert told[0].mend.startswith(f"Run `{Path(sys.executable).parent}/pip install playwright`")


def test_what_a_browser_lacks(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    key = {"SUBLET_SECRET_KEY": "signs nothing outside the tests, and is as long as a real one must be"}

    def lacks(wanted: str) -> str:
        settings.SUBLET = Settings({**key, "SUBLET_SCAN_BROWSER": wanted})
        return browser.lacking()

    program = tmp_path / "chromium"
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: object())
    assert lacks("none") == browser.SWITCHED_OFF
    assert lacks(str(program)) == browser.NO_PROGRAM
    program.write_text("#!/bin/sh\n")
    assert lacks(str(program)) == browser.NO_PROGRAM  # not to be run
    program.chmod(0o755)
    assert lacks(str(program)) == ""
    monkeypatch.setattr("shutil.which", lambda _name: None)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "browsers"))
    assert lacks("") == browser.NO_PROGRAM
    (tmp_path / "browsers" / "chromium-1").mkdir(parents=True)
    assert lacks("") == ""
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert lacks("") == browser.NO_LIBRARY

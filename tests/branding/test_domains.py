"""Domains proved by DNS, from a real server: found, waiting, failing, lost and bought by somebody else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from sublet.branding import looks, operations, queries
from sublet.branding.attention import failing_domains
from sublet.branding.dns_checks import look_at
from sublet.branding.models import Domain
from sublet.branding.operations import CannotAddHost, CannotCheckHost, CannotReleaseHost
from sublet.core.domains import BREATH, Verdict
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from tests.dns_server import DnsServer, dns_server
from tests.people import AT, World

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
HOST = "app.agency.example"


@pytest.fixture
def dns(settings: Any) -> Iterator[DnsServer]:
    with dns_server({"edge.example.net": [("A", "192.0.2.1")]}) as server:
        settings.DNS_RESOLVERS, settings.DNS_TIMEOUT = [server.place], 0.2
        settings.DNS_TARGET, settings.DNS_ADDRESSES = "edge.example.net", []
        yield server


def add(world: World, person: str, host: str, ref: str = "", at: datetime = AT) -> Domain:
    with world.scope(person) as actor:
        return operations.add_host(account_ref=ref or actor.account_ref, host=host, actor=actor, at=at)


def again(domain: Domain) -> Domain:
    return Domain.unscoped.get(id=domain.id)  # unscoped: a test looks at everything


def set_up(dns: DnsServer, domain: Domain) -> None:
    base = domain.host.removeprefix("*.")
    dns.zone[f"_host-proof.{base}"] = [("TXT", f"host-proof={domain.token}")]
    dns.zone[domain.host] = [("CNAME", "edge.example.net")]


def check(world: World, domain: Domain, at: datetime) -> Domain:
    with platform_scope("a check of a test"):
        actor = world.actor("vera")
        operations.put_due_checks(actor=actor, at=at)
    run_due_jobs(at=at)
    return again(domain)


def events() -> list[str]:
    rows = JournalEntry.unscoped.filter(event__startswith="host.").order_by("id")  # unscoped: as above
    return [row.event for row in rows]


def codes(domain: Domain) -> list[str]:
    return [finding["code"] for finding in domain.findings]


def test_a_domain_is_looked_at_by_itself_until_it_is_proved_and_works(world: World, dns: DnsServer) -> None:
    domain = add(world, "rosa", HOST)
    assert len(domain.token) >= 32
    run_due_jobs(at=AT)
    waits = again(domain)
    assert (waits.state, codes(waits)) == ("pending", ["proof-missing", "place-missing"])
    assert waits.next_check_at == AT + timedelta(minutes=5)
    dns.zone[f"_host-proof.{HOST}"] = [("TXT", f"host-proof={domain.token}")]
    proved = check(world, domain, AT + timedelta(minutes=5))
    assert (proved.state, proved.proof, proved.serving, codes(proved)) == (
        "proved", "dns", False, ["proof-good", "place-missing"],
    )  # fmt: skip
    site = queries.host_view(HOST)
    assert site is not None
    assert site.account_ref == world.rosa.ref
    set_up(dns, domain)
    works = check(world, domain, AT + timedelta(minutes=10))
    assert (works.serving, works.next_check_at) == (True, AT + timedelta(minutes=10) + DAY)
    assert events() == ["host.added", "host.proved", "host.serving"]


def test_one_looks_now(world: World, dns: DnsServer) -> None:
    domain = add(world, "rosa", HOST)
    run_due_jobs(at=AT)
    set_up(dns, domain)
    with world.scope("rosa") as rosa:
        operations.ask_check(ref=domain.ref, actor=rosa, at=AT)
        operations.ask_check(ref=domain.ref, actor=rosa, at=AT)
    assert run_due_jobs(at=AT) == 0  # it has just been looked at: the click counts, and its look waits a little
    assert again(domain).check_asked_at == AT
    assert run_due_jobs(at=AT + BREATH) == 1
    assert again(domain).serving
    own = Domain.unscoped.get(host="rosa.localhost")  # unscoped: a test looks at everything
    with world.scope("rosa") as rosa, pytest.raises(CannotCheckHost):
        operations.ask_check(ref=own.ref, actor=rosa, at=AT)
    with world.scope("cleo") as cleo, pytest.raises((Forbidden, NotFound)):
        operations.ask_check(ref=domain.ref, actor=cleo, at=AT)
    with world.scope("remo") as remo, pytest.raises(NotFound):
        operations.ask_check(ref=domain.ref, actor=remo, at=AT)


def test_a_click_while_a_look_is_under_way_is_not_lost(
    world: World, dns: DnsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look has asked before the records were set; its job is in the way of another of the same name."""
    domain = add(world, "rosa", HOST)
    counted: list[int] = []

    def slow(looked_at: Domain) -> Verdict:
        found = look_at(looked_at)
        counted.append(len(counted))
        if len(counted) == 1:
            set_up(dns, domain)
            with world.scope("rosa") as rosa:
                for seconds in (1, 2):
                    operations.ask_check(ref=domain.ref, actor=rosa, at=AT + timedelta(seconds=seconds))
        return found

    monkeypatch.setattr(looks, "look_at", slow)
    assert run_due_jobs(at=AT) == 1
    waits = again(domain)
    assert (waits.state, waits.checked_at, waits.check_asked_at) == ("pending", AT, AT + timedelta(seconds=2))
    with world.scope("rosa"):
        row = queries.domain_row(domain.ref)
    ages = [row.awaits(AT + timedelta(seconds=seconds)) for seconds in (2, 61, 62)]
    assert ages == ["soon", "soon", "late"]  # the page stops following by itself
    assert run_due_jobs(at=AT + BREATH) == 1
    assert (again(domain).serving, counted) == (True, [0, 1])
    assert run_due_jobs(at=AT + 4 * BREATH) == 0


def test_two_claim_and_dns_says_whose_it_is(world: World, dns: DnsServer) -> None:
    """D4: a claim blocks nobody; the one whose token is there has it, and the other is told."""
    hers, his = add(world, "rosa", HOST), add(world, "remo", HOST)
    set_up(dns, his)
    run_due_jobs(at=AT)
    assert (again(hers).state, again(his).state) == ("pending", "proved")
    assert "proof-wrong" in codes(again(hers))
    dns.zone[f"_host-proof.{HOST}"] = [("TXT", f"host-proof={each.token}") for each in (hers, his)]
    late = check(world, hers, AT + timedelta(minutes=5))
    assert (late.state, codes(late)[-1]) == ("pending", "taken")
    site = queries.host_view(HOST)
    assert site is not None
    assert site.account_ref == world.remo.ref


def test_proof_that_is_gone_is_told_and_ends_after_a_week_and_the_name_rests(world: World, dns: DnsServer) -> None:
    """D3: the domain expires and somebody else buys it."""
    domain = add(world, "rosa", HOST)
    set_up(dns, domain)
    run_due_jobs(at=AT)
    with world.scope("rosa") as rosa:
        operations.make_primary(ref=domain.ref, actor=rosa, at=AT)
    dns.zone.clear()
    dns.zone[HOST] = [("A", "203.0.113.9")]
    for day in range(1, 8):
        check(world, domain, AT + day * DAY)
    assert (again(domain).state, events().count("host.told")) == ("proved", 1)
    assert queries.host_view(HOST) is not None
    lost = check(world, domain, AT + 8 * DAY)
    assert (lost.state, lost.released_at, lost.next_check_at) == ("released", AT + 8 * DAY, None)
    assert events()[-4:] == ["host.failing", "host.told", "host.lost", "host.primary"]
    assert queries.host_view(HOST) is None
    assert queries.primary_host(world.rosa.id) == "rosa.localhost"
    with pytest.raises(CannotAddHost) as refusal:
        add(world, "remo", HOST, at=AT + 37 * DAY)
    assert refusal.value.code == "resting"
    bought = add(world, "remo", HOST, at=AT + 38 * DAY)
    assert (bought.state, bought.token == domain.token) == ("pending", False)
    dns.zone["edge.example.net"] = [("A", "192.0.2.1")]
    set_up(dns, bought)
    assert check(world, bought, AT + 38 * DAY + timedelta(minutes=5)).serving
    site = queries.host_view(HOST)
    assert site is not None
    assert site.account_ref == world.remo.ref


def test_dns_that_is_down_takes_nothing_away(world: World, dns: DnsServer) -> None:
    domain = add(world, "rosa", HOST)
    set_up(dns, domain)
    run_due_jobs(at=AT)
    dns.fail.add("*")
    for day in range(1, 12):
        check(world, domain, AT + day * DAY)
    still = again(domain)
    assert (still.state, still.serving, codes(still)) == ("proved", True, ["proof-unclear", "place-unclear"])
    assert events() == ["host.added", "host.proved", "host.serving"]


def test_one_that_leads_elsewhere_fails_but_stays_its_accounts(world: World, dns: DnsServer) -> None:
    domain = add(world, "rosa", HOST)
    set_up(dns, domain)
    run_due_jobs(at=AT)
    dns.zone[HOST] = [("A", "203.0.113.9")]
    for day in range(1, 15):
        check(world, domain, AT + day * DAY)
    still = again(domain)
    assert (still.state, still.serving, still.failing_since) == ("proved", False, AT + DAY)
    assert events().count("host.told") == 1
    set_up(dns, domain)
    mended = check(world, domain, AT + 15 * DAY)
    assert (mended.serving, mended.failing_since, mended.told_at) == (True, None, None)
    assert events()[-1] == "host.serving"


def test_a_reseller_that_loses_its_only_host_gets_a_neutral_one(world: World, dns: DnsServer) -> None:
    domain = add(world, "rosa", HOST)
    set_up(dns, domain)
    run_due_jobs(at=AT)
    with world.scope("rosa") as rosa:
        operations.make_primary(ref=domain.ref, actor=rosa, at=AT)
        operations.release_host(ref=Domain.objects.get(host="rosa.localhost").ref, actor=rosa, at=AT)
    dns.zone.clear()
    for day in range(1, 9):
        check(world, domain, AT + day * DAY)
    assert queries.primary_host(world.rosa.id) == "rosa-web-studio.localhost"


def test_links_go_on_to_an_address_that_works(world: World, dns: DnsServer) -> None:
    main, fails, works = (add(world, "rosa", f"{name}.agency.example") for name in ("main", "fails", "works"))
    for each in (main, fails, works):
        set_up(dns, each)
    run_due_jobs(at=AT)
    with world.scope("rosa") as rosa:
        operations.make_primary(ref=main.ref, actor=rosa, at=AT)
        operations.release_host(ref=Domain.objects.get(host="rosa.localhost").ref, actor=rosa, at=AT)
    del dns.zone["_host-proof.main.agency.example"]
    dns.zone[fails.host] = [("A", "203.0.113.9")]
    for day in range(1, 9):
        for each in (main, fails, works):
            check(world, each, AT + day * DAY)
    assert (again(main).state, again(fails).serving, again(works).serving) == ("released", False, True)
    assert queries.primary_host(world.rosa.id) == works.host


def test_the_vendors_word_needs_no_proof(world: World, dns: DnsServer) -> None:
    domain = add(world, "rosa", HOST)
    with world.scope("vera") as vera:
        operations.mark_proved(ref=domain.ref, actor=vera, at=AT)
    for day in range(12):
        check(world, domain, AT + day * DAY)
    still = again(domain)
    assert (still.state, still.proof, still.lost_since) == ("proved", "vendor", None)


def test_a_whole_domain_may_lead_here_by_address(world: World, dns: DnsServer) -> None:
    domain = add(world, "rosa", "agency.example")
    dns.zone["_host-proof.agency.example"] = [("TXT", f"host-proof={domain.token}")]
    dns.zone["agency.example"] = [("A", "192.0.2.1")]
    run_due_jobs(at=AT)
    assert again(domain).serving


def test_a_wildcard_gives_each_client_a_name(world: World, dns: DnsServer) -> None:
    wildcard = add(world, "rosa", "*.agency.example")
    set_up(dns, wildcard)
    early = add(world, "rosa", "early.agency.example", world.elan.ref)
    assert early.state == "pending"
    run_due_jobs(at=AT)
    proved = again(wildcard)
    assert (again(early).state, again(early).proof) == ("proved", "wildcard")  # it has waited for the wildcard alone
    assert (proved.state, proved.serving, proved.is_primary) == ("proved", True, False)
    assert queries.host_view("*.agency.example") is None
    assert queries.primary_host(world.rosa.id) == "rosa.localhost"
    with world.scope("rosa") as rosa, pytest.raises(CannotReleaseHost):
        operations.make_primary(ref=wildcard.ref, actor=rosa, at=AT)
    assert queries.host_view("elan.agency.example") is None
    child = add(world, "rosa", "elan.agency.example", world.elan.ref)
    second = add(world, "rosa", "zorba.localhost", world.elan.ref)
    assert (child.state, child.proof, child.serving) == ("proved", "wildcard", True)
    assert queries.host_view("elan.agency.example") is not None
    # Another's wildcard covers nothing of one's own.
    assert add(world, "remo", "other.agency.example").state == "pending"
    with pytest.raises(CannotAddHost) as refusal:
        add(world, "dora", "*.dora.example")
    assert refusal.value.code == "wildcard"
    dns.zone.clear()
    for day in range(1, 9):
        check(world, wildcard, AT + day * DAY)
    assert (again(wildcard).state, again(child).state) == ("released", "released")
    assert queries.host_view("elan.agency.example") is None
    # Links in the client's mails go on somewhere, and its history says where.
    assert queries.primary_host(world.elan.id) == second.host
    told = JournalEntry.unscoped.filter(account_id=world.elan.id, event__startswith="host.").order_by(
        "id"
    )  # unscoped: as above
    assert [(row.event, row.data["host"]) for row in told][-2:] == [
        ("host.lost", "elan.agency.example"),
        ("host.primary", second.host),
    ]


def test_names_below_a_wildcard_follow_it_down_and_up_again(world: World, dns: DnsServer) -> None:
    wildcard = add(world, "rosa", "*.agency.example")
    set_up(dns, wildcard)
    run_due_jobs(at=AT)
    child = add(world, "rosa", "elan.agency.example", world.elan.ref)
    place = f"/reseller/{world.rosa.ref}/clients/{world.elan.ref}/hosts/"

    def shown() -> tuple[str, list[str], bool]:
        with platform_scope("a test looks"):
            row = queries.domain_row(child.ref)
        return row.standing, [finding.code for finding in row.findings], row.stops_at is not None

    assert shown() == ("serving", [], False)
    dns.zone["*.agency.example"] = [("A", "203.0.113.9")]
    check(world, wildcard, AT + DAY)
    assert shown() == ("failing", ["above-elsewhere"], False)
    page = world.browser("rosa").get(place).content.decode()
    assert "Addresses below *.agency.example fail: that domain does not lead here now." in page
    assert "Answers" not in page.partition("Add an address")[0]
    with platform_scope("a test looks"):  # what to mend is the wildcard alone
        assert [row.host for row in queries.troubled_domains().rows] == ["*.agency.example"]
        assert failing_domains().names == ("*.agency.example",)
    late = add(world, "rosa", "zorba.agency.example", world.zorba.ref)
    assert late.state == "pending"  # none is given below one that fails
    strange = add(world, "remo", "remo.agency.example")
    del dns.zone["_host-proof.agency.example"]
    check(world, wildcard, AT + 2 * DAY)
    assert shown() == ("failing", ["above-lost"], True)
    set_up(dns, wildcard)
    check(world, wildcard, AT + 3 * DAY)
    assert shown() == ("serving", [], False)
    assert again(child).serving
    # What was added meanwhile waits no longer, and needs no records of its own; another's name is as it was.
    found = again(late)
    assert (found.state, found.proof, found.serving, found.token, found.next_check_at) == (
        "proved",
        "wildcard",
        True,
        "",
        None,
    )
    assert queries.host_view("zorba.agency.example") is not None
    assert (again(strange).state, queries.host_view("remo.agency.example")) == ("pending", None)
    # The wildcard's entries stand for the names, of which there may be thousands.
    assert Counter(events()) == {"host.added": 4, "host.proved": 2, "host.serving": 3, "host.failing": 1}


def test_names_that_wait_are_looked_at_as_soon_as_their_wildcard_works(world: World, dns: DnsServer) -> None:
    wildcard = add(world, "rosa", "*.agency.example")
    late = add(world, "rosa", "zorba.agency.example", world.zorba.ref)
    run_due_jobs(at=AT)
    with platform_scope("a month later nothing looks at them by itself"):
        Domain.objects.filter(id=late.id).update(next_check_at=None)
    assert again(late).state == "pending"
    set_up(dns, wildcard)
    check(world, wildcard, AT + DAY)
    assert (again(wildcard).serving, again(late).state) == (True, "proved")


def test_what_lies_below_a_deeper_wildcard_follows_that_one_alone(world: World, dns: DnsServer) -> None:
    outer, inner = add(world, "rosa", "*.agency.example"), add(world, "rosa", "*.eu.agency.example")
    for each in (outer, inner):
        set_up(dns, each)
    run_due_jobs(at=AT)
    child = add(world, "rosa", "elan.eu.agency.example", world.elan.ref)
    assert child.proof == "wildcard"
    dns.zone["*.agency.example"] = [("A", "203.0.113.9")]
    del dns.zone["_host-proof.agency.example"]
    for day in range(1, 9):
        check(world, outer, AT + day * DAY)
    assert again(outer).state == "released"
    kept = again(child)
    assert (kept.state, kept.serving, kept.failing_since) == ("proved", True, None)


def test_the_vendors_word_after_a_month_of_waiting_begins_the_looks_anew(world: World, dns: DnsServer) -> None:
    domain = add(world, "rosa", HOST)
    for day in (1, 31):
        check(world, domain, AT + day * DAY)
    assert again(domain).next_check_at is None
    later = AT + 40 * DAY
    with world.scope("vera") as vera:
        operations.mark_proved(ref=domain.ref, actor=vera, at=later)
    set_up(dns, domain)
    run_due_jobs(at=later)
    works = again(domain)
    assert (works.proof, works.serving, works.next_check_at) == ("vendor", True, later + DAY)
    dns.zone[HOST] = [("A", "203.0.113.9")]
    assert check(world, domain, later + DAY).failing_since == later + DAY

"""Hosts: who gets which name, when it answers, and when nobody can have it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from sublet.branding import operations, queries
from sublet.branding.models import Domain
from sublet.branding.operations import CannotAddHost, CannotReleaseHost
from sublet.branding.operations.hosts import MOST_HOSTS
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from tests import factories
from tests.people import AT, World

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def add(world: World, person: str, host: str, ref: str = "", at: datetime = AT) -> Domain:
    with world.scope(person) as actor:
        return operations.add_host(account_ref=ref or actor.account_ref, host=host, actor=actor, at=at)


def refused(world: World, person: str, host: str, ref: str = "", at: datetime = AT) -> str:
    with pytest.raises(CannotAddHost) as refusal:
        add(world, person, host, ref, at)
    assert refusal.value.field == "host"
    assert refusal.value.sentence
    return refusal.value.code


def release(world: World, person: str, ref: str, at: datetime = AT) -> None:
    with world.scope(person) as actor:
        operations.release_host(ref=ref, actor=actor, at=at)


def events() -> list[tuple[str, str]]:
    rows = JournalEntry.unscoped.order_by("id")  # unscoped: a test looks at everything
    return [(row.event, row.data["host"]) for row in rows]


def own_domain(host: str) -> Domain:
    return Domain.unscoped.get(host=host)  # unscoped: a test looks at everything


def test_a_word_below_the_suffix_answers_at_once(world: World) -> None:
    domain = add(world, "rosa", "Elan", world.elan.ref)
    assert (domain.host, domain.state, domain.is_primary) == ("elan.localhost", "proved", True)
    site = queries.host_view("elan.localhost")
    assert site is not None
    assert site.account_ref == world.elan.ref
    assert queries.primary_host(world.elan.id) == "elan.localhost"
    assert events() == [("host.added", "elan.localhost")]


def test_the_full_form_of_a_word_below_the_suffix_is_the_same_word(world: World) -> None:
    assert add(world, "rosa", "https://elan.LOCALHOST:8000/", world.elan.ref).state == "proved"


def test_an_own_domain_answers_nothing_before_it_is_proved(world: World) -> None:
    domain = add(world, "rosa", "www.Élan.example", world.elan.ref)
    assert (domain.host, domain.state, domain.is_primary) == ("www.xn--lan-9la.example", "pending", False)
    assert queries.host_view(domain.host) is None
    assert queries.primary_host(world.elan.id) == "rosa.localhost"
    with world.scope("vera") as vera:
        operations.mark_proved(ref=domain.ref, actor=vera, at=AT)
    site = queries.host_view(domain.host)
    assert site is not None
    assert site.account_ref == world.elan.ref
    assert events() == [("host.added", domain.host), ("host.proved", domain.host)]


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("", "form"), ("ab", "short"), ("a" * 41, "long"), ("bad_name", "form"), ("-x-", "form"), ("xn--x", "form"),
        ("www", "reserved"), ("vendor", "reserved"), ("vendor.localhost", "reserved"), ("localhost", "reserved"),
        ("a.b.localhost", "own-suffix"), ("rosa.carl.localhost", "own-suffix"), ("remo", "taken"), ("rosa", "already"),
        ("remo.localhost.", "taken"), ("127.0.0.1", "form"), ("example.com\r\nX-Evil: 1", "form"),
        ("*.*.example.com", "form"), ("*.localhost", "form"), ("*.com", "form"), ("*.rosa.localhost", "own-suffix"),
        ("evil.example.com/../rosa", None), ("user@example.com", "form"), ("ro\u200bsa", "form"), ("x" * 10_000_000, "long"),
        ("x." * 5_000_000, "form"),
    ],
)  # fmt: skip
def test_names_that_cannot_be_had(world: World, host: str, code: str | None) -> None:
    if code is None:
        assert add(world, "rosa", host).state == "pending"
    else:
        assert refused(world, "rosa", host) == code
        assert events() == []


def test_the_suffix_itself_and_the_domain_of_mail_are_nobodys(
    world: World, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HOST_SUFFIX = "sites.example.net"  # type: ignore[attr-defined]  # the fixture of pytest-django
    assert refused(world, "rosa", "sites.example.net") == "own-suffix"
    assert add(world, "rosa", "studio").host == "studio.sites.example.net"
    settings.VENDOR_HOST = "portal.vantage.example"  # type: ignore[attr-defined]  # as above
    assert refused(world, "rosa", "portal.vantage.example") == "reserved"
    values = settings.SUBLET._values  # type: ignore[attr-defined]  # as above
    monkeypatch.setitem(values, "SUBLET_BOUNCE_HOST", "Back.vantage.example")
    monkeypatch.setitem(values, "SUBLET_SMTP_HOST", "mail.vantage.example")
    for host in ("back.vantage.example", "mail.vantage.example", "*.vantage.example"):
        assert refused(world, "rosa", host) == "reserved"
    assert add(world, "rosa", "evilsites.example.net").state == "pending"  # whole labels only: another domain


def test_a_claim_without_proof_blocks_nobody_and_the_first_proof_wins(world: World) -> None:
    hers, his = add(world, "rosa", "shop.example.com"), add(world, "remo", "shop.example.com")
    with world.scope("vera") as vera:
        operations.mark_proved(ref=his.ref, actor=vera, at=AT)
        with pytest.raises(CannotAddHost) as refusal:
            operations.mark_proved(ref=hers.ref, actor=vera, at=AT)
    assert refusal.value.code == "taken"
    site = queries.host_view("shop.example.com")
    assert site is not None
    assert site.account_ref == world.remo.ref
    assert refused(world, "dora", "shop.example.com") == "taken"


def test_a_name_below_a_proved_one_is_not_proved_with_it(world: World) -> None:
    with world.scope("vera") as vera:
        operations.mark_proved(ref=add(world, "rosa", "shop.example.com").ref, actor=vera, at=AT)
    for host in (
        "evil.shop.example.com",
        "evilshop.example.com",
        "example.com",
        "com",
        "shop.example.com.evil.example",
    ):
        assert queries.host_view(host) is None


def test_a_released_name_rests_thirty_days_for_others_but_not_for_its_own(world: World) -> None:
    ref = add(world, "rosa", "second").ref
    release(world, "rosa", ref)
    assert queries.host_view("second.localhost") is None
    assert refused(world, "remo", "second", at=AT + 30 * DAY - timedelta(seconds=1)) == "resting"
    assert add(world, "rosa", "second", at=AT + DAY).state == "proved"
    release(world, "rosa", own_domain("second.localhost").ref, at=AT + DAY)
    assert add(world, "remo", "second", at=AT + 31 * DAY).account_id == world.remo.id
    assert [row.account_id for row in Domain.unscoped.filter(host="second.localhost")] == [
        world.remo.id
    ]  # unscoped: test


def test_an_own_domain_that_rested_can_be_proved_by_another(world: World) -> None:
    with world.scope("vera") as vera:
        hers = add(world, "rosa", "shop.example.com")
        operations.mark_proved(ref=hers.ref, actor=vera, at=AT)
        release(world, "rosa", hers.ref)
        assert refused(world, "remo", "shop.example.com", at=AT + DAY) == "resting"
        his = add(world, "remo", "shop.example.com", at=AT + 30 * DAY)
        operations.mark_proved(ref=his.ref, actor=vera, at=AT + 30 * DAY)
    assert own_domain("shop.example.com").account_id == world.remo.id


def test_a_pending_claim_is_withdrawn_without_rest(world: World) -> None:
    release(world, "rosa", add(world, "rosa", "shop.example.com").ref)
    assert not Domain.unscoped.filter(host="shop.example.com").exists()  # unscoped: a test looks at everything
    assert add(world, "remo", "shop.example.com").state == "pending"


def test_there_is_one_main_address_and_links_follow_it(world: World) -> None:
    second = add(world, "rosa", "studio")
    assert second.is_primary is False
    with world.scope("rosa") as actor:
        operations.make_primary(ref=second.ref, actor=actor, at=AT)
        operations.make_primary(ref=second.ref, actor=actor, at=AT)
    assert queries.primary_host(world.rosa.id) == "studio.localhost"
    assert queries.primary_host(world.elan.id) == "studio.localhost"  # a client without a host works on its reseller's
    assert [row.host for row in Domain.unscoped.filter(account=world.rosa, is_primary=True)] == [
        "studio.localhost"
    ]  # unscoped: test
    assert events()[-1] == ("host.primary", "studio.localhost")
    assert len(events()) == 2


def test_a_reseller_keeps_its_last_and_its_main_address(world: World) -> None:
    first = own_domain("rosa.localhost")
    for code in ("last", "primary"):
        with pytest.raises(CannotReleaseHost) as refusal:
            release(world, "rosa", first.ref)
        assert refusal.value.code == code
        if code == "last":
            add(world, "rosa", "studio")
    pending = add(world, "rosa", "shop.example.com")
    with world.scope("rosa") as actor, pytest.raises(CannotReleaseHost) as refusal:
        operations.make_primary(ref=pending.ref, actor=actor, at=AT)
    assert refusal.value.code == "not-proved"


def test_a_client_may_give_its_only_address_back_and_works_on_its_resellers(world: World) -> None:
    release(world, "rosa", own_domain("carl.localhost").ref)
    assert queries.primary_host(world.carl.id) == "rosa.localhost"
    assert queries.host_view("carl.localhost") is None


def test_an_account_has_so_many_addresses_and_no_more(world: World) -> None:
    with platform_scope("test data"):
        Domain.objects.bulk_create(
            Domain(account=world.rosa, host=f"h{number}.example.com", state="pending", created_at=AT)
            for number in range(MOST_HOSTS - 1)
        )
    assert refused(world, "rosa", "onemore") == "too-many"


def test_the_vendors_host_comes_from_the_installation(world: World) -> None:
    assert refused(world, "vera", "another") == "vendor"
    site = queries.host_view("vendor.localhost")
    assert site is not None
    assert site.is_vendor is True


@pytest.mark.parametrize(
    ("person", "account", "fault"),
    [
        ("carl", "carl", Forbidden), ("cleo", "carl", Forbidden), ("nora", "bakery", Forbidden), ("ruth", "carl", Forbidden),
        ("rico", "rosa", Forbidden), ("rico", "elan", NotFound), ("rosa", "bakery", NotFound), ("rosa", "remo", NotFound),
        ("rosa", "vendor", NotFound), ("dora", "rosa", NotFound), ("carl", "rosa", NotFound),
    ],
)  # fmt: skip
def test_who_may_not_add_an_address_cannot(world: World, person: str, account: str, fault: type[Exception]) -> None:
    with pytest.raises(fault):
        add(world, person, "something", getattr(world, account).ref)
    assert events() == []


@pytest.mark.parametrize("person", ["remo", "nora", "carl", "dora", "ruth"])
def test_nobody_else_touches_an_address(world: World, person: str) -> None:
    second = add(world, "rosa", "second", world.carl.ref)
    with world.scope(person) as actor:
        for act in (operations.make_primary, operations.release_host, operations.mark_proved):
            with pytest.raises((NotFound, Forbidden)):
                act(ref=second.ref, actor=actor, at=AT)
    assert own_domain("second.localhost").state == "proved"
    assert own_domain("second.localhost").is_primary is False


def test_a_list_of_hosts_has_the_main_one_first_and_no_strangers(world: World) -> None:
    add(world, "rosa", "shop.example.com")
    add(world, "rosa", "another")
    release(world, "rosa", add(world, "rosa", "gone").ref)
    with world.scope("rosa"):
        rows = queries.hosts_of(world.rosa.id, at=AT)
        assert [(row.host, row.state, row.is_primary) for row in rows] == [
            ("rosa.localhost", "proved", True),
            ("another.localhost", "proved", False),
            ("shop.example.com", "pending", False),
            ("gone.localhost", "released", False),
        ]
        assert rows[-1].rests_until == AT + 30 * DAY
        assert len(queries.hosts_of(world.rosa.id, at=AT + 30 * DAY)) == 3
        assert queries.hosts_of(world.remo.id, at=AT) == []


def test_the_vendor_walks_all_hosts_page_by_page(world: World) -> None:
    for number in range(7):
        factories.make_host(world.elan, f"h{number}.localhost", primary=number == 0)
    with world.scope("vera"):
        seen: list[str] = []
        cursor = ""
        while True:
            page = queries.all_domains(cursor=cursor, size=4)
            seen += [row.host for row in page.rows]
            cursor = page.next_cursor
            if not cursor:
                break
        assert len(seen) == len(set(seen)) == 10
        assert [row.host for row in queries.all_domains(search="h3").rows] == ["h3.localhost"]
        assert queries.all_domains(state="pending").rows == []
        factories.make_host(world.elan, "xn--bcher-kva.example", primary=False)
        for typed in ("Bücher", "bücher.example", "xn--b"):  # as it is shown, and as it is kept
            assert [row.host for row in queries.all_domains(search=typed).rows] == ["xn--bcher-kva.example"]
            assert [row.shown for row in queries.every_domain(like=typed)] == ["bücher.example"]
    with world.scope("rosa"):
        assert {row.account_ref for row in queries.all_domains().rows} == {
            world.rosa.ref, world.carl.ref, world.elan.ref,
        }  # fmt: skip


def test_a_direct_account_becomes_a_reseller_with_an_address_at_once(world: World) -> None:
    with world.scope("dora") as actor:
        operations.become_reseller(
            account_ref=world.dora.ref, host_label="dora", brand_name=" Dora\u202e  Digital ", actor=actor, at=AT
        )
    site = queries.host_view("dora.localhost")
    assert site is not None
    assert (site.account_kind, site.brand.name) == ("reseller", "Dora Digital")
    assert "Vantage" not in repr(site.brand)


def test_a_name_that_is_taken_leaves_the_account_as_it_was(world: World) -> None:
    with world.scope("dora") as actor, pytest.raises(CannotAddHost):
        operations.become_reseller(account_ref=world.dora.ref, host_label="rosa", brand_name="x", actor=actor, at=AT)
    with world.scope("vera"):
        assert type(world.dora).objects.get(id=world.dora.id).kind == "direct"

"""Names below a reseller's wildcard: for many clients at once, and for each new client by itself."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from sublet.accounts import operations as account_operations
from sublet.accounts.queries import Selection
from sublet.branding import operations, queries
from sublet.branding.models import Domain
from sublet.branding.operations import CannotNameClients, CannotReleaseHost, ClientNames
from sublet.branding.operations.client_names import AGAIN, MOST_TRIES
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.jobs.models import Job
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from tests import factories
from tests.people import AT, World

pytestmark = pytest.mark.django_db
BASE = "clients.agency.example"


@pytest.fixture
def wild(world: World) -> Domain:
    return proved(world, "rosa", "*." + BASE)


def proved(world: World, person: str, host: str) -> Domain:
    with world.scope(person) as actor:
        domain = operations.add_host(account_ref=actor.account_ref, host=host, actor=actor, at=AT)
    with platform_scope("test data"):
        operations.mark_proved(ref=domain.ref, actor=world.actor("vera"), at=AT)
        Domain.objects.filter(id=domain.id).update(serving=True)
    return Domain.unscoped.get(id=domain.id)  # unscoped: a test looks at everything


def all_of(world: World) -> Selection:
    return Selection(refs=(world.carl.ref, world.elan.ref, world.zorba.ref, world.bakery.ref, world.rosa.ref))


def preview(world: World, wild: Domain, labels: dict[str, str] | None = None, person: str = "rosa") -> ClientNames:
    with world.scope(person) as actor:
        return operations.preview_client_names(
            wildcard_ref=wild.ref, selection=all_of(world), labels=labels, actor=actor, at=AT
        )


def give(world: World, wild: Domain, labels: dict[str, str] | None = None, person: str = "rosa") -> ClientNames:
    with world.scope(person) as actor:
        return operations.name_clients(
            wildcard_ref=wild.ref, selection=all_of(world), labels=labels, actor=actor, at=AT
        )


def told(names: ClientNames) -> list[tuple[str, str, str]]:
    return [(line.account_name, line.state, line.code or line.host) for line in names.lines]


def hosts_below() -> dict[str, str]:
    # unscoped: a test looks at everything
    rows = Domain.unscoped.filter(host__endswith="." + BASE, proof="wildcard", state="proved").select_related("account")
    return {row.host: row.account.name for row in rows}


def test_each_client_is_proposed_a_name_and_gets_it(world: World, wild: Domain) -> None:
    seen = preview(world, wild)
    assert told(seen) == [
        ("Carl’s Kitchen", "new", f"carl-s-kitchen.{BASE}"),
        ("Élan Coiffure", "new", f"elan-coiffure.{BASE}"),
        ("Zorba Sports Club", "new", f"zorba-sports-club.{BASE}"),
    ]
    assert hosts_below() == {}
    assert give(world, wild).new == 3
    assert hosts_below() == {line.host: line.account_name for line in seen.lines}
    assert queries.primary_host(world.elan.id) == f"elan-coiffure.{BASE}"
    assert queries.primary_host(world.carl.id) == "carl.localhost"
    site = queries.host_view(f"elan-coiffure.{BASE}")
    assert site is not None
    assert site.account_ref == world.elan.ref
    # unscoped: a test looks at everything
    entries = JournalEntry.unscoped.filter(event="host.added", account_id__in=[world.elan.id, world.zorba.id])
    assert {(entry.parent_id, entry.data["state"]) for entry in entries} == {(world.rosa.id, "proved")}
    assert told(preview(world, wild))[0] == ("Carl’s Kitchen", "has-one", f"carl-s-kitchen.{BASE}")
    with pytest.raises(CannotNameClients) as refusal:
        give(world, wild)
    assert refusal.value.code == "nothing-new"


def test_what_was_typed_is_taken_left_out_or_faulted(world: World, wild: Domain) -> None:
    proved(world, "remo", f"elsewhere.{BASE}")
    labels = {world.carl.ref: "elsewhere", world.elan.ref: " Élan ", world.zorba.ref: ""}
    assert told(preview(world, wild, labels)) == [
        ("Carl’s Kitchen", "faulty", "taken"),
        ("Élan Coiffure", "new", f"xn--lan-9la.{BASE}"),
        ("Zorba Sports Club", "left-out", ""),
    ]
    with pytest.raises(CannotNameClients) as refusal:
        give(world, wild, labels)
    assert (refusal.value.code, hosts_below()) == ("faults", {})
    for typed, code in (("admin", "reserved"), ("a.b", "form"), ("ab", "short"), ("y" * 70, "long")):
        assert told(preview(world, wild, {world.carl.ref: typed}))[0][1:] == ("faulty", code)
    same = {world.carl.ref: "same", world.elan.ref: "Same"}
    twice = preview(world, wild, same)
    assert [line.code for line in twice.lines] == ["twice", "twice", ""]
    assert twice.lines[0].sentence == "Another client here has the same address."
    give(world, wild, labels | {world.carl.ref: "elan-coiffure"})
    assert hosts_below() == {f"elan-coiffure.{BASE}": "Carl’s Kitchen", f"xn--lan-9la.{BASE}": "Élan Coiffure"}


def test_a_proposal_passes_names_in_use_anywhere_by(world: World, wild: Domain) -> None:
    proved(world, "remo", f"elan-coiffure.{BASE}")
    resting = proved(world, "remo", f"zorba-sports-club.{BASE}")
    with world.scope("remo") as remo:
        operations.release_host(ref=resting.ref, actor=remo, at=AT)
    with world.scope("rosa") as rosa:
        operations.add_host(account_ref=rosa.account_ref, host=f"carl-s-kitchen.{BASE}", actor=rosa, at=AT)
    assert [line.host.partition(".")[0] for line in preview(world, wild).lines] == [
        "carl-s-kitchen-2",
        "elan-coiffure-2",
        "zorba-sports-club-2",
    ]


def test_a_name_is_taken_back_like_any_other_and_given_again(world: World, wild: Domain) -> None:
    give(world, wild, {world.carl.ref: "", world.zorba.ref: ""})
    name = Domain.unscoped.get(host=f"elan-coiffure.{BASE}")  # unscoped: a test looks at everything
    with world.scope("rosa") as rosa:
        with pytest.raises(CannotReleaseHost) as refusal:
            operations.release_host(ref=wild.ref, actor=rosa, at=AT)
        assert refusal.value.code == "covers"
        operations.release_host(ref=name.ref, actor=rosa, at=AT)
    assert queries.host_view(name.host) is None
    assert give(world, wild, {world.carl.ref: "", world.zorba.ref: "", world.elan.ref: "elan-coiffure"}).new == 1
    assert hosts_below() == {name.host: "Élan Coiffure"}


def test_only_below_ones_own_proved_domain_and_only_who_manages_clients(world: World, wild: Domain) -> None:
    for person in ("ruth", "carl", "cleo"):
        with pytest.raises(Forbidden):
            give(world, wild, person=person)
    his = proved(world, "remo", "*.his.example")
    with pytest.raises(NotFound):
        give(world, his)
    plain = proved(world, "rosa", "plain.example")
    for domain in (plain, wild):
        Domain.unscoped.filter(id=wild.id).update(lost_since=AT)  # unscoped: test data
        with pytest.raises(CannotNameClients) as refusal:
            give(world, domain)
        assert refusal.value.code == "not-proved"
    with pytest.raises(CannotNameClients) as nobody, world.scope("rosa") as rosa:
        operations.name_clients(
            wildcard_ref=wild.ref, selection=Selection(refs=(world.bakery.ref,)), labels=None, actor=rosa, at=AT
        )
    assert (nobody.value.code, hosts_below()) == ("nothing-selected", {})


@pytest.mark.parametrize("state", [{"serving": False}, {"failing_since": AT}])
def test_none_below_a_domain_that_does_not_lead_here(world: World, wild: Domain, state: dict[str, Any]) -> None:
    Domain.unscoped.filter(id=wild.id).update(**state)  # unscoped: test data
    for act in (preview, give):
        with pytest.raises(CannotNameClients) as refusal:
            act(world, wild)
        assert refusal.value.code == "not-leading"
    with pytest.raises(CannotNameClients):
        switch(world, wild, True)
    with world.scope("rosa") as rosa:
        one = operations.add_host(account_ref=world.elan.ref, host=f"elan.{BASE}", actor=rosa, at=AT)
    assert (one.state, one.is_primary, bool(one.token)) == ("pending", False, True)
    assert queries.primary_host(world.elan.id) == "rosa.localhost"


def test_staff_confined_to_some_clients_names_those_alone(world: World, wild: Domain) -> None:
    assert told(give(world, wild, person="rico")) == [("Carl’s Kitchen", "new", f"carl-s-kitchen.{BASE}")]


def test_many_names_cost_as_many_statements_as_one(
    world: World, wild: Domain, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    refs = all_of(world).refs
    more = tuple(factories.make_client(world.rosa, f"More {number}").ref for number in range(5))
    for selection in (Selection(refs=refs), Selection(refs=refs + more)):
        # Who is selected, the wildcard, the accounts, what they have, what is in use, what is taken: of proposals, of all.
        with world.scope("rosa") as actor, django_assert_num_queries(7):
            operations.preview_client_names(wildcard_ref=wild.ref, selection=selection, labels=None, actor=actor, at=AT)


def switch(world: World, wild: Domain, gives: bool, person: str = "rosa") -> None:
    with world.scope(person) as actor:
        operations.set_gives_names(ref=wild.ref, gives=gives, actor=actor, at=AT)


def born(world: World, name: str) -> str:
    with world.scope("rosa") as rosa:
        account = account_operations.create_client(name=name, actor=rosa, at=AT)
    run_due_jobs(at=AT)
    return queries.primary_host(account.id)


def test_new_clients_get_one_by_themselves_while_the_switch_is_on(world: World, wild: Domain) -> None:
    assert born(world, "Bella Napoli") == "rosa.localhost"
    switch(world, wild, True)
    switch(world, wild, True)
    assert born(world, "Bella Napoli") == f"bella-napoli.{BASE}"
    assert born(world, "Bella Napoli") == f"bella-napoli-2.{BASE}"
    other = proved(world, "rosa", "*.other.example")
    switch(world, other, True)
    assert born(world, "Пекарня") == "xn--80ajpngj0i.other.example"
    Domain.unscoped.filter(id=other.id).update(lost_since=AT)  # unscoped: test data
    assert born(world, "Nobody") == "rosa.localhost"
    switch(world, wild, True)
    switch(world, wild, False)
    assert born(world, "Nobody Else") == "rosa.localhost"
    # unscoped: a test looks at everything
    entries = JournalEntry.unscoped.filter(event="host.gives_names_changed").order_by("id")
    assert [(entry.data["host"], entry.data["gives"]) for entry in entries] == [
        (f"*.{BASE}", "yes"),
        ("*.other.example", "yes"),
        (f"*.{BASE}", "yes"),
        (f"*.{BASE}", ""),
    ]


def test_who_is_born_while_the_domain_does_not_work_is_named_later(world: World, wild: Domain) -> None:
    switch(world, wild, True)
    rows = Domain.unscoped.filter(id=wild.id)  # unscoped: test data
    rows.update(serving=False)
    assert born(world, "Patient") == "rosa.localhost"
    run_due_jobs(at=AT + AGAIN)
    assert hosts_below() == {}
    rows.update(serving=True)
    run_due_jobs(at=AT + 2 * AGAIN)
    assert hosts_below() == {f"patient.{BASE}": "Patient"}
    rows.update(lost_since=AT)
    born(world, "Forgotten")
    switch(world, wild, False)
    assert not Domain.unscoped.get(id=wild.id).gives_names  # unscoped: a test looks at everything
    # unscoped: as above
    last = Job.unscoped.get(kind="branding.name_newborns", state="ready")
    assert last.payload["tries"] == 1
    run_due_jobs(at=AT + AGAIN)
    with world.scope("rosa") as rosa:
        ids = last.payload["client_ids"]
        given = {"reseller_id": world.rosa.id, "client_ids": ids, "actor": rosa, "at": AT}
        Domain.unscoped.filter(id=wild.id).update(gives_names=True)  # unscoped: test data
        assert operations.name_newborns(**given, tries=MOST_TRIES) == 0
    assert not Job.unscoped.filter(kind="branding.name_newborns", state="ready").exists()  # unscoped: as above


def test_the_switch_is_its_resellers(world: World, wild: Domain) -> None:
    for person, refusal in (("ruth", Forbidden), ("remo", NotFound), ("carl", NotFound)):
        with pytest.raises(refusal):
            switch(world, wild, True, person)
    plain = proved(world, "rosa", "plain.example")
    with pytest.raises(CannotNameClients):
        switch(world, plain, True)


def test_the_page_proposes_faults_and_gives(world: World, wild: Domain) -> None:
    browser = world.browser("rosa")
    path = f"/reseller/{world.rosa.ref}/clients/names/"
    chosen = {"keys": [world.carl.ref, world.elan.ref, world.bakery.ref]}
    page = browser.post(path, chosen).content.decode()
    assert 'value="elan-coiffure"' in page
    assert world.bakery.name not in page
    typed = {f"label-{world.carl.ref}": "admin", f"label-{world.elan.ref}": "élan"}
    wrong = browser.post(path, typed)
    assert (wrong.status_code, hosts_below()) == (409, {})
    assert "This address is reserved. Choose another." in wrong.content.decode()
    assert 'value="élan"' in wrong.content.decode()
    done = browser.post(path, typed | {f"label-{world.carl.ref}": "carl"})
    assert (done.status_code, done["Location"]) == (302, f"/reseller/{world.rosa.ref}/clients/")
    assert hosts_below() == {f"carl.{BASE}": "Carl’s Kitchen", f"xn--lan-9la.{BASE}": "Élan Coiffure"}
    assert f"carl.{BASE}" in browser.post(path, chosen).content.decode()
    assert browser.post(path, {}).status_code == 302
    assert world.browser("ruth").post(path, chosen).status_code == 403


def test_the_page_says_nothing_of_addresses_that_it_cannot_see(world: World, wild: Domain) -> None:
    browser = world.browser("rosa")
    path = f"/reseller/{world.rosa.ref}/clients/names/"
    chosen = {"keys": [world.carl.ref]}
    Domain.unscoped.filter(id=wild.id).update(serving=False)  # unscoped: test data
    page = browser.post(path, chosen).content.decode()
    assert "This domain does not lead here now" in page
    assert "All of them have an address below this domain." not in page
    assert f'name="keys" value="{world.carl.ref}"' in page
    assert f"/reseller/{world.rosa.ref}/hosts/{wild.ref}/" in page
    proved(world, "rosa", "*.other.example")
    assert 'value="carl-s-kitchen"' in browser.post(path, chosen).content.decode()  # below the one that works


def test_the_page_says_what_is_missing_without_a_wildcard(world: World) -> None:
    path = f"/reseller/{world.rosa.ref}/clients/names/"
    page = world.browser("rosa").post(path, {"keys": [world.carl.ref]}).content.decode()
    assert "*.clients.example.com" in page
    assert f"/reseller/{world.rosa.ref}/hosts/" in page


def test_the_switch_is_on_the_page_of_the_domain(world: World, wild: Domain) -> None:
    browser = world.browser("rosa")
    page = f"/reseller/{world.rosa.ref}/hosts/{wild.ref}/"
    assert 'value="yes"' in browser.get(page).content.decode()
    assert browser.post(page + "names/", {"gives": "yes"}).status_code == 302
    assert "Give new clients none" in browser.get(page).content.decode()
    browser.post(page + "names/", {})
    assert not Domain.unscoped.get(id=wild.id).gives_names  # unscoped: a test looks at everything

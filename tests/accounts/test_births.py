"""How accounts come to be: by whom, with what, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sublet.accounts import operations, queries
from sublet.accounts.models import Account, AccountTag, SearchWord
from sublet.accounts.search import address_word
from sublet.foundation.errors import CannotWhileImpersonating, Forbidden
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import actor_scope, platform_scope
from tests.people import AT, World


def events() -> list[str]:
    return list(JournalEntry.unscoped.order_by("id").values_list("event", flat=True))  # unscoped: the whole journal


def test_a_new_client_is_below_its_reseller_and_found_by_its_words(world: World) -> None:
    with world.scope("rosa") as actor:
        account = operations.create_client(
            actor=actor,
            at=AT,
            name="  Trattoria\tda  Enzo ",
            details=operations.Details(email="Info@ENZO.example", phone="06 9876 543", country="it", city="Roma"),
            tags=["restaurant", "Restaurant", " new  one "],
        )
    stored = Account.unscoped.get(ref=account.ref)  # unscoped: as stored
    assert (stored.parent_id, stored.kind, stored.state, stored.ownership) == (
        world.rosa.id, "client", "active", "reseller",
    )  # fmt: skip
    assert stored.name == "Trattoria da Enzo"
    assert stored.sort_name == "trattoria da enzo"
    assert (stored.email, stored.country) == ("Info@enzo.example", "IT")
    assert (stored.timezone, stored.currency) == ("Europe/Rome", "EUR")
    tags = AccountTag.unscoped.filter(account=stored).order_by("name")  # unscoped: as stored
    assert [tag.name for tag in tags] == ["new one", "restaurant"]
    words = set(SearchWord.unscoped.filter(account=stored).values_list("word", flat=True))  # unscoped: as stored
    assert words == {
        "trattoria", "da", "enzo", "069876543", "39069876543", "info", "example", "new", "one", "restaurant", "roma",
        address_word("info@enzo.example"),
    }  # fmt: skip
    assert events() == ["client.created"]


def test_the_same_form_sent_twice_opens_one_account(world: World) -> None:
    with world.scope("rosa") as actor:
        first = operations.create_client(actor=actor, at=AT, name="Twice", once="form-1")
        second = operations.create_client(actor=actor, at=AT, name="Twice", once="form-1")
        other = operations.create_client(actor=actor, at=AT, name="Twice", once="form-2")
    with world.scope("remo") as actor:
        elsewhere = operations.create_client(actor=actor, at=AT, name="Twice", once="form-1")
    assert first.id == second.id
    assert len({first.id, other.id, elsewhere.id}) == 3
    assert events() == ["client.created"] * 3


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"name": " \t"}, "name-missing", "name"),
        ({"name": "x" * 201}, "too-long", "name"),
        ({"details": operations.Details(email="nobody")}, "email-invalid", "email"),
        ({"details": operations.Details(website="javascript:alert(1)")}, "website-invalid", "website"),
        ({"details": operations.Details(timezone="Rome")}, "timezone-unknown", "timezone"),
        ({"details": operations.Details(language="de")}, "language-unknown", "language"),
        ({"details": operations.Details(country="Italy")}, "too-long", "country"),
        ({"details": operations.Details(country="ZZ")}, "country-unknown", "country"),
        ({"details": operations.Details(currency="€")}, "currency-unknown", "currency"),
        ({"details": operations.Details(currency="ZZZ")}, "currency-unknown", "currency"),
        ({"details": operations.Details(city="x" * 101)}, "too-long", "city"),
        ({"state": "closed"}, "state-unknown", "state"),
        ({"ownership": "vendor"}, "ownership-unknown", "ownership"),
        ({"state": "prospect"}, "prospect-without-end", "demo_until"),
        ({"demo_until": AT}, "demo-past", "demo_until"),
        ({"demo_until": AT + timedelta(days=400)}, "demo-too-long", "demo_until"),
        ({"tags": ["x" * 41]}, "tag-too-long", "tags"),
        ({"tags": [str(number) for number in range(21)]}, "too-many-tags", "tags"),
    ],
)
def test_a_client_that_cannot_be_is_refused_by_field(
    world: World, given: dict[str, object], code: str, field: str
) -> None:
    before = Account.unscoped.count()  # unscoped: all of them
    with world.scope("rosa") as actor, pytest.raises(operations.CannotCreateClient) as refused:
        operations.create_client(**{"actor": actor, "at": AT, "name": "Fine", **given})  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.field) == (code, field)
    assert refused.value.sentence
    assert Account.unscoped.count() == before  # unscoped: all of them
    assert events() == []


@pytest.mark.parametrize("person", ["ruth", "vera", "carl", "cleo", "dora"])
def test_only_resellers_with_the_right_open_clients(world: World, person: str) -> None:
    with world.scope(person) as actor, pytest.raises(Forbidden):
        operations.create_client(actor=actor, at=AT, name="No")
    assert events() == []


def test_a_suspended_reseller_opens_nothing(world: World) -> None:
    actor = world.actor("rosa")
    with world.scope("vera") as vera:
        operations.suspend_account(ref=world.rosa.ref, reason="unpaid", actor=vera, at=AT)
    with actor_scope(actor), pytest.raises(operations.CannotCreateClient) as refused:
        operations.create_client(actor=actor, at=AT, name="No")
    assert refused.value.code == "reseller-locked"


def test_there_is_one_vendor(world: World) -> None:
    actor = queries.installation_actor(name="Set-up", via="cli")
    with platform_scope("test"), pytest.raises(operations.CannotCreateVendor):
        operations.create_vendor(name="Another", actor=actor, at=AT)


def test_the_first_vendor_is_made_by_an_actor_without_an_account(db: None) -> None:
    actor = queries.installation_actor(name="Set-up", via="cli")
    assert actor.account_id == 0
    with platform_scope("test"):
        vendor = operations.create_vendor(name="Vantage", actor=actor, at=AT)
    assert queries.installation_actor(name="Set-up", via="cli").account_id == vendor.id
    assert events() == ["vendor.created"]


def test_a_direct_account_is_opened_in_the_name_of_who_signs_up(world: World) -> None:
    actor = queries.installation_actor(name="Dan", via="web")
    with platform_scope("sign-up"):
        account = operations.create_direct_account(name="Dan’s Den", actor=actor, at=AT)
    entry = JournalEntry.unscoped.get(event="direct_account.created")  # unscoped: the one entry
    assert (account.kind, account.parent_id, entry.actor_name) == ("direct", world.vendor.id, "Dan")


def test_the_owner_makes_a_direct_account_a_reseller_in_person(world: World) -> None:
    with world.scope("dora") as actor:
        operations.convert_to_reseller(ref=world.dora.ref, actor=actor, at=AT)
    world.dora.refresh_from_db()
    assert world.dora.kind == "reseller"
    assert events() == ["account.converted"]
    with world.scope("dora") as actor:
        assert actor.may("clients:manage")
        with pytest.raises(operations.CannotConvertToReseller) as refused:
            operations.convert_to_reseller(ref=world.dora.ref, actor=actor, at=AT)
    assert refused.value.code == "already"


def test_a_client_or_a_machine_becomes_no_reseller(world: World) -> None:
    with world.scope("carl") as actor, pytest.raises(operations.CannotConvertToReseller) as refused:
        operations.convert_to_reseller(ref=world.carl.ref, actor=actor, at=AT)
    assert refused.value.code == "not-direct"
    machine = queries.installation_actor(name="Job", via="job")
    with platform_scope("test"), pytest.raises(CannotWhileImpersonating):
        operations.convert_to_reseller(ref=world.dora.ref, actor=machine, at=AT)
    with world.scope("vera") as actor, pytest.raises(Forbidden):
        operations.convert_to_reseller(ref=world.dora.ref, actor=actor, at=AT)
    world.dora.refresh_from_db()
    assert world.dora.kind == "direct"
    assert events() == []

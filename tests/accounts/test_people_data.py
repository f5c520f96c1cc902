"""Looking up, listing and taking away the clients' people: what each finds, sees and carries off, and what it never does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.accounts import operations, queries
from sublet.accounts.models import Account
from sublet.accounts.queries import ListQuery, Selection, candidates
from sublet.accounts.search import exact
from sublet.core.peopledata import PeopleData
from sublet.core.rights import Rights
from sublet.foundation.actor import Actor, Impersonator
from sublet.foundation.journal.models import JournalEntry
from tests import factories
from tests.people import AT, World

CARL = "Carl’s Kitchen"
SECTION = {"reseller": "clients", "vendor": "accounts"}


def holding(actor: Actor, people: str, *, via: str = "web") -> Actor:
    """The same account's actor with that level on people and everything on the accounts below."""
    rights = Rights.of({SECTION[actor.account_kind]: "manage", "people": people})
    return replace(actor, rights=rights, is_owner=False, via=via)


def names(actor: Actor, search: str) -> list[str]:
    return [row.name for row in queries.client_list(actor, ListQuery(search=search), at=AT).rows]


def contacts(actor: Actor, search: str = "") -> list[tuple[str, str, str]]:
    rows = queries.client_list(actor, ListQuery(search=search), at=AT).rows
    return [(row.contact_name, row.email, row.phone) for row in rows if row.name == CARL]


@pytest.mark.parametrize(
    "text", ["conti", "hello@carls", "carls-kitchen.example", "+39 06 1234", "06 1234 56", "carl conti"]
)
def test_part_of_a_contact_finds_nothing_for_whoever_only_looks_up(world: World, text: str) -> None:
    with world.scope("rosa") as actor:
        assert names(holding(actor, "view"), text) == [CARL]
        assert names(holding(actor, "none"), text) == []


@pytest.mark.parametrize(
    "text",
    ["carl", "kitch rom", "vip", "hello@carls-kitchen.example", "HELLO@Carls-Kitchen.Example", "+39 06 1234 5678",
     "0039 06 12345678", "06 1234 5678"],
)  # fmt: skip
def test_the_clients_own_words_and_a_whole_address_or_number_find_it(world: World, text: str) -> None:
    with world.scope("rosa") as actor:
        assert names(holding(actor, "none"), text) == [CARL]


def test_a_whole_address_finds_nobody_outside_the_reach(world: World) -> None:
    with world.scope("rosa") as actor:
        lame = replace(holding(actor, "none"), reach=frozenset({world.elan.id}))
        assert names(lame, "hello@carls-kitchen.example") == names(lame, "+39 06 1234 5678") == []
        assert names(holding(actor, "none"), "nora@bakery.example") == []


def test_a_word_that_the_client_is_called_by_too_is_no_secret(world: World) -> None:
    factories.make_client(world.rosa, "Conti & Figli", contact_name="Ugo Conti", email="ugo@conti.example")
    with world.scope("rosa") as actor:
        assert names(holding(actor, "none"), "conti") == ["Conti & Figli"]
        assert names(holding(actor, "none"), "ugo") == []


@pytest.mark.parametrize(
    ("people", "via", "shown"),
    [("none", "web", False), ("view", "web", True), ("manage", "web", True),
     ("none", "api", False), ("view", "api", False), ("manage", "api", True)],
)  # fmt: skip
def test_a_list_shows_contacts_only_to_whoever_may_list_them(world: World, people: str, via: str, shown: bool) -> None:
    with world.scope("rosa") as actor:
        held = holding(actor, people, via=via)
        whole = ("Carl Conti", "hello@carls-kitchen.example", "+39 06 1234 5678")
        assert contacts(held) == [whole if shown else ("", "", "")]
        assert queries.client_facts(held, world.carl.ref).email == whole[1]  # the page of one client


def test_the_vendors_staff_is_held_to_the_same(world: World) -> None:
    factories.make_reseller(world.vendor, "Rita Studio", email="rita@studio.example", contact_name="Rita Rossi")
    with world.scope("vera") as actor:
        none, view = holding(actor, "none"), holding(actor, "view")
        assert names(none, "rossi") == []
        assert names(view, "rossi") == names(none, "rita@studio.example") == ["Rita Studio"]
        below = queries.client_list(none, ListQuery(), at=AT, below=world.rosa.ref)
        assert {row.email for row in below.rows} == {""}
        assert {row.email for row in queries.client_list(none, ListQuery(), at=AT).rows} == {""}


def file_of(actor: Actor, keys: Sequence[str] = (), search: str = "") -> tuple[list[str], str]:
    leaving = operations.export_clients(
        query=ListQuery(search=search), format="csv", keys=keys, people={}, languages={}, zone=UTC, actor=actor, at=AT
    )
    return [column.heading for column in leaving.columns], str(list(leaving.rows))


@pytest.mark.parametrize("people", ["none", "view"])
@pytest.mark.parametrize("keys", [(), ("name", "email", "phone"), ("email",)])
def test_a_file_lacks_the_contacts_of_whoever_may_not_take_them_away(
    world: World, people: str, keys: tuple[str, ...]
) -> None:
    with world.scope("rosa") as actor:
        headings, cells = file_of(holding(actor, people), keys)
        assert not {"Contact person", "E-mail", "Telephone", "Mobile"} & set(headings)
        assert CARL in cells
        assert "hello@carls-kitchen.example" not in cells
        assert "1234" not in cells
    entry = JournalEntry.unscoped.filter(event="clients.exported").latest("id")  # unscoped: as stored
    assert not {"contact", "email", "phone", "mobile"} & set(entry.data["columns"])


def test_whoever_may_export_takes_all_of_it(world: World) -> None:
    with world.scope("rosa") as actor:
        _headings, cells = file_of(holding(actor, "manage"))
    assert "hello@carls-kitchen.example" in cells
    assert "+39 06 1234 5678" in cells


def test_neither_a_file_nor_a_change_of_many_fishes(world: World) -> None:
    with world.scope("rosa") as actor:
        none = holding(actor, "none")
        assert CARL not in file_of(none, search="conti")[1]
        fishing = Selection(query=ListQuery(search="conti"))
        assert queries.preview_change(none, fishing, action="suspend", at=AT).names == []
        assert queries.preview_change(holding(actor, "view"), fishing, action="suspend", at=AT).names == [CARL]


def test_a_job_gets_what_its_person_had(world: World) -> None:
    with world.scope("rosa") as actor:
        for people in ("none", "view", "manage"):
            held = holding(actor, people)
            assert Actor.from_job(held.for_job()).people_data is held.people_data


def test_a_visit_keeps_what_its_visitor_has_at_home(world: World) -> None:
    with world.scope("carl") as actor:
        assert actor.people_data is PeopleData.EXPORT
        visitor = Impersonator(
            user_id=1, name="Rico", account_id=world.rosa.id, impersonation_ref="imp_1", mode="client",
            people_data=PeopleData.LIST,
        )  # fmt: skip
        visiting = replace(actor, impersonator=visitor)
        assert visiting.people_data is PeopleData.LIST
        assert Actor.from_job(visiting.for_job()) == replace(visiting, via="job")
        stored = visiting.for_job()
        del stored["impersonator"]["people_data"]  # put there before there was such a right
        assert Actor.from_job(stored).people_data is PeopleData.LOOK_UP


@pytest.mark.parametrize("people", ["none", "view"])
def test_the_list_asks_as_many_questions_whatever_one_may(world: World, people: str) -> None:
    counts = []
    for search in ("", "carl", "hello@carls-kitchen.example"):
        with world.scope("rosa") as actor, CaptureQueriesContext(connection) as asked:
            queries.client_list(holding(actor, people), ListQuery(search=search), at=AT)
        counts.append(len(asked))
    assert counts == {"view": [2, 3, 4], "none": [2, 3, 5]}[people]


def test_a_whole_address_of_common_words_is_one_look_into_the_index(world: World) -> None:
    """However common its words are, and however long it is: never a walk over all clients of a large reseller."""
    local = "info.the.restaurant.at.the.corner.of.the.square"
    for number in range(3):
        factories.make_client(world.rosa, f"Info {number}", email=f"{local}{number}@example.com")
    with world.scope("rosa"), CaptureQueriesContext(connection) as asked:
        whole = exact(f" {local.upper()}1@Example.com ")
        assert whole is not None
        found = candidates.for_exact(whole, world.rosa.id, None)
    assert Account.unscoped.get(id__in=found).name == "Info 1"  # unscoped: as stored
    (statement,) = asked
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + statement["sql"])
            plan = " ".join(str(row[-1]) for row in cursor.fetchall())
        assert plan.endswith("USING COVERING INDEX clients_by_word (parent_id=? AND word=?)")
    assert "parent_id = " in statement["sql"]
    assert " AND word = " in statement["sql"]


def test_the_word_of_the_address_follows_the_account(world: World) -> None:
    with world.scope("rosa") as actor:
        none = holding(actor, "none")
        changes = {"email": "new@carls-kitchen.example"}
        operations.change_details(ref=world.carl.ref, changes=changes, version=0, actor=actor, at=AT)
        assert names(none, "hello@carls-kitchen.example") == []
        assert names(none, "new@carls-kitchen.example") == [CARL]

"""The client list: what it finds, in which order, page by page, with how many statements, and whose it never shows."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sublet.accounts import queries
from sublet.accounts.models import Account
from sublet.accounts.queries import ListQuery
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden, NotFound
from tests import factories
from tests.people import AT, World

OPEN = ["Carl’s Kitchen", "Élan Coiffure", "Zorba Sports Club"]


def names(actor: Actor, **asked: object) -> list[str]:
    return [row.name for row in queries.client_list(actor, ListQuery(**asked), at=AT).rows]  # type: ignore[arg-type]


def walk(actor: Actor, query: ListQuery) -> tuple[list[list[str]], list[list[str]]]:
    """All pages forwards, then back again to the first."""
    page = queries.client_list(actor, query, at=AT)
    there = [[row.ref for row in page.rows]]
    while page.next:
        page = queries.client_list(actor, replace(query, cursor=page.next), at=AT)
        there.append([row.ref for row in page.rows])
    back = [[row.ref for row in page.rows]]
    while page.previous:
        page = queries.client_list(actor, replace(query, cursor=page.previous), at=AT)
        back.append([row.ref for row in page.rows])
    return there, back


def test_everybody_sees_the_accounts_below_their_own_within_reach(world: World) -> None:
    with world.scope("rosa") as actor:
        assert names(actor) == OPEN
    with world.scope("remo") as actor:
        assert names(actor) == ["Nora’s Bakery"]
    with world.scope("rico") as actor:
        assert names(actor) == ["Carl’s Kitchen"]
        assert names(actor, search="zorba") == []
        assert queries.glance(actor, at=AT).states["suspended"].number == 0
    with world.scope("vera") as actor:
        assert names(actor) == ["Dora’s Diner", "Remo Digital", "Rosa Web Studio"]
        assert names(actor, kinds=("direct",)) == ["Dora’s Diner"]
        page = queries.client_list(actor, ListQuery(), at=AT, below=world.rosa.ref)
        assert [row.name for row in page.rows] == OPEN
        with pytest.raises(NotFound):
            queries.client_list(actor, ListQuery(), at=AT, below=world.carl.ref)
    with world.scope("rosa") as actor, pytest.raises(NotFound):
        queries.client_list(actor, ListQuery(), at=AT, below=world.remo.ref)
    for person in ("carl", "cleo", "dora"):
        with world.scope(person) as actor, pytest.raises(Forbidden):
            queries.client_list(actor, ListQuery(), at=AT)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("carl", ["Carl’s Kitchen"]),
        ("ELAN coif", ["Élan Coiffure"]),
        ("élan", ["Élan Coiffure"]),
        ("conti", ["Carl’s Kitchen"]),
        ("hello@carls-kitchen.example", ["Carl’s Kitchen"]),
        ("+39 06 1234", ["Carl’s Kitchen"]),
        ("06 1234 56", ["Carl’s Kitchen"]),
        ("0039061234", ["Carl’s Kitchen"]),
        ("(06) 1234-5678", ["Carl’s Kitchen"]),
        ("carl 06 1234", ["Carl’s Kitchen"]),
        ("hairdr", ["Élan Coiffure"]),
        ("carl zorba", []),
        ("bakery", []),
        ("secret", []),
        ("arl", []),
        ("%", []),
        ("_", []),
        ("''", []),
        ("\u202eoiffure", []),
        ("🍕", []),
    ],
)
def test_search_finds_by_the_beginnings_of_words(world: World, text: str, expected: list[str]) -> None:
    with world.scope("rosa") as actor:
        assert names(actor, search=text) == expected


def test_filters_narrow_and_combine(world: World) -> None:
    rosa = world.users["rosa"]
    Account.unscoped.filter(id=world.carl.id).update(  # unscoped: set up
        responsible_id=rosa.id, demo_until=AT + timedelta(days=3)
    )
    Account.unscoped.filter(id=world.elan.id).update(state="closed")  # unscoped: set up
    with world.scope("rosa") as actor:
        assert names(actor) == ["Carl’s Kitchen", "Zorba Sports Club"]
        assert names(actor, states=("closed",)) == ["Élan Coiffure"]
        assert names(actor, states=("closed", "suspended")) == ["Élan Coiffure", "Zorba Sports Club"]
        assert names(actor, tags=("vip",)) == ["Carl’s Kitchen"]
        assert names(actor, tags=("secret-tag",)) == []
        assert names(actor, responsible=(rosa.id,)) == ["Carl’s Kitchen"]
        assert names(actor, responsible=(queries.NOBODY,)) == ["Zorba Sports Club"]
        assert names(actor, responsible=(queries.NOBODY, rosa.id)) == ["Carl’s Kitchen", "Zorba Sports Club"]
        assert names(actor, languages=("sq",)) == ["Zorba Sports Club"]
        assert names(actor, demo="yes") == names(actor, demo="ending") == ["Carl’s Kitchen"]
        assert names(actor, demo="no") == ["Zorba Sports Club"]
        assert names(actor, search="carl", tags=("vip",), states=("active",), demo="yes") == ["Carl’s Kitchen"]
        assert names(actor, search="carl", states=("suspended",)) == []
        glance = queries.glance(actor, at=AT)
    assert {state: count.number for state, count in glance.states.items()} == {
        "prospect": 0, "invited": 0, "active": 1, "suspended": 1, "closed": 1,
    }  # fmt: skip
    assert glance.ending.number == 1


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", queries.SORTS)
def test_pages_meet_without_gap_or_overlap_in_both_directions(world: World, sort: str, descending: bool) -> None:
    for number in range(11):
        factories.make_client(
            world.rosa,
            f"Same {number % 3}",
            state=("active", "suspended", "invited")[number % 3],
            created_at=AT + timedelta(minutes=number // 2),
            last_seen_at=None if number % 2 else AT + timedelta(days=number // 4),
        )
    with world.scope("rosa") as actor:
        whole = [row.ref for row in queries.client_list(actor, ListQuery(sort=sort, descending=descending), at=AT).rows]
        there, back = walk(actor, ListQuery(sort=sort, descending=descending, size=3))
        turned = queries.client_list(actor, ListQuery(sort=sort, descending=not descending), at=AT)
    assert len(whole) == len(set(whole)) == 14
    assert [ref for page in there for ref in page] == whole
    assert back[::-1] == there
    assert [row.ref for row in turned.rows][::-1] == whole


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "!!!", "bnVsbA", base64.urlsafe_b64encode(b"[0,0]").decode(), "[" * 500, "A" * 5000],
)
def test_an_unreadable_place_is_the_first_page(world: World, cursor: str) -> None:
    with world.scope("rosa") as actor:
        assert names(actor, cursor=cursor) == OPEN


def test_a_place_beside_somebody_elses_client_is_the_first_page_and_holds_no_number(world: World) -> None:
    def forged(ref: str) -> str:
        return base64.urlsafe_b64encode(json.dumps([0, 0, ref, "a"]).encode()).decode()

    with world.scope("rosa") as actor:
        assert names(actor, cursor=forged(world.bakery.ref)) == OPEN
        assert names(actor, cursor=forged("\x00")) == OPEN
        page = queries.client_list(actor, ListQuery(size=1), at=AT)
    held = json.loads(base64.urlsafe_b64decode(page.next + "=="))
    assert held == [0, 0, world.carl.ref, "carl s kitchen"]


@pytest.mark.parametrize(
    ("query", "statements"),
    [
        (ListQuery(), 2),
        (ListQuery(sort="last_visit"), 3),
        (ListQuery(search="same"), 3),
        (ListQuery(search="same row"), 4),
        (ListQuery(tags=("t",), states=("active",)), 4),
    ],
)
def test_the_number_of_statements_does_not_depend_on_the_rows(world: World, query: ListQuery, statements: int) -> None:
    counts = []
    for rows in (1, 2):
        for _ in range(rows):
            factories.make_client(world.remo, "Same row", tags=("t",), last_seen_at=AT)
        with world.scope("remo") as actor, CaptureQueriesContext(connection) as asked:
            found = queries.client_list(actor, query, at=AT).rows
        counts.append((len([row for row in found if row.name == "Same row"]), len(asked)))
    assert counts == [(1, statements), (3, statements)]


def test_a_common_word_is_bounded_and_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sublet.accounts.queries.candidates.CAP", 4)
    for number in range(9):
        factories.make_client(world.rosa, f"Bar Centrale {number}", city="Roma" if number < 2 else "Bari")
    with world.scope("rosa") as actor:
        common = queries.client_list(actor, ListQuery(search="bar"), at=AT)
        both = queries.client_list(actor, ListQuery(search="bar centrale"), at=AT)
        rare = queries.client_list(actor, ListQuery(search="bar roma"), at=AT)
        state = queries.client_list(actor, ListQuery(states=("active",)), at=AT)
    assert (common.capped, both.capped, rare.capped) == (True, True, False)
    assert 4 <= len(common.rows) <= 9
    assert all(row.name.startswith("Bar Centrale") for row in both.rows)
    assert [row.name for row in rare.rows] == ["Bar Centrale 0", "Bar Centrale 1"]
    assert len(state.rows) == 10


def test_counts_stop_counting(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sublet.accounts.queries.clients.COUNTED", 2)
    for number in range(3):
        factories.make_client(world.rosa, f"Bar {number}")
    with world.scope("rosa") as actor, CaptureQueriesContext(connection) as asked:
        glance = queries.glance(actor, at=AT)
    assert glance.states["active"] == queries.Counted(2, more=True)
    assert glance.states["invited"] == queries.Counted(1)
    assert len(asked) == 1


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=20),
    st.lists(st.one_of(st.text(max_size=8), st.integers())),
)


@given(data=st.dictionaries(st.sampled_from([*ListQuery.__dataclass_fields__, "x"]), anything))
def test_any_data_is_read_as_some_question(data: dict[str, object]) -> None:
    query = queries.list_query(data)
    assert queries.list_query(query.as_data()) == query.everything()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(text=st.text(max_size=40), sort=st.sampled_from(queries.SORTS))
def test_any_text_can_be_searched(world: World, text: str, sort: str) -> None:
    query = queries.list_query({"search": text, "sort": sort})
    with world.scope("rosa") as actor:
        found = {row.name for row in queries.client_list(actor, query, at=AT).rows}
    assert found <= set(OPEN)

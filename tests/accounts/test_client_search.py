"""Searching the client list: the number of statements follows from the question, never from what there is to be found; what
rare words mean is exact, what common ones mean is bounded and says so.

The bounds are small here, so that a dozen clients are many.
"""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sublet.accounts import operations, queries
from sublet.accounts.models import Account, SearchWord
from sublet.accounts.operations import Change
from sublet.accounts.queries import ListQuery, Selection
from sublet.foundation.jobs import run_due_jobs
from tests import factories
from tests.accounts.test_people_data import holding
from tests.people import AT, World

CAP, SHOWN = 5, 3


@pytest.fixture(autouse=True)
def small_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sublet.accounts.queries.candidates.CAP", CAP)
    monkeypatch.setattr("sublet.accounts.queries.candidates.SHOWN", SHOWN)


def bars(world: World, count: int, *, first: int = 0) -> None:
    for number in range(first, count):
        city = "Roma" if number % 2 else "Torino"
        factories.make_client(world.remo, f"Bar Centrale {1000 + number}", city=city, tags=("late",))


KINDS = {
    "nothing typed": ("", 2),
    "only signs": ("!?", 2),
    "a rare word": ("1000", 3),
    "a common word": ("bar", 3),
    "an absent word": ("zzyzx", 3),
    "a number to dial": ("06 9999 1111", 3),
    "a rare and a common word": ("bar 1000", 4),
    "two common words": ("bar centrale", 4),
    "two common words that do not begin the name": ("centrale bar", 4),
    "two words that few have both": ("bar roma", 4),
    "two absent words": ("zzyzx yzzyx", 4),
    "an absent and a common word": ("zzyzx bar", 4),
    "six words": ("bar centrale roma torino b c", 4),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_number_of_statements_follows_from_the_question_alone(world: World, kind: str) -> None:
    text, expected = KINDS[kind]
    counts, before = [], 0
    for rows in (0, 1, 3, 12):  # the bounds lie between the last two
        bars(world, rows, first=before)
        before = rows
        with world.scope("remo") as actor, CaptureQueriesContext(connection) as asked:
            queries.client_list(actor, ListQuery(search=text), at=AT)
        counts.append(len(asked))
    assert counts == [expected] * 4


@pytest.mark.parametrize(("text", "expected"), [("late@bar.example", 5), ("06 9999 1111", 4)])
def test_nor_does_it_tell_whether_somebody_has_the_whole_address(world: World, text: str, expected: int) -> None:
    counts = []
    for email, phone in (("", ""), ("late@bar.example", "+39 06 9999 1111")):
        factories.make_client(world.remo, "Bar Centrale", email=email, phone=phone, country="IT")
        with world.scope("remo") as actor, CaptureQueriesContext(connection) as asked:
            found = queries.client_list(holding(actor, "none"), ListQuery(search=text), at=AT).rows
        counts.append((len(found), len(asked)))
    assert counts == [(0, expected), (1, expected)]


def found(world: World, **asked: object) -> tuple[list[str], bool]:
    with world.scope("remo") as actor:
        page = queries.client_list(actor, ListQuery(**asked), at=AT)  # type: ignore[arg-type]
    return [row.name for row in page.rows], page.capped


def test_those_whose_name_begins_as_typed_come_before_others_with_the_word(world: World) -> None:
    for number in range(9):
        factories.make_client(world.remo, f"Aperto {number}", city="Barletta")
    for number in range(2):
        factories.make_client(world.remo, f"Barletta {number}", city="Roma")
    rows, capped = found(world, search="barl")
    assert (len(rows), capped) == (SHOWN, True)
    assert {"Barletta 0", "Barletta 1"} < set(rows)
    rows, capped = found(world, search="aperto barl")
    assert (len(rows), capped) == (SHOWN, True)


def test_a_rare_word_makes_the_answer_whole_up_to_the_bound(world: World) -> None:
    bars(world, 12)
    for number in range(CAP):
        factories.make_client(world.remo, f"Bar Lungo {number}")
    assert found(world, search="lungo") == ([f"Bar Lungo {number}" for number in range(CAP)], False)
    assert found(world, search="bar lungo") == ([f"Bar Lungo {number}" for number in range(CAP)], False)
    factories.make_client(world.remo, f"Bar Lungo {CAP}")
    assert [(len(rows), capped) for rows, capped in (found(world, search="lungo"), found(world, search="bar lungo"))] == [
        (SHOWN, True), (SHOWN, True),
    ]  # fmt: skip


def test_a_filter_beside_a_common_word_looks_further_and_a_rare_one_makes_it_whole(world: World) -> None:
    bars(world, 12)
    assert (len(found(world, search="bar")[0]), len(found(world, search="bar", tags=("late",))[0])) == (SHOWN, CAP)
    last = Account.unscoped.get(name="Bar Centrale 1011")  # unscoped: as stored
    Account.unscoped.filter(id=last.id).update(language="sq")  # unscoped: set up
    factories.make_client(world.remo, "Caffè Centrale", language="sq")
    assert found(world, search="bar", languages=("sq",)) == (["Bar Centrale 1011"], False)
    assert found(world, search="bar centrale", languages=("sq",)) == (["Bar Centrale 1011"], False)
    assert found(world, search="centrale", languages=("sq",)) == (["Bar Centrale 1011", "Caffè Centrale"], False)


@pytest.mark.parametrize("text", ["bar", "bar centrale"])
def test_a_change_of_many_leaves_nobody_out_however_common_the_words(world: World, text: str) -> None:
    bars(world, 12)
    chosen = Selection(query=ListQuery(search=text))
    with world.scope("remo") as actor:
        assert queries.client_list(actor, ListQuery(search=text), at=AT).capped
        preview = queries.preview_change(actor, chosen, action="suspend", at=AT)
        operations.change_many(selection=chosen, change=Change("suspend", reason="x"), actor=actor, at=AT)
    run_due_jobs(at=AT)
    assert preview.selected == preview.changing == queries.Counted(12)
    assert Account.unscoped.filter(state="suspended", parent=world.remo).count() == 12  # unscoped: as stored


def test_common_words_of_a_contact_find_nothing_for_whoever_only_looks_up(world: World) -> None:
    for number in range(9):
        factories.make_client(world.remo, f"Bar {number}", contact_name="Conti", city="Roma")
    with world.scope("remo") as actor:
        for text in ("conti", "bar conti", "conti roma", "bar roma conti"):
            query = ListQuery(search=text)
            assert len(queries.client_list(holding(actor, "view"), query, at=AT).rows) == SHOWN
            assert queries.client_list(holding(actor, "none"), query, at=AT).rows == []
            # A rare filter, whose rows are looked up for the words one by one.
            rare = ListQuery(search=text, kinds=("client",), states=("suspended",))
            assert queries.client_list(holding(actor, "none"), rare, at=AT).rows == []
        bar = queries.client_list(holding(actor, "none"), ListQuery(search="bar roma"), at=AT)
    assert (len(bar.rows), bar.capped) == (SHOWN, True)


def test_several_words_are_looked_up_in_the_indexes(world: World) -> None:
    bars(world, 12)
    with world.scope("remo") as actor, CaptureQueriesContext(connection) as asked:
        queries.client_list(actor, ListQuery(search="bar centrale"), at=AT)
        (statement,) = [each["sql"] for each in asked.captured_queries if "worded" in each["sql"]]
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL enable_seqscan = off")  # a dozen rows it would rather read
                cursor.execute("SET LOCAL enable_bitmapscan = off")
                cursor.execute("EXPLAIN " + statement)
            else:
                cursor.execute("EXPLAIN QUERY PLAN " + statement)
            plan = " ".join(str(row[-1]) for row in cursor.fetchall())
    if connection.vendor == "postgresql":
        assert "Index Only Scan using clients_by_word on account_word" in plan
        assert "Index Only Scan using words_of_a_client on account_word other" in plan
        assert "Join" not in plan
    else:
        assert "SEARCH account_word USING COVERING INDEX clients_by_word (parent_id=? AND word>? AND word<?)" in plan
        assert "SEARCH other USING COVERING INDEX words_of_a_client (account_id=? AND word>? AND word<?)" in plan
        assert "SCAN account" not in plan


CITIES = ("Roma", "Rovigo", "Bari", "Barletta")
texts = st.lists(
    st.sampled_from(["b", "ba", "bar", "barl", "bari", "caffè", "caf", "ro", "roma", "r", "se", "sera", "x"]),
    min_size=1, max_size=4,
).map(" ".join)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None)
@given(text=texts)
def test_what_is_found_has_every_word_and_all_are_found_unless_it_says_so(many: World, text: str) -> None:
    terms = [word.replace("è", "e") for word in dict.fromkeys(text.split())]
    stored: dict[str, set[str]] = {}
    # unscoped: as stored
    for name, word in SearchWord.unscoped.filter(parent_id=many.remo.id).values_list("account__name", "word"):
        stored.setdefault(name, set()).add(word)
    meant = {
        name for name, having in stored.items() if all(any(word.startswith(term) for word in having) for term in terms)
    }
    entries = [sum(word.startswith(term) for having in stored.values() for word in having) for term in terms]
    rows, capped = found(many, search=text)
    assert len(rows) == len(set(rows))
    assert capped == (min(entries) > CAP)
    assert set(rows) <= meant if capped else set(rows) == meant


@pytest.fixture
def many(world: World) -> World:
    for number in range(14):
        kind = ("Bar", "Caffè", "Bar Bari", "Sera")[number % 4]
        factories.make_client(world.remo, f"{kind} {number}", city=CITIES[number % 3])
    return world

"""What the address of a list says."""

from __future__ import annotations

from django.http import QueryDict

from sublet.portals.shared.tables import Column, ListState, Row, Table, read_list_state

COLUMNS = (
    Column("name", "Name", sortable=True, required=True),
    Column("state", "State"),
    Column("people", "People", "number", sortable=True),
    Column("language", "Language", default=False),
)


def read(query: str, remembered: tuple[str, ...] = ()) -> ListState:
    return read_list_state(
        QueryDict(query), columns=COLUMNS, default_sort="name", filters=("state", "tag"), remembered=remembered
    )


def test_an_empty_address_is_the_first_page_in_the_usual_order() -> None:
    state = read("")
    assert (state.search, state.sort, state.descending, state.cursor) == ("", "name", False, "")
    assert state.columns == ("name", "state", "people")
    assert dict(state.filters) == {}
    assert not state.filtered


def test_an_address_is_read_word_by_word() -> None:
    state = read("q=+caf%C3%A9++roma+&sort=-people&cursor=abc&state=active&state=invited&state=active&tag=&other=1")
    assert (state.search, state.sort, state.descending, state.cursor) == ("café roma", "people", True, "abc")
    assert dict(state.filters) == {"state": ("active", "invited")}
    assert state.one("state") == "active"
    assert state.one("tag") == ""
    assert state.filtered


def test_only_a_sortable_column_gives_the_order() -> None:
    for word in ("state", "-state", "password", "--name", "name;drop", "-"):
        state = read(f"sort={word}")
        assert (state.sort, state.descending) == ("name", False), word


def test_a_list_may_begin_descending() -> None:
    state = read_list_state(QueryDict(""), columns=COLUMNS, default_sort="-people")
    assert (state.sort, state.descending) == ("people", True)


def test_unkind_words_are_bounded_and_without_nul() -> None:
    state = read("q=" + "a" * 5000 + "%00b&cursor=" + "c" * 5000 + "&state=%00" + "s" * 5000 + "&tag=%00")
    assert state.search == "a" * 200
    assert state.cursor == ""
    assert dict(state.filters) == {"state": ("s" * 120,)}


def test_columns_are_those_asked_for_then_those_remembered() -> None:
    assert read("columns=language&columns=unheard").columns == ("name", "language")
    assert read("", remembered=("people",)).columns == ("name", "people")
    assert read("columns=state", remembered=("people",)).columns == ("name", "state")
    assert read("columns=unheard").columns == ("name", "state", "people")


def test_only_columns_that_somebody_chose_make_no_room_for_others() -> None:
    assert not read("").chosen
    assert not read("columns=unknown").chosen
    assert read("columns=state").chosen
    assert read("", remembered=("people",)).chosen


def test_a_table_shows_the_chosen_columns_in_their_order() -> None:
    state = read("columns=language&columns=state&sort=-people")
    table = Table("clients", "Clients", COLUMNS, (Row("a", {}),), state)
    assert [column.key for column in table.visible] == ["name", "state", "language"]
    assert [shown for _, shown in table.choices] == [True, True, False, True]
    assert table.sort_word == "-people"
    assert not table.has_menus


def test_numbers_stand_at_the_end_of_their_column() -> None:
    assert [column.at_end for column in COLUMNS] == [False, False, True, False]

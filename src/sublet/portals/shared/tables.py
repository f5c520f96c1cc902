"""List pages: what the address says (`ListState`) and what the table shows (`Table`). Presentation only.

A view reads a `ListState` from the address, asks its query with it, turns the rows into `Row`s and hands a `Table` to
``shared/list.html``. Sorting, searching and paging are the query's; nothing here touches the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from sublet.portals.shared.components import Action, Tab
from sublet.portals.shared.shell import Text

LONGEST_SEARCH = 200
LONGEST_CURSOR = 600
LONGEST_FILTER = 120
MOST_FILTER_VALUES = 30

#: Stands for a row's own key in the addresses of its menu, so that rows of one kind can share a menu.
ROW = "~row~"

#: How a cell is drawn: `templatetags.sublet.draw`.
KINDS = (
    "text", "number", "status", "date", "datetime", "ago", "tags", "person", "mail", "phone", "code", "yes_no",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `priority` 1 is kept on a phone, 2 from 640 px, 3 from 1000 px, or from 640 px where
    somebody chose columns; `required` cannot be hidden.

    `sort` is the word in the address (empty: the key). `template` draws the cell instead of `kind`; it gets `value`
    and `row`.
    """

    key: str
    label: Text
    kind: str = "text"
    sortable: bool = False
    priority: int = 1
    required: bool = False
    default: bool = True
    align: str = ""
    template: str = ""

    @property
    def at_end(self) -> bool:
        """Numbers stand at the end of their column so that their digits line up."""
        return (self.align or ("end" if self.kind == "number" else "start")) == "end"


@dataclass(frozen=True, slots=True)
class ListState:
    """What the address of a list says. Words that mean nothing here have been dropped; texts are bounded.

    `chosen`: whether somebody chose the columns, so that none of them may make room for another.
    """

    search: str
    sort: str
    descending: bool
    cursor: str
    columns: tuple[str, ...]
    filters: Mapping[str, tuple[str, ...]]
    chosen: bool = False

    @property
    def filtered(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.search) or bool(self.filters)

    def one(self, name: str) -> str:
        """The single value of that filter, or empty."""
        values = self.filters.get(name, ())
        return values[0] if values else ""


def read_list_state(
    query: QueryDict,
    *,
    columns: Sequence[Column],
    default_sort: str,
    filters: Iterable[str] = (),
    remembered: Sequence[str] = (),
) -> ListState:
    """Read ``?q=…&sort=-name&cursor=…&columns=a&columns=b&<filter>=…``.

    `default_sort` is a sortable key, with ``-`` in front for descending. `remembered` are the columns that the person
    chose before; an unknown one is left out, a required one always stays.
    """
    sortable = {column.key for column in columns if column.sortable}
    asked = query.get("sort", "").replace("\x00", "")
    key, descending = asked.removeprefix("-"), asked.startswith("-")
    if key not in sortable:
        key, descending = default_sort.removeprefix("-"), default_sort.startswith("-")
    chosen = {name for name in (query.getlist("columns") or remembered) if isinstance(name, str)}
    known = {column.key for column in columns}
    chosen &= known
    visible = tuple(
        column.key for column in columns if column.required or (column.key in chosen if chosen else column.default)
    )
    found: dict[str, tuple[str, ...]] = {}
    for name in filters:
        values = [value.replace("\x00", "")[:LONGEST_FILTER] for value in query.getlist(name)[:MOST_FILTER_VALUES]]
        kept = tuple(dict.fromkeys(value for value in values if value))
        if kept:
            found[name] = kept
    cursor = query.get("cursor", "")
    return ListState(
        search=" ".join(query.get("q", "").replace("\x00", "").split())[:LONGEST_SEARCH],
        sort=key,
        descending=descending,
        cursor=cursor if len(cursor) <= LONGEST_CURSOR else "",
        columns=visible,
        filters=MappingProxyType(found),
        chosen=bool(chosen),
    )


@dataclass(frozen=True, slots=True)
class Row:
    """A row: `key` is the reference that its check box sends, `url` where a click leads, `cells` by column key.

    In the addresses of `menu`, `ROW` stands for the key: rows that are given the same menu share the work of drawing it.
    """

    key: str
    cells: Mapping[str, object]
    url: str = ""
    menu: tuple[Action, ...] = ()
    label: str = ""
    muted: bool = False
    problem: Text = ""


@dataclass(frozen=True, slots=True)
class PersonCell:
    """The value of a cell of kind ``person``."""

    name: str
    second_line: str = ""


@dataclass(frozen=True, slots=True)
class StatusCell:
    """The value of a cell of kind ``status`` when the state's usual words or color do not fit."""

    state: str
    label: Text = ""
    tone: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class BulkAction:
    """A button of the bar that appears when rows are selected; sends `keys` (and ``all=1``) to `url` by POST."""

    label: Text
    url: str
    icon: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class FilterOption:
    """A value of a filter, with how many rows have it, when that is known."""

    value: str
    label: Text
    count: int | None = None
    selected: bool = False
    url: str = ""  # of one that was found: the list narrowed by it


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter button with its popover. `many` allows several values at once.

    With `find` the values are too many to list: one types a part of a name, and the page is asked again with that parameter.
    `options` is the one that is chosen then, `found` what is called so, and `hint` what to type.
    """

    name: str
    label: Text
    options: tuple[FilterOption, ...]
    many: bool = True
    icon: str = ""
    find: str = ""
    typed: str = ""
    found: tuple[FilterOption, ...] = ()
    more: bool = False
    hint: Text = ""

    @property
    def selected(self) -> tuple[FilterOption, ...]:
        """The options that narrow the list now."""
        return tuple(option for option in self.options if option.selected)


@dataclass(frozen=True, slots=True)
class Pager:
    """Keyset paging: cursors of the pages before and after. `count` counts all rows when that is known cheaply."""

    previous: str = ""
    next: str = ""
    shown: int = 0
    count: int | None = None
    first_page: bool = True


@dataclass(frozen=True, slots=True)
class Empty:
    """What a list says when there is nothing in it yet (not: when nothing matches)."""

    title: Text
    text: Text = ""
    icon_name: str = "folder"
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A list page, for ``shared/list.html`` (all of it) and ``shared/list_results.html`` (what htmx swaps in).

    `id` is unique on the page. `summary` says how many rows there are ("1,204 clients"); it is read out after a search.
    `views_label` names the saved views. `columns_url` gets a POST of `columns` (several) and `next`; `save_view_url` a
    POST of `name`, `query` and `next`. With `selectable_total`, all that match can be selected (`all=1`), not only the
    rows shown; `all_label` says how many those are where `pager.count` cannot. `elsewhere` leads to where what was searched
    may be, when nothing matches; `no_match` says more than "fewer words" then.
    """

    id: str
    caption: Text
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    state: ListState
    pager: Pager = field(default_factory=Pager)
    search_label: Text = ""
    #: The same in so few words that they fit in the field; empty: the label does.
    search_hint: Text = ""
    filters: tuple[Filter, ...] = ()
    views: tuple[Tab, ...] = ()
    bulk: tuple[BulkAction, ...] = ()
    actions: tuple[Action, ...] = ()
    columns_url: str = ""
    save_view_url: str = ""
    selectable_total: bool = False
    summary: Text = ""
    all_label: Text = ""
    no_match: Text = ""
    empty: Empty = field(default_factory=lambda: Empty(title=_("Nothing here yet")))
    elsewhere: Action | None = None

    @property
    def visible(self) -> tuple[Column, ...]:
        """The columns shown, in their order."""
        return tuple(column for column in self.columns if column.key in self.state.columns)

    @property
    def sort_word(self) -> str:
        """The order as it stands in the address: ``-name``."""
        return f"-{self.state.sort}" if self.state.descending else self.state.sort

    @property
    def choices(self) -> tuple[tuple[Column, bool], ...]:
        """Each column with whether it is shown, for the column chooser."""
        return tuple((column, column.key in self.state.columns) for column in self.columns)

    @property
    def has_menus(self) -> bool:
        """Whether any row has a menu."""
        return any(row.menu for row in self.rows)

    @property
    def active_filters(self) -> tuple[tuple[Filter, FilterOption], ...]:
        """Each value that narrows the list, for the chips."""
        return tuple((each, option) for each in self.filters for option in each.selected)

"""The rows of a table as HTML. Written here and not in a template: a list is fifty rows of ten cells and a menu each, and
Django's template language would take most of the page's time for them.

What depends on the row alone in a menu is its key and its label: menus that are one and the same object are drawn once,
with `tables.ROW` and a word for the label in their place.
"""

from __future__ import annotations

from collections.abc import Callable

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from sublet.portals.shared.components import Action
from sublet.portals.shared.tables import ROW, Column, Row, Table

#: Stands for a row's label while a menu is drawn. No text of ours has a tilde in it, and the label goes in last.
_LABEL = "~label~"

Cell = Callable[[Column, Row], str]
Menu = Callable[[str, tuple[Action, ...], str], str]


def rows_html(table: Table, *, cell: Cell, menu: Menu, icon: Callable[[str], str]) -> SafeString:
    """The ``<tr>`` of each row. `cell` draws the value of a column, safe; `menu` a menu of an id, its entries and a label."""
    columns = [(column, _cell_tags(column, first=number == 0)) for number, column in enumerate(table.visible)]
    menus: dict[int, str] = {}
    id_of_menu = f"{table.id}-menu-{ROW}"
    has_menus, select = table.has_menus, _("Select %(name)s")
    actions = conditional_escape(_("Actions for %(name)s") % {"name": _LABEL})
    bulk_form = conditional_escape(f"{table.id}-bulk")
    out: list[str] = []
    for row in table.rows:
        key, label = conditional_escape(row.key), row.label or row.key
        classes = " ".join(
            name for name, wanted in (("linked", row.url), ("muted", row.muted), ("problem", row.problem)) if wanted
        )
        out.append(f'<tr role="row" class="{classes}">\n')
        if table.bulk:
            out.append(
                f'<td role="cell" class="cell-check"><input type="checkbox" class="form-check-input" name="keys" value="{key}"'
                f' form="{bulk_form}" aria-label="{conditional_escape(select % {"name": label})}" data-select></td>\n'
            )
        for number, (column, opening) in enumerate(columns):
            # A cell with nothing in it is empty, also where a template of more lines drew it: on a phone its label goes as well.
            drawn: str = conditional_escape(cell(column, row)).strip()
            if number == 0 and row.url:
                drawn = f'<a class="row-link" href="{conditional_escape(row.url)}">{drawn}</a>'
            if number == 0 and row.problem:
                drawn += (
                    f'<span class="cell-problem">{icon("alert-circle")}{conditional_escape(str(row.problem))}</span>'
                )
            out.append(f"{opening}{drawn}</td>\n")
        if has_menus:
            entries = ""
            if row.menu:
                if id(row.menu) not in menus:
                    menus[id(row.menu)] = menu(id_of_menu, row.menu, actions)
                entries = menus[id(row.menu)].replace(ROW, key).replace(_LABEL, conditional_escape(label))
            out.append(f'<td role="cell" class="cell-menu">{entries}</td>\n')
        out.append("</tr>\n")
    return mark_safe("".join(out))  # noqa: S308  each value was escaped above, or drawn safe


def _cell_tags(column: Column, *, first: bool) -> str:
    classes = f"p{column.priority} k-{column.kind}{' end' if column.at_end else ''}{' cell-title' if first else ''}"
    return f'<td role="cell" class="{classes}" data-label="{conditional_escape(str(column.label))}">'

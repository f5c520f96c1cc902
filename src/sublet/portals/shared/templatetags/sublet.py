"""The tags of every page; `config.settings` makes them built in, so that no template needs to load them.

Text goes in as plain values and comes out escaped. Nothing here asks the database.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs
from django.template.context import Context
from django.template.defaultfilters import stringfilter
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sublet.foundation import clock
from sublet.portals.shared import locales
from sublet.portals.shared.components import Action, Tag
from sublet.portals.shared.levels import level_word
from sublet.portals.shared.quoting import quoting
from sublet.portals.shared.shell import Text, initials_of
from sublet.portals.shared.states import STATES
from sublet.portals.shared.table_rows import rows_html
from sublet.portals.shared.tables import Column, PersonCell, Row, StatusCell, Table
from sublet.portals.shared.words import SAID, said_by

register = template.Library()
register.filter("quoting", quoting)

TONES = frozenset({"neutral", "success", "warning", "danger", "info", "brand"})
AVATAR_TONES = 8
KIND_ICONS: Mapping[str, str] = {
    "success": "circle-check",
    "warning": "alert-triangle",
    "danger": "alert-circle",
    "info": "info-circle",
    "neutral": "info-circle",
}


# Icons, people, states ------------------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, label: Text = "", css: str = "") -> SafeString:
    """``{% icon "users" %}``: decoration. With a label it speaks for itself: ``{% icon "lock" _("Locked") %}``."""
    if label:
        return format_html(
            '<svg class="icon {}" role="img" aria-label="{}" focusable="false"><use href="{}#{}"/></svg>',
            css, label, _sprite(), name,
        )  # fmt: skip
    return _bare_icon(name, css, _sprite())


@lru_cache(maxsize=1)
def _sprite() -> str:
    """The file with all icons. Its address changes with a release only, and asking for it is most of an icon's work."""
    return static("vendor/icons/icons.svg")


@lru_cache(maxsize=512)
def _bare_icon(name: str, css: str, sprite: str) -> SafeString:
    """A page shows the same few icons hundreds of times."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>', css, sprite, name
    )


@register.simple_tag
def avatar(name: str, css: str = "") -> SafeString:
    """Initials in a circle, the same color for the same name. Decoration: the name stands beside it."""
    tone = hashlib.blake2s(name.encode(), digest_size=1).digest()[0] % AVATAR_TONES
    inside = initials_of(name) or icon("user")
    return format_html('<span class="avatar-round tone-{} {}" aria-hidden="true">{}</span>', tone, css, inside)


@register.simple_tag
def status(state: str, label: Text = "", tone: str = "", icon_name: str = "") -> SafeString:
    """A badge for a state. Known states (`STATES`) bring words, icon and tone; each can be given instead."""
    known_tone, known_icon, known_label = STATES.get(state, ("neutral", "point", state))
    return format_html(
        '<span class="state-badge state-{}">{}<span>{}</span></span>',
        tone if tone in TONES else known_tone, icon(icon_name or known_icon), label or known_label,
    )  # fmt: skip


@register.simple_tag(takes_context=True)
def called(context: Context, name: str, usual: str) -> str:
    """``{% called "clients" _("Clients") %}``: the brand's own word for it, or the usual one (`portals.shared.words`)."""
    return ("shell" in context and context["shell"].brand.word_alone(name)) or usual


@register.simple_tag(takes_context=True)
def said(context: Context, key: str) -> str:
    """``{% said "new-client" %}``: a button or heading with the brand's own word in it (`portals.shared.words.SAID`)."""
    return said_by(context["shell"].brand, key) if "shell" in context else str(SAID[key][1])


@register.simple_tag
def badge(text: Text, tone: str = "neutral") -> SafeString:
    """A quiet word in a frame."""
    known = tone if tone in TONES else "neutral"
    return format_html('<span class="state-badge state-{}"><span>{}</span></span>', known, text)


@register.simple_tag
def vendor_mark(text: Text = "", *, alone: bool = True) -> SafeString:
    """The mark beside a section that is not white-label clean; its meaning is a tooltip.

    It takes the focus, so that the tooltip is reached without a mouse; inside a link (`alone=False`) it does not.
    """
    meaning = text or _("This section shows the vendor's name or logo.")
    return format_html(
        '<span class="vendor-mark"{} role="img" aria-label="{}" data-tip="{}">{}</span>',
        mark_safe(' tabindex="0"') if alone else "", meaning, meaning, icon("flag"),
    )  # fmt: skip


@register.filter
@stringfilter
def level_label(level: str, section: str = "") -> str:
    """``view`` → the word for it; on people's data (`section`) the levels are ways in which it leaves."""
    return level_word(level, section)


@register.filter
@stringfilter
def tone_icon(tone: str) -> str:
    """The icon that goes with a tone in an alert."""
    return KIND_ICONS.get(tone, "info-circle")


@register.filter
@stringfilter
def message_tone(level_tag: str) -> str:
    """The tone of a Django message."""
    return {"error": "danger", "success": "success", "warning": "warning"}.get(level_tag, "info")


# Numbers and time -----------------------------------------------------------------------------------------------------


@register.simple_tag
def money(minor: int, currency: str) -> str:
    """``{% money 123450 "EUR" %}`` → €1,234.50, as the active language writes it."""
    return locales.write_money(minor, currency)


@register.simple_tag
def number(value: int | Decimal | float) -> str:
    """A number with the separators of the active language."""
    return locales.write_number(value)


@register.filter
def compact(value: int) -> str:
    """12345 → 12.3K, for counts in narrow places."""
    return locales.write_compact(value)


@register.simple_tag
def date_in(value: date | datetime | None, zone: str = "", style: str = "medium") -> SafeString | str:
    """The date in `zone`, as ``<time>``. None gives nothing."""
    if value is None:
        return ""
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), locales.write_date(value, zone, style))


@register.simple_tag
def datetime_in(value: datetime | None, zone: str = "", style: str = "medium") -> SafeString | str:
    """Date and time in `zone`, as ``<time>``. None gives nothing."""
    if value is None:
        return ""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.isoformat(), locales.write_moment(value, zone), locales.write_datetime(value, zone, style),
    )  # fmt: skip


@register.simple_tag
def time_in(value: datetime, zone: str = "") -> SafeString:
    """The time of day in `zone`."""
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), locales.write_time(value, zone))


@register.simple_tag
def ago(value: datetime | None, zone: str = "") -> SafeString | str:
    """``3 days ago``; the exact moment is in the tooltip. None gives nothing."""
    if value is None:
        return ""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.isoformat(), locales.write_moment(value, zone), locales.write_ago(value, clock.now()),
    )  # fmt: skip


# Addresses ------------------------------------------------------------------------------------------------------------


def _query_of(context: Context) -> tuple[str, QueryDict]:
    request = context.get("request")
    if isinstance(request, HttpRequest):
        return request.path, request.GET.copy()
    return "", QueryDict(mutable=True)


def _address(path: str, query: QueryDict) -> str:
    text = query.urlencode()
    return f"{path}?{text}" if text else path


@register.simple_tag(takes_context=True)
def url_with(context: Context, **changes: object) -> str:
    """This page's address with some parameters changed; None or empty removes one.

    Any change but the cursor's begins again at the first page, otherwise a cursor would point into another order.
    """
    path, query = _query_of(context)
    if "cursor" not in changes:
        query.pop("cursor", None)
    for name, value in changes.items():
        if value is None or value == "":
            query.pop(name, None)
        elif isinstance(value, (list, tuple)):
            query.setlist(name, [str(each) for each in value])
        else:
            query[name] = str(value)
    return _address(path, query)


@register.simple_tag(takes_context=True)
def url_toggle(context: Context, name: str, value: str) -> str:
    """This page's address with one value of a parameter added, or taken away when it is there."""
    path, query = _query_of(context)
    query.pop("cursor", None)
    values = query.getlist(name)
    query.setlist(name, [each for each in values if each != value] if value in values else [*values, value])
    return _address(path, query)


@register.simple_tag(takes_context=True)
def hidden_query(context: Context, *leave_out: str) -> SafeString:
    """Hidden inputs that carry this address's parameters into a GET form, without those named and the cursor."""
    _path, query = _query_of(context)
    pairs = [(name, value) for name, values in query.lists() if name not in {*leave_out, "cursor"} for value in values]
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', pairs)


# Tables ---------------------------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def sort_url(context: Context, column: Column, sort: str, descending: bool) -> str:
    """Where the header of a column leads: this order, or the other way round when it is this order already."""
    turned = column.key == sort and not descending
    return url_with(context, sort=f"-{column.key}" if turned else column.key)


def _dash() -> SafeString:
    return format_html('<span class="quiet" aria-label="{}">–</span>', _("Nothing"))


@register.simple_tag
def tags(values: Iterable[Tag | str]) -> SafeString:
    """Chips for tags."""
    found = [value if isinstance(value, Tag) else Tag(value) for value in values]
    chips = [
        format_html('<a class="tag-label tone-{}" href="{}">{}</a>', each.tone, each.url, each.label)
        if each.url
        else format_html('<span class="tag-label tone-{}">{}</span>', each.tone, each.label)
        for each in found
    ]
    return format_html('<span class="tags-row">{}</span>', mark_safe("".join(chips)))  # noqa: S308 - each was escaped


def draw(kind: str, value: object, zone: str = "") -> SafeString | str:
    """`value` as a cell or fact of that kind (`tables.KINDS`)."""
    match kind, value:
        case _, None | "" | ():
            return _dash()
        case "status", StatusCell():
            return status(value.state, value.label, value.tone, value.icon)
        case "status", str():
            return status(value)
        case "number", int() | float() | Decimal():
            return locales.write_number(value)
        case "date", date():
            return date_in(value, zone)
        case "datetime", datetime():
            return datetime_in(value, zone)
        case "ago", datetime():
            return ago(value, zone)
        case "tags", list() | tuple():
            return tags(value)
        case "person", PersonCell():
            second = format_html('<span class="cell-second">{}</span>', value.second_line) if value.second_line else ""
            return format_html(
                '<span class="cell-person">{}<span class="cell-lines"><bdi>{}</bdi>{}</span></span>',
                avatar(value.name), value.name, second,
            )  # fmt: skip
        case "person", str():
            return draw("person", PersonCell(value))
        case "mail", str():
            return format_html('<a href="mailto:{}">{}</a>', value, value)
        case "phone", str():
            return format_html('<a href="tel:{}">{}</a>', value.replace(" ", ""), value)
        case "code", _:
            return format_html("<code>{}</code>", value)
        case "yes_no", bool():
            return format_html("{} {}", icon("check" if value else "minus"), _("Yes") if value else _("No"))
        case _:
            return format_html("<bdi>{}</bdi>", value)


@register.simple_tag(takes_context=True)
def cell(context: Context, column: Column, row: Row) -> SafeString | str:
    """What stands in a column of a row: by the column's own template, or by its kind."""
    value = row.cells.get(column.key)
    if column.template:
        found = _engine(context).get_template(column.template)
        with context.push(value=value, row=row, column=column):
            return mark_safe(found.render(context))  # noqa: S308 - a template escapes its own values
    return draw(column.kind, value, str(context.get("zone") or ""))


@register.simple_tag(takes_context=True)
def table_rows(context: Context, table: Table) -> SafeString:
    """The rows of a table (`sublet.portals.shared.table_rows`)."""
    zone = str(context.get("zone") or "")

    def drawn(column: Column, row: Row) -> SafeString | str:
        return cell(context, column, row) if column.template else draw(column.kind, row.cells.get(column.key), zone)

    def menu(id_: str, items: tuple[Action, ...], label: str) -> SafeString:
        return _render_part(context, "shared/menu.html", {"id": id_, "items": items, "label": label})

    return rows_html(table, cell=drawn, menu=menu, icon=icon)


@register.simple_tag(takes_context=True)
def fact_value(context: Context, kind: str, value: object, url: str = "") -> SafeString | str:
    """The value of a line of facts."""
    drawn = draw(kind, value, str(context.get("zone") or ""))
    return format_html('<a href="{}">{}</a>', url, drawn) if url and value else drawn


# Wrapping -------------------------------------------------------------------------------------------------------------


_SLOTS = "_slots"


def _engine(context: Context) -> template.Engine:
    if context.template is None:
        raise template.TemplateSyntaxError("there is no template to find others with")
    return context.template.engine


class _SlotNode(template.Node):
    def __init__(self, name: str, inside: NodeList) -> None:
        self.name = name
        self.nodelist = inside

    def render(self, context: Context) -> SafeString:
        slots = context.get(_SLOTS)
        if isinstance(slots, dict):
            slots[self.name] = self.nodelist.render(context)
        return SafeString("")


class _WrapNode(template.Node):
    def __init__(self, name: FilterExpression, values: dict[str, FilterExpression], inside: NodeList) -> None:
        self.name = name
        self.values = values
        self.nodelist = inside

    def render(self, context: Context) -> SafeString:
        slots: dict[str, SafeString] = {}
        with context.push(**{_SLOTS: slots}):
            body = self.nodelist.render(context)
        given = {name: value.resolve(context) for name, value in self.values.items()}
        return _render_part(context, self.name.resolve(context), {**given, **slots, "body": body})


class _PartNode(template.Node):
    def __init__(self, name: FilterExpression, values: dict[str, FilterExpression]) -> None:
        self.name = name
        self.values = values

    def render(self, context: Context) -> SafeString:
        given = {name: value.resolve(context) for name, value in self.values.items()}
        return _render_part(context, self.name.resolve(context), given)


#: What a component finds in its context besides what it is given.
_KEPT = ("request", "csrf_token", "shell", "zone", "demo_mode")


def _render_part(context: Context, name: str, given: dict[str, Any]) -> SafeString:
    found = _engine(context).get_template(name)
    kept = {key: context[key] for key in _KEPT if key in context}
    return found.render(context.new({**kept, **given}))


@register.tag
def part(parser: Parser, token: Token) -> _PartNode:
    """``{% part "shared/empty.html" title=… %}``: a component with what it is given, and no other variable of the page.

    Unlike ``include … only`` it keeps the request and the token of forms.
    """
    bits = token.split_contents()
    if len(bits) < 2:
        raise template.TemplateSyntaxError("part needs the name of a template")
    return _PartNode(parser.compile_filter(bits[1]), token_kwargs(bits[2:], parser))


@register.tag
def wrap(parser: Parser, token: Token) -> _WrapNode:
    """``{% wrap "shared/card.html" title=_("Facts") %} … {% endwrap %}``: a component around a body.

    The component finds what stands between in ``body``, and each ``{% slot name %} … {% endslot %}`` by its name.
    """
    bits = token.split_contents()
    if len(bits) < 2:
        raise template.TemplateSyntaxError("wrap needs the name of a template")
    values = token_kwargs(bits[2:], parser)
    name = parser.compile_filter(bits[1])
    inside = parser.parse(("endwrap",))
    parser.delete_first_token()
    return _WrapNode(name, values, inside)


@register.tag
def slot(parser: Parser, token: Token) -> _SlotNode:
    """A named part for the component around it."""
    bits = token.split_contents()
    if len(bits) != 2:
        raise template.TemplateSyntaxError("slot needs one name")
    inside = parser.parse(("endslot",))
    parser.delete_first_token()
    return _SlotNode(bits[1], inside)


@register.filter
def has_errors(value: object) -> bool:
    """Whether a form or field shows any fault."""
    return bool(getattr(value, "errors", None))


#: Words that app.js needs: it carries none of its own.
SCRIPT_WORDS: Mapping[str, Text] = {
    "copied": gettext_lazy("Copied"),
    "error": gettext_lazy("That did not work. Try again in a moment."),
    "offline": gettext_lazy("No connection. Check your network and try again."),
    "denied": gettext_lazy("You may not do this, or your log-in has ended. Reload the page."),
}


@register.simple_tag
def script_words() -> SafeString:
    """Data attributes with the words that the script shows."""
    return format_html_join(" ", 'data-{}="{}"', ((name, str(text)) for name, text in SCRIPT_WORDS.items()))


@register.simple_tag
def autonyms() -> list[tuple[str, str]]:
    """The installation's languages, each in its own words: (code, name)."""
    return [(code, locales.AUTONYMS.get(code, str(name))) for code, name in settings.LANGUAGES]


@register.filter
def as_json(value: Mapping[str, str]) -> str:
    """A mapping as JSON for a data attribute; the attribute's escaping is the template's."""
    return json.dumps(dict(value), ensure_ascii=False)

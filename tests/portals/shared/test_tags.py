"""The tags of every page."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.template import Context, Engine
from django.test import RequestFactory
from django.utils import timezone, translation

from sublet.core.manifest import CURRENCIES
from sublet.core.money import exponent
from sublet.portals.shared import locales
from sublet.portals.shared.components import Entry, Progress, by_day
from sublet.portals.shared.tables import Column, PersonCell, Row, StatusCell
from sublet.portals.shared.templatetags.sublet import cell, draw

NOON = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # the night in which Rome puts its clocks forward
TAGS = "sublet.portals.shared.templatetags.sublet"
ENGINE = Engine(
    app_dirs=True,
    libraries={"i18n": "django.templatetags.i18n", "static": "django.templatetags.static", "sublet": TAGS},
    builtins=[TAGS],
)


def render(source: str, address: str = "/list/", **values: object) -> str:
    return ENGINE.from_string(source).render(Context({"request": RequestFactory().get(address), **values}))


def test_text_is_escaped_wherever_it_goes() -> None:
    evil = "<b>\"'&"
    safe = "&lt;b&gt;&quot;&#x27;&amp;"
    for source in (
        "{% icon 'users' evil %}", "{% status evil %}", "{% status 'active' evil %}", "{% badge evil %}",
        "{% vendor_mark evil %}", "{% fact_value 'mail' evil %}", "{% fact_value 'text' evil %}",
        "{% fact_value 'code' evil %}", "{% fact_value 'phone' evil %}", "{% fact_value 'person' evil %}",
        "{% tags list %}", "{% fact_value 'text' 'x' evil %}",
    ):  # fmt: skip
        html = render(source, evil=evil, list=[evil])
        assert safe in html, source
        assert "<b>" not in html, source


def test_a_state_is_told_by_icon_and_words() -> None:
    html = render("{% status 'suspended' %}")
    assert html == (
        '<span class="state-badge state-warning"><svg class="icon " aria-hidden="true" focusable="false">'
        '<use href="/static/vendor/icons/icons.svg#player-pause"/></svg><span>Suspended</span></span>'
    )
    assert "state-neutral" in render("{% status 'unheard-of' %}")
    assert "state-neutral" in render("{% status 'unheard-of' tone='x y' %}")


def test_the_address_changes_one_thing_and_forgets_the_page() -> None:
    address = "/list/?q=a+b&state=active&state=invited&cursor=xyz"
    assert render("{% url_with sort='-name' %}", address) == (
        "/list/?q=a+b&amp;state=active&amp;state=invited&amp;sort=-name"
    )
    assert render("{% url_with cursor='next' %}", address) == (
        "/list/?q=a+b&amp;state=active&amp;state=invited&amp;cursor=next"
    )
    assert render("{% url_with q=None state='' %}", address) == "/list/"
    assert render("{% url_toggle 'state' 'active' %}", address) == "/list/?q=a+b&amp;state=invited"
    assert render("{% url_toggle 'state' 'closed' %}", "/list/?state=active") == "/list/?state=active&amp;state=closed"


def test_a_header_turns_its_own_order_round() -> None:
    column = Column("name", "Name", sortable=True)
    source = "{% sort_url column sort down %}"
    assert render(source, "/list/?cursor=x", column=column, sort="name", down=False) == "/list/?sort=-name"
    assert render(source, column=column, sort="name", down=True) == "/list/?sort=name"
    assert render(source, column=column, sort="people", down=False) == "/list/?sort=name"


def test_hidden_fields_carry_the_address_without_what_is_named() -> None:
    assert render("{% hidden_query 'q' %}", '/list/?q=a&state="x"&cursor=c') == (
        '<input type="hidden" name="state" value="&quot;x&quot;">'
    )


@pytest.mark.parametrize(
    ("language", "money", "day", "moment"),
    [
        ("en", "€1,234.50", "29 Mar 2026", "29 Mar 2026, 01:30"),
        ("it", "1.234,50\xa0€", "29 mar 2026", "29 mar 2026, 01:30"),
        ("nl", "€\xa01.234,50", "29 mrt 2026", "29 mrt 2026, 01:30"),
        ("fr", "1\u202f234,50\xa0€", "29 mars 2026", "29 mars 2026, 01:30"),
        ("pt", "1\xa0234,50\xa0€", "29/03/2026", "29/03/2026, 01:30"),
        ("sq", "1\xa0234,50\xa0€", "29 mar 2026", "29 mar 2026, 01:30"),
    ],
)
def test_each_language_writes_money_and_time_its_own_way(language: str, money: str, day: str, moment: str) -> None:
    with translation.override(language):
        assert locales.write_money(123450, "EUR") == money
        assert locales.write_date(NOON, "Europe/Rome") == day
        assert locales.write_datetime(NOON, "Europe/Rome") == moment


def test_money_has_as_many_decimals_as_its_currency() -> None:
    assert [locales.write_money(5, code) for code in ("EUR", "JPY", "KWD")] == ["€0.05", "JP¥5", "KWD0.005"]
    assert locales.write_money(-123450, "EUR") == "-€1,234.50"


@pytest.mark.parametrize("language", ["en", "it", "sq", "nl", "fr", "pt"])
def test_every_currency_is_shown_with_the_decimals_that_it_is_kept_with(language: str) -> None:
    """Where the data of languages have fewer, 100.00 lek would be read as ten thousand."""
    with translation.override(language):
        for code in CURRENCIES:
            digits, minor = exponent(code), 10_000 * 10 ** exponent(code) + 5
            assert "".join(each for each in locales.write_money(minor, code) if each.isdigit()) == str(minor), code
            unit = "".join(each for each in locales.write_unit_price(Decimal("1.25"), code) if each.isdigit())
            assert unit == f"{'1'.rjust(digits + 1, '0')}25", code
            assert locales.write_unit_price(Decimal(700), code) == locales.write_money(700, code)


def test_lek_and_dinar_keep_their_decimals() -> None:
    assert [locales.write_money(10_000, code) for code in ("ALL", "HUF", "IQD", "MGA")] == [
        "ALL100.00", "HUF100.00", "IQD10.000", "MGA100.00",
    ]  # fmt: skip
    assert locales.write_unit_price(Decimal("12.5"), "ALL") == "ALL0.125"


def test_a_moment_is_shown_in_the_zone_of_the_request() -> None:
    late = datetime(2026, 3, 17, 23, 30, tzinfo=UTC)
    with timezone.override("Europe/Rome"):
        assert locales.write_date(late) == "18 Mar 2026"
    with timezone.override("America/New_York"):
        assert locales.write_date(late) == "17 Mar 2026"
    assert locales.write_date(late, "Mars/Base") == "17 Mar 2026"
    assert locales.write_date(date(2026, 3, 17), "Asia/Tokyo") == "17 Mar 2026"


def test_how_long_ago_is_told_in_one_unit() -> None:
    assert locales.write_ago(NOON - timedelta(days=3), NOON) == "3 days ago"
    assert locales.write_ago(NOON + timedelta(hours=2), NOON) == "in 2 hours"


def test_nothing_is_shown_as_a_dash_that_can_be_heard() -> None:
    assert [draw(kind, None) for kind in ("text", "date", "tags")] == [
        '<span class="quiet" aria-label="Nothing">–</span>'
    ] * 3
    assert draw("number", 0) == "0"
    assert "No" in draw("yes_no", False)


def test_a_cell_is_drawn_by_its_kind() -> None:
    row = Row("r", {"state": StatusCell("x", "Odd", "danger", "flag"), "who": PersonCell("Cleo Marini", "<i>")})
    context = Context({})
    assert "state-danger" in cell(context, Column("state", "State", "status"), row)
    assert "&lt;i&gt;" in cell(context, Column("who", "Who", "person"), row)
    assert cell(context, Column("gone", "Gone"), row) == draw("text", None)


def test_a_component_sees_what_it_is_given_and_no_more() -> None:
    html = render(
        '{% wrap "shared/card.html" title="Facts" %}body {{ mine }}{% slot actions %}act{% endslot %}{% endwrap %}',
        mine="mine", footer="leaked", icon_name="leaked", tone="leaked",
    )  # fmt: skip
    assert '<h2 class="panel-title">Facts</h2>' in html
    assert '<div class="panel-actions">act</div>' in html
    assert '<div class="panel-body">body mine</div>' in html
    assert "leaked" not in html
    assert "leaked" not in render('{% part "shared/empty.html" title="x" %}', text="leaked", small="leaked")


def test_a_component_keeps_the_token_of_forms() -> None:
    source = '{% part "shared/confirm.html" id="c" title="t" text="x" action="/" confirm_label="Go" %}'
    assert 'name="csrfmiddlewaretoken" value="' + "t" * 64 in render(source, csrf_token="t" * 64)


def test_history_is_gathered_by_the_day_it_was_there() -> None:
    entries = [Entry(NOON.replace(day=17, hour=23), "late"), Entry(NOON.replace(day=17, hour=1), "early")]
    assert [(str(day.date), len(day.entries)) for day in by_day(entries, "UTC")] == [("2026-03-17", 2)]
    assert [(str(day.date), len(day.entries)) for day in by_day(entries, "Europe/Rome")] == [
        ("2026-03-18", 1),
        ("2026-03-17", 1),
    ]


def test_a_hundred_percent_means_all() -> None:
    shown = [Progress("x", done, total).percent for done, total in ((0, 5000), (4999, 5000), (5000, 5000), (0, 0))]
    assert shown == [0, 99, 100, 0]
    assert Progress("x", 0, 0, finished=True).percent == 100

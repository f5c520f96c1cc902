"""What each client leaves: the list, one client with its own time and costs, and the list as a file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from secrets import token_urlsafe
from typing import Any, ClassVar

from django import forms
from django.contrib.messages import success
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.billing import operations
from sublet.billing.queries.payouts import statement_file
from sublet.billing.queries.profit import (
    LAST,
    PAGE,
    SORTS,
    SPANS,
    THIS,
    YEAR,
    ClientProfit,
    EffortRow,
    Profit,
    ProfitList,
    profit_of,
    profits,
    whose_effort,
)
from sublet.core.cells import guard
from sublet.core.money import plain
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.portals.reseller.client_frame import client_frame
from sublet.portals.reseller.nav import here
from sublet.portals.shared.charts import Series, bar_chart
from sublet.portals.shared.components import Action
from sublet.portals.shared.figures_pages import currency_asked, currency_tabs
from sublet.portals.shared.forms import DayField, SubletForm
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_date, write_money, write_month
from sublet.portals.shared.month_end import month_end_facts
from sublet.portals.shared.payout_pages import pdf_answer
from sublet.portals.shared.price_forms import minor_of
from sublet.portals.shared.price_words import percent_words
from sublet.portals.shared.shell import Text
from sublet.portals.shared.tables import Column, Empty, Filter, FilterOption, Pager, Row, Table, read_list_state

SEE, DO = "billing:view", "billing:manage"
SPAN_WORDS: dict[str, Text] = {
    THIS: gettext_lazy("This month"),
    LAST: gettext_lazy("Last month"),
    YEAR: gettext_lazy("Twelve months"),
}
COLUMNS = (
    Column("name", gettext_lazy("Client"), sortable=True, required=True),
    Column("revenue", gettext_lazy("Revenue"), sortable=True, align="end"),
    Column("wholesale", gettext_lazy("Wholesale"), sortable=True, align="end", priority=2),
    Column("minutes", pgettext_lazy("effort", "Time"), sortable=True, align="end", priority=3),
    Column("effort", gettext_lazy("Time and costs"), sortable=True, align="end", priority=2),
    Column("lost", pgettext_lazy("invoice", "Written off"), sortable=True, align="end", priority=3),
    Column("margin", gettext_lazy("Margin"), sortable=True, align="end"),
    Column("share", gettext_lazy("Of the revenue"), sortable=True, align="end", priority=3),
)
#: The most that a file holds.
MOST_ROWS = 1_000_000
_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)")
_HOURS = re.compile(r"(\d{1,2})(?:[.,](\d{1,2}))?")


class EffortForm(SubletForm):
    """Time or a cost for a client. `currency`: the client's, in which amounts are typed. `once` names this form, so that sending it
    twice enters it once."""

    conditional: ClassVar = ("time", "rate", "amount")

    kind = forms.ChoiceField(
        label=gettext_lazy("What"),
        choices=[("time", pgettext_lazy("effort", "Time")), ("cost", pgettext_lazy("effort", "Cost"))],
        widget=forms.RadioSelect,
        initial="time",
    )
    day = DayField(label=gettext_lazy("Day"))
    time = forms.CharField(
        label=pgettext_lazy("effort", "Time"),
        required=False,
        max_length=8,
        help_text=gettext_lazy("In hours: 1:30 or 1.5."),
    )
    rate = forms.CharField(
        label=gettext_lazy("Hourly rate"), required=False, max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip
    amount = forms.CharField(
        label=pgettext_lazy("money", "Amount"), required=False, max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip
    text = forms.CharField(label=gettext_lazy("What for"), required=False, max_length=200)
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, *args: Any, currency: str = "EUR", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency

    def clean_time(self) -> int:
        """Minutes."""
        text = self.cleaned_data["time"].strip()
        if self.data.get("kind") == "cost" or not text:
            return 0
        if clock := _CLOCK.fullmatch(text):
            return int(clock[1]) * 60 + int(clock[2])
        if hours := _HOURS.fullmatch(text):
            return round((int(hours[1]) * 100 + int((hours[2] or "").ljust(2, "0"))) * 60 / 100)
        raise ValidationError(_("Enter a time such as 1:30 or 1.5."))

    def clean_rate(self) -> int:
        """In smallest units."""
        return self._minor("rate", "time")

    def clean_amount(self) -> int:
        """As above."""
        return self._minor("amount", "cost")

    def _minor(self, name: str, kind: str) -> int:
        text = self.cleaned_data[name].strip()
        return minor_of(text, self.currency) if text and self.data.get("kind") == kind else 0


def _asked(request: SubletRequest) -> tuple[Any, str, str]:
    state = read_list_state(request.GET, columns=COLUMNS, default_sort="-margin", filters=("span",))
    span = state.one("span")
    return state, span if span in SPANS else THIS, currency_asked(request)


@needs(SEE, portal="reseller")
@require_safe
def profit(request: SubletRequest) -> HttpResponseBase:
    """The clients by what they leave."""
    state, span, currency = _asked(request)
    offset = int(state.cursor) if state.cursor.isascii() and state.cursor.isdigit() and len(state.cursor) < 9 else 0
    told = profits(
        request.actor, span=span, sort=state.sort if state.sort in SORTS else "margin", descending=state.descending,
        currency=currency, offset=offset, at=now(),
    )  # fmt: skip

    def write(minor: int) -> str:
        return write_money(minor, told.currency)

    before = str(max(told.offset - PAGE, 0)) if told.offset else ""
    table = Table(
        id="profit",
        caption=_("Profit by client"),
        columns=COLUMNS,
        rows=tuple(_row(request, row, told) for row in told.rows),
        state=state,
        pager=Pager(before, "" if told.after is None else str(told.after), told.number, first_page=not told.offset),
        filters=(
            Filter(
                "span", _("Period"),
                tuple(FilterOption(each, SPAN_WORDS[each], selected=each == state.one("span")) for each in SPANS), many=False,
                icon="calendar",
            ),
        ),
        empty=Empty(
            title=_("Nothing was charged yet"),
            text=_("Clients appear here with what they pay, what they cost you, and what is left."),
            icon_name="wallet",
        ),
    )  # fmt: skip
    total = told.total
    stats = [
        {"label": _("Revenue"), "value": write(total.revenue), "icon": "trending-up"},
        {"label": _("Wholesale"), "value": write(total.wholesale), "icon": "building-store"},
        {"label": _("Time and costs"), "value": write(total.effort), "hint": _time(total.minutes), "icon": "clock"},
        *_lost(total, write),
        {
            "label": _("Margin"), "value": write(total.margin), "icon": "wallet",
            "hint": _("%(percent)s of the revenue") % {"percent": percent_words(total.share)} if total.share is not None else "",
            "tone": "danger" if total.margin < 0 else "",
        },
    ]  # fmt: skip
    context = {
        "table": table,
        "stats": stats if told.number else [],
        "span": SPAN_WORDS[span],
        "months": write_month(told.first)
        if told.first == told.last
        else f"{write_month(told.first)} – {write_month(told.last)}",
        "tabs": currency_tabs(request.path, told.currencies, told.currency, f"&span={span}"),
        "actions": (
            Action(
                _("Download"),
                f"{here(request, 'reseller-profit-file')}?{request.GET.urlencode()}",
                "download",
                download=True,
            ),
            *_statement_action(request, told),
        ),
    }
    return render(request, "reseller/profit.html", context)


def _row(request: SubletRequest, row: Profit, told: ProfitList) -> Row:
    def write(minor: int) -> str:
        return write_money(minor, told.currency) if minor else "–"

    return Row(
        key=row.ref,
        label=row.name,
        url="" if row.has_left else here(request, "reseller-profit-client", ref=row.ref),
        cells={
            "name": row.name,
            "revenue": write(row.revenue),
            "wholesale": write(row.wholesale),
            "minutes": _time(row.minutes),
            "effort": write(row.effort),
            "lost": write(row.lost),
            "margin": write_money(row.margin, told.currency),
            "share": percent_words(row.share),
        },
    )


def _lost(total: Profit, write: Callable[[int], str]) -> list[dict[str, Any]]:
    """What was given up, where anything was."""
    if not total.lost:
        return []
    return [{"label": pgettext("invoice", "Written off"), "value": write(total.lost), "icon": "ban"}]


def _time(minutes: int) -> str:
    """``1:30 h``."""
    # Translators: hours and minutes that were worked: "1:30 h".
    return _("%(time)s h") % {"time": f"{minutes // 60}:{minutes % 60:02}"} if minutes else ""


def _statement_action(request: SubletRequest, told: ProfitList) -> tuple[Action, ...]:
    """Of the last month that the list is about; of all clients, so for whoever sees all."""
    if not told.number or not request.actor.may_for_all(SEE):
        return ()
    url = f"{here(request, 'reseller-profit-statement')}?month={told.last:%Y-%m}&currency={told.currency}"
    return (Action(_("Statement (PDF)"), url, "file-text", download=True),)


@needs(SEE, portal="reseller")
@require_safe
def profit_statement(request: SubletRequest) -> HttpResponseBase:
    """A month's statement with each client, as a PDF in the reseller's brand."""
    told, at = request.GET.get("month", ""), now()
    try:
        month = date.fromisoformat(f"{told}-01")
    except ValueError:
        month = at.date().replace(day=1)
    content = statement_file(request.actor, month=month, currency=currency_asked(request), at=at)
    return pdf_answer(content, f"{request.actor.account_name} {month:%Y-%m}")


@needs(SEE, portal="reseller")
@require_safe
def profit_file(request: SubletRequest) -> HttpResponseBase:
    """The whole list as a table (CSV): amounts with a point, time in minutes."""
    state, span, currency = _asked(request)
    told = profits(
        request.actor, span=span, sort=state.sort if state.sort in SORTS else "margin", descending=state.descending,
        currency=currency, size=MOST_ROWS, at=now(),
    )  # fmt: skip
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerow(
        (
            "account",
            "name",
            "first_month",
            "last_month",
            "currency",
            "revenue",
            "wholesale",
            "minutes",
            "effort",
            "written_off",
            "margin",
        )
    )
    span_told = (f"{told.first:%Y-%m}", f"{told.last:%Y-%m}", told.currency)
    for row in told.rows:
        amounts = (plain(minor, told.currency) for minor in (row.revenue, row.wholesale))
        lines.writerow(
            (
                row.ref, guard(row.name), *span_told, *amounts, row.minutes, plain(row.effort, told.currency),
                plain(row.lost, told.currency), plain(row.margin, told.currency),
            )
        )  # fmt: skip
    answer = HttpResponse(out.getvalue().encode(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = content_disposition_header(True, f"profit-{told.first:%Y-%m}.csv") or ""
    return answer


@needs(SEE, portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def profit_client(request: SubletRequest, ref: str) -> HttpResponseBase:
    """One client: its months, and its own time and costs; by POST an entry more."""
    at = now()
    form = None
    if request.method == "POST":
        request.actor.require(DO)
        own_currency, today = whose_effort(request.actor, ref, at=at)
        form = EffortForm(request.POST, currency=own_currency, initial={"day": today})
        if form.is_valid():
            said = form.cleaned_data
            try:
                operations.enter_effort(
                    client=ref, kind=said["kind"], day=said["day"], minutes=said["time"], rate=said["rate"],
                    amount=said["amount"], text=said["text"], once=form.intent() if said["once"] else "",
                    actor=request.actor, at=at,
                )  # fmt: skip
            except Refusal as refusal:
                form.refuse(refusal)
            else:
                success(request, _("Entered."))
                return HttpResponseRedirect(request.path)
    told = profit_of(request.actor, ref, currency=currency_asked(request), at=at)
    return _client_page(request, told, form or _new_form(told))


def _new_form(told: ClientProfit) -> EffortForm:
    return EffortForm(currency=told.own_currency, initial={"day": told.today, "once": token_urlsafe(18)})


def _client_page(request: SubletRequest, told: ClientProfit, form: EffortForm) -> HttpResponseBase:
    def write(minor: int) -> str:
        return write_money(minor, told.currency)

    months, total = told.months, told.total
    series = [
        Series(_("Wholesale"), "cost", [each.wholesale for each in months]),
        Series(_("Time and costs"), "down", [each.effort for each in months]),
        *(
            [Series(pgettext("invoice", "Written off"), "down", [max(each.lost, 0) for each in months])]
            if any(each.lost > 0 for each in months)
            else []
        ),
        Series(_("Margin"), "two", [max(each.margin, 0) for each in months]),
        Series(pgettext("money", "Loss"), "lost", [max(-each.margin, 0) for each in months], -1),
    ]
    has = any(each.revenue or each.wholesale or each.effort or each.lost for each in months)
    context = {
        "told": told,
        "form": form,
        "may": request.actor.may(DO) and told.is_open,
        "chart": bar_chart(_("What became of the revenue"), [write_month(each.month) for each in months if each.month], series, write)
        if has
        else None,
        "currency_tabs": currency_tabs(request.path, told.currencies, told.currency),
        "stats": [
            {"label": _("Revenue"), "value": write(total.revenue), "hint": _("in twelve months"), "icon": "trending-up"},
            {"label": _("Wholesale"), "value": write(total.wholesale), "icon": "building-store"},
            {"label": _("Time and costs"), "value": write(total.effort), "hint": _time(total.minutes), "icon": "clock"},
            *_lost(total, write),
            {
                "label": _("Margin"), "value": write(total.margin), "icon": "wallet",
                "hint": _("%(percent)s of the revenue") % {"percent": percent_words(total.share)} if total.share is not None else "",
                "tone": "danger" if total.margin < 0 else "",
            },
        ],
        "entries": [_entry(request, told, row) for row in told.entries],
        "month_end": month_end_facts(told.estimate),
        **client_frame(request, told.ref, "profit"),
    }  # fmt: skip
    return render(request, "reseller/profit_client.html", context, status=422 if form.errors else 200)


def _entry(request: SubletRequest, told: ClientProfit, row: EffortRow) -> dict[str, Any]:
    words = row.text or (pgettext("effort", "Time") if row.kind == "time" else pgettext("effort", "Cost"))
    more = write_date(row.day)
    if row.kind == "time":
        rate = write_money(row.rate, row.currency)
        more += " · " + _("%(time)s at %(rate)s an hour") % {"time": _time(row.minutes), "rate": rate}
    return {
        "words": words,
        "more": more,
        "by": row.by,
        "amount": write_money(row.minor, row.currency),
        "url": here(request, "reseller-effort-drop", ref=told.ref, effort=row.ref),
    }


@needs(DO, portal="reseller")
@require_POST
def effort_drop(request: SubletRequest, ref: str, effort: str) -> HttpResponseBase:
    """Take an entry out."""
    operations.drop_effort(client=ref, ref=effort, actor=request.actor, at=now())
    success(request, _("Taken out."))
    return HttpResponseRedirect(here(request, "reseller-profit-client", ref=ref))

"""The page of figures, which vendor and reseller have alike: revenue a month, what moved it, what is left, who stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from sublet.billing.queries.figures import Figures, MonthFigures, figures
from sublet.core.manifest import CURRENCIES
from sublet.core.margin import percent_of
from sublet.foundation.clock import now
from sublet.portals.shared.charts import Chart, Series, bar_chart, line_chart
from sublet.portals.shared.components import Tab
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_datetime, write_money, write_month, write_number
from sublet.portals.shared.page_sets import PageSet
from sublet.portals.shared.price_words import percent_words

SEE = "billing:view"


def currency_tabs(path: str, currencies: Sequence[str], chosen: str, more: str = "") -> tuple[Tab, ...]:
    """A tab for each currency, where there are several; for the chosen one also where nothing is in it."""
    shown = sorted({*currencies, chosen})
    if not currencies or len(shown) < 2:
        return ()
    return tuple(Tab(each, f"{path}?currency={each}{more}", active=each == chosen) for each in shown)


def currency_asked(request: SubletRequest) -> str:
    """The currency in the address of a page; empty for none. There is no field at which a word that is none could be refused."""
    asked = request.GET.get("currency", "")
    return asked if asked in CURRENCIES else ""


def part_words(part: Fraction | None) -> str:
    """``4.2 %``; a dash for what nobody knows."""
    return percent_words(None if part is None else percent_of(part.numerator, part.denominator))


@dataclass(frozen=True, slots=True)
class FiguresPages(PageSet):
    """`account`: the name of the page of a reseller (the vendor's)."""

    account: str = ""

    def figures(self, request: SubletRequest) -> HttpResponseBase:
        """The figures of the account's own book, in one currency."""
        told = figures(request.actor, currency=currency_asked(request), at=now())

        def write(minor: int) -> str:
            return write_money(minor, told.currency)

        context = {
            "told": told,
            "tabs": currency_tabs(request.path, told.currencies, told.currency),
            "stats": stats(told, write),
            "charts": charts(told, write),
            "months": [_month(each, told, write) for each in reversed(told.months)],
            "resellers": [
                (
                    row.name,
                    reverse(self.account, kwargs={"account": request.actor.account_ref, "ref": row.ref})
                    if self.account
                    else "",
                    write_number(row.accounts), write(row.list_minor), write(row.minor), write(row.charged),
                )
                for row in told.resellers
            ],
            "kept": write_datetime(told.kept_at) if told.kept_at is not None else "",
            "narrowed": request.actor.reach is not None,
        }  # fmt: skip
        return render(request, "money/figures.html", context)


def stats(told: Figures, write: Callable[[int], str]) -> list[dict[str, Any]]:
    """The figures at a glance."""
    newest, last = (told.months[-1] if told.months else None), told.last
    if newest is None:
        return []
    accounts = ngettext("%(number)s account", "%(number)s accounts", newest.accounts)
    found = [
        _stat(
            _("Revenue a month"), write(newest.moved.end), accounts % {"number": write_number(newest.accounts)},
            "trending-up",
        )
    ]  # fmt: skip
    if not told.is_vendor:
        margin = newest.margin
        share = None if margin is None else percent_of(margin, newest.moved.end)
        hint = _("%(percent)s of the revenue") % {"percent": percent_words(share)} if share is not None else ""
        value = "–" if margin is None else write(margin)
        found.append(_stat(_("Margin a month"), value, hint, "wallet", bad=margin is not None and margin < 0))
    month = write_month(last.month) if last is not None else ""
    found += [
        _stat(
            pgettext("figure", "Churn"), part_words(last.moved.churn if last else None),
            _("of the revenue, in %(month)s") % {"month": month} if month else "", "arrow-down",
        ),
        _stat(
            _("Net retention"), part_words(last.moved.net_retention if last else None),
            _("of the revenue, in %(month)s") % {"month": month} if month else "", "refresh",
        ),
        _stat(
            _("Lifetime value"), "–" if told.worth is None else write(told.worth),
            _("an account, of the revenue after the discount") if told.is_vendor else _("an account, of the margin"),
            "hourglass",
        ),
    ]  # fmt: skip
    return found


def _stat(label: str, value: str, hint: str, icon: str, *, bad: bool = False) -> dict[str, Any]:
    return {"label": label, "value": value, "hint": hint, "icon": icon, "tone": "danger" if bad else ""}


def charts(told: Figures, write: Callable[[int], str]) -> list[Chart]:
    """Revenue and margin over the months, and what moved it; none without months."""
    if not told.months:
        return []
    columns = [write_month(each.month) for each in told.months]
    moved = [each.moved for each in told.months]
    lines = [Series(_("Revenue a month"), "one", [each.end for each in moved])]
    margins = [each.margin for each in told.months if each.margin is not None]
    knows = not told.is_vendor and len(margins) == len(told.months)  # a line with a gap would tell a margin of nothing
    if knows:
        lines.append(Series(_("Margin a month"), "two", margins))
    title = _("Revenue and margin a month") if knows else _("Revenue a month")
    bars = [
        Series(pgettext("revenue", "New"), "new", [each.new for each in moved]),
        Series(pgettext("revenue", "Come back"), "three", [each.reactivated for each in moved]),
        Series(pgettext("revenue", "Grown"), "two", [each.expansion for each in moved]),
        Series(pgettext("revenue", "Shrunk"), "down", [each.contraction for each in moved], -1),
        Series(pgettext("revenue", "Left"), "lost", [each.churned for each in moved], -1),
    ]
    return [line_chart(title, columns, lines, write), bar_chart(_("What moved it"), columns, bars, write)]


def _month(each: MonthFigures, told: Figures, write: Callable[[int], str]) -> dict[str, Any]:
    moved = each.moved

    def some(minor: int, sign: int = 1) -> str:
        return write(minor * sign) if minor else "–"

    return {
        "name": write_month(each.month),
        "running": each.running,
        "start": write(moved.start),
        "new": some(moved.new),
        "back": some(moved.reactivated),
        "grown": some(moved.expansion),
        "shrunk": some(moved.contraction, -1),
        "left": some(moved.churned, -1),
        "end": write(moved.end),
        "margin": "" if told.is_vendor else "–" if each.margin is None else write(each.margin),
        "churn": "–" if each.running else part_words(moved.churn),
        "retention": "–" if each.running else part_words(moved.net_retention),
        "accounts": write_number(each.accounts),
    }


def figures_patterns(pages: FiguresPages) -> list[URLPattern]:
    """Its address."""
    return [pages.at("money/figures/", pages.figures, SEE)]

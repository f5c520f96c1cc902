"""The home of money: what comes in every month, what is open and for how long, what waits for somebody, what the month comes to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy, pgettext

from sublet.billing.queries.overview import Attention, Estimate, Overview, Total
from sublet.portals.shared.figures_pages import charts, stats
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_datetime, write_money, write_number

#: What waits for somebody: in words, icon, tone, and the page where it can be done (of the portal).
ATTENTION: Mapping[str, tuple[Any, str, str, str]] = {
    "disputes": (
        ngettext_lazy(
            "%(number)s payment is disputed",
            "%(number)s payments are disputed",
            "number",
        ),
        "alert-triangle", "danger", "payments",
    ),
    "parked_payments": (
        ngettext_lazy(
            "%(number)s payment is parked: nobody knows what became of it",
            "%(number)s payments are parked: nobody knows what became of them",
            "number",
        ),
        "hourglass", "warning", "payments",
    ),
    "parked_refunds": (
        ngettext_lazy(
            "%(number)s refund is parked: nobody knows what became of it",
            "%(number)s refunds are parked: nobody knows what became of them",
            "number",
        ),
        "hourglass", "warning", "payments",
    ),
    "gateway": (
        ngettext_lazy(
            "The key of %(number)s processor is refused",
            "The keys of %(number)s processors are refused",
            "number",
        ),
        "key", "danger", "payments",
    ),
    "bank": (
        ngettext_lazy(
            "%(number)s bank movement fits no invoice yet",
            "%(number)s bank movements fit no invoice yet",
            "number",
        ),
        "building", "", "bank",
    ),
    "faults": (
        ngettext_lazy(
            "%(number)s account could not be reckoned in the last run",
            "%(number)s accounts could not be reckoned in the last run",
            "number",
        ),
        "alert-circle", "warning", "",
    ),
    "unpriced": (
        ngettext_lazy(
            "%(number)s account has a plan that lacks a list price in the payer’s currency: that part is not charged",
            "%(number)s accounts have a plan that lacks a list price in the payer’s currency: that part is not charged",
            "number",
        ),
        "receipt", "warning", "offer",
    ),
    "checks": (
        ngettext_lazy(
            "%(number)s nightly check about money fails",
            "%(number)s nightly checks about money fail",
            "number",
        ),
        "alert-triangle", "danger", "home",
    ),
}  # fmt: skip
AGES: tuple[str | Promise, ...] = (
    gettext_lazy("Not due yet"),
    gettext_lazy("Up to 30 days"),
    gettext_lazy("31 to 60 days"),
    gettext_lazy("61 to 90 days"),
    gettext_lazy("Longer"),
)


def home_context(
    request: SubletRequest, told: Overview, *, listing: str, receivables: str, received: str
) -> dict[str, Any]:
    """What ``money/home.html`` needs, but for the ways to settings. What is open leads to `receivables`: in the list of
    invoices what is partly paid has a state of its own, and what is overdue has none, so the numbers would differ there."""
    portal = request.actor.account_kind
    found = told.figures

    def write(minor: int) -> str:
        return write_money(minor, found.currency)

    open_stats = [
        _stat(_("Drafts to look at"), told.drafts, "pencil", f"{listing}?state=draft"),
        _stat(_("Open invoices"), told.receivable, "clock", receivables),
        _stat(_("Overdue"), told.overdue, "alert-circle", f"{receivables}?state=overdue", bad=True),
    ]
    if told.written_off:
        open_stats.append(
            _stat(pgettext("invoice", "Written off"), told.written_off, "ban", f"{receivables}?state=written-off")
        )
    if portal == "reseller" and request.actor.may_for_all("billing:view"):
        open_stats.append(_stat(_("You owe"), told.to_pay, "receipt", received))
    figures_url = _address(request, f"{portal}-figures")
    glance = [{**each, "url": figures_url} for each in stats(found, write)]
    return {
        "glance": glance,
        "stats": open_stats,
        "chart": next(iter(charts(found, write)), None),
        "figures_url": figures_url,
        "resellers": [
            (
                row.name, _address(request, "vendor-account", ref=row.ref), write(row.minor),
                ngettext("%(number)s account", "%(number)s accounts", row.accounts) % {"number": write_number(row.accounts)},
            )
            for row in found.resellers[:5]
        ],
        "attention": [_attention(request, portal, each) for each in told.attention],
        "ages": AGES,
        "aging": [
            (each.currency, [write_money(minor, each.currency) if minor else "–" for minor in each.parts],
             write_money(each.minor, each.currency))
            for each in told.aging
        ],
        "estimate": [_estimated(each) for each in told.estimate],
        "owed": [_estimated(each) for each in told.owed],
        "month_ends": told.month_ends,
        "next_run": write_datetime(told.next_run),
        # Whoever bills elsewhere needs none here: no draft will wait for it.
        "asks_issuer": not told.has_issuer and (told.collects or bool(told.drafts)),
        "collects": told.collects,
    }  # fmt: skip


def _attention(request: SubletRequest, portal: str, each: Attention) -> dict[str, Any]:
    words, icon, tone, page = ATTENTION[each.what]
    url = _address(request, f"{portal}-{page}") if page else ""
    if each.what.startswith("parked_payments") and url:
        url += "?state=parked"
    return {"words": words % {"number": each.number}, "icon": icon, "tone": tone, "url": url}


def _address(request: SubletRequest, name: str, **named: str) -> str:
    """Empty where this installation has no such page."""
    try:
        return reverse(name, kwargs={"account": request.actor.account_ref, **named})
    except NoReverseMatch:
        return ""


def _stat(label: str, told: Any, icon: str, url: str, *, bad: bool = False) -> dict[str, Any]:
    sums: tuple[Total, ...] = tuple(told)
    number = sum(each.number for each in sums)
    return {
        "label": label,
        "value": " · ".join(write_money(each.minor, each.currency) for each in sums) or "–",
        "hint": write_number(number) if number else "",
        "icon": icon,
        "url": url,
        "tone": "danger" if bad and number else "",
    }


def _estimated(each: Estimate) -> tuple[str, str]:
    return write_money(each.minor, each.currency), write_money(each.charged, each.currency)

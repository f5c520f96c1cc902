"""Prices: wholesale beside retail, what is left of each, and one thing with all that was said about it."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.messages import info, success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.accounts import queries as account_queries
from sublet.core.money import exponent
from sublet.core.pricebook import EXTRA
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.portals.reseller.forms_prices import GroupPriceForm
from sublet.portals.reseller.nav import here
from sublet.portals.shared.components import Crumb, Fact, Tab
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest, posted
from sublet.portals.shared.locales import write_date, write_last_day
from sublet.portals.shared.price_forms import since_of
from sublet.portals.shared.price_words import (
    KIND_ICONS,
    KIND_TITLES,
    left_words,
    percent_words,
    price_line,
    promise_words,
    said_words,
    terms_words,
    thing_name,
)
from sublet.pricing import operations, queries
from sublet.pricing.queries import PricesView, Reckoning, Said, ThingView

_TABS = (
    ("prices", "reseller-prices", "tag"),
    ("terms", "reseller-price-terms", "adjustments"),
    ("promotions", "reseller-promotions", "ticket"),
    ("contracts", "reseller-contracts", "file-text"),
    ("check", "reseller-price-checks", "trending-up"),
)


def price_tabs(request: SubletRequest, active: str) -> tuple[Tab, ...]:
    """The pages about prices."""
    labels = {
        "prices": _("Prices"),
        "terms": _("Mark-ups and services"),
        "promotions": _("Promotions"),
        "contracts": _("Contracts"),
        "check": _("Margin guard"),
    }
    may = {
        "check": request.actor.may_for_all("billing:view")
    }  # who reaches some clients asks nothing about all of them
    return tuple(
        Tab(labels[key], here(request, name), active=key == active, icon=icon)
        for key, name, icon in _TABS
        if may.get(key, True)
    )


@needs("billing:view", portal="reseller")
@require_safe
def listing(request: SubletRequest) -> HttpResponseBase:
    """Everything that has a price, with what is left of it."""
    view = queries.prices_of_reseller(request.actor, at=now())
    groups: list[tuple[str, Any, str, list[Any]]] = []
    for kind, rows in groupby(view.rows, key=lambda row: row.thing.kind):
        lines = [
            price_line(row, here(request, "reseller-price", kind=row.thing.kind, key=row.thing.key)) for row in rows
        ]
        known = next((group for group in groups if group[0] == kind), None)
        if known is None:
            groups.append((kind, KIND_TITLES[kind], KIND_ICONS[kind], lines))
        else:
            known[3].extend(lines)
    context = {
        "tabs": price_tabs(request, "prices"),
        "facts": _facts(request, view),
        "groups": groups,
        "offers": [_offer(view, each.code, each.percent, each.closes_at) for each in view.offers],
    }
    return render(request, "reseller/prices/prices.html", context)


def _offer(view: PricesView, code: str, percent: Any, closes: Any) -> str:
    told = _("%(percent)s off list prices with the code %(code)s") % {"percent": percent_words(percent), "code": code}
    if closes is None:
        return told
    return _("%(told)s, until %(day)s") % {"told": told, "day": write_last_day(closes, view.reseller.timezone)}


def _facts(request: SubletRequest, view: PricesView) -> tuple[Fact, ...]:
    coming = [
        _("from %(day)s: %(terms)s")
        % {
            "day": write_date(each.since, view.reseller.timezone),
            "terms": terms_words(each, view.book.list_currency),
        }
        for each in view.coming_terms
    ]
    everybody = [each for each in view.mark_ups if each.layer == "item" and each.since <= now()]
    return (
        Fact(_("Your wholesale discount"), terms_words(view.terms, view.book.list_currency), hint=" · ".join(coming)),
        *((Fact(_("You spend at least"), promise_words(view.promised)),) if view.promised is not None else ()),
        Fact(_("Mark-up where no price is said"), percent_words(everybody[-1].percent) if everybody else _("None")),
        Fact(_("Lowest margin"), percent_words(view.floor)),
        Fact(_("The vendor reads your retail figures"), _("Yes") if view.shared else _("No")),
    )


# One thing ------------------------------------------------------------------------------------------------------------


def form_of(
    request: SubletRequest,
    view: ThingView | Reckoning,
    data: Any = None,
    *,
    said: Said | None = None,
    interval: str = "",
) -> GroupPriceForm:
    """The form of a price of that thing; it begins with what was `said`, or by the `interval` by which it is sold."""
    return GroupPriceForm(
        data,
        groups=account_queries.tags_in_use(request.actor),
        currency=view.book.currency,
        meter=queries.meter_of(view.thing),
        once=view.thing.kind == EXTRA,
        intervals=queries.intervals_by_use(view.thing.kind, view.thing.key),
        initial=initial_of(said, view.book.currency) or ({"interval": interval} if interval else {}),
    )


def initial_of(said: Said | None, currency: str) -> dict[str, Any]:
    """What a form begins with: the price that holds."""
    price = said.price if said is not None else None
    if price is None or price.currency != currency:
        return {}
    places = exponent(currency)
    amount = None if price.amount is None else price.amount.scaleb(-places)
    steps = [
        f"{'*' if step.up_to is None else step.up_to}: {step.amount.scaleb(-places):f}"
        + (f" + {step.flat / 10**places:.{places}f}" if step.flat else "")
        for step in price.steps
    ]
    return {
        "model": "flat" if price.model == "once" else price.model,
        "amount": amount,
        "package_size": price.package_size,
        "steps": "\n".join(steps),
        "included": price.included or None,
        "interval": price.interval,
    }


@needs("billing:view", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def thing(request: SubletRequest, kind: str, key: str) -> HttpResponseBase:
    """One thing: what is left of its price, who has another one, what comes, what was; by POST another price."""
    at = now()
    view = queries.thing_of_reseller(request.actor, kind=kind, key=key, at=at)
    if request.method != "POST":
        general = next((each for each in view.now if each.layer == "item" and each.price is not None), None)
        # By the month, whatever is sold once would cost its price each month.
        return _thing_page(request, view, form_of(request, view, said=general, interval=view.rows[0].interval))
    request.actor.require("billing:manage")
    form = form_of(request, view, request.POST)
    if not form.is_valid():
        return _thing_page(request, view, form, status=422)
    try:
        done = operations.set_retail_price(
            kind=kind,
            key=key,
            price=form.price(),
            tag=form.cleaned_data["group"],
            since=since_of(form.cleaned_data["since"], view.reseller.timezone, at),
            actor=request.actor,
            at=at,
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _thing_page(request, view, form, status=refusal.status)
    (success if done else info)(request, _("Saved.") if done else _("Nothing would change."))
    return HttpResponseRedirect(request.path)


def _thing_page(request: SubletRequest, view: ThingView, form: GroupPriceForm, status: int = 200) -> HttpResponse:
    zone = view.reseller.timezone
    for_all = request.actor.may_for_all("billing:manage")

    def may_drop(said: Said) -> bool:
        mine = request.actor.may("billing:manage") if said.client_ref else for_all
        return mine and said.price is not None and said.version == 0

    def lines(found: Any) -> list[tuple[tuple[str, str, str], Said, str, bool]]:
        return [(said_words(each, zone), each, _letters_url(request, view, each), may_drop(each)) for each in found]

    general = next((row.shown for row in view.rows if row.shown.retail is not None), None)
    context = {
        "name": thing_name(view.thing),
        "kind_title": KIND_TITLES[view.thing.kind],
        "rows": [price_line(row, "") for row in view.rows],
        "now": lines(view.now),
        "coming": lines(view.coming),
        "past": lines(view.past),
        "form": form if for_all else None,
        "left": left_words(general) if general is not None else None,
        "try_url": here(request, "reseller-price-try", kind=view.thing.kind, key=view.thing.key),
        "beside": [
            (thing_name(each), here(request, "reseller-price", kind=each.kind, key=each.key))
            for each in queries.paid_beside(view.thing)
        ],
        "drop_url": here(request, "reseller-price-drop", kind=view.thing.kind, key=view.thing.key),
        "cancel_url": here(request, "reseller-prices"),
        "crumbs": (Crumb(_("Prices"), here(request, "reseller-prices")), Crumb(thing_name(view.thing))),
    }
    return render(request, "reseller/prices/thing.html", context, status=status)


def _letters_url(request: SubletRequest, view: ThingView, said: Said) -> str:
    """Where clients are written to about a price that comes; empty where there is nothing to write."""
    written_of = view.thing.kind in ("plan", "add_on") and view.thing.beside is None
    if said.since <= now() or said.price is None or not written_of:
        return ""
    if not request.actor.may("billing:manage"):
        return ""
    day = said.since.astimezone(ZoneInfo(view.reseller.timezone)).date().isoformat()
    base = here(request, "reseller-price-letters", kind=view.thing.kind, key=view.thing.key)
    return f"{base}?interval={said.interval}&day={day}"


@needs("billing:view", portal="reseller")
@require_POST
def attempt(request: SubletRequest, kind: str, key: str) -> HttpResponseBase:
    """What would be left of a price while it is typed; nothing is saved."""
    at = now()
    found = queries.reckoning_of(request.actor, kind=kind, key=key, at=at)
    request.actor.require("billing:manage")
    form = form_of(request, found, request.POST)
    context = {"left": left_words(found.shown(form.price(), at)) if form.is_valid() else None}
    return render(request, "reseller/prices/part_left.html", context)


@needs("billing:manage", portal="reseller")
@require_POST
def drop(request: SubletRequest, kind: str, key: str) -> HttpResponseBase:
    """Take a price back where it was said, from now on."""
    queries.thing_of(request.actor, kind=kind, key=key)
    try:
        operations.set_retail_price(
            kind=kind,
            key=key,
            price=None,
            interval=request.POST.get("interval", "")[:7],
            currency=request.POST.get("currency", "")[:3],
            tag=posted(request, "tag", 60),
            client=posted(request, "client", 40),
            actor=request.actor,
            at=now(),
        )
    except Refusal as refusal:
        info(request, refusal.sentence)
    else:
        success(request, _("The price is taken back."))
    return HttpResponseRedirect(here(request, "reseller-price", kind=kind, key=key))

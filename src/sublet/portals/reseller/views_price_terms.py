"""What holds for all prices: mark-ups, the lowest margin, rates, sharing with the vendor; and services of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.messages import info, success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from sublet.accounts import queries as account_queries
from sublet.core.pricebook import EXTRA
from sublet.core.pricing import ONCE, Price
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.portals.reseller.forms_prices import ExtraForm, FloorForm, MarkUpForm, RateForm
from sublet.portals.reseller.nav import here
from sublet.portals.reseller.views_prices import price_tabs
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_date, write_number
from sublet.portals.shared.price_forms import since_of
from sublet.portals.shared.price_words import mark_up_words
from sublet.pricing import operations, queries
from sublet.pricing.queries import PricesView
from sublet.pricing.words import each_price


@needs("billing:view", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def terms(request: SubletRequest) -> HttpResponseBase:
    """All of it on one page; each card is a form of its own, named by ``what``."""
    at = now()
    view = queries.prices_of_reseller(request.actor, at=at)
    forms = _forms(request, view)
    what = request.POST.get("what", "")
    if request.method != "POST" or what not in forms:
        return _page(request, view, forms)
    request.actor.require("billing:manage")
    form = forms[what] = _forms(request, view, request.POST)[what]
    if not form.is_valid():
        return _page(request, view, forms, status=422)
    said = dict(form.cleaned_data)
    if "since" in said:
        said["since"] = since_of(said["since"], view.reseller.timezone, at)
    try:
        done = _SAVES[what](request, view, said, {"actor": request.actor, "at": at})
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, view, forms, status=refusal.status)
    (success if done else info)(request, _("Saved.") if done else _("Nothing would change."))
    return HttpResponseRedirect(request.path)


def _forms(request: SubletRequest, view: PricesView, data: Any = None) -> dict[str, SubletForm]:
    groups = account_queries.tags_in_use(request.actor)
    return {
        "mark-up": MarkUpForm(data, groups=groups, prefix=None, auto_id="mark-up-%s"),
        "floor": FloorForm(data, initial={"percent": view.floor}, auto_id="floor-%s"),
        "rate": RateForm(
            data,
            # Where both are the same, which other one is meant is for the person to say: nobody needs “1 Euro in Euro”.
            initial={
                "source": view.book.list_currency,
                "target": view.book.currency if view.book.currency != view.book.list_currency else "",
            },
            auto_id="rate-%s",
        ),
        "extra": ExtraForm(data, currency=view.book.currency, auto_id="extra-%s"),
    }


def _mark_up(_request: SubletRequest, _view: PricesView, said: dict[str, Any], who: dict[str, Any]) -> object:
    return operations.set_mark_up(percent=said["percent"], on=said["on"], tag=said["group"], since=said["since"], **who)


def _floor(_request: SubletRequest, _view: PricesView, said: dict[str, Any], who: dict[str, Any]) -> object:
    return operations.set_floor(percent=said["percent"], since=said["since"], **who)


def _rate(_request: SubletRequest, _view: PricesView, said: dict[str, Any], who: dict[str, Any]) -> object:
    return operations.set_rate(
        source=said["source"], target=said["target"], rate=said["rate"], since=said["since"], **who
    )


def _extra(_request: SubletRequest, view: PricesView, said: dict[str, Any], who: dict[str, Any]) -> object:
    price = None if said["amount"] is None else Price(ONCE, ONCE, view.book.currency, said["amount"])
    return operations.make_extra(name=said["name"], text=said["text"], price=price, **who)


_SAVES: dict[str, Callable[[SubletRequest, PricesView, dict[str, Any], dict[str, Any]], object]] = {
    "mark-up": _mark_up, "floor": _floor, "rate": _rate, "extra": _extra,
}  # fmt: skip


def _page(request: SubletRequest, view: PricesView, forms: dict[str, SubletForm], status: int = 200) -> HttpResponse:
    zone = view.reseller.timezone
    extras = []
    for each in view.extras:
        retail = view.book.retail(EXTRA, each.ref, 0, ONCE, now())
        extras.append(
            (
                each.name, each.text, each_price(retail.price) if retail is not None else _("No price said"),
                here(request, "reseller-price", kind=EXTRA, key=each.ref),
                here(request, "reseller-extra-remove", extra=each.ref),
            )
        )  # fmt: skip
    rates = [
        (
            f"{row.source} → {row.target}", write_number(row.rate.normalize()),
            _("from %(day)s · %(person)s") % {"day": write_date(row.since, zone), "person": row.decided_by},
        )
        for row in queries.rates_said(request.actor, at=now())
    ]  # fmt: skip
    context = {
        "tabs": price_tabs(request, "terms"),
        "mark_ups": [mark_up_words(each, zone) for each in view.mark_ups],
        "rates": rates,
        "extras": extras,
        "shared": view.shared,
        "share_url": here(request, "reseller-price-share"),
        "mark_up_form": forms["mark-up"],
        "floor_form": forms["floor"],
        "rate_form": forms["rate"],
        "extra_form": forms["extra"],
        "may": request.actor.may_for_all("billing:manage"),
    }
    return render(request, "reseller/prices/terms.html", context, status=status)


@needs("billing:manage", portal="reseller")
@require_POST
def share(request: SubletRequest) -> HttpResponseBase:
    """Let the vendor read retail figures, or no longer."""
    operations.share_prices(shared=bool(request.POST.get("shared")), actor=request.actor, at=now())
    success(request, _("Saved."))
    return HttpResponseRedirect(here(request, "reseller-price-terms"))


@needs("billing:manage", portal="reseller")
@require_POST
def remove_extra(request: SubletRequest, extra: str) -> HttpResponseBase:
    """Offer a service no more."""
    operations.remove_extra(ref=extra, actor=request.actor, at=now())
    success(request, _("The service is offered no more. What was sold stays sold."))
    return HttpResponseRedirect(here(request, "reseller-price-terms"))

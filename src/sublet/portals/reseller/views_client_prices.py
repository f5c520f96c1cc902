"""One client's prices: its own, exceptions, promotions, contracts, and services that were sold to it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib.messages import info, success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from sublet.core.money import exponent
from sublet.core.pricebook import EXTRA
from sublet.core.pricing import FLAT, ONCE, Price
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound, Refusal
from sublet.portals.reseller.client_frame import client_frame
from sublet.portals.reseller.forms_prices import (
    ClientPriceForm,
    ContractForm,
    EndContractForm,
    OwnPriceForm,
    SaleForm,
    TakeForm,
)
from sublet.portals.reseller.nav import here
from sublet.portals.reseller.views_prices import initial_of
from sublet.portals.reseller.views_promotions import contract_words
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_date, write_number
from sublet.portals.shared.manifest_words import each_interval
from sublet.portals.shared.price_forms import since_of
from sublet.portals.shared.price_words import money, percent_words, said_words, thing_name
from sublet.pricing import operations, queries
from sublet.pricing.queries import ClientPrices, RuleRow, SaleRow, TakenRow
from sublet.pricing.words import each_price


@needs("billing:view", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def prices(request: SubletRequest, ref: str) -> HttpResponseBase:
    """All that was agreed with one client; each card is a form of its own, named by ``what``."""
    at = now()
    view = queries.prices_of_client(request.actor, ref, at=at)
    what = request.POST.get("what", "")
    forms = _forms(view)
    if request.method != "POST" or what not in forms:
        return _page(request, view, forms)
    request.actor.require("billing:manage")
    form = forms[what] = _forms(view, request.POST)[what]
    if not form.is_valid():
        return _page(request, view, forms, status=422)
    said = dict(form.cleaned_data)
    if "since" in said:
        said["since"] = since_of(said["since"], view.client.timezone, at)
    try:
        done = _SAVES[what](view, said, {"actor": request.actor, "at": at})
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, view, forms, status=refusal.status)
    (success if done else info)(request, _("Saved.") if done else _("Nothing would change."))
    return HttpResponseRedirect(request.path)


def _forms(view: ClientPrices, data: Any = None) -> dict[str, SubletForm]:
    own = view.own
    currency = view.client.currency
    places = exponent(currency)
    initial = {"amount": Decimal(own.amount).scaleb(-places), "interval": own.interval} if own is not None else {}
    once = {"once": secrets.token_hex(16)}
    extras = [(each.ref, each.name) for each in view.extras]
    return {
        "own": OwnPriceForm(data, currency=currency, initial=initial, auto_id="own-%s"),
        "promotion": TakeForm(data, auto_id="take-%s"),
        "contract": ContractForm(data, currency=currency, initial=once, auto_id="contract-%s"),
        "sale": SaleForm(data, currency=currency, extras=extras, initial=once, auto_id="sale-%s"),
    }


def _own(view: ClientPrices, said: dict[str, Any], who: dict[str, Any]) -> object:
    price = Price(FLAT, said["interval"], view.client.currency, said["amount"])
    return operations.set_own_price(client=view.client.ref, price=price, since=said["since"], **who)


def _promotion(view: ClientPrices, said: dict[str, Any], who: dict[str, Any]) -> object:
    return operations.take_promotion(ref=view.client.ref, code=said["code"], **who)


def _contract(view: ClientPrices, said: dict[str, Any], who: dict[str, Any]) -> object:
    amount, interval = said.pop("amount"), said.pop("interval")
    currency = view.client.currency
    price = None
    if said["kind"] != "term" and amount is not None and interval:
        price = Price(FLAT, interval, currency, amount)
    return operations.agree_contract(client=view.client.ref, price=price, **said, **who)


def _sale(view: ClientPrices, said: dict[str, Any], who: dict[str, Any]) -> object:
    amount = said.pop("amount")
    currency = view.client.currency
    price = None if amount is None else Price(ONCE, ONCE, currency, amount)
    return operations.sell_extra(client=view.client.ref, price=price, **said, **who)


_SAVES: dict[str, Callable[[ClientPrices, dict[str, Any], dict[str, Any]], object]] = {
    "own": _own, "promotion": _promotion, "contract": _contract, "sale": _sale,
}  # fmt: skip


def _page(request: SubletRequest, view: ClientPrices, forms: dict[str, SubletForm], status: int = 200) -> HttpResponse:
    ref, zone = view.client.ref, view.client.timezone
    may = request.actor.may("billing:manage")
    own = view.own
    context = client_frame(request, ref, "prices") | {
        "own": each_interval(own.interval, money(own.amount, own.currency)) if own is not None else "",
        "own_coming": [
            _("from %(day)s: %(price)s")
            % {
                "day": write_date(since, zone),
                "price": each_interval(price.interval, money(price.amount, price.currency))
                if price is not None
                else _("No price any more"),
            }
            for since, price in view.own_coming
        ],
        "rules": [
            (_name(view, each.kind_key), *said_words(each.said, zone)[1:],
             _change_url(request, view, each) if may else "")
            for each in view.rules
        ],
        "things": [
            (thing_name(thing), here(request, "reseller-client-price", ref=ref, kind=thing.kind, key=thing.key))
            for thing in view.things
            if may
        ],
        "taken": [_taken(request, view, each, may) for each in view.taken],
        "contracts": [
            (row.contract.name, contract_words(row),
             here(request, "reseller-contract-end", ref=ref, contract=row.ref) if may and row.earliest and row.runs else "")
            for row in view.contracts
        ],
        "sales": [_sold(request, view, each, may) for each in view.sales],
        "own_form": forms["own"] if may and request.actor.may("clients:manage") else None,
        "promotion_form": forms["promotion"] if may else None,
        "contract_form": forms["contract"] if may else None,
        "sale_form": forms["sale"] if may and view.extras else None,
    }  # fmt: skip
    return render(request, "reseller/prices/client.html", context, status=status)


def _change_url(request: SubletRequest, view: ClientPrices, each: RuleRow) -> str:
    """Where an exception is changed; empty for those of one version or of a currency that the client had before."""
    if each.said.version or each.said.currency != view.client.currency:
        return ""
    named = {"ref": view.client.ref, "kind": each.kind, "key": each.key, "interval": each.said.interval}
    return here(request, "reseller-client-price", **named)


def _name(view: ClientPrices, kind_key: tuple[str, str]) -> str:
    found = next((each for each in view.things if (each.kind, each.key) == kind_key), None)
    return thing_name(found) if found is not None else kind_key[1]


def _taken(request: SubletRequest, view: ClientPrices, each: TakenRow, may: bool) -> tuple[str, str, str]:
    until = (
        _("until %(day)s") % {"day": write_date(each.ends_at, view.client.timezone)}
        if each.ends_at
        else _("without an end")
    )
    side = _("off list prices") if each.side == "list" else _("off your prices")
    words = f"{percent_words(each.percent)} {side} · {until}"
    url = here(request, "reseller-promotion-stop", ref=view.client.ref, taken=each.ref) if may and each.runs else ""
    return each.code, words, url


def _sold(request: SubletRequest, view: ClientPrices, each: SaleRow, may: bool) -> tuple[str, str, str]:
    words = (
        f"{write_number(each.quantity)} × {each_price(each.price)} · {write_date(each.due_at, view.client.timezone)}"
    )
    if each.taken_back:
        words += " · " + _("taken back")
    url = (
        here(request, "reseller-sale-take-back", ref=view.client.ref, sale=each.ref)
        if may and each.may_take_back
        else ""
    )
    return each.name, words, url


@needs("billing:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def price(request: SubletRequest, ref: str, kind: str, key: str, interval: str = "") -> HttpResponseBase:
    """An exception: the price of one thing for this client, by that interval. With ``drop`` it is taken back."""
    at = now()
    view = queries.exception_of(request.actor, ref, kind=kind, key=key, interval=interval, at=at)
    said = view.said
    form = ClientPriceForm(
        request.POST if request.method == "POST" and not request.POST.get("drop") else None,
        currency=view.client.currency,
        meter=queries.meter_of(view.thing),
        once=kind == EXTRA,
        intervals=queries.intervals_by_use(kind, key),
        initial=initial_of(said, view.client.currency) or ({"interval": interval} if interval else {}),
    )
    status = 200
    if request.method == "POST":
        dropping = bool(request.POST.get("drop")) and said is not None
        if dropping or form.is_valid():
            since = None if dropping else since_of(form.cleaned_data["since"], view.client.timezone, at)
            try:
                operations.set_retail_price(
                    kind=kind, key=key, price=None if dropping else form.price(), client=ref, since=since,
                    interval=said.interval if said is not None else "", currency=said.currency if said is not None else "",
                    actor=request.actor, at=at,
                )  # fmt: skip
            except Refusal as refusal:
                form.refuse(refusal)
                status = refusal.status
            else:
                success(request, _("Saved."))
                return HttpResponseRedirect(here(request, "reseller-client-prices", ref=ref))
        else:
            status = 422
    context = client_frame(request, ref, "prices") | {
        "form": form,
        "name": thing_name(view.thing),
        "said": said is not None,
        "cancel_url": here(request, "reseller-client-prices", ref=ref),
    }
    return render(request, "reseller/prices/client_price.html", context, status=status)


@needs("billing:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def end_contract(request: SubletRequest, ref: str, contract: str) -> HttpResponseBase:
    """Give notice of a contract, after a word about when it ends."""
    view = queries.prices_of_client(request.actor, ref, at=now())
    row = next((each for each in view.contracts if each.ref == contract), None)
    back = here(request, "reseller-client-prices", ref=ref)
    if row is None:
        raise NotFound
    if row.earliest is None:
        info(request, _("This contract has an end already."))
        return HttpResponseRedirect(back)
    form = EndContractForm(request.POST if request.method == "POST" else None, initial={"last_day": row.earliest})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                operations.end_contract(
                    ref=contract, last_day=form.cleaned_data["last_day"], actor=request.actor, at=now()
                )
            except Refusal as refusal:
                form.refuse(refusal)
                status = refusal.status
            else:
                success(request, _("Notice is given."))
                return HttpResponseRedirect(back)
    context = client_frame(request, ref, "prices") | {
        "form": form,
        "name": row.contract.name,
        "words": contract_words(row),
        "cancel_url": back,
    }
    return render(request, "reseller/prices/contract_end.html", context, status=status)


@needs("billing:manage", portal="reseller")
@require_POST
def stop(request: SubletRequest, ref: str, taken: str) -> HttpResponseBase:
    """End a promotion of this client."""
    try:
        operations.stop_promotion(ref=ref, taken=taken, actor=request.actor, at=now())
    except Refusal as refusal:
        info(request, refusal.sentence)
    else:
        success(request, _("The promotion has ended for this client."))
    return HttpResponseRedirect(here(request, "reseller-client-prices", ref=ref))


@needs("billing:manage", portal="reseller")
@require_POST
def take_back(request: SubletRequest, ref: str, sale: str) -> HttpResponseBase:
    """Say that a sale was a slip."""
    try:
        operations.take_back_extra(sale=sale, actor=request.actor, at=now())
    except Refusal as refusal:
        info(request, refusal.sentence)
    else:
        success(request, _("The sale is taken back."))
    return HttpResponseRedirect(here(request, "reseller-client-prices", ref=ref))

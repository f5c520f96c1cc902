"""The margin guard: what a change would do to the whole portfolio; and letters that pass a price on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.messages import info, success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from sublet.core.portfolio import Change
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.portals.reseller.forms_prices import RetailCheckForm
from sublet.portals.reseller.nav import here
from sublet.portals.reseller.views_prices import price_tabs
from sublet.portals.shared.components import Crumb
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_date, write_number
from sublet.portals.shared.price_check_pages import Checks
from sublet.portals.shared.price_words import thing_name
from sublet.pricing import operations, queries
from sublet.pricing.words import each_price


def _checks(request: SubletRequest, things: Mapping[str, str] | None = None) -> Checks:
    return Checks(request, lambda name, **named: here(request, f"reseller-{name}", **named), things or {})


def _things(request: SubletRequest) -> dict[str, str]:
    return {f"{each.kind}:{each.key}": thing_name(each) for each in queries.things_listed(request.actor)}


@needs("billing:view", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: SubletRequest) -> HttpResponseBase:
    """What was tried; by POST a change is tried."""
    things = _things(request)
    form = RetailCheckForm(request.POST if request.method == "POST" else None, things=list(things.items()))
    more = {"tabs": price_tabs(request, "check")}
    return _checks(request, things).listing("reseller/prices/checks.html", form, change_of, more)


def change_of(said: dict[str, Any]) -> Change:
    """The change that a form says."""
    thing = str(said.get("thing") or "").partition(":")
    return Change(
        kind=said["kind"],
        percent=said.get("percent") or Decimal(0),
        thing=(thing[0], thing[2]) if thing[2] else None,
        source=said.get("source") or "",
        target=said.get("target") or "",
        rate=said.get("rate") or Decimal(0),
    )


@needs("billing:view", portal="reseller")
@require_safe
def check(request: SubletRequest, check: str) -> HttpResponseBase:
    """What a change would do, client by client; or how far the job is."""
    prices = here(request, "reseller-prices")
    return _checks(request, _things(request)).check(
        "reseller/prices/check.html",
        check,
        Crumb(_("Prices"), prices),
        lambda ref: here(request, "reseller-client-prices", ref=ref),
        {"prices_url": prices},
    )


@needs("billing:view", portal="reseller")
@require_safe
def progress(request: SubletRequest, check: str) -> HttpResponseBase:
    """The part that is asked for each second while the job is at work."""
    return _checks(request).progress(check)


# Letters --------------------------------------------------------------------------------------------------------------


@needs("billing:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def letters(request: SubletRequest, kind: str, key: str) -> HttpResponseBase:
    """Who would be written to about a price that comes, and what; by POST the letters themselves."""
    data = request.POST if request.method == "POST" else request.GET
    name = thing_name(queries.thing_of(request.actor, kind=kind, key=key))
    back = here(request, "reseller-price", kind=kind, key=key)
    try:
        day = date.fromisoformat(str(data.get("day", ""))[:10])
    except ValueError:
        return HttpResponseRedirect(back)
    asked: dict[str, Any] = {
        "kind": kind, "key": key, "interval": str(data.get("interval", ""))[:7], "day": day, "actor": request.actor,
        "at": now(),
    }  # fmt: skip
    try:
        if request.method == "POST":
            number, _job = operations.write_letters(**asked)
            told = ngettext("%(number)s client is written to.", "%(number)s clients are written to.", number)
            success(request, told % {"number": write_number(number)})
            return HttpResponseRedirect(back)
        seen = operations.preview_letters(**asked)
    except Refusal as refusal:
        info(request, refusal.sentence)
        return HttpResponseRedirect(back)
    return _letters_page(request, name, asked, seen, back)


def _letters_page(
    request: SubletRequest, name: str, asked: dict[str, Any], seen: operations.LettersPreview, back: str
) -> HttpResponse:
    context = {
        "name": name,
        "day": write_date(asked["day"]),
        "hidden": (("day", asked["day"].isoformat()), ("interval", asked["interval"])),
        "count": ngettext("%(number)s client is written to.", "%(number)s clients are written to.", seen.count)
        % {"number": write_number(seen.count)},
        "number": seen.count,
        "written": seen.written,
        "letters": [
            (
                each.client.name,
                here(request, "reseller-client-prices", ref=each.client.ref),
                each_price(each.before) if each.before is not None else _("No price said"),
                each_price(each.after),
            )
            for each in seen.letters
        ],
        "more": seen.more,
        "words_url": here(request, "reseller-wordings-list") if request.actor.may("brand:view") else "",
        "cancel_url": back,
        "crumbs": (Crumb(_("Prices"), here(request, "reseller-prices")), Crumb(name, back), Crumb(_("Letters"))),
    }
    return render(request, "reseller/prices/letters.html", context)

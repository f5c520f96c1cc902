"""The margin guard: what a change would do to the whole portfolio; and letters that pass a price on."""

from __future__ import annotations

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
from sublet.core.pricebook import EXTRA
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound, Refusal
from sublet.portals.reseller.forms_prices import RetailCheckForm
from sublet.portals.reseller.nav import here
from sublet.portals.reseller.views_prices import price_tabs
from sublet.portals.shared.components import Crumb
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_date, write_datetime, write_number
from sublet.portals.shared.price_check_pages import change_words, lines_of, progress_of, result_words
from sublet.portals.shared.price_words import thing_name
from sublet.portals.shared.progress import progress_answer
from sublet.pricing import operations, queries
from sublet.pricing.words import each_price


def _things(request: SubletRequest) -> dict[str, str]:
    view = queries.prices_of_reseller(request.actor, at=now())
    return {f"{row.thing.kind}:{row.thing.key}": thing_name(row.thing) for row in view.rows if row.thing.kind != EXTRA}


@needs("billing:view", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: SubletRequest) -> HttpResponseBase:
    """What was tried; by POST a change is tried."""
    things = _things(request)
    may = request.actor.may("billing:manage")
    form = RetailCheckForm(request.POST if request.method == "POST" else None, things=list(things.items()))
    status = 200
    if request.method == "POST":
        request.actor.require("billing:manage")
        status = 422
        if form.is_valid():
            try:
                row = operations.check_prices(change=change_of(form.cleaned_data), actor=request.actor, at=now())
            except Refusal as refusal:
                form.refuse(refusal)
                status = refusal.status
            else:
                return HttpResponseRedirect(here(request, "reseller-price-check", check=row.ref))
    rows = [
        (
            change_words(each.change, things.get(":".join(each.change.thing)) or "" if each.change.thing else ""),
            here(request, "reseller-price-check", check=each.ref),
            f"{write_datetime(each.asked_at)} · {each.asked_by}",
            each.losing,
            each.done_at is not None,
        )
        for each in queries.checks_of(request.actor)
    ]
    context = {"tabs": price_tabs(request, "check"), "form": form if may else None, "rows": rows}
    return render(request, "reseller/prices/checks.html", context, status=status)


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
    view = queries.check_of(request.actor, check)
    things = _things(request)
    words = change_words(view.change, things.get(":".join(view.change.thing)) or "" if view.change.thing else "")
    waiting = view.done_at is None and bool(view.job)
    context = {
        "title": words,
        "progress": progress_of(request, view, here(request, "reseller-price-check-progress", check=check))
        if waiting
        else None,
        "results": result_words(view) if view.done_at is not None else (),
        "lines": lines_of(view, lambda ref: here(request, "reseller-client-prices", ref=ref)),
        "more": view.more,
        "told": f"{write_datetime(view.asked_at)} · {view.asked_by}",
        "crumbs": (
            Crumb(_("Prices"), here(request, "reseller-prices")),
            Crumb(_("Margin guard"), here(request, "reseller-price-checks")),
            Crumb(words),
        ),
        "prices_url": here(request, "reseller-prices"),
    }
    return render(request, "reseller/prices/check.html", context)


@needs("billing:view", portal="reseller")
@require_safe
def progress(request: SubletRequest, check: str) -> HttpResponseBase:
    """The part that is asked for each second while the job is at work."""
    view = queries.check_of(request.actor, check)
    if not view.job:
        raise NotFound
    shown = progress_of(request, view, here(request, "reseller-price-check-progress", check=check))
    page = here(request, "reseller-price-check", check=check)
    return progress_answer(request, shown, at_work=view.done_at is None and not shown.failed, page=page)


# Letters --------------------------------------------------------------------------------------------------------------


@needs("billing:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def letters(request: SubletRequest, kind: str, key: str) -> HttpResponseBase:
    """Who would be written to about a price that comes, and what; with ``confirmed`` the letters themselves."""
    data = request.POST if request.method == "POST" else request.GET
    view = queries.thing_of_reseller(request.actor, kind=kind, key=key, at=now())
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
    return _letters_page(request, view, asked, seen, back)


def _letters_page(
    request: SubletRequest, view: queries.ThingView, asked: dict[str, Any], seen: operations.LettersPreview, back: str
) -> HttpResponse:
    name = thing_name(view.thing)
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

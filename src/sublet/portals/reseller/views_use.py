"""Use and limits of one client: how much it has used, its limits, and what its reseller sets or gives."""

from __future__ import annotations

from collections.abc import Callable
from secrets import token_urlsafe
from typing import Any

from django.contrib.messages import success
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.core.entitled import METER, PLAN
from sublet.core.quota import OVERAGE
from sublet.core.usage import ADDITIVE
from sublet.entitlements import operations, queries
from sublet.entitlements.queries import UsePage
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound, Refusal
from sublet.portals.reseller.client_frame import client_frame
from sublet.portals.reseller.nav import here
from sublet.portals.shared.components import Action
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.manifest_words import name_of
from sublet.portals.shared.use_forms import LimitForm, TopUpForm, day_ends
from sublet.portals.shared.use_words import alert_lines, given_until, given_words, meter_cards


@needs("clients:view", portal="reseller")
@require_safe
def use(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Every meter with a bar, why its limit is what it is, and what can be done."""
    context = client_frame(request, ref, "use")
    page = queries.use_of(request.actor, ref, at=now())
    manages = request.actor.may("clients:manage")
    pooled = queries.pooled_meters(request.actor) if manages else frozenset()

    def actions(key: str) -> tuple[Action, ...]:
        if not manages:
            return ()
        change = _("Change your limit") if key in page.words else _("Set a limit")
        limit = Action(change, here(request, "reseller-client-limit", ref=ref, meter=key), "adjustments")
        people: tuple[Action, ...] = ()
        if page.account.meters[key].meter.aggregation in ADDITIVE:
            url = here(request, "reseller-client-portions", ref=ref, meter=key)
            people = (Action(_("Share out among people"), url, "users"),)
        if key in pooled:
            url = here(request, "reseller-client-share", ref=ref, meter=key)
            people = (Action(_("Share of the pool"), url, "chart-pie"), *people)
        if page.account.meters[key].standing.limit is None:
            return (limit, *people)  # nothing can be more than without a limit
        more = Action(_("Give more once"), here(request, "reseller-client-more", ref=ref, meter=key), "plus")
        return (limit, more, *people)

    context |= {
        "cards": meter_cards(page, actions=actions, for_reseller=True),
        "given": [_given(request, ref, page, each, manages) for each in page.given],
        "alerts": alert_lines(page),
    }
    return render(request, "reseller/client_use.html", context)


def _given(
    request: SubletRequest, ref: str, page: UsePage, each: queries.GivenOnce, manages: bool
) -> tuple[str, str, str]:
    meter = page.account.known.terms.meters.get(each.meter)
    words = given_words(meter, each.meter, each.units)
    until = given_until(each.until, page.account.place.timezone)
    url = here(request, "reseller-client-take-back", ref=ref, top_up=each.ref) if manages and each.own else ""
    return words, " · ".join(part for part in (until, each.given_by, each.reason) if part), url


@needs("clients:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def limit(request: SubletRequest, ref: str, meter: str) -> HttpResponseBase:
    """A limit of the reseller's own for this client."""
    page, name, unit = _meter(request, ref, meter)
    word = page.words.get(meter)
    initial = {"units": word.value, "policy": word.policy or ""} if word is not None else {}
    form = LimitForm(request.POST if request.method == "POST" else None, initial=initial)

    def change(values: dict[str, Any]) -> None:
        operations.set_override(
            ref=ref, kind=METER, key=meter, value=values["units"], policy=values["policy"],
            until=day_ends(values["until"], page.account.place.timezone), note=values["note"], actor=request.actor, at=now(),
        )  # fmt: skip

    context = client_frame(request, ref, "use") | {
        "title": _("Limit for %(meter)s") % {"meter": name},
        "text": _(
            "How many %(unit)s this client may use. You can go as low as you like, and as high as you hold yourself."
        )
        % {"unit": unit},
        "owes": _is_charged(page, meter),
        "label": _("Set the limit"),
        "remove_url": here(request, "reseller-client-limit-remove", ref=ref, meter=meter) if word is not None else "",
    }
    return _step(request, ref, form, change, context, {"value": "units"})


@needs("clients:manage", portal="reseller")
@require_POST
def remove_limit(request: SubletRequest, ref: str, meter: str) -> HttpResponseBase:
    """Let the plan count again."""
    operations.remove_override(ref=ref, kind=METER, key=meter, actor=request.actor, at=now())
    success(request, _("The plan counts again."))
    return HttpResponseRedirect(here(request, "reseller-client-use", ref=ref))


@needs("clients:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def more(request: SubletRequest, ref: str, meter: str) -> HttpResponseBase:
    """Units given once, without a change of plan."""
    page, name, unit = _meter(request, ref, meter)
    form = TopUpForm(request.POST) if request.method == "POST" else TopUpForm(initial={"once": token_urlsafe(18)})

    def change(values: dict[str, Any]) -> None:
        operations.give_top_up(
            ref=ref, meter=meter, units=values["units"], until=day_ends(values["until"], page.account.place.timezone),
            reason=values["reason"], once=form.intent() if values["once"] else "", actor=request.actor, at=now(),
        )  # fmt: skip

    context = client_frame(request, ref, "use") | {
        "title": _("More of %(meter)s, once") % {"meter": name},
        "text": _("More %(unit)s on top of the limit, out of what you hold yourself. The plan stays.") % {"unit": unit},
        "owes": _is_charged(page, meter),
        "label": _("Give"),
        "remove_url": "",
    }
    return _step(request, ref, form, change, context, {})


@needs("clients:manage", portal="reseller")
@require_POST
def take_back(request: SubletRequest, ref: str, top_up: str) -> HttpResponseBase:
    """Units that were given once no longer count."""
    operations.take_back_top_up(ref=ref, top_up=top_up, actor=request.actor, at=now())
    success(request, _("Taken back."))
    return HttpResponseRedirect(here(request, "reseller-client-use", ref=ref))


def _meter(request: SubletRequest, ref: str, meter: str) -> tuple[UsePage, str, str]:
    page = queries.use_of(request.actor, ref, at=now())
    found = page.account.known.terms.meters.get(meter)
    if found is None:
        raise NotFound
    return page, name_of(found.name), name_of(found.unit)


def _is_charged(page: UsePage, meter: str) -> bool:
    """Whether the plan charges what lies beyond its limit: what a reseller grants on top of it, it pays itself."""
    facts, at = page.account.known.facts, page.account.at
    plans = [each for each in facts.sources if each.kind == PLAN and (each.starts is None or each.starts <= at)]
    held = [each for each in plans if each.ends is None or each.ends > at] or [
        each for each in (facts.starting,) if each
    ]
    limits = [each.limit(meter) for each in held]
    return any(limit is not None and limit.policy == OVERAGE for limit in limits)


def _step(
    request: SubletRequest,
    ref: str,
    form: SubletForm,
    change: Callable[[dict[str, Any]], None],
    context: dict[str, Any],
    fields: dict[str, str],
) -> HttpResponseBase:
    back = here(request, "reseller-client-use", ref=ref)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                change(form.cleaned_data)
            except Refusal as refusal:
                refusal.field = fields.get(refusal.field, refusal.field)
                form.refuse(refusal)
                status = refusal.status
            else:
                success(request, _("Saved."))
                return HttpResponseRedirect(back)
    return render(request, "reseller/client_use_form.html", context | {"form": form, "back_url": back}, status=status)

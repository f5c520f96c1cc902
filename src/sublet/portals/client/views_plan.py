"""The plan of a client or direct account as its own people see it: what it pays for now, at its own price, and the free trial."""

from __future__ import annotations

from django.contrib.messages import error, success
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sublet.billing.queries.running import OwnPrice, RunningPeriod, running_period
from sublet.billing.words import kind_words
from sublet.core.offer import Offer
from sublet.core.pricebook import ADD_ON, PLAN, SERVICE
from sublet.core.rights import CLIENT, DIRECT, RESELLER
from sublet.foundation.clock import now
from sublet.portals.client.nav import here
from sublet.portals.shared.asking import who_looks_after
from sublet.portals.shared.components import Fact
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_date
from sublet.portals.shared.manifest_words import name_of
from sublet.portals.shared.plan_words import (
    add_on_line,
    after_trial_words,
    change_lines,
    moment_words,
    offered_trial_words,
    plan_called,
    trial_words,
    waiting_words,
)
from sublet.portals.shared.price_words import percent_words
from sublet.pricing.words import each_price
from sublet.subscriptions import operations, queries

PORTAL = (CLIENT, DIRECT)


@needs("settings:view", portal=PORTAL)
@require_safe
def plan(request: SubletRequest) -> HttpResponseBase:
    """What the account has, what comes, and the trial: a button where it can be started."""
    at = now()
    view = queries.subscription_of(request.actor, request.actor.account_ref, at=at)
    zone = view.account.timezone
    visitor = request.actor.impersonator
    may_start = request.actor.may("settings:manage") and (
        visitor is None or (visitor.mode == RESELLER and request.actor.may("subscription:manage"))
    )
    offered = view.trial_offer
    running = running_period(request.actor, at=at)
    prices = {(each.kind, each.key): each for each in running.prices} if running is not None else {}
    context = {
        "view": view,
        "plan": plan_called(view.plan),
        "about": name_of(view.plan.description) if view.plan is not None else "",
        "facts": (
            Fact(_("Since"), moment_words(view.since, zone)),
            *_price(prices.get((PLAN, view.plan.key)) if view.plan is not None else None),
            *_period(running),
        ),
        "waiting": [waiting_words(row, zone) for row in view.waiting],
        "trial": trial_words(view.trial, zone) if view.trial is not None else "",
        "trial_runs": view.trial is not None and view.trial.running,
        "trial_offer": offered_trial_words(view),
        "trial_after": after_trial_words(view),
        "trial_changes": change_lines(view.offer, offered.lines, trial=True) if offered is not None else (),
        "trial_url": here(request, "client-trial-start") if offered is not None and may_start else "",
        "add_ons": [
            (*add_on_line(row, zone), [f"{fact.label}: {fact.value}" for fact in _price(prices.get((ADD_ON, row.key)))])
            for row in view.add_ons
            if not row.over
        ]
        + _beside(view.offer, running),
        "ask": who_looks_after(request),
    }
    return render(request, "client/plan.html", context)


def _beside(offer: Offer, running: RunningPeriod | None) -> list[tuple[str, str, list[str]]]:
    """Managed services and contracts that it pays for: name, what it is, price."""
    return [
        (
            name_of(offer.services[each.key].name) if each.key in offer.services else each.key,
            kind_words(SERVICE),
            [f"{fact.label}: {fact.value}" for fact in _price(each)],
        )
        for each in (running.prices if running is not None else ())
        if each.kind == SERVICE
    ]


def _price(paid: OwnPrice | None) -> tuple[Fact, ...]:
    """What it pays for a thing, and what it was told that it will; nothing where it pays nothing here."""
    if paid is None:
        return ()
    less = _("less %(percent)s by a promotion") % {"percent": percent_words(paid.less)} if paid.less else ""
    return (
        Fact(_("Price"), each_price(paid.price), hint=less),
        *(
            Fact(_("From %(day)s on") % {"day": write_date(day)}, each_price(price))
            for day, price in paid.coming
        ),
    )  # fmt: skip


def _period(running: RunningPeriod | None) -> tuple[Fact, ...]:
    """What it pays for now, where it pays here."""
    if running is None:
        return ()
    days = {"first": write_date(running.first_day), "last": write_date(running.last_day)}
    found = [Fact(_("Billing period"), _("%(first)s – %(last)s") % days)]
    if running.next_day is not None:
        found.append(Fact(_("The next one begins"), write_date(running.next_day)))
    return tuple(found)


@needs("settings:manage", portal=PORTAL)
@require_POST
def start_trial(request: SubletRequest) -> HttpResponseBase:
    """Start the free trial."""
    try:
        operations.start_trial(ref=request.actor.account_ref, actor=request.actor, at=now())
    except operations.CannotStartTrial as refusal:
        error(request, refusal.sentence)
    else:
        success(request, _("The free trial has begun."))
    return HttpResponseRedirect(here(request, "client-plan"))

"""What is on offer: plans side by side, their versions, and everything that can be had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from sublet.catalog import queries as catalog_queries
from sublet.core.manifest import AddOn, Plan
from sublet.core.offer import AddOnItem, Item, Offer, PlanItem
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound
from sublet.portals.shared.components import Action, Crumb
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_number
from sublet.portals.shared.manifest_words import name_of
from sublet.portals.shared.offer_words import (
    PlanColumn,
    add_on_words,
    feature_words,
    meter_words,
    plan_table,
    service_words,
    signal_words,
)
from sublet.portals.vendor.nav import here
from sublet.portals.vendor.views.manifest import Line
from sublet.subscriptions import queries as subscription_queries
from sublet.subscriptions.queries import Holders, can_be_taken

Used = Mapping[Item, Holders]


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version of a plan or an add-on: its state in words and as a tone, and how many accounts have it."""

    version: str
    state: str
    tone: str
    used: str


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A plan or an add-on with its versions, newest first."""

    name: str
    key: str
    icon: str
    text: str
    words: tuple[str, ...]
    versions: tuple[VersionLine, ...]
    url: str = ""


@needs("manifest:view", portal="vendor")
@require_safe
def overview(request: SubletRequest) -> HttpResponseBase:
    """Everything that can be had, and what could be had once and is still held."""
    offer = catalog_queries.offer()
    used = subscription_queries.plans_held(now())
    manifest_url = here(request, "vendor-manifest")
    plans = offer.plans_on_sale
    context = {
        "offer": offer,
        "actions": (Action(_("Product manifest"), manifest_url, "puzzle"),),
        "table": plan_table(offer, plans, [_column(request, offer, plan) for plan in plans], advice=_("Guide price"))
        if plans
        else None,
        "plans": _plans(request, offer, used),
        "add_ons": _add_ons(offer, used),
        "services": [
            Line(
                name_of(each.name),
                each.key,
                each.icon,
                text=name_of(each.description),
                words=service_words(offer, each),
            )
            for each in offer.services.values()
        ],
        "meters": [
            Line(
                name_of(item.meter.name),
                item.meter.key,
                "chart-bar",
                text=name_of(item.meter.description),
                words=meter_words(item.meter),
            )
            for item in offer.meters.values()
        ],
        "features": [
            Line(name_of(each.name), each.key, "puzzle", text=name_of(each.description), words=feature_words(each))
            for each in offer.features.values()
        ],
        "signals": [
            Line(name_of(each.name), each.key, "activity", text=name_of(each.description), words=signal_words(each))
            for each in offer.signals.values()
        ],
    }
    return render(request, "vendor/offer.html", context)


@needs("manifest:view", portal="vendor")
@require_safe
def plan(request: SubletRequest, key: str) -> HttpResponseBase:
    """The versions of one plan side by side, newest first."""
    offer = catalog_queries.offer()
    items = [item for item in offer.every_plan if item.plan.key == key]
    if not items:
        raise NotFound
    items.sort(key=lambda item: -item.plan.version)
    used = subscription_queries.plans_held(now())
    lines = [_version(offer, item, item.plan, used) for item in items]
    columns = [PlanColumn(line.version, line.used, badges=((line.state, line.tone),)) for line in lines]
    context = {
        "name": name_of(items[0].plan.name),
        "about": name_of(items[0].plan.description),
        "table": plan_table(offer, [item.plan for item in items], columns, advice=_("Guide price")),
        "actions": (Action(_("How it is charged"), here(request, "vendor-offer-basis", key=key), "calendar"),)
        if request.actor.may("billing:manage") and can_be_taken(offer, key)
        else (),
        "crumbs": (Crumb(_("Offer"), here(request, "vendor-offer")), Crumb(name_of(items[0].plan.name))),
    }
    return render(request, "vendor/offer_plan.html", context)


def _column(request: SubletRequest, offer: Offer, plan: Plan) -> PlanColumn:
    starts = offer.starting_plan
    badges = []
    if starts is not None and (starts.key, starts.version) == (plan.key, plan.version):
        badges.append((_("Starting plan"), "brand"))
    if not plan.public:
        badges.append((_("Offered by you only"), "neutral"))
    note = _("Version %(number)s") % {"number": plan.version} if plan.version > 1 else ""
    return PlanColumn(name_of(plan.name), note, here(request, "vendor-offer-plan", key=plan.key), tuple(badges))


def _plans(request: SubletRequest, offer: Offer, used: Used) -> list[PlanLine]:
    found: dict[str, list[PlanItem]] = {}
    for item in offer.every_plan:
        found.setdefault(item.plan.key, []).append(item)
    lines = []
    for key, items in found.items():
        items.sort(key=lambda item: -item.plan.version)
        best = items[0].plan
        lines.append(
            PlanLine(
                name_of(best.name),
                key,
                "file-text",
                name_of(best.description),
                (),
                tuple(_version(offer, item, item.plan, used) for item in items),
                here(request, "vendor-offer-plan", key=key),
            )
        )
    return lines


def _add_ons(offer: Offer, used: Used) -> list[PlanLine]:
    found: dict[str, list[AddOnItem]] = {}
    for item in offer.every_add_on:
        found.setdefault(item.add_on.key, []).append(item)
    lines = []
    for key, items in found.items():
        items.sort(key=lambda item: -item.add_on.version)
        best = items[0].add_on
        lines.append(
            PlanLine(
                name_of(best.name),
                key,
                best.icon,
                name_of(best.description),
                add_on_words(offer, best),
                tuple(_version(offer, item, item.add_on, used) for item in items),
            )
        )
    return lines


def _version(offer: Offer, item: PlanItem | AddOnItem, thing: Plan | AddOn, used: Used) -> VersionLine:
    kind = "plan" if isinstance(thing, Plan) else "add_on"
    if offer.is_sold(thing):
        state, tone = _("On sale"), "success"
    elif item.removed_at is not None:
        state, tone = _("Withdrawn"), "warning"
    else:
        state, tone = _("Earlier version"), "neutral"
    return VersionLine(
        _("Version %(number)s") % {"number": thing.version},
        state,
        tone,
        held_words(used.get((kind, thing.key, thing.version), Holders())),
    )


def held_words(held: Holders) -> str:
    """How many accounts have something, and how many of them, or beside them, by a trial."""
    words = accounts_words(held.accounts)
    if held.on_trial:
        on_trial = ngettext("%(number)s of them on trial", "%(number)s of them on trial", held.on_trial)
        words = _("%(accounts)s, %(trial)s") % {
            "accounts": words,
            "trial": on_trial % {"number": write_number(held.on_trial)},
        }
    if held.trying:
        trying = ngettext("%(number)s other tries it", "%(number)s others try it", held.trying)
        words = _("%(accounts)s, %(trial)s") % {
            "accounts": words,
            "trial": trying % {"number": write_number(held.trying)},
        }
    return words


def accounts_words(number: int) -> str:
    """How many accounts have something."""
    return ngettext("%(number)s account", "%(number)s accounts", number) % {"number": write_number(number)}

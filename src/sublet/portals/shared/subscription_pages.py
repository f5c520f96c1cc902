"""The pages about an account's subscription, for whoever stands above it: what holds, comes and was, and each step.

The same for a reseller's client and the vendor's direct account; a portal says where they stand (`Place`).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib.messages import info, success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.billing.queries.plan_costs import cost_of_change
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound, Refusal
from sublet.portals.shared.basis_words import charged_words
from sublet.portals.shared.components import Action, Change, Fact
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.guard import page_of
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.manifest_words import name_of
from sublet.portals.shared.plan_cost_words import CostTable, consequence_words, cost_table
from sublet.portals.shared.plan_words import (
    add_on_choice,
    add_on_line,
    after_trial_words,
    change_lines,
    moment_words,
    offered_trial_words,
    phase_words,
    plan_called,
    plan_choice,
    span_words,
    trial_words,
    waiting_words,
)
from sublet.portals.shared.price_words import unpriced_words
from sublet.portals.shared.subscription_forms import AddOnForm, EndForm, OnDayForm, PauseForm, PlanForm, ReasonOnlyForm
from sublet.portals.shared.unpriced import unpriced_lines
from sublet.pricing.queries import unpriced_plan
from sublet.subscriptions import operations, queries
from sublet.subscriptions.queries import ChangePreview, SubscriptionView


@dataclass(frozen=True, slots=True)
class Place:
    """Where these pages stand: the account, the page around them, and how their addresses are called."""

    ref: str
    url: Callable[..., str]  # of a page of these: its name ("", ``plan`` …) and what its address names
    base: str = "shared/app.html"
    frame: Mapping[str, Any] | None = None
    close: Action | None = None  # the way to end the account itself (A24)
    history_url: str = ""
    beside: tuple[Action, ...] = ()  # other pages about the account


#: Finds the place for a request and an account. Raises NotFound, Forbidden.
Finder = Callable[[SubletRequest, str], Place]


@dataclass(frozen=True, slots=True)
class Step:
    """What the page of a step says. `changes` are told before it is confirmed."""

    title: str
    text: str
    label: str
    icon: str
    points: Sequence[str] = ()
    changes: Sequence[Change] = ()
    cost: CostTable | None = None
    tone: str = ""
    confirms: bool = False  # the form was filled in: what follows is said, and the same is sent again


def subscription_patterns(start: str, *, name: str, portal: str, see: str, do: str, place: Finder) -> list[URLPattern]:
    """The addresses below `start` (``clients/<str:ref>/subscription/``), named ``<name>``, ``<name>-plan`` …"""

    def page(view: Callable[..., HttpResponseBase], right: str) -> Any:
        return page_of(
            view,
            name=f"{name}-{view.__name__}",
            right=right,
            portal=portal,
            call=lambda request, **named: view(request, place, **named),
        )

    return [
        path(start, page(status, see), name=name),
        path(f"{start}plan/", page(plan, do), name=f"{name}-plan"),
        path(f"{start}end/", page(end, do), name=f"{name}-end"),
        path(f"{start}pause/", page(pause, do), name=f"{name}-pause"),
        path(f"{start}resume/", page(resume, do), name=f"{name}-resume"),
        path(f"{start}trial/", page(trial, do), name=f"{name}-trial"),
        path(f"{start}changes/<str:change>/cancel/", page(cancel, do), name=f"{name}-cancel"),
        path(f"{start}add-ons/", page(add_on, do), name=f"{name}-add-on"),
        path(f"{start}add-ons/<str:add_on>/end/", page(end_add_on, do), name=f"{name}-add-on-end"),
    ]


# What holds -----------------------------------------------------------------------------------------------------------


@require_safe
def status(request: SubletRequest, find: Finder, ref: str) -> HttpResponseBase:
    """What holds, what comes, what was; and with ``?on=`` what held on a day."""
    place, at = find(request, ref), now()
    view = queries.subscription_of(request.actor, ref, at=at)
    zone = view.account.timezone
    asked = OnDayForm(request.GET if "on" in request.GET else None)
    on = queries.what_held(request.actor, ref, day=asked.cleaned_data["on"], at=at) if _asks(asked) else None
    context = {
        "view": view,
        "facts": (*_facts(view), *(Fact(_("Price"), words) for words in unpriced_lines(request.actor, view, at=at))),
        "waiting": [
            (waiting_words(row, zone), place.url("cancel", change=row.ref) if view.may_change else "", row.by)
            for row in view.waiting
        ],
        "trial": trial_words(view.trial, zone) if view.trial else "",
        "trial_offer": offered_trial_words(view),
        "trial_actions": _trial_actions(view, place),
        "add_ons": [
            (*add_on_line(row, zone), _end_url(view, place, row))
            for row in sorted(view.add_ons, key=lambda row: row.over)
        ],
        "phases": [
            (phase_words(row), span_words(row.starts, row.ends, zone), row.by, row.reason)
            for row in reversed(view.phases)
        ],
        "on_form": asked,
        "on": None
        if on is None
        else {
            "phases": [(phase_words(row), span_words(row.starts, row.ends, zone)) for row in on.phases],
            "trial": trial_words(on.trial, zone) if on.trial else "",
            "add_ons": [add_on_line(row, zone) for row in on.add_ons],
        },
        "actions": (*_actions(view, place), *place.beside),
        "add_on_url": place.url("add-on") if view.may_change and view.account.open and view.add_ons_to_take else "",
        "close": place.close,
        "history_url": place.history_url,
    }
    return render(request, "subscription/page.html", context | _frame(place, view))


def _asks(form: OnDayForm) -> bool:
    return form.is_bound and form.is_valid()


def _frame(place: Place, view: SubscriptionView) -> dict[str, Any]:
    return {**(place.frame or {}), "base": place.base, "title": view.account.name, "page_url": place.url("")}


def _facts(view: SubscriptionView) -> tuple[Fact, ...]:
    zone = view.account.timezone
    found = [
        Fact(_("Plan"), plan_called(view.agreed)),
        Fact(_("Since"), moment_words(view.since, zone)),
    ]
    if view.paused:
        found.append(Fact(_("At rest"), _("Meanwhile “%(plan)s” counts.") % {"plan": plan_called(view.plan)}))
    if view.agreed is not None and view.agreed.version > 1:
        found.append(Fact(_("Version"), view.agreed.version))
    if view.period_ends is not None:
        found.append(Fact(_("This period ends"), moment_words(view.period_ends, zone)))
        found.append(Fact(_("Charged"), charged_words(view.basis, zone)))
    found.append(Fact(_("Notice of the vendor on its pages"), view.advertising, kind="yes_no"))
    return tuple(found)


def _actions(view: SubscriptionView, place: Place) -> tuple[Action, ...]:
    if not view.may_change or not view.account.open:
        return ()
    found = []
    if view.plans:
        label = _("Change the plan") if view.taken else _("Take a plan")
        found.append(Action(label, place.url("plan"), "shopping-cart", tone="primary"))
    if view.taken:
        if view.paused:
            found.append(Action(_("Resume"), place.url("resume"), "player-play"))
        else:
            found.append(Action(_("Pause"), place.url("pause"), "player-pause"))
        if not view.basis.by_vendor:
            found.append(Action(_("How it is charged"), place.url("basis"), "calendar"))
        found.append(Action(_("End the plan"), place.url("end"), "ban"))
    return tuple(found)


def _trial_actions(view: SubscriptionView, place: Place) -> tuple[Action, ...]:
    if view.trial_offer is None or not view.may_change or not view.account.open:
        return ()
    return (Action(_("Start the free trial"), place.url("trial"), "rocket"),)


def _end_url(view: SubscriptionView, place: Place, row: queries.AddOnRow) -> str:
    return place.url("add-on-end", add_on=row.ref) if view.may_change and not row.over else ""


# Steps ----------------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: SubletRequest, find: Finder, ref: str) -> HttpResponseBase:
    """Take a plan or change it: first which and from when, then what that changes, then it is done."""
    place, at = find(request, ref), now()
    view = queries.subscription_of(request.actor, ref, at=at)
    choices = [(each.key, plan_choice(view.offer, each)) for each in view.plans if view.paused or each != view.agreed]
    if not choices:
        raise NotFound
    form = PlanForm(
        request.POST if request.method == "POST" else None,
        plans=choices,
        periods=view.period_ends is not None,
        initial={"plan": request.GET.get("plan", "") or choices[0][0]},
    )
    step = Step(
        title=_("Change the plan of %(client)s") % {"client": view.account.name},
        text=_("What it changes is shown before it is done."),
        label=_("Show what changes"),
        icon="shopping-cart",
    )
    if request.method != "POST" or not form.is_valid():
        return _step(request, place, view, form, step, status=422 if form.is_bound else 200)
    values = form.cleaned_data
    if not request.POST.get("confirmed"):
        preview = queries.preview_change(
            request.actor, ref, plan=values["plan"], when=values["when"], day=values["day"], at=at
        )
        if preview is not None:
            free = unpriced_words(unpriced_plan(request.actor, view.account.id, preview.after, at=at))
            cost = cost_of_change(request.actor, view.account.id, preview, at=at)
            summary = replace(_plan_summary(view, preview, free), cost=cost_table(cost, view.account))
            return _step(request, place, view, form, summary)
    chosen = {"plan": values["plan"], "reason": values["reason"]}

    def act(moment: datetime) -> object:
        if values["when"] == "now":
            return operations.take_plan(ref=ref, actor=request.actor, at=moment, **chosen)
        later = {"when": values["when"], "day": values["day"]}
        return operations.schedule_change(ref=ref, actor=request.actor, at=moment, **chosen, **later)

    done = _("Saved.") if values["when"] != "now" else _("The new plan holds from now on.")
    return do_step(request, place, view, form, step, act, done)


def _plan_summary(view: SubscriptionView, preview: ChangePreview, free: str = "") -> Step:
    """`free`: what of the new plan would cost nothing, for want of a price."""
    zone = view.account.timezone
    names = {"before": plan_called(preview.before), "after": plan_called(preview.after)}
    title = _("From “%(before)s” to “%(after)s”") % names
    if preview.nothing:
        return Step(
            title, _("The account is on this plan already: nothing changes."), _("Save"), "check", confirms=True
        )
    when = _("at once") if preview.effective == view.at else moment_words(preview.effective, zone)
    return Step(
        title=title,
        text=_("From when: %(when)s. This is what changes:") % {"when": when},
        label=_("Change the plan"),
        icon="shopping-cart",
        points=(*consequence_words(preview, zone), *([free] if free else [])),
        changes=change_lines(view.offer, preview.lines),
        confirms=True,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def end(request: SubletRequest, find: Finder, ref: str) -> HttpResponseBase:
    """End the plan: when, then what that changes, then it is done. What lies ahead can be taken back."""
    place, at = find(request, ref), now()
    view = queries.subscription_of(request.actor, ref, at=at)
    if not view.taken:
        raise NotFound
    form = EndForm(request.POST if request.method == "POST" else None, periods=view.period_ends is not None,
                   initial={"when": "period"})  # fmt: skip
    step = Step(
        title=_("End the plan of %(client)s") % {"client": view.account.name},
        text=_("“%(plan)s” follows. Data are not deleted.") % {"plan": plan_called(view.starting)},
        label=_("Show what changes"),
        icon="ban",
    )
    if request.method != "POST" or not form.is_valid():
        return _step(request, place, view, form, step, status=422 if form.is_bound else 200)
    values = form.cleaned_data
    if not request.POST.get("confirmed"):
        preview = queries.preview_change(request.actor, ref, plan="", when=values["when"], day=values["day"], at=at)
        if preview is not None:
            cost = cost_table(cost_of_change(request.actor, view.account.id, preview, at=at), view.account)
            shown = replace(
                _plan_summary(view, preview),
                label=_("End the plan"),
                icon="ban",
                tone="danger",
                confirms=True,
                cost=cost,
            )
            return _step(request, place, view, form, shown)
    return do_step(
        request,
        place,
        view,
        form,
        step,
        lambda moment: operations.end_subscription(ref=ref, actor=request.actor, at=moment, **values),
        _("The plan has ended.") if values["when"] == "now" else _("Saved. Until then it can be taken back here."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def pause(request: SubletRequest, find: Finder, ref: str) -> HttpResponseBase:
    """Let the plan rest."""
    place = find(request, ref)
    view = queries.subscription_of(request.actor, ref, at=now())
    if not view.taken:
        raise NotFound
    form = PauseForm(request.POST if request.method == "POST" else None)
    preview = queries.preview_change(request.actor, ref, plan="", at=view.at)
    step = Step(
        title=_("Pause the plan of %(client)s") % {"client": view.account.name},
        text=_("From now on “%(plan)s” counts, until the plan goes on in the same version. Data are not deleted.")
        % {"plan": plan_called(view.starting)},
        label=_("Pause the plan"),
        icon="player-pause",
        changes=change_lines(view.offer, preview.lines) if preview is not None else (),
    )
    return do_step(
        request,
        place,
        view,
        form,
        step,
        lambda moment: operations.pause(ref=ref, actor=request.actor, at=moment, **form.cleaned_data),
        _("The plan rests."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def resume(request: SubletRequest, find: Finder, ref: str) -> HttpResponseBase:
    """Let the plan that rests go on."""
    place = find(request, ref)
    view = queries.subscription_of(request.actor, ref, at=now())
    if not view.taken:
        raise NotFound
    form = ReasonOnlyForm(request.POST if request.method == "POST" else None)
    step = Step(
        title=_("Resume the plan of %(client)s") % {"client": view.account.name},
        text=_("“%(plan)s” goes on from now, as it was agreed.") % {"plan": plan_called(view.agreed)},
        label=_("Resume the plan"),
        icon="player-play",
    )
    return do_step(
        request,
        place,
        view,
        form,
        step,
        lambda moment: operations.resume(ref=ref, actor=request.actor, at=moment, **form.cleaned_data),
        _("The plan goes on."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def trial(request: SubletRequest, find: Finder, ref: str) -> HttpResponseBase:
    """Start the free trial for the account."""
    place = find(request, ref)
    view = queries.subscription_of(request.actor, ref, at=now())
    if view.trial_offer is None and request.method != "POST":
        raise NotFound
    form = ReasonOnlyForm(request.POST if request.method == "POST" else None)
    step = Step(
        title=_("Start the free trial of %(client)s") % {"client": view.account.name},
        text=offered_trial_words(view),
        label=_("Start the free trial"),
        icon="rocket",
        points=(after_trial_words(view),),
        changes=change_lines(view.offer, view.trial_offer.lines, trial=True) if view.trial_offer is not None else (),
    )
    return do_step(
        request,
        place,
        view,
        form,
        step,
        lambda moment: operations.start_trial(ref=ref, actor=request.actor, at=moment, **form.cleaned_data),
        _("The free trial has begun."),
    )


@require_POST
def cancel(request: SubletRequest, find: Finder, ref: str, change: str) -> HttpResponseBase:
    """Take back what was decided and does not hold yet."""
    place = find(request, ref)
    operations.cancel_change(ref=ref, change=change, actor=request.actor, at=now())
    success(request, _("Taken back."))
    return HttpResponseRedirect(place.url(""))


@require_http_methods(["GET", "HEAD", "POST"])
def add_on(request: SubletRequest, find: Finder, ref: str) -> HttpResponseBase:
    """Take an add-on beside the plan."""
    place = find(request, ref)
    view = queries.subscription_of(request.actor, ref, at=now())
    choices = [(each.key, add_on_choice(view.offer, each)) for each in view.add_ons_to_take]
    if not choices and request.method != "POST":
        raise NotFound
    form = AddOnForm(
        request.POST if request.method == "POST" else None,
        add_ons=choices,
        initial={"once": secrets.token_urlsafe(18), "add_on": choices[0][0] if choices else ""},
    )
    step = Step(
        title=_("Add to the plan of %(client)s") % {"client": view.account.name},
        text=_("It holds from now on, in the version that is sold today."),
        label=_("Take the add-on"),
        icon="puzzle",
    )
    return do_step(
        request,
        place,
        view,
        form,
        step,
        lambda moment: operations.take_add_on(
            ref=ref, actor=request.actor, at=moment, **form.cleaned_data | {"once": form.intent()}
        ),
        _("The add-on was taken."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def end_add_on(request: SubletRequest, find: Finder, ref: str, add_on: str) -> HttpResponseBase:
    """Give an add-on up."""
    place = find(request, ref)
    view = queries.subscription_of(request.actor, ref, at=now())
    row = next((each for each in view.add_ons if each.ref == add_on), None)
    if row is None:
        raise NotFound
    form = EndForm(request.POST if request.method == "POST" else None, periods=view.period_ends is not None)
    step = Step(
        title=_("Give up “%(name)s”") % {"name": name_of(row.add_on.name) if row.add_on is not None else row.key},
        text=_("From then on the account has no more than its plan and its other add-ons give."),
        label=_("Give it up"),
        icon="ban",
        tone="danger",
    )
    return do_step(
        request,
        place,
        view,
        form,
        step,
        lambda moment: operations.end_add_on(
            ref=ref, add_on=add_on, actor=request.actor, at=moment, **form.cleaned_data
        ),
        _("Saved."),
    )


def do_step(
    request: SubletRequest,
    place: Place,
    view: SubscriptionView,
    form: SubletForm,
    step: Step,
    act: Callable[[datetime], object],
    done: str,
) -> HttpResponseBase:
    """The page of the step; by POST the step itself, then back to what holds."""
    if request.method != "POST":
        return _step(request, place, view, form, step)
    if not form.is_valid():
        return _step(request, place, view, form, step, status=422)
    try:
        changed = act(now()) is not False
    except Refusal as refusal:
        form.refuse(refusal)
        return _step(request, place, view, form, step, status=refusal.status)
    (success if changed else info)(request, done if changed else _("Nothing would change."))
    return HttpResponseRedirect(place.url(""))


def _step(
    request: SubletRequest, place: Place, view: SubscriptionView, form: SubletForm, step: Step, status: int = 200
) -> HttpResponse:
    sent = [(name, request.POST[name]) for name in form.fields if name in request.POST] if step.confirms else []
    context = {"form": form, "step": step, "sent": sent, "back_url": request.path} | _frame(place, view)
    return render(request, "subscription/step.html", context, status=status)

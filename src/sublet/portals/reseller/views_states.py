"""The steps in a client's life: each has a page that says what it means, and is done by POST from there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sublet.accounts import operations as account_operations
from sublet.accounts import queries as account_queries
from sublet.accounts.queries import AccountFacts
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound, Refusal
from sublet.people import queries as people_queries
from sublet.portals.reseller.client_frame import client_frame
from sublet.portals.reseller.forms import (
    CloseForm,
    DemonstrationForm,
    EnterForm,
    NoteForm,
    OwnershipForm,
    ReasonForm,
    end_of_day,
)
from sublet.portals.reseller.nav import here, optional
from sublet.portals.reseller.views_impersonation import typed_before
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.visits import page_before, with_page_before


@dataclass(frozen=True, slots=True)
class Step:
    """What the page of a step says."""

    title: str
    text: str
    points: tuple[str, ...]
    label: str
    done: str
    icon: str
    tone: str = ""


def _do(
    request: SubletRequest,
    facts: AccountFacts,
    form: SubletForm,
    step: Step,
    act: Callable[[datetime], object],
) -> HttpResponseBase:
    """The page of the step; by POST the step itself, then back to the client."""
    if request.method == "POST":
        if not form.is_valid():
            return _page(request, facts, form, step, status=422)
        try:
            act(now())
        except Refusal as refusal:
            form.refuse(refusal)
            return _page(request, facts, form, step, status=refusal.status)
        success(request, step.done)
        return HttpResponseRedirect(here(request, "reseller-client", ref=facts.ref))
    return _page(request, facts, form, step)


def _page(request: SubletRequest, facts: AccountFacts, form: SubletForm, step: Step, status: int = 200) -> HttpResponse:
    context = client_frame(request, facts.ref, "overview", facts) | {
        "form": form,
        "step": step,
        "cancel_url": here(request, "reseller-client", ref=facts.ref),
    }
    return render(request, "reseller/client_step.html", context, status=status)


@needs("clients:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def suspend(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Lock the client's people out."""
    facts = account_queries.client_facts(request.actor, ref)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    step = Step(
        title=_("Suspend %(client)s") % {"client": facts.name},
        text=_("Until you resume it:"),
        points=(
            _("The client’s people meet a lock page with your support contact."),
            _("You and your team still get in."),
            _("Nothing is deleted, and nothing runs out meanwhile."),
        ),
        label=_("Suspend"),
        done=_("%(client)s is suspended.") % {"client": facts.name},
        icon="player-pause",
    )
    return _do(
        request,
        facts,
        form,
        step,
        lambda at: account_operations.suspend_account(
            ref=ref, reason=form.cleaned_data["reason"], actor=request.actor, at=at
        ),
    )


@needs("clients:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def resume(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Let the client's people in again."""
    facts = account_queries.client_facts(request.actor, ref)
    form = NoteForm(request.POST if request.method == "POST" else None)
    step = Step(
        title=_("Resume %(client)s") % {"client": facts.name},
        text=_("The client’s people are let in again at once, with the rights they had."),
        points=(),
        label=_("Resume"),
        done=_("%(client)s is open again.") % {"client": facts.name},
        icon="player-play",
    )
    return _do(
        request,
        facts,
        form,
        step,
        lambda at: account_operations.resume_account(
            ref=ref, reason=form.cleaned_data["reason"], actor=request.actor, at=at
        ),
    )


@needs("clients:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: SubletRequest, ref: str) -> HttpResponseBase:
    """End the account, with thirty days to think again. Its name is typed once more."""
    facts = account_queries.client_facts(request.actor, ref)
    form = CloseForm(request.POST if request.method == "POST" else None, account_name=facts.name)
    step = Step(
        title=_("Close %(client)s") % {"client": facts.name},
        text=_("This is what happens:"),
        points=(
            _("From now on nobody of the client can work in the account."),
            _("For 30 days you can take the closing back; then everything is as it was."),
            _("After that the account has ended. Its history stays."),
        ),
        label=_("Close the account"),
        done=_("%(client)s is closed. You can take that back for 30 days.") % {"client": facts.name},
        icon="ban",
        tone="danger",
    )
    return _do(
        request,
        facts,
        form,
        step,
        lambda at: account_operations.close_account(
            ref=ref, reason=form.cleaned_data["reason"], actor=request.actor, at=at
        ),
    )


@needs("clients:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def reopen(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Take the closing back."""
    facts = account_queries.client_facts(request.actor, ref)
    form = NoteForm(request.POST if request.method == "POST" else None)
    lapsed = facts.demo_until is not None and facts.demo_until <= now()
    step = Step(
        title=_("Take the closing of %(client)s back") % {"client": facts.name},
        text=_("The account is again what it was before, with its people, brand and data."),
        points=(_("The demonstration then lasts 14 days more."),) if lapsed else (),
        label=_("Take it back"),
        done=_("%(client)s is back.") % {"client": facts.name},
        icon="arrow-back-up",
    )
    return _do(
        request,
        facts,
        form,
        step,
        lambda at: account_operations.reopen_account(
            ref=ref, reason=form.cleaned_data["reason"], actor=request.actor, at=at
        ),
    )


@needs("clients:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def demonstration(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Mark the account as a demonstration, or move its end."""
    facts = account_queries.client_facts(request.actor, ref)
    marked = facts.demo_until is not None
    usual = facts.demo_until or now() + timedelta(days=14)
    initial = {"demo_until": usual.astimezone(timezone.get_current_timezone()).date()}
    form = DemonstrationForm(request.POST if request.method == "POST" else None, initial=initial)
    step = Step(
        title=_("Until when is %(client)s a demonstration?") % {"client": facts.name},
        text=_("On that day it closes by itself. For 30 days more you can take that back, or make it a client before."),
        points=(),
        label=_("Save"),
        done=_("Saved."),
        icon="calendar",
    )
    change = account_operations.extend_demonstration if marked else account_operations.mark_demonstration
    return _do(
        request,
        facts,
        form,
        step,
        lambda at: change(ref=ref, until=end_of_day(form.cleaned_data["demo_until"]), actor=request.actor, at=at),
    )


@needs("clients:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def win(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Make a prospect a client."""
    facts = account_queries.client_facts(request.actor, ref)
    form = NoteForm(request.POST if request.method == "POST" else None)
    step = Step(
        title=_("Make %(client)s a client") % {"client": facts.name},
        text=_("The account loses its end. Everything in it stays as it is."),
        points=(),
        label=_("Make it a client"),
        done=_("%(client)s is a client now.") % {"client": facts.name},
        icon="rocket",
    )
    return _do(
        request,
        facts,
        form,
        step,
        lambda at: account_operations.turn_prospect_into_client(
            ref=ref, reason=form.cleaned_data["reason"], actor=request.actor, at=at
        ),
    )


@needs("clients:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def ownership(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Give the account to the client."""
    facts = account_queries.client_facts(request.actor, ref)
    form = OwnershipForm(request.POST if request.method == "POST" else None)
    step = Step(
        title=_("Give %(client)s to the client") % {"client": facts.name},
        text=_("From then on:"),
        points=(
            _("Only the client’s owner can close the account."),
            _("Only the client’s owner can give it back to you."),
            _("You still look after it, suspend it and log in."),
        ),
        label=_("Give it to the client"),
        done=_("%(client)s is the client’s own account now.") % {"client": facts.name},
        icon="gift",
    )
    return _do(
        request,
        facts,
        form,
        step,
        lambda at: account_operations.change_ownership(ref=ref, ownership="client", actor=request.actor, at=at),
    )


@needs("clients:view", portal="reseller")
@require_safe
def enter(request: SubletRequest, ref: str) -> HttpResponseBase:
    """How and why to log in as the client; the form is sent to where the visit begins."""
    facts = account_queries.client_facts(request.actor, ref)
    target = optional(request, "reseller-impersonate", ref=ref)
    if not facts.open or not target:
        raise NotFound
    enterable = people_queries.who_can_be_entered(request.actor, client_ref=ref)
    people = [
        (person, _("%(name)s (owner)") % {"name": name} if is_owner else name)
        for person, name, is_owner in enterable.people
    ]
    context = client_frame(request, ref, "overview", facts) | {
        "form": EnterForm(people=people, initial=typed_before(request, ref)),
        "switched_off": enterable.switched_off,
        "action_url": with_page_before(request, target),
        "nobody": not people,
        "cancel_url": page_before(request) or here(request, "reseller-client", ref=ref),
    }
    return render(request, "reseller/client_enter.html", context)

"""The pages "Why not?": what is closed to somebody, which layer decides it, and whom to ask; and the requests themselves.

The same for each kind of account; a portal says under which names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.core.matrix import OWNER_IN_PERSON
from sublet.core.peopledata import SECTION as PEOPLE
from sublet.core.why import ACTED_AS, AT_HOME, CLIENTS_LEVEL, NOT_IN_PLAN, SERVED
from sublet.entitlements.queries import gate_of, gates_of
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.people.operations import asking as operations
from sublet.people.queries import asking as queries
from sublet.people.queries.asking import RequestRow, WhyNot
from sublet.people.queries.sections import PORTAL_WORDS
from sublet.portals.shared.components import Action, Crumb
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest, posted
from sublet.portals.shared.why import gate_words, told

PREFIX = {"vendor": "vendor", "reseller": "reseller", "client": "client", "direct": "client"}


class AskForm(SubletForm):
    """What to say with a request."""

    note = forms.CharField(
        label=gettext_lazy("What for?"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Whoever decides reads it."),
    )


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request as the page shows it, with where its buttons lead (empty: not for this person)."""

    row: RequestRow
    answer_url: str
    take_back_url: str


def url_of(request: SubletRequest, page: str, **more: str) -> str:
    """The address of such a page in the account in which the person acts; empty where this installation has none."""
    try:
        prefix = PREFIX[request.actor.account_kind]
        return reverse(f"{prefix}-{page}", kwargs={"account": request.actor.account_ref, **more})
    except NoReverseMatch:
        return ""


def why_url(request: SubletRequest, right: str) -> str:
    """Where "Why not?" is answered for a right (``section:level``) that was lacking; empty: nowhere."""
    section = right.partition(":")[0]
    if not section or not hasattr(request, "actor"):
        return ""
    return url_of(request, "why", section=section)


def only_look(request: SubletRequest, right: str) -> tuple[Action, ...]:
    """For a page that somebody may look at and not change (``shared/only_look.html``): the way to why not. Empty: may."""
    url = "" if request.actor.may(right) else why_url(request, right)
    return (Action(_("Why not?"), url, "lock"),) if url else ()


def why_patterns(*, name: str, portal: str | tuple[str, ...]) -> list[URLPattern]:
    """The addresses of these pages, named ``<name>-locked``, ``-why``, ``-requests``, ``-request-answer``, ``-request-back``."""

    def page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        return needs("", portal=portal)(view)

    return [
        path("locked/", page(locked), name=f"{name}-locked"),
        path("locked/<str:section>/", page(why), name=f"{name}-why"),
        path("requests/", page(listing), name=f"{name}-requests"),
        path("requests/<str:request_ref>/answer/", page(answer), name=f"{name}-request-answer"),
        path("requests/<str:request_ref>/take-back/", page(take_back), name=f"{name}-request-back"),
    ]


def who_looks_after(request: SubletRequest) -> str:
    """Who decides what a client has. On the client's own host the brand is the client's, which would name itself."""
    own = request.site.account_ref == request.actor.account_ref
    return (queries.looked_after_by(request.actor) if own else "") or request.site.brand.name


@require_safe
def locked(request: SubletRequest) -> HttpResponseBase:
    """What the person can do here, and what is closed to it, section by section with what decides it."""
    brand = who_looks_after(request)
    found = queries.sections_here(request.actor, at=now())
    lacking = [row.key for row in found if row.explanation.decided_by == NOT_IN_PLAN]
    gates = gates_of(request.actor, account_ref=request.actor.account_ref, sections=lacking, at=now())
    rows = [
        (row, told(row.explanation, brand=brand, gate=gates.get(row.key)), url_of(request, "why", section=row.key))
        for row in found
    ]
    context = {
        "closed": [each for each in rows if each[1].closed],
        "open": [each for each in rows if not each[1].closed],
        "requests_url": "" if request.actor.impersonator is not None else url_of(request, "requests"),
    }
    return render(request, "asking/locked.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def why(request: SubletRequest, section: str) -> HttpResponseBase:
    """Why a section is closed, and by POST the request to open it or to have it done."""
    found = queries.why_not(request.actor, section=section[:80], at=now())
    if request.method != "POST":
        return _why(request, found, AskForm())
    form = AskForm(request.POST)
    if not form.is_valid():
        return _why(request, found, form, status=422)
    try:
        operations.ask_for_access(
            section=found.section,
            service="service" in request.POST,
            note=form.cleaned_data["note"],
            actor=request.actor,
            at=now(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _why(request, found, form, status=refusal.status)
    success(request, _("Your request is on its way. The answer comes by e-mail."))
    return HttpResponseRedirect(url_of(request, "requests"))


def _why(request: SubletRequest, found: WhyNot, form: AskForm, *, status: int = 200) -> HttpResponse:
    brand = who_looks_after(request)
    gate = gate_of(request.actor, found.section, at=now())
    context = {
        "why": found,
        "gate": gate,
        "gate_words": gate_words(gate) if gate is not None else "",
        "told": told(found.explanation, brand=brand),  # the plan is named above
        "help": str(PORTAL_WORDS[PEOPLE][1]) if found.section == PEOPLE else "",
        "next": _next_step(found, brand),
        "form": form,
        "back_url": url_of(request, "locked"),
        "requests_url": url_of(request, "requests"),
        "crumbs": (Crumb(_("What you can do here"), url_of(request, "locked")), Crumb(found.name)),
    }
    return render(request, "asking/why.html", context, status=status)


def _next_step(found: WhyNot, brand: str) -> str:
    if found.explanation.decided_by == SERVED:
        return _("%(brand)s can hand it over to you.") % {"brand": brand}
    if found.addressee == "reseller":
        return _("%(brand)s decides about this. Ask, and you get an answer by e-mail.") % {"brand": brand}
    if found.addressee == "owner":
        return _("The owner of the account decides about this. Ask, and you get an answer by e-mail.")
    if found.explanation.level.word == found.wanted:
        return _("This section is open to you.")
    if found.explanation.decided_by == NOT_IN_PLAN:
        return _("It opens by itself as soon as the account has what it needs.")
    if found.explanation.decided_by in {"grant", "no-grant"}:
        return _("Ask for it on the page “Access” of this client, in your own account.")
    if found.explanation.decided_by in {AT_HOME, CLIENTS_LEVEL}:
        return _("Ask for it on the page “What you can do here”, in your own account.")
    if found.explanation.decided_by == ACTED_AS and found.section in OWNER_IN_PERSON:
        return _("Only the owner of the account opens this, in person: nobody does in the owner’s place.")
    if found.explanation.decided_by == ACTED_AS:
        return _(
            "You see what this person sees. What it may do is said on the page “Team” of this client, in your own account."
        )
    return _("Nobody can open this at present.")


@require_safe
def listing(request: SubletRequest) -> HttpResponseBase:
    """The person's own requests, and those that it can answer."""
    rows = queries.requests_here(request.actor)
    context = {
        "to_answer": [_line(request, row) for row in rows if not row.mine],
        "own": [_line(request, row) for row in rows if row.mine],
        "locked_url": url_of(request, "locked"),
        "from_clients": request.actor.account_kind == "reseller",
    }
    return render(request, "asking/requests.html", context)


def _line(request: SubletRequest, row: RequestRow) -> RequestLine:
    back = row.mine and row.state == "open"
    return RequestLine(
        row=row,
        answer_url=url_of(request, "request-answer", request_ref=row.ref) if row.may_answer else "",
        take_back_url=url_of(request, "request-back", request_ref=row.ref) if back else "",
    )


@require_POST
def answer(request: SubletRequest, request_ref: str) -> HttpResponseBase:
    """Accept or decline a request."""
    accept = request.POST.get("decision") == "accept"
    gave = operations.answer_request(
        request_ref=request_ref,
        accept=accept,
        answer=posted(request, "answer", 500),
        actor=request.actor,
        at=now(),
    )
    if not accept:
        success(request, _("Declined. Whoever asked is told."))
    elif gave:
        success(request, _("Accepted. Whoever asked is told."))
    else:
        success(request, _("Accepted. Whoever asked is told. No right was given by it: what it takes is yours to do."))
    return HttpResponseRedirect(url_of(request, "requests"))


@require_POST
def take_back(request: SubletRequest, request_ref: str) -> HttpResponseBase:
    """Take a request of one's own back."""
    operations.take_request_back(request_ref=request_ref, actor=request.actor, at=now())
    success(request, _("The request was taken back."))
    return HttpResponseRedirect(url_of(request, "requests"))

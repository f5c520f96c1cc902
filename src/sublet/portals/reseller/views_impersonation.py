"""Beginning a visit to a client's account."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sublet.branding.queries import origin
from sublet.foundation.clock import now
from sublet.people import operations as people_operations
from sublet.people import queries as people_queries
from sublet.portals.reseller.client_frame import client_frame
from sublet.portals.reseller.forms import EnterForm
from sublet.portals.reseller.nav import here, optional
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.people import second_factor_at, session_hash
from sublet.portals.shared.visits import page_before, way_in, with_page_before

#: In the session: the form of a visit that waits for the second factor. The reason must not stand in an address.
TYPED = "visit_form"


@needs("clients:view", portal="reseller")
@require_POST
def begin(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Begin to act in the client's account: here, or on its own host by a one-time code."""
    enterable = people_queries.who_can_be_entered(request.actor, client_ref=ref)
    people = [
        (person, _("%(name)s (owner)") % {"name": name} if is_owner else name)
        for person, name, is_owner in enterable.people
    ]
    form = EnterForm(request.POST, people=people)
    if not form.is_valid():
        return _again(request, ref, form, nobody=not people, status=422)
    try:
        begun = people_operations.begin_impersonation(
            client_ref=ref,
            mode=form.cleaned_data["mode"],
            reason=form.cleaned_data["reason"],
            collaborator_ref=form.cleaned_data.get("collaborator", ""),
            session_hash=session_hash(request),
            second_factor_at=second_factor_at(request),
            origin_path=page_before(request),
            actor=request.actor,
            at=now(),
        )
    except people_operations.CannotImpersonate as refusal:
        proof = _way_to_prove(request, ref) if refusal.code == "second-factor" else ""
        if proof:
            request.session[TYPED] = {"ref": ref, **form.cleaned_data}
            return HttpResponseRedirect(proof)
        form.refuse(refusal)
        return _again(request, ref, form, nobody=not people, status=refusal.status)
    request.session.pop(TYPED, None)
    if not begun.code:
        return HttpResponseRedirect(way_in(impersonation_ref=begun.impersonation_ref, account_ref=begun.account_ref))
    url = f"{origin(begun.host)}/enter/{begun.code}/"
    return render(request, "team/transit.html", {"url": url, "place": enterable.account_name})


def typed_before(request: SubletRequest, ref: str) -> dict[str, Any]:
    """What was typed before the second factor had to be proved: the form comes back with it."""
    typed = request.session.get(TYPED)
    return dict(typed) if isinstance(typed, dict) and typed.get("ref") == ref else {}


def _way_to_prove(request: SubletRequest, ref: str) -> str:
    """The page that asks for the second factor and leads back to the form; empty where there is none."""
    try:
        page = reverse("prove")
    except NoReverseMatch:
        return ""
    return page + "?" + urlencode({"next": with_page_before(request, here(request, "reseller-client-enter", ref=ref))})


def _again(request: SubletRequest, ref: str, form: EnterForm, *, nobody: bool, status: int) -> HttpResponseBase:
    context = client_frame(request, ref, "overview") | {
        "form": form,
        "switched_off": False,
        "action_url": with_page_before(request, here(request, "reseller-impersonate", ref=ref)),
        "nobody": nobody,
        "cancel_url": page_before(request) or optional(request, "reseller-client", ref=ref),
    }
    return render(request, "reseller/client_enter.html", context, status=status)

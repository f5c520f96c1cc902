"""Beginning a visit to a client's account."""

from __future__ import annotations

from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
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
from sublet.portals.shared.people import session_hash
from sublet.portals.shared.visits import way_in


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
            actor=request.actor,
            at=now(),
        )
    except people_operations.CannotImpersonate as refusal:
        form.refuse(refusal)
        return _again(request, ref, form, nobody=not people, status=refusal.status)
    if not begun.code:
        return HttpResponseRedirect(way_in(impersonation_ref=begun.impersonation_ref, account_ref=begun.account_ref))
    url = f"{origin(begun.host)}/enter/{begun.code}/"
    return render(request, "team/transit.html", {"url": url, "place": enterable.account_name})


def _again(request: SubletRequest, ref: str, form: EnterForm, *, nobody: bool, status: int) -> HttpResponseBase:
    context = client_frame(request, ref, "overview") | {
        "form": form,
        "action_url": here(request, "reseller-impersonate", ref=ref),
        "nobody": nobody,
        "cancel_url": optional(request, "reseller-client", ref=ref),
    }
    return render(request, "reseller/client_enter.html", context, status=status)

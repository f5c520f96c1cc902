"""From a direct account to a reseller: what happens, a name, an address, at once."""

from __future__ import annotations

from django.conf import settings
from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sublet.branding import operations as branding_operations
from sublet.branding import queries as branding_queries
from sublet.core.hosts import label_from_name, refuse_label
from sublet.foundation.clock import now
from sublet.foundation.errors import Forbidden, Refusal
from sublet.portals.public.forms import BecomeResellerForm, refused_label
from sublet.portals.public.pages import in_person, with_wait
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.pages import home_path


def _require_owner(request: SubletRequest) -> None:
    if not request.actor.is_owner:
        raise Forbidden("settings:manage")
    request.actor.require_in_person()


@needs("settings:manage", portal="direct")
@require_http_methods(["GET", "HEAD", "POST"])
@in_person
def become_reseller(request: SubletRequest) -> HttpResponseBase:
    """The page; by POST the conversion. Afterwards the person stands in the reseller portal."""
    _require_owner(request)
    actor = request.actor
    if request.method != "POST":
        initial = {"brand_name": actor.account_name[:80], "host_label": label_from_name(actor.account_name)}
        return _page(request, BecomeResellerForm(initial=initial))
    form = BecomeResellerForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        account = branding_operations.become_reseller(
            account_ref=actor.account_ref,
            host_label=form.cleaned_data["host_label"],
            brand_name=form.cleaned_data["brand_name"],
            actor=actor,
            at=now(),
        )
    except branding_operations.CannotAddHost as refusal:
        form.add_error("host_label", refusal.sentence)
        return with_wait(_page(request, form), refusal)
    except Refusal as refusal:
        form.refuse(refusal)
        return with_wait(_page(request, form), refusal)
    host = branding_queries.primary_host(request.actor.account_id)
    done = _("%(account)s is a reseller now. Your clients log in at %(host)s and see your name there.")
    success(request, done % {"account": account.name, "host": host})
    return HttpResponseRedirect(home_path("reseller", account.ref))


def _page(request: SubletRequest, form: BecomeResellerForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "account_ref": request.actor.account_ref,
        "account_name": request.actor.account_name,
        "suffix": settings.HOST_SUFFIX,
        "wide": True,
    }
    return render(request, "public/become_reseller.html", context, status=status)


@needs("settings:manage", portal="direct")
@require_safe
@in_person
def address(request: SubletRequest) -> HttpResponseBase:
    """Whether an address is free, as somebody types it: the part of the page that says so."""
    _require_owner(request)
    label = request.GET.get("host_label", "").strip().lower()[:64]
    why = refuse_label(label) or branding_queries.refuse_host(label, account_id=request.actor.account_id, at=now())
    if not label:
        why = ""
    sentence = refused_label(why) if why else ""
    context = {"label": label, "host": f"{label}.{settings.HOST_SUFFIX}", "sentence": sentence}
    return render(request, "public/part_address.html", context)

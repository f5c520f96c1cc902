"""Logging in and out."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth import logout
from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.people import operations as people_operations
from sublet.people.queries.company_log_ins import company_log_in_of_host
from sublet.portals.public.demo_logins import demo_logins
from sublet.portals.public.forms import LogInForm
from sublet.portals.public.letting_in import device_of, let_in
from sublet.portals.public.pages import address_of, in_person, with_wait
from sublet.portals.public.signed_on import end_log_in_here
from sublet.portals.shared.guard import public
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.returning import safe_next


@public("people log in here")
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
@in_person
def log_in(request: SubletRequest) -> HttpResponseBase:
    """The log-in page in the host's brand."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    target = safe_next(request, wanted, otherwise=reverse("home"))
    if request.method != "POST":
        if request.person is not None:
            return HttpResponseRedirect(target)
        form = LogInForm(initial={"email": request.GET.get("email", "")[:254]})
        form.fields["password" if form.initial["email"] else "email"].widget.attrs["autofocus"] = True
        return _page(request, form, target)
    form = LogInForm(request.POST)
    if not form.is_valid():
        return _page(request, form, target, status=422)
    try:
        person = people_operations.sign_in(
            email=form.cleaned_data["email"],
            password=form.cleaned_data["password"],
            site=request.site,
            address=address_of(request),
            at=now(),
            device=device_of(request),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return with_wait(_page(request, form, target), refusal)
    return let_in(request, person, target=target)


def _page(request: SubletRequest, form: LogInForm, target: str, *, status: int = 200) -> HttpResponse:
    company = company_log_in_of_host(request.site)
    company_url = reverse("login-company-begin", kwargs={"account": company.account_ref}) if company else ""
    context = {
        "form": form,
        "company_url": company_url and company_url + "?" + urlencode({"next": target}),
        "next": "" if target == reverse("home") else target,
        "can_sign_up": request.site.is_vendor,
        "demo_logins": demo_logins(request.site.host),
    }
    return render(request, "public/log_in.html", context, status=status)


@public("whoever is not logged in has nothing to lose here")
@require_POST
@in_person
def log_out(request: SubletRequest) -> HttpResponseBase:
    """End this browser's log-in on this host."""
    target = safe_next(request, request.POST.get("next", ""), otherwise=reverse("login"))
    end_log_in_here(request, at=now())
    logout(request)
    request.person = None
    success(request, _("You are logged out."))
    return HttpResponseRedirect(target)

"""A new password by mail."""

from __future__ import annotations

from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.people import operations as people_operations
from sublet.people import queries as people_queries
from sublet.portals.public.forms import ForgottenForm, NewPasswordForm
from sublet.portals.public.pages import actor_of, address_of, in_person, said, with_wait
from sublet.portals.shared.guard import public
from sublet.portals.shared.http import SubletRequest


@public("whoever forgot the password cannot log in")
@require_http_methods(["GET", "HEAD", "POST"])
@in_person
def forgotten(request: SubletRequest) -> HttpResponseBase:
    """Ask for a link. The answer is the same for every address."""
    if request.method != "POST":
        form = ForgottenForm(initial={"email": request.GET.get("email", "")[:254]})
        return render(request, "public/forgotten.html", {"form": form})
    form = ForgottenForm(request.POST)
    if not form.is_valid():
        return render(request, "public/forgotten.html", {"form": form}, status=422)
    try:
        people_operations.request_password_reset(
            email=form.cleaned_data["email"],
            language=request.LANGUAGE_CODE,
            address=address_of(request),
            actor=actor_of(request),
            at=now(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return with_wait(render(request, "public/forgotten.html", {"form": form}), refusal)
    return render(request, "public/look_in_mailbox.html", {"email": form.cleaned_data["email"], "what": "password"})


@public("the link in the mail shows who it is")
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
@in_person
def reset(request: SubletRequest, token: str) -> HttpResponseBase:
    """Choose a new password. Opening the page uses nothing up: mail programs open links, too."""
    at = now()
    link = people_queries.read_link(token, purpose="password", host=request.site.host, at=at)
    if link is None:
        return _gone(request)
    if request.method != "POST":
        return _page(request, NewPasswordForm(), link.user_email)
    form = NewPasswordForm(request.POST)
    if not form.is_valid():
        return _page(request, form, link.user_email, status=422)
    try:
        people_operations.reset_password(
            token=token, site=request.site, password=form.cleaned_data["password"], actor=actor_of(request), at=at
        )
    except people_operations.CannotUseLink:
        return _gone(request)
    except Refusal as refusal:
        form.refuse(refusal)
        return with_wait(_page(request, form, link.user_email), refusal)
    success(request, _("Your new password is set. Log in with it."))
    return HttpResponseRedirect(reverse("login"))


def _page(request: SubletRequest, form: NewPasswordForm, email: str, *, status: int = 200) -> HttpResponse:
    return render(request, "public/new_password.html", {"form": form, "email": email}, status=status)


def _gone(request: SubletRequest) -> HttpResponse:
    return said(
        request,
        410,
        _("This link cannot be used any more"),
        _("It was used already, it is too old, or it is not complete. Ask for a new one; only the newest works."),
        back_url=reverse("forgotten"),
        back_label=_("Ask for a new link"),
    )

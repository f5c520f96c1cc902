"""A person's own page: name, language, time zone, appearance, e-mail address, password, log-ins."""

from __future__ import annotations

from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.people import operations as people_operations
from sublet.people import queries as people_queries
from sublet.portals.public.forms import (
    EmailChangeForm,
    EmailChangeWithoutPasswordForm,
    FirstPasswordForm,
    PasswordForm,
    ProfileForm,
)
from sublet.portals.public.pages import actor_of, in_person, log_browser_in, said, with_wait
from sublet.portals.public.views.security import shown_by, to_prove_first
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.guard import person_of, public, signed_in
from sublet.portals.shared.http import SubletRequest


def _page(request: SubletRequest, *, status: int = 200, **forms: SubletForm) -> HttpResponse:
    facts = people_queries.person_facts(user_id=int(person_of(request).pk), at=now())
    profile = {"name": facts.name, "language": facts.language, "timezone": facts.timezone}
    context = {
        "facts": facts,
        "profile_form": ProfileForm(initial=profile, prefix="profile"),
        "email_form": (EmailChangeForm if facts.has_password else EmailChangeWithoutPasswordForm)(prefix="email"),
        "password_form": (PasswordForm if facts.has_password else FirstPasswordForm)(prefix="password"),
        "wide": True,
        **forms,
    }
    return render(request, "public/me.html", context, status=status)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@in_person
def me(request: SubletRequest) -> HttpResponseBase:
    """The page; by POST name, language and time zone."""
    if request.method != "POST":
        return _page(request)
    form = ProfileForm(request.POST, prefix="profile")
    if not form.is_valid():
        return _page(request, status=422, profile_form=form)
    try:
        person = people_operations.change_profile(
            name=form.cleaned_data["name"],
            language=form.cleaned_data["language"],
            timezone=form.cleaned_data["timezone"],
            actor=actor_of(request),
            at=now(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return with_wait(_page(request, profile_form=form), refusal)
    with override(person.language or request.LANGUAGE_CODE):
        success(request, _("Your settings are saved."))
    return HttpResponseRedirect(reverse("me"))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password-old", "password-new")
@in_person
def password(request: SubletRequest) -> HttpResponseBase:
    """Change the password; every other log-in ends, this one goes on."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("me"))  # sent here by the log-in that had run out
    facts = people_queries.person_facts(user_id=int(person_of(request).pk), at=now())
    first = None if facts.has_password else to_prove_first(request, back=reverse("me"))
    if first is not None:
        return first
    form = (PasswordForm if facts.has_password else FirstPasswordForm)(request.POST, prefix="password")
    if not form.is_valid():
        return _page(request, status=422, password_form=form)
    try:
        person = people_operations.change_password(
            old=form.cleaned_data.get("old", ""),
            new=form.cleaned_data["new"],
            shown=shown_by(request),
            actor=actor_of(request),
            at=now(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return with_wait(_page(request, password_form=form), refusal)
    log_browser_in(request, person)
    success(request, _("Your password is changed. You are logged out on all other devices."))
    return HttpResponseRedirect(reverse("me"))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("email-password")
@in_person
def email(request: SubletRequest) -> HttpResponseBase:
    """Ask for another address; it counts once the link sent there has been used."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("me"))  # sent here by the log-in that had run out
    facts = people_queries.person_facts(user_id=int(person_of(request).pk), at=now())
    first = None if facts.has_password else to_prove_first(request, back=reverse("me"))
    if first is not None:
        return first
    form = (EmailChangeForm if facts.has_password else EmailChangeWithoutPasswordForm)(request.POST, prefix="email")
    if not form.is_valid():
        return _page(request, status=422, email_form=form)
    try:
        people_operations.request_email_change(
            email=form.cleaned_data["email"],
            password=form.cleaned_data.get("password", ""),
            shown=shown_by(request),
            actor=actor_of(request),
            at=now(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return with_wait(_page(request, email_form=form), refusal)
    success(request, _("We have written to the new address. Use the link there to confirm it."))
    return HttpResponseRedirect(reverse("me"))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@in_person
def end_log_ins(request: SubletRequest) -> HttpResponseBase:
    """End all other log-ins; this one goes on."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("me"))  # sent here by the log-in that had run out
    person = people_operations.end_other_log_ins(actor=actor_of(request), at=now())
    log_browser_in(request, person)
    success(request, _("You are logged out everywhere else."))
    return HttpResponseRedirect(reverse("me"))


@public("the link in the mail shows who it is")
@require_http_methods(["GET", "HEAD", "POST"])
@in_person
def confirm_email(request: SubletRequest, token: str) -> HttpResponseBase:
    """Confirm a new address, by a button: mail programs open links on their own."""
    at = now()
    link = people_queries.read_link(token, purpose="email", host=request.site.host, at=at)
    if link is None:
        return _gone(request)
    if request.method != "POST":
        return render(request, "public/confirm_email.html", {"email": str(link.data["email"])})
    try:
        person = people_operations.confirm_email_change(
            token=token,
            site=request.site,
            actor=people_queries.person_actor(
                user_id=link.user_id or 0, name=link.user_name, site=request.site, request_id=request.request_id
            ),
            at=at,
        )
    except people_operations.CannotUseLink:
        return _gone(request)
    success(request, _("From now on you log in with %(email)s.") % {"email": person.email})
    return HttpResponseRedirect(reverse("me") if request.person is not None else reverse("login"))


def _gone(request: SubletRequest) -> HttpResponse:
    return said(
        request,
        410,
        _("This link cannot be used any more"),
        _("It was used already, it is too old, or it is not complete. Log in and ask for a new one in your settings."),
        back_url=reverse("me"),
        back_label=_("To your settings"),
    )

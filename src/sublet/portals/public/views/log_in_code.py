"""Logging in by a code from the mailbox, in place of the password."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.people.operations import log_in_codes
from sublet.people.operations.links import MAILED_CODE_MINUTES
from sublet.portals.public.forms import CodeForm, ForgottenForm
from sublet.portals.public.letting_in import device_of, let_in
from sublet.portals.public.pages import actor_of, address_of, in_person, with_wait
from sublet.portals.shared.guard import public
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.returning import safe_next

#: In the session: for which address a code was asked for in this browser, and the secret that belongs to it.
ASKED_KEY = "log_in_code"


@public("people log in here")
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
@in_person
def ask(request: SubletRequest) -> HttpResponseBase:
    """Ask for a code. The answer is the same for every address."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    target = safe_next(request, wanted, otherwise=reverse("home"))
    if request.person is not None:
        return HttpResponseRedirect(target)
    if request.method != "POST":
        return _ask_page(request, ForgottenForm(initial={"email": request.GET.get("email", "")[:254]}), target)
    if "password" in request.POST and not request.POST.get("email", "").strip():
        return _ask_page(request, ForgottenForm(), target)  # by the button of the log-in page: nothing was typed wrong
    form = ForgottenForm(request.POST)
    if not form.is_valid():
        return _ask_page(request, form, target, status=422)
    email = form.cleaned_data["email"]
    try:
        nonce = log_in_codes.request_log_in_code(
            email=email,
            language=request.LANGUAGE_CODE,
            site=request.site,
            address=address_of(request),
            device=device_of(request),
            actor=actor_of(request),
            at=now(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return with_wait(_ask_page(request, form, target), refusal)
    request.session[ASKED_KEY] = {
        "email": email,
        "nonce": nonce,
        "until": (now() + timedelta(minutes=MAILED_CODE_MINUTES)).isoformat(),
        "next": target,
    }
    return HttpResponseRedirect(reverse("login-code-enter"))


@public("people log in here")
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("code")
@in_person
def enter(request: SubletRequest) -> HttpResponseBase:
    """Type the code in. Whether one was sent, nobody learns here."""
    if request.person is not None:
        return HttpResponseRedirect(reverse("home"))
    asked = _asked(request)
    if asked is None:
        return HttpResponseRedirect(reverse("login-code"))
    if request.method != "POST":
        return _enter_page(request, CodeForm(), asked)
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _enter_page(request, form, asked, status=422)
    try:
        person = log_in_codes.log_in_by_code(
            nonce=asked["nonce"],
            code=form.cleaned_data["code"],
            site=request.site,
            address=address_of(request),
            at=now(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return with_wait(_enter_page(request, form, asked), refusal)
    request.session.pop(ASKED_KEY, None)
    return let_in(request, person, target=asked["next"], by_mail=True)


def _asked(request: SubletRequest) -> dict[str, Any] | None:
    """What was asked for in this browser; None: nothing, or too long ago."""
    kept = request.session.get(ASKED_KEY)
    return kept if isinstance(kept, dict) and datetime.fromisoformat(kept["until"]) > now() else None


def _ask_page(request: SubletRequest, form: ForgottenForm, target: str, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "next": "" if target == reverse("home") else target,
        "login": _with(reverse("login"), target),
    }
    return render(request, "public/log_in_code.html", context, status=status)


def _enter_page(request: SubletRequest, form: CodeForm, asked: dict[str, Any], *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "email": asked["email"],
        "minutes": MAILED_CODE_MINUTES,
        "again": _with(reverse("login-code"), asked["next"], email=asked["email"]),
        "login": _with(reverse("login"), asked["next"], email=asked["email"]),
    }
    return render(request, "public/log_in_code_enter.html", context, status=status)


def _with(page: str, target: str, **more: str) -> str:
    query = {**more, **({"next": target} if target != reverse("home") else {})}
    return f"{page}?{urlencode(query)}" if query else page

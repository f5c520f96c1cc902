"""A person's own page "Log-in and security": second factors and recovery codes."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from io import BytesIO
from urllib.parse import quote, urlencode

import qrcode  # type: ignore[import-untyped]  # has no types
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from qrcode.image.svg import SvgPathImage  # type: ignore[import-untyped]  # has no types

from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.foundation.sealed import Unreadable, seal, unseal
from sublet.people import queries as people_queries
from sublet.people.operations import log_ins, second_factors
from sublet.people.queries.company_log_ins import links_of_person
from sublet.people.queries.log_ins import log_ins_of
from sublet.people.queries.second_factors import Shown, factors_of, lacking
from sublet.portals.public.forms import AppForm
from sublet.portals.public.letting_in import note_second_factor
from sublet.portals.public.pages import actor_of, in_person, log_browser_in, with_wait
from sublet.portals.shared.guard import person_of, signed_in
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.people import (
    LOG_IN_KEY,
    LOGGED_IN_KEY,
    SECOND_FACTOR_KEY,
    by_company_alone,
    second_factor_at,
)
from sublet.portals.shared.returning import safe_next

APP_KEY = "new_app"
CODES_KEY = "new_codes"


def _id(request: SubletRequest) -> int:
    return int(person_of(request).pk)


def to_prove_first(request: SubletRequest, *, back: str = "") -> HttpResponse | None:
    """The way to the page that asks for the second factor (or the password) again; None when that was just now."""
    target = safe_next(request, request.POST.get("next", ""), otherwise="") if request.method == "POST" else ""
    here = request.get_full_path() if request.method in {"GET", "HEAD"} else reverse("me-security")
    back = back or (here if not target else here + "?" + urlencode({"next": target}))
    lacks = lacking(_id(request), shown_by(request), at=now())
    if not lacks:
        return None
    page = {"own-log-in": "login-own", "second-factor": "prove"}.get(lacks, "")
    if not page:
        # Without a password either, only a new log-in can show that it is still the same person.
        known = people_queries.person_facts(user_id=_id(request), at=now()).has_password
        page = "prove-password" if known else "login-own"
    return HttpResponseRedirect(reverse(page) + "?" + urlencode({"next": back}))


def shown_by(request: SubletRequest) -> Shown:
    """What this browser's log-in has shown of its person."""
    kept = request.session.get(LOGGED_IN_KEY, "")
    return Shown(
        own=not by_company_alone(request),
        log_in_at=datetime.fromisoformat(kept) if kept else None,
        second_factor_at=second_factor_at(request),
    )


@signed_in
@require_safe
@in_person
def security(request: SubletRequest) -> HttpResponseBase:
    """The page."""
    factors = factors_of(_id(request))
    target = safe_next(request, request.GET.get("next", ""), otherwise="")
    context = {
        "factors": factors,
        "host": request.site.host,
        "few_codes": factors.any and factors.recovery_left <= 3,
        "next": target,
        "query": "?" + urlencode({"next": target}) if target else "",
        "log_ins": log_ins_of(_id(request), at=now()),
        "company_links": links_of_person(_id(request), site=request.site),
        "this_log_in": request.session.get(LOG_IN_KEY, ""),
        "wide": True,
    }
    return render(request, "public/security.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("code")
@in_person
def app(request: SubletRequest) -> HttpResponseBase:
    """Set up an authenticator app: scan, then type the code that it shows."""
    target = safe_next(
        request, request.POST.get("next") or request.GET.get("next", ""), otherwise=reverse("me-security")
    )
    first = to_prove_first(request)
    if first is not None:
        return first
    sealed = request.session.get(APP_KEY, "")
    form = AppForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = second_factors.confirm_app(
                sealed_secret=sealed,
                code=form.cleaned_data["code"],
                shown=shown_by(request),
                actor=actor_of(request),
                at=now(),
            )
        except Refusal as refusal:
            form.refuse(refusal)
            return with_wait(_app_page(request, form, target), refusal)
        request.session.pop(APP_KEY, None)
        go_on_with_factor(request, made.person)
        success(request, _("Your log-in is protected with codes from the app."))
        return keep_codes(request, made.recovery_codes, target)
    return _app_page(request, form, target, status=422 if request.method == "POST" else 200)


def go_on_with_factor(request: SubletRequest, person: AbstractBaseUser | None) -> None:
    """This browser's log-in goes on with the factor just set up. `person`: it was the first, and all others have ended."""
    if person is not None:
        log_browser_in(request, person)
        success(request, _("You are logged out everywhere else."))
    note_second_factor(request)


def _app_page(request: SubletRequest, form: AppForm, target: str, *, status: int = 200) -> HttpResponse:
    sealed = request.session.get(APP_KEY, "")
    try:
        secret = second_factors.open_app_secret(sealed)
    except Refusal:
        sealed = request.session[APP_KEY] = second_factors.new_app_secret()
        secret = second_factors.open_app_secret(sealed)
    issuer = request.site.brand.name or request.site.account_name
    label = f"{issuer}:{person_of(request).email}"  # type: ignore[attr-defined]  # our User
    url = f"otpauth://totp/{quote(label)}?" + urlencode({"secret": secret, "issuer": issuer}, quote_via=quote)
    context = {
        "form": form,
        "picture": _picture(url),
        "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        "url": url,
        "next": target,
    }
    return render(request, "public/security_app.html", context, status=status)


def _picture(text: str) -> str:
    """A QR code as a `data:` address."""
    out = BytesIO()
    qrcode.make(text, image_factory=SvgPathImage, border=2).save(out)
    return "data:image/svg+xml;base64," + base64.b64encode(out.getvalue()).decode()


def keep_codes(request: SubletRequest, codes: tuple[str, ...], target: str) -> HttpResponse:
    """To the page that shows new recovery codes once, if there are any; then to `target`."""
    if not codes:
        return HttpResponseRedirect(target)
    request.session[CODES_KEY] = seal(json.dumps(codes), purpose=CODES_KEY)
    return HttpResponseRedirect(reverse("me-security-codes") + "?" + urlencode({"next": target}))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@in_person
def codes(request: SubletRequest) -> HttpResponseBase:
    """Show fresh recovery codes, once; by POST make new ones."""
    target = safe_next(request, request.GET.get("next", ""), otherwise=reverse("me-security"))
    if request.method == "POST":
        first = to_prove_first(request)
        if first is not None:
            return first
        return keep_codes(
            request,
            second_factors.renew_recovery_codes(shown=shown_by(request), actor=actor_of(request), at=now()),
            target,
        )
    try:
        found = json.loads(unseal(request.session.get(CODES_KEY, ""), purpose=CODES_KEY))
    except Unreadable:
        return HttpResponseRedirect(target)
    if request.method == "GET":
        request.session.pop(CODES_KEY, None)
    shown = [f"{code[:5]} {code[5:]}" for code in found]
    text = "\r\n".join([request.site.host, person_of(request).email, "", *shown, ""])  # type: ignore[attr-defined]  # our User
    context = {"codes": shown, "file": "data:text/plain;charset=utf-8," + quote(text), "next": target}
    return render(request, "public/security_codes.html", context)


@signed_in
@require_POST
@in_person
def remove(request: SubletRequest, factor: str) -> HttpResponseBase:
    """Take a second factor away."""
    first = to_prove_first(request)
    if first is not None:
        return first
    person = second_factors.remove_factor(ref=factor, shown=shown_by(request), actor=actor_of(request), at=now())
    if person is not None:  # it was the last one: what was shown with it counts no more
        request.session.pop(SECOND_FACTOR_KEY, None)
        log_browser_in(request, person)
    success(request, _("It is removed."))
    return HttpResponseRedirect(reverse("me-security"))


@signed_in
@require_POST
@in_person
def end_log_in(request: SubletRequest, log_in: str) -> HttpResponseBase:
    """End a log-in on another device."""
    log_ins.end_log_in(ref=log_in, actor=actor_of(request), at=now())
    success(request, _("That device is logged out."))
    return HttpResponseRedirect(reverse("me-security"))

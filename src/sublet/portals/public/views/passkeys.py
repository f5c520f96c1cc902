"""Passkeys: what the browser is asked, and its answers. The script `public/passkey.js` carries them."""

from __future__ import annotations

from django.http import HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound, Refusal
from sublet.people.operations import passkeys
from sublet.portals.public.demo_logins import demo_logins
from sublet.portals.public.forms import CodeForm, LogInForm
from sublet.portals.public.letting_in import let_in
from sublet.portals.public.pages import actor_of, address_of, in_person, with_wait
from sublet.portals.public.views.prove import begin_again, goes_on, page, prover_of
from sublet.portals.public.views.security import go_on_with_factor, keep_codes, shown_by, to_prove_first
from sublet.portals.shared.guard import public, signed_in
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.returning import safe_next

STATE_KEY = "passkey"


def _asked(request: SubletRequest, ceremony: passkeys.Ceremony) -> JsonResponse:
    request.session[STATE_KEY] = dict(ceremony.state)
    return JsonResponse(dict(ceremony.options))


@public("whoever logs in with a passkey is not known yet")
@require_POST
@in_person
def log_in_begin(request: SubletRequest) -> HttpResponseBase:
    """What the browser is asked: any passkey of this host."""
    return _asked(request, passkeys.begin_proof(user_id=None, site=request.site, at=now()))


@public("whoever logs in with a passkey is not known yet")
@require_POST
@in_person
def log_in(request: SubletRequest) -> HttpResponseBase:
    """Log in with a passkey alone."""
    target = safe_next(request, request.POST.get("next", ""), otherwise=reverse("home"))
    try:
        person = passkeys.sign_in_with_passkey(
            answer=request.POST.get("answer", ""),
            state=request.session.pop(STATE_KEY, None),
            site=request.site,
            address=address_of(request),
            at=now(),
        )
    except Refusal as refusal:
        form = LogInForm({})
        form.errors.clear()
        form.refuse(refusal)
        context = {
            "form": form,
            "next": "" if target == reverse("home") else target,
            "can_sign_up": request.site.is_vendor,
            "demo_logins": demo_logins(request.site.host),
        }
        return with_wait(render(request, "public/log_in.html", context), refusal)
    return let_in(request, person, target=target, proved=True)


@public("who is asked has shown a password, or is logged in")
@require_POST
@in_person
def prove_begin(request: SubletRequest) -> HttpResponseBase:
    """What the browser is asked: one of the person's passkeys."""
    prover = prover_of(request)
    if prover is None:
        raise NotFound
    return _asked(request, passkeys.begin_proof(user_id=prover.id, site=request.site, at=now()))


@public("who is asked has shown a password, or is logged in")
@require_POST
@in_person
def prove(request: SubletRequest) -> HttpResponseBase:
    """Take a passkey as the second factor."""
    prover = prover_of(request)
    if prover is None:
        return begin_again(request)
    try:
        passkeys.prove_with_passkey(
            user_id=prover.id,
            answer=request.POST.get("answer", ""),
            state=request.session.pop(STATE_KEY, None),
            site=request.site,
            address=address_of(request),
            at=now(),
        )
    except Refusal as refusal:
        form = CodeForm({})
        form.errors.clear()
        form.refuse(refusal)
        return with_wait(page(request, prover, form), refusal)
    return goes_on(request, prover)


@signed_in
@require_POST
@in_person
def make_begin(request: SubletRequest) -> HttpResponseBase:
    """What the browser is asked: a new passkey for this host."""
    first = to_prove_first(request)
    if first is not None:
        return JsonResponse({"go": first["Location"]})
    return _asked(
        request, passkeys.begin_passkey(site=request.site, shown=shown_by(request), actor=actor_of(request), at=now())
    )


@signed_in
@require_POST
@in_person
def make(request: SubletRequest) -> HttpResponseBase:
    """Keep a new passkey."""
    first = to_prove_first(request)
    if first is not None:
        return first
    target = safe_next(request, request.POST.get("next", ""), otherwise=reverse("me-security"))
    made = passkeys.add_passkey(
        name=request.POST.get("name", ""),
        answer=request.POST.get("answer", ""),
        state=request.session.pop(STATE_KEY, None),
        site=request.site,
        shown=shown_by(request),
        actor=actor_of(request),
        at=now(),
    )
    go_on_with_factor(request, made.person)
    return keep_codes(request, made.recovery_codes, target)

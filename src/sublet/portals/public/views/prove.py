"""The second step: in the middle of a log-in, and again before something that a browser left open must not do."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound, Refusal
from sublet.people import operations as people_operations
from sublet.people.operations import second_factors
from sublet.people.operations.links import MAILED_CODE_DIGITS
from sublet.people.queries.company_log_ins import CameIn
from sublet.people.queries.log_in_rules import may_take_mailed_codes
from sublet.people.queries.second_factors import Factors, factors_of
from sublet.portals.public.demo_logins import demo_code, demo_codes
from sublet.portals.public.forms import CodeForm, KnownPasswordForm
from sublet.portals.public.letting_in import complete, note_second_factor, pending
from sublet.portals.public.pages import actor_of, address_of, in_person, with_wait
from sublet.portals.shared.guard import person_of, public, signed_in
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.people import BY_MAIL_KEY, LOGGED_IN_KEY, came_by
from sublet.portals.shared.returning import safe_next

MAILED_KEY = "mailed_code"


@dataclass(frozen=True, slots=True)
class Prover:
    """Who is asked, and where it goes on. `logs_in`: in the middle of a log-in."""

    person: AbstractBaseUser
    target: str
    logs_in: bool
    by_mail: bool
    came: CameIn | None = None

    @property
    def id(self) -> int:
        return int(self.person.pk)

    @property
    def email(self) -> str:
        return str(self.person.email)  # type: ignore[attr-defined]  # our User

    @property
    def here(self) -> str:
        """The page itself, with where it goes on."""
        return reverse("prove") + ("" if self.logs_in else "?" + urlencode({"next": self.target}))


def prover_of(request: SubletRequest) -> Prover | None:
    """Whoever is logged in here, or has shown a password; None: nobody."""
    if request.person is not None:
        wanted = request.POST.get("next") or request.GET.get("next", "")
        target = safe_next(request, wanted, otherwise=reverse("home"))
        by_mail = bool(request.session.get(BY_MAIL_KEY))
        return Prover(person=request.person, target=target, logs_in=False, by_mail=by_mail, came=came_by(request))
    waiting = pending(request)
    if waiting is None:
        return None
    return Prover(
        person=waiting.person, target=waiting.target, logs_in=True, by_mail=waiting.by_mail, came=waiting.came
    )


def begin_again(request: SubletRequest) -> HttpResponse:
    """Nobody has shown a password here, or too long ago."""
    return HttpResponseRedirect(reverse("login") + "?" + urlencode({"next": request.GET.get("next", "")}))


def goes_on(request: SubletRequest, prover: Prover) -> HttpResponse:
    """A second factor was shown: the log-in is complete, or what was asked for goes on."""
    request.session.pop(MAILED_KEY, None)
    if prover.logs_in and not prover.by_mail and prover.came is None:
        # Shown together with another factor, the password is the person's: whoever has only the mailbox gets no further.
        second_factors.trust_password(user_id=prover.id)
    if prover.logs_in:
        return complete(
            request,
            prover.person,
            target=prover.target,
            proved=True,
            by_mail=prover.by_mail,
            came=prover.came,
        )
    note_second_factor(request)
    return HttpResponseRedirect(prover.target)


def page(request: SubletRequest, prover: Prover, form: CodeForm | None = None, *, status: int = 200) -> HttpResponse:
    """The page, with every way that this person has on this host."""
    factors = factors_of(prover.id)
    demo = demo_code(request.site.host, prover.email, at=now())
    mailed = request.session.get(MAILED_KEY, {}).get("user") == prover.id
    context = {
        "form": form or CodeForm(),
        # A form that was sent stands there whatever is left: it says what was wrong.
        "has_codes": bool(form is not None or mailed or factors.app or factors.recovery_left),
        "factors": factors,
        "passkey_here": bool(factors.passkeys_on(request.site.host)),
        "mail_offered": may_mail(prover, factors),
        "mailed_to": prover.email if mailed else "",
        "demo_code": f"{demo[:3]} {demo[3:]}" if demo else "",
        "next": "" if prover.logs_in else prover.target,
        "logs_in": prover.logs_in,
        "set_up": "?" + urlencode({"next": prover.target}),
    }
    return render(request, "public/prove.html", context, status=status)


def may_mail(prover: Prover, factors: Factors) -> bool:
    """Whether a code by e-mail may stand in: only for a factor that is missing at the moment, never for one never had.

    Nor where a company alone has shown who it is: the mailbox is often the same company's, and would be no second party.
    """
    if prover.came is not None and not prover.came.own:
        return False
    return factors.any and not prover.by_mail and may_take_mailed_codes(prover.id)


@public("who is asked has shown a password, or is logged in")
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("code")
@in_person
def prove(request: SubletRequest) -> HttpResponseBase:
    """Ask for a code: from the app, one of the recovery codes, or the one that was mailed."""
    prover = prover_of(request)
    if prover is None:
        return begin_again(request)
    if request.method != "POST":
        return page(request, prover)
    form = CodeForm(request.POST)
    if not form.is_valid():
        return page(request, prover, form, status=422)
    try:
        _take(request, prover, form.cleaned_data["code"])
    except Refusal as refusal:
        form.refuse(refusal)
        return with_wait(page(request, prover, form), refusal)
    return goes_on(request, prover)


def _take(request: SubletRequest, prover: Prover, code: str) -> None:
    mailed = request.session.get(MAILED_KEY, {})
    address, actor, at = address_of(request), actor_of(request), now()
    is_mailed = mailed.get("user") == prover.id and len(second_factors.digits_of(code)) == MAILED_CODE_DIGITS
    if is_mailed and may_mail(prover, factors_of(prover.id)):  # not only when it was sent
        second_factors.prove_with_mailed_code(
            user_id=prover.id, nonce=mailed["nonce"], code=code, site=request.site, address=address, actor=actor, at=at
        )
    else:
        second_factors.prove_with_code(user_id=prover.id, code=code, address=address, actor=actor, at=at)


@public("who is asked has shown a password, or is logged in")
@require_POST
@in_person
def mail(request: SubletRequest) -> HttpResponseBase:
    """Send a code by e-mail, in place of a factor that is not at hand."""
    prover = prover_of(request)
    if prover is None:
        return begin_again(request)
    if not may_mail(prover, factors_of(prover.id)):
        raise NotFound
    try:
        nonce = second_factors.mail_code(user_id=prover.id, site=request.site, actor=actor_of(request), at=now())
    except Refusal as refusal:
        form = CodeForm({})
        form.errors.clear()
        form.refuse(refusal)
        return with_wait(page(request, prover, form), refusal)
    request.session[MAILED_KEY] = {"user": prover.id, "nonce": nonce}
    return HttpResponseRedirect(prover.here)


@public("who is asked has shown a password, or is logged in")
@require_POST
@in_person
def demo(request: SubletRequest) -> HttpResponseBase:
    """In a demonstration only: take the code that the page itself shows."""
    prover = prover_of(request)
    if prover is None:
        return begin_again(request)
    shown = demo_codes(request.site.host, prover.email, at=now())
    if not shown:
        raise NotFound
    if second_factors.digits_of(request.POST.get("code", "")) not in shown:
        return HttpResponseRedirect(prover.here)  # the page was open for longer than its code
    return goes_on(request, prover)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
@in_person
def password(request: SubletRequest) -> HttpResponseBase:
    """Ask for the password again, before a first second factor is set up in a browser that was left open."""
    target = safe_next(
        request, request.POST.get("next") or request.GET.get("next", ""), otherwise=reverse("me-security")
    )
    form = KnownPasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            people_operations.prove_person(
                email=person_of(request).email,  # type: ignore[attr-defined]  # our User
                password=form.cleaned_data["password"],
                address=address_of(request),
                at=now(),
            )
        except Refusal as refusal:
            form.refuse(refusal)
            return with_wait(render(request, "public/prove_password.html", {"form": form, "next": target}), refusal)
        request.session[LOGGED_IN_KEY] = now().isoformat()
        request.session.pop(BY_MAIL_KEY, None)
        success(request, _("Thank you. You can go on."))
        return HttpResponseRedirect(target)
    status = 422 if request.method == "POST" else 200
    return render(request, "public/prove_password.html", {"form": form, "next": target}, status=status)

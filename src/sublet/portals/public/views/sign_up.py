"""Opening a direct account, on the vendor's host."""

from __future__ import annotations

from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound, Refusal
from sublet.people import operations as people_operations
from sublet.people import queries as people_queries
from sublet.portals.public.forms import KnownPasswordForm, NewPasswordForm, SignUpForm
from sublet.portals.public.guesses import country_of, timezone_of
from sublet.portals.public.letting_in import let_in
from sublet.portals.public.pages import actor_of, address_of, in_person, said, with_wait
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.guard import public
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.pages import home_path


@public("whoever wants an account has none yet")
@require_http_methods(["GET", "HEAD", "POST"])
@in_person
def sign_up(request: SubletRequest) -> HttpResponseBase:
    """What the account is called and whose it is; then a link goes out. The answer is the same for every address."""
    if not request.site.is_vendor:
        raise NotFound
    if request.method != "POST":
        country = country_of(request)
        known = request.person
        initial = {
            "language": request.LANGUAGE_CODE,
            "country": country,
            "timezone": timezone_of(country),
            "name": str(known) if known is not None else "",
            "email": known.email if known is not None else "",  # type: ignore[attr-defined]  # our User
        }
        return render(request, "public/sign_up.html", {"form": SignUpForm(initial=initial)})
    form = SignUpForm(request.POST)
    if not form.is_valid():
        return render(request, "public/sign_up.html", {"form": form}, status=422)
    try:
        people_operations.request_sign_up(
            sign_up=people_operations.SignUp(**form.cleaned_data),
            site=request.site,
            address=address_of(request),
            actor=actor_of(request),
            at=now(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return with_wait(render(request, "public/sign_up.html", {"form": form}), refusal)
    return render(request, "public/look_in_mailbox.html", {"email": form.cleaned_data["email"], "what": "sign-up"})


@public("the link in the mail shows who it is")
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
@in_person
def confirm(request: SubletRequest, token: str) -> HttpResponseBase:
    """A password – a new one, or the one that the person has – and the account is there."""
    if not request.site.is_vendor:
        raise NotFound
    at = now()
    link = people_queries.read_link(token, purpose="sign-up", host=request.site.host, at=at)
    if link is None:
        return _gone(request)
    email = str(link.data["email"])
    known = people_queries.has_log_in(email)
    mine = known and request.person is not None and request.person.email == email  # type: ignore[attr-defined]  # our User
    form: SubletForm | None = None if mine else KnownPasswordForm() if known else NewPasswordForm()

    def page(shown: SubletForm | None, status: int = 200) -> HttpResponse:
        context = {"form": shown, "known": known, "account_name": link.data["account_name"], "email": email}
        return render(request, "public/sign_up_confirm.html", context, status=status)

    if request.method != "POST":
        return page(form)
    password = ""
    if form is not None:
        form = type(form)(request.POST)
        if not form.is_valid():
            return page(form, 422)
        password = form.cleaned_data["password"]
    try:
        user_id = int(request.person.pk) if mine and request.person is not None else None
        if known and not mine:
            user_id = people_operations.prove_person(
                email=email, password=password, address=address_of(request), at=at
            ).id
        opened = people_operations.complete_sign_up(
            token=token, site=request.site, password=password, user_id=user_id, actor=actor_of(request), at=at
        )
    except people_operations.CannotUseLink:
        return _gone(request)
    except people_operations.CannotSignUp:
        return HttpResponseRedirect(request.path)  # the address got a log-in since the page was opened: look again
    except Refusal as refusal:
        if form is None:
            raise
        form.refuse(refusal)
        return with_wait(page(form), refusal)
    target = home_path(opened.account.kind, opened.account.ref)
    own = request.person is not None and request.person.pk == opened.user.pk
    answer = HttpResponseRedirect(target) if own else let_in(request, opened.user, target=target, by_mail=True)
    success(request, _("Your account %(account)s is open.") % {"account": opened.account.name})
    return answer


def _gone(request: SubletRequest) -> HttpResponse:
    return said(
        request,
        410,
        _("This link cannot be used any more"),
        _(
            "It was used already, it is too old, or it is not complete. If your account is open, log in; if not, begin again."
        ),
        back_url=reverse("sign-up"),
        back_label=_("Open an account"),
    )

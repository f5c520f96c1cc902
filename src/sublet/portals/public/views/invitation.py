"""Accepting an invitation."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from sublet.core.company_log_in import in_domains
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.people import operations as people_operations
from sublet.people import queries as people_queries
from sublet.people.queries.company_log_ins import company_log_in_on
from sublet.portals.public.forms import AcceptForm
from sublet.portals.public.letting_in import let_in
from sublet.portals.public.pages import in_person, said, with_wait
from sublet.portals.shared.guard import public
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.pages import home_path


@public("the link in the mail shows who it is")
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
@in_person
def invitation(request: SubletRequest, token: str) -> HttpResponseBase:
    """Who invites to what, and the way in: a button, a new password, the log-in first, or logging out first."""
    offer = people_queries.read_invitation(token, host=request.site.host, at=now())
    if offer is None:
        return _gone(request)
    with override(_language(request, offer)):
        response = _answer(request, token, offer)
        response["Content-Language"] = _language(request, offer)
        return response


def _language(request: SubletRequest, offer: people_queries.OpenInvitation) -> str:
    """The invitation's language, until the person invited has chosen one."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return request.LANGUAGE_CODE if request.person is not None or chosen else offer.language or request.LANGUAGE_CODE


def _answer(request: SubletRequest, token: str, offer: people_queries.OpenInvitation) -> HttpResponseBase:
    person = request.person
    if person is not None and int(person.pk) != offer.user_id:
        return _page(request, token, offer, "somebody-else")
    if person is None and offer.is_known:
        return _page(request, token, offer, "log-in-first")
    form = AcceptForm(initial={"name": offer.name}) if person is None else None
    if request.method != "POST":
        return _page(request, token, offer, "new" if form else "ready", form=form)
    name, password = "", None
    if person is None:
        form = AcceptForm(request.POST)
        if not form.is_valid():
            return _page(request, token, offer, "new", form=form, status=422)
        name, password = form.cleaned_data["name"], form.cleaned_data["password"]
    try:
        accepted = people_operations.accept_invitation(
            token=token,
            host=request.site.host,
            name=name,
            password=password,
            user_id=None if person is None else int(person.pk),
            at=now(),
            language=request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""),
            request_id=request.request_id,
        )
    except people_operations.CannotAcceptInvitation as refusal:
        if refusal.code == "gone":
            return _gone(request)
        return HttpResponseRedirect(request.path)  # things have changed since the page was opened: look again
    except Refusal as refusal:
        if form is None:
            raise
        form.refuse(refusal)
        return with_wait(_page(request, token, offer, "new", form=form), refusal)
    target = home_path(accepted.account_kind, accepted.account_ref)
    answer = (
        HttpResponseRedirect(target)
        if person is not None
        else let_in(request, accepted.user, target=target, by_mail=True)
    )
    success(request, _("Welcome to %(account)s.") % {"account": accepted.account_name})
    return answer


def _page(
    request: SubletRequest,
    token: str,
    offer: people_queries.OpenInvitation,
    case: str,
    *,
    form: AcceptForm | None = None,
    status: int = 200,
) -> HttpResponse:
    here = reverse("invitation", args=[token])
    context = {
        "offer": offer,
        "case": case,
        "form": form,
        "here": here,
        "company_url": _company_url(request, token, offer) if case == "new" else "",
        "login_url": reverse("login") + "?" + urlencode({"next": here, "email": offer.email}),
    }
    return render(request, "public/invitation.html", context, status=status)


def _company_url(request: SubletRequest, token: str, offer: people_queries.OpenInvitation) -> str:
    """The way to accept by the account's own identity provider; empty when there is none for that address."""
    found = company_log_in_on(request.site, offer.account_ref)
    if found is None or not in_domains(offer.email, found.domains):
        return ""
    return (
        reverse("login-company-begin", kwargs={"account": found.account_ref}) + "?" + urlencode({"invitation": token})
    )


def _gone(request: SubletRequest) -> HttpResponse:
    """One page for every invitation that leads nowhere: nobody learns why."""
    return said(
        request,
        410,
        _("This invitation cannot be used any more"),
        _(
            "It was used already, taken back, it is too old, or it belongs to another address. If you have accepted it, "
            "log in; if not, ask whoever invited you for a new one."
        ),
        back_url=reverse("login"),
        back_label=_("To the log-in"),
    )

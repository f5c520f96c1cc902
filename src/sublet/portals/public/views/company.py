"""Logging in by the identity provider of a company: out to it, back again, and linking it with a log-in that exists."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.branding.queries import origin
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound, Refusal
from sublet.people import operations as people_operations
from sublet.people.operations import company_log_ins as operations
from sublet.people.queries.company_log_ins import CameIn, came_in, company_log_in_on, links_of_person
from sublet.portals.public.letting_in import LINK_KEY, let_in
from sublet.portals.public.pages import actor_of, address_of, in_person, log_browser_in, said, with_wait
from sublet.portals.public.views.security import shown_by, to_prove_first
from sublet.portals.shared.guard import person_of, public, signed_in
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.pages import home_path
from sublet.portals.shared.people import COMPANY_KEY, by_company_alone, came_by
from sublet.portals.shared.returning import safe_next

FLOWS_KEY = "company_flows"
#: What may go better the next time.
AGAIN = {"unreachable", "busy"}
#: Tabs in which a log-in may be under way at once.
MOST_FLOWS = 5


def _next(request: SubletRequest) -> str:
    return safe_next(request, request.GET.get("next", ""), otherwise=reverse("home"))


@public("people who log in by their company begin here")
@require_safe
@in_person
def page(request: SubletRequest, account: str) -> HttpResponseBase:
    """Says that the account is opened by the company log-in, with the way to it. Names nobody who is not logged in here."""
    if company_log_in_on(request.site, account) is None:
        raise NotFound
    url = reverse("login-company-begin", kwargs={"account": account}) + "?" + urlencode({"next": _next(request)})
    return render(request, "public/company.html", {"url": url})


@public("people who log in by their company begin here")
@require_safe
@in_person
def begin(request: SubletRequest, account: str) -> HttpResponseBase:
    """To the provider. What its answer must fit is kept in this browser's session, and nowhere else."""
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        # Begun by a page elsewhere, which could log the browser in as one of its own people: let the person click here.
        return HttpResponseRedirect(reverse("login-company", kwargs={"account": account}))
    back_url = origin(request.site.host) + reverse("login-company-back", kwargs={"account": account})
    try:
        begun = operations.begin_company_log_in(
            account_ref=account,
            redirect_uri=back_url,
            site=request.site,
            address=address_of(request),
            at=now(),
            invitation=request.GET.get("invitation", "")[:100],
        )
    except Refusal as refusal:
        if refusal.code in AGAIN:
            invitation = request.GET.get("invitation", "")[:100]
            return _down(request, refusal, account, target=_next(request), invitation=invitation)
        return _refused(request, refusal)
    flows: dict[str, Any] = request.session.get(FLOWS_KEY, {})
    flows = dict(list(flows.items())[1 - MOST_FLOWS :])
    request.session[FLOWS_KEY] = {**flows, begun.state: {**begun.kept, "next": _next(request)}}
    return HttpResponseRedirect(begun.url)


@public("the provider sends people back here")
@require_safe
@in_person
def back(request: SubletRequest, account: str) -> HttpResponseBase:
    """From the provider: log in whom it has shown, or ask for the person's own log-in first."""
    flows: dict[str, Any] = request.session.get(FLOWS_KEY, {})
    asked = request.GET
    kept = flows.pop(asked.get("state", ""), None) if all(len(each) == 1 for _name, each in asked.lists()) else None
    request.session[FLOWS_KEY] = flows  # each state works once
    try:
        shown = operations.finish_company_log_in(
            account_ref=account,
            answer=asked.dict(),
            kept=kept,
            site=request.site,
            address=address_of(request),
            at=now(),
            logged_in_as=int(request.person.pk) if request.person is not None else None,
            language=request.LANGUAGE_CODE,
            request_id=request.request_id,
        )
    except Refusal as refusal:
        if refusal.code in AGAIN and isinstance(kept, dict):
            if refusal.code == "busy":  # nothing was asked: the same answer may be brought once more
                request.session[FLOWS_KEY] = {**flows, asked["state"]: kept}
            target, invitation = str(kept["next"]), str(kept.get("invitation", ""))
            return _down(request, refusal, account, target=target, invitation=invitation)
        return _refused(request, refusal)
    target = str(kept["next"]) if isinstance(kept, dict) else reverse("home")
    if shown.accepted is not None:
        target = home_path(shown.accepted.account_kind, shown.accepted.account_ref)
        success(request, _("Welcome to %(account)s.") % {"account": shown.accepted.account_name})
    if shown.user is not None:
        return let_in(request, shown.user, target=target, came=shown.came)
    request.session[LINK_KEY] = {
        "came": shown.came.stored(),
        "account": account,
        "issuer": shown.issuer,
        "subject": shown.subject,
        "email": shown.email,
        "next": target,
        "until": (now() + timedelta(minutes=operations.MINUTES)).isoformat(),
    }
    return HttpResponseRedirect(reverse("login-company-link"))


@public("whoever has no log-in yet is told so; linking asks for the person's own log-in inside")
@require_http_methods(["GET", "HEAD", "POST"])
@in_person
def link(request: SubletRequest) -> HttpResponseBase:
    """Link whom the provider has shown with the log-in of whoever has just logged in here the way it always has."""
    waiting = _waiting(request)
    if waiting is None:
        return _refused(request, operations.CannotLogInByCompany("over"))
    if request.person is None:
        login = reverse("login") + "?" + urlencode({"next": reverse("login-company-link")})
        return render(request, "public/company_first.html", {"login_url": login, "email": waiting["email"]})
    first = to_prove_first(request, back=reverse("login-company-link"))
    if first is not None:
        return first
    if request.method != "POST":
        context = {"email": waiting["email"], "person": person_of(request)}
        return render(request, "public/company_link.html", context)
    came: CameIn = waiting["came"]
    try:
        operations.link_company_log_in(
            came=came,
            issuer=waiting["issuer"],
            subject=waiting["subject"],
            shown=shown_by(request),
            actor=actor_of(request),
            at=now(),
        )
    except Refusal as refusal:
        return _refused(request, refusal)
    request.session.pop(LINK_KEY, None)
    log_browser_in(request, person_of(request), came=came)
    success(request, _("From now on you can log in by your company."))
    return HttpResponseRedirect(waiting["next"])


def _waiting(request: SubletRequest) -> dict[str, Any] | None:
    kept = request.session.get(LINK_KEY)
    if not isinstance(kept, dict) or datetime.fromisoformat(kept["until"]) <= now():
        return None
    came = came_in(kept["came"])
    return {**kept, "came": came} if came is not None else None


@public("says which log-in is wanted")
@require_safe
@in_person
def own(request: SubletRequest) -> HttpResponseBase:
    """Says that the company log-in does not open this, or one of some time ago: the person's own does, now.

    Whoever is not logged in at all came by no company's: the log-in page is what is wanted.
    """
    if request.person is None:
        return HttpResponseRedirect(reverse("login") + "?" + urlencode({"next": _next(request)}))
    again = not by_company_alone(request)
    return render(request, "public/own_log_in.html", {"next": _next(request), "again": again})


@signed_in
@require_POST
@in_person
def unlink(request: SubletRequest, account: str) -> HttpResponseBase:
    """Take a link away."""
    links = links_of_person(int(person_of(request).pk), site=request.site)
    found = next((each for each in links if each.account_ref == account), None)
    if found is None:
        raise NotFound
    first = to_prove_first(request)
    if first is not None:
        return first
    person = operations.unlink_company_log_in(
        account_ref=account, shown=shown_by(request), actor=actor_of(request), at=now()
    )
    came = came_by(request)
    if came is not None and came.account_id == found.account_id:
        del request.session[COMPANY_KEY]
    log_browser_in(request, person)
    success(request, _("It is removed, and you are logged out everywhere else."))
    return HttpResponseRedirect(reverse("me-security"))


def _down(request: SubletRequest, refusal: Refusal, account: str, *, target: str, invitation: str) -> HttpResponse:
    """The provider does not answer, or too many wait for theirs: said here, before the browser would say it in its own words;
    with the ways on."""
    is_busy = refusal.code == "busy"
    invitation = "" if "/" in invitation else invitation
    again = {"next": target, **({"invitation": invitation} if invitation else {})}
    other = reverse("login") + "?" + urlencode({"next": target})
    begin_url = reverse("login-company-begin", kwargs={"account": account}) + "?" + urlencode(again)
    context = {
        "busy": is_busy,
        "again_url": request.get_full_path() if is_busy else begin_url,
        "other_url": reverse("invitation", args=[invitation]) if invitation else other,
        "invited": bool(invitation),
        "forgotten": request.person is None,
    }
    response = render(request, "public/company_down.html", context, status=503)
    response["Retry-After"] = str(2 if is_busy else int(operations.ASKED_AGAIN.total_seconds()))
    return response


def _refused(request: SubletRequest, refusal: Refusal) -> HttpResponse:
    """A page that says why not, in a sentence that tells an attacker nothing."""
    if refusal.code == "mailed":
        return said(request, 403, _("Look into your mailbox"), refusal.sentence)
    status = refusal.status if isinstance(refusal, people_operations.CannotTryAgainYet) else 403
    response = said(
        request,
        status,
        _("The company log-in did not work"),
        refusal.sentence,
        back_url=reverse("login"),
        back_label=_("To the log-in"),
    )
    return with_wait(response, refusal) if isinstance(refusal, people_operations.CannotTryAgainYet) else response

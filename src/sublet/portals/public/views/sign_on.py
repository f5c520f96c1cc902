"""Signing on to the host product in the browser: OpenID Connect's authorization endpoint, and its log-out.

Nobody is asked for consent: applications are the vendor's own, registered by hand, and each is told only what the person
may do in the account that was opened.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from django.contrib.auth import logout
from django.http import HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from sublet.branding.queries import origin
from sublet.core.signon import address_allowed, is_challenge, scopes_asked
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound
from sublet.portals.public.pages import actor_of, in_person, said
from sublet.portals.public.signed_on import (
    BROWSER_KEY,
    authenticated_at,
    browser_secret,
    company_part,
    end_log_in_here,
    methods_of,
)
from sublet.portals.shared.csp import leave_for
from sublet.portals.shared.guard import needs, public
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.looking import pass_of
from sublet.portals.shared.people import LOG_IN_KEY, session_hash
from sublet.proof.visitor import ToThisProcess
from sublet.signon import operations, queries
from sublet.signon.queries import Choice, KnownApplication

#: Kinds of account in which the host product can be opened.
KINDS = ("client", "direct", "reseller")
_HINT = re.compile(r"(acc_[A-Za-z0-9]{8,24})(?: (ims_[A-Za-z0-9]{8,24}))?\Z")
_LONGEST = {"state": 2000, "nonce": 500}
_RESUMED = "resumed"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request for a sign-on whose application and way back are known to be right."""

    application: KnownApplication
    asked: operations.Asked
    state: str
    prompts: frozenset[str]
    account: str
    visit: str
    resumed: bool


@csrf_exempt
@public("an application sends people here; who they are is asked inside")
@require_http_methods(["GET", "POST"])
@in_person
def authorize(request: SubletRequest) -> HttpResponseBase:
    """Sign whoever sits here on to an application, in one account, or say why not."""
    if request.method == "POST":  # from another site, so without a log-in: come again as a page
        return HttpResponseRedirect(f"{reverse('sign-on')}?{request.POST.urlencode()}")
    asked = request.GET
    application = queries.known_application(asked.get("client_id", ""))
    redirect_uri = asked.get("redirect_uri", "")
    scheme, _separator, host = origin(request.site.host).partition("://")
    if (
        application is None
        or len(asked.getlist("redirect_uri")) != 1
        or not address_allowed(redirect_uri, application.redirect_addresses, host=host, scheme=scheme)
    ):
        # Never back to an address that nobody has registered, whatever is wrong.
        return said(
            request,
            400,
            _("This sign-on cannot go on"),
            _("The program that sent you here is not known, or wants you back at an address that is not registered."),
        )
    fault = _fault(asked)
    if fault:
        return _back(request, redirect_uri, asked.get("state", ""), error=fault)
    hint = _HINT.match(asked.get("login_hint", ""))
    wanted = Wanted(
        application=application,
        asked=operations.Asked(
            redirect_uri=redirect_uri,
            scopes=scopes_asked(asked["scope"]),
            challenge=asked["code_challenge"],
            nonce=asked.get("nonce", ""),
        ),
        state=asked.get("state", ""),
        prompts=frozenset(asked.get("prompt", "").split()),
        account=hint[1] if hint else "",
        visit=hint[2] or "" if hint else "",
        resumed=_RESUMED in asked,
    )
    return _choose(request, wanted, at=now())


def _fault(asked: QueryDict) -> str:
    """OAuth's word for what is wrong with the parameters, or nothing."""
    if any(len(values) > 1 for _name, values in asked.lists()):
        return "invalid_request"
    if any("\x00" in value for value in asked.values()):
        return "invalid_request"
    if "request" in asked:
        return "request_not_supported"
    if "request_uri" in asked:
        return "request_uri_not_supported"
    if asked.get("response_type") != "code":
        return "unsupported_response_type"
    if asked.get("response_mode", "query") != "query":
        return "invalid_request"
    if "openid" not in asked.get("scope", "").split():
        return "invalid_scope"
    # Without a challenge a code that was overheard could be used by whoever heard it.
    if asked.get("code_challenge_method") != "S256" or not is_challenge(asked.get("code_challenge", "")):
        return "invalid_request"
    if any(len(asked.get(name, "")) > most for name, most in _LONGEST.items()):
        return "invalid_request"
    prompts = asked.get("prompt", "").split()
    if "none" in prompts and len(prompts) > 1:
        return "invalid_request"
    age = asked.get("max_age", "0")
    return "" if age.isascii() and age.isdigit() and len(age) < 10 else "invalid_request"


def _choose(request: SubletRequest, wanted: Wanted, *, at: datetime) -> HttpResponseBase:
    """To the log-in, to the choice of an account, or on."""
    silent = "none" in wanted.prompts
    person = request.person
    found = queries.choices(
        user_id=int(person.pk) if person is not None else None,
        session_hash=session_hash(request),
        site=request.site,
        at=at,
    )
    if person is None and not found:
        if silent:
            return _back(request, wanted.asked.redirect_uri, wanted.state, error="login_required")
        again = request.GET.copy()
        again[_RESUMED] = "1"
        return HttpResponseRedirect(reverse("login") + "?" + urlencode({"next": f"{request.path}?{again.urlencode()}"}))
    if person is not None and _too_long_ago(request, wanted, at):
        if silent:
            return _back(request, wanted.asked.redirect_uri, wanted.state, error="login_required")
        again = request.GET.copy()
        again.pop("prompt", None)
        return render(request, "public/sign_on_again.html", {"next": f"{request.path}?{again.urlencode()}"})
    choice = _chosen(request, wanted, found)
    if choice is None:
        error = "account_selection_required" if found else "access_denied"
        if silent or not found:
            return _back(request, wanted.asked.redirect_uri, wanted.state, error=error)
        return _ask(request, wanted, found)
    if choice.visit:
        request.impersonation_ref = choice.visit
    try:
        answer = _sign_on(request, account=choice.account, wanted=wanted)
    except NotFound:
        if silent:
            return _back(request, wanted.asked.redirect_uri, wanted.state, error="access_denied")
        raise
    if isinstance(answer, ToThisProcess):
        return answer
    # The guard leads people on to the second step, or to another log-in: nobody sits there to take it.
    if silent and not answer.headers.get("Location", "").startswith(wanted.asked.redirect_uri):
        return _back(request, wanted.asked.redirect_uri, wanted.state, error="interaction_required")
    return answer


def _too_long_ago(request: SubletRequest, wanted: Wanted, at: datetime) -> bool:
    """Whether the person must show anew who they are."""
    shown = authenticated_at(request, at=at)
    if "login" in wanted.prompts:
        return True
    age = request.GET.get("max_age", "")
    return bool(age) and at - shown > timedelta(seconds=int(age))


def _chosen(request: SubletRequest, wanted: Wanted, found: list[Choice]) -> Choice | None:
    """The account that was named; else the host's own; else the only one. None: ask, or there is none."""
    if wanted.account:
        return Choice(wanted.account, "", wanted.visit, "")  # whether it is theirs, the guard says
    if "select_account" in wanted.prompts:
        return None
    own = [choice for choice in found if choice.account == request.site.account_ref]
    if len(own) == 1 and not any(choice.visit for choice in found):
        return own[0]
    return found[0] if len(found) == 1 else None


def _ask(request: SubletRequest, wanted: Wanted, found: list[Choice]) -> HttpResponseBase:
    rows = []
    for choice in found:
        again = request.GET.copy()
        again["prompt"] = " ".join(sorted(wanted.prompts - {"select_account"}))
        again["login_hint"] = f"{choice.account} {choice.visit}".strip()
        rows.append((choice, f"{request.path}?{again.urlencode()}"))
    context = {"rows": rows, "searches": len(rows) >= 8, "application": wanted.application.name}
    return render(request, "public/sign_on_choice.html", context)


@needs("", portal=KINDS)
def _sign_on(request: SubletRequest, wanted: Wanted) -> HttpResponseBase:
    """Behind the guard, so that whatever keeps somebody out of the pages keeps them out of the product."""
    at = now()
    if pass_of(request) is not None:
        # A scan looks: what is written while it does is taken back, and it signs on by itself, to look only.
        return ToThisProcess(
            operations.LookWanted(
                application=wanted.application.ref,
                account=request.actor.account_ref,
                asked=wanted.asked,
                state=wanted.state[:2000],
                issuer=origin(request.site.host),
            )
        )
    code = operations.begin_sign_on(
        application_ref=wanted.application.ref,
        asked=wanted.asked,
        browser=browser_secret(request),
        log_in_ref=request.session.get(LOG_IN_KEY, ""),
        epoch=getattr(request.person, "session_epoch", 0),
        authenticated_at=authenticated_at(request, at=at),
        methods=methods_of(request.session, vouched=request.vouched),
        came=company_part(request),
        actor=request.actor,
        at=at,
    )
    return _back(
        request,
        wanted.asked.redirect_uri,
        wanted.state,
        leave=wanted.resumed and "none" not in wanted.prompts,
        code=code,
    )


def _back(
    request: SubletRequest, redirect_uri: str, state: str, *, leave: bool = False, **answer: str
) -> HttpResponseBase:
    """To the application's registered address, with the answer. `iss` tells it from answers of other issuers (RFC 9207)."""
    more: Mapping[str, str] = {**answer, **({"state": state[:2000]} if state else {}), "iss": origin(request.site.host)}
    url = f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode(more)}"
    there = urlsplit(redirect_uri)
    if leave and f"{there.scheme}://{there.netloc}" != origin(request.site.host):
        return leave_for(request, url)  # after the log-in form: a redirect to another host would be blocked
    return HttpResponseRedirect(url)


@csrf_exempt
@public("an application sends people here to log out; asks unless it proves whose log-in it is")
@require_http_methods(["GET", "POST"])
@in_person
def end(request: SubletRequest) -> HttpResponseBase:
    """Log out, asked for by an application (OpenID Connect RP-Initiated Logout).

    With the ID token of a sign-on that this very browser made, at once; else a page asks.
    """
    at = now()
    given = request.GET if request.method == "GET" else request.POST
    hinted = queries.sign_on_of_hint(given.get("id_token_hint", ""), site=request.site, at=at)
    target = ""
    if hinted is not None and given.get("client_id", hinted.application.ref) == hinted.application.ref:
        scheme, _separator, host = origin(request.site.host).partition("://")
        wanted = given.get("post_logout_redirect_uri", "")
        if address_allowed(wanted, hinted.application.logout_addresses, host=host, scheme=scheme):
            state = given.get("state", "")[:2000]
            target = wanted + (("&" if "?" in wanted else "?") + urlencode({"state": state}) if state else "")
    browser = request.session.get(BROWSER_KEY, "")
    if hinted is not None and hinted.belongs_to(browser):
        if hinted.in_visit:
            operations.end_sign_on(sign_on_ref=hinted.ref, actor=actor_of(request), at=at)
        else:
            end_log_in_here(request, at=at)
            logout(request)
            request.person = None
    elif request.person is not None:
        return render(request, "public/sign_on_end.html")
    return HttpResponseRedirect(target or reverse("login"))

"""The link with which somebody enters a way of paying, or pays; and where a payment processor tells of what happened."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.accounts.queries import installation_actor
from sublet.billing.gateway import GatewayFault, NotOurs
from sublet.billing.operations import inbox, links
from sublet.billing.operations.charges import CannotStartPayment
from sublet.billing.operations.links import CannotUsePaymentLink
from sublet.billing.queries.payments import OpenLink, read_payment_link
from sublet.branding.queries import origin
from sublet.core.payments import PROCESSING, SUCCEEDED
from sublet.foundation.actor import WEB, Actor
from sublet.foundation.clock import now
from sublet.portals.public.pages import in_person, said
from sublet.portals.shared.csp import leave_for
from sublet.portals.shared.guard import public
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_date, write_money


@public("whoever has the link may enter a way of paying for one account, once")
@require_http_methods(["GET", "HEAD", "POST"])
@in_person
def pay_link(request: SubletRequest, token: str) -> HttpResponseBase:
    """For whom and what; then on to the processor's page."""
    at = now()
    link = read_payment_link(token, host=request.site.host, at=at)
    if link is None:
        return _gone(request)
    if link.used:
        return _done(request, link)
    if request.method != "POST":
        return _page(request, link)
    here = origin(request.site.host)
    done = here + reverse("pay-link-done", kwargs={"token": token})
    back = here + reverse("pay-link", kwargs={"token": token})
    language = request.LANGUAGE_CODE
    try:
        if link.amount:
            url = links.begin_paying(
                token=token, done=done, back=back, language=language, actor=_machine(request), at=at
            )
        else:
            url = links.begin_entering(
                token=token, done=done, back=back, language=language, actor=_machine(request), at=at
            )
    except CannotUsePaymentLink as refusal:
        return _gone(request) if refusal.code == "gone" else _page(request, link, refusal.sentence)
    except CannotStartPayment as refusal:
        return _page(request, link, refusal.sentence)
    except GatewayFault:
        return _page(request, link, str(CannotUsePaymentLink("processor").sentence))
    return leave_for(request, url) if url else HttpResponseRedirect(done)


@public("where the processor's page comes back to; it asks the processor itself what happened")
@require_safe
@in_person
def pay_link_done(request: SubletRequest, token: str) -> HttpResponseBase:
    """Say what became of it. Looking twice does nothing twice."""
    at = now()
    link = read_payment_link(token, host=request.site.host, at=at)
    if link is None:
        return _gone(request)
    if not link.used:
        try:
            if link.amount:
                state = links.finish_paying(token=token, actor=_machine(request), at=at)
                entered = state in (SUCCEEDED, PROCESSING)
            else:
                entered = links.finish_entering(token=token, actor=_machine(request), at=at)
        except GatewayFault:
            # The processor's message tells the same a moment later.
            return _waiting(request, link)
        if not entered:
            return HttpResponseRedirect(reverse("pay-link", kwargs={"token": token}))
        link = read_payment_link(token, host=request.site.host, at=at) or link
    return _done(request, link)


@csrf_exempt
@public("a processor has no log-in; it proves itself by the word in the address and by its signature")
@require_POST
def pay_hook(request: SubletRequest, word: str) -> HttpResponseBase:
    """Keep it, or say that nothing was taken: then the processor comes again."""
    actor = installation_actor(name="Payments", via=WEB, request_id=request.request_id)
    try:
        inbox.hear(word=word, body=request.body, headers=request.headers, actor=actor, at=now())
    except NotOurs:
        return HttpResponse(status=400)
    return HttpResponse(status=204)


def _machine(request: SubletRequest) -> Actor:
    return installation_actor(name=_("Payment link"), via=WEB, request_id=request.request_id)


def _page(request: SubletRequest, link: OpenLink, problem: str = "") -> HttpResponse:
    context = {
        "link": link,
        "amount": write_money(link.amount, link.currency) if link.amount else "",
        "until": write_date(link.expires_at),
        "problem": problem,
        "knows": request.person is not None,
    }
    return render(request, "public/pay_link.html", context, status=409 if problem else 200)


def _done(request: SubletRequest, link: OpenLink) -> HttpResponse:
    return render(
        request, "public/pay_link_done.html", {"link": link, "waiting": False, "knows": request.person is not None}
    )


def _waiting(request: SubletRequest, link: OpenLink) -> HttpResponse:
    return render(
        request, "public/pay_link_done.html", {"link": link, "waiting": True, "knows": request.person is not None}
    )


def _gone(request: SubletRequest) -> HttpResponse:
    return said(
        request,
        410,
        _("This link cannot be used any more"),
        _("It was used, it is over, or another one was sent since. Ask for a new one."),
    )

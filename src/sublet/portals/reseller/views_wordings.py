"""The words of the reseller's mails, and of one client's."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.accounts import queries as account_queries
from sublet.portals.reseller.client_frame import client_frame
from sublet.portals.reseller.nav import here
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.wordings import (
    WordingsPlace,
    wording_back,
    wording_page,
    wording_preview,
    wording_trial,
    wordings_page,
)

FRAME = "reseller/client_base.html"
READ_AND_SEND = ("GET", "HEAD", "POST")


def _own(request: SubletRequest) -> WordingsPlace:
    return WordingsPlace(
        account_ref=request.actor.account_ref,
        lead=_(
            "What mails to your team and to your clients’ people say. Each client may have its own words on top of it."
        ),
        url_of=lambda act: here(request, f"reseller-wordings-{act}"),
    )


def _of_client(request: SubletRequest, ref: str) -> WordingsPlace:
    client = account_queries.client_facts(request.actor, ref)
    return WordingsPlace(
        account_ref=client.ref,
        lead=_("What mails to this client’s people say. Where it has no words of its own, yours are used."),
        url_of=lambda act: here(request, f"reseller-client-wordings-{act}", ref=ref),
        base=FRAME,
        frame=client_frame(request, ref, "words", client),
    )


@needs("brand:view", portal="reseller")
@require_safe
def own_listing(request: SubletRequest) -> HttpResponseBase:
    """Every kind of mail."""
    return wordings_page(request, _own(request))


@needs("brand:view", portal="reseller")
@require_http_methods(READ_AND_SEND)
def own_mail(request: SubletRequest) -> HttpResponseBase:
    """One mail in one language."""
    return wording_page(request, _own(request))


@needs("brand:view", portal="reseller")
@require_http_methods(READ_AND_SEND)
def own_preview(request: SubletRequest) -> HttpResponseBase:
    """What it would look like."""
    return wording_preview(request, _own(request))


@needs("brand:manage", portal="reseller")
@require_POST
def own_trial(request: SubletRequest) -> HttpResponseBase:
    """Send it to oneself."""
    return wording_trial(request, _own(request))


@needs("brand:manage", portal="reseller")
@require_POST
def own_back(request: SubletRequest) -> HttpResponseBase:
    """Give the own words up."""
    return wording_back(request, _own(request))


@needs("brand:view", portal="reseller")
@require_safe
def client_listing(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Every kind of mail."""
    return wordings_page(request, _of_client(request, ref))


@needs("brand:view", portal="reseller")
@require_http_methods(READ_AND_SEND)
def client_mail(request: SubletRequest, ref: str) -> HttpResponseBase:
    """One mail in one language."""
    return wording_page(request, _of_client(request, ref))


@needs("brand:view", portal="reseller")
@require_http_methods(READ_AND_SEND)
def client_preview(request: SubletRequest, ref: str) -> HttpResponseBase:
    """What it would look like."""
    return wording_preview(request, _of_client(request, ref))


@needs("brand:manage", portal="reseller")
@require_POST
def client_trial(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Send it to oneself."""
    return wording_trial(request, _of_client(request, ref))


@needs("brand:manage", portal="reseller")
@require_POST
def client_back(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Give the own words up."""
    return wording_back(request, _of_client(request, ref))

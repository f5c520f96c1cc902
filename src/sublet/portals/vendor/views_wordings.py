"""The words of the vendor's own mails; direct accounts inherit them."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

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
from sublet.portals.vendor.nav import here

READ_AND_SEND = ("GET", "HEAD", "POST")


def _place(request: SubletRequest) -> WordingsPlace:
    return WordingsPlace(
        account_ref=request.actor.account_ref,
        lead=_("What mails to your own team and to direct accounts say. Resellers never inherit your words."),
        url_of=lambda act: here(request, f"vendor-wordings-{act}"),
    )


@needs("brand:view", portal="vendor")
@require_safe
def listing(request: SubletRequest) -> HttpResponseBase:
    """Every kind of mail."""
    return wordings_page(request, _place(request))


@needs("brand:view", portal="vendor")
@require_http_methods(READ_AND_SEND)
def mail(request: SubletRequest) -> HttpResponseBase:
    """One mail in one language."""
    return wording_page(request, _place(request))


@needs("brand:view", portal="vendor")
@require_http_methods(READ_AND_SEND)
def preview(request: SubletRequest) -> HttpResponseBase:
    """What it would look like."""
    return wording_preview(request, _place(request))


@needs("brand:manage", portal="vendor")
@require_POST
def trial(request: SubletRequest) -> HttpResponseBase:
    """Send it to oneself."""
    return wording_trial(request, _place(request))


@needs("brand:manage", portal="vendor")
@require_POST
def back(request: SubletRequest) -> HttpResponseBase:
    """Give the own words up."""
    return wording_back(request, _place(request))

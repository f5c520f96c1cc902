"""While maintenance is on: everybody is told to come back later, each in the way it understands.

Here and not in `portals.shared`, because programs and directories are answered in the forms of the API. What HostMiddleware
answers comes before: whether the process is well, and the proxy's question about certificates.
"""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import get_language, get_language_from_request, override
from django.utils.translation import gettext as _

from sublet.foundation.clock import now
from sublet.foundation.maintenance import Maintenance, maintenance
from sublet.portals.api.declare import ApiRequest
from sublet.portals.api.entrance import language_of
from sublet.portals.api.problems import KINDS, of_kind
from sublet.portals.api.scim import answers
from sublet.portals.shared import errors
from sublet.portals.shared.http import Handler, SubletRequest

#: What the page itself shows: without them it would not be in the host's brand.
PARTS = ("/brand.css", "/brand/", "/brand-icon-", "/favicon.ico", "/apple-touch-icon", "/manifest.webmanifest")


class MaintenanceMiddleware:
    """Answers 503 with Retry-After while maintenance is on."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: SubletRequest) -> HttpResponse:
        going_on = maintenance()
        if going_on is None or (request.method in {"GET", "HEAD"} and request.path_info.startswith(PARTS)):
            return self.get_response(request)
        return _later(request, going_on)


def _later(request: SubletRequest, going_on: Maintenance) -> HttpResponse:
    seconds = going_on.seconds_left(now())
    headers = {"Retry-After": str(seconds), "Cache-Control": "no-store"}
    path = request.path_info
    with override(
        language_of(cast(ApiRequest, request)) if path.startswith(("/api/", "/scim/")) else _language(request)
    ):
        if path.startswith("/api/"):
            response = of_kind(request, "maintenance", headers=headers)
        elif path.startswith("/scim/"):
            kind = KINDS["maintenance"]
            response = answers.error(kind.status, str(kind.text), headers=headers)
        else:
            request.person, request.impersonation_ref = None, ""  # drawn as for somebody whom nobody knows
            text = _("This service is being worked on. Nothing was changed.") + " " + errors.waiting_words(seconds)
            response = errors.later(request, text, seconds=seconds)
        response.headers.setdefault("Content-Language", get_language() or "en")
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django's: it is no fault, and would fill the log with them
    return response


def _language(request: SubletRequest) -> str:
    """The one chosen on this device, then the account's, then the browser's: who it is is not looked up."""
    known = {code for code, _name in settings.LANGUAGES}
    wanted = (
        request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""),
        request.site.account_language or request.site.brand.language,
    )
    return next((code for code in wanted if code in known), "") or get_language_from_request(request)

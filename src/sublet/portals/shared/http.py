"""The request as portals see it: its id, its site, its person, its actor; and how a refusal becomes an answer."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import translation
from django_htmx.middleware import HtmxDetails

from sublet.branding.queries import HostView
from sublet.foundation import logs
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden, NotFound, Refusal
from sublet.foundation.scope import NoScope
from sublet.people.queries.entry import Visit

_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{8,40}\Z")


class SubletRequest(HttpRequest):
    """What the middlewares add to Django's request. Views annotate with this class; it is never instantiated."""

    request_id: str
    site: HostView  # type: ignore[assignment]  # ours, not that of django.contrib.sites, which is not installed
    urlconf: str
    person: AbstractBaseUser | None
    actor: Actor
    impersonation_ref: str
    visit: Visit | None
    vouched: bool
    #: Of the account in which the person acts. Days that are typed there begin in it, and are read back in it: in the zone that
    #: the person has chosen for itself such a day can be the one before.
    own_zone: str
    htmx: HtmxDetails


def posted(request: HttpRequest, name: str, most: int) -> str:
    """What was sent under that name where no form reads it: at most so long, and without zero bytes, which PostgreSQL refuses."""
    return request.POST.get(name, "").replace("\x00", "")[:most]


Handler = Callable[[SubletRequest], HttpResponse]


class RequestMiddleware:
    """Gives each request an id (the caller's own, if it is harmless) and the log its context."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: SubletRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        request.request_id = given if _REQUEST_ID.match(given) else uuid.uuid4().hex
        token = logs.context.set({"request": request.request_id})
        try:
            response = self.get_response(request)
        finally:
            logs.context.reset(token)
        response["X-Request-Id"] = request.request_id
        return response


class RefusalMiddleware:
    """Turns the expected "no"s into pages: 404, 403 with the reason, 405, 409 with the sentence."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: SubletRequest) -> HttpResponse:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not response.content:
            from sublet.portals.shared import errors  # as below

            return errors.not_allowed(request, response["Allow"])
        return response

    def process_exception(self, request: SubletRequest, fault: Exception) -> HttpResponse | None:
        from sublet.portals.shared import errors  # templates are ready only once the apps are

        if isinstance(fault, NoScope) or not isinstance(fault, (NotFound, Forbidden, Refusal)):
            return None  # a programming fault: 500, logged
        # In a visit a page speaks as whoever sees it reads, and so does its "no".
        with translation.override(request.LANGUAGE_CODE):
            if isinstance(fault, NotFound):
                response = errors.not_found(request)
            elif isinstance(fault, Forbidden):
                response = errors.forbidden(request, fault)
            else:
                response = errors.refused(request, fault)
        response.headers["Content-Language"] = request.LANGUAGE_CODE
        return response

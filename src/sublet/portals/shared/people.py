"""From the cookie to the person: a log-in is good for one host and ends everywhere at once when it must."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language_from_request

from sublet.branding.queries import HostView
from sublet.people.queries import Entry
from sublet.people.queries.company_log_ins import CameIn, came_in
from sublet.portals.shared.http import Handler, SubletRequest
from sublet.portals.shared.looking import pass_of, session_of

HOST_KEY = "host"
TENANT_KEY = "tenant"  # whose that host was; a log-in from before this was kept has none until it is written next
EPOCH_KEY = "epoch"
LOGGED_IN_KEY = "logged_in_at"  # when the password (or what takes its place) was shown, ISO 8601
SECOND_FACTOR_KEY = "second_factor_at"
BY_MAIL_KEY = "by_mail"  # the mailbox has shown who it is, in place of a password
LOG_IN_KEY = "log_in"
COMPANY_KEY = "company_log_in"  # how it was made, where a company log-in had a part in it (`people.queries.CameIn`)


def second_factor_at(request: SubletRequest) -> datetime | None:
    """When this browser session last proved a second factor (UTC), or None."""
    stored = request.session.get(SECOND_FACTOR_KEY, "")
    try:
        return datetime.fromisoformat(stored) if stored else None
    except (TypeError, ValueError):
        return None


def came_by(request: SubletRequest) -> CameIn | None:
    """The part of a company log-in in this browser's log-in; None: there was none."""
    return came_in(request.session.get(COMPANY_KEY))


def by_company_alone(request: SubletRequest) -> bool:
    """Whether only a company's provider has shown who it is: then the person's own log-in is not changed."""
    came = came_by(request)
    return came is not None and not came.own


def session_hash(request: SubletRequest) -> str:
    """A digest of this browser session's key: what an impersonation is bound to. Empty without a session."""
    key = request.session.session_key
    return hashlib.sha256(key.encode()).hexdigest() if key else ""


def language_shown(request: SubletRequest, entry: Entry) -> str:
    """The language of a page seen in another person's place: as that person would see it.

    Acting as a client: that person's, then the account's, then the host's. Acting as reseller: one's own.
    """
    acting = entry.actor.impersonator
    wanted = [entry.language]
    if acting is not None and acting.mode == "client":
        wanted += [entry.account.language, request.site.account_language, request.site.brand.language]
    known = {code for code, _ in settings.LANGUAGES}
    return next((code for code in wanted if code in known), translation.get_language() or "en")


def bind_session(request: SubletRequest) -> None:
    """From now on the session is good on this host, while that is this account's, and nowhere else."""
    request.session[HOST_KEY] = request.site.host
    request.session[TENANT_KEY] = request.site.account_ref


def is_bound(session: Mapping[str, Any] | SessionBase, site: HostView) -> bool:
    """Whether what is in the session was made on that host, for whoever has it now."""
    return session.get(HOST_KEY) == site.host and session.get(TENANT_KEY, site.account_ref) == site.account_ref


class BoundSessionMiddleware:
    """A session made on one host is nothing on another, and nothing once the host is another account's: it is emptied, as if
    it had never been."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: SubletRequest) -> HttpResponse:
        given = pass_of(request)
        if given is not None:
            request.session = session_of(
                given,
                request.site.host,
                host_key=HOST_KEY,
                epoch_key=EPOCH_KEY,
                second_factor_key=SECOND_FACTOR_KEY,
                company_key=COMPANY_KEY,
            )
            return self.get_response(request)
        if HOST_KEY in request.session and not is_bound(request.session, request.site):
            request.session.flush()
        response = self.get_response(request)
        if request.session.modified and not request.session.is_empty():
            bind_session(request)
        return response


class LanguageMiddleware:
    """The person's language, then the one chosen on this device, then the account's, then the browser's."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: SubletRequest) -> HttpResponse:
        user = getattr(request, "user", None)
        request.person = user if user is not None and user.is_authenticated else None
        if request.person is not None and request.session.get(EPOCH_KEY) != request.person.session_epoch:
            request.session.flush()
            request.person = None
        known = {code for code, _ in settings.LANGUAGES}
        wanted = [
            getattr(request.person, "language", ""),
            request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""),
            request.site.account_language or request.site.brand.language,
        ]
        language = next((code for code in wanted if code in known), "") or get_language_from_request(request)
        with translation.override(language):
            request.LANGUAGE_CODE = translation.get_language() or "en"
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response

"""What this browser's log-in carries into the host product, and how that ends with it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase

from sublet.foundation.scope import platform_scope
from sublet.people.operations import end_impersonations_of_session, log_ins
from sublet.people.queries.company_log_ins import CameIn, came_in
from sublet.portals.public.pages import actor_of
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.people import (
    BY_MAIL_KEY,
    COMPANY_KEY,
    LOG_IN_KEY,
    LOGGED_IN_KEY,
    SECOND_FACTOR_KEY,
    session_hash,
)
from sublet.signon import operations

Session = Mapping[str, object] | SessionBase

#: In the session: a secret of this log-in. Unlike the session's key it stays when that is changed, and goes with the log-in.
BROWSER_KEY = "sign_on"


def browser_secret(request: SubletRequest) -> str:
    """The secret with which sign-ons of this browser's log-in are bound to it."""
    known: str = request.session.get(BROWSER_KEY, "")
    if not known:
        known = request.session[BROWSER_KEY] = secrets.token_urlsafe(32)
    return known


def authenticated_at(request: SubletRequest, *, at: datetime) -> datetime:
    """When whoever sits here has shown who they are."""
    return shown_at(request.session) or getattr(request.person, "last_login", None) or at


def shown_at(session: Session) -> datetime | None:
    """When the log-in of that session was made; None when it does not say."""
    stored = session.get(LOGGED_IN_KEY, "")
    try:
        return datetime.fromisoformat(str(stored)) if stored else None
    except ValueError:
        return None


def methods_of(session: Session, *, vouched: bool) -> tuple[str, ...]:
    """How, in the words of RFC 8176 (and ``email``: by a code or link in the mailbox; ``fed``: by the company's identity
    provider), as far as the account may count on it. `vouched`: `Entry.vouched` of that account."""
    came, found = came_in(session.get(COMPANY_KEY)), []
    if came is None or came.own:
        found.append("email" if session.get(BY_MAIL_KEY) else "pwd")
    if vouched:
        found.append("fed")
    if session.get(SECOND_FACTOR_KEY) or (came is not None and vouched and came.strong):
        found.append("mfa")
    return tuple(found)


def company_part(request: SubletRequest) -> CameIn | None:
    """The part that the company log-in of the account whose page this is had in this browser's log-in; None: it had none.
    `strong` only where the company's word stands in for the person's own second factor."""
    came = came_in(request.session.get(COMPANY_KEY))
    if came is None or not request.vouched:
        return None
    return replace(came, strong=came.strong and not request.session.get(SECOND_FACTOR_KEY))


def end_log_in_here(request: SubletRequest, *, at: datetime) -> None:
    """End this browser's log-in with the visits begun in it, and sign it off everywhere. Call it before the session is emptied."""
    end_impersonations_of_session(session_hash=session_hash(request), at=at)
    log_ins.leave(ref=request.session.get(LOG_IN_KEY, ""), at=at)
    browser = request.session.get(BROWSER_KEY, "")
    if browser:
        with platform_scope("a browser's own sign-ons"):
            operations.end_sign_ons_of_browser(browser=browser, actor=actor_of(request), at=at)

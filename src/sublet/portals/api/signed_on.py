"""From what the product was given at the sign-on to the person: who it speaks for, looked up anew at each request.

An access token of OpenID Connect, or an identity header of forward authentication. Neither says what that person may do:
the places, grants and visits of this moment do, so that what was taken away is gone here as it is on the pages.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.auth import SESSION_KEY

from sublet.core.lifecycle import CLOSED, lets_people_in
from sublet.core.matrix import OPERATIONS, refused_topics
from sublet.core.rights import Level
from sublet.foundation.actor import API
from sublet.foundation.errors import CannotWhileImpersonating
from sublet.foundation.scope import platform_scope
from sublet.people import queries as people_queries
from sublet.people.queries import Entry
from sublet.people.queries.company_log_ins import came_in
from sublet.people.queries.log_ins import session_key_of
from sublet.people.sessions import SessionStore
from sublet.portals.api import limits
from sublet.portals.api.auth import bearer_of, is_served, take
from sublet.portals.api.problems import Problem
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.people import COMPANY_KEY, EPOCH_KEY, SECOND_FACTOR_KEY, is_bound
from sublet.signon import queries

_NOBODY = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


@dataclass(frozen=True, slots=True)
class SignedOn:
    """Whom the product speaks for. `application`: which program does, or empty behind forward authentication."""

    entry: Entry
    application: str


def signed_on(request: SubletRequest, at: datetime) -> SignedOn:
    """Whom the request speaks for.

    Raises Problem: ``not-signed-on`` in the same words for none, a wrong, an ended and another host's, also where the
    access behind it is gone; ``too-many-requests``, ``account-suspended`` and ``account-closed``.
    """
    secret = bearer_of(request)
    with platform_scope("what was given at a sign-on decides whose account it is"):
        found = _by_header(request, secret, at) if "." in secret else _by_token(request, secret, at)
    if found is None or not is_served(request.site, found.entry):
        take(limits.BY_ADDRESS, str(request.META.get("REMOTE_ADDR", "")))
        raise Problem("not-signed-on", headers=_NOBODY)
    actor = found.entry.actor
    visit = actor.impersonator.impersonation_ref if actor.impersonator is not None else ""
    take(limits.REPORTS, f"{actor.account_ref} {actor.user_id} {visit}")
    state = found.entry.account.state
    if not lets_people_in(state):
        raise Problem("account-closed" if state == CLOSED else "account-suspended")
    return found


def refuse_in_visit(entry: Entry, operation: str) -> None:
    """Raise CannotWhileImpersonating where somebody acts in another's place, and that operation is never done so."""
    acting = entry.actor.impersonator
    if acting is not None and OPERATIONS.get(operation, "") in refused_topics(acting.mode) | {""}:
        raise CannotWhileImpersonating("never")


def _by_token(request: SubletRequest, secret: str, at: datetime) -> SignedOn | None:
    """By an access token of OpenID Connect."""
    standing = queries.standing_of_access_token(secret, site=request.site, request_id=request.request_id, at=at)
    if standing is None:
        return None
    # The program is told of all rights of whoever is looked as; here a scan's sign-on goes no further than looking.
    rights = standing.facts.rights.capped(Level.VIEW) if standing.sign_on.is_look else standing.facts.rights
    actor = replace(standing.entry.actor, rights=rights, via=API)
    return SignedOn(replace(standing.entry, actor=actor), standing.sign_on.application.name)


def _by_header(request: SubletRequest, secret: str, at: datetime) -> SignedOn | None:
    """By an identity header, while the log-in or the visit goes on in which it was given."""
    told = queries.identity_of(secret, site=request.site, at=at)
    if told is None:
        return None
    entry = _entered_as(request, told, at) if told.visit else _entered(request, told, at)
    if entry is None or entry.person is None or entry.person.ref != told.subject:
        return None
    return SignedOn(replace(entry, actor=entry.actor.through(API)), "")


def _entered_as(request: SubletRequest, told: queries.Identity, at: datetime) -> Entry | None:
    return people_queries.enter_as(
        impersonation_ref=told.visit,
        session_hash=queries.session_hash_of_visit(told.visit),
        account_ref=told.account,
        host=request.site.host,
        request_id=request.request_id,
        at=at,
    )


def _entered(request: SubletRequest, told: queries.Identity, at: datetime) -> Entry | None:
    """As `/auth/forward` asks it: the same log-in would get the same header once more."""
    key = session_key_of(told.log_in)
    data: dict[str, object] = SessionStore(session_key=key).load() if key else {}
    person = data.get(SESSION_KEY)
    if not is_bound(data, request.site) or not isinstance(person, str) or not person.isdigit():
        return None
    entry = people_queries.enter(
        user_id=int(person),
        account_ref=told.account,
        host=request.site.host,
        request_id=request.request_id,
        at=at,
        came=came_in(data.get(COMPANY_KEY)),
    )
    if entry is None or entry.person is None or entry.person.session_epoch != data.get(EPOCH_KEY):
        return None
    lacks = entry.way_lacking or (entry.demands_second_factor and not data.get(SECOND_FACTOR_KEY))
    return None if lacks else entry
